"""`core.nn.torch_random` draws what torch draws, in the same order."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.nn.torch_random import TorchGenerator


@pytest.mark.parametrize("seed", [0, 1, 123_456_789, 2**32 - 1, 2**40 + 5])
def test_normal_numbers_and_choices_in_turn_are_those_of_torch(seed: int) -> None:
    here, there = TorchGenerator(seed), torch.Generator().manual_seed(seed)
    chance = np.random.default_rng(seed)
    for n in (16, 71, 64, 37):
        weights = chance.uniform(0.1, 1.0, 5).astype(np.float32)
        chosen = torch.multinomial(torch.from_numpy(weights)[None], 1, generator=there)
        assert here.choose(weights) == int(chosen)
        assert np.abs(here.normal(n) - torch.randn(1, n, generator=there)[0].numpy()).max() < 1e-6


def test_choices_follow_their_weights_and_numbers_are_normal() -> None:
    generator, weights = TorchGenerator(3), np.array([0.6, 0.0, 0.3, 0.1], dtype=np.float32)
    chosen = np.bincount([generator.choose(weights) for _ in range(4000)], minlength=4) / 4000
    assert chosen == pytest.approx(weights, abs=0.03)
    drawn = generator.normal(10_000)
    assert drawn.mean() == pytest.approx(0.0, abs=0.04) and drawn.std() == pytest.approx(1.0, abs=0.03)


def test_few_normal_numbers_are_refused_because_torch_draws_them_otherwise() -> None:
    with pytest.raises(ValueError, match="fewer than 16"):
        TorchGenerator(0).normal(15)
