"""Train the piano network and its baselines, score them on held-out pieces and export them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.arrays import FloatArray
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES, NAMES, scaled
from core.emotion.piano.config import PianoConfig
from core.emotion.piano.model import PianoLSTM
from core.music.performance import LOWEST_PITCH
from core.nn.card import Card
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalConfig, OriginalLSTM
from training.emotion.piano_evaluate import score_network
from training.emotion.piano_fit import Options, Prepared, Windows, gather, make_objective
from training.emotion.piano_prepare import MAX_SCORE_NOTES, SCORE, Played, read, split
from training.emotion.piano_scores import (
    in_piece_costs,
    match_lengths,
    ngram_costs,
    original_costs,
    original_rows,
    pitch_scores,
)
from training.loop import Objective, step_rng
from training.recipe import Schedule
from training.run import Run

SPLIT = (
    "Parts are drawn by the key of each piece; scores are for training alone. Works that are known or suspected to be on"
    " piano-midi.de are left out of the other sets (for Chopin whole opuses), and so are training pieces that share a tenth"
    " of their eight-note interval patterns with a validation or test piece."
)
INTENDED_USE = (
    "Composes piano music in a mood for Emotion Music, and measures how predictable played notes are."
)
LIMITS = (
    "It models 60 to 200 notes well and long-range form hardly at all. Its figure on piano_midi_de benefits from exact"
    " repeats, of which sequenced files have more than performances; notes that follow no exact match are told apart. "
)
OPEN_LIMITS = (
    "Touch and timing are those of one person who sequenced classical pieces; scores taught pitches alone. It was shown no"
    " moods: what music of a mood is like is set by published cues, and listeners of another culture may hear other moods."
)
RESEARCH_LIMITS = (
    "Non-commercial use only: so are the licenses of two of its three training sets. Its classical training pieces were"
    " sequenced, not played; its pop pieces were transcribed from recordings with pedal, so their durations are long. Mood"
    " labels exist only for pop songs (EMOPIA, four quadrants); the rest of the plane is interpolated linearly, and"
    " listeners of another culture may hear other moods."
)
SCORED = ("piano_midi_de", "asap", "emopia")
OriginalBatch = tuple[Tensor, Tensor, Tensor, Tensor]


def train(run: Run) -> Card:
    """Train the network of a recipe, and write it with its figures on validation and test pieces."""
    parts, dropped = read_parts(run)
    options, config = run.read_options(Options), PianoConfig(**run.model_settings)
    prepared = {part: gather(parts[part], run.work) for part in ("train", "validation")}
    model = fit_network(run, config, options, prepared)
    ablations = compare_ablations(run, config, options, prepared)
    metrics: dict[str, Any] = {}
    for part in ("validation", "test"):
        for source in SCORED:
            chosen = [piece for piece in parts[part] if piece.source == source]
            if chosen:
                metrics[f"{part}_{source}"] = score_network(model, gather(chosen))
    if ablations:
        metrics["validation_ablations"] = ablations
    chosen = [piece for piece in parts["test"] if piece.source == "piano_midi_de"]
    if chosen:
        lengths = match_lengths(gather(chosen))
        costs = [in_piece_costs(piece) for piece in chosen]
        metrics["baseline_in_piece_ngram"] = pitch_scores(costs, lengths)
    return run.export(
        model,
        vocabulary=describe_vocabulary(config.kinds),
        pieces=count_pieces(run, parts, dropped),
        metrics=metrics,
        split=SPLIT,
        intended_use=INTENDED_USE,
        limits=LIMITS + (RESEARCH_LIMITS if "pop" in config.kinds else OPEN_LIMITS),
        training_more={"score_notes_a_piece": MAX_SCORE_NOTES} if SCORE in config.kinds else {},
    )


def fit_network(
    run: Run,
    config: PianoConfig,
    options: Options,
    prepared: Mapping[str, Prepared],
    *,
    label: str = "network",
    schedule: Schedule | None = None,
) -> PianoLSTM:
    """Fit one network to the training pieces."""
    schedule = schedule or run.recipe.fitting
    torch.manual_seed(schedule.seed)
    model = PianoLSTM(config)
    windows = Windows(
        prepared["train"], options, config.kinds, batch_size=schedule.batch_size, seed=schedule.seed
    )
    objective = make_objective(model, windows, prepared["validation"], options)
    return run.fit(objective, label=label, schedule=schedule).model


def compare_ablations(
    run: Run, config: PianoConfig, options: Options, prepared: Mapping[str, Prepared]
) -> dict[str, Any]:
    """Short trainings of equal steps with everything, without scores and without copy features, on validation pieces.

    Returns
    -------
    dict
        The figures of each by name, and ``steps``; empty where the recipe has none.
    """
    if not options.ablation_steps:
        return {}
    schedule = dataclasses.replace(
        run.recipe.fitting, steps=options.ablation_steps, score_every=options.ablation_steps
    )
    without_scores = tuple(
        0.0 if kind == SCORE else share for kind, share in zip(config.kinds, options.shares, strict=True)
    )
    variants = {
        "everything": options,
        "without_scores": dataclasses.replace(options, shares=without_scores),
        "without_copy_features": dataclasses.replace(options, copy_features=False),
    }
    if SCORE not in config.kinds:
        del variants["without_scores"]
    found: dict[str, Any] = {"steps": options.ablation_steps}
    for name, changed in variants.items():
        model = fit_network(run, config, changed, prepared, label=name, schedule=schedule)
        found[name] = score_network(model, prepared["validation"], copy_features=changed.copy_features)
    return found


def train_ngram(run: Run) -> Card:
    """Count the trigrams of the training performances."""
    parts, dropped = read_parts(run)
    model = PianoNgram.count(tk.encode(piece.notes).tokens[:, tk.PITCH] for piece in parts["train"])
    chosen = [piece for piece in parts["test"] if piece.source == "piano_midi_de"]
    costs = [ngram_costs(model, piece) for piece in chosen]
    return run.export(
        model,
        vocabulary=describe_vocabulary(())[:1],
        pieces=count_pieces(run, parts, dropped),
        metrics={"test_piano_midi_de": pitch_scores(costs, match_lengths(gather(chosen)))},
        split=SPLIT,
        intended_use="The baseline of the piano network's evaluation.",
        limits="It uses the previous two pitches and nothing else.",
    )


def train_original(run: Run) -> Card:
    """Train the original's network on the same pieces."""
    parts, dropped = read_parts(run)
    schedule = run.recipe.fitting
    torch.manual_seed(schedule.seed)
    model = OriginalLSTM(OriginalConfig(**run.model_settings))
    draw = OriginalWindows([original_rows(piece) for piece in parts["train"]], model.config.window, schedule)

    def loss(model: OriginalLSTM, batch: OriginalBatch) -> tuple[Tensor, float]:
        windows, pitch, step, duration = batch
        return model.loss(windows, pitch, step, duration), len(pitch)

    def optimizers(model: torch.nn.Module) -> list[torch.optim.Optimizer]:
        return [torch.optim.Adam(model.parameters(), lr=schedule.learning_rate)]  # the original's own

    run.fit(Objective(model=model, draw=draw, loss=loss, optimizers=optimizers))
    chosen = [piece for piece in parts["test"] if piece.source == "piano_midi_de"]
    costs = [original_costs(model, piece) for piece in chosen]
    return run.export(
        model,
        vocabulary=["pitch: MIDI number / 128", "step, duration: seconds"],
        pieces=count_pieces(run, parts, dropped),
        metrics={"test_piano_midi_de": pitch_scores(costs, match_lengths(gather(chosen)))},
        split=SPLIT,
        intended_use="For comparison in the piano network's evaluation: the original project's architecture and loss.",
        limits="Its durations and steps are averages.",
    )


class OriginalWindows:
    """Draws windows for the original's network: the notes read, and the one to predict."""

    def __init__(self, rows: Sequence[Any], size: int, schedule: Schedule) -> None:
        self.rows = [row for row in rows if len(row) > size]
        self.size, self.schedule = size, schedule
        lengths = np.array([len(row) for row in self.rows], dtype=np.float64)
        self.shares = lengths / lengths.sum()

    def __call__(self, step: int) -> OriginalBatch:
        """The windows of a step."""
        generator = step_rng(self.schedule.seed, step)
        windows = []
        for i in generator.choice(len(self.rows), size=self.schedule.batch_size, p=self.shares):
            start = int(generator.integers(len(self.rows[i]) - self.size))
            windows.append(self.rows[i][start : start + self.size + 1])
        batch = torch.from_numpy(np.stack(windows))
        pitch = (batch[:, -1, 0] * 128).round().long()
        return batch[:, :-1], pitch, batch[:, -1, 1], batch[:, -1, 2]


def read_parts(run: Run) -> tuple[dict[str, list[Played]], list[str]]:
    """The pieces of a recipe's data sets by part, and the keys of those left out."""
    pieces: list[Played] = []
    for name, folder in run.folders.items():
        pieces += read(folder, (name,))[0]
    return split(pieces)


def count_pieces(
    run: Run, parts: Mapping[str, Sequence[Played]], dropped: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Pieces of each set by part, for a card."""
    return {
        name: {
            **{part: sum(piece.source == name for piece in held) for part, held in parts.items()},
            "left out": sum(key.startswith(f"{name}/") for key in dropped),
        }
        for name in run.folders
    }


def describe_vocabulary(kinds: Sequence[str]) -> list[str]:
    """What the numbers mean, for the cards."""
    return [
        f"pitch: {tk.N_PITCHES} keys, from {LOWEST_PITCH}",
        f"step: 0 within {tk.CHORD_SEC} s, then {tk.N_STEPS - 1} bins of equal ratio to {tk.STEP_EDGES_SEC[-1]:g} s",
        f"duration: {tk.N_DURATIONS} bins of equal ratio, {tk.DURATION_EDGES_SEC[0]:g} to "
        f"{tk.DURATION_EDGES_SEC[-1]:g} s",
        f"velocity: {tk.N_VELOCITIES} bins of {tk.VELOCITY_WIDTH}",
        "attributes: " + ", ".join(NAMES),
        "kinds: " + ", ".join(kinds),
    ]


def fit_moods(prepared: Prepared) -> FloatArray:
    """Standardized attributes of a neutral mood, per unit of valence and per unit of arousal, shape=(3, 6).

    Least squares over the labeled pieces; :mod:`core.emotion.piano.steering` has them written down.
    """
    rows, told = [], []
    for begin, end, mood in zip(prepared.begins, prepared.ends, prepared.moods, strict=True):
        if mood.any():
            rows.append(scaled(prepared.arrays["attributes"][begin:end].astype(np.float64)).mean(axis=0))
            told.append([1.0, *mood.tolist()])
    found = np.linalg.lstsq(np.array(told), np.array(rows).reshape(-1, N_ATTRIBUTES), rcond=None)[0]
    return np.asarray(found)
