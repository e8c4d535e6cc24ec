"""Logistic regression of musical style on deviations of cepstral coefficients: fitting, and judging unheard artists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray
from core.audioviz.style import StyleConfig, StyleRegression, measure_deviations
from training.audioviz.style_folds import Labeled
from training.audioviz.style_scores import find_members

REGRESSION = "deviations of 20 MFCCs, C 0.1"  # its name among the candidates
IMPOSSIBLE = -30.0  # the constant of a style that a member has no clip of


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the recipe says.

    Attributes
    ----------
    n_features : int
        Cepstral coefficients whose deviations are read.
    c : float
        Inverse strength of the penalty on the weights (scikit-learn's C).
    """

    n_features: int = 20
    c: float = 0.1


def fit_regression(
    labeled: Labeled, folds: Sequence[Sequence[str]], options: Options = Options()
) -> StyleRegression:
    """Balanced logistic regression on the deviations of each clip, a member a fold.

    Parameters
    ----------
    labeled : Labeled
    folds : sequence of sequence of str
        Artists that each member does not hear.
    options : Options
    """
    x = measure_clips(labeled, options.n_features)
    members = [
        fit_logistic(x[~held], labeled.labels[~held], len(labeled.styles), options.c)
        for held in (labeled.by(fold) for fold in folds)
    ]
    config = StyleConfig(n_features=options.n_features, n_styles=len(labeled.styles), n_members=len(members))
    tensors = {
        "weight": np.array([weight for weight, _ in members], dtype=np.float32),
        "bias": np.array([bias for _, bias in members], dtype=np.float32),
    }
    return StyleRegression(config, tensors, tuple(labeled.styles))


def fit_logistic(x: FloatArray, labels: IntArray, n_styles: int, c: float) -> tuple[FloatArray, FloatArray]:
    """Balanced logistic regression: weights (n_styles, n_features) and constants of the features without scaling."""
    from sklearn.linear_model import LogisticRegression

    weight, bias = np.zeros((n_styles, x.shape[1])), np.full(n_styles, IMPOSSIBLE)
    if len(np.unique(labels)) == 1:
        bias[labels[0]] = 0.0
        return weight, bias
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    fitted = LogisticRegression(C=c, class_weight="balanced", max_iter=3_000).fit(
        (x - mean) / deviation, labels
    )
    rows = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]
    weight[rows] = fitted.coef_ / deviation
    bias[rows] = fitted.intercept_ - fitted.coef_ @ (mean / deviation)
    if len(fitted.classes_) == 2:
        bias[fitted.classes_[0]] = 0.0
    return weight, bias


def measure_clips(labeled: Labeled, n_features: int) -> FloatArray:
    """The deviations of each clip, (n_clips, n_features)."""
    return np.array([measure_deviations(mel, n_features) for mel in labeled.prepared.mels], dtype=np.float64)


def judge_clips(
    model: StyleRegression, labeled: Labeled, folds: Sequence[Sequence[str]], *, everyone: bool = False
) -> FloatArray:
    """Log-probabilities of each clip, (n_clips, n_styles), by members that never heard its artist (or by all)."""
    x = measure_clips(labeled, model.config.n_features)
    every = tuple(range(len(folds)))
    rows = [
        model.judge(row[None], every if everyone else find_members(artist, folds))[0]
        for row, artist in zip(x, labeled.artists, strict=True)
    ]
    return np.asarray(np.log(np.maximum(np.array(rows), 1e-30)))
