"""An embedding of beats that tells which one follows: trained on consecutive and shuffled beats, used only for scoring.

The planner of Extrapolate does not see it. It learns from recordings other than those that it judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.arrays import Float32Array, IntArray
from core.audio import Audio
from core.errors import InputError
from core.extrapolate.analysis import Analysis, analyze
from core.extrapolate.spectrograms import HOP, SR, chroma_of, log_mel, mean_between, power
from core.nn.card import Card
from core.nn.config import ModelConfig
from training.extrapolate.prepare import find_clips, tracks
from training.extrapolate.scores import figure
from training.loop import Objective, step_rng
from training.run import Run
from training.splits import PARTS

N_CANDIDATES = 20
# Parts of a beat, groups of bands, and pitch classes that a beat is described by.
N_PARTS, N_BANDS, N_CHROMA = 4, 20, 12
N_FEATURES = N_PARTS * (N_BANDS + N_CHROMA)
# Fewer beats than this give no twenty candidates.
MIN_BEATS = N_CANDIDATES + 8


@dataclass(frozen=True, kw_only=True)
class BeatOrderConfig(ModelConfig):
    """Sizes of :class:`BeatOrderNet`.

    Attributes
    ----------
    n_features : int
        Of a beat, as :func:`describe_beats` makes them.
    n_before : int
        Beats that are heard before the one that is asked about.
    hidden_size, embedding_size : int
    dropout : float in [0, 1)
    """

    n_features: int = N_FEATURES
    n_before: int = 4
    hidden_size: int = 128
    embedding_size: int = 64
    dropout: float = 0.3

    @classmethod
    def tiny(cls) -> BeatOrderConfig:
        """A network for tests."""
        return cls(hidden_size=8, embedding_size=4, dropout=0.0)


class BeatOrderNet(nn.Module):
    """Two perceptrons: one embeds the beats before, one a beat; what follows lies near (after van den Oord et al. 2018)."""

    config_class = BeatOrderConfig

    def __init__(self, config: BeatOrderConfig) -> None:
        super().__init__()
        self.config = config
        size = config.hidden_size

        def perceptron(n: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Linear(n, size),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(size, size),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(size, config.embedding_size),
            )

        self.before = perceptron(config.n_before * config.n_features)
        self.after = perceptron(config.n_features)

    def forward(self, before: Tensor, candidates: Tensor) -> Tensor:
        """How likely each candidate is the next beat, as logits.

        Parameters
        ----------
        before : Tensor, shape=(B, n_before, n_features)
        candidates : Tensor, shape=(B, C, n_features)

        Returns
        -------
        Tensor, shape=(B, C)
        """
        heard, asked = self.before(before.flatten(1)), self.after(candidates)
        logits: Tensor = (asked @ heard[..., None])[..., 0] / self.config.embedding_size**0.5
        return logits


def describe_beats(audio: Audio, analysis: Analysis) -> Float32Array:
    """Log-mel bands and chroma of the quarters of each beat, less the recording's mean, shape=(n, N_FEATURES)."""
    spectrum = power(audio.mono().resample(SR).y)
    bands = log_mel(spectrum).reshape(N_BANDS, -1, spectrum.shape[1]).mean(axis=1)
    places = np.arange(N_PARTS * analysis.n + 1) / N_PARTS
    bounds = np.interp(places, np.arange(analysis.n + 1), analysis.bounds) / analysis.sr * SR / HOP
    frames = np.minimum(np.rint(bounds).astype(int), spectrum.shape[1] - 1)
    columns = []
    for rows in (bands, chroma_of(spectrum)):
        of_parts = mean_between(rows, frames)
        of_parts = of_parts - of_parts.mean(axis=1, keepdims=True)
        of_parts = of_parts / (of_parts.std() + 1e-6)
        columns.append(of_parts.T.reshape(analysis.n, -1))
    return np.concatenate(columns, axis=1).astype(np.float32)


def read_beats(run: Run) -> dict[str, list[tuple[str, Float32Array]]]:
    """Beats of every track by part, with the track's key; those with fewer than :data:`MIN_BEATS` are left out."""
    clips = find_clips(run.folders["audio_clips"])
    found: dict[str, list[tuple[str, Float32Array]]] = {part: [] for part in PARTS}
    for part in PARTS:
        for key, y in tracks([clip for clip in clips if clip.split == part]):
            audio = Audio(y[: 60 * SR], SR)
            try:
                analysis = analyze(audio)
            except InputError:
                continue
            if analysis.n >= MIN_BEATS:
                found[part].append((key, describe_beats(audio, analysis)))
    return found


def draw_candidates(beats: Float32Array, following: int, rng: np.random.Generator) -> IntArray:
    """The beat that follows, and nineteen others of the recording, none of them the one before."""
    others = np.setdiff1d(np.arange(len(beats)), [following, following - 1])
    return np.concatenate([[following], rng.choice(others, N_CANDIDATES - 1, replace=False)])


def train(run: Run) -> Card:
    """Train the embedding by its recipe and write its pair."""
    schedule, config = run.recipe.fitting, BeatOrderConfig(**run.model_settings)
    parts = read_beats(run)
    if not parts["train"]:
        raise InputError(f"No recordings with at least {MIN_BEATS} beats lie in {run.root.name}.")
    torch.manual_seed(schedule.seed)
    model = BeatOrderNet(config)
    beats = [rows for _, rows in parts["train"]]
    scored = parts["validation"] or parts["train"]

    def draw(step: int) -> tuple[Tensor, Tensor]:
        rng = step_rng(schedule.seed, step)
        before, candidates = [], []
        for track in rng.integers(0, len(beats), schedule.batch_size):
            own = transpose(beats[track], int(rng.integers(12)))
            following = int(rng.integers(config.n_before, len(own)))
            before.append(own[following - config.n_before : following])
            candidates.append(own[draw_candidates(own, following, rng)])
        return torch.from_numpy(np.stack(before)), torch.from_numpy(np.stack(candidates))

    def loss(model: BeatOrderNet, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        logits = model(*batch)
        return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long)), float(len(logits))

    done = run.fit(
        Objective(
            model=model,
            draw=draw,
            loss=loss,
            score=lambda model: {
                "rank": float(np.mean(np.concatenate([rank_true_beats(model, rows) for _, rows in scored])))
            },
            keep="rank",
        )
    )
    model = done.model.half().float().eval()
    metrics = {part: _score(model, parts[part]) for part in ("validation", "test")}
    return run.export(
        model.half(),
        pieces={"audio_clips": {part: len(rows) for part, rows in parts.items()}},
        split="by track: one in eleven is held out for test and one for validation, by a hash of its key",
        metrics=metrics,
        intended_use="Scores joins of extended recordings in the evaluation of Extrapolate. No page loads it.",
        limits="It hears four beats and knows no form. Where a recording repeats itself, several beats follow equally well, "
        "so that even the true one is not always first.",
    )


def transpose(beats: Float32Array, shift: int) -> Float32Array:
    """The same beats in another key."""
    chroma = beats[:, N_PARTS * N_BANDS :].reshape(len(beats), N_PARTS, N_CHROMA)
    turned = np.roll(chroma, shift, axis=2).reshape(len(beats), -1)
    return np.concatenate([beats[:, : N_PARTS * N_BANDS], turned], axis=1)


@torch.inference_mode()
def rank_candidates(model: BeatOrderNet, beats: Float32Array, out: int, candidates: IntArray) -> float:
    """Rank of the first of some candidates after the beats before ``out``, from 1; equal ones share a rank."""
    n = model.config.n_before
    before = torch.from_numpy(beats[out - n : out][None])
    logits = model(before, torch.from_numpy(beats[candidates][None]))[0].numpy()
    return float(1 + (logits[1:] > logits[0]).sum() + 0.5 * (logits[1:] == logits[0]).sum())


def rank_true_beats(model: BeatOrderNet, beats: Float32Array) -> Float32Array:
    """Rank of each beat among twenty, given those before it, from 1."""
    rng = np.random.default_rng(0)
    places = range(model.config.n_before, len(beats))
    ranks = [rank_candidates(model, beats, k, draw_candidates(beats, k, rng)) for k in places]
    return np.array(ranks, dtype=np.float32)


def _score(model: BeatOrderNet, tracks: Sequence[tuple[str, Float32Array]]) -> dict[str, object]:
    """Rank of the true next beat among twenty, by track; 10.5 is chance."""
    if not tracks:
        return {"n": 0}
    keys, ranks = [], []
    for key, beats in tracks:
        own = rank_true_beats(model, beats)
        ranks += own.tolist()
        keys += [key] * len(own)
    return {
        "n": len(ranks),
        "n_tracks": len(set(keys)),
        "rank_of_true_beat_among_20": figure(ranks, keys),
        "first": figure([float(rank == 1) for rank in ranks], keys),
        "chance": {"rank": (N_CANDIDATES + 1) / 2, "first": 1 / N_CANDIDATES},
    }
