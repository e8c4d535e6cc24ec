"""Accompaniments of real pieces as events: onsets on a grid, notes as classes, and what was played a bar before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.accompaniment.chords import TICKS
from core.accompaniment.tokenizer import (
    DURATIONS,
    HIGH,
    LOW,
    N_DURATIONS,
    N_PLACES,
    N_RELATIVE,
    N_STEPS,
    N_VELOCITIES,
    ROOT_BASE,
    VELOCITY_STEP,
    Harmony,
)
from core.arrays import IntArray
from core.music.scales import fold_octaves

_BINARY = np.array([0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 12])
_TERNARY = np.array([0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12])


def snap(notes: IntArray) -> IntArray:
    """Move onsets to the sixteenths or the triplets of their quarter, whichever their quarter is nearer to.

    Recorded onsets stray by a tick. Durations stay; notes of one pitch that fall together become one.
    """
    if not len(notes):
        return notes
    beat, place = np.divmod(notes[:, 0], TICKS)
    index = np.unique(beat, return_inverse=True)[1]
    off_binary = np.bincount(index, np.abs(_BINARY[place] - place))
    off_ternary = np.bincount(index, np.abs(_TERNARY[place] - place))
    ternary = (off_ternary < off_binary)[index]
    snapped = notes.copy()
    snapped[:, 0] = beat * TICKS + np.where(ternary, _TERNARY[place], _BINARY[place])
    snapped = snapped[np.lexsort((snapped[:, 2], snapped[:, 0]))]
    again = (np.diff(snapped[:, 0]) == 0) & (np.diff(snapped[:, 2]) == 0)
    kept: IntArray = snapped[~np.r_[False, again]]
    return kept


def relative_class(pitch: IntArray, root: IntArray) -> IntArray:
    """The class of a pitch above the chord's root; `pitch` within `LOW` to `HIGH`, `root` a pitch class."""
    return pitch - (ROOT_BASE + root) + (ROOT_BASE + 11 - LOW)


@dataclass(frozen=True, kw_only=True)
class Events:
    """The notes of an accompaniment as classes, one row a note in order of onset, then pitch.

    ``note`` and ``lag`` are what the model reads and writes; ``times`` and ``roots`` say where a note is.

    Attributes
    ----------
    times, roots : ndarray of int64, shape=(n,)
        Onset in ticks; pitch class of the chord's root there.
    note : ndarray of int64, shape=(n, 5)
        Step from the note before (ticks), height, class above the root, duration class, velocity class.
    lag : ndarray of int64, shape=(n, 6)
        What was played a bar before. After the note: ticks to the next onset there, how many more notes
        there were at this moment than so far. For the note: class above the root, duration class, how many
        notes were left there; and how many notes have begun at this moment already.
    """

    times: IntArray
    roots: IntArray
    note: IntArray
    lag: IntArray


def duration_class(duration: IntArray) -> IntArray:
    """The nearest of `DURATIONS` on a logarithmic scale.

    Examples
    --------
    >>> DURATIONS[duration_class(np.array([1, 5, 13, 200]))].tolist()
    [1, 6, 12, 96]
    """
    edges = np.sqrt(DURATIONS[1:] * DURATIONS[:-1])
    return np.searchsorted(edges, np.asarray(duration, dtype=np.float64))


def encode(notes: IntArray, harmony: Harmony, *, median_velocity: float | None = None) -> Events:
    """Classes of an accompaniment.

    Parameters
    ----------
    notes : ndarray of int64, shape=(n, 4)
        Sorted by onset, then pitch; onsets from `snap`; pitches outside `LOW` to `HIGH` move by octaves.
    harmony : Harmony
    median_velocity : float, optional
        What velocities are counted from; the notes' own median if not given.
    """
    times, pitch = notes[:, 0], fold_octaves(notes[:, 2], LOW, HIGH)
    roots = harmony.roots(times)
    relative = relative_class(pitch, roots)
    length = duration_class(notes[:, 1])
    if median_velocity is None:
        median_velocity = float(np.median(notes[:, 3])) if len(notes) else 64.0
    velocity = np.round((notes[:, 3] - median_velocity) / VELOCITY_STEP) + N_VELOCITIES // 2
    step = np.minimum(np.diff(times, prepend=times[:1]), N_STEPS - 1)
    note = np.stack(
        [step, pitch - LOW, relative, length, np.clip(velocity, 0, N_VELOCITIES - 1).astype(np.int64)], axis=1
    )
    return Events(times=times, roots=roots, note=note, lag=_lag(times, relative, length, harmony.bar))


def _lag(times: IntArray, relative: IntArray, length: IntArray, bar: int) -> IntArray:
    onsets, first, count = np.unique(times, return_index=True, return_counts=True)
    slot = np.searchsorted(onsets, times)
    place = np.arange(len(times)) - first[slot]
    before = np.searchsorted(onsets, times - bar)
    known = before < len(onsets)
    before = np.minimum(before, max(len(onsets) - 1, 0))
    there = known & (onsets[before] == times - bar)
    n_there = np.where(there, count[before], 0)
    after = np.searchsorted(onsets, times - bar, side="right")
    ahead = np.where(after < len(onsets), onsets[np.minimum(after, len(onsets) - 1)] - (times - bar), N_STEPS)
    # Before the second bar there is nothing to repeat.
    ahead = np.where(times < times[:1] + bar, N_STEPS, np.minimum(ahead, N_STEPS - 1))
    at = np.minimum(first[before] + place, max(len(times) - 1, 0))
    has = place < n_there
    return np.stack(
        [
            ahead,
            np.where(there, np.clip(n_there - place - 1, -2, 3) + 3, 0),
            np.where(has, relative[at], N_RELATIVE),
            np.where(has, length[at], N_DURATIONS),
            np.where(there, np.clip(n_there - place, -1, 4) + 2, 0),
            np.minimum(place, N_PLACES - 1),
        ],
        axis=1,
    )
