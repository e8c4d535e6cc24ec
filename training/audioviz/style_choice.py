"""Nested cross-validation by artist: what choosing among style models is worth on artists that no choice has seen.

In each outer fold, everything is chosen (features, strength of the penalty, architecture, ensemble) by cross-validation
among the other artists alone; the chosen model then judges the fold's clips once (Varma and Simon 2006).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.audioviz.config import StyleNetConfig
from core.audioviz.mel_windows import cepstrum
from core.audioviz.model import Autoencoder, StyleNet
from core.nn.weights import load
from training.audioviz import scores, style_train
from training.audioviz.cepstral_regression import REGRESSION, fit_logistic
from training.audioviz.style_folds import Labeled, artist_folds
from training.audioviz.style_scores import compare, mean_accuracies, style_block, style_figures
from training.loop import fit
from training.recipe import read_recipe, read_settings

N_INNER = 3
STRENGTHS = (0.003, 0.01, 0.03, 0.1)  # scikit-learn's C
N_FEATURES = (20, 40, 64)

# From masks of the clips that are learned from and of those that are judged, log-probabilities by candidate.
Judge = Callable[[BoolArray, BoolArray], dict[str, FloatArray]]


def choose_nested(labeled: Labeled, judge: Judge, baseline: str = REGRESSION) -> dict[str, Any]:
    """Figures of choosing among candidates, and of each candidate by plain cross-validation.

    Parameters
    ----------
    labeled : Labeled
    judge : callable
    baseline : str
        The candidate with which the others are compared.

    Returns
    -------
    dict
        As `style_block` gives it, of the choice; ``chosen`` in each outer fold; ``candidates``: figures of each, for which
        nothing was chosen in an inner fold.
    """
    chosen: list[str] = []
    nested = np.zeros((len(labeled), len(labeled.styles)))
    each: dict[str, FloatArray] = {}
    for fold in artist_folds(labeled):
        held = labeled.by(fold)
        ranked = _rank_inside(labeled, ~held, judge)
        chosen.append(max(ranked, key=ranked.__getitem__))
        for name, judged in judge(~held, held).items():
            each.setdefault(name, np.zeros_like(nested))[held] = judged
        nested[held] = each[chosen[-1]][held]
    truth, artists = labeled.labels, labeled.artists
    base = each[baseline].argmax(axis=1)
    return {
        **style_block(nested, each[baseline], labeled),
        "chosen": chosen,
        "candidates": {
            name: style_figures(truth, judged.argmax(axis=1), artists)
            | {"above_mfcc_regression": compare(truth, judged.argmax(axis=1), base, artists)}
            for name, judged in each.items()
        },
    }


def _rank_inside(labeled: Labeled, kept: BoolArray, judge: Judge) -> dict[str, float]:
    """Each candidate's mean of both accuracies, by cross-validation among the artists that are kept."""
    inner = labeled.take(kept)
    places = np.flatnonzero(kept)
    judged: dict[str, FloatArray] = {}
    for fold in artist_folds(inner, n=N_INNER):
        inside = inner.by(fold)
        learned, held = (np.zeros(len(labeled), dtype=bool) for _ in range(2))
        learned[places[~inside]], held[places[inside]] = True, True
        for name, rows in judge(learned, held).items():
            judged.setdefault(name, np.zeros((len(inner), len(labeled.styles))))[inside] = rows
    return {name: mean_accuracies(inner.labels, rows.argmax(axis=1)) for name, rows in judged.items()}


def make_judge(labeled: Labeled, *, with_networks: bool) -> Judge:
    """The candidates: regressions on several features; with networks also both of them, alone and with the regression."""
    features = _measure_features(labeled)

    def judge(learned: BoolArray, held: BoolArray) -> dict[str, FloatArray]:
        found = {
            f"{name}, C {c}": _judge_by_regression(rows, labeled, learned, held, c)
            for name, rows in features.items()
            for c in STRENGTHS
        }
        for variant in ("alexnet", "vgg") if with_networks else ():
            own = _judge_by_network(variant, labeled, learned, held)
            found |= {variant: own, f"{variant} and {REGRESSION}": own + found[REGRESSION]}
        return found

    return judge


def _measure_features(labeled: Labeled) -> Mapping[str, FloatArray]:
    """What the regressions read of each clip, by name, (n_clips, d) each."""
    coefficients = [cepstrum(np.asarray(mel, np.float32)) for mel in labeled.prepared.mels]
    mean = np.array([rows.mean(axis=0) for rows in coefficients], dtype=np.float64)
    deviation = np.array([rows.std(axis=0) for rows in coefficients], dtype=np.float64)
    codes = scores.scale_codes(load("audioviz_ae_normal", Autoencoder)[0], labeled.prepared)
    learned = [np.concatenate([rows.mean(axis=0), rows.std(axis=0)]) for rows in codes]
    return {
        **{f"deviations of {n} MFCCs": deviation[:, :n] for n in N_FEATURES},
        "means and deviations of 20 MFCCs": np.hstack([mean[:, :20], deviation[:, :20]]),
        "means and deviations of the autoencoder's features": np.array(learned, dtype=np.float64),
    }


def _judge_by_regression(
    rows: FloatArray, labeled: Labeled, learned: BoolArray, held: BoolArray, c: float
) -> FloatArray:
    weight, bias = fit_logistic(rows[learned], labeled.labels[learned], len(labeled.styles), c)
    logits = rows[held] @ weight.T + bias
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def _judge_by_network(variant: str, labeled: Labeled, learned: BoolArray, held: BoolArray) -> FloatArray:
    """One member by the variant's recipe, trained on these clips alone."""
    recipe = read_recipe(f"audioviz_{variant}")
    config = StyleNetConfig(**recipe.model_settings, n_styles=len(labeled.styles), n_members=1)
    schedule = dataclasses.replace(recipe.fitting, score_every=recipe.fitting.steps)
    options = read_settings(style_train.Options, recipe.options)
    model = StyleNet(config)
    objective = style_train.make_objective(labeled.take(learned), config, schedule, options)
    model.members[0].load_state_dict(fit(objective, schedule).model.state_dict())
    return style_train.judge_clips(model.eval(), labeled.take(held), [[]], everyone=True)
