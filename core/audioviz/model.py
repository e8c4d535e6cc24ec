"""Networks: autoencoders with a bottleneck of ten numbers, and style networks (AlexNet, VGG).

After "deep-audioviz-experiments" (the original), whose autoencoder handed the places of its pooling maxima and,
in one variant, whole layers around the bottleneck, so that its code could die (deviation .0002) without harm to the
reconstruction. Here every path from input to output leads through the ten numbers, and these pass a batch
normalization without gain (Ioffe and Szegedy 2015): each has deviation 1 over the training part by construction,
none can die. A penalty on their correlations (VICReg, Bardes et al. 2022) is part of the training.

Notable: no pooling; strided convolutions with even kernels, whose transposes give back exact sizes, so that
"shared" can use the encoder's own weights in the decoder (tied weights, Vincent et al. 2010). The style networks
follow AlexNet (Krizhevsky et al. 2012) and VGG-11 (Simonyan and Zisserman 2015) at a thousandth of their cost.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.audioviz.config import (
    CONTRAST,
    INNER,
    MEL_DEVIATION,
    MEL_MEAN,
    SMOOTHED_BANDS,
    STEPS,
    AutoencoderConfig,
    StyleNetConfig,
)
from core.audioviz.mel_windows import N_MELS, WINDOW_FRAMES


class Autoencoder(nn.Module):
    """(B, 64, 96) -> ten numbers -> (B, 64, 96).

    Variants: ``normal``; ``shared``, whose decoder has the transposed weights of the encoder and biases of its own;
    ``skip``, with skip connections that all begin or end at the bottleneck: the input and every encoder stage also
    reach the ten numbers by linear maps of their own, and the ten numbers also reach every decoder stage and the output.
    """

    config_class = AutoencoderConfig

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        widths, inner = config.widths, INNER[0] * INNER[1]
        channels = (1, *widths)
        self.down = nn.ModuleList(
            nn.Conv2d(channels[i], channels[i + 1], *STEPS[i], bias=False) for i in range(4)
        )
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.narrow = nn.Linear(widths[-1] * inner, config.hidden)
        self.to_codes = nn.Linear(config.hidden, config.n_codes)
        # Statistics of training scale the ten numbers; a gain could shrink one of them to nothing.
        self.code_norm = nn.BatchNorm1d(config.n_codes, affine=False)
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(width) for width in reversed(widths[:-1]))
        self.out_bias = nn.Parameter(torch.zeros(N_MELS, 1))
        if config.variant == "shared":
            self.from_codes_bias = nn.Parameter(torch.zeros(config.hidden))
            self.widen_bias = nn.Parameter(torch.zeros(widths[-1] * inner))
        else:
            self.from_codes = nn.Linear(config.n_codes, config.hidden)
            self.widen = nn.Linear(config.hidden, widths[-1] * inner)
            self.up = nn.ModuleList(
                nn.ConvTranspose2d(channels[i + 1], channels[i], *STEPS[i], bias=False)
                for i in reversed(range(4))
            )
        if config.variant == "skip":
            self.straight_in = nn.Linear(N_MELS * WINDOW_FRAMES, config.n_codes, bias=False)
            self.straight_out = nn.Linear(config.n_codes, N_MELS * WINDOW_FRAMES)
            self.stage_in = nn.ModuleList(
                nn.Linear(width * N_MELS // 2 ** (i + 1), config.n_codes, bias=False)
                for i, width in enumerate(widths[:-1])
            )
            self.stage_out = nn.ModuleList(nn.Linear(config.n_codes, width) for width in reversed(widths))

    def codes(self, windows: Tensor) -> Tensor:
        """The ten numbers: (B, 64, 96), as `mel_windows.windows` gives them -> (B, 10), deviation about 1."""
        x = (windows[:, None] - MEL_MEAN) / MEL_DEVIATION  # (B, 1, 64, 96)
        added = self.straight_in(x.flatten(1)) if self.config.variant == "skip" else 0.0
        for i, (convolution, norm) in enumerate(zip(self.down, self.down_norm, strict=True)):
            x = F.leaky_relu(norm(convolution(x)), 0.1)
            if self.config.variant == "skip" and i < 3:
                added = added + self.stage_in[i](x.mean(dim=3).flatten(1))  # time is averaged out
        x = F.leaky_relu(self.narrow(x.flatten(1)), 0.1)
        codes: Tensor = self.code_norm((self.to_codes(x) + added).float())
        return codes

    def decode(self, codes: Tensor) -> Tensor:
        """Decode ten numbers to a mel window: (B, 10) -> (B, 64, 96)."""
        shared, skip = self.config.variant == "shared", self.config.variant == "skip"
        if shared:
            x = F.leaky_relu(F.linear(codes, self.to_codes.weight.T, self.from_codes_bias), 0.1)
            x = F.linear(x, self.narrow.weight.T, self.widen_bias)
        else:
            x = self.widen(F.leaky_relu(self.from_codes(codes), 0.1))
        x = F.leaky_relu(x.view(len(codes), -1, *INNER), 0.1)
        for place, i in enumerate(reversed(range(4))):
            if skip:
                x = x + self.stage_out[place](codes)[:, :, None, None]
            if shared:
                x = F.conv_transpose2d(x, self.down[i].weight, None, *STEPS[i][1:])  # type: ignore[arg-type]
            else:
                x = self.up[place](x)
            if i > 0:
                x = F.leaky_relu(self.up_norm[place](x), 0.1)
        x = x[:, 0] + self.out_bias
        if skip:
            x = x + self.straight_out(codes).view(-1, N_MELS, WINDOW_FRAMES)
        return x * MEL_DEVIATION + MEL_MEAN

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (B, 10) and reconstruction (B, 64, 96)."""
        codes = self.codes(windows)
        return codes, self.decode(codes)


# Style networks.


def smoothing_matrix(deviation: float = SMOOTHED_BANDS, n: int = N_MELS) -> Tensor:
    """Rows that average the bands around one with a Gaussian: (n, n), rows sum to 1."""
    places = torch.arange(n, dtype=torch.float32)
    rows = torch.exp(-0.5 * ((places[:, None] - places) / deviation) ** 2)
    return rows / rows.sum(dim=1, keepdim=True)


class Contrast(nn.Module):
    """Local contrast across bands and over time: (B, 64, 96) -> (B, 2, 64, 96).

    The first channel is a band's level against the bands around it, which shows partials and not how a recording was
    equalized; the second is its level against its own mean over the window. The spectrum as such is left out: it tells
    one artist's recordings from another's, and regression on it scores no better than chance on new artists.
    """

    smooth: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("smooth", smoothing_matrix(), persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        """Both contrasts of each window."""
        across = windows - self.smooth @ windows
        along = windows - windows.mean(dim=2, keepdim=True)
        return torch.stack([across, along], dim=1) / CONTRAST


def _stage(*widths: int, kernel: int = 3, pool: bool = True) -> list[nn.Module]:
    """Convolutions from each width to the next, then downsampling by two in bands and frames."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [
            nn.Conv2d(n_in, n_out, kernel, 1, kernel // 2, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
        ]
    return [*layers, nn.MaxPool2d(2)] if pool else layers


def _alexnet(widths: tuple[int, ...]) -> nn.Sequential:
    """A wide strided kernel, then pooling and ever smaller ones: (B, 2, 64, 96) -> (B, C, 8, 6)."""
    a, b, c, d = widths
    wide = nn.Conv2d(2, a, (8, 8), (2, 4), (3, 2), bias=False)  # 32 x 24
    first = [wide, nn.BatchNorm2d(a), nn.ReLU(), nn.MaxPool2d(2)]  # 16 x 12
    return nn.Sequential(*first, *_stage(a, b, kernel=5), *_stage(b, c, d, d, pool=False))


def _vgg(widths: tuple[int, ...]) -> nn.Sequential:
    """Small kernels in eleven layers, frames first averaged over 40 ms: (B, 2, 64, 96) -> (B, C, 8, 3)."""
    a, b, c, d = widths
    return nn.Sequential(
        nn.AvgPool2d((1, 4)),  # 64 x 24
        *_stage(2, a),  # 32 x 12
        *_stage(a, b),  # 16 x 6
        *_stage(b, c, c),  # 8 x 3
        *_stage(c, d, d, pool=False),
    )


class StyleMember(nn.Module):
    """One style network: (B, 64, 96) -> the late layer's units, and logits."""

    def __init__(self, config: StyleNetConfig) -> None:
        super().__init__()
        build = _alexnet if config.variant == "alexnet" else _vgg
        self.contrast = Contrast()
        self.layers = build(config.widths)
        self.dropout = nn.Dropout(config.dropout)
        self.late = nn.Linear(2 * config.widths[-1], config.n_codes)
        self.late_norm = nn.BatchNorm1d(config.n_codes, affine=False)
        self.head = nn.Linear(config.n_codes, config.n_styles)

    def units(self, windows: Tensor) -> Tensor:
        """The late layer before its rectifier, deviation about 1: (B, 64, 96) -> (B, n_codes)."""
        x = self.layers(self.contrast(windows))
        # Mean and deviation over all places, whatever the pitch and the time: with every place a weight of its own, the
        # training artists were learned by heart.
        x = x.flatten(2)
        x = torch.cat([x.mean(dim=2), (x.var(dim=2) + 1e-4).sqrt()], dim=1)
        units: Tensor = self.late_norm(self.late(self.dropout(x)).float())
        return units

    def forward(self, windows: Tensor) -> Tensor:
        """Logits of the styles, (B, n_styles)."""
        logits: Tensor = self.head(F.relu(self.units(windows)))
        return logits


class StyleNet(nn.Module):
    """Several style networks, each trained without some of the artists.

    A clip of a known artist is judged by those members that never heard that artist; anything else by all.
    The features that drive a scene are the late units of the first member.
    """

    config_class = StyleNetConfig

    def __init__(self, config: StyleNetConfig) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(StyleMember(config) for _ in range(config.n_members))

    def codes(self, windows: Tensor) -> Tensor:
        """(B, 64, 96) -> (B, n_codes)."""
        units: Tensor = self.members[0].units(windows)  # type: ignore[operator]
        return units

    def probabilities(self, windows: Tensor, members: tuple[int, ...] | None = None) -> Tensor:
        """Mean of the members' probabilities, (B, 64, 96) -> (B, n_styles).

        Parameters
        ----------
        windows : Tensor, shape=(B, 64, 96)
        members : tuple of int, optional
            Only these.
        """
        return self.log_probabilities(windows, members).exp()

    def log_probabilities(self, windows: Tensor, members: tuple[int, ...] | None = None) -> Tensor:
        """Logarithm of the mean of the members' probabilities, (B, 64, 96) -> (B, n_styles)."""
        chosen = range(len(self.members)) if members is None else members
        each = torch.stack([torch.log_softmax(self.members[i](windows), dim=1) for i in chosen])
        return torch.logsumexp(each, dim=0) - math.log(len(each))

    def forward(self, windows: Tensor) -> Tensor:
        """Probabilities of the styles, (B, n_styles)."""
        return self.probabilities(windows)
