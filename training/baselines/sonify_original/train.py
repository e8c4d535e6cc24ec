"""Train the original's two techniques as rows of the evaluation: four small LSTMs, a recipe each.

``sonify_original_clementi`` is the original's pitch network on its kind of data: the top voices of Clementi's
sonatinas. ``sonify_original_pitch`` is the same network on all melodies we have, for a fair comparison on unseen
ones. ``sonify_original_temporal_clementi`` and ``sonify_original_temporal`` are the temporal network on the original's
simplified sonatinas, which have one rhythm, and on piano pieces.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    markov_baseline,
    pitch_figures,
    temporal_baseline,
    temporal_figures,
)
from training.baselines.sonify_original.temporal import VELOCITY, held_out_figures, note_bins, note_vectors
from training.loop import Objective, step_rng
from training.recipe import Schedule
from training.run import Run
from training.sonify.prepare import Parts, Piece, count_by_set, read_parts
from training.splits import BY_FAMILY

WINDOW = 50
UNIFORM_SHARES = (1e-3, 3e-3, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True, kw_only=True)
class OriginalOptions:
    """The recipes' section ``[options]``.

    Attributes
    ----------
    validation_notes : int
        Melody notes on which settings and the best step are chosen: enough for a choice.
    training_notes : int
        On which the training accuracy is measured.
    """

    validation_notes: int = 8_000
    training_notes: int = 20_000


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


_EVERY_STEP = (
    "the loss covers every note of a window of 50, the original's only the last one; windows are drawn at"
    " random and may begin at the first note, which then fills what is missing before it"
)


def make_pitch_objective(
    melodies: Sequence[IntArray],
    config: OriginalPitchConfig,
    schedule: Schedule,
    validation: Sequence[IntArray] = (),
) -> Objective[OriginalPitchNetwork, tuple[torch.Tensor, torch.Tensor]]:
    """A pitch network and its random windows; with validation melodies the best step on them is kept."""
    torch.manual_seed(schedule.seed)
    flat, starts, is_target = _pad_left([into_range(melody) for melody in melodies])
    class_of = np.full(N_PITCHES, -1)
    class_of[list(config.classes)] = np.arange(len(config.classes))
    inputs = torch.from_numpy((flat / HIGHEST_PITCH).astype(np.float32))
    targets = torch.from_numpy(np.where(is_target, class_of[flat], -1))

    def draw(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        at = torch.from_numpy(_draw_windows(starts, schedule, step))[:, None] + torch.arange(WINDOW)
        return inputs[at][..., None], targets[at + 1]

    def loss(
        model: OriginalPitchNetwork, batch: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, float]:
        notes, wanted = batch
        cost = nn.functional.cross_entropy(model(notes).flatten(0, 1), wanted.flatten(), ignore_index=-1)
        return cost, float((wanted >= 0).sum())

    def score(model: OriginalPitchNetwork) -> dict[str, float]:
        return {"validation_nats": float(held_out_nll(model.eval(), validation).mean())}

    return Objective(
        model=OriginalPitchNetwork(config),
        draw=draw,
        loss=loss,
        score=score if validation else None,
        keep="validation_nats" if validation else "",
    )


def make_temporal_objective(
    pieces: Sequence[IntArray],
    config: OriginalTemporalConfig,
    schedule: Schedule,
    validation: Sequence[IntArray] = (),
) -> Objective[OriginalTemporalNetwork, tuple[torch.Tensor, torch.Tensor]]:
    """A temporal network on the notes of pieces; with validation pieces the best step on them is kept."""
    torch.manual_seed(schedule.seed)
    flat, starts, is_target = _pad_left([note_bins(notes) for notes in pieces])
    window = np.arange(WINDOW + 1)

    def stack(bins: IntArray, at: IntArray, counts: BoolArray) -> tuple[torch.Tensor, torch.Tensor]:
        vectors = torch.from_numpy(note_vectors(bins[at].reshape(-1, 4))).view(*at.shape, N_FEATURES)
        return vectors, torch.from_numpy(counts[at[:, 1:]])

    def draw(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        return stack(flat, _draw_windows(starts, schedule, step)[:, None] + window, is_target)

    def loss(
        model: OriginalTemporalNetwork, batch: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, float]:
        vectors, counts = batch
        outputs, truth = model(vectors[:, :-1])[counts], vectors[:, 1:][counts]
        # The original trains the velocity twice, once through a sigmoid; so do we.
        binary = nn.functional.binary_cross_entropy_with_logits(outputs[:, 1:], truth[:, 1:])
        squared = nn.functional.mse_loss
        cost = (
            binary + squared(outputs[:, 0], truth[:, 0]) + squared(outputs[:, VELOCITY], truth[:, VELOCITY])
        )
        return cost, float(counts.sum())

    @torch.inference_mode()
    def score(model: OriginalTemporalNetwork) -> dict[str, float]:
        held, places, is_scored = _pad_left([note_bins(notes) for notes in validation])
        batch = stack(held, places[::WINDOW, None] + window, is_scored)
        return {"validation_loss": float(loss(model.eval(), batch)[0])}

    return Objective(
        model=OriginalTemporalNetwork(config),
        draw=draw,
        loss=loss,
        score=score if validation else None,
        keep="validation_loss" if validation else "",
    )


def _draw_windows(starts: IntArray, schedule: Schedule, step: int) -> IntArray:
    drawn: IntArray = step_rng(schedule.seed, step).choice(starts, schedule.batch_size)
    return drawn


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


def train_clementi(run: Run) -> Card:
    """The pitch network as the original trains it: Clementi only, to the last step."""
    parts, options = read_parts(run)[0], run.read_options(OriginalOptions)
    learned, unseen = clementi(parts["train"]), clementi(parts["test"])
    validation = _choose_some(parts["validation"], options.validation_notes)
    melodies = [clementi_voice(piece) for piece in learned]
    config = OriginalPitchConfig(
        classes=_classes(melodies), prompt=_prompt(melodies[0]), **run.model_settings
    )
    model = run.fit(make_pitch_objective(melodies, config, run.recipe.fitting)).model
    model = _choose_share(model.half().float(), _melodies(validation))  # scored is what will be loaded
    metrics = {
        "train": {"Clementi": pitch_figures(model, melodies)},
        "test": pitch_figures(model, _melodies(parts["test"]), [piece.source for piece in parts["test"]]),
        "baseline": markov_baseline(melodies, _melodies(parts["test"])),
    }
    if unseen:
        metrics["test"]["Clementi, as trained on"] = pitch_figures(model, [clementi_voice(p) for p in unseen])
    return run.export(
        model.half(),
        vocabulary=[str(pitch) for pitch in config.classes],
        pieces=count_by_set({"train": learned, "validation": validation, "test": parts["test"]}),
        split=_SPLIT,
        training_more={
            "differs": f"{_EVERY_STEP}. As in the original no step is chosen; validation serves uniform_share."
        },
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's pitch technique, whose network answers each data "
        "point with the note it expects next. Not used on the page.",
        limits="It was trained on sonatinas by one composer and predicts little else. Its output follows the data "
        "only as far as its training notes do.",
    )


def train_melodies(run: Run) -> Card:
    """The same network on every training melody, with the best step on validation."""
    parts, options = read_parts(run)[0], run.read_options(OriginalOptions)
    melodies = _melodies(parts["train"])
    validation = _choose_some(parts["validation"], options.validation_notes)
    first = (clementi(parts["train"]) or parts["train"])[0]
    config = OriginalPitchConfig(
        classes=_classes(melodies), prompt=_prompt(clementi_voice(first)), **run.model_settings
    )
    objective = make_pitch_objective(melodies, config, run.recipe.fitting, _melodies(validation))
    model = run.fit(objective).model
    model = _choose_share(model.half().float(), _melodies(validation))  # scored is what will be loaded
    some = _choose_some(parts["train"], options.training_notes)
    metrics = {
        "train": {"part of the melodies": pitch_figures(model, _melodies(some))},
        "validation": {"part of the melodies": pitch_figures(model, _melodies(validation))},
        "test": pitch_figures(model, _melodies(parts["test"]), [piece.source for piece in parts["test"]]),
        "baseline": markov_baseline(melodies, _melodies(parts["test"])),
    }
    return run.export(
        model.half(),
        vocabulary=[str(pitch) for pitch in config.classes],
        pieces=count_by_set({"train": parts["train"], "validation": validation, "test": parts["test"]}),
        split=_SPLIT,
        training_more={
            "differs": f"{_EVERY_STEP}. The data are ours; the learning rate falls to zero through the second "
            "half; the step with the least nats on validation is kept."
        },
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's pitch network with the same training melodies as "
        "our own models. Not used on the page.",
        limits="It reads pitches only, no rhythm, bar or key; pitches outside 50-89 are moved by octaves and get "
        "little probability.",
    )


def train_temporal(run: Run) -> Card:
    """The temporal network on all notes of the piano pieces."""
    parts, _ = read_parts(run)
    return _train_temporal(
        run,
        {part: [piece for piece in pieces if _is_piano(piece)] for part, pieces in parts.items()},
        limits="It has no notion of position in the bar. From chords it learned that the next note usually starts "
        "together with the last one; always choosing the most likely start, it soon stops advancing, and a "
        "single data point sounds.",
    )


def train_temporal_clementi(run: Run) -> Card:
    """The temporal network on the original's own kind of data: simplified files with one rhythm."""
    parts, _ = read_parts(run)
    return _train_temporal(
        run,
        {
            part: [piece for piece in parts[part] if piece.source == "clementi_uvashisth"]
            for part in ("train", "test")
        },
        limits="It has one rhythm, a note every 0.25 s, and plays only the first part of the data.",
    )


def _train_temporal(run: Run, used: Parts, *, limits: str) -> Card:
    """Without a part for validation the last step is kept, and pitch_sd is that of the training notes."""
    notes = {part: [all_notes(piece) for piece in pieces] for part, pieces in used.items()}
    prompt = _fill_window(note_bins(notes["train"][0]))[:WINDOW]
    prompt_notes = tuple(tuple(note) for note in prompt.tolist())
    config = OriginalTemporalConfig(prompt=prompt_notes, **run.model_settings)
    validation = notes.get("validation", [])
    model = run.fit(make_temporal_objective(notes["train"], config, run.recipe.fitting, validation)).model
    model = model.half().float()  # scored is what will be loaded
    error = held_out_figures(model, validation or notes["train"])["pitch_error"]
    sd = round(float(np.sqrt(np.nanmean(error**2))), 3)
    fitted = OriginalTemporalNetwork(dataclasses.replace(config, pitch_sd=sd))
    fitted.load_state_dict(model.state_dict())
    fitted.eval()
    chosen = _choose_some(used["train"], run.read_options(OriginalOptions).training_notes)
    metrics: dict[str, Any] = {
        "train": {"part of the pieces": temporal_figures(fitted, [all_notes(piece) for piece in chosen])},
        "test": {"all": temporal_figures(fitted, notes["test"])},
        "baseline": temporal_baseline(notes["train"], notes["test"]),
    }
    if validation:
        metrics["validation"] = {"all": temporal_figures(fitted, validation)}
        step = "the step with the least loss on validation is kept"
    else:
        step = "no step is chosen, as in the original"
    return run.export(
        fitted.half(),
        pieces=count_by_set(used),
        split=_SPLIT,
        training_more={"differs": f"{_EVERY_STEP}; windows lie within a piece; {step}."},
        metrics=metrics,
        intended_use="For comparison in the evaluation: the original's temporal technique, a bass line over which some of "
        "the data points sound. Not used on the page.",
        limits=limits,
    )


_SPLIT = f"by family: {BY_FAMILY}"


def _classes(melodies: Sequence[IntArray]) -> tuple[int, ...]:
    return tuple(np.unique(np.concatenate([into_range(melody) for melody in melodies])).tolist())
