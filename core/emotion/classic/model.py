"""The original's two clusters (K-means, k = 2) over nine features of a piece, as a pair of weights and card.

The original took the features as they are, so that the highest pitch alone decides; here they may be standardised
first. Which cluster is called happy is not assumed: the labels of EMOPIA's training clips say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.nn.config import ModelConfig
from core.nn.layers import store

N_FEATURES = 9
FEATURES = tuple(
    f"{what} {of}" for of in ("step", "duration", "pitch") for what in ("mean", "largest", "spread of")
)


@dataclass(frozen=True, kw_only=True)
class ClustersConfig(ModelConfig):
    """How the nine features are compared."""

    n_features: int = N_FEATURES
    standardised: bool = True  # False is the original's way
    window: int = 25  # notes that the original looked back on, one of them the candidate
    happy_cluster: Literal[0, 1] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_features != N_FEATURES:
            raise ValueError(f"There are {N_FEATURES} features, not {self.n_features}.")

    @classmethod
    def tiny(cls) -> ClustersConfig:
        """Clusters for tests."""
        return cls(window=4)


class EmotionClusters(nn.Module):
    """Two centres, and by what the features are shifted and divided before they are compared."""

    config_class = ClustersConfig

    def __init__(self, config: ClustersConfig) -> None:
        super().__init__()
        self.config = config
        self.centers = store(torch.zeros(2, config.n_features))
        self.shift = store(torch.zeros(config.n_features))
        self.scale = store(torch.ones(config.n_features))

    def forward(self, features: Tensor) -> Tensor:
        """Distances to the centres.

        Parameters
        ----------
        features : Tensor, shape=(B, 9)

        Returns
        -------
        Tensor, shape=(B, 2)
        """
        return torch.cdist((features - self.shift) / self.scale, self.centers)
