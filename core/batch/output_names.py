"""Names of the files of a row: short, safe on every system, and of one row only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

MAX_STEM_BYTES = 120
_MAX_READ_CHARS = 1000
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # Windows opens a device under these names


class OutputNames:
    """Gives every row a name that no other row has, whatever the rows say.

    Parameters
    ----------
    taken : iterable of str
        Names that rows have already.

    Examples
    --------
    >>> names = OutputNames()
    >>> names.choose("oslo", 1), names.choose("OSLO", 2), names.choose("../../etc", 3), names.choose("", 4)
    ('oslo', 'OSLO-2', 'etc', 'row-4')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_fold(name) for name in taken}

    def choose(self, wanted: str, number: int, is_foreign: Callable[[str], bool] = lambda name: False) -> str:
        """The name of a row: the wanted one, with the row's number where another row has that name.

        Parameters
        ----------
        wanted : str
        number : int
            Of the row.
        is_foreign : callable
            Whether a name has belonged to something else.
        """
        name = make_stem(wanted) or f"row-{number}"
        while _fold(name) in self._taken or _RESERVED.fullmatch(_fold(name)) or is_foreign(name):
            name = f"{name}-{number}"
        self._taken.add(_fold(name))
        return name


def make_stem(text: str) -> str:
    """Letters, digits, ``-`` and ``_`` of a text, at most 120 bytes; without a dot, so that what follows one is an ending.

    Examples
    --------
    >>> make_stem("rain: 2024.05\\u202e"), make_stem("...")
    ('rain-2024-05', '')
    """
    marks = unicodedata.normalize("NFC", text[:_MAX_READ_CHARS])
    kept = "".join(mark if mark == "_" or unicodedata.category(mark)[0] in "LNM" else "-" for mark in marks)
    short = re.sub("-+", "-", kept).encode()[:MAX_STEM_BYTES].decode(errors="ignore")
    return short.strip("-_")


def _fold(name: str) -> str:
    """Equal where a file system may take two names for one: by case, or by how an accent is written."""
    return unicodedata.normalize("NFKC", name.casefold())
