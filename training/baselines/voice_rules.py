"""Note boundaries of a sung line by rules: a note begins where level or pitch rises or moves, and sounds where it is voiced.

Nothing is learned. The rules answer in place of the boundary network, so that both go through one segmentation.
"""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.voice.boundary_features import N_MELS
from core.voice.note_segmentation import Segment, segment
from core.voice.pitch_tracking import VOICED, PitchTrack

_LEVEL_COLUMN = N_MELS + 1
# The change of pitch without its sign over four frames to each side, in semitones.
_CHANGE_COLUMN = N_MELS + 2 + 2 * 2 + 1
_LEVEL_REACH = 3  # frames to each side over which the level rises
_RISE_DB, _CHANGE_SEMITONES = 6.0, 1.0  # chosen on synthetic voices
_UNIT_DB = 20.0
_QUIET_DB = -30.0  # against the loud frames
_SURE = 4.0  # logit


def segment_by_rules(features: Float32Array, pitch_track: PitchTrack) -> list[Segment]:
    """Find the notes of a pitch track without a network.

    Parameters
    ----------
    features : ndarray of float32, shape=(T, D)
        From `core.voice.boundary_features.boundary_features`.
    pitch_track : PitchTrack
    """
    level_db = _UNIT_DB * features[:, _LEVEL_COLUMN].astype(np.float64)
    sounds = (pitch_track.confidence >= VOICED) & (level_db > _QUIET_DB)
    padded = np.pad(level_db, _LEVEL_REACH, mode="edge")
    rise = (padded[2 * _LEVEL_REACH :] - padded[: -2 * _LEVEL_REACH]) / _RISE_DB
    change = features[:, _CHANGE_COLUMN].astype(np.float64) / _CHANGE_SEMITONES
    evidence = np.maximum(rise, change)
    onset = np.where(_is_peak(evidence) & (evidence > 1), _SURE, -_SURE)
    return segment(pitch_track, onset, np.where(sounds, _SURE, -_SURE))


def _is_peak(values: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Largest of the frames within 48 ms."""
    from scipy.ndimage import maximum_filter1d

    peaks: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = values >= maximum_filter1d(values, 7)
    return peaks
