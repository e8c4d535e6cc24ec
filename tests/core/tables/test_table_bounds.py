"""Small files that unpack to absurd tables are refused, or read, in little time and memory."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import limits
from core.errors import InputError
from core.tables.cells import column_types, date_patterns, dates
from core.tables.raw_table import ReadOptions
from core.tables.readers import json_tables, workbook_process, workbooks
from core.tables.readers import parquet as table_parquet
from core.tables.readers.json_tables import SparseColumn
from core.tables.table import read_table
from tests.core.table_files import open_document, parquet, rezip, xlsx

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
# What was read may outlive a test, and gives its memory back to the pool that it came from.
POOLS: list[pa.MemoryPool] = []


@contextmanager
def most_arrow_bytes(most: int) -> Iterator[None]:
    """What the block reads with Arrow never holds more than this at once."""
    usual = pa.default_memory_pool()
    counting = pa.proxy_memory_pool(usual)
    POOLS.append(counting)
    pa.set_memory_pool(counting)
    try:
        yield
    finally:
        pa.set_memory_pool(usual)
    assert counting.max_memory() < most


def sheet(rows: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>'.encode()


# Parquet


def packed(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def test_one_text_of_a_dictionary_in_every_row_is_weighed_before_it_is_unpacked() -> None:
    places = pa.array(np.zeros(65_536, np.int32))
    data = packed(pa.table({"x": pa.DictionaryArray.from_arrays(places, pa.array(["x" * 20_000]))}))
    assert len(data) < 1_000
    with most_arrow_bytes(20_000_000), pytest.raises(InputError, match="more than 100 MB of text"):
        read_table(data)


def test_a_text_that_is_declared_too_long_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_parquet, "_MAX_TEXT_BYTES", 1_000_000)
    data = packed(pa.table({"x": ["x" * 8_000_000]}))
    with most_arrow_bytes(1_000_000), pytest.raises(InputError, match="MB of text"):
        read_table(data)


def test_lists_are_left_out_without_being_read() -> None:
    lists = pa.ListArray.from_arrays(
        pa.array([0, 4_000_000, 8_000_000], pa.int32()), np.zeros(8_000_000, "i1")
    )
    data = packed(pa.table({"list": lists, "x": [1, 2]}))
    with most_arrow_bytes(2_000_000):
        table = read_table(data)
    assert list(table.frame) == ["x"]
    assert table.warnings == ("1 column with lists, structures or raw bytes was left out.",)


def test_texts_of_a_dictionary_are_read_as_they_are() -> None:
    words = pa.array(["a", None, "b", "a"])
    table = read_table(
        packed(pa.table({"plain": words, "packed": words.dictionary_encode(), "a.b": [1, 2, 3, 4]}))
    )
    assert table.frame["plain"].tolist() == table.frame["packed"].tolist()
    assert table.frame["a.b"].tolist() == [1, 2, 3, 4]


def test_a_parquet_file_whose_footer_is_larger_than_any_table_needs_is_refused() -> None:
    n_bytes = 5 * limits.MEGABYTE
    data = b"PAR1" + bytes(n_bytes) + struct.pack("<I", n_bytes) + b"PAR1"
    with pytest.raises(InputError, match="too many columns and row groups"):
        read_table(data)


def test_a_parquet_file_without_rows_says_so() -> None:
    with pytest.raises(InputError, match="has no rows"):
        read_table(parquet(pa.table({"x": ["a"]}).slice(0, 0)))


# Workbooks


@pytest.mark.parametrize(
    "rows",
    [
        "<row>" + "<c/>" * 3_000 + "</row>",
        "<row/>" * 3_000,
        ("<row>" + "<c><v>1</v></c>" * 100 + "</row>") * 10,
    ],
    ids=["empty cells", "empty rows", "cells"],
)
def test_elements_of_a_workbook_are_counted_before_it_is_read(
    rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_MAX_TAGS", 3_000)
    monkeypatch.setattr(workbooks, "_read_sheet", lambda *_: pytest.fail("it was read"))
    with pytest.raises(InputError, match="more than 3,000 elements"):
        read_table(rezip(xlsx([[1]]), **{"xl__worksheets__sheet1_xml": sheet(rows)}))


def test_an_ordinary_workbook_is_far_from_the_most_elements() -> None:
    # 100 MB of these are all that is unpacked.
    row = "<row>" + '<c r="AA12345" s="1"><v>0.123456789</v></c>' * 100 + "</row>"
    assert row.count("<") / len(row) * limits.MAX_TABLE_BYTES < workbooks._MAX_TAGS


def test_a_long_number_format_of_many_styles_is_refused() -> None:
    styles = (
        f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="200" formatCode="{"0" * 30_000}d"/></numFmts><cellXfs>'
        + '<xf numFmtId="200"/>' * 20_000
        + "</cellXfs></styleSheet>"
    )
    with pytest.raises(InputError, match="too many styles and number formats"):
        read_table(rezip(xlsx([[1]]), **{"xl__styles_xml": styles.encode()}))


def test_cells_in_the_last_column_of_many_rows_are_a_sentence() -> None:
    rows = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(2, 10_000))
    data = rezip(
        xlsx([[1]]), **{"xl__worksheets__sheet1_xml": sheet('<row><c r="A1"><v>1</v></c></row>' + rows)}
    )
    with pytest.raises(InputError, match=r"takes too much memory|more than 2,000 columns"):
        read_table(data)


def test_a_shared_string_counts_as_often_as_it_is_shown() -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(
            [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")], start=1
        )
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    data = rezip(
        xlsx([["a"]]),
        xl__worksheets__sheet1_xml=sheet('<row><c t="s"><v>0</v></c><c><v>1</v></c></row>' * 12_000),
        xl__sharedStrings_xml=f"<sst {MAIN}><si><t>{'q' * 5_000}</t></si></sst>".encode(),
        **{
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{relations}</Relationships>'.encode()
        },
    )
    assert len(data) < 20_000
    with pytest.raises(InputError, match="more than 50 million characters"):
        read_table(data)


def test_a_part_that_holds_more_than_it_declares_is_found() -> None:
    data = bytearray(rezip(xlsx([[1]]), **{"xl__worksheets__sheet1_xml": sheet("<row/>" * 1_000)}))
    name = b"xl/worksheets/sheet1.xml"
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(name))
    data[entry + 24 : entry + 28] = struct.pack("<I", 100)
    with pytest.raises(InputError, match="workbook is damaged"):
        read_table(bytes(data))


def test_repeated_cells_of_an_open_document_are_bounded() -> None:
    cell = (
        '<table:table-cell table:number-columns-repeated="1900" office:value-type="float" office:value="1"/>'
    )
    row = f'<table:table-row table:number-rows-repeated="15000">{cell}</table:table-row>'
    with pytest.raises(InputError, match="takes too much memory"):
        read_table(open_document([["x"]], row))


@pytest.mark.parametrize("n_rows", [1, 2, workbook_process.HEAD_ROWS, 2 * workbook_process.HEAD_ROWS])
def test_a_workbook_reads_the_same_in_its_first_rows_and_below(n_rows: int) -> None:
    head = ["t", "whole", "gap", "mixed", "word", "flag", "empty"]
    rows: list[list[Any]] = [head]
    for i in range(n_rows):
        rows.append([i / 4, i, i if i % 2 else None, i if i % 3 else "x", f"w{i % 2}", i % 2 == 0, None])
    table = read_table(xlsx(rows))
    assert list(table.frame) == head
    assert table.frame["t"].tolist() == [i / 4 for i in range(n_rows)]
    assert table.frame["whole"].tolist() == list(range(n_rows))
    assert str(table.frame["whole"].dtype) == "int64"
    assert table.frame["gap"].dropna().tolist() == list(range(1, n_rows, 2))
    assert table.frame["word"].tolist() == [f"w{i % 2}" for i in range(n_rows)]
    assert table.frame["flag"].tolist() == [i % 2 == 0 for i in range(n_rows)]
    assert table.columns[-1].kind == "empty"
    if n_rows > 2:
        assert table.columns[3].kind == "text"
        assert table.frame["mixed"].tolist() == [str(i) if i % 3 else "x" for i in range(n_rows)]


# Text and JSON


def test_a_rule_of_writing_is_only_run_over_columns_that_it_could_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes = []
    real = column_types.pc.replace_substring_regex
    monkeypatch.setattr(
        column_types.pc,
        "replace_substring_regex",
        lambda *given, **more: passes.append(1) or real(*given, **more),
    )
    cells = pa.array([f"({i},5)" for i in range(1_000)])
    found = column_types.recognize_column(cells, name="x", decimal=",", day_first=None)
    assert found.values.tolist() == [-(i + 0.5) for i in range(1_000)]
    assert len(passes) == 2  # brackets, of the sample and of the column


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("−1", -1.0),
        ("($1,200.5)", -1200.5),
        ("US$ 5", 5.0),
        ("5 kr.", 5.0),
        ("12 %", 12.0),
        ("- 3", -3.0),
        ("∞", np.inf),
        ("-Infinity", -np.inf),
        ("1 200", 1200.0),
        ("1’200", 1200.0),
        ("1,200", 1200.0),
    ],
)
def test_every_way_of_writing_a_number_is_read_alone_and_among_others(cell: str, number: float) -> None:
    for cells in ([cell] * 3, [cell, "7", "8", "9"]):
        found = column_types.recognize_column(pa.array(cells), name="x", decimal=".", day_first=None)
        assert found.values.tolist()[0] == number
        assert found.n_unreadable == 0


def test_a_column_of_words_is_not_tried_against_every_way_of_writing_a_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []
    real = date_patterns._fits
    monkeypatch.setattr(date_patterns, "_fits", lambda *given: tried.append(1) or real(*given))
    assert dates.parse_dates(pa.array(["hello"] * 1_000), day_first=None) is None
    assert len(tried) == 1


def test_a_date_with_and_without_a_time_of_day_is_the_same_day() -> None:
    plain = dates.parse_dates(pa.array(["29.03.1958", "1.4.1958"]), day_first=None)
    timed = dates.parse_dates(pa.array(["29.03.1958", "1.4.1958 0:00"]), day_first=None)
    assert plain is not None
    assert timed is not None
    assert plain.values.tolist() == timed.values.tolist()


@pytest.mark.parametrize("value", [1, 1.5, '"word"', '"3.4.2020"', "true", '"1,5"'])
def test_json_records_with_ever_other_keys_are_held_by_their_cells(value: object) -> None:
    text = "[" + ",".join(f'{{"k{i % 50}": {value}}}' for i in range(2_000)) + "]"
    body = json_tables._columns(json.loads(text), ReadOptions()).columns
    assert sum(len(column.values) for column in body.values() if isinstance(column, SparseColumn)) == 2_000
    dense = "[" + ",".join(f'{{"k": {value}}}' for _ in range(40)) + "]"
    sparse, expected = read_table(text.encode()), read_table(dense.encode())
    assert sparse.frame.shape == (2_000, 50)
    for place, column in enumerate(sparse.columns):
        assert column.n_missing == 1_960
        cells = sparse.frame[column.name]
        assert np.flatnonzero(cells.notna()).tolist() == list(range(place, 2_000, 50))
        assert cells.dropna().tolist() == expected.frame["k"].tolist()


def test_json_columns_and_rows_of_different_lengths_are_filled_up() -> None:
    columns = read_table(json.dumps({"a": list(range(100)), "b": [1, 2], "c": ["x"]}).encode())
    assert columns.frame["b"].tolist()[:2] == [1, 2]
    assert [column.n_missing for column in columns.columns] == [0, 98, 99]
    rows = read_table(json.dumps([["a", "b", "c", "d", "e", "f"], [1, 2, 3, 4, 5, 6], *[[1]] * 100]).encode())
    assert [column.n_missing for column in rows.columns] == [0, 100, 100, 100, 100, 100]
    nested = read_table(json.dumps({"a": {"x": 1, "y": 2}, "b": {"y": 3, "z": 4}}).encode())
    assert nested.frame["b"].tolist()[1:] == [3, 4]
    assert nested.frame["a"].tolist()[:2] == [1, 2]


@pytest.mark.parametrize(
    "data",
    [
        "a;b\n1;2\n3;4\n".encode("utf-16") + b"x",
        "a;b\n1;2\n3;4\n".encode("utf-16-le") + b"x",
        "a;b\n1;2\n3;4\n".encode("utf-16-be")[:-1],
        "a;b\n1;2\n3;4\n".encode("utf-32") + b"xyz",
        ("a;b\n" + "1;2\n" * 50 + "\ud800;4\n").encode("utf-16-le", "surrogatepass"),
        "東京の天気;b\n".encode("cp932") * 4_000 + b"1;\x81",
        "é;b\n1;2\n".encode() * 60 + b"\xff;3\n",
    ],
    ids=["UTF-16", "UTF-16 LE", "UTF-16 BE", "UTF-32", "surrogate", "Shift-JIS", "UTF-8"],
)
def test_a_text_with_a_broken_character_is_read_again_with_its_own_options(data: bytes) -> None:
    first = read_table(data)
    assert any("not valid" in warning for warning in first.warnings)
    again = read_table(data, options=first.options)
    assert again.options == first.options
    assert again.frame.equals(first.frame)


def test_a_text_in_another_encoding_than_the_chosen_one_is_refused() -> None:
    with pytest.raises(InputError, match="not in Shift-JIS"):
        read_table(
            "Größe,x\n1,2\n".encode("latin-1") + b"\xfc\xff,1\n", options=ReadOptions(encoding="cp932")
        )
