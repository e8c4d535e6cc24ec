"""Figures of the piano network and of its baselines on pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.arrays import Float32Array, FloatArray
from core.emotion.piano import tokenizer as tk
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalLSTM
from training.emotion.piano_fit import HEADS
from training.emotion.piano_prepare import Played
from training.intervals import bootstrap


def original_rows(piece: Played) -> Float32Array:
    """Pitch / 128, step and duration of each note, shape=(n, 3)."""
    notes = piece.notes
    return np.stack([notes.pitch / 128.0, notes.step_sec, notes.duration_sec], axis=1).astype(np.float32)


def scores(costs: Sequence[Tensor]) -> dict[str, Any]:
    """Means over all notes with 95 % intervals over pieces, from :func:`training.emotion.piano_fit.piece_losses`."""
    rows = [cost.double().numpy() for cost in costs]
    joined = np.concatenate(rows, axis=1)
    found: dict[str, Any] = {
        f"{name}_nll_nats": round(float(joined[i].mean()), 4) for i, name in enumerate(HEADS)
    }
    found["pitch_accuracy"] = round(float(joined[4].mean()), 4)
    found["n_pieces"], found["n_notes"] = len(rows), int(joined.shape[1])
    found["intervals"] = {
        "pitch_nll_nats": bootstrap([row[0] for row in rows]),
        "pitch_accuracy": bootstrap([row[4] for row in rows]),
    }
    return found


def pitch_scores(costs: Sequence[FloatArray]) -> dict[str, Any]:
    joined = np.concatenate(costs, axis=1)
    return {
        "pitch_nll_nats": round(float(joined[0].mean()), 4),
        "pitch_accuracy": round(float(joined[1].mean()), 4),
        "intervals": {"pitch_nll_nats": bootstrap([cost[0] for cost in costs])},
    }


def ngram_costs(model: PianoNgram, piece: Played) -> FloatArray:
    """Nats and whether the likeliest pitch is right, shape=(2, n)."""
    pitches = tk.encode(piece.notes).tokens[:, tk.PITCH]
    probability = model.probabilities(pitches)
    return np.stack(
        [-np.log(probability[np.arange(len(pitches)), pitches]), probability.argmax(axis=1) == pitches]
    )


@torch.inference_mode()
def original_costs(model: OriginalLSTM, piece: Played) -> FloatArray:
    """The same for the original's network; its window is filled with the first note where the piece is younger."""
    rows = original_rows(piece)
    size = model.config.window
    padded = np.concatenate([np.repeat(rows[:1], size, axis=0), rows])
    windows = torch.from_numpy(
        np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)[:-1].swapaxes(1, 2).copy()
    )
    logits = torch.cat([model(windows[i : i + 4096])[0] for i in range(0, len(windows), 4096)])
    pitch = torch.from_numpy(piece.notes.pitch)
    cost = torch.nn.functional.cross_entropy(logits, pitch, reduction="none")
    return np.stack([cost.double().numpy(), (logits.argmax(-1) == pitch).double().numpy()])
