"""Read the cells of a workbook (xlsx, xlsm, xlsb, xls, ods) with calamine: the script half of the workbook reader.

It runs in a process of its own, because calamine holds a sheet as a full rectangle: a file of 5 kB with one cell
in each of two corners makes it ask for 550 GB, which no exception stops. It takes the file from its standard
input and writes lines of JSON: the sheets and the one that was chosen, then the rows, each up to its last value,
then ``null``.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from typing import Any


def write_sheet(data: bytes, wanted: str | None) -> None:
    """Write a sheet: the one that is wanted, else the first that holds anything."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        _write({"error": "locked"})
        return
    sheets = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for name in sheets if wanted is None else [wanted] if wanted in sheets else []:
        sheet = book.get_sheet_by_name(name)
        if wanted is None and not sheet.height:
            continue
        size = [place + 1 for place in sheet.end or (-1, -1)]
        _write({"sheets": sheets, "sheet": name, "size": size})  # in time to be stopped
        margin = [None] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            cells = [_plain(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            _write(cells and margin + cells)
        break
    else:
        _write({"sheets": sheets, "sheet": None})
    _write(None)


def _write(message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it: whole numbers without their point, times as ``{"time": ...}``."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, dt.date):  # a datetime is one, too
        return {"time": cell.isoformat()}
    if isinstance(cell, str):
        return cell or None
    return cell if isinstance(cell, bool | int) else str(cell)


if __name__ == "__main__":
    try:
        write_sheet(sys.stdin.buffer.read(), json.loads(sys.argv[1]))
    except MemoryError:
        sys.exit(1)  # without an error's line: the bounds of this process were reached
    except BaseException:  # calamine's panics are no Exception
        _write({"error": "damaged"})
