"""Wide tables are turned, and tables of several columns of numbers are not."""

from __future__ import annotations

import pytest

from core import limits
from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table, read_text
from tests.core.table_files import xlsx


def turn(text: str) -> Table:
    return read_text(text.replace(",", "\t"))


def ways(headings: list[str]) -> str:
    rows = [
        f"{place}," + ",".join(str(i * 10 + k) for k in range(len(headings))) for i, place in enumerate("NSE")
    ]
    return "\n".join(["Region," + ",".join(headings), *rows])


@pytest.mark.parametrize(
    ("headings", "name", "first", "last"),
    [
        (["1990", "1991", "1992"], "Year", "1990", "1992"),
        (["1992", "1991", "1990"], "Year", "1990", "1992"),
        (["1952", "1957", "1962", "1967"], "Year", "1952", "1967"),
        (["1960 [YR1960]", "1961 [YR1961]", "1962 [YR1962]"], "Year", "1960", "1962"),
        (["X1990", "X1991", "X1992"], "Year", "1990", "1992"),
        (["FY2019", "FY2020", "FY2021"], "Year", "2019", "2021"),
        (["2014/15", "2015/16", "2016/17"], "Year", "2014", "2016"),
        (["2019", "2020 (p)", "2021*"], "Year", "2019", "2021"),
        (["1990.0", "1991.0", "1992.0"], "Year", "1990", "1992"),
        (["Jan 2020", "Feb 2020", "Mar 2020"], "Month", "2020-01-01", "2020-03-01"),
        (["2000-01", "2000-02", "2000-03"], "Month", "2000-01-01", "2000-03-01"),
        (["Q3 2019", "Q4 2019", "Q1 2020"], "Quarter", "2019-07-01", "2020-01-01"),
        (["2020-01-30", "2020-01-31", "2020-02-01"], "date", "2020-01-30", "2020-02-01"),
        (["1/22/20", "1/23/20", "1/24/20"], "date", "2020-01-22", "2020-01-24"),
        (["202001", "202002", "202003"], "Month", "2020-01-01", "2020-03-01"),
        (["20200130", "20200131", "20200201"], "date", "2020-01-30", "2020-02-01"),
        (["43831", "43862", "43891"], "Month", "2020-01-01", "2020-03-01"),
    ],
)
def test_moments_across_the_top_become_a_column(
    headings: list[str], name: str, first: str, last: str
) -> None:
    table = turn(ways(headings))
    assert list(table.frame) == ["Region", name, "Value"]
    assert len(table.frame) == 3 * len(headings)
    times = table.frame[name].sort_values().astype(str).tolist()
    assert (times[0], times[-1]) == (first, last)
    found = table.suggest()
    assert (found.time, found.values[0], found.split, found.labels) == (
        name,
        "Value",
        "Region",
        ["N", "S", "E"],
    )
    south = table.frame[table.frame["Region"] == "S"].sort_values(name)["Value"].tolist()
    written = [10 + k for k in range(len(headings))]
    assert south == (written if headings[0] < headings[-1] or first != headings[-1] else written[::-1])


@pytest.mark.parametrize(
    "text",
    [
        "City (Source),Downtown Pop,2015 City Pop,% of City\nA,5,6,1\nB,7,9,3\n",
        "city,people,area,2019,2020,2021,density,height\n" + "a,1,2,3,4,5,6,7\nb,2,3,4,5,6,7,8\n",
        "date,2019 budget,2020 budget,2021 budget\n2020-01-01,1,2,3\n2020-02-01,4,5,6\n",
        "sample,1800,1850,1900,2500,3000,3500\na,1,2,3,4,5,6\nb,2,3,4,5,6,7\n",
        "site,temp1,temp2,temp3\na,1,2,3\nb,4,5,6\n",
        "a,b,c,Mar,May\nx,1,2,3,4\ny,5,6,7,8\n",
        "name,2019,2020,2021\nx,good,bad,good\ny,bad,bad,good\n",
        "Year,2019,2020\n1,5,6\n2,7,8\n",
        "player,1,2,3,4\nx,3,4,5,6\ny,3,4,5,6\n",
        "team,Q1,Q2,Q3,Q4\nx,3,4,5,6\ny,3,4,5,6\n",  # quarters of a match as well as of a year
    ],
)
def test_other_headings_stay_columns(text: str) -> None:
    table = turn(text)
    assert len(table.frame.columns) == text.count(",", 0, text.index("\n")) + 1
    assert not [decision for decision in table.decisions if decision.key == "turn"]


def test_turning_is_told_and_can_be_taken_back() -> None:
    text = ways(["1990", "1991", "1992"])
    decision = next(d for d in read_text(text).decisions if d.key == "turn")
    assert decision.chosen == "turned"
    assert "The years “1990” to “1992” run across the top" in decision.sentence
    kept = read_text(text, options=ReadOptions().correct("turn", "as it is"))
    assert list(kept.frame) == ["Region", "1990", "1991", "1992"]
    assert next(d for d in kept.decisions if d.key == "turn").chosen == "as it is"


def test_a_second_reading_with_the_same_options_gives_the_same_table() -> None:
    text = "1990,1991,1992,1993\n1.5,2.5,3.5,5.5\n"
    table = read_text(text)
    again = read_text(text, options=table.options)
    assert list(table.frame) == list(again.frame) == ["Year", "Value"]


def test_each_measure_beside_the_years_is_a_column_of_its_own() -> None:
    head = "country,lifeExp_1952,lifeExp_1957,lifeExp_1962,pop_1952,pop_1957,pop_1962"
    table = turn(f"{head}\nA,1,2,3,11,12,13\nB,4,5,6,14,15,16\n")
    assert list(table.frame) == ["country", "Year", "lifeExp", "pop"]
    assert table.frame[table.frame["country"] == "B"]["pop"].tolist() == [14, 15, 16]


def test_an_empty_last_year_is_a_gap_and_keeps_its_time() -> None:
    table = turn("Country,1990,1991,1992\nNorway,1,2,\nPeru,,3,\n")
    assert len(table.frame) == 6
    assert int(table.frame["Value"].isna().sum()) == 3
    assert table.frame["Year"].max() == 1992


@pytest.mark.parametrize(
    "months",
    [
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "January February March April May June July August September October November December",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12",
        "I II III IV V VI VII VIII IX X XI XII",
        "Jan Feb Xyz Apr May Jun Jul Abc Sep Oct Nov Def",  # a language that is not known is known by its place
    ],
)
def test_years_down_and_months_across_become_months(months: str) -> None:
    rows = [f"{year}," + ",".join(str(year % 100 + k / 20) for k in range(13)) for year in (1990, 1991, 1992)]
    table = turn("\n".join([f"Year,{months.replace(' ', ',')},Annual", *rows]))
    found = table.suggest()
    times = table.frame[str(found.time)]
    assert (len(table.frame), found.values[0], found.split) == (36, "Value", None)
    assert [str(time)[:10] for time in (times.iloc[0], times.iloc[13])] == ["1990-01-01", "1991-02-01"]
    assert table.frame["Value"].iloc[13] == pytest.approx(91.05)
    assert "Annual" not in table.frame


def test_months_down_and_years_across_become_months() -> None:
    table = turn("Month,1949,1950,1951\nJan,112,115,145\nFeb,118,126,150\nMar,132,141,178\nApr,129,135,163\n")
    found = table.suggest()
    assert str(table.frame[str(found.time)].iloc[5]) == "1950-02-01 00:00:00"
    assert (len(table.frame), found.values[0], table.frame["Value"].iloc[5]) == (12, "Value", 126)


def test_quarters_and_days_and_hours_across_are_joined_with_the_time_down() -> None:
    quarters = turn("Year,Q1,Q2,Q3,Q4\n1990,1,2,3,4\n1991,5,6,7,8\n")
    assert str(quarters.frame["year and quarter"].iloc[-1])[:10] == "1991-10-01"
    head = "year,month," + ",".join(str(day) for day in range(1, 32))
    days = turn("\n".join([head, *(f"2020,{m}," + ",".join(str(d) for d in range(1, 32)) for m in (1, 3))]))
    assert len(days.frame) == 62
    assert str(days.frame["year, month and day"].iloc[-1])[:10] == "2020-03-31"
    head = "date," + ",".join(f"{hour:02d}:00" for hour in range(24))
    hours = turn("\n".join([head, *(f"2020-01-0{d}," + ",".join(str(h) for h in range(24)) for d in (1, 2))]))
    assert str(hours.frame["date and time"].iloc[-1]) == "2020-01-02 23:00:00"


def test_days_that_no_month_has_are_no_rows() -> None:
    head = "year,month," + ",".join(str(day) for day in range(1, 32))
    february = "2021,2," + ",".join(str(day) if day <= 28 else "" for day in range(1, 32))
    march = "2021,3," + ",".join(str(day) for day in range(1, 32))
    assert len(turn("\n".join([head, february, march])).frame) == 28 + 31


def test_months_without_a_year_are_a_years_course() -> None:
    head = "City,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
    table = turn(f"{head}\nOslo,{','.join(map(str, range(12)))}\nRome,{','.join(map(str, range(5, 17)))}\n")
    assert table.suggest()[:3] == ("Month", ["Value"], "City")
    assert table.frame["Month"].max() == 12


def test_numbers_beside_the_moments_stay_and_are_not_heard_first() -> None:
    table = turn("Place,Lat,Long,1/22/20,1/23/20,1/24/20\nA,60.1,8.2,1,2,3\nB,-9,-75,5,6,7\n")
    assert table.suggest().values[0] == "Value"
    assert {*table.suggest().values} == {"Value", "Lat", "Long"}


def test_a_single_row_of_numbers_is_read_across() -> None:
    table = read_text("a,b,c,d\n1,2,3,5\n")
    assert table.frame.to_dict("list") == {"Name": ["a", "b", "c", "d"], "Value": [1, 2, 3, 5]}
    assert any("read across" in decision.sentence for decision in table.decisions)
    assert list(read_text("day,b,c\n2020-01-01,2,3\n").frame) == ["day", "b", "c"]


def test_years_typed_as_numbers_in_a_workbook_are_turned() -> None:
    table = read_table(xlsx([["Region", 2008, 2009, 2010], ["Coast", 1.5, 2, 3], ["Hills", 4, None, 6.5]]))
    assert list(table.frame) == ["Region", "Year", "Value"]
    assert table.frame["Value"].sum() == pytest.approx(17)


def test_a_table_too_large_to_turn_stays_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TABLE_ROWS", 8)
    table = turn(ways(["1990", "1991", "1992"]))
    assert list(table.frame) == ["Region", "1990", "1991", "1992"]
    assert "It is kept as it is" in next(d.sentence for d in table.decisions if d.key == "turn")
