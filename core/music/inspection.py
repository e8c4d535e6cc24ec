"""Summary of a MIDI file or score as plain data: its notes, and what was chosen, ignored or repaired."""

from __future__ import annotations

from typing import Any

from core.errors import InputError, keep_printable, plural
from core.music import midi
from core.music.tune_files import read_tune


def inspect_midi(data: bytes, name: str) -> dict[str, Any]:
    """The notes of a MIDI file.

    Returns
    -------
    dict
        ``notes`` are pitch, start and end in seconds, in the order of their starts.

    Raises
    ------
    InputError
        If it cannot be read, or has no notes.
    """
    pm, said = midi.read_notes(data, name=name)
    notes = [note for part in pm.instruments for note in part.notes]
    if not notes:
        raise InputError(
            f"“{keep_printable(name)}” is a MIDI file without notes. Choose one with music in it."
        )
    return {
        "file": name,
        "error": None,
        "kind": "midi",
        "notes": [
            [int(note.pitch), round(float(note.start), 6), round(float(note.end), 6)]
            for note in sorted(notes, key=lambda note: (note.start, note.pitch, note.end))
        ],
        "told": said,
    }


def inspect_tune(data: bytes, name: str) -> dict[str, Any]:
    """The melody that is read from a score.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> inspect_tune(b"X:1\\nL:1/4\\nK:G\\nG A [Bd] z|]", "song.abc")["pitches"]
    [67, 69, 74]
    """
    tune, said = read_tune(data, name)
    return {"file": name, "error": None, "kind": "tune", "pitches": tune.pitches, "told": said}


def describe_music(facts: dict[str, Any]) -> str:
    """The same in words, a line each."""
    if facts["kind"] == "midi":
        end = max((note[2] for note in facts["notes"]), default=0.0)
        lines = [f"{facts['file']}: {plural(len(facts['notes']), 'note')} in {end:.1f} s"]
    else:
        names = " ".join(midi.note_name(pitch) for pitch in facts["pitches"][:16])
        more = " ..." if len(facts["pitches"]) > 16 else ""
        lines = [f"{facts['file']}: a melody of {plural(len(facts['pitches']), 'note')}: {names}{more}"]
    return "\n".join([*lines, *(f"  - {sentence}" for sentence in facts["told"]), ""])
