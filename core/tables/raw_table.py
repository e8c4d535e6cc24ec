"""Raw tables: what the readers of the single formats hand to :mod:`core.tables.table`, and the visitor's corrections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError, TooLargeError, plural
from core.tables.decisions import Decision

MAX_CHOICES = 100

#: Said at the end of every message about a file that is not a table.
WHAT_WORKS = "Supported formats: CSV, TSV, workbooks (XLSX, XLS, ODS), Parquet, JSON and HTML."


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """The visitor's corrections; ``None`` means "guess"."""

    delimiter: str | None = None  # "," ";" "\t" "|" or " " (any run of spaces); "" for a single column
    decimal: str | None = None  # "." or ","
    header: bool | None = None
    encoding: str | None = None  # a key of core.tables.readers.text_encoding.ENCODINGS
    sheet: str | None = None
    day_first: bool | None = None
    # What was corrected beyond these: a decision's key and the choice, in the order of the corrections.
    choices: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise InputError(f"The decimal separator must be a point or a comma, not {self.decimal!r}.")
        if self.delimiter not in (None, "", ",", ";", "\t", "|", " "):
            raise InputError(
                f"The delimiter {self.delimiter[:8]!r} is not supported. Use a comma, semicolon, tab, vertical bar or space."
            )
        if len(self.choices) > MAX_CHOICES:
            raise InputError(
                f"More than {MAX_CHOICES} import options were changed for this table. Undo some of them."
            )

    def choice(self, key: str) -> str | None:
        """The visitor's choice for a decision; None where it is detected automatically."""
        return dict(self.choices).get(key)

    def correct(self, key: str, chosen: str) -> ReadOptions:
        """The same options with one decision corrected.

        Examples
        --------
        >>> ReadOptions().correct("turn", "as it is").choice("turn")
        'as it is'
        >>> ReadOptions().correct("decimal", ",").decimal
        ','
        """
        change: dict[str, Any] = {}
        if key in _BOOLEANS:
            change[key] = _BOOLEANS[key][chosen]
        elif key in ("delimiter", "decimal", "encoding", "sheet"):
            change[key] = chosen
        if change:
            return replace(self, **change)
        return replace(self, choices=tuple({**dict(self.choices), key: chosen}.items()))


# Decisions that are kept as yes or no, and how their choices are written.
_BOOLEANS: dict[str, dict[str, bool]] = {
    "header": {"names": True, "data": False},
    "day_first": {"day first": True, "month first": False},
}


@dataclass(kw_only=True)
class RawTable:
    """Columns from a format reader: untyped Arrow strings, or typed series.

    ``units`` is empty or has a text for each column, such as "°C" from a row of units. ``decisions`` are those about the
    shape of the file: title lines, header rows, totals that were left out.
    """

    names: list[str]
    cells: list[pa.Array | pa.ChunkedArray | pd.Series]
    options: ReadOptions
    guess: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    sheets: tuple[str, ...] = ()
    units: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Replace lone surrogates, which JSON can encode and Arrow refuses, by question marks."""
        self.names = [name.encode("utf-8", "replace").decode() for name in map(str, self.names)]


def check_size(n_rows: int, n_columns: int) -> None:
    """Refuse a table that is larger than ``core.limits`` allows, before it is held in memory.

    Raises
    ------
    InputError
        When there are too many columns, rows or cells; the message says how many came.
    """
    rules: list[tuple[int, int, str, str]] = [
        (n_columns, limits.MAX_TABLE_COLUMNS, "column", "Keep only the columns to be played."),
        (n_rows, limits.MAX_TABLE_ROWS, "row", "Keep a shorter period, or every tenth row."),
        (n_rows * n_columns, limits.MAX_TABLE_CELLS, "cell", "Keep fewer rows or columns."),
    ]
    for count, most, noun, advice in rules:
        if count > most:
            raise TooLargeError(
                f"This table has more than {plural(most, noun)} (about {count:,}), which is the limit. {advice}"
            )
