"""Spelling: every name is that of its pitch, and notes of the key need no accidental."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music.spelling import shown_key, signature, spell
from core.music.tune import MODES, Key, tonic_at, tonic_name

KEYS = [
    Key(tonic=letter + sign, mode=mode)
    for letter in "CDEFGAB"
    for sign in ("", "#", "b")
    for mode in MODES
    if abs(Key(tonic=letter + sign, mode=mode).fifths) <= 7
]


@given(st.integers(0, 127), st.sampled_from(KEYS))
def test_a_spelling_names_its_pitch_and_notes_of_the_key_need_no_accidental(pitch: int, key: Key) -> None:
    letter, alter, octave = spell(pitch, key)
    assert (
        12 * (octave + 1) + dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))[letter] + alter == pitch
    )
    names = {
        (semitones + shift) % 12: name
        for name, semitones in zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True)
        for shift in [signature(key.fifths)[name]]
    }
    if pitch % 12 in names:
        assert letter == names[pitch % 12]


@given(st.integers(0, 127), st.integers(-15, 19), st.sampled_from(MODES))
def test_no_name_has_more_than_two_accidentals(pitch: int, place: int, mode: str) -> None:
    letter, alter, octave = spell(pitch, Key(tonic=tonic_at(place), mode=mode))
    assert abs(alter) <= 2
    assert 12 * (octave + 1) + Key(tonic=letter).pitch_class + alter == pitch


@pytest.mark.parametrize(
    ("tonic", "mode", "pitch", "expected"),
    [
        ("Eb", "major", 63, ("E", -1, 4)),
        ("E", "major", 63, ("D", 1, 4)),
        ("A", "minor", 68, ("G", 1, 4)),
        ("A", "minor", 70, ("B", -1, 4)),
    ],
)
def test_pitches_are_spelled_as_their_key_writes_them(
    tonic: str, mode: str, pitch: int, expected: tuple[str, int, int]
) -> None:
    key = Key(tonic=tonic, mode=mode)
    assert spell(pitch, key) == spell(pitch, key, raised_fifth=True) == expected


def test_between_fifth_and_sixth_of_a_major_scale_either_name_can_be_asked_for() -> None:
    assert spell(68, Key()) == ("A", -1, 4)
    assert spell(68, Key(), raised_fifth=True) == ("G", 1, 4)


@pytest.mark.parametrize("mode", MODES)
def test_a_tonic_has_the_name_of_the_fewest_accidentals(mode: str) -> None:
    for pitch_class in range(12):
        key = Key(tonic=tonic_name(pitch_class, mode), mode=mode)
        assert key.pitch_class == pitch_class
        assert abs(key.fifths) <= 6
        assert shown_key(key) == key
    assert shown_key(Key(tonic="Db", mode="minor")).tonic == "C#"
