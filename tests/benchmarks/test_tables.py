"""Awkward but ordinary tables, each as a careful analyst would read it; and tables in random dialects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.tables.binary_cases import BINARY_CASES, TEXT_CASES, write_cases
from benchmarks.tables.cases import Facts, find_faults, judge_file, read_ours
from benchmarks.tables.switches import find_switch_faults

TEXTS: dict[str, Facts] = json.loads((TEXT_CASES / "expected.json").read_text(encoding="utf-8"))

# Between them they have a switch of each kind.
WITH_SWITCHES = (
    "bank_statement.csv",
    "clock_12h_column.csv",
    "detection_limit.csv",
    "epoch_ms.csv",
    "eurostat.tsv",
    "long_branches_german.csv",
    "months_across_annual.txt",
    "serial_with_clock.csv",
    "three_headers.csv",
    "totals_between.csv",
    "wind_999.csv",
)


@pytest.mark.parametrize("name", TEXTS)
def test_a_table_is_read_as_a_careful_analyst_would(name: str) -> None:
    assert judge_file(TEXT_CASES / name, TEXTS[name], read_ours).faults == []


@pytest.mark.parametrize("name", BINARY_CASES)
def test_a_workbook_or_an_old_encoding_is_read_as_a_careful_analyst_would(name: str, tmp_path: Path) -> None:
    make, wanted = BINARY_CASES[name]
    (tmp_path / name).write_bytes(make())
    assert judge_file(tmp_path / name, wanted, read_ours).faults == []


@pytest.mark.parametrize("name", WITH_SWITCHES)
def test_each_switch_of_how_a_table_was_read_does_what_it_says_and_leads_back(name: str) -> None:
    assert find_switch_faults(TEXT_CASES / name) == []


def test_every_text_has_an_expectation_and_all_cases_stand_in_one_folder(tmp_path: Path) -> None:
    assert {path.name for path in TEXT_CASES.iterdir()} == {*TEXTS, "expected.json"}
    expected = write_cases(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*expected, "expected.json"}
    assert len(expected) == len(TEXTS) + len(BINARY_CASES) > 60


def test_a_judge_finds_each_kind_of_fault() -> None:
    column = {"name": "v", "kind": "number", "first": 1.0, "last": 2.0, "n_missing": 0}
    told = {
        "n_rows": 2,
        "time": "t",
        "time_first": "2020-01-01",
        "columns": [column],
        "suggested": ["v"],
        "split": None,
    }
    right = {
        "n_rows": 2,
        "time": "t",
        "time_first": "2020",
        "values": {"v": [1, 2]},
        "missing": {"v": 0},
        "split": None,
    }
    assert find_faults(told, right | {"suggested": "v", "not_suggested": ["w"]}) == []
    wrong = {
        "n_rows": 3,
        "time": "u",
        "time_first": "2021",
        "missing": {"v": 1},
        "suggested": "w",
        "notes": ["total"],
    }
    for key, value in (wrong | {"values": {"v": [1, 3]}, "not_suggested": ["v"], "split": "t"}).items():
        assert len(find_faults(told, {key: value})) == 1
    assert find_faults(told, {"values": {"w": [1, 2]}}) == ["'w' is no column of numbers: [('v', 'number')]"]
    assert find_faults(told, {"error": True}) == ["accepted"]
    assert find_faults({"error": "no"}, right) == ["refused: no"]
