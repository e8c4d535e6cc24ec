"""Train the harmonizer and the figuration of Piece: chords for a melody, and the notes that play them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch

from core.accompaniment.chords import vocabulary
from core.accompaniment.config import FigurationConfig, HarmoniserConfig
from core.accompaniment.generate import Accompanist
from core.accompaniment.model import Figurator, Harmonizer
from core.nn.card import Card
from core.nn.weights import to_arrays
from training.datasets import describe_sets
from training.export import export
from training.optimization import Clock
from training.sonify.piece_fit import (
    STYLE_OF,
    Log,
    Prepared,
    density_edges,
    prepare,
    sequence,
    train_figurator,
    train_harmonizer,
)
from training.sonify.piece_scores import (
    accompany_data,
    accompany_melodies,
    chord_figures,
    figure_figures,
    first_walk,
    real_consonance,
    remove_expert,
)
from training.sonify.prepare import SETS, Piece, read_pieces, split
from training.splits import BY_FAMILY

COMMAND = "python -m training train sonify-piece --data DATA"
SEED = 1
CHORD_EPOCHS, FIGURE_EPOCHS = 14, 6

_CHORD_USE = (
    "Chooses a chord for each beat under an unchanged data melody, given the whole melody. It is steered "
    "toward chords that fit the data and stays within the chosen scale."
)
_CHORD_LIMITS = (
    "The chords and keys that it was trained on were estimated from the notes, not annotated. It was "
    "trained on tuneful pop songs and classical piano pieces; data have no tune, so its chords are "
    "plausible rather than compelling. It models neither sections nor an ending beyond the last bar."
)
_FIGURE_USE = (
    "Writes the notes of an accompaniment for given chords around a data melody, in pop or classical "
    "piano style, at five densities."
)
_FIGURE_LIMITS = (
    "It keeps a figure for a few bars and plans no further. Notes that would mask the data are left out "
    "or shortened, so very dense data thin out the accompaniment. Bars of 4/4 and 3/4 only."
)


def train(data: Path, out: Path, *, log: Log = lambda line: None) -> list[Card]:
    """Read pieces, train both models, score them on the test pieces and write both pairs.

    Parameters
    ----------
    data : Path
        The folder that holds the sets.
    out : Path
        Where the pairs go.
    log : callable, optional
        Told a line of text now and then.

    Returns
    -------
    list of Card
    """
    torch.set_num_threads(1)  # what the figures were made with; more threads change sums, and so weights
    # All sets, though two are learned from: families across sets decide the split, as for the other models.
    pieces, _ = read_pieces(data, SETS)
    return train_on(split(pieces), out, log=log)


def train_on(pieces: dict[str, list[Piece]], out: Path, *, log: Log = lambda line: None) -> list[Card]:
    """As `train`, from pieces that are read and split already."""
    parts = {name: prepare(held) for name, held in pieces.items()}
    clock = Clock(math.inf)
    harmonizer = train_harmonizer(parts, config=HarmoniserConfig(), epochs=CHORD_EPOCHS, seed=SEED, log=log)
    chord_hours = round(clock.hours, 2)
    blind = train_harmonizer(
        parts, config=HarmoniserConfig(look_ahead=False), epochs=CHORD_EPOCHS, seed=SEED, log=log
    )
    clock = Clock(math.inf)
    edges = density_edges(parts["train"])
    encoded = {name: [sequence(item, edges) for item in held] for name, held in parts.items()}
    figurator = train_figurator(encoded, config=FigurationConfig(), epochs=FIGURE_EPOCHS, seed=SEED, log=log)
    hours = (chord_hours, round(clock.hours, 2))
    return score_and_export(harmonizer, blind, figurator, parts, out, hours=hours)


def score_and_export(
    harmonizer: Harmonizer,
    blind: Harmonizer | None,
    figurator: Figurator,
    parts: dict[str, list[Prepared]],
    out: Path,
    *,
    hours: tuple[float, float],
) -> list[Card]:
    """Score both models on the test pieces and on made-up data, and write both pairs."""
    edges = density_edges(parts["train"])
    encoded = {name: [sequence(item, edges) for item in parts[name]] for name in ("train", "test")}
    accompanist = Accompanist.from_tensors(to_arrays(harmonizer), to_arrays(figurator))
    account = _describe_data(parts)
    training = {"command": COMMAND, "seed": SEED, "hardware": "2 CPU cores"}
    chords = export(
        harmonizer,
        name="sonify_chords",
        vocabulary=vocabulary(),
        data=account,
        training={**training, "hours": hours[0]},
        metrics={
            "unit": "nats a beat; shares of beats; n counts test pieces",
            "test": chord_figures(harmonizer, parts["train"], parts["test"], blind),
        },
        intended_use=_CHORD_USE,
        limits=_CHORD_LIMITS,
        directory=out,
    )
    figures = export(
        figurator,
        name="sonify_figuration",
        data=account,
        training={**training, "hours": hours[1], "density_edges_notes_a_beat": edges},
        metrics={
            "unit": "nats a note; consonance from -1 to 1 (PCS); n counts pieces",
            "test": figure_figures(figurator, encoded["train"], encoded["test"]),
            "real_consonance": real_consonance(parts["test"]),
            "own_on_test_melodies": accompany_melodies(accompanist, parts["test"], edges),
            "own_on_data": accompany_data(accompanist),
            "own_on_data_without_consonance_expert": accompany_data(remove_expert(accompanist)),
            "first_walk_consonance": round(first_walk(accompanist), 4),
        },
        intended_use=_FIGURE_USE,
        limits=_FIGURE_LIMITS,
        directory=out,
    )
    return [chords, figures]


def _describe_data(parts: dict[str, list[Prepared]]) -> list[dict[str, Any]]:
    rows = describe_sets(
        parts, lambda item: item.piece.source, ("pop909", "piano_midi_de"), split=f"by family: {BY_FAMILY}"
    )
    return [{**row, "style": STYLE_OF[row["name"]]} for row in rows]
