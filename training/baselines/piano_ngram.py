"""An interpolated trigram over pitches: the baseline that the piano network has to beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.emotion.piano.tokenizer import N_PITCHES

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ORDER = 3
_BASE = N_PITCHES + 1  # 0 stands before the first note
_MAX_COUNT = 32_767


@dataclass(frozen=True, kw_only=True)
class NgramConfig:
    """Number of different trigrams that were counted."""

    n_entries: int = 1

    def __post_init__(self) -> None:
        if self.n_entries < 1:
            raise ValueError(f"The table needs an entry, not {self.n_entries}.")

    @classmethod
    def tiny(cls) -> NgramConfig:
        """A table for tests."""
        return cls(n_entries=4)


class PianoNgram(nn.Module):
    """Counts of pitch trigrams, interpolated after Witten and Bell (1991) down to the uniform distribution."""

    config_class = NgramConfig

    def __init__(self, config: NgramConfig) -> None:
        super().__init__()
        self.config = config
        self.trigrams = nn.Parameter(torch.zeros(config.n_entries, dtype=torch.int32), requires_grad=False)
        self.counts = nn.Parameter(torch.ones(config.n_entries, dtype=torch.int16), requires_grad=False)

    @classmethod
    def counted(cls, pieces: Iterable[IntArray]) -> PianoNgram:
        """Count pieces, each the pitch numbers of its notes."""
        codes, counts = np.unique(np.concatenate([_codes(piece) for piece in pieces]), return_counts=True)
        model = cls(NgramConfig(n_entries=len(codes)))
        model.load_state_dict(
            {
                "trigrams": torch.from_numpy(codes.astype(np.int32)),
                "counts": torch.from_numpy(np.minimum(counts, _MAX_COUNT).astype(np.int16)),
            }
        )
        return model

    def probabilities(self, pitches: IntArray) -> FloatArray:
        """Probability of every pitch before each note.

        Parameters
        ----------
        pitches : ndarray of int64, shape=(n,)
            Pitch numbers of a piece.

        Returns
        -------
        ndarray of float64, shape=(n, N_PITCHES)
        """
        codes = _codes(pitches)
        first, second = codes // _BASE**2, codes // _BASE % _BASE
        found = np.full((len(codes), N_PITCHES), 1.0 / N_PITCHES)
        unigrams, bigrams, trigrams = self._tables
        for table, context in (
            (unigrams, np.zeros_like(first)),
            (bigrams, second),
            (trigrams, first * _BASE + second),
        ):
            counts = table[context]
            kinds = (counts > 0).sum(axis=1, keepdims=True)
            total = counts.sum(axis=1, keepdims=True)
            mixed = (counts + kinds * found) / np.maximum(total + kinds, 1)
            found = np.where(total > 0, mixed, found)
        return found

    @cached_property
    def _tables(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        codes = self.trigrams.numpy().astype(np.int64)
        counts = self.counts.numpy().astype(np.float64)
        following = codes % _BASE - 1
        inside = (following >= 0) & (following < N_PITCHES) & (codes >= 0) & (codes < _BASE**3)
        codes, counts, following = codes[inside], counts[inside], following[inside]
        # Single precision: the table of all pairs is the largest thing here, 2.8 MB.
        trigrams = np.zeros((_BASE**2, N_PITCHES), dtype=np.float32)
        np.add.at(trigrams, (codes // _BASE, following), counts)
        bigrams = np.zeros((_BASE, N_PITCHES), dtype=np.float64)
        np.add.at(bigrams, (codes // _BASE % _BASE, following), counts)
        return bigrams.sum(axis=0, keepdims=True), bigrams, trigrams


def _codes(pitches: IntArray) -> IntArray:
    padded = np.concatenate([np.zeros(2, dtype=np.int64), np.asarray(pitches, dtype=np.int64) + 1])
    return np.asarray(padded[:-2] * _BASE**2 + padded[1:-1] * _BASE + padded[2:])
