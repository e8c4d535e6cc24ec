"""Score the shipped piano network on pieces, beside a trigram, the original's network and repetition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import IntArray
from core.emotion.piano.model import PianoLSTM
from core.nn.weights import load
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalLSTM
from training.emotion.piano_fit import Prepared, gather, piece_losses
from training.emotion.piano_prepare import MIN_NOTES, SETS, Played, read
from training.emotion.piano_scores import (
    in_piece_costs,
    match_lengths,
    ngram_costs,
    original_costs,
    pitch_scores,
    scores,
)


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped network on every piece of a folder, beside nets and n-grams that know less.

    Where the folder holds piano_midi_de, the pitch figures are of that set; the other sets of performances have a row
    each.

    Returns
    -------
    dict
        ``pitch_nll_nats``, ``pitch_accuracy``, ``no_exact_match`` (the same over notes whose last eight pitches were not
        played in this order before in the piece), ``no_match_of`` (of fewer), ``step_nll_nats``, ``duration_nll_nats``,
        ``velocity_nll_nats``, ``n_pieces``, ``n_notes``, ``n``, ``intervals``, ``baselines``, ``trained_ablations`` (on
        the validation part, from the card), ``rhythm``, ``other_sets``, ``unusable``.
    """
    from training.emotion.piano_rhythm import rhythm

    pieces, unusable = read(data)
    if not pieces:
        raise FileNotFoundError(
            f"{data} has no MIDI file with {MIN_NOTES} notes or more. Give a folder of piano pieces."
        )
    sources = [source for source in (*SETS, "midi") if any(piece.source == source for piece in pieces)]
    by_source = {source: [piece for piece in pieces if piece.source == source] for source in sources}
    main = next(iter(by_source))
    chosen = by_source.pop(main)
    model, card = load("piano", PianoLSTM)
    prepared = gather(chosen)
    found = score_network(model, prepared)
    return {
        "model": card.stem,
        "set": main,
        **found,
        "n": found["n_pieces"],
        "baselines": baselines(chosen, match_lengths(prepared)),
        "trained_ablations": card.metrics.get("validation_ablations"),
        "rhythm": rhythm(chosen),
        "other_sets": {name: score_network(model, gather(rest)) for name, rest in by_source.items()},
        "unusable": unusable,
    }


def score_network(model: PianoLSTM, prepared: Prepared, *, copy_features: bool = True) -> dict[str, Any]:
    """Figures of a network on prepared pieces."""
    return scores(piece_losses(model, prepared, copy_features=copy_features), match_lengths(prepared))


def baselines(pieces: Sequence[Played], lengths: Sequence[IntArray]) -> dict[str, Any]:
    """Pitch figures of the trigram, of the original's network, of the n-gram of each piece's own past, and of repetition."""
    ngram, _ = load("piano_ngram", PianoNgram)
    original, _ = load("piano_original", OriginalLSTM)
    pitches = [piece.notes.pitch for piece in pieces]
    same = sum(int((np.diff(pitch) == 0).sum()) for pitch in pitches)
    return {
        "ngram3": pitch_scores([ngram_costs(ngram, piece) for piece in pieces], lengths),
        "original": pitch_scores([original_costs(original, piece) for piece in pieces], lengths),
        "in_piece_ngram": pitch_scores([in_piece_costs(piece) for piece in pieces], lengths),
        "repeat_last": {"pitch_accuracy": round(same / sum(len(pitch) for pitch in pitches), 4)},
    }
