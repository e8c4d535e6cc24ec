"""The training loop: steps, learning-rate schedules, weight averaging, checkpoints, several processes.

A training is a function of its step number alone: what a step draws comes from `step_rng`, and torch's generator is
seeded anew for each step. So a training that was stopped goes on with the same numbers, and several processes that
share a batch compute the same step as one.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from training import distributed
from training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from training.optimization import BestWeights, WeightAverage, decay_groups
from training.recipe import Schedule

Batch = TypeVar("Batch")
Model = TypeVar("Model", bound=nn.Module)

CHECKPOINT_SEC = 60.0
N_FIRST_LOSSES = 20


@dataclass(kw_only=True)
class Objective(Generic[Model, Batch]):
    """What a feature gives to the loop.

    Attributes
    ----------
    model : nn.Module
        Trained in place.
    draw : callable
        ``draw(step)`` gives the batch of a step, counted from 1: tensors whose first axis is the examples, in a tuple,
        list, dict or dataclass. It may depend on nothing but the step.
    loss : callable
        ``loss(model, batch)`` gives the mean loss and the number of units that it is the mean of (notes, say), by which
        parts of a batch are weighted.
    score : callable, optional
        ``score(model)`` gives figures on the validation part.
    keep : str
        The figure whose lowest value decides which step's weights are kept; empty to keep the last step's.
    score_from : float in [0, 1]
        Share of the steps before which nothing is scored.
    optimizers : callable, optional
        ``optimizers(model)`` where AdamW by the schedule will not do; the schedule scales each group's own rate.
    state : dict of Tensor
        What the loss changes besides the weights; kept in checkpoints. Each of several processes has its own, and the
        first one's is kept.
    """

    model: Model
    draw: Callable[[int], Batch]
    loss: Callable[[Model, Batch], tuple[Tensor, float]]
    score: Callable[[Model], Mapping[str, float]] | None = None
    keep: str = ""
    score_from: float = 0.0
    optimizers: Callable[[nn.Module], Sequence[torch.optim.Optimizer]] | None = None
    state: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fitted(Generic[Model]):
    """A trained network and how it came about.

    Attributes
    ----------
    model : nn.Module
        With the kept weights, averaged where the schedule asks for it; in evaluation mode.
    kept_step : int
    history : list of dict
        ``step`` and the figures of each score.
    first_losses : list of float
        Of the first steps, by which a later training is compared with this one.
    hours : float
        Of processor time in this process, with those before an interruption.
    """

    model: Model
    kept_step: int
    history: list[dict[str, float]]
    first_losses: list[float]
    hours: float


class CheckedEnough(Exception):
    """The losses of the first steps, where only these were to be computed."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__(f"{len(losses)} steps")
        self.losses = losses


def step_rng(seed: int, step: int) -> np.random.Generator:
    """The random generator of one step of a training; step 0 is for what is drawn before the first."""
    return np.random.default_rng([seed, step])


def epoch_order(n: int, batch_size: int, seed: int, step: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Which of n examples a step takes when every epoch takes each once, in an order of its own.

    Parameters
    ----------
    n, batch_size, seed : int
    step : int
        From 1.
    """
    per_epoch = max(1, math.ceil(n / batch_size))
    epoch, place = divmod(step - 1, per_epoch)
    order = np.random.default_rng([seed, epoch, 1]).permutation(n)
    return order[place * batch_size : (place + 1) * batch_size]


def rate_share(schedule: Schedule, step: int) -> float:
    """The share of the peak learning rate at a step from 1, above 0 and at most 1."""
    done = (step - 0.5) / schedule.steps
    if done < schedule.warm_up:
        return done / schedule.warm_up
    if schedule.shape == "constant":
        return 1.0
    if schedule.shape == "late-linear":
        return min(1.0, 2 * (1 - done))
    left = 1 - (done - schedule.warm_up) / (1 - schedule.warm_up)
    return left if schedule.shape == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)


def fit(
    objective: Objective[Model, Batch],
    schedule: Schedule,
    *,
    checkpoint: Path | None = None,
    identity: str = "",
    made_by: Mapping[str, Any] | None = None,
    device: str = "cpu",
    n_check_steps: int | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Fitted[Model]:
    """Train a network for the steps of its schedule.

    Parameters
    ----------
    objective : Objective
    schedule : Schedule
    checkpoint : Path, optional
        File that is written every minute and gone on from where it exists.
    identity : str
        Of recipe and data; a checkpoint of another identity is refused.
    made_by : mapping, optional
        Written into the checkpoint: by which code it was made.
    device : str
        Where the network is trained; batches are brought there, and it is scored on the processor.
    n_check_steps : int, optional
        Stop after so many steps.
    report : callable
        Gets a line about twenty times in a training, and at each score.

    Raises
    ------
    CheckedEnough
        After ``n_check_steps``, with their losses.
    InputError
        If the checkpoint is of another recipe or of other data.
    """
    course = _Course(objective, schedule, checkpoint, identity, made_by or {}, device)
    n_steps = schedule.steps if n_check_steps is None else min(n_check_steps, schedule.steps)
    try:
        while course.step < n_steps:
            course.advance()
            if course.is_scored() and n_check_steps is None and distributed.is_first():
                report(course.score())
            elif course.step % max(1, schedule.steps // 20) == 0:
                report(course.describe())
            course.save_sometimes()
        if n_check_steps is not None:
            raise CheckedEnough(course.losses)
        return course.finish()
    finally:
        course.gradients.close()


class _Course(Generic[Model, Batch]):
    """One training in the course of being done."""

    def __init__(
        self,
        objective: Objective[Model, Batch],
        schedule: Schedule,
        checkpoint: Path | None,
        identity: str,
        made_by: Mapping[str, Any],
        device: str,
    ) -> None:
        self.objective, self.schedule, self.device = objective, schedule, device
        self.path, self.identity, self.made_by = checkpoint, identity, made_by
        model = objective.model.to(device)
        self.optimizers = list(
            objective.optimizers(model) if objective.optimizers else [_make_adamw(model, schedule)]
        )
        self.peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]
        self.average = WeightAverage(model, schedule.averaging, lead=1) if schedule.averaging else None
        self.best = BestWeights()
        self.step, self.losses, self.history = 0, list[float](), list[dict[str, float]]()
        self.seconds_before, self.started = 0.0, time.process_time()
        self.saved = time.monotonic()
        if checkpoint is not None and checkpoint.exists():
            self._resume(read_checkpoint(checkpoint, identity))
        distributed.refuse_other_step(self.step, device)
        self.gradients = distributed.share_gradients(model, objective.loss, device)

    @property
    def seconds(self) -> float:
        return self.seconds_before + time.process_time() - self.started

    @property
    def scored_model(self) -> Model:
        return self.average.model if self.average is not None else self.objective.model

    def advance(self) -> None:
        """One step."""
        schedule, self.step = self.schedule, self.step + 1
        share = rate_share(schedule, self.step)
        for optimizer, peaks in zip(self.optimizers, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * share
            optimizer.zero_grad(set_to_none=True)
        seed = schedule.seed * 1_000_003 + self.step
        torch.manual_seed(seed)
        self.objective.model.train()
        batch = distributed.move(self.objective.draw(self.step), self.device)
        if not distributed.is_first():
            # Each process has other examples, so it drops out other units.
            torch.manual_seed(seed + 7919 * distributed.find_rank())
        kind = self.device.partition(":")[0]
        with torch.autocast(kind, torch.bfloat16, enabled=schedule.precision == "bfloat16"):
            loss = self.gradients.compute(batch)
        if schedule.max_norm:
            nn.utils.clip_grad_norm_(self.objective.model.parameters(), schedule.max_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        if self.average is not None:
            self.average.update(self.objective.model)
        self.losses.append(loss)

    def is_scored(self) -> bool:
        """Whether the step that was made is one after which the validation part is scored."""
        due = self.step % self.schedule.score_every == 0 or self.step == self.schedule.steps
        return (
            due
            and self.objective.score is not None
            and self.step >= self.objective.score_from * self.schedule.steps
        )

    def score(self) -> str:
        """Score the weights, keep them where they are better than all before, and say so in a line."""
        assert self.objective.score is not None
        figures = dict(self.objective.score(self._scored_on_processor()))
        self.history.append({"step": self.step, **{name: round(float(x), 5) for name, x in figures.items()}})
        if self.objective.keep:
            self.best.offer(float(figures[self.objective.keep]), self.scored_model, self.step)
        told = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
        return f"{self.describe()}; {told}{' (best)' if self.best.place == self.step else ''}"

    def _scored_on_processor(self) -> Model:
        """The weights to score; a copy where they are trained elsewhere."""
        if self.device == "cpu":
            return self.scored_model
        return copy.deepcopy(self.scored_model).cpu()

    def describe(self) -> str:
        """Steps, loss and time in a line."""
        recent = float(np.mean(self.losses[-50:]))
        return f"step {self.step} of {self.schedule.steps}: loss {recent:.4f}, {self.seconds:.0f} s"

    def save_sometimes(self) -> None:
        """Write a checkpoint where there is to be one and the last is a minute old, or this was the last step."""
        is_due = time.monotonic() - self.saved > CHECKPOINT_SEC or self.step == self.schedule.steps
        if self.path is None or not is_due or not distributed.is_first():
            return
        self.saved = time.monotonic()
        tensors = {f"model.{k}": v for k, v in self.objective.model.state_dict().items()}
        tensors |= {f"state.{k}": v for k, v in self.objective.state.items()}
        if self.average is not None:
            tensors |= {f"average.{k}": v for k, v in self.average.model.state_dict().items()}
        for k, v in (self.best.values or {}).items():
            tensors[f"best.{k}"] = v
        for i, optimizer in enumerate(self.optimizers):
            for at, held in optimizer.state_dict()["state"].items():
                # What is None, such as a momentum that is not used, is made anew.
                tensors |= {
                    f"optimizer.{i}.{at}.{k}": torch.as_tensor(v) for k, v in held.items() if v is not None
                }
        told = {
            "step": self.step,
            "losses": self.losses,
            "history": self.history,
            "seconds": self.seconds,
            "best": [self.best.score if self.best.place else None, self.best.place],
            "made_by": dict(self.made_by),
        }
        write_checkpoint(self.path, Checkpoint(identity=self.identity, tensors=tensors, told=told))

    def _resume(self, found: Checkpoint) -> None:
        told = found.told
        self.objective.model.load_state_dict(found.part("model."))
        for name, value in found.part("state.").items():
            self.objective.state[name].copy_(value)
        self.step, self.losses, self.history = told["step"], told["losses"], told["history"]
        self.seconds_before = told["seconds"]
        if self.average is not None:
            self.average.model.load_state_dict(found.part("average."))
            self.average.n_steps = self.step
        if told["best"][1]:
            self.best.score, self.best.place = told["best"]
            self.best.values = found.part("best.")
        for i, optimizer in enumerate(self.optimizers):
            weights = [weight for group in optimizer.param_groups for weight in group["params"]]
            state: dict[int, dict[str, Tensor]] = {}
            for name, value in found.part(f"optimizer.{i}.").items():
                at, _, key = name.partition(".")
                state.setdefault(int(at), {})[key] = _lay_out(value, weights[int(at)])
            optimizer.load_state_dict(
                {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
            )

    def finish(self) -> Fitted[Model]:
        """The network with the kept weights, the same in every process."""
        model = self.objective.model
        model.load_state_dict(self.scored_model.state_dict())
        self.best.restore(model)
        told: dict[str, Any] = {
            "kept_step": self.best.place or self.step,
            "history": self.history,
            "first_losses": [round(loss, 6) for loss in self.losses[:N_FIRST_LOSSES]],
            "hours": round(self.seconds / 3600, 4),
        }
        told = distributed.hand_out(told, model, self.device)
        return Fitted(model=model.cpu().eval(), **told)


def _lay_out(value: Tensor, like: Tensor) -> Tensor:
    """A moment in the memory layout of its weights, so that a training that goes on rounds as before."""
    if value.shape != like.shape:
        return value
    return torch.empty_like(like, dtype=value.dtype).copy_(value)


def _make_adamw(model: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    groups = decay_groups(model.parameters(), schedule.weight_decay)
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=schedule.betas)


def with_seed(schedule: Schedule, seed: int) -> Schedule:
    """The same schedule with another seed, for one of several members."""
    return dataclasses.replace(schedule, seed=seed)
