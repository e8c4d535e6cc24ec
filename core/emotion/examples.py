"""Example openings of a piano piece: melodies out of copyright, note by note."""

from __future__ import annotations

from itertools import accumulate

from pretty_midi import note_name_to_number

from core.music.performance import Performance

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
    """Names of the example openings, in the order shown."""
    return tuple(_MELODIES)


def example(name: str) -> Performance:
    """Notes of an example opening.

    Raises
    ------
    KeyError
        If there is no such beginning.

    Examples
    --------
    >>> example("Dies irae (chant)").pitch.tolist()
    [65, 64, 65, 62, 64, 60, 62, 62]
    """
    tempo_qpm, text = _MELODIES[name]
    words = text.split()
    pitches = [note_name_to_number(note) for note in words[::2]]
    seconds = [float(quarters) * 60.0 / tempo_qpm for quarters in words[1::2]]
    onsets = accumulate(seconds[:-1], initial=0.0)
    return Performance.of(pitches, list(onsets), [0.92 * each for each in seconds], [76] * len(pitches))
