"""Sources of large tables: a file, a folder or a database table, and their metadata."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import InputError
from core.tables.engine.aggregation_query import Ends
from core.tables.engine.column_expressions import Reading
from core.tables.table import Table


@dataclass(frozen=True, kw_only=True)
class FileSource:
    """A file, or a folder of files of one kind.

    Attributes
    ----------
    path : Path
    root : Path or None
        The folder that the host offers: what leads out of it is refused. None from a shell, where any path may be read.
    """

    path: Path
    root: Path | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseSource:
    """A table of a connection that the host has configured, or a SELECT on it."""

    connection: str
    table: str = ""
    select: str = ""


@dataclass(frozen=True, kw_only=True)
class FileState:
    """Size and time of a file when the table was described."""

    path: Path
    n_bytes: int
    changed_ns: int


@dataclass(frozen=True, kw_only=True)
class TextLayout:
    """How the text files of a table are cut: what `core.tables.readers.delimited_text` found in their beginning."""

    delimiter: str
    n_skipped: int
    names: tuple[str, ...]
    encoding: str = "utf-8"


@dataclass(frozen=True, kw_only=True)
class LargeTable:
    """Metadata of a table that is not in memory.

    Attributes
    ----------
    source : FileSource or DatabaseSource
    table : Table
        A sample of its rows, with the whole table's columns, decisions and suggestion.
    readings : tuple of Reading
        How the engine reads each column.
    n_rows : int or None
        Of the whole table; None where counting would cost a pass over it.
    files : tuple of FileState
    layouts : tuple of (TextLayout, tuple of Path)
        Of text files; files of another header come with a layout of their own.
    """

    source: FileSource | DatabaseSource
    table: Table
    readings: tuple[Reading, ...]
    n_rows: int | None = None
    files: tuple[FileState, ...] = ()
    layouts: tuple[tuple[TextLayout, tuple[Path, ...]], ...] = ()

    def guess_ends(self, time: str | None) -> Ends | None:
        """The ends of the time axis in the sample, which holds the beginning and the end of each file."""
        if not self.layouts or time is None or time not in self.table.frame:
            return None
        values = self.table.frame[time].dropna()
        if pd.api.types.is_datetime64_any_dtype(values):
            numbers = values.to_numpy(dtype="datetime64[ms]").astype(np.int64) / 1000.0
        else:
            numbers = values.to_numpy(dtype=float)
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers) or numbers.min() == numbers.max():
            return None
        return Ends(float(numbers.min()), float(numbers.max()))


def refuse_unread(large_names: list[str], table: Table) -> None:
    """Refuse a table of which the engine can read no column of numbers."""
    if not any(column.kind == "number" for column in table.columns):
        shown = ", ".join(large_names[:8])
        raise InputError(
            f"This table has no numeric column that the engine can read: {shown:.300}. "
            "Sonification needs at least one column with values such as 12.5."
        )
