"""Evaluate Audio Viz's shipped networks on a folder of sounds: reconstruction, codes, styles.

python -m training evaluate audioviz --data PATH
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from core.arrays import FloatArray, IntArray
from core.audioviz.config import AutoencoderVariant, StyleVariant
from core.audioviz.model import Autoencoder, StyleNet
from core.nn.weights import load
from training.audioviz import scores
from training.audioviz.prepare import Prepared, clip_windows, read_all
from training.baselines.audioviz_linear import MfccRegression, Pca

AUTOENCODERS: tuple[AutoencoderVariant, ...] = get_args(AutoencoderVariant)
STYLE_NETS: tuple[StyleVariant, ...] = get_args(StyleVariant)
DEFAULT_AUTOENCODER, DEFAULT_STYLE_NET = "ae_normal", "alexnet"


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped networks on every sound of a folder.

    Parameters
    ----------
    data : Path
        A folder with ``clips.csv``, one above it, or a folder of sounds; everything in it counts as test. Of a folder
        above several sets, those under ``nc`` are left out.

    Returns
    -------
    dict
        ``reconstruction`` and ``features`` of the default autoencoder, with all three under ``models``; ``style`` where
        styles are known: each clip judged by members that never heard its artist, beside the same of the regression.
    """
    torch.set_num_threads(1)
    prepared = read_all(data)
    pca = load("audioviz_pca", Pca)[0]
    keys = [clip.key for clip in prepared.clips]
    base = scores.errors(pca, prepared)
    models: dict[str, Any] = {}
    for variant in AUTOENCODERS:
        model = load(f"audioviz_ae_{variant}", Autoencoder)[0]
        models[f"ae_{variant}"] = autoencoder_figures(model, base, prepared)
    result: dict[str, Any] = {
        "default": DEFAULT_AUTOENCODER,
        "n": len(prepared),
        "n_tracks": len(set(keys)),
        **models[DEFAULT_AUTOENCODER],
        "models": models,
        "baselines": {
            "pca10": round(float(base.mean()), 6),
            "pca10_refitted_to_these_clips": round(
                float(scores.measure_refitted_pca(prepared, 10).mean()), 6
            ),
        },
        "unusable": prepared.unusable,
    }
    style = _evaluate_styles(prepared)
    return result | ({"style": style} if style else {})


def _evaluate_styles(prepared: Prepared) -> dict[str, Any] | None:
    regression, card = load("audioviz_mfcc", MfccRegression)
    labeled = prepared.where(lambda clip: clip.style in card.vocabulary)
    if len(labeled) == 0:
        return None
    truth = np.array([card.vocabulary.index(clip.style or "") for clip in labeled.clips])
    folds = card.training["held_out_artists"]
    base = judge_clips(regression, labeled, folds).argmax(axis=1)
    base_all = judge_clips(regression, labeled, folds, everyone=True).argmax(axis=1)
    models: dict[str, Any] = {}
    for name in STYLE_NETS:
        model, own = load(f"audioviz_{name}", StyleNet)
        folds = own.training["held_out_artists"]
        disjoint = judge_clips(model, labeled, folds).argmax(axis=1)
        everyone = judge_clips(model, labeled, folds, everyone=True).argmax(axis=1)
        models[name] = style_block(truth, disjoint, base, labeled) | {
            "all_members": style_block(truth, everyone, base_all, labeled),
            "features": scores.features(scores.scale_codes(model, labeled), labeled),
        }
    return {
        "default": DEFAULT_STYLE_NET,
        "artists": "disjoint: every clip is judged by members that never heard its artist; under all_members by all",
        **{key: value for key, value in models[DEFAULT_STYLE_NET].items() if key != "features"},
        "styles": {style: int((truth == i).sum()) for i, style in enumerate(card.vocabulary)},
        "models": models,
    }


def autoencoder_figures(model: Autoencoder, base: FloatArray, prepared: Prepared) -> dict[str, Any]:
    """Reconstruction error beside PCA's, and the activity and novelty of the codes."""
    keys = [clip.key for clip in prepared.clips]
    return {
        "reconstruction": scores.reconstruction(scores.errors(model, prepared), base, keys),
        "features": scores.features(scores.scale_codes(model, prepared), prepared),
    }


def members_for(artist: str, folds: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Ensemble members trained without an artist; all of them for an unknown artist."""
    known = {name: k for k, fold in enumerate(folds) for name in fold}
    near = difflib.get_close_matches(artist, known, 1, 0.93)
    return (known[near[0]],) if near else tuple(range(len(folds)))


def judge_clips(
    model: StyleNet | MfccRegression,
    prepared: Prepared,
    folds: Sequence[Sequence[str]],
    *,
    everyone: bool = False,
) -> FloatArray:
    """Log-probabilities of each clip, (n_clips, n_styles), by members that never heard its artist (or by all).

    A network's are the mean over the clip's windows, five in two seconds.
    """
    rows = []
    with torch.inference_mode():
        for clip, mel in zip(prepared.clips, prepared.mels, strict=True):
            members = tuple(range(len(folds))) if everyone else members_for(clip.artist, folds)
            if isinstance(model, StyleNet):
                said = model.log_probabilities(torch.from_numpy(clip_windows(mel, 8)), members)
            else:
                said = model.log_probabilities(torch.from_numpy(scores.mfcc_statistics(mel))[None], members)
            rows.append(said.mean(dim=0).numpy())
    return np.array(rows, dtype=np.float64)


def style_block(truth: IntArray, said: IntArray, regression: IntArray, prepared: Prepared) -> dict[str, Any]:
    """Figures of one model beside the majority and the regression."""
    groups = [clip.artist for clip in prepared.clips]
    majority = np.full(len(truth), np.bincount(truth).argmax())
    return scores.style_figures(truth, said, groups) | {
        "baselines": {
            "majority": scores.style_figures(truth, majority, groups),
            "mfcc_regression": scores.style_figures(truth, regression, groups),
        },
        "accuracy_above_majority": scores.compare_pairwise(said, majority, truth),
        "accuracy_above_mfcc_regression": scores.compare_pairwise(said, regression, truth),
    }
