"""Sizes of the face network."""

from __future__ import annotations

from dataclasses import dataclass

EXPRESSIONS = (
    "happy",
    "sad",
    "neutral",
)  # in the order of the network's outputs and of FER2013's labels here


@dataclass(frozen=True, kw_only=True)
class FaceConfig:
    """Sizes of the network; every member has the same."""

    image_size: int = 48  # pixels a side to which a picture is brought; the network itself takes any
    n_views: int = 4  # of a picture, whose probabilities are averaged: 1, 2 (mirrored, too) or 4 (and zoomed)
    widths: tuple[int, ...] = (48, 96, 192)  # channels of a stage; the sides halve from stage to stage
    depths: tuple[int, ...] = (2, 2, 2)  # residual blocks of a stage
    squeeze: int = 8  # a stage's channels over the channels of its attention's bottleneck
    dropout: float = 0.3  # before the last layer
    drop_path: float = 0.1  # share of the examples that skip the last block in training; earlier ones less
    n_members: int = 1  # networks whose probabilities are averaged
    temperature: float = 1.0  # divides the logits; fitted on the validation part after training

    def __post_init__(self) -> None:
        # A card read back from JSON brings lists.
        object.__setattr__(self, "widths", tuple(self.widths))
        object.__setattr__(self, "depths", tuple(self.depths))
        if len(self.widths) != len(self.depths) or not self.widths:
            raise ValueError(f"Widths and depths must be as many, not {self.widths} and {self.depths}.")
        sizes = (*self.widths, *self.depths, self.squeeze, self.n_members)
        if min(sizes) < 1 or self.image_size < 8:
            raise ValueError(
                f"Sizes must be from 1 and images from 8 pixels, not {sizes} and {self.image_size}."
            )
        if min(self.widths) < self.squeeze:
            raise ValueError(f"A stage of {min(self.widths)} channels cannot be squeezed by {self.squeeze}.")
        if not (0 <= self.dropout < 1 and 0 <= self.drop_path < 1):
            raise ValueError(f"Dropout must lie in [0, 1), not {self.dropout} and {self.drop_path}.")
        if self.n_views not in (1, 2, 4):
            raise ValueError(f"A picture has 1, 2 or 4 views, not {self.n_views}.")
        if not self.temperature > 0:
            raise ValueError(f"The temperature must be above 0, not {self.temperature}.")

    @classmethod
    def tiny(cls) -> FaceConfig:
        """A network for tests."""
        return cls(widths=(8, 16), depths=(1, 1), squeeze=4, dropout=0.0, drop_path=0.0)
