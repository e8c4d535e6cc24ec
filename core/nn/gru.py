"""GRU inference in numpy: the cell of Cho et al. (2014) as torch has it, for models that run without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.arrays import Float32Array


class GRU:
    """One layer of a trained ``nn.GRU`` or an ``nn.GRUCell``, read-only; the state belongs to the caller.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        With ``weight_ih``, ``weight_hh``, ``bias_ih`` and ``bias_hh``, after `prefix`, before `suffix`.
    prefix, suffix : str
        Such as ``"encoder."`` and ``"_l0"``.

    Attributes
    ----------
    width : int
        Of the hidden state.

    Examples
    --------
    >>> tensors = {"weight_ih": np.ones((3, 1)), "weight_hh": np.zeros((3, 1)),
    ...            "bias_ih": np.zeros(3), "bias_hh": np.zeros(3)}
    >>> GRU(tensors, "").step(np.array([1.0]), np.array([0.0])).round(4).tolist()  # (1 - sigmoid(1)) tanh(1)
    [0.2048]
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], prefix: str, suffix: str = "") -> None:
        self._read, self._recur = (
            np.ascontiguousarray(tensors[f"{prefix}weight_{part}{suffix}"].T) for part in ("ih", "hh")
        )
        self._bias_read, self._bias_recur = (tensors[f"{prefix}bias_{part}{suffix}"] for part in ("ih", "hh"))
        self.width = len(self._recur)

    def step(self, x: Float32Array, state: Float32Array) -> Float32Array:
        """Read one input, shape=(n_in,); the next state, shape=(width,)."""
        return self._turn(x @ self._read + self._bias_read, state)

    def run(self, inputs: Float32Array, state: Float32Array) -> Float32Array:
        """Read a sequence, shape=(n, n_in); the states, shape=(n, width)."""
        states = np.empty((len(inputs), self.width), dtype=np.float32)
        for t, driven in enumerate(inputs @ self._read + self._bias_read):
            state = states[t] = self._turn(driven, state)
        return states

    def _turn(self, driven: Float32Array, state: Float32Array) -> Float32Array:
        recurring, n = state @ self._recur + self._bias_recur, self.width
        gates = expit(driven[: 2 * n] + recurring[: 2 * n])
        reset, keep = gates[:n], gates[n:]
        new = np.tanh(driven[2 * n :] + reset * recurring[2 * n :])
        return np.asarray(new + keep * (state - new))
