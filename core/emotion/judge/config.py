"""Configuration of the mood classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.emotion.judge.features import FEATURE_NAMES
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, linear

# What is known of the notes: as played; all equally loud; heard in a recording.
VIEWS = ("played", "flat", "heard")
AXES = ("valence", "arousal")
N_JUDGES = 3  # linear, boosted, random
# What lies far outside of all training is drawn to its edge: the linear judge would not stop. Standard deviations.
EDGE = 4.0
LEAST_P = 1e-4  # no average is surer than this before it is calibrated


@dataclass(frozen=True, kw_only=True)
class JudgeConfig(ArrayModelConfig):
    """Sizes of the classifiers of one view; each of :data:`VIEWS` and each of :data:`AXES` has its own."""

    class_path: ClassVar[str] = "core.emotion.judge.model.MoodModel"

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
        """A small classifier for tests."""
        return cls(n_boosted=2, n_boosted_nodes=3, n_random=2, n_random_nodes=3, depth=2)

    def layers(self) -> Layers:
        """One classifier per axis and view."""
        forests = {
            name: dict.fromkeys(("feature", "threshold", "left", "right", "value"), shape)
            for name, shape in (
                ("boosted", (self.n_boosted, self.n_boosted_nodes)),
                ("random", (self.n_random, self.n_random_nodes)),
            )
        }
        numbers = {"start": (), "share": (N_JUDGES,), "slope": (), "offset": ()}
        axis: Layers = {"linear": linear(self.n_features, 1), **forests, **numbers}
        standard = {"shift": (self.n_features,), "scale": (self.n_features,)}
        return {"views": {key: {**standard, "axes": dict.fromkeys(AXES, axis)} for key in VIEWS}}
