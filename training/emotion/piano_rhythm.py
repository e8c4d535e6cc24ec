"""Compare composed with real playing: histogram overlaps of steps, durations and velocities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.emotion.piano.generate import PianoComposer
from core.emotion.piano.tokenizer import CHORD_SEC
from core.music.performance import MIN_DURATION_SEC, Performance
from training.emotion.piano_prepare import Played

N_PIECES = 24
PROMPT_NOTES, COMPOSED_NOTES = 64, 240
# Bins of a third of an octave for times; steps below a chord's are one bin. Velocities in bins of 8.
TIME_EDGES_SEC = np.concatenate([[-1.0], np.geomspace(CHORD_SEC, 8.0, 25), [1e9]])
VELOCITY_EDGES = np.arange(0, 137, 8)


def rhythm(pieces: Sequence[Played], composer: PianoComposer | None = None) -> dict[str, Any]:
    """Continue pieces from several places without a mood, and compare with how they really go on.

    Returns
    -------
    dict
        ``zero_durations``, share of notes shorter than 0.03 s; ``step_overlap``, ``duration_overlap``,
        ``velocity_overlap``, shares that two histograms have in common; ``n_pieces``, ``n_notes``;
        ``real_against_real``, the same overlaps of the real notes with those that follow them in the same pieces:
        no composer can be expected to come nearer.
    """
    composer = composer or PianoComposer.from_weights()
    # Spread over the list, so that no composer fills the sample.
    chosen = [pieces[int(i)] for i in np.unique(np.linspace(0, len(pieces) - 1, N_PIECES).round())]
    real, made, followed, following = [], [], [], []
    for i, piece in enumerate(chosen):
        n_prompt = min(PROMPT_NOTES, len(piece.notes) // 4)
        for place, start in enumerate(_starts(len(piece.notes))):
            notes = piece.notes.part(start, len(piece.notes))
            notes = notes.shifted(-float(notes.onset_sec[0]))
            n, later = (min(len(notes), n_prompt + k * COMPOSED_NOTES) for k in (1, 2))
            composed = composer.compose(
                None, prompt=notes.first(n_prompt), n_notes=n, top_p=1.0, seed=i + place * N_PIECES
            ).performance
            real.append(notes.part(n_prompt, n))
            made.append(composed.part(n_prompt, len(composed)))
            if later - n >= COMPOSED_NOTES // 2:
                followed.append(real[-1])
                following.append(notes.part(n, later))
    told: dict[str, Any] = {
        **overlaps(real, made),
        "n_pieces": len(chosen),
        "n_notes": sum(len(m) for m in made),
    }
    if followed:
        told["real_against_real"] = {**overlaps(followed, following), "n_places": len(followed)}
    return told


def _starts(n_notes: int) -> list[int]:
    """Where continuations begin: at the first note, and at thirds of pieces that are long enough for it."""
    return [
        start
        for start in (0, n_notes // 3, 2 * n_notes // 3)
        if start == 0 or n_notes - start >= PROMPT_NOTES + COMPOSED_NOTES
    ]


def overlaps(real: Sequence[Performance], made: Sequence[Performance]) -> dict[str, float]:
    """Histogram overlaps of composed with real notes, and the share of zero durations."""
    return {
        "zero_durations": round(
            float(np.mean(np.concatenate([m.duration_sec for m in made]) < MIN_DURATION_SEC)), 4
        ),
        "step_overlap": overlap(
            [r.step_sec[1:] for r in real], [m.step_sec[1:] for m in made], TIME_EDGES_SEC
        ),
        "duration_overlap": overlap(
            [r.duration_sec for r in real], [m.duration_sec for m in made], TIME_EDGES_SEC
        ),
        "velocity_overlap": overlap([r.velocity for r in real], [m.velocity for m in made], VELOCITY_EDGES),
    }


def overlap(real: Sequence[NDArray[Any]], made: Sequence[NDArray[Any]], edges: NDArray[Any]) -> float:
    """The share that two histograms have in common, 0 to 1."""
    first, second = (np.histogram(np.concatenate(values), bins=edges)[0] for values in (real, made))
    return round(float(np.minimum(first / first.sum(), second / second.sum()).sum()), 4)
