"""Train the original project's network as it was trained, on raw seconds, and score it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.arrays import Float32Array
from core.errors import InputError
from core.extrapolate.spectrograms import SR
from core.nn.card import Card
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.model import OriginalNet
from training.baselines.extrapolate_original.play import cut_seconds, play_original
from training.extrapolate.evaluate import Task, cut_tasks
from training.extrapolate.prepare import describe_sound, find_clips, read
from training.extrapolate.scores import (
    HORIZON_SEC,
    Heard,
    against,
    chroma_distance,
    figure,
    mel_distance,
    vector_distances,
)
from training.loop import Objective, epoch_order
from training.run import Run
from training.splits import PARTS


def train(run: Run) -> Card:
    """Train the network by its recipe, one example a clip, and write its pair.

    Parameters
    ----------
    run : Run

    Raises
    ------
    InputError
        If there are no clips of thirty seconds.
    """
    config, schedule = OriginalConfig(**run.model_settings), run.recipe.fitting
    clips = find_clips(run.folders["audio_clips"])
    parts = {part: [clip for clip in clips if clip.split == part] for part in PARTS}
    sounds = [audio.mono().resample(SR).y for audio in map(read, parts["train"]) if audio is not None]
    examples = cut_examples(sounds, config)
    model = run.fit(make_objective(examples, config, schedule.batch_size, schedule.seed)).model
    model = model.half().float().eval()
    truth = examples[:, config.n_context :]
    with torch.inference_mode():
        said = torch.cat([model(part[:, : config.n_context]) for part in torch.split(examples, 32)])
    every = np.concatenate([describe_sound(y)[::16] for y in sounds if len(y) >= SR])
    metrics = {
        "training": {
            "n": len(examples),
            "summed_error": round(float((said - truth).square().mean(dim=(0, 2)).sum()), 4),
            "summed_error_of_silence": round(float(truth.square().mean(dim=(0, 2)).sum()), 4),
        },
        "test": _score(model, cut_tasks(parts["test"])[0], every.std(axis=0) + 1e-3),
    }
    return run.export(
        model.half(),
        pieces={"audio_clips": {part: len(held) for part, held in parts.items()}},
        split="by track: one in eleven is held out for test and one for validation, by a hash of its key",
        metrics=metrics,
        intended_use="The original project's network, for comparison only.",
        limits="The original has 399,890,460 parameters at 22,050 Hz; this one has the same structure at 4,000 Hz and a small "
        "share of the width. Like the original it predicts almost nothing: the mean of waveforms of unknown phase is silence.",
    )


def cut_examples(sounds: Sequence[Float32Array], config: OriginalConfig) -> Tensor:
    """The first seconds of each sound that is long enough, shape=(n, n_context + n_horizon, sr).

    Raises
    ------
    InputError
        If none is.
    """
    size = config.n_context + config.n_horizon
    cut = [seconds for y in sounds if (seconds := cut_seconds(y, config, size)) is not None]
    if not cut:
        raise InputError(f"No clips of at least {size} s lie in the data.")
    return torch.from_numpy(np.stack(cut).astype(np.float32))


def make_objective(
    examples: Tensor, config: OriginalConfig, batch_size: int, seed: int
) -> Objective[OriginalNet, Tensor]:
    """The network as it begins, each clip once an epoch, and the squared error of samples summed over seconds.

    Parameters
    ----------
    examples : Tensor, shape=(n, n_context + n_horizon, sr)
    config : OriginalConfig
    batch_size, seed : int
    """
    torch.manual_seed(seed)

    def draw(step: int) -> Tensor:
        chosen = epoch_order(len(examples), batch_size, seed, step)
        # Batch normalization needs two examples.
        return examples[chosen if len(chosen) > 1 else np.resize(chosen, 2)]

    def loss(model: OriginalNet, batch: Tensor) -> tuple[Tensor, float]:
        said = model(batch[:, : config.n_context])
        return (said - batch[:, config.n_context :]).square().mean(dim=(0, 2)).sum(), float(len(batch))

    return Objective(
        model=OriginalNet(config),
        draw=draw,
        loss=loss,
        optimizers=lambda model: [torch.optim.Adam(model.parameters(), lr=1e-3)],
    )


def _score(model: OriginalNet, tasks: Sequence[Task], spread: Float32Array) -> dict[str, Any]:
    """Distances of the network's continuations and of silence from what followed, by track."""
    if not tasks:
        return {"n": 0}
    keys = [task.key for task in tasks]
    rows: dict[str, list[tuple[float, float, float]]] = {"model": [], "silence": []}
    for task in tasks:
        truth = Heard.of(task.truth)
        silence = np.zeros(HORIZON_SEC * SR, dtype=np.float32)
        for name, y in (("model", play_original(model, task.mono)), ("silence", silence)):
            one = Heard.of(y)
            apart = vector_distances(one.vectors, truth.vectors, spread)["all"]
            rows[name].append((apart, mel_distance(one, truth), chroma_distance(one, truth)))
    columns = {name: list(zip(*told, strict=True)) for name, told in rows.items()}
    return {
        "n": len(keys),
        "n_tracks": len(set(keys)),
        **{
            name: {
                "features": figure(told[0], keys),
                "log_mel_db": figure(told[1], keys),
                "chroma": figure(told[2], keys),
            }
            for name, told in columns.items()
        },
        "features_less_silence": against(columns["model"][0], columns["silence"][0], keys),
    }
