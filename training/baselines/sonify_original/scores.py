"""Scores of the original's two techniques: nats a note and accuracy, beside counts of pitches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import IntArray
from training.baselines.sonify_original.config import N_STARTS
from training.baselines.sonify_original.model import OriginalPitchNetwork, OriginalTemporalNetwork
from training.baselines.sonify_original.pitch import N_PITCHES, nats, next_note
from training.baselines.sonify_original.temporal import held_out_figures, note_bins
from training.intervals import bootstrap

SEED = 20_260


def interval(per_piece: Sequence[NDArray[Any]]) -> dict[str, float | int]:
    """Mean over all notes of pieces, with a 95 % bootstrap interval over pieces.

    Returns
    -------
    dict
        ``mean``, ``low``, ``high``, ``n_pieces``, ``n_notes``.
    """
    scores = np.concatenate(list(per_piece))
    low, high = bootstrap(per_piece, SEED)
    return {
        "mean": round(float(scores.mean()), 4),
        "low": low,
        "high": high,
        "n_pieces": len(per_piece),
        "n_notes": len(scores),
    }


def _pieces_of(values: NDArray[Any], sequences: Sequence[IntArray]) -> list[NDArray[Any]]:
    return np.split(values, np.cumsum([len(sequence) for sequence in sequences])[:-1])


def pitch_figures(
    model: OriginalPitchNetwork, melodies: Sequence[IntArray], groups: Sequence[str] | None = None
) -> dict[str, Any]:
    """Nats a note and accuracy of the likeliest note, with intervals over the melodies.

    With ``groups``, the name of each melody's group, a dict of that for ``"all"`` and for each group.
    """
    measured = []
    for melody in melodies:
        probability, right = next_note(model, [melody])
        measured.append((nats(probability, model.config.uniform_share), right))

    names = [None] * len(measured) if groups is None else list(groups)

    def of(group: str | None) -> dict[str, Any]:
        chosen = [pair for pair, own in zip(measured, names, strict=True) if group in (None, own)]
        return {
            "nats_a_note": interval([pair[0] for pair in chosen]),
            "accuracy": interval([pair[1] for pair in chosen]),
        }

    if groups is None:
        return of(None)
    return {"all": of(None)} | {group: of(group) for group in sorted(set(groups))}


def markov_baseline(train_melodies: Sequence[IntArray], melodies: Sequence[IntArray]) -> dict[str, Any]:
    """Nats a note of two tables of counts, with the same first note: of pitches, and of pairs of pitches.

    The pitches' counts have 1 added to each; a pitch's followers are smoothed with 20 notes' worth of them.
    """
    single, pairs = np.ones(N_PITCHES), np.zeros((N_PITCHES, N_PITCHES))
    for melody in train_melodies:
        np.add.at(single, melody, 1)
        np.add.at(pairs, (melody[:-1], melody[1:]), 1)
    single /= single.sum()
    pairs = (pairs + 20 * single) / (pairs.sum(1, keepdims=True) + 20)
    uniform = math.log(N_PITCHES)
    order_0 = [np.concatenate([[uniform], -np.log(single[m[1:]])]) for m in melodies]
    order_1 = [np.concatenate([[uniform], -np.log(pairs[m[:-1], m[1:]])]) for m in melodies]
    return {
        "uniform over 128 pitches": {"nats_a_note": round(uniform, 4)},
        "counts of pitches": {"nats_a_note": interval(order_0)},
        "counts of pairs of pitches": {"nats_a_note": interval(order_1)},
    }


def temporal_figures(model: OriginalTemporalNetwork, pieces: Sequence[IntArray]) -> dict[str, Any]:
    """Nats a note of the pitch, its error in semitones, and accuracy of the bins, over the pieces."""
    figures = held_out_figures(model, pieces)
    measured = {
        "pitch_nats_a_note": figures["nll"],
        "pitch_error_semitones": np.nan_to_num(np.abs(figures["pitch_error"])),
        "duration_accuracy": figures["duration_right"],
        "start_accuracy": figures["start_right"],
    }
    return {name: interval(_pieces_of(values, pieces)) for name, values in measured.items()}


def temporal_baseline(train_notes: Sequence[IntArray], pieces: Sequence[IntArray]) -> dict[str, Any]:
    """The counts of all training pitches; the commonest duration; two rules for the start."""
    single = np.ones(N_PITCHES)
    durations = np.zeros(N_PITCHES)
    for notes in train_notes:
        learned = note_bins(notes)
        np.add.at(single, learned[:, 0], 1)
        np.add.at(durations, learned[:, 1], 1)
    surprise = -np.log(single / single.sum())
    bins = [note_bins(notes) for notes in pieces]
    return {
        "counts of pitches": {"pitch_nats_a_note": interval([surprise[b[:, 0]] for b in bins])},
        "commonest duration": {"duration_accuracy": interval([b[:, 1] == durations.argmax() for b in bins])},
        "start of the note before": {"start_accuracy": interval([_start_moves_by(b, 0) for b in bins])},
        "0.25 s after the note before": {"start_accuracy": interval([_start_moves_by(b, 1) for b in bins])},
    }


def _start_moves_by(bins: IntArray, n_bins: int) -> NDArray[np.bool_]:
    moves = np.diff(bins[:, 2]) % N_STARTS
    return np.concatenate([[False], moves == n_bins])
