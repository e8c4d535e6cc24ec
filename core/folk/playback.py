"""Notes of a folk tune as they are played: the melody, and an accompaniment from its chords."""

from __future__ import annotations

import copy

import pretty_midi
from pretty_midi import PrettyMIDI

from core.accompaniment.strumming import NONE, PROGRAMS, accompany
from core.music.tune import TICKS, Tune
from core.music.tune_files import to_midi

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


def name_tune_track(pm: PrettyMIDI, name: str) -> PrettyMIDI:
    """The same notes with another name of the tune's track, as in a file with a title."""
    twin = copy.copy(pm)
    tune = copy.copy(pm.instruments[0])
    tune.name = name or "Tune"
    twin.instruments = [tune, *pm.instruments[1:]]
    return twin
