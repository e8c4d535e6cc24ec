"""Search the settings of Audio Viz's trainings with Optuna.

    python -m training search audioviz --data DATA --work FOLDER --trials 20

The study is a file under ``--work``: stopped, it goes on. The best settings are written as ``best.json``, which
``train audioviz --config`` takes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from training.audioviz.fit import Recipe, StyleRecipe, clip_log_probabilities, fit_autoencoder, fit_member
from training.audioviz.prepare import Prepared, prepare
from training.audioviz.scores import errors, macro_f1
from training.audioviz.train import WIDTHS, artist_folds, style_names

STEPS = 300  # of an autoencoder a trial; enough to tell good settings from bad ones
STYLE_STEPS = 100


def search(
    data: Path, work: Path, *, n_trials: int = 20, steps: int = STEPS, style_steps: int = STYLE_STEPS
) -> str:
    """Try settings of both trainings on the training and validation parts; the test part is not touched.

    Parameters
    ----------
    data, work : Path
        As for preparing.
    n_trials : int
        In all, those of earlier calls included.
    steps, style_steps : int
        Length of a trial's training.

    Returns
    -------
    str
        One line of JSON: the best settings and their values.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    prepared = prepare(data, work / "shards")
    parts = prepared.by_part()
    best: dict[str, Any] = {}
    values: dict[str, float] = {}
    labeled = prepared.where(lambda clip: clip.style is not None and clip.part != "test")
    jobs: list[tuple[str, Callable[[Any], float]]] = [
        ("autoencoder", lambda trial: _try_autoencoder(trial, parts, steps))
    ]
    if len({clip.artist for clip in labeled.clips}) > 3:
        jobs.append(("style", lambda trial: _try_style(trial, labeled, style_steps)))
    for name, objective in jobs:
        storage = JournalStorage(JournalFileBackend(str(work / f"{name}.log")))
        study = optuna.create_study(
            study_name=name, storage=storage, load_if_exists=True, sampler=optuna.samplers.TPESampler(seed=0)
        )
        study.optimize(objective, n_trials=max(0, n_trials - len(study.trials)))
        best[name], values[name] = study.best_params, round(float(study.best_value), 6)
    (work / "best.json").write_text(json.dumps(best, indent=1) + "\n", encoding="utf-8")
    return json.dumps({"best": best, "values": values, "trials": n_trials})


def _try_autoencoder(trial: Any, parts: dict[str, Prepared], steps: int) -> float:
    recipe = Recipe(
        n_steps=steps,
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 8e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.2, log=True),
        correlation=trial.suggest_float("correlation", 1e-4, 3e-2, log=True),
        code_noise=trial.suggest_float("code_noise", 0.0, 0.2),
        mixed=trial.suggest_float("mixed", 0.0, 0.5),
    )
    model, _ = fit_autoencoder(parts["train"], parts["validation"], AutoencoderConfig(), recipe, log=_silent)
    return float(errors(model, parts["validation"], every=20).mean())


def _try_style(trial: Any, labeled: Prepared, steps: int) -> float:
    """One minus macro F1 over clips of artists that were not heard."""
    recipe = StyleRecipe(
        n_steps=steps,
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 8e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        mixup=trial.suggest_float("mixup", 0.0, 0.6),
        smoothing=trial.suggest_float("smoothing", 0.0, 0.3),
    )
    found = [clip.style or "" for clip in labeled.clips]
    styles = style_names(found)
    labels = np.array([styles.index(style) for style in found])
    config = StyleNetConfig(variant="vgg", widths=WIDTHS["vgg"], n_styles=max(2, len(styles)))
    said = np.zeros(len(labels), dtype=np.int64)
    for fold in artist_folds([clip.artist for clip in labeled.clips], labels, n=2):
        held = np.array([clip.artist in fold for clip in labeled.clips])
        model, _ = fit_member(
            labeled.take(~held), labels[~held], config, dataclasses.replace(recipe), log=_silent
        )
        said[held] = clip_log_probabilities(model, labeled.take(held), every=20).argmax(axis=1)
    return 1.0 - macro_f1(labels, said)


def _silent(_: str) -> None:
    """Discard a trial's log lines."""
