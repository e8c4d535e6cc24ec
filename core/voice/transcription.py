"""Transcription of a recording: sung notes, tuning, tempo and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.arrays import FloatArray
from core.music.key import find_key
from core.voice.pitch_tracking import PitchTrack, Tracker
from core.voice.rhythm import find_rhythm

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

# Loudness becomes velocity at 2.5 a decibel around 72: 16 dB between soft and loud fill most of the range.
_MEDIUM_VELOCITY, _VELOCITY_PER_DB = 72.0, 2.5
_SOFTEST, _LOUDEST = 36, 112


@dataclass(frozen=True, kw_only=True)
class SungNote:
    """A note.

    Attributes
    ----------
    onset_sec, duration_sec : float
    pitch_sung : float
        Fractional MIDI number, as it was sung.
    pitch : int
        MIDI number after the singer's tuning was taken away.
    velocity : int in [1, 127]
        From the loudness, relative to the other notes.
    onset_beat, duration_beat : float
        In quarters from the first onset, in sixteenths.
    """

    onset_sec: float
    duration_sec: float
    pitch_sung: float
    pitch: int
    velocity: int
    onset_beat: float
    duration_beat: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Transcription:
    """The notes of a recording, and the curve that they were read from.

    Attributes
    ----------
    notes : tuple of SungNote
        At least one; in time, without overlap.
    times_sec, f0_hz, confidence : ndarray of float64, shape=(n,)
        The pitch curve, every 16 ms; ``f0_hz`` has a value for every frame, ``confidence`` from 0.5 means that
        a voice sounds.
    tuning_cents : float in (-50, 50]
        How far above equal temperament at 440 Hz the singer's scale lies.
    tempo_qpm : float
        Quarters a minute.
    key, mode : str
        ``"Eb"``; ``"major"`` or ``"minor"``.
    tracker : {"swift-f0", "pyin"}
        What found the pitch.
    notes_of_caution : tuple of str
        Sentences for the visitor: what makes the result doubtful.
    """

    notes: tuple[SungNote, ...]
    times_sec: FloatArray
    f0_hz: FloatArray
    confidence: FloatArray
    tuning_cents: float
    tempo_qpm: float
    key: str
    mode: str
    tracker: Tracker
    notes_of_caution: tuple[str, ...] = ()

    def quantized(self) -> list[tuple[float, float, int]]:
        """Onset and duration in quarters, and pitch, of each note."""
        return [(note.onset_beat, note.duration_beat, note.pitch) for note in self.notes]

    def to_midi(self, *, program: int = 52, quantized: bool = False) -> PrettyMIDI:
        """Write the notes for one instrument.

        Parameters
        ----------
        program : int in [0, 127]
            General MIDI, from 0; 52 is a choir.
        quantized : bool
            In sixteenths at a steady tempo instead of as sung.
        """
        import pretty_midi

        pm = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=self.tempo_qpm)
        part = pretty_midi.Instrument(program=program, name="Voice")
        beat_sec = 60.0 / self.tempo_qpm
        for note in self.notes:
            start, length = note.onset_sec, note.duration_sec
            if quantized:
                start, length = note.onset_beat * beat_sec, note.duration_beat * beat_sec
            part.notes.append(
                pretty_midi.Note(velocity=note.velocity, pitch=note.pitch, start=start, end=start + length)
            )
        pm.instruments.append(part)
        return pm


def assemble(
    pitch_track: PitchTrack,
    onset_sec: Sequence[float],
    end_sec: Sequence[float],
    pitch_sung: Sequence[float],
    level_db: Sequence[float],
    notes_of_caution: Sequence[str] = (),
) -> Transcription:
    """Add to sung notes what they tell together: tuning, tempo, key.

    Parameters
    ----------
    pitch_track : PitchTrack
    onset_sec, end_sec, pitch_sung, level_db : sequence of float
        Of each note, at least one.
    notes_of_caution : sequence of str

    Returns
    -------
    Transcription
    """
    onsets, pitches = np.asarray(onset_sec, dtype=np.float64), np.asarray(pitch_sung, dtype=np.float64)
    durations = np.asarray(end_sec, dtype=np.float64) - onsets
    tuning = tuning_semitones(pitches, durations)
    midi = np.clip(np.round(pitches - tuning), 0, 127).astype(np.int64)
    rhythm = find_rhythm(onsets, durations)
    key, mode = find_key(midi, durations)
    levels = np.asarray(level_db, dtype=np.float64)
    loudness = _MEDIUM_VELOCITY + _VELOCITY_PER_DB * (levels - np.median(levels))
    velocity = np.clip(np.round(loudness), _SOFTEST, _LOUDEST).astype(np.int64)
    columns = (onsets, durations, pitches, midi, velocity, rhythm.onset_beat, rhythm.duration_beat)
    names = ("onset_sec", "duration_sec", "pitch_sung", "pitch", "velocity", "onset_beat", "duration_beat")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return Transcription(
        notes=tuple(SungNote(**dict(zip(names, row, strict=True))) for row in rows),
        times_sec=pitch_track.times_sec,
        f0_hz=pitch_track.f0_hz,
        confidence=pitch_track.confidence,
        tuning_cents=100.0 * tuning,
        tempo_qpm=rhythm.tempo_qpm,
        key=key,
        mode=mode,
        tracker=pitch_track.tracker,
        notes_of_caution=tuple(notes_of_caution),
    )


def tuning_semitones(pitch: FloatArray, weight: FloatArray) -> float:
    """How far a singer's scale lies above the tempered one: the circular mean of the pitches' fractions.

    Parameters
    ----------
    pitch, weight : ndarray of float64, shape=(n,)
        Fractional MIDI numbers, and how much each counts.

    Returns
    -------
    float in (-0.5, 0.5]
        0 where the pitches lie evenly between the semitones, so that no tuning can be told.
    """
    mean = np.sum(weight * np.exp(2j * np.pi * pitch))
    if abs(mean) < 1e-9 * max(float(np.sum(weight)), 1e-9):
        return 0.0
    return float(np.angle(mean) / (2.0 * np.pi))
