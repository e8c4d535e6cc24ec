"""Train Extrapolate's network by its recipe, score it on the test part, and write its pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import torch

from core.arrays import Float32Array
from core.errors import InputError
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.forecast import Forecaster
from core.extrapolate.model import ExtrapolateNet
from core.extrapolate.second_features import PLACES_A_SEC
from core.extrapolate.spectrograms import SR
from core.nn.card import Card
from core.nn.weights import to_arrays
from training.extrapolate import fit
from training.extrapolate.evaluate import cut_tasks, measure_all
from training.extrapolate.prepare import Clip, describe_sound, find_clips, tracks
from training.extrapolate.rendered_scores import RenderOptions, describe_scores, draw_scores, find_scores
from training.extrapolate.scores import figure
from training.loop import Objective
from training.run import Run

PARTS = ("train", "validation", "test")
BY_TRACK = (
    "by track: one in eleven is held out for test and one for validation, by a hash of its key; all clips of a track "
    "stay together; of scores only the training part is rendered"
)
SECONDS = "20 s of context, 10 s predicted; each vector describes one second by timbre, shape, chroma, loudness and rhythm"


@dataclass(frozen=True, kw_only=True)
class Options(fit.WindowOptions, RenderOptions):
    """The recipe's ``[options]``: how windows are drawn and how scores are rendered."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Material:
    """What the network is trained on: clips by part, sounds of two parts with their tracks, rendered scores by set."""

    clips: dict[str, list[Clip]]
    sounds: dict[str, list[Float32Array]]
    keys: list[str]  # of the sounds of the validation part
    rendered: dict[str, list[Float32Array]] = field(default_factory=dict)

    @property
    def training(self) -> fit.Sequences:
        """The training part."""
        return fit.Sequences(
            clips=self.sounds["train"], rendered=[x for group in self.rendered.values() for x in group]
        )


def train(run: Run) -> Card:
    """Train the network by a recipe, score it and write its pair.

    Parameters
    ----------
    run : Run

    Raises
    ------
    InputError
        If there are no clips to train on, or the recipe's SoundFont is not installed.
    """
    options, config = run.read_options(Options), ExtrapolateConfig(**run.model_settings)
    material = _read(run, options)
    objective = make_objective(material.training, material.sounds["validation"], config, options, run)
    model = run.fit(objective).model.half().float().eval()  # scored is what will be loaded
    forecaster = Forecaster(model.config, to_arrays(model))
    found, left_out = cut_tasks(material.clips["test"])
    metrics = {
        "validation": _score_validation(model, material, config),
        "test": measure_all(found, left_out, forecaster, run.root) if found else {"n": 0},
    }
    return run.export(
        model.half(),
        pieces=_count(material),
        split=BY_TRACK,
        data_more={"audio_clips": _describe_clips(material.clips)},
        metrics=metrics,
        training_more={"seconds": SECONDS, **_describe_rendering(material, options)},
        intended_use=INTENDED,
        limits=LIMITS,
    )


def make_objective(
    training: fit.Sequences,
    validation: Sequence[Float32Array],
    config: ExtrapolateConfig,
    options: fit.WindowOptions,
    run: Run,
) -> Objective[ExtrapolateNet, fit.Batch]:
    """The network as it begins, its windows and its loss.

    Parameters
    ----------
    training : Sequences
    validation : sequence of ndarray
        Where there are none that are long enough, the training part's own are scored.
    config, options, run
    """
    schedule = run.recipe.fitting
    torch.manual_seed(schedule.seed)
    model = ExtrapolateNet(config)
    fit.set_scales(model, training)
    windows = fit.Windows(training, config, options, batch_size=schedule.batch_size, seed=schedule.seed)
    scored = fit.validation_batches(validation, config) or fit.validation_batches(training.clips, config)
    return Objective(
        model=model,
        draw=windows.draw,
        loss=lambda model, batch: fit.compute_loss(model, batch, options),
        score=lambda model: fit.score(model, scored),
        keep="distance",
    )


def _read(run: Run, options: Options) -> _Material:
    """Read and describe the clips, and render the scores or find them rendered."""
    folders = run.folders
    # Both folders of clips have the same name, so that the later one hides the other.
    places = [run.root / name for name in run.recipe.data if name.endswith("audio_clips")]
    clips = [clip for place in places if place.is_dir() for clip in find_clips(place)] or find_clips(
        folders["audio_clips"]
    )
    parts = {part: [clip for clip in clips if clip.split == part] for part in PARTS}
    told = {
        part: [(key, describe_sound(y)) for key, y in tracks(parts[part]) if len(y) >= 8 * SR]
        for part in ("train", "validation")
    }
    if not told["train"]:
        raise InputError(
            f"No clips to train on lie in {run.root.name}. Give the folder that holds audio_clips."
        )
    scores = draw_scores(find_scores(folders), options.n_excerpts, options.seed)
    render = RenderOptions(**{row.name: getattr(options, row.name) for row in fields(RenderOptions)})
    work = run.work / "extrapolate" / "rendered" if run.work else None
    return _Material(
        clips=parts,
        sounds={part: [x for _, x in rows] for part, rows in told.items()},
        keys=[key for key, _ in told["validation"]],
        rendered=describe_scores(scores, render, work) if scores else {},
    )


def _score_validation(
    model: ExtrapolateNet, material: _Material, config: ExtrapolateConfig
) -> dict[str, Any]:
    """Distances on the validation part, by track; the network was chosen by them."""
    own, mean, keys = [], [], []
    for key, x in zip(material.keys, material.sounds["validation"], strict=True):
        if batches := fit.validation_batches([x], config):
            told = fit.score(model, batches)
            own.append(told["distance"])
            mean.append(told["mean"])
            keys.append(key)
    if not own:
        return {"n": 0}
    differences = list(np.subtract(own, mean))
    return {
        "n": len(own),
        "n_tracks": len(set(keys)),
        "distance": figure(own, keys),
        "mean_of_context": figure(mean, keys),
        "less_mean_of_context": figure(differences, keys),
    }


def _count(material: _Material) -> dict[str, Mapping[str, int]]:
    """Pieces by set and part."""
    counts: dict[str, Mapping[str, int]] = {
        "audio_clips": {part: len(clips) for part, clips in material.clips.items()}
    }
    rendered = {
        name: {"train": len(group), "validation": 0, "test": 0} for name, group in material.rendered.items()
    }
    return {**counts, **rendered}


def _describe_clips(clips: Mapping[str, Sequence[Clip]]) -> dict[str, Any]:
    """Tracks by part, and clips by the license that ``clips.csv`` states for each."""
    licenses = Counter(clip.license for part in clips.values() for clip in part)
    return {
        "tracks": {part: len({clip.key for clip in held}) for part, held in clips.items()},
        "licenses_of_clips": dict(sorted(licenses.items())),
    }


def _describe_rendering(material: _Material, options: Options) -> dict[str, Any]:
    if not material.rendered:
        return {}
    n_places = sum(len(x) for group in material.rendered.values() for x in group)
    return {
        "rendered_minutes": round(n_places / PLACES_A_SEC / 60, 1),
        "soundfont": {
            "name": options.soundfont,
            "sha256": options.soundfont_sha256,
            "license": "MIT; parts CC0 and public domain",
            "credit": "MuseScore General 0.2.1, small edition: S. Christian Collins, from Fluid (R3) Mono GM by Michael Cowgill, "
            "from Fluid (R3) GM by Frank Wen",
        },
    }


INTENDED = (
    "Predicts how the next seconds of a recording sound, second by second. The prediction selects which "
    "of the recording's own beats come next, or is synthesized as new sound of lower fidelity. Any "
    "length, after the recording or before it."
)
LIMITS = (
    "It reads the last twenty seconds and has no model of form, lyrics or direction. Three quarters of the training "
    "recordings are game music. Where a recording does not repeat itself, its predictions stay close to the mean of "
    "what was heard. Joins are searched until they are within the recording's own limits for level, onset and beat, "
    "so that their share within limits is no evidence of quality; the figures that the search does not see say more."
)
