"""XLSX, XLSM, XLSB, XLS and ODS workbooks: one sheet of them as a table.

calamine reads them, in a process of its own (:mod:`core.tables.readers.workbook_process`). Formulas are never evaluated:
it gives the value that was saved with them.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core import limits
from core.errors import InputError
from core.files.archives import (
    DamagedArchiveError,
    LargeArchiveError,
    LockedArchiveError,
    read_zip_part,
    unpack_zip,
)
from core.files.processes import open_process
from core.files.reading import in_megabytes
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.cell_values import as_text, type_columns
from core.tables.readers.grid import find_grid
from core.tables.readers.table_blocks import find_block
from core.tables.readers.table_end import find_end

_SCRIPT = Path(__file__).with_name("workbook_process.py")
_DAMAGED = "This workbook is damaged or not a workbook. Open it in a spreadsheet program and save it again."
_LOCKED = "This workbook is protected by a password. Save it without one."
_WORDS = "This is a Word document, not a table. Copy the table and paste it, or save it as CSV or a workbook."
# Old compound files hold streams whose names stand in clear: an encrypted workbook is one, and so is a .doc.
_STREAMS = ((_LOCKED, "EncryptedPackage"), (_WORDS, "WordDocument"))
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ADVICE = "Keep only the sheet and the columns to be played, or save it as CSV."
_TOO_MUCH_TEXT = "The cells of this workbook hold more than 50 million characters, which is the limit."
_TOO_MANY_STYLES = "This workbook has too many styles and number formats."
_MAX_EXACT = 2**53  # whole numbers up to here are exact as float64
_MAX_PARTS = 5_000
# Elements of XML: a cell with a number is two of them, each with its end. 100 MB of ordinary cells have 9 million.
_MAX_TAGS = 12_000_000
# calamine reads the code of its number format again for each cell style: elements times the longest of them.
_NUMBER_FORMAT = re.compile(rb"<(\w+:)?numFmt\b")
_MAX_STYLE_BYTES = 8 * limits.MEGABYTE
_MAX_STYLE_STEPS = 200_000_000
# Of the process that reads, on top of twice the file.
_MAX_MEMORY_BYTES = 640 * limits.MEGABYTE
_MAX_CPU_SEC = 15
_TAIL_ROWS = 40

Row = list[Any]
#: A stretch of one column: numbers, times, or any cells; None stands for a stretch of empty ones.
Piece = npt.NDArray[np.float64] | npt.NDArray[np.datetime64] | Row | None


@dataclass(kw_only=True)
class _Sheet:
    """Output of the workbook process: the first nonempty rows, then all others by column."""

    sheets: tuple[str, ...]
    name: str
    head: list[Row]
    blocks: list[list[Piece]]
    n_rows: list[int]  # of each block
    margin: int  # empty columns before the first one of each block
    passed: list[str]  # sheets before it that hold no table

    @property
    def width(self) -> int:
        """How many columns there are, up to the last that holds anything."""
        filled = [i + 1 for block in self.blocks for i, piece in enumerate(block) if piece is not None]
        return max([*map(len, self.head), *(self.margin + place for place in filled)])

    def column(self, place: int, rows: list[Row], blocks: list[list[Piece]]) -> tuple[Row, list[Piece]]:
        """The cells of a column among some of the first rows, and its further stretches."""
        head = [row[place] if place < len(row) else None for row in rows]
        inner = place - self.margin
        return head, [block[inner] if 0 <= inner < len(block) else None for block in blocks]


def read_workbook(data: bytes, options: ReadOptions, shown: str) -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    options : ReadOptions
        ``sheet`` chooses the sheet; without it the first one that holds a table is read.
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
    sheet = _read_sheet(data, options.sheet)
    if not sheet.head:
        raise InputError("This workbook has no values. It needs a sheet with one row per time step.")
    head = [[_head_text(value) for value in row] for row in sheet.head]
    block, told = find_block(head, options, is_whole=not sheet.blocks)
    reaches_end = block.bottom == len(head)
    right = sheet.width if block.right == max(map(len, head)) and reaches_end else block.right
    grid = find_grid(block.cut(head), options, width=right - block.left)
    rows = [row for row in sheet.head[block.top + grid.first_data : block.bottom] if row]
    blocks = sheet.blocks if reaches_end else []
    if not rows and not blocks:
        raise InputError("This sheet has a header but no rows below it. It needs one row per time step.")
    columns = [
        _join_pieces(*sheet.column(place, rows, blocks), sheet.n_rows if blocks else [])
        for place in range(block.left, right)
    ]
    end = find_end(_last_rows(columns), grid.values, options, width=len(columns), n_before=len(columns[0]))
    if end.n_rows:
        columns = [column[: -end.n_rows] for column in columns]
    cells, decimal = type_columns(columns, options.decimal)
    return RawTable(
        names=grid.names + [""] * (len(columns) - len(grid.names)),
        cells=cells,
        options=replace(options, sheet=sheet.name, header=bool(grid.names), decimal=decimal),
        guess={"format": shown, "sheet": sheet.name, **grid.describe("row")},
        sheets=sheet.sheets,
        units=grid.units and grid.units + [""] * (len(columns) - len(grid.units)),
        decisions=[*_decide_sheet(sheet), *told, *grid.decisions, *end.decisions],
    )


def _decide_sheet(sheet: _Sheet) -> list[Decision]:
    """Which sheet is read, where the workbook has several."""
    if len(sheet.sheets) < 2:
        return []
    sentence = f"The sheet “{_shown(sheet.name)}” is used."
    if sheet.passed:
        before = [f"“{_shown(name)}”" for name in sheet.passed[:3]]
        listed = " and ".join(filter(None, [", ".join(before[:-1]), before[-1]]))
        hold = "holds" if len(before) == 1 else "hold"
        sentence = f"The sheet “{_shown(sheet.name)}” is used; {listed} before it {hold} few numbers or none."
    choices = tuple((name, _shown(name)) for name in sheet.sheets)
    return [Decision(key="sheet", sentence=sentence, chosen=sheet.name, choices=choices)]


def _shown(text: str) -> str:
    return shorten(clean_name(text, fallback="?"))


def _head_text(value: Any) -> str:
    """A cell as text; a date without a midnight time, because it may become a name."""
    return as_text(value).removesuffix(" 00:00:00") if isinstance(value, dt.datetime) else as_text(value)


def _last_rows(columns: list[Row | pd.Series]) -> list[list[str]]:
    """Texts of the last rows, for detecting totals and notes."""
    tails = [
        column[-_TAIL_ROWS:] if isinstance(column, list) else column.tail(_TAIL_ROWS).tolist()
        for column in columns
    ]
    return [
        ["" if value != value else _head_text(value) for value in row] for row in zip(*tails, strict=True)
    ]


def _check_archive(data: bytes) -> None:
    """Check the archive's actual size while unpacking, not its declared size."""
    n_tags, tail = 0, b""
    styles = set()
    try:
        for name, piece in unpack_zip(data, max_parts=_MAX_PARTS, max_bytes=limits.MAX_TABLE_BYTES):
            n_tags += piece.count(b"<")
            if n_tags > _MAX_TAGS:
                raise InputError(
                    f"This workbook has more than {_MAX_TAGS:,} elements, including empty cells and texts, "
                    f"which is the limit. {_ADVICE}"
                )
            if _NUMBER_FORMAT.search(tail + piece[:40]) or _NUMBER_FORMAT.search(piece):
                styles.add(name)
            tail = piece[-40:]
        for name in styles:
            _check_styles(read_zip_part(data, name, _MAX_STYLE_BYTES))
    except DamagedArchiveError as error:
        raise InputError(_DAMAGED) from error
    except LockedArchiveError as error:
        raise InputError(_LOCKED) from error
    except LargeArchiveError as error:
        most = in_megabytes(limits.MAX_TABLE_BYTES)
        what = _TOO_MANY_STYLES if styles else f"This workbook unpacks to more than {most}."
        raise InputError(f"{what} {_ADVICE}") from error


def _check_styles(part: bytes) -> None:
    elements = part.split(b"<")
    if len(elements) * max(map(len, elements)) > _MAX_STYLE_STEPS:
        raise InputError(f"{_TOO_MANY_STYLES} {_ADVICE}")


def _read_sheet(data: bytes, wanted: str | None) -> _Sheet:
    try:
        with open_process(
            _SCRIPT,
            json.dumps(wanted),
            data=data,
            max_memory_bytes=_MAX_MEMORY_BYTES,
            max_cpu_sec=_MAX_CPU_SEC,
        ) as output:
            about = _read_line(output)
            if wanted is not None and about["sheet"] is None:
                names = ", ".join(f"“{name[:40]}”" for name in about["sheets"][:10])
                raise InputError(f"This workbook has no sheet “{wanted[:40]}”. It has {names}.")
            check_size(*about.get("size", (0, 0)))
            sheet = _Sheet(
                sheets=tuple(about["sheets"]),
                name=about["sheet"] or "",
                head=_read_line(output),
                blocks=[],
                n_rows=[],
                margin=about["margin"],
                passed=about["passed"],
            )
            while (n_rows := _read_line(output)) is not None:
                width = about["size"][1] - sheet.margin
                sheet.n_rows.append(n_rows)
                sheet.blocks.append([_read_piece(output) for _ in range(width)])
            return sheet
    except (OSError, ValueError) as error:  # the process ended before it was through
        raise InputError(
            f"This workbook is damaged, or takes too much memory or time to open. {_ADVICE}"
        ) from error


def _read_line(output: IO[bytes]) -> Any:
    """Read the next line of the process; raises ValueError at the end."""
    line = json.loads(output.readline(), object_hook=_read_time)
    if isinstance(line, dict) and "error" in line:
        sentence = {"locked": _LOCKED, "large": f"{_TOO_MUCH_TEXT} {_ADVICE}"}.get(line["error"], _DAMAGED)
        raise InputError(sentence)
    return line


def _read_time(value: dict[str, Any]) -> Any:
    return dt.datetime.fromisoformat(value["time"]) if "time" in value else value


def _read_piece(output: IO[bytes]) -> Piece:
    line = _read_line(output)
    if line["kind"] == "empty":
        return None
    if line["kind"] == "cells":
        cells: Row = line["values"]
        return cells
    kind = {"numbers": "f8", "times": "M8[us]", "texts": "i8"}[line["kind"]]
    values = np.frombuffer(output.read(8 * line["n"]), kind)
    return [line["values"][place] for place in values] if line["kind"] == "texts" else values


def _join_pieces(head: Row, pieces: list[Piece], n_rows: list[int]) -> Row | pd.Series:
    """One column: a typed series where the process found one type throughout, else its cells."""
    known = {value.__class__ for value in head if value is not None}
    kinds = {
        piece.dtype.kind if isinstance(piece, np.ndarray) else "O" for piece in pieces if piece is not None
    }
    if (kinds == {"f"} and known <= {int, float}) or (not kinds and not known and n_rows):
        values = _concatenate(
            np.array([math.nan if v is None else v for v in head], float), pieces, n_rows, math.nan
        )
        is_whole = bool(np.all(np.abs(values) < _MAX_EXACT)) and bool(np.all(values == np.floor(values)))
        return pd.Series(values.astype(np.int64) if is_whole else values)
    if kinds == {"M"} and known <= {dt.datetime}:
        times = np.array([np.datetime64("NaT") if v is None else v for v in head], "datetime64[us]")
        return pd.Series(_concatenate(times, pieces, n_rows, np.datetime64("NaT", "us")))
    cells = list(head)
    for piece, n in zip(pieces, n_rows, strict=True):
        cells += [None] * n if piece is None else _as_values(piece)
    return cells


def _concatenate(head: Any, pieces: list[Piece], n_rows: list[int], missing: Any) -> Any:
    filled = (np.full(n, missing) if p is None else p for p, n in zip(pieces, n_rows, strict=True))
    return np.concatenate([head, *filled])


def _as_values(piece: Any) -> Row:
    """Convert a block of values to Python values; whole numbers become integers."""
    if isinstance(piece, list):
        return piece
    if piece.dtype.kind == "M":
        return [None if value is pd.NaT or value is None else value for value in piece.tolist()]
    numbers = piece.tolist()
    return [None if v != v else int(v) if v.is_integer() and abs(v) < _MAX_EXACT else v for v in numbers]
