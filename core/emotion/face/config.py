"""Sizes of the face network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from core.nn.config import ArrayModelConfig
from core.nn.shapes import BATCH_STATISTICS, Layers, batch_norm, convolution, linear

EXPRESSIONS = ("happy", "sad", "neutral")  # in the order of the network's outputs and of the labels
# Mean and deviation of the gray values of FER2013, on a scale where white is 1.
GRAY_MEAN, GRAY_DEVIATION = 0.51, 0.25


@dataclass(frozen=True, kw_only=True)
class FaceConfig(ArrayModelConfig):
    """Sizes of the network; every member has the same."""

    class_path: ClassVar[str] = "core.emotion.face.model.FaceNet"
    buffers: ClassVar[tuple[str, ...]] = BATCH_STATISTICS

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

    def blocks(self) -> list[tuple[int, int, int]]:
        """Channels in, channels out and step of every residual block, in order."""
        found, n_in = [], self.widths[0]
        for stage, (width, depth) in enumerate(zip(self.widths, self.depths, strict=True)):
            for place in range(depth):
                found.append((n_in, width, 2 if stage > 0 and place == 0 else 1))
                n_in = width
        return found

    def layers(self) -> Layers:
        """Members of a first convolution, blocks, and a dense layer."""
        stem = self.widths[0]
        layers: dict[str, Layers] = {"0": convolution(1, stem, (6, 6)), "1": batch_norm(stem)}
        for i, (n_in, n_out, step) in enumerate(self.blocks()):
            n_squeezed = n_out // self.squeeze
            block: dict[str, Layers] = {
                "first": {"0": convolution(n_in, n_out, (3, 3)), "1": batch_norm(n_out)},
                "second": {"0": convolution(n_out, n_out, (3, 3)), "1": batch_norm(n_out)},
                "attention": {"0": linear(n_out, n_squeezed), "2": linear(n_squeezed, n_out)},
            }
            if step > 1 or n_in != n_out:
                at = int(step > 1)  # it averages before it projects
                block["shortcut"] = {
                    str(at): convolution(n_in, n_out, (1, 1)),
                    str(at + 1): batch_norm(n_out),
                }
            layers[str(3 + i)] = block
        member: dict[str, Layers] = {
            "layers": layers,
            "head": {"1": linear(self.widths[-1], len(EXPRESSIONS))},
        }
        return {"members": {str(i): member for i in range(self.n_members)}}
