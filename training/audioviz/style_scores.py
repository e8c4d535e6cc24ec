"""Scores of style models: accuracy by clip and by style, intervals over artists, differences from the regression."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.arrays import FloatArray, IntArray
from training.audioviz.style_folds import Labeled
from training.intervals import N_DRAWS, bootstrap_statistic, group_rows


def find_members(artist: str, folds: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Ensemble members trained without an artist; all of them for an unknown artist."""
    known = {name: k for k, fold in enumerate(folds) for name in fold}
    near = difflib.get_close_matches(artist, known, 1, 0.93)
    return (known[near[0]],) if near else tuple(range(len(folds)))


def accuracy(truth: IntArray, said: IntArray) -> float:
    """Share of clips that are named right."""
    return float((truth == said).mean())


def macro_accuracy(truth: IntArray, said: IntArray) -> float:
    """Mean over the styles that occur of the share of their clips that are named right."""
    return float(np.mean([(said[truth == style] == style).mean() for style in np.unique(truth)]))


FIGURES: dict[str, Callable[[IntArray, IntArray], float]] = {
    "accuracy": accuracy,
    "macro_accuracy": macro_accuracy,
}


def style_figures(truth: IntArray, said: IntArray, artists: Sequence[str]) -> dict[str, Any]:
    """Both figures, each with its interval over artists, who are drawn with replacement.

    Clips of one artist are alike: intervals over clips would be half as wide as they should be.
    """
    groups = group_rows(artists)
    told: dict[str, Any] = {"n": len(truth), "n_artists": len(groups)}
    for name, measure in FIGURES.items():
        told[name] = round(measure(truth, said), 4)
        told[f"{name}_interval"] = bootstrap_statistic(
            lambda rows, measure=measure: measure(truth[rows], said[rows]),  # type: ignore[misc]
            groups,
            N_DRAWS,
        )
    return told


def compare(truth: IntArray, said: IntArray, other: IntArray, artists: Sequence[str]) -> dict[str, Any]:
    """How much more one model names right than another, clip by clip, with intervals over artists.

    Returns
    -------
    dict
        The two differences with their intervals; ``is_better``: whether the interval of the accuracy lies above 0.
    """
    groups = group_rows(artists)
    told: dict[str, Any] = {}
    for name, measure in FIGURES.items():

        def difference(rows: IntArray, measure: Callable[..., float] = measure) -> float:
            return measure(truth[rows], said[rows]) - measure(truth[rows], other[rows])

        told[name] = round(difference(np.arange(len(truth))), 4)
        told[f"{name}_interval"] = bootstrap_statistic(difference, groups, N_DRAWS)
    told["is_better"] = told["accuracy_interval"][0] > 0
    return told


def style_block(judged: FloatArray, regression: FloatArray, labeled: Labeled) -> dict[str, Any]:
    """Figures of one model beside the most frequent style and the regression on the same folds.

    Parameters
    ----------
    judged, regression : ndarray, shape=(n_clips, n_styles)
        Log-probabilities of models that did not hear the clip's artist.
    labeled : Labeled
    """
    truth, artists = labeled.labels, labeled.artists
    said, base = judged.argmax(axis=1), regression.argmax(axis=1)
    majority = np.full(len(truth), np.bincount(truth).argmax())
    return style_figures(truth, said, artists) | {
        "baselines": {
            "majority": style_figures(truth, majority, artists),
            "mfcc_regression": style_figures(truth, base, artists),
        },
        "above_mfcc_regression": compare(truth, said, base, artists),
    }
