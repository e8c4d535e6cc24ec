"""Configuration of the note-boundary network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers

# Frames from one place of a convolution's kernel to the next, by layer.
DILATIONS = {"first": 1, "second": 2, "third": 4, "head": 1}


@dataclass(frozen=True, kw_only=True)
class BoundaryConfig(ArrayModelConfig):
    """Sizes of the network; what it reads is fixed in :mod:`core.voice.boundary_features`."""

    class_path: ClassVar[str] = "core.voice.model.BoundaryNet"

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

    def layers(self) -> Layers:
        """Three convolutions in time and a head."""
        n_in, size, kernel = self.n_mels + self.n_pitch_features, self.hidden_size, self.kernel_size
        shapes = {
            "first": (size, n_in, kernel),
            "second": (size, size, kernel),
            "third": (size, size, kernel),
            "head": (2, size, 1),
        }
        return {name: {"weight": shape, "bias": shape[:1]} for name, shape in shapes.items()}
