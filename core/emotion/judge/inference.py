"""Inference of the mood classifier in numpy: vectorized tree ensembles and a linear classifier.

The result is that of :class:`core.emotion.judge.model.MoodModel` up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from core.arrays import Float32Array
from core.emotion.judge.config import AXES, EDGE, LEAST_P, VIEWS, JudgeConfig
from core.nn.dense import Dense

Tensors = Mapping[str, NDArray[Any]]


class MoodNetwork:
    """The classifiers of all views; read-only."""

    def __init__(self, config: JudgeConfig, tensors: Tensors) -> None:
        self._views = {view: _ViewJudge(tensors, f"views.{view}.", config.depth) for view in VIEWS}

    def log_odds(self, features: Float32Array, view: str = "played") -> Float32Array:
        """Calibrated log odds of high valence and of high arousal.

        Parameters
        ----------
        features : ndarray of float32, shape=(B, F)
            As :func:`core.emotion.judge.features.describe` gives them.
        view : str
            One of :data:`core.emotion.judge.config.VIEWS`.

        Returns
        -------
        ndarray of float32, shape=(B, 2)
        """
        return self._views[view].log_odds(features)


class _ViewJudge:
    def __init__(self, tensors: Tensors, prefix: str, depth: int) -> None:
        self._shift, self._scale = tensors[f"{prefix}shift"], tensors[f"{prefix}scale"]
        self._axes = [_AxisJudge(tensors, f"{prefix}axes.{axis}.", depth) for axis in AXES]

    def log_odds(self, features: Float32Array) -> Float32Array:
        standardized: Float32Array = np.clip((features - self._shift) / self._scale, -EDGE, EDGE)
        return np.stack([axis.log_odds(features, standardized) for axis in self._axes], axis=1)


class _AxisJudge:
    def __init__(self, tensors: Tensors, prefix: str, depth: int) -> None:
        self._linear = Dense(tensors, f"{prefix}linear")
        self._boosted = Forest(tensors, f"{prefix}boosted.", depth)
        self._random = Forest(tensors, f"{prefix}random.", depth)
        self._start, self._share, self._slope, self._offset = (
            tensors[f"{prefix}{name}"] for name in ("start", "share", "slope", "offset")
        )

    def log_odds(self, features: Float32Array, standardized: Float32Array) -> Float32Array:
        judged = [
            expit(self._linear(standardized)[:, 0]),
            expit(self._start + self._boosted.values(features).sum(axis=1)),
            self._random.values(features).mean(axis=1),
        ]
        p = (np.stack(judged, axis=1) * self._share).sum(axis=1)
        return np.asarray(self._slope * logit(np.clip(p, LEAST_P, 1 - LEAST_P)) + self._offset)


class Forest:
    """Tree ensemble with the nodes of all trees in one array; a leaf points to itself.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        With ``feature``, ``threshold``, ``left``, ``right`` and ``value`` after `prefix`, shape=(n_trees, n_nodes).
    prefix : str
    depth : int
        Of the deepest tree.
    """

    def __init__(self, tensors: Tensors, prefix: str, depth: int) -> None:
        self._depth = depth
        n_trees, n_nodes = tensors[f"{prefix}feature"].shape
        self._roots = np.arange(n_trees, dtype=np.int32) * np.int32(n_nodes)
        self._feature = tensors[f"{prefix}feature"].astype(np.int32).ravel()
        self._threshold, self._value = (
            tensors[f"{prefix}threshold"].ravel(),
            tensors[f"{prefix}value"].ravel(),
        )
        self._left, self._right = (
            (tensors[f"{prefix}{side}"] + self._roots[:, None]).astype(np.int32).ravel()
            for side in ("left", "right")
        )

    def values(self, features: Float32Array) -> Float32Array:
        """The value of the leaf that each piece, shape=(B, F), reaches in each tree, shape=(B, n_trees)."""
        node = np.tile(self._roots, (len(features), 1))
        for _ in range(self._depth):
            value = np.take_along_axis(features, self._feature[node], axis=1)
            after = np.where(value <= self._threshold[node], self._left[node], self._right[node])
            if (after == node).all():
                break
            node = after
        return self._value[node]
