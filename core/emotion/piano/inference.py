"""Inference of the piano network in numpy, one note at a time; negative log-likelihood of given notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from core.arrays import Float32Array
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.config import N_INTERVALS, PianoConfig
from core.emotion.piano.copy_features import CLASS_LINE, FOUND, HEARD, N_SOURCES, PLACES, Lookup
from core.music.performance import Performance
from core.nn.dense import Dense
from core.nn.lstm import LSTM


class Weights:
    """Network tensors arranged for single steps; shared by all calls."""

    def __init__(self, config: PianoConfig, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.pitch = arrays["pitch.weight"]
        self.interval = arrays["interval.weight"]
        self.rhythm = [arrays[f"rhythm.{i}.weight"] for i in range(3)]
        self.match = [arrays[f"match.{i}.weight"] for i in range(2)]
        self.place = arrays["place.weight"]
        self.condition = Dense(arrays, "condition.0")
        self.lstm = LSTM(arrays, "lstm.")
        self.out = Dense(arrays, "pitch_head", "gates")
        self.heads = [
            (Dense(arrays, f"{name}_head.0"), Dense(arrays, f"{name}_head.2"))
            for name in ("step", "duration", "velocity")
        ]
        self.n_dense = config.n_dense
        self.kinds, self.n_conditions = config.kinds, config.n_conditions
        self.has_moods = "pop" in config.kinds  # labeled clips are of pop songs


class Stepper:
    """Recurrent state of one piece under one or more sets of conditions."""

    def __init__(self, weights: Weights, n_rows: int = 1) -> None:
        self._weights = weights
        self._state = weights.lstm.begin(n_rows)
        self.lookup = Lookup()
        self.last = np.array([tk.NO_PITCH, tk.NO_STEP, tk.NO_DURATION, tk.NO_VELOCITY], dtype=np.int64)
        self._interval = N_INTERVALS - 1
        self._sources = np.empty(0, dtype=np.int64)
        self._told: Float32Array = np.empty((n_rows, 0), dtype=np.float32)

    def pitch_logits(self, conditions: Float32Array) -> Float32Array:
        """Read the features before the next note; logits of its pitch.

        Parameters
        ----------
        conditions : ndarray of float32, shape=(n_rows, n_conditions)

        Returns
        -------
        ndarray of float32, shape=(n_rows, N_PITCHES)
        """
        weights = self._weights
        dense, sources = self.lookup.dense(), self.lookup.sources()
        keys = np.concatenate([self.last[:1], sources[:N_SOURCES]])
        shared = np.concatenate(
            [
                weights.pitch[keys].ravel(),
                (dense[list(HEARD)] @ weights.pitch[: tk.N_PITCHES]).ravel(),
                weights.interval[self._interval],
                *(table[self.last[1 + i]] for i, table in enumerate(weights.rhythm)),
                *(table[sources[FOUND + i]] for i, table in enumerate(weights.rhythm)),
                *(table[sources[N_SOURCES + i]] for i, table in enumerate(weights.match)),
                weights.place[min(self.lookup.place, PLACES - 1)],
                dense[CLASS_LINE, :12],
            ]
        )
        told = np.tanh(weights.condition(conditions))
        x = np.concatenate([np.broadcast_to(shared, (len(told), len(shared))), told], axis=1)
        x, self._state = weights.lstm.step(weights.lstm.drive(x), self._state)
        out = weights.out(x)
        pointed = out[:, tk.N_PITCHES :]
        logits = np.concatenate(
            [out[:, : tk.N_PITCHES] + pointed[:, : weights.n_dense] @ dense, np.zeros((len(x), 1))], axis=1
        )
        for i in range(N_SOURCES):
            logits[:, sources[i]] += pointed[:, weights.n_dense + i]
        self._hidden, self._sources = x, sources
        return np.asarray(logits[:, : tk.N_PITCHES], dtype=np.float32)

    def step_logits(self, pitch: int) -> Float32Array:
        """Logits of the step of a chosen pitch, shape=(n_rows, N_STEPS)."""
        weights, sources = self._weights, self._sources
        interval = _interval(pitch, int(self.last[0]))
        found = np.concatenate(
            [
                weights.pitch[pitch],
                weights.interval[interval],
                *(table[sources[FOUND + i]] for i, table in enumerate(weights.rhythm)),
                [float(pitch == sources[0])],
            ]
        ).astype(np.float32)
        self._told = self._hidden
        return self._read_head(0, found)

    def duration_logits(self, step: int) -> Float32Array:
        """Logits of the duration after a chosen step, shape=(n_rows, N_DURATIONS)."""
        return self._read_head(1, self._weights.rhythm[0][step])

    def velocity_logits(self, duration: int) -> Float32Array:
        """Logits of the velocity after a chosen duration, shape=(n_rows, N_VELOCITIES)."""
        return self._read_head(2, self._weights.rhythm[1][duration])

    def _read_head(self, number: int, row: Float32Array) -> Float32Array:
        """Feed one more class to every row and evaluate the next head."""
        self._told = np.concatenate([self._told, np.broadcast_to(row, (len(self._told), len(row)))], axis=1)
        first, last = self._weights.heads[number]
        return last(np.maximum(first(self._told), 0.0))

    def push(self, tokens: NDArray[np.int64], onset_sec: float, duration_sec: float) -> None:
        """Append the note that was played."""
        self._interval = _interval(int(tokens[0]), int(self.last[0]))
        self.lookup.push(tokens, onset_sec, duration_sec)
        self.last = np.asarray(tokens, dtype=np.int64)


def _interval(pitch: int, before: int) -> int:
    """As :func:`core.emotion.piano.model.interval_token` gives it."""
    none = tk.NO_PITCH in (pitch, before)
    return N_INTERVALS - 1 if none else min(24, max(-24, pitch - before)) + 24


def nll(weights: Weights, performance: Performance) -> NDArray[np.float64]:
    """Negative log-likelihood of every note given the notes before it, without conditions.

    Parameters
    ----------
    weights : Weights
    performance : Performance
        Chords are gathered first, as in :func:`core.emotion.piano.tokenizer.gather_chords`.

    Returns
    -------
    ndarray of float64, shape=(n, 4)
        Nats of pitch, step, duration and velocity.
    """
    encoded, stepper = tk.encode(performance), Stepper(weights)
    unknown = np.zeros((1, weights.n_conditions), dtype=np.float32)
    costs = np.empty((len(encoded), 4))
    for i, tokens in enumerate(encoded.tokens):
        pitch, step, duration, velocity = tokens.tolist()
        heads = (
            (stepper.pitch_logits(unknown), pitch),
            (stepper.step_logits(pitch), step),
            (stepper.duration_logits(step), duration),
            (stepper.velocity_logits(duration), velocity),
        )
        costs[i] = [-log_softmax(logits[0].astype(np.float64))[chosen] for logits, chosen in heads]
        stepper.push(tokens, float(encoded.onset_sec[i]), float(encoded.duration_sec[i]))
    return costs
