"""`training.sonify.chord_labels`: the chords and keys of pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.accompaniment.chords import chord_span
from tests.core.sonify.test_piece_parts import melody_of, walk
from training.sonify.chord_labels import estimate_key, label_chords


def test_a_cadence_is_labeled_with_its_chords() -> None:
    rows = []
    for bar, tones in enumerate([(48, 64, 67, 72), (41, 65, 69, 72), (43, 62, 67, 71), (48, 64, 67, 72)]):
        rows += [(bar * 48, 48, pitch, 70) for pitch in tones]
    notes = np.array(rows)
    assert estimate_key(notes) == (0, False)
    labels = label_chords(notes[:0], notes, tonic=0, n_beats=16, bar=48)
    assert labels.tolist() == [0] * 4 + [5] * 4 + [7] * 4 + [0] * 4
    assert [chord_span(int(c), 0, 12, 2).name for c in labels[::4]] == ["D", "G", "A", "D"]


@given(st.integers(0, 11))
def test_transposing_a_piece_transposes_its_key_and_leaves_its_chords(by: int) -> None:
    notes = np.concatenate([melody_of(walk(40)), melody_of([48, 53, 55, 48, 45], length=48)])
    notes = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
    moved = notes + np.array([0, 0, by, 0])
    tonic, minor = estimate_key(notes)
    assert estimate_key(moved) == ((tonic + by) % 12, minor)
    labels = [
        label_chords(n[:0], n, tonic=t, n_beats=20, bar=48)
        for n, t in ((notes, tonic), (moved, (tonic + by) % 12))
    ]
    # The bass is what lies below middle C, which transposing may cross: roots may move, not beats.
    assert (labels[0] == labels[1]).mean() > 0.7
