"""Scores of style models: accuracy by clip and by style, intervals over artists, differences from the regression."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.arrays import FloatArray, IntArray
from training.audioviz.style_folds import Labeled
from training.intervals import bootstrap_totals, group_rows


def find_members(artist: str, folds: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Ensemble members trained without an artist; all of them for an unknown artist."""
    known = {name: k for k, fold in enumerate(folds) for name in fold}
    near = difflib.get_close_matches(artist, known, 1, 0.93)
    return (known[near[0]],) if near else tuple(range(len(folds)))


def count_right(truth: IntArray, said: IntArray, artists: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Clips of each artist and style that are named right, and all of them, (n_artists, n_styles) both."""
    groups, n_styles = group_rows(artists), int(max(truth.max(), said.max())) + 1
    right, every = (
        np.array([np.bincount(truth[rows], weights[rows], n_styles) for rows in groups])
        for weights in ((truth == said).astype(np.float64), np.ones(len(truth)))
    )
    return right, every


def share(right: FloatArray, every: FloatArray) -> FloatArray:
    """Share of clips that are named right, (..., n_styles) both -> (...)."""
    return np.asarray(right.sum(axis=-1) / every.sum(axis=-1))


def macro_share(right: FloatArray, every: FloatArray) -> FloatArray:
    """Mean over the styles that occur of the share of their clips that are named right."""
    shares = right / np.maximum(every, 1)
    return np.asarray(shares.sum(axis=-1) / (every > 0).sum(axis=-1))


FIGURES = {"accuracy": share, "macro_accuracy": macro_share}


def mean_accuracies(truth: IntArray, said: IntArray) -> float:
    """The mean of both figures, by which models are chosen."""
    totals = [part[0] for part in count_right(truth, said, [""] * len(truth))]
    return float(np.mean([measure(*totals) for measure in FIGURES.values()]))


def style_figures(truth: IntArray, said: IntArray, artists: Sequence[str]) -> dict[str, Any]:
    """Both figures, each with its interval over artists, who are drawn with replacement.

    Clips of one artist are alike: intervals over clips would be half as wide as they should be.
    """
    right, every = count_right(truth, said, artists)
    told: dict[str, Any] = {"n": len(truth), "n_artists": len(right)}
    for name, measure in FIGURES.items():
        told[name] = round(float(measure(right.sum(axis=0), every.sum(axis=0))), 4)
        told[f"{name}_interval"] = bootstrap_totals(measure, right, every)
    return told


def compare(truth: IntArray, said: IntArray, other: IntArray, artists: Sequence[str]) -> dict[str, Any]:
    """How much more one model names right than another, clip by clip, with intervals over artists.

    Returns
    -------
    dict
        The two differences with their intervals; ``is_better``: whether the interval of the accuracy lies above 0.
    """
    first, second = (count_right(truth, each, artists) for each in (said, other))
    totals = [_pad(first[0], second[0]), _pad(second[0], first[0]), _pad(first[1], second[0])]
    told: dict[str, Any] = {}
    for name, measure in FIGURES.items():

        def difference(
            right: FloatArray, others: FloatArray, every: FloatArray, measure: Any = measure
        ) -> FloatArray:
            return np.asarray(measure(right, every) - measure(others, every))

        told[name] = round(float(difference(*(total.sum(axis=0) for total in totals))), 4)
        told[f"{name}_interval"] = bootstrap_totals(difference, *totals)
    told["is_better"] = told["accuracy_interval"][0] > 0
    return told


def _pad(counts: FloatArray, other: FloatArray) -> FloatArray:
    """As many styles as the other has."""
    return np.pad(counts, ((0, 0), (0, max(0, other.shape[1] - counts.shape[1]))))


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
