"""Notes of a folk tune as they are played: the melody, and an accompaniment from its chords."""

from __future__ import annotations

import copy
import math

import numpy as np
import pretty_midi
from pretty_midi import PrettyMIDI

from core.accompaniment.strumming import NONE, PROGRAMS, accompany
from core.music.tune import TICKS, Tune
from core.music.tune_files import to_midi

# The accompaniment is so much softer than the tune, as measured over their first seconds.
MARGIN_DB = 8.0
_MEASURED_SEC = 12.0
# FluidSynth and the built-in player make twice the velocity four times as strong: 12 dB.
_DB_A_DECADE = 40.0
_VELOCITIES = (16, 104)
TRACKS = {"guitar": "Guitar", "piano": "Piano", "drone": "Drone"}


def play_notes(
    tune: Tune,
    *,
    tempo_qpm: float,
    program: int,
    accompaniment: str = NONE,
    chords: Tune | None = None,
    name: str = "Tune",
) -> PrettyMIDI:
    """Notes of the tune and of its accompaniment.

    Parameters
    ----------
    tune : Tune
        Its chord symbols, where it has some, are text events.
    tempo_qpm : float
        Quarters a minute.
    program : int
        General MIDI, from 0; of the tune.
    accompaniment : str
        One of ``core.accompaniment.strumming.ACCOMPANIMENTS``.
    chords : Tune, optional
        The same tune with the chords that are played; `tune` itself if not given.
    name : str
        Of the tune's track.

    Returns
    -------
    PrettyMIDI
        The tune comes first, so that the accompaniment can be muted in a sequencer.
    """
    pm = to_midi(tune, tempo_qpm=tempo_qpm, program=program, name=name)
    tick_sec = 60.0 / tempo_qpm / TICKS
    pm.text_events.extend(pretty_midi.Text(chord.name, chord.onset_tick * tick_sec) for chord in tune.chords)
    notes = accompany(chords or tune, accompaniment)
    if notes:
        part = pretty_midi.Instrument(program=PROGRAMS[accompaniment], name=TRACKS[accompaniment])
        part.notes.extend(
            pretty_midi.Note(
                note.velocity,
                note.pitch,
                note.onset_tick * tick_sec,
                (note.onset_tick + note.duration_tick) * tick_sec,
            )
            for note in notes
        )
        pm.instruments.append(part)
    return pm


def balance_parts(pm: PrettyMIDI) -> PrettyMIDI:
    """Set the accompaniment `MARGIN_DB` below the tune, whatever plays both.

    Parameters
    ----------
    pm : PrettyMIDI
        The tune, and an accompaniment or none; velocities of the accompaniment are changed.

    Returns
    -------
    PrettyMIDI
        The same.
    """
    if len(pm.instruments) < 2:
        return pm
    tune, other = (_measure_level(pm, part) for part in pm.instruments[:2])
    if not (np.isfinite(tune) and np.isfinite(other)):
        return pm
    factor = 10.0 ** ((tune - MARGIN_DB - other) / _DB_A_DECADE)
    for note in pm.instruments[1].notes:
        note.velocity = int(np.clip(round(note.velocity * factor), *_VELOCITIES))
    return pm


def _measure_level(pm: PrettyMIDI, part: pretty_midi.Instrument) -> float:
    """Mean level of the beginning of one part by itself, in dB."""
    from core.synth import render  # the server names tracks by this module, and renders nothing

    alone = pretty_midi.PrettyMIDI(resolution=pm.resolution)
    solo = pretty_midi.Instrument(program=part.program)
    solo.notes = [
        pretty_midi.Note(note.velocity, note.pitch, note.start, min(note.end, _MEASURED_SEC))
        for note in part.notes
        if note.start < _MEASURED_SEC - 0.1
    ]
    if not solo.notes:
        return float("nan")
    alone.instruments.append(solo)
    power = float(np.mean(np.square(render(alone).audio.y, dtype=np.float64)))
    return 10.0 * math.log10(power) if power > 0 else float("nan")


def name_tune_track(pm: PrettyMIDI, name: str) -> PrettyMIDI:
    """The same notes with another name of the tune's track, as in a file with a title."""
    twin = copy.copy(pm)
    tune = copy.copy(pm.instruments[0])
    tune.name = name or "Tune"
    twin.instruments = [tune, *pm.instruments[1:]]
    return twin
