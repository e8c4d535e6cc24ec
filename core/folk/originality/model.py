"""The Bloom filter of the training tunes' runs: its bits, as a pair of weights and card like every model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.folk.originality.run_hashes import LENGTHS, find_bits, hash_runs, list_intervals
from core.music.tune import Tune
from core.nn.config import ModelConfig
from core.nn.layers import store


@dataclass(frozen=True, kw_only=True)
class FingerprintConfig(ModelConfig):
    """Size of the filter."""

    n_bytes: int = 1

    @classmethod
    def tiny(cls) -> FingerprintConfig:
        """A filter for tests."""
        return cls(n_bytes=64)

    @property
    def n_bits(self) -> int:
        """Bits of the filter."""
        return 8 * self.n_bytes


class BloomFilter(nn.Module):
    """Bits that say which runs of intervals were seen."""

    config_class = FingerprintConfig

    def __init__(self, config: FingerprintConfig) -> None:
        super().__init__()
        self.config = config
        self.bits = store(torch.zeros(config.n_bytes, dtype=torch.uint8))

    @classmethod
    def of(cls, tunes: Iterable[Tune], bits_per_run: float = 8.0) -> BloomFilter:
        """The filter of all runs of tunes.

        Parameters
        ----------
        tunes : iterable of Tune
        bits_per_run : float
            Eight give one false answer in about forty-five with five hashes.
        """
        steps = [list_intervals(tune.pitches) for tune in tunes]
        hashes = np.unique(np.concatenate([hash_runs(s, length) for s in steps for length in LENGTHS]))
        model = cls(FingerprintConfig(n_bytes=max(64, int(len(hashes) * bits_per_run / 8))))
        content = np.zeros(model.config.n_bits, dtype=np.uint8)
        for place in find_bits(hashes, np.uint64(model.config.n_bits)):
            content[place.astype(np.int64)] = 1
        model.bits.data = torch.from_numpy(np.packbits(content, bitorder="little"))
        return model

    def packed(self) -> NDArray[np.uint8]:
        """The bits, eight a byte, lowest first."""
        found: NDArray[np.uint8] = self.bits.detach().numpy()
        return found
