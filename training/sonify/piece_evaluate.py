"""Score the shipped harmonizer and figuration of Piece on pieces with an accompaniment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.accompaniment.generate import Accompanist
from core.accompaniment.model import Figurator, Harmonizer
from core.nn.weights import load, to_arrays
from training.sonify.piece_fit import (
    prepare_piece,
    sequence,
)
from training.sonify.piece_scores import (
    accompany_melodies,
    chord_figures,
    consonance_figures,
    figure_figures,
)
from training.sonify.prepare import Piece


def evaluate(pieces: Sequence[Piece]) -> dict[str, Any]:
    """Score the shipped models on pieces with an accompaniment.

    Parameters
    ----------
    pieces : sequence of Piece
        Folk tunes and others without an accompaniment are left out by the caller.

    Returns
    -------
    dict
        ``chords`` and ``figuration`` as on the cards, but with the counting baselines counted on these very
        pieces, which is in their favor; ``real_consonance``; ``own`` (our accompaniments of the same melodies).
    """
    harmonizer, _ = load("sonify_chords", Harmonizer)
    figurator, card = load("sonify_figuration", Figurator)
    edges = card.training["density_edges_notes_a_beat"]
    prepared = [prepare_piece(piece) for piece in pieces]
    encoded = [sequence(item, edges) for item in prepared]
    return {
        "n_pieces": len(prepared),
        "baselines": "counted on the evaluated pieces themselves, in their favor",
        "chords": chord_figures(harmonizer, prepared, prepared),
        "figuration": figure_figures(figurator, encoded, encoded),
        "real_consonance": consonance_figures([(item.piece.melody, item.piece.rest) for item in prepared]),
        "own": accompany_melodies(
            Accompanist.from_tensors(to_arrays(harmonizer), to_arrays(figurator)), prepared, edges
        ),
    }
