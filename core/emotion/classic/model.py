"""The original's two clusters (K-means, k = 2) over nine features of a piece, as a pair of weights and card.

The original took the features as they are, so that the highest pitch alone decides; here they may be standardized
first. Which cluster is called happy is not assumed: the mood rules say it, of open piano music.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers
from core.nn.weights import Arrays

N_FEATURES = 9
FEATURES = tuple(
    f"{what} {of}" for of in ("step", "duration", "pitch") for what in ("mean", "largest", "spread of")
)


@dataclass(frozen=True, kw_only=True)
class ClustersConfig(ArrayModelConfig):
    """Configuration of the comparison of the nine features."""

    class_path: ClassVar[str] = "core.emotion.classic.model.EmotionClusters"

    n_features: int = N_FEATURES
    standardized: bool = True  # False is the original's way
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

    def layers(self) -> Layers:
        """Two cluster centers, and the shift and scale of the features."""
        n = self.n_features
        return {"centers": (2, n), "shift": (n,), "scale": (n,)}


@dataclass(frozen=True, eq=False)
class EmotionClusters:
    """The clusters as training finds them and as they are exported."""

    config: ClustersConfig
    tensors: Arrays
