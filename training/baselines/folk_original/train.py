"""Train and score the original's folk network: its encoding, its sizes, its metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.arrays import FloatArray, IntArray
from core.music.tune import Tune
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalConfig, OriginalLSTM
from training.optimization import Clock, append_line, descend, set_rate

WINDOW = 64  # symbols that the original's network sees


@dataclass(frozen=True, kw_only=True)
class OriginalRecipe:
    """How it is trained. The original takes one loss a window of 64, at stride 1: 64 times the work of this."""

    minutes: float = 14.0  # a cycle of the learning rate
    n_cycles: int = 2
    batch_size: int = 32
    span: int = 128  # symbols a training example, each of which is predicted
    learning_rate: float = 4e-3
    seed: int = 1


def corpus(tunes: Sequence[Tune]) -> IntArray:
    """All tunes as one line of symbols, 64 delimiters behind each, as the original's file has it."""
    line = [0] * encoding.N_DELIMITERS
    for tune in tunes:
        if encoding.accepts(tune):
            line += encoding.encode(tune) + [0] * encoding.N_DELIMITERS
    return np.array(line, dtype=np.int64)


def fit_original(
    line: IntArray, recipe: OriginalRecipe | None = None, log: Path | None = None
) -> tuple[OriginalLSTM, dict[str, float]]:
    """Train on random spans of the line.

    Returns
    -------
    OriginalLSTM
    dict
        ``steps`` and ``hours``.
    """
    recipe = recipe or OriginalRecipe()
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    model = OriginalLSTM(OriginalConfig())
    clock, step = Clock(math.inf), 0
    for _ in range(recipe.n_cycles):
        step = _train_cycle(model, line, recipe, rng, step, log)
    return model.eval(), {"steps": step, "hours": round(clock.hours, 2)}


def _train_cycle(
    model: OriginalLSTM,
    line: IntArray,
    recipe: OriginalRecipe,
    rng: np.random.Generator,
    step: int,
    log: Path | None,
) -> int:
    """Train for one cycle of the learning rate, up quickly and down slowly; the number of steps so far."""
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
    clock, share = Clock(recipe.minutes), 0.0
    model.train()
    while share < 1:
        begins = rng.integers(0, len(line) - recipe.span - 1, recipe.batch_size)
        spans = torch.from_numpy(np.stack([line[b : b + recipe.span + 1] for b in begins]))
        set_rate(optimizer, recipe.learning_rate * min(1.0, 0.02 + 30 * share, (1 - share) * 1.3 + 0.005))
        logits, _ = model(spans[:, :-1])
        loss = nn.functional.cross_entropy(logits.transpose(1, 2), spans[:, 1:])
        descend(model, optimizer, loss)
        step += 1
        share = clock.share(step)
        if step % 500 == 0:
            append_line(log, f"step {step} ({share:.2f}): {loss.item():.4f} nats a symbol")
    return step


@torch.inference_mode()
def original_accuracy(model: OriginalLSTM, line: IntArray, n: int = 20_000, seed: int = 0) -> dict[str, Any]:
    """The original's metric: the share of windows of 64 symbols after which the next symbol is named.

    Parameters
    ----------
    n : int
        Windows drawn, of all that lie in the line.
    """
    rng = np.random.default_rng(seed)
    n = min(n, len(line) - WINDOW)
    begins = rng.choice(len(line) - WINDOW, n, replace=False)
    hits = []
    for begin in range(0, n, 500):
        windows = np.stack([line[b : b + WINDOW + 1] for b in begins[begin : begin + 500]])
        logits, _ = model(torch.from_numpy(windows[:, :-1]))
        hits.append(logits[:, -1].argmax(-1).numpy() == windows[:, -1])
    right = np.concatenate(hits)
    half = 1.96 * float(np.sqrt(right.mean() * (1 - right.mean()) / n))
    mean = float(right.mean())
    return {
        "accuracy": round(mean, 4),
        "interval": [round(mean - half, 4), round(mean + half, 4)],
        "n_windows": n,
    }


@torch.inference_mode()
def onset_scores(model: OriginalLSTM, tunes: Sequence[Tune]) -> list[FloatArray]:
    """Nats and hits at every note or rest onset of tunes that the encoding accepts.

    Returns
    -------
    list of ndarray of float64, shape=(n, 2)
        Nats of the true symbol and whether it was the likeliest, an array a tune.
    """
    found = []
    for tune in tunes:
        ids = [0] * encoding.N_DELIMITERS + encoding.encode(tune)
        logits, _ = model(torch.tensor([ids[:-1]]))
        after = torch.log_softmax(logits[0].double(), dim=-1)[encoding.N_DELIMITERS - 1 :]
        true = torch.tensor(ids[encoding.N_DELIMITERS :])
        onsets = true > 1  # neither a delimiter nor held
        nats = -after[torch.arange(len(true)), true]
        hits = after.argmax(-1) == true
        found.append(torch.stack([nats, hits.double()], dim=-1)[onsets].numpy())
    return found
