"""Timeline of a sonification: onset and duration of each note in seconds, and ticks of the time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core import limits
from core.arrays import BoolArray, FloatArray
from core.errors import InputError
from core.sonify.row_selection import Rows
from core.sonify.settings import Settings

# Of the room until the next note, this much sounds, so that equal notes are heard as two.
ARTICULATION = 0.92
MIN_NOTE_SEC = 0.05
# With rhythm "time" a note before a long gap does not drone through it.
MAX_NOTE_STEPS = 4.0
MAX_TICKS = 2_000
# Days in a unit of the calendar.
_CALENDAR = {"year": 365.2425, "month": 30.44, "week": 7.0, "day": 1.0, "hour": 1 / 24}


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Onsets and durations of the points in seconds.

    Attributes
    ----------
    chosen : ndarray of bool, shape=(n_points,)
        Which points may sound; all of them except with sampling "steps".
    time : ndarray of float, shape=(n_points,)
        Place on the time axis of the data: the mean of the point's rows.
    onset_sec, room_sec : ndarray of float, shape=(n_points,)
        When the point sounds, and how long it may.
    step_sec : float
        Seconds from one note to the next where the rhythm is uniform.
    duration_sec : float
        From the first onset to the end of the last point.
    notes : tuple of str
    """

    chosen: BoolArray
    time: FloatArray
    onset_sec: FloatArray
    room_sec: FloatArray
    step_sec: float
    duration_sec: float
    notes: tuple[str, ...] = ()


def lay_out(time: FloatArray, chosen: BoolArray, settings: Settings, lead_in_sec: float) -> Timeline:
    """Compute the onset of every point and the time until the next.

    Parameters
    ----------
    time : ndarray of float, shape=(n_points,)
        Place on the time axis of the data, not falling.
    chosen : ndarray of bool, shape=(n_points,)
        The points that may sound.
    settings : Settings
    lead_in_sec : float
        Reference tones before the data.

    Raises
    ------
    InputError
        If the pace makes the whole longer than ``limits.MAX_DURATION_SEC``.
    """
    n_points = len(time)
    step = total_sec(n_points, settings) / n_points
    onset: FloatArray = step * np.arange(n_points, dtype=np.float64)
    notes = []
    if settings.rhythm == "time" and n_points > 1:
        # Quarters, because 1.7e308 - -1.7e308 is infinite; a power of two changes no other result.
        since, span = time / 4 - time[0] / 4, time[-1] / 4 - time[0] / 4
        if span > 0:
            onset = since / span * step * (n_points - 1)
        else:
            notes.append("All rows have the same time, so the notes are evenly spaced.")
    last_end = float(onset[-1]) + step
    longest = MAX_NOTE_STEPS * step if settings.rhythm == "time" else np.inf
    shortest = min(MIN_NOTE_SEC, step * ARTICULATION)
    return Timeline(
        chosen=chosen,
        time=time,
        onset_sec=onset + lead_in_sec,
        room_sec=hold_notes(onset, chosen, last_end, longest_sec=longest, shortest_sec=shortest),
        step_sec=step,
        duration_sec=last_end,
        notes=tuple(notes),
    )


def hold_notes(
    onset_sec: FloatArray, chosen: BoolArray, end_sec: float, *, longest_sec: float, shortest_sec: float
) -> FloatArray:
    """Duration of each selected point: nearly to the next one, but not through a long gap.

    Parameters
    ----------
    onset_sec : ndarray of float, shape=(n_points,)
        Not falling.
    chosen : ndarray of bool, shape=(n_points,)
        The others stay silent and get the shortest room.
    end_sec : float
        Where the last one ends.
    longest_sec, shortest_sec : float
        Of a note's distance to the next, and of its room.

    Returns
    -------
    ndarray of float, shape=(n_points,)
        Seconds.

    Examples
    --------
    >>> onset, chosen = np.array([0.0, 1.0, 2.0, 9.0]), np.array([True, False, True, True])
    >>> hold_notes(onset, chosen, 10.0, longest_sec=4.0, shortest_sec=0.05)
    array([1.84, 0.05, 3.68, 0.92])
    """
    room = np.full(len(onset_sec), shortest_sec)
    gaps = np.diff(onset_sec[chosen], append=end_sec)
    room[chosen] = np.maximum(np.minimum(gaps, longest_sec) * ARTICULATION, shortest_sec)
    return room


def total_sec(n_points: int, settings: Settings) -> float:
    """Total length, from the first onset to the end of the last point.

    Raises
    ------
    InputError
        If that is longer than ``limits.MAX_DURATION_SEC``.
    """
    if settings.pace == "duration":
        return settings.duration_sec
    if settings.pace == "tempo":
        total = 60.0 / settings.tempo_qpm * n_points
        noun, what = "notes", f"{n_points:,} notes at {settings.tempo_qpm:g} per minute"
    else:
        total = settings.bars * quarters_in_bar(settings.meter) * 60.0 / settings.beat_qpm
        noun, what = "bars", f"{settings.bars:,} bars at {settings.beat_qpm:g} BPM"
    if total > limits.MAX_DURATION_SEC:
        raise InputError(
            f"{what} last {total / 60:.0f} minutes; the limit is {limits.MAX_DURATION_SEC / 60:.0f}. "
            f"Choose fewer {noun} or a faster tempo."
        )
    return total


def sayable_tempo(tempo_qpm: float) -> float:
    """Nearest tempo whose quarter note is a whole number of microseconds.

    pretty_midi cuts the fraction off when it writes: a thousandth of a microsecond more keeps rounding errors
    from making that one microsecond less, which would move every note of the file.
    """
    return 60e6 / (max(1, min(16_000_000, round(60e6 / tempo_qpm))) + 1e-3)


def quarters_in_bar(meter: str) -> int:
    """Quarters in a bar of a meter that is counted in quarters."""
    return int(meter.partition("/")[0])


def tick_times(rows: Rows, settings: Settings, timeline: Timeline) -> FloatArray:
    """Times of the time-axis ticks, in seconds; see `find_ticks`."""
    return find_ticks(rows, settings, timeline)[0]


def find_ticks(rows: Rows, settings: Settings, timeline: Timeline) -> tuple[FloatArray, FloatArray]:
    """Ticks of the time axis: when they sound, and where they are.

    Units of the calendar need a column of dates; "unit" counts in the numbers of the time column and
    "row" in notes.

    Returns
    -------
    onset_sec, place : ndarray of float, shape=(n_ticks,)
        Seconds in the sound, and places on the time axis; dates as the file has written them.

    Raises
    ------
    InputError
        If the unit does not fit the time column, or more ticks than ``MAX_TICKS`` would sound.
    """
    unit, every = settings.tick_unit, settings.tick_every
    # Midnight is where the file has written it.
    ahead = 60.0 * rows.offsets[0][1] if rows.offsets else 0.0
    if unit == "row":
        step = max(1, round(every))
        return timeline.onset_sec[::step], timeline.time[::step] + ahead
    if (unit == "unit") == rows.is_date:
        have = "dates" if rows.is_date else "numbers"
        raise InputError(
            f"A time tick every {every:g} {unit} does not fit a time axis of {have}. "
            + ("Choose year, month, week, day or hour." if rows.is_date else "Choose “unit” or “row”.")
        )
    first, last = float(timeline.time[0]) + ahead, float(timeline.time[-1]) + ahead
    marks = _mark_numbers(first, last, every) if unit == "unit" else _mark_calendar(first, last, unit, every)
    if len(timeline.time) < 2 or not len(marks):
        return np.empty(0), np.empty(0)
    # Between two points the sound moves evenly through the time axis. Equal times would make the
    # interpolation ambiguous; the first note of such a run keeps the mark.
    axis, where = np.unique(timeline.time, return_index=True)
    return np.interp((marks - ahead) / 4, axis / 4, timeline.onset_sec[where]), marks


def _require_few(n_ticks: float) -> None:
    if not n_ticks <= MAX_TICKS:  # not a number where both ends are infinitely many ticks away
        shown = f"{n_ticks:,.0f}" if n_ticks < 1e9 else "more than a billion"
        raise InputError(
            f"That makes {shown} time ticks; the limit is {MAX_TICKS:,}. Choose a larger interval."
        )


def _mark_numbers(first: float, last: float, every: float) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        begin, end = np.float64(first) / every, np.float64(last) / every
        _require_few(end - begin)
    # Twice the distance between neighbors of 1e308 is more than any number: what is outside is cut.
    with np.errstate(over="ignore"):
        marks = np.arange(np.ceil(begin), np.floor(end) + 1) * every
    return marks[(marks >= first) & (marks <= last)]


def _mark_calendar(first: float, last: float, unit: str, every: float) -> FloatArray:
    """Beginnings of years, months, weeks, days or hours, as seconds since 1970, by numpy's calendar of whole numbers.

    Every ten years means 1960, 1970, …, whatever the first year of the data is; all others count from the first.
    """
    count = max(1, round(every))
    _require_few((last - first) / 86_400 / (_CALENDAR[unit] * count))
    if unit == "week":  # numpy's weeks begin on Thursday, and 5 January 1970 was a Monday
        monday = 4 + 7 * math.ceil((first // 86_400 - 4) / 7)
        marks = np.arange(monday, last // 86_400 + 1, 7 * count).astype("datetime64[D]")
    else:
        code = {"year": "Y", "month": "M", "day": "D", "hour": "h"}[unit]
        begin, end = (
            int(np.datetime64(math.floor(t), "s").astype(f"datetime64[{code}]").astype(np.int64))
            for t in (first, last)
        )
        if unit == "year":
            begin += -(begin + 1970) % count
        elif unit == "month" and np.datetime64(begin, "M").astype("datetime64[s]").astype(np.int64) < (
            first // 86_400 * 86_400
        ):
            begin += 1
        marks = np.arange(begin, end + 1, count).astype(f"datetime64[{code}]")
    seconds = marks.astype("datetime64[s]").astype(np.float64)
    return seconds[(seconds >= first) & (seconds <= last)]
