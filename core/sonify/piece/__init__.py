"""Full arrangement: the data keep their exact melody, and a model writes the accompaniment.

melody -> :mod:`~core.sonify.piece.harmony` (chords for the whole melody, by beam search)
-> :mod:`~core.sonify.piece.figuration` (notes for the chords) -> :class:`~core.sonify.piece.generate.Accompaniment`
-> :mod:`~core.sonify.piece.balance` (loudness, so that the data stay in front).
"""
