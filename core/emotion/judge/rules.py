"""Mood rules: valence and arousal as weighted sums of nine musical cues, with weights from published experiments.

Listeners' ratings add up cue by cue, without interactions (Juslin and Lindström 2010; Eerola, Friberg and Bresin 2013), so
two sums are enough. Nothing here was learned from listeners' labels: the weights are those of
:mod:`training.emotion.mood_rules`, and open piano music says what is average and how far pieces lie from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.emotion.judge.config import AXES, EDGE, VIEWS
from core.emotion.judge.features import FEATURE_NAMES
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers

CUES = (
    "notes a second",
    "velocity mean",
    "velocity spread",
    "pitch mean",
    "pitch spread",
    "length mean",
    "gap spread",
    "notes an onset",
    "temperley mode",
)
_COLUMNS = [FEATURE_NAMES.index(name) for name in CUES]


@dataclass(frozen=True, kw_only=True)
class RulesConfig(ArrayModelConfig):
    """Configuration of the mood rules."""

    class_path: ClassVar[str] = "core.emotion.judge.rules.MoodRules"

    n_cues: int = len(CUES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_cues != len(CUES):
            raise ValueError(f"There are {len(CUES)} cues, not {self.n_cues}.")

    def layers(self) -> Layers:
        """What is average and how far pieces lie from it, and the weights of the cues, for each view."""
        n, axes = self.n_cues, len(AXES)
        of_view: Layers = {"shift": (n,), "scale": (n,), "weight": (axes, n), "bias": (axes,)}
        return {"views": dict.fromkeys(VIEWS, of_view)}


class MoodRules:
    """The rules of all views; read-only.

    Attributes
    ----------
    config : RulesConfig
    tensors : mapping of str to ndarray
    """

    def __init__(self, config: RulesConfig, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.config, self.tensors = config, dict(tensors)

    def log_odds(self, features: Float32Array, view: str = "played") -> Float32Array:
        """Log odds that a piece lies above the average of open piano music in valence and in arousal.

        Parameters
        ----------
        features : ndarray of float32, shape=(B, F)
            As :func:`core.emotion.judge.features.describe` gives them.
        view : str
            One of :data:`core.emotion.judge.config.VIEWS`; only in "played" does loudness count.

        Returns
        -------
        ndarray of float32, shape=(B, 2)
        """
        shift, scale, weight, bias = (
            self.tensors[f"views.{view}.{name}"] for name in ("shift", "scale", "weight", "bias")
        )
        cues = np.clip((features[:, _COLUMNS] - shift) / scale, -EDGE, EDGE)
        return np.asarray(cues @ weight.T + bias, dtype=np.float32)


def take_cues(features: NDArray[Any]) -> NDArray[Any]:
    """The nine cues of all features, shape=(B, 9) of (B, F)."""
    return features[:, _COLUMNS]
