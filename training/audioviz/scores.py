"""Figures of Audio Viz's networks: reconstruction, how alive and how new the numbers are, styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.audioviz.extract import fixed_scale
from core.audioviz.mel_windows import cepstrum
from core.audioviz.model import Autoencoder
from training.audioviz.prepare import Prepared, clip_windows, measures_of
from training.baselines.audioviz_linear import Pca
from training.intervals import N_DRAWS, bootstrap

ALIVE_STD, MOST_SATURATED, EXPLAINED = 0.10, 0.05, 0.8
EDGE = 0.01  # within this of 0 or 1 a scaled number counts as saturated
Array = NDArray[np.float64]


# Reconstruction.


def errors(model: Autoencoder | Pca, prepared: Prepared, every: int = 4) -> Array:
    """Mean squared error of each clip's windows (5 a second), shape=(n_clips,), on the normalised bands."""
    found = []
    with torch.inference_mode():
        for mel in prepared.mels:
            windows = torch.from_numpy(clip_windows(mel, every))
            squares = [((model(part)[1] - part) ** 2).mean(dim=(1, 2)) for part in windows.split(128)]
            found.append(float(torch.cat(squares).mean()))
    return np.array(found)


def refitted_errors(prepared: Prepared, n: int, every: int = 4, most: int = 6_000) -> Array:
    """The same of principal components fitted to these very clips: no fair rival, but the harshest one."""
    from training.audioviz.fit import principal_directions

    windows = [clip_windows(mel, every).reshape(-1, 64 * 96) for mel in prepared.mels]
    step = max(1, sum(map(len, windows)) // most)
    mean, directions, _ = principal_directions(np.concatenate([part[::step] for part in windows]), n)
    found = []
    for part in windows:
        x = part - mean
        found.append(float(((x - x @ directions.T @ directions) ** 2).mean()))
    return np.array(found)


def by_track(values: Array, keys: Sequence[str]) -> list[Array]:
    """The values of each track's clips: clips of a track are alike, so tracks are drawn for an interval."""
    return [values[[i for i, key in enumerate(keys) if key == track]] for track in sorted(set(keys))]


def reconstruction(model: Array, pca: Array, keys: Sequence[str]) -> dict[str, Any]:
    """Both mean errors, and their difference with its interval over clips and over tracks."""
    difference = model - pca
    return {
        "model": round(float(model.mean()), 6),
        "pca10": round(float(pca.mean()), 6),
        "ratio": round(float(model.mean() / pca.mean()), 4),
        "difference": round(float(difference.mean()), 6),
        "interval": _six(np.array(difference)[:, None]),
        "interval_by_track": _six_of(by_track(difference, keys)),
        "clips_won": round(float((difference < 0).mean()), 4),
        "significant": bool(_six(difference[:, None])[1] < 0),
        "n": len(model),
    }


def _six(values: Array) -> list[float]:
    return _six_of(list(values))


def _six_of(values: Sequence[Array]) -> list[float]:
    """An interval to six decimals: the errors are small."""
    return [round(bound / 1_000, 7) for bound in bootstrap([np.asarray(v) * 1_000 for v in values])]


# The numbers.


def scaled_codes(model: nn.Module, prepared: Prepared, every: int = 4) -> list[NDArray[np.float32]]:
    """Each clip's numbers on the model's fixed scale, (n, d) each."""
    low, high = (np.array(getattr(model.config, name)) for name in ("low", "high"))
    found = []
    with torch.inference_mode():
        for mel in prepared.mels:
            windows = torch.from_numpy(clip_windows(mel, every))
            codes = torch.cat([model.codes(part) for part in windows.split(128)])  # type: ignore[operator]
            found.append(fixed_scale(codes.numpy(), low, high))
    return found


def explained(codes: NDArray[np.floating], measures: NDArray[np.floating]) -> Array:
    """R2 of each number in a linear regression on the measures, shape=(d,)."""
    x = np.column_stack([np.ones(len(measures)), measures]).astype(np.float64)
    weights, *_ = np.linalg.lstsq(x, codes.astype(np.float64), rcond=None)
    left = ((codes - x @ weights) ** 2).mean(axis=0)
    return np.asarray(1 - left / np.maximum(codes.var(axis=0), 1e-12))


def features(codes: Sequence[NDArray[np.floating]], prepared: Prepared, every: int = 4) -> dict[str, Any]:
    """How alive and how new the numbers are over all windows.

    Returns
    -------
    dict
        ``std`` and ``saturated``: the least and the largest of the numbers; ``novel``: how many are not explained
        (R2 < .8) by loudness, onset strength and centroid, each over 50 ms and over the whole window.
    """
    together = np.concatenate(codes)
    measures = np.concatenate([
        measures_of(mel)[::every][: len(code)] for mel, code in zip(prepared.mels, codes, strict=True)
    ])  # fmt: skip
    std = together.std(axis=0)
    saturated = ((together <= EDGE) | (together >= 1 - EDGE)).mean(axis=0)
    r2 = explained(together, measures)
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


def mfcc_statistics(mel: NDArray[np.floating], n: int = 20) -> NDArray[np.float32]:
    """Mean and deviation of the first 20 cepstral coefficients and deviation of their steps, shape=(60,)."""
    coefficients = cepstrum(np.asarray(mel, dtype=np.float32))[:, :n]
    steps = np.diff(coefficients, axis=0)
    return np.concatenate([coefficients.mean(axis=0), coefficients.std(axis=0), steps.std(axis=0)]).astype(
        np.float32
    )


def macro_f1(
    truth: NDArray[np.int64], said: NDArray[np.int64], styles: NDArray[np.int64] | None = None
) -> float:
    """Mean F1 of the styles that occur in the truth (or of those given)."""
    scores = []
    for style in np.unique(truth) if styles is None else styles:
        hit = int(((said == style) & (truth == style)).sum())
        scores.append(2 * hit / max(1, int((said == style).sum()) + int((truth == style).sum())))
    return float(np.mean(scores))


def style_figures(truth: NDArray[np.int64], said: NDArray[np.int64], groups: Sequence[str]) -> dict[str, Any]:
    """Accuracy and macro F1 with intervals over clips and, harsher, over tracks or artists."""
    right = (truth == said).astype(np.float64)
    rng = np.random.default_rng(0)
    styles = np.unique(truth)
    draws = rng.integers(0, len(truth), size=(N_DRAWS, len(truth)))
    f1 = [macro_f1(truth[draw], said[draw], styles) for draw in draws]
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(macro_f1(truth, said), 4),
        "intervals": {
            "accuracy": bootstrap(list(right[:, None])),
            "accuracy_by_group": bootstrap(by_track(right, groups)),
            "macro_f1": [round(float(x), 4) for x in np.percentile(f1, [2.5, 97.5])],
        },
        "n": len(truth),
    }


def paired(first: NDArray[np.int64], second: NDArray[np.int64], truth: NDArray[np.int64]) -> list[float]:
    """Interval of the difference of two accuracies over the same clips."""
    return bootstrap(list(((first == truth).astype(float) - (second == truth))[:, None]))
