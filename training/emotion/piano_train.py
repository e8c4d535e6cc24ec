"""Train the piano network and its baselines, score them on held-out pieces and export them."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import FloatArray
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES, NAMES, scaled
from core.emotion.piano.config import KINDS, PianoConfig
from core.emotion.piano.model import PianoLSTM
from core.music.performance import LOWEST_PITCH
from core.nn.card import Card
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalConfig, OriginalLSTM
from training.datasets import describe_sets
from training.emotion.piano_fit import Prepared, Recipe, fit, gather, piece_losses
from training.emotion.piano_prepare import SETS, Played, read, split
from training.emotion.piano_scores import ngram_costs, original_costs, original_rows, pitch_scores, scores
from training.export import export
from training.optimization import descend, set_rate

SPLIT = (
    "Parts are drawn by the key of each piece. All performances of works in ASAP that are known or "
    "suspected to be on piano-midi.de are left out, and so are training pieces that share a tenth of "
    "their eight-note interval patterns with a validation or test piece."
)
ORIGINAL_STEPS, ORIGINAL_BATCH, ORIGINAL_RATE = 6_000, 64, 5e-3  # the rate is the original's own

INTENDED_USE = (
    "Composes piano music in a mood for Emotion Music, and measures how predictable played notes are. "
    "Non-commercial: so are the licenses of two of its three training sets."
)
LIMITS = (
    "It models 60 to 200 notes well and long-range form hardly at all. Its classical training pieces were"
    " sequenced, not played; its pop pieces were transcribed from recordings with pedal, so their "
    "durations are long. Mood labels exist only for pop songs (EMOPIA, four quadrants); the rest of the "
    "plane is interpolated linearly, and listeners of another culture may hear other moods. The pitch "
    "figure on piano_midi_de benefits from exact repeats, of which sequenced files have more than "
    "performances."
)


def train(data: Path, out: Path, recipe: Recipe | None = None) -> list[Card]:
    """Train the network, its trigram and the original's network on the sets of a folder, and export them."""
    recipe = recipe or Recipe()
    torch.set_num_threads(1)
    pieces, _ = read(data)
    parts, dropped = split(pieces)
    torch.manual_seed(recipe.seed)
    model = PianoLSTM(PianoConfig())
    about = fit(model, gather(parts["train"]), recipe, report=print)
    return [
        export_network(model, parts, dropped, recipe, about, out),
        export_ngram(parts, dropped, out),
        export_original(parts, dropped, out),
    ]


def export_network(
    model: PianoLSTM,
    parts: dict[str, list[Played]],
    dropped: Sequence[str],
    recipe: Recipe,
    about: dict[str, Any],
    out: Path,
) -> Card:
    """Score a trained network on the validation and test pieces, and write it with its card."""
    metrics: dict[str, Any] = {}
    for part in ("validation", "test"):
        for source in ("piano_midi_de", "emopia"):
            chosen = [piece for piece in parts[part] if piece.source == source]
            if chosen:
                metrics[f"{part}_{source}"] = scores(piece_losses(model, gather(chosen)))
    return export(
        model,
        name="piano",
        vocabulary=vocabulary(),
        data=describe_data(parts, dropped),
        training={
            "command": "python -m training train piano --data PATH",
            "seed": recipe.seed,
            "recipe": dataclasses.asdict(recipe),
            "hours": about["hours"],
            "steps": about["steps"],
            "notes_read": about["notes"],
            **({"remark": about["remark"]} if "remark" in about else {}),
            "hardware": "one core of a two-core CPU",
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        },
        metrics=metrics,
        intended_use=INTENDED_USE,
        limits=LIMITS,
        directory=out,
    )


def vocabulary() -> list[str]:
    """What the numbers mean, for the cards."""
    return [
        f"pitch: {tk.N_PITCHES} keys, from {LOWEST_PITCH}",
        f"step: 0 within {tk.CHORD_SEC} s, then {tk.N_STEPS - 1} bins of equal ratio to {tk.STEP_EDGES_SEC[-1]:g} s",
        f"duration: {tk.N_DURATIONS} bins of equal ratio, {tk.DURATION_EDGES_SEC[0]:g} to "
        f"{tk.DURATION_EDGES_SEC[-1]:g} s",
        f"velocity: {tk.N_VELOCITIES} bins of {tk.VELOCITY_WIDTH}",
        "attributes: " + ", ".join(NAMES),
        "kinds: " + ", ".join(KINDS),
    ]


def describe_data(parts: dict[str, list[Played]], dropped: Sequence[str]) -> list[dict[str, Any]]:
    """What the cards tell about the data."""
    rows = describe_sets(parts, lambda piece: piece.source, SETS, split=SPLIT)
    for row in rows:
        row["pieces"]["left out"] = sum(key.startswith(row["name"]) for key in dropped)
    return rows


def export_ngram(parts: dict[str, list[Played]], dropped: Sequence[str], out: Path) -> Card:
    """Count the trigrams of the training pieces and export them."""
    model = PianoNgram.count(tk.encode(piece.notes).tokens[:, tk.PITCH] for piece in parts["train"])
    chosen = [piece for piece in parts["test"] if piece.source == "piano_midi_de"]
    costs = [ngram_costs(model, piece) for piece in chosen]
    return export(
        model,
        name="piano_ngram",
        vocabulary=vocabulary()[:1],
        data=describe_data(parts, dropped),
        training={
            "command": "python -m training train piano --data PATH",
            "hours": 0.0,
            "seed": 0,
            "hardware": "one core",
        },
        metrics={"test_piano_midi_de": pitch_scores(costs)},
        intended_use="The baseline of the piano network's evaluation.",
        limits="It uses the previous two pitches and nothing else.",
        directory=out,
    )


def export_original(
    parts: dict[str, list[Played]], dropped: Sequence[str], out: Path, n_steps: int = ORIGINAL_STEPS
) -> Card:
    """Train the original's network on the same pieces and export it."""
    torch.manual_seed(0)
    model = OriginalLSTM(OriginalConfig())
    generator = np.random.default_rng(0)
    rows = [original_rows(piece) for piece in parts["train"]]
    usable = [row for row in rows if len(row) > model.config.window]
    weights = np.array([len(row) for row in usable], dtype=np.float64)
    optimizer = torch.optim.Adam(model.parameters(), lr=ORIGINAL_RATE)
    for step in range(n_steps):
        set_rate(optimizer, ORIGINAL_RATE * (1 - step / n_steps))
        chosen = generator.choice(len(usable), size=ORIGINAL_BATCH, p=weights / weights.sum())
        windows = []
        for i in chosen:
            start = int(generator.integers(len(usable[i]) - model.config.window))
            windows.append(usable[i][start : start + model.config.window + 1])
        batch = torch.from_numpy(np.stack(windows))
        pitch = (batch[:, -1, 0] * 128).round().long()
        loss = model.loss(batch[:, :-1], pitch, batch[:, -1, 1], batch[:, -1, 2])
        descend(model, optimizer, loss, max_norm=None)
    chosen_pieces = [piece for piece in parts["test"] if piece.source == "piano_midi_de"]
    costs = [original_costs(model, piece) for piece in chosen_pieces]
    return export(
        model,
        name="piano_original",
        vocabulary=["pitch: MIDI number / 128", "step, duration: seconds"],
        data=describe_data(parts, dropped),
        training={
            "command": "python -m training train piano --data PATH",
            "seed": 0,
            "steps": n_steps,
            "hours": 0.1,
            "hardware": "one core of a two-core CPU",
        },
        metrics={"test_piano_midi_de": pitch_scores(costs)},
        intended_use="For comparison in the piano network's evaluation: the original project's architecture and loss.",
        limits="Its durations and steps are averages.",
        directory=out,
    )


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
