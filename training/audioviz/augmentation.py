"""Augmentation of mel windows, on the networks' own scale, where 1 is 70 dB: gain, tilt, pitch, mixing, covering."""

from __future__ import annotations

import torch
from torch import Tensor


def color(windows: Tensor, shifted: int, generator: torch.Generator) -> Tensor:
    """Another gain, another tilt of the spectrum, another pitch, as other recordings have them."""
    n, bands, _ = windows.shape
    gain = torch.randn(n, 1, 1, generator=generator) * 0.04
    tilt = torch.randn(n, 1, 1, generator=generator) * 0.06 * torch.linspace(-1, 1, bands)[:, None]
    moves = torch.randint(-shifted, shifted + 1, (n, 1), generator=generator)
    places = (torch.arange(bands) + moves).clamp(0, bands - 1)
    moved = windows.gather(1, places[:, :, None].expand_as(windows))
    # What is silent stays silent, whatever the gain.
    return ((moved + gain + tilt) * (moved > 0)).clamp(0, 1)


def mix_in(windows: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some windows with a second one sounding as well: of two levels in dB, the larger one is nearly their sum."""
    n = len(windows)
    other = windows[torch.randperm(n, generator=generator)]
    softer = torch.rand(n, 1, 1, generator=generator) * 0.2
    mixed = torch.maximum(windows, other - softer)
    chosen = torch.rand(n, 1, 1, generator=generator) < share
    return torch.where(chosen, mixed, windows)


def cover(windows: Tensor, bands: int, frames: int, generator: torch.Generator) -> Tensor:
    """A stretch of bands and one of frames replaced by the window's mean (SpecAugment, Park et al. 2019)."""
    n, n_bands, n_frames = windows.shape
    mean = windows.mean(dim=(1, 2), keepdim=True)

    def stretch(most: int, size: int) -> Tensor:
        length = torch.randint(0, most + 1, (n, 1), generator=generator)
        start = (torch.rand(n, 1, generator=generator) * (size - length + 1)).long()
        place = torch.arange(size)
        return (place >= start) & (place < start + length)

    hidden = stretch(bands, n_bands)[:, :, None] | stretch(frames, n_frames)[:, None, :]
    return torch.where(hidden, mean, windows)
