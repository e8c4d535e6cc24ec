"""Measures of an accompaniment: consonance with the melody, share of notes in key."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray

#: Of an interval in semitones, octaves taken off (Yeh et al. 2021, section 4.3): unison, thirds, fifth and
#: sixths +1, the fourth 0, the rest -1.
CONSONANCE = np.array([1, -1, -1, 1, 1, 0, -1, 1, 1, 1, -1, -1], dtype=np.float64)
CONSONANCE.setflags(write=False)


def sounding_pairs(melody: IntArray, notes: IntArray) -> tuple[IntArray, IntArray]:
    """Which accompaniment notes sound when a melody note begins.

    Parameters
    ----------
    melody, notes : ndarray of int64, shape=(n, 4) and (m, 4)
        Onset and duration in ticks, pitch, velocity.

    Returns
    -------
    melody_index, note_index : ndarray of int64, shape=(k,)
        A pair for each; a note that begins together with the melody note sounds with it.
    """
    order = np.argsort(melody[:, 0], kind="stable")
    onsets = melody[order, 0]
    first = np.searchsorted(onsets, notes[:, 0])
    count = np.searchsorted(onsets, notes[:, 0] + notes[:, 1]) - first
    note_index = np.repeat(np.arange(len(notes)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return order[np.repeat(first, count) + within], note_index


def consonance_by_onset(melody: IntArray, notes: IntArray) -> FloatArray:
    """The pitch consonance score at each melody note's onset.

    Parameters
    ----------
    melody, notes : ndarray of int64, shape=(n, 4) and (m, 4)
        Onset and duration in ticks, pitch, velocity.

    Returns
    -------
    ndarray of float, shape=(n,)
        Mean over the accompaniment notes that sound there, from -1 to 1; NaN where none does.
    """
    which, note = sounding_pairs(melody, notes)
    interval = np.abs(melody[which, 2] - notes[note, 2]) % 12
    total = np.bincount(which, weights=CONSONANCE[interval], minlength=len(melody))
    number = np.bincount(which, minlength=len(melody))
    score: FloatArray = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return score


def consonance(melody: IntArray, notes: IntArray) -> float:
    """The pitch consonance score (PCS) of an accompaniment.

    Parameters
    ----------
    melody, notes : ndarray of int64, shape=(n, 4) and (m, 4)
        Onset and duration in ticks, pitch, velocity.

    Returns
    -------
    float
        -1 to 1, the mean over the melody onsets with an accompaniment; NaN where there is none.

    Notes
    -----
    After Yeh et al. (2021), "Automatic melody harmonization with triad chords", with two differences: the
    notes that really sound are compared, and not the chord's, and they are compared at each onset of the
    melody, and not in windows of a sixteenth.
    """
    score = consonance_by_onset(melody, notes)
    return float(np.nanmean(score)) if np.isfinite(score).any() else float("nan")


def in_key_rate(notes: IntArray, scale_classes: tuple[int, ...]) -> float:
    """Share of notes whose pitch class lies in a scale.

    Parameters
    ----------
    notes : ndarray of int64, shape=(m, 4)
    scale_classes : tuple of int
        As from `chords.harmony_scale`.

    Returns
    -------
    float
        0 to 1; NaN without notes.
    """
    inside: NDArray[np.bool_] = np.isin(notes[:, 2] % 12, scale_classes)
    return float(inside.mean()) if len(notes) else float("nan")
