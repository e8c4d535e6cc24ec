"""Fit one face network to noisy labels: augmentation, Muon for convolutions, self-adaptive training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import Float32Array
from core.emotion.face.config import EXPRESSIONS, FaceConfig
from core.emotion.face.model import FaceNet, average_probabilities
from training.emotion.face_prepare import Faces
from training.emotion.face_scores import nll, right_of_three
from training.optimization import (
    BestWeights,
    Clock,
    WeightAverage,
    append_line,
    decay_groups,
    set_rate,
    use_channels_last,
)

N_CLASSES = len(EXPRESSIONS)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one member is trained."""

    minutes: float = 100.0  # of wall clock; the learning rate follows the share that has passed
    n_epochs: int | None = None  # instead of the minutes, for a result that no clock has a part in
    batch_size: int = 96
    turn: float = 0.04  # of a convolution's weights at the peak, radians a step
    momentum: float = 0.9  # of the convolutions' gradients
    learning_rate: float = 2e-3  # of all other weights, at the peak
    weight_decay: float = 0.02  # of all other matrices
    warm_up: float = 0.03  # share of the time in which the learning rate rises
    averaging: float = 0.998  # a step's memory of the averaged weights
    smoothing: float = 0.08  # share of a label that is spread over all classes
    own_share: float = 0.35  # at the end: weight of the network's own earlier opinions in a label
    own_memory: float = 0.7  # an epoch's memory of these opinions
    scored_from: float = 0.93  # share of the time; before, pictures are coarser than those that are scored
    field: int = 42  # pixels of the picture's side that are seen at once in training
    # The picture is made coarse at first and learned four times as fast: until a share of the time, pixels a side.
    sides: tuple[tuple[float, int], ...] = ((0.3, 34), (0.9, 40), (1.0, 44))
    seed: int = 1


def augment(images: Tensor, field: int, side: int, generator: torch.Generator) -> Tensor:
    """Turn, scale, shift, mirror, light and cover every picture at random.

    Parameters
    ----------
    images : Tensor of float, shape=(B, H, W)
        Gray values, white is 1.
    field : int
        Pixels of the picture's side that are seen, before scaling.
    side : int
        Pixels a side of what comes out.

    Returns
    -------
    Tensor of float, shape=(B, side, side)
    """
    n = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(n).uniform_(low, high, generator=generator)

    angle = torch.randn(n, generator=generator) * math.radians(8)
    scale = torch.exp(uniform(-0.16, 0.16)) * field / images.shape[-1]
    stretch = torch.exp(uniform(-0.06, 0.06))
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [
            torch.stack([cos * stretch * mirror, -sin / stretch, uniform(-0.13, 0.13)], dim=1),
            torch.stack([sin * stretch * mirror, cos / stretch, uniform(-0.13, 0.13)], dim=1),
        ],
        dim=1,
    )  # (B, 2, 3)
    grid = nn.functional.affine_grid(theta, [n, 1, side, side], align_corners=False)
    moved = nn.functional.grid_sample(
        images[:, None], grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )[:, 0]
    mean = moved.mean(dim=(1, 2), keepdim=True)
    contrast, light = torch.exp(uniform(-0.3, 0.3)), uniform(-0.12, 0.12)
    lit = (moved - mean) * contrast[:, None, None] + mean + light[:, None, None]
    lit = lit.clamp(0, 1) ** torch.exp(uniform(-0.25, 0.25))[:, None, None]
    return _cover(lit, generator)


def _cover(images: Tensor, generator: torch.Generator, share: float = 0.2) -> Tensor:
    """Gray out a rectangle of some pictures (random erasing, Zhong et al. 2020)."""
    n, side = len(images), images.shape[-1]
    height, width = (
        (torch.empty(n, 1, 1).uniform_(0.15, 0.45, generator=generator) * side) for _ in range(2)
    )
    top, left = (torch.empty(n, 1, 1).uniform_(-0.1, 0.9, generator=generator) * side for _ in range(2))
    row, column = torch.arange(side)[None, :, None], torch.arange(side)[None, None, :]
    covered = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)
    covered &= torch.rand(n, 1, 1, generator=generator) < share
    return torch.where(covered, torch.rand(n, 1, 1, generator=generator), images)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A trained network and how it came about.

    Attributes
    ----------
    model : FaceNet
        With the averaged weights of the epoch that scored best on the validation part.
    n_epochs, kept_epoch : int
    validation_accuracy : float
        Of three classes, in the kept epoch, one view a picture.
    minutes : float
    """

    model: FaceNet
    n_epochs: int
    kept_epoch: int
    validation_accuracy: float
    minutes: float

    def followed_by(self, later: Fitted) -> Fitted:
        """The result of a later round, with epochs and minutes of both."""
        return Fitted(
            model=later.model,
            n_epochs=self.n_epochs + later.n_epochs,
            kept_epoch=self.n_epochs + later.kept_epoch,
            validation_accuracy=later.validation_accuracy,
            minutes=self.minutes + later.minutes,
        )


def fit(
    train: Faces,
    validation: Faces,
    *,
    config: FaceConfig | None = None,
    recipe: Recipe | None = None,
    log: Path | None = None,
    begin: FaceNet | None = None,
    opinions: Float32Array | None = None,
) -> Fitted:
    """Train one network until its time is up.

    Labels of FER2013 are noisy: from the second quarter of the time on, a label is mixed more and more with what
    the network itself said of the picture in earlier epochs (self-adaptive training, Huang et al. 2020).

    Parameters
    ----------
    train, validation : Faces
    config : FaceConfig, optional
        Of one member.
    recipe : Recipe, optional
    log : Path, optional
        Where a line an epoch is written.
    begin : FaceNet, optional
        Whose weights are trained on, instead of drawn ones.
    opinions : ndarray of float32, shape=(len(train), 3), optional
        Probabilities that trained networks gave the pictures of the training part: they are mixed with the labels from
        the first step on (distillation, Furlanello et al. 2018).
    """
    config, recipe = config or FaceConfig(), recipe or Recipe()
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    model = use_channels_last(FaceNet(config))
    if begin is not None:
        model.load_state_dict(begin.state_dict())
    average, best, accuracy = WeightAverage(model, recipe.averaging), BestWeights(), 0.0
    optimizer = Optimizers.of(model, recipe)
    images = torch.from_numpy(train.images)
    hard = nn.functional.one_hot(torch.from_numpy(train.labels), N_CLASSES).float()
    own = hard.clone() if opinions is None else torch.from_numpy(opinions).float()
    n_steps = (
        None if recipe.n_epochs is None else math.ceil(len(images) / recipe.batch_size) * recipe.n_epochs
    )
    clock, epoch = Clock(recipe.minutes, n_steps), 0
    while clock.share(average.n_steps) < 1.0:
        epoch += 1
        model.train()
        losses, said = [], torch.zeros_like(own)
        for chosen in torch.split(torch.randperm(len(images), generator=generator), recipe.batch_size):
            passed = clock.share(average.n_steps)
            if passed >= 1.0 or len(chosen) < 2:
                break
            share = recipe.own_share * (_rise(passed) if opinions is None else 1.0)
            target = (1 - share) * hard[chosen] + share * own[chosen]
            loss, said[chosen] = _step(model, optimizer, images[chosen], target, recipe, passed, generator)
            losses.append(loss)
            average.update(model)
        heard = said.sum(dim=1) > 0
        memory = recipe.own_memory if epoch > 1 or opinions is not None else 0.0
        own[heard] = memory * own[heard] + (1 - memory) * said[heard]
        # Where the time ended between two epochs, the last one has no step.
        loss = float(np.mean(losses)) if losses else math.nan
        line = f"epoch {epoch}: loss {loss:.4f}, {clock.minutes:.1f} min"
        if clock.share(average.n_steps) > recipe.scored_from:
            right, told = _offer(best, average.model, epoch, validation)
            accuracy, line = right if best.place == epoch else accuracy, line + told
        append_line(log, line)
    best.restore(average.model)
    return Fitted(
        model=average.model,
        n_epochs=epoch,
        kept_epoch=best.place,
        validation_accuracy=accuracy,
        minutes=round(clock.minutes, 1),
    )


def _rise(passed: float) -> float:
    """Weight of the network's own predictions as targets: 0 in the first quarter, then rising."""
    return min(1.0, max(0.0, passed / 0.75 - 1 / 3))


def _offer(best: BestWeights, averaged: FaceNet, epoch: int, validation: Faces) -> tuple[float, str]:
    """Score an epoch, keep it where it is better, and say how it did: its accuracy, and a line."""
    with torch.autocast("cpu", torch.bfloat16):
        scores = average_probabilities(averaged, validation.images, n_views=1)
    right, cost = float(right_of_three(scores, validation.labels).mean()), nll(scores, validation.labels)
    # A tenth of the cross-entropy breaks ties between epochs of nearly the same accuracy.
    best.offer(0.1 * cost - right, averaged, epoch)
    return right, f", validation {right:.4f}, {cost:.4f} nats"


def rate(passed: float, warm_up: float) -> float:
    """The learning rate's share of its peak: a straight rise and a straight fall."""
    if passed < warm_up:
        return 0.2 + 0.8 * passed / warm_up
    return max(0.0, 1 - (passed - warm_up) / (1 - warm_up)) + 1e-3


class Turning(torch.optim.Optimizer):
    """Muon (Jordan et al. 2024) for convolutions that are followed by a normalization.

    The averaged gradient of a layer is made orthogonal by five Newton-Schulz steps, so that all its directions are
    learned at the same pace. A normalized layer's weights have no length that matters: they are kept at the square
    root of their number of rows, so that the learning rate is the angle by which a step turns them.
    """

    def __init__(self, weights: list[nn.Parameter], *, turn: float, momentum: float) -> None:
        super().__init__(weights, {"lr": turn, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One Muon step of every layer."""
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["mean"] = torch.zeros_like(weight)
                state["mean"].lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(state["mean"], group["momentum"])
                rows = len(weight)
                change = orthogonal(ahead.reshape(rows, -1)).reshape(weight.shape)
                weight.mul_(rows**0.5 / weight.norm())
                weight.add_(change, alpha=-group["lr"] * max(1.0, rows / change[0].numel()) ** 0.5)


def orthogonal(matrix: Tensor, n_steps: int = 5) -> Tensor:
    """The nearest matrix whose singular values are about one, shape as given (Newton-Schulz, fifth order)."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = (x / (x.norm() + 1e-7)).bfloat16()
    for _ in range(n_steps):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    nearest: Tensor = x.T if matrix.shape[0] > matrix.shape[1] else x
    return nearest.to(matrix.dtype)


@dataclass(frozen=True, kw_only=True)
class Optimizers:
    """One for the convolutions and one for the rest, with one schedule."""

    turning: Turning
    rest: torch.optim.AdamW
    recipe: Recipe

    @classmethod
    def of(cls, model: nn.Module, recipe: Recipe) -> Optimizers:
        """Share out a model's weights."""
        turned = [p for p in model.parameters() if p.ndim == 4]
        others = decay_groups((p for p in model.parameters() if p.ndim != 4), recipe.weight_decay)
        rest = torch.optim.AdamW(others, lr=recipe.learning_rate, betas=(0.9, 0.99))
        return cls(
            turning=Turning(turned, turn=recipe.turn, momentum=recipe.momentum), rest=rest, recipe=recipe
        )

    def step(self, passed: float) -> None:
        """One step of both at a share of the time, and forget the gradients."""
        share = rate(passed, self.recipe.warm_up)
        for optimizer, peak in ((self.turning, self.recipe.turn), (self.rest, self.recipe.learning_rate)):
            set_rate(optimizer, peak * share)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def _step(
    model: FaceNet,
    optimizer: Optimizers,
    pictures: Tensor,
    target: Tensor,
    recipe: Recipe,
    passed: float,
    generator: torch.Generator,
) -> tuple[float, Tensor]:
    """One step; the loss, and the probabilities of the pictures as the network saw them."""
    side = next(pixels for until, pixels in recipe.sides if passed <= until)
    images = augment(pictures.float() / 255, recipe.field, side, generator)
    target = (1 - recipe.smoothing) * target + recipe.smoothing / N_CLASSES
    # Half the bits, twice the speed on processors that know bfloat16; weights and their averages stay float32.
    with torch.autocast("cpu", torch.bfloat16):
        log_probabilities = model(images)
    loss = -(target * log_probabilities).sum(dim=1).mean()
    torch.autograd.backward(loss)
    optimizer.step(passed)
    return float(loss.detach()), log_probabilities.detach().exp()
