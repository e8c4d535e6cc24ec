"""`training.loop`: the same numbers whether a training ran through or was stopped and gone on with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import InputError
from training import loop
from training.loop import CheckedEnough, Fitted, Objective, epoch_order, fit, rate_share, step_rng
from training.recipe import Schedule


class Stopped(Exception):
    """Power goes."""


def make_objective(*, stop_at: int = -1, custom: bool = False) -> Objective[nn.Sequential, Any]:
    """A small network with dropout, batch normalization and a state that the loss changes."""
    torch.manual_seed(5)
    model = nn.Sequential(
        nn.Conv1d(2, 8, 3), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Flatten(), nn.Linear(48, 3)
    )
    state = {"mean": torch.zeros(3)}

    def draw(step: int) -> tuple[Tensor, Tensor]:
        if step == stop_at:
            raise Stopped
        rng = step_rng(7, step)
        x = rng.normal(size=(6, 2, 8)).astype(np.float32)
        return torch.from_numpy(x), torch.from_numpy(rng.integers(0, 3, 6))

    def loss(model: nn.Sequential, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        out = model(batch[0])
        with torch.no_grad():
            state["mean"].lerp_(out.float().mean(0), 0.1)
        return nn.functional.cross_entropy(out.float() - state["mean"], batch[1]), len(batch[1])

    def score(model: nn.Sequential) -> Mapping[str, float]:
        x, y = draw(0)
        with torch.no_grad():
            return {"loss": float(nn.functional.cross_entropy(model.eval()(x), y))}

    def optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
        matrices = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim == 1]
        return [
            torch.optim.SGD(matrices, lr=0.05, momentum=0.9),
            torch.optim.SGD([{"params": others[:2]}, {"params": others[2:], "lr": 0.01}], lr=0.1),
        ]

    return Objective(
        model=model,
        draw=draw,
        loss=loss,
        score=score,
        keep="loss",
        optimizers=optimizers if custom else None,
        state=state,
    )


def assert_same(a: Fitted[Any], b: Fitted[Any]) -> None:
    assert (a.kept_step, a.history, a.first_losses) == (b.kept_step, b.history, b.first_losses)
    for one, other in zip(a.model.state_dict().values(), b.model.state_dict().values(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("more", "custom"),
    [({}, False), ({"averaging": 0.9}, False), ({"precision": "bfloat16"}, False), ({}, True)],
    ids=["plain", "averaged", "bfloat16", "own optimizers"],
)
def test_a_training_that_was_stopped_goes_on_with_the_same_numbers(
    more: dict[str, Any], custom: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SEC", 0)
    schedule = Schedule(steps=12, batch_size=6, learning_rate=0.01, score_every=3, weight_decay=0.1, **more)
    through = make_objective(custom=custom)
    whole = fit(through, schedule)
    path = tmp_path / "a.safetensors"
    with pytest.raises(Stopped):
        fit(make_objective(stop_at=6, custom=custom), schedule, checkpoint=path)
    torch.manual_seed(99)
    gone_on = make_objective(custom=custom)
    assert_same(fit(gone_on, schedule, checkpoint=path), whole)
    assert torch.equal(gone_on.state["mean"], through.state["mean"])
    assert_same(fit(make_objective(custom=custom), schedule, checkpoint=path), whole)


def test_a_training_goes_on_in_the_memory_layout_that_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SEC", 0)

    def make(stop_at: int = 0) -> Objective[nn.Conv2d, Tensor]:
        torch.manual_seed(1)
        model = nn.Conv2d(3, 4, 3)
        model.weight.data = model.weight.data.to(memory_format=torch.channels_last)

        def draw(step: int) -> Tensor:
            if step == stop_at:
                raise Stopped
            return torch.from_numpy(step_rng(1, step).normal(size=(2, 3, 6, 6)).astype(np.float32))

        return Objective(model=model, draw=draw, loss=lambda model, x: (model(x).square().mean(), 2))

    schedule = Schedule(steps=6, batch_size=2, learning_rate=0.01)
    with pytest.raises(Stopped):
        fit(make(4), schedule, checkpoint=tmp_path / "a.safetensors")
    course = loop._Course(make(), schedule, tmp_path / "a.safetensors", "", {}, "cpu")
    moment = next(iter(course.optimizers[0].state.values()))["exp_avg"]
    assert moment.is_contiguous(memory_format=torch.channels_last) and not moment.is_contiguous()
    assert_same(fit(make(), schedule, checkpoint=tmp_path / "a.safetensors"), fit(make(), schedule))


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    schedule = Schedule(steps=2, batch_size=6, learning_rate=0.01)
    path = tmp_path / "a.safetensors"
    fit(make_objective(), schedule, checkpoint=path, identity="one")
    with pytest.raises(InputError, match="another recipe or of other data"):
        fit(make_objective(), schedule, checkpoint=path, identity="two")


def test_a_check_stops_after_its_steps_and_scores_nothing() -> None:
    objective = make_objective()
    objective.score = None
    lines: list[str] = []
    with pytest.raises(CheckedEnough) as stopped:
        fit(
            objective,
            Schedule(steps=9, batch_size=6, learning_rate=0.01),
            n_check_steps=4,
            report=lines.append,
        )
    whole = fit(make_objective(), Schedule(steps=9, batch_size=6, learning_rate=0.01))
    assert [round(loss, 6) for loss in stopped.value.losses] == whole.first_losses[:4]
    assert not any("best" in line for line in lines)


def test_a_training_that_is_shorter_than_a_check_stops_all_the_same() -> None:
    with pytest.raises(CheckedEnough) as stopped:
        fit(make_objective(), Schedule(steps=3, batch_size=6, learning_rate=0.01), n_check_steps=20)
    assert len(stopped.value.losses) == 3


def test_the_kept_weights_are_those_of_the_best_score() -> None:
    objective = make_objective()
    scores = iter([3.0, 1.0, 2.0])
    objective.score = lambda model: {"loss": next(scores)}
    fitted = fit(objective, Schedule(steps=3, batch_size=6, learning_rate=0.1, score_every=1))
    objective = make_objective()
    objective.score, objective.keep = lambda model: {}, ""
    two = fit(objective, Schedule(steps=3, batch_size=6, learning_rate=0.1))
    assert fitted.kept_step == 2 and two.kept_step == 3
    assert not torch.equal(fitted.model[0].weight, two.model[0].weight)


@pytest.mark.parametrize("shape", ["cosine", "linear", "late-linear", "constant"])
def test_a_rate_rises_to_its_peak_and_never_reaches_zero(shape: str) -> None:
    schedule = Schedule(steps=100, batch_size=1, learning_rate=1.0, shape=shape, warm_up=0.1)
    shares = [rate_share(schedule, step) for step in range(1, 101)]
    assert all(0 < share <= 1 for share in shares)
    assert max(shares) == pytest.approx(1.0, abs=0.01) and shares[0] == pytest.approx(0.05)
    assert shares[-1] == 1.0 if shape == "constant" else shares[-1] < 0.02
    assert math.isclose(shares[49], 1.0) == (shape in ("late-linear", "constant"))


def test_an_epoch_takes_every_example_once_in_another_order_each_time() -> None:
    epochs = [np.concatenate([epoch_order(10, 4, 1, 3 * e + i) for i in (1, 2, 3)]) for e in range(2)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(10))] * 2
    assert epochs[0].tolist() != epochs[1].tolist()
