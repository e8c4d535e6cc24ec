"""JSON tables: records, JSON lines, columns, rows, or one list of numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.cell_kinds import bare_unit
from core.tables.readers.cell_values import Cells, as_text, type_columns
from core.tables.readers.grid import find_grid
from core.tables.readers.nested_json import find_table, flatten_records, read_json_stat, turn_keyed_records
from core.tables.readers.table_end import find_end
from core.tables.readers.text_encoding import ENCODINGS, to_utf8

# A bracket pair is two bytes in a file and 64 in memory, so JSON is held to less than other text.
_MAX_BYTES = limits.MAX_TABLE_BYTES // 4
_MAX_CONTAINERS = 500_000
_MAX_VALUES = 3_000_000
_EXPECTED = "Supported: a list of records, one record per line, an object of columns, or a list of numbers."
_HEAD_ROWS = 60  # rows in which titles and header are looked for

# A table whose cells are fewer than one in so many there is held by its cells, not by its gaps.
_SPARSE = 4


@dataclass(frozen=True, kw_only=True)
class SparseColumn:
    """A sparse column: its values and their rows."""

    n_rows: int
    places: Sequence[int]
    values: list[Any]

    def __len__(self) -> int:
        """How many rows there are."""
        return self.n_rows

    def spread(self, cells: Cells) -> Cells:
        """Give each value, typed by now, its row."""
        places = np.asarray(self.places, dtype=np.int64)
        if isinstance(cells, pd.Series):
            is_time = cells.dtype.kind == "M"
            spread = np.full(self.n_rows, np.datetime64("NaT", "us") if is_time else np.nan)
            spread[places] = cells.to_numpy()
            return pd.Series(spread)
        taken = np.full(self.n_rows, -1)
        taken[places] = np.arange(len(places))
        return cells.take(pa.array(taken, mask=taken < 0))


Columns = dict[str, "list[Any] | SparseColumn"]


@dataclass(frozen=True)
class Found:
    """Columns, repairs, whether a list of rows had a header, units by name, and decisions."""

    columns: Columns
    notes: list[str]
    has_header: bool | None
    units: dict[str, str] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)


def read_json(data: bytes, options: ReadOptions) -> RawTable:
    """Read JSON or JSON lines.

    Parameters
    ----------
    data : bytes
        Text in any encoding.
    options : ReadOptions
        ``header`` matters for a list of rows only.

    Raises
    ------
    InputError
        When the text is not JSON, too large or too deeply nested, or no table can be found in it.
    """
    body, encoding, warnings = to_utf8(data, options.encoding)
    _check_bounds(body)
    document, shape = _parse(body.decode("utf-8", errors="replace"))
    found = _columns(document, options)
    columns, units = found.columns, found.units
    if not columns or not max(map(len, columns.values())):
        raise InputError(f"This JSON has no table. {_EXPECTED}")
    values = [c.values if isinstance(c, SparseColumn) else c for c in columns.values()]
    cells, decimal = type_columns(values, options.decimal)
    cells = [
        column.spread(cell) if isinstance(column, SparseColumn) else cell
        for column, cell in zip(columns.values(), cells, strict=True)
    ]
    return RawTable(
        names=list(columns),
        cells=cells,
        options=replace(options, encoding=encoding, decimal=decimal, header=found.has_header),
        guess={"format": shape, "encoding": ENCODINGS[encoding]},
        warnings=warnings + found.notes,
        units=[units.get(name, "") for name in columns] if units else [],
        decisions=found.decisions,
    )


def _check_bounds(body: bytes) -> None:
    check_file_size(len(body), _MAX_BYTES, "This JSON", advice="Save the table as CSV or Parquet.")
    n_containers = body.count(b"{") + body.count(b"[")
    n_values = body.count(b",")
    if n_containers > _MAX_CONTAINERS or n_values > _MAX_VALUES:
        raise InputError(
            f"This JSON has {plural(n_containers, 'record')} and {plural(n_values, 'value')}, which is too many. "
            "Save the table as CSV or Parquet."
        )


def _parse(text: str) -> tuple[Any, str]:
    try:
        return json.loads(text, parse_int=_parse_int), "JSON"
    except RecursionError as error:
        raise InputError(f"This JSON is nested too deeply. {_EXPECTED}") from error
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{") and lines[0].rstrip().endswith("}"):
            return _parse_lines(lines), "JSON lines"
        where = f" near line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"This looks like JSON but is incomplete or damaged{where}. {_EXPECTED}") from error


def _parse_lines(lines: list[str]) -> list[Any]:
    check_size(len(lines), 1)
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(json.loads(line, parse_int=_parse_int))
        except RecursionError as error:
            raise InputError(f"This JSON is nested too deeply. {_EXPECTED}") from error
        except ValueError as error:
            raise InputError(f"Record {number:,} of this JSON lines file is damaged. {_EXPECTED}") from error
    return records


def _parse_int(digits: str) -> int | float:
    """Parse an integer; Python refuses those of thousands of digits."""
    return int(digits) if len(digits) <= 400 else float(digits)


def _columns(document: Any, options: ReadOptions) -> Found:
    """The document's columns."""
    if not isinstance(document, list | dict) or not document:
        raise InputError(f"This JSON has no table. {_EXPECTED}")
    place = find_table(document)
    found = _read_value(place.value, place.names, options)
    if place.units:
        found = replace(found, units={name: bare_unit(unit) for name, unit in place.units.items()})
    if place.path:
        path = shorten(clean_name(".".join(place.path), fallback="?"))
        sentence = f"The table is taken from “{path}”, the largest part of this document."
        found = replace(found, decisions=[Decision(key="part", sentence=sentence), *found.decisions])
    return found


def _read_value(value: Any, names: list[str] | None, options: ReadOptions) -> Found:
    if isinstance(value, list):
        if all(isinstance(record, dict) for record in value):
            return Found(_from_records(flatten_records(value)), [], options.header)
        if all(isinstance(row, list) for row in value):
            if names is not None:
                return _from_rows([names, *value], options, has_names=True)
            return _from_rows(value, options)
        return Found({"Value": _scalars(value)}, [], options.header)
    cube = read_json_stat(value)
    if cube is not None:
        return Found(_from_records(cube), [], options.header)
    return _from_object(value, options)


def _from_object(document: dict[str, Any], options: ReadOptions) -> Found:
    names, rows = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return _from_rows([names, *rows], options, has_names=True)
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    objects = {key: value for key, value in document.items() if isinstance(value, dict)}
    if lists:
        columns, notes = _fill_up({key: _scalars(value) for key, value in lists.items()})
        return Found(columns, notes, options.header)
    if objects and len(objects) == len(document):
        records = turn_keyed_records(objects)
        if records is not None:
            return Found(_from_records(flatten_records(records)), [], options.header)
        if not _has_containers(objects):
            return Found(*_from_nested_columns(objects), options.header)
    if objects:
        return _read_value(max(objects.values(), key=len), None, options)
    return Found({"Name": list(document), "Value": _scalars(list(document.values()))}, [], options.header)


def _from_records(records: list[dict[str, Any]]) -> Columns:
    names = list(dict.fromkeys(key for record in records for key in record))
    check_size(len(records), len(names))
    if _SPARSE * sum(map(len, records)) < len(records) * len(names):
        return _gather(names, [list(record.items()) for record in records])
    return {name: _scalars([record.get(name) for record in records]) for name in names}


def _gather(names: Iterable[Any], rows: list[list[tuple[Any, Any]]]) -> dict[Any, list[Any] | SparseColumn]:
    """Columns from the cells of each row, which know the name of their column."""
    places: dict[Any, list[int]] = {name: [] for name in names}
    values: dict[Any, list[Any]] = {name: [] for name in places}
    for place, row in enumerate(rows):
        for name, value in row:
            places[name].append(place)
            values[name].append(value)
    return {
        name: SparseColumn(n_rows=len(rows), places=places[name], values=_scalars(values[name]))
        for name in places
    }


def _from_rows(rows: list[list[Any]], options: ReadOptions, *, has_names: bool = False) -> Found:
    width = max(map(len, rows))
    check_size(len(rows), width)
    texts = [[as_text(value) for value in _scalars(row)] for row in rows[:_HEAD_ROWS]]
    grid = find_grid(texts, replace(options, header=True) if has_names else options, width=width)
    head = (grid.names or []) + [""] * width
    first = grid.first_data
    if has_names:
        head, first = texts[0] + [""] * width, 1
    body = rows[first:]
    if not has_names:
        tail = [[as_text(value) for value in _scalars(row)] for row in body[-_HEAD_ROWS:]]
        end = find_end(tail, grid.values, options, width=width, n_before=len(body) - len(tail))
        body = body[: len(body) - end.n_rows]
        decisions = [*grid.decisions, *end.decisions]
    else:
        told = "The column names are separate from the rows."
        decisions = [Decision(key="header", sentence=told)]
    if not body:
        raise InputError("This JSON has a header but no rows below it. It needs one row per time step.")
    if _SPARSE * sum(map(len, body)) < len(body) * width:
        cells = _gather(range(width), [list(enumerate(row)) for row in body])
    else:
        cells = {
            place: _scalars([row[place] if place < len(row) else None for row in body])
            for place in range(width)
        }
    columns: Columns = {}
    for position in range(width):
        name = head[position].strip() or f"Column {position + 1}"
        while name in columns:
            name += " "  # made unique for good where the names are cleaned
        columns[name] = cells.pop(position)
    n_short = sum(len(row) < width for row in body)
    notes = [f"{plural(n_short, 'row')} had fewer cells than the widest; the rest are missing values."]
    units = dict(zip(columns, grid.units, strict=False)) if not has_names else {}
    return Found(columns, notes if n_short else [], has_names or bool(grid.names), units, decisions)


def _from_nested_columns(objects: dict[str, dict[str, Any]]) -> tuple[Columns, list[str]]:
    """``{"a": {"0": 1, "1": 2}}``, as pandas writes by default."""
    index = list(dict.fromkeys(key for column in objects.values() for key in column))
    check_size(len(index), len(objects) + 1)
    place_of = {key: place for place, key in enumerate(index)}
    columns: Columns = {
        name: SparseColumn(
            n_rows=len(index),
            places=[place_of[key] for key in column],
            values=_scalars(list(column.values())),
        )
        if len(column) < len(index)
        else _scalars([column[key] for key in index])
        for name, column in objects.items()
    }
    if index == [str(i) for i in range(len(index))]:
        return columns, []
    return {"Index" if "Index" not in columns else "Index ": list(index), **columns}, []


def _fill_up(columns: dict[str, list[Any]]) -> tuple[Columns, list[str]]:
    """Columns of one length; shorter ones end with missing values."""
    n_rows = max(map(len, columns.values()))
    check_size(n_rows, len(columns))
    n_short = sum(len(column) < n_rows for column in columns.values())
    even: Columns = {
        name: SparseColumn(n_rows=n_rows, places=range(len(column)), values=column)
        if len(column) < n_rows
        else column
        for name, column in columns.items()
    }
    note = f"{plural(n_short, 'column')} had fewer values than the longest; the rest are missing values."
    return even, [note] if n_short else []


def _has_containers(objects: dict[str, dict[str, Any]]) -> bool:
    return any(isinstance(value, dict | list) for column in objects.values() for value in column.values())


def _scalars(values: list[Any]) -> list[Any]:
    """Scalar values of a cell; a list or object inside a cell becomes its text, shortened."""
    return [json.dumps(v, ensure_ascii=False)[:200] if isinstance(v, dict | list) else v for v in values]
