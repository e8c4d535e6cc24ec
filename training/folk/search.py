"""Search the folk network's sizes and rates with Optuna (Akiba et al. 2019), on a part of the tunes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.folk.config import FolkConfig
from training.folk.fit import Encoded, Recipe, fit, score_bits

FIRST = {  # the recipe that was guessed, tried first so that every other is compared with it
    "hidden_size": 320,
    "dropout": 0.4,
    "input_dropout": 0.1,
    "learning_rate": 4e-3,
    "batch_size": 32,
}


def search(
    train: Sequence[Encoded],
    validation: Sequence[Encoded],
    *,
    n_trials: int = 7,
    n_epochs: int = 3,
    every: int = 3,
    seed: int = 1,
    log: Path | None = None,
) -> list[dict[str, Any]]:
    """Try settings, each for the same number of passes over every third tune.

    Parameters
    ----------
    every : int
        Only each ``every``-th tune of the training part and each second of the validation part is used.

    Returns
    -------
    list of dict
        A trial each, in the order of the trials: the settings and ``bits`` (pitch, pitch without phrase marks,
        pitch and length jointly) on the validation part.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    few, scored = list(train)[::every], list(validation)[::2]
    found: list[dict[str, Any]] = []

    def objective(trial: Any) -> float:
        config = FolkConfig(
            hidden_size=trial.suggest_categorical("hidden_size", [256, 320, 384]),
            dropout=trial.suggest_float("dropout", 0.2, 0.5),
            input_dropout=trial.suggest_float("input_dropout", 0.0, 0.2),
        )
        recipe = Recipe(
            n_epochs=n_epochs,
            learning_rate=trial.suggest_float("learning_rate", 2e-3, 8e-3, log=True),
            batch_size=trial.suggest_categorical("batch_size", [16, 32]),
            average=0.98,
            seed=seed,
        )
        model, _ = fit(few, scored, config=config, recipe=recipe)
        bits = score_bits(model, scored)
        found.append({**trial.params, "bits": [round(value, 4) for value in bits]})
        if log is not None:
            with log.open("a") as file:
                file.write(f"{found[-1]}\n")
        return bits[2]

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=4))
    study.enqueue_trial(FIRST)
    study.optimize(objective, n_trials=n_trials)
    return found
