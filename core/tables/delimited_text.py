"""Delimited text, read column by column into Arrow strings; no row is lost without being counted."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Literal

import pyarrow as pa
from pyarrow import csv as arrow_csv

from core import limits
from core.errors import InputError, plural
from core.tables.dialect import Layout, find_layout, looks_like_value
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.text_encoding import ENCODINGS, to_utf8

_COMMENT_LINES = re.compile(rb"(?m)^[ \t]*#.*\n?")


def read_delimited(data: bytes, options: ReadOptions) -> RawTable:
    """Read CSV, TSV and their relatives.

    Parameters
    ----------
    data : bytes
        Text in any encoding.
    options : ReadOptions
        The visitor's corrections.

    Raises
    ------
    InputError
        When the bytes are not text or no table can be found in them.
    """
    body, encoding, warnings = to_utf8(data, options.encoding)
    if not body.strip():
        raise InputError("This file holds only blank lines. A table has a row for each moment.")
    layout = find_layout(body, options)
    rows = _data_lines(body, layout)
    del body  # here and below, a large text is let go as soon as it has been read
    columns, notes = _read_columns(rows, layout)
    del rows
    names = layout.names
    if not layout.has_header and options.header is None and _is_one_row_of_numbers(columns):
        columns = [pa.array([column[0].as_py() for column in columns], pa.string())]
        names = ["Value"]
        layout.guess["layout"] = "one row of numbers, read as a column"
    resolved = replace(
        options,
        delimiter=layout.delimiter,
        header=_resolve_header(layout, names, options),
        encoding=encoding,
    )
    return RawTable(
        names=names,
        cells=list(columns),
        options=resolved,
        guess={**layout.guess, "encoding": ENCODINGS[encoding]},
        warnings=warnings + layout.warnings + notes,
    )


def _resolve_header(layout: Layout, names: list[str], options: ReadOptions) -> bool | None:
    """What makes a second reading give the same table: a row that was turned must be recognised again."""
    was_turned = len(names) != len(layout.names)
    return options.header if was_turned else layout.has_header


def _is_one_row_of_numbers(columns: list[pa.ChunkedArray]) -> bool:
    if len(columns) < 3 or len(columns[0]) != 1:
        return False
    return all(looks_like_value(column[0].as_py() or "") for column in columns)


def _data_lines(body: bytes, layout: Layout) -> bytes:
    """The lines below the header, with one delimiter between the cells."""
    rows = body[layout.body_start :]
    if layout.body_start and b"\n#" in rows and "comment" in layout.guess.get("preamble", ""):
        rows = _COMMENT_LINES.sub(b"", rows)
    if layout.delimiter == " ":
        rows = _single_spaces(rows)
    rows = _without_blank_end(rows, b"\n\x1a \t" if layout.delimiter in ("", " ", ",", ";") else b"\n\x1a")
    if not rows:
        raise InputError(
            "This table has a header but no rows below it. It needs a row for each moment with the values to hear."
        )
    check_size(rows.count(b"\n") + (not rows.endswith(b"\n")), len(layout.names))
    return rows


def _without_blank_end(rows: bytes, blanks: bytes) -> bytes:
    """Cut blank lines at the end; the usual single line end stays, because a cut copies the whole text."""
    tail = rows[-4096:]
    n_blank = len(tail) - len(tail.rstrip(blanks))
    return rows if rows[len(rows) - n_blank :] in (b"", b"\n") else rows.rstrip(blanks)


def _single_spaces(rows: bytes) -> bytes:
    rows = rows.replace(b"\t", b" ")
    while b"  " in rows:
        rows = rows.replace(b"  ", b" ")
    return rows.replace(b"\n ", b"\n").replace(b" \n", b"\n").lstrip(b" ")


def _read_columns(rows: bytes, layout: Layout) -> tuple[list[pa.ChunkedArray], list[str]]:
    """All columns as strings, and what had to be repaired."""
    warnings: list[str] = []
    has_quotes = b'"' in rows
    if has_quotes and rows.count(b'"') % 2:
        # One quotation mark that never closes would swallow all rows behind it.
        rows, has_quotes = rows.replace(b'"', b""), False
        warnings.append("A quotation mark in this file is never closed; all of them were left out.")
    width = len(layout.names)
    if width == 1:
        return [_read_single_column(rows, has_quotes)], warnings
    delimiter = layout.delimiter or ","
    table, n_ragged = _parse(rows, width, delimiter, has_quotes=has_quotes)
    if n_ragged:
        del table  # as large as what is repaired
        rows, notes = _repair(rows, width, delimiter, has_quotes=has_quotes)
        warnings += notes
        table, n_ragged = _parse(rows, width, ",", has_quotes=True)
    if n_ragged or table is None:
        raise InputError("The rows of this file could not be told apart. Save it again as CSV in UTF-8.")
    return table.columns, warnings


def _read_single_column(rows: bytes, has_quotes: bool) -> pa.Array:
    """One column has no delimiter, so every line is a cell. Single blank lines are gaps in the series."""
    text = rows.decode("utf-8", errors="replace").removesuffix("\n").split("\n")
    n_blank = sum(not line.strip() for line in text)
    if n_blank * 3 > len(text):  # a double-spaced list
        text = [line for line in text if line.strip()]
    if has_quotes:
        text = [line.strip().strip('"') for line in text]
    return pa.array(text, pa.string())


def _parse(rows: bytes, width: int, delimiter: str, *, has_quotes: bool) -> tuple[pa.Table | None, int]:
    """Parse with Arrow; also how many rows do not have ``width`` cells (then the table lacks them)."""
    n_ragged = 0

    def count(_row: arrow_csv.InvalidRow) -> str:
        """Count a row that does not fit, and pass over it."""
        nonlocal n_ragged
        n_ragged += 1
        return "skip"

    names = [str(i) for i in range(width)]
    parse_options = arrow_csv.ParseOptions(
        delimiter=delimiter,
        quote_char='"' if has_quotes else False,
        newlines_in_values=has_quotes,
        invalid_row_handler=count,
    )
    convert_options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
    )
    # A block must hold the longest row, so the second try takes everything at once.
    for block_size in (4 * limits.MEGABYTE, len(rows) + 1):
        n_ragged = 0
        read_options = arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=block_size)
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(rows),
                read_options=read_options,
                parse_options=parse_options,
                convert_options=convert_options,
            )
        except pa.ArrowInvalid:
            continue
        return table, n_ragged
    return None, n_ragged


def _repair(rows: bytes, width: int, delimiter: str, *, has_quotes: bool) -> tuple[bytes, list[str]]:
    """Give every row ``width`` cells: short ones are filled up, what is too much is left out and counted."""
    n_long = n_short = 0
    source = io.TextIOWrapper(io.BytesIO(rows), encoding="utf-8", errors="replace", newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE
    # Not a StringIO, which takes four bytes for every character.
    repaired = io.BytesIO()
    target = io.TextIOWrapper(repaired, encoding="utf-8", newline="")
    writer = csv.writer(target, lineterminator="\n")
    try:
        for row in csv.reader(source, delimiter=delimiter, quoting=quoting):
            if not row:
                continue
            extra = len(row) - width
            if extra > 0 and any(cell.strip() for cell in row[width:]):
                n_long += 1
            n_short += extra < 0
            writer.writerow(row[:width] if extra >= 0 else row + [""] * -extra)
    except csv.Error as error:
        raise InputError("A cell in this file is too long; a quotation mark may not be closed.") from error
    warnings = []
    if n_long:
        warnings.append(
            f"{plural(n_long, 'row')} had more cells than the header; the extra cells were left out."
        )
    if n_short:
        warnings.append(
            f"{plural(n_short, 'row')} had fewer cells than the header; what is not there is missing."
        )
    target.flush()
    return repaired.getvalue(), warnings
