"""`training.weights`: pairs are made by their recipes, checked against their cards, and never overwritten."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.nn.card import Card
from tests.training.test_run import Line, make_objective
from training import __main__ as command_line
from training import provenance, weights
from training.recipe import read_recipe
from training.run import Run
from training.weights import check, check_all, check_whole, make_all, train

RECIPE = """
about = "A line"
model = "{name}"
version = 2
set = "open"
train = "toy:{name}"
data = ["open/nottingham"]
hours = {hours}
headline = "test.loss"
"""
TRAINING = """
[training]
steps = 40
batch_size = 4
learning_rate = 0.1
[tiny]
training = { steps = 3 }
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root of data with one set, and two recipes: ``fitted``, and ``counted`` in closed form."""
    (tmp_path / "data/open/nottingham").mkdir(parents=True)
    (tmp_path / "data/open/nottingham/a.mid").write_bytes(b"x")
    (tmp_path / "fitted.toml").write_text(RECIPE.format(name="fitted", hours=0.1) + TRAINING)
    (tmp_path / "counted.toml").write_text(RECIPE.format(name="counted", hours=0.01))
    monkeypatch.setattr(weights, "read_recipe", functools.partial(read_recipe, directory=tmp_path))
    monkeypatch.setattr(weights, "list_recipes", lambda: ["counted", "fitted"])
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "shipped")
    monkeypatch.setattr(Run, "begin", lambda self: torch.manual_seed(self.seed))
    toy = ModuleType("training.toy")
    toy.fitted = train_fitted  # type: ignore[attr-defined]
    toy.counted = train_counted  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "training.toy", toy)
    return tmp_path / "data"


def train_fitted(run: Run) -> Card:
    model = run.fit(make_objective()).model
    return write(run, model)


def train_counted(run: Run) -> Card:
    model = Line()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0]]))
    return write(run, model)


def write(run: Run, model: Line) -> Card:
    loss = float(model.weight.detach().sum())
    return run.export(
        model,
        pieces={"nottingham": {"train": 1}},
        metrics={"test": {"loss": loss}},
        intended_use="None.",
        limits="All.",
        split="by file",
    )


@pytest.fixture
def shipped(data: Path, tmp_path: Path) -> Path:
    """Both pairs as they would be shipped."""
    for name in ("fitted", "counted"):
        train(name, data, tmp_path / "shipped", draft=True, report=lambda line: None)
    return tmp_path / "shipped"


def change_card(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))


def test_a_check_finds_the_same_losses_and_writes_nothing(data: Path, shipped: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in shipped.iterdir())
    assert check(
        "fitted", data, shipped
    ) == "fitted: losses of 20 steps are within 0 of the card's." or check(
        "fitted", data, shipped
    ).startswith("fitted: losses of 20 steps are within")
    assert "bit by bit" in check("counted", data, shipped)
    assert sorted(path.name for path in shipped.iterdir()) == before


def test_losses_beyond_the_tolerance_are_no_match(data: Path, shipped: Path) -> None:
    def change(card: dict[str, dict[str, list[float]]], by: float) -> None:
        card["training"]["first_losses"][7] *= 1 + by

    card = shipped / "fitted_v2.json"
    change_card(card, lambda content: change(content, 1e-4))  # type: ignore[arg-type]
    assert "within" in check("fitted", data, shipped)
    change_card(card, lambda content: change(content, 0.5))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="losses of 20 steps differ"):
        check("fitted", data, shipped)


def test_other_data_and_a_missing_pair_are_told(data: Path, shipped: Path, tmp_path: Path) -> None:
    (data / "open/nottingham/b.mid").write_bytes(b"y")
    with pytest.raises(InputError, match=r"not those that fitted_v2 was trained on"):
        check("fitted", data, shipped)
    with pytest.raises(InputError, match="fitted_v2 is not in"):
        check("fitted", data, tmp_path / "none")


def test_a_whole_check_fails_when_the_figure_is_another(data: Path, shipped: Path) -> None:
    assert "bit by bit" in check_whole("fitted", data, shipped)
    change_card(shipped / "fitted_v2.json", lambda card: card.update(sha256="0" * 64))
    assert "tensors are within 0" in check_whole("fitted", data, shipped)
    change_card(shipped / "fitted_v2.json", lambda card: card.update(metrics={"test": {"loss": 1.5}}))
    with pytest.raises(InputError, match=r"on the card 1\.5000: further apart than 2%"):
        check_whole("fitted", data, shipped)
    change_card(shipped / "fitted_v2.json", lambda card: card.update(metrics={"test": {"gain": 1.5}}))
    with pytest.raises(InputError, match="on the card nan"):
        check_whole("fitted", data, shipped)


def test_checking_all_goes_on_after_a_failure_and_then_tells_it(
    data: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(weights, "check_whole", lambda name, data: called.append(name) or "same")
    monkeypatch.setattr(weights, "check", lambda name, data: f"{name}: fine")
    lines: list[str] = []
    check_all(data, n_whole=1, report=lines.append)
    assert called == ["counted"] and lines == ["counted: fine", "fitted: fine", "same"]

    def fail(name: str, data: Path) -> str:
        raise InputError(f"{name}: not the same.")

    monkeypatch.setattr(weights, "check", fail)
    with pytest.raises(InputError, match=r"2 recipes failed\. counted: not the same\. fitted: not"):
        check_all(data, report=lines.append)


def test_new_and_old_figures_stand_side_by_side(data: Path, shipped: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    change_card(shipped / "counted_v2.json", lambda card: card.update(metrics={"test": {"loss": 3.5}}))
    make_all(data, tmp_path / "out", names=["counted"], tiny=True, report=lines.append)
    assert lines == ["counted_v2: test.loss 3.0000, counted_v2 3.5000: better"]
    (shipped / "counted_v2.json").unlink()
    make_all(data, tmp_path / "out", names=["counted"], tiny=True, report=lines.append)
    assert lines[-1] == "counted_v2: test.loss 3.0000; there was none before"


def test_a_shipped_version_is_not_overwritten(
    data: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "is_committed", lambda path: path == shipped / "fitted_v2.json")
    content = (shipped / "fitted_v2.json").read_bytes()
    with pytest.raises(InputError, match="a version never changes"):
        train("fitted", data, shipped)
    with pytest.raises(InputError, match="Name another folder than weights"):
        train("fitted", data, shipped, tiny=True)
    assert (shipped / "fitted_v2.json").read_bytes() == content


def test_every_shipped_pair_that_a_recipe_makes_is_one_that_git_knows() -> None:
    """The guard looks at the folder that the command writes to."""
    if not provenance.is_known("HEAD"):
        pytest.skip("no git checkout")
    assert provenance.is_committed(Path(provenance.ROOT) / "training/weights.py")


def test_losses_that_are_no_numbers_are_never_near() -> None:
    assert weights._measure_apart([np.nan], [1.0]) == np.inf
    assert weights._measure_apart([1.0], [1.0, 2.0]) == np.inf
    assert weights._measure_apart([200.0], [100.0]) == 1.0


def test_the_list_of_all_weights_needs_no_library(tmp_path: Path) -> None:
    """A fresh clone lists recipes before anything is installed: -S hides what is."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "training", "weights", "--dry-run"],
        cwd=provenance.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("recipe") and "hours on one processor core" in done.stdout


def test_the_command_line_tells_what_it_was_not_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["weights"]) == 1
    assert "Give the folder that holds the data with --data" in capsys.readouterr().err
