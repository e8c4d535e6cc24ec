"""Scores of the folk network and of what it is compared with on tunes: bits an event, onset accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.arrays import FloatArray
from core.folk import tokenizer as tk
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.music.tune import Tune
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalLSTM
from training.baselines.folk_original.train import onset_scores
from training.baselines.in_piece_ngram import predict_in_piece
from training.folk.fit import Encoded, encode_tune, hide, score
from training.intervals import bootstrap

# A pitch or length without a number of its own is scored as its nearest plus this: no class says it.
BEYOND_NATS = float(np.log(128))
# Share of its runs of eight intervals that a tune without relatives shares with the training tunes, at most.
MAX_SHARED = 0.1


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What is scored side by side.

    Attributes
    ----------
    network : FolkLSTM
    ngram : FolkNgram
    original : OriginalLSTM, optional
    without_copies : FolkLSTM, optional
        A network that was trained without the places that are looked up.
    """

    network: FolkLSTM
    ngram: FolkNgram
    original: OriginalLSTM | None = None
    without_copies: FolkLSTM | None = None


def event_bits(
    model: FolkLSTM,
    tunes: Sequence[Tune],
    encoded: Sequence[Encoded],
    *,
    phrases: bool = False,
    copies: bool = True,
) -> list[FloatArray]:
    """Bits of every event, shape=(n, 2): pitch, and pitch and length jointly."""
    scored = score(model, encoded, phrases=phrases, copies=copies)
    return [
        _bits(nats[:, 0], nats[:, :2].sum(axis=1), tune) for tune, nats in zip(tunes, scored, strict=True)
    ]


def ngram_bits(ngram: FolkNgram, tunes: Sequence[Tune]) -> list[FloatArray]:
    """The same for the n-gram."""
    return [
        _bits(nats[:, 0], nats[:, 1], tune) for tune, nats in zip(tunes, map(ngram.nats, tunes), strict=True)
    ]


def in_piece_bits(tunes: Sequence[Tune]) -> list[FloatArray]:
    """The same for an n-gram of each tune's own past, with nothing learnt."""
    found = []
    for tune in tunes:
        tonic = tune.keys[0].pitch_class
        pitches = np.array([tk.pitch_token(event.pitch, tonic) for event in tune.events])
        lengths = np.array([tk.duration_token(event.duration_tick) for event in tune.events])
        pitch, _ = predict_in_piece(pitches, tk.N_PITCHES)
        joint, _ = predict_in_piece(pitches * tk.N_DURATIONS + lengths, tk.N_PITCHES * tk.N_DURATIONS)
        found.append(_bits(pitch, joint, tune))
    return found


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
        grid_onsets(model, encode_tune(tune, model.config.collections), phrases=phrases)
        for tune in tunes
        if encoding.accepts(tune)
    ]


def original_onsets(model: OriginalLSTM, tunes: Sequence[Tune]) -> list[FloatArray]:
    """The same for the original's network."""
    return onset_scores(model, [tune for tune in tunes if encoding.accepts(tune)])


BITS = ("pitch_bits", "joint_bits")


def table(compared: Compared, tunes: Sequence[Tune]) -> dict[str, Any]:
    """All figures of some tunes.

    Returns
    -------
    dict
        ``pitch_bits``, ``joint_bits``, ``onset_accuracy``, ``onset_nll_nats``, ``n_tunes``, ``n_events``,
        ``n_onsets``, ``intervals``; ``phrase_marks_read``, ``baselines``, ``in_piece`` and, where there are such
        networks, ``original`` and ``without_copies``.
    """
    model = compared.network
    encoded = [encode_tune(tune, model.config.collections) for tune in tunes]
    grid = onsets(model, tunes)
    result: dict[str, Any] = {
        **summarize(event_bits(model, tunes, encoded), BITS),
        "n_tunes": len(tunes),
        "n_events": sum(len(tune.events) for tune in tunes),
    }
    _join(result, summarize(grid, ("onset_nll_nats", "onset_accuracy")))
    result |= {"n_onsets": sum(len(scores) for scores in grid), "n_onset_tunes": len(grid)}
    if any(tune.has_phrases for tune in tunes):
        result["phrase_marks_read"] = summarize(event_bits(model, tunes, encoded, phrases=True), BITS)
    result["baselines"] = summarize(
        ngram_bits(compared.ngram, tunes), ("ngram_pitch_bits", "ngram_joint_bits")
    )
    result["in_piece"] = summarize(in_piece_bits(tunes), BITS)
    if compared.original is not None:
        result["original"] = summarize(
            original_onsets(compared.original, tunes), ("onset_nll_nats", "onset_accuracy")
        )
    if compared.without_copies is not None:
        ablated = event_bits(compared.without_copies, tunes, encoded, copies=False)
        result["without_copies"] = summarize(ablated, BITS)
    return result


def without_relatives(fingerprint: Fingerprint, tunes: Sequence[Tune]) -> list[Tune]:
    """The tunes of whose runs of eight intervals less than a tenth occur in the training tunes."""
    return [tune for tune in tunes if fingerprint.share_known(tune.pitches) < MAX_SHARED]


def summarize(per_tune: Sequence[FloatArray], names: Sequence[str]) -> dict[str, Any]:
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
