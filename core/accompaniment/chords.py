"""Chord vocabulary, and the chords that fit a scale.

A chord is an id: ``quality * 12 + root``, the root in semitones above the tonic, and `NO_CHORD` last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.music.scales import KEYS, SCALES

TICKS = 12  # steps of the grid in a quarter
#: Name, suffix in a chord's symbol, semitones above the root.
QUALITIES: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("major", "", (0, 4, 7)),
    ("minor", "m", (0, 3, 7)),
    ("diminished", "dim", (0, 3, 6)),
    ("augmented", "aug", (0, 4, 8)),
    ("dominant seventh", "7", (0, 4, 7, 10)),
    ("major seventh", "maj7", (0, 4, 7, 11)),
    ("minor seventh", "m7", (0, 3, 7, 10)),
    ("half-diminished seventh", "m7b5", (0, 3, 6, 10)),
    ("suspended fourth", "sus4", (0, 5, 7)),
)
NO_CHORD = 12 * len(QUALITIES)
N_CHORDS = NO_CHORD + 1
NO_QUALITY = len(QUALITIES)


@dataclass(frozen=True, kw_only=True)
class ChordSpan:
    """A chord and how long it lasts.

    Attributes
    ----------
    onset, duration : int
        Twelfths of a quarter, from bar line 0.
    root : int in [0, 11]
        Pitch class, 0 = C.
    quality : str
        One of the names in `QUALITIES`.
    name : str
        The symbol, such as ``"Am7"``.
    """

    onset: int
    duration: int
    root: int
    quality: str
    name: str


def chord_span(chord: int, onset: int, duration: int, tonic: int) -> ChordSpan:
    """Name a chord id in a key; `chord` is not `NO_CHORD`."""
    name, suffix, _ = QUALITIES[chord // 12]
    root = (chord % 12 + tonic) % 12
    return ChordSpan(onset=onset, duration=duration, root=root, quality=name, name=f"{KEYS[root]}{suffix}")


def vocabulary() -> list[str]:
    """The chords by id, such as ``"2 m7"`` for a minor seventh two semitones above the tonic."""
    return [f"{root} {name}" for name, _, _ in QUALITIES for root in range(12)] + ["none"]


@cache
def tone_table() -> BoolArray:
    """Which pitch classes (above the tonic) belong to which chord; shape=(N_CHORDS, 12), none for no chord."""
    table = np.zeros((N_CHORDS, 12), dtype=bool)
    for quality, (_, _, steps) in enumerate(QUALITIES):
        for root in range(12):
            table[quality * 12 + root, [(root + step) % 12 for step in steps]] = True
    table.setflags(write=False)
    return table


# Scales.


def harmony_scale(key: str, scale: str, pitches: IntArray | None = None) -> tuple[int, ...]:
    """The pitch classes that the accompaniment may use.

    Parameters
    ----------
    key : str
        Tonic, one of `core.music.scales.KEYS`.
    scale : str
        One of `core.music.scales.SCALES`.
    pitches : ndarray of int, optional
        MIDI pitches of the data; only ``"chromatic"`` and ``"continuous"`` look at them.

    Returns
    -------
    tuple of int
        Pitch classes, ascending, 0 = C. Scales of seven notes and the whole-tone scale stay what they are;
        pentatonic and blues scales become the major or natural minor scale that holds them (the blue note
        stays the data's own); chromatic and continuous data get the one of both that holds more of their
        notes, major if neither does.
    """
    name = _harmony_name(key, scale, pitches)
    return tuple(sorted((KEYS.index(key) + step) % 12 for step in SCALES[name]))


def _harmony_name(key: str, scale: str, pitches: IntArray | None) -> str:
    if scale in ("major pentatonic", "major blues"):
        return "major"
    if scale in ("minor pentatonic", "minor blues"):
        return "natural minor"
    if scale not in ("chromatic", "continuous"):
        return scale
    if pitches is None or not len(pitches):
        return "major"
    steps = (np.asarray(pitches) - KEYS.index(key)) % 12
    held = {name: int(np.isin(steps, SCALES[name]).sum()) for name in ("major", "natural minor")}
    return max(held, key=lambda name: held[name])


def is_minor(scale_classes: tuple[int, ...], tonic: int) -> bool:
    """Whether the third above the tonic is minor, and not major, in a harmony scale."""
    steps = {(pitch_class - tonic) % 12 for pitch_class in scale_classes}
    return 3 in steps and 4 not in steps


def chords_in(scale_classes: tuple[int, ...], tonic: int) -> BoolArray:
    """Which chords have all their notes in a scale; shape=(N_CHORDS,), `NO_CHORD` never."""
    inside = np.zeros(12, dtype=bool)
    inside[[(pitch_class - tonic) % 12 for pitch_class in scale_classes]] = True
    fits = np.array([inside[tones].all() for tones in tone_table()])
    fits[NO_CHORD] = False
    return fits


def tonic_chord(scale_classes: tuple[int, ...], tonic: int) -> int:
    """The triad on the tonic that a scale holds: major, minor, diminished or augmented, in this order."""
    fits = chords_in(scale_classes, tonic)
    return next(quality * 12 for quality in range(NO_QUALITY) if bool(fits[quality * 12]))


def pitch_class_weights(notes: IntArray, n_steps: int, step: int = TICKS) -> FloatArray:
    """How long each pitch class sounds in each step of time; shape=(n_steps, 12), in ticks.

    Parameters
    ----------
    notes : ndarray of int64, shape=(n, 4)
        Onset and duration in ticks, pitch, velocity.
    n_steps, step : int
        Number and length (ticks) of the steps; what lies outside them is left out.
    """
    weights = np.zeros((n_steps, 12))
    if not len(notes):
        return weights
    onset, end, pitch_class = notes[:, 0], notes[:, 0] + notes[:, 1], notes[:, 2] % 12
    first, last = onset // step, (end - 1) // step
    for ahead in range(int((last - first).max()) + 1):
        at = first + ahead
        inside = (at <= last) & (at >= 0) & (at < n_steps)
        sounds = np.minimum(end, (at + 1) * step) - np.maximum(onset, at * step)
        np.add.at(weights, (at[inside], pitch_class[inside]), sounds[inside].astype(np.float64))
    return weights
