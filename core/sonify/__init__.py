"""Sonify: data sonification by direct mapping, a composed melody or a full arrangement.

bytes -> :class:`~core.tables.table.Table` -> :class:`~core.sonify.settings.Settings`
-> :class:`~core.sonify.direct_mapping.Sonification` -> sound, picture, words, file.

Called, ``core.sonify(data, x="date", y="price")``, the package is `core.library.sonification.sonify`.
"""

from core import make_callable

make_callable(__name__)
