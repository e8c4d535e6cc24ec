"""Scores of the folk network, the n-gram and the original's network on tunes: bits an event, onset accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from core.arrays import FloatArray
from core.folk import tokenizer as tk
from core.folk.model import FolkLSTM
from core.music.tune import Tune
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalLSTM
from training.baselines.folk_original.train import onset_scores
from training.folk.fit import Encoded, encode_tune, hide, score
from training.intervals import bootstrap

# A pitch or length without a number of its own is scored as its nearest plus this: no class says it.
BEYOND_NATS = float(np.log(128))


def event_bits(
    model: FolkLSTM, tunes: Sequence[Tune], encoded: Sequence[Encoded], *, phrases: bool
) -> list[FloatArray]:
    """Bits of every event, shape=(n, 2): pitch, and pitch and length jointly."""
    scored = score(model, encoded, phrases=phrases)
    return [
        _bits(nats[:, 0], nats[:, :2].sum(axis=1), tune) for tune, nats in zip(tunes, scored, strict=True)
    ]


def ngram_bits(ngram: FolkNgram, tunes: Sequence[Tune]) -> list[FloatArray]:
    """The same for the n-gram."""
    return [
        _bits(nats[:, 0], nats[:, 1], tune) for tune, nats in zip(tunes, map(ngram.nats, tunes), strict=True)
    ]


def _bits(pitch: FloatArray, joint: FloatArray, tune: Tune) -> FloatArray:
    tonic = tune.keys[0].pitch_class
    beyond = np.array([not tk.is_exact(event, tonic) for event in tune.events]) * BEYOND_NATS
    bits: FloatArray = np.stack([pitch, joint + beyond], axis=1) / np.log(2)
    return bits


@torch.inference_mode()
def grid_onsets(model: FolkLSTM, tune: Encoded, *, phrases: bool = False) -> FloatArray:
    """The original's task, answered by the event network: the symbol at each sixteenth where a note or rest begins.

    All symbols before are known. With d the length of the event before, h = p(length = d) / p(length >= d) is
    the chance that it ends just there, e the chance that the tune ends with it. The symbol "held" has the
    probability 1 - h, "/" has h e, and the onset of s has h (1 - e) p(s). At the first event of a tune only
    p(s) counts, as 64 delimiters have gone before.

    Returns
    -------
    ndarray of float64, shape=(n, 2)
        Nats of the true symbol, and whether it was the likeliest; a row an event.
    """
    rows = torch.from_numpy(hide(tune.rows.astype(np.int64), plan=True, phrases=not phrases))[None]
    pitch, duration, _ = torch.from_numpy(tune.targets.astype(np.int64))[None].unbind(-1)
    hidden, _ = model(rows, torch.tensor([tune.context]))
    p = torch.softmax(model.pitch_logits(hidden, rows)[0].double(), -1).numpy()
    q = torch.softmax(model.duration_logits(hidden, rows, pitch)[0].double(), -1).numpy()
    e = torch.softmax(model.boundary_logits(hidden, pitch, duration)[0].double(), -1)[:, tk.TUNE_ENDS].numpy()
    n, found = len(p), np.empty((len(p), 2))
    for i in range(n):
        true = int(pitch[0, i])
        if i == 0:
            ends, over = 1.0, 0.0
        else:
            d = int(duration[0, i - 1])
            ends, over = q[i - 1, d] / q[i - 1, d:].sum(), e[i - 1]
        begins = ends * (1 - over)
        likeliest = max(1 - ends, ends * over, begins * float(p[i].max()))
        mine = begins * p[i, true]
        found[i] = -np.log(max(mine, 1e-12)), mine >= likeliest
    return found


def onsets(model: FolkLSTM, tunes: Sequence[Tune], *, phrases: bool = False) -> list[FloatArray]:
    """:func:`grid_onsets` of the tunes that the original's grid can say."""
    return [
        grid_onsets(model, encode_tune(tune), phrases=phrases) for tune in tunes if encoding.accepts(tune)
    ]


def original_onsets(model: OriginalLSTM, tunes: Sequence[Tune]) -> list[FloatArray]:
    """The same for the original's network."""
    return onset_scores(model, [tune for tune in tunes if encoding.accepts(tune)])


def table(
    model: FolkLSTM, ngram: FolkNgram, original: OriginalLSTM, tunes: Sequence[Tune], *, full: bool = True
) -> dict[str, Any]:
    """All figures of some tunes.

    Parameters
    ----------
    full : bool
        Also the n-gram, the original's network, and the figures with phrase marks read.

    Returns
    -------
    dict
        ``pitch_bits``, ``joint_bits``, ``onset_accuracy``, ``onset_nll_nats``, ``n_tunes``, ``n_events``,
        ``n_onsets``, ``intervals`` and, if full, ``baselines``, ``original`` and ``phrase_marks_read``.
    """
    encoded = [encode_tune(tune) for tune in tunes]
    grid = onsets(model, tunes)
    result: dict[str, Any] = {
        **_means(event_bits(model, tunes, encoded, phrases=False), ("pitch_bits", "joint_bits")),
        "n_tunes": len(tunes),
        "n_events": sum(len(tune.events) for tune in tunes),
    }
    _join(result, _means(grid, ("onset_nll_nats", "onset_accuracy")))
    result |= {"n_onsets": sum(len(scores) for scores in grid), "n_onset_tunes": len(grid)}
    if full:
        result["phrase_marks_read"] = _means(
            event_bits(model, tunes, encoded, phrases=True), ("pitch_bits", "joint_bits")
        )
        result["baselines"] = _means(ngram_bits(ngram, tunes), ("ngram_pitch_bits", "ngram_joint_bits"))
        result["original"] = _means(original_onsets(original, tunes), ("onset_nll_nats", "onset_accuracy"))
    return result


def _means(per_tune: Sequence[FloatArray], names: Sequence[str]) -> dict[str, Any]:
    """Means of the columns and their intervals, by name; empty where there is nothing."""
    if not per_tune:
        return {"intervals": {}}
    together = np.concatenate(list(per_tune))
    columns = [[scores[:, i] for scores in per_tune] for i in range(len(names))]
    means: dict[str, Any] = {name: round(float(together[:, i].mean()), 4) for i, name in enumerate(names)}
    return means | {"intervals": {name: bootstrap(columns[i]) for i, name in enumerate(names)}}


def _join(into: dict[str, Any], other: dict[str, Any]) -> None:
    intervals = {**into.get("intervals", {}), **other.get("intervals", {})}
    into.update(other)
    into["intervals"] = intervals
