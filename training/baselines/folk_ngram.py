"""An interpolated n-gram over events: the baseline that every network has to beat.

Two tables of counts, of pitches above the tonic after three pitches and of (pitch, length) pairs after two
pairs, each interpolated by Witten and Bell (1991) down to the uniform distribution.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.folk import tokenizer as tk
from core.music.tune import Tune

FloatArray = NDArray[np.float64]
PITCH_ORDER, JOINT_ORDER = 4, 3  # symbols an entry: the context and the one predicted
_N_JOINT = (tk.N_PITCHES + 1) * (tk.N_DURATIONS + 1)


@dataclass(frozen=True, kw_only=True)
class NgramConfig:
    """Sizes of the two tables."""

    n_pitch_entries: int = 1
    n_joint_entries: int = 1

    def __post_init__(self) -> None:
        if min(self.n_pitch_entries, self.n_joint_entries) < 1:
            raise ValueError(f"Both tables need an entry, not {self!r}.")

    @classmethod
    def tiny(cls) -> NgramConfig:
        """Tables for tests."""
        return cls(n_pitch_entries=4, n_joint_entries=4)


class _Table:
    """Counts by context, for every order up to the entry's."""

    def __init__(self, grams: Iterable[tuple[tuple[int, ...], int]], n_symbols: int) -> None:
        self.n_symbols = n_symbols
        self.counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for gram, count in grams:
            for begin in range(len(gram)):
                self.counts[gram[begin:-1]][gram[-1]] += count
        self.totals = {context: sum(found.values()) for context, found in self.counts.items()}

    def probability(self, context: tuple[int, ...], symbol: int) -> float:
        """Probability of a symbol after a context, interpolated from its shortest end to the whole."""
        p = 1 / self.n_symbols
        for begin in range(len(context), -1, -1):
            found = self.counts.get(context[begin:])
            if found is None:
                break
            total, kinds = self.totals[context[begin:]], len(found)
            p = (found[symbol] + kinds * p) / (total + kinds)
        return p


class FolkNgram(nn.Module):
    """Counts of what follows what in the training tunes."""

    config_class = NgramConfig

    def __init__(self, config: NgramConfig) -> None:
        super().__init__()
        self.config = config

        # Whole numbers that are stored and checked like weights, but never trained by gradient.
        def stored(n: int, dtype: torch.dtype) -> nn.Parameter:
            """A table of ``n`` whole numbers, filled by loading."""
            return nn.Parameter(torch.zeros(n, dtype=dtype), requires_grad=False)

        self.pitch_entries = stored(config.n_pitch_entries, torch.int32)
        self.pitch_counts = stored(config.n_pitch_entries, torch.int32)
        self.joint_entries = stored(config.n_joint_entries, torch.int64)
        self.joint_counts = stored(config.n_joint_entries, torch.int32)

    @classmethod
    def counted(cls, tunes: Sequence[Tune]) -> FolkNgram:
        """Count tunes."""
        pitch: Counter[int] = Counter()
        joint: Counter[int] = Counter()
        for tune in tunes:
            pitches, pairs = _symbols(tune)
            pitch.update(_code(gram, tk.N_PITCHES + 1) for gram in _grams(pitches, PITCH_ORDER, tk.N_PITCHES))
            joint.update(_code(gram, _N_JOINT) for gram in _grams(pairs, JOINT_ORDER, _N_JOINT - 1))
        model = cls(NgramConfig(n_pitch_entries=len(pitch), n_joint_entries=len(joint)))
        for counter, entries, counts in (
            (pitch, model.pitch_entries, model.pitch_counts),
            (joint, model.joint_entries, model.joint_counts),
        ):
            codes = sorted(counter)
            entries.data = torch.tensor(codes, dtype=entries.dtype)
            counts.data = torch.tensor([counter[code] for code in codes], dtype=torch.int32)
        return model

    @cached_property
    def _pitch_table(self) -> _Table:
        grams = zip(self.pitch_entries.tolist(), self.pitch_counts.tolist(), strict=True)
        return _Table(((_gram(code, tk.N_PITCHES + 1, PITCH_ORDER), n) for code, n in grams), tk.N_PITCHES)

    @cached_property
    def _joint_table(self) -> _Table:
        grams = zip(self.joint_entries.tolist(), self.joint_counts.tolist(), strict=True)
        n_symbols = tk.N_PITCHES * tk.N_DURATIONS
        return _Table(((_gram(code, _N_JOINT, JOINT_ORDER), n) for code, n in grams), n_symbols)

    def nats(self, tune: Tune) -> FloatArray:
        """Cost of every event.

        Returns
        -------
        ndarray of float64, shape=(n, 2)
            Nats of the pitch alone, and of pitch and length jointly.
        """
        pitches, pairs = _symbols(tune)
        pitch_grams = _grams(pitches, PITCH_ORDER, tk.N_PITCHES)
        joint_grams = _grams(pairs, JOINT_ORDER, _N_JOINT - 1)
        p = [
            (self._pitch_table.probability(a[:-1], a[-1]), self._joint_table.probability(b[:-1], b[-1]))
            for a, b in zip(pitch_grams, joint_grams, strict=True)
        ]
        cost: FloatArray = -np.log(np.array(p, dtype=np.float64).reshape(-1, 2))
        return cost


def _symbols(tune: Tune) -> tuple[list[int], list[int]]:
    tonic = tune.keys[0].pitch_class
    pitches = [tk.pitch_token(event.pitch, tonic) for event in tune.events]
    lengths = [tk.duration_token(event.duration_tick) for event in tune.events]
    return pitches, [p * (tk.N_DURATIONS + 1) + d for p, d in zip(pitches, lengths, strict=True)]


def _grams(symbols: list[int], order: int, before: int) -> list[tuple[int, ...]]:
    padded = [before] * (order - 1) + symbols
    return [tuple(padded[i : i + order]) for i in range(len(symbols))]


def _code(gram: tuple[int, ...], base: int) -> int:
    code = 0
    for symbol in gram:
        code = code * base + symbol
    return code


def _gram(code: int, base: int, order: int) -> tuple[int, ...]:
    found = []
    for _ in range(order):
        code, symbol = divmod(code, base)
        found.append(symbol)
    return tuple(reversed(found))
