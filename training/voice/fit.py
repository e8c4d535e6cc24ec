"""Fit the note-boundary network: recordings to features and targets, crops to losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.arrays import Float32Array
from core.voice.boundary_features import N_MELS, SIGNED_COLUMNS, boundary_features
from core.voice.config import BoundaryConfig
from core.voice.model import BoundaryNet, boundary_logits
from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import FRAME_SEC, PitchTrack, track
from training.loop import Objective, step_rng
from training.recipe import Schedule
from training.voice.prepare import Notes, Recording

Item = tuple[Float32Array, Float32Array]


@dataclass(frozen=True, kw_only=True)
class VoiceOptions:
    """The recipe's section ``[options]``.

    Attributes
    ----------
    crop_frames : int
        Of a training example; 500 are 8 s.
    onset_width_sec : float
        Of the bell around an onset: annotated ones are not exact.
    onset_weight : float
        Of the rarer class, and again of its whole loss.
    n_made, n_made_validation, n_made_test : int
        Synthetic recordings, where the recipe learns from these.
    made_sec : float
        Their length.
    """

    crop_frames: int = 500
    onset_width_sec: float = 0.018
    onset_weight: float = 2.0
    n_made: int = 0
    n_made_validation: int = 0
    n_made_test: int = 0
    made_sec: float = 20.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A recording as the network and the segmentation see it."""

    recording: Recording
    track: PitchTrack
    features: Float32Array  # (T, D)
    wanted: Float32Array  # (2, T)

    @property
    def item(self) -> Item:
        """What is learned from."""
        return self.features, self.wanted


def prepare_recording(recording: Recording, width_sec: float) -> Prepared:
    """Track the pitch of a recording and compute its features and targets."""
    found = repair_octaves(recording.y, track(recording.y))
    return Prepared(
        recording=recording,
        track=found,
        features=boundary_features(recording.y, found),
        wanted=targets(recording.ref, len(found.f0_hz), width_sec),
    )


def targets(ref: Notes, n_frames: int, width_sec: float) -> Float32Array:
    """What the network should say, shape=(2, n_frames): a bell around each onset, and 1 inside notes."""
    times = np.arange(n_frames) * FRAME_SEC
    onset, active = np.zeros(n_frames), np.zeros(n_frames)
    for start, end, _ in ref:
        onset = np.maximum(onset, np.exp(-0.5 * ((times - start) / width_sec) ** 2))
        active[(times >= start) & (times < end)] = 1.0
    return np.stack([onset, active]).astype(np.float32)


def make_objective(
    items: Sequence[Item],
    config: BoundaryConfig,
    options: VoiceOptions,
    schedule: Schedule,
    validation: Sequence[Item] = (),
) -> Objective[BoundaryNet, tuple[Tensor, Tensor]]:
    """A network, its batches and its loss; with validation recordings the step that they cost least is kept.

    Parameters
    ----------
    items, validation : sequence of (features, targets)
        Shapes (T, D) and (2, T).
    """
    torch.manual_seed(schedule.seed)
    lengths = np.array([len(features) for features, _ in items], dtype=float)

    def draw(step: int) -> tuple[Tensor, Tensor]:
        rng = step_rng(schedule.seed, step)
        drawn = rng.choice(len(items), schedule.batch_size, p=lengths / lengths.sum())
        crops = [_crop(items[i], options.crop_frames, rng) for i in drawn]
        features, wanted = (torch.from_numpy(np.stack(parts)) for parts in zip(*crops, strict=True))
        return features.transpose(1, 2), wanted

    def loss(model: BoundaryNet, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        features, wanted = batch
        return boundary_loss(model(features), wanted, options.onset_weight), float(len(features))

    def score(model: BoundaryNet) -> dict[str, float]:
        costs = []
        for features, wanted in validation:
            logits = boundary_logits(model.eval(), torch.from_numpy(features))
            costs.append(
                float(boundary_loss(logits[None], torch.from_numpy(wanted)[None], options.onset_weight))
            )
        return {"validation_loss": float(np.mean(costs))}

    return Objective(
        model=BoundaryNet(config),
        draw=draw,
        loss=loss,
        score=score if validation else None,
        keep="validation_loss" if validation else "",
    )


def boundary_loss(logits: Tensor, wanted: Tensor, onset_weight: float) -> Tensor:
    """Cross entropy of onsets, the rarer class weighted, and of activity; both are (B, 2, T)."""
    rare = torch.tensor(onset_weight)
    onset = F.binary_cross_entropy_with_logits(logits[:, 0], wanted[:, 0], pos_weight=rare)
    return onset_weight * onset + F.binary_cross_entropy_with_logits(logits[:, 1], wanted[:, 1])


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
