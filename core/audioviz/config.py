"""Sizes of the autoencoders and of the style networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from core.audioviz.mel_windows import N_MELS, WINDOW_FRAMES
from core.nn.config import ArrayModelConfig
from core.nn.shapes import BATCH_STATISTICS, Layers, batch_norm, convolution, linear

AutoencoderVariant = Literal["normal", "shared", "skip"]
StyleVariant = Literal["alexnet", "vgg"]
N_CODES = 10  # numbers in the bottleneck, one a scene parameter
# Mean and deviation of normalized mel bands over the training part: networks are easier to train around 0.
MEL_MEAN, MEL_DEVIATION = 0.32, 0.19
# Kernel, step and padding of the four convolutions, bands first: 64 x 96 -> 32 x 24 -> 16 x 12 -> 8 x 6 -> 4 x 3.
STEPS = (((4, 8), (2, 4), (1, 2)), *(((4, 4), (2, 2), (1, 1)),) * 3)
INNER = (N_MELS // 16, WINDOW_FRAMES // 32)  # (4, 3)
SMOOTHED_BANDS = 5.0  # deviation of the Gaussian that a style network takes off each frame, in bands
CONTRAST = 0.1  # deviation of both kinds of contrast over the training part


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(ArrayModelConfig):
    """Shared configuration of both kinds of networks: four stages, and a fixed output scale."""

    buffers: ClassVar[tuple[str, ...]] = BATCH_STATISTICS

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

    class_path: ClassVar[str] = "core.audioviz.model.Autoencoder"

    variant: AutoencoderVariant = "normal"
    widths: tuple[int, ...] = (16, 32, 64, 96)
    hidden: int = 160  # between the last convolution and the bottleneck

    @classmethod
    def tiny(cls, variant: AutoencoderVariant = "normal") -> AutoencoderConfig:
        """A network for tests."""
        return cls(variant=variant, widths=(4, 6, 8, 8), hidden=16)

    def layers(self) -> Layers:
        """Encoder, bottleneck and decoder; "shared" has one half, "skip" further paths."""
        channels, inner, size = (1, *self.widths), INNER[0] * INNER[1], N_MELS * WINDOW_FRAMES
        back = tuple(reversed(self.widths))
        encoder: dict[str, Layers] = {
            "down": {
                str(i): convolution(channels[i], channels[i + 1], step[0]) for i, step in enumerate(STEPS)
            },
            "down_norm": {str(i): batch_norm(width) for i, width in enumerate(self.widths)},
            "narrow": linear(self.widths[-1] * inner, self.hidden),
            "to_codes": linear(self.hidden, self.n_codes),
            "code_norm": batch_norm(self.n_codes, affine=False),
            "up_norm": {str(i): batch_norm(width) for i, width in enumerate(back[1:])},
        }
        if self.variant == "shared":
            biases = {"from_codes_bias": (self.hidden,), "widen_bias": (self.widths[-1] * inner,)}
            return encoder | {"out_bias": (N_MELS, 1)} | biases
        decoder: dict[str, Layers] = {
            "from_codes": linear(self.n_codes, self.hidden),
            "widen": linear(self.hidden, self.widths[-1] * inner),
            # A transposed convolution has its inputs first.
            "up": {
                str(i): convolution(into, out, STEPS[-1 - i][0])
                for i, (out, into) in enumerate(zip(back, (*back[1:], 1), strict=True))
            },
        }
        if self.variant == "skip":
            decoder |= {
                "straight_in": linear(size, self.n_codes, bias=False),
                "straight_out": linear(self.n_codes, size),
                "stage_in": {
                    str(i): linear(width * N_MELS // 2 ** (i + 1), self.n_codes, bias=False)
                    for i, width in enumerate(self.widths[:-1])
                },
                "stage_out": {str(i): linear(self.n_codes, width) for i, width in enumerate(back)},
            }
        return encoder | {"out_bias": (N_MELS, 1)} | decoder


# "average": of four frames; "pool": the largest of two bands by two frames.
StylePooling = Literal["average", "pool"]


@dataclass(frozen=True, kw_only=True)
class StyleConvolution:
    """A convolution of a style network, with its batch normalization and rectifier."""

    n_in: int
    n_out: int
    kernel: tuple[int, int] = (3, 3)
    step: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (1, 1)


@dataclass(frozen=True, kw_only=True)
class StyleNetConfig(NetworkConfig):
    """Sizes of a style network; all members have the same."""

    class_path: ClassVar[str] = "core.audioviz.model.StyleNet"

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

    def steps(self) -> list[StyleConvolution | StylePooling]:
        """What a member does with the two contrasts, in order: :func:`core.audioviz.model.StyleMember`."""
        a, b, c, d = self.widths
        tail = [StyleConvolution(n_in=c, n_out=d), StyleConvolution(n_in=d, n_out=d)]
        if self.variant == "alexnet":
            wide = StyleConvolution(n_in=2, n_out=a, kernel=(8, 8), step=(2, 4), padding=(3, 2))
            middle = StyleConvolution(n_in=a, n_out=b, kernel=(5, 5), padding=(2, 2))
            return [wide, "pool", middle, "pool", StyleConvolution(n_in=b, n_out=c), *tail]
        first: list[StyleConvolution | StylePooling] = [
            "average",
            StyleConvolution(n_in=2, n_out=a),
            "pool",
            StyleConvolution(n_in=a, n_out=b),
            "pool",
        ]
        return [*first, StyleConvolution(n_in=b, n_out=c), StyleConvolution(n_in=c, n_out=c), "pool", *tail]

    def layers(self) -> Layers:
        """Members of convolutions, the late layer and its styles."""
        placed: dict[str, Layers] = {}
        at = 0
        for step in self.steps():
            if isinstance(step, str):
                at += 1
                continue
            placed |= {
                str(at): convolution(step.n_in, step.n_out, step.kernel),
                str(at + 1): batch_norm(step.n_out),
            }
            at += 3  # its rectifier has none
        member: dict[str, Layers] = {
            "layers": placed,
            "late": linear(2 * self.widths[-1], self.n_codes),
            "late_norm": batch_norm(self.n_codes, affine=False),
            "head": linear(self.n_codes, self.n_styles),
        }
        return {"members": {str(i): member for i in range(self.n_members)}}
