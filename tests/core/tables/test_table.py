"""Text tables in every way of writing them, and what is suggested for the ear."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core import limits
from core.tables.table import ReadOptions, Table, clean_name, read_text


def column(table: Table, name: str) -> list[Any]:
    return table.frame[name].tolist()


def kinds(table: Table) -> dict[str, str]:
    return {c.name: c.kind for c in table.columns}


def dates(table: Table, name: str) -> list[str]:
    return table.frame[name].dt.strftime("%Y-%m-%d").tolist()


# Delimiters, decimals, headers


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("year,value\n2000,1.5\n2001,2.5\n", "comma"),
        ("year;value\n2000;1,5\n2001;2,5\n", "semicolon"),
        ("year\tvalue\n2000\t1.5\n2001\t2.5\n", "tab"),
        ("year|value\n2000|1.5\n2001|2.5\n", "vertical bar"),
        ("year value\n2000 1.5\n2001 2.5\n", "space"),
        ("  year    value\n  2000     1.5\n  2001     2.5\n", "space"),
        ("year,value\r\n2000,1.5\r\n2001,2.5", "comma"),
        ("year,value\r2000,1.5\r2001,2.5\r", "comma"),
        ('"year","value"\n"2000","1.5"\n"2001","2.5"\n', "comma"),
        ("sep=;\nyear;value\n2000;1,5\n2001;2,5\n", "semicolon"),
    ],
)
def test_delimiters_are_recognized(text: str, delimiter: str) -> None:
    table = read_text(text)
    assert table.guess["delimiter"] == delimiter
    assert column(table, "year") == [2000, 2001]
    assert column(table, "value") == [1.5, 2.5]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234,56", "7,5"], [1234.56, 7.5]),
        (["1 234,56", "7,5"], [1234.56, 7.5]),
        (["1\u00a0234,5", "1\u202f000,0"], [1234.5, 1000.0]),
        (["12,5", "13,25"], [12.5, 13.25]),
        (["1,234", "2,345"], [1.234, 2.345]),
        (["0,125", "0,250"], [0.125, 0.25]),
        (["-1.234.567,5", "1"], [-1234567.5, 1.0]),
    ],
)
def test_decimal_commas_are_read_in_semicolon_files(cells: list[str], expected: list[float]) -> None:
    table = read_text("name;x\n" + "".join(f"row;{cell}\n" for cell in cells))
    assert column(table, "x") == expected
    assert table.guess["decimal"] == "comma"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,234.50", "7.5"], [1234.5, 7.5]),
        (["1,234", "12,345,678"], [1234.0, 12345678.0]),
        (["12,34,567.5", "1"], [1234567.5, 1.0]),
        (["1'234.5", "1"], [1234.5, 1.0]),
        (["$1,200.50", "$7"], [1200.5, 7.0]),
        (["-$5", "$-6"], [-5.0, -6.0]),
        (["1200 €", "7€"], [1200.0, 7.0]),
        (["12 %", "7.5%"], [12.0, 7.5]),
        (["(12)", "($3.50)"], [-12.0, -3.5]),
        (["\u22125", "\u22122.5"], [-5.0, -2.5]),
        (["+5", "1e3"], [5.0, 1000.0]),
        ([".5", "5."], [0.5, 5.0]),
    ],
)
def test_numbers_are_read_as_people_write_them(cells: list[str], expected: list[float]) -> None:
    table = read_text("name\tx\n" + "".join(f"row\t{cell}\n" for cell in cells))
    assert column(table, "x") == expected


@pytest.mark.parametrize(
    "marker", ["", "NA", "N/A", "null", "-", ".", "?", "#N/A", "nan", "None", "..", "NaN", " na "]
)
def test_missing_markers_are_missing(marker: str) -> None:
    table = read_text(f"t,x\n1,1.5\n2,{marker}\n3,2.5\n")
    assert np.isnan(column(table, "x")[1])
    assert table.columns[1].n_missing == 1
    assert table.columns[1].n_unreadable == 0
    assert not table.warnings


def test_text_among_numbers_is_counted_and_shown() -> None:
    cells = [*map(str, range(20)), "broken <b>", "12 apples"]
    table = read_text("x\n" + "\n".join(cells))
    fact = table.columns[0]
    assert (fact.kind, fact.n_unreadable, fact.n_missing) == ("number", 2, 0)
    assert table.warnings == (
        'In the column "x", 2 cells are not numbers, such as “broken <b>”; they are treated as missing.',
    )


def test_a_column_with_too_few_numbers_stays_text() -> None:
    table = read_text("x,y\n1,1\n2,2\napple,3\npear,4\n")
    assert kinds(table) == {"x": "text", "y": "number"}
    assert column(table, "x") == ["1", "2", "apple", "pear"]


def test_true_and_false_become_one_and_zero() -> None:
    table = read_text("t,rain\n1,TRUE\n2,false\n3,True\n")
    assert column(table, "rain") == [1, 0, 1]


def test_numbers_at_the_edge_keep_their_value() -> None:
    table = read_text("a,b,c\n1e308,inf,9223372036854775808\n-1e308,-Infinity,1\n5e-324,1,2\n")
    assert column(table, "a") == [1e308, -1e308, 5e-324]
    assert column(table, "b") == [np.inf, -np.inf, 1.0]
    assert table.columns[1].n_infinite == 2
    assert column(table, "c") == [2.0**63, 1.0, 2.0]
    assert table.frame["c"].dtype == "float64"


def test_whole_numbers_stay_whole() -> None:
    table = read_text("x\n1\n2\n9007199254740993\n")
    assert table.frame["x"].dtype == "int64"
    assert column(table, "x")[2] == 9007199254740993


def test_namibia_is_no_gap_in_a_column_of_words() -> None:
    table = read_text("country,x\nDE,1\nNA,2\n,3\n")
    assert column(table, "country")[:2] == ["DE", "NA"]
    assert table.columns[0].n_missing == 1


# Header and preamble


def test_without_words_above_the_numbers_there_is_no_header() -> None:
    table = read_text("1,2\n3,4\n5,6\n")
    assert list(table.frame) == ["Column 1", "Column 2"]
    assert table.guess["header"] == "none"
    assert len(table.frame) == 3


def test_a_header_of_years_is_a_header() -> None:
    table = read_text("country,1990,1991,1992\nNorway,4.2,4.3,4.4\nPeru,1.0,1.1,1.2\n")
    assert list(table.frame) == ["country", "Year", "Value"]  # and they are turned
    assert table.options.header is True


def test_titles_above_a_header_of_words_and_years_are_left_out() -> None:
    table = read_text(
        "Data Source,World Bank,\n\nLast Updated,2020-01-01,\n\nCountry,Code,1960,1961\nAruba,ABW,1.5,2\nPeru,PER,,4\n"
    )
    assert list(table.frame) == ["Country", "Code", "1960", "1961"]
    assert table.guess["preamble"] == "2 title lines left out"


def test_a_first_row_of_data_with_a_word_is_no_header() -> None:
    table = read_text("Berlin,3.5,12\nParis,2.2,10\nRome,2.8,11\n")
    assert len(table.frame) == 3


def test_the_visitor_can_overrule_the_header() -> None:
    assert len(read_text("a,b\n1,2\n", options=ReadOptions(header=False)).frame) == 2
    assert list(read_text("1,2\n3,4\n", options=ReadOptions(header=True)).frame) == ["1", "2"]


def test_comment_lines_and_titles_above_the_table_are_named() -> None:
    noaa = "Global Land and Ocean Anomalies\nUnits: Degrees Celsius\n\nYear,Value\n1880,-0.12\n1881,-0.09\n"
    table = read_text(noaa)
    assert list(table.frame) == ["Year", "Value"]
    assert table.guess["preamble"] == "2 title lines left out"
    table = read_text("# Mauna Loa\n# see the web\nyear,co2\n1959,315.9\n# a remark\n1960,316.9\n")
    assert column(table, "co2") == [315.9, 316.9]
    assert table.guess["preamble"] == "2 comment lines left out"


def test_the_last_comment_line_can_be_the_header() -> None:
    table = read_text("# CO2 of the year\n# year mean unc\n1959 315.98 0.12\n1960 316.91 0.12\n")
    assert list(table.frame) == ["year", "mean", "unc"]
    assert table.guess["header"] == "last comment line"


def test_a_title_with_commas_is_not_the_header() -> None:
    table = read_text("Temperature, land, and ocean, in C\nYear,Value\n1880,-0.12\n1881,-0.1\n1882,0.1\n")
    assert list(table.frame) == ["Year", "Value"]


def test_row_names_from_r_get_a_place_of_their_own() -> None:
    table = read_text('"mpg" "cyl"\n"Mazda" 21 6\n"Datsun" 22.8 4\n"Hornet" 21.4 6\n')
    assert list(table.frame) == ["Column 1", "mpg", "cyl"]
    assert column(table, "cyl") == [6, 4, 6]


# Rows and their repair


def test_extra_cells_are_left_out_and_counted() -> None:
    table = read_text("a,b\n1,2\n3,4,99\n5,6\n7,8\n9,10,11,12\n")
    assert column(table, "a") == [1, 3, 5, 7, 9]
    assert table.warnings == ("2 rows had more cells than the header; the extra cells were left out.",)


def test_short_rows_are_filled_and_counted() -> None:
    table = read_text('a,b\n1,2\n"3"\n5,6\n')
    assert column(table, "a") == [1, 3, 5]
    assert np.isnan(column(table, "b")[1])
    assert table.warnings == ("1 row had fewer cells than the header; the rest are missing values.",)


def test_columns_beyond_the_header_are_kept() -> None:
    table = read_text("Date,Mean\n1958-03,315.7,0.1,5\n1958-04,317.4,0.1,6\n")
    assert list(table.frame) == ["Date", "Mean", "Column 3", "Column 4"]
    assert "the header has 2" in table.warnings[0]


def test_a_delimiter_at_the_end_of_the_lines_makes_no_column() -> None:
    assert list(read_text("a,b,\n1,2,\n3,4,\n").frame) == ["a", "b"]


def test_quoted_cells_may_hold_delimiters_and_line_ends() -> None:
    table = read_text('name,x\n"Doe, Jane\nBerlin",1\n"say ""hi""",2\n')
    assert column(table, "name") == ["Doe, Jane\nBerlin", 'say "hi"']


def test_a_quotation_mark_that_never_closes_swallows_nothing() -> None:
    table = read_text('size,x\n5" pipe,1\n"6 pipe,2\nrod",3\nbar,4\n')
    assert column(table, "x") == [1, 2, 3, 4]
    assert "never closed" in table.warnings[0]


def test_one_row_works() -> None:
    assert column(read_text("a,b\n1,2\n"), "b") == [2]


def test_a_list_of_numbers_works_as_lines_and_as_one_row() -> None:
    assert column(read_text("3\n1\n4\n1\n5\n"), "Value") == [3, 1, 4, 1, 5]
    assert column(read_text("3, 1, 4, 1, 5"), "Value") == [3, 1, 4, 1, 5]
    assert column(read_text("3 1 4 1 5"), "Value") == [3, 1, 4, 1, 5]


def test_a_blank_line_in_a_list_is_a_gap() -> None:
    values = column(read_text("x\n1\n2\n\n4\n5\n"), "x")
    assert np.isnan(values[2])
    assert len(values) == 5


def test_a_single_column_of_decimal_commas_is_not_split() -> None:
    assert column(read_text("value\n12,5\n13,25\n14,0\n"), "value") == [12.5, 13.25, 14.0]


def test_a_single_column_of_grouped_thousands_is_not_split() -> None:
    assert column(read_text("value\n12 345\n13 456\n"), "value") == [12345, 13456]


# Dates


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1958-03-29", "1958-04-05"], ["1958-03-29", "1958-04-05"]),
        (["1958-03-29 12:30", "1958-04-05T08:00:05.25"], ["1958-03-29", "1958-04-05"]),
        (["1958-03", "1958-04"], ["1958-03-01", "1958-04-01"]),
        (["1958M03", "1958M12"], ["1958-03-01", "1958-12-01"]),
        (["Jan 1958", "December 1958"], ["1958-01-01", "1958-12-01"]),
        (["1993-Jan", "1993-Feb"], ["1993-01-01", "1993-02-01"]),
        (["Jan-93", "Feb-93"], ["1993-01-01", "1993-02-01"]),
        (["15 March 2020", "1 Apr 2020"], ["2020-03-15", "2020-04-01"]),
        (["15-Mar-20", "01-Apr-20"], ["2020-03-15", "2020-04-01"]),
        (["March 15, 2020", "Apr 1st, 2020"], ["2020-03-15", "2020-04-01"]),
        (["Sun, 15 Mar 2020 10:00:00", "Wed, 1 Apr 2020 11:00:00"], ["2020-03-15", "2020-04-01"]),
        (["2020/03/15", "2020/04/01"], ["2020-03-15", "2020-04-01"]),
        (["03/29/1958", "04/05/1958"], ["1958-03-29", "1958-04-05"]),
        (["29/03/1958", "05/04/1958"], ["1958-03-29", "1958-04-05"]),
        (["29.03.1958", "05.04.1958"], ["1958-03-29", "1958-04-05"]),
        (["01.02.1958", "02.02.1958"], ["1958-02-01", "1958-02-02"]),
        (["3/29/58 1:05 PM", "3/30/58 12:05 AM"], ["1958-03-29", "1958-03-30"]),
        (["2019Q1", "2019Q4"], ["2019-01-01", "2019-10-01"]),
        (["2019-Q2", "2019-Q3"], ["2019-04-01", "2019-07-01"]),
        (["Q1 2019", "Q4 2019"], ["2019-01-01", "2019-10-01"]),
        (["2020-W01", "2020-W53"], ["2019-12-30", "2020-12-28"]),
        (["2020-02-29 00:30+01:00", "2020-03-01 00:30+01:00"], ["2020-02-28", "2020-02-29"]),
    ],
)
def test_dates_are_read_as_people_write_them(cells: list[str], expected: list[str]) -> None:
    table = read_text("when\tx\n" + "".join(f"{cell}\t{i}\n" for i, cell in enumerate(cells)))
    assert kinds(table)["when"] == "date"
    assert dates(table, "when") == expected
    assert table.frame["when"].dt.tz is None
    assert not table.warnings
    assert table.suggest()[:2] == ("when", ["x"])


def test_afternoons_are_read_as_afternoons() -> None:
    table = read_text("t;x\n3/29/2020 1:05 PM;1\n3/30/2020 12:05 AM;2\n")
    assert table.frame["t"].dt.hour.tolist() == [13, 0]


def test_dates_that_can_be_read_in_two_ways_take_the_month_first_and_say_so() -> None:
    text = "d,x\n03/04/2020,1\n05/04/2020,2\n"
    table = read_text(text)
    assert dates(table, "d") == ["2020-03-04", "2020-05-04"]
    assert [told.sentence for told in table.decisions if told.key == "day_first"] == [
        "In “d”, the order of day and month is ambiguous; the month is assumed to come first."
    ]
    assert not table.warnings  # told once
    turned = read_text(text, options=ReadOptions(day_first=True))
    assert dates(turned, "d") == ["2020-04-03", "2020-04-05"]
    assert not turned.warnings


def test_an_order_that_the_dates_contradict_is_ignored() -> None:
    text = "d,x\n03/29/2020,1\n03/30/2020,2\n"
    assert dates(read_text(text, options=ReadOptions(day_first=True)), "d") == ["2020-03-29", "2020-03-30"]


def test_packed_dates_need_a_heading_that_says_date() -> None:
    text = "date,id\n19580329,19580329\n19580405,19580405\n"
    assert kinds(read_text(text)) == {"date": "date", "id": "number"}
    assert dates(read_text("month,x\n195803,1\n195804,2\n"), "month") == ["1958-03-01", "1958-04-01"]


def test_plain_years_stay_numbers_and_are_a_time() -> None:
    table = read_text("year,x\n1958,1\n1959,3\n1960,2\n")
    assert kinds(table)["year"] == "number"
    assert table.suggest()[:2] == ("year", ["x"])


def test_dates_beyond_the_calendar_stay_text() -> None:
    assert kinds(read_text("d,x\n12000-01-01,1\n12001-01-01,2\n")) == {"d": "text", "x": "number"}
    assert kinds(read_text("d,x\n2020-02-30,1\n2020-13-01,2\n")) == {"d": "text", "x": "number"}
    assert kinds(read_text("d,x\n0000-01-01,1\n0000-01-02,2\n")) == {"d": "text", "x": "number"}


def test_words_for_the_present_are_no_dates() -> None:
    rows = "".join(f"2020-01-{day:02d},{day}\n" for day in range(1, 20))
    assert read_text(f"d,x\n{rows}now,20\ntoday,21\n").columns[0].n_unreadable == 2


def test_a_damaged_date_is_counted() -> None:
    rows = "".join(f"2020-01-{day:02d},{day}\n" for day in range(1, 20))
    table = read_text(f"d,x\n{rows}soon,20\n")
    assert (table.columns[0].kind, table.columns[0].n_unreadable) == ("date", 1)
    assert "1 cell is not a date, such as “soon”" in table.warnings[0]


# Names and text


def test_names_are_cleaned_cut_and_made_unique() -> None:
    table = read_text("x,x,,a\tb\u202e\x07," + "n" * 10_000 + "\n1,2,3,4,5\n2,3,4,5,6\n")
    names = list(table.frame)
    assert names[:4] == ["x", "x (2)", "Column 3", "a b"]
    assert len(names[4]) == limits.MAX_NAME_CHARS
    assert names[4].endswith("…")
    assert table.columns[4].original_name == "n" * 10_000


def test_long_duplicates_stay_within_the_limit_and_unique() -> None:
    table = read_text(",".join(["n" * 500] * 3) + "\n1,2,3\n4,5,6\n")
    assert len(set(table.frame)) == 3
    assert max(map(len, table.frame)) <= limits.MAX_NAME_CHARS


def test_html_and_formulas_stay_plain_text() -> None:
    script = "<script>alert(1)</script>"
    table = read_text(f"{script},note\n1,=1+1\n2,{script}\n")
    assert list(table.frame) == [script, "note"]
    assert column(table, "note") == ["=1+1", script]


def test_a_name_of_control_characters_gets_its_place() -> None:
    assert clean_name("\x00\x1b\u202e", fallback="Column 7") == "Column 7"


# Suggestions


def test_time_candidates_come_dates_first_then_names_then_rising_numbers() -> None:
    table = read_text(
        "value,rising,year,date,unit day\n5,1,2000,2020-01-03,3\n3,2,2001,2020-01-02,1\n4,3,2002,2020-01-01,2\n"
    )
    assert table.time_candidates() == ["date", "year", "rising"]
    assert (table.suggest().time, table.suggest().values[0]) == ("date", "value")


def test_the_only_number_column_is_heard_even_if_it_rises() -> None:
    assert read_text("x\n1\n2\n3\n").suggest()[:2] == (None, ["x"])


def test_a_second_time_column_and_a_constant_are_suggested_last() -> None:
    table = read_text("date,decimal date,flag,co2\n1958-03,1958.2,1,315\n1958-04,1958.3,1,317\n")
    assert table.suggest()[:2] == ("date", ["co2", "decimal date", "flag"])


def test_spaces_around_a_label_are_not_seen_and_make_no_label_of_their_own():
    table = read_text('day,who,x\n1,a,1\n1,"a ",2\n1,A,3\n1," a",4')
    assert table.frame["who"].tolist() == ["a", "a", "A", "a"]


def test_columns_of_one_name_are_numbered_and_that_is_told():
    table = read_text("date,v,v,v\n2000,1,2,3\n2001,2,1,3\n2002,3,2,1")
    told = [decision.sentence for decision in table.decisions]
    assert "3 columns are named “v”; the others are called “v (2)” and “v (3)”." in told
