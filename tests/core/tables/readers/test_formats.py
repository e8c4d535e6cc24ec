"""Encodings, compression, workbooks, Parquet and JSON."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import time
import zipfile
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from core import limits
from core.errors import InputError
from core.tables.readers import workbooks
from core.tables.table import ReadOptions, Table, read_table
from tests.core.table_files import open_document, parquet, rezip, xlsx


def column(table: Table, name: str) -> list[Any]:
    return table.frame[name].tolist()


def kinds(table: Table) -> dict[str, str]:
    return {c.name: c.kind for c in table.columns}


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
def test_encodings_are_recognized(encoding: str, word: str, label: str) -> None:
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
    with pytest.raises(InputError, match="encoding “punycode” is not supported"):
        read_table(data, options=ReadOptions(encoding="punycode"))
    with pytest.raises(InputError, match="not in Shift-JIS"):
        read_table(b"a,x\n\x81 ,1\n", options=ReadOptions(encoding="shift_jis"))


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
    assert table.suggest()[:2] == ("day", ["x"])


def test_the_first_sheet_with_data_is_read_and_another_can_be_chosen() -> None:
    data = xlsx([["a"], [1], [2]], empty_sheet_first=True)
    table = read_table(data)
    assert table.guess["sheet"] == "Data"
    assert table.sheets == ("Sheet", "Data")
    assert read_table(data, options=ReadOptions(sheet="Data")).frame.equals(table.frame)
    with pytest.raises(InputError, match=r"no sheet “Nope”. It has “Sheet”, “Data”"):
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
def test_a_cell_at_the_end_of_the_world_is_answered(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        workbooks, "_MAX_CPU_SEC", 4
    )  # one of them is stopped, which takes all the time that it may
    row = "".join(filter(str.isdigit, cell))
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'
    ).encode()
    with pytest.raises(InputError):
        read_table(rezip(xlsx([["x"]]), xl__worksheets__sheet1_xml=sheet))


def test_two_cells_in_two_corners_do_not_end_the_app() -> None:
    row = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{row.format(1, 'A')}{row.format(1048576, 'XFD')}</sheetData></worksheet>"
    ).encode()
    with pytest.raises(InputError, match=r"takes too much memory or time|more than 2,000 columns"):
        read_table(rezip(xlsx([["x"]]), xl__worksheets__sheet1_xml=sheet))


def test_errors_in_a_workbook_are_missing_and_shares_are_numbers() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells in (["share", "sure", "x"], [0.25, True, 1], ["#N/A", False, 2], [0.5, True, 3]):
        sheet.append(cells)
    for place in ("A2", "A4"):
        sheet[place].number_format = "0%"
    stream = io.BytesIO()
    book.save(stream)
    table = read_table(stream.getvalue())
    assert kinds(table) == {"share": "number", "sure": "number", "x": "number"}
    assert table.columns[0].n_missing == 1
    assert column(table, "share")[::2] == [0.25, 0.5]
    assert column(table, "sure") == [1, 0, 1]
    assert column(table, "x") == [1, 2, 3]
    assert table.frame["x"].dtype == "int64"


def test_the_word_error_in_a_workbook_is_a_word() -> None:
    table = read_table(xlsx([["error", "x"], ["error", 1], ["ok", 2], ["sheet", 3]]))
    assert table.frame["error"].tolist() == ["error", "ok", "sheet"]
    assert table.frame["x"].tolist() == [1, 2, 3]


def test_a_table_that_begins_beside_the_margin_keeps_its_places() -> None:
    table = read_table(xlsx([[], [None, "", "b", "c"], [None, 1, 4, 7], [None, 2, 5, 8]]))
    assert list(table.frame) == ["Column 2", "b", "c"]


def test_an_open_document_is_read() -> None:
    table = read_table(open_document([["t", "x"], [1, 1.5], [2, 2.5]]))
    assert table.guess["format"] == "ODS"
    assert column(table, "x") == [1.5, 2.5]


def test_a_workbook_bomb_is_not_unpacked() -> None:
    bomb = rezip(xlsx([["x"], [1]]), xl__worksheets__sheet1_xml=b" " * (limits.MAX_TABLE_BYTES + 1))
    assert len(bomb) < limits.MEGABYTE
    with pytest.raises(InputError, match="unpacks to more than 100 MB"):
        read_table(bomb)


def test_xml_entities_are_not_expanded() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><worksheet>&lol;</worksheet>'
    with pytest.raises(InputError, match=r"has no values|damaged"):
        read_table(rezip(xlsx([["x"], [1]]), xl__worksheets__sheet1_xml=laughs))
    with pytest.raises(InputError, match=r"has no values|damaged"):
        read_table(rezip(xlsx([["x"], [1]]), xl__styles_xml=laughs.decode().encode("utf-16")))


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
        "when": "date",
        "x": "number",
        "n": "number",
        "flag": "number",
        "word": "text",
        "amount": "number",
    }
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
        pa.array([None, 10**15], pa.timestamp("ms")),
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
        (b'[{"a": 1}, {"a": ', "incomplete or damaged near line 1"),
        (b'{"a": 1}\n{"a": \n{"a": 2}', "Record 2 of this JSON lines file is damaged"),
        (b"[]", "has no table"),
        (b"{}", "has no table"),
        (b'{"a": []}', "has no table"),
        (b"[" + b"[]," * 600_000 + b"[]]", "too many"),
        (b'{"a": "' + b"x" * (26 * limits.MEGABYTE) + b'"}', "up to 25 MB can be read"),
    ],
)
def test_json_that_is_no_table_is_answered(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_table(data)
