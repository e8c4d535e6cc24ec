"""Fit the piano network: windows of pieces, moved in pitch, tempo and loudness, with some of their conditions told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.arrays import Float32Array, FloatArray, IntArray
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES, scaled
from core.emotion.piano.config import N_CONDITIONS
from core.emotion.piano.copy_features import CLASS_LINE, FOUND, N_SOURCES, PLACES
from core.emotion.piano.model import PianoLSTM, interval_token
from training.batching import pad
from training.emotion.piano_prepare import DENSE_SCALE, SETS, Played, prepare
from training.optimization import Clock, decay_groups, descend, set_rate

NAMES = ("tokens", "dense", "sources", "place", "attributes")
HEADS = ("pitch", "step", "duration", "velocity")
IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained."""

    seconds: float = 4700.0  # the schedule ends with them
    window: int = 192  # notes a training example
    batch_size: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.04  # of the schedule
    shares: tuple[float, ...] = (0.62, 0.16, 0.22)  # of the windows, a set; the scorer is for the first
    head_weights: tuple[float, ...] = (1.0, 0.5, 0.35, 0.25)
    unconditioned_share: float = 0.5  # of the windows that are told nothing
    unknown_share: float = 0.3  # of each condition, in the others
    kind_unknown_share: float = 0.5
    noise: float = 0.1  # standard deviation added to the attributes told
    max_transpose: int = 6
    bfloat16: bool = True
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Many pieces in one row of notes; the arrays are those of :func:`training.emotion.piano_prepare.prepare`."""

    arrays: dict[str, NDArray[Any]]
    begins: IntArray
    ends: IntArray
    kinds: IntArray
    moods: IntArray  # (n_pieces, 2), 0 where unknown


def gather(pieces: Sequence[Played]) -> Prepared:
    """Prepare pieces and join them."""
    read = [prepare(piece) for piece in pieces]
    return join_pieces(
        {name: np.concatenate([row[name] for row in read]) for name in NAMES},
        [
            (piece.source, piece.valence, piece.arousal, len(row["tokens"]))
            for piece, row in zip(pieces, read, strict=True)
        ],
    )


def join_pieces(arrays: dict[str, NDArray[Any]], about: Sequence[tuple[str, int, int, int]]) -> Prepared:
    """Prepared arrays with the set, valence, arousal and number of notes of each piece."""
    ends = np.cumsum([row[3] for row in about])
    return Prepared(
        arrays=arrays,
        begins=ends - [row[3] for row in about],
        ends=ends,
        kinds=np.array([SETS.index(row[0]) if row[0] in SETS else 0 for row in about]),
        moods=np.array([row[1:3] for row in about]).reshape(-1, 2),
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
    """Draws windows of prepared pieces."""

    def __init__(self, prepared: Prepared, recipe: Recipe, generator: np.random.Generator) -> None:
        self.prepared, self.recipe, self.generator = prepared, recipe, generator
        self.weights = [
            np.where(prepared.kinds == kind, prepared.ends - prepared.begins, 0).astype(np.float64)
            for kind in range(len(SETS))
        ]

    def draw(self) -> Batch:
        """A batch of windows."""
        recipe, generator = self.recipe, self.generator
        shares = np.array([s if w.sum() else 0.0 for s, w in zip(recipe.shares, self.weights, strict=True)])
        examples = []
        for kind in generator.choice(len(SETS), size=recipe.batch_size, p=shares / shares.sum()):
            weights = self.weights[kind]
            piece = int(generator.choice(len(weights), p=weights / weights.sum()))
            examples.append(self._example(piece))
        return collate(examples)

    def _example(self, piece: int) -> dict[str, NDArray[Any]]:
        recipe, generator, prepared = self.recipe, self.generator, self.prepared
        begin, end = int(prepared.begins[piece]), int(prepared.ends[piece])
        start = int(generator.integers(begin - recipe.window // 4, max(begin + 1, end - recipe.window // 2)))
        start = max(begin, start)
        example = window(prepared, start, min(end, start + recipe.window), begin)
        used = example["tokens"][:, tk.PITCH]
        shift = int(
            generator.integers(
                max(-recipe.max_transpose, -int(used.min())),
                min(recipe.max_transpose, tk.N_PITCHES - 1 - int(used.max())) + 1,
            )
        )
        example = move(example, shift, int(generator.integers(-1, 2)), int(generator.integers(-2, 3)))
        example["conditions"] = self._conditions(piece, example["attributes"])
        return example

    def _conditions(self, piece: int, attributes: Float32Array) -> Float32Array:
        recipe, generator = self.recipe, self.generator
        if generator.random() < recipe.unconditioned_share:
            return np.zeros((len(attributes), N_CONDITIONS), dtype=np.float32)
        known = (generator.random(N_ATTRIBUTES + 2) >= recipe.unknown_share).astype(np.float32)
        # Valence and arousal are one label: a quadrant.
        known[N_ATTRIBUTES:] = known[N_ATTRIBUTES] if self.prepared.moods[piece].any() else 0.0
        values = scaled(attributes.astype(np.float64)) + generator.normal(0.0, recipe.noise, attributes.shape)
        mood = np.broadcast_to(self.prepared.moods[piece], (len(values), 2))
        kind = int(self.prepared.kinds[piece]) if generator.random() >= recipe.kind_unknown_share else None
        return conditions(np.concatenate([values, mood], axis=1), known, kind)


def conditions(values: FloatArray, known: Float32Array, kind: int | None) -> Float32Array:
    """Rows of conditions: values where known, which are known, and the kind of music."""
    rows = np.zeros((len(values), N_CONDITIONS), dtype=np.float32)
    n = values.shape[1]
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


def collate(examples: Sequence[dict[str, NDArray[Any]]]) -> Batch:
    """Stack examples with ``conditions``; shorter ones are filled up and their targets ignored."""

    def stacked(name: str, fill: int = 0) -> Tensor:
        return torch.from_numpy(pad([example[name] for example in examples], fill=fill))

    before, sooner = stacked("before"), stacked("sooner")
    interval = interval_token(before[..., 0], sooner)
    return Batch(
        rows=torch.cat([before, interval[..., None], stacked("place")[..., None]], dim=-1),
        sources=stacked("sources"),
        dense=stacked("dense"),
        conditions=stacked("conditions").float(),
        targets=stacked("tokens", fill=IGNORED),
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


def fit(
    model: PianoLSTM,
    prepared: Prepared,
    recipe: Recipe,
    report: Callable[[dict[str, Any]], None] = lambda row: None,
    report_every: int = 100,
) -> dict[str, Any]:
    """Train in place for a time; the step size rises, then falls along a cosine to the end of the time.

    Returns
    -------
    dict
        ``steps``, ``notes``, ``hours``.
    """
    torch.manual_seed(recipe.seed)
    windows = Windows(prepared, recipe, np.random.default_rng(recipe.seed))
    optimizer = torch.optim.AdamW(
        decay_groups(model.parameters(), recipe.weight_decay),
        lr=recipe.learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    weights = torch.tensor(recipe.head_weights)[:, None, None]
    model.train()
    clock, n_notes, steps = Clock(recipe.seconds / 60), 0, 0
    while (share := clock.share(steps)) < 1.0:
        rate = min(1.0, share / recipe.warm_up) * 0.5 * (1 + math.cos(math.pi * share))
        set_rate(optimizer, max(1e-5, recipe.learning_rate * rate))
        batch = windows.draw()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
            hidden, _ = model(batch.rows, batch.sources, batch.dense, batch.conditions)
            cost = losses(model, hidden, batch)
        counted = int((batch.targets[..., 0] != IGNORED).sum())
        descend(model, optimizer, (cost * weights).sum().div(counted))
        n_notes, steps = n_notes + counted, steps + 1
        if steps % report_every == 0:
            means = (cost.detach().sum(dim=(1, 2)) / counted).tolist()
            report(
                {
                    "steps": steps,
                    "notes": n_notes,
                    "seconds": round(clock.seconds, 1),
                    **{name: round(value, 4) for name, value in zip(HEADS, means, strict=True)},
                }
            )
            model.train()
    model.eval()
    return {"steps": steps, "notes": n_notes, "hours": clock.hours}


@torch.inference_mode()
def piece_losses(
    model: PianoLSTM, prepared: Prepared, *, max_notes: int = 10**9, chunk: int = 512
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
            example["conditions"] = np.zeros((len(example["tokens"]), N_CONDITIONS), dtype=np.float32)
            batch = collate([example])
            hidden, state = model(batch.rows, batch.sources, batch.dense, batch.conditions, state)
            right = model.pitch_logits(hidden, batch.sources, batch.dense).argmax(-1) == batch.targets[..., 0]
            rows.append(torch.cat([losses(model, hidden, batch), right[None].float()])[:, 0])
        found.append(torch.cat(rows, dim=1))
    return found
