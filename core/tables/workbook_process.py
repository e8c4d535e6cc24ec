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
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

Row = list[Any]

HEAD_ROWS = 100  # titles and header are looked for in these
BLOCK_CELLS = 250_000
MAX_SHEETS = 1_000
# A text can be written once and shown in a million cells; here and in the app each cell has its own.
MAX_CHARS = 50_000_000
MISSING_TIME = -(2**63)
_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1), dt.timedelta(microseconds=1)


class TooLarge(Exception):
    """The workbook holds more than is read."""


def write_sheet(data: bytes, wanted: str | None) -> None:
    """Write a sheet: the one that is wanted, else the first that holds anything."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        _write({"error": "locked"})
        return
    if len(book.sheet_names) > MAX_SHEETS:
        raise TooLarge
    sheets = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for name in sheets if wanted is None else [wanted] if wanted in sheets else []:
        sheet = book.get_sheet_by_name(name)
        if wanted is None and not sheet.height:
            continue
        del book  # the file, its shared strings and styles
        size = [place + 1 for place in sheet.end or (-1, -1)]
        margin = sheet.start[1] if sheet.start else 0
        _write({"sheets": sheets, "sheet": name, "size": size, "margin": margin})  # in time to be stopped
        _write_rows((row for row in sheet.iter_rows() if row.count("") < len(row)), margin)
        break
    else:
        _write({"sheets": sheets, "sheet": None, "margin": 0})
        _write([])
    _write(None)


def _write_rows(rows: Iterator[Row], margin: int) -> None:
    """Write the first rows as they are, then blocks of columns, which leave out the margin."""
    n_chars = 0
    head = []
    for row in itertools.islice(rows, HEAD_ROWS):
        n_chars += sum(len(cell) for cell in row if isinstance(cell, str))
        cells = [_plain(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        head.append([None] * margin + cells)
        if n_chars > MAX_CHARS:
            raise TooLarge
    _write(head)
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
