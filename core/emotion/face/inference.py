"""Inference of the face network in numpy.

The result is that of :class:`core.emotion.face.model.FaceNet` and its ``average_probabilities`` up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.emotion.face.config import EXPRESSIONS, GRAY_DEVIATION, GRAY_MEAN, FaceConfig
from core.nn.convolution import Convolution, pool_mean
from core.nn.dense import Dense

Tensors = Mapping[str, NDArray[Any]]

_BATCH = 8  # pictures a pass: what a convolution reads of them stays in the processor's cache
_LARGER = 1 + 1 / 12


class FaceNetwork:
    """Ensemble that classifies the expression of a face; read-only."""

    def __init__(self, config: FaceConfig, tensors: Tensors) -> None:
        self.config = config
        self._members = [_Member(config, tensors, f"members.{i}.") for i in range(config.n_members)]

    def log_probabilities(self, images: Float32Array) -> Float32Array:
        """Log-probabilities of the expressions: (B, H, W), where white is 1, to (B, 3)."""
        from scipy.special import log_softmax, logsumexp

        x = np.asarray((images - GRAY_MEAN) / GRAY_DEVIATION, dtype=np.float32)[..., None]
        each = [log_softmax(member.logits(x) / self.config.temperature, axis=1) for member in self._members]
        return np.asarray(logsumexp(each, axis=0) - math.log(len(each)), dtype=np.float32)

    def probabilities(self, images: NDArray[np.uint8], *, n_views: int | None = None) -> Float32Array:
        """Probabilities, averaged over slightly different views of every picture.

        Parameters
        ----------
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
        n_views = self.config.n_views if n_views is None else n_views
        parts = [np.zeros((0, len(EXPRESSIONS)), dtype=np.float32)]
        for begin in range(0, len(images), _BATCH):
            x: Float32Array = images[begin : begin + _BATCH].astype(np.float32) / np.float32(255)
            views = [
                _zoom(x, zoom, self.config.image_size)
                for zoom in ((1.0, _LARGER) if n_views == 4 else (1.0,))
            ]
            if n_views > 1:
                views += [view[..., ::-1] for view in views]
            parts.append(np.mean([np.exp(self.log_probabilities(view)) for view in views], axis=0))
        return np.concatenate(parts)


class _Member:
    """One network: (B, H, W, 1) to logits (B, 3)."""

    def __init__(self, config: FaceConfig, tensors: Tensors, prefix: str) -> None:
        first = f"{prefix}layers."
        self._stem = Convolution(tensors, f"{first}0", f"{first}1", step=(2, 2), padding=(2, 2))
        self._blocks = [
            _Block(tensors, f"{first}{3 + i}.", n_in=n_in, n_out=n_out, step=step)
            for i, (n_in, n_out, step) in enumerate(config.blocks())
        ]
        self._head = Dense(tensors, f"{prefix}head.1")

    def logits(self, x: Float32Array) -> Float32Array:
        x = np.maximum(self._stem(x), 0)
        for block in self._blocks:
            x = block(x)
        return self._head(x.mean(axis=(1, 2)))


class _Block:
    """Two convolutions, channel attention and a shortcut: (B, H, W, C_in) to (B, H / step, W / step, C_out)."""

    def __init__(self, tensors: Tensors, prefix: str, *, n_in: int, n_out: int, step: int) -> None:
        def convolve(name: str, step: int = 1, padding: int = 1) -> Convolution:
            names = (f"{prefix}{name}.0", f"{prefix}{name}.1")
            return Convolution(tensors, *names, step=(step, step), padding=(padding, padding))

        self._first, self._second = convolve("first", step), convolve("second")
        self._squeeze = Dense(tensors, f"{prefix}attention.0")
        self._spread = Dense(tensors, f"{prefix}attention.2")
        self._step = step
        self._project: Convolution | None = None
        if step > 1 or n_in != n_out:
            at = int(step > 1)
            self._project = Convolution(tensors, f"{prefix}shortcut.{at}", f"{prefix}shortcut.{at + 1}")

    def __call__(self, x: Float32Array) -> Float32Array:
        from scipy.special import expit

        change = self._second(np.maximum(self._first(x), 0))
        weight = expit(self._spread(np.maximum(self._squeeze(change.mean(axis=(1, 2))), 0)))
        if self._step > 1:
            x = _halve(x)
        if self._project is not None:
            x = self._project(x)
        return np.asarray(np.maximum(x + change * weight[:, None, None], 0))


def _halve(x: Float32Array) -> Float32Array:
    """``nn.AvgPool2d(2, ceil_mode=True)``: an odd last row or column is averaged by itself."""
    x = np.pad(x, ((0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)), mode="edge")
    return pool_mean(x, 2, 2)


def _zoom(images: Float32Array, zoom: float, side: int) -> Float32Array:
    """Pictures enlarged about their middle, bilinear: (B, H, W) to (B, side, side)."""
    if zoom == 1 and images.shape[1:] == (side, side):
        return images
    down, across = (_sample(n, zoom, side) for n in images.shape[1:])
    return np.asarray(down @ images @ across.T)


def _sample(n: int, zoom: float, side: int) -> Float32Array:
    """Rows that interpolate among n points at the places of an enlarged picture, shape=(side, n)."""
    middles = (2 * np.arange(side) + 1) / side - 1  # of the pixels, from -1 to 1
    places = np.clip(((middles / zoom + 1) * n - 1) / 2, 0, n - 1)
    return np.asarray(np.maximum(1 - np.abs(places[:, None] - np.arange(n)), 0), dtype=np.float32)
