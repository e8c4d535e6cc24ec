"""Train and score the original's folk network: its encoding, its sizes, its metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.arrays import FloatArray, IntArray
from core.music.tune import Tune
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalConfig, OriginalLSTM
from training.loop import Objective, step_rng
from training.recipe import Schedule

WINDOW = 64  # symbols that the original's network sees


# Symbols of a training example, each of which is predicted. The original takes one loss a window of 64, at stride 1: 64
# times the work of this.
SPAN = 128


def corpus(tunes: Sequence[Tune]) -> IntArray:
    """All tunes as one line of symbols, 64 delimiters behind each, as the original's file has it."""
    line = [0] * encoding.N_DELIMITERS
    for tune in tunes:
        if encoding.accepts(tune):
            line += encoding.encode(tune) + [0] * encoding.N_DELIMITERS
    return np.array(line, dtype=np.int64)


def make_original_objective(
    line: IntArray, config: OriginalConfig, schedule: Schedule, span: int = SPAN
) -> Objective[OriginalLSTM, Tensor]:
    """Random spans of the line, every symbol predicted from those before it; the last step's weights are kept."""

    def draw(step: int) -> Tensor:
        begins = step_rng(schedule.seed, step).integers(0, len(line) - span - 1, schedule.batch_size)
        return torch.from_numpy(np.stack([line[b : b + span + 1] for b in begins]))

    def loss(model: OriginalLSTM, spans: Tensor) -> tuple[Tensor, float]:
        logits, _ = model(spans[:, :-1])
        mean = nn.functional.cross_entropy(logits.transpose(1, 2), spans[:, 1:])
        return mean, float(spans[:, 1:].numel())

    torch.manual_seed(schedule.seed)
    return Objective(model=OriginalLSTM(config), draw=draw, loss=loss)


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
