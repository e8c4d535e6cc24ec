"""Scores of transcribed notes: F1 of notes and onsets (mir_eval), with intervals over recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.errors import InputError
from training.intervals import bootstrap
from training.voice.prepare import Notes

ONSET_SEC, WIDE_ONSET_SEC, PITCH_CENTS = 0.05, 0.1, 50.0


# SSVD's annotated pitches lie on the frequencies of a transform (44100 / 8192 = 5.38 Hz apart) and on average so
# far above what is sung, in every register and nearly every recording.
ANNOTATION_OFFSET_HZ = 4.2


def notes_of(segments: Sequence[Any]) -> Notes:
    """Segments as rows of onset, end and pitch."""
    return np.array([[s.onset_sec, s.end_sec, s.pitch] for s in segments]).reshape(-1, 3)


def note_f1(ref: Notes, est: Notes, onset_sec: float = ONSET_SEC, pitch_cents: float = PITCH_CENTS) -> float:
    """F1 of notes with matching onset and pitch, whatever their ends (mir_eval.transcription)."""
    try:
        from mir_eval import transcription
    except ImportError as error:
        raise InputError("Scoring notes needs mir_eval. Install requirements-test.txt.") from error
    if not len(ref) or not len(est):
        return 0.0
    _, _, f1, _ = transcription.precision_recall_f1_overlap(
        ref[:, :2],
        _hz(ref[:, 2]),
        est[:, :2],
        _hz(est[:, 2]),
        onset_tolerance=onset_sec,
        pitch_tolerance=pitch_cents,
        offset_ratio=None,
    )
    return float(f1)


def table(refs: Sequence[Notes], estimates: Sequence[Notes]) -> dict[str, Any]:
    """Figures of several recordings: the mean over them, with intervals by drawing recordings."""
    lowered = [remove_offset(ref) for ref in refs]
    scores: dict[str, Callable[[], list[float]]] = {
        "note_f1": lambda: [note_f1(r, e) for r, e in zip(refs, estimates, strict=True)],
        "note_f1_100ms": lambda: [
            note_f1(r, e, WIDE_ONSET_SEC) for r, e in zip(refs, estimates, strict=True)
        ],
        "onset_f1": lambda: [note_f1(r, e, pitch_cents=1e6) for r, e in zip(refs, estimates, strict=True)],
        "note_f1_offset_removed": lambda: [note_f1(r, e) for r, e in zip(lowered, estimates, strict=True)],
    }
    figures: dict[str, Any] = {}
    intervals = {}
    for name, score in scores.items():
        values = score()
        figures[name] = round(float(np.mean(values)), 4)
        intervals[name] = bootstrap(values)
    return {
        **figures,
        "n": len(refs),
        "n_notes": int(sum(len(ref) for ref in refs)),
        "n_notes_found": int(sum(len(est) for est in estimates)),
        "intervals": intervals,
    }


def remove_offset(ref: Notes) -> Notes:
    """An annotation lowered by what SSVD's lies above the sung pitch, :data:`ANNOTATION_OFFSET_HZ`."""
    hz = np.maximum(_hz(ref[:, 2]) - ANNOTATION_OFFSET_HZ, 1.0)
    return np.column_stack([ref[:, :2], 69.0 + 12.0 * np.log2(hz / 440.0)])


def _hz(pitch: FloatArray) -> FloatArray:
    hz: FloatArray = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    return hz
