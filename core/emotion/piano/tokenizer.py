"""Tokenizer of played notes: pitch, step, duration and velocity, each a number of a small set, and back.

Steps and durations lie in bins of equal ratio, so that a rhythm is chosen and not averaged; the notes of a chord
have a bin of their own, which is exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.performance import HIGHEST_PITCH, LOWEST_PITCH, Performance
from core.music.scales import fold_octaves

N_PITCHES = HIGHEST_PITCH - LOWEST_PITCH + 1
NO_PITCH = N_PITCHES  # before the first note, or where a lookup finds nothing

# Two keys of one chord are struck within about 30 ms (Goebl 2001); what lies closer is one onset.
CHORD_SEC = 0.03
CHORD = 0  # the step of a chord's further notes
STEP_EDGES_SEC = np.geomspace(CHORD_SEC, 4.0, 49)  # a longer pause counts as the last bin
DURATION_EDGES_SEC = np.geomspace(0.03, 8.0, 49)
N_STEPS = len(STEP_EDGES_SEC)  # the chord and 48 bins
N_DURATIONS = len(DURATION_EDGES_SEC) - 1
VELOCITY_WIDTH = 4
N_VELOCITIES = 128 // VELOCITY_WIDTH
NO_STEP, NO_DURATION, NO_VELOCITY = N_STEPS, N_DURATIONS, N_VELOCITIES

PITCH, STEP, DURATION, VELOCITY = range(4)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A piece as tokens.

    Attributes
    ----------
    tokens : ndarray of int64, shape=(n, 4)
        Pitch, step, duration and velocity.
    onset_sec, duration_sec : ndarray of float64, shape=(n,)
        Times with the notes of a chord at one onset.
    velocity : ndarray of int64, shape=(n,)
    """

    tokens: IntArray
    onset_sec: FloatArray
    duration_sec: FloatArray
    velocity: IntArray

    def __len__(self) -> int:
        return len(self.tokens)


def gather_chords(performance: Performance) -> Performance:
    """Group notes within :data:`CHORD_SEC` of a chord's first note at its onset; each key once per chord.

    Notes off the piano's keyboard are moved by octaves onto it.
    """
    onset = performance.onset_sec.copy()
    begin = 0
    for i in range(1, len(onset)):
        if onset[i] - onset[begin] < CHORD_SEC:
            onset[i] = onset[begin]
        else:
            begin = i
    pitch = fold_octaves(performance.pitch, LOWEST_PITCH, HIGHEST_PITCH)
    order = np.lexsort((pitch, onset))
    pitch, onset = pitch[order], onset[order]
    keep = np.ones(len(pitch), dtype=bool)
    keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) > 0)
    return Performance(
        pitch=pitch[keep],
        onset_sec=onset[keep],
        duration_sec=performance.duration_sec[order][keep],
        velocity=performance.velocity[order][keep],
    )


def encode(performance: Performance) -> Encoded:
    """Encode a performance as tokens; chords are grouped as in :func:`gather_chords`.

    Examples
    --------
    >>> played = Performance.of([60, 64, 72], [0.0, 0.01, 0.5], [0.4, 0.4, 1.0], [80, 70, 100])
    >>> encode(played).tokens.tolist()  # a chord, then a note half a second later
    [[39, 0, 22, 20], [43, 0, 22, 17], [51, 28, 30, 25]]
    """
    played = gather_chords(performance)
    tokens = np.stack(
        [
            played.pitch - LOWEST_PITCH,
            step_token(played.step_sec),
            duration_token(played.duration_sec),
            velocity_token(played.velocity),
        ],
        axis=1,
    ).reshape(-1, 4)
    return Encoded(
        tokens=tokens.astype(np.int64),
        onset_sec=played.onset_sec,
        duration_sec=played.duration_sec,
        velocity=played.velocity,
    )


def step_token(step_sec: FloatArray) -> IntArray:
    """Tokens of steps: 0 within a chord, then the bin."""
    at = np.clip(np.searchsorted(STEP_EDGES_SEC, step_sec, side="right"), 1, N_STEPS - 1)
    return np.where(step_sec < CHORD_SEC, CHORD, at)


def duration_token(duration_sec: FloatArray) -> IntArray:
    """Tokens of durations; values outside fall into the nearest bin."""
    at: IntArray = np.clip(
        np.searchsorted(DURATION_EDGES_SEC, duration_sec, side="right") - 1, 0, N_DURATIONS - 1
    )
    return at


def velocity_token(velocity: IntArray) -> IntArray:
    """Tokens of velocities, four values each."""
    return velocity // VELOCITY_WIDTH


def step_bounds_sec(token: int) -> tuple[float, float]:
    """Shortest and longest step of a token; both 0 within a chord."""
    return (0.0, 0.0) if token == CHORD else (float(STEP_EDGES_SEC[token - 1]), float(STEP_EDGES_SEC[token]))


def duration_bounds_sec(token: int) -> tuple[float, float]:
    """Shortest and longest duration of a token."""
    return float(DURATION_EDGES_SEC[token]), float(DURATION_EDGES_SEC[token + 1])
