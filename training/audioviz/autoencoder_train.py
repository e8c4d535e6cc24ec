"""Train Audio Viz's autoencoders: reconstruct augmented windows through ten noisy, decorrelated numbers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import FloatArray
from core.audioviz.config import AutoencoderConfig
from core.audioviz.model import Autoencoder
from core.nn.card import Card
from training.audioviz import scores
from training.audioviz.augmentation import color, mix_in
from training.audioviz.collection import BY_TRACK, LIMITS, USE, count_parts, fit_pca, read_parts
from training.audioviz.prepare import Prepared, draw_windows, sample_windows
from training.export import to_half
from training.loop import Objective, step_rng
from training.optimization import use_channels_last
from training.recipe import Schedule
from training.run import Run

N_SCORED = 1_000  # windows of the validation part
LEAST_RANGE = 0.01  # of a number: what moves less is at rest
N_RANGE = 4_000  # windows of the training part from which the numbers' range is taken


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the recipe says besides the schedule.

    Attributes
    ----------
    correlation : float
        Weight of the squared correlations between the ten numbers.
    code_noise : float
        Deviation of the noise on each number, whose own deviation is 1.
    mixed : float
        Share of windows in which a second one sounds as well.
    shifted : int
        Bands by which a window is moved up or down at most.
    """

    correlation: float = 2e-3
    code_noise: float = 0.03
    mixed: float = 0.05
    shifted: int = 1


def train(run: Run) -> Card:
    """Train one autoencoder by its recipe and write its pair."""
    parts, schedule = read_parts(run), run.recipe.fitting
    objective = make_objective(
        parts["train"],
        parts["validation"],
        AutoencoderConfig(**run.model_settings),
        schedule,
        run.read_options(Options),
    )
    model = set_range(run.fit(objective, label="autoencoder").model, parts["train"])
    model = to_half(model).float()  # scored is what will be loaded
    pca = fit_pca(parts["train"])
    metrics = {
        name: scores.autoencoder_figures(model, scores.errors(pca, parts[name]), parts[name])
        for name in ("validation", "test")
    }
    return run.export(
        to_half(model),
        pieces=count_parts(run, parts),
        split=BY_TRACK,
        metrics=metrics,
        intended_use=USE,
        limits=LIMITS,
    )


def make_objective(
    train: Prepared, validation: Prepared, config: AutoencoderConfig, schedule: Schedule, options: Options
) -> Objective[Autoencoder, tuple[Tensor, Tensor]]:
    """The network as it begins, its batches and its loss.

    Parameters
    ----------
    train, validation : Prepared
    config, schedule, options
    """
    torch.manual_seed(schedule.seed)
    model = use_channels_last(Autoencoder(config))
    if config.variant == "skip":
        # Begun as principal components, the straight paths won at once and the others learned little beside them.
        nn.init.normal_(model.straight_in.weight, std=0.002)
        nn.init.zeros_(model.straight_out.weight)
        nn.init.zeros_(model.straight_out.bias)
    held = torch.from_numpy(sample_windows(validation, N_SCORED))

    def draw(step: int) -> tuple[Tensor, Tensor]:
        rng = step_rng(schedule.seed, step)
        windows, _ = draw_windows(train, schedule.batch_size, rng)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        x = mix_in(color(torch.from_numpy(windows), options.shifted, generator), options.mixed, generator)
        return x, options.code_noise * torch.randn(len(x), config.n_codes, generator=generator)

    def loss(model: Autoencoder, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        x, noise = batch
        codes = model.codes(x)
        rebuilt = model.decode(codes + noise)
        # Products of single numbers and not of matrices, which would be computed in half the bits.
        correlation = (codes[:, :, None] * codes[:, None, :]).mean(dim=0)
        off = correlation - torch.diag(torch.diag(correlation))
        squared = options.correlation * (off**2).sum() / len(off)
        return 100 * (((rebuilt.float() - x) ** 2).mean() + squared), len(x)

    return Objective(
        model=model, draw=draw, loss=loss, score=lambda model: {"error": _error(model, held)}, keep="error"
    )


def _error(model: Autoencoder, held: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        squares = [((model(part)[1] - part) ** 2).mean() for part in torch.split(held, 125)]
    return float(torch.stack(squares).mean())


def set_range(model: Any, prepared: Prepared) -> Any:
    """The same network with what counts as 0 and as 1 of each number."""
    low, high = measure_range(model, prepared)
    model.config = dataclasses.replace(model.config, low=tuple(low.tolist()), high=tuple(high.tolist()))
    return model


def measure_range(
    model: scores.Encoder, prepared: Prepared, n: int = N_RANGE
) -> tuple[FloatArray, FloatArray]:
    """Percentiles .5 and 99.5 of each number over windows of the training part, to three decimals."""
    with torch.inference_mode():
        windows = torch.from_numpy(sample_windows(prepared, n, seed=7))
        codes = torch.cat([model.codes(part) for part in torch.split(windows, 256)]).numpy()
    low, high = np.percentile(codes.astype(np.float64), [0.5, 99.5], axis=0)
    return np.round(low, 3), np.round(np.maximum(high, low + LEAST_RANGE), 3)
