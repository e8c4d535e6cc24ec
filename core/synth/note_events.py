"""Ordered note events and controllers of `PrettyMIDI`, the input of both synthesizers.

Notes of an instrument that overlap on one key are cut at the next onset, a pedal that is never lifted is
lifted with the last key, and controllers that only one of the engines would follow are left out. So the two
engines are given the same, and neither has to guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pretty_midi import Instrument, PrettyMIDI

from core import limits
from core.errors import InputError

Reals = NDArray[np.float64]

VOLUME, PAN, EXPRESSION, WHEEL, PEDAL = 7, 10, 11, 1, 64
CONTROL_DEFAULTS = {VOLUME: 100, PAN: 64, EXPRESSION: 127, WHEEL: 0, PEDAL: 0}
"""The controllers that both engines follow, and their values at the beginning."""


# Notes times seconds: fifteen minutes of forty voices. More would keep a server busy for minutes.
MAX_NOTE_SECONDS = 36_000.0
_BEND_RANGE_CENTS = 200.0
_SAME_ONSET_SEC = 0.001


@dataclass(frozen=True, eq=False)
class Track:
    """A value that changes in steps, such as a controller.

    Attributes
    ----------
    times_sec : np.ndarray [shape=(n,)]
        Ascending.
    values : np.ndarray [shape=(n,)]
    initial : float
        The value before the first change.
    """

    times_sec: Reals
    values: Reals
    initial: float

    def at(self, times_sec: Reals) -> Reals:
        """Values at `times_sec`; a change counts from its very moment on."""
        held = np.concatenate(([self.initial], self.values))
        return held[np.searchsorted(self.times_sec, times_sec, side="right")]

    def constant(self, start_sec: float, end_sec: float) -> float | None:
        """The value from start to end if it does not change in between."""
        if not self.values.size:
            return self.initial
        first, last = np.searchsorted(self.times_sec, (start_sec, end_sec), side="right")
        if first != last:
            return None
        return float(self.values[first - 1]) if first else self.initial


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Notes and controllers of one instrument.

    Attributes
    ----------
    program : int in [0, 127]
    is_drum : bool
    onsets_sec, key_ups_sec, ends_sec : np.ndarray [shape=(n,)]
        Ascending onsets; when the key is let go; when the sound is, which the pedal may delay.
    pitches, velocities : np.ndarray [shape=(n,)]
        0-127 and 1-127.
    controls : dict of int to Track
        Values 0-127 of the controllers in `CONTROL_DEFAULTS`.
    bend_cents : Track
    """

    program: int
    is_drum: bool
    onsets_sec: Reals
    key_ups_sec: Reals
    ends_sec: Reals
    pitches: NDArray[np.int64]
    velocities: NDArray[np.int64]
    controls: dict[int, Track]
    bend_cents: Track


def parts_of(pm: PrettyMIDI) -> list[Part]:
    """Put the instruments of `pm` that have notes in order.

    Raises
    ------
    InputError
        If there are no notes, too many, or some with impossible pitches or times.
    """
    n_notes = sum(len(instrument.notes) for instrument in pm.instruments)
    if n_notes > limits.MAX_MIDI_NOTES:
        raise InputError(f"The piece has {n_notes:,} notes; {limits.MAX_MIDI_NOTES:,} can be played.")
    parts = [part for instrument in pm.instruments if (part := _part(instrument)) is not None]
    if not parts:
        raise InputError("There are no notes to play. Add at least one note.")
    end_sec = max(float(part.ends_sec.max()) for part in parts)
    if end_sec > limits.MAX_RENDER_SEC:
        raise InputError(
            f"The piece lasts {end_sec / 60:.0f} minutes; "
            f"up to {limits.MAX_RENDER_SEC / 60:.0f} minutes can be played. Choose a shorter one."
        )
    if sum(float((part.ends_sec - part.onsets_sec).sum()) for part in parts) > MAX_NOTE_SECONDS:
        raise InputError("The piece holds too many notes at once to be played. Choose a thinner one.")
    return parts


def _part(instrument: Instrument) -> Part | None:
    """None for an instrument without audible notes."""
    try:
        rows = np.array(
            [(note.start, note.end, note.pitch, note.velocity) for note in instrument.notes if note.velocity],
            dtype=np.float64,
        ).reshape(-1, 4)
        program = int(instrument.program)
    except (TypeError, ValueError) as error:
        raise InputError("Notes need numbers for their times, pitches and velocities.") from error
    in_range = (rows[:, 0] >= 0.0) & (rows[:, 2:] >= 0.0).all(axis=1) & (rows[:, 2:] <= 127.0).all(axis=1)
    if not (np.isfinite(rows).all() and in_range.all() and 0 <= program <= 127):
        raise InputError(
            "Notes need times from 0 on and pitches, velocities and programs from 0 to 127; these have others."
        )
    if not len(rows):
        return None
    onsets_sec, key_ups_sec, pitches, velocities = _cut_overlaps(rows).T
    controls = {number: _controller(instrument, number) for number in CONTROL_DEFAULTS}
    pedal = _lift_pedal(controls[PEDAL], float(key_ups_sec.max()))
    bends = [(bend.time, bend.pitch * _BEND_RANGE_CENTS / 8_192.0) for bend in instrument.pitch_bends]
    return Part(
        program=program,
        is_drum=bool(instrument.is_drum),
        onsets_sec=onsets_sec,
        key_ups_sec=key_ups_sec,
        ends_sec=_hold_by_pedal(key_ups_sec, pedal),
        pitches=pitches.astype(np.int64),
        velocities=np.maximum(velocities.astype(np.int64), 1),
        controls={**controls, PEDAL: pedal},
        bend_cents=_track(bends, 0.0, (-_BEND_RANGE_CENTS, _BEND_RANGE_CENTS)),
    )


def _cut_overlaps(rows: Reals) -> Reals:
    """Cut overlapping notes of one key; of simultaneous ones the loudest stays.

    Parameters
    ----------
    rows : np.ndarray [shape=(n, 4)]
        Start, end, pitch, velocity.
    """
    rows = rows[np.lexsort((rows[:, 3], rows[:, 0], rows[:, 2]))]
    following = np.append(rows[1:, 0], np.inf)
    following[np.append(rows[1:, 2] != rows[:-1, 2], True)] = np.inf
    rows[:, 1] = np.minimum(np.maximum(rows[:, 1], rows[:, 0] + _SAME_ONSET_SEC), following)
    rows = rows[following - rows[:, 0] >= _SAME_ONSET_SEC]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _controller(instrument: Instrument, number: int) -> Track:
    changes = [
        (change.time, change.value) for change in instrument.control_changes if change.number == number
    ]
    return _track(changes, CONTROL_DEFAULTS[number], (0.0, 127.0))


def _track(changes: list[tuple[float, float]], initial: float, bounds: tuple[float, float]) -> Track:
    table = np.array(changes, dtype=np.float64).reshape(-1, 2)
    table = table[np.isfinite(table).all(axis=1)]
    table = table[np.argsort(table[:, 0], kind="stable")]
    return Track(np.maximum(table[:, 0], 0.0), np.clip(table[:, 1], *bounds), float(initial))


def _lift_pedal(pedal: Track, end_sec: float) -> Track:
    """The pedal track with the pedal up at the latest when the last key is, if it is never lifted after that."""
    if not pedal.values.size or pedal.values[-1] < 64:
        return pedal
    times_sec = np.append(pedal.times_sec, max(end_sec, float(pedal.times_sec[-1])))
    return Track(times_sec, np.append(pedal.values, 0.0), pedal.initial)


def _hold_by_pedal(key_ups_sec: Reals, pedal: Track) -> Reals:
    """Ends of notes whose keys go up while the pedal is down: the moment at which it goes up."""
    lifts_sec = pedal.times_sec[pedal.values < 64]
    if not lifts_sec.size or not (pedal.values >= 64).any():
        return key_ups_sec
    following = np.searchsorted(lifts_sec, key_ups_sec, side="left")
    lifted_sec = np.append(lifts_sec, np.inf)[following]
    ends: Reals = np.where(
        pedal.at(key_ups_sec) >= 64, np.minimum(lifted_sec, pedal.times_sec[-1]), key_ups_sec
    )
    return np.maximum(ends, key_ups_sec)
