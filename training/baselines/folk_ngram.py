"""Witten-Bell n-gram over folk tunes: the baseline that every folk network has to beat.

Two tables of counts, of pitches above the tonic after three pitches and of (pitch, length) pairs after two
pairs, each interpolated by Witten and Bell (1991) down to the uniform distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from core.arrays import FloatArray, IntArray
from core.folk import tokenizer as tk
from core.music.tune import Tune
from core.nn.config import ModelConfig
from core.nn.layers import store
from core.nn.ngram import WittenBell, list_grams

# Of pitches and of (pitch, length) pairs: different symbols for each place of an entry, the one predicted last.
_N_JOINT = (tk.N_PITCHES + 1) * (tk.N_DURATIONS + 1)
_SHAPES = ((tk.N_PITCHES + 1,) * 4, (_N_JOINT,) * 3)
_N_SYMBOLS = (tk.N_PITCHES, tk.N_PITCHES * tk.N_DURATIONS)
_BEFORE = (tk.N_PITCHES, _N_JOINT - 1)  # stands before the first event


@dataclass(frozen=True, kw_only=True)
class NgramConfig(ModelConfig):
    """Sizes of the two tables."""

    n_pitch_entries: int = 1
    n_joint_entries: int = 1

    @classmethod
    def tiny(cls) -> NgramConfig:
        """Tables for tests."""
        return cls(n_pitch_entries=4, n_joint_entries=4)


class FolkNgram(nn.Module):
    """N-gram counts of the training tunes."""

    config_class = NgramConfig

    def __init__(self, config: NgramConfig) -> None:
        super().__init__()
        self.config = config
        self.pitch_entries = store(torch.zeros(config.n_pitch_entries, dtype=torch.int32))
        self.pitch_counts = store(torch.zeros(config.n_pitch_entries, dtype=torch.int32))
        self.joint_entries = store(torch.zeros(config.n_joint_entries, dtype=torch.int64))
        self.joint_counts = store(torch.zeros(config.n_joint_entries, dtype=torch.int32))

    @classmethod
    def count(cls, tunes: Sequence[Tune]) -> FolkNgram:
        """Count tunes."""
        grams = [_list_grams(tune) for tune in tunes]
        counted = [
            np.unique(np.ravel_multi_index(tuple(np.concatenate(rows).T), shape), return_counts=True)
            for rows, shape in zip(zip(*grams, strict=True), _SHAPES, strict=True)
        ]
        model = cls(NgramConfig(n_pitch_entries=len(counted[0][0]), n_joint_entries=len(counted[1][0])))
        for (codes, n), (entries, counts) in zip(counted, model._tables, strict=True):
            entries.data = torch.from_numpy(codes).to(entries.dtype)
            counts.data = torch.from_numpy(n).to(counts.dtype)
        return model

    @property
    def _tables(self) -> list[tuple[nn.Parameter, nn.Parameter]]:
        return [(self.pitch_entries, self.pitch_counts), (self.joint_entries, self.joint_counts)]

    @cached_property
    def tables(self) -> list[WittenBell]:
        """Of pitches, and of (pitch, length) pairs."""
        return [
            WittenBell(np.stack(np.unravel_index(entries.numpy(), shape), axis=1), counts.numpy(), n_symbols)
            for (entries, counts), shape, n_symbols in zip(self._tables, _SHAPES, _N_SYMBOLS, strict=True)
        ]

    def nats(self, tune: Tune) -> FloatArray:
        """Cost of every event.

        Returns
        -------
        ndarray of float64, shape=(n, 2)
            Nats of the pitch alone, and of pitch and length jointly.
        """
        p = [table.probabilities(rows) for table, rows in zip(self.tables, _list_grams(tune), strict=True)]
        cost: FloatArray = -np.log(np.stack(p, axis=1))
        return cost


def _list_grams(tune: Tune) -> list[IntArray]:
    tonic = tune.keys[0].pitch_class
    pitches = np.array([tk.pitch_token(event.pitch, tonic) for event in tune.events], dtype=np.int64)
    lengths = np.array([tk.duration_token(event.duration_tick) for event in tune.events], dtype=np.int64)
    pairs = pitches * (tk.N_DURATIONS + 1) + lengths
    return [
        list_grams(symbols, len(shape), before)
        for symbols, shape, before in zip((pitches, pairs), _SHAPES, _BEFORE, strict=True)
    ]
