"""An interpolated n-gram over melodies: the scorer that is independent of the network.

It counts steps in semitones after the two steps before and the place above the tonic, in real melodies, and
interpolates by Witten and Bell (1991): the order is 3, as three notes before are known. The network never sees
it while composing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.music.key import tonic_and_mode
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.tokenizer import interval_class

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NgramConfig:
    """Size of the count table."""

    max_interval: int = 24  # semitones, as the network's
    n_entries: int = 1  # different (place, step, step, step) that were counted

    def __post_init__(self) -> None:
        if self.max_interval < 1 or self.n_entries < 1:
            raise ValueError(f"max_interval and n_entries must be from 1, not {self!r}.")

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
        """Axes of the table: place above the tonic, step before last, last step, next step."""
        return 12, self.n_steps, self.n_steps, self.n_steps


class MelodyNgram(nn.Module):
    """Counts of steps in real melodies, and the probabilities that follow from them."""

    config_class = NgramConfig

    def __init__(self, config: NgramConfig) -> None:
        super().__init__()
        self.config = config
        # Whole numbers that are stored and checked like weights, but never trained by gradient.
        self.entries = nn.Parameter(torch.zeros(config.n_entries, dtype=torch.int32), requires_grad=False)
        self.counts = nn.Parameter(torch.zeros(config.n_entries, dtype=torch.int32), requires_grad=False)

    @classmethod
    def counted(cls, melodies: list[tuple[IntArray, int]], max_interval: int = 24) -> MelodyNgram:
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
        model = cls(NgramConfig(max_interval=max_interval, n_entries=len(entries)))
        model.entries.data = torch.from_numpy(entries.astype(np.int32))
        model.counts.data = torch.from_numpy(counts.astype(np.int32))
        return model

    @cached_property
    def _tables(self) -> list[NDArray[np.float32]]:
        """Probabilities after 0 to 3 notes: of a step, then given the place, the last step, the one before."""
        joint = np.zeros(self.config.shape, dtype=np.float32)
        joint.reshape(-1)[self.entries.numpy()] = self.counts.numpy()
        lower = np.full(self.config.n_steps, 1 / self.config.n_steps, dtype=np.float32)
        tables = []
        for counts in (joint.sum((0, 1, 2)), joint.sum((1, 2)), joint.sum(1), joint):
            lower = _witten_bell(counts, lower)
            tables.append(lower)
            # The next table has the step before as a new axis just ahead of the predicted one …
            if lower.ndim == 2:
                lower = lower[:, None, :]
            elif lower.ndim == 3:
                lower = lower[:, None, :, :]  # … and the one before that behind the place.
        return tables

    @cached_property
    def _keyless(self) -> list[NDArray[np.float32]]:
        """The same without the place above the tonic, for a melody whose key is not told."""
        joint = np.zeros(self.config.shape, dtype=np.float32)
        joint.reshape(-1)[self.entries.numpy()] = self.counts.numpy()
        joint = joint.sum(0)
        lower = np.full(self.config.n_steps, 1 / self.config.n_steps, dtype=np.float32)
        tables = []
        for counts in (joint.sum((0, 1)), joint.sum(0), joint):
            lower = _witten_bell(counts, lower)
            tables.append(lower)
            if lower.ndim == 2:
                lower = lower[None]
        return tables

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
        p = np.empty(len(step))
        if key_known:
            _, one, two, three = self._tables
            p[0] = one[place[0], step[0]]
            p[1:2] = two[place[1:2], step[:-1][:1], step[1:2]]
            p[2:] = three[place[2:], step[:-2], step[1:-1], step[2:]]
        else:
            none, one, two = self._keyless
            p[0] = none[step[0]]
            p[1:2] = one[step[:-1][:1], step[1:2]]
            p[2:] = two[step[:-2], step[1:-1], step[2:]]
        beyond = np.abs(steps) > self.config.max_interval
        cost: FloatArray = -np.log(p) + beyond * np.log(128)
        return cost


def _contexts(pitch: IntArray, tonic: int, max_interval: int) -> tuple[IntArray, ...]:
    """Place, step before last, last step and next step of every note from the fourth."""
    step = interval_class(np.diff(pitch), MelodyConfig(max_interval=max_interval))
    place = (pitch[2:-1] - tonic) % 12
    return place, step[:-2], step[1:-1], step[2:]


def _witten_bell(counts: NDArray[np.float32], lower: NDArray[np.float32]) -> NDArray[np.float32]:
    """Interpolate with the lower order by the number of different continuations that were seen."""
    total = counts.sum(-1, keepdims=True)
    kinds = (counts > 0).sum(-1, keepdims=True, dtype=np.float32)
    # A context that was never seen passes the lower order through.
    weight = np.where(total > 0, kinds / np.maximum(total + kinds, 1), 1.0)
    seen = counts / np.maximum(total + kinds, 1)
    result: NDArray[np.float32] = (seen + weight * lower).astype(np.float32)
    return result
