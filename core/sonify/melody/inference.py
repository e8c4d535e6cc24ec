"""Inference of the melody network: one note at a time in numpy, for the search.

What the embeddings contribute to the first layer's gates is looked up from tables. The result is that of
:class:`~core.sonify.melody.model.MelodyLSTM` up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, IntArray
from core.nn.dense import Dense
from core.nn.lstm import LSTM, State
from core.sonify.melody.config import MelodyConfig


class StepNetwork:
    """Melody network for stepwise inference; holds no state of a melody."""

    def __init__(self, config: MelodyConfig, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.config = config
        self.lstm = LSTM(arrays, "lstm.")
        self.tables, begin = [], 0
        for name in ("interval", "pitch_class", "mode", "ioi", "phase", "quarter"):
            table = arrays[f"{name}.weight"]
            self.tables.append(table @ self.lstm.read[begin : begin + table.shape[1]])
            begin += table.shape[1]
        self.register = self.lstm.read[begin]
        self.head = Dense(arrays, "interval_head")
        self._embedded = [arrays[f"{name}.weight"] for name in ("interval", "pitch_class")]
        self._ioi_head = Dense(arrays, "ioi_head.0"), Dense(arrays, "ioi_head.2")

    def drive(self, mode: int, ioi: IntArray, phase: IntArray, quarter: IntArray) -> Float32Array:
        """Contribution of mode and rhythm to the first layer's gates; shape=(..., 4 * hidden)."""
        _, _, modes, iois, phases, quarters = self.tables
        return np.asarray(modes[mode] + iois[ioi] + phases[phase] + quarters[quarter] + self.lstm.bias)

    def read(
        self,
        interval: IntArray,
        pitch_class: IntArray,
        register: Float32Array,
        driven: Float32Array,
        state: State,
    ) -> tuple[Float32Array, State]:
        """Read one note of each melody; parameters as of :meth:`step`.

        Returns
        -------
        hidden : ndarray of float32, shape=(B, hidden_size)
            What is known after the note.
        state : list of (ndarray, ndarray)
        """
        driven = driven + register[:, None] * self.register
        driven = driven + self.tables[0][interval] + self.tables[1][pitch_class]
        return self.lstm.step(driven, state)

    def step(
        self,
        interval: IntArray,
        pitch_class: IntArray,
        register: Float32Array,
        driven: Float32Array,
        state: State,
    ) -> tuple[Float32Array, State]:
        """Read one note of each melody and return the logits of the next interval.

        Parameters
        ----------
        interval, pitch_class : ndarray of int64, shape=(B,)
        register : ndarray of float32, shape=(B,)
        driven : ndarray of float32, shape=(B, 4 * hidden_size)
            From :meth:`drive`.
        state : list of (ndarray, ndarray), each shape=(B, hidden_size)
            From ``lstm.begin`` at first.

        Returns
        -------
        logits : ndarray of float32, shape=(B, n_intervals)
            Of the next interval.
        state : list of (ndarray, ndarray)
        """
        hidden, state = self.read(interval, pitch_class, register, driven, state)
        return self.head(hidden), state

    def ioi_logits(self, hidden: Float32Array, interval: IntArray, pitch_class: IntArray) -> Float32Array:
        """Logits of the time from the next note to the one after, given the next note; shape=(B, n_iois)."""
        intervals, classes = self._embedded
        first, last = self._ioi_head
        told = np.concatenate([hidden, intervals[interval], classes[pitch_class]], axis=1)
        return last(np.maximum(first(told), np.float32(0)))
