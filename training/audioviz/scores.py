"""Scores of Audio Viz's networks: reconstruction error, spread and novelty of the codes, accuracy of styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray, IntArray
from core.audioviz.extract import fixed_scale
from core.audioviz.mel_windows import cepstrum
from core.audioviz.model import Autoencoder
from training.audioviz.fit import Encoder
from training.audioviz.prepare import Prepared, clip_windows, measure_windows
from training.baselines.audioviz_linear import Pca
from training.intervals import N_DRAWS, bootstrap, bootstrap_statistic, group_values

EXPLAINED = 0.8  # R2 from which a number says nothing new
EDGE = 0.01  # within this of 0 or 1 a scaled number counts as saturated


# Reconstruction.


def errors(model: Autoencoder | Pca, prepared: Prepared, every: int = 4) -> FloatArray:
    """Mean squared error of each clip's windows (5 a second), shape=(n_clips,), on the normalized bands."""
    found = []
    with torch.inference_mode():
        for mel in prepared.mels:
            windows = torch.from_numpy(clip_windows(mel, every))
            squares = [((model(part)[1] - part) ** 2).mean(dim=(1, 2)) for part in torch.split(windows, 128)]
            found.append(float(torch.cat(squares).mean()))
    return np.array(found)


def measure_refitted_pca(prepared: Prepared, n: int, every: int = 4, most: int = 6_000) -> FloatArray:
    """The same for principal components fitted to these very clips: an unfair but strict upper baseline."""
    from training.audioviz.fit import principal_directions

    windows = [clip_windows(mel, every).reshape(-1, 64 * 96) for mel in prepared.mels]
    step = max(1, sum(map(len, windows)) // most)
    mean, directions, _ = principal_directions(np.concatenate([part[::step] for part in windows]), n)
    found = []
    for part in windows:
        x = part - mean
        found.append(float(((x - x @ directions.T @ directions) ** 2).mean()))
    return np.array(found)


def reconstruction(model: FloatArray, pca: FloatArray, keys: Sequence[str]) -> dict[str, Any]:
    """Both mean errors, and their difference with its interval over clips and over tracks."""
    difference = model - pca
    interval = bootstrap(difference, digits=7)  # to more decimals: the errors are small
    return {
        "model": round(float(model.mean()), 6),
        "pca10": round(float(pca.mean()), 6),
        "ratio": round(float(model.mean() / pca.mean()), 4),
        "difference": round(float(difference.mean()), 6),
        "interval": interval,
        "interval_by_track": bootstrap(group_values(difference, keys), digits=7),
        "clips_won": round(float((difference < 0).mean()), 4),
        "significant": interval[1] < 0,
        "n": len(model),
    }


# The numbers.


def scale_codes(model: Encoder, prepared: Prepared, every: int = 4) -> list[Float32Array]:
    """Each clip's numbers on the model's fixed scale, (n, d) each."""
    low, high = (np.array(getattr(model.config, name)) for name in ("low", "high"))
    found = []
    with torch.inference_mode():
        for mel in prepared.mels:
            windows = torch.from_numpy(clip_windows(mel, every))
            codes = torch.cat([model.codes(part) for part in torch.split(windows, 128)])
            found.append(fixed_scale(codes.numpy(), low, high))
    return found


def measure_explained(codes: NDArray[np.floating], measures: NDArray[np.floating]) -> FloatArray:
    """R2 of each number in a linear regression on the measures, shape=(d,)."""
    x = np.column_stack([np.ones(len(measures)), measures]).astype(np.float64)
    weights, *_ = np.linalg.lstsq(x, codes.astype(np.float64), rcond=None)
    left = ((codes - x @ weights) ** 2).mean(axis=0)
    return np.asarray(1 - left / np.maximum(codes.var(axis=0), 1e-12))


def features(codes: Sequence[NDArray[np.floating]], prepared: Prepared, every: int = 4) -> dict[str, Any]:
    """Activity and novelty of the codes over all windows.

    Returns
    -------
    dict
        ``std`` and ``saturated``: the least and the largest of the numbers; ``novel``: how many are not explained
        (R2 < .8) by loudness, onset strength and centroid, each over 50 ms and over the whole window.
    """
    together = np.concatenate(codes)
    measures = np.concatenate(
        [measure_windows(mel)[::every][: len(code)] for mel, code in zip(prepared.mels, codes, strict=True)]
    )
    std = together.std(axis=0)
    saturated = ((together <= EDGE) | (together >= 1 - EDGE)).mean(axis=0)
    r2 = measure_explained(together, measures)
    return {
        "std": round(float(std.min()), 4),
        "saturated": round(float(saturated.max()), 4),
        "novel": int((r2 < EXPLAINED).sum()),
        "n_numbers": together.shape[1],
        "std_each": [round(float(x), 4) for x in std],
        "saturated_each": [round(float(x), 4) for x in saturated],
        "r2_each": [round(float(x), 4) for x in r2],
        "n": len(together),
    }


# Styles.


def mfcc_statistics(mel: NDArray[np.floating], n: int = 20) -> Float32Array:
    """Mean and deviation of the first 20 cepstral coefficients and deviation of their steps, shape=(60,)."""
    coefficients = cepstrum(np.asarray(mel, dtype=np.float32))[:, :n]
    steps = np.diff(coefficients, axis=0)
    return np.concatenate([coefficients.mean(axis=0), coefficients.std(axis=0), steps.std(axis=0)]).astype(
        np.float32
    )


def macro_f1(truth: IntArray, said: IntArray, styles: IntArray | None = None) -> float:
    """Mean F1 of the styles that occur in the truth (or of those given)."""
    scores = []
    for style in np.unique(truth) if styles is None else styles:
        hit = int(((said == style) & (truth == style)).sum())
        scores.append(2 * hit / max(1, int((said == style).sum()) + int((truth == style).sum())))
    return float(np.mean(scores))


def style_figures(truth: IntArray, said: IntArray, groups: Sequence[str]) -> dict[str, Any]:
    """Accuracy and macro F1 with intervals over clips and, harsher, over tracks or artists."""
    right = (truth == said).astype(np.float64)
    styles = np.unique(truth)

    def score(rows: IntArray) -> float:
        return macro_f1(truth[rows], said[rows], styles)

    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(macro_f1(truth, said), 4),
        "intervals": {
            "accuracy": bootstrap(right),
            "accuracy_by_group": bootstrap(group_values(right, groups)),
            "macro_f1": bootstrap_statistic(score, len(truth), N_DRAWS),
        },
        "n": len(truth),
    }


def compare_pairwise(first: IntArray, second: IntArray, truth: IntArray) -> list[float]:
    """Interval of the difference of two accuracies over the same clips."""
    return bootstrap((first == truth).astype(float) - (second == truth))
