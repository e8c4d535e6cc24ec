"""MIDI files that other programs wrote, cut or wrapped are read as they sound."""

from __future__ import annotations

import pytest

from core.music import midi
from core.music.tune_files import read_tune
from tests.core.music.awkward_midi import LINE, MIDI, header, meta, track


@pytest.mark.parametrize("name", MIDI)
def test_the_notes_are_those_that_sound(name: str) -> None:
    case = MIDI[name]
    pm, said = midi.read_notes(case.data, name="a.mid")
    notes = sorted((note.start, note.pitch, note.end) for part in pm.instruments for note in part.notes)
    wanted = sorted((start, pitch, end) for pitch, start, end in case.notes)
    assert [note[1] for note in notes] == [note[1] for note in wanted]
    assert [note[::2] for note in notes] == [pytest.approx(note[::2], abs=0.002) for note in wanted]
    assert case.note in " ".join(said).lower()


@pytest.mark.parametrize("name", MIDI)
def test_what_was_read_is_written_and_read_as_the_same_notes(name: str) -> None:
    pm = midi.from_bytes(MIDI[name].data)
    again = midi.from_bytes(midi.to_bytes(pm))
    first, second = (
        sorted(
            (note.pitch, round(note.start, 2), round(note.end, 2))
            for part in p.instruments
            for note in part.notes
        )
        for p in (pm, again)
    )
    assert first == second


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("Flöte".encode("latin-1"), "Flöte"),
        ("Flöte".encode(), "Flöte"),
        ("ピアノ 右手".encode("cp932"), "ピアノ 右手"),
        (b"Piano\0", "Piano"),
        (b"caf\xe9 no\xebl", "café noël"),
    ],
)
def test_the_name_of_a_track_is_read_in_the_usual_encodings(content: bytes, name: str) -> None:
    pm = midi.from_bytes(header() + track(LINE + meta(3, content)))
    assert [part.name for part in pm.instruments] == [name]


def test_what_was_repaired_is_told_with_a_tune() -> None:
    tune, said = read_tune(MIDI["patterns"].data, "a.mid")
    assert tune.pitches == [60, 62, 64, 65]
    assert any("pattern" in sentence for sentence in said)
