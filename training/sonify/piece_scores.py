"""Scores of the arrangement models: likelihoods beside count-based models, consonance beside real pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core.accompaniment import consonance
from core.accompaniment import tokenizer as tk
from core.accompaniment.chords import (
    N_CHORDS,
    chords_in,
    harmony_scale,
)
from core.accompaniment.config import Steering
from core.accompaniment.generate import Accompanist
from core.accompaniment.harmony import chord_suits_data
from core.accompaniment.model import Figurator, Harmonizer
from core.arrays import Float32Array, FloatArray, IntArray
from core.music.scales import KEYS, scale_pitches
from training.intervals import bootstrap
from training.sonify.chord_labels import estimate_key
from training.sonify.piece_fit import (
    HEADS,
    TARGET,
    Encoded,
    Prepared,
    figure_nll,
    harmony_batches,
    harmony_nll,
)

Figure = dict[str, float | int | None]

KINDS = ("walk", "sine", "trend")
DATA_POINTS, DATA_BARS, DATA_NOTES_A_BAR = 300, 38, 8
EXCERPT_BARS = 48  # of each test piece: an accompaniment is compared with the real one over the same bars


def interval(values: FloatArray | Sequence[float]) -> Figure:
    """Mean over pieces (NaN left out), with n and a 95 % bootstrap interval."""
    held = np.asarray(values, dtype=np.float64)
    held = held[np.isfinite(held)]
    if not len(held):
        return {"value": None, "n": 0}
    low, high = bootstrap(list(held))
    return {"value": round(float(held.mean()), 4), "n": len(held), "low": low, "high": high}


# Chords.


def _counts(prepared: Sequence[Prepared]) -> tuple[FloatArray, FloatArray]:
    """Chord counts by mode, and by mode and the chord before (the last row: none)."""
    single, double = np.full((2, N_CHORDS), 0.1), np.full((2, N_CHORDS + 1, N_CHORDS), 0.0)
    for item in prepared:
        for section in item.sections:
            before = np.concatenate([[N_CHORDS], section.chords[:-1]])
            np.add.at(single[int(section.minor)], section.chords, 1.0)
            np.add.at(double[int(section.minor)], (before, section.chords), 1.0)
    return single, double


def _interpolate(counts: FloatArray, unigram: FloatArray) -> FloatArray:
    """Bigrams interpolated by Witten and Bell (1991): a rare history trusts the unigram more."""
    kinds = (counts > 0).sum(axis=2, keepdims=True) + 1e-9
    bigram: FloatArray = (counts + kinds * unigram) / (counts.sum(axis=2, keepdims=True) + kinds)
    return bigram


def chord_figures(
    model: Harmonizer, train: Sequence[Prepared], test: Sequence[Prepared], blind: Harmonizer | None = None
) -> dict[str, Any]:
    """Chords of test pieces, a beat each, given the melody and the chords before.

    Returns
    -------
    dict
        Figures with n (pieces) and interval: likelihood in nats a beat of the model, without look-ahead
        (`blind`), and of unigrams and bigrams by mode; at changes alone; shares guessed right.
    """
    single, double = _counts(train)
    unigram = single / single.sum(axis=1, keepdims=True)
    bigram = _interpolate(double, unigram[:, None])
    bigram = np.where(double.sum(axis=2, keepdims=True) > 0, bigram, unigram[:, None])
    rows: dict[str, list[float]] = {
        name: []
        for name in (
            "unigram",
            "bigram",
            "changes",
            "bigram_changes",
            "right",
            "majority_right",
            "repeat_right",
            "changes_right",
            "consonant_right",
        )
    }
    for item in test:
        found = _chord_rows(model, item, unigram, bigram)
        for name in rows:
            rows[name].append(float(np.mean(found[name])) if len(found[name]) else float("nan"))
    figures: dict[str, Any] = {"nll": interval(harmony_nll(model, test))}
    if blind is not None:
        figures["nll_without_look_ahead"] = interval(harmony_nll(blind, test))
        figures["look_ahead_gain"] = interval(harmony_nll(blind, test) - harmony_nll(model, test))
    figures |= {f"nll_{name}" if "right" not in name else name: interval(row) for name, row in rows.items()}
    return figures


def _chord_rows(
    model: Harmonizer, item: Prepared, unigram: FloatArray, bigram: FloatArray
) -> dict[str, FloatArray]:
    found: dict[str, list[FloatArray]] = {}
    ((features, chords),) = list(harmony_batches([item], 4096))
    with torch.no_grad():
        scores = torch.log_softmax(model(features, chords.clamp(min=0)), dim=2).numpy().astype(np.float64)
    for row, section in enumerate(item.sections):
        truth, mode, here = section.chords, int(section.minor), scores[row, : len(section.chords)]
        beats = np.arange(len(truth))
        before = np.concatenate([[N_CHORDS], truth[:-1]])
        changed = before != truth
        consonant = _most_consonant(section.features, section.minor)
        values = {
            "unigram": -np.log(unigram[mode, truth]),
            "bigram": -np.log(bigram[mode, before, truth]),
            "changes": -here[beats, truth][changed],
            "bigram_changes": -np.log(bigram[mode, before, truth])[changed],
            "right": here.argmax(axis=1) == truth,
            "changes_right": (here.argmax(axis=1) == truth)[changed],
            "majority_right": unigram[mode].argmax() == truth,
            "repeat_right": ~changed,
            "consonant_right": consonant == truth,
        }
        for name, value in values.items():
            found.setdefault(name, []).append(np.asarray(value, dtype=np.float64))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _most_consonant(features: Float32Array, minor: bool) -> IntArray:
    """The heuristic without training: in each beat the diatonic triad that suits the melody best, ties to the tonic."""
    scale = harmony_scale("C", "natural minor" if minor else "major")
    fits = chords_in(scale, 0)
    fits[3 * 12 :] = False  # triads only
    notes = [
        (beat * 12, 12, pitch_class, 64)
        for beat in range(len(features))
        for pitch_class in np.flatnonzero(features[beat, :12])
    ]
    suits = chord_suits_data(np.array(notes, dtype=np.int64).reshape(-1, 4), len(features), 0)
    suits = np.where(fits, suits, -9.0)
    suits[:, 12 if minor else 0] += 1e-6
    best: IntArray = suits.argmax(axis=1)
    return best


# Figuration.


def figure_figures(model: Figurator, train: Sequence[Encoded], test: Sequence[Encoded]) -> dict[str, Any]:
    """Likelihood of test accompaniments, nats per note by head, beside count-based models.

    The unigram counts each choice; the bigram counts it given the same choice of the note before. Pitches
    are counted above the chord's root, given whether the note begins with the note before.
    """
    figures: dict[str, Any] = {}
    ours = figure_nll(model, test)
    totals = {"ours": ours.sum(axis=1), "unigram": np.zeros(len(test)), "bigram": np.zeros(len(test))}
    for column, head in enumerate(HEADS):
        # The class above the root says the same as the height once the root is known.
        which = 2 if head == "pitch" else TARGET[head]
        size = {
            "step": tk.N_STEPS,
            "duration": tk.N_DURATIONS,
            "pitch": tk.N_RELATIVE,
            "velocity": tk.N_VELOCITIES,
        }[head]
        double = np.zeros((2, size, size))
        for item in train:
            together = (item.note[2:, 0] == 0).astype(int)
            np.add.at(double, (together, item.note[1:-1, which], item.note[2:, which]), 1.0)
        if head == "step":
            double[:] = double.sum(axis=0)  # whether it begins with the note before is what is to be guessed
        single = double.sum(axis=(0, 1)) + 0.1
        unigram = single / single.sum()
        bigram = _interpolate(double, unigram)
        rows_one, rows_two = [], []
        for item in test:
            together = (item.note[1:, 0] == 0).astype(int)
            rows_one.append(-np.log(unigram[item.note[1:, which]]).mean())
            rows_two.append(-np.log(bigram[together, item.note[:-1, which], item.note[1:, which]]).mean())
        figures[head] = {
            "nll": interval(ours[:, column]),
            "nll_unigram": interval(rows_one),
            "nll_bigram": interval(rows_two),
        }
        totals["unigram"] += rows_one
        totals["bigram"] += rows_two
    figures["all"] = {
        "nll": interval(totals["ours"]),
        "nll_unigram": interval(totals["unigram"]),
        "nll_bigram": interval(totals["bigram"]),
    }
    return figures


# Consonance.


def clear_share(melody: IntArray, notes: IntArray) -> float:
    """Share of the accompanied melody onsets without any dissonant note; NaN where none is accompanied."""
    which, note = consonance.sounding_pairs(melody, notes)
    interval = np.abs(melody[which, 2] - notes[note, 2]) % 12
    rough = np.bincount(which, weights=consonance.CONSONANCE[interval] < 0, minlength=len(melody)) > 0
    number = np.bincount(which, minlength=len(melody)) > 0
    return float(np.mean(~rough[number])) if number.any() else float("nan")


def accompanied_share(melody: IntArray, notes: IntArray) -> float:
    """Share of the melody onsets at which at least one accompaniment note sounds; 0 to 1."""
    which, _ = consonance.sounding_pairs(melody, notes)
    return len(np.unique(which)) / len(melody) if len(melody) else float("nan")


def real_consonance(test: Sequence[Prepared]) -> dict[str, Any]:
    """Consonance of real accompaniments with their own melodies, by style and together."""
    figures = {}
    for style in (*tk.STYLES, "all"):
        chosen = [item for item in test if style in (item.style, "all")]
        pairs = [(item.piece.melody, item.piece.rest) for item in chosen]
        figures[style] = consonance_figures(pairs)
    return figures


def consonance_figures(pairs: Sequence[tuple[IntArray, IntArray]]) -> dict[str, Figure]:
    return {
        "consonance": interval([consonance.consonance(melody, rest) for melody, rest in pairs]),
        "clear_share": interval([clear_share(melody, rest) for melody, rest in pairs]),
        "accompanied_share": interval([accompanied_share(melody, rest) for melody, rest in pairs]),
    }


def accompany_melodies(
    accompanist: Accompanist, test: Sequence[Prepared], edges: dict[str, list[float]], *, seed: int = 1
) -> dict[str, Any]:
    """Our accompaniments of the test pieces' melodies beside the real ones, over the same bars."""
    ours, real, gains = [], [], []
    for item in test:
        if item.piece.bar not in (48, 36):
            continue
        bar, both = item.piece.bar, np.concatenate([item.piece.melody, item.rest])
        n_bars = min(EXCERPT_BARS, int(both[:, 0].max()) // bar + 1)
        melody = item.piece.melody[item.piece.melody[:, 0] < n_bars * bar]
        rest = item.rest[item.rest[:, 0] < n_bars * bar]
        if len(melody) < 8 or len(rest) < 8:
            continue
        tonic, minor = estimate_key(np.concatenate([melody, rest]))
        level = 1 + int(np.digitize(len(rest) / (n_bars * bar / 12), edges[item.style]))
        made = accompanist.compose(
            melody,
            bar=bar,
            n_bars=n_bars,
            key=KEYS[tonic],
            scale="natural minor" if minor else "major",
            style=item.style,
            density=level,
            seed=seed,
        )
        ours.append((melody, made.notes))
        real.append((melody, rest))
        gains.append(consonance.consonance(melody, made.notes) - consonance.consonance(melody, rest))
    return {
        "ours": consonance_figures(ours),
        "real": consonance_figures(real),
        "gain_in_consonance": interval(gains),
    }


def data_series(
    kind: str, rng: np.random.Generator, *, low: int = 60, high: int = 91, scale: str = "major"
) -> IntArray:
    """A melody of 300 made-up data points in C, eight notes a bar: a random walk, a noisy sine, a noisy trend."""
    n, time = DATA_POINTS, np.arange(DATA_POINTS)
    if kind == "walk":
        values = np.cumsum(rng.normal(size=n))
    elif kind == "sine":
        values = np.sin(time / rng.uniform(4.0, 14.0)) + 0.15 * rng.normal(size=n)
    else:
        values = rng.choice([-1.0, 1.0]) * time / n + 0.08 * rng.normal(size=n)
    share = (values - values.min()) / np.ptp(values)
    pitches = np.array(scale_pitches("C", scale, low, high))
    length = 48 // DATA_NOTES_A_BAR
    chosen = pitches[np.round(share * (len(pitches) - 1)).astype(int)]
    return np.stack([time * length, np.full(n, length), chosen, np.full(n, 90)], axis=1).astype(np.int64)


def accompany_data(accompanist: Accompanist, *, n_each: int = 20, seed: int = 7) -> dict[str, Any]:
    """Our accompaniments of made-up data, by kind and together."""
    figures: dict[str, Any] = {}
    everything, in_key = [], []
    scale = harmony_scale("C", "major")
    for kind in KINDS:
        pairs = []
        for i in range(n_each):
            melody = data_series(kind, np.random.default_rng([seed, KINDS.index(kind), i]))
            made = accompanist.compose(
                melody,
                bar=48,
                n_bars=DATA_BARS,
                key="C",
                scale="major",
                style=tk.STYLES[i % 2],
                density=1 + i % 5,
                seed=i,
            )
            pairs.append((melody, made.notes))
            in_key.append(consonance.in_key_rate(made.notes, scale))
        figures[kind] = consonance_figures(pairs)
        everything += pairs
    return {**figures, "all": consonance_figures(everything), "in_key_rate": interval(in_key)}


def first_walk(accompanist: Accompanist) -> float:
    """Consonance of one accompaniment that a test can make again: of the first random walk of `own_on_data`."""
    melody = data_series("walk", np.random.default_rng([7, 0, 0]))
    made = accompanist.compose(
        melody, bar=48, n_bars=DATA_BARS, key="C", scale="major", style="pop", density=1, seed=0
    )
    return consonance.consonance(melody, made.notes)


def remove_expert(accompanist: Accompanist) -> Accompanist:
    """The same models without steering by the data; clashes stay forbidden."""
    base = accompanist.steering
    steering: Steering = replace(base, chord_consonance=0.0, note_consonance=0.0, cut_at_clash=False)
    return replace(accompanist, steering=steering)
