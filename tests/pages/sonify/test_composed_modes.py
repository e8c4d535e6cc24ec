"""Melody and Piece on the page: both compose, keep their promises, and say what they cannot do."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

from core.errors import WeightsError
from core.music.scales import scale_pitches
from core.plain_data import to_bytes
from core.sonify import compose as composing
from core.sonify import job
from core.sonify.melody.generate import MelodyComposer
from core.sonify.presentation import list_notes, list_points
from pages.components.sonify import texts
from tests.pages.conftest import captions, errors, markdown
from tests.pages.sonify.test_sonify_page import open_sonify, result_of, results, upload

COMPOSED = ("melody", "piece")


def open_nile(**query: str):
    """A short sound: playing the notes is most of the work."""
    return open_sonify("nile", duration="8", **query)


def open_table(mode: str, data: str):
    at = open_sonify(source="Upload", mode=mode, duration="8")
    at.file_uploader(key="sonify.file").upload("mine.csv", data.encode(), "text/csv").run()
    return at


def give_settings(at, **change):
    given = {**json.loads(result_of(at).sonification.settings.to_json()), **change}
    at.file_uploader(key="sonify.settings_file").upload(
        "s.json", json.dumps(given).encode(), "application/json"
    ).run()
    return at


@pytest.fixture(scope="module")
def melody():
    """A page in the mode Melody; tests that take it leave its mode and example as they are."""
    return open_nile(mode="melody")


def test_a_melody_shows_its_takes_and_the_trade(melody):
    assert errors(melody) == []
    sonification = result_of(melody).sonification
    assert len(sonification.composition.takes) == 3
    assert len(melody.table[0].value) == 3
    said = markdown(melody)
    assert "At 50% fidelity the melody" in said and "(real melodies" in said
    assert texts.TRADE in [title.value for title in melody.header]


def test_every_point_of_a_melody_is_a_note_of_the_scale(melody):
    points = result_of(melody).sonification.voices[0].points
    assert points["sounds"].all() and len(points) == 100
    assert set(points["pitch"]) <= set(scale_pitches("C", "major", 36, 84))


def test_another_take_plays_without_composing_anything(melody, monkeypatch):
    before = result_of(melody)
    monkeypatch.setattr(MelodyComposer, "compose", None)
    melody.radio(key="sonify.take").set_value(3).run()
    assert errors(melody) == []
    after = result_of(melody)
    assert after.sonification.settings.take == 3
    assert to_bytes(after.sonification.composition) == to_bytes(before.sonification.composition)
    taken = after.sonification.composition.takes[2].pitches[0]
    np.testing.assert_array_equal(after.sonification.voices[0].points["pitch"], taken)


def test_moving_the_dial_measures_no_trade_anew(melody, monkeypatch):
    monkeypatch.setattr(composing, "trade", None)
    melody.slider(key="sonify.fidelity").set_value(80.0).run()
    assert errors(melody) == []
    assert result_of(melody).sonification.settings.fidelity == 0.8
    assert "At 80% fidelity the melody" in markdown(melody)


def test_fewer_takes_than_the_one_that_plays_start_from_the_first(melody):
    melody.radio(key="sonify.take").set_value(3).run()
    melody.number_input(key="sonify.takes").set_value(2).run()
    assert errors(melody) == []
    assert result_of(melody).sonification.settings.take == 1
    melody.number_input(key="sonify.takes").set_value(1).run()
    assert errors(melody) == []
    assert len(result_of(melody).sonification.composition.takes) == 1


def test_compose_again_draws_another_seed(melody):
    before = result_of(melody).sonification.settings.seed
    melody.button(key="sonify.new_seed").click().run()
    assert errors(melody) == []
    assert result_of(melody).sonification.settings.seed != before


def test_a_canceled_run_leaves_nothing_half_done(melody, monkeypatch):
    def cancel(*arguments, **named):
        raise StopException

    monkeypatch.setattr(composing, "melody_takes", cancel)
    n_results = len(results())
    melody.number_input(key="sonify.seed").set_value(77).run()
    assert not melody.exception and len(results()) == n_results
    monkeypatch.undo()
    melody.run()
    assert errors(melody) == []
    assert result_of(melody).sonification.settings.seed == 77


def test_the_cards_of_the_models_are_shown_when_asked_for(melody):
    assert "Limitations" not in markdown(melody)
    melody.session_state["sonify.models"] = True
    melody.run()
    assert errors(melody) == []
    said = markdown(melody)
    assert "Sonify melody, version" in said and "Sonify ngram, version" in said
    assert said.count("**Limitations.**") == 2
    facts = [table.value for table in melody.table if "Fact" in table.value.columns]
    assert len(facts) == 2 and all(len(table) >= 3 for table in facts)


def test_a_piece_tells_its_bars_and_its_harmony():
    at = open_nile(mode="piece")
    assert errors(at) == []
    shown = {metric.label: metric.value for metric in at.metric}
    accompanied = result_of(at).sonification.composition.accompanied
    assert shown["In key"] == "100%"
    assert float(shown["Melody level"].removesuffix(" dB")) >= 6
    assert shown["Accompaniment notes"] == f"{len(accompanied.notes):,}"
    assert at.code[0].value.count("|") > int(shown["Bars"])
    notes = list_notes(result_of(at).sonification)
    assert {note.voice for note in notes} == {0, 1}
    assert {point.voice for point in list_points(result_of(at))} == {0}


def test_every_mode_gives_a_voice_its_own_range():
    at = open_nile()
    at.radio(key="sonify.mode").set_value("piece").run()
    assert errors(at) == []
    voice = result_of(at).sonification.settings.voices[0]
    assert (voice.low, voice.high) == (60, 91)
    at.radio(key="sonify.mode").set_value("direct").run()
    voice = result_of(at).sonification.settings.voices[0]
    assert (voice.low, voice.high) == (36, 84)


def test_a_range_that_was_chosen_stays_in_every_mode():
    at = open_nile()
    at.selectbox(key="sonify.voice1.low").set_value("C3").run()
    at.radio(key="sonify.mode").set_value("piece").run()
    voice = result_of(at).sonification.settings.voices[0]
    assert (voice.low, voice.high) == (48, 84)


def test_a_link_to_a_piece_has_the_range_of_a_piece_unless_it_names_another():
    at = open_nile(mode="piece")
    assert result_of(at).sonification.settings.voices[0].low == 60
    at = open_nile(mode="piece", **{"voice1__low": "C2"})
    assert result_of(at).sonification.settings.voices[0].low == 36


def test_another_table_keeps_the_mode_and_its_range():
    at = open_nile(mode="piece")
    at.selectbox(key="sonify.example").set_value("Sunspots, 1700–2008").run()
    assert errors(at) == []
    settings = result_of(at).sonification.settings
    assert (settings.mode, settings.voices[0].low, settings.voices[0].high) == ("piece", 60, 91)


def test_switching_through_the_modes_always_works():
    at = open_nile(mode="melody")
    at.radio(key="sonify.rhythm").set_value("composed").run()
    assert errors(at) == []
    assert result_of(at).sonification.composition.score is not None
    at.radio(key="sonify.mode").set_value("direct").run()
    assert errors(at) == []
    assert result_of(at).sonification.settings.rhythm == "uniform"
    at.selectbox(key="sonify.scale").set_value("continuous").run()
    at.radio(key="sonify.mode").set_value("melody").run()
    assert errors(at) == []
    assert result_of(at).sonification.settings.scale == "chromatic"
    assert texts.NEEDS_STEPS in captions(at)
    at.radio(key="sonify.mode").set_value("piece").run()
    at.radio(key="sonify.pace").set_value("bars").run()
    at.radio(key="sonify.meter").set_value("3/4").run()
    assert errors(at) == []
    assert result_of(at).sonification.composition.score.bar == 36


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "melody", "fidelity": 0.333, "takes": 5, "take": 4, "seed": 12, "rhythm": "composed"},
        {
            "mode": "piece",
            "style": "classical",
            "density": 5,
            "accompaniment_program": 48,
            "seed": 3,
            "pace": "bars",
            "bars": 8,
            "beat_qpm": 84.0,
            "meter": "3/4",
        },
    ],
)
def test_settings_of_a_composition_come_back_from_a_file(change):
    at = give_settings(open_nile(), **change)
    assert errors(at) == []
    taken = result_of(at).sonification.settings
    assert {name: getattr(taken, name) for name in change} == change
    assert (taken.voices[0].low, taken.voices[0].high) == (36, 84)  # as the file says


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mode": "melody", "scale": "continuous"}, "needs a scale with steps"),
        ({"mode": "direct", "rhythm": "composed"}, "needs the mode Melody"),
    ],
)
def test_settings_that_the_mode_cannot_do_are_refused(change, sentence):
    at = open_nile()
    before = result_of(at).sonification.settings
    assert sentence in errors(give_settings(at, **change))[0]
    at.run()
    assert errors(at) == []
    assert result_of(at).sonification.settings == before


@pytest.mark.parametrize("mode", COMPOSED)
def test_a_scale_that_the_range_cannot_hold_is_told(mode):
    at = open_nile(
        mode=mode,
        **{"voice1__low": "C4", "voice1__high": "C#4"},
    )
    assert "holds one note of C major" in errors(at)[0]
    at.selectbox(key="sonify.scale").set_value("chromatic").run()
    assert errors(at) == []
    assert set(result_of(at).sonification.voices[0].points["pitch"]) == {60, 61}


@pytest.mark.parametrize("mode", COMPOSED)
def test_three_points_are_enough(mode):
    at = open_table(mode, "v\n1\n3\n2\n")
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].points["sounds"].sum() == 3
    if mode == "melody":
        assert texts.NO_TRADE in captions(at)


@pytest.mark.parametrize("mode", COMPOSED)
def test_constant_data_sound_and_have_nothing_to_trade(mode):
    at = open_table(mode, "v\n" + "5\n" * 20)
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].points["sounds"].sum() == 20
    if mode == "melody":
        assert texts.NO_TRADE in captions(at)


@pytest.mark.parametrize("mode", COMPOSED)
def test_four_voices_and_gaps_sound(mode):
    rng = np.random.default_rng(1)
    lines = [",".join(f"{x:.3f}" for x in row) for row in rng.normal(size=(30, 4))]
    lines[7] = lines[7].partition(",")[0] + ",,1,2"
    at = open_table(mode, "\n".join(["a,b,c,d", *lines]))
    at.multiselect(key="sonify.values").set_value(["a", "b", "c", "d"]).run()
    assert errors(at) == []
    sonification = result_of(at).sonification
    assert [int(voice.points["sounds"].sum()) for voice in sonification.voices] == [30, 29, 30, 30]
    tracks = sonification.midi.instruments[:4]
    assert [len(track.notes) for track in tracks] == [30, 29, 30, 30]


@pytest.mark.parametrize("mode", COMPOSED)
def test_a_hundred_thousand_points_are_joined_and_the_page_says_so(mode):
    values = np.sin(np.arange(100_000) / 9_000).round(4)
    at = open_table(mode, "v\n" + "\n".join(map(str, values)))
    assert errors(at) == []
    groups = result_of(at).sonification.groups
    assert groups.edges[-1] == 100_000
    assert "100,000 rows were aggregated to 300 notes" in markdown(at)


def test_missing_weights_are_told_in_a_sentence(empty_cache, monkeypatch):
    def missing():
        raise WeightsError('There is no trained model "sonify". Fetch the weights or train the model.')

    at = open_nile()
    composers = replace(composing.Composers.from_weights(), melody=missing)
    monkeypatch.setattr(job, "_load_composers", lambda: composers)
    at.radio(key="sonify.mode").set_value("melody").run()
    assert "no trained model" in errors(at)[0]
    at.radio(key="sonify.mode").set_value("direct").run()
    assert errors(at) == []


def test_the_name_of_a_column_is_shown_as_it_is():
    at = upload(b"*a* $x$,b\n1,2\n3,1\n2,5\n4,4\n")
    at.multiselect(key="sonify.values").set_value(["*a* $x$", "b"]).run()
    at.radio(key="sonify.mode").set_value("melody").run()
    assert errors(at) == []
    assert at.table[0].value["Voice"].iloc[0] == "\\*a\\* \\$x\\$"
