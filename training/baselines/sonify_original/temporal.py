"""The original's temporal technique: a bass line with a rhythm of its own, over which some data points sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arrays import Float32Array, FloatArray, IntArray
from training.baselines.sonify_original.config import (
    BIN_SEC,
    HIGHEST_PITCH,
    N_DURATIONS,
    N_FEATURES,
    N_STARTS,
    PITCH_SCALE,
    VELOCITY_SCALE,
)
from training.baselines.sonify_original.pitch import N_PITCHES, data_pitches

if TYPE_CHECKING:
    import torch

    from training.baselines.sonify_original.model import OriginalTemporalNetwork

TICKS_PER_BIN = 6  # 0.25 s in twelfths of a quarter, at 120 quarters a minute
DURATIONS = slice(1, 1 + N_DURATIONS)
STARTS = slice(1 + N_DURATIONS, 1 + N_DURATIONS + N_STARTS)
VELOCITY = N_FEATURES - 1
EXTRA_SEC = 0.5  # the original adds this to every note
BASS_SCALE = 50.0  # pitch * 50 / 90, the original's way down to a bass line; it shrinks intervals too
_BATCH = 512


class TemporalSong(TypedDict):
    """What :func:`follow_temporal` plays; arrays of one length a group, times in seconds."""

    data_point: IntArray  # which points of the series sound
    data_onset_sec: FloatArray
    data_duration_sec: FloatArray
    data_pitch: IntArray
    bass_onset_sec: FloatArray
    bass_duration_sec: FloatArray
    bass_pitch: IntArray
    bass_velocity: IntArray
    share_sounding: float  # of the points of the series


class TemporalFigures(TypedDict):
    """What :func:`held_out_figures` measures, one number a note."""

    nll: FloatArray  # nats
    pitch_error: FloatArray  # semitones, truth minus prediction; NaN for a piece's first note
    duration_right: NDArray[np.bool_]
    start_right: NDArray[np.bool_]


def note_bins(notes: ArrayLike) -> IntArray:
    """Notes on the grid of twelfths of a quarter, at 120 quarters a minute, in bins of 0.25 s.

    Parameters
    ----------
    notes : array_like of int, shape=(n, 4)
        Onset and duration in twelfths of a quarter, pitch, velocity.

    Returns
    -------
    ndarray of int64, shape=(n, 4)
        Pitch, duration bin (0: up to 0.25 s, ..., 15: above 3.75 s), start bin (0-79), velocity. A start
        exactly on a multiple of 20 s falls into bin 79, as in the original.
    """
    onset, duration, pitch, velocity = np.asarray(notes, dtype=np.int64).reshape(-1, 4).T
    # Rounded up, then counted from zero.
    length = np.clip(-(-duration // TICKS_PER_BIN), 1, N_DURATIONS) - 1
    start = (-(-(onset % (TICKS_PER_BIN * N_STARTS)) // TICKS_PER_BIN) - 1) % N_STARTS
    return np.stack([pitch, length, start, velocity], axis=1)


def note_vectors(bins: ArrayLike) -> Float32Array:
    """The 98-number vectors of notes that :func:`note_bins` gave: ``(n, 4)`` to ``(n, 98)``."""
    pitch, length, start, velocity = np.asarray(bins, dtype=np.int64).reshape(-1, 4).T
    vectors = np.zeros((len(pitch), N_FEATURES), dtype=np.float32)
    rows = np.arange(len(pitch))
    vectors[:, 0] = pitch / PITCH_SCALE
    vectors[rows, DURATIONS.start + length] = 1.0
    vectors[rows, STARTS.start + start] = 1.0
    vectors[:, VELOCITY] = velocity / VELOCITY_SCALE
    return vectors


def follow_temporal(model: OriginalTemporalNetwork, values: ArrayLike) -> TemporalSong:
    """Sonify a series: a bass line, one note a point, and the points that find a place above it.

    In the newest vector of the context only the pitch is overwritten with the data point; its duration, start
    and velocity stay what the network predicted. The prediction becomes the next vector and a bass note. With
    a bass note, the next point of the series that has not sounded yet does so if the one before has ended:
    with an even rhythm of 0.25 s every third bass note takes one, and only the first third of the series is
    ever heard.

    Two readings of the description: data points enter the context as pitch / 89, the original's scale for
    data, though notes are pitch / 90; and they stay in the context. One repair in the original's favor:
    points sound at their pitch, where the original plays some a semitone flat by truncation.

    Parameters
    ----------
    model : OriginalTemporalNetwork
        In evaluation mode.
    values : array_like of float, shape=(n,)
        As in `training.baselines.sonify_original.pitch.data_pitches`.

    Returns
    -------
    TemporalSong
        The same series always gives the same notes.

    Raises
    ------
    InputError
        As in `training.baselines.sonify_original.pitch.data_pitches`.
    """
    import torch

    pitches = data_pitches(values)
    context = torch.from_numpy(note_vectors(model.config.prompt))
    predictions = []
    with torch.inference_mode():
        for pitch in pitches.tolist():
            context[-1, 0] = pitch / HIGHEST_PITCH
            answer = _decode_output(model(context[None])[0, -1])
            predictions.append(answer.numpy())
            context = torch.cat([context[1:], answer[None]])
    return _song(np.stack(predictions), pitches)


def _decode_output(output: torch.Tensor) -> torch.Tensor:
    """An output as the vector of a note: pitch and velocity as they are, one bin of each group."""
    import torch

    vector = torch.zeros_like(output)
    vector[0], vector[VELOCITY] = output[0], output[VELOCITY]
    for group in (DURATIONS, STARTS):
        vector[group.start + int(output[group].argmax())] = 1.0
    return vector


def _song(predictions: Float32Array, pitches: IntArray) -> TemporalSong:
    length = predictions[:, DURATIONS].argmax(1)
    start = predictions[:, STARTS].argmax(1)
    # The same bin means the same moment; a bin further back means nearly 20 s later.
    step = np.diff(start, prepend=start[0]) % N_STARTS
    onset_sec = np.cumsum(step) * BIN_SEC
    duration_sec = length * BIN_SEC + EXTRA_SEC
    velocity = np.clip(predictions[:, VELOCITY] * VELOCITY_SCALE, 1, 127).astype(np.int64)
    bass = np.clip(predictions[:, 0] * BASS_SCALE, 0, 127).astype(np.int64)
    places, free_sec = [], 0.0
    for i, onset in enumerate(onset_sec):
        if onset >= free_sec:
            places.append(i)
            free_sec = onset + duration_sec[i]
    points = np.arange(len(places), dtype=np.int64)
    return TemporalSong(
        data_point=points,
        data_onset_sec=onset_sec[places],
        data_duration_sec=duration_sec[places],
        data_pitch=pitches[points],
        bass_onset_sec=onset_sec,
        bass_duration_sec=duration_sec,
        bass_pitch=bass,
        bass_velocity=velocity,
        share_sounding=len(points) / len(pitches),
    )


def held_out_figures(model: OriginalTemporalNetwork, pieces: Sequence[ArrayLike]) -> TemporalFigures:
    """How well the network foresees the notes of pieces.

    Parameters
    ----------
    model : OriginalTemporalNetwork
        In evaluation mode.
    pieces : sequence of array_like of int, each of shape=(n, 4)
        As in :func:`note_bins`, in the order in which they are to be foreseen.

    Returns
    -------
    TemporalFigures
        Note after note, piece after piece. The nats are of the pitch alone, under a normal distribution around
        the regression output with ``config.pitch_sd``, on the 128 whole semitones. A piece's first note counts
        as uniform (ln 128) and as not foreseen. The context is filled up on the left with the first note.
    """
    nll: list[FloatArray] = []
    error: list[FloatArray] = []
    duration_right: list[NDArray[np.bool_]] = []
    start_right: list[NDArray[np.bool_]] = []
    for notes in pieces:
        bins = note_bins(notes)
        if not len(bins):
            continue
        outputs = _predict_notes(model, note_vectors(bins))
        expected = np.concatenate([[np.nan], outputs[:, 0] * PITCH_SCALE])
        nll.append(_pitch_nats(bins[:, 0], expected, model.config.pitch_sd))
        error.append(bins[:, 0] - expected)
        for group, column, right in ((DURATIONS, 1, duration_right), (STARTS, 2, start_right)):
            right.append(np.concatenate([[False], outputs[:, group].argmax(1) == bins[1:, column]]))
    empty = [np.empty(0)]
    return TemporalFigures(
        nll=np.concatenate(nll or empty),
        pitch_error=np.concatenate(error or empty),
        duration_right=np.concatenate(duration_right or empty).astype(bool),
        start_right=np.concatenate(start_right or empty).astype(bool),
    )


def _predict_notes(model: OriginalTemporalNetwork, vectors: Float32Array) -> FloatArray:
    """The network's output for every note but the first: ``(n, 98)`` to ``(n - 1, 98)``."""
    import torch

    window = model.config.window
    padded = np.concatenate([np.repeat(vectors[:1], window - 1, axis=0), vectors])
    contexts = np.lib.stride_tricks.sliding_window_view(padded, window, axis=0)[:-1]  # (n - 1, 98, window)
    outputs = [np.empty((0, N_FEATURES))]
    for begin in range(0, len(contexts), _BATCH):
        x = torch.from_numpy(contexts[begin : begin + _BATCH].transpose(0, 2, 1).copy())
        with torch.inference_mode():
            outputs.append(model(x)[:, -1].double().numpy())
    return np.concatenate(outputs)


def _pitch_nats(pitch: IntArray, expected: FloatArray, sd: float) -> FloatArray:
    first = np.isnan(expected)
    distance = np.arange(N_PITCHES)[None] - np.where(first, 0.0, expected)[:, None]  # (n, 128)
    log_density = -0.5 * (distance / sd) ** 2
    top = log_density.max(1, keepdims=True)
    log_total = top[:, 0] + np.log(np.exp(log_density - top).sum(1))
    nats: FloatArray = log_total - log_density[np.arange(len(pitch)), pitch]
    nats[first] = np.log(N_PITCHES)
    return nats
