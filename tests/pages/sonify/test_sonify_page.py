"""Sonify Data page: it sounds, takes what it is given and answers bad input."""

import io
import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.sonify.examples import EXAMPLES
from core.sonify.trend_quiz import question
from core.synth import default_soundfont
from tests.pages.conftest import captions, errors, open_page


def open_sonify(example: str | None = None, **query: str) -> AppTest:
    """The page with an example by its short name."""
    chosen = {} if example is None else {"sonify__example": EXAMPLES[example].title}
    return open_page("sonify_data.py", **chosen, **{f"sonify__{key}": value for key, value in query.items()})


def result_of(at: AppTest):
    return at.session_state["sonify.result"][1]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_sounds(example):
    at = open_sonify(example)
    assert errors(at) == []
    result = result_of(at)
    assert all(voice.fidelity.sounding == 1 for voice in result.sonification.voices)
    assert all(voice.fidelity.spearman >= 0.97 for voice in result.sonification.voices)
    assert not result.rendering.note


def test_the_address_chooses_the_settings():
    at = open_sonify("nile", scale="dorian", key="D", voice1__instrument="Flute")
    settings = result_of(at).sonification.settings
    assert (settings.scale, settings.key, settings.voices[0].program) == ("dorian", "D", 73)


def test_a_change_keeps_everything_else_and_makes_the_sound_anew():
    at = open_sonify()
    before = result_of(at)
    at.selectbox(key="sonify.scale").set_value("chromatic").run()
    assert errors(at) == []
    after = result_of(at)
    assert after is not before
    assert after.sonification.settings.scale == "chromatic"
    assert after.sonification.settings.time == before.sonification.settings.time


def test_a_rerun_makes_nothing_anew():
    at = open_sonify()
    before = result_of(at)
    at.run()
    assert result_of(at) is before


def test_another_example_brings_its_own_columns():
    at = open_sonify("co2")
    at.selectbox(key="sonify.example").set_value(EXAMPLES["gapminder"].title).run()
    assert errors(at) == []
    settings = result_of(at).sonification.settings
    assert settings.time == EXAMPLES["gapminder"].time
    assert settings.filters
    at.selectbox(key="sonify.example").set_value(EXAMPLES["sunspots"].title).run()
    assert errors(at) == []
    assert result_of(at).sonification.settings.filters == ()


def upload(data: bytes, name: str = "mine.csv") -> AppTest:
    at = open_sonify(source="Upload")
    at.file_uploader(key="sonify.file").upload(name, data, "text/csv").run()
    return at


def test_an_uploaded_table_sounds():
    at = upload(b"month;sales\n2024-01;1,5\n2024-02;2,5\n2024-03;0,5\n")
    assert errors(at) == []
    points = result_of(at).sonification.voices[0].points
    assert points["value"].tolist() == [1.5, 2.5, 0.5]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
        (b"", "empty"),
        (b"name,town\nAnn,Oslo\nBob,Rome\n", "no column of numbers"),
        (b"<!doctype html><html><body>Not found</body></html>", "web page"),
    ],
)
def test_a_file_that_cannot_be_heard_gets_its_sentence(data, sentence):
    at = upload(data)
    told = errors(at)
    assert len(told) == 1 and sentence.lower() in told[0].lower()


def test_a_wrong_setting_is_told_and_the_next_one_works():
    at = open_sonify("co2")
    at.selectbox(key="sonify.voice1.low").set_value("C4")
    at.selectbox(key="sonify.voice1.high").set_value("C#4").run()
    assert "holds one note of C major" in errors(at)[0]
    at.selectbox(key="sonify.voice1.high").set_value("C6").run()
    assert errors(at) == []


def test_pasted_rows_sound():
    at = open_sonify(source="Paste")
    at.text_area(key="sonify.text").set_value("1\n3\n2\n").run()
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].points["value"].tolist() == [1, 3, 2]


def test_settings_from_a_file_are_taken_over():
    at = open_sonify("nile")
    settings = json.loads(result_of(at).sonification.settings.to_json())
    settings["scale"], settings["voices"][0]["program"], settings["n_notes"] = "lydian", 73, 50
    at.file_uploader(key="sonify.settings_file").upload(
        "s.json", json.dumps(settings).encode(), "application/json"
    ).run()
    assert errors(at) == []
    taken = result_of(at).sonification.settings
    assert (taken.scale, taken.voices[0].program, taken.n_notes) == ("lydian", 73, 50)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"voices": [{"column": "nope"}]}, "for another table"),
        ({"filters": [{"column": "year", "operator": ">=", "value": "1900"}] * 3}, "row filters"),
        ({"n_notes": 0}, "number of notes was 0"),
        ({"colour": "red"}, "something unknown"),
    ],
)
def test_settings_that_do_not_fit_are_refused_and_change_nothing(change, sentence):
    at = open_sonify("nile")
    before = result_of(at).sonification.settings
    given = {**json.loads(before.to_json()), **change}
    at.file_uploader(key="sonify.settings_file").upload(
        "s.json", json.dumps(given).encode(), "application/json"
    ).run()
    assert sentence in errors(at)[0]
    at.run()
    assert errors(at) == []
    assert result_of(at).sonification.settings == before


def test_a_soundfont_that_is_none_gets_its_sentence_and_the_page_recovers():
    at = open_sonify("nile")
    at.file_uploader(key="sound.soundfont").upload("mine.sf2", b"RIFF not a SoundFont", "audio/x-sf2").run()
    assert "SoundFont" in errors(at)[0]
    at.file_uploader(key="sound.soundfont").clear().run()
    assert errors(at) == []


def test_a_soundfont_of_the_visitors_own_plays():
    at = open_sonify("nile")
    at.file_uploader(key="sound.soundfont").upload(
        "own.sf2", default_soundfont().read_bytes(), "audio/x-sf2"
    ).run()
    assert errors(at) == []
    assert not result_of(at).rendering.note


def test_no_column_chosen_is_an_invitation():
    at = open_sonify("nile")
    at.multiselect(key="sonify.values").set_value([]).run()
    assert errors(at) == []
    assert "Choose a column" in at.info[0].value


def test_a_sheet_of_a_workbook_can_be_chosen():
    book = io.BytesIO()
    with pd.ExcelWriter(book, engine="openpyxl") as writer:
        pd.DataFrame({"a": [1, 2, 3]}).to_excel(writer, sheet_name="first", index=False)
        pd.DataFrame({"b": [5, 9, 7]}).to_excel(writer, sheet_name="second", index=False)
    at = upload(book.getvalue(), "book.xlsx")
    assert result_of(at).sonification.voices[0].voice.column == "a"
    next(box for box in at.selectbox if box.label == "Sheet").set_value("second").run()
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].points["value"].tolist() == [5, 9, 7]


def test_infinite_cells_are_told():
    at = upload(b"v\n1\ninf\n3\n")
    assert errors(at) == []
    assert any("infinite and silent" in caption.value for caption in at.caption)


def test_the_quiz_counts_right_answers():
    at = open_sonify()
    at.session_state["quiz.open"] = True
    at.run()
    shape = question(at.session_state["quiz.seed"], 0).shape
    at.button(key=f"quiz.{shape}").click().run()
    assert errors(at) == []
    assert "1 of 1 right: 100%" in captions(at)
    at.button(key="quiz.next").click().run()
    assert errors(at) == []
    assert at.session_state["quiz.place"] == 1
