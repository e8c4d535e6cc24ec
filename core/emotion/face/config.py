"""Sizes of the face network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.nn.config import ModelConfig

EXPRESSIONS = ("happy", "sad", "neutral")  # in the order of the network's outputs and of the labels


@dataclass(frozen=True, kw_only=True)
class FaceConfig(ModelConfig):
    """Sizes of the network; every member has the same."""

    image_size: int = 48  # pixels a side to which a picture is brought; the network itself takes any
    n_views: Literal[1, 2, 4] = (
        4  # of a picture, whose probabilities are averaged: 1, 2 (mirrored, too) or 4 (and zoomed)
    )
    widths: tuple[int, ...] = (48, 96, 192)  # channels of a stage; the sides halve from stage to stage
    depths: tuple[int, ...] = (2, 2, 2)  # residual blocks of a stage
    squeeze: int = 8  # a stage's channels over the channels of its attention's bottleneck
    dropout: float = 0.3  # before the last layer
    drop_path: float = 0.1  # share of the examples that skip the last block in training; earlier ones less
    n_members: int = 1  # networks whose probabilities are averaged
    temperature: float = 1.0  # divides the logits; fitted on the validation part after training

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) != len(self.depths):
            raise ValueError(f"Widths and depths must be as many, not {self.widths} and {self.depths}.")
        if self.image_size < 8:
            raise ValueError(f"Images have 8 pixels a side or more, not {self.image_size}.")
        if min(self.widths) < self.squeeze:
            raise ValueError(f"A stage of {min(self.widths)} channels cannot be squeezed by {self.squeeze}.")

    @classmethod
    def tiny(cls) -> FaceConfig:
        """A network for tests."""
        return cls(widths=(8, 16), depths=(1, 1), squeeze=4, dropout=0.0, drop_path=0.0)
