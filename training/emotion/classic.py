"""The original's clusters of pieces: K-means with two centres over nine features, named by EMOPIA's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.emotion.classic.model import FEATURES, ClustersConfig, EmotionClusters
from core.emotion.classic.steering import ClassicSteering, nine_features
from core.errors import InputError
from core.music.midi import from_bytes
from core.music.performance import Performance
from core.nn.card import Card
from training.emotion.mood_prepare import LICENCES, SPLIT, LabelledPiece, labels, read_labelled, split
from training.export import export
from training.intervals import bootstrap
from training.sonify.prepare import find_pieces
from training.splits import split_of

FloatArray = NDArray[np.float64]

N_STARTS = 20
COMMAND = "python -m training train emotion-classic --data PATH"


def k_means(points: FloatArray, n_centers: int = 2, seed: int = 42) -> FloatArray:
    """Centres of the best of twenty runs (Lloyd 1982), begun as in k-means++ (Arthur and Vassilvitskii 2007).

    Returns
    -------
    ndarray of float64, shape=(n_centers, F)
        In the order of their first coordinate, so that equal data give equal centres.
    """
    rng = np.random.default_rng(seed)
    best, best_cost = points[:n_centers], np.inf
    for _ in range(N_STARTS):
        centers = points[rng.integers(len(points))][None]
        while len(centers) < n_centers:
            nearest = _squares(points, centers).min(axis=1)
            total = nearest.sum()
            share = nearest / total if total > 0 else np.full(len(points), 1 / len(points))
            centers = np.vstack([centers, points[rng.choice(len(points), p=share)]])
        for _ in range(300):
            owner = _squares(points, centers).argmin(axis=1)
            moved = np.array(
                [
                    points[owner == k].mean(axis=0) if (owner == k).any() else centers[k]
                    for k in range(n_centers)
                ]
            )
            if np.allclose(moved, centers):
                break
            centers = moved
        cost = float(_squares(points, centers).min(axis=1).sum())
        if cost < best_cost:
            best, best_cost = centers, cost
    return best[np.argsort(best[:, 0], kind="stable")]


def _squares(points: FloatArray, centers: FloatArray) -> FloatArray:
    found: FloatArray = ((points[:, None] - centers[None]) ** 2).sum(axis=-1)
    return found


def fit_clusters(
    features: FloatArray, labelled: FloatArray, valences: NDArray[np.int64], *, standardised: bool = True
) -> tuple[EmotionClusters, dict[str, Any]]:
    """Fit two centres, and call the one happy that has the larger share of pieces with high valence.

    Parameters
    ----------
    features : ndarray, shape=(n, 9)
        Of all training pieces.
    labelled : ndarray, shape=(m, 9)
    valences : ndarray of int, shape=(m,)
        1 for high.
    standardised : bool
        False is the original's way.

    Returns
    -------
    model : EmotionClusters
    told : dict
        Sizes of the clusters, and the share of high valence in each.
    """
    shift = features.mean(axis=0) if standardised else np.zeros(features.shape[1])
    scale = features.std(axis=0).clip(1e-9) if standardised else np.ones(features.shape[1])
    centers = k_means((features - shift) / scale)
    owner = _squares((labelled - shift) / scale, centers).argmin(axis=1)
    shares = [float(valences[owner == k].mean()) if (owner == k).any() else 0.0 for k in (0, 1)]
    model = EmotionClusters(ClustersConfig(standardised=standardised, happy_cluster=int(np.argmax(shares))))
    for parameter, value in ((model.centers, centers), (model.shift, shift), (model.scale, scale)):
        parameter.data = torch.tensor(value, dtype=torch.float32)
    sizes = np.bincount(_squares((features - shift) / scale, centers).argmin(axis=1), minlength=2)
    return model.eval(), {
        "sizes": sizes.tolist(),
        "share_high_valence": [round(share, 4) for share in shares],
        "centers": {
            name: (centers[:, i] * scale[i] + shift[i]).round(3).tolist() for i, name in enumerate(FEATURES)
        },
    }


def score(steering: ClassicSteering, pieces: list[LabelledPiece]) -> dict[str, Any]:
    """How often the nearer centre tells high from low valence, and happy (Q1) from sad (Q3)."""
    happy = np.array([steering.is_happy(piece.performance) for piece in pieces])
    truth = labels(pieces).astype(bool)
    right = happy == truth[:, 0]
    corners = truth[:, 0] == truth[:, 1]
    told: dict[str, Any] = {
        "valence_accuracy": round(float(right.mean()), 4), "n": len(pieces),
        "interval": bootstrap([row[None] for row in right]),
    }  # fmt: skip
    if corners.any():
        told["happy_sad_accuracy"] = round(float(right[corners].mean()), 4)
        told["n_happy_sad"] = int(corners.sum())
        told["happy_sad_interval"] = bootstrap([row[None] for row in right[corners]])
    return told


def read_piano(data: Path) -> dict[str, list[Performance]]:
    """The piano_midi_de pieces of a folder by part of the split; unreadable files are left out."""
    parts: dict[str, list[Performance]] = {"train": [], "validation": [], "test": []}
    for path, source, key in find_pieces(data, ("piano_midi_de",)):
        if source == "piano_midi_de":
            try:
                performance = Performance.from_midi(from_bytes(path.read_bytes(), name=path.name))
            except InputError:
                continue
            parts[split_of(key)].append(performance)
    return parts


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
        If there are no labelled pieces.
    """
    pieces, _ = read_labelled(data)
    if not pieces:
        raise InputError(
            f"No labels.csv with MIDI files lies in {data.name}. Give the folder that holds EMOPIA."
        )
    parts, piano = split(pieces), read_piano(data)
    known = [piece for piece in parts["train"] if piece.source == "emopia"] or parts["train"]
    performances = [piece.performance for piece in parts["train"]] + piano["train"]
    features = np.array([nine_features(performance) for performance in performances])
    labelled = np.array([nine_features(piece.performance) for piece in known])
    metrics: dict[str, Any] = {}
    models = {}
    for name, standardised in (("standardised", True), ("as_the_seed", False)):
        model, told = fit_clusters(features, labelled, labels(known)[:, 0], standardised=standardised)
        steering = ClassicSteering(model)
        held_out = {part: [piece for piece in parts[part] if piece.source == "emopia"] for part in parts}
        metrics[name] = {
            **told,
            **{part: score(steering, group) for part, group in held_out.items() if group},
        }
        models[name] = model
    counts = {part: len(piano[part]) for part in piano}
    account = [
        {
            "name": source, "licence": licence, "duplicates": SPLIT,
            "pieces": {part: sum(piece.source == source for piece in parts[part]) for part in parts},
        }
        for source, licence in LICENCES.items()
    ]  # fmt: skip
    account.append({
        "name": "piano_midi_de", "licence": "CC BY-SA 3.0 DE, Bernd Krueger, http://www.piano-midi.de",
        "pieces": counts, "duplicates": "by file, with the same hash",
    })  # fmt: skip
    return [
        export(
            models["standardised"], name="emotion_classic", version=1, directory=out, vocabulary=[], data=account,
            training={"command": COMMAND, "seed": 42, "hours": 0.01, "hardware": "1 CPU core"}, metrics=metrics,
            intended_use="Steers a piece towards happy or sad in the manner of the original, to be compared with the network.",
            limits="Two clusters of nine statistics. Their names are only the majority of the labels in them: see how "
            "seldom they tell happy from sad. Trained on EMOPIA (non-commercial) and VGMIDI (no licence stated).",
        )
    ]  # fmt: skip
