"""The charts of what was heard: thinned without loss of the mean, and true to the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.audioviz_difference import compare, traits
from core.audio import Audio
from core.audioviz import charts
from core.audioviz.extract import Listener
from core.audioviz.mappings import map_features
from core.extrapolate.examples import EXAMPLES

SR = 44_100


@pytest.fixture(scope="module")
def hearing():
    """Two seconds of a low tone, two of a high one, and the same again."""
    t = np.arange(2 * SR) / SR
    low, high = (0.4 * np.sin(2 * np.pi * f * t) for f in (110, 1760))
    return Listener().hear(Audio(np.concatenate([low, high, low, high]).astype(np.float32), SR))


@given(
    values=arrays(np.float64, st.tuples(st.integers(1, 300), st.integers(1, 3)), elements=st.floats(-1, 1)),
    most=st.integers(1, 50),
)
def test_thinning_keeps_the_mean_and_the_bound(values, most):
    means, starts = charts.thin_out(values, most)
    assert len(means) == len(starts) <= most
    counts = np.diff(np.append(starts, len(values)))
    assert np.allclose((means * counts[:, None]).sum(axis=0), values.sum(axis=0))


def test_lanes_stand_above_each_other_and_hold_the_values(hearing):
    values = np.column_stack([np.linspace(0, 1, 160), np.ones(160)])
    figure = charts.lanes_figure(hearing.times_sec[:160], values, ["rising", "full"], colors=["#123456"])
    rising, full = figure.data
    assert rising.y[0] == pytest.approx(1.0) and rising.y[-1] == pytest.approx(1.86)
    assert np.allclose(full.y, 0.86)
    assert list(figure.layout.yaxis.ticktext) == ["rising", "full"]
    assert rising.line.color == "#123456"


def test_parts_that_sound_alike_are_alike_in_the_similarity_matrix(hearing):
    likeness, starts = charts.compare_moments(hearing, most=40)
    assert likeness.shape == (len(starts),) * 2 and len(starts) <= 40
    assert np.allclose(np.diag(likeness), 1)
    at = {second: int(np.argmin(np.abs(starts - second))) for second in (1, 3, 5)}
    assert likeness[at[1], at[5]] > 0.5 > likeness[at[1], at[3]]
    likeness, starts = charts.compare_moments(hearing)
    drawn = charts.similarity_figure(np.rint(100 * likeness).astype(np.int8), starts).data[0]
    assert drawn.x0 == drawn.y0 == 0


def test_the_spectrogram_is_brightest_where_the_tone_is(hearing):
    heat = charts.mel_figure(hearing, dark=True).data[0]
    level = np.asarray(heat.z)
    assert level.shape[0] == 64 and level.min() >= -70 and level.max() <= 0
    columns = [round(second / heat.dx) for second in (1, 3)]
    low, high = (int(level[:, column].argmax()) for column in columns)
    assert high > low + 10


def test_measures_are_between_their_bounds_and_named_with_units(hearing):
    lanes, names, details = charts.scale_measures(hearing)
    assert lanes.shape == (len(hearing.times_sec), len(names))
    assert lanes.min() >= 0 and lanes.max() <= 1
    assert any(name.startswith("centroid, ") and name.endswith(" Hz") for name in details)
    drawn = charts.measures_figure(hearing)
    assert [lane.name for lane in drawn.data] == list(names)


def test_styles_are_drawn_only_where_a_model_knows_them(hearing):
    with pytest.raises(ValueError, match="knows no styles"):
        charts.styles_figure(hearing)


def test_two_pieces_of_different_style_move_the_picture_differently():
    street, mist = (
        traits(map_features(Listener().hear(EXAMPLES[name].audio(sr=22_050)))) for name in ("street", "mist")
    )
    told = compare(street, mist)
    assert told["between"] > 1.2 * told["within"]
    assert told["nearest_is_own"] >= 0.8
    same = compare(street, street)
    assert same["between"] < told["between"]
