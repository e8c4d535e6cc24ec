"""Small MIDI pieces of our own in the folders of the sets that Sonify's networks learn from."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
import pretty_midi

from training.splits import PARTS, split_of

SCALE = (0, 2, 4, 5, 7, 9, 11, 12)


def write_sets(root: Path) -> Path:
    """A piece of every set for each part of the split, the simplified Clementi's only for training and test."""
    for seed, part in enumerate(PARTS):
        for number, (folder, key, has_rest) in enumerate(
            (
                ("open/nottingham", "nottingham/{}", False),
                ("open/pop909", "pop909/{}", True),
                ("open/piano_midi_de/midis/Bach", "piano_midi_de/midis/Bach/{}", True),
                ("open/clementi_uvashisth", "piano_midi_de/midis/Clementi/{}", False),
            )
        ):
            if part == "validation" and "clementi" in folder:
                continue
            name = next(f"{i}.mid" for i in count() if split_of(key.format(f"{i}.mid")) == part)
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_piece(path, 10 * seed + number, has_rest=has_rest)
    return root


def _write_piece(path: Path, seed: int, *, has_rest: bool) -> None:
    rng = np.random.default_rng(seed)
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    melody = pretty_midi.Instrument(0, name="MELODY")
    places = np.clip(np.cumsum(rng.integers(-2, 3, 80)), -7, 7)
    for i, place in enumerate(places):
        pitch = 67 + SCALE[place % 7] + 12 * int(place // 7)
        melody.notes.append(pretty_midi.Note(80, int(pitch), i / 2, i / 2 + 0.45))
    midi.instruments.append(melody)
    if has_rest:
        piano = pretty_midi.Instrument(0, name="PIANO")
        for i in range(40):
            root = 48 + SCALE[int(rng.integers(7))]
            piano.notes += [pretty_midi.Note(64, root + up, float(i), i + 0.9) for up in (0, 4, 7)]
        midi.instruments.append(piano)
    midi.write(str(path))
