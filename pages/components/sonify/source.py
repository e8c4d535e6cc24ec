"""Table source of Sonify Data: an example, uploaded files or pasted text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from core import limits
from core.errors import InputError, plural
from core.sonify.examples import EXAMPLES, Example, load_example
from core.sonify.job import keep_columns, read_pasted, read_upload, read_uploads
from core.sonify.settings import Settings
from core.sonify.suggestion import SuggestedTable, suggest, tell_split
from core.tables.decisions import Decision
from core.tables.engine.large_tables import AggregatedTable
from core.tables.table import ReadOptions, Table
from pages.components.shared.controls import BOUND, KEPT, choose_from
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain_reading
from pages.components.shared.uploads import upload_files
from pages.components.sonify.reading import read_with_corrections, show_reading

SOURCES = ("Example", "Upload", "Paste")
PREVIEW_ROWS = 200
# What is larger goes to a worker of its own, one at a time, whose memory the system gets back with it.
_HEAVY_COLUMN_BYTES = 32 * limits.MEGABYTE
_MOST_MB = limits.MAX_TABLE_BYTES // limits.MEGABYTE


@dataclass(frozen=True, kw_only=True)
class Source:
    """The data that were chosen; ``example`` is None where they are the visitor's own.

    ``given`` names in this session what the visitor has brought, and what he corrects of it; empty for an example.
    """

    suggested: SuggestedTable
    example: Example | None
    given: str = ""

    @property
    def table(self) -> Table:
        """All of it; nothing on the page changes a table."""
        return self.suggested.table

    @property
    def identity(self) -> list[Any]:
        """Equal where the table is equal."""
        if self.example is not None:
            return [self.example.id]
        return [self.table.sha256, self.table.options]

    @property
    def is_private(self) -> bool:
        """Whether it is something that the visitor brought."""
        return self.example is None

    def tell_size(self) -> str:
        """Rows and columns in words, where the table is only a sample of them; empty otherwise."""
        return ""

    def reduce(self, settings: Settings) -> tuple[str | Table | AggregatedTable, bool]:
        """What a job with these settings is given, and whether that is a heavy load."""
        if self.example is not None:
            return self.example.id, False
        table = keep_columns(self.table, settings)
        return table, int(table.frame.memory_usage(index=False).sum()) > _HEAVY_COLUMN_BYTES


def choose_table(more: Mapping[str, Callable[[], Source | None]] | None = None) -> Source | None:
    """Draw the choice of data and return them, or None where nothing was given yet.

    Parameters
    ----------
    more : mapping of str to callable, optional
        Further sources by their names, and what draws the choice of each.

    Raises
    ------
    DashboardError
        If what was given is not a table that can be read.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        more = more or {}
        source = st.radio("Data", (*SOURCES, *more), horizontal=True, key="sonify.source", **BOUND)
        if source == "Example":
            ids = {example.title: name for name, example in EXAMPLES.items()}
            return load_source(choose_from("Example data", ids, key="sonify.example", width=340))
    if source in more:
        return more[source]()
    return _upload() if source == "Upload" else _paste()


@st.cache_resource(max_entries=len(EXAMPLES), show_spinner=False)
def load_source(name: str) -> Source:
    """An example by its id. It is shared by every visitor: nothing on the page changes a table."""
    example = EXAMPLES[name]
    return Source(suggested=suggest(load_example(name), example), example=example)


def _upload() -> Source | None:
    uploaded = upload_files(
        f"A table of up to {_MOST_MB} MB: CSV, TSV, Excel, ODS, Parquet, JSON or HTML, also gzipped. Several files are joined "
        "by their dates.",
        key="sonify.file",
        max_mb=_MOST_MB,
    )
    if not uploaded:
        st.caption("Files stay in this session's memory; they are not stored.")
        return None
    if sum(len(file.data) for file in uploaded) > limits.MAX_TABLE_BYTES:
        raise InputError(
            f"These {len(uploaded)} files are larger than {_MOST_MB} MB together. Take one away, or keep fewer columns."
        )
    names, contents = [file.name for file in uploaded], [file.data for file in uploaded]
    hashes = [file.sha256 for file in uploaded]
    given = hashlib.sha256("\n".join([*names, *hashes]).encode()).hexdigest()[:16]

    def read(options: ReadOptions) -> SuggestedTable:
        """Read the file, or all of them, in a worker."""
        call = (
            partial(read_upload, contents[0], names[0], options)
            if len(names) == 1
            else partial(read_uploads, tuple(names), options, *contents)
        )
        identity = [*hashes, *names, options]
        return obtain_reading(call, slot="sonify.table", what="Reading this table", identity=identity)

    # Of several files each is written in its own way.
    suggested = read_with_corrections(given, read, is_text=len(names) == 1)
    return Source(suggested=suggested, example=None, given=given)


def _paste() -> Source | None:
    text = st.text_area(
        "Paste rows from a spreadsheet or a page: text, Markdown or HTML, with or without a header",
        key="sonify.text",
        **KEPT,
        height=140,
        max_chars=limits.MAX_PASTED_CHARS,
        placeholder="month,sales\n2024-01,12.5\n2024-02,14.1",
    )
    if not text or not text.strip():
        return None
    # What was corrected holds while rows are added, and not for another table.
    given = "pasted " + hashlib.sha256(text.strip().partition("\n")[0].encode()).hexdigest()[:16]

    def read(options: ReadOptions) -> SuggestedTable:
        """Read the rows in a worker."""
        return obtain_reading(
            partial(read_pasted, text, options), slot="sonify.table", what="Reading these rows"
        )

    return Source(suggested=read_with_corrections(given, read), example=None, given=given)


def show_table(
    source: Source, drawn_elsewhere: Callable[[Decision], bool], heard: Collection[str] = ()
) -> None:
    """Show what was read: the size, how it was read, warnings, and a preview on demand.

    Parameters
    ----------
    source : Source
    drawn_elsewhere : callable
    heard : collection of str
        As for `reading.show_reading`.
    """
    table, example = source.table, source.example
    rows, columns = table.frame.shape
    words = f"{plural(rows, 'row')}, {plural(columns, 'column')}"
    if example is not None:
        st.caption(f"{example.about} Source: {example.source} {words}.")
    else:
        st.caption(f"{plain(table.source_name)}: {source.tell_size() or words}.")
        show_reading(source.given, table, tell_split(source.suggested), drawn_elsewhere, heard)
    told = {decision.sentence for decision in table.decisions}
    for warning in [line for line in table.warnings if line not in told][:5]:
        st.caption(f":material/info: {plain(warning)}")
    preview = st.expander("Preview", icon=":material/table:", on_change="rerun", key="sonify.preview")
    if preview.open:
        with preview:
            shown = table.frame.iloc[:PREVIEW_ROWS, :50]
            st.dataframe(shown, height=260, alt="The first rows of the table")
            if rows > PREVIEW_ROWS:
                st.caption(f"The first {PREVIEW_ROWS} of {rows:,} rows.")
