"""Figures of the piano network and of its baselines on pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.arrays import Float32Array, FloatArray, IntArray
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.copy_features import N_SOURCES
from training.baselines.in_piece_ngram import predict_in_piece
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalLSTM
from training.emotion.piano_fit import HEADS, Prepared
from training.emotion.piano_prepare import Played
from training.intervals import bootstrap


def original_rows(piece: Played) -> Float32Array:
    """Pitch / 128, step and duration of each note, shape=(n, 3)."""
    notes = piece.notes
    return np.stack([notes.pitch / 128.0, notes.step_sec, notes.duration_sec], axis=1).astype(np.float32)


# A note follows no exact match where its last eight pitches were not played in this order before in the piece (within the
# notes that `core.emotion.piano.copy_features` searches); shorter matches are told beside.
NO_MATCH_BELOW = 8
SHORTER_MATCHES = (1, 2, 4)


def match_lengths(prepared: Prepared) -> list[IntArray]:
    """Before each note of each piece: how many of the last pitches were played in this order before, at most 8."""
    lengths = prepared.arrays["sources"][:, N_SOURCES].astype(np.int64)
    return [lengths[begin:end] for begin, end in zip(prepared.begins, prepared.ends, strict=True)]


def scores(costs: Sequence[Tensor], lengths: Sequence[IntArray]) -> dict[str, Any]:
    """Means over all notes with 95 % intervals over pieces, from :func:`training.emotion.piano_fit.piece_losses`.

    Parameters
    ----------
    costs : sequence of Tensor
    lengths : sequence of ndarray
        Of matches, as :func:`match_lengths`.
    """
    rows = [cost.double().numpy() for cost in costs]
    joined = np.concatenate(rows, axis=1)
    found: dict[str, Any] = {
        f"{name}_nll_nats": round(float(joined[i].mean()), 4) for i, name in enumerate(HEADS)
    }
    pitches = [row[[0, 4]] for row in rows]
    return {**found, **pitch_scores(pitches, lengths), "n_pieces": len(rows), "n_notes": int(joined.shape[1])}


def pitch_scores(costs: Sequence[FloatArray], lengths: Sequence[IntArray]) -> dict[str, Any]:
    """Nats and accuracy of pitches over all notes, and over those that follow no exact match.

    Parameters
    ----------
    costs : sequence of ndarray, shape=(2, n)
        Of each piece: nats, and 1 where the likeliest pitch is the next.
    lengths : sequence of ndarray
        As :func:`match_lengths`.
    """
    found = _describe(costs)
    missed = {
        below: [cost[:, length < below] for cost, length in zip(costs, lengths, strict=True)]
        for below in (NO_MATCH_BELOW, *SHORTER_MATCHES)
    }
    found["no_exact_match"] = _describe(missed[NO_MATCH_BELOW])
    found["no_match_of"] = {str(below): _describe(missed[below]) for below in SHORTER_MATCHES}
    return found


def _describe(costs: Sequence[FloatArray]) -> dict[str, Any]:
    told = [cost for cost in costs if cost.shape[1]]
    if not told:
        return {"n_notes": 0}
    joined = np.concatenate(told, axis=1)
    return {
        "pitch_nll_nats": round(float(joined[0].mean()), 4),
        "pitch_accuracy": round(float(joined[1].mean()), 4),
        "n_notes": int(joined.shape[1]),
        "intervals": {
            "pitch_nll_nats": bootstrap([cost[0] for cost in told]),
            "pitch_accuracy": bootstrap([cost[1] for cost in told]),
        },
    }


def in_piece_costs(piece: Played) -> FloatArray:
    """Nats and whether the likeliest pitch is right, by the n-gram of the piece's own past, shape=(2, n)."""
    return predict_in_piece(tk.encode(piece.notes).tokens[:, tk.PITCH], tk.N_PITCHES)


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
