"""Scores of Audio Viz's networks: reconstruction error, spread and novelty of the codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.arrays import Float32Array, FloatArray
from core.audioviz.extract import fixed_scale
from core.audioviz.model import Autoencoder
from training.audioviz.prepare import Prepared, clip_windows, measure_windows
from training.baselines.audioviz_linear import Pca, principal_directions
from training.intervals import bootstrap, group_values

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


class Encoder(Protocol):
    """A network that gives numbers for windows."""

    @property
    def config(self) -> Any:
        """Its sizes, with ``low`` and ``high`` of each number."""
        ...

    def codes(self, windows: Tensor) -> Tensor:
        """(B, 64, 96) -> (B, n_codes)."""
        ...


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


def autoencoder_figures(model: Autoencoder, base: FloatArray, prepared: Prepared) -> dict[str, Any]:
    """Reconstruction error beside PCA's, and the activity and novelty of the codes."""
    keys = [clip.key for clip in prepared.clips]
    return {
        "reconstruction": reconstruction(errors(model, prepared), base, keys),
        "features": features(scale_codes(model, prepared), prepared),
    }
