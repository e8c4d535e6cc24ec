"""MIDI files in and out, and the names of notes and instruments.

A visitor's file is foreign bytes, so it is walked once before mido and pretty_midi
see it, because both libraries trust the file: a 5 MB file may hold 1.7 million
messages, a minute of parsing, or announce a length for which pretty_midi allocates gigabytes.

Track names: the MIDI file format says nothing about their encoding and mido writes Latin-1, which
cannot hold most scripts. Names are therefore written as UTF-8 bytes and read back as UTF-8 where they
decode, as Latin-1 otherwise; other programs follow the same habit.
"""

from __future__ import annotations

import contextlib
import copy
import io
import math
import struct
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeVar

import pretty_midi
from pretty_midi import Note, PrettyMIDI

from core import limits
from core.errors import InputError
from core.files.reading import check_file_size

GENERAL_MIDI: tuple[str, ...] = tuple(pretty_midi.constants.INSTRUMENT_MAP)
"""The 128 instrument names of General MIDI level 1; the index is the program number."""

# Messages of any kind. 200 000 notes are 400 000 messages; the rest is room for controllers.
MAX_EVENTS = 600_000
# pretty_midi keeps one float64 a tick: 64 MB. Fifteen minutes at 120 qpm and 1920 ticks are 3.5 million.
MAX_TICKS = 8_000_000

_Named = TypeVar("_Named")

PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}


def from_bytes(data: bytes, *, name: str = "file") -> PrettyMIDI:
    """Read a Standard MIDI File that may be damaged or hostile.

    Parameters
    ----------
    data : bytes
        The whole file, at most `limits.MAX_MIDI_BYTES`.
    name : str
        What the visitor calls the file; used in messages only.

    Returns
    -------
    PrettyMIDI
        Possibly without notes. Track names and texts are decoded as UTF-8 where they are UTF-8.

    Raises
    ------
    InputError
        If the bytes are not a readable MIDI file, or it is longer than `limits.MAX_RENDER_SEC`, has
        more than `limits.MAX_MIDI_NOTES` notes, or is built so that reading it would take too long.

    Examples
    --------
    >>> from_bytes(b"no music", name="song.mid")
    Traceback (most recent call last):
    core.errors.InputError: “song.mid” is not a MIDI file. Choose a Standard MIDI File (.mid).
    """
    label = _label(name)
    if not data:
        raise InputError(f"{label} is empty. Choose a MIDI file (.mid).")
    check_file_size(len(data), limits.MAX_MIDI_BYTES, label)
    unreadable = f"{label} could not be read as a MIDI file. Export it again as a Standard MIDI File (.mid)."
    try:
        _scan(data, label)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pm = PrettyMIDI(io.BytesIO(data))
            end_sec = float(pm.get_end_time())
    except InputError:
        raise
    except Exception as error:  # mido and pretty_midi raise whatever the damaged byte leads to.
        raise InputError(unreadable) from error
    _check_extent(pm, end_sec, label)
    for instrument in pm.instruments:
        instrument.name = _decode_name(instrument.name)
    for text in (*pm.lyrics, *pm.text_events):
        text.text = _decode_name(text.text)
    return pm


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


def _decode_name(text: str) -> str:
    """Undo `_encode_name`; text that is not UTF-8 is what it seems to be, Latin-1."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return _printable(text)


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
        raise InputError(f"{label} has {n_notes:,} notes; {limits.MAX_MIDI_NOTES:,} can be played.")


def _scan(data: bytes, label: str) -> None:
    """Walk a MIDI file once and refuse what would be slow or huge to read properly.

    The grammar is that of the Standard MIDI File 1.0 specification; only what costs time or memory is
    judged here, the rest is left to mido.

    Raises
    ------
    InputError
        If the file is no MIDI file, uses SMPTE time or exceeds a limit of this module.
    IndexError or KeyError
        If a message runs past the end of the file, or is none.
    """
    if data[:4] != b"MThd" or len(data) < 14:
        raise InputError(f"{label} is not a MIDI file. Choose a Standard MIDI File (.mid).")
    header_bytes, _, n_tracks, division = struct.unpack(">IHHh", data[4:14])
    if division <= 0:
        raise InputError(
            f"{label} counts time in film frames instead of beats, which is not supported. "
            "Export it with ticks per quarter note."
        )
    begin, n_events, n_notes = 8 + header_bytes, 0, 0
    for _ in range(n_tracks):
        end = begin + 8 + int.from_bytes(data[begin + 4 : begin + 8], "big")
        if end > len(data):
            raise InputError(f"{label} is cut off: a track is shorter than announced.")
        tick = 0
        for delta, is_note in _events(data, begin + 8, end, label):
            tick, n_events, n_notes = tick + delta, n_events + 1, n_notes + is_note
            if n_events > MAX_EVENTS:
                raise InputError(f"{label} has more than {MAX_EVENTS:,} events, too many to read here.")
            if tick > MAX_TICKS:
                raise InputError(f"{label} is too long or too finely divided to be read here.")
            if n_notes > limits.MAX_MIDI_NOTES:
                raise InputError(f"{label} has more than {limits.MAX_MIDI_NOTES:,} notes, too many to play.")
        begin = end


def _events(data: bytes, at: int, end: int, label: str) -> Iterator[tuple[int, bool]]:
    """The events of a track: ticks since the one before, and whether a note begins."""
    running = 0
    while at < end:
        delta, at = _variable_length(data, at, label)
        status, is_note = data[at], False
        if status >= 0x80:
            at += 1
            # As in mido, a meta event leaves the running status alone.
            running = running if status == 0xFF else status
        else:
            status = running
        if status in (0xF0, 0xF7, 0xFF):
            size, at = _variable_length(data, at + (status == 0xFF), label)
            at += size
        elif 0x80 <= status < 0xF0:
            is_note = status >> 4 == 0x9 and data[at + 1] > 0
            at += _DATA_BYTES[status >> 4]
        else:
            at += _SYSTEM_DATA_BYTES[status]
        yield delta, is_note


def _variable_length(data: bytes, at: int, label: str) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    while True:
        byte = data[at]
        at += 1
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at
        if value > 0xFFFFFFF:
            raise InputError(f"{label} holds a damaged number. Export it again.")
