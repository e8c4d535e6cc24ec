"""Scores of face probabilities: accuracies, calibration error, log-likelihood, temperature, a plain baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from core.arrays import BoolArray, Float32Array, IntArray
from core.emotion.face.config import EXPRESSIONS
from training.emotion.face_prepare import Faces
from training.intervals import bootstrap

N_BINS = 15


def right_of_three(probabilities: Float32Array, labels: IntArray) -> BoolArray:
    """Whether the likeliest class is the labeled one, shape=(n,)."""
    return np.asarray(probabilities.argmax(axis=1) == labels)


def right_of_two(probabilities: Float32Array, labels: IntArray) -> BoolArray:
    """For the pictures labeled happy or sad: whether the labeled one of these two is likelier than the other.

    Neutral is not offered: neither are pictures labeled neutral counted nor can the answer be neutral.
    """
    two = labels < 2
    return np.asarray(probabilities[two, :2].argmax(axis=1) == labels[two])


def calibration_error(probabilities: Float32Array, labels: IntArray, n_bins: int = N_BINS) -> float:
    """Expected calibration error (Guo et al. 2017, equation 3) of the likeliest class.

    The mean distance between the probability and the share of right answers, over equally wide bins.
    """
    best = probabilities.max(axis=1)
    right = right_of_three(probabilities, labels)
    bins = np.minimum((best * n_bins).astype(int), n_bins - 1)
    gaps = [
        abs(float(right[bins == k].mean() - best[bins == k].mean())) * (bins == k).mean() for k in set(bins)
    ]
    return float(sum(gaps))


def nll(probabilities: Float32Array, labels: IntArray) -> float:
    """Mean negative log-likelihood of the labels, nats."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-7)).mean())


def figures(probabilities: Float32Array, labels: IntArray) -> dict[str, Any]:
    """All figures of one part.

    Returns
    -------
    dict
        ``accuracy_3``, ``accuracy_happy_sad``, ``n``, ``n_happy_sad``, ``intervals`` (95 %, by drawing pictures),
        ``recall`` a class, ``ece``, ``nll_nats`` and ``baselines`` (always the commonest class).
    """
    three, two = right_of_three(probabilities, labels), right_of_two(probabilities, labels)
    counts = np.bincount(labels, minlength=len(EXPRESSIONS))
    result: dict[str, Any] = {"n": len(labels), "n_happy_sad": len(two), "intervals": {}, "baselines": {}}
    majority = {"accuracy_3": counts.max() / max(1, counts.sum())}
    if len(two):
        majority["accuracy_happy_sad"] = counts[:2].max() / counts[:2].sum()
    for key, right in (("accuracy_3", three), ("accuracy_happy_sad", two)):
        # A file without happy or sad faces has no such figure.
        result[key] = round(float(right.mean()), 4) if len(right) else None
        result["intervals"][key] = bootstrap(right) if len(right) else None
    result["recall"] = {
        name: round(float(three[labels == index].mean()), 4)
        for index, name in enumerate(EXPRESSIONS)
        if counts[index]
    }
    result["ece"] = round(calibration_error(probabilities, labels), 4)
    result["nll_nats"] = round(nll(probabilities, labels), 4)
    result["baselines"]["majority"] = {key: round(float(share), 4) for key, share in majority.items()}
    return result


def plain_baseline(train: Faces, n_components: int = 120) -> Any:
    """PCA and logistic regression on gray values: what a page of code gives. Has ``predict_proba``."""
    model = make_pipeline(
        PCA(n_components, whiten=True, random_state=0), LogisticRegression(C=0.1, max_iter=300)
    )
    return model.fit(gray_values(train.images), train.labels)


def gray_values(images: NDArray[np.uint8]) -> Float32Array:
    """Pictures as rows of zero mean and unit deviation, shape=(n, 2304)."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(rows.std(axis=1, keepdims=True), 1e-3))


def temperature(probabilities: Float32Array, labels: IntArray) -> float:
    """The number by which log-probabilities are divided for the labels to be likeliest (Guo et al. 2017)."""
    logs = np.log(np.maximum(probabilities.astype(np.float64), 1e-9))
    candidates = np.exp(np.linspace(np.log(0.3), np.log(3.0), 139))
    costs = []
    for value in candidates:
        scaled = logs / value
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        costs.append(-scaled[np.arange(len(labels)), labels].mean())
    return round(float(candidates[int(np.argmin(costs))]), 3)
