"""Accompaniment from chord symbols: its notes belong to the chord, lie below the tune and end with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.accompaniment.strumming import ACCOMPANIMENTS, DRONE, NONE, accompany
from core.errors import InputError
from core.music.abc_notation import read_abc
from core.music.chord_symbols import chord_at

WALTZ = 'M:3/4\nL:1/4\nK:G\nd|"G"g2 b|"C"c\'2 a|"D7/F#"f2 a|"G"g2|]'


@pytest.mark.parametrize("kind", ["guitar", "piano"])
def test_notes_belong_to_the_chord_and_end_with_the_tune(kind: str) -> None:
    tune, _ = read_abc(WALTZ)
    notes = accompany(tune, kind)
    for note in notes:
        chord = chord_at(tune.chords, note.onset_tick)
        assert chord is not None and note.pitch % 12 in chord.pitch_classes
    assert max(note.onset_tick + note.duration_tick for note in notes) == tune.length_tick
    assert min(note.onset_tick for note in notes) == tune.pickup_tick
    assert max(note.pitch for note in notes) < min(tune.pitches)


def test_the_bass_stands_on_the_bar_and_plays_the_note_of_a_slash() -> None:
    tune, _ = read_abc(WALTZ)
    lowest = {}
    for note in accompany(tune, "guitar"):
        lowest.setdefault(note.onset_tick, note.pitch)
    assert [lowest[bar] % 12 for bar in tune.bars] == [7, 0, 6, 7]


def test_a_chord_is_struck_on_each_lighter_beat_of_a_waltz() -> None:
    tune, _ = read_abc(WALTZ)
    strokes = {note.onset_tick for note in accompany(tune, "piano")}
    assert {tune.bars[0] + 480 * n for n in range(3)} <= strokes


def test_a_drone_needs_no_chords_and_holds_tonic_and_fifth() -> None:
    tune, _ = read_abc("M:6/8\nL:1/8\nK:Ador\nA3 e3|g3 A3|]")
    notes = accompany(tune, DRONE)
    assert [note.pitch % 12 for note in notes] == [9, 4]
    assert all((note.onset_tick, note.duration_tick) == (0, tune.length_tick) for note in notes)


def test_nothing_is_played_where_nothing_is_asked_or_no_chord_sounds() -> None:
    tune, _ = read_abc(WALTZ)
    assert accompany(tune, NONE) == [] and accompany(replace(tune, chords=()), "guitar") == []
    silent, _ = read_abc('M:2/4\nL:1/4\nK:G\n"N.C."G A|B G|]')
    assert accompany(silent, "piano") == []


def test_an_unknown_accompaniment_is_refused_with_those_there_are() -> None:
    tune, _ = read_abc(WALTZ)
    with pytest.raises(InputError, match=", ".join(ACCOMPANIMENTS)):
        accompany(tune, "tuba")
