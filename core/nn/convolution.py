"""Convolution inference in numpy: 2-D convolutions with their batch normalization, and pooling, over maps of channels.

A map has its channels last, (B, H, W, C): what a kernel sees then lies in runs of memory, and a convolution is one product
of matrices. Trained tensors are those of torch, whose maps have the channels first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import Float32Array

Tensors = Mapping[str, Float32Array]
Pair = tuple[int, int]

_EPSILON = 1e-5  # what torch adds to a variance


class Convolution:
    """A trained ``nn.Conv2d`` without bias and the ``nn.BatchNorm2d`` after it; read-only.

    Parameters
    ----------
    tensors : mapping of str to ndarray
    name, norm : str
        The two layers.
    step, padding : (int, int)
        Over rows and columns.

    Examples
    --------
    >>> tensors = {"a.weight": np.ones((1, 1, 2, 2)), "b.weight": np.ones(1), "b.bias": np.zeros(1),
    ...            "b.running_mean": np.zeros(1), "b.running_var": np.ones(1) - 1e-5}
    >>> Convolution(tensors, "a", "b", step=(2, 2))(np.arange(8.0).reshape(1, 2, 4, 1)).ravel().round(6).tolist()
    [10.0, 18.0]
    """

    def __init__(
        self, tensors: Tensors, name: str, norm: str, *, step: Pair = (1, 1), padding: Pair = (0, 0)
    ) -> None:
        weight = tensors[f"{name}.weight"]  # (C_out, C_in, h, w)
        shift, scale = batch_norm(tensors, norm)
        gain = tensors[f"{norm}.weight"] * scale
        self._kernel, self._step, self._padding = weight.shape[2:], step, padding
        n_out = len(weight)
        rows = (weight * gain[:, None, None, None]).transpose(2, 3, 1, 0).reshape(-1, n_out)
        self._weight: Float32Array = np.ascontiguousarray(rows)  # (h w C_in, C_out)
        self._bias: Float32Array = tensors[f"{norm}.bias"] - shift * gain

    def __call__(self, x: Float32Array) -> Float32Array:
        """(B, H, W, C_in) to (B, H', W', C_out)."""
        (up, left), (down, across) = self._padding, self._step
        if up or left:
            x = np.pad(x, ((0, 0), (up, up), (left, left), (0, 0)))
        seen = sliding_window_view(x, self._kernel, axis=(1, 2))[
            :, ::down, ::across
        ]  # (B, H', W', C_in, h, w)
        n, height, width = seen.shape[:3]
        # Copied in the order of the map, so that it is read in runs.
        rows = np.ascontiguousarray(seen.transpose(0, 1, 2, 4, 5, 3)).reshape(n * height * width, -1)
        return np.asarray(rows @ self._weight + self._bias).reshape(n, height, width, -1)


def batch_norm(tensors: Tensors, name: str) -> tuple[Float32Array, Float32Array]:
    """What a trained batch normalization takes off, and by what it then multiplies; without its own gain and bias."""
    mean, variance = tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"]
    return mean, np.asarray(1 / np.sqrt(variance + np.float32(_EPSILON)))


def pool_largest(x: Float32Array, size: int = 2) -> Float32Array:
    """``nn.MaxPool2d(size)``: (B, H, W, C) to (B, H // size, W // size, C).

    Examples
    --------
    >>> pool_largest(np.arange(8.0).reshape(1, 2, 4, 1)).ravel().tolist()
    [5.0, 7.0]
    """
    return np.asarray(_blocks(x, size, size).max(axis=(2, 4)))


def pool_mean(x: Float32Array, height: int, width: int) -> Float32Array:
    """``nn.AvgPool2d((height, width))``: the mean of blocks, what is left over at the ends is dropped.

    Examples
    --------
    >>> pool_mean(np.arange(8.0).reshape(1, 2, 4, 1), 1, 4).ravel().tolist()
    [1.5, 5.5]
    """
    return np.asarray(_blocks(x, height, width).mean(axis=(2, 4)))


def _blocks(x: Float32Array, height: int, width: int) -> Float32Array:
    """(B, H, W, C) to (B, H // height, height, W // width, width, C)."""
    n_down, n_across = x.shape[1] // height, x.shape[2] // width
    whole = x[:, : n_down * height, : n_across * width]
    return whole.reshape(len(x), n_down, height, n_across, width, -1)


def leaky_relu(x: Float32Array, slope: float) -> Float32Array:
    """``nn.functional.leaky_relu`` for slopes below 1.

    Examples
    --------
    >>> leaky_relu(np.array([-2.0, 3.0]), 0.1).tolist()
    [-0.2, 3.0]
    """
    return np.asarray(np.maximum(x, slope * x))
