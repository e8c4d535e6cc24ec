"""Sonify: a column of a table becomes a melody that tells the data.

bytes -> :class:`~core.tables.table.Table` -> :class:`~core.sonify.settings.Settings`
-> :class:`~core.sonify.direct_mapping.Sonification` -> sound, picture, words, file.
"""
