"""Fit the folk network: encoded tunes, batches by length, losses, validation bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.arrays import FloatArray, IntArray
from core.folk import tokenizer as tk
from core.folk.collection_names import find_nearest
from core.folk.config import FolkConfig
from core.folk.model import FolkLSTM
from core.music.tune import Tune
from training.batching import pad
from training.datasets import map_in_processes
from training.loop import Objective, step_rng
from training.recipe import Schedule

MOST_EVENTS = 256  # of a tune in a batch; a few endless tunes would make a batch of mostly padding
Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the network is told of a tune, by a recipe's section ``[options]``.

    Attributes
    ----------
    hide_phrases : float
        Share of tunes whose phrase marks are hidden.
    tell_plan : float
        Share of tunes that are told where phrases and the tune end.
    hide_collection : float
        Share of tunes whose collection is not told.
    boundary_weight : float
        Of the loss of the boundary after each event.
    from_within : float
        Share of tunes longer than a batch takes of which a part from within is taken.
    without_copies : bool
        Also train the network without the places that are looked up, for as many steps, to be scored beside it.
    n_generated : int
        Tunes composed to be compared with held-out ones.
    """

    hide_phrases: float = 0.35
    tell_plan: float = 0.25
    hide_collection: float = 0.1
    boundary_weight: float = 0.3
    from_within: float = 0.5
    without_copies: bool = False
    n_generated: int = 500


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A tune as arrays."""

    rows: NDArray[np.int16]  # (n, N_COLUMNS), with the plan
    targets: NDArray[np.int16]  # (n, 3)
    context: tuple[int, int, int]


def encode_tune(tune: Tune, known: Sequence[str] = tk.COLLECTIONS) -> Encoded:
    """Encode a tune with its plan; :func:`hide` takes away what is not to be told.

    Parameters
    ----------
    tune : Tune
    known : sequence of str
        Collections that the network knows; another one is told as the nearest.
    """
    rows, targets = tk.encode(tune, plan=True)
    return Encoded(
        rows=np.array(rows, dtype=np.int16),
        targets=np.array(targets, dtype=np.int16),
        context=tk.context_ids(
            find_nearest(tune.collection, known), tune.keys[0].mode, tune.meters[0].meter, known
        ),
    )


def encode_all(tunes: Sequence[Tune], known: Sequence[str]) -> list[Encoded]:
    """Several tunes, by several processes."""
    return map_in_processes(partial(encode_tune, known=known), tunes)


def hide(rows: IntArray, *, plan: bool, phrases: bool, copies: bool = False) -> IntArray:
    """Rows as the reader makes them without a plan, or where phrases are unknown; or without anything looked up."""
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
    if copies:
        rows[..., tk.MATCH : tk.RHYTHM_MATCH + 1] = 0
        rows[..., tk.SOURCES : tk.SOURCES + tk.N_SOURCES] = tk.NO_PITCH
        rows[..., tk.SOURCES + tk.N_SOURCES :] = tk.NO_DURATION
    return rows


def losses(model: FolkLSTM, rows: Tensor, targets: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Nats of pitch, length and boundary of every event, each shape=(B, T).

    Where phrases are unknown, the boundary's are those of the tune not ending there: whether it does is known, and from its
    last event alone a network would learn that every tune ends at once.
    """
    hidden, _ = model(rows, context)
    pitch, duration, boundary = targets.clamp(min=0).unbind(-1)

    def nats(logits: Tensor, target: Tensor) -> Tensor:
        return nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")

    after = model.boundary_logits(hidden, pitch, duration)
    goes_on = after.logsumexp(-1) - after[..., : tk.TUNE_ENDS].logsumexp(-1)
    ends = torch.where(targets[..., 2] >= 0, nats(after, boundary), goes_on)
    return (
        nats(model.pitch_logits(hidden, rows), pitch),
        nats(model.duration_logits(hidden, rows, pitch), duration),
        ends,
    )


class Batches:
    """Batches of tunes of like length, in an order of their own in every epoch; a step's batch depends on the step alone."""

    def __init__(
        self, tunes: Sequence[Encoded], schedule: Schedule, options: Options, *, copies: bool = True
    ) -> None:
        self._tunes, self._schedule, self._options, self._copies = tunes, schedule, options, copies
        self._lengths = np.array([min(len(tune.rows), MOST_EVENTS) for tune in tunes])
        self._groups = lru_cache(maxsize=2)(self._group)

    def _group(self, epoch: int) -> list[IntArray]:
        rng = np.random.default_rng([self._schedule.seed, epoch, 1])
        order = np.argsort(self._lengths * rng.uniform(0.85, 1.15, len(self._lengths)))
        size = self._schedule.batch_size
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        return [groups[i] for i in rng.permutation(len(groups))]

    def draw(self, step: int) -> Batch:
        """Rows, targets and context of a step, from 1."""
        epoch, place = divmod(step - 1, -(-len(self._tunes) // self._schedule.batch_size))
        chosen = [self._tunes[i] for i in self._groups(epoch)[place]]
        rng, options = step_rng(self._schedule.seed, step), self._options
        length = min(MOST_EVENTS, max(len(tune.rows) for tune in chosen))
        rows, targets = [], []
        for tune in chosen:
            over = len(tune.rows) - length
            begin = int(rng.integers(over + 1)) if over > 0 and rng.random() < options.from_within else 0
            plan = rng.random() < options.tell_plan
            phrases = rng.random() >= options.hide_phrases
            here = tune.rows[begin : begin + length].astype(np.int64)
            rows.append(hide(here, plan=not plan, phrases=not phrases, copies=not self._copies))
            targets.append(tune.targets[begin : begin + length].astype(np.int64))
            if not phrases:
                targets[-1][targets[-1][:, 2] != tk.TUNE_ENDS, 2] = -1
        context = np.array([tune.context for tune in chosen], dtype=np.int64)
        context[rng.random(len(chosen)) < options.hide_collection, 0] = 0
        return torch.from_numpy(pad(rows)), torch.from_numpy(pad(targets, fill=-1)), torch.from_numpy(context)


def make_objective(
    train: Sequence[Encoded],
    validation: Sequence[Encoded],
    config: FolkConfig,
    schedule: Schedule,
    options: Options,
    *,
    copies: bool = True,
    network: Callable[[FolkConfig], FolkLSTM] = FolkLSTM,
) -> Objective[FolkLSTM, Batch]:
    """What the training loop is given; the averaged weights that score best on the validation part are kept.

    Parameters
    ----------
    train, validation : sequence of Encoded
    config, schedule, options
    copies : bool
        Whether the network reads the places that are looked up.
    network : callable
        Builds it.
    """

    def loss(model: FolkLSTM, batch: Batch) -> tuple[Tensor, float]:
        rows, targets, context = batch
        mask = targets[..., 0] >= 0
        pitch, duration, boundary = losses(model, rows, targets, context)
        total = (pitch + duration + options.boundary_weight * boundary)[mask].mean()
        return total, float(mask.sum())

    def measure(model: FolkLSTM) -> dict[str, float]:
        bits = np.concatenate(score(model, validation, phrases=False, copies=copies)) / np.log(2)
        return {"pitch_bits": float(bits[:, 0].mean()), "joint_bits": float(bits[:, :2].sum(1).mean())}

    torch.manual_seed(schedule.seed)
    return Objective(
        model=network(config),
        draw=Batches(train, schedule, options, copies=copies).draw,
        loss=loss,
        score=measure,
        keep="joint_bits",
        score_from=0.3,
    )


@torch.inference_mode()
def score(
    model: FolkLSTM,
    tunes: Sequence[Encoded],
    *,
    phrases: bool = True,
    plan: bool = False,
    copies: bool = True,
    batch_size: int = 64,
) -> list[FloatArray]:
    """Score every event of tunes.

    Parameters
    ----------
    phrases : bool
        Whether the marks of phrases that have ended are read.
    plan : bool
        Whether the network is told where phrases and the tune will end; never so in a published figure.
    copies : bool
        Whether the places that are looked up are read.

    Returns
    -------
    list of ndarray of float64, shape=(n, 3)
        Nats of pitch, length and boundary, in the order of ``tunes``.
    """
    model.eval()
    device = next(model.parameters()).device
    result: list[FloatArray] = [np.empty((0, 3))] * len(tunes)
    order = np.argsort([len(tune.rows) for tune in tunes])
    for begin in range(0, len(order), batch_size):
        group = order[begin : begin + batch_size]
        told = [
            hide(tunes[i].rows.astype(np.int64), plan=not plan, phrases=not phrases, copies=not copies)
            for i in group
        ]
        rows, targets = pad(told), pad([tunes[i].targets.astype(np.int64) for i in group])
        context = np.array([tunes[i].context for i in group])
        given = [torch.from_numpy(array).to(device) for array in (rows, targets, context)]
        stacked = torch.stack(losses(model, *given), dim=-1).double().cpu().numpy()
        for at, i in enumerate(group):
            result[i] = stacked[at, : len(tunes[i].rows)]
    return result
