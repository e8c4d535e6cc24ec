"""Training loop parts: averaged weights (EMA), the best weights, groups of parameters, memory layout."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


def use_channels_last(model: Model) -> Model:
    """The same model with its convolutions' weights laid out channel by channel, which CPUs are faster with."""
    for parameter in model.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.to(memory_format=torch.channels_last)
    return model


def decay_groups(parameters: Iterable[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Parameters for AdamW: weight decay for matrices, none for offsets and scales."""
    given = list(parameters)
    return [
        {"params": [p for p in given if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in given if p.ndim <= 1], "weight_decay": 0.0},
    ]


class WeightAverage(Generic[Model]):
    """A running mean of a model's weights, which scores better than the weights of the last step.

    Parameters
    ----------
    model : nn.Module
    memory : float, in [0, 1)
        Share of the mean that a step leaves as it is. In the first steps it is less: ``(n + lead) / (n + 10)``.
    lead : int
    n_steps : int
        Steps that went before, where a training goes on.

    Attributes
    ----------
    model : nn.Module
        With the averaged weights, in evaluation mode.
    """

    def __init__(self, model: Model, memory: float, *, lead: int = 0, n_steps: int = 0) -> None:
        self.model: Model = copy.deepcopy(model).eval()
        self.memory, self.lead, self.n_steps = memory, lead, n_steps

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the present weights; whole numbers, such as counts of batches, are copied."""
        self.n_steps += 1
        memory = min(self.memory, (self.n_steps + self.lead) / (self.n_steps + 10))
        slow, fast = self.model.state_dict().values(), model.state_dict().values()
        floats = [(a, b) for a, b in zip(slow, fast, strict=True) if a.is_floating_point()]
        torch._foreach_lerp_([a for a, _ in floats], [b for _, b in floats], 1 - memory)
        for a, b in zip(slow, fast, strict=True):
            if not a.is_floating_point():
                a.copy_(b)


class BestWeights:
    """The weights with the lowest score so far.

    Attributes
    ----------
    score : float
        Infinite before the first offer.
    place : int
        The epoch or step of the best; 0 before.
    values : dict of Tensor, or None
    """

    def __init__(self) -> None:
        self.score, self.place = math.inf, 0
        self.values: dict[str, Tensor] | None = None

    def offer(self, score: float, model: nn.Module, place: int) -> bool:
        """Keep a copy of a model's weights where its score is lower than all before; whether that was so."""
        if not score < self.score:
            return False
        self.score, self.place = score, place
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}
        return True

    def restore(self, model: nn.Module) -> None:
        """Give a model the best weights; it keeps its own where there were none."""
        if self.values is not None:
            model.load_state_dict(self.values)
