"""Train the original's happy and sad clusters: K-means with two centers over nine features of EMOPIA's pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from core.arrays import FloatArray, IntArray
from core.emotion.classic.model import FEATURES, ClustersConfig, EmotionClusters
from core.emotion.classic.steering import ClassicSteering, nine_features
from core.errors import InputError
from core.music.midi import from_bytes
from core.music.performance import Performance
from core.nn.card import Card
from training.datasets import describe_sets
from training.emotion.mood_prepare import SETS, SPLIT, LabeledPiece, labels, read_labeled, split
from training.export import export
from training.intervals import bootstrap
from training.sonify.prepare import find_pieces
from training.splits import BY_HASH, split_by_key

COMMAND = "python -m training train emotion-classic --data PATH"


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
    features: FloatArray, labeled: FloatArray, valences: IntArray, *, standardized: bool = True
) -> tuple[EmotionClusters, dict[str, Any]]:
    """Fit two centers, and call the one happy that has the larger share of pieces with high valence.

    Parameters
    ----------
    features : ndarray, shape=(n, 9)
        Of all training pieces.
    labeled : ndarray, shape=(m, 9)
    valences : ndarray of int, shape=(m,)
        1 for high.
    standardized : bool
        False is the original's way.

    Returns
    -------
    model : EmotionClusters
    told : dict
        Sizes of the clusters, and the share of high valence in each.
    """
    shift = features.mean(axis=0) if standardized else np.zeros(features.shape[1])
    scale = features.std(axis=0).clip(1e-9) if standardized else np.ones(features.shape[1])
    centers = find_centers((features - shift) / scale)
    owner = _nearest((labeled - shift) / scale, centers)
    shares = [float(valences[owner == k].mean()) if (owner == k).any() else 0.0 for k in (0, 1)]
    model = EmotionClusters(
        ClustersConfig(standardized=standardized, happy_cluster=1 if shares[1] > shares[0] else 0),
        {
            name: value.astype(np.float32)
            for name, value in (("centers", centers), ("shift", shift), ("scale", scale))
        },
    )
    sizes = np.bincount(_nearest((features - shift) / scale, centers), minlength=2)
    return model, {
        "sizes": sizes.tolist(),
        "share_high_valence": [round(share, 4) for share in shares],
        "centers": {
            name: (centers[:, i] * scale[i] + shift[i]).round(3).tolist() for i, name in enumerate(FEATURES)
        },
    }


def score(steering: ClassicSteering, pieces: list[LabeledPiece]) -> dict[str, Any]:
    """How often the nearer center separates high from low valence, and happy (Q1) from sad (Q3)."""
    happy = np.array([steering.is_happy(piece.performance) for piece in pieces])
    truth = labels(pieces).astype(bool)
    right = happy == truth[:, 0]
    corners = truth[:, 0] == truth[:, 1]
    told: dict[str, Any] = {
        "valence_accuracy": round(float(right.mean()), 4),
        "n": len(pieces),
        "interval": bootstrap(right),
    }
    if corners.any():
        told["happy_sad_accuracy"] = round(float(right[corners].mean()), 4)
        told["n_happy_sad"] = int(corners.sum())
        told["happy_sad_interval"] = bootstrap(right[corners])
    return told


def read_piano(data: Path) -> dict[str, list[Performance]]:
    """The piano_midi_de pieces of a folder by part of the split; unreadable files are left out."""
    found, keys = [], []
    for path, source, key in find_pieces(data, ("piano_midi_de",)):
        if source == "piano_midi_de":
            try:
                found.append(Performance.from_midi(from_bytes(path.read_bytes(), name=path.name)))
            except InputError:
                continue
            keys.append(key)
    return split_by_key(found, keys)


def train(data: Path, out: Path) -> list[Card]:
    """Fit the clusters on the training pieces of EMOPIA, VGMIDI and piano-midi.de; write the pair.

    Parameters
    ----------
    data : Path
        The root of all data.
    out : Path

    Raises
    ------
    InputError
        If there are no labeled pieces.
    """
    pieces, _ = read_labeled(data)
    parts, piano = split(pieces), read_piano(data)
    known = [piece for piece in parts["train"] if piece.source == "emopia"] or parts["train"]
    performances = [piece.performance for piece in parts["train"]] + piano["train"]
    features = np.array([nine_features(performance) for performance in performances])
    labeled = np.array([nine_features(piece.performance) for piece in known])
    metrics: dict[str, Any] = {}
    models = {}
    for name, standardized in (("standardized", True), ("as_the_original", False)):
        model, told = fit_clusters(features, labeled, labels(known)[:, 0], standardized=standardized)
        steering = ClassicSteering(model.config, model.tensors)
        held_out = {part: [piece for piece in parts[part] if piece.source == "emopia"] for part in parts}
        metrics[name] = {
            **told,
            **{part: score(steering, group) for part, group in held_out.items() if group},
        }
        models[name] = model
    account = describe_sets(parts, lambda piece: piece.source, SETS, split=SPLIT)
    account += describe_sets(
        piano, lambda _: "piano_midi_de", ("piano_midi_de",), split=f"by file: {BY_HASH}"
    )
    return [
        export(
            models["standardized"],
            name="emotion_classic",
            directory=out,
            data=account,
            training={"command": COMMAND, "seed": 42, "hours": 0.01, "hardware": "1 CPU core"},
            metrics=metrics,
            intended_use="Steers a piece toward happy or sad in the manner of the original, to be compared with the network.",
            limits="Two clusters of nine statistics. Each is named after the majority of its labels; the figures show "
            "how rarely they separate happy from sad. Trained on EMOPIA (non-commercial) and VGMIDI (no license "
            "stated).",
        )
    ]
