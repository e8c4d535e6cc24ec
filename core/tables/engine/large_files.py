"""Files larger than memory: CSV (also gzip and Zstandard) and Parquet, single or in folders, read by DuckDB.

DuckDB is given the files of the table and nothing else: no other path, no network, no extension. How text is cut is found by
the project's own reader in the beginning of each file; its cells are converted by the recipes of
`core.tables.engine.column_expressions`, which the sample has proved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from core import limits
from core.errors import InputError, plural
from core.files.folders import FolderSearch, read_head
from core.files.signatures import TEXT, recognize_file
from core.progress import Progress, ignore_progress
from core.tables.columns import clean_name
from core.tables.decisions import Decision
from core.tables.engine.duckdb_files import (
    ZSTD,
    make_engine,
    open_duckdb,
    read_parquet_sql,
    read_text_sql,
    read_unpacked,
    select_in_duckdb,
)
from core.tables.engine.engine_query import Engine
from core.tables.engine.large_text import describe_text
from core.tables.engine.table_samples import describe_sample, tell_differing
from core.tables.engine.table_sources import FileSource, FileState, LargeTable, refuse_unread
from core.tables.raw_table import ReadOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIXES = frozenset((".csv", ".tsv", ".tab", ".txt", ".psv", ".gz", ".zst", ".parquet", ".pq"))
MAX_FILES = 5_000

_SAMPLE_ROWS = 4_000
_N_PIECES = 8
_SHOWN_FILES = 3


def is_large(path: Path) -> bool:
    """Whether a path needs the engine: a folder, a Zstandard archive, or a file too large for memory.

    Raises
    ------
    OSError
        If there is no such path.
    """
    if path.is_dir():
        return True
    return path.stat().st_size > limits.MAX_TABLE_BYTES or read_head(path, 4) == ZSTD


def find_tables(root: Path) -> FolderSearch:
    """The files below a folder that can be tables, by their names and first bytes."""
    return FolderSearch(root, lambda path: bool(_recognize(path)), SUFFIXES, max_files=MAX_FILES)


def describe_files(
    source: FileSource, options: ReadOptions, progress: Progress = ignore_progress
) -> LargeTable:
    """Describe the table in files by a sample; see `core.tables.engine.large_tables.describe`."""
    progress(0.0, "Looking at the files")
    paths, kind, decisions = _find_files(source)
    states = _remember_states(paths)
    if kind == "Parquet":
        large = _describe_parquet(source, paths, options)
    else:
        large = describe_text(source, paths, options)
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
        raise InputError(f"{source.path.name} no longer exists or cannot be read.") from error
    if source.root is not None and not path.is_relative_to(source.root.resolve()):
        raise InputError(f"{source.path.name} is a link to another folder. Choose another file.")
    if not path.is_dir():
        kind = _recognize(path)
        if not kind:
            raise InputError(
                f"{path.name} is neither CSV text nor Parquet, the only formats for tables larger than memory. Save it as one of them."
            )
        return [path], kind, []
    search = find_tables(path)
    found: dict[str, list[Path]] = {"Parquet": [], "text": []}
    for relative in search:
        inner = (path / relative).resolve()
        if not any(part.startswith(("_", ".")) for part in relative.parts):
            found[_recognize(inner) or "text"].append(path / relative)
    kind = max(found, key=lambda each: len(found[each]))
    if not found[kind]:
        raise InputError(
            f"The folder {path.name} has no readable CSV or Parquet file. {_tell_left_out(search, [])}".rstrip()
        )
    spare = found["text" if kind == "Parquet" else "Parquet"]
    said = _tell_left_out(search, spare)
    return found[kind], kind, [Decision(key="left out", sentence=said)] if said else []


def _tell_left_out(search: FolderSearch, spare: list[Path]) -> str:
    counts = (
        (
            search.n_broken,
            "file that is empty, damaged or not a table",
            "files that are empty, damaged or not tables",
        ),
        (search.n_outside, "link to another folder", "links to other folders"),
        (search.n_closed, "folder that cannot be read", "folders that cannot be read"),
        (len(spare), "file of another kind", "files of another kind"),
    )
    words = [f"{n:,} {one if n == 1 else many}" for n, one, many in counts if n]
    if not search.complete:
        words.append(f"everything after {MAX_FILES:,} files")
    return f"Left out: {', '.join(words)}." if words else ""


def _recognize(path: Path) -> str:
    """ "Parquet" or "text" by the first bytes, "" for anything else."""
    head = read_unpacked(path, 4096)
    kind = recognize_file(head) if head else None
    if kind is None:
        # Text in an old encoding: no zero bytes, but for UTF-16, which is recognized.
        return "text" if head and b"\0" not in head else ""
    if kind.reader == "Parquet":
        with path.open("rb") as file:
            file.seek(-4, 2)
            return "Parquet" if file.read(4) == b"PAR1" else ""
    return "text" if kind is TEXT or kind.reader == "text" else ""


def _remember_states(paths: Sequence[Path]) -> tuple[FileState, ...]:
    states = []
    for path in paths:
        about = path.stat()
        states.append(FileState(path=path, n_bytes=about.st_size, changed_ns=about.st_mtime_ns))
    return tuple(states)


def check_states(states: Sequence[FileState]) -> list[str]:
    """Check that files have not changed since they were described.

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
                f"{state.path.name} was deleted after it was opened. Choose a file or folder again."
            ) from error
        if about.st_size < state.n_bytes or (
            about.st_size == state.n_bytes and about.st_mtime_ns != state.changed_ns
        ):
            raise InputError(
                f"{state.path.name} changed after it was opened. Wait until it is complete, and choose it again."
            )
        if about.st_size > state.n_bytes:
            grown.append(state.path.name)
    if not grown:
        return []
    shown = ", ".join(grown[:_SHOWN_FILES])
    return [f"{shown} grew while it was read; rows added meanwhile may be missing."]


@contextmanager
def open_files(large: LargeTable) -> Iterator[Engine]:
    """The engine of a described table of files, see `core.tables.engine.large_tables.aggregate`."""
    check_states(large.files)
    paths = [state.path for state in large.files]
    with open_duckdb(paths) as (connection, backend):
        engine = make_engine(connection, backend)
        engine.run(lambda: _create_view(connection, large, paths), stage="Opening the files")
        yield replace(engine, table=select_in_duckdb(backend, "SELECT * FROM rows"))


def _create_view(connection: DuckDBPyConnection, large: LargeTable, paths: Sequence[Path]) -> None:
    if not large.layouts:
        root = large.source.path if isinstance(large.source, FileSource) else Path()
        connection.execute(f"CREATE TEMP VIEW rows AS {read_parquet_sql(paths, root)}")
        return
    parts = [read_text_sql(layout, files, rejects=True) for layout, files in large.layouts]
    connection.execute(f"CREATE TEMP VIEW rows AS {' UNION ALL BY NAME '.join(parts)}")


def _describe_parquet(source: FileSource, paths: list[Path], options: ReadOptions) -> LargeTable:
    decisions = []
    with open_duckdb(paths) as (connection, backend):
        engine = make_engine(connection, backend)
        sql = read_parquet_sql(paths, source.path)
        engine.run(lambda: connection.execute(f"CREATE TEMP VIEW rows AS {sql}"), stage="Opening the files")
        rows = select_in_duckdb(backend, "SELECT * FROM rows")
        n_rows = engine.fetch(rows.aggregate(n=rows.count())).column("n")[0].as_py()
        if not n_rows:
            raise InputError(
                "This table has no rows. It needs one row per time step with the values to play."
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
    """Sample runs of consecutive rows from the whole table."""
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
            raise InputError(f"{path.name} is damaged. Leave it out, or save it again.") from error
    return tell_differing(names)
