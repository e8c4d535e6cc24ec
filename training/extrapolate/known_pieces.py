"""Synthetic test pieces of known tempo and key, played by the synthesizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pretty_midi

from core.audio import Audio
from core.music.key import MAJOR_TONICS, MINOR_TONICS

SR = 22_050
_PROGRESSIONS = {"major": (0, 9, 5, 7), "minor": (0, 8, 5, 7)}
_TRIADS = {
    ("major", 0): (0, 4, 7),
    ("major", 9): (0, 3, 7),
    ("major", 5): (0, 4, 7),
    ("major", 7): (0, 4, 7),
    ("minor", 0): (0, 3, 7),
    ("minor", 8): (0, 4, 7),
    ("minor", 5): (0, 3, 7),
    ("minor", 7): (0, 4, 7),
}
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True, kw_only=True)
class KnownPiece:
    """What a piece was written with.

    Attributes
    ----------
    tempo_qpm : float
    tonic : int
        Pitch class, 0 is C.
    mode : {"major", "minor"}
    meter : int
        Beats a bar.
    programs : tuple of int
        Of chords, bass and tune.
    drums : bool
    """

    tempo_qpm: float
    tonic: int
    mode: str
    meter: int
    programs: tuple[int, int, int]
    drums: bool

    @property
    def key(self) -> tuple[str, str]:
        """Name of the tonic, and mode."""
        return (MAJOR_TONICS if self.mode == "major" else MINOR_TONICS)[self.tonic], self.mode

    def score(self, seconds: float = 40.0) -> pretty_midi.PrettyMIDI:
        """So many seconds of it, whole bars; the same each time. Beats lie at multiples of ``60 / tempo_qpm``."""
        rng = np.random.default_rng(round(self.tempo_qpm) * 12 + self.tonic)
        beat = 60 / self.tempo_qpm
        parts = [pretty_midi.Instrument(program) for program in self.programs]
        kit = pretty_midi.Instrument(0, is_drum=True)

        def play(part: pretty_midi.Instrument, pitch: int, at: float, length: float, velocity: int) -> None:
            note = pretty_midi.Note(velocity, pitch, at * beat, (at + length) * beat)
            part.notes.append(note)

        n_bars = int(seconds / beat / self.meter)
        for bar in range(n_bars):
            degree = _PROGRESSIONS[self.mode][bar % 4]
            chord = [48 + (self.tonic + degree + step) % 12 + 12 for step in _TRIADS[self.mode, degree]]
            at = bar * self.meter
            play(parts[1], 36 + (self.tonic + degree) % 12, at, 0.9 * self.meter, 92)
            for k in range(self.meter):
                for pitch in chord:
                    play(parts[0], pitch, at + k, 0.45, 64 + 22 * (k == 0))
                if self.drums:
                    play(kit, 36 if k % 2 == 0 else 38, at + k, 0.2, 92)
                    play(kit, 42, at + k + 0.5, 0.1, 64)
                scale = [72 + (self.tonic + step) % 12 for step in _SCALES[self.mode]]
                pitch = int(rng.choice(chord)) + 12 if rng.random() < 0.7 else int(rng.choice(scale))
                play(parts[2], pitch, at + k + 0.5 * (rng.random() < 0.25), 0.45, 84)
        piece = pretty_midi.PrettyMIDI(initial_tempo=self.tempo_qpm)
        piece.instruments = [*parts, *([kit] if self.drums else [])]
        return piece

    def audio(self, seconds: float = 40.0) -> Audio:
        """Play so many seconds of it."""
        from core import synth

        return synth.render(self.score(seconds), engine="embedded", sr=SR, tail_sec=0.0).audio


def known_pieces() -> Iterator[KnownPiece]:
    """Eight pieces from 76 to 160 beats a minute, in eight keys, three of them in three."""
    for tempo, tonic, mode, meter, programs, drums in (
        (76.0, 0, "major", 4, (0, 32, 73), False),
        (88.0, 9, "minor", 4, (4, 33, 11), True),
        (97.0, 2, "major", 3, (0, 32, 40), False),
        (108.0, 4, "minor", 4, (24, 33, 65), True),
        (120.0, 5, "major", 4, (0, 32, 0), False),
        (132.0, 7, "major", 3, (6, 32, 6), False),
        (144.0, 11, "minor", 4, (80, 38, 81), True),
        (160.0, 10, "major", 3, (0, 32, 56), True),
    ):
        yield KnownPiece(tempo_qpm=tempo, tonic=tonic, mode=mode, meter=meter, programs=programs, drums=drums)
