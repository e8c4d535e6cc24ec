"""Train the transcriber of sung melodies: on synthetic singing for the open set, on SSVD for the research set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np

from core.errors import InputError
from core.nn.card import Card
from core.nn.weights import to_arrays
from core.voice.config import BoundaryConfig
from core.voice.inference import BoundaryNetwork
from core.voice.model import BoundaryNet
from core.voice.note_segmentation import SegmentSettings, segment
from training.run import Run, find_folder
from training.splits import hash_number
from training.voice.evaluate import score, score_baselines
from training.voice.fit import Prepared, VoiceOptions, make_objective, prepare_recording
from training.voice.made_singing import sing
from training.voice.prepare import Notes, Recording, read_data, read_vocadito
from training.voice.scores import note_f1, notes_of, table

N_FOLDS = 5
# Numbers of the synthetic recordings of each part begin here, so that no two are alike.
_FIRST_NUMBER = {"train": 0, "validation": 1_000_000, "test": 2_000_000}
_OWN_LICENSE = "None needed: the recipe makes it (random melodies, training/voice/made_singing.py)"

_USE = "Finds the onsets and ends of notes in one singing, humming or whistling voice."
_LIMITS = (
    "Notes that glide into each other on one vowel, ornaments and speech are transcribed less accurately; several "
    "voices at once are not transcribed at all."
)


def fold_of(key: str, n_folds: int = N_FOLDS) -> int:
    """The part of the cross-validation in which a recording is scored."""
    return hash_number(key) % n_folds


# On synthetic singing.


def train_open(run: Run) -> Card:
    """Learn from voices that the recipe makes itself, and score on other ones and on real recordings.

    Real recordings (vocadito's clip, SSVD) are scored where the root of the data holds them, and never learned from.
    """
    options = run.read_options(VoiceOptions)
    numbers = {"train": options.n_made, "validation": options.n_made_validation}
    parts = {part: make_singing(run.seed, part, n, options) for part, n in numbers.items()}
    schedule = run.recipe.fitting
    done = run.fit(
        make_objective(
            [one.item for one in parts["train"]],
            BoundaryConfig(**run.model_settings),
            options,
            schedule,
            [one.item for one in parts["validation"]],
        ),
        label="boundaries",
    )
    network = BoundaryNetwork(to_arrays(done.model))
    test = make_singing(run.seed, "test", options.n_made_test, options)
    own = {
        "name": "made singing",
        "license": _OWN_LICENSE,
        "pieces": {**numbers, "test": options.n_made_test},
        "split": "every recording has a melody, a voice and a room of its own",
    }
    return run.export(
        done.model,
        pieces={},
        made=[own],
        split="",
        metrics={
            "test": score(network, test),
            "real": {name: score(network, held) for name, held in _read_real(run, options).items()},
            "grid": _try_grid(network, parts["validation"]),
        },
        intended_use=_USE,
        limits=f"Trained on synthetic singing only. {_LIMITS}",
    )


def make_singing(seed: int, part: str, n: int, options: VoiceOptions) -> list[Prepared]:
    """Sing and prepare the recordings of a part."""
    first = _FIRST_NUMBER[part]
    return [
        prepare_recording(sing(seed, first + number, options.made_sec), options.onset_width_sec)
        for number in range(n)
    ]


def _read_real(run: Run, options: VoiceOptions) -> dict[str, list[Prepared]]:
    """The real recordings that the root of the data holds."""
    found: dict[str, list[Recording]] = {}
    for name, read in (("open/vocadito", read_vocadito), ("unclear/ssvd", read_data)):
        try:
            found[name.rpartition("/")[2]] = read(find_folder(run.root, name))
        except InputError:
            continue
    return {
        name: [prepare_recording(one, options.onset_width_sec) for one in recordings]
        for name, recordings in found.items()
    }


def _try_grid(network: BoundaryNetwork, prepared: Sequence[Prepared]) -> dict[str, Any]:
    """What the prices of the segmentation, which both sets share, cost on synthetic voices."""
    refs = [one.recording.ref for one in prepared]

    def mean(settings: SegmentSettings) -> float:
        found = [_find_notes(network, one, settings) for one in prepared]
        return round(float(np.mean([note_f1(ref, est) for ref, est in zip(refs, found, strict=True)])), 4)

    scores = [(mean(settings), settings) for settings in grid()]
    best = max(scores, key=lambda pair: pair[0])
    return {
        "note_f1_of_shipped_settings": mean(SegmentSettings()),
        "best_note_f1": best[0],
        "best": asdict(best[1]),
    }


def _find_notes(network: BoundaryNetwork, one: Prepared, settings: SegmentSettings) -> Notes:
    onset, active = network.logits(one.features).astype(np.float64)
    return notes_of(segment(one.track, onset, active, settings))


# On annotated recordings.


def train(run: Run) -> Card:
    """Cross-validate, train on every recording and write the pair.

    Its metrics are those of nested cross-validation: the network that scores a recording has not seen it, and the
    prices were chosen on the other folds. The prices of the shipped transcriber are the defaults of
    `core.voice.note_segmentation.SegmentSettings`; ``chosen_on_all`` tells what the search would choose.
    """
    options = run.read_options(VoiceOptions)
    recordings = read_data(run.folders["ssvd"])
    prepared = [prepare_recording(recording, options.onset_width_sec) for recording in recordings]
    model = _fit(run, prepared, options, "all")
    metrics = cross_validate(run, prepared, options)
    return run.export(
        model,
        pieces={"ssvd": {"train": len(recordings)}},
        data_more={"ssvd": {"keys": [recording.key for recording in recordings]}},
        split=f"cross-validation in {N_FOLDS} folds by sha1 of the key; the shipped network has seen all",
        metrics={"cross_validation": metrics},
        intended_use=_USE,
        limits=f"Trained on 26 minutes of sight-singing of scores without accompaniment. {_LIMITS}",
    )


def _fit(run: Run, prepared: Sequence[Prepared], options: VoiceOptions, label: str) -> BoundaryNet:
    config = BoundaryConfig(**run.model_settings)
    objective = make_objective([one.item for one in prepared], config, options, run.recipe.fitting)
    return run.fit(objective, label=label).model


def grid() -> list[SegmentSettings]:
    """The prices that are compared; the default stands in the middle."""
    return [
        SegmentSettings(off_pitch=off_pitch, note=note, onset=onset)
        for off_pitch, note, onset in product((0.25, 0.4, 0.6), (1.5, 3.0), (1.5, 2.0))
    ]


def cross_validate(run: Run, prepared: Sequence[Prepared], options: VoiceOptions) -> dict[str, Any]:
    """Score every recording with a network and with prices that have not seen it."""
    folds = [fold_of(one.recording.key) for one in prepared]
    refs = [one.recording.ref for one in prepared]
    candidates = grid()
    scores = np.zeros((len(candidates), len(prepared)))
    found: list[list[Notes]] = [[np.empty((0, 3))] * len(prepared) for _ in candidates]
    chosen = {}
    for fold in sorted(set(folds)):
        others = [one for one, part in zip(prepared, folds, strict=True) if part != fold]
        network = BoundaryNetwork(to_arrays(_fit(run, others, options, f"fold-{fold}")))
        for i in (i for i, part in enumerate(folds) if part == fold):
            for c, settings in enumerate(candidates):
                found[c][i] = _find_notes(network, prepared[i], settings)
                scores[c, i] = note_f1(refs[i], found[c][i])
    for fold in set(folds):
        others_mask = np.array(folds) != fold
        chosen[fold] = int(scores[:, others_mask].mean(axis=1).argmax())
    estimates = [found[chosen[fold]][i] for i, fold in enumerate(folds)]
    best = int(scores.mean(axis=1).argmax())
    return {
        **table(refs, estimates),
        "baselines": score_baselines(prepared),
        "chosen_on_all": asdict(candidates[best]),
        "range_of_grid": [round(float(value), 4) for value in np.percentile(scores.mean(axis=1), [0, 100])],
    }
