"""Score the transcriber of sung melodies on annotated recordings, beside rules, SwiftF0's own notes and pYIN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.nn.weights import load_arrays
from core.voice.boundary_features import boundary_features
from core.voice.config import BoundaryConfig
from core.voice.inference import BoundaryNetwork
from core.voice.note_segmentation import segment
from core.voice.octave_errors import repair_octaves
from core.voice.pitch_tracking import track
from training.baselines.voice_rules import segment_by_rules
from training.voice.fit import Prepared, VoiceOptions, prepare_recording
from training.voice.prepare import Notes, Recording, read_data, read_vocadito
from training.voice.scores import notes_of, table


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped transcriber on a folder of annotated recordings.

    Parameters
    ----------
    data : Path
        As :func:`training.voice.prepare.read_data`, or annotated as vocadito is.

    Returns
    -------
    dict
        As of :func:`score`, with pYIN for SwiftF0 among the baselines, and ``n_seen_in_training``.

    Raises
    ------
    InputError
        If there is no annotated recording.
    """
    torch.set_num_threads(1)
    recordings = read_vocadito(data) or read_data(data)
    _, tensors, card = load_arrays("voice", BoundaryConfig)
    network = BoundaryNetwork(tensors)
    width = VoiceOptions().onset_width_sec
    found = score(network, [prepare_recording(recording, width) for recording in recordings])
    by_pyin = []
    for recording in recordings:
        tracked = repair_octaves(recording.y, track(recording.y, "pyin"))
        onset, active = network.logits(boundary_features(recording.y, tracked)).astype(np.float64)
        by_pyin.append(notes_of(segment(tracked, onset, active)))
    found["baselines"]["pyin"] = table([recording.ref for recording in recordings], by_pyin)
    seen = {key for data_set in card.data for key in data_set.get("keys", ())}
    return {
        "model": card.stem,
        **found,
        "n_seen_in_training": sum(recording.key in seen for recording in recordings),
    }


def score(network: BoundaryNetwork, prepared: Sequence[Prepared]) -> dict[str, Any]:
    """Score a network with the shipped prices.

    Returns
    -------
    dict
        ``note_f1`` (onset within 50 ms, pitch within 50 cents, mean over recordings), ``note_f1_100ms``,
        ``onset_f1`` (pitch ignored), ``note_f1_offset_removed`` (annotation lowered by
        :data:`training.voice.scores.ANNOTATION_OFFSET_HZ`), ``n`` recordings, ``n_notes``, ``intervals``, and
        ``baselines``: level and pitch rules, and SwiftF0 with the segmentation of its own package.
    """
    refs = [one.recording.ref for one in prepared]
    found = []
    for one in prepared:
        onset, active = network.logits(one.features).astype(np.float64)
        found.append(notes_of(segment(one.track, onset, active)))
    return {**table(refs, found), "baselines": score_baselines(prepared)}


def score_baselines(prepared: Sequence[Prepared]) -> dict[str, Any]:
    """Score what learns nothing: level and pitch rules, and SwiftF0 with its own segmentation, where it is installed."""
    refs = [one.recording.ref for one in prepared]
    rules = [notes_of(segment_by_rules(one.features, one.track)) for one in prepared]
    baselines = {"rules": table(refs, rules)}
    own = _swift_f0_notes([one.recording for one in prepared])
    if own is not None:
        baselines["swift_f0_segmentation"] = table(refs, own)
    return baselines


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
