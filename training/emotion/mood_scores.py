"""Scores of the judge of moods: accuracies beside baselines, and how it answers to changed tempo, loudness, mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from sklearn.linear_model import LogisticRegression

from core.arrays import BoolArray, FloatArray, IntArray
from core.emotion.classic.steering import ClassicSteering
from core.emotion.judge.config import AXES
from core.emotion.judge.features import describe, windows
from core.emotion.judge.judge import MoodJudge
from core.emotion.judge.rules import CUES, take_cues
from core.music.key import TEMPERLEY, tonic_and_mode
from core.music.performance import Performance
from training.emotion.mood_prepare import LabeledPiece, labels
from training.intervals import bootstrap, group_values


class Rows(Protocol):
    """Features, labels and weights, as `training.emotion.mood_train.Table` has them."""

    x: FloatArray
    y: IntArray
    weight: FloatArray


def fit_baseline(table: Rows, rows: BoolArray) -> dict[str, Any]:
    """Nine features and a logistic regression, as numbers that fit on a card."""
    x, weight = take_cues(table.x[rows]), table.weight[rows]
    shift, scale = x.mean(axis=0), x.std(axis=0).clip(1e-9)
    told: dict[str, Any] = {
        "features": list(CUES),
        "shift": shift.round(5).tolist(),
        "scale": scale.round(5).tolist(),
        "majority": {},
    }
    for k, axis in enumerate(AXES):
        y = table.y[rows][:, k]
        fitted = LogisticRegression(max_iter=500).fit((x - shift) / scale, y, sample_weight=weight)
        told[axis] = {
            "weights": fitted.coef_[0].round(5).tolist(),
            "bias": round(float(fitted.intercept_[0]), 5),
        }
        told["majority"][axis] = int(np.average(y, weights=weight) >= 0.5)
    return told


def _baseline_says(baseline: dict[str, Any], performance: Performance) -> BoolArray:
    x = take_cues(np.array([describe(part) for part in windows(performance)])).mean(axis=0)
    x = (x - np.array(baseline["shift"])) / np.array(baseline["scale"])
    return np.array([x @ np.array(baseline[axis]["weights"]) + baseline[axis]["bias"] > 0 for axis in AXES])


def score(
    judge: MoodJudge,
    baseline: dict[str, Any] | None,
    classic: ClassicSteering | None,
    pieces: Sequence[LabeledPiece],
) -> dict[str, Any]:
    """How often high and low are told apart, beside the baselines.

    Parameters
    ----------
    judge : MoodJudge
    baseline : dict, optional
        As `fit_baseline` makes it; without it, the majority is that of the pieces themselves.
    classic : ClassicSteering, optional
    pieces : sequence of LabeledPiece

    Returns
    -------
    dict
        ``valence_accuracy, arousal_accuracy, quadrant_accuracy, happy_sad_accuracy, n, n_songs, n_happy_sad,
        brier, intervals, baselines``; intervals are 95 %, by drawing songs; ``brier`` is the mean squared error of the
        probabilities, .25 for "one half" always.
    """
    truth = labels(pieces).astype(bool)
    judged = [judge.judge(piece.performance) for piece in pieces]
    shares = np.array([[one.p_high_valence, one.p_high_arousal] for one in judged])
    said, said_happy = shares > 0.5, shares.sum(axis=1) > 1
    songs = [piece.key for piece in pieces]
    told: dict[str, Any] = {"n": len(pieces), "n_songs": len(set(songs)), "intervals": {}}
    told["brier"] = dict(zip(AXES, ((shares - truth) ** 2).mean(axis=0).round(4).tolist(), strict=True))
    for k, axis in enumerate(AXES):
        right = said[:, k] == truth[:, k]
        told[f"{axis}_accuracy"] = round(float(right.mean()), 4)
        told["intervals"][f"{axis}_accuracy"] = bootstrap_songs(right, songs)
    baselines = _score_baselines(baseline, pieces, truth, songs)
    told["quadrant_accuracy"] = round(float((said == truth).all(axis=1).mean()), 4)
    # Happy (Q1) against sad (Q3), which is what the original's clusters are for.
    corner = truth[:, 0] == truth[:, 1]
    told["n_happy_sad"] = int(corner.sum())
    if corner.any():
        told["happy_sad_accuracy"] = round(float((said_happy == truth[:, 0])[corner].mean()), 4)
    if classic is not None:
        happy = np.array([classic.is_happy(piece.performance) for piece in pieces]) == truth[:, 0]
        baselines["classic_clusters"] = {
            "valence_accuracy": round(float(happy.mean()), 4),
            "valence_interval": bootstrap_songs(happy, songs),
        }
        if corner.any():
            baselines["classic_clusters"]["happy_sad_accuracy"] = round(float(happy[corner].mean()), 4)
    told["baselines"] = baselines
    return told


def _score_baselines(
    baseline: dict[str, Any] | None, pieces: Sequence[LabeledPiece], truth: BoolArray, songs: Sequence[str]
) -> dict[str, Any]:
    """Accuracies of the commonest label and of the regression on nine cues."""
    told: dict[str, Any] = {"majority": {}}
    if baseline is None:
        for k, axis in enumerate(AXES):
            share = float(truth[:, k].mean())
            told["majority"][f"{axis}_accuracy"] = round(max(share, 1 - share), 4)
        return told
    said = np.array([_baseline_says(baseline, piece.performance) for piece in pieces])
    told["nine_features"] = {}
    for k, axis in enumerate(AXES):
        commonest = truth[:, k] == bool(baseline["majority"][axis])
        told["majority"][f"{axis}_accuracy"] = round(float(commonest.mean()), 4)
        right = said[:, k] == truth[:, k]
        told["nine_features"][f"{axis}_accuracy"] = round(float(right.mean()), 4)
        told["nine_features"][f"{axis}_interval"] = bootstrap_songs(right, songs)
    return told


def bootstrap_songs(values: BoolArray, songs: Sequence[str]) -> list[float]:
    """Interval of a share by drawing songs."""
    return bootstrap(group_values(values, songs))


def manipulations(judge: MoodJudge, pieces: Sequence[LabeledPiece]) -> dict[str, Any]:
    """Response of the ratings to changed tempo, loudness and mode: how often they move as listeners' would.

    Returns
    -------
    dict
        For each change the share of pieces that moved as expected, the mean move of the mood in [-1, 1], and n.
    """
    told: dict[str, Any] = {}
    before = [judge.judge(piece.performance).mood for piece in pieces]
    for name, (axis, sign, change) in MANIPULATIONS.items():
        moves = []
        for piece, mood in zip(pieces, before, strict=True):
            changed = change(piece.performance)
            if changed is not None:
                moves.append(sign * (getattr(judge.judge(changed).mood, axis) - getattr(mood, axis)))
        moved = np.array(moves)
        if len(moved):
            told[name] = {
                "axis": axis,
                "share_as_expected": round(float((moved > 0).mean()), 4),
                "mean_move": round(float(sign * moved.mean()), 4),
                "n": len(moved),
                "interval": bootstrap(moved > 0),
            }
    return told


def play_otherwise(performance: Performance, *, speed: float = 1.0, louder: int = 0) -> Performance:
    """The same notes, ``speed`` times as fast and so many steps of velocity louder."""
    return Performance.of(
        performance.pitch,
        performance.onset_sec / speed,
        performance.duration_sec / speed,
        np.clip(performance.velocity + louder, 1, 127),
    )


def switch_mode(performance: Performance, *, to_major: bool) -> Performance | None:
    """A piece in the parallel key: third, sixth and seventh degree a semitone up, or down; None in the wrong mode."""
    weight = np.sqrt(np.minimum(performance.duration_sec, 8.0)) * performance.velocity
    tonic, mode = tonic_and_mode(performance.pitch, weight, TEMPERLEY)
    if (mode == "major") is to_major:
        return None
    degree = (performance.pitch - tonic) % 12
    shift = (
        np.isin(degree, (3, 8, 10)).astype(np.int64)
        if to_major
        else -np.isin(degree, (4, 9, 11)).astype(np.int64)
    )
    return Performance.of(
        performance.pitch + shift, performance.onset_sec, performance.duration_sec, performance.velocity
    )


Change = Callable[[Performance], Performance | None]
MANIPULATIONS: dict[str, tuple[str, int, Change]] = {
    "faster_and_louder": ("arousal", 1, lambda p: play_otherwise(p, speed=1.35, louder=15)),
    "slower_and_softer": ("arousal", -1, lambda p: play_otherwise(p, speed=1 / 1.35, louder=-15)),
    "faster": ("arousal", 1, lambda p: play_otherwise(p, speed=1.35)),
    "louder": ("arousal", 1, lambda p: play_otherwise(p, louder=15)),
    "minor_to_major": ("valence", 1, lambda p: switch_mode(p, to_major=True)),
    "major_to_minor": ("valence", -1, lambda p: switch_mode(p, to_major=False)),
}
