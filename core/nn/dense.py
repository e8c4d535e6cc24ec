"""Dense layers in numpy, for autoregressive models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.arrays import Float32Array


class Dense:
    """Trained ``nn.Linear`` layers that read the same input, as one product; read-only.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        With ``NAME.weight`` and, where there is one, ``NAME.bias``.
    *names : str
        The layers; their outputs follow one another.

    Examples
    --------
    >>> tensors = {"a.weight": np.array([[1.0, 2.0]]), "a.bias": np.array([5.0]), "b.weight": np.eye(2)}
    >>> Dense(tensors, "a", "b")(np.array([10.0, 1.0])).tolist()
    [17.0, 10.0, 1.0]
    """

    def __init__(self, tensors: Mapping[str, Float32Array], *names: str) -> None:
        weights = [tensors[f"{name}.weight"] for name in names]
        biases = [
            tensors.get(f"{name}.bias", np.zeros(len(weight), dtype=weight.dtype))
            for name, weight in zip(names, weights, strict=True)
        ]
        self._weight: Float32Array = np.ascontiguousarray(np.concatenate(weights).T)
        self._bias: Float32Array = np.concatenate(biases)

    def __call__(self, x: Float32Array) -> Float32Array:
        """(..., n_in) to (..., n_out)."""
        return np.asarray(x @ self._weight + self._bias)
