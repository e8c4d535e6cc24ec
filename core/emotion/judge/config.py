"""Sizes of the judge."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion.judge.features import FEATURE_NAMES
from core.nn.config import ModelConfig

# What is known of the notes: as played; all equally loud; heard in a recording.
VIEWS = ("played", "flat", "heard")
AXES = ("valence", "arousal")


@dataclass(frozen=True, kw_only=True)
class JudgeConfig(ModelConfig):
    """Sizes of one view's judges; each of :data:`VIEWS` has its own, and each of :data:`AXES`."""

    n_features: int = len(FEATURE_NAMES)
    n_boosted: int = 300  # trees whose values are added
    n_boosted_nodes: int = 7  # of the largest: four leaves
    n_random: int = 80  # trees whose values are averaged
    n_random_nodes: int = 512
    depth: int = 24  # of the deepest tree

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_features != len(FEATURE_NAMES):
            raise ValueError(f"There are {len(FEATURE_NAMES)} features, not {self.n_features}.")
        if max(self.n_boosted_nodes, self.n_random_nodes) > 2**15:
            raise ValueError(
                f"Trees have at most 32,768 nodes, not {self.n_boosted_nodes} and {self.n_random_nodes}."
            )

    @classmethod
    def tiny(cls) -> JudgeConfig:
        """A judge for tests."""
        return cls(n_boosted=2, n_boosted_nodes=3, n_random=2, n_random_nodes=3, depth=2)
