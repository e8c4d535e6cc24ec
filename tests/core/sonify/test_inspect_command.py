"""``python -m core inspect``: how files are read, a line of JSON each or words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.sonify.inspect_command import inspect
from core.tables.table import read_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.csv").write_text(
        "date,town,v\n2021-01-02,A,2\n2021-01-01,A,1\n2021-01-02,B,4\n2021-01-01,B,\n"
    )
    (tmp_path / "a.csv").write_text("x,y\nred,blue\ngreen,red\n")
    return tmp_path


def test_each_file_is_a_line_of_json_in_order(folder, capsys):
    assert (
        main(["inspect", str(folder / "b.csv"), str(folder / "a.csv"), str(folder / "c.csv"), "--json"]) == 0
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == ["b.csv", "a.csv", "c.csv"]
    told, words, absent = lines
    assert told["error"] is None
    assert (told["n_rows"], told["time"], told["time_first"], told["time_last"]) == (
        4,
        "date",
        "2021-01-01",
        "2021-01-02",
    )
    assert told["columns"][2] == {
        "name": "v",
        "kind": "number",
        "first": 1.0,
        "last": 4.0,
        "n_missing": 1,
        "unit": "",
    }
    assert [column["kind"] for column in told["columns"]] == ["time", "category", "number"]
    assert (told["suggested"], told["split"], told["labels"]) == (["v"], "town", ["A", "B"])
    assert "no numeric column" in words["error"]
    assert "No such file" in absent["error"]


def test_words_tell_the_same(folder, capsys):
    assert main(["inspect", str(folder / "b.csv")]) == 0
    told = capsys.readouterr().out
    assert "b.csv: 4 rows, 3 columns" in told
    assert "The columns are separated by a comma." in told
    assert "v: number, from 1.0 to 4.0, 1 missing" in told
    assert "Plays by default: v, over date, one voice per town (A, B)." in told


def test_a_single_refused_file_ends_with_an_error(folder, capsys):
    assert main(["inspect", str(folder / "a.csv")]) == 1
    assert "error: This table has no numeric column" in capsys.readouterr().err


def test_times_with_an_offset_are_told_as_they_were_written():
    text = "t,v\n2022-10-30T02:00:00+02:00,1\n2022-10-30T02:00:00+01:00,2\n2022-10-30T03:00:00+01:00,3\n"
    facts = inspect(read_text(text))
    assert facts["time_first"].startswith("2022-10-30T0")
    assert facts["n_rows"] == 3


def test_years_and_infinities_are_plain_json():
    facts = inspect(read_text("year,v\n2000,inf\n2001,2\n2002,1\n"))
    assert (facts["time_first"], facts["time_last"]) == (2000, 2002)
    assert facts["columns"][1]["first"] is None
    json.dumps(facts, allow_nan=False)
