"""Table source of Sonify Data: an example, an uploaded file or pasted text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from core import limits
from core.sonify.examples import EXAMPLES, Example, load_example
from core.sonify.job import keep_columns, read_pasted, read_upload
from core.sonify.settings import Settings
from core.sonify.suggestion import SuggestedTable, suggest
from core.tables.dialect import DELIMITER_NAMES
from core.tables.table import ReadOptions, Table
from core.tables.text_encoding import ENCODINGS
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain_reading
from pages.components.shared.session_cache import remember

SOURCES = ("Example", "Upload", "Paste")
PREVIEW_ROWS = 200
# What is larger goes to a worker of its own, one at a time, whose memory the system gets back with it.
_HEAVY_COLUMN_BYTES = 32 * limits.MEGABYTE
_DELIMITERS = {name: sign for sign, name in DELIMITER_NAMES.items()}
_ENCODINGS = {label: name for name, label in ENCODINGS.items()}


@dataclass(frozen=True, kw_only=True)
class Source:
    """The data that were chosen; ``example`` is None where they are the visitor's own."""

    suggested: SuggestedTable
    example: Example | None

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

    def reduce(self, settings: Settings) -> tuple[str | Table, bool]:
        """What a job with these settings is given, and whether that is a heavy load."""
        if self.example is not None:
            return self.example.id, False
        table = keep_columns(self.table, settings)
        return table, int(table.frame.memory_usage(index=False).sum()) > _HEAVY_COLUMN_BYTES


def choose_table() -> Source | None:
    """Draw the choice of data and return them, or None where nothing was given yet.

    Raises
    ------
    DashboardError
        If what was given is not a table that can be read.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.radio("Data", SOURCES, horizontal=True, key="sonify.source", **BOUND)
        if source == "Example":
            ids = {example.title: name for name, example in EXAMPLES.items()}
            return load_source(choose_from("Example data", ids, key="sonify.example", width=340))
    return _upload() if source == "Upload" else _paste()


@st.cache_resource(max_entries=len(EXAMPLES), show_spinner=False)
def load_source(name: str) -> Source:
    """An example by its id. It is shared by every visitor: nothing on the page changes a table."""
    example = EXAMPLES[name]
    return Source(suggested=suggest(load_example(name), example), example=example)


def _upload() -> Source | None:
    uploaded = st.file_uploader(
        f"A table of up to {limits.MAX_TABLE_BYTES // limits.MEGABYTE} MB: CSV, TSV, XLSX, XLS, ODS, Parquet or JSON, also gzipped",
        # Types are recognised from the content; a list of endings would refuse a good file with an odd name.
        type=None,
        key="sonify.file",
        max_upload_size=limits.MAX_TABLE_BYTES // limits.MEGABYTE,
    )
    if uploaded is None:
        st.caption("The file stays in this session's memory; it is not stored.")
        return None
    data = uploaded.getvalue()
    sha256 = remember("sonify.file_sha256", uploaded.file_id, lambda: hashlib.sha256(data).hexdigest())
    options, sheet_key = _choose_options(f"{uploaded.name} {uploaded.size}")
    suggested = obtain_reading(
        partial(read_upload, data, uploaded.name, options),
        slot="sonify.table",
        what="Reading this table",
        identity=[sha256, uploaded.name, options],
    )
    return _offer_sheets(suggested, options, sheet_key)


def _paste() -> Source | None:
    text = st.text_area(
        "Paste rows, with or without a header",
        key="sonify.text",
        height=140,
        max_chars=limits.MAX_PASTED_CHARS,
        placeholder="month,sales\n2024-01,12.5\n2024-02,14.1",
    )
    if not text or not text.strip():
        return None
    options, sheet_key = _choose_options("pasted")
    suggested = obtain_reading(
        partial(read_pasted, text, options), slot="sonify.table", what="Reading these rows"
    )
    return _offer_sheets(suggested, options, sheet_key)


def _choose_options(given: str) -> tuple[ReadOptions, str]:
    """The visitor's corrections, and the key of the sheet that he has chosen of what was given."""
    # A workbook's sheets are known once it was read; the choice among them belongs to this file alone.
    sheet_key = f"sonify.read.sheet.{given}"
    return replace(_choose_corrections(), sheet=st.session_state.get(sheet_key)), sheet_key


def _offer_sheets(suggested: SuggestedTable, options: ReadOptions, sheet_key: str) -> Source:
    table = suggested.table
    if len(table.sheets) > 1:
        used = options.sheet or table.options.sheet
        st.selectbox(
            "Sheet",
            table.sheets,
            index=table.sheets.index(used) if used in table.sheets else 0,
            key=sheet_key,
        )
    return Source(suggested=suggested, example=None)


def _choose_corrections() -> ReadOptions:
    """Let the visitor overrule what was recognised."""
    with st.expander("Correct how the table is read", icon=":material/table_edit:"):
        columns = st.columns(3)
        delimiter = columns[0].selectbox(
            "Delimiter", ["recognise", *_DELIMITERS], key="sonify.read.delimiter"
        )
        decimal = columns[1].selectbox("Decimal sign", ["recognise", ".", ","], key="sonify.read.decimal")
        header = columns[2].selectbox("First row", ["recognise", "names", "data"], key="sonify.read.header")
        encoding = columns[0].selectbox("Encoding", ["recognise", *_ENCODINGS], key="sonify.read.encoding")
        day = columns[1].selectbox(
            "Dates like 03/04/2020", ["recognise", "day first", "month first"], key="sonify.read.day"
        )
    return ReadOptions(
        delimiter=_DELIMITERS.get(delimiter or ""),
        decimal=None if decimal == "recognise" else decimal,
        header=None if header == "recognise" else header == "names",
        encoding=_ENCODINGS.get(encoding or ""),
        day_first=None if day == "recognise" else day == "day first",
    )


def show_table(table: Table, example: Example | None) -> None:
    """Show what was read: the guess in words, warnings, and a preview on demand."""
    rows, columns = table.frame.shape
    words = f"{rows:,} rows, {columns:,} columns"
    if example is not None:
        st.caption(f"{example.about} Source: {example.source} {words}.")
    else:
        guessed = ", ".join(f"{what}: {found}" for what, found in table.guess.items())
        st.caption(f"Read as {plain(guessed)}. {words}.")
    for warning in table.warnings[:5]:
        st.caption(f":material/info: {plain(warning)}")
    preview = st.expander("Preview", icon=":material/table:", on_change="rerun", key="sonify.preview")
    if preview.open:
        with preview:
            shown = table.frame.iloc[:PREVIEW_ROWS, :50]
            st.dataframe(shown, height=260, alt="The first rows of the table")
            if rows > PREVIEW_ROWS:
                st.caption(f"The first {PREVIEW_ROWS} of {rows:,} rows.")
