"""What all charts share."""

import plotly.graph_objects as go

from core.charts import pick_color, set_layout, set_mood_axes


def test_a_color_that_is_missing_is_left_to_plotly():
    assert [pick_color(("red", "blue"), place) for place in range(3)] == ["red", "blue", None]


def test_a_layout_has_its_height_and_its_legend_above():
    figure = go.Figure(go.Scatter(y=[1, 2]))
    set_layout(figure, 300, top=12)
    assert (figure.layout.height, figure.layout.margin.t, figure.layout.hovermode) == (300, 12, "closest")
    assert figure.layout.legend.y > 1


def test_moods_lie_between_minus_one_and_one():
    figure = go.Figure(go.Scatter(y=[-1, 1]))
    set_mood_axes(figure, 200)
    low, high = figure.layout.yaxis.range
    assert low < -1 and high > 1
    assert figure.layout.xaxis.title.text == "seconds"
