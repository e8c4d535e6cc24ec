"""Originality of a tune: the longest run of intervals that also lies in a training tune.

The training tunes are not kept. A Bloom filter (1970) knows which runs of some lengths occur in them; it never
forgets one, and takes about one unknown run in fifty for a known one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import BoolArray, IntArray
from core.folk.originality.model import BloomFilter, FingerprintConfig
from core.folk.originality.run_hashes import LENGTHS, UIntArray, find_bits, hash_runs, list_intervals
from core.music.tune import Tune
from core.nn.weights import load_arrays


@dataclass(frozen=True, kw_only=True)
class Originality:
    """Overlap of a tune with the training tunes: its longest match.

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
    """Fingerprint of the training tunes' interval runs; shared by all visitors, calls do not change it.

    Examples
    --------
    >>> from core.folk.originality.model import BloomFilter
    >>> from core.music.abc_notation import read_abc
    >>> heard, _ = read_abc("X:1\\nM:4/4\\nL:1/4\\nK:C\\nCDEF|GABc|")
    >>> Fingerprint(BloomFilter.of([heard])).compare([50, 62, 64, 66, 67, 69])
    Originality(longest_run=4, first_note=1, last_note=5, n_intervals=5)
    """

    def __init__(self, model: BloomFilter) -> None:
        self._bits = model.bits
        self._n_bits = np.uint64(model.config.n_bits)

    @classmethod
    def from_weights(cls) -> Fingerprint:
        """Load the fingerprint of the shipped network."""
        config, tensors, _ = load_arrays("folk_fingerprint", FingerprintConfig)
        return cls(BloomFilter(config, tensors))

    def knows(self, hashes: UIntArray) -> BoolArray:
        """Which runs occur in the training tunes."""
        found = np.ones(len(hashes), dtype=bool)
        for place in find_bits(hashes, self._n_bits):
            byte = self._bits[(place >> np.uint64(3)).astype(np.int64)]
            found &= (byte >> (place & np.uint64(7)).astype(np.uint8)) & 1 == 1
        return found

    def longest_copied_run(self, tune: Tune | Sequence[int]) -> int:
        """Length in intervals of the longest run that also occurs in a training tune.

        Parameters
        ----------
        tune : Tune or sequence of int
            Or its pitches. Rests and lengths do not count.
        """
        return self.compare(tune).longest_run

    def share_known(self, pitches: Sequence[int], length: int = 8) -> float:
        """Share of the runs of so many intervals of a melody that occur in the training tunes; 0 where it has none.

        Parameters
        ----------
        pitches : sequence of int
        length : int in [3, 15]
        """
        known = self._find_runs(list_intervals(pitches), length)
        return float(known.mean()) if len(known) else 0.0

    def _find_runs(self, steps: IntArray, length: int) -> BoolArray:
        """Which runs of so many intervals are known, with all their parts."""
        known, shorter = np.ones(len(steps), dtype=bool), 1
        for n in LENGTHS[: LENGTHS.index(length) + 1]:
            if len(steps) < n:
                return np.zeros(0, dtype=bool)
            parts = [known[i : len(known) - (n - shorter) + i] for i in range(n - shorter + 1)]
            known, shorter = self.knows(hash_runs(steps, n)) & np.logical_and.reduce(parts), n
        return known

    def compare(self, tune: Tune | Sequence[int]) -> Originality:
        """Longest match with the training tunes, and its position."""
        pitches = tune.pitches if isinstance(tune, Tune) else list(tune)
        steps = list_intervals(pitches)
        best, begin = 0, 0
        known, shorter = np.ones(len(steps), dtype=bool), 1
        for length in LENGTHS:
            if len(steps) < length:
                break
            # A run can only be known if all its parts are; nearly every false answer falls to this.
            parts = [known[i : len(known) - (length - shorter) + i] for i in range(length - shorter + 1)]
            known = self.knows(hash_runs(steps, length)) & np.logical_and.reduce(parts)
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
    """Length and start of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    at = int(np.argmax(lengths))
    return int(lengths[at]), int(edges[::2][at])
