"""Train the original's two techniques as rows of the evaluation: four small LSTMs, in a quarter of an hour.

``sonify_original_clementi`` is the original's pitch network on its kind of data: the top voices of Clementi's
sonatinas. ``sonify_original_pitch`` is the same network on all melodies we have, for a fair comparison on unseen
ones. ``sonify_original_temporal_clementi`` and ``sonify_original_temporal`` are the temporal network on the original's
simplified sonatinas, which have one rhythm, and on piano pieces.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.arrays import BoolArray, IntArray
from core.nn.card import Card
from training.baselines.sonify_original.config import (
    HIGHEST_PITCH,
    N_FEATURES,
    OriginalPitchConfig,
    OriginalTemporalConfig,
)
from training.baselines.sonify_original.model import OriginalPitchNetwork, OriginalTemporalNetwork
from training.baselines.sonify_original.pitch import N_PITCHES, held_out_nll, into_range, nats, next_note
from training.baselines.sonify_original.scores import (
    SEED,
    markov_baseline,
    pitch_figures,
    temporal_baseline,
    temporal_figures,
)
from training.baselines.sonify_original.temporal import VELOCITY, held_out_figures, note_bins, note_vectors
from training.datasets import describe_sets
from training.export import export
from training.optimization import BestWeights, Clock, descend, set_rate
from training.sonify.prepare import Piece, read_pieces, split
from training.splits import BY_FAMILY

COMMAND = "python -m training train sonify-original --data DATA"
WINDOW = 50
LEARNING_RATE = 1e-3
PITCH_BATCH = 30  # as the original's
TEMPORAL_BATCH = 32
# Updates, chosen so that all trainings together take a quarter of an hour on one CPU core.
CLEMENTI_STEPS, MELODY_STEPS, TEMPORAL_STEPS = 5_000, 8_000, 3_500
TEMPORAL_CLEMENTI_STEPS = 1_500
CHECK_EVERY = 1_000
UNIFORM_SHARES = (1e-3, 3e-3, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
# Melody notes and piano notes on which settings and the best step are chosen: enough for a choice.
VALIDATION_NOTES = 8_000
TRAINING_NOTES = 20_000  # on which the training accuracy is measured

Parts = dict[str, list[Piece]]


def train(data: Path, out: Path) -> list[Card]:
    """Read the pieces of a folder, train the networks, measure them and write them.

    Parameters
    ----------
    data : Path
        Holds the sets of `training.sonify.prepare`.
    out : Path
        Where the pairs of weights and card are written.
    """
    pieces, _ = read_pieces(data)
    return train_parts(split(pieces), out)


def train_parts(parts: Parts, out: Path) -> list[Card]:
    """Train on parts that are already split; as :func:`train`.

    Without Clementi's sonatinas, or without piano pieces in every part, the network that needs them is left out.
    """
    torch.set_num_threads(1)
    cards = []
    if clementi(parts["train"]):
        cards.append(train_clementi(parts, out))
    cards.append(train_melodies(parts, out))
    if all(any(_is_piano(piece) for piece in pieces) for pieces in parts.values()):
        cards.append(train_temporal(parts, out))
        if all(any(p.source == "clementi_uvashisth" for p in parts[part]) for part in ("train", "test")):
            cards.append(train_temporal_clementi(parts, out))
    return cards


# What the networks hear.


def clementi_voice(piece: Piece) -> IntArray:
    """The melody of a Clementi piece as the original takes it: of every chord the highest note.

    Its simplified files have one onset every 0.25 s and notes of 0.5 s, so that all notes overlap: there every
    onset counts, not only the melody that `training.sonify.prepare.skyline` finds.
    """
    if piece.source != "clementi_uvashisth":
        melody: IntArray = piece.melody[:, 2]
        return melody
    notes = np.concatenate([piece.melody, piece.rest])
    notes = notes[np.lexsort((-notes[:, 2], notes[:, 0]))]
    _, first = np.unique(notes[:, 0], return_index=True)
    highest: IntArray = notes[first, 2]
    return highest


def clementi(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces by Clementi, the original's simplified files first."""
    found = [piece for piece in pieces if "/Clementi/" in piece.key]
    return sorted(found, key=lambda piece: (piece.source != "clementi_uvashisth", piece.key))


def _is_piano(piece: Piece) -> bool:
    # The simplified Clementi files have one rhythm, and their originals are there.
    return piece.source in ("piano_midi_de", "midi")


def all_notes(piece: Piece) -> IntArray:
    """Melody and rest together, by onset, then pitch."""
    notes = np.concatenate([piece.melody, piece.rest])
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]


def _pad_left(sequences: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], IntArray, BoolArray]:
    """Sequences one after the other, each filled up on the left with its first element.

    Returns the elements, the places where a window of 50 and its next element lie within one sequence, and
    whether an element may be a target: the filling and a first element may not.
    """
    flat, starts, is_target, begin = [], [], [], 0
    for sequence in sequences:
        if len(sequence) < 2:
            continue
        filled = np.concatenate([np.repeat(sequence[:1], WINDOW - 1, axis=0), sequence])
        flat.append(filled)
        starts.append(begin + np.arange(len(filled) - WINDOW))
        is_target.append(np.arange(len(filled)) >= WINDOW)
        begin += len(filled)
    return np.concatenate(flat), np.concatenate(starts), np.concatenate(is_target)


# Training.


def _fit(
    model: nn.Module,
    loss_of: Callable[[torch.Tensor], torch.Tensor],
    starts: IntArray,
    *,
    batch: int,
    n_steps: int,
    check: Callable[[], float] | None = None,
    falling: bool = False,
) -> dict[str, Any]:
    """AdamW on random windows; with ``check``, the state with the least value is kept.

    With ``falling`` the learning rate falls to zero through the second half, as it does not in the original.
    """
    torch.manual_seed(SEED)
    draw = torch.Generator().manual_seed(SEED)
    places = torch.from_numpy(starts)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    best, clock = BestWeights(), Clock(math.inf)
    model.train()
    for step in range(1, n_steps + 1):
        if falling:
            set_rate(optimizer, LEARNING_RATE * min(1.0, 2 * (n_steps + 1 - step) / n_steps))
        chosen = places[torch.randint(len(places), (batch,), generator=draw)]
        descend(model, optimizer, loss_of(chosen), max_norm=None)
        if check is not None and step % CHECK_EVERY == 0:
            best.offer(check(), model, step)
            model.train()
    best.restore(model)
    model.eval()
    return {
        "optimizer": f"AdamW, learning rate {LEARNING_RATE}, weight decay 0.01, batch {batch}",
        "steps": n_steps,
        "kept_step": best.place or n_steps,
        "windows_seen": n_steps * batch,
        "windows_of_the_data": len(starts),
        "hours": clock.hours,
    }


_EVERY_STEP = (
    "the loss covers every note of a window of 50, the original's only the last one; windows are drawn at"
    " random and may begin at the first note, which then fills what is missing before it"
)


def fit_pitch(
    melodies: Sequence[IntArray], config: OriginalPitchConfig, *, n_steps: int, validation: Sequence[IntArray]
) -> tuple[OriginalPitchNetwork, dict[str, Any]]:
    """Train a pitch network.

    With validation melodies the learning rate falls and the best step on them is kept; without, neither.
    """
    torch.manual_seed(SEED)
    model = OriginalPitchNetwork(config)
    flat, starts, is_target = _pad_left([into_range(melody) for melody in melodies])
    class_of = np.full(N_PITCHES, -1)
    class_of[list(config.classes)] = np.arange(len(config.classes))
    inputs = torch.from_numpy((flat / HIGHEST_PITCH).astype(np.float32))
    targets = torch.from_numpy(np.where(is_target, class_of[flat], -1))
    window = torch.arange(WINDOW)

    def loss_of(chosen: torch.Tensor) -> torch.Tensor:
        at = chosen[:, None] + window
        logits = model(inputs[at][..., None])
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets[at + 1].flatten(), ignore_index=-1)

    def check() -> float:
        model.eval()
        return float(held_out_nll(model, validation).mean())

    account = _fit(
        model,
        loss_of,
        starts,
        batch=PITCH_BATCH,
        n_steps=n_steps,
        check=check if validation else None,
        falling=bool(validation),
    )
    return model, account


def fit_temporal(
    pieces: Sequence[IntArray],
    config: OriginalTemporalConfig,
    *,
    n_steps: int,
    validation: Sequence[IntArray],
) -> tuple[OriginalTemporalNetwork, dict[str, Any]]:
    """Train a temporal network on the notes of pieces; with validation pieces the best step on them is kept."""
    torch.manual_seed(SEED)
    model = OriginalTemporalNetwork(config)
    flat, starts, is_target = _pad_left([note_bins(notes) for notes in pieces])
    window = np.arange(WINDOW + 1)

    def loss_on(bins: IntArray, at: IntArray, counts: BoolArray) -> torch.Tensor:
        vectors = torch.from_numpy(note_vectors(bins[at].reshape(-1, 4))).view(*at.shape, N_FEATURES)
        outputs = model(vectors[:, :-1])[torch.from_numpy(counts[at[:, 1:]])]
        truth = vectors[:, 1:][torch.from_numpy(counts[at[:, 1:]])]
        # The original trains the velocity twice, once through a sigmoid; so do we.
        binary = nn.functional.binary_cross_entropy_with_logits(outputs[:, 1:], truth[:, 1:])
        squared = nn.functional.mse_loss
        return (
            binary + squared(outputs[:, 0], truth[:, 0]) + squared(outputs[:, VELOCITY], truth[:, VELOCITY])
        )

    def loss_of(chosen: torch.Tensor) -> torch.Tensor:
        return loss_on(flat, chosen.numpy()[:, None] + window, is_target)

    def check() -> float:
        flat, starts, is_target = _pad_left([note_bins(notes) for notes in validation])
        model.eval()
        with torch.inference_mode():
            return float(loss_on(flat, starts[::WINDOW, None] + window, is_target))

    account = _fit(
        model,
        loss_of,
        starts,
        batch=TEMPORAL_BATCH,
        n_steps=n_steps,
        check=check if validation else None,
    )
    return model, account


def _fill_window(sequence: NDArray[Any]) -> NDArray[Any]:
    """A sequence of at least a window: a shorter one is filled up on the left with its first element."""
    missing = max(0, WINDOW - len(sequence))
    return np.concatenate([np.repeat(sequence[:1], missing, axis=0), sequence])


def _prompt(melody: IntArray) -> tuple[int, ...]:
    return tuple(_fill_window(into_range(melody))[:WINDOW].tolist())


def _choose_some(pieces: Sequence[Piece], n_notes: int) -> list[Piece]:
    """Pieces at even distances through a list, with about this many melody notes together."""
    total = sum(len(piece.melody) for piece in pieces)
    return list(pieces[:: max(1, math.ceil(total / n_notes))])


def _melodies(pieces: Sequence[Piece]) -> list[IntArray]:
    return [piece.melody[:, 2] for piece in pieces]


def _choose_share(model: OriginalPitchNetwork, validation: Sequence[IntArray]) -> OriginalPitchNetwork:
    """The same network with the uniform share that surprises it least on validation melodies."""
    probability, _ = next_note(model, validation)
    means = [nats(probability, share).mean() for share in UNIFORM_SHARES]
    best = UNIFORM_SHARES[int(np.argmin(means))]
    fitted = OriginalPitchNetwork(dataclasses.replace(model.config, uniform_share=best))
    fitted.load_state_dict(model.state_dict())
    return fitted.eval()


# The four models.


def train_clementi(parts: Parts, out: Path) -> Card:
    """The pitch network as the original trains it: Clementi only, to the last step."""
    learned, unseen = clementi(parts["train"]), clementi(parts["test"])
    validation = _choose_some(parts["validation"], VALIDATION_NOTES)
    melodies = [clementi_voice(piece) for piece in learned]
    config = OriginalPitchConfig(classes=_classes(melodies), prompt=_prompt(melodies[0]))
    model, account = fit_pitch(melodies, config, n_steps=CLEMENTI_STEPS, validation=[])
    model = _choose_share(model, _melodies(validation))
    metrics = {
        "train": {"Clementi": pitch_figures(model, melodies)},
        "test": pitch_figures(model, _melodies(parts["test"]), [piece.source for piece in parts["test"]]),
        "baseline": markov_baseline(melodies, _melodies(parts["test"])),
    }
    if unseen:
        metrics["test"]["Clementi, as trained on"] = pitch_figures(model, [clementi_voice(p) for p in unseen])
    return export(
        model,
        name="sonify_original_clementi",
        vocabulary=[str(pitch) for pitch in config.classes],
        data=_describe_data({"train": learned, "validation": validation, "test": parts["test"]}),
        training=_describe_training(
            account,
            differs=f"{_EVERY_STEP}. As in the original no step is chosen; validation serves uniform_share.",
        ),
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's pitch technique, whose network answers each data "
        "point with the note it expects next. Not used on the page.",
        limits="It was trained on sonatinas by one composer and predicts little else. Its output follows the data "
        "only as far as its training notes do.",
        directory=out,
    )


def train_melodies(parts: Parts, out: Path) -> Card:
    """The same network on every training melody, with the best step on validation."""
    melodies = _melodies(parts["train"])
    validation = _choose_some(parts["validation"], VALIDATION_NOTES)
    first = (clementi(parts["train"]) or parts["train"])[0]
    config = OriginalPitchConfig(classes=_classes(melodies), prompt=_prompt(clementi_voice(first)))
    model, account = fit_pitch(melodies, config, n_steps=MELODY_STEPS, validation=_melodies(validation))
    model = _choose_share(model, _melodies(validation))
    some = _choose_some(parts["train"], TRAINING_NOTES)
    metrics = {
        "train": {"part of the melodies": pitch_figures(model, _melodies(some))},
        "validation": {"part of the melodies": pitch_figures(model, _melodies(validation))},
        "test": pitch_figures(model, _melodies(parts["test"]), [piece.source for piece in parts["test"]]),
        "baseline": markov_baseline(melodies, _melodies(parts["test"])),
    }
    return export(
        model,
        name="sonify_original_pitch",
        vocabulary=[str(pitch) for pitch in config.classes],
        data=_describe_data({"train": parts["train"], "validation": validation, "test": parts["test"]}),
        training=_describe_training(
            account,
            differs=f"{_EVERY_STEP}. The data are ours; the learning rate falls to zero through the second half; "
            "the step with the least nats on validation is kept.",
        ),
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's pitch network with the same training melodies as "
        "our own models. Not used on the page.",
        limits="It reads pitches only, no rhythm, bar or key; pitches outside 50-89 are moved by octaves and get "
        "little probability.",
        directory=out,
    )


def train_temporal(parts: Parts, out: Path) -> Card:
    """The temporal network on all notes of the piano pieces."""
    used = {part: [piece for piece in pieces if _is_piano(piece)] for part, pieces in parts.items()}
    return _train_temporal(
        used,
        out,
        name="sonify_original_temporal",
        n_steps=TEMPORAL_STEPS,
        limits="It has no notion of position in the bar. From chords it learned that the next note usually starts "
        "together with the last one; always choosing the most likely start, it soon stops advancing, and a "
        "single data point sounds.",
    )


def train_temporal_clementi(parts: Parts, out: Path) -> Card:
    """The temporal network on the original's own kind of data: simplified files with one rhythm."""
    simplified = {
        part: [piece for piece in parts[part] if piece.source == "clementi_uvashisth"]
        for part in ("train", "test")
    }
    return _train_temporal(
        simplified,
        out,
        name="sonify_original_temporal_clementi",
        n_steps=TEMPORAL_CLEMENTI_STEPS,
        limits="It has one rhythm, a note every 0.25 s, and plays only the first part of the data.",
    )


def _train_temporal(used: Parts, out: Path, *, name: str, n_steps: int, limits: str) -> Card:
    """Without a part for validation the last step is kept, and pitch_sd is that of the training notes."""
    notes = {part: [all_notes(piece) for piece in pieces] for part, pieces in used.items()}
    prompt = _fill_window(note_bins(notes["train"][0]))[:WINDOW]
    config = OriginalTemporalConfig(prompt=tuple(tuple(note) for note in prompt.tolist()))
    validation = notes.get("validation", [])
    model, account = fit_temporal(notes["train"], config, n_steps=n_steps, validation=validation)
    error = held_out_figures(model, validation or notes["train"])["pitch_error"]
    sd = round(float(np.sqrt(np.nanmean(error**2))), 3)
    fitted = OriginalTemporalNetwork(dataclasses.replace(config, pitch_sd=sd))
    fitted.load_state_dict(model.state_dict())
    fitted.eval()
    some = [all_notes(piece) for piece in _choose_some(used["train"], TRAINING_NOTES)]
    metrics = {
        "train": {"part of the pieces": temporal_figures(fitted, some)},
        "test": {"all": temporal_figures(fitted, notes["test"])},
        "baseline": temporal_baseline(notes["train"], notes["test"]),
    }
    if validation:
        metrics["validation"] = {"all": temporal_figures(fitted, validation)}
        step = "the step with the least loss on validation is kept"
    else:
        step = "no step is chosen, as in the original"
    return export(
        fitted,
        name=name,
        data=_describe_data(used),
        training=_describe_training(account, differs=f"{_EVERY_STEP}; windows lie within a piece; {step}."),
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's temporal technique, a bass line over which some of "
        "the data points sound. Not used on the page.",
        limits=limits,
        directory=out,
    )


def _describe_data(used: Parts) -> list[dict[str, Any]]:
    """The data of a card, from the pieces that each part of the work used."""
    sources = sorted({piece.source for pieces in used.values() for piece in pieces})
    return describe_sets(used, lambda piece: piece.source, sources, split=f"by family: {BY_FAMILY}")


def _classes(melodies: Sequence[IntArray]) -> tuple[int, ...]:
    return tuple(np.unique(np.concatenate([into_range(melody) for melody in melodies])).tolist())


def _describe_training(account: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"command": COMMAND, "seed": SEED, "hardware": "2 CPU cores", **account, **more}
