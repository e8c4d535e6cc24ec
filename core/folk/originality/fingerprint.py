"""How much of a tune was played before: the longest run of intervals that also lies in a training tune.

The training tunes are not kept. A Bloom filter (1970) knows which runs of some lengths occur in them; it never
forgets one, and takes about one unknown run in fifty for a known one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.music.tune import Tune
from core.nn.weights import load

if TYPE_CHECKING:
    from core.folk.originality.model import BloomFilter

IntArray = NDArray[np.int64]
UIntArray = NDArray[np.uint64]
BoolArray = NDArray[np.bool_]

# Lengths whose runs are stored. Beyond the last, a run counts as copied when all its parts of that length are:
# fifteen equal intervals in a row practically name the tune, so this is hardly ever too much.
LENGTHS = tuple(range(3, 16))
N_HASHES = 5
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, kw_only=True)
class Originality:
    """What of a tune was played before.

    Attributes
    ----------
    longest_run : int
        Intervals in the longest copied run.
    first_note, last_note : int
        Where it lies among the tune's notes; both 0 where nothing is copied.
    n_intervals : int
    """

    longest_run: int
    first_note: int
    last_note: int
    n_intervals: int


class Fingerprint:
    """Knows the runs of the training tunes; shared by all visitors, changed by none."""

    def __init__(self, model: BloomFilter) -> None:
        self._bits = model.packed()
        self._n_bits = np.uint64(model.config.n_bits)

    @classmethod
    def from_weights(cls) -> Fingerprint:
        """The one that belongs to the shipped network."""
        from core.folk.originality.model import BloomFilter

        return cls(load("folk_fingerprint", BloomFilter)[0])

    def knows(self, hashes: UIntArray) -> BoolArray:
        """Which runs occur in the training tunes."""
        found = np.ones(len(hashes), dtype=bool)
        for place in bit_places(hashes, self._n_bits):
            byte = self._bits[(place >> np.uint64(3)).astype(np.int64)]
            found &= (byte >> (place & np.uint64(7)).astype(np.uint8)) & 1 == 1
        return found

    def longest_copied_run(self, tune: Tune | Sequence[int]) -> int:
        """The number of intervals in the longest run that also lies in a training tune.

        Parameters
        ----------
        tune : Tune or sequence of int
            Or its pitches. Rests and lengths do not count.
        """
        return self.compare(tune).longest_run

    def compare(self, tune: Tune | Sequence[int]) -> Originality:
        """The longest copied run and where it lies."""
        pitches = tune.pitches if isinstance(tune, Tune) else list(tune)
        steps = intervals(pitches)
        best, begin = 0, 0
        known, shorter = np.ones(len(steps), dtype=bool), 1
        for length in LENGTHS:
            if len(steps) < length:
                break
            # A run can only be known if all its parts are; nearly every false answer falls to this.
            parts = [known[i : len(known) - (length - shorter) + i] for i in range(length - shorter + 1)]
            known = self.knows(run_hashes(steps, length)) & np.logical_and.reduce(parts)
            shorter = length
            if not known.any():
                break
            best, begin = length, int(np.argmax(known))
            if length == LENGTHS[-1]:
                chain, begin = _longest_chain(known)
                best = length + chain - 1
        return Originality(
            longest_run=best, first_note=begin, last_note=begin + best if best else 0, n_intervals=len(steps)
        )


def _longest_chain(known: BoolArray) -> tuple[int, int]:
    """Length and beginning of the longest series of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    at = int(np.argmax(lengths))
    return int(lengths[at]), int(edges[::2][at])


def intervals(pitches: Sequence[int]) -> IntArray:
    """Semitones from each note to the next."""
    found: IntArray = np.diff(np.asarray(pitches, dtype=np.int64)).astype(np.int64)
    return found


def run_hashes(steps: IntArray, length: int) -> UIntArray:
    """A 64-bit number for every run of ``length`` intervals, different for different lengths."""
    n = len(steps) - length + 1
    if n < 1:
        return np.empty(0, dtype=np.uint64)
    coded = (np.clip(steps, -60, 60) + 64).astype(np.uint64)
    value = np.full(n, length, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i in range(length):
            value = _mixed(value * np.uint64(0x9E3779B97F4A7C15) + coded[i : i + n])
    return value


def _mixed(value: UIntArray) -> UIntArray:
    """The finishing steps of SplitMix64 (Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _MIX[0]
    value = (value ^ (value >> np.uint64(27))) * _MIX[1]
    return value ^ (value >> np.uint64(31))


def bit_places(hashes: UIntArray, n_bits: np.uint64) -> list[UIntArray]:
    """The bits of each run, by double hashing (Kirsch and Mitzenmacher 2006)."""
    low, high = hashes & np.uint64(0xFFFFFFFF), (hashes >> np.uint64(32)) | np.uint64(1)
    return [(low + np.uint64(i) * high) % n_bits for i in range(N_HASHES)]
