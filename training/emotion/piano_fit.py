"""Fit the piano network: windows of pieces, moved in pitch, tempo and loudness, with some of their conditions told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.arrays import Float32Array, FloatArray, IntArray
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES, scaled
from core.emotion.piano.copy_features import CLASS_LINE, FOUND, N_SOURCES, PLACES
from core.emotion.piano.model import PianoLSTM, interval_token
from training.batching import pad
from training.emotion.piano_features import DENSE_SCALE, prepare_all, prepare_on_disk
from training.emotion.piano_prepare import KIND_OF, SCORE, Played
from training.loop import Objective, step_rng

HEADS = ("pitch", "step", "duration", "velocity")
IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the network is shown: the section ``[options]`` of a recipe.

    Attributes
    ----------
    shares : tuple of float
        Of the windows, for each kind of the model's configuration.
    window : int
        Notes of a training example.
    head_weights : tuple of float
        Of the losses of pitch, step, duration and velocity.
    unconditioned_share, unknown_share, kind_unknown_share : float
        Of the windows that are told nothing; and in the others, of each condition and of the kind of music.
    noise : float
        Standard deviation added to the attributes told.
    max_transpose : int
        Semitones, up or down.
    score_tempo_bins : int
        Bins of time by which a score is played faster or slower: its tempo is nobody's.
    copy_features : bool
        Whether the network reads where the piece was at the same figure before, and what followed.
    ablation_steps : int
        Steps of three further trainings of that length, which are not shipped: the same, without scores, and without copy
        features; 0 for none.
    n_scored : int
        Notes of each validation piece that are scored on the way.
    """

    shares: tuple[float, ...]
    window: int = 192
    head_weights: tuple[float, ...] = (1.0, 0.5, 0.35, 0.25)
    unconditioned_share: float = 0.5
    unknown_share: float = 0.3
    kind_unknown_share: float = 0.5
    noise: float = 0.1
    max_transpose: int = 6
    score_tempo_bins: int = 4
    copy_features: bool = True
    ablation_steps: int = 0
    n_scored: int = 1500


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Many pieces in one row of notes; the arrays are those of :func:`training.emotion.piano_prepare.prepare`."""

    arrays: dict[str, NDArray[Any]]
    begins: IntArray
    ends: IntArray
    kinds: list[str]
    moods: IntArray  # (n_pieces, 2), 0 where unknown


def gather(pieces: Sequence[Played], work: Path | None = None) -> Prepared:
    """Prepare pieces and join them.

    Parameters
    ----------
    pieces : sequence of Played
    work : Path, optional
        Where the arrays are kept, so that they are computed once and lie on disk rather than in memory.
    """
    ends = np.cumsum([len(piece.notes) for piece in pieces])
    return Prepared(
        arrays=prepare_all(pieces) if work is None else prepare_on_disk(pieces, work),
        begins=ends - [len(piece.notes) for piece in pieces],
        ends=ends,
        kinds=[KIND_OF.get(piece.source, "") for piece in pieces],
        moods=np.array([(piece.valence, piece.arousal) for piece in pieces]).reshape(-1, 2),
    )


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Tensors of one step; see :meth:`core.emotion.piano.model.PianoLSTM.embed`."""

    rows: Tensor
    sources: Tensor
    dense: Tensor
    conditions: Tensor
    targets: Tensor  # (B, T, 4), IGNORED behind the end of a piece


class Windows:
    """Draws windows of prepared pieces, for each step of a training its own.

    Parameters
    ----------
    prepared : Prepared
    options : Options
    kinds : sequence of str
        Those of the model's configuration.
    batch_size, seed : int
    """

    def __init__(
        self, prepared: Prepared, options: Options, kinds: Sequence[str], *, batch_size: int, seed: int
    ) -> None:
        self.prepared, self.options, self.kinds = prepared, options, list(kinds)
        self.batch_size, self.seed = batch_size, seed
        if len(options.shares) != len(self.kinds):
            raise ValueError(
                f"Shares are for {', '.join(kinds)}: {len(self.kinds)}, not {len(options.shares)}."
            )
        lengths = (prepared.ends - prepared.begins).astype(np.float64)
        self.weights = [lengths * (np.array(prepared.kinds) == kind) for kind in self.kinds]

    def draw(self, step: int) -> Batch:
        """The windows of a step."""
        generator = step_rng(self.seed, step)
        shares = np.array(
            [s if w.sum() else 0.0 for s, w in zip(self.options.shares, self.weights, strict=True)]
        )
        examples = []
        for kind in generator.choice(len(self.kinds), size=self.batch_size, p=shares / shares.sum()):
            weights = self.weights[kind]
            piece = int(generator.choice(len(weights), p=weights / weights.sum()))
            examples.append(self._draw_window(piece, generator))
        return collate(examples)

    def _draw_window(self, piece: int, generator: np.random.Generator) -> dict[str, NDArray[Any]]:
        options, prepared = self.options, self.prepared
        is_score = prepared.kinds[piece] == SCORE
        begin, end = int(prepared.begins[piece]), int(prepared.ends[piece])
        size = options.window
        start = max(begin, int(generator.integers(begin - size // 4, max(begin + 1, end - size // 2))))
        example = window(prepared, start, min(end, start + size), begin)
        used = example["tokens"][:, tk.PITCH]
        shift = int(
            generator.integers(
                max(-options.max_transpose, -int(used.min())),
                min(options.max_transpose, tk.N_PITCHES - 1 - int(used.max())) + 1,
            )
        )
        slowest = options.score_tempo_bins if is_score else 1
        slower = int(generator.integers(-slowest, slowest + 1))
        example = move(example, shift, slower, int(generator.integers(-2, 3)))
        if not options.copy_features:
            example = hide_copies(example)
        example["conditions"] = self._tell(piece, example["attributes"], generator)
        example["targets"] = example["tokens"].copy()
        if is_score:
            # A score's rhythm is mechanical and its touch nobody's: only its pitches are learnt.
            example["targets"][:, tk.STEP :] = IGNORED
        return example

    def _tell(self, piece: int, attributes: Float32Array, generator: np.random.Generator) -> Float32Array:
        options, kind = self.options, self.kinds.index(self.prepared.kinds[piece])
        nothing = np.zeros((len(attributes), N_ATTRIBUTES + 2), dtype=np.float32)
        if self.prepared.kinds[piece] == SCORE:
            # Always told, so that what is told nothing is a performance.
            return conditions(nothing, nothing[0], kind, len(self.kinds))
        if generator.random() < options.unconditioned_share:
            return conditions(nothing, nothing[0], None, len(self.kinds))
        known = (generator.random(N_ATTRIBUTES + 2) >= options.unknown_share).astype(np.float32)
        # Valence and arousal are one label: a quadrant.
        known[N_ATTRIBUTES:] = known[N_ATTRIBUTES] if self.prepared.moods[piece].any() else 0.0
        values = scaled(attributes.astype(np.float64)) + generator.normal(
            0.0, options.noise, attributes.shape
        )
        mood = np.broadcast_to(self.prepared.moods[piece], (len(values), 2))
        is_told = generator.random() >= options.kind_unknown_share
        row = np.concatenate([values, mood], axis=1)
        return conditions(row, known, kind if is_told else None, len(self.kinds))


def conditions(
    values: FloatArray | Float32Array, known: Float32Array, kind: int | None, n_kinds: int
) -> Float32Array:
    """Rows of conditions: values where known, which are known, and the kind of music."""
    n = values.shape[1]
    rows = np.zeros((len(values), 2 * n + n_kinds), dtype=np.float32)
    rows[:, :n] = values * known
    rows[:, n : 2 * n] = known
    if kind is not None:
        rows[:, 2 * n + kind] = 1.0
    return rows


def window(prepared: Prepared, start: int, stop: int, begin: int) -> dict[str, NDArray[Any]]:
    """Notes ``start`` to ``stop`` of a piece that begins at ``begin``, and the row before each."""
    arrays = prepared.arrays
    tokens = arrays["tokens"][max(begin, start - 2) : stop].astype(np.int64)
    # Two notes before the window, or what stands for none.
    missing = start - max(begin, start - 2)
    nothing = np.tile(np.array([tk.NO_PITCH, tk.NO_STEP, tk.NO_DURATION, tk.NO_VELOCITY]), (2 - missing, 1))
    tokens = np.concatenate([nothing, tokens])
    return {
        "tokens": tokens[2:],
        "before": tokens[1:-1],
        "sooner": tokens[:-2, tk.PITCH],
        "sources": arrays["sources"][start:stop].astype(np.int64),
        "dense": arrays["dense"][start:stop].astype(np.float32) / DENSE_SCALE,
        "place": np.minimum(arrays["place"][start:stop].astype(np.int64), PLACES - 1),
        "attributes": arrays["attributes"][start:stop],
    }


def move(example: dict[str, NDArray[Any]], shift: int, slower: int, louder: int) -> dict[str, NDArray[Any]]:
    """Transpose by semitones, change the tempo by bins of time and the loudness by bins of velocity."""

    def pitches(values: IntArray) -> IntArray:
        higher = values + shift
        inside = (values < tk.NO_PITCH) & (higher >= 0) & (higher < tk.N_PITCHES)
        return np.where(inside, higher, tk.NO_PITCH)

    def notes(values: IntArray) -> IntArray:
        step, duration, velocity = values[..., 0], values[..., 1], values[..., 2]
        timed = np.where(
            (step > tk.CHORD) & (step < tk.NO_STEP), np.clip(step + slower, 1, tk.N_STEPS - 1), step
        )
        lasts = np.where(
            duration < tk.NO_DURATION, np.clip(duration + slower, 0, tk.N_DURATIONS - 1), duration
        )
        loud = np.where(
            velocity < tk.NO_VELOCITY, np.clip(velocity + louder, 0, tk.N_VELOCITIES - 1), velocity
        )
        return np.stack([timed, lasts, loud], axis=-1)

    def whole(values: IntArray) -> IntArray:
        return np.concatenate([pitches(values[..., :1]), notes(values[..., 1:])], axis=-1)

    sources, dense = example["sources"], example["dense"]
    turned = np.zeros_like(dense)
    if shift >= 0:
        turned[..., shift:] = dense[..., : tk.N_PITCHES - shift]
    else:
        turned[..., :shift] = dense[..., -shift:]
    turned[:, CLASS_LINE] = np.roll(dense[:, CLASS_LINE, :84], shift, axis=-1)[
        :, np.arange(tk.N_PITCHES) % 84
    ]
    attributes = example["attributes"].astype(np.float64)
    attributes[:, 0] -= slower * math.log2(tk.STEP_EDGES_SEC[1] / tk.STEP_EDGES_SEC[0])
    attributes[:, 2] += shift
    attributes[:, 3] += louder * tk.VELOCITY_WIDTH
    return {
        **example,
        "tokens": whole(example["tokens"]),
        "before": whole(example["before"]),
        "sooner": pitches(example["sooner"]),
        "sources": np.concatenate(
            [pitches(sources[:, :N_SOURCES]), sources[:, N_SOURCES:FOUND], notes(sources[:, FOUND:])], axis=1
        ),
        "dense": turned,
        "attributes": attributes,
    }


def hide_copies(example: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """A window without what followed the same figure earlier in the piece; recent and sounding keys stay."""
    sources, dense = example["sources"].copy(), example["dense"].copy()
    sources[:, :N_SOURCES], sources[:, N_SOURCES:FOUND] = tk.NO_PITCH, 0
    sources[:, FOUND:] = tk.NO_STEP, tk.NO_DURATION, tk.NO_VELOCITY
    dense[:, CLASS_LINE + 1 :] = 0.0
    return {**example, "sources": sources, "dense": dense}


def collate(examples: Sequence[dict[str, NDArray[Any]]]) -> Batch:
    """Stack examples with ``conditions`` and ``targets``; shorter ones are filled up and their targets ignored."""

    def stacked(name: str, fill: int = 0) -> Tensor:
        return torch.from_numpy(pad([example[name] for example in examples], fill=fill))

    before, sooner = stacked("before"), stacked("sooner")
    interval = interval_token(before[..., 0], sooner)
    return Batch(
        rows=torch.cat([before, interval[..., None], stacked("place")[..., None]], dim=-1),
        sources=stacked("sources"),
        dense=stacked("dense"),
        conditions=stacked("conditions").float(),
        targets=stacked("targets", fill=IGNORED),
    )


def losses(model: PianoLSTM, hidden: Tensor, batch: Batch) -> Tensor:
    """Cross-entropies of the four heads, nats, shape=(4, B, T); 0 where the target is ignored."""
    pitch, step, duration, _ = batch.targets.clamp(min=0).unbind(-1)
    told = model.told(hidden, batch.sources, pitch, interval_token(pitch, batch.rows[..., 0]))
    logits = (
        model.pitch_logits(hidden, batch.sources, batch.dense),
        *model.rhythm_logits(told, step, duration),
    )
    return torch.stack(
        [
            nn.functional.cross_entropy(
                scores.float().flatten(0, 1),
                batch.targets[..., i].flatten(),
                ignore_index=IGNORED,
                reduction="none",
            ).view(pitch.shape)
            for i, scores in enumerate(logits)
        ]
    )


def make_objective(
    model: PianoLSTM, windows: Windows, validation: Prepared, options: Options
) -> Objective[PianoLSTM, Batch]:
    """The training of a network: windows, weighted losses of four heads, and the pitch on validation pieces."""
    weights = torch.tensor(options.head_weights)[:, None, None]

    def loss(model: PianoLSTM, batch: Batch) -> tuple[Tensor, float]:
        hidden, _ = model(batch.rows, batch.sources, batch.dense, batch.conditions)
        n_notes = int((batch.targets[..., tk.PITCH] != IGNORED).sum())
        return (losses(model, hidden, batch) * weights).sum() / n_notes, n_notes

    def score(model: PianoLSTM) -> dict[str, float]:
        costs = piece_losses(
            model, validation, max_notes=options.n_scored, copy_features=options.copy_features
        )
        means = torch.cat(costs, dim=1).mean(dim=1).tolist()
        return {f"{name}_nats": mean for name, mean in zip(HEADS, means, strict=False)}

    return Objective(model=model, draw=windows.draw, loss=loss, score=score, keep="pitch_nats")


@torch.inference_mode()
def piece_losses(
    model: PianoLSTM,
    prepared: Prepared,
    *,
    max_notes: int = 10**9,
    chunk: int = 512,
    copy_features: bool = True,
) -> list[Tensor]:
    """Cost of every note of every piece, carried from the first note to the last, without conditions.

    Returns
    -------
    list of Tensor, each shape=(5, n)
        The four heads, nats; and 1 where the likeliest pitch is the next.
    """
    model.eval()
    found = []
    for begin, end in zip(prepared.begins.tolist(), prepared.ends.tolist(), strict=True):
        end = min(end, begin + max_notes)
        state, rows = None, []
        for start in range(begin, end, chunk):
            example = window(prepared, start, min(end, start + chunk), begin)
            if not copy_features:
                example = hide_copies(example)
            shape = (len(example["tokens"]), model.config.n_conditions)
            example["conditions"], example["targets"] = np.zeros(shape, dtype=np.float32), example["tokens"]
            batch = collate([example])
            hidden, state = model(batch.rows, batch.sources, batch.dense, batch.conditions, state)
            right = model.pitch_logits(hidden, batch.sources, batch.dense).argmax(-1) == batch.targets[..., 0]
            rows.append(torch.cat([losses(model, hidden, batch), right[None].float()])[:, 0])
        found.append(torch.cat(rows, dim=1))
    return found
