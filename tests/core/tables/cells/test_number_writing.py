"""Numbers as people write them: units, multipliers, limits, footnote marks, other decimal signs."""

from __future__ import annotations

import pandas as pd
import pytest

from core.tables.cells.column_types import recognize_column
from core.tables.table import read_text
from tests.core.tables.cells.columns_of_cells import numbers, recognize, told


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.2K", "3M"], [1200, 3_000_000]),
        (["4.5 bn", "2 million"], [4.5e9, 2e6]),
        (["3,5 Mio.", "1,2 Mrd."], [3.5e6, 1.2e9]),
        (["3 Tsd.", "4 Tsd. €"], [3000, 4000]),
        (["$5m", "$6bn"], [5e6, 6e9]),
        (["5.2m", "1.1k", "3bn"], [5.2e6, 1100, 3e9]),
        (["€1.2M", "€900k"], [1.2e6, 9e5]),
        (["2 lakh", "1 crore"], [2e5, 1e7]),
        (["1.5 billion USD", "900 million USD"], [1.5e9, 9e8]),
    ],
)
def test_multipliers_multiply_and_are_told(cells: list[str], expected: list[float]) -> None:
    found = recognize(cells, decimal="," if "," in cells[0] else ".")
    assert numbers(found) == expected
    assert " means " in told(found, "suffix")


def test_meters_are_never_millions() -> None:
    found = recognize(["5 m", "6.5 m"])
    assert (numbers(found), found.unit) == ([5, 6.5], "m")


@pytest.mark.parametrize(
    ("cells", "expected", "unit"),
    [
        (["12 km", "15 km"], [12, 15], "km"),
        (["3.1 °C", "-2 °C"], [3.1, -2], "°C"),
        (["45 mph", "50 mph"], [45, 50], "mph"),
        (["10kg", "11kg"], [10, 11], "kg"),
        (["5 €/m²", "6 €/m²"], [5, 6], "€/m²"),
        (["$2.5/bbl", "$3/bbl"], [2.5, 3], "$/bbl"),
        (["12 %", "7.5%"], [12, 7.5], "%"),
        (["$1,200.50", "-$7"], [1200.5, -7], "$"),
        (["1 200 kr", "7 kr"], [1200, 7], "kr"),
        (["12.5 µg/m³", "8 µg/m³"], [12.5, 8], "µg/m³"),
        (["12 apples", "13 apples"], [12, 13], "apples"),
        (["293 K", "294.5 K"], [293, 294.5], "K"),
    ],
)
def test_a_unit_beside_the_numbers_is_kept_and_told(
    cells: list[str], expected: list[float], unit: str
) -> None:
    found = recognize(cells, name="temperature" if unit == "K" else "x")
    assert (numbers(found), found.unit) == (expected, unit)
    assert unit in told(found, "unit")


def test_units_of_one_family_are_converted_to_the_commonest() -> None:
    found = recognize(["12 km", "15 km", "800 m"])
    assert numbers(found) == [12, 15, 0.8]
    assert "1 cell in m was converted" in told(found, "unit")


def test_units_of_another_family_are_not_read() -> None:
    found = recognize([*["12 km"] * 9, "5 kg"])
    assert (found.n_unreadable, found.unreadable_rows.tolist()) == (1, [9])
    assert "1 cell in kg was not read" in told(found, "unit")
    assert recognize(["12 km", "5 kg"]).kind == "text"


@pytest.mark.parametrize(
    "cells",
    [
        ["12A", "12B", "13C"],
        ["12 Main Street", "14 Oak Avenue"],
        ["A12", "B13"],
        ["1.2.3", "1.2.4"],
        ["10.0.0.1", "10.0.0.2"],
        ["10-20", "20-30"],
        ["--5", "--6"],
        ["5 Jan", "6 Jan"],
        ["5 / 10", "6 / 10"],
        ["5'11\"", "6'2\""],
        ["½", "1 ½"],
        ["+49 30 12345", "+49 40 54321"],
        ["16:9", "4:3"],
    ],
)
def test_what_only_begins_like_a_number_stays_text(cells: list[str]) -> None:
    assert recognize(cells).kind == "text"


def test_values_below_a_limit_are_told_and_can_be_halved_or_left_out() -> None:
    cells = ["<0.5", "0.7", "1.2", "< 0.5", "ND"]
    found = recognize(cells)
    assert numbers(found) == [0.5, 0.7, 1.2, 0.5, None]
    assert (found.n_missing, found.n_unreadable) == (1, 0)
    sentence = told(found, "limit")
    assert "2 cells are below a limit, such as “<0.5”" in sentence
    assert "“ND”" in sentence
    assert numbers(recognize(cells, limit="half")) == [0.25, 0.7, 1.2, 0.25, None]
    gaps = recognize(cells, limit="gap")
    assert (numbers(gaps), gaps.n_missing) == ([None, 0.7, 1.2, None, None], 3)
    assert next(d.chosen for d in gaps.decisions) == "gap"


def test_values_above_a_limit_are_never_halved() -> None:
    assert numbers(recognize([">100", "50", "≥ 80 "], limit="half")) == [100, 50, 80]


def test_the_word_nd_alone_makes_no_column_of_numbers() -> None:
    assert recognize(["ND", "SD", "MN"]).kind == "text"


@pytest.mark.parametrize(
    "mark", ["*", " p", " (r)", "†", "[1]", "e", "¹", " **", " r", " (p)", " b", " est.", " [note 3]"]
)
def test_footnote_marks_are_taken_off_and_counted(mark: str) -> None:
    found = recognize(["11.5", "10.25", "9.5", f"12.3{mark}"])
    assert numbers(found) == [11.5, 10.25, 9.5, 12.3]
    assert f"“12.3{mark}”" in told(found, "footnote")
    assert numbers(recognize(["11.5", "10.25", "9.5", f"12.3{mark}"], footnote="gap"))[-1] is None


def test_a_capital_c_before_numbers_makes_codes_of_them() -> None:
    codes = read_text("code,rain\n" + "".join(f"C{i:03},{i * 3 % 7}\n" for i in range(30)))
    assert codes.number_columns() == ["rain"]
    years = read_text("founded,town\n" + "".join(f"c. {1200 + 9 * i},T{i}\n" for i in range(30)))
    assert years.frame["founded"].tolist()[:2] == [1200, 1209]


def test_an_exponent_is_no_footnote() -> None:
    found = recognize(["1.5e3", "2E-2", "7"])
    assert numbers(found) == [1500, 0.02, 7]
    assert not found.decisions


@pytest.mark.parametrize(
    ("cells", "expected", "decimal"),
    [
        (["1.5×10^3", "1.5x10⁻³", "2·10^2"], [1500, 0.0015, 200], "."),
        (["1,5E+3", "2,25"], [1500, 2.25], ","),
        (["1,5E+3", "2,25"], [1500, 2.25], "."),  # the column's own sign, against the table's
        (["12.5", "1.5"], [12.5, 1.5], ","),
        (["1'234.50", "7"], [1234.5, 7], "."),
        (["1’234.50", "7"], [1234.5, 7], "."),
        (["12,34,567", "1,00,000"], [1234567, 100000], "."),
        (["1\u202f234,5", "7,25"], [1234.5, 7.25], ","),
        (["1_000", "12_345_678"], [1000, 12345678], "."),
        (["12-", "7.5-", "3"], [-12, -7.5, 3], "."),
        (["(12)", "(3.5)", "4"], [-12, -3.5, 4], "."),
        (["'12", "'13.5"], [12, 13.5], "."),
        (["\uff11\uff12", "\uff13.5"], [12, 3.5], "."),
        (["1st", "2nd", "13th"], [1, 2, 13], "."),
        (["12.3 ± 0.5", "11 ± 1"], [12.3, 11], "."),
        (["3.4 (±0.2)", "5.1 (±0.1)"], [3.4, 5.1], "."),
        (["12.5°N", "33.9°S"], [12.5, -33.9], "."),
        (["12 BC", "14 AD"], [-12, 14], "."),
        (["1990s", "2000s"], [1990, 2000], "."),
        (["Fr. 5'550.00", "Fr. 600.00"], [5550, 600], "."),
        (["1.234,50-", "12,00"], [-1234.5, 12], ","),
        (["4 µg", "3 mg", "5 µg"], [4, 3000, 5], "."),
        (["~5", "ca. 6", "7"], [5, 6, 7], "."),
    ],
)
def test_ways_of_writing_numbers(cells: list[str], expected: list[float], decimal: str) -> None:
    assert numbers(recognize(cells, decimal=decimal)) == expected


def test_a_range_among_numbers_is_a_gap_unless_its_middle_is_wanted() -> None:
    cells = [*map(str, range(30, 39)), "10-20"]
    found = recognize(cells)
    assert (numbers(found)[-1], found.n_unreadable) == (None, 1)
    assert "a range, such as “10-20”" in told(found, "range")
    assert numbers(recognize(cells, range="middle"))[-1] == 15


def test_codes_with_leading_zeros_are_labels() -> None:
    found = recognize(["00123", "04567", "12345"], name="zip")
    assert (found.kind, found.values.tolist()) == ("text", ["00123", "04567", "12345"])
    assert "leading zeros" in told(found, "code")
    again = recognize(["00123", "04567", "12345"], name="zip", code="numbers")
    assert (again.kind, again.is_code) == ("number", True)


@pytest.mark.parametrize("name", ["month", "hour", "doy"])
def test_zeros_before_parts_of_a_time_are_no_codes(name: str) -> None:
    assert numbers(recognize(["001", "002", "012"], name=name)) == [1, 2, 12]


def test_zeros_before_numbers_of_different_length_mark_a_code() -> None:
    assert recognize(["007", "12", "1234"]).is_code
    assert not recognize(["0.07", "0", "12"]).is_code


def test_unreadable_rows_are_named() -> None:
    found = recognize([*map(str, range(9)), "broken", None])
    assert (found.unreadable_rows.tolist(), found.n_unreadable, found.n_missing) == ([9], 1, 1)
    assert found.example == "broken"


def test_plain_numbers_are_told_nothing_about() -> None:
    for cells in (["1", "2"], ["1.5", "n/a"], ["1,200", "3"], ["-5", "+6"]):
        assert not recognize(cells).decisions
        assert not recognize(cells).unit


def test_many_different_endings_make_no_unit() -> None:
    assert recognize([f"{n} word{n}" for n in range(5_000)]).kind == "text"


def test_too_many_different_endings_beside_numbers_are_unreadable() -> None:
    found = recognize([*map(str, range(20_000)), *(f"{n} word{n}" for n in range(4_000))])
    assert (found.kind, found.n_unreadable) == ("number", 4_000)


def test_many_different_endings_do_not_hide_the_unit_of_the_others() -> None:
    found = recognize([*(f"{n} km" for n in range(20_000)), *(f"{n} word{n}" for n in range(4_000))])
    assert (found.unit, found.n_unreadable) == ("km", 4_000)


def test_typed_columns_keep_their_type() -> None:
    found = recognize_column(pd.Series([1, 2, 3]), name="x", decimal=".", day_first=None)
    assert (found.kind, found.values.dtype.kind, found.decisions) == ("number", "i", ())
