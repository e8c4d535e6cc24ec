"""Tokenizer of melodies: notes to what the melody network reads, and back.

Everything is relative: an interval and a place above the tonic, so that a melody in any octave and any key is
the same melody. That is what lets a network that was trained on songs lead data through four octaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.scales import fold_octaves
from core.sonify.melody.config import IOI_QUARTERS, MelodyConfig

TICKS = 12  # in a quarter
MODES = ("major", "minor", "unknown")
N_PHASES = TICKS  # place inside a quarter
N_QUARTERS = 8  # quarter in the bar; longer bars share the last
REGISTER_DECAY = 0.9  # the centre that the register is measured from follows the last ten notes or so

_IOI_TICKS = np.array(IOI_QUARTERS) * TICKS


@dataclass(frozen=True, kw_only=True)
class Features:
    """What the network reads of ``n`` notes; the row of a note serves to predict the note after it.

    Attributes
    ----------
    interval : ndarray of int64, shape=(n,)
        Class of the step that led to the note, 0 to ``n_intervals - 1``; ``n_intervals`` for the first note.
    pitch_class : ndarray of int64, shape=(n,)
        Semitones above the tonic, 0-11.
    register : ndarray of float64, shape=(n,)
        Octaves above the running centre of the notes before.
    ioi : ndarray of int64, shape=(n,)
        Class of the time until the next onset.
    phase, quarter : ndarray of int64, shape=(n,)
        Where the *next* note stands: inside its quarter, and which quarter of the bar.
    """

    interval: IntArray
    pitch_class: IntArray
    register: FloatArray
    ioi: IntArray
    phase: IntArray
    quarter: IntArray


def features(pitch: IntArray, onset: IntArray, *, bar: int, tonic: int, config: MelodyConfig) -> Features:
    """Encode a melody.

    Parameters
    ----------
    pitch : ndarray of int, shape=(n,)
        MIDI note numbers.
    onset : ndarray of int, shape=(n,)
        Twelfths of a quarter from a bar line, not falling.
    bar : int
        Twelfths of a quarter in a bar.
    tonic : int
        Pitch class that counts as 0.
    config : MelodyConfig

    Returns
    -------
    Features
        The last row's time until the next onset is that of a quarter.
    """
    step = np.diff(pitch, prepend=pitch[:1])
    interval = interval_class(step, config)
    interval[0] = config.n_intervals
    ioi, phase, quarter = place_classes(onset, bar)
    place, register = (pitch - tonic) % 12, register_of(pitch)
    return Features(
        interval=interval, pitch_class=place, register=register, ioi=ioi, phase=phase, quarter=quarter
    )


def place_classes(onset: IntArray, bar: int) -> IntArray:
    """Time to the next note and where it stands, shape=(3, n); the last note is followed by a quarter."""
    gap = np.diff(onset, append=onset[-1:] + TICKS)
    following = (onset + gap) % bar
    return np.stack([ioi_class(gap), following % TICKS, np.minimum(following // TICKS, N_QUARTERS - 1)])


def interval_class(step: IntArray, config: MelodyConfig) -> IntArray:
    """Class of a step in semitones; a larger one than the network knows goes by octaves into its range.

    Examples
    --------
    >>> interval_class(np.array([-24, 0, 7, 31]), MelodyConfig(max_interval=24)).tolist()
    [0, 24, 31, 43]
    """
    return fold_octaves(step, -config.max_interval, config.max_interval) + config.max_interval


def ioi_class(gap: IntArray) -> IntArray:
    """Class of a time between onsets in twelfths of a quarter: the nearest in ratio.

    Examples
    --------
    >>> [round(IOI_QUARTERS[k], 2) for k in ioi_class(np.array([3, 4, 11, 40]))]
    [0.25, 0.33, 1, 3]
    """
    ratio = np.log(np.maximum(np.asarray(gap, dtype=float), 0.5))[..., None]
    nearest: IntArray = np.abs(ratio - np.log(_IOI_TICKS)).argmin(axis=-1)
    return nearest


def register_of(pitch: IntArray) -> FloatArray:
    """Octaves above the running centre of the notes before, an exponential mean; 0 for the first."""
    result = np.zeros(len(pitch))
    centre = float(pitch[0])
    for i, value in enumerate(pitch):
        result[i] = (value - centre) / 12
        centre = REGISTER_DECAY * centre + (1 - REGISTER_DECAY) * float(value)
    return np.clip(result, -4.0, 4.0)
