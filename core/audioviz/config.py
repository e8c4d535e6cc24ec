"""Sizes of the autoencoders and of the style networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.nn.config import ModelConfig

AutoencoderVariant = Literal["normal", "shared", "skip"]
StyleVariant = Literal["alexnet", "vgg"]
N_CODES = 10  # numbers in the bottleneck, one a scene parameter


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(ModelConfig):
    """Shared configuration of both kinds of networks: four stages, and a fixed output scale."""

    widths: tuple[int, ...] = (16, 32, 48, 48)  # channels of the four stages
    n_codes: int = N_CODES
    # What counts as about 0 and 1 of each number: percentiles .5 and 99.5 over the training part.
    low: tuple[float, ...] = (-3.0,) * N_CODES
    high: tuple[float, ...] = (3.0,) * N_CODES

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) != 4:
            raise ValueError(f"There are four widths, not {self.widths}.")
        in_order = all(low < high for low, high in zip(self.low, self.high, strict=False))
        if not len(self.low) == len(self.high) == self.n_codes or not in_order:
            raise ValueError(f"Each of {self.n_codes} numbers needs a low below its high, not {self}.")


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig(NetworkConfig):
    """Sizes of an autoencoder over 64 bands by 96 frames; sides halve a stage, time by four in the first."""

    variant: AutoencoderVariant = "normal"
    widths: tuple[int, ...] = (16, 32, 64, 96)
    hidden: int = 160  # between the last convolution and the bottleneck

    @classmethod
    def tiny(cls, variant: AutoencoderVariant = "normal") -> AutoencoderConfig:
        """A network for tests."""
        return cls(variant=variant, widths=(4, 6, 8, 8), hidden=16)


@dataclass(frozen=True, kw_only=True)
class StyleNetConfig(NetworkConfig):
    """Sizes of a style network; all members have the same."""

    variant: StyleVariant = "alexnet"
    n_styles: int = 6
    n_codes: int = 24  # units of the late layer whose values are the features
    dropout: float = 0.4  # before the late layer
    n_members: int = 4  # networks whose probabilities are averaged, each without some artists
    low: tuple[float, ...] = (-3.0,) * 24
    high: tuple[float, ...] = (3.0,) * 24

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_styles < 2:
            raise ValueError(f"There are two styles or more, not {self.n_styles}.")

    @classmethod
    def tiny(cls, variant: StyleVariant = "alexnet", n_members: int = 2) -> StyleNetConfig:
        """A network for tests."""
        low, high = (-3.0,) * 12, (3.0,) * 12
        sizes = (4, 6, 8, 8)
        return cls(
            variant=variant, widths=sizes, n_codes=12, dropout=0.0, n_members=n_members, low=low, high=high
        )
