"""Samples of large tables: some thousand rows pass through the project's reader, and the engine is checked on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from core.errors import InputError, plural
from core.tables.columns import make_names_unique, shorten
from core.tables.decisions import Decision
from core.tables.engine.column_expressions import Reading, classify_type, prove_readings
from core.tables.engine.duckdb_files import open_duckdb, select_in_duckdb
from core.tables.engine.table_sources import LargeTable
from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table


def describe_sample(
    source: Any, sample: pa.Table, schema: Any, options: ReadOptions, *, name: str, in_duckdb: bool
) -> LargeTable:
    """Build a sample table from typed rows of Parquet files or a database."""
    types = {column: classify_type(kind) for column, kind in schema.items()}
    kept = [column for column in sample.column_names if types.get(column)]
    dropped = [column for column in sample.column_names if not types.get(column)]
    if not kept:
        raise InputError("This table has no column of numbers, dates or text, only nested ones.")
    sample = sample.select(kept)
    head = read_table(_write_parquet(sample, types), name=name, options=keep_as_it_is(options))
    names = dict(zip(make_names_unique(kept), kept, strict=True))
    with open_duckdb([]) as (connection, backend):
        connection.register("sample", sample)
        mine = select_in_duckdb(backend, "SELECT * FROM sample")
        readings, unread = prove_readings(head, names, backend, mine, types, tries=in_duckdb)
    return LargeTable(
        source=source,
        table=keep_readable(head, readings, [*dropped, *unread]),
        readings=tuple(readings),
    )


def _write_parquet(sample: pa.Table, types: dict[str, str]) -> bytes:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for place, column in enumerate(sample.column_names):
        if types[column] == "interval":
            seconds = pa.array(
                [_measure_interval(value) for value in sample.column(column).to_pylist()], pa.float64()
            )
            sample = sample.set_column(place, column, seconds)
        elif types[column] == "string" and not pa.types.is_string(sample.column(column).type):
            sample = sample.set_column(place, column, pc.cast(sample.column(column), pa.string()))
    sink = pa.BufferOutputStream()
    pq.write_table(sample, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _measure_interval(value: Any) -> float | None:
    """An interval in seconds; Arrow has two kinds of them."""
    if value is None:
        return None
    if hasattr(value, "total_seconds"):
        return float(value.total_seconds())
    months, days, nanoseconds = value
    return float(months * 30 * 86_400 + days * 86_400 + nanoseconds / 1e9)


def keep_as_it_is(options: ReadOptions) -> ReadOptions:
    """Read options for an engine, which cannot melt a table or combine time columns."""
    return options.correct("turn", "as it is").correct("parts", "separate")


def keep_readable(head: Table, readings: Sequence[Reading], lost: Sequence[str]) -> Table:
    """Keep the columns that the engine reads as the project does, and report the others as left out."""
    known = {reading.name for reading in readings}
    columns = tuple(column for column in head.columns if column.name in known)
    decisions = [*head.decisions]
    if lost:
        shown = ", ".join(shorten(name) for name in lost[:5]) + (" and others" if len(lost) > 5 else "")
        decisions.append(
            Decision(
                key="unread",
                sentence=f"{plural(len(lost), 'column')} cannot be read by the engine and {'is' if len(lost) == 1 else 'are'} left out: {shown}.",
            )
        )
    decisions.append(
        Decision(
            key="sample",
            sentence=f"Column types and common labels are based on a sample of {len(head.frame):,} rows from the whole table.",
        )
    )
    return replace(
        head,
        frame=head.frame[[column.name for column in columns]],
        columns=columns,
        decisions=tuple(decisions),
    )


def tell_differing(names: Sequence[frozenset[str]]) -> list[Decision]:
    """Report columns that not every file has."""
    everywhere, anywhere = frozenset.intersection(*names), frozenset.union(*names)
    spare = sorted(anywhere - everywhere)
    if not spare:
        return []
    n_lacking = sum(not anywhere <= each for each in names)
    shown = ", ".join(shorten(name) for name in spare[:5]) + (" and others" if len(spare) > 5 else "")
    sentence = (
        f"The files differ in their columns: {plural(n_lacking, 'file')} of {len(names):,} lack{'s' * (n_lacking == 1)} some of "
        f"{shown}. Columns are matched by name; columns that a file lacks are missing values."
    )
    return [Decision(key="columns", sentence=sentence)]
