"""Example recordings: our own notes, played by our own synthesizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pretty_midi

from core.audio import Audio

_Notes = list[tuple[int, float, float, int]]

_SR = 44_100
_KICK, _SNARE, _HAT, _OPEN_HAT = 36, 38, 42, 46


@dataclass(frozen=True)
class Example:
    """A short piece.

    Attributes
    ----------
    title, about : str
    tempo_qpm : float or None
        None for a texture.
    key, mode : str
    compose : callable
        Writes the notes.
    """

    title: str
    about: str
    tempo_qpm: float | None
    key: str
    mode: str
    compose: Callable[[], pretty_midi.PrettyMIDI]

    def audio(self, *, sr: int = _SR) -> Audio:
        """Render it, identically on every machine."""
        from core import synth

        return synth.render(self.compose(), engine="embedded", sr=sr, tail_sec=0.4).audio


def _write_midi(tempo_qpm: float, *parts: tuple[int | None, _Notes]) -> pretty_midi.PrettyMIDI:
    """Build a MIDI file from parts by program (None: drums); notes are pitch, start and length in seconds, velocity."""
    pm = pretty_midi.PrettyMIDI(initial_tempo=tempo_qpm)
    for program, notes in parts:
        instrument = pretty_midi.Instrument(program=program or 0, is_drum=program is None)
        for pitch, start, length, velocity in notes:
            note = pretty_midi.Note(velocity=velocity, pitch=pitch, start=start, end=start + length)
            instrument.notes.append(note)
        pm.instruments.append(instrument)
    return pm


def _compose_street() -> pretty_midi.PrettyMIDI:
    """Drums, bass, electric piano and a tune: twelve bars of 4/4 at 112, A minor."""
    beat, rng = 60 / 112, np.random.default_rng(4)
    chords = ((45, (57, 60, 64, 69)), (41, (57, 60, 65, 69)), (38, (57, 62, 65, 69)), (40, (56, 59, 64, 68)))
    scale = (69, 71, 72, 74, 76, 81)
    drums, bass, keys, tune = _empty_parts(4)
    place = 2
    for bar in range(12):
        start = bar * 4 * beat
        root, chord = chords[bar % 4]
        for half in range(8):
            at = start + half * beat / 2
            hat = _OPEN_HAT if half == 7 and bar % 4 == 3 else _HAT
            drums.append((hat, at, 0.1, 62 + 18 * (half % 2 == 0)))
        drums += [(_KICK, start + k * beat, 0.1, 104) for k in (0, 1.5, 2)]
        drums += [(_SNARE, start + k * beat, 0.1, 98) for k in (1, 3)]
        bass += [(root - 12, start + k * beat, 0.45 * beat, 92 - 8 * (k > 0)) for k in (0, 0.75, 1.5, 2.5, 3)]
        keys += [(pitch, start + k * beat, 0.4 * beat, 66) for pitch in chord for k in (0.5, 1.5, 2.5, 3.5)]
        for k in range(8):
            if rng.random() < (0.35 if k % 2 else 0.6):
                place = int(np.clip(place + rng.integers(-1, 2), 0, len(scale) - 1))
                tune.append((scale[place], start + k * beat / 2, 0.45 * beat, 78 + int(rng.integers(0, 14))))
    return _write_midi(112, (None, drums), (33, bass), (4, keys), (11, tune))


def _compose_waltz() -> pretty_midi.PrettyMIDI:
    """Left hand and right hand of a piano waltz: twenty-four bars of 3/4 at 138, F major."""
    beat, rng = 60 / 138, np.random.default_rng(7)
    tonic, second, sixth = (41, (57, 60, 65)), (43, (58, 62, 67)), (38, (57, 62, 65))
    dominant = (36, (58, 60, 64))
    chords = (tonic, tonic, dominant, dominant, sixth, second, dominant, tonic)
    left, right = _empty_parts(2)
    for bar in range(24):
        start = bar * 3 * beat
        root, chord = chords[bar % 8]
        left.append((root, start, 0.9 * beat, 108))
        left += [(pitch, start + k * beat, 0.5 * beat, 80) for pitch in chord for k in (1, 2)]
        tones = [pitch + 12 for pitch in chord] + [chord[0] + 24]
        if bar % 4 == 3:
            right.append((int(rng.choice(tones)), start, 2.6 * beat, 118))
        elif bar % 2:
            right += [(int(rng.choice(tones)), start + k * beat, 0.9 * beat, 114) for k in range(3)]
        else:
            right += [
                (int(rng.choice(tones)), start, 1.9 * beat, 118),
                (int(rng.choice(tones)), start + 2 * beat, 0.9 * beat, 80),
            ]
    return _write_midi(138, (0, left), (0, right))


def _compose_mist() -> pretty_midi.PrettyMIDI:
    """Slow pads and far bells without a beat, D major."""
    rng = np.random.default_rng(12)
    pads, strings, bells = _empty_parts(3)
    at = 0.0
    first, middle = ((50, 57, 62, 66), (47, 54, 62, 66)), ((43, 55, 59, 62), (45, 57, 61, 64))
    for chord in (*first, *middle, (50, 57, 62, 69), (50, 54, 57, 62)):
        length = 4.2 + float(rng.random())
        pads += [(pitch, at, length + 1.2, 62) for pitch in chord]
        strings += [(pitch + 12, at + 0.7, length, 48) for pitch in chord[1:3]]
        at += length
    for _ in range(16):
        bells.append((int(rng.choice((74, 78, 81, 85, 86))), float(rng.uniform(0.5, at - 1)), 2.5, 44))
    return _write_midi(120, (89, pads), (48, strings), (14, sorted(bells, key=lambda note: note[1])))


def _empty_parts(n: int) -> list[_Notes]:
    return [[] for _ in range(n)]


_STREET = "Drums, bass, electric piano and vibraphone in A minor, 112 BPM."
_WALTZ = "A piano waltz in F major, 138 BPM."
_MIST = "Pads and distant bells in D major, without a beat."
EXAMPLES = {
    "street": Example("Street beat", _STREET, 112.0, "A", "minor", _compose_street),
    "waltz": Example("Waltz", _WALTZ, 138.0, "F", "major", _compose_waltz),
    "mist": Example("Mist", _MIST, None, "D", "major", _compose_mist),
}
