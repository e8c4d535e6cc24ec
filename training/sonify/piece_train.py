"""Train the harmonizer and the figuration of Piece: chords for a melody, and the notes that play them."""

from __future__ import annotations

from dataclasses import dataclass

from core.accompaniment.chords import vocabulary
from core.accompaniment.config import FigurationConfig, HarmoniserConfig
from core.accompaniment.generate import Accompanist
from core.arrays import FloatArray
from core.nn.card import Card
from core.nn.weights import load_arrays, to_arrays
from training.run import Run
from training.sonify.piece_fit import (
    STYLE_OF,
    Prepared,
    density_edges,
    figure_nll,
    harmony_nll,
    make_figurator_objective,
    make_harmonizer_objective,
    prepare,
    sequence,
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
from training.sonify.prepare import read_parts
from training.splits import BY_FAMILY


@dataclass(frozen=True, kw_only=True)
class FigurationOptions:
    """The recipe's section ``[options]``.

    Attributes
    ----------
    n_each : int
        Made-up data series of each kind that are accompanied for the scores.
    """

    n_each: int = 20


_SPLIT = f"by family over four sets, two of which are learned from: {BY_FAMILY}"
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


def train_chords(run: Run) -> Card:
    """Fit the harmonizer, and one that does not look ahead; score both on the test part and write the pair."""
    parts = _read(run)
    config, schedule = HarmoniserConfig(**run.model_settings), run.recipe.fitting
    done = run.fit(make_harmonizer_objective(parts, config, schedule), label="harmonizer")
    before = _mean(harmony_nll(done.model, parts["validation"]))
    model = done.model.half().float()  # scored is what will be loaded
    blind_config = HarmoniserConfig(**{**run.model_settings, "look_ahead": False})
    blind = run.fit(make_harmonizer_objective(parts, blind_config, schedule), label="blind")
    metrics = {
        "unit": "nats a beat; shares of beats; n counts test pieces",
        "validation": {
            "nats": _mean(harmony_nll(model, parts["validation"])),
            "nats_before_half_precision": before,
        },
        "test": chord_figures(model, parts["train"], parts["test"], blind.model),
    }
    return run.export(
        model.half(),
        vocabulary=vocabulary(),
        pieces=_count(parts),
        split=_SPLIT,
        data_more=_describe_styles(),
        metrics=metrics,
        intended_use=_CHORD_USE,
        limits=_CHORD_LIMITS,
    )


def train_figuration(run: Run) -> Card:
    """Fit the figuration, score it on the test part and with the shipped harmonizer on made-up data, and write the pair."""
    parts = _read(run)
    edges = density_edges(parts["train"])
    encoded = {name: [sequence(item, edges) for item in held] for name, held in parts.items()}
    config = FigurationConfig(**run.model_settings)
    done = run.fit(make_figurator_objective(encoded, config, run.recipe.fitting), label="figuration")
    before = _mean(figure_nll(done.model, encoded["validation"]).sum(axis=1))
    model = done.model.half().float()  # scored is what will be loaded
    _, chords, chord_card = load_arrays("sonify_chords", HarmoniserConfig)
    n_each = run.read_options(FigurationOptions).n_each
    accompanist = Accompanist.from_tensors(chords, to_arrays(model))
    metrics = {
        "unit": "nats a note; consonance from -1 to 1 (PCS); n counts pieces",
        "validation": {
            "nats": _mean(figure_nll(model, encoded["validation"]).sum(axis=1)),
            "nats_before_half_precision": before,
        },
        "test": figure_figures(model, encoded["train"], encoded["test"]),
        "real_consonance": real_consonance(parts["test"]),
        "own_on_test_melodies": accompany_melodies(accompanist, parts["test"], edges),
        "own_on_data": accompany_data(accompanist, n_each=n_each),
        "own_on_data_without_consonance_expert": accompany_data(remove_expert(accompanist), n_each=n_each),
        "first_walk_consonance": round(first_walk(accompanist), 4),
    }
    return run.export(
        model.half(),
        pieces=_count(parts),
        split=_SPLIT,
        data_more=_describe_styles(),
        metrics=metrics,
        intended_use=_FIGURE_USE,
        limits=_FIGURE_LIMITS,
        training_more={"density_edges_notes_a_beat": edges, "scored_with": chord_card.stem},
    )


def _read(run: Run) -> dict[str, list[Prepared]]:
    """All sets, though two are learned from: families across sets decide the split, as for the other models."""
    return {name: prepare(held) for name, held in read_parts(run)[0].items()}


def _count(parts: dict[str, list[Prepared]]) -> dict[str, dict[str, int]]:
    return {
        source: {name: sum(item.piece.source == source for item in held) for name, held in parts.items()}
        for source in STYLE_OF
    }


def _describe_styles() -> dict[str, dict[str, str]]:
    return {source: {"style": style} for source, style in STYLE_OF.items()}


def _mean(values: FloatArray) -> float:
    return round(float(values.mean()), 4)
