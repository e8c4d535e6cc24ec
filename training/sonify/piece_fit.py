"""Fit the arrangement models: pieces to sequences, sequences to batches, batches to weights.

Pop accompaniments come from POP909, classical ones from piano-midi.de; keys, chords and density are
estimated from the notes, for neither set states them for every piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.accompaniment import tokenizer as tk
from core.accompaniment.chords import NO_CHORD, TICKS
from core.accompaniment.config import FigurationConfig, HarmoniserConfig
from core.accompaniment.model import Figurator, Harmonizer
from core.arrays import BoolArray, Float32Array, FloatArray, IntArray
from training.batching import pad
from training.loop import Objective, epoch_order, step_rng
from training.recipe import Schedule
from training.sonify.chord_labels import estimate_key, label_chords
from training.sonify.piece_events import encode, snap
from training.sonify.prepare import Piece

STYLE_OF = {"pop909": "pop", "piano_midi_de": "classical"}
SECTION_BEATS = 64  # a section has a key, a density and a place in a batch of its own
MARGIN_BEATS = 16  # of the neighboring sections, heard when the key is estimated
CHUNK = 256  # notes a training sequence
HIDDEN_SHARE = 0.1  # of the beats of a training melody
MELODY_HEIGHTS = slice(90, 92)  # where contexts hold the heights of the melody now and next, in 18 semitones

# Pieces to sequences.


@dataclass(frozen=True, kw_only=True)
class Section:
    """Some bars of a piece in one key, for the harmonizer; and where its notes lie, for the figuration."""

    features: Float32Array
    chords: IntArray
    first_beat: int
    tonic: int
    minor: bool
    density: float


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A piece as both models see it."""

    piece: Piece
    style: str
    rest: IntArray
    chords: IntArray  # roots counted from C
    sections: tuple[Section, ...]


def transpose(chords: IntArray, semitones: int) -> IntArray:
    """Chord ids with their roots moved."""
    moved = chords // 12 * 12 + (chords % 12 + semitones) % 12
    return np.where(chords == NO_CHORD, NO_CHORD, moved)


def prepare(pieces: Sequence[Piece]) -> list[Prepared]:
    """Keep the pieces with an accompaniment, and estimate their chords and keys."""
    return [
        prepare_piece(piece) for piece in pieces if piece.source in STYLE_OF and len(piece.rest) >= CHUNK // 4
    ]


def prepare_piece(piece: Piece) -> Prepared:
    """Estimate the chords of a piece, and the key and density of each of its sections."""
    style = STYLE_OF.get(piece.source, "classical")
    rest = snap(piece.rest)
    # What lies before bar line 0 (an upbeat) has no beat.
    melody, rest = piece.melody[piece.melody[:, 0] >= 0], rest[rest[:, 0] >= 0]
    both = np.concatenate([melody, rest])
    n_beats = int((both[:, 0].max()) // TICKS) + 1
    chords = label_chords(melody, rest, tonic=0, n_beats=n_beats, bar=piece.bar)
    beats_a_bar = max(1, piece.bar // TICKS)
    length = SECTION_BEATS // beats_a_bar * beats_a_bar
    sections = []
    for first in range(0, n_beats, length):
        last = min(first + length, n_beats)
        if last - first < 8:
            continue
        near = (both[:, 0] >= (first - MARGIN_BEATS) * TICKS) & (both[:, 0] < (last + MARGIN_BEATS) * TICKS)
        tonic, minor = estimate_key(both[near])
        inside = (melody[:, 0] >= first * TICKS) & (melody[:, 0] < last * TICKS)
        own = melody[inside] - np.array([first * TICKS, 0, 0, 0])
        features = tk.beat_features(
            own, n_beats=last - first, bar=piece.bar, tonic=tonic, minor=minor, style=style
        )
        n_notes = int(((rest[:, 0] >= first * TICKS) & (rest[:, 0] < last * TICKS)).sum())
        sections.append(
            Section(
                features=features,
                chords=transpose(chords[first:last], -tonic),
                first_beat=first,
                tonic=tonic,
                minor=minor,
                density=n_notes / (last - first),
            )
        )
    clean = Piece(source=piece.source, key=piece.key, melody=melody, rest=piece.rest, bar=piece.bar)
    return Prepared(piece=clean, style=style, rest=rest, chords=chords, sections=tuple(sections))


def density_edges(prepared: Sequence[Prepared]) -> dict[str, list[float]]:
    """Notes a beat that part the sections of each style into five equal groups."""
    edges = {}
    for style in tk.STYLES:
        measured = [s.density for p in prepared if p.style == style for s in p.sections]
        edges[style] = (
            np.quantile(measured, [0.2, 0.4, 0.6, 0.8]).round(3).tolist()
            if measured
            else [1.0, 2.0, 3.0, 4.0]
        )
    return edges


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """The accompaniment of one piece as classes; row 0 is the beginning."""

    context: NDArray[np.float16]
    note: IntArray
    lag: IntArray
    root: IntArray
    first: BoolArray


def sequence(item: Prepared, edges: dict[str, list[float]]) -> Encoded:
    """Encode a prepared piece for the figuration."""
    whole = tk.Harmony(chords=item.chords, tonic=0, minor=False, bar=item.piece.bar, style=item.style)
    events = encode(item.rest, whole)
    bar = item.piece.bar
    begin = int(events.times[0]) // bar * bar
    times = np.concatenate([[begin], events.times])
    context = np.zeros((len(times), FigurationConfig().n_context), dtype=np.float16)
    starts = np.array([section.first_beat * TICKS for section in item.sections])
    which = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
    for i, section in enumerate(item.sections):
        rows = np.flatnonzero(which == i)
        harmony = tk.Harmony(
            chords=transpose(item.chords, -section.tonic),
            tonic=section.tonic,
            minor=section.minor,
            bar=bar,
            style=item.style,
        )
        level = 1 + int(np.digitize(section.density, edges[item.style]))
        context[rows] = tk.contexts(times[rows], item.piece.melody, harmony, np.full(len(rows), level))
    note = np.concatenate([np.zeros((1, 5), dtype=np.int64), events.note])
    note[1, 0] = min(int(events.times[0]) - begin, tk.N_STEPS - 1)
    nothing = np.array([[tk.N_STEPS, 0, tk.N_RELATIVE, tk.N_DURATIONS, 0, 0]])
    return Encoded(
        context=context,
        note=note,
        lag=np.concatenate([nothing, events.lag]),
        root=np.concatenate([events.roots[:1], events.roots]),
        first=np.arange(len(times)) == 0,
    )


# Batches.


def harmony_batches(prepared: Sequence[Prepared], size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Features and chords of all sections in order, padded; a padded chord is -100 and is not scored."""
    sections = [section for item in prepared for section in item.sections]
    for begin in range(0, len(sections), size):
        yield _stack_sections(sections[begin : begin + size])


def _stack_sections(sections: Sequence[Section]) -> tuple[torch.Tensor, torch.Tensor]:
    features = pad([section.features.astype(np.float32) for section in sections])
    chords = pad([section.chords.astype(np.int64) for section in sections], fill=-100)
    return torch.from_numpy(features), torch.from_numpy(chords)


Chunk = tuple[int, int]  # which sequence, and the note that it begins at


def cut_chunks(sequences: Sequence[Encoded], generator: np.random.Generator | None = None) -> list[Chunk]:
    """Where training examples begin; with a generator half of the sequences are cut elsewhere."""
    chunks = []
    for i, item in enumerate(sequences):
        # Half of the pieces begin at their beginning, or how to begin would hardly be learned.
        shift = 0 if generator is None or generator.random() < 0.5 else int(generator.integers(CHUNK // 2))
        start = shift if shift < len(item.note) // 2 else 0
        chunks += [(i, begin) for begin in range(start, len(item.note) - 1, CHUNK)]
    return chunks


def stack_chunks(
    sequences: Sequence[Encoded], chosen: Sequence[Chunk], generator: np.random.Generator | None = None
) -> tuple[torch.Tensor, ...]:
    """Context, note, lag, root, first and mask of some chunks; with a generator each is transposed."""
    n, length = len(chosen), CHUNK + 1
    context = np.zeros((n, length, FigurationConfig().n_context), dtype=np.float32)
    note, lag = np.zeros((n, length, 5), dtype=np.int64), np.zeros((n, length, 6), dtype=np.int64)
    root, first = np.zeros((n, length), dtype=np.int64), np.zeros((n, length), dtype=bool)
    mask = np.zeros((n, length - 1), dtype=bool)
    for row, (i, begin) in enumerate(chosen):
        item, cut = sequences[i], slice(begin, begin + length)
        m = len(item.note[cut])
        context[row, :m], note[row, :m], lag[row, :m] = item.context[cut], item.note[cut], item.lag[cut]
        root[row, :m], first[row, :m], mask[row, : m - 1] = item.root[cut], item.first[cut], True
        if generator is not None:
            _transpose(context[row], note[row], root[row], mask[row], generator)
    return tuple(torch.from_numpy(array) for array in (context, note, lag, root, first, mask))


def figure_batches(sequences: Sequence[Encoded], size: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """All chunks of sequences in order."""
    chunks = cut_chunks(sequences)
    for at in range(0, len(chunks), size):
        yield stack_chunks(sequences, chunks[at : at + size])


def _transpose(
    context: Float32Array,
    note: IntArray,
    root: IntArray,
    mask: BoolArray,
    generator: np.random.Generator,
) -> None:
    """Move a chunk by up to half an octave, in place: heights and roots move, classes above the root stay."""
    by = int(generator.integers(-5, 7))
    heights = note[:, 1] + by
    mask &= (heights[1:] >= 0) & (heights[1:] < tk.N_HEIGHTS)
    note[:, 1] = np.clip(heights, 0, tk.N_HEIGHTS - 1)
    root += by
    context[:, MELODY_HEIGHTS] += np.where(context[:, MELODY_HEIGHTS] != 0, by / 18, 0).astype(np.float32)


# Training.


def harmony_nll(model: Harmonizer, prepared: Sequence[Prepared]) -> FloatArray:
    """Mean negative log likelihood (nats) of a piece's chords, per piece."""
    model.eval()
    per_piece = []
    with torch.no_grad():
        for item in prepared:
            losses = []
            for features, chords in harmony_batches([item], 64):
                logits = model(features, chords.clamp(min=0))
                losses.append(
                    nn.functional.cross_entropy(
                        logits.flatten(0, 1), chords.flatten(), ignore_index=-100, reduction="none"
                    )[chords.flatten() >= 0]
                )
            per_piece.append(float(torch.cat(losses).mean()))
    return np.array(per_piece)


def make_harmonizer_objective(
    parts: dict[str, list[Prepared]], config: HarmoniserConfig, schedule: Schedule
) -> Objective[Harmonizer, tuple[torch.Tensor, ...]]:
    """The harmonizer, its sections and their cost; the step that costs the validation pieces least is kept."""
    torch.manual_seed(schedule.seed)
    sections = [section for item in parts["train"] for section in item.sections]

    def draw(step: int) -> tuple[torch.Tensor, ...]:
        order = epoch_order(len(sections), schedule.batch_size, schedule.seed, step)
        features, chords = _stack_sections([sections[i] for i in order])
        # A melody of data has rests and strange notes: some beats are not shown.
        shown = step_rng(schedule.seed, step).random(features.shape[:2]) > HIDDEN_SHARE
        hidden = torch.where(torch.from_numpy(shown)[..., None], features[..., :38], 0.0)
        return torch.cat([hidden, features[..., 38:]], dim=2), chords

    def loss(model: Harmonizer, batch: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, float]:
        features, chords = batch
        logits = model(features, chords.clamp(min=0))
        cost = nn.functional.cross_entropy(logits.flatten(0, 1), chords.flatten(), ignore_index=-100)
        return cost, float((chords >= 0).sum())

    def score(model: Harmonizer) -> dict[str, float]:
        return {"validation_nats": float(harmony_nll(model, parts["validation"]).mean())}

    return Objective(model=Harmonizer(config), draw=draw, loss=loss, score=score, keep="validation_nats")


HEADS = ("step", "duration", "pitch", "velocity")
TARGET = {"step": 0, "duration": 3, "pitch": 1, "velocity": 4}


def figure_losses(model: Figurator, batch: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
    """Negative log likelihood (nats) of each choice of each note that counts, by head; shape=(n,) each."""
    context, note, lag, root, first, mask = batch
    logits = model(context, note, lag, root, first)
    return {
        head: nn.functional.cross_entropy(
            scores.flatten(0, 1), note[:, 1:, TARGET[head]].flatten(), reduction="none"
        )[mask.flatten()]
        for head, scores in zip(HEADS, logits, strict=True)
    }


def figure_nll(model: Figurator, sequences: Sequence[Encoded]) -> FloatArray:
    """Mean negative log likelihood (nats a note) of each head, per piece; shape=(n_pieces, 4)."""
    model.eval()
    rows = []
    with torch.no_grad():
        for item in sequences:
            losses = [figure_losses(model, batch) for batch in figure_batches([item], 16)]
            rows.append([float(torch.cat([loss[head] for loss in losses]).mean()) for head in HEADS])
    return np.array(rows)


def make_figurator_objective(
    parts: dict[str, list[Encoded]], config: FigurationConfig, schedule: Schedule
) -> Objective[Figurator, tuple[torch.Tensor, ...]]:
    """The figuration, its chunks and their cost; the step that costs the validation pieces least is kept."""
    torch.manual_seed(schedule.seed)
    sequences, size, seed = parts["train"], schedule.batch_size, schedule.seed
    per_epoch = -(-len(cut_chunks(sequences)) // size)

    @lru_cache(maxsize=1)
    def shuffle(epoch: int) -> list[Chunk]:
        rng = np.random.default_rng([seed, epoch, 2])
        chunks = cut_chunks(sequences, rng)
        return [chunks[i] for i in rng.permutation(len(chunks))]

    def draw(step: int) -> tuple[torch.Tensor, ...]:
        epoch, place = divmod(step - 1, per_epoch)
        chunks = shuffle(epoch)
        # Shifted, there are sometimes fewer chunks than unshifted ones: the last batch then takes some again.
        chosen = [chunks[i % len(chunks)] for i in range(place * size, (place + 1) * size)]
        return stack_chunks(sequences, chosen, step_rng(seed, step))

    def loss(model: Figurator, batch: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, float]:
        costs = figure_losses(model, batch)
        return torch.stack([head.mean() for head in costs.values()]).sum(), float(batch[-1].sum())

    def score(model: Figurator) -> dict[str, float]:
        # A third of the pieces tells the steps apart, and takes a third of the time.
        return {"validation_nats": float(figure_nll(model, parts["validation"][::3]).mean(axis=0).sum())}

    return Objective(model=Figurator(config), draw=draw, loss=loss, score=score, keep="validation_nats")
