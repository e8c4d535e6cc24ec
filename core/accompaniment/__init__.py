"""Chords and accompaniment for a melody, by two networks.

melody -> :mod:`~core.accompaniment.harmony` (chords for the whole melody, by beam search)
-> :mod:`~core.accompaniment.figuration` (notes for the chords) -> :class:`~core.accompaniment.generate.Accompaniment`.
:mod:`~core.accompaniment.tune_chords` writes chord symbols over a tune, :mod:`~core.accompaniment.strumming` plays them.
"""
