"""Score the shipped composers of Sonify Data on a folder of MIDI that no training saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import FloatArray
from core.errors import InputError
from core.nn.weights import load
from core.sonify.compose import Scorer
from core.sonify.melody.model import MelodyLSTM
from training.baselines.sonify_original.model import OriginalPitchNetwork
from training.baselines.sonify_original.pitch import nats, next_note
from training.intervals import bootstrap
from training.sonify.melody_train import held_out_nll, real_nats, rows, summary
from training.sonify.prepare import Piece, read_pieces

Scores = list[FloatArray]
MIN_ACCOMPANIMENT = 64  # notes; below, it is hardly one


def evaluate_pieces(data: Path) -> dict[str, Any]:
    """Score the melody network beside its baselines, and the accompaniment models beside theirs.

    Parameters
    ----------
    data : Path
        MIDI files, in the folders of the data sets or in any other; read at any depth.

    Returns
    -------
    dict
        ``next_pitch``: nats a note with interval for the network, the order-3 n-gram (each with and without the
        key told), the original's network trained on the same melodies and on its own Clementi; ``differences``: paired
        intervals of network minus baseline; ``by_set``; ``rhythm``; ``piece`` where a piece has an
        accompaniment.

    Raises
    ------
    InputError
        If no file holds a melody of eight notes.
    """
    pieces, unusable = read_pieces(data)
    if not pieces:
        raise InputError(
            f"No MIDI file with a melody of eight notes lies in {data.name}. Give another folder."
        )
    torch.set_num_threads(1)
    model = load("sonify_melody", MelodyLSTM)[0]
    scorer = Scorer.from_weights()
    scores: dict[str, Scores] = rows(model, scorer.model, pieces)
    for name, stem in (
        ("original_network", "sonify_original_pitch"),
        ("original_network_clementi", "sonify_original_clementi"),
    ):
        scores[name] = _score_original(stem, pieces)
    sources = sorted({piece.source for piece in pieces})
    result: dict[str, Any] = {
        "name": "sonify",
        "n_pieces": len(pieces),
        "unusable": unusable,
        "by_source": dict(Counter(piece.source for piece in pieces)),
        "next_pitch": {name: summary(found) for name, found in scores.items()},
        "differences": {
            name: _difference(scores["lstm"], scores[name]) for name in scores if not name.startswith("lstm")
        },
        "rhythm": {"lstm": summary(held_out_nll(model, pieces, which="ioi"))},
        "real_nll_nats": real_nats(scorer.model, pieces),
        "by_set": {
            source: {
                name: summary(_choose_source(found, pieces, source))["nats"] for name, found in scores.items()
            }
            for source in sources
        },
    }
    accompanied = [piece for piece in pieces if len(piece.rest) >= MIN_ACCOMPANIMENT]
    if accompanied:
        from training.sonify.piece_evaluate import evaluate

        result["piece"] = evaluate(accompanied)
    return result


def _score_original(stem: str, pieces: Sequence[Piece]) -> Scores:
    """The original's network on every note after the first; it has no key and no rhythm."""
    model, _ = load(stem, OriginalPitchNetwork)
    probability, _ = next_note(model, [piece.melody[:, 2] for piece in pieces])
    scored = nats(probability, model.config.uniform_share)
    ends = np.cumsum([len(piece.melody) for piece in pieces])
    return [part[1:] for part in np.split(scored, ends[:-1])]


def _choose_source(found: Scores, pieces: Sequence[Piece], source: str) -> Scores:
    return [one for one, piece in zip(found, pieces, strict=True) if piece.source == source]


def _difference(ours: Scores, theirs: Scores) -> dict[str, Any]:
    """Mean of our cost minus theirs over notes, with a paired 95 % interval over pieces."""
    gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
    return {"nats": round(float(np.concatenate(gaps).mean()), 4), "interval": bootstrap(gaps)}
