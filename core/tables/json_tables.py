"""JSON in the shapes that tables come in: records, lines, columns, rows, one list of numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from core import limits
from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.tables.cell_values import as_text, type_columns
from core.tables.dialect import decide_header
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.text_encoding import ENCODINGS, to_utf8

# A bracket pair is two bytes in a file and 64 in memory, so JSON is held to less than other text.
_MAX_BYTES = limits.MAX_TABLE_BYTES // 4
_MAX_CONTAINERS = 500_000
_MAX_VALUES = 3_000_000
_EXPECTED = "Tables work as a list of records, one record a line, an object of columns, or a list of numbers."
_WRAPPERS = 3  # how deep a table may be packed into objects such as {"result": {"data": [...]}}

Columns = dict[str, list[Any]]


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
    columns, notes, has_header = _columns(document, options, _WRAPPERS)
    if not columns or not max(map(len, columns.values())):
        raise InputError(f"This JSON holds no table. {_EXPECTED}")
    cells, decimal = type_columns(list(columns.values()), options.decimal)
    return RawTable(
        names=list(columns),
        cells=cells,
        options=replace(options, encoding=encoding, decimal=decimal, header=has_header),
        guess={"format": shape, "encoding": ENCODINGS[encoding]},
        warnings=warnings + notes,
    )


def _check_bounds(body: bytes) -> None:
    check_file_size(len(body), _MAX_BYTES, "This JSON", advice="Save the table as CSV or Parquet.")
    n_containers = body.count(b"{") + body.count(b"[")
    n_values = body.count(b",")
    if n_containers > _MAX_CONTAINERS or n_values > _MAX_VALUES:
        raise InputError(
            f"This JSON has {plural(n_containers, 'record')} and {plural(n_values, 'value')}, more than is read. "
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
        raise InputError(f"This looks like JSON but breaks off{where}. {_EXPECTED}") from error


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
    """Python refuses integers of thousands of digits; no table means them as such."""
    return int(digits) if len(digits) <= 400 else float(digits)


def _columns(document: Any, options: ReadOptions, wrappers: int) -> tuple[Columns, list[str], bool | None]:
    """The document's columns, what was repaired, and whether a list of rows had a header."""
    if isinstance(document, list) and document:
        if all(isinstance(record, dict) for record in document):
            return (*_from_records(document), options.header)
        if all(isinstance(row, list) for row in document):
            return _from_rows(document, options.header)
        return {"Value": _scalars(document)}, [], options.header
    if isinstance(document, dict) and document:
        return _from_object(document, options, wrappers)
    raise InputError(f"This JSON holds no table. {_EXPECTED}")


def _from_object(
    document: dict[str, Any], options: ReadOptions, wrappers: int
) -> tuple[Columns, list[str], bool | None]:
    names, rows = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return _from_rows([names, *rows], True)
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    objects = {key: value for key, value in document.items() if isinstance(value, dict)}
    packed = {k: v for k, v in lists.items() if v and isinstance(v[0], dict | list)}
    if wrappers and packed:
        return _columns(max(packed.values(), key=len), options, wrappers - 1)
    if lists:
        return (*_fill_up({key: _scalars(value) for key, value in lists.items()}), options.header)
    if objects and len(objects) == len(document) and not _has_containers(objects):
        return (*_from_nested_columns(objects), options.header)
    if wrappers and objects:
        return _columns(max(objects.values(), key=len), options, wrappers - 1)
    return {"Name": list(document), "Value": _scalars(list(document.values()))}, [], options.header


def _from_records(records: list[dict[str, Any]]) -> tuple[Columns, list[str]]:
    names = list(dict.fromkeys(key for record in records for key in record))
    check_size(len(records), len(names))
    return {name: _scalars([record.get(name) for record in records]) for name in names}, []


def _from_rows(rows: list[list[Any]], wanted: bool | None) -> tuple[Columns, list[str], bool]:
    width = max(map(len, rows))
    check_size(len(rows), width)
    texts = [[as_text(value) for value in _scalars(row)] for row in rows[:60]]
    has_header = decide_header(texts) if wanted is None else wanted
    head = (texts[0] if has_header else []) + [""] * width
    body = rows[1:] if has_header else rows
    if not body:
        raise InputError("This JSON has a header but no rows below it. It needs a row for each moment.")
    columns: Columns = {}
    for position in range(width):
        name = head[position].strip() or f"Column {position + 1}"
        while name in columns:
            name += " "  # made unique for good where the names are cleaned
        columns[name] = _scalars([row[position] if position < len(row) else None for row in body])
    n_short = sum(len(row) < width for row in body)
    notes = [f"{plural(n_short, 'row')} had fewer cells than the widest; what is not there is missing."]
    return columns, notes if n_short else [], has_header


def _from_nested_columns(objects: dict[str, dict[str, Any]]) -> tuple[Columns, list[str]]:
    """``{"a": {"0": 1, "1": 2}}``, as pandas writes by default."""
    index = list(dict.fromkeys(key for column in objects.values() for key in column))
    check_size(len(index), len(objects) + 1)
    columns = {name: _scalars([column.get(key) for key in index]) for name, column in objects.items()}
    if index == [str(i) for i in range(len(index))]:
        return columns, []
    return {"Index" if "Index" not in columns else "Index ": list(index), **columns}, []


def _fill_up(columns: Columns) -> tuple[Columns, list[str]]:
    """Columns of one length; shorter ones end with missing values."""
    n_rows = max(map(len, columns.values()))
    check_size(n_rows, len(columns))
    n_short = sum(len(column) < n_rows for column in columns.values())
    even = {name: column + [None] * (n_rows - len(column)) for name, column in columns.items()}
    note = f"{plural(n_short, 'column')} had fewer values than the longest; what is not there is missing."
    return even, [note] if n_short else []


def _has_containers(objects: dict[str, dict[str, Any]]) -> bool:
    return any(isinstance(value, dict | list) for column in objects.values() for value in column.values())


def _scalars(values: list[Any]) -> list[Any]:
    """What a cell can hold; a list or object inside a cell becomes its text, cut short."""
    return [json.dumps(v, ensure_ascii=False)[:200] if isinstance(v, dict | list) else v for v in values]
