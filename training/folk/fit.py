"""Fit the folk network: encoded tunes, batches by length, losses, validation bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from core.arrays import FloatArray, IntArray
from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.model import FolkLSTM
from core.music.tune import Tune
from training.batching import pad
from training.optimization import BestWeights, Clock, WeightAverage, append_line, descend, set_rate


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained."""

    n_epochs: int = 20
    batch_size: int = 32  # tunes
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    hide_phrases: float = 0.35  # share of tunes whose phrase marks are hidden
    tell_plan: float = 0.25  # share of tunes that are told where phrases and the tune end
    hide_collection: float = 0.1
    boundary_weight: float = 0.3
    average: float = 0.995  # of the weights, a step
    seed: int = 1
    minutes: float = 0.0  # wall-clock budget that the schedule follows; 0: count epochs


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A tune as arrays."""

    rows: NDArray[np.int16]  # (n, N_COLUMNS), with the plan
    targets: NDArray[np.int16]  # (n, 3)
    context: tuple[int, int, int]


def encode_tune(tune: Tune) -> Encoded:
    """Encode a tune with its plan; :func:`hide` takes away what is not to be told."""
    rows, targets = tk.encode(tune, plan=True)
    return Encoded(
        rows=np.array(rows, dtype=np.int16),
        targets=np.array(targets, dtype=np.int16),
        context=tk.context_ids(tune.collection, tune.keys[0].mode, tune.meters[0].meter),
    )


def hide(rows: IntArray, *, plan: bool, phrases: bool) -> IntArray:
    """Rows as the reader makes them without a plan, or where phrases are unknown."""
    rows = rows.copy()
    if plan or phrases:
        rows[..., tk.TO_PHRASE] = tk.N_TO_PHRASE - 1
    if plan:
        rows[..., tk.TO_END] = tk.N_TO_END - 1
    if phrases:
        rows[..., tk.BOUNDARY] = tk.BOUNDARY_UNKNOWN
        rows[..., tk.PHRASE_BAR] = tk.N_PHRASE_BARS - 1
        rows[..., tk.PHRASE_EVENT] = tk.N_PHRASE_EVENTS - 1
        for i in tk.PHRASE_SOURCES:
            rows[..., tk.SOURCES + i] = tk.NO_PITCH
            rows[..., tk.SOURCES + tk.N_SOURCES + i] = tk.NO_DURATION
    return rows


def losses(model: FolkLSTM, rows: Tensor, targets: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Nats of pitch, length and boundary of every event, each shape=(B, T); boundary 0 where unknown."""
    hidden, _ = model(rows, context)
    pitch, duration, boundary = targets.clamp(min=0).unbind(-1)

    def nats(logits: Tensor, target: Tensor) -> Tensor:
        return nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")

    ends = nats(model.boundary_logits(hidden, pitch, duration), boundary) * (targets[..., 2] >= 0)
    return (
        nats(model.pitch_logits(hidden, rows), pitch),
        nats(model.duration_logits(hidden, rows, pitch), duration),
        ends,
    )


def batches(
    tunes: Sequence[Encoded], recipe: Recipe, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Rows, targets, context and mask of tunes of like length, in random order."""
    noisy = np.array([len(tune.rows) for tune in tunes]) * rng.uniform(0.85, 1.15, len(tunes))
    order = np.argsort(noisy)
    groups = [order[i : i + recipe.batch_size] for i in range(0, len(order), recipe.batch_size)]
    for at in rng.permutation(len(groups)):
        chosen = [tunes[i] for i in groups[at]]
        # The few endless tunes are cut; they would make a batch of mostly padding.
        length = min(256, max(len(tune.rows) for tune in chosen))
        rows, targets = [], pad([tune.targets[:length].astype(np.int64) for tune in chosen], fill=-1)
        context = np.array([tune.context for tune in chosen], dtype=np.int64)
        for i, tune in enumerate(chosen):
            plan = rng.random() < recipe.tell_plan
            phrases = rng.random() >= recipe.hide_phrases
            rows.append(hide(tune.rows[:length].astype(np.int64), plan=not plan, phrases=not phrases))
            if not phrases:
                targets[i, :, 2] = -1
        context[rng.random(len(chosen)) < recipe.hide_collection, 0] = 0
        yield (
            torch.from_numpy(pad(rows)),
            torch.from_numpy(targets),
            torch.from_numpy(context),
            torch.from_numpy(targets[..., 0] >= 0),
        )


def fit(
    train: Sequence[Encoded],
    validation: Sequence[Encoded],
    *,
    config: FolkConfig | None = None,
    recipe: Recipe | None = None,
    log: Path | None = None,
    checkpoint: Path | None = None,
) -> tuple[FolkLSTM, dict[str, float]]:
    """Train on tunes and keep the averaged weights of the epoch that scores best on the validation part.

    Parameters
    ----------
    train, validation : sequence of Encoded
    config, recipe
        What to train and how.
    log : Path, optional
        Gets a line an epoch.
    checkpoint : Path, optional
        Gets the best weights so far, as safetensors.

    Returns
    -------
    FolkLSTM
    dict
        ``epoch``, ``validation_bits`` (pitch and length jointly) of the kept epoch, ``hours``.
    """
    config, recipe = config or FolkConfig(), recipe or Recipe()
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    model = FolkLSTM(config)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    n_steps = recipe.n_epochs * -(-len(train) // recipe.batch_size)
    average, best = WeightAverage(model, recipe.average, lead=1), BestWeights()
    clock = Clock(recipe.minutes, None if recipe.minutes else n_steps)
    step, epoch, share = 0, 0, 0.0
    while share < 1:
        epoch += 1
        model.train()
        for rows, targets, context, mask in batches(train, recipe, rng):
            share = clock.share(step)
            if share >= 1:
                break
            set_rate(optimizer, recipe.learning_rate * _one_cycle(share))
            pitch, duration, boundary = losses(model, rows, targets, context)
            total = (pitch + duration + recipe.boundary_weight * boundary)[mask].mean()
            descend(model, optimizer, total)
            average.update(model)
            step += 1
        share = share if recipe.minutes else clock.share(step)
        bits = score_bits(average.model, validation)
        if best.offer(bits[2], average.model, epoch) and checkpoint is not None:
            save_file(best.values or {}, checkpoint)
        told = ", ".join(
            f"{name} {n:.4f}" for name, n in zip(("pitch", "hidden", "joint"), bits, strict=True)
        )
        append_line(log, f"epoch {epoch} ({share:.2f}): {told} bits, {clock.seconds:.0f} s")
    best.restore(model)
    about = {"epoch": best.place, "steps": step, "validation_bits": round(best.score, 4)}
    return model.eval(), {**about, "hours": round(clock.hours, 2)}


def _one_cycle(share: float) -> float:
    """Up for a twentieth of the training, then down along a cosine."""
    warm = 0.05
    return (
        share / warm + 0.01
        if share < warm
        else 0.5 + 0.5 * float(np.cos(np.pi * (share - warm) / (1 - warm)))
    )


@torch.inference_mode()
def score(
    model: FolkLSTM,
    tunes: Sequence[Encoded],
    *,
    phrases: bool = True,
    plan: bool = False,
    batch_size: int = 64,
) -> list[FloatArray]:
    """Score every event of tunes.

    Parameters
    ----------
    phrases : bool
        Whether the marks of phrases that have ended are read.
    plan : bool
        Whether the network is told where phrases and the tune will end; never so in a published figure.

    Returns
    -------
    list of ndarray of float64, shape=(n, 3)
        Nats of pitch, length and boundary, in the order of ``tunes``.
    """
    model.eval()
    result: list[FloatArray] = [np.empty((0, 3))] * len(tunes)
    order = np.argsort([len(tune.rows) for tune in tunes])
    for begin in range(0, len(order), batch_size):
        group = order[begin : begin + batch_size]
        told = [hide(tunes[i].rows.astype(np.int64), plan=not plan, phrases=not phrases) for i in group]
        rows, targets = pad(told), pad([tunes[i].targets.astype(np.int64) for i in group])
        context = torch.tensor([tunes[i].context for i in group])
        scored = losses(model, torch.from_numpy(rows), torch.from_numpy(targets), context)
        stacked = torch.stack(scored, dim=-1).double().numpy()
        for at, i in enumerate(group):
            result[i] = stacked[at, : len(tunes[i].rows)]
    return result


def score_bits(model: FolkLSTM, tunes: Sequence[Encoded]) -> tuple[float, float, float]:
    """Bits an event: pitch, pitch where phrase marks are hidden, pitch and length jointly."""
    known = np.concatenate(score(model, tunes)) / np.log(2)
    hidden = np.concatenate(score(model, tunes, phrases=False)) / np.log(2)
    return float(known[:, 0].mean()), float(hidden[:, 0].mean()), float(known[:, :2].sum(1).mean())
