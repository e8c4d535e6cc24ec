"""Large tables as a source of Sonify Data: files, folders and databases configured by the host."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import InputError, plural
from core.sonify.large_job import (
    DescribedTable,
    aggregate_large,
    describe_large,
    list_database_tables,
    list_offered_files,
    make_request,
)
from core.sonify.settings import Settings
from core.tables.engine.connections import list_connections
from core.tables.engine.large_tables import AggregatedTable, LargeTable
from core.tables.engine.select_statement import MAX_CHARS
from core.tables.engine.table_sources import DatabaseSource, FileSource
from core.tables.table import ReadOptions, Table
from core.workers import Limits
from pages.components.shared.controls import BOUND, KEPT
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain
from pages.components.sonify import texts
from pages.components.sonify.reading import read_with_corrections
from pages.components.sonify.source import Source

DATA_SETTING = "SONOSCOPE_DATA"
SERVER_FILES, DATABASE = texts.SERVER_FILES, texts.DATABASE
TABLE, SELECT = texts.TABLE, texts.SELECT
# How long what came from a database is taken for its present state.
_DATABASE_AGE_SEC = 300
_LISTING_AGE_SEC = 60
_LOOKING = Limits(memory_mb=1536, cpu_sec=120, wall_sec=150)
# Two processors read twenty gigabytes of text in a minute; a database is waited for without working.
_JOINING = Limits(memory_mb=1536, cpu_sec=1500, wall_sec=720)


@dataclass(frozen=True, kw_only=True)
class LargeSource(Source):
    """A large table that its engine aggregates to points; not private to a visitor.

    Attributes
    ----------
    large : LargeTable
    age : int
        Of a database: in which stretch of time it was looked at.
    """

    large: LargeTable
    age: int = 0

    @property
    def identity(self) -> list[Any]:
        """Identity of the table: files with sizes and times, or a database at the current time."""
        return [self.large.source, self.large.files, self.table.options, self.age]

    @property
    def is_private(self) -> bool:
        """False: the host offers these tables to every visitor."""
        return False

    def tell_size(self) -> str:
        """Describe rows and columns of the whole table, of which only a sample is shown."""
        n_shown, n_columns = self.table.frame.shape
        n_rows = self.large.n_rows
        if n_rows is not None and n_rows <= n_shown:
            return ""
        if n_rows is None:
            return f"{plural(n_columns, 'column')}; the preview and the menus show {plural(n_shown, 'row')} of it"
        return f"{n_rows:,} rows, {plural(n_columns, 'column')}; the preview and the menus show a sample of {n_shown:,} rows"

    def reduce(self, settings: Settings) -> tuple[str | Table | AggregatedTable, bool]:
        """Aggregated points for these settings, from the cache or from the engine."""
        points = obtain(
            partial(aggregate_large, self.large, settings),
            slot="sonify.points",
            what=texts.JOINING,
            identity=[self.identity, make_request(settings)],
            lane="read",
            heavy=True,
            limits=_JOINING,
        )
        return points, False


def list_large_sources() -> Mapping[str, Callable[[], Source | None]]:
    """Configured sources of this server, and the function that draws each."""
    found: dict[str, Callable[[], Source | None]] = {}
    if data_folder():
        found[SERVER_FILES] = choose_server_file
    try:
        has_database = bool(list_connections())
    except InputError:
        # Of a secrets file that cannot be read, the server's log tells.
        has_database = False
    if has_database:
        found[DATABASE] = choose_database
    return found


def data_folder() -> str:
    """The folder of tables named in the secrets or in the environment; empty where there is none."""
    try:
        named = st.secrets.get(DATA_SETTING, "")
    except FileNotFoundError:
        named = ""
    return str(named or os.environ.get(DATA_SETTING, "")).strip()


def choose_server_file() -> Source | None:
    """Draw the host's files and folders."""
    root = Path(data_folder())
    offered = obtain(
        partial(list_offered_files, root),
        slot="sonify.offered",
        what=texts.SEARCHING,
        identity=[str(root), int(time.time()) // _LISTING_AGE_SEC],
        lane="read",
        limits=_LOOKING,
    )
    if offered.words:
        st.caption(plain(offered.words))
    chosen = st.selectbox(
        texts.SERVER_FILE,
        offered.names,
        key="sonify.server_file",
        help=texts.SERVER_FILE_HELP,
        **BOUND,
    )
    if not chosen:
        return None
    source = FileSource(path=root / chosen.rstrip("/"), root=root)
    # Of a folder the files that are listed: what else lies below it may be more than a page should walk through.
    listed = [root / name for name in offered.names if name.startswith(chosen) and not name.endswith("/")]
    return _open(source, f"server file {chosen}", _state_of(source.path, listed), age=0)


def choose_database() -> Source | None:
    """Draw the host's connections, the tables of one, and the field for a SELECT."""
    names = list_connections()
    columns = st.columns([1, 1, 2], vertical_alignment="bottom")
    connection = columns[0].selectbox(texts.CONNECTION, names, key="sonify.connection", **BOUND) or names[0]
    way = columns[1].segmented_control(
        texts.READ_FROM, [TABLE, SELECT], default=TABLE, required=True, key="sonify.database_way", **KEPT
    )
    age = int(time.time()) // _DATABASE_AGE_SEC
    if way == SELECT:
        statement = st.text_area(
            texts.STATEMENT,
            key="sonify.select",
            **KEPT,
            height=110,
            max_chars=MAX_CHARS,
            placeholder=texts.STATEMENT_SHAPE,
        )
        if not statement or not statement.strip():
            st.caption(texts.STATEMENT_ABOUT)
            return None
        source = DatabaseSource(connection=connection, select=statement.strip())
        return _open(source, f"select {connection} {statement}", None, age=age)
    tables = obtain(
        partial(list_database_tables, connection),
        slot="sonify.tables",
        what=texts.LISTING,
        identity=[connection, age],
        lane="read",
        limits=_LOOKING,
    )
    if not tables:
        raise InputError(texts.NO_TABLES)
    table = columns[2].selectbox(TABLE, tables, key="sonify.database_table", **BOUND) or tables[0]
    return _open(
        DatabaseSource(connection=connection, table=table), f"table {connection} {table}", None, age=age
    )


def _open(source: FileSource | DatabaseSource, named: str, about: object, *, age: int) -> LargeSource:
    """Describe a table, with the visitor's corrections."""
    given = "engine " + hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:16]

    def read(options: ReadOptions) -> DescribedTable:
        """Read the sample in a worker."""
        return obtain(
            partial(describe_large, source, options),
            slot="sonify.table",
            what=texts.LOOKING,
            identity=[source, about, options, age],
            lane="read",
            limits=_LOOKING,
        )

    described = read_with_corrections(given, read, is_text=isinstance(source, FileSource))
    return LargeSource(
        suggested=described.suggested, example=None, given=given, large=described.large, age=age
    )


def _state_of(path: Path, listed: Sequence[Path]) -> list[Any]:
    """Size and modification time of the selection and its files."""
    try:
        found = [path.name, *_measure(path)]
    except OSError as error:
        raise InputError(f"{path.name} no longer exists. Choose another file.") from error
    for file in listed:
        try:
            found += [file.name, *_measure(file)]
        except OSError:
            found += [file.name, None]
    return found


def _measure(path: Path) -> tuple[int, int]:
    about = path.lstat()
    return about.st_size, about.st_mtime_ns
