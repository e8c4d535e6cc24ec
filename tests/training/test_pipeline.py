"""dvc.yaml: one stage a recipe, whose command makes the pair that it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.training.sonify_pieces import write_sets
from training import __main__ as command_line
from training.pipeline import DEFAULTS, ROOT, describe_pipeline, make_stage, write_pipeline
from training.recipe import list_recipes, read_recipe


def test_the_file_is_the_one_that_the_recipes_make() -> None:
    """Run `python -m training pipeline` after a recipe changes."""
    assert (ROOT / "dvc.yaml").read_text(encoding="utf-8") == describe_pipeline()


def test_the_parameters_are_those_that_the_stages_ask_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", describe_pipeline()))
    stated = re.findall(r"^(\w+):", (ROOT / "params.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert asked == set(stated) == set(DEFAULTS)


@pytest.mark.parametrize("name", list_recipes())
def test_a_stage_depends_on_files_that_there_are(name: str) -> None:
    stage = make_stage(read_recipe(name))
    own = [dep for dep in stage.deps if "$" not in dep]
    assert len(own) == 2 and all((ROOT / dep).is_file() for dep in own)
    assert '"' not in stage.desc[1:-1]


def test_no_two_stages_write_the_same_file() -> None:
    outs = [out for name in list_recipes() for out in make_stage(read_recipe(name)).outs]
    assert len(set(outs)) == len(outs)


@pytest.mark.parametrize("name", ["sonify_ngram", "voice"])
def test_the_command_of_a_stage_writes_its_outputs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As DVC would run it, on data of our own and with the recipe's tiny settings."""
    given = {"data": str(write_sets(tmp_path / "data")), "out": str(tmp_path / "out"), "options": "--tiny"}

    def fill(text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], text)

    stage = make_stage(read_recipe(name))
    python, *arguments = shlex.split(fill(stage.cmd))
    assert (python, arguments[:2]) == ("python", ["-m", "training"])
    assert all(Path(ROOT / fill(dep)).exists() for dep in stage.deps)
    assert command_line.main(arguments[2:]) == 0, capsys.readouterr().err
    assert all(Path(fill(out)).is_file() for out in stage.outs)


def test_writing_keeps_the_parameters_of_who_uses_it(tmp_path: Path) -> None:
    write_pipeline(tmp_path)
    assert (tmp_path / "params.yaml").read_text() == (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text('data: "/mine"\n')
    write_pipeline(tmp_path)
    assert (tmp_path / "params.yaml").read_text() == 'data: "/mine"\n'
