"""Nested JSON: the records of a document found among its wrappers, objects inside them flattened to dotted names.

Also JSON-stat, in which statistical offices publish cubes of values with their dimensions beside them.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any, NamedTuple

from core.errors import InputError
from core.tables.raw_table import check_size
from core.tables.readers.cell_kinds import looks_like_moment

_MAX_DEPTH = 6  # how deep a table may lie in wrappers, and a value in a record
_MAX_NODES = 5_000  # objects that are looked into for the table
_MAX_EXPANSIONS = 3
_LOOK = 200  # records that are looked at to tell what all are like

Record = dict[str, Any]


class Found(NamedTuple):
    """The part of a document that holds its table."""

    value: Any
    path: tuple[str, ...] = ()
    units: dict[str, str] | None = None
    names: list[str] | None = None  # of the columns, where they stand apart from the rows


def find_table(document: Any) -> Found:
    """The largest table inside a document's wrappers; the document itself where none holds one.

    Examples
    --------
    >>> find_table({"meta": {"n": 2}, "result": {"records": [{"x": 1}, {"x": 2}]}})[:2]
    ([{'x': 1}, {'x': 2}], ('result', 'records'))
    """
    best, most = Found(document), 0
    queue: deque[tuple[Any, tuple[str, ...]]] = deque([(document, ())])
    parents: dict[tuple[str, ...], Any] = {}
    for _ in range(_MAX_NODES):
        if not queue:
            break
        node, path = queue.popleft()
        size = _weigh(node)
        if size > most:
            best, most = Found(node, path), size
        if len(path) == _MAX_DEPTH:
            continue
        if isinstance(node, dict):
            parents[path] = node
            queue.extend(
                (value, (*path, str(key)))
                for key, value in itertools.islice(node.items(), _MAX_NODES)
                if isinstance(value, dict | list)
            )
        elif isinstance(node, list) and (len(node) == 1 or (len(node) <= 10 and not size)):
            queue.extend(
                (value, (*path, str(i))) for i, value in enumerate(node) if isinstance(value, dict | list)
            )
    if not best.path:
        return best
    parent = parents.get(best.path[:-1], {})
    units = parent.get(f"{best.path[-1]}_units")
    if isinstance(units, dict):
        best = best._replace(units={str(k): v for k, v in units.items() if isinstance(v, str)})
    return best._replace(names=_find_names(document, best.value))


def _weigh(node: Any) -> int:
    """Approximate number of cells of a list or object read as a table; 0 where it is none."""
    if isinstance(node, list) and node:
        sample = node[:: max(1, len(node) // _LOOK)]
        if all(isinstance(row, dict) for row in node) or all(isinstance(row, list) for row in node):
            return int(len(node) * max(1.0, sum(map(len, sample)) / len(sample)))
        return 0
    if isinstance(node, dict) and node:
        if {"id", "size", "value"} <= node.keys():
            return len(node["value"]) * 2 if isinstance(node["value"], list | dict) else 0
        lists = [
            value
            for value in node.values()
            if isinstance(value, list) and value and not isinstance(value[0], dict | list)
        ]
        if len(lists) > 1 and len(set(map(len, lists))) < len(lists):
            return sum(map(len, lists))
        objects = [value for value in node.values() if isinstance(value, dict)]
        if len(objects) > 1 and len(objects) == len(node) and _are_alike(objects):
            return sum(map(len, objects))
    return 0


def _are_alike(objects: list[Record]) -> bool:
    """Whether objects have the keys of the first in common, as rows and columns do, and hold only scalars."""
    sample = objects[:: max(1, len(objects) // _LOOK)]
    first = sample[0].keys()
    if not first or any(
        isinstance(v, dict | list) for record in sample for v in itertools.islice(record.values(), _LOOK)
    ):
        return False
    return sum(len(first & record.keys()) >= 0.5 * len(first) for record in sample) > 0.8 * len(sample)


def _find_names(document: Any, rows: Any) -> list[str] | None:
    """Column names stored apart from the rows: a list of strings, or of objects with a name."""
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        return None
    width = max(len(row) for row in rows[:_LOOK])
    queue: deque[tuple[Any, int]] = deque([(document, 0)])
    for _ in range(_MAX_NODES):
        if not queue:
            return None
        node, depth = queue.popleft()
        if isinstance(node, list) and len(node) == width and node is not rows:
            names = [_name_of(entry) for entry in node]
            if all(names):
                return [str(name) for name in names]
        if isinstance(node, list) and len(node) == 1:
            node = {"": node[0]}
        if isinstance(node, dict) and depth < 2 * _MAX_DEPTH:
            queue.extend(
                (value, depth + 1)
                for value in itertools.islice(node.values(), _MAX_NODES)
                if isinstance(value, dict | list) and value is not rows
            )
    return None


def _name_of(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = next(
            (
                entry[key]
                for key in ("name", "title", "label", "id", "field", "code", "text")
                if isinstance(entry.get(key), str)
            ),
            "",
        )
    return entry if isinstance(entry, str) else ""


def flatten_records(records: list[Record]) -> list[Record]:
    """Flatten records: nested objects get dotted names, nested lists of records become rows.

    Raises
    ------
    InputError
        When the rows that this makes are more than are read.

    Examples
    --------
    >>> flatten_records([{"t": 1, "place": {"name": "Oslo"}}])
    [{'t': 1, 'place.name': 'Oslo'}]
    >>> flatten_records([{"city": "Oslo", "data": [{"t": 1, "x": 2}, {"t": 2, "x": 3}]}])
    [{'city': 'Oslo', 'data.t': 1, 'data.x': 2}, {'city': 'Oslo', 'data.t': 2, 'data.x': 3}]
    """
    for _ in range(_MAX_EXPANSIONS):
        records = [_flatten(r) if any(isinstance(v, dict) for v in r.values()) else r for r in records]
        key = _find_inner_records(records)
        if key is None:
            break
        records = _expand(records, key)
    return records


def _flatten(record: Record) -> Record:
    flat: Record = {}
    stack: list[tuple[str, Any, int]] = [(str(key), value, 1) for key, value in reversed(record.items())]
    while stack:
        name, value, depth = stack.pop()
        if isinstance(value, dict) and value and depth < _MAX_DEPTH:
            stack.extend((f"{name[:200]}.{key}", inner, depth + 1) for key, inner in reversed(value.items()))
        else:
            flat[name] = value
    return flat


def _find_inner_records(records: list[Record]) -> str | None:
    """The key under which most records hold nested lists of records or points."""
    sample = records[:: max(1, len(records) // _LOOK)]
    counts: dict[str, int] = {}
    for record in sample:
        for key, value in record.items():
            if isinstance(value, list) and len(value) > 1 and (_are_all(value, dict) or _are_points(value)):
                counts[key] = counts.get(key, 0) + len(value)
    return max(counts, key=lambda key: counts[key]) if counts and max(counts.values()) > len(sample) else None


def _are_all(values: list[Any], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values[:_LOOK])


def _are_points(values: list[Any]) -> bool:
    """Whether a list holds lists of the same few scalars, such as a time and a value."""
    if not _are_all(values, list) or len({len(value) for value in values[:_LOOK]}) > 1:
        return False
    return 2 <= len(values[0]) <= 10 and not any(
        isinstance(v, dict | list) for value in values[:_LOOK] for v in value
    )


def _expand(records: list[Record], key: str) -> list[Record]:
    n_rows = sum(len(value) for record in records if isinstance(value := record.get(key), list))
    check_size(n_rows, max(map(len, records)))
    rows: list[Record] = []
    for record in records:
        inner = record.get(key)
        outer = {name: value for name, value in record.items() if name != key}
        for entry in inner if isinstance(inner, list) else []:
            if isinstance(entry, list):
                entry = {str(place): value for place, value in enumerate(entry, start=1)}
            if isinstance(entry, dict):
                rows.append({**outer, **{f"{key}.{name}": value for name, value in entry.items()}})
    return rows


def turn_keyed_records(objects: dict[str, Record]) -> list[Record] | None:
    """Turn records keyed by time or label into rows; None where the keys are column names.

    Examples
    --------
    >>> turn_keyed_records({"2020-01-01": {"x": 1}, "2020-01-02": {"x": 2}})
    [{'date': '2020-01-01', 'x': 1}, {'date': '2020-01-02', 'x': 2}]
    """
    keys = list(itertools.islice(objects, _LOOK))
    if len(objects) < 2 or not all(map(looks_like_moment, keys)):
        return None
    if all(looks_like_moment(key) for record in itertools.islice(objects.values(), 5) for key in record):
        return None  # moments both ways: years down and months across
    name = "date" if all("date" not in record for record in objects.values()) else "date of key"
    return [{name: key, **record} for key, record in objects.items()]


def read_json_stat(document: Any) -> list[Record] | None:
    """A JSON-stat cube as records, one a value; None where the document is no cube.

    Raises
    ------
    InputError
        When its sizes do not fit its values, or make more rows than are read.

    Examples
    --------
    >>> year = {"category": {"index": ["2019", "2020"]}}
    >>> read_json_stat({"id": ["year"], "size": [2], "dimension": {"year": year}, "value": [5, 6]})
    [{'year': '2019', 'value': 5}, {'year': '2020', 'value': 6}]
    """
    if not isinstance(document, dict) or not {"id", "size", "dimension", "value"} <= document.keys():
        return None
    ids, sizes, dimensions, values = (document[key] for key in ("id", "size", "dimension", "value"))
    if not (isinstance(ids, list) and isinstance(sizes, list) and isinstance(dimensions, dict)):
        return None
    if (
        not isinstance(values, list | dict)
        or len(ids) != len(sizes)
        or not all(isinstance(n, int) and n > 0 for n in sizes)
    ):
        return None
    n_rows = 1
    for size in sizes:
        n_rows *= size
        check_size(n_rows, len(ids) + 1)
    labels = [_category_labels(dimensions.get(key), size) for key, size in zip(ids, sizes, strict=True)]
    names = [_dimension_name(dimensions.get(key), str(key)) for key in ids]
    if isinstance(values, list) and len(values) != n_rows:
        raise InputError(
            "This JSON-stat file is damaged: its number of values does not match its dimensions."
        )
    cells = values if isinstance(values, list) else [values.get(str(i)) for i in range(n_rows)]
    # Dimensions of one category say the same in each row.
    varied = [i for i, size in enumerate(sizes) if size > 1] or [0]
    return [
        {**{names[i]: combination[i] for i in varied}, "value": cell}
        for combination, cell in zip(itertools.product(*labels), cells, strict=True)
    ]


def _dimension_name(dimension: Any, key: str) -> str:
    label = dimension.get("label") if isinstance(dimension, dict) else None
    return label if isinstance(label, str) and label.strip() else key


def _category_labels(dimension: Any, size: int) -> list[str]:
    """Labels of the categories of a dimension."""
    category = dimension.get("category") if isinstance(dimension, dict) else None
    category = category if isinstance(category, dict) else {}
    index, label = category.get("index"), category.get("label")
    label = label if isinstance(label, dict) else {}
    if isinstance(index, dict):
        places = {key: place if isinstance(place, int) else 0 for key, place in index.items()}
        index = sorted(places, key=lambda key: places[key])
    codes = [str(code) for code in (index if isinstance(index, list) else list(label))][:size]
    codes += [str(i) for i in range(len(codes), size)]
    return [str(label.get(code, code)) for code in codes]
