"""A long table is split by its labels: each label a voice on one axis of time, its own gaps, its own figures."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.__main__ import main
from core.errors import InputError
from core.sonify.charts import chart
from core.sonify.compose import Composers, trade
from core.sonify.descriptions import mapping_in_words, point_labels
from core.sonify.direct_mapping import Sonification, sonify
from core.sonify.job import keep_columns, play_table
from core.sonify.report import report
from core.sonify.settings import AGGREGATES, Filter, Settings, Voice
from core.sonify.splitting import count_labels
from core.tables.table import ReadOptions, Table, read_table

CITIES = "day;city;temp;rain\n1;Oslo;-3;0\n1;Rome;9;1\n2;Oslo;-1;2\n3;Rome;12;4\n3;Oslo;-7;1\n4;Rome;10;\n"


def table_of(text: str = CITIES) -> Table:
    return read_table(text.encode(), options=ReadOptions(delimiter=";"))


def split(*labels: str | None, column: str = "temp", **choices: object) -> Settings:
    voices = tuple(Voice(column=column, label=label) for label in labels)
    return Settings(**{"voices": voices, "time": "day", "split": "city", **choices})


def values_of(made: Sonification, place: int = 0) -> list[float | None]:
    return [None if np.isnan(v) else v for v in made.voices[place].points["value"].tolist()]


def test_each_label_is_a_voice_on_one_axis_of_time():
    made = sonify(table_of(), split("Oslo", "Rome"))
    assert [voice.name for voice in made.voices] == ["Oslo", "Rome"]
    assert [track.name for track in made.midi.instruments] == ["Oslo", "Rome"]
    assert made.timeline.time.tolist() == [1, 2, 3, 4]
    assert values_of(made, 0) == [-3, -1, -7, None]
    assert values_of(made, 1) == [9, None, 12, 10]


def test_one_label_is_a_filter():
    made = sonify(table_of(), split("Rome"))
    filtered = sonify(
        table_of(),
        Settings(voices=(Voice(column="temp"),), time="day", filters=(Filter(column="city", value="Rome"),)),
    )
    names = ["row", "row_last", "n_rows", "time", "value", "pitch", "onset_sec", "sounds"]
    pd.testing.assert_frame_equal(made.voices[0].points[names], filtered.voices[0].points[names])


def test_every_point_names_its_own_row_of_the_file():
    made = sonify(table_of(), split("Oslo", "Rome"))
    for voice, label in zip(made.voices, ("Oslo", "Rome"), strict=True):
        heard = voice.points[voice.points["sounds"]]
        rows = table_of().frame.iloc[heard["row"].tolist()]
        assert rows["temp"].tolist() == heard["value"].tolist()
        assert set(rows["city"]) == {label}
    assert made.voices[0].points["n_rows"].tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("how", "value"), [("mean", 5.0), ("median", 4.0), ("min", 2.0), ("max", 9.0), ("last", 9.0)]
)
def test_rows_of_one_time_and_label_are_joined_and_it_is_told(how, value):
    table = table_of("day;city;temp\n1;Oslo;2\n1;Oslo;4\n1;Oslo;9\n2;Oslo;1\n")
    made = sonify(table, split("Oslo", aggregate=how))
    assert values_of(made) == [value, 1]
    assert made.voices[0].points["n_rows"].tolist() == [3, 1]
    assert any(f"aggregated by {how}" in note for note in made.notes)


def test_filters_apply_before_the_labels():
    made = sonify(
        table_of(), split("Oslo", "Rome", filters=(Filter(column="rain", operator=">=", value="1"),))
    )
    assert made.timeline.time.tolist() == [1, 2, 3]
    assert values_of(made, 0) == [None, -1, -7]
    with pytest.raises(InputError, match="No row of 'Oslo' passes"):
        sonify(table_of(), split("Oslo", filters=(Filter(column="city", value="Rome"),)))


def test_without_a_time_column_each_label_keeps_its_own_order():
    made = sonify(table_of(), split("Oslo", "Rome", time=None))
    assert (values_of(made, 0), values_of(made, 1)) == ([-3, -1, -7], [9, 12, 10])
    assert point_labels(made, made.voices[1])[2] == "row 3, 10, point 3 of 3"


def test_names_of_moments_stand_in_the_order_of_the_file():
    text = "season;city;temp\nspring;Oslo;3\nsummer;Oslo;9\nsummer;Rome;30\nautumn;Rome;20\n"
    made = sonify(table_of(text), split("Oslo", "Rome", time="season"))
    assert (values_of(made, 0), values_of(made, 1)) == ([3, 9, None], [None, 30, 20])
    assert point_labels(made, made.voices[1])[1].startswith("summer, 30")


def test_names_that_come_twice_sound_one_after_another():
    text = "season;city;temp\nspring;Oslo;3\nspring;Oslo;9\nspring;Rome;30\n"
    made = sonify(table_of(text), split("Oslo", "Rome", time="season"))
    assert (values_of(made, 0), values_of(made, 1)) == ([3, 9], [30, None])


def test_what_stays_silent_is_told():
    text = CITIES + "5;Paris;7;1\n5;Bonn;8;1\n6;;4;1\n"
    notes = " ".join(sonify(table_of(text), split("Oslo")).notes)
    assert "5 rows with other labels in city: silent" in notes
    assert "1 row without a label in city: silent" in notes


def test_without_labels_the_rows_of_a_moment_are_joined():
    made = sonify(table_of(), split(None))
    assert values_of(made) == [3, -1, 2.5, 10]


def test_two_columns_of_two_labels_are_four_voices():
    voices = tuple(Voice(column=c, label=n) for n in ("Oslo", "Rome") for c in ("temp", "rain"))
    made = sonify(table_of(), split(voices=voices))
    assert [v.name for v in made.voices] == ["Oslo, temp", "Oslo, rain", "Rome, temp", "Rome, rain"]


def test_labels_of_numbers_and_dates_are_found():
    table = table_of("day;station;temp\n1;7;2\n1;8;4\n2;7;9\n2;8;1\n")
    assert dict(count_labels(table, "station").listed) == {"7": 2, "8": 2}
    assert values_of(sonify(table, split("8", split="station"))) == [4, 1]
    table = table_of("step;day;temp\n1;2020-05-01;2\n1;2020-05-02;4\n2;2020-05-01;9\n")
    assert values_of(sonify(table, split("2020-05-01", split="day", time="step"))) == [2, 9]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"label": "Bern"}, "no label 'Bern' in 'city'. Labels there include: Oslo, Rome"),
        ({"split": "town"}, "no column 'town' to split by"),
        ({"split": "rain", "label": "x"}, "no label 'x' in 'rain'"),
    ],
)
def test_what_is_not_there_is_told(choice, sentence):
    with pytest.raises(InputError, match=sentence):
        sonify(table_of(), split(choice.get("label", "Oslo"), split=choice.get("split", "city")))


def test_a_label_without_a_column_of_labels_is_refused():
    with pytest.raises(InputError, match="no column to split by"):
        split("Oslo", split=None)


def test_a_label_without_a_number_is_told_by_its_name():
    table = table_of("day;city;temp\n1;Oslo;2\n1;Rome;\n2;Oslo;9\n")
    with pytest.raises(InputError, match="no number in the selected rows of 'Rome'"):
        sonify(table, split("Oslo", "Rome"))


@settings(max_examples=40, deadline=None)
@given(
    n_sparse=st.integers(1, 12),
    n_dense=st.integers(2, 80),
    n_notes=st.integers(1, 100),
    how=st.sampled_from(AGGREGATES),
    seed=st.integers(0, 99),
    sampling=st.sampled_from(["rows", "steps"]),
)
def test_a_sparse_label_lowers_no_figure_of_the_other(n_sparse, n_dense, n_notes, how, seed, sampling):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "day": [*rng.permutation(n_dense), *rng.choice(1000, n_sparse, replace=False)],
            "city": ["dense"] * n_dense + ["sparse"] * n_sparse,
            "temp": rng.normal(size=n_dense + n_sparse).round(2),
        }
    )
    table = table_of(frame.to_csv(index=False, sep=";"))
    chosen = split("dense", "sparse", n_notes=n_notes, aggregate=how, sampling=sampling, scale="chromatic")
    for voice in sonify(table, chosen).voices:
        assert voice.fidelity.sounding == 1
        assert voice.points.loc[voice.points["sounds"], "n_rows"].min() >= 1
        assert voice.fidelity.spearman is None or voice.fidelity.spearman > 0.97
        if n_notes >= n_dense + n_sparse and sampling == "rows":
            assert voice.fidelity.n_points == (frame["city"] == voice.name).sum()


def test_a_column_of_the_same_rows_lowers_no_figure_either():
    rows = "".join(f"{i};{i * 37 % 101};{i if i % 40 == 1 else ''}\n" for i in range(200))
    table = table_of("t;dense;sparse\n" + rows)
    alone = Settings(voices=(Voice(column="dense"),), time="t")
    both = Settings(voices=(Voice(column="dense"), Voice(column="sparse")), time="t")
    assert sonify(table, both).voices[0].fidelity == sonify(table, alone).voices[0].fidelity
    assert sonify(table, both).voices[1].fidelity.sounding == 1


def test_the_words_the_chart_and_the_report_know_value_and_unit():
    table = table_of()
    columns = tuple(type(c)(**{**vars(c), "unit": "°C" if c.name == "temp" else ""}) for c in table.columns)
    table = Table(**{**vars(table), "columns": columns})
    made = sonify(table, split("Oslo", "Rome"))
    words = " ".join(mapping_in_words(made, {"temp": "°C"}))
    assert (
        "Oslo and Rome share one pitch scale, from −7 °C to 12 °C: the same value has the same pitch" in words
    )
    assert "Each city is a voice." in words
    figure = chart(made, table)
    assert figure.layout.yaxis.title.text == "temp (°C)<br>C2 to C6"
    assert list(figure.data[2].y) == [9, 12, 10]  # where Rome has no row its line goes on
    assert [trace.name for trace in figure.data[1::2]] == ["Oslo", "Rome"] and figure.layout.showlegend
    alone = chart(sonify(table, split("Oslo")), table)
    assert alone.layout.yaxis.title.text == "Oslo (temp, °C)<br>C2 to C6"
    told = report(made, table)
    assert told["pitch_scales"] == [
        {"voices": ["Oslo", "Rome"], "scaling": "linear", "low": -7.0, "high": 12.0}
    ]
    assert (told["settings"]["split"], told["n_rows"], told["n_points"]) == ("city", 6, 4)
    assert [(v["label"], v["column"], v["unit"]) for v in told["voices"]] == [
        ("Oslo", "temp", "°C"),
        ("Rome", "temp", "°C"),
    ]
    json.dumps(told)


def test_settings_with_labels_come_back_and_old_ones_still_work():
    chosen = split("Oslo", "Rome")
    assert Settings.from_json(chosen.to_json()) == chosen
    old = Settings.from_json('{"voices": [{"column": "temp"}], "time": "day"}')
    assert (old.split, old.voices[0].label) == (None, None)


def test_a_worker_is_given_the_column_of_labels_and_plays_it():
    kept = keep_columns(table_of(), split("Oslo", "Rome"))
    assert list(kept.frame) == ["day", "city", "temp"]
    played = play_table(kept, split("Oslo", "Rome", duration_sec=2.0), engine="embedded")
    assert played.labels[1][1] == "2, no data, point 2 of 4"
    assert played.sonification.rows.series == ()
    assert report(played.sonification, kept)["n_rows"] == 6


@pytest.mark.parametrize("mode", ["melody", "piece"])
def test_every_mode_plays_labels(mode):
    made = play_table(
        table_of(), split("Oslo", "Rome", mode=mode, takes=1, duration_sec=8.0), engine="embedded"
    )
    assert [voice.name for voice in made.sonification.voices] == ["Oslo", "Rome"]
    assert [track.name for track in made.sonification.midi.instruments][:2] == ["Oslo", "Rome"]


def test_the_trade_of_a_label_is_measured():
    table = table_of("day;city;temp\n" + "".join(f"{i};{'OR'[i % 2]};{i * 7 % 13}\n" for i in range(24)))
    assert len(trade(table, split("O", "R", mode="melody"), Composers.from_weights())) == 11


def test_a_million_labels_are_counted_and_split_quickly():
    n_rows = 1_500_000
    rng = np.random.default_rng(0)
    labels = np.char.add("label ", rng.integers(0, 1_000_000, n_rows).astype(str))
    labels[::10] = "Oslo"
    frame = pd.DataFrame({"day": np.arange(n_rows) % 5_000, "city": labels, "temp": rng.normal(size=n_rows)})
    frame["city"] = frame["city"].astype("str")
    small = table_of()
    table = Table(**{**vars(small), "frame": frame})
    begun = time.perf_counter()
    counted = count_labels(table, "city")
    made = sonify(table, split("Oslo", *[name for name, _ in counted.listed[1:4]]))
    assert time.perf_counter() - begun < 5  # 0.6 s on an idle machine
    assert counted.listed[0] == ("Oslo", 150_000) and len(counted.listed) == 300
    assert made.voices[0].fidelity.sounding == 1


def test_the_command_line_splits(tmp_path, capsys):
    path = tmp_path / "cities.tsv"
    path.write_text(CITIES.replace(";", "\t"))
    assert main(["sonify", str(path), "--time", "day", "--value", "temp", "--split", "city"]) == 0
    assert "Oslo: 3 notes" in capsys.readouterr().out
    chosen = ["--value", "temp,rain", "--split", "city", "--label", "Rome", "--save-settings"]
    saved = tmp_path / "s.json"
    assert main(["sonify", str(path), "--time", "day", *chosen, str(saved)]) == 0
    assert "temp: 3 notes" in capsys.readouterr().out
    assert main(["sonify", str(path), "--settings", str(saved)]) == 0
    assert "rain: 2 notes" in capsys.readouterr().out
    assert main(["sonify", str(path), "--settings", str(saved), "--label", "Oslo"]) == 0
    assert "rain: 3 notes" in capsys.readouterr().out
    assert main(["sonify", str(path), "--time", "day", "--value", "temp", "--split", ""]) == 0
    assert "temp: 6 notes" in capsys.readouterr().out
    where = ["--where", "city", "is", "Rome"]
    assert main(["sonify", str(path), "--time", "day", "--value", "temp", "--split", "", *where]) == 0
    assert "temp: 3 notes" in capsys.readouterr().out


def test_the_command_line_tells_what_is_missing(tmp_path, capsys):
    path = tmp_path / "plain.tsv"
    path.write_text("day\ttemp\n1\t2\n2\t4\n")
    assert main(["sonify", str(path), "--label", "Oslo"]) != 0
    assert "--split" in capsys.readouterr().err
