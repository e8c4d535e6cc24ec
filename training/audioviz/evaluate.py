"""Evaluate Audio Viz's shipped networks on a folder of sounds: reconstruction, codes, styles.

python -m training evaluate audioviz --data PATH
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import torch

from core.audioviz.config import AutoencoderVariant, StyleVariant
from core.audioviz.model import Autoencoder, StyleNet
from core.audioviz.style import MODEL_NAME, StyleConfig, StyleRegression
from core.nn.weights import load, load_arrays
from training.audioviz import cepstral_regression, scores, style_train
from training.audioviz.prepare import Prepared, read_all
from training.audioviz.style_folds import find_labeled
from training.audioviz.style_scores import style_block
from training.baselines.audioviz_linear import Pca

AUTOENCODERS: tuple[AutoencoderVariant, ...] = get_args(AutoencoderVariant)
STYLE_NETS: tuple[StyleVariant, ...] = get_args(StyleVariant)
DEFAULT_AUTOENCODER = "ae_normal"


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
        models[f"ae_{variant}"] = scores.autoencoder_figures(model, base, prepared)
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
    style = evaluate_styles(prepared)
    return result | ({"style": style} if style else {})


def evaluate_styles(prepared: Prepared) -> dict[str, Any] | None:
    """Figures of the style networks and of the regression; None where no sound has one of their styles.

    Returns
    -------
    dict
        ``regression`` and ``networks``: each clip judged by members that never heard its artist, and under
        ``all_members`` by all, which counts for artists that none of them knows.
    """
    config, tensors, card = load_arrays(MODEL_NAME, StyleConfig)
    regression = StyleRegression(config, tensors, tuple(card.vocabulary))
    labeled = find_labeled(prepared, card.vocabulary)
    if len(labeled) == 0:
        return None
    base, base_all = (
        cepstral_regression.judge_clips(
            regression, labeled, card.training["held_out_artists"], everyone=every
        )
        for every in (False, True)
    )
    networks: dict[str, Any] = {}
    for name in STYLE_NETS:
        model, own = load(f"audioviz_{name}", StyleNet)
        judged, judged_all = (
            style_train.judge_clips(model, labeled, own.training["held_out_artists"], everyone=every)
            for every in (False, True)
        )
        networks[name] = style_block(judged, base, labeled) | {
            "all_members": style_block(judged_all, base_all, labeled),
            "features": scores.features(scores.scale_codes(model, labeled.prepared), labeled.prepared),
        }
    return {
        "artists": "disjoint: every clip is judged by members that never heard its artist; under all_members by all",
        "regression": style_block(base, base, labeled)
        | {"all_members": style_block(base_all, base_all, labeled)},
        "networks": networks,
        "styles": {style: int((labeled.labels == i).sum()) for i, style in enumerate(card.vocabulary)},
        "nested": card.metrics.get("nested"),
    }
