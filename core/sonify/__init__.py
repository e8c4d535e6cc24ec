"""Sonify: a column of a table becomes a melody that tells the data.

bytes -> :class:`~core.sonify.table.Table` -> :class:`~core.sonify.settings.Settings`
-> :class:`~core.sonify.direct.Sonification` -> sound, picture, words, file.
"""
