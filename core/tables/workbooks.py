"""XLSX, XLSM, XLSB, XLS and ODS workbooks: one sheet of them as a table.

calamine reads them, in a process of its own (:mod:`core.tables.workbook_process`). Formulas are never evaluated:
it gives the value that was saved with them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from core import limits
from core.errors import InputError, plural
from core.files.archives import DamagedArchiveError, LargeArchiveError, LockedArchiveError, check_zip
from core.files.processes import open_process
from core.files.reading import in_megabytes
from core.tables.cell_values import as_text, type_columns
from core.tables.dialect import decide_header
from core.tables.raw_table import RawTable, ReadOptions, check_size

_SCRIPT = Path(__file__).with_name("workbook_process.py")
_DAMAGED = "This workbook is damaged or not a real one. Open it in a spreadsheet program and save it again."
_LOCKED = "This workbook is protected by a password. Save it without one."
_WORDS = "This is a Word document, not a table. CSV, workbooks, Parquet and JSON work."
# Old compound files hold streams whose names stand in clear: an encrypted workbook is one, and so is a .doc.
_STREAMS = ((_LOCKED, "EncryptedPackage"), (_WORDS, "WordDocument"))
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ADVICE = "Keep the sheet and the columns that should sound, or save it as CSV."
_MAX_PARTS = 5_000
_TITLE_ROWS = 30

Rows = list[list[Any]]


def read_workbook(data: bytes, options: ReadOptions, shown: str) -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    options : ReadOptions
        ``sheet`` chooses the sheet; without it the first one that holds anything is read.
    shown : str
        What its format is called, such as "XLSX".

    Raises
    ------
    InputError
        When the file is damaged, unpacks to too much, lacks the sheet that was asked for, or holds no table.
    """
    if data.startswith(b"PK"):
        _check_archive(data)
    if data.startswith(_COMPOUND_FILE):
        for sentence, stream in _STREAMS:
            if stream.encode("utf-16-le") in data:
                raise InputError(sentence)
    sheets, sheet, rows = _read_sheet(data, options.sheet)
    if not rows:
        raise InputError("This workbook holds no values. It needs a sheet with a row for each moment.")
    width = max(map(len, rows))
    rows = [row + [None] * (width - len(row)) for row in rows]
    rows, n_title_rows = _leave_out_titles(rows)
    texts = [[as_text(value) for value in row] for row in rows[:60]]
    has_header = decide_header(texts) if options.header is None else options.header
    body = rows[1:] if has_header else rows
    if not body:
        raise InputError("This sheet has a header but no rows below it. It needs a row for each moment.")
    cells, decimal = type_columns(list(zip(*body, strict=True)), options.decimal)
    guess = {"format": shown, "sheet": sheet, "header": "first row" if has_header else "none"}
    if n_title_rows:
        guess["preamble"] = f"{plural(n_title_rows, 'title row')} left out"
    return RawTable(
        names=texts[0] if has_header else [""] * width,
        cells=cells,
        options=replace(options, sheet=sheet, header=has_header, decimal=decimal),
        guess=guess,
        sheets=sheets,
    )


def _check_archive(data: bytes) -> None:
    try:
        check_zip(data, max_parts=_MAX_PARTS, max_bytes=limits.MAX_TABLE_BYTES)
    except DamagedArchiveError as error:
        raise InputError(_DAMAGED) from error
    except LockedArchiveError as error:
        raise InputError(_LOCKED) from error
    except LargeArchiveError as error:
        most = in_megabytes(limits.MAX_TABLE_BYTES)
        raise InputError(f"This workbook unpacks to more than {most}. {_ADVICE}") from error


def _read_sheet(data: bytes, wanted: str | None) -> tuple[tuple[str, ...], str, Rows]:
    """The names of all sheets, the one that was read, and its rows that hold anything."""
    try:
        with open_process(_SCRIPT, json.dumps(wanted), data=data) as output:
            lines = _read_lines(output)
            head = next(lines)
            if wanted is not None and head["sheet"] is None:
                names = ", ".join(f"“{name[:40]}”" for name in head["sheets"][:10])
                raise InputError(f"This workbook has no sheet “{wanted[:40]}”. It has {names}.")
            check_size(*head.get("size", (0, 0)))
            return tuple(head["sheets"]), head["sheet"] or "", [row for row in lines if row]
    except (OSError, ValueError) as error:  # the process ended before it was through
        raise InputError(
            f"This workbook is damaged, or takes too much memory or time to be opened. {_ADVICE}"
        ) from error


def _read_lines(output: IO[bytes]) -> Iterator[Any]:
    """What the process writes, up to its ``null``; a line that is missing is a ValueError."""
    while (line := json.loads(output.readline(), object_hook=_read_time)) is not None:
        if isinstance(line, dict) and "error" in line:
            raise InputError(_LOCKED if line["error"] == "locked" else _DAMAGED)
        yield line


def _read_time(value: dict[str, Any]) -> Any:
    return dt.datetime.fromisoformat(value["time"]) if "time" in value else value


def _leave_out_titles(rows: Rows) -> tuple[Rows, int]:
    """Leave out title rows: those above the table that fill at most a third of its width."""
    filled = [sum(value is not None for value in row) for row in rows[:_TITLE_ROWS]]
    usual = max(filled)
    if usual < 2:
        return rows, 0
    start = next(i for i, count in enumerate(filled) if count > max(1, usual // 3))
    titles_are_words = all(isinstance(v, str) or v is None for row in rows[:start] for v in row)
    return (rows[start:], start) if titles_are_words else (rows, 0)
