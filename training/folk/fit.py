"""Train the folk network on encoded tunes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.model import FolkLSTM
from core.music.tune import Tune

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


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
        rows = np.zeros((len(chosen), length, tk.N_COLUMNS), dtype=np.int64)
        targets = np.full((len(chosen), length, 3), -1, dtype=np.int64)
        context = np.array([tune.context for tune in chosen], dtype=np.int64)
        for i, tune in enumerate(chosen):
            n = min(length, len(tune.rows))
            plan = rng.random() < recipe.tell_plan
            phrases = rng.random() >= recipe.hide_phrases
            rows[i, :n] = hide(tune.rows[:n].astype(np.int64), plan=not plan, phrases=not phrases)
            targets[i, :n] = tune.targets[:n]
            if not phrases:
                targets[i, :n, 2] = -1
        context[rng.random(len(chosen)) < recipe.hide_collection, 0] = 0
        yield (
            torch.from_numpy(rows), torch.from_numpy(targets), torch.from_numpy(context),
            torch.from_numpy(targets[..., 0] >= 0),
        )  # fmt: skip


class Average:
    """A running mean of a model's weights, which scores better than the weights of the last step."""

    def __init__(self, model: FolkLSTM, share: float) -> None:
        self.share, self.n = share, 0
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: FolkLSTM) -> None:
        """Take in the present weights."""
        self.n += 1
        share = min(self.share, (1 + self.n) / (10 + self.n))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                self.values[name].lerp_(value, 1 - share)


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
    average = Average(model, recipe.average)
    best: tuple[float, int, dict[str, Tensor]] = (np.inf, 0, {})
    started, step, epoch, share = time.monotonic(), 0, 0, 0.0
    while share < 1:
        epoch += 1
        model.train()
        for rows, targets, context, mask in batches(train, recipe, rng):
            elapsed = (time.monotonic() - started) / 60
            share = elapsed / recipe.minutes if recipe.minutes else step / n_steps
            if share >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * _one_cycle(share)
            pitch, duration, boundary = losses(model, rows, targets, context)
            total = (pitch + duration + recipe.boundary_weight * boundary)[mask].mean()
            optimizer.zero_grad()
            total.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            average.update(model)
            step += 1
        share = step / n_steps if not recipe.minutes else share
        scored = _with(config, average.values)
        bits = score_bits(scored, validation)
        if bits[2] < best[0]:
            best = (bits[2], epoch, {name: value.clone() for name, value in average.values.items()})
            if checkpoint is not None:
                from safetensors.torch import save_file

                save_file(best[2], checkpoint)
        if log is not None:
            with log.open("a") as file:
                file.write(
                    f"epoch {epoch} ({share:.2f}): pitch {bits[0]:.4f}, without phrases {bits[1]:.4f}, joint "
                    f"{bits[2]:.4f} bits, {time.monotonic() - started:.0f} s\n"
                )
    hours = (time.monotonic() - started) / 3600
    told = {"epoch": best[1], "steps": step, "validation_bits": round(best[0], 4), "hours": round(hours, 2)}
    return _with(config, best[2]), told


def _one_cycle(share: float) -> float:
    """Up for a twentieth of the training, then down along a cosine."""
    warm = 0.05
    return (
        share / warm + 0.01
        if share < warm
        else 0.5 + 0.5 * float(np.cos(np.pi * (share - warm) / (1 - warm)))
    )


def _with(config: FolkConfig, values: dict[str, Tensor]) -> FolkLSTM:
    model = FolkLSTM(config)
    model.load_state_dict(values)
    return model.eval()


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
        length = max(len(tunes[i].rows) for i in group)
        rows = np.zeros((len(group), length, tk.N_COLUMNS), dtype=np.int64)
        targets = np.zeros((len(group), length, 3), dtype=np.int64)
        for at, i in enumerate(group):
            n = len(tunes[i].rows)
            rows[at, :n] = hide(tunes[i].rows.astype(np.int64), plan=not plan, phrases=not phrases)
            targets[at, :n] = tunes[i].targets
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
