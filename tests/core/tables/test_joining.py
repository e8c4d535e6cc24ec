"""Several files become one table."""

from __future__ import annotations

import re

import pytest

from core import limits
from core.errors import InputError
from core.tables.joining import read_tables
from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table


def join(*texts: str, **options: str) -> Table:
    chosen = ReadOptions()
    for key, value in options.items():
        chosen = chosen.correct(key, value)
    names = ("oslo.csv", "rome.csv", "lima.csv")
    return read_tables(
        [(name, text.encode()) for name, text in zip(names, texts, strict=False)], options=chosen
    )


def told(table: Table) -> str:
    return next(decision.sentence for decision in table.decisions if decision.key == "join")


def test_files_are_joined_on_their_time() -> None:
    table = join("date,rain\n2020-01-01,1\n2020-02-01,2\n", "day;wind\n1.3.2020;0,5\n1.2.2020;4,5\n")
    assert list(table.frame) == ["date", "rain", "wind"]
    assert table.frame["date"].dt.month.tolist() == [1, 2, 3]
    assert table.frame["wind"].tolist()[1:] == [4.5, 0.5]
    assert "joined on “date”: 3 time steps, 1 of them in all files" in told(table)
    assert [column.n_missing for column in table.columns] == [0, 1, 1]


def test_columns_of_one_name_are_called_by_their_file() -> None:
    table = join("date,v,a\n2020-01-01,1,5\n2020-01-02,3,5\n", "date,v,b\n2020-01-01,2,5\n2020-01-02,3,4\n")
    assert list(table.frame) == ["date", "v", "a", "v (rome)", "b"]


def test_files_with_the_same_columns_are_stacked_or_joined() -> None:
    oslo, rome = "date,temp\n2020-01-01,1\n2020-02-01,2\n", "date,temp\n2020-01-01,11\n2020-02-01,12\n"
    table = join(oslo, rome)
    assert table.suggest() == ("date", ["temp"], "file", ["oslo", "rome"], [])
    side = join(oslo, rome, join="joined")
    assert list(side.frame) == ["date", "temp", "temp (rome)"]
    assert len(side.frame) == 2


def test_parts_of_one_series_are_stacked_and_not_split() -> None:
    table = join("date,temp\n2020-01-01,1\n2020-02-01,2\n", "date,temp\n2020-03-01,3\n2020-04-01,2\n")
    assert table.suggest()[:3] == ("date", ["temp"], None)
    assert len(table.frame) == 4


def test_years_and_dates_are_joined() -> None:
    table = join("date,x\n2020-01-01,1\n2021-01-01,2\n", "year,y\n2020,5\n2021,6\n2022,7\n")
    assert table.frame["y"].tolist() == [5, 6, 7]
    assert table.frame["date"].dt.year.tolist() == [2020, 2021, 2022]


def test_one_series_is_joined_to_each_label_of_a_long_file() -> None:
    table = join(
        "date,city,x\n2020-01-01,a,1\n2020-01-01,b,2\n2021-01-01,a,3\n2021-01-01,b,3\n",
        "date,oil\n2020-01-01,5\n2021-01-01,6\n",
    )
    assert table.frame["oil"].tolist() == [5, 5, 6, 6]
    assert table.suggest().split == "city"


def test_each_file_tells_what_was_assumed_of_it() -> None:
    table = join("date,x\n2020-01-01,1\n2020-01-02,2\n", "d;y\n1.1.2020;1,5\n2.1.2020;2,5\n")
    said = [*(decision.sentence for decision in table.decisions), *table.warnings]
    assert any(sentence.startswith("oslo.csv: ") and "comma" in sentence for sentence in said)
    assert any(sentence.startswith("rome.csv: ") and "semicolon" in sentence for sentence in said)


def test_one_file_is_read_as_it_is() -> None:
    data = b"date,x\n2020-01-01,1\n"
    assert read_tables([("a.csv", data)]).frame.equals(read_table(data).frame)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ((), "No file was given"),
        (("date,x\n2020-01-01,1\n", ""), "rome.csv: This file is empty"),
        (("x\n3\n1\n2\n", "y\n4\n5\n"), "no time column, and the files have 2 and 3 rows"),
        (
            ("date,x\n2020-01-01,1\n2020-01-02,2\n", "t,y\n0.5,4\n1.5,5\n"),
            "is a number, and another file has dates",
        ),
        (
            (
                "date,city,x\n2020-01-01,a,1\n2020-01-01,b,2\n2021-01-01,a,3\n2021-01-01,b,3\n",
                "date,shop,y\n2020-01-01,a,1\n2020-01-01,b,2\n2021-01-01,a,3\n2021-01-01,b,3\n",
            ),
            "distinguished by “city” and “shop”",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused_in_a_sentence(texts: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        join(*texts)


def test_too_many_files_are_refused() -> None:
    with pytest.raises(InputError, match="21 files were given; the limit is 20"):
        read_tables([("a.csv", b"x\n1\n")] * (limits.MAX_TABLE_FILES + 1))
