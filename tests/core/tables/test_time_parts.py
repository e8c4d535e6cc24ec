"""Years, months, days and clock times in columns of their own are put together."""

from __future__ import annotations

import pytest

from core.tables.raw_table import ReadOptions
from core.tables.table import read_text
from core.tables.time_parts import recognize_part


def times(header: str, rows: list[str]) -> list[str]:
    table = read_text("\n".join([f"{header},v", *(f"{row},{i * 7 % 5}.5" for i, row in enumerate(rows))]))
    found = table.suggest()
    assert found.values[0] == "v"
    assert found.time is not None
    return [str(time) for time in table.frame[found.time]]


@pytest.mark.parametrize(
    ("header", "rows", "wanted"),
    [
        ("year,month", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Jahr,Monat", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Année,Mois", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Año,Mes", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Anno,Mese", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Jaar,Maand", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Ano,Mês", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("Rok,Miesiąc", ["2019,11", "2019,12", "2020,1"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("month,year", ["Nov,2019", "Dec,2019", "Jan,2020"], ["2019-11-01", "2019-12-01", "2020-01-01"]),
        ("YYYY,MM,DD", ["2020,2,28", "2020,2,29", "2020,3,1"], ["2020-02-28", "2020-02-29", "2020-03-01"]),
        (
            "day,month,year",
            ["28,2,2020", "29,2,2020", "1,3,2020"],
            ["2020-02-28", "2020-02-29", "2020-03-01"],
        ),
        ("year,quarter", ["2019,3", "2019,4", "2020,1"], ["2019-07-01", "2019-10-01", "2020-01-01"]),
        ("Year,Qtr", ["2019,Q3", "2019,Q4", "2020,Q1"], ["2019-07-01", "2019-10-01", "2020-01-01"]),
        ("year,week", ["2020,52", "2020,53", "2021,1"], ["2020-12-21", "2020-12-28", "2021-01-04"]),
        ("year,doy", ["2020,365", "2020,366", "2021,1"], ["2020-12-30", "2020-12-31", "2021-01-01"]),
        (
            "year,month,day,hour",
            ["2020,1,1,22", "2020,1,1,23", "2020,1,2,0"],
            ["2020-01-01 22:00:00", "2020-01-01 23:00:00", "2020-01-02 00:00:00"],
        ),
        (
            "date,time",
            ["2020-01-01,22:30", "2020-01-01,23:30", "2020-01-02,00:30"],
            ["2020-01-01 22:30:00", "2020-01-01 23:30:00", "2020-01-02 00:30:00"],
        ),
        (
            "Date,Clock",
            ["3/1/2021,11:30 AM", "3/1/2021,1:05 PM", "3/13/2021,12:05 AM"],
            ["2021-03-01 11:30:00", "2021-03-01 13:05:00", "2021-03-13 00:05:00"],
        ),
        (
            "date,hour",
            ["2020-01-01,22", "2020-01-01,23", "2020-01-01,24"],
            ["2020-01-01 22:00:00", "2020-01-01 23:00:00", "2020-01-02 00:00:00"],
        ),
        (
            "date,hhmm",
            ["2020-01-01,930", "2020-01-01,1430", "2020-01-02,0"],
            ["2020-01-01 09:30:00", "2020-01-01 14:30:00", "2020-01-02 00:00:00"],
        ),
    ],
)
def test_parts_are_put_together(header: str, rows: list[str], wanted: list[str]) -> None:
    assert [time[: len(written)] for time, written in zip(times(header, rows), wanted, strict=True)] == wanted


def test_the_parts_stay_and_are_not_heard_first() -> None:
    table = read_text("year,month,v\n2020,1,5\n2020,2,6\n2020,3,4\n")
    assert list(table.frame) == ["year and month", "year", "month", "v"]
    assert table.suggest().values[0] == "v"


def test_it_is_told_and_can_be_taken_back() -> None:
    text = "year,month,v\n2020,1,5\n2020,2,6\n2020,3,4\n"
    decision = next(d for d in read_text(text).decisions if d.key == "parts")
    assert "combined into “year and month”" in decision.sentence
    kept = read_text(text, options=ReadOptions().correct("parts", "separate"))
    assert list(kept.frame) == ["year", "month", "v"]
    assert next(d for d in kept.decisions if d.key == "parts").chosen == "separate"


def test_days_that_do_not_exist_are_counted() -> None:
    rows = [f"2021,2,{day},{day * 7 % 5}" for day in range(20, 30)]
    table = read_text("\n".join(["year,month,day,v", *rows]))
    assert table.columns[0].n_unreadable == 1
    sentence = next(d.sentence for d in table.decisions if d.key == "parts")
    assert "1 row without a valid date" in sentence
    # 2021 has no week 53.
    weeks = read_text(
        "year,week,v\n" + "".join(f"{y},{w},{w % 7}\n" for y in (2020, 2021) for w in (50, 51, 52, 53))
    )
    assert weeks.columns[0].n_unreadable == 1


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("date,year,month,v\n2020-01-05,2020,1,5\n2020-02-05,2020,2,6\n2020-03-05,2020,3,4\n", "date"),
        ("year,week sales\n2001,50\n2002,12\n2003,40\n", "year"),
        ("year,min,max\n2001,5,50\n2002,6,12\n2003,4,40\n", "year"),
        (
            "date,high tide,low tide,v\n2020-01-01,06:12,12:30,5\n2020-01-02,07:01,13:18,6\n2020-01-03,07:50,14:02,4\n",
            "date",
        ),
        ("date,time\n2020-01-01,00:41\n2020-01-02,00:40\n2020-01-03,00:42\n", "date"),
    ],
    ids=[
        "a date is there",
        "a word beside",
        "min is no minute",
        "two clocks are values",
        "the clock is the value",
    ],
)
def test_what_is_no_part_stays_alone(text: str, time: str) -> None:
    table = read_text(text)
    assert table.suggest().time == time
    assert not [decision for decision in table.decisions if decision.key == "parts"]


def test_a_column_is_named_for_a_part() -> None:
    names = [
        "Reference Year",
        "obs_month",
        "DayOfYear",
        "Hour (UTC)",
        "ISO week",
        "Stunde",
        "monthly sales",
        "Year built",
    ]
    assert [recognize_part(name) for name in names] == [
        "year",
        "month",
        "yearday",
        "hour",
        "week",
        "hour",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("t,v\n2015Q1,1\n2015Q2,2\n", "quarter"),
        ("t,v\n2020-W52,1\n2020-W53,2\n", "week"),
        ("t,v\n2020-W52-3,1\n2020-W53-3,2\n", ""),
        ("year,quarter,v\n2015,1,1\n2015,2,2\n2015,3,1\n2015,4,2\n2016,1,1\n", "quarter"),
        ("t,v\n2015-01-01,1\n2015-04-01,2\n", ""),
    ],
)
def test_quarters_and_weeks_are_known_as_such(text, period):
    table = read_text(text)
    assert next(column.period for column in table.columns if column.kind == "date") == period
