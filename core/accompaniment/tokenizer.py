"""Tokenizer of arrangements: beat features, onset contexts and note classes for both networks.

All times are ticks, twelfths of a quarter. Training and composing use these same functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.accompaniment.chords import NO_CHORD, NO_QUALITY, TICKS, pitch_class_weights
from core.arrays import Float32Array, IntArray

STYLES = ("pop", "classical")
DENSITIES = (1, 2, 3, 4, 5)

# The classes of a note. Onsets lie on sixteenths or triplets; an onset a whole note later is "48 or more".
N_STEPS = 49
LOW, HIGH = 21, 96
N_HEIGHTS = HIGH - LOW + 1
ROOT_BASE = 36  # a chord's root is counted from the octave that begins at C2
N_RELATIVE = N_HEIGHTS + 11
DURATIONS = np.array([1, 2, 3, 4, 6, 8, 9, 12, 15, 18, 24, 30, 36, 48, 72, 96])
N_DURATIONS = len(DURATIONS)
VELOCITY_STEP = 5  # of a velocity class, counted from the piece's own median
N_VELOCITIES = 16

# Classes of what was played one bar before: one more than the note's own for "nothing".
N_LAG_STEPS = N_STEPS + 1
N_LAG_MORE = 7
N_LAG_RELATIVE = N_RELATIVE + 1
N_LAG_DURATIONS = N_DURATIONS + 1
N_LAG_LEFT = 7
N_PLACES = 6  # how many notes have begun at this moment already

_PLACES_IN_BEAT = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 5])  # 0, 3, 4, 6, 8, 9 have one each
_BARS = (48, 36, 24)
N_BEAT_FEATURES = 12 + 12 + 12 + 3 + 6


# Beats, for the harmonizer.


def beat_features(
    melody: IntArray, *, n_beats: int, bar: int, tonic: int, minor: bool, style: str
) -> Float32Array:
    """Input features of the harmonizer for each beat of a melody.

    Parameters
    ----------
    melody : ndarray of int64, shape=(n, 4)
        Onset and duration in ticks, pitch, velocity.
    n_beats, bar : int
        Number of beats; ticks in a bar.
    tonic, minor, style
        Key and style of the piece; pitch classes are counted from the tonic.

    Returns
    -------
    ndarray of float32, shape=(n_beats, N_BEAT_FEATURES)
        Share of each pitch class among what sounds, pitch class of the first onset, pitch class that the
        beat begins with, number of onsets, silence, mode, place in the bar, style.
    """
    features = np.zeros((n_beats, N_BEAT_FEATURES), dtype=np.float32)
    weights = np.roll(pitch_class_weights(melody, n_beats), -tonic, axis=1)
    total = weights.sum(axis=1, keepdims=True)
    features[:, :12] = weights / np.maximum(total, 1.0)
    beat = melody[:, 0] // TICKS
    inside = (beat >= 0) & (beat < n_beats)
    chroma = (melody[:, 2] - tonic) % 12
    for i in np.flatnonzero(inside)[::-1]:
        features[beat[i], 12:24] = 0.0
        features[beat[i], 12 + chroma[i]] = 1.0
    for onset, end, step in zip(melody[:, 0], melody[:, 0] + melody[:, 1], chroma, strict=True):
        first = -(-onset // TICKS)
        features[first : max(first, -(-end // TICKS)), 24 + step] = 1.0
    n_onsets = np.bincount(beat[inside], minlength=n_beats)[:n_beats]
    features[:, 36] = np.log1p(n_onsets)
    features[:, 37] = total[:, 0] == 0
    features[:, 38] = minor
    place = np.arange(n_beats) * TICKS % bar
    features[:, 39] = place == 0
    features[:, 40] = place == bar // 2
    features[:, 41] = place // TICKS / 4.0
    features[:, 42] = bar % 36 == 0
    features[:, 43 + STYLES.index(style)] = 1.0
    return features


# Moments, for the figuration.


@dataclass(frozen=True, kw_only=True)
class Harmony:
    """Chords per beat in a key, from which contexts and roots are computed.

    Attributes
    ----------
    chords : ndarray of int64, shape=(n_beats,)
        Chord ids, roots counted from `tonic`.
    tonic : int
        Pitch class.
    minor : bool
    bar : int
        Ticks.
    style : str
    """

    chords: IntArray
    tonic: int
    minor: bool
    bar: int
    style: str

    def at(self, times: IntArray) -> IntArray:
        """Chord ids at ticks; before and after the piece, those of its ends."""
        return self.chords[np.clip(times // TICKS, 0, len(self.chords) - 1)]

    def roots(self, times: IntArray) -> IntArray:
        """Pitch classes of the roots at ticks; the tonic where there is no chord."""
        chords = self.at(times)
        return np.where(chords == NO_CHORD, self.tonic, (chords % 12 + self.tonic) % 12)


def contexts(times: IntArray, melody: IntArray, harmony: Harmony, density: IntArray) -> Float32Array:
    """Context features of the figuration at several onsets.

    Parameters
    ----------
    times : ndarray of int64, shape=(n,)
        Ticks, ascending or not.
    melody : ndarray of int64, shape=(m, 4)
        Sorted by onset; of several voices the highest sounding note counts.
    harmony : Harmony
    density : ndarray of int64, shape=(n,)
        1 to 5.

    Returns
    -------
    ndarray of float32, shape=(n, n_context)
        Chord, next chord and when it comes, place in the bar, melody note now and next, mode, style, density.
    """
    blocks = [
        *_chord_blocks(times, harmony),
        *_place_blocks(times, harmony.bar),
        *_melody_blocks(times, melody, harmony.roots(times)),
        _one_hot(density - 1, len(DENSITIES)),
        np.full((len(times), 1), harmony.minor, dtype=np.float32),
        _one_hot(np.full(len(times), STYLES.index(harmony.style)), len(STYLES)),
    ]
    return np.concatenate(blocks, axis=1)


def _one_hot(index: IntArray, n: int) -> Float32Array:
    """Rows of the unit matrix; an index outside 0..n-1 gives zeros."""
    return np.asarray(index[:, None] == np.arange(n), dtype=np.float32)


def _quality(chords: IntArray) -> IntArray:
    return np.where(chords == NO_CHORD, NO_QUALITY, chords // 12)


def _chord_blocks(times: IntArray, harmony: Harmony) -> list[Float32Array]:
    chords, n_beats = harmony.chords, len(harmony.chords)
    # For each beat, the first later beat with another chord.
    changes = np.flatnonzero(np.diff(chords)) + 1
    following = np.append(changes, n_beats)[np.searchsorted(changes, np.arange(n_beats), side="right")]
    beat = np.clip(times // TICKS, 0, n_beats - 1)
    now, then = chords[beat], chords[np.minimum(following[beat], n_beats - 1)]
    left = np.maximum(following[beat] * TICKS - times, 0)
    root_now = np.where(now == NO_CHORD, 0, now % 12)
    root_then = np.where(then == NO_CHORD, 0, then % 12)
    return [
        _one_hot(_quality(now), NO_QUALITY + 1),
        _one_hot(np.where(now == NO_CHORD, -1, root_now), 12),
        _one_hot(_quality(then), NO_QUALITY + 1),
        _one_hot((root_then - root_now) % 12, 12),
        _one_hot(np.digitize(left, (7, 13, 25, 49)), 5),
    ]


def _place_blocks(times: IntArray, bar: int) -> list[Float32Array]:
    place = times % bar
    kind = _BARS.index(bar) if bar in _BARS else len(_BARS)
    half = (2 * place // bar) % 2
    return [
        _one_hot(place // TICKS, 6),
        _one_hot(_PLACES_IN_BEAT[place % TICKS], 6),
        _one_hot(np.full(len(times), kind), 4),
        half[:, None].astype(np.float32),
    ]


def _melody_blocks(times: IntArray, melody: IntArray, roots: IntArray) -> list[Float32Array]:
    n = len(times)
    now, onset_here = sounding_top(times, melody)
    starts = melody[:, 0]
    at = np.searchsorted(starts, times, side="right")
    exists = at < len(melody)
    later = np.minimum(at, len(melody) - 1)
    then = np.where(exists, melody[later, 2], -1)
    wait = np.where(exists, starts[later] - times, 96)
    beat = times // TICKS * TICKS
    rate = np.searchsorted(starts, beat + TICKS) - np.searchsorted(starts, beat)
    height = np.stack([np.where(now < 0, 0.0, (now - 66) / 18), np.where(then < 0, 0.0, (then - 66) / 18)], 1)
    flags = np.stack([now < 0, onset_here, np.minimum(rate, 8) / 4], 1)
    return [
        _one_hot(np.where(now < 0, -1, (now - roots) % 12), 12),
        _one_hot(np.where(then < 0, -1, (then - roots) % 12), 12),
        height.reshape(n, 2).astype(np.float32),
        flags.reshape(n, 3).astype(np.float32),
        _one_hot(np.digitize(wait, (4, 7, 13)), 4),
    ]


def sounding_top(times: IntArray, melody: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """The highest melody note sounding at each time (-1: none), and whether a note begins there.

    Looks at the four notes that began last, as many as there can be voices.
    """
    at = np.searchsorted(melody[:, 0], times, side="right")
    top = np.full(len(times), -1)
    begins = np.zeros(len(times), dtype=bool)
    for back in range(1, 5):
        index = at - back
        note = melody[np.maximum(index, 0)]
        sounds = (index >= 0) & (note[:, 0] + note[:, 1] > times)
        top = np.where(sounds, np.maximum(top, note[:, 2]), top)
        begins |= (index >= 0) & (note[:, 0] == times)
    return top, begins
