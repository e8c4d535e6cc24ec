"""Search the settings of Audio Viz's trainings with Optuna.

    python -m training search audioviz --data DATA --work FOLDER --trials 20

The study is a file under ``--work``: stopped, it goes on. The best settings are written as ``best.json``, by section of
a recipe (``training``, ``options``). Last, all style models are compared by nested cross-validation over artists, which
is written as ``nested.json``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from core.audioviz.model import StyleNet
from training.audioviz import autoencoder_train, style_train
from training.audioviz.prepare import Prepared, find_shards, prepare
from training.audioviz.scores import errors
from training.audioviz.style_choice import choose_nested, make_judge
from training.audioviz.style_folds import Labeled, artist_folds, find_labeled
from training.audioviz.style_scores import mean_accuracies
from training.loop import fit
from training.recipe import Schedule, read_recipe

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
    prepared = prepare(data, find_shards(work))
    parts = prepared.by_part()
    best: dict[str, Any] = {}
    values: dict[str, float] = {}
    styled = prepared.where(lambda clip: clip.style is not None and clip.part != "test")
    jobs: list[tuple[str, Callable[[Any], float]]] = [
        ("autoencoder", lambda trial: _try_autoencoder(trial, parts, steps))
    ]
    if len({clip.artist for clip in styled.clips}) > 3:
        labeled = find_labeled(styled)
        jobs.append(("style", lambda trial: _try_style(trial, labeled, style_steps)))
    for name, objective in jobs:
        storage = JournalStorage(JournalFileBackend(str(work / f"{name}.log")))
        study = optuna.create_study(
            study_name=name, storage=storage, load_if_exists=True, sampler=optuna.samplers.TPESampler(seed=0)
        )
        study.optimize(objective, n_trials=max(0, n_trials - len(study.trials)))
        best[name] = _by_section(study.best_params)
        values[name] = round(float(study.best_value), 6)
    if len(jobs) > 1:
        told = choose_nested(labeled, make_judge(labeled, with_networks=True))
        (work / "nested.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (work / "best.json").write_text(json.dumps(best, indent=1) + "\n", encoding="utf-8")
    return json.dumps({"best": best, "values": values, "trials": n_trials})


def _by_section(settings: dict[str, float]) -> dict[str, dict[str, float]]:
    """Settings under the section of a recipe in which they stand."""
    training = {field.name for field in dataclasses.fields(Schedule)}
    sections: dict[str, dict[str, float]] = {"training": {}, "options": {}}
    for name, value in settings.items():
        sections["training" if name in training else "options"][name] = value
    return sections


def _try_autoencoder(trial: Any, parts: dict[str, Prepared], steps: int) -> float:
    schedule = dataclasses.replace(
        read_recipe("audioviz_ae_normal").fitting,
        steps=steps,
        score_every=steps,
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 8e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.2, log=True),
    )
    options = autoencoder_train.Options(
        correlation=trial.suggest_float("correlation", 1e-4, 3e-2, log=True),
        code_noise=trial.suggest_float("code_noise", 0.0, 0.2),
        mixed=trial.suggest_float("mixed", 0.0, 0.5),
    )
    objective = autoencoder_train.make_objective(
        parts["train"], parts["validation"], AutoencoderConfig(), schedule, options
    )
    return float(errors(fit(objective, schedule).model, parts["validation"], every=20).mean())


def _try_style(trial: Any, labeled: Labeled, steps: int) -> float:
    """One minus the mean of both accuracies over clips of artists that were not heard."""
    recipe = read_recipe("audioviz_vgg")
    schedule = dataclasses.replace(
        recipe.fitting,
        steps=steps,
        learning_rate=trial.suggest_float("learning_rate", 5e-4, 8e-3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
    )
    options = style_train.Options(
        mixup=trial.suggest_float("mixup", 0.0, 0.6), smoothing=trial.suggest_float("smoothing", 0.0, 0.3)
    )
    folds = artist_folds(labeled, n=2)
    config = StyleNetConfig(**recipe.model_settings, n_styles=len(labeled.styles), n_members=len(folds))
    model = StyleNet(config)
    for member, fold in zip(model.members, folds, strict=True):
        objective = style_train.make_objective(labeled.without(fold), config, schedule, options)
        member.load_state_dict(fit(objective, schedule).model.state_dict())
    judged = style_train.judge_clips(model.eval(), labeled, folds)
    return 1.0 - mean_accuracies(labeled.labels, judged.argmax(axis=1))
