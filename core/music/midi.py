"""MIDI files in and out, and the names of notes and instruments.

Files are parsed by :mod:`core.music.midi_tracks`, because mido and pretty_midi trust a file: a 5 MB file may hold
1.7 million messages, a minute of parsing, or announce a length for which pretty_midi allocates gigabytes.

Track names: the MIDI file format says nothing about their encoding and mido writes Latin-1, which
cannot hold most scripts. Names are therefore written as UTF-8 bytes and read back as UTF-8 where they
decode; other programs follow the same habit.
"""

from __future__ import annotations

import copy
import io
import math
import unicodedata
from bisect import bisect_right
from typing import TypeVar

import pretty_midi
from pretty_midi import Note, PrettyMIDI

from core import limits
from core.errors import InputError
from core.files.reading import check_file_size
from core.music.midi_reading import assemble_notes
from core.music.midi_tracks import parse_tracks

GENERAL_MIDI: tuple[str, ...] = tuple(pretty_midi.constants.INSTRUMENT_MAP)
"""The 128 instrument names of General MIDI level 1; the index is the program number."""

_Named = TypeVar("_Named")

PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def from_bytes(data: bytes, *, name: str = "file") -> PrettyMIDI:
    """Read a Standard MIDI File that may be damaged or hostile; :func:`read_notes` tells what was repaired.

    Examples
    --------
    >>> from_bytes(b"no music", name="song.mid")
    Traceback (most recent call last):
    core.errors.InputError: “song.mid” is not a MIDI file. Choose a Standard MIDI File (.mid).
    """
    return read_notes(data, name=name)[0]


def read_notes(data: bytes, *, name: str = "file") -> tuple[PrettyMIDI, list[str]]:
    """Read a Standard MIDI File that may be damaged or hostile.

    Parameters
    ----------
    data : bytes
        The whole file, at most `limits.MAX_MIDI_BYTES`; it may stand in a RIFF wrapper.
    name : str
        What the visitor calls the file; used in messages only.

    Returns
    -------
    PrettyMIDI
        Possibly without notes. Tempo, key and meter may stand on any track; notes of one pitch that overlap end in
        the order in which they began.
    list of str
        Sentences about what was chosen, left out or repaired; empty if nothing was.

    Raises
    ------
    InputError
        If the bytes are not a readable MIDI file, or it is longer than `limits.MAX_RENDER_SEC`, has
        more than `limits.MAX_MIDI_NOTES` notes, or is built so that reading it would take too long.
    """
    label = _label(name)
    if not data:
        raise InputError(f"{label} is empty. Choose a MIDI file (.mid).")
    check_file_size(len(data), limits.MAX_MIDI_BYTES, label)
    parsed = parse_tracks(data, label)
    pm, said = assemble_notes(parsed, label)
    if parsed.is_cut and not pm.instruments:
        raise InputError(f"{label} is damaged or cut off before its first note. Export it again.")
    _check_extent(pm, float(pm.get_end_time()), label)
    for item in (*pm.instruments, *pm.lyrics, *pm.text_events):
        field = "name" if isinstance(item, pretty_midi.Instrument) else "text"
        setattr(item, field, _printable(getattr(item, field)))
    return pm, said


def to_bytes(pm: PrettyMIDI) -> bytes:
    """Write `pm` as a Standard MIDI File (format 1, the resolution of `pm`).

    Parameters
    ----------
    pm : PrettyMIDI
        Left as it is. Names may be in any script; control characters in them are dropped.

    Returns
    -------
    bytes
        Times are rounded to ticks of `pm`; a note lasts at least one, because no program reads a shorter one.

    Raises
    ------
    InputError
        If a pitch, velocity, program or time does not fit into a MIDI file.

    Examples
    --------
    >>> pm = PrettyMIDI(initial_tempo=120.0)
    >>> pm.instruments.append(pretty_midi.Instrument(program=0, name="Klavier für zwei"))
    >>> pm.instruments[0].notes.append(pretty_midi.Note(velocity=90, pitch=60, start=0.0, end=0.5))
    >>> back = from_bytes(to_bytes(pm))
    >>> back.instruments[0].name, back.instruments[0].notes[0].pitch
    ('Klavier für zwei', 60)
    """
    twin = copy.copy(pm)
    twin._charset = "latin1"
    twin.instruments = [_with_text(instrument, "name") for instrument in pm.instruments]
    twin.lyrics = [_with_text(lyric, "text") for lyric in pm.lyrics]
    twin.text_events = [_with_text(text, "text") for text in pm.text_events]
    misfit = (
        "These notes do not fit into a MIDI file: pitches and velocities are whole numbers from 0 to 127, "
        "times are not negative."
    )
    # mido writes negative times without complaint, as bytes that nothing can read.
    if any(note.start < 0 for instrument in pm.instruments for note in instrument.notes):
        raise InputError(misfit)
    buffer = io.BytesIO()
    try:
        for instrument in twin.instruments:
            instrument.notes = _lengthen_to_ticks(pm, instrument.notes)
        twin.write(buffer)
    except Exception as error:  # mido checks each field with an exception class of its own.
        raise InputError(misfit) from error
    return buffer.getvalue()


def program_name(program: int) -> str:
    """Name a General MIDI program, 0-127.

    Raises
    ------
    InputError
        If `program` is outside 0-127.
    """
    if not 0 <= program < len(GENERAL_MIDI):
        raise InputError(f"There is no instrument {program}; General MIDI numbers them from 0 to 127.")
    return GENERAL_MIDI[program]


def note_name(pitch: float, cents: bool = False) -> str:
    """Name a pitch in scientific notation: 60 is C4, 69 is A4.

    Parameters
    ----------
    pitch : float
        MIDI note number; fractions are parts of a semitone.
    cents : bool
        Append the distance from the named note, if it is a whole cent or more.

    Returns
    -------
    str
        Such as ``"C4"``, ``"F#3"`` or ``"A4 +20 cents"``.

    Raises
    ------
    InputError
        If `pitch` is not a finite number.

    Examples
    --------
    >>> note_name(60), note_name(69.2, cents=True)
    ('C4', 'A4 +20 cents')
    """
    if not math.isfinite(pitch):
        raise InputError(f"A pitch must be a finite number, not {pitch}.")
    nearest = math.floor(pitch + 0.5)
    octave, step = divmod(nearest, 12)
    note = f"{PITCH_NAMES[step]}{octave - 1}"
    offset = round((pitch - nearest) * 100)
    return f"{note} {offset:+d} cents" if cents and offset else note


def _label(name: str) -> str:
    """Quote a visitor's name for a message: no folders, no control characters, not too long."""
    base = _printable(name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return f"“{base[: limits.MAX_NAME_CHARS] or 'file'}”"


def _printable(text: str) -> str:
    """Drop control characters and lone surrogates, which no encoder accepts."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))


def _encode_name(text: str) -> str:
    """UTF-8 bytes seen as Latin-1, so that mido writes them unchanged."""
    return _printable(text).encode("utf-8").decode("latin-1")


def _with_text(item: _Named, field: str) -> _Named:
    """Copy `item` with one text in the encoding of `to_bytes`."""
    twin = copy.copy(item)
    setattr(twin, field, _encode_name(getattr(item, field)))
    return twin


def _lengthen_to_ticks(pm: PrettyMIDI, notes: list[Note]) -> list[Note]:
    """The notes, and copies a tick long of those that would begin and end on the same one."""
    starts, ticks_sec = zip(*pm._tick_scales, strict=True)
    longest_sec = max(ticks_sec)
    lengthened = []
    for note in notes:
        if note.end - note.start < 1.01 * longest_sec:  # all others last a tick, however they are rounded
            begin = pm.time_to_tick(note.start)
            tick_sec = ticks_sec[bisect_right(starts, begin) - 1]
            end_sec = note.end
            # Beside a change of tempo, or half-way between two ticks, one step may not reach the next.
            for n_halves in range(2, 10):
                if pm.time_to_tick(end_sec) > begin:
                    break
                end_sec = note.start + n_halves / 2 * tick_sec
            if end_sec != note.end:
                note = Note(velocity=note.velocity, pitch=note.pitch, start=note.start, end=end_sec)
        lengthened.append(note)
    return lengthened


def _check_extent(pm: PrettyMIDI, end_sec: float, label: str) -> None:
    """Refuse files that no page could play."""
    if not math.isfinite(end_sec) or end_sec > limits.MAX_RENDER_SEC:
        length = f"lasts {end_sec / 60:.0f} minutes" if math.isfinite(end_sec) else "has no finite length"
        raise InputError(
            f"{label} {length}; pieces up to {limits.MAX_RENDER_SEC / 60:.0f} minutes can be played."
        )
    n_notes = sum(len(instrument.notes) for instrument in pm.instruments)
    if n_notes > limits.MAX_MIDI_NOTES:
        raise InputError(f"{label} has {n_notes:,} notes; up to {limits.MAX_MIDI_NOTES:,} can be played.")
