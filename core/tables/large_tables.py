"""Tables beyond memory: files, folders and databases are described by a sample, and joined to points by an engine.

`describe` tells what a table is, from a sample that goes through the project's own reader; `aggregate` gives the few hundred
points that are heard, as a small `core.tables.table.Table`. Both take a `FileSource` or a `DatabaseSource`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import IntArray
from core.errors import InputError
from core.progress import Progress, ignore_progress
from core.tables.aggregation_query import (
    Ends,
    Points,
    Request,
    count_labels,
    describe_points,
    fetch_points,
)
from core.tables.column_expressions import Reading
from core.tables.columns import Column
from core.tables.raw_table import ReadOptions
from core.tables.table import Table

if TYPE_CHECKING:
    from core.tables.engine_query import Engine

__all__ = [
    "AggregatedTable",
    "DatabaseSource",
    "FileSource",
    "LargeTable",
    "Request",
    "aggregate",
    "describe",
]


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
    """One file as it was when the table was described."""

    path: Path
    n_bytes: int
    changed_ns: int


@dataclass(frozen=True, kw_only=True)
class TextLayout:
    """How the text files of a table are cut: what `core.tables.delimited_text` found in their beginning."""

    delimiter: str
    n_skipped: int
    names: tuple[str, ...]
    encoding: str = "utf-8"


@dataclass(frozen=True, kw_only=True)
class LargeTable:
    """What is known of a table that is not in memory.

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


@dataclass(frozen=True, kw_only=True)
class AggregatedTable:
    """The points of a large table.

    Attributes
    ----------
    table : Table
        A row a point (and label), with the columns of the request.
    n_rows : ndarray of int
        Rows of the large table behind each row of it.
    notes : tuple of str
        What the engine did, in sentences.
    n_bytes : int
        What came out of the engine.
    is_binned : bool
        False where the rows themselves were few enough to be fetched.
    """

    table: Table
    n_rows: IntArray
    notes: tuple[str, ...] = ()
    n_bytes: int = 0
    is_binned: bool = True


def describe(
    source: FileSource | DatabaseSource,
    options: ReadOptions | None = None,
    *,
    progress: Progress | None = None,
) -> LargeTable:
    """Look at a sample of a table and tell what it is.

    Raises
    ------
    InputError
        If it cannot be reached or holds no table.
    """
    options = options or ReadOptions()
    if isinstance(source, FileSource):
        from core.tables.large_files import describe_files

        return describe_files(source, options, progress or ignore_progress)
    from core.tables.database_tables import describe_database

    return describe_database(source, options, progress or ignore_progress)


def aggregate(large: LargeTable, request: Request, *, progress: Progress | None = None) -> AggregatedTable:
    """Join a table's rows to points in its engine.

    Parameters
    ----------
    large : LargeTable
        As `describe` gave it; that the files have not changed since is looked after.
    request : Request
        What is to be heard.
    progress : callable, optional

    Raises
    ------
    InputError
        If the request does not fit the table, or the engine cannot answer it.
    """
    tell = progress or ignore_progress
    with _open(large) as engine:
        # What is not the first pass has no guess: equal questions get equal answers.
        points = fetch_points(
            engine, large.readings, request, guess=large.guess_ends(request.time), progress=tell
        )
        is_approximate = request.aggregate == "median" and _is_median_approximate(engine)
        notes = [
            *describe_points(points, request, is_approximate=is_approximate),
            *_check_after(large, engine),
        ]
    return AggregatedTable(
        table=_build_table(large, points, request),
        n_rows=points.n_rows,
        notes=tuple(notes),
        n_bytes=points.n_bytes,
        is_binned=points.is_binned,
    )


def list_labels(large: LargeTable, split: str, *, progress: Progress | None = None) -> list[tuple[str, int]]:
    """The commonest labels of a column and their rows, counted by the engine."""
    (progress or ignore_progress)(0.0, "Counting the labels")
    with _open(large) as engine:
        return count_labels(engine, large.readings, split)


@contextmanager
def _open(large: LargeTable) -> Iterator[Engine]:
    if isinstance(large.source, FileSource):
        from core.tables.large_files import open_files

        with open_files(large) as engine:
            yield engine
    else:
        from core.tables.database_tables import open_database

        with open_database(large.source) as engine:
            yield engine


def _check_after(large: LargeTable, engine: Engine) -> list[str]:
    """Whether the files are still what they were, and what of them could not be read."""
    if not large.files:
        return []
    from core.tables.large_files import check_states, count_rejected

    return [*check_states(large.files), *count_rejected(engine)]


def _is_median_approximate(engine: Engine) -> bool:
    """PostgreSQL's median is exact, and so is that of those who know no other."""
    import ibis.expr.operations as ops

    return bool(engine.backend.has_operation(ops.ApproxMedian)) and engine.backend.name != "postgres"


def _build_table(large: LargeTable, points: Points, request: Request) -> Table:
    """Points as a table, with the names, units and kinds of the sample."""
    known = {column.name: column for column in large.table.columns}
    columns: dict[str, pd.Series] = {}
    kept: list[Column] = []
    if request.time is not None:
        times = points.frame["t"]
        if known[request.time].kind == "date":
            stamps = np.round(times.to_numpy(dtype=float) * 1e3).astype("int64").astype("datetime64[ms]")
            times = pd.Series(stamps.astype("datetime64[us]"))
        columns[request.time] = times
    if request.labels and request.split is not None:
        columns[request.split] = points.frame["l"].astype(str)
    for place, name in enumerate(request.values):
        columns[name] = points.frame[f"v{place}"].astype(float)
    for name, values in columns.items():
        kind = "text" if name == request.split else known[name].kind
        kept.append(
            replace(known[name], kind=kind, n_missing=int(values.isna().sum()), n_infinite=0, n_unreadable=0)
        )
    return replace(
        large.table,
        frame=pd.DataFrame(columns, copy=False),
        columns=tuple(kept),
        sha256=hashlib.sha256(repr([large.table.sha256, request]).encode()).hexdigest(),
    )


def refuse_unread(large_names: list[str], table: Table) -> None:
    """Refuse a table of which the engine can read no column of numbers."""
    if not any(column.kind == "number" for column in table.columns):
        shown = ", ".join(large_names[:8])
        raise InputError(
            f"This table has no column of numbers that the engine can read: {shown:.300}. "
            "Sonification needs at least one column with values such as 12.5."
        )
