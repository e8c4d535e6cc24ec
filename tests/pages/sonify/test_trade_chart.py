"""The chart of the trade and the chord chart, each from what it is given."""

import pandas as pd
import pytest

from core.sonify.composition_charts import (
    Place,
    Trade,
    chord_chart,
    trade_description,
    trade_figure,
    trade_in_words,
)


@pytest.fixture
def trade():
    dial = pd.DataFrame(
        {"fidelity": [0.0, 0.5, 0.6, 1.0], "rho": [0.1, 0.99, 0.991, 1.0], "nats": [1.6, 1.3, 1.305, 1.8]}
    )
    return Trade(
        dial=dial,
        own=Place(nats=1.4, rho=0.9996),
        own_fidelity=0.55,
        real_nats=2.0,
        direct=Place(nats=1.8, rho=1.0),
    )


def test_the_trade_shows_the_dial_what_plays_and_the_direct_mapping(trade):
    figure = trade_figure(trade, ["#111111", "#222222", "#333333"])
    dial, own, direct = figure.data
    assert list(dial.x) == [1.6, 1.3, 1.305, 1.8]
    assert (list(own.x), own.marker.color) == ([1.4], "#222222")
    assert list(direct.x) == [1.8]
    assert figure.layout.shapes[0].x0 == 2.0


def test_labels_that_would_cover_another_are_left_out(trade):
    assert list(trade_figure(trade).data[0].text) == ["0%", "50%", "", "100%"]


def test_a_trade_without_other_melodies_still_shows_the_dial(trade):
    alone = Trade(dial=trade.dial, own=trade.own, own_fidelity=0.55, real_nats=None, direct=None)
    assert len(trade_figure(alone).data) == 2
    assert (
        trade_in_words(alone)
        == "At 55% fidelity the melody has a rank correlation of 0.999 with the data and a surprise of 1.40 nats/note."
    )


def test_the_trade_is_said_in_words(trade):
    assert trade_in_words(trade) == (
        "At 55% fidelity the melody has a rank correlation of 0.999 with the data and a surprise of 1.40 nats/note (real melodies: 2.00, "
        "direct mapping: 1.80)."
    )
    assert trade_description(trade).startswith("Rank correlation with the data against surprise")


def test_bars_stand_below_each_other():
    assert chord_chart(["Am F", "G", "%", "C", "G7"]) == "| Am F | G    | %    | C    |\n| G7   |"
