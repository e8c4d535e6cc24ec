"""Tables that a command line names, and corrections to how they are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import InputError
from core.sonify.named_tables import read_corrections, read_named_tables

GAPS = "date,level\n" + "".join(f"2020-{i:02d}-01,{-9999 if i == 5 else 20 + i}\n" for i in range(1, 13))


@pytest.fixture
def gaps(tmp_path: Path) -> str:
    path = tmp_path / "gaps.csv"
    path.write_text(GAPS)
    return str(path)


def test_an_assumption_is_overruled_by_the_key_that_inspect_lists(
    gaps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", gaps, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    placeholder = next(d for d in told["decisions"] if d["key"] == "placeholder:level")
    assert placeholder["chosen"] == "gap" and "value" in placeholder["choices"]
    assert told["columns"][1]["n_missing"] == 1
    assert main(["inspect", gaps, "--json", "--correct", "placeholder:level=value"]) == 0
    assert json.loads(capsys.readouterr().out)["columns"][1]["n_missing"] == 0


def test_several_files_are_joined_on_their_time(
    gaps: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "rain.csv"
    other.write_text("date,rain\n" + "".join(f"2020-{i:02d}-01,{i * i}\n" for i in range(1, 13)))
    assert main(["sonify", gaps, str(other), "--value", "level,rain"]) == 0
    assert capsys.readouterr().out.startswith(
        "level: 11 notes, 100% of changes audible, rank correlation 1.000; rain: 12 notes"
    )
    with pytest.raises(InputError, match="Name one"):
        read_named_tables([gaps, "db:shop/sales"])


@pytest.mark.parametrize("text", ["header", "=x", "header=perhaps", "decimal=x"])
def test_what_is_no_correction_is_said(text: str) -> None:
    with pytest.raises(InputError, match=r"correction|decimal separator"):
        read_corrections([text])
