"""`training.optimization`: averaged and best weights, groups of parameters."""

import math

import pytest
import torch
from torch import nn

from training.optimization import BestWeights, WeightAverage, decay_groups, use_channels_last


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


def test_only_matrices_decay() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Linear(2, 2))
    decayed, plain = decay_groups(model.parameters(), 0.1)
    assert [p.ndim for p in decayed["params"]] == [4, 2] and [p.ndim for p in plain["params"]] == [1, 1]
    assert [decayed["weight_decay"], plain["weight_decay"]] == [0.1, 0.0]
    assert model[0].weight.is_contiguous() and not use_channels_last(model)[0].weight.is_contiguous()
