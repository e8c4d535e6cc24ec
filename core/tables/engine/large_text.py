"""Large text files: the layout is detected at the beginning, and pieces from the whole table form the sample."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from core import limits
from core.errors import InputError, plural
from core.files.private_folders import open_private_folder
from core.files.reading import in_megabytes
from core.tables.columns import make_names_unique
from core.tables.decisions import Decision
from core.tables.engine.column_expressions import prove_readings
from core.tables.engine.duckdb_files import (
    find_packing,
    open_duckdb,
    read_text_sql,
    read_unpacked,
    select_in_duckdb,
)
from core.tables.engine.table_samples import keep_as_it_is, keep_readable, tell_differing
from core.tables.engine.table_sources import FileSource, LargeTable, TextLayout
from core.tables.raw_table import ReadOptions
from core.tables.readers.delimited_text import read_delimited
from core.tables.table import Table, read_table

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 16 * 1024
_MAX_SAMPLED_FILES = 32
_MAX_SKIPPED = 200
_SHOWN_FILES = 3
_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1", "cp1252": "latin-1", "utf-16": "utf-16"}


def describe_text(source: FileSource, paths: list[Path], options: ReadOptions) -> LargeTable:
    """Describe the table in text files by a sample; see `core.tables.engine.large_tables.describe`."""
    layouts, options = _find_layouts(paths, options)
    readable = {path for _, files in layouts for path in files}
    unreadable = [path.name for path in paths if path not in readable]
    paths = [path for path in paths if path in readable]
    sampled = _choose_sampled(paths)
    by_path = {path: layout for layout, files in layouts for path in files}
    with open_private_folder() as folder:
        pieces = [
            (by_path[path], _write_piece(path, by_path[path], folder, f"{i}", single=len(sampled) == 1))
            for i, path in enumerate(sampled)
        ]
        head = _read_pieces(paths[0], [(layout, text) for layout, (_, text) in pieces], options)
        names = {column.name: column.name for column in head.columns}
        with open_duckdb([path for _, (path, _) in pieces]) as (connection, backend):
            parts = [read_text_sql(layout, [path], rejects=False) for layout, (path, _) in pieces]
            connection.execute(f"CREATE TEMP TABLE sample AS {' UNION ALL BY NAME '.join(parts)}")
            sample = select_in_duckdb(backend, "SELECT * FROM sample")
            types = dict.fromkeys(sample.columns, "string")
            names = {name: source_name for name, source_name in names.items() if name in types}
            readings, unread = prove_readings(head, names, backend, sample, types, tries=True)
    unread += [column.name for column in head.columns if column.name not in names]
    table = keep_readable(head, readings, unread)
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
    if any(find_packing(path) != "none" for path in paths[:_MAX_SAMPLED_FILES]) or not n_rows:
        return f"The rows were not counted: the files are compressed, {in_megabytes(n_bytes)}."
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
    """Detect the layout of each file; files with the same beginning share one."""
    found: list[tuple[TextLayout, bytes, str, list[Path]]] = []
    refusals: list[InputError] = []
    for path in paths:
        head, packing = read_unpacked(path, _HEAD_BYTES), find_packing(path)
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
                    "These files have different headers, so they are not one table. Choose one of them."
                )
    if not found:
        raise refusals[0]
    return [(layout, files) for layout, _, _, files in found], options


def _find_layout(head: bytes, path: Path, options: ReadOptions) -> tuple[TextLayout, bytes, ReadOptions]:
    """Layout of a file, the bytes before its first data row, and the read options that reproduce it."""
    whole = head[: head.rfind(b"\n") + 1] or head
    raw = read_delimited(whole, keep_as_it_is(options))
    read = raw.options
    encoding = _ENCODINGS.get((read.encoding or "utf-8").replace("utf-8-sig", "utf-8"))
    if encoding is None:
        raise InputError(
            f"{path.name} is written in {read.encoding}, which the engine does not read. Save it as UTF-8."
        )
    if read.delimiter is None or read.delimiter == " ":
        raise InputError(
            f"{path.name} has columns separated by spaces, which the engine does not read. Save it with commas."
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
    head = read_unpacked(path, max(n_bytes, _HEAD_BYTES if layout.n_skipped > 5 else 0))
    lines = head[: head.rfind(b"\n") + 1].split(b"\n")
    beginning = b"\n".join(lines[: layout.n_skipped]) + b"\n" * bool(layout.n_skipped)
    body = head[len(beginning) : head.rfind(b"\n") + 1] or head[len(beginning) :]
    size = path.stat().st_size
    if find_packing(path) == "none" and layout.encoding != "utf-16" and size > len(head):
        n_middle = 6 if single else 0
        starts = [len(head) + (size - len(head)) * (i + 1) // (n_middle + 2) for i in range(n_middle)]
        body += b"".join(
            _read_lines(path, start, n_bytes // 2) for start in (*starts, max(len(head), size - n_bytes))
        )
    target = folder / f"{name}.csv"
    target.write_bytes(beginning + body)
    return target, body


def _read_lines(path: Path, start: int, n_bytes: int) -> bytes:
    """Read whole lines from an offset; the last lines where the file ends before."""
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
    head = read_unpacked(first, _HEAD_BYTES)
    beginning = b"\n".join(head.split(b"\n")[: leading.n_skipped]) + b"\n" * bool(leading.n_skipped)
    same = [
        text
        for layout, text in pieces
        if layout.names == leading.names and layout.delimiter == leading.delimiter
    ]
    table = read_table(beginning + b"".join(same), name=first.name, options=keep_as_it_is(options))
    for layout, text in pieces:
        if layout.names != leading.names and text:
            table = _add_rows(table, layout, text, options)
    return table


def _add_rows(table: Table, layout: TextLayout, text: bytes, options: ReadOptions) -> Table:
    """Rows of a file with other columns; those that are new to the table are columns of it from now on."""
    sign = layout.delimiter or ","
    header = sign.join(f'"{name}"' for name in layout.names).encode(layout.encoding) + b"\n"
    other = read_table(header + text, options=replace(keep_as_it_is(options), header=True))
    kinds = {column.name: column.kind for column in table.columns}
    fitting = [column for column in other.columns if kinds.get(column.name, column.kind) == column.kind]
    frame = pd.concat([table.frame, other.frame[[column.name for column in fitting]]], ignore_index=True)
    added = tuple(column for column in fitting if column.name not in kinds)
    return replace(table, frame=frame, columns=(*table.columns, *added))
