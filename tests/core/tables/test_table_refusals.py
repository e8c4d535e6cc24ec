"""What is no table, or too much of one, is answered with a sentence."""

from __future__ import annotations

import gzip
import random
from typing import Any

import numpy as np
import pytest

from core import limits
from core.errors import InputError
from core.files.archives import gunzip
from core.tables.table import ReadOptions, Table, read_table, read_text, require_numbers

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def column(table: Table, name: str) -> list[Any]:
    return table.frame[name].tolist()


# What is no table


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\n \n\t\n", "only blank lines"),
        (
            PNG,
            r"looks like a PNG picture, not a table. Supported formats: CSV, TSV, workbooks \(XLSX, XLS, ODS\), Parquet, JSON and HTML.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "WordDocument".encode("utf-16-le"),
            "a Word document",
        ),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x7fELF\x02\x01\x01\x00", "a program"),
        (b"MThd\x00\x00\x00\x06", "a MIDI file"),
        (b"\x80\x04\x95\x10\x00", "a Python pickle"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "This workbook is damaged"),
        (b"PK\x03\x04 some archive", "a ZIP archive, not a table. Unpack it first. Supported formats: CSV"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"\xef\xbb\xbf  <HTML ><table>", "a web page"),
        (b'<?xml version="1.0"?><data/>', "an XML file"),
        (b"a,b\n1,\x002\n", "binary data"),
        (bytes(random.Random(1).randbytes(5000)), "binary data"),
        (b"PAR1" + b"\x00" * 50, "Parquet file is damaged"),
        (b"PK\x03\x04xl/workbook.xml", "workbook is damaged"),
        (b"\x1f\x8b\x07\x00broken", "gzip file is damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 100, mtime=0)[:-20], "gzip file is cut off"),
        (gzip.compress(gzip.compress(b"a", mtime=0), mtime=0), "compressed with gzip twice"),
        (gzip.compress(b"", mtime=0), "contains an empty file"),
        (gzip.compress(PNG, mtime=0), "a PNG picture"),
        (b"a,b,c\n", "header but no rows"),
        (b"a,b,c", "header but no rows"),
        (b"# only\n# remarks\n", "no rows"),
        (b"a,b\n,\n,\n", "header but no rows"),
        (b",".join([b"1"] * 1_000_000), "columns; the limit is 2,000"),
        (b",".join([b"x"] * 2_001) + b"\n" + b",".join([b"1"] * 2_001), "columns; the limit is 2,000"),
        (b"x" * (9 * limits.MEGABYTE), "first line of this file never ends"),
        (b"x\n" + b"1\n" * 1_500_001, "more than 1,500,000 rows"),
        (b",".join([b"x"] * 1_000) + b"\n" + b"1,2\n" * 40_000, "more than 30,000,000 cells"),
    ],
    # A name may hold nothing of the moment: test processes that collect different names stop the whole run.
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_is_no_table_is_answered_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_table(data)
    message = str(caught.value)
    assert message.endswith(".")
    assert "Traceback" not in message
    assert "/" not in message


def test_too_many_bytes_are_refused_before_anything_is_read() -> None:
    with pytest.raises(InputError, match=r"This file has 100\.1 MB; up to 100 MB can be read"):
        read_table(bytes(limits.MAX_TABLE_BYTES + 1))


def test_a_gzip_bomb_ends_with_a_sentence() -> None:
    bomb = gzip.compress(bytes(50 * limits.MEGABYTE))
    assert len(bomb) < limits.MEGABYTE
    with pytest.raises(InputError, match="unpacks to more than 3 MB"):
        gunzip(bomb, 3 * limits.MEGABYTE)


def test_pasted_text_has_its_own_limit() -> None:
    with pytest.raises(InputError, match="2,000,001 characters; the limit is 2,000,000"):
        read_text("1" * 2_000_001)
    with pytest.raises(InputError, match="Nothing was pasted"):
        read_text("  \n ")
    assert np.isnan(column(read_text("x\n\ud800\n1\n"), "x")[0])


def test_a_table_without_numbers_is_refused_only_when_numbers_are_needed() -> None:
    table = read_text("name,day\nAnna,2020-01-01\nBen,2020-01-02\n")
    assert table.number_columns() == []
    assert table.suggest()[:2] == (None, [])
    with pytest.raises(InputError, match=r'no numeric column: "name" \(text\), "day" \(date\)'):
        require_numbers(table)
    require_numbers(read_text("1\n2\n"))


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="decimal separator"):
        ReadOptions(decimal="x")
    with pytest.raises(InputError, match="delimiter"):
        ReadOptions(delimiter="xx")
