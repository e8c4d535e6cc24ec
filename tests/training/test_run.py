"""`training.run`: what a train function is given, and what the card of its pair tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

from core.errors import InputError
from core.nn.card import Card
from training import loop, run
from training.loop import Objective
from training.recipe import Recipe, Schedule, read_settings
from training.run import Run, find_folder


@dataclass(frozen=True, kw_only=True)
class Config:
    width: int = 2


class Line(nn.Linear):
    config_class: ClassVar[type[Config]] = Config

    def __init__(self) -> None:
        super().__init__(2, 1)
        self.config = Config()


@dataclass(frozen=True, kw_only=True)
class Options:
    window: int = 4
    sizes: tuple[int, ...] = (1,)


CONTENT = {
    "about": "a",
    "model": "line",
    "version": 3,
    "set": "research",
    "train": "toy:train",
    "data": ["open/nottingham"],
    "hours": 0.1,
    "headline": "test.loss",
}
SCHEDULE = {"steps": 30, "batch_size": 4, "learning_rate": 0.1, "seed": 6}


def make_run(
    tmp_path: Path, *, options: dict[str, object] | None = None, steps: int = 30, **more: object
) -> Run:
    (tmp_path / "open/nottingham").mkdir(parents=True, exist_ok=True)
    (tmp_path / "open/nottingham/a.mid").write_bytes(b"x")
    training = {**SCHEDULE, "steps": steps}
    given = {
        **CONTENT,
        "name": "toy",
        "schedule": read_settings(Schedule, training),
        "options": options or {},
        "content": {**CONTENT, "training": training},
    }
    return Run(
        recipe=read_settings(Recipe, given),
        root=tmp_path,
        out=tmp_path / "weights",
        is_draft=True,
        report=lambda line: None,
        **more,  # type: ignore[arg-type]
    )


def make_objective() -> Objective[Line, torch.Tensor]:
    return Objective(
        model=Line(),
        draw=lambda step: torch.randn(4, 2),
        loss=lambda model, x: ((model(x) - x.sum(1, keepdim=True)).square().mean(), 4),
    )


def export(of: Run, model: Line) -> Card:
    return of.export(
        model,
        pieces={"nottingham": {"train": 1, "test": 0}},
        metrics={"test": {"loss": 0.5}},
        intended_use="None.",
        limits="All.",
        split="by file",
        data_more={"nottingham": {"unusable": 0}},
    )


def test_a_card_tells_how_its_pair_came_about(tmp_path: Path) -> None:
    of = make_run(tmp_path)
    fitted = of.fit(make_objective())
    card = export(of, fitted.model)
    told = json.loads((tmp_path / "weights/research/line_v3.json").read_text())["training"]
    assert told["recipe"]["training"] == SCHEDULE and told["seed"] == 6
    assert told["command"] == "python -m training train toy --data DATA"
    assert told["commit"] == "draft" and "training/run.py" in told["files"]
    assert len(told["first_losses"]) == 20 and told["kept_steps"] == {"network": 30}
    assert len(told["data_sha256"]) == 64 and "torch" in told["versions"]
    (row,) = card.data
    assert row["license"].startswith("GPL-3.0") and row["pieces"] == {"train": 1, "test": 0}
    assert row["unusable"] == 0 and row["split"] == "by file"


def test_the_seed_of_a_recipe_seeds_what_is_made_before_and_after_a_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second network begins with the same weights also when the first was only read from its checkpoint."""
    monkeypatch.setattr(run, "RECIPES_DIR", Path(__file__).parent)
    (begun := []).clear()
    for _ in range(2):
        of = make_run(tmp_path, work=tmp_path / "work")
        monkeypatch.setattr(of.provenance, "note", lambda more=(): None)
        of.begin()
        first = make_objective()
        start = first.model.weight.detach().clone()
        of.fit(first, label="first")
        second = make_objective().model.weight.detach().clone()
        begun.append((start, second, first.model.weight.detach().clone()))
    for ours, theirs in zip(*begun, strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(begun[0][0], begun[0][1])


def test_a_checkpoint_is_refused_when_the_data_have_changed(tmp_path: Path) -> None:
    make_run(tmp_path, work=tmp_path / "work").fit(make_objective())
    of = make_run(tmp_path, work=tmp_path / "work")
    (tmp_path / "open/nottingham/b.mid").write_bytes(b"y")
    with pytest.raises(InputError, match="another recipe or of other data"):
        of.fit(make_objective())
    (tmp_path / "open/nottingham/b.mid").unlink()
    with pytest.raises(InputError, match="another recipe or of other data"):
        make_run(tmp_path, work=tmp_path / "work", steps=31).fit(make_objective())


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    of = make_run(tmp_path, n_check_steps=5)
    with pytest.raises(loop.CheckedEnough):
        of.fit(make_objective())
    with pytest.raises(RuntimeError, match="writes nothing"):
        export(of, Line())
    assert not (tmp_path / "weights").exists()


def test_weights_that_are_no_finite_numbers_are_not_written(tmp_path: Path) -> None:
    model = Line()
    model.weight.data[0, 0] = 70_000
    with pytest.raises(ValueError, match=r"weight\."):
        export(make_run(tmp_path), model.half())
    assert not (tmp_path / "weights").exists()


def test_training_is_refused_before_it_begins_when_the_code_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = make_run(tmp_path)
    of.is_draft = False
    of.provenance.hashes["training/none.py"] = "0"
    with pytest.raises(InputError, match=r"training/none\.py|no git checkout"):
        of.begin()


def test_options_are_read_strictly(tmp_path: Path) -> None:
    read = make_run(tmp_path, options={"window": 8, "sizes": [2, 3]}).read_options(Options)
    assert read == Options(window=8, sizes=(2, 3))
    for wrong, said in (({"width": 1}, "Unknown: width"), ({"window": "8"}, "whole number")):
        with pytest.raises(InputError, match=rf"toy\.toml, \[options\].*{said}"):
            make_run(tmp_path, options=wrong).read_options(Options)


def test_a_data_set_is_found_with_or_without_the_folder_of_its_license(tmp_path: Path) -> None:
    (tmp_path / "a/open/nottingham").mkdir(parents=True)
    assert find_folder(tmp_path / "a", "open/nottingham") == tmp_path / "a/open/nottingham"
    assert find_folder(tmp_path / "a/open", "open/nottingham") == tmp_path / "a/open/nottingham"
    alone = tmp_path / "a/open/nottingham"
    assert find_folder(alone, "open/nottingham") == alone
    with pytest.raises(InputError, match=r"no data set open/nottingham in .* open, nc and unclear"):
        find_folder(tmp_path, "open/nottingham")
