"""Arrangement: place the data in bars, compose an accompaniment, balance the levels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.accompaniment.chords import harmony_scale
from core.accompaniment.consonance import consonance, in_key_rate
from core.accompaniment.generate import Accompaniment
from core.arrays import IntArray
from core.sonify import direct_mapping
from core.sonify.composition import Accompanied, Chord, Composition
from core.sonify.direct_mapping import Plan, Sonification
from core.sonify.metrical_layout import Score, in_seconds
from core.sonify.piece.balance import balance

if TYPE_CHECKING:
    from pretty_midi import Instrument, PrettyMIDI

    from core.accompaniment.generate import Accompanist
    from core.synth import Engine

TRACK_NAMES = ("Accompaniment", "Bass")
# Promised are 6 dB at every onset. Another engine or SoundFont, or a shift by a fraction of a millisecond where
# a repeated pitch meets its own tail, changes single onsets by some decibels: two more are kept for them.
MARGIN_DB = 8.0


def arrange(
    planned: Plan,
    score: Score,
    accompanist: Accompanist,
    *,
    engine: Engine,
    soundfont: Path | None,
    progress: Callable[[float, str], None],
) -> Sonification:
    """Compose the accompaniment of planned points and assemble the arrangement.

    Parameters
    ----------
    planned : Plan
        Its voices stay exactly as the direct mapping has them.
    score : Score
        Where each point stands in the bars.
    accompanist : Accompanist
    engine : {"auto", "fluidsynth", "embedded"}
    soundfont : Path or None
    progress : callable
        Called with the share that is done and the name of the stage.

    Returns
    -------
    Sonification
        The data's tracks come first in its MIDI; ``composition.accompanied`` tells the rest.
    """
    settings = planned.settings
    timeline = in_seconds(score, planned.time, planned.chosen, planned.lead_in_sec)
    sonification = direct_mapping.realize(planned, timeline, None, score.tempo_qpm)
    melody = _collect_melody(sonification, score)
    made = accompanist.compose(
        melody,
        bar=score.bar,
        n_bars=score.n_bars,
        key=settings.key,
        scale=settings.scale,
        style=settings.style,
        density=settings.density,
        seed=settings.seed,
        progress=lambda share: progress(0.15 + 0.5 * share, "Composing the accompaniment"),
    )
    progress(0.7, "Balancing data and accompaniment")
    n_voices = len(settings.voices)
    data = _take_part(sonification.midi, slice(0, n_voices), score.tempo_qpm)
    rest = _take_part(sonification.midi, slice(0, 0), score.tempo_qpm)
    rest.instruments.extend(_make_tracks(made, settings.accompaniment_program, score, planned.lead_in_sec))
    sounding = [result.points.loc[result.points["sounds"], "onset_sec"] for result in sonification.voices]
    onsets = np.unique(np.concatenate(sounding))
    balanced = balance(
        data,
        rest,
        onsets,
        engine=engine,
        soundfont=soundfont,
        margin_db=MARGIN_DB,
        reverb=settings.is_mixed,
        with_sound=False,
    )
    midi = balanced.midi
    # What was too soft to be played is not in the file, so the notes are read back from it.
    heard = _read_notes_back(midi.instruments[n_voices:])
    midi.instruments.extend(sonification.midi.instruments[n_voices:])  # ticks, reference tones, bells
    _write_meter(midi, settings.meter)
    on_grid = _to_grid(heard, score, planned.lead_in_sec)
    accompanied = Accompanied(
        notes=heard,
        chords=tuple(
            Chord(
                onset_sec=chord.onset * score.tick_sec + planned.lead_in_sec,
                duration_sec=chord.duration * score.tick_sec,
                name=chord.name,
            )
            for chord in made.chords
        ),
        in_key=_none_if_nan(in_key_rate(on_grid, harmony_scale(settings.key, settings.scale, melody[:, 2]))),
        consonance=_none_if_nan(consonance(melody, on_grid)),
        real_consonance=_find_real_consonance(accompanist, settings.style),
        margin_db=balanced.margin_db if np.isfinite(balanced.margin_db) else None,
    )
    return dataclasses.replace(
        sonification, midi=midi, composition=Composition(score=score, accompanied=accompanied)
    )


def _collect_melody(sonification: Sonification, score: Score) -> IntArray:
    """The sounding notes of all voices on the grid, as the accompanist reads them."""
    rows = []
    for result in sonification.voices:
        points = result.points
        sounds = points["sounds"].to_numpy(dtype=bool)
        length = np.maximum(1, np.round(points["duration_sec"].to_numpy(dtype=float) / score.tick_sec))
        pitch = np.round(points["pitch"].to_numpy(dtype=float)[sounds])
        rows.append(
            np.stack(
                [score.onset[sounds], length[sounds], pitch, points["velocity"].to_numpy()[sounds]], axis=1
            )
        )
    melody = np.concatenate(rows).astype(np.int64)
    return melody[np.lexsort((melody[:, 2], melody[:, 0]))]


def _take_part(midi: PrettyMIDI, tracks: slice, tempo_qpm: float) -> PrettyMIDI:
    import pretty_midi

    part = pretty_midi.PrettyMIDI(resolution=midi.resolution, initial_tempo=tempo_qpm)
    part.instruments.extend(midi.instruments[tracks])
    return part


def _make_tracks(made: Accompaniment, program: int, score: Score, lead_in_sec: float) -> list[Instrument]:
    """Chords and bass on separate tracks, so that either can be muted in a sequencer."""
    import pretty_midi

    tracks = []
    for name, chosen in zip(TRACK_NAMES, (~made.is_bass, made.is_bass), strict=True):
        track = pretty_midi.Instrument(program=program, name=name)
        for onset, duration, pitch, velocity in made.notes[chosen].tolist():
            start = onset * score.tick_sec + lead_in_sec
            track.notes.append(pretty_midi.Note(velocity, pitch, start, start + duration * score.tick_sec))
        if track.notes:
            tracks.append(track)
    return tracks


def _write_meter(midi: PrettyMIDI, meter: str) -> None:
    import pretty_midi

    numerator, _, denominator = meter.partition("/")
    midi.time_signature_changes.append(pretty_midi.TimeSignature(int(numerator), int(denominator), 0.0))


def _read_notes_back(tracks: list[Instrument]) -> pd.DataFrame:
    rows = [
        (note.start, note.end - note.start, note.pitch, note.velocity, track.name == TRACK_NAMES[1])
        for track in tracks
        for note in track.notes
    ]
    notes = pd.DataFrame(rows, columns=["onset_sec", "duration_sec", "pitch", "velocity", "is_bass"])
    return notes.sort_values(["onset_sec", "pitch"], ignore_index=True)


def _to_grid(notes: pd.DataFrame, score: Score, lead_in_sec: float) -> IntArray:
    grid = np.stack(
        [
            np.round((notes["onset_sec"] - lead_in_sec) / score.tick_sec),
            np.round(notes["duration_sec"] / score.tick_sec),
            notes["pitch"],
            notes["velocity"],
        ],
        axis=1,
    )
    return grid.astype(np.int64)


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else value


def _find_real_consonance(accompanist: Accompanist, style: str) -> float | None:
    """Consonance of held-out real pieces of this style, from the model card."""
    for card in accompanist.cards:
        if "real_consonance" in card.metrics:
            return float(card.metrics["real_consonance"][style]["consonance"]["value"])
    return None
