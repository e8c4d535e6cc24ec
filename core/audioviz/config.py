"""Sizes of the networks that hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

AutoencoderVariant = Literal["normal", "shared", "skip"]
StyleVariant = Literal["alexnet", "vgg"]
N_CODES = 10  # numbers in the bottleneck, one a scene parameter


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """Sizes of an autoencoder over 64 bands by 96 frames."""

    variant: AutoencoderVariant = "normal"
    widths: tuple[int, ...] = (16, 32, 64, 96)  # channels; sides halve a layer, time by four in the first
    hidden: int = 160  # between the last convolution and the bottleneck
    n_codes: int = N_CODES
    # What counts as about 0 and 1 of each number: percentiles .5 and 99.5 over the training part.
    low: tuple[float, ...] = (-3.0,) * N_CODES
    high: tuple[float, ...] = (3.0,) * N_CODES

    def __post_init__(self) -> None:
        # A card read back from JSON brings lists.
        for name in ("widths", "low", "high"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.variant not in get_args(AutoencoderVariant):
            raise ValueError(f"An autoencoder is normal, shared or skip, not {self.variant}.")
        if len(self.widths) != 4 or min(*self.widths, self.hidden, self.n_codes) < 1:
            raise ValueError(f"There are four widths from 1, not {self.widths} with {self.hidden}.")
        _check_scale(self.low, self.high, self.n_codes)

    @classmethod
    def tiny(cls, variant: AutoencoderVariant = "normal") -> AutoencoderConfig:
        """A network for tests."""
        return cls(variant=variant, widths=(4, 6, 8, 8), hidden=16)


@dataclass(frozen=True, kw_only=True)
class StyleNetConfig:
    """Sizes of a style network; all members have the same."""

    variant: StyleVariant = "alexnet"
    n_styles: int = 6
    widths: tuple[int, ...] = (16, 32, 48, 48)  # channels of the four stages
    n_codes: int = 24  # units of the late layer whose values are the features
    dropout: float = 0.4  # before the late layer
    n_members: int = 4  # networks whose probabilities are averaged, each without some artists
    low: tuple[float, ...] = (-3.0,) * 24
    high: tuple[float, ...] = (3.0,) * 24

    def __post_init__(self) -> None:
        for name in ("widths", "low", "high"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.variant not in get_args(StyleVariant):
            raise ValueError(f"A style network is alexnet or vgg, not {self.variant}.")
        if len(self.widths) != 4 or min(*self.widths, self.n_members, self.n_codes) < 1 or self.n_styles < 2:
            raise ValueError(
                f"There are four widths from 1 and two styles or more, not {self.widths}, {self.n_styles}."
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"Dropout must lie in [0, 1), not {self.dropout}.")
        _check_scale(self.low, self.high, self.n_codes)

    @classmethod
    def tiny(cls, variant: StyleVariant = "alexnet", n_members: int = 2) -> StyleNetConfig:
        """A network for tests."""
        return cls(
            variant=variant, widths=(4, 6, 8, 8), n_codes=12, dropout=0.0, n_members=n_members, low=(-3.0,) * 12,
            high=(3.0,) * 12,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PcaConfig:
    """Sizes of the baseline: principal components of whole windows."""

    n_bands: int = 64
    n_frames: int = 96
    n_codes: int = N_CODES

    def __post_init__(self) -> None:
        if min(self.n_bands, self.n_frames, self.n_codes) < 1:
            raise ValueError(f"Sizes must be from 1, not {self.n_bands}, {self.n_frames}, {self.n_codes}.")


@dataclass(frozen=True, kw_only=True)
class RegressionConfig:
    """Sizes of the style networks' baseline: regression on statistics of a whole clip."""

    n_features: int = 60  # means, deviations and deviations of steps of 20 cepstral coefficients
    n_styles: int = 6
    n_members: int = 4

    def __post_init__(self) -> None:
        if min(self.n_features, self.n_members) < 1 or self.n_styles < 2:
            raise ValueError(
                f"Sizes must be from 1, not {self.n_features}, {self.n_styles}, {self.n_members}."
            )


def _check_scale(low: tuple[float, ...], high: tuple[float, ...], n_codes: int) -> None:
    if not len(low) == len(high) == n_codes or any(a >= b for a, b in zip(low, high, strict=True)):
        raise ValueError(
            f"Each of {n_codes} numbers needs a low below its high; {len(low)} and {len(high)} are given."
        )
