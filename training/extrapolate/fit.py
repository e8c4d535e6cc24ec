"""Fit the forecasting network of Extrapolate: windows, augmentation, loss, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.arrays import Float32Array
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.model import ExtrapolateNet
from core.extrapolate.second_features import GROUPS, PLACES_A_SEC
from training.loop import step_rng

# Context, truth, and for each example whether it runs backwards and whether the network is fed with the truth.
Batch = tuple[Tensor, Tensor, Tensor, Tensor]

MIN_CONTEXT = 6
# Seconds between two windows of a validation clip: not whole ones.
VALIDATION_STEP = 5 * PLACES_A_SEC + PLACES_A_SEC // 4


@dataclass(frozen=True, kw_only=True)
class WindowOptions:
    """How windows are drawn and what the loss counts.

    Attributes
    ----------
    rendered_share, backward_share : float in [0, 1]
        Of a batch's windows, those from rendered scores, and those read backwards.
    short_share, truth_share : float in [0, 1]
        Of batches, those with a shorter context, and those fed with the truth instead of what was said.
    distance_weight : float > 0
        Of the distance of what is expected, beside the likelihood, both a second.
    likelihood_weight : float > 0
    """

    rendered_share: float = 0.25
    backward_share: float = 0.4
    short_share: float = 0.3
    truth_share: float = 0.5
    distance_weight: float = 6.0
    likelihood_weight: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences:
    """Sounds as seconds that begin every sixteenth of a second, (n, n_features) each, all of one split."""

    clips: list[Float32Array]
    rendered: list[Float32Array]


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
    config : ExtrapolateConfig
    options : WindowOptions
    batch_size, seed : int
    """

    def __init__(
        self,
        sequences: Sequences,
        config: ExtrapolateConfig,
        options: WindowOptions,
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        self.config, self.options, self.batch_size, self.seed = config, options, batch_size, seed
        shortest = PLACES_A_SEC * (config.n_horizon + MIN_CONTEXT)
        self.groups = [
            [x for x in group if len(x) >= shortest] for group in (sequences.clips, sequences.rendered)
        ]
        # A long track counts more than a short one, but not in full: there are more tracks to be learned from.
        roots = [np.array([len(x) for x in group], dtype=float) ** 0.5 for group in self.groups]
        self.chances = [chances / chances.sum() for chances in roots]

    def draw(self, step: int, *, augment: bool = True) -> Batch:
        """The windows of a step: contexts of one length, what came next, and whether that is before."""
        options, config, rng = self.options, self.config, step_rng(self.seed, step)
        n_context = config.n_context
        if rng.random() < options.short_share:
            n_context = int(rng.integers(MIN_CONTEXT, config.n_context + 1))
        is_fed = rng.random() < options.truth_share
        ways: list[Float32Array] = []
        flags: list[float] = []
        while len(ways) < self.batch_size:
            kind = int(bool(self.groups[1]) and (rng.random() < options.rendered_share or not self.groups[0]))
            x = self.groups[kind][int(rng.choice(len(self.groups[kind]), p=self.chances[kind]))]
            size = window_size(n_context, config.n_horizon)
            if size > len(x):
                x = np.concatenate(
                    [x[1 : size - len(x) + 1][::-1], x]
                )  # too short: its beginning is mirrored
            if len(x) < size:
                continue
            start = int(rng.integers(0, len(x) - size + 1))
            window = x[start : start + size]
            backward = rng.random() < options.backward_share
            window = window[::-1] if backward else window
            ways.append(change(window, rng) if augment else window)
            flags.append(float(backward))
        return batch_of(ways, flags, n_context, is_fed=is_fed)


def window_size(n_context: int, n_horizon: int) -> int:
    """Places of a window of so many seconds."""
    return PLACES_A_SEC * (n_context + n_horizon - 1) + 1


def batch_of(
    windows: Sequence[Float32Array], flags: Sequence[float], n_context: int, *, is_fed: bool = False
) -> Batch:
    """Cut windows: (B, 16 (T - 1) + 1, D) of context, (B, horizon, D) of whole seconds after it, (B,), (B,)."""
    stacked = torch.from_numpy(np.stack(windows).astype(np.float32))
    n_places = PLACES_A_SEC * (n_context - 1) + 1
    truth = stacked[:, n_places + PLACES_A_SEC - 1 :: PLACES_A_SEC]
    return stacked[:, :n_places], truth, torch.tensor(flags), torch.full((len(windows),), float(is_fed))


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


def compute_loss(model: ExtrapolateNet, batch: Batch, options: WindowOptions) -> tuple[Tensor, float]:
    """Negative log-likelihood and distance, weighted; and the number of windows."""
    context, truth, flags, is_fed = batch
    norm = model.norm(context)
    wanted = ((truth - norm.mean[:, None]) / norm.spread[:, None]).clamp(-8, 8)
    u = (context - norm.mean[:, None]) / norm.spread[:, None]
    said, nll = model(u, model.side(norm, flags), wanted, feed_truth=bool(is_fed[0]))
    said = said * norm.spread[:, None] + norm.mean[:, None]
    apart = distance(said, truth, model.usual_spread)
    loss: Tensor = (
        options.likelihood_weight * nll.mean() / truth.shape[-1] + options.distance_weight * apart.mean()
    )
    return loss, float(len(context))


def set_scales(model: ExtrapolateNet, sequences: Sequences) -> None:
    """Fill the network's buffers: mean and spread of all seconds of recordings, and spread within a sound.

    The spread is what distances are told in. It is of recordings alone, so that it stays the same however many scores
    are rendered.
    """
    every = np.concatenate([x[::PLACES_A_SEC] for x in sequences.clips or sequences.rendered])
    sounds = [*sequences.clips, *sequences.rendered]
    within = np.sqrt(np.mean([np.var(x, axis=0) for x in sounds if len(x) >= 2 * PLACES_A_SEC], axis=0))
    for buffer, value in (
        (model.usual_mean, every.mean(axis=0)),
        (model.usual_spread, every.std(axis=0) + 1e-3),
        (model.within, within + 1e-3),
    ):
        buffer.copy_(torch.from_numpy(np.asarray(value, dtype=np.float32)))


def validation_batches(sounds: Sequence[Float32Array], config: ExtrapolateConfig) -> list[Batch]:
    """Windows of the validation part at steps of five and a quarter seconds, forwards and backwards."""
    size = window_size(config.n_context, config.n_horizon)
    ways, flags = [], []
    for x in sounds:
        for start in range(0, len(x) - size + 1, VALIDATION_STEP):
            window = x[start : start + size]
            ways += [window, window[::-1]]
            flags += [0.0, 1.0]
    return [
        batch_of(ways[i : i + 256], flags[i : i + 256], config.n_context) for i in range(0, len(ways), 256)
    ]


@torch.inference_mode()
def score(model: ExtrapolateNet, batches: Sequence[Batch]) -> Mapping[str, float]:
    """Mean distance of what is expected and of the context's mean from the truth, and nats a column."""
    own, mean, nats = [], [], []
    model.eval()
    for context, truth, flags, _ in batches:
        norm = model.norm(context)
        side = model.side(norm, flags)
        u = (context - norm.mean[:, None]) / norm.spread[:, None]
        wanted = ((truth - norm.mean[:, None]) / norm.spread[:, None]).clamp(-8, 8)
        said, nll = model(u, side, wanted)
        said = said * norm.spread[:, None] + norm.mean[:, None]
        own.append(distance(said, truth, model.usual_spread).mean(dim=1))
        mean.append(distance(norm.mean[:, None].expand_as(truth), truth, model.usual_spread).mean(dim=1))
        nats.append(nll.mean(dim=1) / truth.shape[-1])
    values = (float(torch.cat(rows).mean()) for rows in (own, mean, nats))
    return dict(zip(("distance", "mean", "nll"), values, strict=True))
