"""Jobs for tables larger than memory: read a sample, aggregate the rows in the engine, play the points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InputError
from core.progress import Progress
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.settings import Settings
from core.sonify.suggestion import SuggestedTable, suggest
from core.tables.engine.large_tables import (
    AggregatedTable,
    DatabaseSource,
    FileSource,
    LargeTable,
    Request,
    aggregate,
    describe,
)
from core.tables.raw_table import ReadOptions
from core.workers import stays_here

DATABASE_PREFIX = "db:"


@dataclass(frozen=True, kw_only=True)
class DescribedTable:
    """A large table and its default settings."""

    large: LargeTable
    suggested: SuggestedTable


@stays_here
def describe_large(
    source: FileSource | DatabaseSource, options: ReadOptions, *, progress: Progress | None = None
) -> DescribedTable:
    """Describe a file, a folder or a database by a sample; raises as `core.tables.engine.large_tables.describe`."""
    large = describe(source, options, progress=progress)
    return DescribedTable(large=large, suggested=suggest(large.table))


@stays_here
def aggregate_large(
    large: LargeTable, settings: Settings, *, progress: Progress | None = None
) -> AggregatedTable:
    """Aggregate the selected rows to points; raises as `core.tables.engine.large_tables.aggregate`."""
    return aggregate(large, make_request(settings), progress=progress)


def make_request(settings: Settings) -> Request:
    """The aggregation request of some settings; equal for settings that differ only in sound.

    Examples
    --------
    >>> from core.sonify.settings import Voice
    >>> make_request(Settings(voices=(Voice(column="rain"),), time="day", scale="dorian")).values
    ('rain',)
    """
    labels = tuple(dict.fromkeys(voice.label for voice in settings.voices if voice.label is not None))
    if labels and any(voice.label is None for voice in settings.voices):
        raise InputError(
            "In a large table either every voice plays a label, or none does. Choose labels for all voices or for none."
        )
    return Request(
        values=tuple(dict.fromkeys(voice.column for voice in settings.voices)),
        time=settings.time,
        split=settings.split if labels else None,
        labels=labels,
        conditions=tuple((each.column, each.operator, each.value) for each in settings.filters),
        n_bins=settings.n_notes,
        aggregate=settings.aggregate,
    )


def heard_settings(settings: Settings) -> Settings:
    """Settings for aggregated points, without the filters that the engine has applied."""
    is_split = any(voice.label is not None for voice in settings.voices)
    return replace(settings, filters=(), split=settings.split if is_split else None)


def tell_engine(made: Sonification, aggregated: AggregatedTable, settings: Settings) -> Sonification:
    """Add to a sonification of aggregated points the number of rows behind them."""
    voices = made.voices
    if aggregated.is_binned:
        voices = tuple(_count_rows(voice, aggregated) for voice in voices)
    notes = tuple(dict.fromkeys((*aggregated.notes, *made.notes)))
    if any(voice.part != "value" for voice in settings.voices) and aggregated.is_binned:
        notes = (
            *notes,
            "The trend, seasonal and residual parts are computed from the aggregated points, not from single rows.",
        )
    told = replace(made.settings, filters=settings.filters)
    return replace(made, settings=told, voices=voices, notes=notes, is_aggregated=aggregated.is_binned)


def _count_rows(voice: VoiceResult, aggregated: AggregatedTable) -> VoiceResult:
    n_rows = aggregated.n_rows[voice.points["row"].to_numpy()]
    is_own = voice.points["n_rows"].to_numpy() > 0
    return replace(voice, points=voice.points.assign(n_rows=n_rows * is_own))


def find_source(name: str, select: str | None = None) -> FileSource | DatabaseSource | None:
    """The large-table source named by a command-line argument, if it is one.

    Parameters
    ----------
    name : str
        ``db:NAME/TABLE``, ``db:NAME`` with a SELECT, or a path.
    select : str, optional

    Returns
    -------
    FileSource, DatabaseSource or None
        None for a file that is read into memory.

    Raises
    ------
    InputError
        If a database is named without a table, or a SELECT without a database.
    OSError
        If there is no such file.

    Examples
    --------
    >>> find_source("db:shop/sales")
    DatabaseSource(connection='shop', table='sales', select='')
    """
    if name.startswith(DATABASE_PREFIX):
        connection, _, table = name.removeprefix(DATABASE_PREFIX).partition("/")
        if bool(table) == bool(select):
            raise InputError(
                'Name a table or a SELECT of the database: db:NAME/TABLE, or db:NAME --select "SELECT …".'
            )
        return DatabaseSource(connection=connection, table=table, select=select or "")
    if select:
        raise InputError("A SELECT needs a database: db:NAME --select “SELECT …”.")
    from core.tables.engine.large_files import is_large

    path = Path(name)
    return FileSource(path=path) if is_large(path) else None


@dataclass(frozen=True, kw_only=True)
class OfferedFiles:
    """Files a host offers in a folder: relative names, folders with a trailing slash; and what was left out."""

    names: tuple[str, ...]
    words: str


@stays_here
def list_offered_files(root: Path) -> OfferedFiles:
    """List files and folders in a folder that can be tables; links out of it are left out.

    Raises
    ------
    InputError
        If there is no such folder, or no table in it.
    """
    from core.files.folders import resolve_folder
    from core.tables.engine.large_files import MAX_FILES, find_tables

    refusal = "The server's data folder does not exist or cannot be read. The host can change it with SONOSCOPE_DATA."
    search = find_tables(resolve_folder(root, refusal))
    files = [path for path in search if not any(part.startswith(("_", ".")) for part in path.parts)]
    if not files:
        raise InputError("The server's data folder has no CSV or Parquet file. Choose another data source.")
    folders = [f"{folder.as_posix()}/" for path in files for folder in path.parents if folder.parts]
    left_out = []
    if search.n_outside:
        left_out.append("links to other folders")
    if search.n_broken:
        left_out.append("files that are damaged or are not tables")
    words = f"Left out: {' and '.join(left_out)}." if left_out else ""
    if not search.complete:
        words = f"{words} Only the first {MAX_FILES:,} files are listed.".strip()
    return OfferedFiles(names=(*dict.fromkeys(folders), *(path.as_posix() for path in files)), words=words)


@stays_here
def list_database_tables(connection: str) -> list[str]:
    """Tables of a configured database; raises as `core.tables.engine.database_tables.list_tables`."""
    from core.tables.engine.database_tables import list_tables

    return list_tables(connection)
