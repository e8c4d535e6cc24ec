"""Traces of a plotly figure become columns or labels; axis titles become names and units; what cannot be heard is told."""

import json

import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.library.given_tables import read_given
from core.library.plotly_figures import is_figure, read_figure

FRAME = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=4), "a": [1.5, 2, 3, 4], "b": [4, 3, 2, 1]})


@pytest.mark.parametrize(
    "convert",
    [lambda f: f, lambda f: f.to_plotly_json(), lambda f: json.loads(f.to_json())],
    ids=["figure", "dict", "json"],
)
def test_traces_over_one_axis_are_columns(convert):
    figure = px.line(FRAME, x="day", y=["a", "b"], title="Two <b>lines</b>", labels={"value": "price (EUR)"})
    read = read_given(convert(figure))
    assert list(read.table.frame) == ["day", "a", "b"]
    assert read.table.frame["a"].tolist() == FRAME["a"].tolist()
    assert read.arguments == {"x": "day", "y": ["a", "b"]}
    assert [column.unit for column in read.table.columns] == ["", "EUR", "EUR"]
    assert read.title == "Two  lines"


def test_traces_over_different_axes_are_labels():
    figure = go.Figure(
        [go.Scatter(x=[1, 2, 3], y=[1, 2, 3], name="u"), go.Bar(x=[2, 3], y=[5, 6], name="v", yaxis="y2")]
    )
    read = read_figure(figure)
    assert read.columns == {
        "x": [1, 2, 3, 2, 3],
        "trace": ["u", "u", "u", "v", "v"],
        "value": [1, 2, 3, 5, 6],
    }
    assert read.arguments == {
        "x": "x",
        "y": "value",
        "split": "trace",
        "labels": ["u", "v"],
        "pitch_scale": "separate",
    }


def test_horizontal_bars_and_candles_have_values_too():
    bars = read_figure(px.bar(x=[3, 1], y=["p", "q"], orientation="h"))
    assert bars.columns == {"y": ["p", "q"], "x": [3, 1]}
    candle = go.Figure(
        go.Candlestick(x=[1, 2], open=[1, 1], high=[3, 3], low=[0, 0], close=[2, 3], name="share")
    )
    assert read_figure(candle).columns == {"x": [1, 2], "share": [2, 3]}


def test_what_is_hidden_or_too_much_is_told():
    lines = [go.Scatter(y=[1, 2]) for _ in range(5)]
    assert read_figure(go.Figure(lines)).notes == (
        "The figure has 5 traces that can be heard; the first 4 are played.",
    )
    hidden = go.Figure([go.Scatter(y=[1, 2], visible="legendonly"), go.Scatter(y=[1, 2])])
    assert read_figure(hidden).notes == ("1 trace of the figure cannot be heard or is hidden.",)


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        (px.pie(values=[1, 2]), "they are pie, hidden"),
        (px.histogram(x=[1, 2]), "they are histogram"),
        (go.Figure(go.Scatter(y=["u", "v"])), "without numbers"),
        (go.Figure(go.Scatter(y=[1, 2], visible=False)), "hidden"),
        (go.Figure(), "no traces"),
    ],
)
def test_a_figure_without_a_sonifiable_trace_is_refused(figure, message):
    with pytest.raises(InputError, match=message):
        read_given(figure)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["type", "x", "y", "name", "visible", "orientation", "xaxis", "yaxis", "x0", "dx", "close"]
)
TRACES = st.dictionaries(
    KEYS,
    VALUES
    | st.just("scatter")
    | st.fixed_dictionaries({"dtype": st.just("f8"), "bdata": st.text(max_size=12)}),
)


@given(
    st.lists(TRACES, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["title", "xaxis", "yaxis"]), VALUES),
)
def test_any_dictionary_with_traces_is_read_or_refused(traces, layout):
    figure = {"data": traces, "layout": layout}
    assert is_figure(figure)
    try:
        read = read_figure(figure)
    except InputError:
        return
    assert len({len(column) for column in read.columns.values()}) == 1
