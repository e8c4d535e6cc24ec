"""Train Audio Viz's style networks: members that each never hear some of the artists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.arrays import FloatArray
from core.audioviz.config import StyleNetConfig
from core.audioviz.model import StyleMember, StyleNet
from core.nn.card import Card
from training.audioviz.augmentation import color, cover
from training.audioviz.autoencoder_train import set_range
from training.audioviz.cepstral_regression import fit_regression
from training.audioviz.cepstral_regression import judge_clips as judge_by_regression
from training.audioviz.collection import LIMITS, USE, read_collection
from training.audioviz.prepare import clip_windows, draw_windows
from training.audioviz.style_folds import BY_ARTIST, Labeled, artist_folds, find_labeled
from training.audioviz.style_scores import find_members, style_block
from training.loop import Objective, step_rng, with_seed
from training.optimization import use_channels_last
from training.recipe import Schedule
from training.run import Run


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the recipe says besides the schedule.

    Attributes
    ----------
    smoothing : float
        Share of a label that is spread over all styles.
    mixup : float
        Parameter of the beta distribution by which two windows are mixed (Zhang et al. 2018); 0 for none.
    masked_bands, masked_frames : int
        At most so many are covered (SpecAugment, Park et al. 2019).
    shifted : int
        Bands by which a window is moved up or down at most.
    """

    smoothing: float = 0.1
    mixup: float = 0.3
    masked_bands: int = 12
    masked_frames: int = 24
    shifted: int = 4


def train(run: Run) -> Card:
    """Train the members of one style network by its recipe, and write its pair."""
    labeled = find_labeled(read_collection(run))
    schedule, options = run.recipe.fitting, run.read_options(Options)
    folds = artist_folds(labeled)
    config = StyleNetConfig(**run.model_settings, n_styles=len(labeled.styles), n_members=len(folds))
    model = StyleNet(config)
    for k, fold in enumerate(folds):
        own = with_seed(schedule, schedule.seed + k)
        objective = make_objective(labeled.without(fold), config, own, options)
        fitted = run.fit(objective, label=f"member {k + 1}", schedule=own)
        model.members[k].load_state_dict(fitted.model.state_dict())
    model = set_range(model.eval(), labeled.prepared)
    model = model.half().float()  # scored is what will be loaded
    regression = judge_by_regression(fit_regression(labeled, folds), labeled, folds)
    metrics = {"artist-disjoint": style_block(judge_clips(model, labeled, folds), regression, labeled)}
    [name] = run.folders
    return run.export(
        model.half(),
        vocabulary=labeled.styles,
        pieces={name: {"train": len(labeled)}},
        split=BY_ARTIST,
        training_more={"held_out_artists": folds},
        metrics=metrics,
        intended_use=USE,
        limits=f"{LIMITS} Each style is represented by few artists, some by only two.",
    )


def make_objective(
    labeled: Labeled, config: StyleNetConfig, schedule: Schedule, options: Options
) -> Objective[StyleMember, tuple[Tensor, Tensor]]:
    """One member as it begins, its batches and its loss; nothing is chosen while it is trained.

    Every style is drawn equally often, and within a style every artist, lest the one with the most clips stand for it.

    Parameters
    ----------
    labeled : Labeled
        Without the artists that the member is not to hear.
    config, schedule, options
    """
    torch.manual_seed(schedule.seed)
    weights = balance_clips(labeled)

    def draw(step: int) -> tuple[Tensor, Tensor]:
        rng = step_rng(schedule.seed, step)
        windows, clips = draw_windows(labeled.prepared, schedule.batch_size, rng, weights)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        x = color(torch.from_numpy(windows), options.shifted, generator)
        x = cover(x, options.masked_bands, options.masked_frames, generator)
        target = torch.nn.functional.one_hot(torch.from_numpy(labeled.labels[clips]), config.n_styles).float()
        target = target * (1 - options.smoothing) + options.smoothing / config.n_styles
        if options.mixup > 0:
            share = float(rng.beta(options.mixup, options.mixup))
            other = torch.randperm(len(x), generator=generator)
            x, target = share * x + (1 - share) * x[other], share * target + (1 - share) * target[other]
        return x, target

    def loss(model: StyleMember, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        x, target = batch
        return -(target * torch.log_softmax(model(x).float(), dim=1)).sum(dim=1).mean(), len(x)

    return Objective(model=use_channels_last(StyleMember(config)), draw=draw, loss=loss)


def balance_clips(labeled: Labeled) -> FloatArray:
    """A weight a clip: styles equal; within a style, artists by the root of their number of clips."""
    weights, artists = np.zeros(len(labeled)), np.array(labeled.artists)
    for style in np.unique(labeled.labels):
        inside = labeled.labels == style
        names, counts = np.unique(artists[inside], return_counts=True)
        roots = dict(zip(names, np.sqrt(counts) / counts, strict=True))
        weights[inside] = [roots[name] for name in artists[inside]]
        weights[inside] /= weights[inside].sum()
    return weights


def judge_clips(
    model: StyleNet, labeled: Labeled, folds: Sequence[Sequence[str]], *, everyone: bool = False
) -> FloatArray:
    """Log-probabilities of each clip, (n_clips, n_styles), by members that never heard its artist (or by all).

    They are the mean over the clip's windows, five in two seconds.
    """
    rows = []
    every = tuple(range(len(folds)))
    with torch.inference_mode():
        for artist, mel in zip(labeled.artists, labeled.prepared.mels, strict=True):
            members = every if everyone else find_members(artist, folds)
            said = model.log_probabilities(torch.from_numpy(clip_windows(mel, 8)), members)
            rows.append(said.mean(dim=0).numpy())
    return np.array(rows, dtype=np.float64)
