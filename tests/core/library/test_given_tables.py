"""Data frames of any library, arrays and lists become the table that they are; what cannot be one is told in a sentence."""

import datetime as dt
import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.library.given_tables import find_column, read_given, set_units

DATES = pd.date_range("2020-01-01", periods=5, freq="D")
FRAME = pd.DataFrame({"date": DATES, "price": [3.0, None, 5.5, 4.0, 6.0], "city": list("ababa")})


class Interchange:
    """A frame of which only the interchange protocol is known."""

    def __init__(self, table):
        self.table = table

    def __dataframe__(self, *_, **__):
        return self.table.__dataframe__()


class Stream:
    """A frame of which only Arrow's stream is known."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "make",
    [
        lambda frame: frame,
        lambda frame: pl.from_pandas(frame),
        lambda frame: pl.from_pandas(frame).lazy(),
        lambda frame: pa.Table.from_pandas(frame),
        lambda frame: Interchange(pa.Table.from_pandas(frame)),
        lambda frame: Stream(pa.Table.from_pandas(frame)),
        lambda frame: frame.set_index("date"),
        lambda frame: frame.to_dict("list"),
        lambda frame: frame.to_dict("records"),
        lambda frame: frame.astype({"price": object, "city": "category"}),
        lambda frame: frame.convert_dtypes(),
    ],
    ids=[
        "pandas",
        "polars",
        "lazy",
        "arrow",
        "interchange",
        "stream",
        "index",
        "dict",
        "records",
        "categories",
        "nullable",
    ],
)
def test_every_kind_of_frame_is_the_same_table(make):
    table = read_given(make(FRAME)).table
    assert [(column.name, column.kind) for column in table.columns] == [
        ("date", "date"),
        ("price", "number"),
        ("city", "text"),
    ]
    assert table.frame["date"].tolist() == DATES.tolist()
    assert table.frame["price"].tolist()[2:] == [5.5, 4.0, 6.0]
    assert table.frame["price"].isna().tolist() == [False, True, False, False, False]
    assert table.sha256 == read_given(FRAME).table.sha256


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1, 2, 3),
        range(1, 4),
        np.array([1, 2, 3], np.uint64),
        pd.Series([1, 2, 3]),
        pl.Series([1, 2, 3]),
        pa.chunked_array([[1, 2], [3]]),
        (each for each in (1, 2, 3)),
        ["1", "2", "3"],
        [Decimal(1), 2.0, np.int8(3)],
        pd.arrays.SparseArray([1.0, 2.0, 3.0]),
    ],
    ids=lambda given: type(given).__name__,
)
def test_every_kind_of_list_is_a_column_of_numbers(values):
    table = read_given(values).table
    assert table.number_columns() == ["Value"]
    assert table.frame["Value"].tolist() == [1, 2, 3]


def test_a_frame_keeps_its_rows_and_its_shape():
    # From a file, a last row "Total" and years across the top would be put right.
    frame = pd.DataFrame(
        {"shop": ["a", "b", "Total"], "2019": [1, 2, 3], "2020": [3, 4, 7], "2021": [1, 1, 2]}
    )
    table = read_given(frame).table
    assert list(table.frame) == list(frame)
    assert len(table.frame) == 3


def test_what_is_no_flat_column_is_left_out_and_named():
    read = read_given(FRAME.assign(tags=[[1]] * 5, z=[1j] * 5)).table
    assert list(read.frame) == list(FRAME)
    assert read.warnings == ("Columns of lists, raw bytes or complex numbers were left out: “tags” and “z”.",)
    with pytest.raises(InputError, match="“tags” holds lists"):
        find_column(read, "tags", "y")


def test_columns_of_one_name_are_numbered_and_asked_for_by_number():
    doubled = FRAME[["date", "price", "price"]]
    table = read_given(doubled).table
    assert list(table.frame) == ["date", "price", "price (2)"]
    assert "Several columns are called “price”" in table.warnings[0]
    assert find_column(table, "price (2)", "y") == "price (2)"
    with pytest.raises(InputError, match=r"2 columns are called “price”.*“price” and “price \(2\)”"):
        find_column(table, "price", "y")


def test_levels_of_columns_are_joined_and_levels_of_rows_become_columns():
    wide = pd.DataFrame({("A", "close"): [1, 2], ("B", "close"): [3, 4]}, index=pd.Index([5, 6], name="day"))
    table = read_given(wide).table
    assert list(table.frame) == ["day", "A close", "B close"]
    assert find_column(table, ("B", "close"), "y") == "B close"
    rows = FRAME.set_index(["date", "city"])
    assert list(read_given(rows).table.frame) == ["date", "city", "price"]


def test_an_index_that_only_counts_is_no_column():
    assert list(read_given(FRAME[FRAME["price"] > 4]).table.frame) == list(FRAME)


def test_times_with_a_zone_are_in_utc_and_lengths_of_time_in_seconds():
    frame = pd.DataFrame(
        {"t": DATES.tz_localize("Europe/Berlin"), "d": pd.to_timedelta([1, 2, 3, 4, 5], unit="m")}
    )
    table = read_given(frame).table
    assert table.frame["t"].iloc[0] == pd.Timestamp("2019-12-31 23:00")
    assert table.frame["d"].tolist() == [60, 120, 180, 240, 300]


def test_periods_are_dates():
    table = read_given(
        pd.Series([1, 2], index=pd.PeriodIndex(["2020Q1", "2020Q2"], freq="Q"), name="gdp")
    ).table
    assert table.frame["date"].tolist() == [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-04-01")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.DataFrame(), "This data frame is empty"),
        (FRAME[:0], "This data frame is empty"),
        (pl.DataFrame(), "This table is empty"),
        ([], "This list is empty"),
        ({}, "This dictionary is empty"),
        ([[1, 2], [3, 4]], "could be rows or columns"),
        ({"a": [1, 2], "b": [1]}, "differ in length: “a” 2 and “b” 1"),
        ({"a": 1}, "A column was 1; it must be a list"),
        ({1, 2}, "A set has no order"),
        (np.zeros((2, 2, 2)), "has 3 dimensions"),
        (pd.DataFrame({"a": [[1]], "b": [b"x"]}), "no column of numbers, dates or text"),
        (None, "None was given"),
        (7, "of the type int cannot be read"),
        ("missing.csv", "There is no file “missing.csv”"),
        ("example:nil", "There is no example 'nil'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_table_is_refused_in_a_sentence(data, message):
    with pytest.raises(InputError, match=message):
        read_given(data)


def test_an_endless_generator_ends(monkeypatch):
    monkeypatch.setattr("core.limits.MAX_TABLE_ROWS", 100)
    with pytest.raises(InputError, match="more than 100 rows"):
        read_given(itertools.count())


def test_text_bytes_and_names_are_files(tmp_path):
    (tmp_path / "rain.csv").write_text("month,rain\n1,30\n2,55\n")
    for data in ("month,rain\n1,30\n2,55\n", b"month,rain\n1,30\n2,55\n", tmp_path / "rain.csv"):
        assert read_given(data).table.frame["rain"].tolist() == [30, 55]
    assert read_given(tmp_path / "rain.csv").source == "rain.csv"
    assert read_given("example:nile").arguments == {"x": "year", "y": ["flow"], "split": ""}


def test_a_chart_specification_brings_its_settings():
    chart = {
        "chart": {},
        "series": [{"name": "Rain", "data": [3, 8], "sonification": {"tracks": [{"instrument": "flute"}]}}],
    }
    read = read_given(chart)
    assert read.settings.voices[0].program == 73


def test_units_belong_to_columns():
    table = set_units(read_given(FRAME).table, {"price": "EUR"})
    assert [column.unit for column in table.columns] == ["", "EUR", ""]
    with pytest.raises(InputError, match=r"no column “prise” for units\. Did you mean “price”"):
        set_units(table, {"prise": "EUR"})


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.times()
    | st.binary(max_size=3)
)


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_any_mixture_of_cells_is_read_or_refused(values):
    try:
        table = read_given({"mixed": values, "n": list(range(len(values)))}).table
    except InputError:
        return
    assert len(table.frame) == len(values)


def test_the_frame_of_the_caller_stays_as_it_is():
    before = FRAME.copy()
    read_given(FRAME)
    pd.testing.assert_frame_equal(FRAME, before)
    assert read_given({"a": [dt.timedelta(seconds=2), None]}).table.frame["a"].tolist()[0] == 2
