"""Files beyond memory: CSV (also gzip and Zstandard) and Parquet, single or in folders, read by DuckDB where they lie.

DuckDB is given the files of the table and nothing else: no other path, no network, no extension. How text is cut is found by
the project's own reader in the beginning of each file; its cells are converted by the recipes of
`core.tables.column_expressions`, which the sample has proved.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError, plural
from core.files.folders import FolderSearch, read_head
from core.files.reading import in_megabytes
from core.files.signatures import TEXT, recognise_file
from core.progress import Progress, ignore_progress
from core.tables.column_expressions import Reading, classify_type, prove_readings
from core.tables.columns import clean_name, make_names_unique, shorten
from core.tables.decisions import Decision
from core.tables.engine_query import Engine, quote_error
from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table
from core.tables.table_sources import FileSource, FileState, LargeTable, TextLayout, refuse_unread

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIXES = frozenset((".csv", ".tsv", ".tab", ".txt", ".psv", ".gz", ".zst", ".parquet", ".pq"))
MAX_FILES = 5_000
MEMORY_LIMIT = "224MB"
MAX_SPILL = "8GB"
N_THREADS = 2
QUERY_TIMEOUT_SEC = 600.0

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 16 * 1024
_MAX_SAMPLED_FILES = 32
_SAMPLE_ROWS = 4_000
_N_PIECES = 8
_MAX_SKIPPED = 200
_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1", "cp1252": "latin-1", "utf-16": "utf-16"}
_ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b"
_SHOWN_FILES = 3
# Cells that the project's reader takes for gaps as well.
_GAPS = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", "--", ".", "..", "?")


def is_large(path: Path) -> bool:
    """Whether a path is for the engine: a folder, a Zstandard archive, or a file that is larger than what is held in memory.

    Raises
    ------
    OSError
        If there is no such path.
    """
    if path.is_dir():
        return True
    return path.stat().st_size > limits.MAX_TABLE_BYTES or read_head(path, 4) == _ZSTD


def find_tables(root: Path) -> FolderSearch:
    """The files below a folder that can be tables, by their names and first bytes."""
    return FolderSearch(root, lambda path: bool(_recognise(path)), SUFFIXES, max_files=MAX_FILES)


def describe_files(
    source: FileSource, options: ReadOptions, progress: Progress = ignore_progress
) -> LargeTable:
    """Look at a sample of files and tell what table they are; see `core.tables.large_tables.describe`."""
    progress(0.0, "Looking at the files")
    paths, kind, decisions = _find_files(source)
    states = _remember_states(paths)
    if kind == "Parquet":
        large = _describe_parquet(source, paths, options)
    else:
        large = _describe_text(source, paths, options)
    used = {path for _, files in large.layouts for path in files} or set(paths)
    if len(used) > 1:
        decisions.insert(
            0, Decision(key="files", sentence=f"{plural(len(used), 'file')} are read as one table.")
        )
    table = replace(
        large.table,
        decisions=(*decisions, *large.table.decisions),
        source_name=clean_name(source.path.name, fallback="table"),
        sha256=hashlib.sha256(repr(states).encode()).hexdigest(),
    )
    refuse_unread([column.name for column in table.columns], table)
    return replace(large, table=table, files=tuple(state for state in states if state.path in used))


def _find_files(source: FileSource) -> tuple[list[Path], str, list[Decision]]:
    """Files of one kind, in the order of their names, and what was left out."""
    try:
        path = source.path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{source.path.name} is not there any more, or cannot be read.") from error
    if source.root is not None and not path.is_relative_to(source.root.resolve()):
        raise InputError(f"{source.path.name} leads out of the folder that is offered. Choose another file.")
    if not path.is_dir():
        kind = _recognise(path)
        if not kind:
            raise InputError(
                f"{path.name} is neither CSV text nor Parquet, the kinds that are read beyond memory. Save it as one of them."
            )
        return [path], kind, []
    search = find_tables(path)
    found: dict[str, list[Path]] = {"Parquet": [], "text": []}
    for relative in search:
        inner = (path / relative).resolve()
        if not any(part.startswith(("_", ".")) for part in relative.parts):
            found[_recognise(inner) or "text"].append(path / relative)
    kind = max(found, key=lambda each: len(found[each]))
    if not found[kind]:
        raise InputError(
            f"The folder {path.name} holds no CSV or Parquet file that can be read. {_tell_left_out(search, [])}".rstrip()
        )
    spare = found["text" if kind == "Parquet" else "Parquet"]
    said = _tell_left_out(search, spare)
    return found[kind], kind, [Decision(key="left out", sentence=said)] if said else []


def _tell_left_out(search: FolderSearch, spare: list[Path]) -> str:
    counts = (
        (
            search.n_broken,
            "file that is empty, damaged or no table",
            "files that are empty, damaged or no table",
        ),
        (search.n_outside, "link that leads out of the folder", "links that lead out of the folder"),
        (search.n_closed, "folder that cannot be read", "folders that cannot be read"),
        (len(spare), "file of another kind", "files of another kind"),
    )
    words = [f"{n:,} {one if n == 1 else many}" for n, one, many in counts if n]
    if not search.complete:
        words.append(f"what is beyond {MAX_FILES:,} files")
    return f"Left out: {', '.join(words)}." if words else ""


def _recognise(path: Path) -> str:
    """ "Parquet" or "text" by the first bytes, "" for anything else."""
    head = _read_unpacked(path, 4096)
    kind = recognise_file(head) if head else None
    if kind is None:
        # Text in an old encoding: no zero bytes, but for UTF-16, which is recognised.
        return "text" if head and b"\0" not in head else ""
    if kind.reader == "Parquet":
        with path.open("rb") as file:
            file.seek(-4, 2)
            return "Parquet" if file.read(4) == b"PAR1" else ""
    return "text" if kind is TEXT or kind.reader == "text" else ""


def _read_unpacked(path: Path, n_bytes: int) -> bytes:
    """The first bytes of a file, unpacked; as many as there are of one whose rest is damaged."""
    head = read_head(path, n_bytes)
    packing = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else ""
    if not packing:
        return head
    with pa.CompressedInputStream(pa.OSFile(str(path)), packing) as stream:
        unpacked: bytes = stream.read(n_bytes)
    return unpacked


def _remember_states(paths: Sequence[Path]) -> tuple[FileState, ...]:
    states = []
    for path in paths:
        about = path.stat()
        states.append(FileState(path=path, n_bytes=about.st_size, changed_ns=about.st_mtime_ns))
    return tuple(states)


def check_states(states: Sequence[FileState]) -> list[str]:
    """Compare files with what they were.

    Returns
    -------
    list of str
        A sentence on files that have grown: what has come since may be in the points or not.

    Raises
    ------
    InputError
        If one has gone, shrunk or was written anew.
    """
    grown = []
    for state in states:
        try:
            about = state.path.stat()
        except OSError as error:
            raise InputError(
                f"{state.path.name} has gone since it was looked at. Choose the file or folder again."
            ) from error
        if about.st_size < state.n_bytes or (
            about.st_size == state.n_bytes and about.st_mtime_ns != state.changed_ns
        ):
            raise InputError(
                f"{state.path.name} has changed since it was looked at. Wait until it is written, and choose it again."
            )
        if about.st_size > state.n_bytes:
            grown.append(state.path.name)
    if not grown:
        return []
    shown = ", ".join(grown[:_SHOWN_FILES])
    return [f"{shown} grew while it was read; rows that came meanwhile may be missing."]


@contextmanager
def open_duckdb(paths: Sequence[Path]) -> Iterator[tuple[DuckDBPyConnection, Any]]:
    """DuckDB in memory that may read some files and nothing else, and Ibis' way to it."""
    import duckdb
    import ibis

    with tempfile.TemporaryDirectory(prefix="sonoscope-") as spill:
        connection = duckdb.connect(
            config={
                "threads": N_THREADS,
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": spill,
                "max_temp_directory_size": MAX_SPILL,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "enable_external_file_cache": False,
            }
        )
        try:
            backend = ibis.duckdb.from_connection(connection)
            connection.execute("SET allowed_paths = $1", [[str(path) for path in paths]])
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection, backend
        finally:
            connection.close()


@contextmanager
def open_files(large: LargeTable) -> Iterator[Engine]:
    """The engine of a described table of files, see `core.tables.large_tables.aggregate`."""
    check_states(large.files)
    paths = [state.path for state in large.files]
    with open_duckdb(paths) as (connection, backend):
        engine = _make_engine(connection, backend)
        engine.run(lambda: _create_view(connection, large, paths), stage="Opening the files")
        yield replace(engine, table=select_in_duckdb(backend, "SELECT * FROM rows"))


def select_in_duckdb(backend: Any, statement: str) -> Any:
    """A SELECT as an Ibis table; Ibis itself asks for its types by a method that DuckDB 2 has no more."""
    import ibis

    mapper = backend.compiler.type_mapper
    rows = backend.con.execute(f"DESCRIBE {statement}").fetchall()
    return backend.sql(
        statement, schema=ibis.schema({name: mapper.from_string(kind) for name, kind, *_ in rows})
    )


def _make_engine(connection: DuckDBPyConnection, backend: Any) -> Engine:
    return Engine(
        backend=backend,
        table=None,
        interrupt=connection.interrupt,
        explain=explain_duckdb,
        timeout_sec=QUERY_TIMEOUT_SEC,
        knows_try=True,
    )


def _create_view(connection: DuckDBPyConnection, large: LargeTable, paths: Sequence[Path]) -> None:
    if not large.layouts:
        root = large.source.path if isinstance(large.source, FileSource) else Path()
        connection.execute(f"CREATE TEMP VIEW rows AS {_read_parquet_sql(paths, root)}")
        return
    parts = [_read_text_sql(layout, files, rejects=True) for layout, files in large.layouts]
    connection.execute(f"CREATE TEMP VIEW rows AS {' UNION ALL BY NAME '.join(parts)}")


def _read_parquet_sql(paths: Sequence[Path], root: Path) -> str:
    hive = "true" if _find_partitions(paths, root) else "false"
    return f"SELECT * FROM read_parquet({_list_paths(paths)}, union_by_name=true, hive_partitioning={hive})"  # noqa: S608


def _read_text_sql(layout: TextLayout, paths: Sequence[Path], *, rejects: bool) -> str:
    """A SELECT of the cells as texts, under the project's names."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.names)))
    names = ", ".join(f"c{i} AS {_quote_name(name)}" for i, name in enumerate(layout.names))
    gaps = ", ".join(_quote(gap) for gap in _GAPS)
    packing = _packing_of(paths[0])
    options = [
        f"delim={_quote(layout.delimiter or chr(1))}",
        "quote='\"'",
        "escape='\"'",
        "header=false",
        "auto_detect=false",
        f"skip={layout.n_skipped}",
        f"columns={{{columns}}}",
        f"nullstr=[{gaps}]",
        f"encoding={_quote(layout.encoding)}",
        f"compression={_quote(packing)}",
        "null_padding=true",
        "ignore_errors=true",
        f"max_line_size={4 * limits.MEGABYTE}",
    ]
    if rejects:
        options += ["store_rejects=true", "rejects_limit=1000"]
    return f"SELECT {names} FROM read_csv({_list_paths(paths)}, {', '.join(options)})"  # noqa: S608


def _packing_of(path: Path) -> str:
    head = read_head(path, 4)
    return "gzip" if head.startswith(_GZIP) else "zstd" if head == _ZSTD else "none"


def _list_paths(paths: Sequence[Path]) -> str:
    # A bracket or a star in a name is no pattern where a file has just that name.
    return f"[{', '.join(_quote(str(path)) for path in paths)}]"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _find_partitions(paths: Sequence[Path], root: Path) -> list[str]:
    """Names of a folder's Hive partitions (year=2020/…), which every file has."""
    found: list[str] | None = None
    base = root.resolve()
    for path in paths:
        folders = path.relative_to(base).parts[:-1] if path.is_relative_to(base) and path != base else ()
        keys = [part.partition("=")[0] for part in folders if "=" in part]
        if found is not None and keys != found:
            return []
        found = keys
    return found or []


def count_rejected(engine: Engine) -> list[str]:
    """A sentence on lines that could not be cut into cells, where there are any."""
    try:
        n_lines = engine.backend.con.execute(
            "SELECT count(*) FROM (SELECT DISTINCT file_id, line FROM reject_errors)"
        ).fetchone()[0]
    except Exception:
        # There is no such table where no text was read.
        return []
    if not n_lines:
        return []
    more = "at least " if n_lines >= 1000 else ""
    return [
        f"{more}{plural(n_lines, 'line')} could not be cut into the table's columns and stay silent.".capitalize()
    ]


def explain_duckdb(error: Exception) -> str | None:
    """A sentence for an error of DuckDB; it names no path."""
    import duckdb

    if not isinstance(error, duckdb.Error):
        return None
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            f"Joining these rows needs more than {MEMORY_LIMIT} of memory and {MAX_SPILL} of disk. "
            "Filter the rows, or join them by their mean."
        )
    if isinstance(error, duckdb.InterruptException):
        return "The query was stopped before it was ready."
    if isinstance(error, duckdb.PermissionException):
        return "This would read files other than the table's, which is not allowed."
    name = _find_file_name(text)
    if isinstance(error, duckdb.IOException | duckdb.HTTPException) or (
        name and isinstance(error, duckdb.InvalidInputException)
    ):
        return f"{name or 'A file'} could not be read to its end: it is damaged, changing or gone. Leave it out, or write it again."
    return f"The engine could not answer: {_without_paths(quote_error(error))}."


def _find_file_name(text: str) -> str:
    import re

    found = re.search(r"[\"'](?:[^\"'\n]*/)?([^/\"'\n]+\.[A-Za-z0-9]{1,8})[\"']", text)
    return found.group(1)[:80] if found else ""


def _without_paths(text: str) -> str:
    import re

    return re.sub(r"(/[^/\s\"']+)+/", "", text)


# Parquet.


def _describe_parquet(source: FileSource, paths: list[Path], options: ReadOptions) -> LargeTable:
    decisions = []
    with open_duckdb(paths) as (connection, backend):
        engine = _make_engine(connection, backend)
        sql = _read_parquet_sql(paths, source.path)
        engine.run(lambda: connection.execute(f"CREATE TEMP VIEW rows AS {sql}"), stage="Opening the files")
        rows = select_in_duckdb(backend, "SELECT * FROM rows")
        n_rows = engine.fetch(rows.aggregate(n=rows.count())).column("n")[0].as_py()
        if not n_rows:
            raise InputError(
                "This table has no rows. It needs a row for each moment with the values to hear."
            )
        sample = _sample_rows(engine, rows, n_rows)
        if len(paths) > 1:
            decisions += _compare_columns(paths)
        large = describe_sample(source, sample, rows.schema(), options, name=source.path.name, in_duckdb=True)
    return replace(
        large,
        n_rows=n_rows,
        table=replace(large.table, decisions=(*decisions, *large.table.decisions)),
    )


def _sample_rows(engine: Engine, rows: Any, n_rows: int) -> pa.Table:
    """Stretches of consecutive rows from all over the table."""
    if n_rows <= _SAMPLE_ROWS:
        return engine.fetch(rows, stage="Taking a sample")
    each = _SAMPLE_ROWS // _N_PIECES
    starts = [round(i * (n_rows - each) / (_N_PIECES - 1)) for i in range(_N_PIECES)]
    pieces = [engine.fetch(rows.limit(each, offset=start), stage="Taking a sample") for start in starts]
    return pa.concat_tables(pieces)


def _compare_columns(paths: Sequence[Path]) -> list[Decision]:
    """Whether some files of a folder lack columns that others have."""
    import pyarrow.parquet as pq

    names = []
    for path in paths[:MAX_FILES]:
        try:
            names.append(frozenset(pq.read_schema(path).names))
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path.name} is damaged. Leave it out, or write it again.") from error
    return tell_differing(names)


def tell_differing(names: Sequence[frozenset[str]]) -> list[Decision]:
    """A decision on columns that not every file has."""
    everywhere, anywhere = frozenset.intersection(*names), frozenset.union(*names)
    spare = sorted(anywhere - everywhere)
    if not spare:
        return []
    n_lacking = sum(not anywhere <= each for each in names)
    shown = ", ".join(shorten(name) for name in spare[:5]) + (" and others" if len(spare) > 5 else "")
    sentence = (
        f"The files differ in their columns: {plural(n_lacking, 'file')} of {len(names):,} lack{'s' * (n_lacking == 1)} some of "
        f"{shown}. Columns are matched by name, and what a file lacks is a gap."
    )
    return [Decision(key="columns", sentence=sentence)]


def describe_sample(
    source: Any, sample: pa.Table, schema: Any, options: ReadOptions, *, name: str, in_duckdb: bool
) -> LargeTable:
    """A table from typed rows: those of Parquet files or of a database."""
    types = {column: classify_type(kind) for column, kind in schema.items()}
    kept = [column for column in sample.column_names if types.get(column)]
    dropped = [column for column in sample.column_names if not types.get(column)]
    if not kept:
        raise InputError("This table has no column of numbers, dates or words, only nested ones.")
    sample = sample.select(kept)
    head = read_table(_write_parquet(sample, types), name=name, options=_as_it_is(options))
    names = dict(zip(make_names_unique(kept), kept, strict=True))
    with open_duckdb([]) as (connection, backend):
        connection.register("sample", sample)
        mine = select_in_duckdb(backend, "SELECT * FROM sample")
        readings, unread = prove_readings(head, names, backend, mine, types, tries=in_duckdb)
    return LargeTable(
        source=source,
        table=_keep_readable(head, readings, [*dropped, *unread]),
        readings=tuple(readings),
    )


def _write_parquet(sample: pa.Table, types: dict[str, str]) -> bytes:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for place, column in enumerate(sample.column_names):
        if types[column] == "interval":
            seconds = pa.array([_measure(value) for value in sample.column(column).to_pylist()], pa.float64())
            sample = sample.set_column(place, column, seconds)
        elif types[column] == "string" and not pa.types.is_string(sample.column(column).type):
            sample = sample.set_column(place, column, pc.cast(sample.column(column), pa.string()))
    sink = pa.BufferOutputStream()
    pq.write_table(sample, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _measure(value: Any) -> float | None:
    """An interval in seconds; Arrow has two kinds of them."""
    if value is None:
        return None
    if hasattr(value, "total_seconds"):
        return float(value.total_seconds())
    months, days, nanoseconds = value
    return float(months * 30 * 86_400 + days * 86_400 + nanoseconds / 1e9)


def _as_it_is(options: ReadOptions) -> ReadOptions:
    """An engine cannot turn a table, nor put a time together from several columns."""
    for key, chosen in (("turn", "as it is"), ("parts", "as it is")):
        options = options.correct(key, chosen)
    return options


def _keep_readable(head: Table, readings: Sequence[Reading], lost: Sequence[str]) -> Table:
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
            sentence=f"What the columns hold, and which labels are common, was judged by {len(head.frame):,} rows from all over the table.",
        )
    )
    return replace(
        head,
        frame=head.frame[[column.name for column in columns]],
        columns=columns,
        decisions=tuple(decisions),
    )


# Text.


def _describe_text(source: FileSource, paths: list[Path], options: ReadOptions) -> LargeTable:
    layouts, options = _find_layouts(paths, options)
    readable = {path for _, files in layouts for path in files}
    unreadable = [path.name for path in paths if path not in readable]
    paths = [path for path in paths if path in readable]
    sampled = _choose_sampled(paths)
    by_path = {path: layout for layout, files in layouts for path in files}
    with tempfile.TemporaryDirectory(prefix="sonoscope-") as folder:
        pieces = [
            (by_path[path], _write_piece(path, by_path[path], Path(folder), f"{i}", single=len(sampled) == 1))
            for i, path in enumerate(sampled)
        ]
        head = _read_pieces(paths[0], [(layout, text) for layout, (_, text) in pieces], options)
        names = {column.name: column.name for column in head.columns}
        with open_duckdb([path for _, (path, _) in pieces]) as (connection, backend):
            parts = [_read_text_sql(layout, [path], rejects=False) for layout, (path, _) in pieces]
            connection.execute(f"CREATE TEMP TABLE sample AS {' UNION ALL BY NAME '.join(parts)}")
            sample = select_in_duckdb(backend, "SELECT * FROM sample")
            types = dict.fromkeys(sample.columns, "string")
            names = {name: source_name for name, source_name in names.items() if name in types}
            readings, unread = prove_readings(head, names, backend, sample, types, tries=True)
    unread += [column.name for column in head.columns if column.name not in names]
    table = _keep_readable(head, readings, unread)
    decisions = _tell_unreadable(unreadable)
    decisions += [*tell_differing([frozenset(layout.names) for layout, files in layouts for _ in files])]
    n_bytes = sum(path.stat().st_size for path in paths)
    decisions.append(Decision(key="rows", sentence=_estimate_rows(paths, n_bytes, pieces, len(head.frame))))
    return LargeTable(
        source=source,
        table=replace(table, decisions=(*decisions, *table.decisions)),
        readings=tuple(readings),
        layouts=tuple((layout, tuple(files)) for layout, files in layouts),
    )


def _tell_unreadable(names: Sequence[str]) -> list[Decision]:
    if not names:
        return []
    shown = ", ".join(names[:_SHOWN_FILES]) + (" and others" if len(names) > _SHOWN_FILES else "")
    sentence = f"{plural(len(names), 'file')} could not be read as a table and {'is' if len(names) == 1 else 'are'} left out: {shown}."
    return [Decision(key="unreadable", sentence=sentence)]


def _estimate_rows(
    paths: Sequence[Path], n_bytes: int, pieces: Sequence[tuple[TextLayout, tuple[Path, bytes]]], n_rows: int
) -> str:
    if any(_packing_of(path) != "none" for path in paths[:_MAX_SAMPLED_FILES]) or not n_rows:
        return f"The rows were not counted: the files are packed and have {in_megabytes(n_bytes)}."
    each = sum(len(text) for _, (_, text) in pieces) / n_rows
    about = float(f"{n_bytes / each:.2g}")
    return f"The rows were not counted; by its size the table has about {about:,.0f}."


def _choose_sampled(paths: Sequence[Path]) -> list[Path]:
    if len(paths) <= _MAX_SAMPLED_FILES:
        return list(paths)
    last = _MAX_SAMPLED_FILES - 1
    return [paths[round(i * (len(paths) - 1) / last)] for i in range(_MAX_SAMPLED_FILES)]


def _find_layouts(
    paths: Sequence[Path], options: ReadOptions
) -> tuple[list[tuple[TextLayout, list[Path]]], ReadOptions]:
    """How each file is cut; files that begin alike are cut alike."""
    found: list[tuple[TextLayout, bytes, str, list[Path]]] = []
    refusals: list[InputError] = []
    for path in paths:
        head, packing = _read_unpacked(path, _HEAD_BYTES), _packing_of(path)
        for _, beginning, packed, files in found:
            if head.startswith(beginning) and packed == packing:
                files.append(path)
                break
        else:
            try:
                layout, beginning, options = _find_layout(head, path, options)
            except InputError as error:
                # Among good files a broken one is left out, and that is told.
                refusals.append(error)
                continue
            found.append((layout, beginning, packing, [path]))
            if len(found) > limits.MAX_TABLE_COLUMNS:
                raise InputError(
                    "These files all begin differently, so they are no one table. Choose one of them."
                )
    if not found:
        raise refusals[0]
    return [(layout, files) for layout, _, _, files in found], options


def _find_layout(head: bytes, path: Path, options: ReadOptions) -> tuple[TextLayout, bytes, ReadOptions]:
    """How a file is cut, the bytes before its first row of data, and the options that say so to another reading."""
    from core.tables.delimited_text import read_delimited

    whole = head[: head.rfind(b"\n") + 1] or head
    raw = read_delimited(whole, _as_it_is(options))
    read = raw.options
    encoding = _ENCODINGS.get((read.encoding or "utf-8").replace("utf-8-sig", "utf-8"))
    if encoding is None:
        raise InputError(
            f"{path.name} is written in {read.encoding}, which the engine does not read. Save it as UTF-8."
        )
    if read.delimiter is None or read.delimiter == " ":
        raise InputError(
            f"{path.name} has columns apart by spaces, which the engine does not read. Save it with commas."
        )
    text = whole.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    n_skipped = _find_first_row(text, read.delimiter, raw)
    lines = whole.split(b"\n")
    beginning = b"\n".join(lines[:n_skipped]) + b"\n" if n_skipped else b""
    layout = TextLayout(
        delimiter=read.delimiter,
        n_skipped=n_skipped,
        names=tuple(make_names_unique(raw.names)),
        encoding=encoding,
    )
    chosen = replace(options, delimiter=read.delimiter, encoding=read.encoding)
    return layout, beginning, chosen


def _find_first_row(text: str, delimiter: str, raw: Any) -> int:
    """Lines before the first row of data."""
    first = [str(column[0].as_py() or "").strip() if len(column) else "" for column in raw.cells]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter or "\1")
    before = 0
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if [*cells, *[""] * (len(first) - len(cells))][: len(first)] == first and any(cells):
                return before
            before = reader.line_num
            if before > _MAX_SKIPPED:
                break
    except csv.Error:
        pass
    return 1 if raw.guess.get("header", "").startswith(("first", "names", "row", "column")) else 0


def _write_piece(
    path: Path, layout: TextLayout, folder: Path, name: str, *, single: bool
) -> tuple[Path, bytes]:
    """Whole lines from the beginning, the middle and the end of a file, as a small file with the same beginning."""
    n_bytes = _HEAD_BYTES if single else _PIECE_BYTES
    head = _read_unpacked(path, max(n_bytes, _HEAD_BYTES if layout.n_skipped > 5 else 0))
    lines = head[: head.rfind(b"\n") + 1].split(b"\n")
    beginning = b"\n".join(lines[: layout.n_skipped]) + b"\n" * bool(layout.n_skipped)
    body = head[len(beginning) : head.rfind(b"\n") + 1] or head[len(beginning) :]
    size = path.stat().st_size
    if _packing_of(path) == "none" and layout.encoding != "utf-16" and size > len(head):
        n_middle = 6 if single else 0
        starts = [len(head) + (size - len(head)) * (i + 1) // (n_middle + 2) for i in range(n_middle)]
        body += b"".join(
            _read_lines(path, start, n_bytes // 2) for start in (*starts, max(len(head), size - n_bytes))
        )
    target = folder / f"{name}.csv"
    target.write_bytes(beginning + body)
    return target, body


def _read_lines(path: Path, start: int, n_bytes: int) -> bytes:
    """Whole lines from a place on; the last ones where the file ends before."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(start)
        data = file.read(size - start if start + 2 * n_bytes >= size else n_bytes)
    is_end = start + len(data) >= size
    begin = data.find(b"\n") + 1
    if not begin:
        return b""
    end = len(data) if is_end else data.rfind(b"\n") + 1
    lines = data[begin:end]
    return lines if not lines or lines.endswith(b"\n") else lines + b"\n"


def _read_pieces(first: Path, pieces: Sequence[tuple[TextLayout, bytes]], options: ReadOptions) -> Table:
    """The sample as the project reads it: the beginning of the first file, and further lines of the same columns."""
    leading = pieces[0][0]
    head = _read_unpacked(first, _HEAD_BYTES)
    beginning = b"\n".join(head.split(b"\n")[: leading.n_skipped]) + b"\n" * bool(leading.n_skipped)
    same = [
        text
        for layout, text in pieces
        if layout.names == leading.names and layout.delimiter == leading.delimiter
    ]
    table = read_table(beginning + b"".join(same), name=first.name, options=_as_it_is(options))
    for layout, text in pieces:
        if layout.names != leading.names and text:
            table = _add_rows(table, layout, text, options)
    return table


def _add_rows(table: Table, layout: TextLayout, text: bytes, options: ReadOptions) -> Table:
    """Rows of a file with other columns; those that are new to the table are columns of it from now on."""
    sign = layout.delimiter or ","
    header = sign.join(f'"{name}"' for name in layout.names).encode(layout.encoding) + b"\n"
    other = read_table(header + text, options=replace(_as_it_is(options), header=True))
    kinds = {column.name: column.kind for column in table.columns}
    fitting = [column for column in other.columns if kinds.get(column.name, column.kind) == column.kind]
    frame = pd.concat([table.frame, other.frame[[column.name for column in fitting]]], ignore_index=True)
    added = tuple(column for column in fitting if column.name not in kinds)
    return replace(table, frame=frame, columns=(*table.columns, *added))
