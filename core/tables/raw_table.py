"""Raw tables: what the readers of the single formats hand to :mod:`core.tables.table`, and the visitor's corrections."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError, plural

#: Said at the end of every message about a file that is not a table.
WHAT_WORKS = "CSV, TSV, workbooks (XLSX, XLS, ODS), Parquet and JSON work."


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """The visitor's corrections; ``None`` means "guess"."""

    delimiter: str | None = None  # "," ";" "\t" "|" or " " (any run of spaces); "" for a single column
    decimal: str | None = None  # "." or ","
    header: bool | None = None
    encoding: str | None = None  # a key of core.tables.text_encoding.ENCODINGS
    sheet: str | None = None
    day_first: bool | None = None

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise InputError(f"The decimal sign must be a point or a comma, not {self.decimal!r}.")
        if self.delimiter not in (None, "", ",", ";", "\t", "|", " "):
            raise InputError(
                f"The delimiter {self.delimiter[:8]!r} is not known. Comma, semicolon, tab, bar and space work."
            )


@dataclass(kw_only=True)
class RawTable:
    """Columns as a format's reader found them: Arrow strings still to be recognised, or typed series."""

    names: list[str]
    cells: list[pa.Array | pa.ChunkedArray | pd.Series]
    options: ReadOptions
    guess: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    sheets: tuple[str, ...] = ()


def check_size(n_rows: int, n_columns: int) -> None:
    """Refuse a table that is larger than ``core.limits`` allows, before it is held in memory.

    Raises
    ------
    InputError
        When there are too many columns, rows or cells; the message says how many came.
    """
    rules: list[tuple[int, int, str, str]] = [
        (n_columns, limits.MAX_TABLE_COLUMNS, "column", "Keep the columns that should sound."),
        (n_rows, limits.MAX_TABLE_ROWS, "row", "Keep a shorter stretch, or every tenth row."),
        (n_rows * n_columns, limits.MAX_TABLE_CELLS, "cell", "Keep fewer rows or columns."),
    ]
    for count, most, noun, advice in rules:
        if count > most:
            raise InputError(
                f"This table has more than {plural(most, noun)} (about {count:,}), the most that is read. {advice}"
            )
