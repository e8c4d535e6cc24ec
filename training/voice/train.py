"""Train the transcriber of sung melodies: the boundary network, cross-validation, prices of the segmentation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from core.arrays import Float32Array
from core.nn.card import Card
from core.voice.boundary_features import N_MELS, SIGNED_COLUMNS, boundary_features
from core.voice.config import BoundaryConfig
from core.voice.model import BoundaryNet, boundary_logits
from core.voice.note_segmentation import SegmentSettings, segment
from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import FRAME_SEC, PitchTrack, track
from training.export import export
from training.optimization import Clock, descend
from training.splits import hash_number
from training.voice.prepare import Notes, Recording, read_data
from training.voice.scores import note_f1, notes_of, table

N_FOLDS = 5

LICENSE = "SSVD v2.0 (github.com/xk-wang/SSVD-v2.0); no license is stated, so whether weights may be published is unclear"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained."""

    config: BoundaryConfig = field(default_factory=BoundaryConfig)
    epochs: int = 60
    crop_frames: int = 500  # 8 s
    batch_size: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    onset_width_sec: float = 0.018  # annotated onsets are not exact
    onset_weight: float = 2.0  # of the rarer class, and again of its whole loss

    @classmethod
    def tiny(cls) -> Recipe:
        """A training for tests."""
        return cls(config=BoundaryConfig.tiny(), epochs=1, crop_frames=100, batch_size=2)


def fold_of(key: str, n_folds: int = N_FOLDS) -> int:
    """The part of the cross-validation in which a recording is scored."""
    return hash_number(key) % n_folds


def targets(ref: Notes, n_frames: int, width_sec: float) -> Float32Array:
    """What the network should say, shape=(2, n_frames): a bell around each onset, and 1 inside notes."""
    times = np.arange(n_frames) * FRAME_SEC
    onset, active = np.zeros(n_frames), np.zeros(n_frames)
    for start, end, _ in ref:
        onset = np.maximum(onset, np.exp(-0.5 * ((times - start) / width_sec) ** 2))
        active[(times >= start) & (times < end)] = 1.0
    return np.stack([onset, active]).astype(np.float32)


Item = tuple[Float32Array, Float32Array]


def fit(items: Sequence[Item], recipe: Recipe, seed: int = 0) -> BoundaryNet:
    """Train a network on the features, shape=(T, D), and targets, shape=(2, T), of recordings."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = BoundaryNet(recipe.config)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    lengths = np.array([len(features) for features, _ in items], dtype=float)
    steps = max(1, int(lengths.sum()) // (recipe.crop_frames * recipe.batch_size))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, recipe.epochs * steps)
    rare = torch.tensor(recipe.onset_weight)
    for _ in range(recipe.epochs * steps):
        drawn = rng.choice(len(items), recipe.batch_size, p=lengths / lengths.sum())
        crops = [_crop(items[i], recipe.crop_frames, rng) for i in drawn]
        features, wanted = (torch.from_numpy(np.stack(parts)) for parts in zip(*crops, strict=True))
        logits = model(features.transpose(1, 2))
        onset = F.binary_cross_entropy_with_logits(logits[:, 0], wanted[:, 0], pos_weight=rare)
        loss = recipe.onset_weight * onset + F.binary_cross_entropy_with_logits(logits[:, 1], wanted[:, 1])
        descend(model, optimizer, loss, max_norm=None)
        schedule.step()
    return model.eval()


def _crop(item: Item, n_frames: int, rng: np.random.Generator) -> Item:
    """A stretch of a recording as another voice might have sung it: louder, brighter, higher, upside down."""
    start = rng.integers(0, max(1, len(item[0]) - n_frames))
    features, wanted = item[0][start : start + n_frames].copy(), item[1][:, start : start + n_frames]
    lacking = n_frames - len(features)
    if lacking > 0:
        features, wanted = np.pad(features, ((0, lacking), (0, 0))), np.pad(wanted, ((0, 0), (0, lacking)))
    bands = features[:, :N_MELS]
    bands += (rng.normal(0, 0.25) + rng.normal(0, 0.15) * np.linspace(-1, 1, N_MELS)).astype(np.float32)
    features[:, :N_MELS] = np.roll(bands, rng.integers(-1, 2), axis=1)
    if rng.random() < 0.25:
        features[:, list(SIGNED_COLUMNS)] *= -1
    return features, wanted


def train(data: Path, out: Path, recipe: Recipe | None = None) -> list[Card]:
    """Cross-validate, choose the prices, train on every recording and write ``voice_v1``.

    Parameters
    ----------
    data, out : Path
    recipe : Recipe, optional

    Returns
    -------
    list of Card
        One. Its metrics are those of nested cross-validation: the network that scores a recording has not
        seen it, and the prices were chosen on the other folds. The prices of the shipped transcriber are the
        defaults of `core.voice.note_segmentation.SegmentSettings`; ``chosen_on_all`` tells what the search would choose.
    """
    torch.set_num_threads(1)
    clock, recipe = Clock(math.inf), recipe or Recipe()
    recordings = read_data(data)
    tracks = [repair_octaves(recording.y, track(recording.y)) for recording in recordings]
    items = [
        (boundary_features(r.y, t), targets(r.ref, len(t.f0_hz), recipe.onset_width_sec))
        for r, t in zip(recordings, tracks, strict=True)
    ]
    metrics = cross_validate(recordings, tracks, items, recipe)
    model = fit(items, recipe)
    card = export(
        model,
        name="voice",
        data=[
            {
                "name": "ssvd",
                "license": LICENSE,
                "pieces": {"train": len(recordings)},
                "keys": [recording.key for recording in recordings],
                "split": f"cross-validation in {N_FOLDS} folds by sha1 of the key; the shipped network has seen all",
            }
        ],
        training={
            "command": "python -m training train voice --data PATH",
            "seed": 0,
            "hours": clock.hours,
            "hardware": "one processor core",
            "recipe": asdict(recipe),
        },
        metrics={"cross_validation": metrics},
        intended_use="Finds the onsets and ends of notes in one singing, humming or whistling voice.",
        limits=(
            "Trained on 26 minutes of sight-singing of scores without accompaniment. Notes that glide into each "
            "other on one vowel, ornaments and speech are transcribed less accurately; several voices at once are"
            " not transcribed at all."
        ),
        directory=out,
    )
    return [card]


def grid() -> list[SegmentSettings]:
    """The prices that are compared; the default stands in the middle."""
    return [
        SegmentSettings(off_pitch=off_pitch, note=note, onset=onset)
        for off_pitch, note, onset in product((0.25, 0.4, 0.6), (1.5, 3.0), (1.5, 2.0))
    ]


def cross_validate(
    recordings: Sequence[Recording], tracks: Sequence[PitchTrack], items: Sequence[Item], recipe: Recipe
) -> dict[str, Any]:
    """Score every recording with a network and with prices that have not seen it."""
    folds = [fold_of(recording.key) for recording in recordings]
    candidates = grid()
    scores = np.zeros((len(candidates), len(recordings)))
    found: list[list[Notes]] = [[np.empty((0, 3))] * len(recordings) for _ in candidates]
    chosen = {}
    for fold in sorted(set(folds)):
        model = fit([item for item, part in zip(items, folds, strict=True) if part != fold], recipe)
        for i in (i for i, part in enumerate(folds) if part == fold):
            onset, active = boundary_logits(model, torch.from_numpy(items[i][0])).double().numpy()
            for c, settings in enumerate(candidates):
                found[c][i] = notes_of(segment(tracks[i], onset, active, settings))
                scores[c, i] = note_f1(recordings[i].ref, found[c][i])
    for fold in set(folds):
        others = np.array(folds) != fold
        chosen[fold] = int(scores[:, others].mean(axis=1).argmax())
    estimates = [found[chosen[fold]][i] for i, fold in enumerate(folds)]
    refs = [recording.ref for recording in recordings]
    best = int(scores.mean(axis=1).argmax())
    return {
        **table(refs, estimates),
        "chosen_on_all": asdict(candidates[best]),
        "range_of_grid": [round(float(value), 4) for value in np.percentile(scores.mean(axis=1), [0, 100])],
    }
