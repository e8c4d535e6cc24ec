"""Audible range of instruments: which notes a SoundFont plays, and a warning where points are out of range."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import synth
from core.errors import plural
from core.music.midi import note_name, program_name
from core.sonify.direct_mapping import Sonification

LOWEST, MIDDLE, HIGHEST = 12, 60, 120
# A note, and the time until the next one: the one before must have died away.
_NOTE_SEC, _STEP_SEC, _VELOCITY = 0.2, 0.8, 96
# Below the loudest pitch of its instrument by this much a note is not heard beside the others.
QUIET_DB = 40.0


def silent_pitches(
    program: int, soundfont: Path | None = None, pitches: tuple[int, ...] = tuple(range(LOWEST, HIGHEST + 1))
) -> frozenset[int]:
    """Pitches that an instrument does not sound, by playing each of them once.

    Parameters
    ----------
    program : int
        General MIDI program, 0-127.
    soundfont : Path, optional
        The default one if not given.
    pitches : tuple of int
        MIDI note numbers; C0 to C9 if not given. They are compared with the loudest among them.

    Returns
    -------
    frozenset of int
        MIDI note numbers; empty for an instrument that is silent altogether, which is another fault.
    """
    path = soundfont or synth.default_soundfont()
    return _silent_pitches(program, path, path.stat().st_mtime_ns, pitches)


@lru_cache(maxsize=256)
def _silent_pitches(
    program: int, soundfont: Path, changed_ns: int, pitches: tuple[int, ...]
) -> frozenset[int]:
    from pretty_midi import Instrument, Note, PrettyMIDI

    midi, track = PrettyMIDI(), Instrument(program=program)
    for i, pitch in enumerate(pitches):
        track.notes.append(Note(_VELOCITY, pitch, i * _STEP_SEC, i * _STEP_SEC + _NOTE_SEC))
    midi.instruments.append(track)
    sound = synth.render(midi, engine="embedded", soundfont=soundfont).audio
    begins = np.round(np.arange(len(pitches)) * _STEP_SEC * sound.sr).astype(int)
    notes = [sound.y[:, begin : begin + round(_NOTE_SEC * sound.sr)] for begin in begins]
    power = np.array([np.square(note, dtype=np.float64).mean() for note in notes])
    quiet = power < power.max() * 10 ** (-QUIET_DB / 10)
    return frozenset(np.array(pitches)[quiet].tolist()) if power.max() > 0 else frozenset()


def play(
    sonification: Sonification, engine: synth.Engine = "auto", soundfont: Path | None = None
) -> tuple[Sonification, synth.Rendering]:
    """Render and mix a sonification, and note which of its pitches its instruments cannot play; raises as `core.synth.render`.

    Both are found at the same time: FluidSynth plays in a process of its own.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        playing = pool.submit(synth.render, sonification.midi, engine=engine, soundfont=soundfont)
        unheard = describe_inaudible(sonification, soundfont)
        rendering = playing.result()
    if sonification.settings.is_mixed:
        rendering = synth.mix_rendering(rendering)
    # Silence is told by voice and for any font; what else is wrong is known of the fonts that were measured.
    wrong = (fault.sentence for fault in rendering.faults if fault.kind != "silent" and fault.is_plain)
    return replace(sonification, notes=(*sonification.notes, *unheard, *wrong)), rendering


def describe_inaudible(sonification: Sonification, soundfont: Path | None = None) -> list[str]:
    """Describe the points of each voice that an instrument cannot play, and what to do; usually empty.

    Parameters
    ----------
    sonification : Sonification
    soundfont : Path, optional
        What it sounds with.

    Returns
    -------
    list of str
        A sentence for every voice that loses points.
    """
    sentences = []
    for result in sonification.voices:
        pitch = np.round(result.points.loc[result.points["sounds"], "pitch"].to_numpy(dtype=float)).astype(
            int
        )
        # An instrument is silent beyond an end, so that a look at the ends is enough for nearly all.
        ends = (MIDDLE, int(pitch.min()), int(pitch.max())) if len(pitch) else (MIDDLE,)
        if not silent_pitches(result.voice.program, soundfont, ends):
            continue
        silent = silent_pitches(result.voice.program, soundfont)
        lost = np.isin(pitch, sorted(silent))
        if lost.any():
            heard = [p for p in range(LOWEST, HIGHEST + 1) if p not in silent]
            sentences.append(
                f"{plural(int(lost.sum()), 'note')} of {result.name} cannot be heard: {program_name(result.voice.program)} "
                f"only plays {note_name(heard[0])} to {note_name(heard[-1])}. Choose a pitch range inside that, or another "
                "instrument."
            )
    return sentences
