"""The collection that a run of Audio Viz's recipes trains on, its description on cards, and principal components of it."""

from __future__ import annotations

import torch

from core.errors import InputError
from training.audioviz.prepare import Prepared, find_shards, prepare, read_all, sample_windows
from training.baselines.audioviz_linear import Pca, PcaConfig, principal_directions
from training.run import Run

LIMITS = (
    "Trained on an hour or two of game music, solo violin, a few songs and lofi, at 22 kHz and 48 kbit/s:"
    " it has no information above 10 kHz, and it treats unfamiliar music like its nearest training "
    "example."
)
USE = "Ten or more features, 20 times a second, that drive a scene in Audio Viz."
BY_TRACK = "by track: one in eleven is held out for test and one for validation, by a hash of its key"
N_PCA_WINDOWS = 8_000


def read_collection(run: Run) -> Prepared:
    """The sounds of a recipe's data set; from shards in the run's folder of work where it has one."""
    [folder] = run.folders.values()
    if run.work is None:
        return read_all(folder)
    return prepare(folder, find_shards(run.work), log=run.report)


def read_parts(run: Run) -> dict[str, Prepared]:
    """The same by ``train``, ``validation`` and ``test``.

    Raises
    ------
    InputError
        If one of them is empty.
    """
    parts = read_collection(run).by_part()
    if min(map(len, parts.values())) == 0:
        raise InputError(
            "There are too few tracks here for training, validation and test. Give a larger collection."
        )
    return parts


def count_parts(run: Run, parts: dict[str, Prepared]) -> dict[str, dict[str, int]]:
    """How many clips each part has, for a card."""
    [name] = run.folders
    return {name: {part: len(held) for part, held in parts.items()}}


def fit_pca(train: Prepared, n_windows: int = N_PCA_WINDOWS) -> Pca:
    """Principal components of windows of the training part."""
    model = Pca(PcaConfig())
    mean, directions, _ = principal_directions(
        sample_windows(train, n_windows, seed=11), model.config.n_codes
    )
    with torch.no_grad():
        model.mean.copy_(torch.from_numpy(mean))
        model.components.copy_(torch.from_numpy(directions))
    return model
