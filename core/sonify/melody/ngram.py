"""An interpolated n-gram over melodies: the scorer that is independent of the network.

It counts steps in semitones after the two steps before and the place above the tonic, in real melodies, and
interpolates by Witten and Bell (1991): the order is 3, as three notes before are known. The network never sees
it while composing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.key import tonic_and_mode
from core.nn.config import ArrayModelConfig
from core.nn.ngram import WittenBell, list_grams
from core.nn.shapes import Layers
from core.nn.weights import Arrays
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.tokenizer import interval_class


@dataclass(frozen=True, kw_only=True)
class NgramConfig(ArrayModelConfig):
    """Size of the count table."""

    class_path: ClassVar[str] = "core.sonify.melody.ngram.MelodyNgram"

    max_interval: int = 24  # semitones, as the network's
    n_entries: int = 1  # different (place, step, step, step) that were counted

    @classmethod
    def tiny(cls) -> NgramConfig:
        """A table for tests."""
        return cls(max_interval=24, n_entries=4)

    @property
    def n_steps(self) -> int:
        """Different steps."""
        return 2 * self.max_interval + 1

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Axes of the table: scale position, step before last, last step, next step."""
        return 12, self.n_steps, self.n_steps, self.n_steps

    def layers(self) -> Layers:
        """Counted n-grams, each encoded as one number, and their counts."""
        return {"entries": (self.n_entries,), "counts": (self.n_entries,)}


@dataclass(frozen=True, eq=False)
class MelodyNgram:
    """Interpolated n-gram of melodic steps, from counts in real melodies."""

    config: NgramConfig
    tensors: Arrays

    @classmethod
    def count(cls, melodies: list[tuple[IntArray, int]], max_interval: int = 24) -> MelodyNgram:
        """Count melodies.

        Parameters
        ----------
        melodies : list of (ndarray of int, int)
            MIDI pitches and the tonic's pitch class of each.
        """
        shape = NgramConfig(max_interval=max_interval).shape
        codes = [
            np.ravel_multi_index(_contexts(pitch, tonic, max_interval), shape) for pitch, tonic in melodies
        ]
        entries, counts = np.unique(np.concatenate(codes), return_counts=True)
        config = NgramConfig(max_interval=max_interval, n_entries=len(entries))
        return cls(config, {"entries": entries.astype(np.int32), "counts": counts.astype(np.int32)})

    @cached_property
    def _grams(self) -> WittenBell:
        """Interpolated n-gram with scale position, which is dropped last when backing off."""
        return WittenBell(self._rows[:, [1, 2, 0, 3]], self.tensors["counts"], self.config.n_steps)

    @cached_property
    def _keyless(self) -> WittenBell:
        """Interpolated n-gram without the scale position, for melodies whose key is not given."""
        return WittenBell(self._rows[:, 1:], self.tensors["counts"], self.config.n_steps)

    @property
    def _rows(self) -> IntArray:
        return np.stack(np.unravel_index(self.tensors["entries"], self.config.shape), axis=1)

    def nll(self, pitch: IntArray, tonic: int | None = None, *, key_known: bool = True) -> FloatArray:
        """Score every note after the first.

        Parameters
        ----------
        pitch : ndarray of int, shape=(n,)
            MIDI note numbers.
        tonic : int, optional
            Pitch class; estimated from the notes (Krumhansl and Kessler 1982) if not given.
        key_known : bool
            Whether the place above the tonic may be used.

        Returns
        -------
        ndarray of float64, shape=(n - 1,)
            Nats. A step beyond ``max_interval`` costs ln 128 more than its octave equivalent, because no entry says it.
        """
        pitch = np.asarray(pitch, dtype=np.int64)
        if len(pitch) < 2:
            return np.empty(0)
        if tonic is None:
            tonic = tonic_and_mode(pitch)[0]
        steps = np.diff(pitch)
        place = (pitch[:-1] - tonic) % 12
        step = interval_class(steps, MelodyConfig(max_interval=self.config.max_interval))
        grams = list_grams(step, 3, before=self.config.n_steps)
        if key_known:
            p = self._grams.probabilities(np.insert(grams, 2, place, axis=1))
        else:
            p = self._keyless.probabilities(grams)
        beyond = np.abs(steps) > self.config.max_interval
        cost: FloatArray = -np.log(p) + beyond * np.log(128)
        return cost


def _contexts(pitch: IntArray, tonic: int, max_interval: int) -> tuple[IntArray, ...]:
    """Scale position, step before last, last step and next step of every note from the fourth."""
    step = interval_class(np.diff(pitch), MelodyConfig(max_interval=max_interval))
    place = (pitch[2:-1] - tonic) % 12
    return place, step[:-2], step[1:-1], step[2:]
