"""Fit the forecasting network of Extrapolate: windows, augmentation, loss, weight averaging."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.arrays import Float32Array
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.model import ExtrapolateNet
from core.extrapolate.second_features import GROUPS, QUARTERS
from training.optimization import BestWeights, Clock, WeightAverage, descend

Batch = tuple[Tensor, Tensor, Tensor]

MIN_CONTEXT = 6


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained."""

    config: ExtrapolateConfig = field(default_factory=ExtrapolateConfig)
    n_steps: int = 1500
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warm_up: float = 0.05
    # Shares of a batch's windows from rendered pieces, and of windows read backwards.
    midi_share: float = 0.25
    backward_share: float = 0.4
    # Share of batches with a shorter context, and of those fed with the truth instead of what was said.
    short_share: float = 0.3
    truth_share: float = 0.5
    # Weight of the distance of what is expected beside the likelihood, both a second.
    distance_weight: float = 6.0
    averaging: float = 0.998
    score_every: int = 100
    seed: int = 0

    @classmethod
    def tiny(cls) -> Recipe:
        """A training for tests."""
        return cls(config=ExtrapolateConfig.tiny(), n_steps=4, batch_size=4, score_every=2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences:
    """Sounds as seconds that begin every quarter of a second, (n, n_features) each, all of one split."""

    clips: list[Float32Array]
    midi: list[Float32Array]


def feature_weights() -> Tensor:
    """How much each column counts in a distance: the groups alike, shape=(n_features,)."""
    weights = torch.empty(sum(part.stop - part.start for part in GROUPS.values()))
    for part in GROUPS.values():
        weights[part] = 1 / (part.stop - part.start) / len(GROUPS)
    return weights


def distance(said: Tensor, truth: Tensor, spread: Tensor) -> Tensor:
    """Weighted Euclidean distance of vectors in units of their usual spread, (..., D) -> (...)."""
    return ((((said - truth) / spread).square() * feature_weights()).sum(dim=-1) + 1e-8).sqrt()


class Windows:
    """Draws windows of context and horizon from sequences.

    Parameters
    ----------
    sequences : Sequences
    recipe : Recipe
    """

    def __init__(self, sequences: Sequences, recipe: Recipe) -> None:
        self.recipe = recipe
        shortest = QUARTERS * (recipe.config.n_horizon + MIN_CONTEXT)
        self.groups = [
            [x for x in group if len(x) >= shortest] for group in (sequences.clips, sequences.midi)
        ]
        # A long track counts more than a short one, but not in full: there are more tracks to be learned from.
        self.chances = [np.array([len(x) for x in group], dtype=float) ** 0.5 for group in self.groups]

    def draw(self, rng: np.random.Generator, *, augment: bool = True) -> Batch:
        """Contexts of one length, what came next, and whether that is before."""
        recipe, config = self.recipe, self.recipe.config
        n_context = config.n_context
        if rng.random() < recipe.short_share:
            n_context = int(rng.integers(MIN_CONTEXT, config.n_context + 1))
        ways: list[Float32Array] = []
        flags: list[float] = []
        while len(ways) < recipe.batch_size:
            midi = len(self.groups[1]) > 0 and (rng.random() < recipe.midi_share or not self.groups[0])
            chances = self.chances[int(midi)]
            x = self.groups[int(midi)][int(rng.choice(len(chances), p=chances / chances.sum()))]
            lacking = window_size(n_context, config.n_horizon) - len(x)
            if lacking > 0:
                x = np.concatenate([x[1 : lacking + 1][::-1], x])  # too short: its beginning is mirrored
            if len(x) < window_size(n_context, config.n_horizon):
                continue
            start = int(rng.integers(0, len(x) - window_size(n_context, config.n_horizon) + 1))
            window = x[start : start + window_size(n_context, config.n_horizon)]
            backward = rng.random() < recipe.backward_share
            window = window[::-1] if backward else window
            ways.append(change(window, rng) if augment else window)
            flags.append(float(backward))
        return batch_of(ways, flags, n_context)


def window_size(n_context: int, n_horizon: int) -> int:
    """Places of a window of so many seconds."""
    return QUARTERS * (n_context + n_horizon - 1) + 1


def batch_of(windows: Sequence[Float32Array], flags: Sequence[float], n_context: int) -> Batch:
    """Cut windows: (B, 4 (T - 1) + 1, D) of context, (B, horizon, D) of whole seconds after it, (B,)."""
    stacked = torch.from_numpy(np.stack(windows).astype(np.float32))
    n_places = QUARTERS * (n_context - 1) + 1
    return stacked[:, :n_places], stacked[:, n_places + QUARTERS - 1 :: QUARTERS], torch.tensor(flags)


def change(window: Float32Array, rng: np.random.Generator) -> Float32Array:
    """Augmentation: transposed, louder or softer, brighter or duller."""
    window = window.copy()
    window[:, GROUPS["chroma"]] = np.roll(window[:, GROUPS["chroma"]], int(rng.integers(12)), axis=1)
    gain_db = rng.normal(0, 4.0)
    window[:, GROUPS["loudness"]] += gain_db
    timbre = GROUPS["timbre"]
    window[:, timbre.start] += gain_db * np.sqrt(80)
    window[:, timbre.start + 1 : timbre.start + 5] += rng.normal(0, 8.0, 4)
    return window


def fit(
    train: Sequences, validation: Sequences, recipe: Recipe
) -> tuple[ExtrapolateNet, list[dict[str, float]]]:
    """Train a network; the average of its weights that says the validation part best is kept.

    Parameters
    ----------
    train, validation : Sequences
    recipe : Recipe

    Returns
    -------
    ExtrapolateNet
    list of dict
        Step, distance of the network and of the context's mean on validation windows, seconds gone by.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    model = ExtrapolateNet(recipe.config)
    set_scales(model, [*train.clips, *train.midi])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        recipe.learning_rate,
        recipe.n_steps + 1,
        pct_start=max(recipe.warm_up, 2 / (recipe.n_steps + 1)),
    )
    windows, scored = (
        Windows(train, recipe),
        validation_batches(validation if validation.clips else train, recipe),
    )
    average, best = WeightAverage(model, recipe.averaging), BestWeights()
    history, clock = [], Clock(math.inf)
    for step in range(1, recipe.n_steps + 1):
        loss = _loss(model, windows.draw(rng), recipe, feed_truth=rng.random() < recipe.truth_share)
        descend(model, optimizer, loss)
        schedule.step()
        average.update(model)
        if step % recipe.score_every == 0 or step == recipe.n_steps:
            own, mean, nll = score(average.model, scored)
            history.append({"step": step, "distance": own, "mean": mean, "nll": nll, "sec": clock.seconds})
            best.offer(own, average.model, step)
    best.restore(model)
    return model.eval(), history


def _loss(model: ExtrapolateNet, batch: Batch, recipe: Recipe, *, feed_truth: bool) -> Tensor:
    context, truth, flags = batch
    norm = model.norm(context)
    wanted = ((truth - norm.mean[:, None]) / norm.spread[:, None]).clamp(-8, 8)
    u = (context - norm.mean[:, None]) / norm.spread[:, None]
    said, nll = model(u, model.side(norm, flags), wanted, feed_truth=feed_truth)
    said = said * norm.spread[:, None] + norm.mean[:, None]
    apart = distance(said, truth, model.usual_spread)
    loss: Tensor = nll.mean() / truth.shape[-1] + recipe.distance_weight * apart.mean()
    return loss


def set_scales(model: ExtrapolateNet, sequences: Sequence[Float32Array]) -> None:
    """Fill the network's buffers with mean and spread of all seconds and the spread within a sound."""
    every = np.concatenate(sequences)
    within = np.sqrt(np.mean([np.var(x, axis=0) for x in sequences if len(x) >= 8], axis=0))
    for buffer, value in (
        (model.usual_mean, every.mean(axis=0)),
        (model.usual_spread, every.std(axis=0) + 1e-3),
        (model.within, within + 1e-3),
    ):
        buffer.copy_(torch.from_numpy(np.asarray(value, dtype=np.float32)))


def validation_batches(validation: Sequences, recipe: Recipe) -> list[Batch]:
    """Windows of the validation clips at steps of five and a quarter seconds, forwards and backwards."""
    config = recipe.config
    size = window_size(config.n_context, config.n_horizon)
    ways, flags = [], []
    for x in validation.clips:
        for start in range(0, len(x) - size + 1, 5 * QUARTERS + 1):
            window = x[start : start + size]
            ways += [window, window[::-1]]
            flags += [0.0, 1.0]
    if not ways:
        return [Windows(validation, recipe).draw(np.random.default_rng(0), augment=False)]
    return [
        batch_of(ways[i : i + 256], flags[i : i + 256], config.n_context) for i in range(0, len(ways), 256)
    ]


@torch.inference_mode()
def score(model: ExtrapolateNet, batches: Sequence[Batch]) -> tuple[float, float, float]:
    """Mean distance of what is expected and of the context's mean from the truth, and nats a column."""
    own, mean, nats = [], [], []
    model.eval()
    for context, truth, flags in batches:
        norm = model.norm(context)
        side = model.side(norm, flags)
        u = (context - norm.mean[:, None]) / norm.spread[:, None]
        wanted = ((truth - norm.mean[:, None]) / norm.spread[:, None]).clamp(-8, 8)
        said, nll = model(u, side, wanted)
        said = said * norm.spread[:, None] + norm.mean[:, None]
        own.append(distance(said, truth, model.usual_spread).mean(dim=1))
        mean.append(distance(norm.mean[:, None].expand_as(truth), truth, model.usual_spread).mean(dim=1))
        nats.append(nll.mean(dim=1) / truth.shape[-1])
    means = [float(torch.cat(values).mean()) for values in (own, mean, nats)]
    return means[0], means[1], means[2]
