"""Read any table file or pasted text as one clean DataFrame with typed columns.

:func:`read_table` looks at the content, never at the file's extension. What it recognized is said in words
(``Table.guess``), can be corrected (:class:`ReadOptions`) and is kept (``Table.options``), so that a second
reading gives the same table. Nothing in a file is ever evaluated: a formula is its text, or in a workbook
the value that was saved with it.

A cell is a number, a date, missing, or text. A column is a number column when at least 80 % of its cells
that are not missing can be read as numbers; dates follow the same rule. Cells that do not fit become
missing, are counted, and a warning shows one of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError
from core.files.archives import gunzip
from core.files.reading import check_file_size
from core.files.signatures import GZIP, TEXT, recognize_file
from core.tables import column_roles
from core.tables.assembly import assemble
from core.tables.column_roles import Suggestion
from core.tables.columns import Column, clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import WHAT_WORKS, RawTable, ReadOptions
from core.tables.readers.delimited_text import read_delimited
from core.tables.readers.html_tables import read_html
from core.tables.readers.json_tables import read_json
from core.tables.readers.parquet import read_parquet
from core.tables.readers.workbooks import read_workbook

__all__ = [
    "Column",
    "ReadOptions",
    "Suggestion",
    "Table",
    "clean_name",
    "read_table",
    "read_text",
    "require_numbers",
    "shorten",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A parsed table: clean DataFrame, column metadata, recognized format.

    ``frame`` has the cleaned names, the file's row order and a RangeIndex; number columns are float64 or
    int64, date columns datetime64 without a zone (UTC), text columns str. ``sheets`` names a workbook's
    sheets; it is empty for other formats.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    guess: dict[str, str]
    options: ReadOptions
    warnings: tuple[str, ...]
    source_name: str
    sha256: str
    sheets: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def number_columns(self) -> list[str]:
        """Names of the number columns, in the file's order."""
        return [column.name for column in self.columns if column.kind == "number"]

    def date_columns(self) -> list[str]:
        """Names of the date columns, in the file's order."""
        return [column.name for column in self.columns if column.kind == "date"]

    def time_candidates(self) -> list[str]:
        """Columns that can be the time axis, most likely first; see `core.tables.column_roles.time_candidates`."""
        return column_roles.time_candidates(self.frame, self.columns)

    def suggest(self) -> Suggestion:
        """Default columns to play; see `core.tables.column_roles.suggest`."""
        return column_roles.suggest(self.frame, self.columns)


def read_table(data: bytes, *, name: str = "pasted text", options: ReadOptions | None = None) -> Table:
    """Read a file's bytes as a table.

    Parameters
    ----------
    data : bytes
        The file as it is: CSV and its relatives in any usual encoding, workbooks, Parquet, JSON; also gzipped.
    name : str
        What the visitor calls it; shown, never used to recognize the format.
    options : ReadOptions, optional
        The visitor's corrections. Without them everything is guessed.

    Returns
    -------
    Table
        At least one row and one column. It may have no number column: see :func:`require_numbers`.

    Raises
    ------
    InputError
        When the bytes are no table, or larger than ``core.limits`` allows. No other exception leaves here.

    Examples
    --------
    >>> table = read_table(b"day;celsius\\n1.2.2020;3,5\\n2.2.2020;4,1\\n")
    >>> table.frame
             day  celsius
    0 2020-02-01      3.5
    1 2020-02-02      4.1
    >>> table.suggest().time, table.suggest().values
    ('day', ['celsius'])
    >>> table.guess["delimiter"], table.guess["decimal"]
    ('semicolon', 'comma')
    """
    options = options or ReadOptions()
    if not data:
        raise InputError("This file is empty (0 bytes). Export it again.")
    advice = "Keep fewer columns or a shorter period."
    check_file_size(len(data), limits.MAX_TABLE_BYTES, "This file", advice=advice)
    try:
        raw = _read_raw(data, options)
        made = assemble(raw, options)
    except (MemoryError, RecursionError, OverflowError, pa.ArrowException) as error:
        # Hostile or broken files reach limits inside the parsers that no check in front can name.
        raise InputError(
            f"This file could not be read as a table; it may be damaged. {WHAT_WORKS}"
        ) from error
    digest, label = hashlib.sha256(data).hexdigest(), clean_name(name, fallback="table")
    return Table(**vars(made), source_name=label, sha256=digest, sheets=raw.sheets)


def read_text(text: str, *, name: str = "pasted text", options: ReadOptions | None = None) -> Table:
    """Read pasted text as a table; see :func:`read_table`.

    Raises
    ------
    InputError
        Also when the text is empty or longer than ``limits.MAX_PASTED_CHARS``.

    Examples
    --------
    >>> read_text("12 15 11").frame["Value"].tolist()
    [12, 15, 11]
    """
    if len(text) > limits.MAX_PASTED_CHARS:
        raise InputError(
            f"The pasted text has {len(text):,} characters; the limit is {limits.MAX_PASTED_CHARS:,}. "
            "Save it as a CSV file and upload that."
        )
    if not text.strip():
        raise InputError(
            "Nothing was pasted. Paste a table with one row per time step, or a list of numbers."
        )
    utf8 = replace(options or ReadOptions(), encoding="utf-8")
    return read_table(text.encode("utf-8", errors="replace"), name=name, options=utf8)


def require_numbers(table: Table) -> None:
    """Refuse a table without a single number.

    Raises
    ------
    InputError
        Naming the columns that are there and what would work.
    """
    if table.number_columns():
        return
    shown = ", ".join(f'"{shorten(c.name)}" ({c.kind})' for c in table.columns[:5])
    more = f" and {len(table.columns) - 5} more" if len(table.columns) > 5 else ""
    raise InputError(
        f"This table has no numeric column: {shown}{more}. Sonification needs at least one column "
        "with values such as 12.5; check the delimiter and the decimal separator."
    )


def _read_raw(data: bytes, options: ReadOptions) -> RawTable:
    """Decompress one layer of gzip, if present, and call the reader of the format."""
    kind = recognize_file(data)
    notes = {}
    if kind is GZIP:
        data, notes = gunzip(data, limits.MAX_TABLE_BYTES), {"compression": "gzip"}
        if not data:
            raise InputError(f"This gzip file contains an empty file. {WHAT_WORKS}")
        kind = recognize_file(data)
        if kind is GZIP:
            raise InputError("This file was compressed with gzip twice. Unpack it once and upload that.")
    kind = kind or TEXT  # in an old encoding
    reader = kind.reader if kind.family in ("table", "page") else ""
    if reader in ("text", "json"):
        raw = read_delimited(data, options) if reader == "text" else read_json(data, options)
    elif reader == "HTML":
        raw = read_html(data, options)
    elif reader == "Parquet":
        raw = read_parquet(data, options)
    elif reader:
        raw = read_workbook(data, options, reader)
    else:
        hints = {"archive": "Unpack it first. "}
        raise InputError(
            f"This file looks like {kind.what}, not a table. {hints.get(kind.family, '')}{WHAT_WORKS}"
        )
    raw.guess.update(notes)
    return raw
