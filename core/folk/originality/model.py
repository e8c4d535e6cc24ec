"""The Bloom filter of the training tunes' runs: its bits, as a pair of weights and card like every model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.folk.originality.run_hashes import LENGTHS, find_bits, hash_runs, list_intervals
from core.music.tune import Tune
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers
from core.nn.weights import Arrays


@dataclass(frozen=True, kw_only=True)
class FingerprintConfig(ArrayModelConfig):
    """Size of the filter."""

    class_path: ClassVar[str] = "core.folk.originality.model.BloomFilter"

    n_bytes: int = 1

    @classmethod
    def tiny(cls) -> FingerprintConfig:
        """A filter for tests."""
        return cls(n_bytes=64)

    @property
    def n_bits(self) -> int:
        """Bits of the filter."""
        return 8 * self.n_bytes

    def layers(self) -> Layers:
        """Eight bits a byte, lowest first."""
        return {"bits": (self.n_bytes,)}


@dataclass(frozen=True, eq=False)
class BloomFilter:
    """Bits that say which runs of intervals were seen."""

    config: FingerprintConfig
    tensors: Arrays

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
        config = FingerprintConfig(n_bytes=max(64, int(len(hashes) * bits_per_run / 8)))
        content = np.zeros(config.n_bits, dtype=np.uint8)
        for place in find_bits(hashes, np.uint64(config.n_bits)):
            content[place.astype(np.int64)] = 1
        return cls(config, {"bits": np.packbits(content, bitorder="little")})

    @property
    def bits(self) -> NDArray[np.uint8]:
        """The bits, eight a byte, lowest first."""
        found: NDArray[np.uint8] = self.tensors["bits"]
        return found
