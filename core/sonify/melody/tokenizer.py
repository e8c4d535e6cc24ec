"""Tokenizer of melodies: notes to network inputs, and back.

Everything is relative: an interval and a place above the tonic, so that a melody in any octave and any key is
the same melody. That is what lets a network that was trained on songs lead data through four octaves.
"""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.scales import fold_octaves
from core.sonify.melody.config import IOI_QUARTERS, N_QUARTERS, TICKS, MelodyConfig

REGISTER_DECAY = 0.9  # the center that the register is measured from follows the last ten notes or so

_IOI_TICKS = np.array(IOI_QUARTERS) * TICKS


def place_classes(onset: IntArray, bar: int) -> IntArray:
    """Inter-onset interval and metrical position classes, shape=(3, n); the last note counts as a quarter."""
    gap = np.diff(onset, append=onset[-1:] + TICKS)
    following = (onset + gap) % bar
    return np.stack([ioi_class(gap), following % TICKS, np.minimum(following // TICKS, N_QUARTERS - 1)])


def interval_class(step: IntArray, config: MelodyConfig) -> IntArray:
    """Class of an interval in semitones; larger ones are reduced by octaves into the range.

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
    """Octaves above the running center of the notes before, an exponential mean; 0 for the first."""
    result = np.zeros(len(pitch))
    center = float(pitch[0])
    for i, value in enumerate(pitch):
        result[i] = (value - center) / 12
        center = REGISTER_DECAY * center + (1 - REGISTER_DECAY) * float(value)
    return np.clip(result, -4.0, 4.0)
