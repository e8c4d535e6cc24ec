"""Nested JSON of web services and offices: the records are found, flattened, and bounded."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from core.errors import InputError
from core.tables.table import ReadOptions, Table, read_table

DAYS = [f"2020-01-{day:02d}" for day in range(1, 13)]


def read(document: Any) -> Table:
    return read_table(json.dumps(document).encode(), options=ReadOptions().correct("turn", "as it is"))


def test_records_inside_wrappers_are_found_and_objects_inside_them_flattened() -> None:
    records = [
        {"when": day, "place": {"name": "Oslo", "at": {"lat": 59.9}}, "x": i} for i, day in enumerate(DAYS)
    ]
    table = read({"meta": {"n": 12, "license": {"name": "x"}}, "result": {"more": [1], "records": records}})
    assert list(table.frame) == ["when", "place.name", "place.at.lat", "x"]
    assert any("result.records" in decision.sentence for decision in table.decisions)


def test_records_inside_records_become_rows() -> None:
    stations = [
        {"name": city, "data": [{"t": day, "x": i} for i, day in enumerate(DAYS)]}
        for city in ("Oslo", "Rome")
    ]
    table = read({"stations": stations})
    assert list(table.frame) == ["name", "data.t", "data.x"]
    assert table.frame["data.x"].tolist() == [*range(12), *range(12)]


def test_an_object_of_columns_is_found_with_its_units() -> None:
    hourly = {"time": DAYS, "temperature_2m": [i / 2 for i in range(12)]}
    table = read(
        {"latitude": 52.5, "hourly_units": {"time": "iso8601", "temperature_2m": "°C"}, "hourly": hourly}
    )
    assert list(table.frame) == ["time", "temperature_2m"]
    assert table.columns[1].unit == "°C"


def test_a_page_of_the_world_bank_is_read() -> None:
    records = [{"country": {"value": "Norway"}, "date": str(2020 - i), "value": i} for i in range(12)]
    assert list(read([{"page": 1, "pages": 1}, records]).frame) == ["country.value", "date", "value"]


def test_records_under_their_days_are_rows() -> None:
    table = read(
        {
            "Meta Data": {"symbol": "X"},
            "Daily": {day: {"open": i, "close": i + 1} for i, day in enumerate(DAYS)},
        }
    )
    assert list(table.frame) == ["date", "open", "close"]
    assert table.frame["close"].tolist() == list(range(1, 13))


def test_names_that_stand_apart_from_the_rows_are_found() -> None:
    columns = [{"name": "day", "type": "text"}, {"name": "rain", "type": "number"}]
    table = read({"meta": {"view": {"columns": columns}}, "data": [[day, i] for i, day in enumerate(DAYS)]})
    assert list(table.frame) == ["day", "rain"]
    assert len(table.frame) == 12


@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_json_stat_cube_is_a_long_table(is_sparse: bool) -> None:
    dimension = {
        "geo": {
            "label": "Country",
            "category": {"index": {"NO": 0, "SE": 1}, "label": {"NO": "Norway", "SE": "Sweden"}},
        },
        "time": {"category": {"index": [str(year) for year in range(2000, 2006)]}},
        "unit": {"category": {"label": {"T": "thousand"}}},
    }
    values: Any = list(range(12))
    if is_sparse:
        values = {str(i): i for i in range(12)}
    cube = {
        "class": "dataset",
        "id": ["unit", "geo", "time"],
        "size": [1, 2, 6],
        "dimension": dimension,
        "value": values,
    }
    table = read(cube)
    assert list(table.frame) == ["Country", "time", "value"]
    assert table.frame["Country"].tolist() == ["Norway"] * 6 + ["Sweden"] * 6
    assert table.frame["value"].tolist() == list(range(12))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"id": ["a"], "size": [3], "dimension": {}, "value": [1]}, "JSON-stat file is damaged"),
        (
            {"id": ["a", "b"], "size": [10**6, 10**6], "dimension": {}, "value": [1]},
            "more than 1,500,000 rows",
        ),
        ([{"a": [{f"k{i}": 1, f"m{i}": {"x": 1}} for i in range(3_000)]}], "columns"),
    ],
)
def test_a_document_that_is_too_much_is_answered(document: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read(document)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 900 + "1" + "}" * 900,
        "[" + ",".join(['{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}}}'] * 30_000) + "]",
        '{"x":[' + ",".join(['{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":1},{"c":2}]}]}'] * 20_000) + "]}",
        "{" + ",".join(f'"k{i}":{{"a":[1,2],"b":[3,4]}}' for i in range(50_000)) + "}",
        "{" + ",".join(f'"k{i}":{{"v":{i}}}' for i in range(100_000)) + "}",
        "[" + ",".join(["[[]]"] * 100_000) + "]",
    ],
    ids=lambda text: text[:30],
)
def test_hostile_nesting_takes_linear_time(text: str) -> None:
    started = time.perf_counter()
    try:
        read_table(text.encode())
    except InputError as error:
        assert str(error).endswith(".")
    assert time.perf_counter() - started < 8  # about 1 s on an idle core


def test_half_a_character_in_a_name_becomes_a_question_mark() -> None:
    table = read_table(b'[{"a\\udfff": 1, "b": 2}, {"a\\udfff": 3, "b": 4}]')
    assert list(table.frame) == ["a?", "b"]
