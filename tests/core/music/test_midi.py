"""MIDI goes in and out unchanged, and hostile files raise nothing but a sentence."""

from __future__ import annotations

import io
import time

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretty_midi import Instrument, Lyric, Note, PrettyMIDI

from core import limits
from core.errors import DashboardError, InputError
from core.music import midi

# 220 ticks a quarter note at 120 qpm, pretty_midi's default.
TICK_SEC = 0.5 / 220


def a_piece(*notes: tuple[float, float, int, int], name: str = "", program: int = 0) -> PrettyMIDI:
    pm = PrettyMIDI()
    instrument = Instrument(program, name=name)
    instrument.notes = [Note(velocity, pitch, start, end) for start, end, pitch, velocity in notes]
    pm.instruments.append(instrument)
    return pm


def track_bytes(events: bytes, *, division: int = 480) -> bytes:
    """A MIDI file of one track with these events and an end."""
    body = events + b"\x00\xff\x2f\x00"
    header = b"MThd\x00\x00\x00\x06\x00\x01\x00\x01" + division.to_bytes(2, "big")
    return header + b"MTrk" + len(body).to_bytes(4, "big") + body


notes_on_ticks = st.lists(
    st.tuples(st.integers(0, 5_000), st.integers(1, 500), st.integers(0, 127), st.integers(1, 127)),
    min_size=1,
    max_size=30,
)


def _without_overlaps(notes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """MIDI cannot tell overlapping notes of one key apart, so only the first of such notes is kept."""
    kept: list[tuple[int, int, int, int]] = []
    for onset, length, pitch, velocity in notes:
        if all(pitch != p or onset + length < o or o + n < onset for o, n, p, _ in kept):
            kept.append((onset, length, pitch, velocity))
    return kept


@settings(max_examples=60, deadline=None)
@given(notes_on_ticks, st.integers(0, 127), st.booleans())
def test_notes_survive_the_round_trip(
    ticks: list[tuple[int, int, int, int]], program: int, is_drum: bool
) -> None:
    kept = _without_overlaps(ticks)
    pm = a_piece(*((o * TICK_SEC, (o + n) * TICK_SEC, p, v) for o, n, p, v in kept), program=program)
    pm.instruments[0].is_drum = is_drum
    [instrument] = midi.from_bytes(midi.to_bytes(pm)).instruments
    assert (instrument.program, instrument.is_drum) == (program, is_drum)
    found = sorted((n.start, n.end, n.pitch, n.velocity) for n in instrument.notes)
    expected = sorted((o * TICK_SEC, (o + n) * TICK_SEC, p, v) for o, n, p, v in kept)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_names_of_any_script_survive_the_round_trip(name: str) -> None:
    pm = a_piece((0.0, 1.0, 60, 100), name=name)
    [instrument] = midi.from_bytes(midi.to_bytes(pm)).instruments
    assert instrument.name == midi._printable(name)
    assert pm.instruments[0].name == name


@pytest.mark.parametrize("name", ["Температура", "気温 (°C)", "Élan", "🎻", "عود"])
def test_a_track_name_is_what_it_was(name: str) -> None:
    pm = a_piece((0.0, 1.0, 60, 100), name=f"{name}\x00\n")
    pm.lyrics.append(Lyric(name, 0.5))
    again = midi.from_bytes(midi.to_bytes(pm))
    assert again.instruments[0].name == name
    assert again.lyrics[0].text == name


def test_latin_1_names_of_older_files_are_read() -> None:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="Flöte"), mido.Message("note_on", note=60)])
    track.append(mido.Message("note_off", note=60, time=100))
    buffer = io.BytesIO()
    mido.MidiFile(type=0, tracks=[track], charset="latin1").save(file=buffer)
    assert midi.from_bytes(buffer.getvalue()).instruments[0].name == "Flöte"


def test_twenty_instruments_keep_their_programs() -> None:
    pm = PrettyMIDI()
    for program in range(20):
        pm.instruments += a_piece((0.0, 1.0, 60, 100), program=program, name=str(program)).instruments
    again = midi.from_bytes(midi.to_bytes(pm))
    assert [(part.program, part.name) for part in again.instruments] == [(i, str(i)) for i in range(20)]


def test_writing_refuses_what_midi_cannot_hold() -> None:
    for note in ((0.0, 1.0, 200, 100), (0.0, 1.0, 60, 300), (-5.0, 1.0, 60, 100)):
        with pytest.raises(InputError, match="do not fit"):
            midi.to_bytes(a_piece(note))


# ---- Hostile files


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=12),
    st.none() | st.floats(0, 1),
)
def test_damaged_files_raise_nothing_but_a_sentence(
    edits: list[tuple[float, bytes]], cut: float | None
) -> None:
    pm = a_piece(*((i * 0.1, i * 0.1 + 0.3, 40 + i, 100) for i in range(20)), name="Geige")
    data = bytearray(midi.to_bytes(pm))
    for position, replacement in edits:
        at = int(position * (len(data) - 1))
        data[at : at + len(replacement)] = replacement
    if cut is not None:
        del data[int(cut * len(data)) :]
    check_read_or_sentence(bytes(data))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_events_raise_nothing_but_a_sentence(events: bytes) -> None:
    check_read_or_sentence(events)
    check_read_or_sentence(track_bytes(events))


def test_a_note_that_begins_beyond_all_time_and_never_ends_is_refused() -> None:
    with pytest.raises(InputError, match="too long"):
        midi.from_bytes(track_bytes(b"\xff\xff\xff\x7f\x90\x3c\x40"), name="song.mid")


def check_read_or_sentence(data: bytes) -> None:
    try:
        pm = midi.from_bytes(data, name="/home/someone/song.mid")
    except DashboardError as error:
        assert str(error).endswith(".")
        assert "/home" not in str(error)
        assert "Traceback" not in str(error)
    else:
        assert isinstance(pm, PrettyMIDI)
        assert pm.get_end_time() <= limits.MAX_RENDER_SEC


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"ID3 not midi at all", "not a MIDI file"),
        (b"\x00" * (limits.MAX_MIDI_BYTES + 1), "5 MB"),
        (track_bytes(b"", division=0), "no valid time division"),
        (track_bytes(b"", division=0xE700), "no valid time division"),
        (track_bytes(b"")[:-3], "cut off"),
        # A tempo of sixteen seconds a quarter note for a long tick count.
        (
            track_bytes(b"\x00\xff\x51\x03\xff\xff\xff\x00\x90\x3c\x40\x81\x80\x00\x80\x3c\x40", division=1),
            "minutes",
        ),
        (track_bytes(b"\x00\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\x40"), "too long"),
    ],
)
def test_the_message_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        midi.from_bytes(data)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 210_000, "too many to play"),
        (b"\x00\xb0\x07\x40" + b"\x00\x07\x40" * 700_000, "too many to read"),
    ],
    ids=["notes", "events"],
)
def test_files_built_to_take_long_are_refused_quickly(events: bytes, message: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=message):
        midi.from_bytes(track_bytes(events))
    assert time.process_time() - start < 5.0


def test_a_long_file_name_is_shortened_in_messages() -> None:
    with pytest.raises(InputError) as caught:
        midi.from_bytes(b"", name="C:\\secret\\" + "x" * 500)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 250


# ---- Names


@pytest.mark.parametrize(
    ("pitch", "cents", "name"),
    [
        (60, False, "C4"),
        (54, False, "F#3"),
        (0, False, "C-1"),
        (127, False, "G9"),
        (69.2, True, "A4 +20 cents"),
        (68.8, True, "A4 -20 cents"),
        (69.2, False, "A4"),
        (69.0, True, "A4"),
    ],
)
def test_pitches_are_named_as_musicians_do(pitch: float, cents: bool, name: str) -> None:
    assert midi.note_name(pitch, cents) == name


def test_a_pitch_that_is_no_number_has_no_name() -> None:
    with pytest.raises(InputError, match="finite"):
        midi.note_name(float("nan"))


def test_programs_outside_general_midi_are_refused() -> None:
    assert len({midi.program_name(program) for program in range(128)}) == 128
    with pytest.raises(InputError, match="128"):
        midi.program_name(128)


def test_notes_shorter_than_a_tick_are_written_a_tick_long() -> None:
    pm = a_piece(*((i / 1200, (i + 0.9) / 1200, 40 + 7 * i % 60, 1 + i % 127) for i in range(1200)))
    written = [(note.start, note.end) for note in pm.instruments[0].notes]
    back = midi.from_bytes(midi.to_bytes(pm)).instruments[0].notes
    assert sorted(note.velocity for note in back) == sorted(1 + i % 127 for i in range(1200))
    assert all(0.99 * TICK_SEC < note.end - note.start < 2.01 * TICK_SEC for note in back)
    # What was given stays as it is.
    assert [(note.start, note.end) for note in pm.instruments[0].notes] == written


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=12), st.floats(0, 0.01), st.integers(0, 8))
def test_a_note_of_no_length_survives_changes_of_tempo(
    starts: list[float], length: float, n_changes: int
) -> None:
    pm = a_piece(*((start, start + length, 30 + i, 90) for i, start in enumerate(starts)))
    # pretty_midi writes changes of tempo but has no way to make them.
    pm._tick_scales = [(220 * i, TICK_SEC * (1 + 7 * (i % 2))) for i in range(n_changes + 1)]
    pm._update_tick_to_time(2_000)
    back = midi.from_bytes(midi.to_bytes(pm)).instruments[0].notes
    assert sorted(note.pitch for note in back) == [30 + i for i in range(len(starts))]


def test_notes_a_tick_long_are_written_as_they_were() -> None:
    pm = a_piece(*((i * TICK_SEC, (i + 1) * TICK_SEC, 60, 90) for i in range(500)))
    back = midi.from_bytes(midi.to_bytes(pm)).instruments[0].notes
    assert [round(note.start / TICK_SEC) for note in back] == list(range(500))
    assert [round(note.end / TICK_SEC) for note in back] == list(range(1, 501))
