"""Table source of Sonify Data: an example, uploaded files or pasted text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

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
from pages.components.shared import texts as shared_texts
from pages.components.shared.controls import BOUND, KEPT, choose_from, read_old_names
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain_reading
from pages.components.shared.uploads import upload_files
from pages.components.sonify import texts
from pages.components.sonify.reading import may_be_text, read_with_corrections, show_reading

if TYPE_CHECKING:
    import pandas as pd

SOURCES = texts.SOURCES
# So many examples stand side by side, one click away; the list has all.
N_FEATURED = 3
_EXAMPLE, _FEATURED = "sonify.example", "sonify.featured"
PREVIEW_ROWS = 200
# What is larger goes to a worker of its own, one at a time, whose memory the system gets back with it.
_HEAVY_COLUMN_BYTES = 32 * limits.MEGABYTE


@dataclass(frozen=True, kw_only=True)
class Source:
    """The selected data; ``example`` is None for the visitor's own.

    ``given`` names in this session what the visitor has brought, and what he corrects of it; empty for an example.
    """

    suggested: SuggestedTable
    example: Example | None
    given: str = ""

    @property
    def table(self) -> Table:
        """The whole table; the page never modifies it."""
        return self.suggested.table

    @property
    def identity(self) -> list[Any]:
        """Identity of the table."""
        if self.example is not None:
            return [self.example.id]
        return [self.table.sha256, self.table.options]

    @property
    def is_private(self) -> bool:
        """Whether the table is the visitor's own."""
        return self.example is None

    def tell_size(self) -> str:
        """Describe rows and columns of a table shown as a sample; empty otherwise."""
        return ""

    def reduce(self, settings: Settings) -> tuple[str | Table | AggregatedTable, bool]:
        """Job input for these settings, and whether it is large."""
        if self.example is not None:
            return self.example.id, False
        table = keep_columns(self.table, settings)
        return table, int(table.frame.memory_usage(index=False).sum()) > _HEAVY_COLUMN_BYTES


def choose_table(more: Mapping[str, Callable[[], Source | None]] | None = None) -> Source | None:
    """Draw the data source and return the data, or None without data.

    Parameters
    ----------
    more : mapping of str to callable, optional
        Further sources by their names, and what draws the choice of each.

    Raises
    ------
    DashboardError
        If what was given is not a table that can be read.
    """
    more = more or {}
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.segmented_control(
            texts.SOURCE,
            (*SOURCES, *more),
            default=SOURCES[0],
            required=True,
            key="sonify.source",
            label_visibility="collapsed",
            **BOUND,
        )
        if source == SOURCES[0]:
            return load_source(_choose_example())
    if source in more:
        return more[source]()
    return _upload() if source == SOURCES[1] else _paste()


def _choose_example() -> str:
    """Draw the featured examples and the list of all; returns the id of the chosen one."""
    state = st.session_state
    titles = {example.title: name for name, example in EXAMPLES.items()}
    by_title = {example.title: example for example in EXAMPLES.values()}
    featured = {EXAMPLES[name].short: EXAMPLES[name].title for name in [*EXAMPLES][:N_FEATURED]}
    row = st.container(horizontal=True, width="content")
    place = st.container(width=300)
    read_old_names(
        _EXAMPLE, {example.old_title: title for title, example in by_title.items() if example.old_title}
    )
    chosen = choose_from(texts.EXAMPLES, titles, key=_EXAMPLE, place=place, label_visibility="collapsed")
    title = EXAMPLES[chosen].title
    state[_FEATURED] = next((short for short, full in featured.items() if full == title), None)

    def take() -> None:
        """Select the clicked example in the list."""
        if state[_FEATURED] is not None:
            state[_EXAMPLE] = featured[state[_FEATURED]]

    row.pills(
        texts.EXAMPLE_SHORTCUTS,
        list(featured),
        key=_FEATURED,
        on_change=take,
        label_visibility="collapsed",
    )
    return chosen


@st.cache_resource(max_entries=len(EXAMPLES), show_spinner=False)
def load_source(name: str) -> Source:
    """An example by its id. It is shared by every visitor: nothing on the page changes a table."""
    example = EXAMPLES[name]
    return Source(suggested=suggest(load_example(name), example), example=example)


def _upload() -> Source | None:
    uploaded = upload_files(
        texts.UPLOAD,
        key="sonify.file",
        max_mb=texts.MOST_MB,
    )
    if not uploaded:
        st.caption(shared_texts.PRIVACY)
        return None
    if sum(len(file.data) for file in uploaded) > limits.MAX_TABLE_BYTES:
        raise InputError(texts.tell_size_limit(len(uploaded)))
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
        return obtain_reading(call, slot="sonify.table", what=texts.READING_TABLE, identity=identity)

    # Of several files each is written in its own way.
    suggested = read_with_corrections(given, read, is_text=len(names) == 1 and may_be_text(contents[0]))
    return Source(suggested=suggested, example=None, given=given)


def _paste() -> Source | None:
    text = st.text_area(
        texts.PASTE,
        key="sonify.text",
        **KEPT,
        height=140,
        max_chars=limits.MAX_PASTED_CHARS,
        placeholder=texts.PASTE_SHAPE,
    )
    if not text or not text.strip():
        st.caption(texts.NO_DATA)
        return None
    # What was corrected holds while rows are added, and not for another table.
    given = "pasted " + hashlib.sha256(text.strip().partition("\n")[0].encode()).hexdigest()[:16]

    def read(options: ReadOptions) -> SuggestedTable:
        """Read the rows in a worker."""
        return obtain_reading(
            partial(read_pasted, text, options), slot="sonify.table", what=texts.READING_ROWS
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
        st.caption(f"{example.title}: {words}. Source: {example.source}")
    else:
        st.caption(f"{plain(table.source_name)}: {source.tell_size() or words}.")
        show_reading(source.given, table, tell_split(source.suggested), drawn_elsewhere, heard)
    told = {decision.sentence for decision in table.decisions}
    for warning in [line for line in table.warnings if line not in told][:5]:
        st.caption(f":material/info: {plain(warning)}")
    preview = st.expander(texts.PREVIEW, icon=":material/table:", on_change="rerun", key="sonify.preview")
    if preview.open:
        with preview:
            shown = table.frame.iloc[:PREVIEW_ROWS, :50]
            st.dataframe(
                shown,
                hide_index=True,
                height=260,
                alt=texts.PREVIEW_ALT,
                placeholder="–",
                column_config={name: st.column_config.DateColumn() for name in _date_columns(shown)},
            )
            if rows > PREVIEW_ROWS:
                st.caption(texts.tell_preview(PREVIEW_ROWS, rows))


def _date_columns(frame: pd.DataFrame) -> list[str]:
    """Columns of timestamps that are all at midnight."""
    stamps = frame.select_dtypes(["datetime", "datetimetz"])
    return [
        str(name) for name, cells in stamps.items() if (cells.dropna() == cells.dropna().dt.normalize()).all()
    ]
