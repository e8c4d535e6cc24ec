"""Linear baseline of Audio Viz's autoencoders: principal components of windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import Float32Array
from core.audioviz.config import N_CODES
from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class PcaConfig(ModelConfig):
    """Sizes of the baseline: principal components of whole windows."""

    n_bands: int = 64
    n_frames: int = 96
    n_codes: int = N_CODES


class Pca(nn.Module):
    """Ten principal components of whole windows: the baseline that an autoencoder must beat."""

    config_class = PcaConfig

    def __init__(self, config: PcaConfig) -> None:
        super().__init__()
        self.config = config
        size = config.n_bands * config.n_frames
        self.mean = nn.Parameter(torch.zeros(size), requires_grad=False)
        self.components = nn.Parameter(torch.zeros(config.n_codes, size), requires_grad=False)

    def codes(self, windows: Tensor) -> Tensor:
        """(B, 64, 96) -> (B, 10)."""
        return (windows.flatten(1) - self.mean) @ self.components.T

    def decode(self, codes: Tensor) -> Tensor:
        """(B, 10) -> (B, 64, 96)."""
        return (codes @ self.components + self.mean).view(-1, self.config.n_bands, self.config.n_frames)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (B, 10) and reconstruction (B, 64, 96)."""
        codes = self.codes(windows)
        return codes, self.decode(codes)


def principal_directions(windows: Float32Array, n: int) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Mean (d,), the first directions of largest variance (n, d) and the deviation along each (n,)."""
    from sklearn.utils.extmath import randomized_svd

    rows = windows.reshape(len(windows), -1)
    mean = rows.mean(axis=0)
    _, values, directions = randomized_svd(rows - mean, n, n_iter=6, random_state=0)
    return mean, directions.astype(np.float32), (values / np.sqrt(len(rows))).astype(np.float32)
