"""Hashes of interval runs for the Bloom filter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.arrays import IntArray

UIntArray = NDArray[np.uint64]

# Lengths whose runs are stored. Beyond the last, a run counts as copied when all its parts of that length are:
# fifteen equal intervals in a row practically name the tune, so this is hardly ever too much.
LENGTHS = tuple(range(3, 16))
N_HASHES = 5
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def list_intervals(pitches: Sequence[int]) -> IntArray:
    """Semitones from each note to the next."""
    found: IntArray = np.diff(np.asarray(pitches, dtype=np.int64)).astype(np.int64)
    return found


def hash_runs(steps: IntArray, length: int) -> UIntArray:
    """A 64-bit number for every run of ``length`` intervals, different for different lengths."""
    n = len(steps) - length + 1
    if n < 1:
        return np.empty(0, dtype=np.uint64)
    coded = (np.clip(steps, -60, 60) + 64).astype(np.uint64)
    value = np.full(n, length, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i in range(length):
            value = _mix(value * np.uint64(0x9E3779B97F4A7C15) + coded[i : i + n])
    return value


def _mix(value: UIntArray) -> UIntArray:
    """The finishing steps of SplitMix64 (Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _MIX[0]
    value = (value ^ (value >> np.uint64(27))) * _MIX[1]
    return value ^ (value >> np.uint64(31))


def find_bits(hashes: UIntArray, n_bits: np.uint64) -> list[UIntArray]:
    """The bits of each run, by double hashing (Kirsch and Mitzenmacher 2006)."""
    low, high = hashes & np.uint64(0xFFFFFFFF), (hashes >> np.uint64(32)) | np.uint64(1)
    return [(low + np.uint64(i) * high) % n_bits for i in range(N_HASHES)]
