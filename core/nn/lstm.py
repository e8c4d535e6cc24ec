"""LSTM inference in numpy, one step at a time, for autoregressive models.

``nn.LSTM`` is made for whole sequences; of a single step it spends most on arranging weights
(``docs/EXPERIMENTS.md`` has the figures). The cell is that of Hochreiter and Schmidhuber (1997) as torch has it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.arrays import Float32Array

State = list[tuple[Float32Array, Float32Array]]  # h and c of each layer

_HALF, _ONE = np.float32(0.5), np.float32(1.0)
_FEW_ROWS = 3


class LSTM:
    """One direction of a trained ``nn.LSTM``, read-only; the state belongs to the caller.

    The rows of the input, forget and output gates are halved, so that one tanh serves all four gates:
    sigmoid(x) = (1 + tanh(x / 2)) / 2.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        With ``weight_ih_l0``, ``weight_hh_l0``, ``bias_ih_l0``, ``bias_hh_l0`` and those of further layers, after
        `prefix`, before `suffix`.
    prefix, suffix : str
        Such as ``"encoder."`` and ``"_reverse"``.

    Attributes
    ----------
    width : int
        Of the hidden state.
    read : ndarray of float32, shape=(n_in, 4 width)
        The first layer's weights of its input, halved as above. What an embedding contributes to the gates can
        be worked out once: ``table @ lstm.read[rows]``.
    bias : ndarray of float32, shape=(4 width,)
        The first layer's.

    Examples
    --------
    >>> tensors = {"lstm.weight_ih_l0": np.ones((4, 1)), "lstm.weight_hh_l0": np.zeros((4, 1)),
    ...            "lstm.bias_ih_l0": np.zeros(4), "lstm.bias_hh_l0": np.zeros(4)}
    >>> lstm = LSTM({name: tensor.astype(np.float32) for name, tensor in tensors.items()}, "lstm.")
    >>> hidden, state = lstm.step(lstm.drive(np.array([1.0], dtype=np.float32)), lstm.begin())
    >>> [f"{value:.4f}" for value in hidden]  # sigmoid(1) tanh(sigmoid(1) tanh(1))
    ['0.3696']
    """

    def __init__(self, tensors: Mapping[str, Float32Array], prefix: str, suffix: str = "") -> None:
        self._layers: list[tuple[Float32Array, Float32Array, Float32Array]] = []
        while f"{prefix}weight_hh_l{len(self._layers)}{suffix}" in tensors:
            place = f"l{len(self._layers)}{suffix}"
            read, recur = (tensors[f"{prefix}weight_{part}_{place}"] for part in ("ih", "hh"))
            bias = tensors[f"{prefix}bias_ih_{place}"] + tensors[f"{prefix}bias_hh_{place}"]
            halved = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=np.float32), len(bias) // 4)
            read, recur = (np.ascontiguousarray((matrix * halved[:, None]).T) for matrix in (read, recur))
            self._layers.append((read, recur, bias * halved))
        self.read, recur, self.bias = self._layers[0]
        self.width = len(recur)

    def begin(self, n_rows: int | None = None) -> State:
        """Initial state of one sequence, or of ``n_rows`` in parallel."""
        shape = (self.width,) if n_rows is None else (n_rows, self.width)
        return [(np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)) for _ in self._layers]

    def drive(self, x: Float32Array) -> Float32Array:
        """What inputs, shape=(..., n_in), do to the first layer's gates, shape=(..., 4 width)."""
        return _multiply(x, self.read) + self.bias

    def step(self, driven: Float32Array, state: State) -> tuple[Float32Array, State]:
        """Read one input of each sequence.

        Parameters
        ----------
        driven : ndarray of float32, shape=(4 width,) or (n_rows, 4 width)
            ``input @ read + bias``.
        state : list of (ndarray, ndarray)
            Left as it is.

        Returns
        -------
        hidden : ndarray of float32, shape=(width,) or (n_rows, width)
            Of the last layer.
        state : list of (ndarray, ndarray)
        """
        n = self.width
        after: State = []
        for (read, recur, bias), (h, c) in zip(self._layers, state, strict=True):
            if after:
                driven = _multiply(after[-1][0], read) + bias
            gates = np.tanh(driven + _multiply(h, recur))
            i, f, o = gates[..., :n], gates[..., n : 2 * n], gates[..., 3 * n :]
            c = _HALF * ((f + _ONE) * c + (i + _ONE) * gates[..., 2 * n : 3 * n])
            after.append((_HALF * (o + _ONE) * np.tanh(c), c))
        return after[-1][0], after

    def run(self, inputs: Float32Array, *, backwards: bool = False) -> Float32Array:
        """Read a sequence, shape=(n, n_in); the hidden states, shape=(n, width)."""
        driven = inputs @ self.read + self.bias
        states = np.zeros((len(inputs), self.width), dtype=np.float32)
        state = self.begin()
        for t in reversed(range(len(inputs))) if backwards else range(len(inputs)):
            states[t], state = self.step(driven[t], state)
        return states


def _multiply(x: Float32Array, matrix: Float32Array) -> Float32Array:
    if x.ndim == 2 and len(x) <= _FEW_ROWS:
        # A product of a vector reads the matrix as it lies, one of two rows first packs all of it.
        return np.stack([row @ matrix for row in x])
    return np.asarray(x @ matrix)
