"""`training.optimization`: gradient steps, averaged and best weights, clocks."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from training.optimization import (
    BestWeights,
    Clock,
    WeightAverage,
    append_line,
    decay_groups,
    descend,
    set_rate,
    use_channels_last,
)


def test_a_step_is_no_longer_than_the_clipped_gradient() -> None:
    model = nn.Linear(2, 1, bias=False)
    before = model.weight.detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    descend(model, optimizer, 1e4 * model(torch.ones(1, 2)).sum())
    assert float((model.weight.detach() - before).norm()) == pytest.approx(1.0, abs=1e-3)
    descend(model, optimizer, model(torch.full((1, 2), 30.0)).sum(), max_norm=None)
    assert float((model.weight.detach() - before).norm()) > 20


def test_an_average_follows_the_weights_and_copies_whole_numbers() -> None:
    model = nn.BatchNorm1d(2)
    average = WeightAverage(model, 0.9)
    with torch.no_grad():
        model.weight.fill_(2.0)
        model.num_batches_tracked.fill_(7)
    average.update(model)
    assert average.model.weight.tolist() == pytest.approx(
        [1 + 10 / 11] * 2
    )  # 1 of 11 is kept in the first step
    assert int(average.model.num_batches_tracked) == 7
    assert not average.model.training and model.training


def test_the_best_weights_are_those_with_the_lowest_score() -> None:
    model, best = nn.Linear(1, 1), BestWeights()
    offers = []
    for place, score in enumerate([2.0, 1.0, math.nan, 3.0], start=1):
        with torch.no_grad():
            model.weight.fill_(place)
        offers.append(best.offer(score, model, place))
    assert offers == [True, True, False, False]
    best.restore(model)
    assert (float(model.weight.detach()), best.place, best.score) == (2.0, 2, 1.0)


def test_without_an_offer_a_model_keeps_its_weights() -> None:
    model = nn.Linear(1, 1)
    before = model.weight.detach().clone()
    BestWeights().restore(model)
    assert torch.equal(model.weight, before)


def test_a_clock_counts_steps_or_minutes() -> None:
    assert [Clock(1.0, 4).share(step) for step in (0, 1, 4, 9)] == [0.0, 0.25, 1.0, 1.0]
    assert Clock(10.0, passed_minutes=5.0).share(0) == pytest.approx(0.5, abs=0.01)
    assert Clock(math.inf).share(3) == 0.0


def test_only_matrices_decay() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Linear(2, 2))
    decayed, plain = decay_groups(model.parameters(), 0.1)
    assert [p.ndim for p in decayed["params"]] == [4, 2] and [p.ndim for p in plain["params"]] == [1, 1]
    optimizer = torch.optim.AdamW([decayed, plain])
    set_rate(optimizer, 0.5)
    assert {group["lr"] for group in optimizer.param_groups} == {0.5}
    assert model[0].weight.is_contiguous() and not use_channels_last(model)[0].weight.is_contiguous()


def test_lines_are_written_where_there_is_a_log(tmp_path: Path) -> None:
    append_line(None, "nowhere")
    for line in ("one", "two"):
        append_line(tmp_path / "log", line)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
