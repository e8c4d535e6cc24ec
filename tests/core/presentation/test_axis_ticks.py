"""Ticks stand where people expect them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.presentation.axis_ticks import date_ticks, number_ticks

from .samples import DAY_MS

ENDS = st.floats(-1e300, 1e300, allow_subnormal=False)


@settings(max_examples=40)
@given(ENDS, ENDS, st.integers(2, 12))
def test_number_ticks_lie_on_the_axis_and_are_no_more_than_asked(one, other, most):
    low, high = sorted((one, other))
    ticks = number_ticks(low, high, most)
    slack = 1e-9 * max(abs(low), abs(high))
    assert 1 <= len(ticks.labels) <= most
    assert ticks.places.min() >= low - slack and ticks.places.max() <= high + slack
    assert np.all(np.diff(ticks.places) > 0)
    assert len(set(ticks.labels)) == len(ticks.labels)


@settings(max_examples=40)
@given(st.floats(-6e13, 2e14), st.floats(1.0, 6e13), st.integers(2, 12))
def test_date_ticks_lie_on_the_axis_and_are_no_more_than_asked(low, span, most):
    ticks = date_ticks(low, low + span, most)
    assert len(ticks.labels) == len(ticks.below) == len(ticks.places) <= most
    assert np.all((ticks.places >= low - 1) & (ticks.places <= low + span + 1))
    assert np.all(np.diff(ticks.places) > 0)


@pytest.mark.parametrize(
    ("days", "labels", "below"),
    [
        (0.5, ("00:00", "03:00", "06:00", "09:00", "12:00"), ("Jan 1, 1970", "", "", "", "")),
        (9, ("Jan 1", "Jan 3", "Jan 5", "Jan 7", "Jan 9"), ("1970", "", "", "", "")),
        (400, ("Jan", "Apr", "Jul", "Oct", "Jan"), ("1970", "", "", "", "1971")),
        (9_000, ("1970", "1975", "1980", "1985", "1990"), ("",) * 5),
    ],
)
def test_dates_step_as_a_calendar_does(days, labels, below):
    ticks = date_ticks(0.0, days * DAY_MS, 5)
    assert (ticks.labels, ticks.below) == (labels, below)


def test_large_and_small_numbers_are_shortened_and_keep_their_sign():
    assert number_ticks(-4e8, 9e8, 4).labels == ("0", "500M")
    assert number_ticks(0, 2.5e-7, 4).labels == ("0", "1×10⁻⁷", "2×10⁻⁷")
    assert number_ticks(1_871, 1_970, 3, is_grouped=False).labels == ("1900", "1950")
    assert number_ticks(0, 12_345, 3).labels == ("0", "5,000", "10,000")


def test_whole_numbers_have_no_ticks_between_them():
    assert number_ticks(1_990, 2_019, 12, is_grouped=False, is_whole=True).labels[:2] == ("1990", "1995")
    assert number_ticks(-0.05, 1.05, 8, is_whole=True).labels == ("0", "1")
    assert number_ticks(4.5, 5.5, 6, is_whole=True).labels == ("5",)


def test_a_single_moment_is_named_no_more_precisely_than_it_is():
    ticks = date_ticks(18_262 * DAY_MS, 18_262 * DAY_MS, 5)
    assert (ticks.labels, ticks.below) == (("Jan 1",), ("2020",))
    assert date_ticks(0.25 * DAY_MS, 0.25 * DAY_MS, 5).labels == ("06:00",)


def test_quarters_and_weeks_keep_their_names():
    ticks = date_ticks(0.0, 400 * DAY_MS, 5, period="quarter")
    assert (ticks.labels, ticks.below) == (("Q1", "Q2", "Q3", "Q4", "Q1"), ("1970", "", "", "", "1971"))
    ticks = date_ticks(18_617 * DAY_MS, 18_638 * DAY_MS, 5, period="week")
    assert (ticks.labels, ticks.below) == (("W52", "W53", "W1", "W2"), ("2020", "", "2021", ""))
    assert date_ticks(0.0, 9_000 * DAY_MS, 5, period="week").labels == (
        "1970",
        "1975",
        "1980",
        "1985",
        "1990",
    )


def test_each_large_number_has_its_own_power_of_ten():
    assert number_ticks(0, 1e301, 6).labels[-2:] == ("8×10³⁰⁰", "1×10³⁰¹")
