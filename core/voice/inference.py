"""Inference of the boundary network in numpy: where a sung note begins, and whether one sounds.

The result is that of :class:`core.voice.model.BoundaryNet` up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.voice.config import DILATIONS


class BoundaryNetwork:
    """Three dilated convolutions, two of them residual, and a head; read-only."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        # (out, in, kernel) to (kernel, in, out): a product for each place in the kernel.
        self._layers = [
            (
                np.ascontiguousarray(tensors[f"{name}.weight"].transpose(2, 1, 0)),
                tensors[f"{name}.bias"],
                dilation,
            )
            for name, dilation in DILATIONS.items()
        ]

    def logits(self, features: Float32Array) -> Float32Array:
        """Logits of "a note begins in this frame" and of "a note sounds in this frame".

        Parameters
        ----------
        features : ndarray of float32, shape=(T, D)
            As :func:`core.voice.boundary_features.boundary_features` gives them.

        Returns
        -------
        ndarray of float32, shape=(2, T)
        """
        first, *residual, head = self._layers
        hidden = np.maximum(_convolve(features, *first), np.float32(0))
        for layer in residual:
            hidden = hidden + np.maximum(_convolve(hidden, *layer), np.float32(0))
        return _convolve(hidden, *head).T


def _convolve(x: Float32Array, kernel: Float32Array, bias: Float32Array, dilation: int) -> Float32Array:
    """Of every frame with the ones around it, silence beyond the ends; (T, n_in) to (T, n_out)."""
    n, half = len(x), dilation * (len(kernel) // 2)
    padded = np.pad(x, ((half, half), (0, 0)))
    found = np.tile(bias, (n, 1))
    for place, weight in enumerate(kernel):
        found += padded[place * dilation : place * dilation + n] @ weight
    return found
