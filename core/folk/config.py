"""Sizes of the folk network."""

from __future__ import annotations

from dataclasses import dataclass

from core.folk.tokenizer import N_SOURCES
from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class FolkConfig(ModelConfig):
    """Sizes of the network; the vocabulary itself is fixed in :mod:`core.folk.tokenizer`."""

    hidden_size: int = 320
    n_layers: int = 2
    pitch_size: int = 24  # of an embedded pitch, shared by the last note and the notes looked up
    duration_size: int = 12
    place_size: int = 24
    context_size: int = 12  # collection, mode and metre, each
    dropout: float = 0.4  # between layers and before the heads
    input_dropout: float = 0.1
    n_sources: int = N_SOURCES

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_sources != N_SOURCES:
            raise ValueError(f"The tokenizer looks up {N_SOURCES} places, not {self.n_sources}.")

    @classmethod
    def tiny(cls) -> FolkConfig:
        """A network for tests."""
        return cls(hidden_size=16, n_layers=2, pitch_size=8, duration_size=4, place_size=4, context_size=4)
