"""Fit Audio Viz's autoencoders and style networks: augmentation, steps, checkpoints from which a training goes on."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.arrays import Float32Array, FloatArray, IntArray
from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from core.audioviz.model import Autoencoder, StyleMember
from training.audioviz.prepare import Prepared, batches, clip_windows
from training.optimization import Clock, WeightAverage, decay_groups, descend, set_rate, use_channels_last

Log = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an autoencoder is trained."""

    minutes: float = 8.5  # of wall clock; the learning rate follows the share that has passed
    n_steps: int | None = None  # instead of the minutes, for a result that no clock has a part in
    batch_size: int = 64
    learning_rate: float = 3e-3  # at the peak
    weight_decay: float = 0.02  # of matrices
    warm_up: float = 0.05  # share of the training in which the learning rate rises
    averaging: float = 0.998  # a step's memory of the averaged weights
    correlation: float = 2e-3  # weight of the squared correlations between the ten numbers
    code_noise: float = 0.03  # deviation of the noise on each number, whose own deviation is 1
    mixed: float = 0.05  # share of windows in which a second one sounds as well
    shifted: int = 1  # bands by which a window is moved up or down at most
    seed: int = 1
    check_every: int = 200  # steps between checkpoints


@dataclass(frozen=True, kw_only=True)
class StyleRecipe:
    """How one member of a style network is trained.

    Few steps: with more of them the training artists are known better and new ones worse.
    """

    minutes: float = 2.0
    n_steps: int | None = 130
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warm_up: float = 0.1
    averaging: float = 0.995
    smoothing: float = 0.1  # share of a label that is spread over all styles
    mixup: float = (
        0.3  # parameter of the beta distribution by which two windows are mixed (Zhang et al. 2018)
    )
    masked_bands: int = 12  # SpecAugment (Park et al. 2019): at most so many bands
    masked_frames: int = 24  # and frames are covered
    shifted: int = 4
    seed: int = 1
    check_every: int = 200


# Augmentation, on the networks' own scale, where 1 is 70 dB.


def color(windows: Tensor, shifted: int, generator: torch.Generator) -> Tensor:
    """Another gain, another tilt of the spectrum, another pitch, as other recordings have them."""
    n, bands, _ = windows.shape
    gain = torch.randn(n, 1, 1, generator=generator) * 0.04
    tilt = torch.randn(n, 1, 1, generator=generator) * 0.06 * torch.linspace(-1, 1, bands)[:, None]
    moves = torch.randint(-shifted, shifted + 1, (n, 1), generator=generator)
    places = (torch.arange(bands) + moves).clamp(0, bands - 1)
    moved = windows.gather(1, places[:, :, None].expand_as(windows))
    # What is silent stays silent, whatever the gain.
    return ((moved + gain + tilt) * (moved > 0)).clamp(0, 1)


def mix_in(windows: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some windows with a second one sounding as well: of two levels in dB, the larger one is nearly their sum."""
    n = len(windows)
    other = windows[torch.randperm(n, generator=generator)]
    softer = torch.rand(n, 1, 1, generator=generator) * 0.2
    mixed = torch.maximum(windows, other - softer)
    chosen = torch.rand(n, 1, 1, generator=generator) < share
    return torch.where(chosen, mixed, windows)


def cover(windows: Tensor, bands: int, frames: int, generator: torch.Generator) -> Tensor:
    """A stretch of bands and one of frames replaced by the window's mean (SpecAugment)."""
    n, n_bands, n_frames = windows.shape
    mean = windows.mean(dim=(1, 2), keepdim=True)

    def stretch(most: int, size: int) -> Tensor:
        length = torch.randint(0, most + 1, (n, 1), generator=generator)
        start = (torch.rand(n, 1, generator=generator) * (size - length + 1)).long()
        place = torch.arange(size)
        return (place >= start) & (place < start + length)

    hidden = stretch(bands, n_bands)[:, :, None] | stretch(frames, n_frames)[:, None, :]
    return torch.where(hidden, mean, windows)


# A training that can be stopped.


class Course:
    """Steps, learning rate, averaged weights and checkpoints of one training.

    The checkpoint is a file that is replaced at once: weights, averaged weights and moments of Adam; steps and minutes
    in its header.
    """

    def __init__(
        self, model: nn.Module, recipe: Recipe | StyleRecipe, checkpoint: Path | None, log: Log
    ) -> None:
        self.model, self.recipe, self.checkpoint, self.log = model, recipe, checkpoint, log
        groups = decay_groups(model.parameters(), recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98))
        self.average = WeightAverage(model, recipe.averaging)
        self.minutes = 0.0
        self._restore()
        self._clock = Clock(recipe.minutes, recipe.n_steps, passed_minutes=self.minutes)

    @property
    def step(self) -> int:
        """How many steps were taken."""
        return self.average.n_steps

    @property
    def share(self) -> float:
        """Share of the training that is done, 0 to 1."""
        return self._clock.share(self.step)

    def descend(self, loss: Tensor) -> None:
        """One optimizer step."""
        share, warm_up = self.share, self.recipe.warm_up
        rate = share / warm_up if share < warm_up else 0.5 * (1 + math.cos(math.pi * share)) + 0.01
        set_rate(self.optimizer, self.recipe.learning_rate * max(rate, 0.01))
        descend(self.model, self.optimizer, loss)
        self.average.update(self.model)
        if self.step % self.recipe.check_every == 0:
            self.save()

    def save(self) -> None:
        """Write the checkpoint."""
        self.minutes = self._clock.minutes
        if self.checkpoint is None:
            return
        groups = {"model": self.model.state_dict(), "averaged": self.average.model.state_dict()}
        groups |= {f"adam.{i}": state for i, state in self.optimizer.state_dict()["state"].items()}
        tensors = {
            f"{group}.{key}": value.contiguous()
            for group, values in groups.items()
            for key, value in values.items()
        }
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        part = self.checkpoint.with_suffix(".part")
        about = {
            "step": str(self.step),
            "minutes": str(self.minutes),
            "recipe": json.dumps(dataclasses.asdict(self.recipe)),
        }
        save_file(tensors, part, metadata=about)
        part.replace(self.checkpoint)

    def _restore(self) -> None:
        if self.checkpoint is None or not self.checkpoint.is_file():
            return
        with safe_open(self.checkpoint, "pt") as opened:
            about = opened.metadata()
        tensors = load_file(self.checkpoint)
        self.model.load_state_dict(_under(tensors, "model."))
        self.average.model.load_state_dict(_under(tensors, "averaged."))
        state = self.optimizer.state_dict()
        for name, value in _under(tensors, "adam.").items():
            i, _, key = name.partition(".")
            state["state"].setdefault(int(i), {})[key] = value
        self.optimizer.load_state_dict(state)
        self.average.n_steps, self.minutes = int(about["step"]), float(about["minutes"])
        self.log(f"goes on from step {self.step}")

    def finish(self) -> None:
        """Give the model its averaged weights, and put it into evaluation mode."""
        self.save()
        self.model.load_state_dict(self.average.model.state_dict())
        self.model.eval()


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


# Autoencoders.


def fit_autoencoder(
    train: Prepared,
    validation: Prepared,
    config: AutoencoderConfig,
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    log: Log = print,
) -> tuple[Autoencoder, Course]:
    """Train an autoencoder and set its numbers' scale.

    Parameters
    ----------
    train, validation : Prepared
    config, recipe
    checkpoint : Path, optional
        Where to go on from, and what is written every `recipe.check_every` steps.
    log : callable

    Returns
    -------
    (Autoencoder, Course)
    """
    torch.manual_seed(recipe.seed)
    model = use_channels_last(Autoencoder(config))
    if config.variant == "skip":
        # Begun as principal components, the straight paths won at once and the others learned little beside them.
        nn.init.normal_(model.straight_in.weight, std=0.002)
        nn.init.zeros_(model.straight_out.weight)
        nn.init.zeros_(model.straight_out.bias)
    course = Course(model, recipe, checkpoint, log)
    rng = np.random.default_rng((recipe.seed, course.step))
    generator = torch.Generator().manual_seed(recipe.seed + course.step)
    source = batches(train, recipe.batch_size, rng)
    held = torch.from_numpy(sample_windows(validation, 1_000))
    model.train()
    while course.share < 1:
        x = color(torch.from_numpy(next(source)[0]), recipe.shifted, generator)
        x = mix_in(x, recipe.mixed, generator)
        with torch.autocast("cpu", torch.bfloat16):
            codes = model.codes(x)
            noisy = codes + recipe.code_noise * torch.randn(codes.shape, generator=generator)
            rebuilt = model.decode(noisy)
        correlation = codes.T @ codes / len(codes)
        off = correlation - torch.diag(torch.diag(correlation))
        loss = ((rebuilt.float() - x) ** 2).mean() * 100 + recipe.correlation * 100 * (off**2).sum() / len(
            off
        )
        course.descend(loss)
        if course.step % 400 == 0:
            log(
                f"{config.variant} step {course.step} share {course.share:.2f} loss {loss.item():.4f} held {_error(model, held):.5f}"
            )
            model.train()
    course.finish()
    low, high = code_range(model, train)
    model.config = dataclasses.replace(config, low=tuple(low.tolist()), high=tuple(high.tolist()))
    return model, course


def principal_directions(windows: Float32Array, n: int) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Mean (d,), the first directions of largest variance (n, d) and the deviation along each (n,)."""
    from sklearn.utils.extmath import randomized_svd

    rows = windows.reshape(len(windows), -1)
    mean = rows.mean(axis=0)
    _, values, directions = randomized_svd(rows - mean, n, n_iter=6, random_state=0)
    return mean, directions.astype(np.float32), (values / np.sqrt(len(rows))).astype(np.float32)


def sample_windows(prepared: Prepared, n: int, seed: int = 0) -> Float32Array:
    """Windows at random places, the same for a seed."""
    return next(batches(prepared, n, np.random.default_rng(seed)))[0]


def _error(model: Autoencoder, held: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        return float(((model(held)[1] - held) ** 2).mean())


class Encoder(Protocol):
    """A network that gives numbers for windows."""

    @property
    def config(self) -> Any:
        """Its sizes, with ``low`` and ``high`` of each number."""
        ...

    def codes(self, windows: Tensor) -> Tensor:
        """(B, 64, 96) -> (B, n_codes)."""
        ...


def code_range(model: Encoder, prepared: Prepared, n: int = 4_000) -> tuple[FloatArray, FloatArray]:
    """Percentiles .5 and 99.5 of each number over windows of the training part, to three decimals."""
    with torch.inference_mode():
        windows = torch.from_numpy(sample_windows(prepared, n, seed=7))
        codes = torch.cat([model.codes(part) for part in torch.split(windows, 256)]).numpy()
    low, high = np.percentile(codes.astype(np.float64), [0.5, 99.5], axis=0)
    return np.round(low, 3), np.round(high, 3)


# Style networks.


def fit_member(
    train: Prepared,
    labels: IntArray,
    config: StyleNetConfig,
    recipe: StyleRecipe,
    *,
    checkpoint: Path | None = None,
    log: Log = print,
    watch: tuple[Prepared, IntArray] | None = None,
) -> tuple[StyleMember, Course]:
    """Train one style network on clips with labels.

    Every style is drawn equally often, and within a style every artist, lest the one with the most clips stand for it.

    Parameters
    ----------
    train : Prepared
    labels : ndarray of int64, shape=(len(train),)
    config, recipe
    checkpoint, log
    watch : (Prepared, ndarray), optional
        Clips whose accuracy is logged; nothing is chosen by it.

    Returns
    -------
    (StyleMember, Course)
    """
    torch.manual_seed(recipe.seed)
    model = use_channels_last(StyleMember(config))
    course = Course(model, recipe, checkpoint, log)
    rng = np.random.default_rng((recipe.seed, course.step))
    generator = torch.Generator().manual_seed(recipe.seed + course.step)
    source = batches(train, recipe.batch_size, rng, balance_clips(train, labels))
    model.train()
    while course.share < 1:
        windows, clips = next(source)
        x = cover(
            color(torch.from_numpy(windows), recipe.shifted, generator),
            recipe.masked_bands,
            recipe.masked_frames,
            generator,
        )
        target = torch.nn.functional.one_hot(torch.from_numpy(labels[clips]), config.n_styles).float()
        target = target * (1 - recipe.smoothing) + recipe.smoothing / config.n_styles
        if recipe.mixup > 0:
            share = float(rng.beta(recipe.mixup, recipe.mixup))
            other = torch.randperm(len(x), generator=generator)
            x, target = share * x + (1 - share) * x[other], share * target + (1 - share) * target[other]
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        loss = -(target * torch.log_softmax(logits.float(), dim=1)).sum(dim=1).mean()
        course.descend(loss)
        if course.step % 200 == 0:
            seen = ""
            if watch is not None:
                seen = f" watched {(clip_log_probabilities(model.eval(), watch[0]).argmax(axis=1) == watch[1]).mean():.3f}"
                model.train()
            log(f"{config.variant} step {course.step} share {course.share:.2f} loss {loss.item():.4f}{seen}")
    course.finish()
    return model, course


def balance_clips(prepared: Prepared, labels: IntArray) -> FloatArray:
    """A weight a clip: styles equal; within a style, artists by the root of their number of clips."""
    artists = np.array([clip.artist for clip in prepared.clips])
    weights = np.zeros(len(labels))
    for style in np.unique(labels):
        inside = labels == style
        names, counts = np.unique(artists[inside], return_counts=True)
        roots = dict(zip(names, np.sqrt(counts) / counts, strict=True))
        weights[inside] = [roots[name] for name in artists[inside]]
        weights[inside] /= weights[inside].sum()
    return weights


def clip_log_probabilities(model: nn.Module, prepared: Prepared, every: int = 10) -> FloatArray:
    """Mean log-probability of each clip's windows, (n_clips, n_styles)."""
    rows = []
    with torch.inference_mode():
        for mel in prepared.mels:
            windows = torch.from_numpy(clip_windows(mel, every))
            rows.append(torch.log_softmax(model(windows), dim=1).mean(dim=0).numpy())
    return np.array(rows, dtype=np.float64)
