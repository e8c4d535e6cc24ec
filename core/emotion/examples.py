"""Beginnings that a visitor can choose: old melodies, written down here note by note."""

from __future__ import annotations

from core.music.performance import Performance

_NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# Pitch and length in quarters. Each is older than any copyright.
_MELODIES: dict[str, tuple[float, str]] = {
    "Ode to Joy (Beethoven)": (
        108.0,
        "E4 1 E4 1 F4 1 G4 1 G4 1 F4 1 E4 1 D4 1 C4 1 C4 1 D4 1 E4 1 E4 1.5 D4 .5 D4 2",
    ),
    "Greensleeves (traditional)": (
        100.0,
        "A4 1 C5 2 D5 1 E5 1.5 F5 .5 E5 1 D5 2 B4 1 G4 1.5 A4 .5 B4 1 C5 2 A4 1 A4 1.5 G#4 .5 A4 1 B4 2 G#4 1 E4 2",
    ),
    "Ah vous dirai-je, maman (traditional)": (
        96.0,
        "C4 1 C4 1 G4 1 G4 1 A4 1 A4 1 G4 2 F4 1 F4 1 E4 1 E4 1 D4 1 D4 1 C4 2",
    ),
    "Dies irae (chant)": (80.0, "F4 1 E4 1 F4 1 D4 1 E4 1 C4 1 D4 1 D4 1"),
}


def example_names() -> tuple[str, ...]:
    """Names of the beginnings, in the order in which they are offered."""
    return tuple(_MELODIES)


def example(name: str) -> Performance:
    """Notes of a beginning.

    Raises
    ------
    KeyError
        If there is no such beginning.
    """
    tempo_qpm, text = _MELODIES[name]
    words = text.split()
    pitches, onsets, durations, at = [], [], [], 0.0
    for note, quarters in zip(words[::2], words[1::2], strict=True):
        pitches.append(12 * (int(note[-1]) + 1) + _NAMES[note[0]] + note.count("#"))
        seconds = float(quarters) * 60.0 / tempo_qpm
        onsets.append(at)
        durations.append(seconds * 0.92)
        at += seconds
    return Performance.of(pitches, onsets, durations, [76] * len(pitches))
