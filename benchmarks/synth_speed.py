"""Synthesizer benchmark: times faster than real time, beside FluidSynth and symusic.

    python -m benchmarks.synth_speed [--seconds 60] [--programs 0 11 73 48]

One note every 250 ms, random walk, random velocities; the SoundFont is loaded before. "first" begins with an
empty cache of waveforms, "again" with what the first one left. Times are processor seconds of this process
(FluidSynth and symusic: wall clock, because they work outside of it), so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
from collections.abc import Callable

import numpy as np
import pretty_midi

# Imported before the clock starts, as they are in a server that has played once.
import scipy.ndimage
import scipy.signal  # noqa: F401

from benchmarks.timing import time_fastest
from core import synth
from core.music import midi
from core.synth.sf2 import player, soundfont

NOTE_SEC = 0.25


def melody(program: int, seconds: float, seed: int = 0) -> pretty_midi.PrettyMIDI:
    """A monophonic random walk within two octaves above middle C."""
    rng = np.random.default_rng(seed)
    n_notes = round(seconds / NOTE_SEC)
    pitches = 60 + np.abs(np.cumsum(rng.integers(-2, 3, n_notes))) % 24
    velocities = rng.integers(40, 127, n_notes)
    instrument = pretty_midi.Instrument(program)
    for i, (pitch, velocity) in enumerate(zip(pitches.tolist(), velocities.tolist(), strict=True)):
        instrument.notes.append(pretty_midi.Note(velocity, pitch, i * NOTE_SEC, (i + 1) * NOTE_SEC))
    pm = pretty_midi.PrettyMIDI(resolution=480)
    pm.instruments.append(instrument)
    return pm


def render_embedded(pm: pretty_midi.PrettyMIDI, *, first: bool) -> None:
    """Render with the built-in synthesizer, with or without what earlier renderings left in the cache."""
    if first:
        player.forget()
    synth.render(pm, engine="embedded")


def symusic_job(pm: pretty_midi.PrettyMIDI) -> Callable[[], object] | None:
    """None where symusic is not installed. It ignores velocity, pan and bends; only its speed compares."""
    if importlib.util.find_spec("symusic") is None:
        return None
    import symusic

    score = symusic.Score.from_midi(midi.to_bytes(pm))
    synthesizer = symusic.Synthesizer(sf_path=str(synth.default_soundfont()), sample_rate=44_100)
    return lambda: synthesizer.render(score, stereo=True)


def row(program: int, seconds: float) -> list[str]:
    """One line of the table."""
    pm = melody(program, seconds)
    soundfont.load(synth.default_soundfont()).zones(program)
    length = synth.render(pm, engine="embedded").audio.y.shape[1] / 44_100
    cells = [f"{program:3d} {midi.program_name(program)[:22]}"]
    cells.append(_cell(length, time_fastest(lambda: render_embedded(pm, first=True), warm=False)[1]))
    cells.append(_cell(length, time_fastest(lambda: render_embedded(pm, first=False), warm=False)[1]))
    if synth.fluidsynth_available():
        took = time_fastest(lambda: synth.render(pm, engine="fluidsynth"), warm=False)[0]
        cells.append(_cell(length, took))
    else:
        cells.append("-")
    other = symusic_job(pm)
    cells.append("-" if other is None else _cell(length, time_fastest(other, warm=False)[0]))
    return cells


def _cell(length_sec: float, took_sec: float) -> str:
    return f"{took_sec:6.3f} s {length_sec / took_sec:6.0f}x"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the melody")
    parser.add_argument("--programs", type=int, nargs="+", default=[0, 11, 24, 40, 73, 52, 88, 48])
    options = parser.parse_args()
    header = ["program", "embedded, first", "embedded, again", "FluidSynth process", "symusic"]
    out = io.StringIO()
    for cells in [header, *(row(program, options.seconds) for program in options.programs)]:
        out.write(f"{cells[0]:<28}" + "".join(f"{cell:>20}" for cell in cells[1:]) + "\n")
    print(out.getvalue(), end="")


if __name__ == "__main__":
    main()
