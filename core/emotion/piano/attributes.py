"""Attributes of played music: onset rate, thickness, register, loudness, articulation, majorness.

Tempo, loudness, register, articulation and mode are the cues that listeners use most (Juslin and Laukka 2004;
Gabrielsson and Lindstroem 2010); all of them are measured from the notes alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.emotion.piano.tokenizer import gather_chords
from core.music.key import MODES, TONICS, key_correlations
from core.music.performance import Performance

NAMES = ("onset_rate", "thickness", "register", "loudness", "articulation", "majorness")
LOGARITHMIC = ("onset_rate", "thickness", "articulation")  # of these a row holds the logarithm to base 2
N_ATTRIBUTES = len(NAMES)
# The least correlation of twelve values that chance has in one of twenty cases.
CLEAR_KEY = 0.576
WINDOW_NOTES = 64
MODE_WINDOW_NOTES = 160

# Mean and standard deviation of each attribute over windows of the training pieces.
CENTER = np.array([2.41, 0.99, 63.8, 56.8, 0.33, 0.05])
SPREAD = np.array([0.75, 0.54, 7.0, 16.1, 0.73, 0.19])


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Measured attributes of a piece.

    Attributes
    ----------
    onset_rate : float
        Onsets a second, a chord counting once.
    thickness : float
        Notes an onset.
    register : float
        Mean pitch, MIDI number.
    loudness : float
        Mean velocity.
    articulation : float
        Geometric mean of a note's duration by the time to the next onset; 1 is bound, less is detached.
    majorness : float
        Correlation with the best major key less that with the best minor key, -1 to 1.
    """

    onset_rate: float
    thickness: float
    register: float
    loudness: float
    articulation: float
    majorness: float

    @classmethod
    def of(cls, values: FloatArray) -> Attributes:
        """From a row of :func:`raw_rows`."""
        found = dict(zip(NAMES, map(float, values), strict=True))
        return cls(**found | {name: 2.0 ** found[name] for name in LOGARITHMIC})


def measure(performance: Performance) -> Attributes:
    """Measure a whole piece; without notes, all attributes are average."""
    if not len(performance):
        return Attributes.of(CENTER)
    return Attributes.of(
        raw_rows(performance, window=4 * len(performance), mode_window=4 * len(performance))[0]
    )


def key_of(performance: Performance) -> tuple[str, str]:
    """The key that fits best: tonic name and "major" or "minor" (Krumhansl 1990).

    Every note counts by the square root of its duration, so that long bass notes weigh more and pedal does not
    decide alone. Without notes it is C major.
    """
    mode, tonic = divmod(int(key_correlations(class_weights(performance)).argmax()), 12)
    return TONICS[MODES[mode]][tonic], MODES[mode]


def is_key_clear(performance: Performance) -> bool:
    """Whether the notes fit the key of :func:`key_of` better than chance would have it."""
    return bool(key_correlations(class_weights(performance)).max() >= CLEAR_KEY)


def class_weights(performance: Performance) -> FloatArray:
    """Weight of each pitch class, shape=(12,), C first."""
    weights = np.sqrt(performance.duration_sec.clip(0.05, 4.0))
    return np.bincount(performance.pitch % 12, weights=weights, minlength=12).astype(np.float64)


def raw_rows(
    performance: Performance, *, window: int = WINDOW_NOTES, mode_window: int = MODE_WINDOW_NOTES
) -> FloatArray:
    """Attributes in a window around every note.

    Parameters
    ----------
    performance : Performance
        With at least one note; chords need not be gathered.
    window, mode_window : int
        Notes, half of them before and half after.

    Returns
    -------
    ndarray of float64, shape=(n, N_ATTRIBUTES)
        log2 onsets a second, log2 notes an onset, mean pitch, mean velocity, mean log2 of duration by time to
        the next onset, majorness; n is the number of notes after :func:`gather_chords`.
    """
    played = gather_chords(performance)
    n = len(played)
    low = np.maximum(0, np.arange(n) - window // 2)
    high = np.minimum(n, low + window)
    low = np.maximum(0, high - window)
    begins = np.concatenate([[True], np.diff(played.onset_sec) > 0])
    starts = played.onset_sec[begins]
    # The pause after the last onset is not known; it is taken as long as the usual one.
    gaps = np.diff(starts)
    usual = float(np.median(gaps)) if len(gaps) else 0.5
    to_next = np.append(gaps, usual)[np.cumsum(begins) - 1]
    # A long pause belongs to the form and not to the pace.
    paced = np.minimum(np.where(begins, to_next, 0.0), 4.0)

    def total(values: FloatArray) -> FloatArray:
        """Sum of values over each note's window."""
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(sums[high] - sums[low], dtype=np.float64)

    count = (high - low).astype(np.float64)
    onsets = np.maximum(1.0, total(begins.astype(np.float64)))
    rows = np.empty((n, N_ATTRIBUTES))
    rows[:, 0] = np.log2(onsets / np.maximum(total(paced), 0.05 * onsets))
    rows[:, 1] = np.log2(count / onsets)
    rows[:, 2] = total(played.pitch.astype(np.float64)) / count
    rows[:, 3] = total(played.velocity.astype(np.float64)) / count
    bound = np.log2(np.clip(played.duration_sec / np.maximum(to_next, 0.03), 1 / 16, 16))
    rows[:, 4] = total(bound) / count
    rows[:, 5] = _majorness(played, mode_window)
    return rows


def _majorness(played: Performance, window: int) -> FloatArray:
    n = len(played)
    low = np.maximum(0, np.arange(n) - window // 2)
    high = np.minimum(n, low + window)
    low = np.maximum(0, high - window)
    classes = np.zeros((n + 1, 12))
    classes[np.arange(1, n + 1), played.pitch % 12] = np.sqrt(played.duration_sec.clip(0.05, 4.0))
    sums = np.cumsum(classes, axis=0)
    major, minor = key_correlations(sums[high] - sums[low]).max(axis=2).T
    return np.asarray(major - minor)


def scaled(rows: FloatArray) -> FloatArray:
    """Standardize rows, clipped to three standard deviations, as network input."""
    return np.asarray(np.clip((rows - CENTER) / SPREAD, -3.0, 3.0))
