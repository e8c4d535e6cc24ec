"""Sonify Data page: it sounds, takes what it is given and answers bad input."""

import io
import json
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.testing.v1 import AppTest

from core.audio.flac import FlacSound
from core.jobs import SERVER, Job, JobError
from core.sonify.direct_mapping import Sonification
from core.sonify.examples import EXAMPLES
from core.sonify.job import PlayedTable
from core.sonify.report import report
from core.sonify.settings import MODES
from core.sonify.trend_quiz import question
from core.synth import default_soundfont
from core.tables.table import Table
from pages.components.shared import figures
from pages.components.shared import results as results_module
from pages.components.shared.results import keep_result
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import server_jobs
from pages.components.sonify import requests, texts
from pages.components.sonify.defaults import default_jobs
from pages.components.sonify.source import load_source
from tests.pages.conftest import captions, errors, open_page


def open_sonify(example: str | None = None, **query: str) -> AppTest:
    """The page with an example by its short name."""
    chosen = {} if example is None else {"sonify__example": EXAMPLES[example].title}
    return open_page("sonify_data.py", **chosen, **{f"sonify__{key}": value for key, value in query.items()})


def results() -> list[PlayedTable]:
    """All that this server has made, what was shown last at the end."""
    kept = list(server_cache()._entries.values())
    return [entry.value for entry in kept if isinstance(entry.value, PlayedTable)]


def result_of(at: AppTest) -> PlayedTable:
    """What a page shows that has just run."""
    assert not at.exception
    return results()[-1]


@pytest.fixture
def idle_queue(monkeypatch):
    """From now on nothing may be made anew."""

    def refuse(job: Job, *arguments: object) -> None:
        raise AssertionError(f"{job.function} was called")

    return lambda: monkeypatch.setattr(server_jobs(), "submit", refuse)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_sounds(example):
    at = open_sonify(example)
    assert errors(at) == []
    result = result_of(at)
    assert all(voice.fidelity.sounding == 1 for voice in result.sonification.voices)
    assert all(voice.fidelity.spearman >= 0.97 for voice in result.sonification.voices)
    assert not result.note


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
    assert after.sound.sha256 != before.sound.sha256
    assert after.sonification.settings.scale == "chromatic"
    assert after.sonification.settings.time == before.sonification.settings.time


@pytest.mark.parametrize("mode", MODES)
def test_a_rerun_makes_nothing_anew(mode, idle_queue):
    at = open_sonify("nile", mode=mode, duration="8")
    before = result_of(at)
    idle_queue()
    at.run()
    assert errors(at) == []
    assert result_of(at) is before


def test_the_session_keeps_no_sound_and_no_result():
    at = upload(b"v\n" + b"\n".join(b"%d" % (i * i % 97) for i in range(300)))
    assert errors(at) == []
    kept = [value for key, value in at.session_state.items() if key != "sonify.file"]
    leaves = [each for value in kept for each in (value if isinstance(value, tuple | list) else [value])]
    large = (bytes, np.ndarray, pd.DataFrame, Table, Sonification, PlayedTable, FlacSound, go.Figure)
    assert not [leaf for leaf in leaves if isinstance(leaf, large)]


def test_what_a_server_makes_while_it_warms_up_is_what_the_page_shows(empty_cache, idle_queue):
    jobs = default_jobs()
    assert [job.what for job in jobs].count(texts.MAKING_SOUND) == len(MODES)
    assert jobs[0].arguments[1].mode == MODES[0]
    for job in jobs:
        server_jobs().submit(job, SERVER, partial(keep_result, job.key, "")).result()
    idle_queue()
    for mode in MODES:
        at = open_sonify(mode=mode)
        assert errors(at) == []
        assert result_of(at).sonification.settings.mode == mode
    at = open_sonify()
    for mode in MODES[::-1]:
        at.radio(key="sonify.mode").set_value(mode).run()
        assert errors(at) == []


def test_two_visitors_of_one_example_share_its_sound():
    first, second = result_of(open_sonify("nile")), result_of(open_sonify("nile"))
    assert first is second


def test_what_came_from_an_upload_is_kept_for_its_own_visitor_alone(empty_cache, monkeypatch):
    data = b"v\n1\n5\n3\n2\n"
    upload(data)
    former = dict(server_cache()._entries)
    assert former and all(entry.owner for entry in former.values())
    server_cache().admit_owner("another session")  # the harness gives every page the same one
    for module in (results_module, requests, figures):
        monkeypatch.setattr(module, "session_token", lambda: "another session")
    at = upload(data)
    assert errors(at) == []
    own = [entry for key, entry in server_cache()._entries.items() if key not in former]
    # Table, sound and figure anew: the other session's keys cannot be formed.
    assert len(own) == len(former)
    assert {entry.owner for entry in own} == {"another session"}
    server_cache().drop_owner("another session")
    assert server_cache()._entries.keys() == former.keys()


def test_an_example_with_a_soundfont_of_ones_own_is_private(empty_cache):
    at = open_sonify("nile")
    shared = set(server_cache()._entries)
    at.file_uploader(key="sound.soundfont").upload(
        "own.sf2", default_soundfont().read_bytes(), "audio/x-sf2"
    ).run()
    assert errors(at) == []
    added = [entry for key, entry in server_cache()._entries.items() if key not in shared]
    assert added and all(entry.owner for entry in added)


def test_a_worker_is_given_only_the_columns_that_are_heard(monkeypatch):
    given = []
    submit = server_jobs().submit
    monkeypatch.setattr(server_jobs(), "submit", lambda job, *rest: given.append(job) or submit(job, *rest))
    at = upload(b"t,a,b,c,town\n" + b"".join(b"%d,%d,2,3,Oslo\n" % (i, i * i % 7) for i in range(9)))
    at.selectbox(key="sonify.filter1.column").set_value("town").run()
    at.selectbox(key="sonify.filter1.value").set_value("Oslo").run()
    assert errors(at) == []
    tables = [job.arguments[0].frame for job in given if job.function.endswith("play_table")]
    assert [list(table) for table in tables] == [["t", "a"], ["t", "a", "town"]]


@pytest.mark.parametrize(("seconds", "is_heavy"), [("8", False), ("200", True)])
def test_a_long_sound_is_made_in_a_worker_of_its_own(monkeypatch, seconds, is_heavy):
    given = []

    def stop(job, *rest):
        given.append(job)
        raise StopException

    monkeypatch.setattr(server_jobs(), "submit", stop)
    open_sonify("nile", scale="locrian", duration=seconds)
    assert [job.heavy for job in given] == [is_heavy]


def test_a_reader_that_is_lost_gets_a_sentence_and_a_button(monkeypatch):
    submit = server_jobs().submit

    def lose(job, *rest):
        ticket = submit(job, *rest)
        ticket.state, ticket.error = "failed", JobError("Reading this table needs more memory than this.")
        return ticket

    monkeypatch.setattr(server_jobs(), "submit", lose)
    monkeypatch.setattr("pages.components.shared.results.keep_result", lambda *arguments: None)
    at = upload(b"v\n1\n2\n3\n")
    assert "Reading this table" in errors(at)[0]
    monkeypatch.undo()
    at.button(key="sonify.table.resume").click().run()
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].points["value"].tolist() == [1, 2, 3]


def test_downloads_are_what_plays():
    at = open_sonify("nile")
    played = result_of(at)
    assert played.sound.encode("wav")[:4] == b"RIFF"
    assert FlacSound.encode(played.sound, "mp3")
    told = report(played.sonification, load_source("nile").table) | {"sound": played.sound_facts}
    assert told["n_rows"] == 100 and told["sound"]["duration_sec"] == played.sound.duration_sec
    json.dumps(told)


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
        (b"name,town\nAnn,Oslo\nBob,Rome\n", "no numeric column"),
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
        ({"filters": [{"column": "year", "operator": ">=", "value": "1900"}] * 7}, "row filters"),
        ({"n_notes": 0}, "number of notes was 0"),
        ({"color": "red"}, "something unknown"),
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
    assert not result_of(at).note


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
    at.radio(key="sonify.read.sheet").set_value("second").run()
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
    assert "1 of 1 correct. Guessing gives 1 in 5." in captions(at)
    at.button(key="quiz.next").click().run()
    assert errors(at) == []
    assert at.session_state["quiz.place"] == 1


def test_captions_are_one_job_and_kept(idle_queue):
    at = open_sonify("nile")
    silent = result_of(at).sonification
    at.toggle(key="sonify.captions").set_value(True).run()
    at.selectbox(key="sonify.language").set_value("pl").run()
    spoken = result_of(at).sonification
    assert spoken.captions.language == "pl" and spoken.captions.captions[0].text.startswith("flow, ")
    assert [note.pitch for note in spoken.midi.instruments[0].notes] == [
        note.pitch for note in silent.midi.instruments[0].notes
    ]
    idle_queue()
    at.selectbox(key="sonify.language").set_value("en").run()
    at.selectbox(key="sonify.language").set_value("pl").run()
    at.toggle(key="sonify.captions").set_value(False).run()
    at.run()
    assert errors(at) == [] and not at.exception
