"""Performance, played piano notes: pitch, onset, duration, velocity; to and from MIDI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pretty_midi
from numpy.typing import NDArray
from pretty_midi import PrettyMIDI

from core.arrays import FloatArray, IntArray
from core.errors import InputError

LOWEST_PITCH = 21
HIGHEST_PITCH = 108
# Shorter notes are not heard as notes; a duration of zero is never written.
MIN_DURATION_SEC = 0.03


class _Note(Protocol):
    """What a note has, whoever wrote it down."""

    @property
    def pitch(self) -> int:
        """MIDI number."""

    @property
    def onset_sec(self) -> float:
        """Seconds."""

    @property
    def duration_sec(self) -> float:
        """Seconds."""

    @property
    def velocity(self) -> int:
        """1 to 127."""


@dataclass(frozen=True, kw_only=True)
class Performance:
    """Notes in the order of their onsets, notes of one onset from low to high.

    Attributes
    ----------
    pitch : ndarray of int64, shape=(n,)
        MIDI numbers.
    onset_sec, duration_sec : ndarray of float64, shape=(n,)
        Onsets do not decrease; durations are at least :data:`MIN_DURATION_SEC`.
    velocity : ndarray of int64, shape=(n,)
        1 to 127.

    Raises
    ------
    ValueError
        If the arrays do not fit each other.
    """

    pitch: IntArray
    onset_sec: FloatArray
    duration_sec: FloatArray
    velocity: IntArray

    def __post_init__(self) -> None:
        if len({len(self.pitch), len(self.onset_sec), len(self.duration_sec), len(self.velocity)}) != 1:
            raise ValueError("Pitches, onsets, durations and velocities must be as many as each other.")
        if len(self) and (np.diff(self.onset_sec) < 0).any():
            raise ValueError("Notes must be in the order of their onsets; use Performance.of.")

    def __len__(self) -> int:
        return len(self.pitch)

    @property
    def step_sec(self) -> FloatArray:
        """Time since the note before, shape=(n,); 0 for the first note and within a chord."""
        return np.diff(self.onset_sec, prepend=self.onset_sec[:1])

    @property
    def end_sec(self) -> float:
        """When the last note ends; 0 without notes."""
        return float((self.onset_sec + self.duration_sec).max()) if len(self) else 0.0

    @classmethod
    def of(
        cls,
        pitch: NDArray[np.generic] | list[int],
        onset_sec: NDArray[np.generic] | list[float],
        duration_sec: NDArray[np.generic] | list[float],
        velocity: NDArray[np.generic] | list[int],
    ) -> Performance:
        """Sort notes by onset, then pitch, and lengthen what is too short."""
        pitches = np.asarray(pitch, dtype=np.int64)
        onsets = np.asarray(onset_sec, dtype=np.float64)
        order = np.lexsort((pitches, onsets))
        return cls(
            pitch=pitches[order],
            onset_sec=onsets[order],
            duration_sec=np.maximum(np.asarray(duration_sec, dtype=np.float64)[order], MIN_DURATION_SEC),
            velocity=np.clip(np.asarray(velocity, dtype=np.int64)[order], 1, 127),
        )

    @classmethod
    def of_notes(cls, notes: Iterable[_Note]) -> Performance:
        """Notes that were sung or played on keys: whatever has the four properties of a note."""
        played = list(notes)
        return cls.of(
            [note.pitch for note in played],
            [note.onset_sec for note in played],
            [note.duration_sec for note in played],
            [note.velocity for note in played],
        )

    @classmethod
    def from_midi(cls, pm: PrettyMIDI) -> Performance:
        """Gather the notes of all pitched instruments; drums are left out.

        Raises
        ------
        InputError
            If nothing but drums, or nothing at all, is played.
        """
        notes = [note for part in pm.instruments if not part.is_drum for note in part.notes]
        if not notes:
            drums = any(part.notes for part in pm.instruments)
            came = "has only drums" if drums else "has no notes"
            raise InputError(f"The MIDI file {came}. Choose one with notes of a pitched instrument.")
        return cls.of(
            [note.pitch for note in notes],
            [note.start for note in notes],
            [note.end - note.start for note in notes],
            [note.velocity for note in notes],
        )

    def to_midi(self, *, program: int = 0, tempo_qpm: float = 120.0, name: str = "Piano") -> PrettyMIDI:
        """Write the notes for one instrument; a pitch that is struck again ends before.

        Parameters
        ----------
        program : int in [0, 127]
        tempo_qpm : float > 0
            For programs that draw bars; it does not change the times.
        name : str
        """
        pm = PrettyMIDI(resolution=480, initial_tempo=float(tempo_qpm))
        part = pretty_midi.Instrument(program=program, name=name)
        tick_sec = 60.0 / tempo_qpm / pm.resolution
        following: dict[int, float] = {}
        for i in range(len(self) - 1, -1, -1):
            pitch, start = int(self.pitch[i]), float(self.onset_sec[i])
            end = min(start + float(self.duration_sec[i]), following.get(pitch, np.inf))
            if end - start < tick_sec:
                continue  # the same key struck twice at once, as far as a file can tell, is one note
            following[pitch] = start
            part.notes.append(
                pretty_midi.Note(velocity=int(self.velocity[i]), pitch=pitch, start=start, end=end)
            )
        part.notes.reverse()
        pm.instruments.append(part)
        return pm

    def first(self, n: int) -> Performance:
        """The first ``n`` notes."""
        return self.part(0, n)

    def part(self, start: int, stop: int) -> Performance:
        """Notes ``start`` to ``stop``, at their times."""
        return Performance(
            pitch=self.pitch[start:stop],
            onset_sec=self.onset_sec[start:stop],
            duration_sec=self.duration_sec[start:stop],
            velocity=self.velocity[start:stop],
        )

    def shifted(self, seconds: float) -> Performance:
        """All onsets later by ``seconds``."""
        return replace(self, onset_sec=self.onset_sec + seconds)
