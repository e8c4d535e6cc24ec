"""Tables larger than memory: files, folders and databases, described by a sample and aggregated in an engine.

`describe` tells what a table is, from a sample that goes through the project's own reader; `aggregate` gives the few hundred
points that are heard, as a small `core.tables.table.Table`. Both take a `FileSource` or a `DatabaseSource`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import IntArray
from core.progress import Progress, ignore_progress
from core.tables.columns import Column
from core.tables.engine.aggregation_query import (
    Points,
    Request,
    count_labels,
    describe_points,
    fetch_points,
)
from core.tables.engine.database_tables import describe_database, open_database
from core.tables.engine.duckdb_files import count_rejected
from core.tables.engine.large_files import check_states, describe_files, open_files
from core.tables.engine.table_sources import DatabaseSource, FileSource, LargeTable
from core.tables.raw_table import ReadOptions
from core.tables.table import Table

if TYPE_CHECKING:
    from core.tables.engine.engine_query import Engine

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
    """Describe a table by a sample.

    Raises
    ------
    InputError
        If it cannot be reached or holds no table.
    """
    options = options or ReadOptions()
    if isinstance(source, FileSource):
        return describe_files(source, options, progress or ignore_progress)
    return describe_database(source, options, progress or ignore_progress)


def aggregate(large: LargeTable, request: Request, *, progress: Progress | None = None) -> AggregatedTable:
    """Aggregate a table's rows to points in its engine.

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
    """The most frequent labels of a column and their row counts, from the engine."""
    (progress or ignore_progress)(0.0, "Counting the labels")
    with _open(large) as engine:
        return count_labels(engine, large.readings, split)


@contextmanager
def _open(large: LargeTable) -> Iterator[Engine]:
    if isinstance(large.source, FileSource):
        with open_files(large) as engine:
            yield engine
    else:
        with open_database(large.source) as engine:
            yield engine


def _check_after(large: LargeTable, engine: Engine) -> list[str]:
    """Check that the files have not changed, and report lines that could not be read."""
    if not large.files:
        return []
    return [*check_states(large.files), *count_rejected(engine)]


def _is_median_approximate(engine: Engine) -> bool:
    """Whether the engine's median is approximate, which PostgreSQL's is not."""
    import ibis.expr.operations as ops

    return bool(engine.backend.has_operation(ops.ApproxMedian)) and engine.backend.name != "postgres"


def _build_table(large: LargeTable, points: Points, request: Request) -> Table:
    """Build a table of points with the names, units and kinds of the sample."""
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
