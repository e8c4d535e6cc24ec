"""Inference of the folk network in numpy: one event at a time for a batch of tunes; bits of a given tune.

The result is that of :class:`core.folk.model.FolkLSTM` up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from core.arrays import Float32Array, FloatArray, IntArray
from core.folk import tokenizer as tk
from core.folk.collection_names import find_nearest
from core.folk.config import FolkConfig
from core.music.tune import Tune
from core.nn.dense import Dense
from core.nn.lstm import LSTM, State


class FolkNetwork:
    """The network's embeddings, recurrent layers and heads of pitch and length; read-only."""

    def __init__(self, config: FolkConfig, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.config = config
        self.lstm = LSTM(tensors, "lstm.")
        self._pitch, self._duration = tensors["pitch.weight"], tensors["duration.weight"]
        self._places = [tensors[f"places.{i}.weight"] for i in range(len(config.place_columns))]
        self._context = [tensors[f"{name}.weight"] for name in ("collection", "mode", "meter")]
        # A head and its gates read the same input: one product for both.
        self._pitch_head = Dense(tensors, "pitch_head", "pitch_gate")
        self._duration_head = Dense(tensors, "duration_head", "duration_gate")
        self._boundary_layer = Dense(tensors, "boundary_head.0")
        self._boundary_head = Dense(tensors, "boundary_head.2")

    def embed(self, rows: IntArray, context: tuple[int, int, int]) -> Float32Array:
        """Input vector of the first layer.

        Parameters
        ----------
        rows : ndarray of int64, shape=(n, N_COLUMNS)
            From :class:`~core.folk.tokenizer.FeatureReader`.
        context : (int, int, int)
            Collection, mode, meter.

        Returns
        -------
        ndarray of float32, shape=(n, input_size)
        """
        n, sources = len(rows), self._split_sources(rows)
        pitches = np.column_stack([rows[:, tk.PITCH], sources[0]])
        lengths = np.column_stack([rows[:, tk.DURATION], sources[1]])
        told = np.concatenate([table[i] for table, i in zip(self._context, context, strict=True)])
        return np.concatenate(
            [
                self._pitch[pitches].reshape(n, -1),
                self._duration[lengths].reshape(n, -1),
                *(
                    table[rows[:, i]]
                    for table, i in zip(self._places, self.config.place_columns, strict=True)
                ),
                np.broadcast_to(told, (n, len(told))),
            ],
            axis=1,
        )

    def context_ids(self, collection: str, mode: str, meter: str) -> tuple[int, int, int]:
        """Tokens of the three conditions; a collection that the network does not know is told as the nearest."""
        known = self.config.collections
        return tk.context_ids(find_nearest(collection, known), mode, meter, known)

    def _split_sources(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        n, lengths = self.config.n_sources, tk.SOURCES + tk.N_SOURCES
        return rows[:, tk.SOURCES : tk.SOURCES + n], rows[:, lengths : lengths + n]

    def pitch_logits(self, hidden: Float32Array, rows: IntArray) -> FloatArray:
        """Logits of the next pitch, shape=(n, N_PITCHES)."""
        said = self._pitch_head(hidden)
        return _point_at_sources(said, tk.N_PITCHES, self._split_sources(rows)[0])

    def duration_logits(self, hidden: Float32Array, rows: IntArray, pitches: IntArray) -> FloatArray:
        """Logits of the next length given the next pitch, shape=(n, N_DURATIONS)."""
        said = self._duration_head(np.concatenate([hidden, self._pitch[pitches]], axis=1))
        return _point_at_sources(said, tk.N_DURATIONS, self._split_sources(rows)[1])

    def phrase_end_log_odds(self, hidden: Float32Array, pitches: IntArray, lengths: IntArray) -> FloatArray:
        """Log odds that a phrase ends with each event, shape=(n,)."""
        said = np.concatenate([hidden, self._pitch[pitches], self._duration[lengths]], axis=1)
        found = self._boundary_head(np.maximum(self._boundary_layer(said), 0)).astype(np.float64)
        return np.asarray(
            found[:, tk.PHRASE_ENDS] - np.logaddexp(found[:, tk.GOES_ON], found[:, tk.TUNE_ENDS])
        )


def _point_at_sources(said: Float32Array, n: int, sources: IntArray) -> FloatArray:
    """Add each copy source's gate to the logit of its token; empty sources are ignored."""
    padded = np.pad(said[:, :n], ((0, 0), (0, 2)))
    each, there = np.arange(len(said)), np.minimum(sources, n + 1)
    for i in range(there.shape[1]):
        padded[each, there[:, i]] += said[:, n + i]
    return padded[:, :n].astype(np.float64)


class Stepper:
    """Recurrent state of a batch of tunes for one call; holds no weights."""

    def __init__(self, network: FolkNetwork, context: tuple[int, int, int], n_rows: int) -> None:
        """Start ``n_rows`` tunes with one context."""
        self._network, self._context = network, context
        self._state = network.lstm.begin(n_rows)
        self._hidden: Float32Array = np.empty(0, dtype=np.float32)
        self._rows: IntArray = np.empty(0, dtype=np.int64)

    def pitches(self, rows: list[list[int]]) -> FloatArray:
        """Read one row per tune; logits of the next pitch, shape=(B, N_PITCHES)."""
        network, self._rows = self._network, np.array(rows, dtype=np.int64)
        driven = network.lstm.drive(network.embed(self._rows, self._context))
        self._hidden, self._state = network.lstm.step(driven, self._state)
        return network.pitch_logits(self._hidden, self._rows)

    def durations(self, pitches: list[int]) -> FloatArray:
        """Logits of the next length given the next pitch of each tune, shape=(B, N_DURATIONS)."""
        return self._network.duration_logits(self._hidden, self._rows, np.array(pitches, dtype=np.int64))

    def state_of(self, row: int) -> State:
        """State of one tune, for :meth:`restore`."""
        return [(h[row].copy(), c[row].copy()) for h, c in self._state]

    def restore(self, states: Sequence[State]) -> None:
        """Continue with other tunes, each from a saved state."""
        layers = range(len(states[0]))
        self._state = [
            (np.stack([state[i][0] for state in states]), np.stack([state[i][1] for state in states]))
            for i in layers
        ]


def event_bits(network: FolkNetwork, tune: Tune) -> FloatArray:
    """Bits of every event of a tune.

    Returns
    -------
    ndarray of float64, shape=(n, 2)
        The pitch alone, and pitch and length jointly. Marks of phrases that have ended are read, the plan is
        not. What has no number of its own is scored as its nearest.
    """
    rows, targets = (np.array(part, dtype=np.int64) for part in tk.encode(tune))
    context = network.context_ids(tune.collection, tune.keys[0].mode, tune.meters[0].meter)
    hidden = network.lstm.run(network.embed(rows, context))
    each = np.arange(len(rows))
    pitch = -log_softmax(network.pitch_logits(hidden, rows), axis=1)[each, targets[:, 0]]
    lengths = network.duration_logits(hidden, rows, targets[:, 0])
    joint = pitch - log_softmax(lengths, axis=1)[each, targets[:, 1]]
    return np.asarray(np.stack([pitch, joint], axis=1) / np.log(2))


def find_phrase_ends(network: FolkNetwork, tune: Tune) -> FloatArray:
    """Log odds of a phrase end after each event of a tune, without reading its own marks.

    Returns
    -------
    ndarray of float64, shape=(n,)
    """
    known = tune.collection not in tk.WITHOUT_PHRASES
    unmarked = replace(
        tune, events=tuple(replace(event, begins_phrase=False, ends_phrase=False) for event in tune.events)
    )
    rows, targets = (np.array(part, dtype=np.int64) for part in tk.encode(unmarked))
    context = network.context_ids(
        tune.collection if known else "unknown", tune.keys[0].mode, tune.meters[0].meter
    )
    hidden = network.lstm.run(network.embed(rows, context))
    return network.phrase_end_log_odds(hidden, targets[:, 0], targets[:, 1])
