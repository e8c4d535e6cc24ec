"""Chart specifications become the table and the settings that they say; the rest is named; nothing else is taken for one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.__main__ import main
from core.errors import InputError
from core.presentation.drawing import draw
from core.presentation.presentation import ChartPicture
from core.presentation.themes import LIGHT
from core.sonify.chart_specs.reading import find_chart_spec, read_chart_spec
from core.sonify.job import play_table, read_uploads
from core.sonify.presentation import present
from core.tables.table import ReadOptions


def read(document):
    made = read_chart_spec(json.dumps(document).encode())
    assert made is not None
    return made


def sentences(made):
    return " ".join(decision.sentence for decision in made.table.decisions)


WEATHER = {
    "chart": {"type": "line"},
    "xAxis": {"type": "datetime", "title": {"text": "Day"}},
    "yAxis": {"title": {"text": "Temperature"}},
    "sonification": {
        "duration": 12_000,
        "order": "simultaneous",
        "defaultInstrumentOptions": {"mapping": {"pitch": {"min": "c3", "max": "c5", "scale": [0, 2, 4, 7, 9]}}},
    },
    "series": [
        {
            "name": "Oslo",
            "tooltip": {"valueSuffix": " °C"},
            "pointStart": 1_577_836_800_000,
            "pointInterval": 86_400_000,
            "data": [-3, None, 1.5],
            "sonification": {"tracks": [{"instrument": "vibraphone", "mapping": {"pan": -0.5, "lowpass": {"frequency": 500}}}]},
        },
        {"name": "Rome", "data": [[1_577_836_800_000, 9], [1_577_923_200_000, 11], [1_578_009_600_000, 12]]},
    ],
}  # fmt: skip


def test_a_highcharts_chart_brings_its_data_range_scale_length_and_instruments():
    made = read(WEATHER)
    frame, chosen = made.table.frame, made.settings
    assert frame["Day"].dt.strftime("%Y-%m-%d").tolist() == ["2020-01-01", "2020-01-02", "2020-01-03"]
    assert frame.iloc[:, 1].isna().tolist() == [False, True, False]
    assert [(voice.low, voice.high, voice.program, voice.pan) for voice in chosen.voices] == [
        (48, 72, 11, -0.5),
        (48, 72, 12, 0.0),
    ]
    assert (chosen.scale, chosen.key, chosen.duration_sec, chosen.rhythm) == (
        "major pentatonic",
        "C",
        12,
        "time",
    )
    assert chosen.pitch_scale == "all"
    assert made.table.columns[1].unit == "°C"
    assert "low-pass filter" in sentences(made) and "one after the other" not in sentences(made)


def test_highcharts_plays_one_series_after_the_other_and_we_say_that_we_do_not():
    document = {**WEATHER, "sonification": {}}
    assert "one after the other" in sentences(read(document))


@pytest.mark.parametrize(
    ("mapping", "field", "value"),
    [
        ({"pitch": "-y"}, "polarity", "down"),
        ({"pitch": {"mapTo": "-y"}}, "polarity", "down"),
        ({"pitch": {"mapTo": "y", "mapFunction": "logarithmic"}}, "scaling", "log"),
        ({"volume": "y", "pan": "y"}, "also", ("loudness", "pan")),
        ({"volume": 0.25}, "velocity", 64),
        ({"frequency": {"mapTo": "y", "min": 220, "max": 880}}, "low", 57),
        ({"noteDuration": "y"}, "also", ("duration",)),
    ],
)
def test_each_mapping_of_highcharts_that_has_an_equal_is_used(mapping, field, value):
    track = {"instrument": "piano", "mapping": mapping}
    series = {"name": "A", "data": [1, 2, 4], "sonification": {"tracks": [track]}}
    assert getattr(read({"chart": {}, "series": [series]}).settings.voices[0], field) == value


@pytest.mark.parametrize(
    ("track", "said"),
    [
        ({"mapping": {"tremolo": {"depth": "y"}}}, "tremolo"),
        ({"mapping": {"time": "y"}}, "Time always follows"),
        ({"mapping": {"pitch": ["c4", "e4"]}}, "fixed note or chord"),
        ({"mapping": {"pitch": "x"}}, "not “x”"),
        ({"mapping": {"pan": "x"}}, "“pan” cannot follow “x”"),
        ({"instrument": "theremin"}, "“theremin” is played by a piano"),
        ({"instrument": {"oscillators": []}}, "of its own making"),
        ({"activeWhen": {"min": 3}}, "activeWhen"),
        ({"type": "speech", "mapping": {"text": "hi"}}, "Speech tracks"),
    ],
)
def test_each_mapping_of_highcharts_without_an_equal_is_named(track, said):
    series = {"name": "A", "data": [1, 2, 4], "sonification": {"tracks": [track]}}
    assert said in sentences(read({"chart": {}, "series": [series]}))


def test_places_that_occur_twice_become_a_long_table_with_a_voice_for_each_series():
    document = {
        "chart": {},
        "xAxis": {"categories": ["Mon", "Tue"]},
        "series": [{"name": "A", "data": [[0, 1], [0, 2], [1, 4]]}, {"name": "B", "data": [3, 5]}],
    }
    made = read(document)
    assert made.settings.split == "Series"
    assert [(voice.column, voice.label) for voice in made.settings.voices] == [("Value", "A"), ("Value", "B")]


def test_months_that_are_counted_have_the_length_of_months():
    series = {"data": [1, 2, 3], "pointStart": 0, "pointInterval": 1, "pointIntervalUnit": "month"}
    spec = find_chart_spec({"chart": {}, "xAxis": {"type": "datetime"}, "series": [series]})
    assert spec.columns["x"] == ["1970-01-01", "1970-02-01", "1970-03-01"]


def test_a_maidr_chart_brings_its_groups_and_the_range_of_its_pitches():
    lines = [[{"x": 1, "y": 3, "fill": "a"}, {"x": 2, "y": 5, "fill": "a"}], [{"x": 1, "y": 2, "fill": "b"}]]
    layer = {"id": "0", "type": "line", "axes": {"x": "Year", "y": "Sales"}, "data": lines}
    box = {"id": "1", "type": "box", "axes": {}, "data": []}
    made = read({"id": "m", "subplots": [[{"layers": [box, layer]}]]})
    assert list(made.table.frame) == ["Year", "a", "b"]
    assert {(voice.low, voice.high) for voice in made.settings.voices} == {(55, 83)}
    assert "box plot" in sentences(made)


def test_categories_of_a_bar_chart_are_the_axis_of_sound_and_picture():
    bars = [{"x": day, "y": n} for day, n in (("Sat", 87), ("Sun", 76), ("Thur", 62), ("Fri", 19))]
    layer = {"type": "bar", "title": "Tips by day", "axes": {"x": "Day", "y": "Count (tips)"}, "data": bars}
    made = read({"id": "m", "subplots": [[{"layers": [layer]}]]})
    assert (made.settings.time, made.times[0]) == ("Day", "Day")
    assert made.table.source_name == "Tips by day (chart)"
    shown = present(play_table(made.table, made.settings, engine="embedded"))
    (chart,) = (picture for picture in shown.pictures if isinstance(picture, ChartPicture))
    assert chart.x_names == ((1.0, "Sat"), (2.0, "Sun"), (3.0, "Thur"), (4.0, "Fri"))
    assert [name in draw(shown, chart, 900, 500, LIGHT).svg for _, name in chart.x_names] == [True] * 4


def test_a_chart_beside_other_files_is_refused_in_a_sentence():
    chart = json.dumps({"chart": {}, "series": [{"data": [1, 2]}]}).encode()
    with pytest.raises(InputError, match="opened by itself"):
        read_uploads(("chart.json", "b.csv"), ReadOptions(), chart, b"x,y\n1,2\n2,3\n")


def test_horizontal_bars_of_maidr_play_their_lengths():
    bars = [{"x": 5, "y": "north"}, {"x": 2, "y": "south"}]
    layer = {
        "id": "0",
        "type": "bar",
        "orientation": "horz",
        "axes": {"x": "Votes", "y": "Place"},
        "data": bars,
    }
    made = read({"id": "m", "subplots": [[{"layers": [layer]}]]})
    assert made.table.frame["Votes"].tolist() == [5, 2]
    assert made.settings.voices[0].column == "Votes"


def test_a_vega_lite_chart_is_aggregated_as_its_encoding_says():
    rows = [{"m": "Jan", "v": 1}, {"m": "Jan", "v": 3}, {"m": "Feb", "v": 10}]
    encoding = {
        "x": {"field": "m", "type": "ordinal"},
        "y": {"aggregate": "mean", "field": "v", "scale": {"type": "log"}},
    }
    made = read(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "data": {"values": rows},
            "mark": "bar",
            "encoding": encoding,
        }
    )
    assert made.table.frame["v"].tolist() == [2, 10]
    assert (made.settings.scaling, made.settings.rhythm) == ("log", "uniform")


def test_the_auditory_histogram_of_erie_counts_in_bins_of_a_round_width():
    rows = [{"mpg": value} for value in (1, 2, 11, 12, 13, 55)]
    encoding = {
        "time": {"field": "mpg", "type": "quantitative", "bin": True, "scale": {"length": 4.5}},
        "pitch": {
            "aggregate": "count",
            "type": "quantitative",
            "scale": {"range": [220, 660], "polarity": "positive"},
        },
    }
    made = read(
        {"data": {"values": rows}, "tone": {"type": "sine", "continued": False}, "encoding": encoding}
    )
    assert made.table.frame.to_numpy().tolist() == [[0, 2], [10, 3], [50, 1]]
    voice = made.settings.voices[0]
    assert (voice.low, voice.high, made.settings.duration_sec) == (57, 76, 4.5)
    assert made.settings.scale == "continuous"


def test_bins_that_the_data_have_already_stay():
    rows = [{"bin_start": 8, "bin_end": 10, "count": 7}, {"bin_start": 10, "bin_end": 12, "count": 29}]
    encoding = {
        "x": {"field": "bin_start", "bin": "binned"},
        "x2": {"field": "bin_end"},
        "y": {"field": "count"},
    }
    made = read({"$schema": "vega-lite", "data": {"values": rows}, "mark": "bar", "encoding": encoding})
    assert made.table.frame.to_numpy().tolist() == [[8, 7], [10, 29]]


@pytest.mark.parametrize(("bins", "n"), [({"step": 2}, 5), ({"maxbins": 3}, 2), (True, 9)])
def test_bins_have_the_width_or_number_that_is_asked_for(bins, n):
    encoding = {"x": {"field": "a", "bin": bins}, "y": {"aggregate": "count"}}
    document = {"data": {"values": [{"a": value / 2} for value in range(2, 20)]}, "encoding": encoding}
    assert len(read(document).table.frame) == n


@pytest.mark.parametrize(
    "document",
    [
        {"series": [1, 2, 3]},
        {"a": [1, 2], "b": [3, 4]},
        {"data": [{"x": 1}]},
        {"xAxis": {"data": ["a", "b"]}, "series": [{"data": [1, 2]}]},
        {"type": "FeatureCollection", "features": []},
    ],
)
def test_other_json_documents_are_no_charts(document):
    assert find_chart_spec(document) is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"chart": {}, "series": [{"data": ["a", None]}]}, "no series with numbers"),
        ({"subplots": [[{"layers": [{"type": "heat", "data": {}}]}]]}, "heat map"),
        ({"data": {"url": "cars.json"}, "encoding": {"x": {"field": "a"}, "y": {"field": "b"}}}, "nothing is fetched"),
        ({"data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}, "y": {"field": "b"}}}, "lack"),
        ({"data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}, "y": {"value": 3}}}, "no value to play"),
    ],
)  # fmt: skip
def test_a_chart_with_nothing_to_play_gets_a_sentence(document, said):
    with pytest.raises(InputError, match=said):
        read_chart_spec(document)


_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["data", "series", "mapping", "pitch", "sonification", "tracks", "x", "y", "min", "max", "scale", "range", "field", "values"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["highcharts", "maidr", "vega"]),
    parts=st.lists(_json, min_size=3, max_size=3),
)
def test_a_malformed_chart_is_read_or_refused_in_a_sentence(kind, parts):
    first, second, third = parts
    document = {
        "highcharts": {"chart": {}, "xAxis": first, "sonification": second, "series": [{"data": [1, 2], "sonification": third}]},
        "maidr": {"subplots": [[{"layers": [{"type": "line", "axes": first, "data": second}, {"type": "bar", "data": third}]}]]},
        "vega": {"data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 4}]}, "tone": first, "encoding": {"time": {"field": "x", "scale": second}, "pitch": third}},
    }[kind]  # fmt: skip
    try:
        read_chart_spec(document)
    except InputError as error:
        assert len(str(error)) < 700


def test_the_command_plays_a_chart_and_an_option_beside_it_wins(tmp_path, capsys):
    chart, report = tmp_path / "chart.json", tmp_path / "report.json"
    chart.write_text(json.dumps(WEATHER), encoding="utf-8")
    assert main(["sonify", str(chart), "--scale", "major", "--report", str(report)]) == 0
    told = json.loads(report.read_text())
    assert "Oslo" in capsys.readouterr().out
    assert told["settings"]["scale"] == "major"
    assert told["settings"]["voices"][0]["program"] == 11
