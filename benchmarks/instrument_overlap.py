"""Instrument sets benchmark: which instruments overlap least in the spectrum, and how loud they are.

python -m benchmarks.instrument_overlap            # prints the sets for core/sonify/instrument_sets.py

Each candidate plays C3 to C6 in steps of three semitones, half a second each at velocity 96, with every installed SoundFont. Power in 40 mel
bands, raised to 0.3 as loudness is, adds up to 1 in each note; the overlap of two instruments is what their notes of
the same key have in common, from 0 (nothing) to 1 (the same), as mean over keys and fonts. A set is as good as its worst pair. Those that ship
are the best that reach the notes of usual registers, and some with a piano. Instruments that
are silent, out of tune or slow in that range with any of the fonts are no candidates.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from pretty_midi import Instrument, Note, PrettyMIDI

from core import synth
from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.audio.loudness import loudness_lufs
from core.music.midi import program_name
from core.signal.mel import mel_filters
from core.sonify.audibility import silent_pitches
from core.sonify.instrument_sets import INSTRUMENT_SETS
from core.synth.note_events import parts_of
from core.synth.sf2 import player, soundfont

SR, N_MELS, N_FFT = 44_100, 40, 1 << 15
KEYS = tuple(range(48, 85, 3))
NOTE_SEC, SLOT_SEC, SLOWEST_SEC = 0.5, 1.2, 0.12
CANDIDATES = (
    0, 4, 6, 8, 11, 12, 13, 19, 21, 24, 25, 45, 46, 48, 52, 56, 57, 60, 64, 68, 71, 73, 74, 75, 79, 104, 108, 114,
)  # fmt: skip
MOST_USES, N_SETS = 2, 4
VELOCITY = 96


def measure(program: int, fonts: list[soundfont.SoundFont]) -> tuple[FloatArray, float] | None:
    """Loudness in bands, ``(fonts, keys, bands)``, and LUFS; None where a font plays it badly."""
    pm, track = PrettyMIDI(), Instrument(program)
    track.notes = [Note(VELOCITY, key, i * SLOT_SEC, i * SLOT_SEC + NOTE_SEC) for i, key in enumerate(KEYS)]
    pm.instruments.append(track)
    bands, levels = [], []
    filters = mel_filters(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=50.0, fmax=12_000.0)
    for font in fonts:
        rendering = synth.render(pm, engine="embedded", soundfont=_path(font), sr=SR)
        if rendering.faults or silent_pitches(program, _path(font), KEYS):
            return None
        y = player.render(parts_of(pm), font, n=rendering.audio.n_samples, sr=SR)
        notes = [y[:, round(i * SLOT_SEC * SR) :][:, : round(NOTE_SEC * SR)] for i in range(len(KEYS))]
        if np.median([_rise_sec(note) for note in notes]) > SLOWEST_SEC:
            return None
        power = [
            np.abs(np.fft.rfft(note.mean(axis=0) * np.hanning(note.shape[1]), N_FFT)) ** 2 for note in notes
        ]
        loud = (np.stack(power) @ filters.T) ** 0.3
        bands.append(loud / loud.sum(axis=1, keepdims=True))
        levels.append(np.mean([loudness_lufs(Audio(note, SR)) for note in notes]))
    return np.stack(bands), float(np.mean(levels))


def _path(font: soundfont.SoundFont) -> Path:
    return Path(font.key[0])


def _rise_sec(note: Float32Array) -> float:
    energy = np.cumsum(np.asarray(note, dtype=np.float64) ** 2, axis=1).sum(axis=0)
    return float(np.searchsorted(energy, 0.1 * energy[-1]) / SR)


def main() -> None:
    """Print the sets of two, three and four instruments."""
    fonts = [soundfont.load(path) for path in synth.installed_soundfonts()]
    measured = {program: found for program in CANDIDATES if (found := measure(program, fonts)) is not None}
    print(f"{len(fonts)} fonts, {len(measured)} of {len(CANDIDATES)} candidates; left out:")
    print("  " + ", ".join(program_name(program) for program in CANDIDATES if program not in measured))
    overlap = {
        (a, b): float(np.minimum(measured[a][0], measured[b][0]).sum(axis=-1).mean())
        for a, b in itertools.combinations(measured, 2)
    }
    values = sorted(overlap.values())
    print(f"overlap of pairs: {values[0]:.2f} to {values[-1]:.2f}, median {np.median(values):.2f}")
    for n in (2, 3, 4):
        ranked = sorted(
            itertools.combinations(measured, n),
            key=lambda programs: max(overlap[pair] for pair in itertools.combinations(programs, 2)),
        )
        uses: dict[int, int] = {}
        chosen = 0
        for programs in ranked:
            if any(uses.get(program, 0) >= MOST_USES for program in programs):
                continue
            for program in programs:
                uses[program] = uses.get(program, 0) + 1
            worst = max(overlap[pair] for pair in itertools.combinations(programs, 2))
            print(
                f"{n}: {programs}, velocities {_balance(programs, measured)}, overlap {worst:.2f}: "
                + ", ".join(map(program_name, programs))
            )
            chosen += 1
            if chosen == N_SETS:
                break
    for n, sets in INSTRUMENT_SETS.items():
        for each in sets:
            worst = max(overlap[min(pair), max(pair)] for pair in itertools.combinations(each.programs, 2))
            print(
                f"shipped, {n}: {each.programs}, velocities {_balance(each.programs, measured)}, overlap {worst:.2f}"
            )
    default = (0, 12, 73, 42)
    for pair in itertools.combinations(default, 2):
        if pair in overlap:
            print(f"default pair {', '.join(map(program_name, pair))}: {overlap[pair]:.2f}")


def _balance(programs: tuple[int, ...], measured: dict[int, tuple[FloatArray, float]]) -> tuple[int, ...]:
    """Velocities with which all are as loud as the softest, the mean at 96; 40 log10 of them is a level."""
    levels = np.array([measured[program][1] for program in programs])
    factors = 10.0 ** ((levels.mean() - levels) / 40.0)
    return tuple(
        int(v)
        for v in np.clip(np.round(VELOCITY * factors * min(1.0, 120 / (VELOCITY * factors).max())), 20, 120)
    )


if __name__ == "__main__":
    main()
