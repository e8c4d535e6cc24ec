"""Residual networks over a small gray face: happy, sad or neutral.

Residual blocks (He et al. 2016) whose second half is weighted channel by channel (squeeze and excitation, Hu et
al. 2018) and, in training, left out at random (stochastic depth, Huang et al. 2016). Notable: the first
convolution sees 6 x 6 pixels and steps by two, so that nothing of the picture is lost and all later layers work
on a quarter of the points; the shortcut of a halving block averages its input before it is projected (ResNet-D,
He et al. 2019). Several networks of the same size can be one model: their probabilities are averaged.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.emotion.face.config import EXPRESSIONS, GRAY_DEVIATION, GRAY_MEAN, FaceConfig


class Block(nn.Module):
    """Two convolutions, channel attention and a shortcut: (B, C_in, H, W) -> (B, C_out, H / step, W / step)."""

    def __init__(self, n_in: int, n_out: int, *, step: int, squeeze: int, drop_path: float) -> None:
        super().__init__()
        self.drop_path = drop_path
        self.first = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, step, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()
        )
        last = nn.BatchNorm2d(n_out)
        # A block begins as its shortcut alone, which makes the first steps of training calm (Goyal et al. 2017).
        nn.init.zeros_(last.weight)
        self.second = nn.Sequential(nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), last)
        self.attention = nn.Sequential(
            nn.Linear(n_out, n_out // squeeze), nn.ReLU(), nn.Linear(n_out // squeeze, n_out), nn.Sigmoid()
        )
        shortcut: list[nn.Module] = []
        if step > 1:
            shortcut.append(nn.AvgPool2d(step, ceil_mode=True))
        if step > 1 or n_in != n_out:
            shortcut += [nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)]
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """Read (B, C_in, H, W)."""
        change = self.second(self.first(x))
        change = change * self.attention(change.mean((2, 3)))[:, :, None, None]
        if self.training and self.drop_path > 0:
            kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop_path
            change = change * kept / (1 - self.drop_path)
        return torch.relu(self.shortcut(x) + change)


class Member(nn.Module):
    """One network: (B, 1, H, W) -> logits (B, 3)."""

    def __init__(self, config: FaceConfig) -> None:
        super().__init__()
        stem = config.widths[0]
        layers: list[nn.Module] = [nn.Conv2d(1, stem, 6, 2, 2, bias=False), nn.BatchNorm2d(stem), nn.ReLU()]
        n_blocks, n_in, placed = sum(config.depths), stem, 0
        for stage, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            for place in range(depth):
                placed += 1
                step, drop_path = 2 if stage > 0 and place == 0 else 1, config.drop_path * placed / n_blocks
                layers.append(Block(n_in, width, step=step, squeeze=config.squeeze, drop_path=drop_path))
                n_in = width
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(n_in, len(EXPRESSIONS)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the expressions, (B, 3)."""
        logits: Tensor = self.head(self.layers(x).mean((2, 3)))
        return logits


class FaceNet(nn.Module):
    """Ensemble that classifies the expression of a face."""

    config_class = FaceConfig

    def __init__(self, config: FaceConfig) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(Member(config) for _ in range(config.n_members))

    def forward(self, images: Tensor) -> Tensor:
        """Log-probabilities of the expressions.

        Parameters
        ----------
        images : Tensor of float, shape=(B, H, W)
            Gray values, white is 1; sides from 8 pixels.

        Returns
        -------
        Tensor of float32, shape=(B, 3)
            In the order of ``EXPRESSIONS``, after the temperature.
        """
        x = ((images - GRAY_MEAN) / GRAY_DEVIATION)[:, None]  # (B, 1, H, W)
        x = x.contiguous(memory_format=torch.channels_last)
        logits = [member(x).float() / self.config.temperature for member in self.members]
        each = torch.stack([torch.log_softmax(one, dim=-1) for one in logits])  # (members, B, 3)
        return torch.logsumexp(each, dim=0) - math.log(len(logits))


def average_probabilities(
    model: FaceNet, images: NDArray[np.uint8], *, n_views: int | None = None
) -> NDArray[np.float32]:
    """Probabilities, averaged over slightly different views of every picture.

    Parameters
    ----------
    model : FaceNet
    images : ndarray of uint8, shape=(n, height, width)
        Brought to the configuration's size where they have another.
    n_views : int, optional
        1: the picture; 2: with its mirror image; 4: both, and both enlarged by a twelfth. The configuration's number
        if not given.

    Returns
    -------
    ndarray of float32, shape=(n, 3)
        In the order of ``EXPRESSIONS``.
    """
    n_views = model.config.n_views if n_views is None else n_views
    zooms = (1.0, 1 + 1 / 12) if n_views == 4 else (1.0,)
    parts = []
    with torch.inference_mode():
        for begin in range(0, len(images), 128):
            x = torch.from_numpy(images[begin : begin + 128].astype(np.float32) / 255)
            views = torch.cat([_zoom(x, zoom, model.config.image_size) for zoom in zooms])
            if n_views > 1:
                views = torch.cat([views, views.flip(-1)])  # (n_views n, H, W)
            parts.append(model(views).exp().reshape(n_views, len(x), -1).mean(0))
    return torch.cat(parts).numpy() if parts else np.zeros((0, len(EXPRESSIONS)), dtype=np.float32)


def _zoom(images: Tensor, zoom: float, side: int) -> Tensor:
    """Pictures enlarged about their middle, (B, H, W) -> (B, side, side); beyond the border they are mirrored."""
    if zoom == 1 and images.shape[1:] == (side, side):
        return images
    theta = torch.tensor([[1 / zoom, 0.0, 0.0], [0.0, 1 / zoom, 0.0]]).expand(len(images), 2, 3)
    grid = nn.functional.affine_grid(theta, [len(images), 1, side, side], align_corners=False)
    return nn.functional.grid_sample(
        images[:, None], grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )[:, 0]
