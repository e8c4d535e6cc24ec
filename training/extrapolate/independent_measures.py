"""Measures of extended recordings that the planner does not use: rank of the chosen beats, beats and keys known from notes.

The planner searches until its joins are within limits for level, onset and beat, and until a key estimate stays the same.
Figures by those same criteria tell that the search works, and not how good a join is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pretty_midi

from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.extrapolate.analysis import Analysis
from core.extrapolate.recompose import Addition
from core.extrapolate.slice_search import runs
from core.extrapolate.spectrograms import SR
from core.music.key import TEMPERLEY, key_correlations
from core.nn.card import has_card
from core.nn.weights import load
from core.signal.constant_q import constant_q
from training.extrapolate.beat_order import (
    MIN_BEATS,
    N_CANDIDATES,
    BeatOrderNet,
    describe_beats,
    rank_candidates,
)
from training.extrapolate.known_pieces import KnownPiece
from training.extrapolate.rendered_scores import SCORE_SETS, RenderOptions, find_scores, render_with_notes
from training.extrapolate.scores import figure
from training.splits import hash_number

# A join is on the beat where it enters within so many milliseconds of a true beat, as annotations are usually scored.
ON_BEAT_MS = 70.0
_KEY_HOP, _KEY_BINS = 2_048, 48
# Excerpts of the test part of each set of scores, and how they are rendered: 40 s without a loop.
KNOWN_A_SET, MIN_SEC = 3, 25.0
_KNOWN_RENDERING = RenderOptions(
    n_excerpts=0, soundfont="", soundfont_sha256="", excerpt_sec=40.0, loop_share=0.0, seed=1
)


class Extended(Protocol):
    """A recording and what was added to it."""

    @property
    def key(self) -> str:
        """Of its track."""

    @property
    def given(self) -> Audio:
        """The recording."""

    @property
    def analysis(self) -> Analysis:
        """Of the recording."""

    @property
    def addition(self) -> Addition:
        """What was added, after its end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What is known of a rendered piece from its notes.

    Attributes
    ----------
    beat_sec : float
        Beats lie at its multiples.
    beats_a_bar : int
        Bars begin at its multiples.
    notes : list of pretty_midi.Note
        Without drums.
    """

    beat_sec: float
    beats_a_bar: int
    notes: list[pretty_midi.Note]


def list_jumps(one: Extended) -> list[tuple[int, int]]:
    """The slice after the last that sounds before each join, and the slice that sounds after it."""
    stretches = [(0, one.analysis.n), *runs(one.addition.slices)]
    return [(left[1], right[0]) for left, right in pairwise(stretches) if left[1] != right[0]]


def measure_independently(
    groups: Mapping[str, Sequence[Extended]], known: Mapping[str, Sequence[Known]]
) -> dict[str, Any]:
    """All of these measures.

    Parameters
    ----------
    groups : mapping
        ``"clips"`` and groups of pieces whose notes are known.
    known : mapping
        What is known of the pieces of each of those groups.

    Returns
    -------
    dict
        ``next_beat`` is empty where the weights of the embedding are not there.
    """
    model = load("beat_order", BeatOrderNet)[0].float().eval() if has_card("beat_order") else None
    return {
        "next_beat": {name: rank_table(rows, model) for name, rows in groups.items()} if model else {},
        "known_beats": {name: beat_table(groups[name], rows) for name, rows in known.items()},
        "key_by_notes": {name: note_key_table(groups[name], rows) for name, rows in known.items()},
        "key_by_other_chroma": sound_key_table(groups["clips"]),
    }


def describe_known(piece: KnownPiece) -> Known:
    """What is known of a piece that was written for the evaluation."""
    instruments = [part for part in piece.score().instruments if not part.is_drum]
    return Known(
        beat_sec=60 / piece.tempo_qpm,
        beats_a_bar=piece.meter,
        notes=[note for part in instruments for note in part.notes],
    )


def render_known(data: Path) -> list[tuple[str, Audio, Known]]:
    """Excerpts of scores of the test part with bars alike, rendered in different ways: key, sound, what is known.

    Parameters
    ----------
    data : Path
        The root of the data folder; none where it holds no set of scores.
    """
    places = {name: [data / "open" / name, data / name] for name in SCORE_SETS}
    folders = {name: next((p for p in both if p.is_dir()), None) for name, both in places.items()}
    found: list[tuple[str, Audio, Known]] = []
    for name, folder in folders.items():
        own = [score for score in find_scores({name: folder}) if score.split == "test"] if folder else []
        n_wanted = len(found) + KNOWN_A_SET
        for score in sorted(own, key=lambda score: hash_number(score.key))[: 3 * KNOWN_A_SET]:
            rendered = render_with_notes(score, _KNOWN_RENDERING)
            if rendered is None or rendered[1].beats_a_bar is None or len(rendered[0]) < MIN_SEC * SR:
                continue
            y, made = rendered
            parts = [part for part in made.piece.instruments if not part.is_drum]
            notes = [note for part in parts for note in part.notes]
            known = Known(beat_sec=made.beat_sec, beats_a_bar=made.beats_a_bar or 1, notes=notes)
            found.append((score.key, Audio(y, SR), known))
            if len(found) == n_wanted:
                break
    return found


# The rank of the beat that was chosen.


def rank_table(extended: Sequence[Extended], model: BeatOrderNet) -> dict[str, Any]:
    """Ranks of the beats that were chosen at joins, of the true next beats, and of beats by chance; intervals by track.

    Parameters
    ----------
    extended : sequence of Extended
    model : BeatOrderNet
        Trained on other tracks.
    """
    ranks: dict[str, list[float]] = {name: [] for name in ("joins", "true_next_beat", "random_beat")}
    keys: dict[str, list[str]] = {name: [] for name in ranks}
    n_before = model.config.n_before
    for number, one in enumerate(extended):
        if one.analysis.n < MIN_BEATS:
            continue
        rng = np.random.default_rng(number)
        beats = describe_beats(one.given, one.analysis)
        for out, start in list_jumps(one):
            if out < n_before:
                continue
            # The true next beat would follow as well, so it is none of the others.
            others = np.setdiff1d(np.arange(len(beats)), [out, out - 1, start])
            chosen = rng.choice(others, N_CANDIDATES, replace=False)
            asked = {
                "joins": np.concatenate([[start], chosen[1:]]),
                "random_beat": chosen,
                "true_next_beat": np.concatenate([[out], chosen[1:]]) if out < len(beats) else None,
            }
            for name, candidates in asked.items():
                if candidates is not None:
                    ranks[name].append(rank_candidates(model, beats, out, candidates))
                    keys[name].append(one.key)
    if not ranks["joins"]:
        return {"n": 0}
    return {
        "candidates": N_CANDIDATES,
        **{
            name: {
                "n": len(rows),
                "n_tracks": len(set(keys[name])),
                "rank": figure(rows, keys[name]),
                "first": figure([float(rank < 1.5) for rank in rows], keys[name]),
                "among_the_first_five": figure([float(rank <= 5) for rank in rows], keys[name]),
            }
            for name, rows in ranks.items()
        },
    }


# Beats that are known.


def beat_table(extended: Sequence[Extended], known: Sequence[Known]) -> dict[str, Any]:
    """How far joins lie from the true beats of rendered pieces, whether the beat of the bar is kept; by piece.

    ``by_chance`` is the same of joins between two beats of the tracker by chance, ``anywhere`` of those between two
    moments.
    """
    rows: dict[str, list[tuple[float, float, bool]]] = {"joins": [], "by_chance": [], "anywhere": []}
    keys: dict[str, list[str]] = {name: [] for name in rows}
    for number, (one, truth) in enumerate(zip(extended, known, strict=True)):
        rng = np.random.default_rng(number)
        seconds = one.analysis.bounds / one.analysis.sr
        for join in one.addition.joins:
            pairs = {
                "joins": (join.source_out_sec, join.source_in_sec),
                "by_chance": tuple(rng.choice(seconds[1:-1], 2)),
                "anywhere": tuple(rng.uniform(0, one.given.duration_sec, 2)),
            }
            for name, (out_sec, in_sec) in pairs.items():
                rows[name].append(_compare_beats(float(out_sec), float(in_sec), truth))
                keys[name].append(one.key)
    if not rows["joins"]:
        return {"n": 0}
    found: dict[str, Any] = {"n": len(rows["joins"]), "n_pieces": len(set(keys["joins"]))}
    for name, told in rows.items():
        ms, apart, kept = zip(*told, strict=True)
        found[name] = {
            "ms_from_true_beat": figure(ms, keys[name]),
            "on_beat": figure([float(one <= ON_BEAT_MS) for one in ms], keys[name]),
            "ms_between_beats_out_and_in": figure(apart, keys[name]),
            "beat_of_bar_kept": figure([float(one) for one in kept], keys[name]),
        }
    return found


def _compare_beats(out_sec: float, in_sec: float, known: Known) -> tuple[float, float, bool]:
    """Milliseconds from where a join enters to the nearest beat, between its phases, and whether bars go on."""
    out, start = out_sec / known.beat_sec, in_sec / known.beat_sec
    ms = 1e3 * known.beat_sec
    moved = start - out
    apart = abs(moved - round(moved)) * ms
    kept = round(moved) % known.beats_a_bar == 0 and apart <= ON_BEAT_MS
    return abs(start - round(start)) * ms, apart, kept


# Keys.


def note_key_table(extended: Sequence[Extended], known: Sequence[Known]) -> dict[str, Any]:
    """Whether what was added has the key of what was given, by the notes that sound in it, after Temperley (2007).

    ``halves_of_what_was_given`` is the same of the given piece's two halves: what the estimate itself changes.
    """
    kept, halves, keys = [], [], []
    for one, truth in zip(extended, known, strict=True):
        seconds = one.analysis.bounds / one.analysis.sr
        stretches = [
            (float(seconds[first]), float(seconds[last])) for first, last in runs(one.addition.slices)
        ]
        end = float(seconds[-1])
        given, added = _weigh_notes(truth, [(0.0, end)]), _weigh_notes(truth, stretches)
        first, second = (_weigh_notes(truth, [part]) for part in ((0.0, end / 2), (end / 2, end)))
        kept.append(float(find_key(given) == find_key(added)))
        halves.append(float(find_key(first) == find_key(second)))
        keys.append(one.key)
    if not kept:
        return {"n": 0}
    return {
        "n": len(kept),
        "key_kept": figure(kept, keys),
        "halves_of_what_was_given": figure(halves, keys),
    }


def _weigh_notes(known: Known, stretches: Sequence[tuple[float, float]]) -> FloatArray:
    """Seconds that each pitch class sounds in some stretches of a piece."""
    weights = np.zeros(12)
    for start, stop in stretches:
        for note in known.notes:
            weights[note.pitch % 12] += max(0.0, min(note.end, stop) - max(note.start, start))
    return weights


def sound_key_table(extended: Sequence[Extended]) -> dict[str, Any]:
    """As :func:`note_key_table` for recordings whose notes are not known: constant-Q chroma and Temperley's profiles.

    The planner goes by another chroma (of a Fourier transform) and other profiles (Krumhansl and Kessler 1982).
    """
    kept, halves, keys = [], [], []
    for one in extended:
        added = one.addition.y[:, one.addition.at_sample :].mean(axis=0)
        given = one.given.mono().y
        half = len(given) // 2
        parts = [hear_chroma(y, one.given.sr) for y in (given, added, given[:half], given[half:])]
        found = [find_key(part) for part in parts]
        kept.append(float(found[0] == found[1]))
        halves.append(float(found[2] == found[3]))
        keys.append(one.key)
    if not kept:
        return {"n": 0}
    return {
        "n": len(kept),
        "n_tracks": len(set(keys)),
        "key_kept": figure(kept, keys),
        "halves_of_what_was_given": figure(halves, keys),
    }


def hear_chroma(y: Float32Array, sr: int) -> FloatArray:
    """How much each pitch class sounds by the peaks of a constant-Q transform from C3 on, shape=(12,)."""
    mono = Audio(y.astype(np.float32), sr).resample(SR).y
    bins = constant_q(mono, sr=SR, hop_length=_KEY_HOP, fmin=130.813, n_bins=_KEY_BINS).astype(np.float64)
    around = np.pad(bins, ((1, 1), (0, 0)))
    # A filter answers to the semitones beside it too: what is not a peak is that answer.
    peaks = np.where((bins >= around[:-2]) & (bins >= around[2:]), bins, 0.0)
    return np.asarray(peaks.sum(axis=1).reshape(-1, 12).sum(axis=0))


def find_key(weights: FloatArray) -> tuple[int, int]:
    """Mode (0 major) and tonic by the correlation with Temperley's profiles."""
    mode, tonic = np.unravel_index(int(key_correlations(weights, TEMPERLEY).argmax()), (2, 12))
    return int(mode), int(tonic)
