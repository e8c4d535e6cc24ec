"""Witten-Bell trigram over pitches: the baseline that the piano network has to beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from core.arrays import FloatArray, IntArray
from core.emotion.piano.tokenizer import N_PITCHES
from core.nn.config import ModelConfig
from core.nn.layers import store
from core.nn.ngram import WittenBell, list_grams

_SHAPE = (N_PITCHES + 1,) * 3  # 0 stands before the first note
_PREDICTED = (0, 0, 1)  # what is predicted is a pitch, and counted from 0
_MAX_COUNT = 32_767


@dataclass(frozen=True, kw_only=True)
class NgramConfig(ModelConfig):
    """Number of different trigrams that were counted."""

    n_entries: int = 1

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
        self.trigrams = store(torch.zeros(config.n_entries, dtype=torch.int32))
        self.counts = store(torch.ones(config.n_entries, dtype=torch.int16))

    @classmethod
    def count(cls, pieces: Iterable[IntArray]) -> PianoNgram:
        """Count pieces, each the pitch numbers of its notes."""
        grams = np.concatenate([_list_trigrams(piece) for piece in pieces])
        codes, counts = np.unique(np.ravel_multi_index(tuple(grams.T), _SHAPE), return_counts=True)
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
        return self._grams.distributions(_list_trigrams(pitches)[:, :-1])

    @cached_property
    def _grams(self) -> WittenBell:
        rows = np.stack(np.unravel_index(self.trigrams.numpy(), _SHAPE), axis=1)
        return WittenBell(rows - _PREDICTED, self.counts.numpy(), N_PITCHES)


def _list_trigrams(pitches: IntArray) -> IntArray:
    return list_grams(np.asarray(pitches, dtype=np.int64) + 1, len(_SHAPE), before=0)
