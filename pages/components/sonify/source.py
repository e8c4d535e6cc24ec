"""Table source of Sonify Data: an example, an uploaded file or pasted text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core import limits
from core.sonify.examples import EXAMPLES, Example, load_example
from core.tables.dialect import DELIMITER_NAMES
from core.tables.table import ReadOptions, Table, read_table, read_text
from core.tables.text_encoding import ENCODINGS
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.messages import plain
from pages.components.shared.session_cache import remember

SOURCES = ("Example", "Upload", "Paste")
PREVIEW_ROWS = 200
_DELIMITERS = {name: sign for sign, name in DELIMITER_NAMES.items()}
_ENCODINGS = {label: name for name, label in ENCODINGS.items()}


def choose_table() -> tuple[Table, Example | None] | None:
    """Draw the choice of data and return the table, or None where nothing was given yet.

    Raises
    ------
    InputError
        If what was given is not a table that can be read.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.radio("Data", SOURCES, horizontal=True, key="sonify.source", **BOUND)
        if source == "Example":
            return _choose_example()
    return _upload() if source == "Upload" else _paste()


def _choose_example() -> tuple[Table, Example]:
    ids = {example.title: name for name, example in EXAMPLES.items()}
    chosen = choose_from("Example data", ids, key="sonify.example", width=340)
    return _load_example(chosen), EXAMPLES[chosen]


@st.cache_resource(max_entries=len(EXAMPLES), show_spinner=False)
def _load_example(name: str) -> Table:
    # Shared by every visitor: nothing on the page changes a table.
    return load_example(name)


def _upload() -> tuple[Table, None] | None:
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
    return _read(
        (uploaded.file_id, f"{uploaded.name} {uploaded.size}"),
        lambda options: read_table(uploaded.getvalue(), name=uploaded.name, options=options),
    )


def _paste() -> tuple[Table, None] | None:
    text = st.text_area(
        "Paste rows, with or without a header",
        key="sonify.text",
        height=140,
        max_chars=limits.MAX_PASTED_CHARS,
        placeholder="month,sales\n2024-01,12.5\n2024-02,14.1",
    )
    if not text or not text.strip():
        return None
    return _read((text, "pasted"), lambda options: read_text(text, options=options))


def _read(identity: tuple[str, str], read: Callable[[ReadOptions], Table]) -> tuple[Table, None]:
    """Read what was given with the visitor's corrections, once as long as neither changes."""
    # A workbook's sheets are known once it was read; the choice among them belongs to this file alone.
    sheet_key = f"sonify.read.sheet.{identity[1]}"
    options = replace(_choose_corrections(), sheet=st.session_state.get(sheet_key))

    def make() -> Table:
        with st.spinner("Reading the table …"):
            return read(options)

    table = remember("sonify.table", (identity, options), make)
    if len(table.sheets) > 1:
        used = options.sheet or table.options.sheet
        st.selectbox(
            "Sheet",
            table.sheets,
            index=table.sheets.index(used) if used in table.sheets else 0,
            key=sheet_key,
        )
    return table, None


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
