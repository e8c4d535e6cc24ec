"""Placeholders for gaps, and values that only look like them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.tables.cells.column_types import recognize_column
from core.tables.cells.placeholders import find_placeholders
from core.tables.raw_table import ReadOptions
from tests.core.tables.cells.columns_of_cells import numbers, recognize, told

LEVELS = [20.5, 25.3, 19.3, 21.0, 23.7]


@pytest.mark.parametrize(
    "placeholder",
    [
        -999,
        -9999,
        -99999,
        -99.9,
        -999.25,
        999.9,
        9999,
        99999,
        1e20,
        1e30,
        9.96921e36,
        -32768,
        -3.4028235e38,
        -8888,
        -999.9,
    ],
)
def test_known_placeholders_that_lie_apart_are_gaps(placeholder: float) -> None:
    found = find_placeholders(np.array([*LEVELS, placeholder, placeholder]))
    assert [(round(p.value / placeholder, 6), p.n_cells) for p in found] == [(1, 2)]


@pytest.mark.parametrize(
    "values",
    [
        [990, 999, 1012, 1030, 1003],  # pressures
        [9998, 2, 9999, 3, 5000],  # a series that reaches 9998
        [1, 2, 5, 9999],  # rises all the way
        [-1200, -999, 5, -300],
        [15, 99, 12, 30],  # somebody is 99 years old
        [-99, -80, 40, 20],
        [32767, 32766, 32700, 30000],
        [12, 1234, 13],
        [-9, 3, 4, 5],
        [9999, 3000, 1, 5500],
        [5, 9999],
    ],
)
def test_values_that_belong_to_the_others_stay(values: list[float]) -> None:
    assert find_placeholders(np.array(values, float)) == []


def test_one_placeholder_in_a_series_of_hundreds_counts() -> None:
    found = find_placeholders(np.array([120.0, 350, -9999, 900, 410]))
    assert found[0].n_cells == 1


def test_a_code_with_decimals_among_whole_numbers_counts() -> None:
    assert find_placeholders(np.array([500.0, 90_000, -99.99, 4_000, 700]))[0].value == -99.99


def test_numbers_at_the_ends_of_their_type_do_not_overflow() -> None:
    assert find_placeholders(np.array([9.98e307, -1.7976931348623157e308, 1.0, 5.0])) == []


def test_several_placeholders_are_found_together() -> None:
    found = find_placeholders(np.array([*LEVELS, -9999, -8888, 9999.0, -9999]))
    assert sorted((p.value, p.n_cells) for p in found) == [(-9999, 2), (-8888, 1), (9999, 1)]


def test_a_placeholder_is_told_with_its_count_and_can_be_kept() -> None:
    cells = [*map(str, LEVELS), "-9999", "-9999"]
    found = recognize(cells, name="level")
    assert numbers(found)[-2:] == [None, None]
    assert found.n_missing == 2
    assert "-9999 is in 2 cells of “level”" in told(found, "placeholder")
    kept = recognize(cells, name="level", placeholder="value")
    assert numbers(kept)[-1] == -9999
    assert kept.n_missing == 0
    assert "kept" in told(kept, "placeholder")


def test_whole_numbers_without_gaps_stay_whole_beside_a_kept_placeholder() -> None:
    kept = recognize(["5", "3", "4", "-999"], placeholder="value")
    assert kept.values.tolist() == [5, 3, 4, -999]
    assert kept.values.dtype == "int64"


@pytest.mark.parametrize("placeholder", [-9999, 1e20])
def test_typed_columns_have_placeholders_too(placeholder: float) -> None:
    values = pd.Series([*LEVELS, placeholder])
    found = recognize_column(values, name="x", decimal=".", day_first=None, options=ReadOptions())
    assert found.n_missing == 1
    assert np.isnan(found.values.iloc[-1])
    assert values.iloc[-1] == placeholder  # the reader's own column is not written to


def test_infinity_is_no_placeholder() -> None:
    assert find_placeholders(np.array([1.0, 2, np.inf, 1, np.nan])) == []
    assert find_placeholders(np.array([np.nan, np.nan])) == []
    assert find_placeholders(np.empty(0)) == []
