"""An LSTM in numpy: one step at a time costs a tenth of what it costs in torch, which matters a note at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.sonify.piece.tokenizer import Float32Array

_HALF, _ONE = np.float32(0.5), np.float32(1.0)


class Recurrence:
    """One direction of a trained ``nn.LSTM`` layer.

    The rows of the input, forget and output gates are halved, so that one tanh serves all four gates:
    sigmoid(x) = (1 + tanh(x / 2)) / 2.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        With ``weight_ih_l0``, ``weight_hh_l0``, ``bias_ih_l0``, ``bias_hh_l0``, after `prefix`, before `suffix`.
    prefix, suffix : str
        Such as ``"encoder."`` and ``"_reverse"``.
    """

    def __init__(self, tensors: Mapping[str, Float32Array], prefix: str, suffix: str = "") -> None:
        read, recur = (tensors[f"{prefix}weight_{part}_l0{suffix}"] for part in ("ih", "hh"))
        bias = tensors[f"{prefix}bias_ih_l0{suffix}"] + tensors[f"{prefix}bias_hh_l0{suffix}"]
        self.width = recur.shape[1]
        halved = np.full(4 * self.width, 0.5, dtype=np.float32)
        halved[2 * self.width : 3 * self.width] = 1.0
        self.read: Float32Array = np.ascontiguousarray((read * halved[:, None]).T)  # (in, 4 width)
        self.recur: Float32Array = np.ascontiguousarray((recur * halved[:, None]).T)  # (width, 4 width)
        self.bias: Float32Array = bias * halved
        # A gate each, for states in rows. One product for all gates is large enough for BLAS to start threads
        # for it, which on a busy server made a step five times slower.
        by_gate = self.recur.reshape(self.width, 4, self.width)
        self._recur_by_gate: Float32Array = np.ascontiguousarray(by_gate.transpose(1, 0, 2))

    def step(
        self, driven: Float32Array, h: Float32Array, c: Float32Array
    ) -> tuple[Float32Array, Float32Array]:
        """The next state.

        Parameters
        ----------
        driven : ndarray of float32, shape=(4 width,) or (n, 4 width)
            input @ read + bias.
        h, c : ndarray of float32, shape=(width,) or (n, width)

        Returns
        -------
        h, c
        """
        if h.ndim == 1:
            recurrent = h @ self.recur
        else:
            recurrent = (h @ self._recur_by_gate).transpose(1, 0, 2).reshape(len(h), 4 * self.width)
        gates = np.tanh(driven + recurrent)
        n = self.width
        i, f, o = gates[..., :n], gates[..., n : 2 * n], gates[..., 3 * n :]
        c = _HALF * ((f + _ONE) * c + (i + _ONE) * gates[..., 2 * n : 3 * n])
        return _HALF * (o + _ONE) * np.tanh(c), c

    def run(self, inputs: Float32Array, *, backwards: bool = False) -> Float32Array:
        """Read a sequence, shape=(n, in); the states, shape=(n, width)."""
        driven = inputs @ self.read + self.bias
        states = np.zeros((len(inputs), self.width), dtype=np.float32)
        h = c = np.zeros(self.width, dtype=np.float32)
        for t in reversed(range(len(inputs))) if backwards else range(len(inputs)):
            h, c = self.step(driven[t], h, c)
            states[t] = h
        return states
