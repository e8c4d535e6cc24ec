"""Database tables: a table or a SELECT of a configured connection, described by its first rows, queried by Ibis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from core.errors import InputError
from core.progress import Progress, ignore_progress
from core.tables.decisions import Decision
from core.tables.engine.column_expressions import classify_type
from core.tables.engine.connections import (
    QUERY_TIMEOUT_SEC,
    Connection,
    OpenConnection,
    find_connection,
    open_connection,
)
from core.tables.engine.duckdb_files import select_in_duckdb
from core.tables.engine.engine_query import Engine
from core.tables.engine.select_statement import read_select
from core.tables.engine.table_samples import describe_sample
from core.tables.engine.table_sources import DatabaseSource, LargeTable, refuse_unread
from core.tables.raw_table import ReadOptions

MAX_LISTED_TABLES = 1_000
# Cells of the sample: it crosses the network.
_SAMPLE_CELLS = 1_600
_SAMPLE_ROWS = (50, 400)


def list_tables(connection: str) -> list[str]:
    """Tables and views of a configured database; those of other schemas than its own as "schema.table"."""
    chosen = find_connection(connection)
    opened = open_connection(chosen)
    engine = _make_engine(opened, QUERY_TIMEOUT_SEC)
    try:
        names = engine.run(lambda: _list_names(opened, chosen), stage="Listing the tables")
    finally:
        _close(opened)
    return names[:MAX_LISTED_TABLES]


def _list_names(opened: OpenConnection, connection: Connection) -> list[str]:
    if connection.engine == "duckdb":
        # Ibis asks DuckDB for this by a method that DuckDB 2 has no more.
        rows = opened.backend.con.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY 1"
        ).fetchall()
        return [str(name) for (name,) in rows]
    names = sorted(
        str(name) for name in opened.backend.list_tables() if not str(name).startswith(("sqlite_", "ibis_"))
    )
    if connection.engine != "postgres":
        return names
    rows = opened.backend.con.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN "
        "('pg_catalog', 'information_schema') AND table_schema <> current_schema() ORDER BY 1, 2 LIMIT 1000"
    ).fetchall()
    return names + [f"{schema}.{name}" for schema, name in rows]


def describe_database(
    source: DatabaseSource, options: ReadOptions, progress: Progress = ignore_progress
) -> LargeTable:
    """Describe a table or a SELECT by its first rows; see `core.tables.engine.large_tables.describe`."""
    progress(0.0, "Connecting to the database")
    with open_database(source, progress=progress) as engine:
        schema = engine.table.schema()
        heard = [name for name, kind in schema.items() if classify_type(kind)]
        if not heard:
            raise InputError("This table has no column of numbers, dates or text.")
        n_rows = min(_SAMPLE_ROWS[1], max(_SAMPLE_ROWS[0], _SAMPLE_CELLS // len(heard)))
        sample = engine.fetch(
            _select_sample(engine.table, heard).limit(n_rows),
            stage="Reading the first rows",
            progress=progress,
        )
        if not sample.num_rows:
            raise InputError("This table is empty: it has no rows.")
        is_duckdb = engine.knows_try
    name = source.table or f"a SELECT on {source.connection}"
    large = describe_sample(source, sample, schema, options, name=name, in_duckdb=is_duckdb)
    decisions = [each for each in large.table.decisions if each.key != "sample"]
    decisions.append(
        Decision(
            key="sample",
            sentence=f"Column types are based on the first {sample.num_rows:,} rows; the rows were not counted.",
        )
    )
    dropped = [name for name in schema if name not in heard]
    if dropped:
        sentence = f"Left out because they hold no numbers, dates or text: {', '.join(dropped)[:200]}."
        decisions.append(Decision(key="dropped", sentence=sentence))
    table = replace(large.table, decisions=tuple(decisions))
    refuse_unread(list(schema), table)
    return replace(large, table=table)


def _select_sample(table: Any, names: list[str]) -> Any:
    """Select playable columns; decimals become floats, because Arrow limits their declared precision."""
    kept = {}
    for name in names:
        column = table[name]
        kept[name] = column.cast("float64") if column.type().is_decimal() else column
    return table.select(**kept)


@contextmanager
def open_database(
    source: DatabaseSource, *, timeout_sec: float = QUERY_TIMEOUT_SEC, progress: Progress = ignore_progress
) -> Iterator[Engine]:
    """Context manager for the engine of a database table or a SELECT.

    Raises
    ------
    InputError
        If the database cannot be reached, there is no such table, or the statement is not one SELECT.
    """
    connection = find_connection(source.connection)
    # Before anything is connected: what is refused costs the database nothing.
    statement = read_select(source.select, connection.dialect) if source.select else ""
    if not statement and not source.table:
        raise InputError("No table was named. Choose one, or paste a SELECT.")
    opened = open_connection(connection, timeout_sec=timeout_sec)
    try:
        engine = _make_engine(opened, timeout_sec, knows_try=connection.engine == "duckdb")
        table = engine.run(
            lambda: _find_table(opened.backend, connection, source.table, statement),
            stage="Looking for the table",
            progress=progress,
        )
        yield replace(engine, table=table)
    finally:
        _close(opened)


def _make_engine(opened: OpenConnection, timeout_sec: float, *, knows_try: bool = False) -> Engine:
    return Engine(
        backend=opened.backend,
        table=None,
        interrupt=opened.interrupt,
        explain=opened.explain,
        # The database's own limit ends the query first, and tells so itself.
        timeout_sec=timeout_sec + 2,
        knows_try=knows_try,
    )


def _find_table(backend: Any, connection: Connection, name: str, statement: str) -> Any:
    import ibis.common.exceptions

    if statement:
        if connection.engine == "duckdb":
            return select_in_duckdb(backend, statement)
        schema = _find_postgres_schema(backend, statement) if connection.engine == "postgres" else None
        return backend.sql(statement, schema=schema)
    if connection.engine == "duckdb":
        return _find_duckdb_table(backend, connection, name)
    schema_name, _, table = name.rpartition(".")
    try:
        try:
            return backend.table(name)
        except ibis.common.exceptions.TableNotFound:
            if not schema_name:
                raise
            return backend.table(table, database=schema_name)
    except ibis.common.exceptions.IbisError as error:
        raise InputError(
            f"There is no table {name!r:.80} in the database {connection.name!r:.60}, or it may not be read."
        ) from error


def _find_duckdb_table(backend: Any, connection: Connection, name: str) -> Any:
    schema, _, table = name.rpartition(".")
    known = backend.con.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name IN ($1, $2)",
        [name, table],
    ).fetchall()
    for place in ((schema, table), ("main", name)):
        if place in known:
            quoted = ".".join('"' + part.replace('"', '""') + '"' for part in place)
            return select_in_duckdb(backend, f"SELECT * FROM {quoted}")  # noqa: S608 - both are names of a table
    raise InputError(f"There is no table {name!r:.80} in the database {connection.name!r:.60}.")


def _find_postgres_schema(backend: Any, statement: str) -> Any:
    """Types of a SELECT. Ibis would create a view to find them, which a connection that only reads cannot."""
    import ibis

    with backend.con.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement}) AS asked LIMIT 0")  # noqa: S608 - checked by read_select
        names = [column.name for column in cursor.description]
        oids = [column.type_code for column in cursor.description]
        if len(set(names)) < len(names):
            raise InputError("Two columns of this SELECT have the same name. Give each its own, with AS.")
        cursor.execute(
            "SELECT pg_catalog.format_type(oid, NULL) FROM unnest(%s::oid[]) WITH ORDINALITY AS each(oid, place) ORDER BY place",
            [oids],
        )
        types = [row[0] for row in cursor.fetchall()]
    mapper = backend.compiler.type_mapper
    return ibis.schema({name: mapper.from_string(kind) for name, kind in zip(names, types, strict=True)})


def _close(opened: OpenConnection) -> None:
    with suppress(Exception):  # what is broken is closed
        opened.close()
