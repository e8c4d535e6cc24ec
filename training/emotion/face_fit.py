"""Fit one face network to noisy labels: augmentation, Muon for convolutions, self-adaptive training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.arrays import Float32Array
from core.emotion.face.config import EXPRESSIONS
from core.emotion.face.model import FaceNet, average_probabilities
from training.emotion.face_prepare import Faces
from training.emotion.face_scores import nll, right_of_three
from training.loop import Objective, epoch_order, step_rng
from training.optimization import decay_groups, use_channels_last
from training.recipe import Schedule

N_CLASSES = len(EXPRESSIONS)
PURE = 0.99  # own share of a picture that counts as not blended


@dataclass(frozen=True, kw_only=True)
class Round:
    """How one member is fitted in one round.

    Attributes
    ----------
    turn : float
        Of a convolution's weights at the peak, radians a step.
    momentum : float
        Of the convolutions' gradients.
    smoothing : float
        Share of a label that is spread over all classes.
    own_share : float
        At the end: weight of the network's own earlier opinions in a label.
    own_memory : float
        An epoch's memory of these opinions.
    scored_from : float
        Share of the steps; before, pictures are coarser than those that are scored.
    field : int
        Pixels of the picture's side that are seen at once in training.
    sides : tuple of (float, int)
        The picture is made coarse at first and learned four times as fast: until a share of the steps, pixels a side.
    covered : float
        Share of the pictures of which a rectangle is grayed out.
    mixed : float
        Share of the batches in which each picture is blended with another one, and so are their labels.
    """

    turn: float = 0.04
    momentum: float = 0.9
    smoothing: float = 0.08
    own_share: float = 0.35
    own_memory: float = 0.7
    scored_from: float = 0.93
    field: int = 42
    sides: tuple[tuple[float, int], ...] = ((0.3, 34), (0.9, 40), (1.0, 44))
    covered: float = 0.2
    mixed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Pictures of a step, augmented.

    Attributes
    ----------
    images : Tensor of float, shape=(B, side, side)
    index : Tensor of int, shape=(B,)
        Which picture of the training part each is.
    other, kept : Tensor, shape=(B,)
        With which picture it was blended, and its own share.
    passed : Tensor of float, shape=(B,)
        Share of the steps that were made.
    memory : Tensor of float, shape=(B,)
        How much the opinions on these pictures keep of what they were.
    """

    images: Tensor
    index: Tensor
    other: Tensor
    kept: Tensor
    passed: Tensor
    memory: Tensor


def make_objective(
    model: FaceNet,
    train: Faces,
    validation: Faces,
    round_: Round,
    schedule: Schedule,
    *,
    opinions: Float32Array | None = None,
) -> Objective[FaceNet, Batch]:
    """What the training loop needs for one member in one round.

    Labels of FER2013 are noisy: from the second quarter of the steps on, a label is mixed more and more with what
    the network itself said of the picture in earlier epochs (self-adaptive training, Huang et al. 2020).

    Parameters
    ----------
    model : FaceNet
        Of one member; trained in place.
    train, validation : Faces
    round_ : Round
    schedule : Schedule
    opinions : ndarray of float32, shape=(len(train), 3), optional
        Probabilities that trained networks gave the pictures of the training part: they are mixed with the labels from
        the first step on (distillation, Furlanello et al. 2018).
    """
    images = torch.from_numpy(train.images)
    hard = nn.functional.one_hot(torch.from_numpy(train.labels), N_CLASSES).float()
    own = hard.clone() if opinions is None else torch.from_numpy(opinions).float()
    per_epoch = math.ceil(len(images) / schedule.batch_size)

    def draw(step: int) -> Batch:
        rng = step_rng(schedule.seed, step)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        index = torch.from_numpy(epoch_order(len(images), schedule.batch_size, schedule.seed, step))
        passed = (step - 1) / schedule.steps
        side = next(pixels for until, pixels in round_.sides if passed <= until)
        pictures = augment(images[index].float() / 255, round_.field, side, generator, round_.covered)
        kept, partner = torch.ones(len(index)), torch.arange(len(index))
        if rng.random() < round_.mixed:
            kept = torch.from_numpy(rng.beta(0.4, 0.4, len(index))).float()
            partner = torch.from_numpy(rng.permutation(len(index)))
            share = kept[:, None, None]
            pictures = share * pictures + (1 - share) * pictures[partner]
        # The first opinions replace the labels; where others' were given, they are kept.
        memory = 0.0 if opinions is None and step <= per_epoch else round_.own_memory
        return Batch(
            images=pictures,
            index=index,
            other=index[partner],
            kept=kept,
            passed=torch.full((len(index),), passed),
            memory=torch.full((len(index),), memory),
        )

    def loss(network: FaceNet, batch: Batch) -> tuple[Tensor, float]:
        rise = 1.0 if opinions is not None else _rise(float(batch.passed[0]))
        share = round_.own_share * rise
        first, second = ((1 - share) * hard[rows] + share * own[rows] for rows in (batch.index, batch.other))
        kept = batch.kept[:, None]
        target = kept * first + (1 - kept) * second
        target = (1 - round_.smoothing) * target + round_.smoothing / N_CLASSES
        log_probabilities = network(batch.images)
        said = log_probabilities.detach().exp().cpu()
        # A blended picture tells nothing of what the network thinks of either.
        pure = batch.kept.cpu() > PURE
        rows, memory = batch.index.cpu()[pure], batch.memory.cpu()[pure][:, None]
        own[rows] = memory * own[rows] + (1 - memory) * said[pure]
        costs = -(target.to(log_probabilities.device) * log_probabilities).sum(dim=1)
        return costs.mean(), float(len(target))

    def score(averaged: FaceNet) -> dict[str, float]:
        with torch.autocast("cpu", torch.bfloat16):
            said = average_probabilities(averaged, validation.images, n_views=1)
        right, cost = (
            float(right_of_three(said, validation.labels).mean()),
            nll(said, validation.labels),
        )
        # A tenth of the cross-entropy breaks ties between epochs of nearly the same accuracy.
        return {"cost": 0.1 * cost - right, "accuracy": right, "nats": cost}

    return Objective(
        model=use_channels_last(model),
        draw=draw,
        loss=loss,
        score=score,
        keep="cost",
        score_from=round_.scored_from,
        optimizers=lambda network: make_optimizers(network, round_, schedule),
        state={"own": own},
    )


def augment(
    images: Tensor, field: int, side: int, generator: torch.Generator, covered: float = 0.2
) -> Tensor:
    """Turn, scale, shift, mirror, light and cover every picture at random.

    Parameters
    ----------
    images : Tensor of float, shape=(B, H, W)
        Gray values, white is 1.
    field : int
        Pixels of the picture's side that are seen, before scaling.
    side : int
        Pixels a side of what comes out.
    generator : torch.Generator
    covered : float
        Share of the pictures of which a rectangle is grayed out.

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
    return _cover(lit, generator, covered)


def _cover(images: Tensor, generator: torch.Generator, share: float) -> Tensor:
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


def _rise(passed: float) -> float:
    """Weight of the network's own predictions as targets: 0 in the first quarter, then rising."""
    return min(1.0, max(0.0, passed / 0.75 - 1 / 3))


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


def make_optimizers(model: nn.Module, round_: Round, schedule: Schedule) -> Sequence[torch.optim.Optimizer]:
    """One for the convolutions and one for the rest; both follow one schedule."""
    turned = [p for p in model.parameters() if p.ndim == 4]
    others = decay_groups((p for p in model.parameters() if p.ndim != 4), schedule.weight_decay)
    return (
        Turning(turned, turn=round_.turn, momentum=round_.momentum),
        torch.optim.AdamW(others, lr=schedule.learning_rate, betas=schedule.betas),
    )
