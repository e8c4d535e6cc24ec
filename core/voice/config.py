"""Sizes of the network that finds where sung notes begin."""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class BoundaryConfig(ModelConfig):
    """Sizes of the network; what it reads is fixed in :mod:`core.voice.boundary_features`."""

    n_mels: int = 36  # bands; consonants show in the upper ones
    n_pitch_features: int = 10
    hidden_size: int = 32
    kernel_size: int = 5  # frames; with dilations 1, 2 and 4 it sees 0.23 s to each side
    dropout: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kernel_size % 2 == 0:
            raise ValueError(f"The kernel must have a middle, so an odd size, not {self.kernel_size}.")

    @classmethod
    def tiny(cls) -> BoundaryConfig:
        """A network for tests."""
        return cls(hidden_size=4)
