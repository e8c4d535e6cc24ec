"""Linear baselines of Audio Viz: principal components of windows, and logistic regression on cepstral statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.audioviz.config import N_CODES
from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class PcaConfig(ModelConfig):
    """Sizes of the baseline: principal components of whole windows."""

    n_bands: int = 64
    n_frames: int = 96
    n_codes: int = N_CODES


@dataclass(frozen=True, kw_only=True)
class RegressionConfig(ModelConfig):
    """Sizes of the style networks' baseline: regression on statistics of a whole clip."""

    n_features: int = 60  # means, deviations and deviations of steps of 20 cepstral coefficients
    n_styles: int = 6
    n_members: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_styles < 2:
            raise ValueError(f"There are two styles or more, not {self.n_styles}.")


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


class MfccRegression(nn.Module):
    """Logistic regression on cepstral statistics of a clip, a member a group of artists: the style networks' baseline."""

    config_class = RegressionConfig

    def __init__(self, config: RegressionConfig) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(
            torch.zeros(config.n_members, config.n_styles, config.n_features), requires_grad=False
        )
        self.bias = nn.Parameter(torch.zeros(config.n_members, config.n_styles), requires_grad=False)

    def log_probabilities(self, statistics: Tensor, members: tuple[int, ...] | None = None) -> Tensor:
        """Logarithm of the mean of the members' probabilities, (B, n_features) -> (B, n_styles)."""
        chosen = list(range(self.config.n_members)) if members is None else list(members)
        logits = torch.einsum("bf,ksf->kbs", statistics, self.weight[chosen]) + self.bias[chosen][:, None]
        return torch.logsumexp(torch.log_softmax(logits, dim=2), dim=0) - math.log(len(chosen))

    def forward(self, statistics: Tensor) -> Tensor:
        """Probabilities of the styles, (B, n_styles)."""
        return self.log_probabilities(statistics).exp()
