"""Names of notes: signature by the fewest accidentals, each accidental printed where it is needed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music.score_spelling import Head, print_accidentals, spell_score
from core.music.spelling import LETTERS, signature

MAJOR = [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0]


def heads_of(n, bar_size=4):
    return [Head(note=i, bar=i // bar_size, staff=1, tied=False) for i in range(n)]


@given(st.lists(st.integers(21, 108), min_size=1, max_size=60))
def test_a_name_always_means_the_pitch(pitches):
    spelled = spell_score(np.array(pitches), heads_of(len(pitches)))
    for pitch, (letter, alter, octave) in zip(pitches, spelled.spellings, strict=True):
        assert 12 * (octave + 1) + LETTERS[letter] + alter == pitch
        assert abs(alter) <= 2


@pytest.mark.parametrize("tonic", range(12))
def test_scales_ask_for_no_accidental_in_any_key(tonic):
    pitches = np.array([60 + tonic + step for step in MAJOR])
    heads = heads_of(len(pitches))
    spelled = spell_score(pitches, heads)
    assert not any(word for word, _ in print_accidentals(heads, spelled.spellings, spelled.key.fifths))
    assert spelled.key.pitch_class == tonic and abs(spelled.key.fifths) <= 6


@given(st.lists(st.integers(48, 84), min_size=2, max_size=40), st.integers(-7, 7))
def test_a_reader_who_follows_the_signs_plays_every_note(pitches, fifths):
    heads = heads_of(len(pitches))
    names = spell_score(np.array(pitches), heads).spellings
    now, bar = {}, -1
    for head, (word, _) in zip(heads, print_accidentals(heads, names, fifths), strict=True):
        if head.bar != bar:
            now, bar = {}, head.bar
        letter, alter, octave = names[head.note]
        if word:
            now[letter, octave] = {"flat-flat": -2, "flat": -1, "natural": 0, "sharp": 1, "double-sharp": 2}[
                word
            ]
        assert now.get((letter, octave), signature(fifths)[letter]) == alter


def test_the_leading_note_of_d_minor_is_c_sharp_even_where_the_piece_begins_elsewhere():
    pitches = np.array([63, 62, 61, 62, 65, 69, 67, 65, 64, 62, 61, 62, 69, 61, 62, 58, 57, 62, 61, 62])
    names = spell_score(pitches, heads_of(len(pitches))).spellings
    assert {name for pitch, name in zip(pitches, names, strict=True) if pitch == 61} == {("C", 1, 4)}


def test_a_tied_note_needs_no_sign_of_its_own_and_the_next_one_is_reminded():
    heads = [
        Head(note=0, bar=0, staff=1, tied=False),
        Head(note=0, bar=1, staff=1, tied=True),
        Head(note=1, bar=1, staff=1, tied=False),
    ]
    assert print_accidentals(heads, [("F", 1, 4), ("F", 0, 4)], 0) == [
        ("sharp", False),
        ("", False),
        ("natural", True),
    ]
