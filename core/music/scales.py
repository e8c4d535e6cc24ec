"""Keys and scales: which pitches a voice may use."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from core.arrays import IntArray
from core.errors import InputError
from core.music.midi import note_name

KEYS: tuple[str, ...] = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

#: Semitones above the tonic. "continuous" is handled by pitch bend and has no steps.
SCALES: MappingProxyType[str, tuple[int, ...]] = MappingProxyType(
    {
        "chromatic": tuple(range(12)),
        "major": (0, 2, 4, 5, 7, 9, 11),
        "natural minor": (0, 2, 3, 5, 7, 8, 10),
        "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
        "melodic minor": (0, 2, 3, 5, 7, 9, 11),
        "dorian": (0, 2, 3, 5, 7, 9, 10),
        "phrygian": (0, 1, 3, 5, 7, 8, 10),
        "lydian": (0, 2, 4, 6, 7, 9, 11),
        "mixolydian": (0, 2, 4, 5, 7, 9, 10),
        "locrian": (0, 1, 3, 5, 6, 8, 10),
        "major pentatonic": (0, 2, 4, 7, 9),
        "minor pentatonic": (0, 3, 5, 7, 10),
        "major blues": (0, 2, 3, 4, 7, 9),
        "minor blues": (0, 3, 5, 6, 7, 10),
        "whole tone": (0, 2, 4, 6, 8, 10),
        "continuous": (),
    }
)


def scale_pitches(key: str, scale: str, low: int, high: int) -> list[int]:
    """List the MIDI pitches of a scale inside a range, both ends included.

    Parameters
    ----------
    key : str
        Tonic, one of :data:`KEYS`.
    scale : str
        One of :data:`SCALES` except ``"continuous"``, which has no steps.
    low, high : int
        MIDI note numbers, 0-127.

    Returns
    -------
    list of int
        Ascending, at least two pitches.

    Raises
    ------
    InputError
        If the range holds fewer than two pitches of the scale: no data could be told apart.
    """
    tonic = KEYS.index(key)
    steps = SCALES[scale]
    pitches = [pitch for pitch in range(low, high + 1) if (pitch - tonic) % 12 in steps]
    if len(pitches) < 2:
        held = {0: "no note", 1: "one note"}[len(pitches)]
        raise InputError(
            f"The range {note_name(low)} to {note_name(high)} holds {held} of {key} {scale}. "
            "A voice needs at least two: widen the range or choose another scale."
        )
    return pitches


def fold_octaves(pitch: IntArray, low: int, high: int) -> IntArray:
    """Move what lies outside of a range of an octave or more into it, by octaves.

    Examples
    --------
    >>> fold_octaves(np.array([20, 60, 110]), 21, 96).tolist()
    [32, 60, 86]
    """
    up, down = np.maximum(0, -((pitch - low) // 12)), np.maximum(0, -((high - pitch) // 12))
    return np.asarray(pitch + 12 * (up - down), dtype=np.int64)
