"""Score the shipped transcriber of sung melodies on annotated recordings, beside SwiftF0 and pYIN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import track
from core.voice.transcribe import VoiceTranscriber
from training.voice.prepare import Notes, Recording, read_data
from training.voice.scores import notes_of, table


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped transcriber on a folder of annotated recordings.

    Parameters
    ----------
    data : Path
        As :func:`read_data`.

    Returns
    -------
    dict
        ``note_f1`` (onset within 50 ms, pitch within 50 cents, mean over recordings), ``note_f1_100ms``,
        ``onset_f1`` (pitch ignored), ``note_f1_offset_removed`` (annotation lowered by
        :data:`ANNOTATION_OFFSET_HZ`), ``n`` recordings, ``n_notes``, ``intervals``, ``n_seen_in_training``, and
        ``baselines``: SwiftF0 with its own segmentation, and pYIN with ours.

    Raises
    ------
    InputError
        If there is no annotated recording.
    """
    torch.set_num_threads(1)
    recordings = read_data(data)
    transcriber = VoiceTranscriber.from_weights()
    refs = [recording.ref for recording in recordings]
    ours = [notes_of(transcriber.segments(r.y, repair_octaves(r.y, track(r.y)))) for r in recordings]
    by_pyin = [
        notes_of(transcriber.segments(r.y, repair_octaves(r.y, track(r.y, "pyin")))) for r in recordings
    ]
    seen = {
        key for data_set in (transcriber.card.data if transcriber.card else []) for key in data_set["keys"]
    }
    baselines = {"pyin": table(refs, by_pyin)}
    own = _swift_f0_notes(recordings)
    if own is not None:
        baselines["swift_f0_segmentation"] = table(refs, own)
    return {
        **table(refs, ours),
        "n_seen_in_training": sum(recording.key in seen for recording in recordings),
        "baselines": baselines,
    }


def _swift_f0_notes(recordings: Sequence[Recording]) -> list[Notes] | None:
    """SwiftF0 with the segmentation of its own package."""
    try:
        from swift_f0 import SwiftF0, segment_notes
    except ImportError:
        return None
    detector, found = SwiftF0(threads=1), []
    for recording in recordings:
        notes = segment_notes(detector.detect(recording.y, 16_000))
        rows = [[note.start, note.end, 69.0 + 12.0 * np.log2(note.pitch_hz / 440.0)] for note in notes]
        found.append(np.array(rows).reshape(-1, 3))
    return found
