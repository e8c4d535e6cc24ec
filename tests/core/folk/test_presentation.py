"""What pictures, films and pages show of a folk tune: every note with its name and bar."""

from dataclasses import replace

import pytest

from core.folk.job import PlayedTune, play_line
from core.folk.originality.fingerprint import Fingerprint
from core.folk.presentation import present
from core.music.tune_files import read_tune
from core.nn.terms import RESEARCH_TERMS
from core.presentation.presentation import RollPicture, ScorePicture

ABC = b"X:1\nM:3/4\nL:1/4\nK:Dm\nA|d2 f|^ca g|d3|]\n"


def play(abc: bytes = ABC) -> PlayedTune:
    tune, _ = read_tune(abc, "tune.abc")
    played = play_line(tune, 120.0, 73, (760,))
    return PlayedTune(
        tune=tune, played=played, bits=2.0, originality=Fingerprint.from_weights().compare(tune)
    )


def test_each_note_is_named_in_its_key_and_bar() -> None:
    result = play()
    shown = present(result)
    assert (shown.title, shown.subtitle) == ("Folk tune in D minor", "3 bars, 3/4, 120 BPM")
    assert [type(picture) for picture in shown.pictures] == [ScorePicture, RollPicture]
    assert [point.value_text for point in shown.points] == ["A4", "D5", "F5", "C♯5", "A5", "G5", "D5"]
    assert [point.place_text for point in shown.points[:3]] == ["Pickup", "Bar 1", "Bar 1"]
    assert shown.points[3].label == "C♯5, bar 2, note 4 of 7"
    assert [point.onset_sec for point in shown.points] == [
        note.onset_sec for note in shown.notes if note.voice == 0
    ]
    assert {len(cells) for _, cells in shown.columns} == {7}
    named = present(result, title="Reel")
    assert (named.title, named.subtitle) == ("Reel", "3 bars in D minor, 3/4, 120 BPM")
    assert named.mapping == ("Composed by a network in a mix of folk styles.", "Flute, unaccompanied.")


def test_what_is_heard_is_told_once_form_and_instruments_and_chords() -> None:
    tune, _ = read_tune(b'X:1\nM:6/8\nL:1/8\nK:Bb\n|:"Bb"d3 "F7"c3:|:"Gm"B3 "Bb"B3:|\n', "tune.abc")
    tune = replace(tune, collection="nottingham")
    played = play_line(tune, 120.0, 40, (760,), accompaniment="guitar")
    shown = present(replace(play(), tune=tune, played=played))
    assert shown.subtitle == "4 bars with repeats, 6/8, 80 BPM (dotted quarters)"
    assert shown.mapping == (
        "Composed by a network in the style of a collection: British and American dances.",
        "Form AABB: two parts, each played twice (2 bars written, 4 played).",
        "Violin, accompanied by guitar.",
        "Chords: B♭, F7, Gm.",
    )
    assert "= 80" in played.scores[0].svg


def test_repeated_bars_have_the_numbers_of_the_score() -> None:
    shown = present(play(b"X:1\nM:2/4\nL:1/4\nK:C\n|:C D|1 E2:|2 F2|]\n"))
    assert [point.value_text for point in shown.points] == ["C4", "D4", "E4", "C4", "D4", "F4"]
    assert [point.place_text for point in shown.points] == [
        "Bar 1",
        "Bar 1",
        "Bar 2",
        "Bar 1",
        "Bar 1",
        "Bar 3",
    ]


def test_a_tune_that_is_too_long_to_be_drawn_has_its_piano_roll() -> None:
    result = play()
    shown = present(replace(result, played=replace(result.played, scores=())))
    assert [type(picture) for picture in shown.pictures] == [RollPicture]


def test_a_tune_made_with_research_weights_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    result = play()
    assert present(result).license == ""
    monkeypatch.setattr("core.nn.terms.list_research", lambda names: [n for n in names if n == "folk_melody"])
    assert present(result).license == RESEARCH_TERMS
