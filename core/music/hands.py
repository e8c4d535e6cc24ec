"""Hand assignment: which notes of a piano piece stand in the upper and which in the lower staff."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.arrays import FloatArray, IntArray

_LOWEST_SPLIT, _HIGHEST_SPLIT = 43, 79
# Found on the hands of pieces of Mutopia. A hand reaches a ninth; staves have five lines.
_REACH = 14
_TOO_WIDE = 2.0  # a semitone beyond the reach
_LEDGER = 0.09  # a semitone below the upper or above the lower staff's neighborhood, a note
_SPLIT_CHORD = 0.05  # a semitone that neighbors on both sides of the split lie closer than an octave
_MOVE = 0.25  # a semitone by which the split moves
_UPPER_FLOOR, _LOWER_CEILING = 60, 60


def split_hands(onset: IntArray | FloatArray, end: FloatArray, pitch: IntArray) -> IntArray:
    """Share notes between two hands by a split that moves as little as it must.

    Parameters
    ----------
    onset, end : ndarray, shape=(n,)
        In any unit; onsets ascend and are equal within a chord.
    pitch : ndarray of int64, shape=(n,)
        MIDI numbers.

    Returns
    -------
    ndarray of int64, shape=(n,)
        1 for the upper staff, 2 for the lower.

    Notes
    -----
    Dynamic programming over the pitch at which the hands part (Viterbi): a chord costs what a hand would have to reach
    beyond a ninth, ledger lines, and closeness of the notes that are parted; moving costs by the semitone.

    Examples
    --------
    >>> bass_and_tune = np.array([36, 60, 43, 64, 48, 67])
    >>> split_hands(np.array([0, 0, 1, 1, 2, 2]), np.arange(1, 7) * 1.0, bass_and_tune).tolist()
    [2, 1, 2, 1, 2, 1]
    """
    splits = np.arange(_LOWEST_SPLIT, _HIGHEST_SPLIT + 1)
    begins = [*np.flatnonzero(np.diff(onset, prepend=onset[:1] - 1)).tolist(), len(onset)]
    moves = _MOVE * np.abs(splits[:, None] - splits[None]).astype(np.float64)
    total = 0.02 * np.abs(splits - 60.0)
    came_from = []
    for begin, stop in pairwise(begins):
        # What still sounds is held by a hand, too, if only for the reach.
        options = total[:, None] + moves
        came_from.append(options.argmin(axis=0))
        total = options.min(axis=0) + _chord_costs(np.sort(pitch[begin:stop]), splits)
    at = int(total.argmin())
    staff = np.ones(len(onset), dtype=np.int64)
    for index in range(len(came_from) - 1, -1, -1):
        here = slice(begins[index], begins[index + 1])
        staff[here] = np.where(pitch[here] < splits[at], 2, 1)
        at = int(came_from[index][at])
    return staff


def _chord_costs(keys: IntArray, splits: IntArray) -> FloatArray:
    """What a chord costs at each split."""
    lower = keys[:, None] < splits[None]  # (note, split)
    cost = _LEDGER * np.where(
        lower, np.maximum(0, keys[:, None] - _LOWER_CEILING), np.maximum(0, _UPPER_FLOOR - keys[:, None])
    ).sum(axis=0)
    n_lower = lower.sum(axis=0)
    padded = np.concatenate([keys, keys[-1:]])
    for in_hand, first, last in (
        (n_lower > 0, np.zeros_like(n_lower), n_lower - 1),
        (n_lower < len(keys), np.minimum(n_lower, len(keys) - 1), np.full_like(n_lower, len(keys) - 1)),
    ):
        span = padded[np.maximum(last, 0)] - padded[first]
        cost += np.where(in_hand, _TOO_WIDE * np.maximum(0, span - _REACH), 0.0)
    parted = (n_lower > 0) & (n_lower < len(keys))
    gap = padded[np.minimum(n_lower, len(keys) - 1)] - padded[np.maximum(n_lower - 1, 0)]
    cost += np.where(parted, _SPLIT_CHORD * np.maximum(0, 12 - gap), 0.0)
    return np.asarray(cost, dtype=np.float64)
