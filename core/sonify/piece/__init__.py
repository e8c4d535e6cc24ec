"""Full arrangement: the data keep their exact melody, and a model writes the accompaniment.

melody -> :mod:`core.accompaniment` (chords, and notes for the chords)
-> :mod:`~core.sonify.piece.balance` (loudness, so that the data stay in front).
"""
