"""Train the original's happy and sad clusters: K-means with two centers over nine features of open piano music."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from core.arrays import BoolArray, FloatArray, IntArray
from core.emotion.classic.model import FEATURES, ClustersConfig, EmotionClusters
from core.emotion.classic.steering import ClassicSteering, nine_features
from core.emotion.judge.features import windows
from core.emotion.judge.judge import MoodJudge
from core.errors import InputError
from core.nn.card import Card
from training.emotion.mood_prepare import LabeledPiece, labels, read_labeled, split
from training.emotion.mood_rules import RULES_VERSION, read_open
from training.intervals import bootstrap, group_values
from training.run import Run, find_folder
from training.splits import BY_HASH, split_of


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the centers are found.

    Attributes
    ----------
    seed : int
        Of K-means.
    """

    seed: int = 42


def find_centers(points: FloatArray, n_centers: int = 2, seed: int = 42) -> FloatArray:
    """Centers of K-means, the best of twenty runs begun as in k-means++, in the order of their first coordinate.

    Returns
    -------
    ndarray of float64, shape=(n_centers, F)
        Equal data give equal centers.
    """
    n_clusters = min(n_centers, len(np.unique(points, axis=0)))
    fitted = KMeans(n_clusters, n_init=20, random_state=seed).fit(points)
    centers = np.resize(fitted.cluster_centers_, (n_centers, points.shape[1]))
    ordered: FloatArray = centers[np.argsort(centers[:, 0], kind="stable")]
    return ordered


def _nearest(points: FloatArray, centers: FloatArray) -> IntArray:
    return np.asarray(cdist(points, centers).argmin(axis=1))


def fit_clusters(
    features: FloatArray, is_happy: BoolArray, *, standardized: bool = True, seed: int = 42
) -> tuple[EmotionClusters, dict[str, Any]]:
    """Fit two centers, and call the one happy that has the larger share of happy pieces.

    Parameters
    ----------
    features : ndarray, shape=(n, 9)
        Of all training pieces.
    is_happy : ndarray of bool, shape=(n,)
        By the mood rules: no label of a listener names the clusters.
    standardized : bool
        False is the original's way.
    seed : int

    Returns
    -------
    model : EmotionClusters
    told : dict
        Sizes of the clusters, and the share of happy pieces in each.
    """
    shift = features.mean(axis=0) if standardized else np.zeros(features.shape[1])
    scale = features.std(axis=0).clip(1e-9) if standardized else np.ones(features.shape[1])
    centers = find_centers((features - shift) / scale, seed=seed)
    owner = _nearest((features - shift) / scale, centers)
    shares = [float(is_happy[owner == k].mean()) if (owner == k).any() else 0.0 for k in (0, 1)]
    model = EmotionClusters(
        ClustersConfig(standardized=standardized, happy_cluster=1 if shares[1] > shares[0] else 0),
        {
            name: value.astype(np.float32)
            for name, value in (("centers", centers), ("shift", shift), ("scale", scale))
        },
    )
    return model, {
        "sizes": np.bincount(owner, minlength=2).tolist(),
        "share_happy_by_rules": [round(share, 4) for share in shares],
        "centers": {
            name: (centers[:, i] * scale[i] + shift[i]).round(3).tolist() for i, name in enumerate(FEATURES)
        },
    }


def score(steering: ClassicSteering, pieces: list[LabeledPiece]) -> dict[str, Any]:
    """How often the nearer center separates high from low valence, and happy (Q1) from sad (Q3); intervals by song."""
    happy = np.array([steering.is_happy(piece.performance) for piece in pieces])
    truth, songs = labels(pieces).astype(bool), np.array([piece.key for piece in pieces])
    right, corners = happy == truth[:, 0], truth[:, 0] == truth[:, 1]
    share = float(truth[:, 0].mean())
    told: dict[str, Any] = {
        "valence_accuracy": round(float(right.mean()), 4),
        "n": len(pieces),
        "interval": bootstrap(group_values(right, songs.tolist())),
        "baselines": {"majority": {"valence_accuracy": round(max(share, 1 - share), 4)}},
    }
    if corners.any():
        told["happy_sad_accuracy"] = round(float(right[corners].mean()), 4)
        told["n_happy_sad"] = int(corners.sum())
        told["happy_sad_interval"] = bootstrap(group_values(right[corners], songs[corners].tolist()))
    return told


def train(run: Run) -> Card:
    """Fit the clusters on the training part of open piano music, score them on labeled clips, and write the pair."""
    options, pieces = run.read_options(Options), read_open(run.folders)
    if not pieces:
        raise InputError("No piece of the recipe's data sets can be played.")
    known = [piece for piece in pieces if split_of(piece.key) != "test"]
    features = np.array([nine_features(piece.performance) for piece in known])
    judge = MoodJudge.from_weights(version=RULES_VERSION)
    # The first minute or the first part of a long piece tells enough to name a cluster.
    judged = [judge.judge(windows(piece.performance, most=1)[0]) for piece in known]
    is_happy = np.array([one.p_high_valence + one.p_high_arousal > 1 for one in judged])
    labeled = _read_test(run.root)
    metrics, models = {}, {}
    for name, standardized in (("standardized", True), ("as_the_original", False)):
        models[name], metrics[name] = fit_clusters(
            features, is_happy, standardized=standardized, seed=options.seed
        )
        if labeled:
            steering = ClassicSteering(models[name].config, models[name].tensors)
            metrics[name]["test"] = score(steering, labeled)
    return run.export(
        models["standardized"],
        pieces={name: {"train": sum(piece.source == name for piece in known)} for name in run.folders},
        metrics=metrics,
        intended_use="Steers a piece toward happy or sad in the manner of the original, to be compared with the network.",
        limits="Two clusters of nine statistics of step, duration and pitch. The one with the larger share of pieces that the mood "
        "rules call happy is called happy; the figures on EMOPIA's test clips, which taught it nothing, show how rarely the "
        "two separate happy from sad.",
        split=f"by file: {BY_HASH}",
    )


def _read_test(root: Path) -> list[LabeledPiece]:
    """EMOPIA's test clips, where they are there: scored only."""
    try:
        return split(read_labeled(find_folder(root, "nc/emopia"))[0])["test"]
    except InputError:
        return []
