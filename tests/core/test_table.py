"""Tables of every format are read, and everything else is answered with a sentence."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import random
import string
import time
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import limits
from core.errors import DashboardError, InputError
from core.sonify import sniff
from core.sonify.table import ReadOptions, Table, clean_name, read_table, read_text, require_numbers

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def column(table: Table, name: str) -> list[Any]:
    return table.frame[name].tolist()


def kinds(table: Table) -> dict[str, str]:
    return {c.name: c.kind for c in table.columns}


def dates(table: Table, name: str) -> list[str]:
    return table.frame[name].dt.strftime("%Y-%m-%d").tolist()


def xlsx(rows: list[list[Any]], *, empty_sheet_first: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if empty_sheet_first:
        book.create_sheet("Data")
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    stream = io.BytesIO()
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame)
    pq.write_table(table, stream)
    return stream.getvalue()


def rezip(data: bytes, **changed: bytes) -> bytes:
    """An archive with some parts replaced; ``__`` in a keyword stands for a slash."""
    parts = {key.replace("__", "/").replace("_xml", ".xml"): value for key, value in changed.items()}
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, parts.get(name, source.read(name)))
    return stream.getvalue()


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
def test_delimiters_are_recognised(text: str, delimiter: str) -> None:
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
        'In the column "x", 2 cells are not numbers, such as “broken <b>”; they count as missing.',
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
    assert list(table.frame) == ["country", "1990", "1991", "1992"]


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
    assert table.warnings == ("1 row had fewer cells than the header; what is not there is missing.",)


def test_columns_beyond_the_header_are_kept() -> None:
    table = read_text("Date,Mean\n1958-03,315.7,0.1,5\n1958-04,317.4,0.1,6\n")
    assert list(table.frame) == ["Date", "Mean", "Column 3", "Column 4"]
    assert "the header names 2" in table.warnings[0]


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
        (["3/29/58 1:05 PM", "3/30/58 12:05 AM"], ["2058-03-29", "2058-03-30"]),
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
    assert table.suggest() == ("when", ["x"])


def test_afternoons_are_read_as_afternoons() -> None:
    table = read_text("t;x\n3/29/2020 1:05 PM;1\n3/30/2020 12:05 AM;2\n")
    assert table.frame["t"].dt.hour.tolist() == [13, 0]


def test_dates_that_can_be_read_in_two_ways_take_the_month_first_and_say_so() -> None:
    text = "d,x\n03/04/2020,1\n05/04/2020,2\n"
    table = read_text(text)
    assert dates(table, "d") == ["2020-03-04", "2020-05-04"]
    assert "read in two ways" in table.warnings[0]
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
    assert table.suggest() == ("year", ["x"])


def test_dates_beyond_the_calendar_stay_text() -> None:
    assert kinds(read_text("d,x\n12000-01-01,1\n12001-01-01,2\n")) == {"d": "text", "x": "number"}
    assert kinds(read_text("d,x\n2020-02-30,1\n2020-13-01,2\n")) == {"d": "text", "x": "number"}
    assert kinds(read_text("d,x\n0000-01-01,1\n0000-01-02,2\n")) == {"d": "text", "x": "number"}


def test_a_damaged_date_is_counted() -> None:
    rows = "".join(f"2020-01-{day:02d},{day}\n" for day in range(1, 20))
    table = read_text(f"d,x\n{rows}soon,20\n")
    assert (table.columns[0].kind, table.columns[0].n_unreadable) == ("date", 1)
    assert "1 cell is not dates, such as “soon”" in table.warnings[0]


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


# Encodings and compression


@pytest.mark.parametrize(
    ("encoding", "word", "label"),
    [
        ("utf-8", "Århus 東京", "UTF-8"),
        ("utf-8-sig", "Århus", "UTF-8"),
        ("utf-16", "Århus 東京", "UTF-16 LE"),
        ("utf-16-le", "Århus", "UTF-16 LE"),
        ("utf-16-be", "Århus", "UTF-16 BE"),
        ("utf-32", "Århus", "UTF-32 LE"),
        ("cp1252", "Århus café – naïve", "Windows-1252"),
        ("shift_jis", "気温は東京の観測所で毎日測定されています。カタカナとひらがな", "Shift-JIS"),
        ("cp1251", "Температура воздуха измеряется каждый день на станции", "Windows-1251"),
    ],
)
def test_encodings_are_recognised(encoding: str, word: str, label: str) -> None:
    rows = "".join(f"{word},{i}\n" for i in range(10))
    table = read_table(f"place,x\n{rows}".encode(encoding))
    assert table.guess["encoding"] == label
    assert column(table, "place") == [word] * 10


def test_accents_far_down_are_found() -> None:
    data = b"place,x\n" + b"Paris,1\n" * 50_000 + "Orléans,2\n".encode("cp1252")
    assert column(read_table(data), "place")[-1] == "Orléans"


def test_one_broken_character_does_not_spoil_a_file() -> None:
    data = ("place,x\n" + "Århus,1\n" * 100).encode() + b"caf\xe9,2\n"
    table = read_table(data)
    assert column(table, "place")[0] == "Århus"
    assert "1 character is not valid UTF-8 and was replaced" in table.warnings[0]


def test_the_visitor_can_choose_the_encoding() -> None:
    data = "a;x\n\u0160koda;1\n\u017eena;2\n".encode("cp1250")
    assert column(read_table(data, options=ReadOptions(encoding="cp1250")), "a") == ["Škoda", "žena"]
    with pytest.raises(InputError, match="encoding “punycode” is not known"):
        read_table(data, options=ReadOptions(encoding="punycode"))
    with pytest.raises(InputError, match="not in Shift-JIS"):
        read_table(b"a,x\n\xff\xff,1\n", options=ReadOptions(encoding="shift_jis"))


def test_gzip_is_unpacked_whole() -> None:
    data = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    table = read_table(data)
    assert column(table, "b") == [2, 4]
    assert table.guess["compression"] == "gzip"


# Workbooks


def test_a_workbook_is_read_with_its_dates() -> None:
    rows = [["day", "x", "note"], *[[dt.datetime(2020, 1, d), d / 2, "ok"] for d in range(1, 6)]]
    table = read_table(xlsx(rows))
    assert kinds(table) == {"day": "date", "x": "number", "note": "text"}
    assert table.guess["format"] == "XLSX"
    assert table.sheets == ("Sheet",)
    assert table.suggest() == ("day", ["x"])


def test_the_first_sheet_with_data_is_read_and_another_can_be_chosen() -> None:
    data = xlsx([["a"], [1], [2]], empty_sheet_first=True)
    table = read_table(data)
    assert table.guess["sheet"] == "Data"
    assert table.sheets == ("Sheet", "Data")
    assert read_table(data, options=ReadOptions(sheet="Data")).frame.equals(table.frame)
    with pytest.raises(InputError, match="no sheet “Nope”. It has “Sheet”, “Data”"):
        read_table(data, options=ReadOptions(sheet="Nope"))


def test_a_formula_is_the_value_that_was_saved_with_it() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
        b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        b'<row r="3"><c r="A3"><f>WEBSERVICE("http://example.org")</f></c></row>'
        b'<row r="4"><c r="A4"><v>4.5</v></c></row></sheetData></worksheet>'
    )
    table = read_table(rezip(xlsx([["x"]]), xl__worksheets__sheet1_xml=sheet))
    assert column(table, "x") == [2.0, 4.5]


def test_numbers_kept_as_text_in_a_workbook_are_read() -> None:
    table = read_table(xlsx([["x", "y"], ["1,5", 2.5], ["2,5", 3.125], ["3,25", "4,5"]]))
    assert column(table, "x") == [1.5, 2.5, 3.25]
    assert column(table, "y") == [2.5, 3.125, 4.5]


def test_titles_above_a_sheet_are_left_out() -> None:
    table = read_table(xlsx([["Report on everything"], [], ["a", "b", "c"], [1, 2, 3], [4, 5, 6]]))
    assert list(table.frame) == ["a", "b", "c"]
    assert table.guess["preamble"] == "1 title row left out"


def test_a_sheet_that_lies_about_its_size_is_read_by_its_cells() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx([["a", "b"], [1, 2], [3, 4]]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    sheet = sheet.replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in sheet
    started = time.perf_counter()
    table = read_table(rezip(xlsx([["a"]]), xl__worksheets__sheet1_xml=sheet))
    assert table.frame.shape == (2, 2)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("cell", ["ZZZ1", "A99999999999", "XFD1048576"])
def test_a_cell_at_the_end_of_the_world_is_answered(cell: str) -> None:
    row = "".join(filter(str.isdigit, cell))
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'
    ).encode()
    with pytest.raises(InputError):
        read_table(rezip(xlsx([["x"]]), xl__worksheets__sheet1_xml=sheet))


def test_a_workbook_bomb_is_not_unpacked() -> None:
    bomb = rezip(xlsx([["x"], [1]]), xl__worksheets__sheet1_xml=b" " * (limits.MAX_TABLE_BYTES + 1))
    assert len(bomb) < limits.MEGABYTE
    with pytest.raises(InputError, match="unpacks to more than 100 MB"):
        read_table(bomb)


def test_xml_entities_are_not_expanded() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><worksheet>&lol;</worksheet>'
    with pytest.raises(InputError, match="declares XML entities"):
        read_table(rezip(xlsx([["x"], [1]]), xl__worksheets__sheet1_xml=laughs))
    with pytest.raises(InputError, match="declares XML entities"):
        read_table(rezip(xlsx([["x"], [1]]), xl__sharedStrings_xml=laughs.decode().encode("utf-16")))


# Parquet


def test_parquet_is_read_with_its_types() -> None:
    frame = pd.DataFrame(
        {
            "when": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"),
            "x": [1.5, None, np.inf],
            "n": pd.array([1, 2, 3], dtype="uint8"),
            "flag": [True, False, True],
            "word": ["a", "b", None],
            "amount": ["1,5", "2,5", "3,5"],
        }
    )
    table = read_table(parquet(frame))
    assert kinds(table) == {
        "when": "date", "x": "number", "n": "number", "flag": "number", "word": "text", "amount": "number",
    }  # fmt: skip
    assert str(table.frame["when"][0]) == "2019-12-31 23:00:00"
    assert (table.columns[1].n_missing, table.columns[1].n_infinite) == (1, 1)
    assert column(table, "flag") == [1, 0, 1]
    assert column(table, "amount") == [1.5, 2.5, 3.5]


def test_nested_parquet_columns_are_left_out_and_counted() -> None:
    table = read_table(parquet(pa.table({"x": [1, 2], "list": [[1], [2, 3]], "obj": [{"a": 1}, {"a": 2}]})))
    assert list(table.frame) == ["x"]
    assert table.warnings == ("2 columns with lists, structures or raw bytes were left out.",)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2], pa.decimal128(10, 2)),
        pa.array([dt.date(2020, 1, 1), None], pa.date32()),
        pa.array([1, None], pa.duration("ns")),
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([dt.time(1), None], pa.time64("us")),
        pa.array([2**64 - 1, 1], pa.uint64()),
        pa.array([1.5, None], pa.float16()),
        pa.array([None, 10**18], pa.timestamp("s")),
    ],
)
def test_every_flat_parquet_type_gives_a_column(values: pa.Array) -> None:
    table = read_table(parquet(pa.table({"x": values, "y": [1, 2]})))
    assert list(table.frame) == ["x", "y"]


def test_a_parquet_bomb_is_weighed_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = pa.table({"x": pa.array(np.ones(300_000))})
    data = parquet(ones)
    assert len(data) < 50_000
    monkeypatch.setattr(limits, "MAX_TABLE_ROWS", 100_000)
    with pytest.raises(InputError, match="more than 100,000 rows"):
        read_table(data)


# JSON


@pytest.mark.parametrize(
    "document",
    [
        [{"t": 1, "x": 1.5}, {"t": 2, "x": 2.5}],
        {"t": [1, 2], "x": [1.5, 2.5]},
        {"t": {"0": 1, "1": 2}, "x": {"0": 1.5, "1": 2.5}},
        [["t", "x"], [1, 1.5], [2, 2.5]],
        {"columns": ["t", "x"], "index": [0, 1], "data": [[1, 1.5], [2, 2.5]]},
        {"status": "ok", "result": {"data": [{"t": 1, "x": 1.5}, {"t": 2, "x": 2.5}]}},
    ],
)
def test_json_tables_of_every_shape_are_read(document: Any) -> None:
    table = read_table(json.dumps(document, indent=1).encode())
    assert table.guess["format"] == "JSON"
    assert column(table, "t") == [1, 2]
    assert column(table, "x") == [1.5, 2.5]


def test_json_lines_are_read() -> None:
    table = read_table(
        b'{"t": "2020-01-01", "x": 1}\n{"t": "2020-01-02", "x": null}\n\n{"t": "2020-01-03", "x": 3}'
    )
    assert table.guess["format"] == "JSON lines"
    assert kinds(table) == {"t": "date", "x": "number"}
    assert table.columns[1].n_missing == 1


def test_a_json_list_of_numbers_is_one_column() -> None:
    assert column(read_table(b"[3, 1.5, null, 1e400, -Infinity]"), "Value")[:2] == [3.0, 1.5]
    assert column(read_table(b'{"a": 1, "b": 2.5}'), "Value") == [1.0, 2.5]


def test_uneven_json_columns_are_filled_and_counted() -> None:
    table = read_table(b'{"a": [1, 2, 3], "b": [1]}')
    assert table.columns[1].n_missing == 2
    assert "1 column had fewer values" in table.warnings[0]


def test_huge_json_integers_become_infinite_not_an_error() -> None:
    table = read_table(b'{"a": [1, ' + b"9" * 5000 + b'], "b": [1, ' + b"9" * 350 + b"]}")
    assert table.columns[0].n_infinite == table.columns[1].n_infinite == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'[{"a": 1}, {"a": ', "breaks off near line 1"),
        (b'{"a": 1}\n{"a": \n{"a": 2}', "Record 2 of this JSON lines file is damaged"),
        (b"[]", "holds no table"),
        (b"{}", "holds no table"),
        (b'{"a": []}', "holds no table"),
        (b"[" + b"[]," * 600_000 + b"[]]", "more than is read"),
        (b'{"a": "' + b"x" * (26 * limits.MEGABYTE) + b'"}', "up to 25 MB are read"),
    ],
)
def test_json_that_is_no_table_is_answered(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_table(data)


# What is no table


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\n \n\t\n", "only blank lines"),
        (PNG, "looks like a PNG picture, not a table. CSV, TSV, XLSX, Parquet and JSON work."),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x7fELF\x02\x01\x01\x00", "a program"),
        (b"MThd\x00\x00\x00\x06", "a MIDI file"),
        (b"\x80\x04\x95\x10\x00", "a Python pickle"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "old Excel workbook.*Save it as .xlsx"),
        (b"PK\x03\x04 some archive", "zip archive without a workbook"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"\xef\xbb\xbf  <HTML ><table>", "a web page"),
        (b'<?xml version="1.0"?><data/>', "an XML file"),
        (b"a,b\n1,\x002\n", "binary data"),
        (bytes(random.Random(1).randbytes(5000)), "binary data"),
        (b"PAR1" + b"\x00" * 50, "Parquet file is damaged"),
        (b"PK\x03\x04xl/workbook.xml", "workbook is damaged"),
        (b"\x1f\x8b\x08\x00broken", "gzip file is damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 100)[:-20], "gzip file ends too early"),
        (gzip.compress(gzip.compress(b"a")), "compressed with gzip twice"),
        (gzip.compress(b""), "holds an empty file"),
        (gzip.compress(PNG), "a PNG picture"),
        (b"a,b,c\n", "header but no rows"),
        (b"a,b,c", "header but no rows"),
        (b"# only\n# remarks\n", "no rows"),
        (b"a,b\n,\n,\n", "header but no rows"),
        (b",".join([b"1"] * 1_000_000), "columns; up to 2,000 are read"),
        (b",".join([b"x"] * 2_001) + b"\n" + b",".join([b"1"] * 2_001), "columns; up to 2,000 are read"),
        (b"x" * (9 * limits.MEGABYTE), "first line of this file has no end"),
        (b"x\n" + b"1\n" * 2_000_001, "more than 2,000,000 rows"),
        (b",".join([b"x"] * 1_000) + b"\n" + b"1\n" * 40_000, "more than 30,000,000 cells"),
    ],
)
def test_what_is_no_table_is_answered_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_table(data)
    message = str(caught.value)
    assert message.endswith(".")
    assert "Traceback" not in message
    assert "/" not in message


def test_too_many_bytes_are_refused_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="has 100 MB; tables up to 100 MB are read"):
        read_table(bytes(limits.MAX_TABLE_BYTES + 1))


def test_a_gzip_bomb_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 3 * limits.MEGABYTE)
    bomb = gzip.compress(bytes(50 * limits.MEGABYTE))
    assert len(bomb) < limits.MEGABYTE
    with pytest.raises(InputError, match="unpacks to more than 3 MB"):
        sniff.unpack(bomb)


def test_pasted_text_has_its_own_limit() -> None:
    with pytest.raises(InputError, match="2,000,001 characters; 2,000,000 are read"):
        read_text("1" * 2_000_001)
    with pytest.raises(InputError, match="Nothing was pasted"):
        read_text("  \n ")
    assert column(read_text("x\n\ud800\n1\n"), "x") == ["?", "1"]


def test_a_table_without_numbers_is_refused_only_when_numbers_are_needed() -> None:
    table = read_text("name,day\nAnna,2020-01-01\nBen,2020-01-02\n")
    assert table.number_columns() == []
    assert table.suggest() == (None, [])
    with pytest.raises(InputError, match=r'no column of numbers: "name" \(text\), "day" \(date\)'):
        require_numbers(table)
    require_numbers(read_text("1\n2\n"))


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="decimal sign"):
        ReadOptions(decimal="x")
    with pytest.raises(InputError, match="delimiter"):
        ReadOptions(delimiter="xx")


# Suggestions


def test_time_candidates_come_dates_first_then_names_then_rising_numbers() -> None:
    table = read_text(
        "value,rising,year,date,unit day\n5,1,2000,2020-01-03,3\n3,2,2001,2020-01-02,1\n4,3,2002,2020-01-01,2\n"
    )
    assert table.time_candidates() == ["date", "year", "rising"]
    assert table.suggest() == ("date", ["value"])


def test_the_only_number_column_is_heard_even_if_it_rises() -> None:
    assert read_text("x\n1\n2\n3\n").suggest() == (None, ["x"])


def test_a_second_time_column_and_a_constant_are_not_suggested() -> None:
    table = read_text("date,decimal date,flag,co2\n1958-03,1958.2,1,315\n1958-04,1958.3,1,317\n")
    assert table.suggest() == ("date", ["co2"])


# Laws


def assert_same(first: Table, second: Table) -> None:
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.columns == second.columns
    assert first.sha256 == second.sha256
    assert first.options == second.options


SAMPLES: dict[str, bytes] = {
    "csv": b"day,x,y\n" + b"".join(b"2020-01-%02d,%d.5,a%d\n" % (d, d, d) for d in range(1, 29)),
    "semicolon": "Tag;Wert;Stra\u00dfe\n29.03.2020;1.234,5;A\n30.03.2020;2,5;B\n31.03.2020;3,5;C\n".encode(
        "cp1252"
    ),
    "xlsx": xlsx([["day", "x"], *[[dt.datetime(2020, 1, d), d / 3] for d in range(1, 20)]]),
    "parquet": parquet(pd.DataFrame({"t": pd.date_range("2020", periods=50), "x": np.arange(50) / 7})),
    "json": json.dumps([{"t": f"2020-01-{d:02d}", "x": d / 3} for d in range(1, 20)]).encode(),
    "gzip": gzip.compress(b"a,b\n" + b"1,2\n3,4\n" * 30),
    "utf-16": "a\tb\n1\t2\n3\t4\n".encode("utf-16"),
    "row": b"1 2 3 4 5",
    "comment": b"# year co2\n1959 315.98\n1960 316.91\n",
    "ragged": b"a,b\n1,2,3\n4\n5,6\n",
    "ambiguous": b"d,x\n01/02/2020,1\n02/02/2020,2\n",
}


@pytest.mark.parametrize("key", SAMPLES)
def test_reading_again_with_the_resolved_options_gives_the_same_table(key: str) -> None:
    first = read_table(SAMPLES[key])
    assert_same(first, read_table(SAMPLES[key], options=first.options))


def read_quickly(data: bytes) -> None:
    """Only a DashboardError may leave, and nothing this small may take long."""
    started = time.perf_counter()
    try:
        table = read_table(data)
        assert len(table.frame) >= 1
        assert isinstance(table.frame.index, pd.RangeIndex)
        assert [c.name for c in table.columns] == list(table.frame)
        table.suggest()
    except DashboardError as error:
        assert len(str(error)) < 600
    assert time.perf_counter() - started < 5


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_sentence(data: bytes) -> None:
    read_quickly(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789.,;\t\n\"'|- #abJQ:/%$()\r", max_size=300))
def test_any_text_gives_a_table_or_a_sentence(text: str) -> None:
    read_quickly(text.encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    key=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=6
    ),
)
def test_mutated_files_give_a_table_or_a_sentence(key: str, edits: list[tuple[float, bytes, int]]) -> None:
    data = SAMPLES[key]
    for place, inserted, n_removed in edits:
        at = int(place * len(data))
        data = data[:at] + inserted + data[at + n_removed :]
    read_quickly(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.floats(0, 1),
    junk=st.binary(min_size=1, max_size=20),
    part=st.sampled_from(["sheet1", "workbook"]),
)
def test_a_workbook_with_damaged_xml_gives_a_table_or_a_sentence(
    place: float, junk: bytes, part: str
) -> None:
    path = "xl/workbook.xml" if part == "workbook" else "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(SAMPLES["xlsx"])) as archive:
        xml = archive.read(path)
    at = int(place * len(xml))
    changed = {path.replace("/", "__").replace(".xml", "_xml"): xml[:at] + junk + xml[at + len(junk) :]}
    read_quickly(rezip(SAMPLES["xlsx"], **changed))


names = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12).filter(
        lambda name: (
            any(char.isalpha() for char in name) and not name.startswith(("#", "%", "!", "/", "<", "{", "["))
        )
    ),
    min_size=2,
    max_size=5,
    unique=True,
)


@settings(max_examples=120, deadline=None)
@given(
    names=names,
    rows=st.lists(st.floats(-1e12, 1e12).map(lambda x: round(x, 4)), min_size=4, max_size=20),
    style=st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (";", ".")]),
)
def test_a_written_frame_reads_back_equal(
    names: list[str], rows: list[float], style: tuple[str, str]
) -> None:
    delimiter, decimal = style
    frame = pd.DataFrame({f"v {name}": np.array(rows) + i + 0.5 for i, name in enumerate(names)})
    data = frame.to_csv(index=False, sep=delimiter, decimal=decimal).encode()
    table = read_table(data, options=ReadOptions(delimiter=delimiter, decimal=decimal, header=True))
    assert [c.original_name for c in table.columns] == list(frame)
    np.testing.assert_allclose(table.frame.to_numpy(), frame.to_numpy(), rtol=1e-15)
    guessed = read_table(data)
    assert guessed.options == replace(table.options, encoding="utf-8")
    assert_same(guessed, read_table(data, options=guessed.options))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=False)),
            st.integers(-(2**63), 2**63 - 1),
            st.text(string.ascii_letters + "äöü, ;\"'", min_size=1, max_size=8).map(
                lambda word: "w" + word.strip()
            ),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_parquet_and_json_read_back_equal(rows: list[tuple[float | None, int, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["x", "n", "word"]).astype({"x": float})
    for data in (parquet(frame), json.dumps([dict(zip(frame, row, strict=True)) for row in rows]).encode()):
        table = read_table(data).frame
        np.testing.assert_array_equal(table["x"].to_numpy(dtype=float), frame["x"].to_numpy())
        assert table["n"].tolist() == frame["n"].tolist()
        assert table["word"].tolist() == frame["word"].tolist()


# Speed


def test_ten_thousand_rows_are_read_in_a_blink() -> None:
    day = pd.date_range("1990-01-01", periods=10_000).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": day, "x": np.arange(10_000) / 3, "n": np.arange(10_000)})
    data = frame.to_csv(index=False).encode()
    read_table(data)
    started = time.perf_counter()
    assert len(read_table(data).frame) == 10_000
    assert time.perf_counter() - started < 0.5  # 0.02 s on an idle core; the slack is for a busy one
