"""Train Extrapolate's network and the original's, score them on the test part, and write their weights and cards."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError
from core.extrapolate.forecast import Forecaster
from core.extrapolate.spectrograms import SR
from core.nn.card import Card
from core.nn.weights import to_arrays
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.model import OriginalNet
from training.baselines.extrapolate_original.train import fit_original
from training.export import export
from training.extrapolate.evaluate import cut_tasks, measure_all
from training.extrapolate.fit import Recipe, Sequences, fit
from training.extrapolate.prepare import Clip, describe_sound, find_clips, read, render_pieces, tracks
from training.optimization import Clock

COMMAND = "python -m training train extrapolate --data DATA"
N_MIDI = 150


def train(data: Path, out: Path, recipe: Recipe | None = None, n_midi: int = N_MIDI) -> list[Card]:
    """Train the network and the original's, score both on the test part, and write two pairs.

    Parameters
    ----------
    data : Path
        The root of the data folder: clips in folders called ``audio_clips``, and MIDI sets to be played.
    out : Path
    recipe : Recipe, optional
    n_midi : int
        Pieces to be played.

    Raises
    ------
    InputError
        If there are no clips to train on.
    """
    torch.set_num_threads(1)
    clock, recipe = Clock(math.inf), recipe or Recipe()
    clips = find_clips(data)
    parts = {name: [c for c in clips if c.split == name] for name in ("train", "validation", "test")}
    own = {
        name: [describe_sound(y) for _, y in tracks(parts[name]) if len(y) >= 8 * SR]
        for name in ("train", "validation")
    }
    if not own["train"]:
        raise InputError(f"No clips to train on lie in {data.name}. Give the folder that holds audio_clips.")
    midi = [describe_sound(y) for _, y in render_pieces(data, n_midi)] if n_midi else []
    model, history = fit(
        Sequences(clips=own["train"], midi=midi), Sequences(clips=own["validation"], midi=[]), recipe
    )
    sounds = [audio.mono().resample(SR).y for audio in map(read, parts["train"]) if audio is not None]
    original_model, original_told = fit_original(
        sounds, OriginalConfig() if n_midi else OriginalConfig.tiny(), n_epochs=60 if n_midi else 1
    )
    hours = round(clock.hours, 2)
    return write(
        model, history, original_model, original_told, clips, recipe, out, hours=hours, n_midi=len(midi)
    )


def write(
    model: Any,
    history: list[dict[str, float]],
    original_model: OriginalNet,
    original_told: dict[str, Any],
    clips: Sequence[Clip],
    recipe: Recipe,
    out: Path,
    *,
    hours: float,
    n_midi: int,
) -> list[Card]:
    """Score both networks as they will be loaded and write their pairs."""
    model, original_model = model.half().float().eval(), original_model.half().float().eval()
    found, left_out = cut_tasks([clip for clip in clips if clip.split == "test"])
    forecaster = Forecaster(model.config, to_arrays(model))
    figures = measure_all(found, left_out, forecaster, original_model) if found else {"n": 0}
    best = min(history, key=lambda row: row["distance"])
    return [
        export(
            model.half(),
            name="extrapolate",
            data=_describe_data(clips, n_midi),
            metrics={"test": figures},
            training={
                "command": COMMAND,
                "seed": recipe.seed,
                "hours": hours,
                "hardware": "a share of one CPU core",
                "recipe": asdict(recipe),
                "kept": {k: round(v, 4) for k, v in best.items()},
                "seconds": "20 s of context, 10 s predicted; each vector describes one second by timbre, shape, chroma, loudness"
                " and rhythm",
            },
            intended_use=INTENDED,
            limits=LIMITS,
            directory=out,
        ),
        export(
            original_model.half(),
            name="extrapolate_original",
            data=_describe_data(clips, 0),
            intended_use=ORIGINAL_INTENDED,
            metrics={"training": original_told, "test": _original_rows(figures)},
            limits=ORIGINAL_LIMITS,
            training={
                "command": COMMAND,
                "seed": 0,
                "hours": original_told.get("hours", hours),
                "hardware": "a share of one CPU core",
                "recipe": "squared error of samples, Adam at 1e-3, batches of 10, one example a clip",
            },
            directory=out,
        ),
    ]


def _original_rows(figures: dict[str, Any]) -> dict[str, Any]:
    if "audio" not in figures:
        return {"n": 0}
    return {
        "n": figures["n"],
        "features": figures["features"]["baselines"]["original_network"],
        "audio": figures["audio"]["baselines"]["original_network"],
        "silence": figures["audio"]["baselines"]["silence"],
    }


def _describe_data(clips: Sequence[Clip], n_midi: int) -> list[dict[str, Any]]:
    """Data sets with licenses and numbers; clips by the license that ``clips.csv`` states for each."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        groups["nc" if "NC" in clip.license.upper() else "open"].append(clip)
    account: list[dict[str, Any]] = [
        {
            "name": f"audio_clips ({'non-commercial' if name == 'nc' else 'open'} part)",
            "license": "; ".join(
                f"{license}: {count} clips"
                for license, count in sorted(Counter(c.license for c in group).items())
            ),
            "pieces": {
                split: sum(c.split == split for c in group) for split in ("train", "validation", "test")
            },
            "tracks": {
                split: len({c.key for c in group if c.split == split})
                for split in ("train", "validation", "test")
            },
            "split": "by track: one in eleven is held out for test and one for validation, by a hash of its key; all clips"
            " of a track stay together",
        }
        for name, group in sorted(groups.items(), reverse=True)
    ]
    if n_midi:
        account.append(
            {
                "name": "pop909, piano_midi_de, nottingham, played by the synthesizer, partly on other instruments",
                "license": "MIT; CC BY-SA 3.0 Germany; GPL-3.0",
                "pieces": {"train": n_midi, "validation": 0, "test": 0},
            }
        )
    return account


INTENDED = (
    "Predicts how the next seconds of a recording sound, second by second. The prediction selects which "
    "of the recording's own beats come next, or is synthesized as new sound of lower fidelity. Any "
    "length, after the recording or before it."
)
LIMITS = (
    "It sees the last twenty seconds and has no model of form, lyrics or direction. Three quarters of the"
    " training recordings are game music, and some are licensed for non-commercial use. Its predictions "
    "stay close to the recording's mean and improve on it only a little."
)
ORIGINAL_INTENDED = "The original project's network, for comparison only."
ORIGINAL_LIMITS = (
    "The original's has 399,890,460 parameters at 22,050 Hz; this one has the same structure at 4,000 Hz and a sixteenth of the "
    "width. Like the original's it says next to nothing: the mean of waveforms whose phase is unknown is silence."
)
