"""XLSX workbooks. They are zip archives of XML, so they are weighed before they are opened.

Formulas are never evaluated: openpyxl gives the value that was saved with them.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from core import limits
from core.errors import InputError
from core.tables.cell_values import as_cells, as_text
from core.tables.column_types import guess_decimal
from core.tables.dialect import decide_header
from core.tables.read_options import RawTable, ReadOptions, check_size, plural

_DAMAGED = (
    "This workbook is damaged or not a real .xlsx file. Open it in a spreadsheet program and save it again."
)
_CHUNK = 1024 * 1024
_MAX_PARTS = 5_000
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_TITLE_ROWS = 30

Rows = list[tuple[Any, ...]]


def read_workbook(data: bytes, options: ReadOptions) -> RawTable:
    """Read one sheet of an XLSX workbook.

    Parameters
    ----------
    data : bytes
        The file.
    options : ReadOptions
        ``sheet`` chooses the sheet; without it the first one that holds anything is read.

    Raises
    ------
    InputError
        When the archive is damaged, unpacks to too much, declares XML entities, lacks the sheet that was
        asked for, or holds no table.
    """
    _weigh(data)
    sheets, sheet, rows = _open_and_read(data, options.sheet)
    if not rows:
        raise InputError("This workbook holds no values. It needs a sheet with a row for each moment.")
    width = max(map(len, rows))
    rows = [row + (None,) * (width - len(row)) for row in rows]
    rows, n_title_rows = _without_titles(rows)
    texts = [[as_text(value) for value in row] for row in rows[:60]]
    has_header = decide_header(texts) if options.header is None else options.header
    names = texts[0] if has_header else [""] * width
    body = rows[1:] if has_header else rows
    if not body:
        raise InputError("This sheet has a header but no rows below it. It needs a row for each moment.")
    return _assemble(names, body, replace(options, sheet=sheet, header=has_header), sheets, n_title_rows)


def _assemble(
    names: list[str], body: Rows, options: ReadOptions, sheets: tuple[str, ...], n_title_rows: int
) -> RawTable:
    columns = list(zip(*body, strict=True))
    decimal = options.decimal
    if decimal is None:
        # Typed numbers have no sign to guess from; only the strings among the cells do.
        strings = [as_cells([v if isinstance(v, str) else None for v in column]) for column in columns]
        decimal = guess_decimal([s for s in strings if not hasattr(s, "iloc")], None)
    guess = {
        "format": "XLSX",
        "sheet": options.sheet or "",
        "header": "first row" if options.header else "none",
    }
    if n_title_rows:
        guess["preamble"] = f"{plural(n_title_rows, 'title row')} left out"
    return RawTable(
        names=names,
        cells=[as_cells(column, decimal) for column in columns],
        options=replace(options, decimal=decimal),
        guess=guess,
        sheets=sheets,
    )


def _weigh(data: bytes) -> None:
    """Read every part once, a bounded piece at a time, before any XML parser sees it."""
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > limits.MAX_TABLE_BYTES:
                raise InputError(_too_large())
            if any(part.flag_bits & 1 for part in parts):
                raise InputError("This workbook is protected by a password. Save it without one.")
            for part in parts:
                is_xml = part.filename.lower().endswith((".xml", ".rels"))
                with archive.open(part) as stream:
                    size = _weigh_part(stream, size, is_xml=is_xml)
    except InputError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds on damaged archives
        raise InputError(_DAMAGED) from error


def _weigh_part(stream: Any, size: int, *, is_xml: bool) -> int:
    tail = b""
    while piece := stream.read(_CHUNK):
        size += len(piece)
        if size > limits.MAX_TABLE_BYTES:  # what the archive says about itself may be wrong
            raise InputError(_too_large())
        # Workbooks never declare entities; two bytes a character would hide a declaration from the search.
        if is_xml and (b"\x00" in piece or _DECLARATION.search(tail + piece)):
            raise InputError(
                "This workbook declares XML entities, which no spreadsheet does. It is not opened."
            )
        tail = piece[-16:]
    return size


def _too_large() -> str:
    return (
        f"This workbook unpacks to more than {limits.MAX_TABLE_BYTES // limits.MEGABYTE} MB. "
        "Keep the sheet and the columns that should sound, or save it as CSV."
    )


def _open_and_read(data: bytes, wanted: str | None) -> tuple[tuple[str, ...], str, Rows]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that carry no data
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return _choose_sheet(book, wanted)
            finally:
                book.close()
    except InputError:
        raise
    except (ParseError, Exception) as error:  # a damaged part fails wherever openpyxl happens to look at it
        raise InputError(_DAMAGED) from error


def _choose_sheet(book: openpyxl.Workbook, wanted: str | None) -> tuple[tuple[str, ...], str, Rows]:
    sheets = {sheet.title: sheet for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)}
    if wanted is not None:
        if wanted not in sheets:
            names = ", ".join(f"“{name[:40]}”" for name in list(sheets)[:10])
            raise InputError(f"This workbook has no sheet “{wanted[:40]}”. It has {names}.")
        return tuple(sheets), wanted, _rows(sheets[wanted])
    for name, sheet in sheets.items():
        rows = _rows(sheet)
        if rows:
            return tuple(sheets), name, rows
    return tuple(sheets), "", []


def _rows(sheet: ReadOnlyWorksheet) -> Rows:
    """The rows that hold anything, cut behind their last value."""
    sheet.reset_dimensions()  # the declared size may be a lie of a billion cells
    rows: Rows = []
    n_cells = width = 0
    for n_seen, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        n_cells += len(row) + 1
        last = len(row)
        while last and (row[last - 1] is None or row[last - 1] == ""):
            last -= 1
        width = max(width, last)
        check_size(max(n_seen, n_cells // limits.MAX_TABLE_COLUMNS), width)
        if last:
            rows.append(row[:last])
    return rows


def _without_titles(rows: Rows) -> tuple[Rows, int]:
    """Leave out title rows: those above the table that fill at most a third of its width."""
    filled = [sum(value is not None for value in row) for row in rows[:_TITLE_ROWS]]
    usual = max(filled)
    if usual < 2:
        return rows, 0
    start = next(i for i, count in enumerate(filled) if count > max(1, usual // 3))
    titles_are_words = all(isinstance(v, str) or v is None for row in rows[:start] for v in row)
    return (rows[start:], start) if titles_are_words else (rows, 0)
