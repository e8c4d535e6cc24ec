"""The same tables read by pandas, DuckDB and clevercsv, in this project's report format.

Each gets what a user would try first. Where they have no idea of something, the kindest guess is made for them: the
time is the first column of times, else one called like a year; what would be heard is the first other column of numbers.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.tables.cases import Facts, Reader
from core.errors import InputError

_WORKBOOKS = (".xlsx", ".xls", ".ods")


def read_with_pandas(path: Path) -> Facts:
    """`pandas.read_csv`, `read_excel`, `read_json` or `read_html`, then `to_datetime` on each column of texts."""
    return _read(_read_frame, path)


def read_with_duckdb(path: Path) -> Facts:
    """DuckDB's ``read_csv`` that finds dialect and types by itself; its ``read_json`` for JSON."""
    return _read(_query_frame, path)


def read_with_clevercsv(path: Path) -> Facts:
    """The dialect that clevercsv finds, then as with pandas; workbooks and JSON are not its business."""
    return _read(_read_dialect, path)


RIVALS: dict[str, Reader] = {
    "pandas": read_with_pandas,
    "DuckDB": read_with_duckdb,
    "clevercsv": read_with_clevercsv,
}


def _read(load: Any, path: Path) -> Facts:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = load(path)
            return _describe(frame)
    except Exception as error:  # whatever it is, the user has no table
        raise InputError(f"{type(error).__name__}: {error}") from error


def _read_frame(path: Path) -> pd.DataFrame:
    ending = path.suffix.lower()
    if ending in _WORKBOOKS:
        frame = pd.read_excel(path, engine="calamine")
    elif ending in (".json", ".geojson", ".jsonl"):
        frame = pd.read_json(path, lines=ending == ".jsonl")
    elif ending == ".html":
        frame = pd.read_html(path)[0]
    else:
        frame = pd.read_csv(path)
    return _parse_times(frame)


def _query_frame(path: Path) -> pd.DataFrame:
    import duckdb

    function = "read_json_auto" if path.suffix.lower() in (".json", ".geojson", ".jsonl") else "read_csv"
    with duckdb.connect() as connection:
        frame: pd.DataFrame = connection.execute(f"SELECT * FROM {function}(?)", [str(path)]).df()  # noqa: S608 - one of two
    return frame


def _read_dialect(path: Path) -> pd.DataFrame:
    import clevercsv

    if path.suffix.lower() in _WORKBOOKS:
        raise InputError("clevercsv reads text.")
    encoding = clevercsv.encoding.get_encoding(str(path))
    text = path.read_text(encoding=encoding)
    dialect = clevercsv.Sniffer().sniff(text)
    if dialect is None:
        raise InputError("clevercsv finds no dialect.")
    return _parse_times(
        pd.read_csv(
            io.StringIO(text),
            sep=dialect.delimiter or ",",
            escapechar=dialect.escapechar or None,
            engine="python",
            quotechar=dialect.quotechar or '"',
        )
    )


def _parse_times(frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.StringDtype) or frame[name].dtype == object:
            try:
                frame[name] = pd.to_datetime(frame[name])
            except (ValueError, TypeError):
                continue
    return frame


def _describe(frame: pd.DataFrame) -> Facts:
    frame.columns = [str(name) for name in frame.columns]
    kinds = {name: _kind(frame[name]) for name in frame.columns}
    times = [name for name, kind in kinds.items() if kind == "time"]
    years = [
        name for name, kind in kinds.items() if kind == "number" and name.lower() in ("year", "jahr", "année")
    ]
    time = next(iter(times or years), None)
    if time is not None:
        frame = frame[frame[time].notna()].sort_values(time, kind="stable")
    columns = [_describe_column(name, kind, frame[name]) for name, kind in kinds.items()]
    ends = next((column for column in columns if column["name"] == time), {})
    numbers = [name for name, kind in kinds.items() if kind == "number" and name != time]
    if not numbers:
        raise InputError("There is no column of numbers.")
    return {
        "n_rows": len(frame),
        "time": time,
        "time_first": ends.get("first"),
        "time_last": ends.get("last"),
        "columns": columns,
        "suggested": numbers,
        "split": None,
        "notes": [],
    }


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "time"
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return "number" if is_number else "text"


def _describe_column(name: str, kind: str, column: pd.Series) -> Facts:
    ends = (
        [None if pd.isna(value) else value for value in column.iloc[[0, -1]]] if len(column) else [None, None]
    )
    if kind != "number":
        ends = [None if value is None else str(value) for value in ends]
    return {
        "name": name,
        "kind": kind,
        "first": ends[0],
        "last": ends[1],
        "n_missing": int(column.isna().sum()),
    }
