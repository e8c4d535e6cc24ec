"""Read the cells of a workbook (xlsx, xlsm, xlsb, xls, ods) with calamine: the script half of the workbook reader.

It runs in a process of its own, because calamine holds a sheet as a full rectangle: a file of 5 kB with one cell
in each of two corners makes it ask for 550 GB, which no exception stops. It takes the file from its standard
input and writes lines of JSON: the sheets and the one that was chosen; its first rows that hold anything, each up
to its last value; then blocks of further rows, their number and each of their columns; then ``null``. Columns of a block that hold one
type follow their line as plain machine numbers, because JSON takes ten times as long.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import math
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

Row = list[Any]

HEAD_ROWS = (
    100  # titles, header and blocks of cells are looked for in these, and in more where they are narrow
)
MAX_HEAD_ROWS, HEAD_CELLS = 1_000, 40_000
BLOCK_CELLS = 250_000
MAX_SHEETS = 1_000
MAX_TRIED = 30  # sheets among which the one with the table is looked for
ENOUGH_VALUES = 30  # a sheet with so many is a table
COUNTED_CELLS = 200  # of a row
MAX_LOOK_ROWS = 20_000  # behind a sheet that is so long no other is tried
MAX_MERGED = 20_000
NOTES = re.compile(
    r"notes?\b|read ?me|about|info|content|index|cover|meta|legend|guide|help|source|definition|descri|instruction|disclaimer|copyright|title"
    r"|hinweis|inhalt|deckblatt|titel|erläuter|impressum|quelle|vorbemerk|notice|lisez|sommaire|notas|portada|índice|indice|nota\b|copertina",
    re.IGNORECASE,
)
# A text can be written once and shown in a million cells; here and in the app each cell has its own.
MAX_CHARS = 50_000_000
MISSING_TIME = -(2**63)
_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1), dt.timedelta(microseconds=1)


class TooLarge(Exception):
    """The workbook holds more than is read."""


def write_sheet(data: bytes, wanted: str | None) -> None:
    """Write the requested sheet, else the first one that holds a table."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        _write({"error": "locked"})
        return
    if len(book.sheet_names) > MAX_SHEETS:
        raise TooLarge
    about = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    sheets = [sheet.name for sheet in about]
    hidden = {sheet.name for sheet in about if sheet.visible != SheetVisibleEnum.Visible}
    if wanted is None:
        name, sheet, passed = _choose_sheet(book, [s for s in sheets if s not in hidden] or sheets)
    else:
        name, sheet, passed = wanted, book.get_sheet_by_name(wanted) if wanted in sheets else None, []
    del book  # the file, its shared strings and styles
    if sheet is None or (wanted is None and not sheet.height):
        _write({"sheets": sheets, "sheet": None, "margin": 0, "passed": []})
        _write([])
    else:
        size = [place + 1 for place in sheet.end or (-1, -1)]
        margin = sheet.start[1] if sheet.start else 0
        # In time to be stopped.
        _write({"sheets": sheets, "sheet": name, "size": size, "margin": margin, "passed": passed})
        _write_rows(_fill_merged(sheet, margin), margin, width=size[1] - margin)
    _write(None)


def _choose_sheet(book: Any, names: list[str]) -> tuple[str, Any, list[str]]:
    """Choose the first sheet with a table, preferring one with many values; also the sheets passed over."""
    chosen, found, most = "", None, -1.0
    passed: list[str] = []
    for name in names[:MAX_TRIED]:
        try:
            sheet = book.get_sheet_by_name(name)
        except Exception:
            if found is None:
                raise
            continue  # a damaged sheet behind a sound one
        if not sheet.height:
            continue
        n_values = _count_values(sheet) * (0.1 if NOTES.search(name) else 1.0)
        if found is None or n_values > 4 * most:
            passed += [chosen] if found is not None else []
            chosen, found, most = name, sheet, n_values
        if most >= ENOUGH_VALUES or sheet.height > MAX_LOOK_ROWS:
            break
    return chosen, found, passed


def _count_values(sheet: Any) -> int:
    """Numbers and times among the first rows, also those written as texts."""
    n_values = 0
    for row in itertools.islice((row for row in sheet.iter_rows() if row.count("") < len(row)), HEAD_ROWS):
        values = [cell for cell in row[:COUNTED_CELLS] if not isinstance(cell, bool) and cell != ""]
        n_values += sum(not isinstance(cell, str) or cell[:1].isdigit() for cell in values)
    return n_values


def _fill_merged(sheet: Any, margin: int) -> Iterator[Row]:
    """The rows of a sheet; a cell that is merged downward shows its value in each row."""
    merged = getattr(sheet, "merged_cell_ranges", None) or []
    down = {(top, left): bottom for (top, left), (bottom, _) in merged[:MAX_MERGED] if bottom > top}
    if not down:
        yield from sheet.iter_rows()
        return
    tops = {top for top, _ in down}
    hanging: dict[int, tuple[int, Any]] = {}
    for number, row in enumerate(sheet.iter_rows()):
        if hanging and row.count("") < len(row):
            for place, (bottom, value) in list(hanging.items()):
                if number > bottom:
                    del hanging[place]
                elif row[place] == "":
                    row[place] = value
        if number in tops:
            hanging |= {
                left - margin: (down[number, left], row[left - margin])
                for left in range(margin, margin + len(row))
                if (number, left) in down
            }
        yield row


def _write_rows(rows: Iterator[Row], margin: int, width: int) -> None:
    """Write the first rows as they are, blank ones too, then blocks of columns, which leave out the margin."""
    n_chars = n_blank = 0
    head: list[Row] = []
    most = max(HEAD_ROWS, min(MAX_HEAD_ROWS, HEAD_CELLS // max(1, width)))
    while len(head) < most and (row := next(rows, None)) is not None:
        n_chars += sum(len(cell) for cell in row if isinstance(cell, str))
        cells = [_plain(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        n_blank = 0 if cells else n_blank + 1
        if cells or (head and n_blank <= 2):
            head.append([None] * margin + cells if cells else [])
        if n_chars > MAX_CHARS:
            raise TooLarge
    _write(head)
    rows = (row for row in rows if row.count("") < len(row))
    for first in rows:
        n_rows = max(1, BLOCK_CELLS // len(first))
        block = [first, *itertools.islice(rows, n_rows - 1)]
        _write(len(block))
        for column in zip(*block, strict=True):
            n_chars += _write_column(column)
            if n_chars > MAX_CHARS:
                raise TooLarge


def _write_column(column: tuple[Any, ...]) -> int:
    """Write one column of a block in the plainest form that holds it, and say how many characters it shows."""
    kinds = Counter(map(type, column))
    n_empty = column.count("") if str in kinds else 0
    if n_empty == len(column):
        _write({"kind": "empty"})
        return 0
    if kinds[str] > n_empty:
        texts = [cell for cell in column if isinstance(cell, str)]
        _write_texts(column, is_plain=len(texts) == len(column))
        return sum(map(len, texts))
    others = set(kinds) - {str}
    if others == {float}:
        numbers: list[float] = [math.nan if cell == "" else cell for cell in column]
        _write_array("numbers", array("d", numbers))
    elif others <= {dt.datetime, dt.date}:
        _write_array("times", array("q", [_to_microseconds(cell) for cell in column]))
    else:
        _write({"kind": "cells", "values": [_plain(cell) for cell in column]})
    return 0


def _write_texts(column: tuple[Any, ...], *, is_plain: bool) -> None:
    """Texts that come again and again are written once a block."""
    different = {text: place for place, text in enumerate(dict.fromkeys(column))} if is_plain else {}
    if not different or len(different) > len(column) // 2:
        _write({"kind": "cells", "values": [_plain(cell) for cell in column]})
        return
    places = array("q", [different[text] for text in column])
    _write_array("texts", places, values=[text or None for text in different])


def _write_array(kind: str, numbers: array[Any], **more: Any) -> None:
    _write({"kind": kind, "n": len(numbers), **more})
    sys.stdout.buffer.write(numbers.tobytes())


def _write(message: Any) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")


def _to_microseconds(cell: Any) -> int:
    if cell == "":
        return MISSING_TIME
    if not isinstance(cell, dt.datetime):
        cell = dt.datetime(cell.year, cell.month, cell.day)
    return int((cell - _EPOCH) // _MICROSECOND)


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it: whole numbers without their point, times as ``{"time": ...}``."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, dt.date):  # a datetime is one, too
        return {"time": cell.isoformat()}
    return cell if isinstance(cell, bool | int) else str(cell)


if __name__ == "__main__":
    try:
        write_sheet(sys.stdin.buffer.read(), json.loads(sys.argv[1]))
    except TooLarge:
        _write({"error": "large"})
    except MemoryError:
        sys.exit(1)  # without an error's line: the bounds of this process were reached
    except BaseException:  # calamine's panics are no Exception
        _write({"error": "damaged"})
