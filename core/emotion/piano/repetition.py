"""Repetition limits: counts of pitch n-grams as in real piano music; longest loop.

A network that looks up what it played before (``copy_features.py``) is drawn into loops: a short cell, played over
and over. Real pieces repeat as well, so how often is measured on them and not chosen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.arrays import IntArray
from core.emotion.piano.tokenizer import N_PITCHES
from core.music.performance import LOWEST_PITCH, Performance

# The 95th percentile, over excerpts of real pieces, of how often the most frequent n-gram of pitches occurs: a row a
# length of the excerpt in notes, a column an n. Measured on the training parts of piano_midi_de, EMOPIA and ASAP (all
# that are long enough: from 1,362 excerpts of 32 notes to 248 of 2,048) by `python -m benchmarks.emotion_music limits DATA`.
ORDERS = (4, 6, 8, 12, 16, 24)
LENGTHS = (32, 64, 128, 256, 512, 1024, 2048)
MOST_OFTEN = np.array(
    [
        [3, 2, 2, 1, 1, 1],
        [5, 3, 2, 2, 1, 1],
        [7, 5, 4, 3, 2, 2],
        [11, 8, 6, 4, 3, 2],
        [17, 12, 8, 7, 5, 4],
        [24, 16, 13, 10, 8, 5],
        [38, 26, 21, 15, 11, 9],
    ]
)
# A loop is a cell of at most so many notes that is played at least twice without a break.
LONGEST_CELL = 64


def most_often(n_notes: int) -> IntArray:
    """Maximum count of an n-gram of each order in a number of notes, shape=(len(ORDERS),).

    Between two measured lengths the logarithm of the length is interpolated, and rounded down.
    """
    at = np.log2(np.clip(n_notes, LENGTHS[0], LENGTHS[-1]))
    limits = [np.interp(at, np.log2(LENGTHS), column) for column in MOST_OFTEN.T]
    return np.floor(np.array(limits) + 1e-9).astype(np.int64)


class NgramCounts:
    """Running counts of pitch n-grams, and the pitches that would repeat one too often."""

    def __init__(self) -> None:
        self._pitches: list[int] = []
        self._following: list[defaultdict[tuple[int, ...], Counter[int]]] = [
            defaultdict(Counter) for _ in ORDERS
        ]

    def push(self, pitch: int) -> None:
        """Append a pitch."""
        for order, following in zip(ORDERS, self._following, strict=True):
            if len(self._pitches) >= order - 1:
                following[tuple(self._pitches[1 - order :])][pitch] += 1
        self._pitches.append(pitch)

    def too_often(self) -> NDArray[np.bool_]:
        """Pitches that may not come next, shape=(N_PITCHES,)."""
        banned = np.zeros(N_PITCHES, dtype=bool)
        limits = most_often(len(self._pitches) + 1)
        for order, limit, following in zip(ORDERS, limits, self._following, strict=True):
            counted = (
                following.get(tuple(self._pitches[1 - order :])) if order <= len(self._pitches) + 1 else None
            )
            for pitch, count in (counted or {}).items():
                banned[pitch - LOWEST_PITCH] |= count >= limit
        return banned


def repeats_too_often(pitch: Sequence[int] | IntArray) -> bool:
    """Whether an n-gram of pitches occurs more often than in nearly all real excerpts of that length.

    Examples
    --------
    >>> scale = list(range(40, 80))
    >>> repeats_too_often(scale), repeats_too_often([60, 64, 67, 72] * 10)
    (False, True)
    """
    return bool((most_frequent(pitch) > most_often(len(pitch))).any())


def most_frequent(pitch: Sequence[int] | IntArray) -> IntArray:
    """Count of the most frequent n-gram of each order, shape=(len(ORDERS),)."""
    values = np.asarray(pitch, dtype=np.int64)
    counts = []
    for order in ORDERS:
        if len(values) < order:
            counts.append(0)
            continue
        grams = np.lib.stride_tricks.sliding_window_view(values, order)
        counts.append(max(Counter(map(bytes, grams.astype(np.uint8))).values()))
    return np.array(counts)


def longest_loop_sec(performance: Performance) -> float:
    """Length in seconds of the longest loop: a cell of notes played at least twice in a row.

    The pitches of a loop are the same in the same order; its rhythm and loudness may differ. The limits of
    :func:`most_often` do not enter: this is how loops are measured, and not how they are prevented.

    Returns
    -------
    float
        From the loop's first onset to its last; 0 without a loop.
    """
    pitch, onset = performance.pitch, performance.onset_sec
    longest = 0.0
    for cell in range(1, min(LONGEST_CELL, len(pitch) // 2) + 1):
        same = np.concatenate([[0], (pitch[cell:] == pitch[:-cell]).astype(np.int8), [0]])
        first, past = np.flatnonzero(np.diff(same) == 1), np.flatnonzero(np.diff(same) == -1)
        for a, b in zip(first, past, strict=True):
            if b - a >= cell:
                longest = max(longest, float(onset[b - 1 + cell] - onset[a]))
    return longest
