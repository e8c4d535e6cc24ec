"""Melody network features of a whole melody, all notes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.tokenizer import interval_class, place_classes, register_of


@dataclass(frozen=True, kw_only=True)
class Features:
    """Input features of ``n`` notes; a note's row serves to predict the next note.

    Attributes
    ----------
    interval : ndarray of int64, shape=(n,)
        Class of the step that led to the note, 0 to ``n_intervals - 1``; ``n_intervals`` for the first note.
    pitch_class : ndarray of int64, shape=(n,)
        Semitones above the tonic, 0-11.
    register : ndarray of float64, shape=(n,)
        Octaves above the running center of the notes before.
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
