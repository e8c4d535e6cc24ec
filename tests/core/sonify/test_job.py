"""Jobs of Sonify Data: what travels is plain data, and what comes back is what the page shows."""

import dataclasses
import inspect
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from scipy.stats import binomtest

from core.audio import Audio
from core.errors import InputError
from core.plain_data import from_bytes, to_bytes
from core.sonify import direct_mapping, job
from core.sonify.compose import compose
from core.sonify.examples import EXAMPLES, load_example
from core.sonify.piece import balance
from core.sonify.settings import MODES, Filter, Settings, Voice
from core.sonify.suggestion import suggest
from core.sonify.trend_quiz import wilson_interval
from core.tables.table import ReadOptions, read_text


def short(mode: str) -> Settings:
    settings = suggest(load_example("nile"), EXAMPLES["nile"]).settings
    return dataclasses.replace(settings, mode=mode, n_notes=12, duration_sec=4, takes=2)


def travel(value):
    return from_bytes(to_bytes(value))


@pytest.mark.parametrize("mode", MODES)
def test_a_result_travels_and_is_equal_each_time(mode):
    settings = travel(short(mode))
    made, again = (job.play_table("nile", settings, engine="embedded") for _ in range(2))
    came = travel(made)
    assert came.sound == made.sound == again.sound
    assert to_bytes(came) == to_bytes(made) == to_bytes(again)


def test_a_result_is_what_composing_gives_but_for_the_rows():
    settings, table = short("direct"), load_example("nile")
    made = job.play_table("nile", settings, engine="embedded").sonification
    whole = compose(table, settings, job._load_composers())
    for ours, theirs in zip(made.voices, whole.voices, strict=True):
        assert ours.points.equals(theirs.points)
    assert made.groups.edges[-1] == len(whole.rows.index) == len(table.frame)
    assert not len(made.rows.index) and not len(made.rows.time)


def test_the_size_of_a_result_does_not_grow_with_the_rows():
    def measure(n_rows: int) -> int:
        text = "t,v\n" + "\n".join(f"{i},{i * i % 997}" for i in range(n_rows))
        settings = Settings(voices=(Voice(column="v"),), time="t", n_notes=20, duration_sec=2)
        played = job.play_table(read_text(text), settings, engine="embedded")
        return len(to_bytes(dataclasses.replace(played, chart={}, sound=None)))

    assert measure(20_000) < 1.2 * measure(1_000)


def test_an_example_is_named_and_its_table_stays_where_it_is():
    assert len(to_bytes(["nile", short("direct")])) < 2_000


def test_the_columns_that_are_heard_make_the_same_sound_as_all():
    table = load_example("gapminder")
    settings = suggest(table, EXAMPLES["gapminder"]).settings
    part = job.keep_columns(table, settings)
    assert len(part.frame.columns) < len(table.frame.columns)
    whole, reduced = direct_mapping.sonify(table, settings), direct_mapping.sonify(travel(part), settings)
    for ours, theirs in zip(reduced.voices, whole.voices, strict=True):
        assert ours.points.equals(theirs.points)


def test_a_column_that_a_filter_needs_is_kept():
    table = read_text("t,a,town\n1,5,Oslo\n2,6,Rome\n3,7,Oslo")
    settings = Settings(voices=(Voice(column="a"),), filters=(Filter(column="town", value="Oslo"),))
    assert list(job.keep_columns(table, settings).frame) == ["a", "town"]


def test_another_take_of_the_same_melody_composes_nothing(monkeypatch):
    settings = short("melody")
    first = travel(job.play_table("nile", settings, engine="embedded")).sonification
    monkeypatch.setattr("core.sonify.compose.melody_takes", None)
    other = job.play_table("nile", dataclasses.replace(settings, take=2), engine="embedded", former=first)
    np.testing.assert_array_equal(
        other.sonification.voices[0].points["pitch"], first.composition.takes[1].pitches[0]
    )


def test_a_soundfont_that_is_none_is_refused_where_it_is_read(tmp_path):
    path = tmp_path / "mine.sf2"
    path.write_bytes(b"RIFF not a SoundFont")
    with pytest.raises(InputError, match="SoundFont"):
        job.play_table("nile", short("direct"), soundfont=path)


def test_a_table_is_read_with_all_that_the_page_asks_of_it():
    read = travel(
        job.read_upload(b"month;sales\n2024-01;1,5\n2024-02;2,5\n2024-03;0,5\n", "mine.csv", ReadOptions())
    )
    assert read.times == ("month",)
    assert read.settings.time == "month" and read.settings.voices[0].column == "sales"
    assert read.table.frame["sales"].tolist() == [1.5, 2.5, 0.5]
    assert job.read_pasted("1 2 3", ReadOptions()).settings.time is None


def test_a_table_without_numbers_is_read_and_has_nothing_to_hear():
    assert job.read_pasted("name,town\nAnn,Oslo\nBob,Rome", ReadOptions()).settings.voices == ()


def test_the_trade_travels():
    trade = travel(job.measure_trade("nile", short("melody")))
    assert list(trade) == ["fidelity", "rho", "moves", "nats"]
    assert trade.equals(job.measure_trade("nile", short("melody")))


def test_a_question_of_the_quiz_sounds_for_six_seconds_and_a_tail():
    sound = travel(job.play_question(5, 0))
    assert sound == job.play_question(5, 0) != job.play_question(5, 1)
    assert 6 <= sound.duration_sec <= 8


@pytest.mark.parametrize(("n_right", "n_asked"), [(0, 1), (1, 1), (3, 7), (40, 41), (500, 1000)])
def test_the_interval_of_the_quiz_is_scipys(n_right, n_asked):
    wanted = binomtest(n_right, n_asked).proportion_ci(method="wilson")
    assert wilson_interval(n_right, n_asked) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_measuring_a_long_piece_takes_one_number_a_sample():
    sound = Audio(np.zeros((2, 3_000_000), dtype=np.float32), 44_100)
    tracemalloc.start()
    balance._measure_power_db(sound, np.array([[0.0, 0.1]]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # One float64 a sample and a block of squares; squaring the whole would hold six.
    assert peak < 1.6 * 8 * sound.n_samples


def test_the_page_asks_for_sounds_without_what_only_workers_need():
    """The server's process stays light: it names the jobs and shows what they made."""
    code = (
        "import sys, core.sonify.job, core.sonify.report, core.sonify.composition_charts, core.synth;"
        "print([name for name in ('torch', 'scipy', 'librosa', 'statsmodels') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_job_takes_plain_arguments():
    for function in (job.read_upload, job.read_pasted, job.play_table, job.measure_trade, job.play_question):
        assert function.__module__ == "core.sonify.job"
        assert "." not in function.__qualname__ and inspect.isfunction(function)
