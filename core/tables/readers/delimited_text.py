"""Reader of delimited text (CSV, TSV): columns of Arrow strings, with a count of malformed rows."""

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
from core.tables.decisions import Decision
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.cell_kinds import looks_like_value
from core.tables.readers.dialect import Layout, find_layout, has_wide_gaps, sample_lines, split_rows
from core.tables.readers.markdown_tables import unframe_markdown
from core.tables.readers.table_end import TableEnd, find_end
from core.tables.readers.text_encoding import ENCODINGS, to_utf8

_COMMENT_LINES = re.compile(rb"(?m)^[ \t]*#.*\n?")
_END_BYTES, _END_LINES = 16 * 1024, 40  # where totals and notes are looked for


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
        raise InputError("This file has only blank lines. A table has one row per time step.")
    body, is_markdown = unframe_markdown(body)
    body = _open_wide_gaps(body, options)
    layout = find_layout(body, replace(options, delimiter="|") if is_markdown else options)
    if is_markdown:
        layout.guess["format"] = "Markdown table"
        told = "This is a Markdown table: vertical bars separate the cells."
        layout.decisions.insert(0, Decision(key="delimiter", sentence=told))
    rows = _data_lines(body, layout)
    del body  # here and below, a large text is let go as soon as it has been read
    rows, end = _cut_end(rows, layout, options)
    columns, notes = _read_columns(rows, layout)
    del rows
    resolved = replace(options, delimiter=layout.delimiter, header=layout.has_header, encoding=encoding)
    raw = RawTable(
        names=layout.names,
        cells=list(columns),
        options=resolved,
        guess={**layout.guess, "encoding": ENCODINGS[encoding]},
        warnings=warnings + layout.warnings + notes,
        units=layout.units,
        decisions=[*layout.decisions, *end.decisions],
    )
    return _read_across(raw, options) if not layout.has_header and len(raw.cells[0]) == 1 else raw


def _open_wide_gaps(body: bytes, options: ReadOptions) -> bytes:
    """Insert tabs between columns that are separated only by wide gaps."""
    if options.delimiter not in (None, " ", "\t") or b"  " not in body[:_END_BYTES]:
        return body
    if not has_wide_gaps(sample_lines(body)[0]):
        return body
    return re.sub(rb" {2,}", b"\t", re.sub(rb"(?m)^ +", b"", body))


def _read_across(raw: RawTable, options: ReadOptions) -> RawTable:
    """Transpose a single row of numbers, optionally with a name in front, into a column."""
    cells = [column[0].as_py() or "" for column in raw.cells]
    while cells and not cells[-1].strip():
        cells.pop()
    has_label = bool(cells) and not looks_like_value(cells[0])
    values = cells[has_label:]
    if len(values) < 3 or not all(map(looks_like_value, values)):
        return raw
    chosen = options.choice("across")
    # Once it was kept as it is, the options say that the row is data; the visitor may still change his mind.
    is_across = chosen == "across" or (chosen is None and options.header is None)
    sentence = f"This is one row of {len(values)} numbers. "
    sentence += (
        "It is read across, from left to right." if is_across else "Each number is a column of its own."
    )
    choices = (("across", "Read the row across"), ("as it is", "A column for each number"))
    told = Decision(
        key="across", sentence=sentence, chosen="across" if is_across else "as it is", choices=choices
    )
    raw.decisions = [*(d for d in raw.decisions if d.key != "header"), told]
    if is_across:
        raw.cells = [pa.array(values, pa.string())]
        raw.names = [cells[0].strip() if has_label else "Value"]
        raw.guess["layout"] = "one row of numbers, read as a column"
        # A second reading must recognize the row again, so it is not told that there is no header.
        raw.options = replace(raw.options, header=None)
    return raw


def _data_lines(body: bytes, layout: Layout) -> bytes:
    """The lines below the header, with one delimiter between the cells."""
    rows = body[layout.body_start : layout.body_end]
    if layout.body_start and b"\n#" in rows and "comment" in layout.guess.get("preamble", ""):
        rows = _COMMENT_LINES.sub(b"", rows)
    if layout.delimiter == " ":
        rows = _single_spaces(rows)
    if layout.has_spaced_quotes:
        sign, quote = re.escape(layout.delimiter).encode(), layout.quote.encode()
        rows = re.sub(sign + b" +" + quote, layout.delimiter.encode() + quote, rows)
    rows = _without_blank_end(rows, b"\n\x1a \t" if layout.delimiter in ("", " ", ",", ";") else b"\n\x1a")
    if not rows:
        raise InputError(
            "This table has a header but no rows below it. It needs one row per time step with the values to play."
        )
    check_size(rows.count(b"\n") + (not rows.endswith(b"\n")), len(layout.names))
    return rows


def _cut_end(rows: bytes, layout: Layout, options: ReadOptions) -> tuple[bytes, TableEnd]:
    """Cut totals and notes at the end."""
    start = max(0, len(rows) - _END_BYTES)
    start = rows.find(b"\n", start) + 1 if start else 0
    lines = rows[start:].decode("utf-8", errors="replace").removesuffix("\n").split("\n")
    tail: list[list[str]] = []
    for line in reversed(lines[-_END_LINES:]):
        if line.count(layout.quote) % 2 and layout.quote == '"':
            break  # a cell with line breaks: where its row begins is not known
        found, _ = split_rows([line], layout.delimiter, layout.quote, keep_blank=True)
        row = found[0] if found else []
        tail.insert(0, row[slice(*layout.columns)] if layout.columns else row)
    n_before = rows.count(b"\n", 0, start) + len(lines) - len(tail)
    end = find_end(tail, layout.values, options, width=len(layout.names), n_before=n_before)
    if end.n_rows:
        body = rows.removesuffix(b"\n")
        cut = len(body)
        for _ in range(end.n_rows):
            cut = body.rfind(b"\n", 0, cut)
        rows = body[:cut].rstrip(b"\n") + b"\n"
    return rows, end


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
    quote = layout.quote
    has_quotes = quote.encode() in rows
    if has_quotes and rows.count(quote.encode()) % 2:
        # One quotation mark that never closes would swallow all rows behind it.
        rows, has_quotes = rows.replace(quote.encode(), b""), False
        warnings.append("A quotation mark in this file is never closed; all of them were left out.")
    left = layout.columns[0] if layout.columns else 0
    width = max(layout.n_cells, len(layout.names))
    if width == 1:
        return [_read_single_column(rows, has_quotes)], warnings
    delimiter = layout.delimiter or ","
    table, n_ragged = _parse(rows, width, delimiter, quote if has_quotes else "")
    if n_ragged:
        del table  # as large as what is repaired
        rows, notes = _repair(rows, width, delimiter, quote if has_quotes else "")
        warnings += notes
        table, n_ragged = _parse(rows, width, ",", '"')
    if n_ragged or table is None:
        raise InputError("The rows of this file could not be separated. Save it again as CSV in UTF-8.")
    return table.columns[left : left + len(layout.names)], warnings


def _read_single_column(rows: bytes, has_quotes: bool) -> pa.Array:
    """One column has no delimiter, so every line is a cell. Single blank lines are gaps in the series."""
    text = rows.decode("utf-8", errors="replace").removesuffix("\n").split("\n")
    n_blank = sum(not line.strip() for line in text)
    if n_blank * 3 > len(text):  # a double-spaced list
        text = [line for line in text if line.strip()]
    if has_quotes:
        text = [line.strip().strip('"') for line in text]
    return pa.array(text, pa.string())


def _parse(rows: bytes, width: int, delimiter: str, quote: str) -> tuple[pa.Table | None, int]:
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
        quote_char=quote or False,
        newlines_in_values=bool(quote),
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


def _repair(rows: bytes, width: int, delimiter: str, quote: str) -> tuple[bytes, list[str]]:
    """Give every row ``width`` cells: short rows are padded, extra cells are dropped and counted."""
    n_long = n_short = 0
    source = io.TextIOWrapper(io.BytesIO(rows), encoding="utf-8", errors="replace", newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    # Not a StringIO, which takes four bytes for every character.
    repaired = io.BytesIO()
    target = io.TextIOWrapper(repaired, encoding="utf-8", newline="")
    writer = csv.writer(target, lineterminator="\n")
    try:
        for row in csv.reader(source, delimiter=delimiter, quoting=quoting, quotechar=quote or '"'):
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
            f"{plural(n_short, 'row')} had fewer cells than the header; the rest are missing values."
        )
    target.flush()
    return repaired.getvalue(), warnings
