"""Note segmentation of a pitch track by dynamic programming: the cheapest sequence of notes and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.signal.onsets import interpolate_peaks
from core.voice.pitch_tracking import FRAME_SEC, VOICED, PitchTrack

_PITCH_STEP = 0.2  # semitones between the pitches that a note may hold while it is being found
_CONFIDENT = 0.3
# Share of a note's frames that must be voiced; noise has confident frames here and there.
_LEAST_VOICED = 0.3


@dataclass(frozen=True, kw_only=True)
class SegmentSettings:
    """Prices of the cheapest sequence, the same for every network; chosen on SSVD by cross-validation over recordings.

    Attributes
    ----------
    off_pitch : float
        A frame that lies a semitone from its note's pitch, times the tracker's confidence.
    farthest : float
        Semitones beyond which a frame costs no more, so that an octave error does not split a note.
    activity : float
        Weight of the network's "a note sounds".
    note : float
        Every note.
    onset : float
        Weight of the network's "a note begins".
    surest : float
        Largest logit that is believed, so that a clear change of pitch can overrule the network.
    min_frames : int
        Shorter notes are dropped.
    stable : (float, float)
        Part of a note in which its pitch is measured: without the glides at both ends.
    """

    off_pitch: float = 0.4
    farthest: float = 2.0
    activity: float = 1.0
    note: float = 3.0
    onset: float = 1.5
    surest: float = 6.0
    min_frames: int = 4
    stable: tuple[float, float] = (0.2, 0.8)

    def __post_init__(self) -> None:
        low, high = self.stable
        if not 0.0 <= low < high <= 1.0:
            raise ValueError(f"The stable part must be a part of the note, not {self.stable}.")
        if (
            min(self.off_pitch, self.farthest, self.activity, self.onset, self.surest) < 0
            or self.min_frames < 1
        ):
            raise ValueError("Prices must not be negative, and a note lasts at least one frame.")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A note as it was sung.

    Attributes
    ----------
    onset_sec, end_sec : float
    pitch : float
        Fractional MIDI number.
    start, stop : int
        Its frames.
    """

    onset_sec: float
    end_sec: float
    pitch: float
    start: int
    stop: int


def segment(
    pitch_track: PitchTrack,
    onset_logit: FloatArray,
    active_logit: FloatArray,
    settings: SegmentSettings | None = None,
) -> list[Segment]:
    """Find the notes of a pitch track.

    Parameters
    ----------
    pitch_track : PitchTrack
    onset_logit, active_logit : ndarray of float64, shape=(n,)
        From the boundary network.
    settings : SegmentSettings, optional

    Returns
    -------
    list of Segment
        In time; they do not overlap. Empty where nothing is voiced.
    """
    settings = settings or SegmentSettings()
    if not (pitch_track.confidence > _CONFIDENT).any():
        return []
    onset_probability = 1.0 / (1.0 + np.exp(-onset_logit))
    found = []
    for start, stop in _find_cheapest(pitch_track, onset_logit, active_logit, settings):
        voiced = pitch_track.confidence[start:stop] >= VOICED
        if stop - start < settings.min_frames or voiced.mean() < _LEAST_VOICED:
            continue
        pitch = _stable_pitch(pitch_track, start, stop, settings.stable)
        onset_sec = _find_onset_frame(onset_probability, start) * FRAME_SEC
        found.append(
            Segment(onset_sec=onset_sec, end_sec=stop * FRAME_SEC, pitch=pitch, start=start, stop=stop)
        )
    return found


def _find_cheapest(
    pitch_track: PitchTrack, onset_logit: FloatArray, active_logit: FloatArray, settings: SegmentSettings
) -> list[tuple[int, int]]:
    """Frames of the notes, by dynamic programming over time and pitch.

    A note from frame ``a`` to ``b`` at pitch ``mu`` costs
    ``note - onset * onset_logit[a] + sum(off_pitch * confidence * min(|pitch - mu|, farthest) - activity * active_logit)``;
    a gap costs nothing. The form of the sum is that of swift-f0's ``segment_notes``; there the start of every
    note costs the same, and confidence and level take the place of the network.
    """
    pitch, n = pitch_track.pitch, len(onset_logit)
    sure = pitch_track.confidence > _CONFIDENT
    lowest, highest = pitch[sure].min(), pitch[sure].max()
    grid = np.arange(np.floor(lowest / _PITCH_STEP) * _PITCH_STEP, highest + _PITCH_STEP, _PITCH_STEP)
    limit = settings.surest
    sounding = -settings.activity * np.clip(active_logit, -limit, limit)
    beginning = settings.note - settings.onset * np.clip(onset_logit, -limit, limit)
    weight = settings.off_pitch * np.where(sure, pitch_track.confidence, 0.0)

    open_cost = np.full(len(grid), np.inf)  # of the cheapest way to be inside a note of each pitch
    open_since = np.zeros(len(grid), dtype=np.int64)
    closed_cost = 0.0
    came_from = np.zeros(n + 1, dtype=np.int64)
    is_note = np.zeros(n + 1, dtype=bool)
    for t in range(n):
        begin = closed_cost + beginning[t]
        better = begin < open_cost
        open_since[better] = t
        np.minimum(open_cost, begin, out=open_cost)
        open_cost += weight[t] * np.minimum(np.abs(grid - pitch[t]), settings.farthest) + sounding[t]
        cheapest = int(open_cost.argmin())
        if open_cost[cheapest] < closed_cost:
            closed_cost = float(open_cost[cheapest])
            came_from[t + 1], is_note[t + 1] = open_since[cheapest], True
        else:
            came_from[t + 1] = t
    notes, stop = [], n
    while stop > 0:
        start = int(came_from[stop])
        if is_note[stop]:
            notes.append((start, stop))
        stop = start
    return notes[::-1]


def _stable_pitch(pitch_track: PitchTrack, start: int, stop: int, stable: tuple[float, float]) -> float:
    """Median pitch of the voiced frames in the middle of a note."""
    length = stop - start
    first = start + int(length * stable[0])
    frames = np.arange(first, max(first + 1, start + int(np.ceil(length * stable[1]))))
    voiced = frames[pitch_track.confidence[frames] > VOICED]
    return float(np.median(pitch_track.pitch[voiced if len(voiced) else frames]))


def _find_onset_frame(probability: FloatArray, frame: int) -> float:
    """Place of the maximum next to a frame, between the frames."""
    first = max(0, frame - 1)
    top = first + int(probability[first : frame + 2].argmax())
    rising = probability[top] < probability[max(0, top - 1) : top + 2].max()
    return float(top if rising else interpolate_peaks(probability, np.array([top]))[0])
