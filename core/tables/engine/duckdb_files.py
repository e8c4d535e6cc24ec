"""DuckDB over files: a sandboxed in-memory connection, views of Parquet and text files, error messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from core import limits
from core.errors import plural
from core.files.folders import read_head
from core.files.private_folders import open_private_folder
from core.tables.engine.engine_query import Engine, quote_error
from core.tables.engine.table_sources import TextLayout

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "224MB"
MAX_SPILL = "8GB"
N_THREADS = 2
QUERY_TIMEOUT_SEC = 600.0
ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b"


@contextmanager
def open_duckdb(paths: Sequence[Path]) -> Iterator[tuple[DuckDBPyConnection, Any]]:
    """Open an in-memory DuckDB that can read only the given files, with its Ibis backend."""
    import duckdb
    import ibis

    with open_private_folder() as spill:
        connection = duckdb.connect(
            config={
                "threads": N_THREADS,
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(spill),
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


def make_engine(connection: DuckDBPyConnection, backend: Any) -> Engine:
    """Build the DuckDB engine that runs queries."""
    return Engine(
        backend=backend,
        table=None,
        interrupt=connection.interrupt,
        explain=explain_duckdb,
        timeout_sec=QUERY_TIMEOUT_SEC,
        knows_try=True,
    )


def select_in_duckdb(backend: Any, statement: str) -> Any:
    """A SELECT as an Ibis table; Ibis' own method for the types no longer exists in DuckDB 2."""
    import ibis

    mapper = backend.compiler.type_mapper
    rows = backend.con.execute(f"DESCRIBE {statement}").fetchall()
    return backend.sql(
        statement, schema=ibis.schema({name: mapper.from_string(kind) for name, kind, *_ in rows})
    )


def read_parquet_sql(paths: Sequence[Path], root: Path) -> str:
    """A SELECT of all columns that any of the files has, and of a folder's partitions."""
    hive = "true" if _find_partitions(paths, root) else "false"
    return f"SELECT * FROM read_parquet({_list_paths(paths)}, union_by_name=true, hive_partitioning={hive})"  # noqa: S608


def read_text_sql(layout: TextLayout, paths: Sequence[Path], *, rejects: bool) -> str:
    """A SELECT of the cells as text, with the project's column names."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.names)))
    names = ", ".join(f"c{i} AS {_quote_name(name)}" for i, name in enumerate(layout.names))
    packing = find_packing(paths[0])
    options = [
        f"delim={_quote(layout.delimiter or chr(1))}",
        "quote='\"'",
        "escape='\"'",
        "header=false",
        "auto_detect=false",
        f"skip={layout.n_skipped}",
        f"columns={{{columns}}}",
        # As for the project's reader: in a column of words "NA" is Namibia, and what is no number is a gap among numbers.
        "nullstr=['']",
        f"encoding={_quote(layout.encoding)}",
        f"compression={_quote(packing)}",
        "null_padding=true",
        "ignore_errors=true",
        f"max_line_size={limits.MEGABYTE}",
        # DuckDB takes 16 lines of the longest kind by itself, for several buffers a thread.
        f"buffer_size={8 * limits.MEGABYTE}",
    ]
    if rejects:
        options += ["store_rejects=true", "rejects_limit=1000"]
    return f"SELECT {names} FROM read_csv({_list_paths(paths)}, {', '.join(options)})"  # noqa: S608


def find_packing(path: Path) -> str:
    """How a file is compressed, as DuckDB calls it: "gzip", "zstd" or "none"."""
    head = read_head(path, 4)
    return "gzip" if head.startswith(_GZIP) else "zstd" if head == ZSTD else "none"


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
        f"{more}{plural(n_lines, 'line')} could not be split into the table's columns: silent.".capitalize()
    ]


def explain_duckdb(error: Exception) -> str | None:
    """A sentence for an error of DuckDB; it names no path."""
    import duckdb

    if not isinstance(error, duckdb.Error):
        return None
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            f"Aggregating these rows needs more than {MEMORY_LIMIT} of memory and {MAX_SPILL} of disk. "
            "Filter the rows, or aggregate them by mean."
        )
    if isinstance(error, duckdb.InterruptException):
        return "The query was canceled before it finished."
    if isinstance(error, duckdb.PermissionException):
        return "This would read other files than the table's, which is not allowed."
    name = _find_file_name(text)
    if isinstance(error, duckdb.IOException | duckdb.HTTPException) or (
        name and isinstance(error, duckdb.InvalidInputException)
    ):
        return f"{name or 'A file'} could not be read to its end: it is damaged, changing or deleted. Leave it out, or save it again."
    return f"The engine could not answer: {_without_paths(quote_error(error))}."


def _find_file_name(text: str) -> str:
    found = re.search(r"[\"'](?:[^\"'\n]*/)?([^/\"'\n]+\.[A-Za-z0-9]{1,8})[\"']", text)
    return found.group(1)[:80] if found else ""


def _without_paths(text: str) -> str:
    return re.sub(r"(/[^/\s\"']+)+/", "", text)


def read_unpacked(path: Path, n_bytes: int) -> bytes:
    """The first bytes of a file, decompressed; as many as can be read of a damaged one."""
    head = read_head(path, n_bytes)
    packing = "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(ZSTD) else ""
    if not packing:
        return head
    with pa.CompressedInputStream(pa.OSFile(str(path)), packing) as stream:
        unpacked: bytes = stream.read(n_bytes)
    return unpacked
