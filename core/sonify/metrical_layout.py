"""Metrical layout: points placed on bars, beats and sixteenths of a steady meter, and its tempo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import limits
from core.arrays import BoolArray, FloatArray, IntArray
from core.sonify.settings import Settings
from core.sonify.timeline import ARTICULATION, Timeline, hold_notes, quarters_in_bar, sayable_tempo, total_sec

TICKS = 12  # in a quarter: sixteenths and triplets
SIXTEENTH = 3
USUAL_QPM = 104.0  # the tempo that is aimed at where seconds are given and bars are not
# Distances between even notes, in twelfths of a quarter: from a sextuplet's half to a sixteenth, then doubling.
_FAST = (1, 2, 3, 6, 12)
MAX_HELD_QUARTERS = 4.0
# Composed rhythm leaves this much of a bar's sixteenths free, so that there is something to choose.
COMPOSED_FILL = 0.6


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points placed in bars.

    Attributes
    ----------
    bar : int
        Twelfths of a quarter in a bar.
    n_bars : int
    tempo_qpm : float
        Quarters a minute; a quarter is a whole number of microseconds, as a MIDI file says it.
    onset : ndarray of int64, shape=(n_points,)
        Twelfths of a quarter from the first bar line, rising.
    """

    bar: int
    n_bars: int
    tempo_qpm: float
    onset: IntArray

    @property
    def tick_sec(self) -> float:
        """Seconds in a twelfth of a quarter."""
        return 60.0 / self.tempo_qpm / TICKS

    @property
    def bar_sec(self) -> float:
        """Seconds in a bar."""
        return self.bar * self.tick_sec


def most_notes(settings: Settings) -> int:
    """Maximum number of points in the requested length, one per sixteenth; more rows are aggregated.

    Only a length in bars is a bound: a length in seconds can hold any number of bars.
    """
    if settings.pace != "bars":
        return limits.MAX_NOTES
    return settings.bars * quarters_in_bar(settings.meter) * (TICKS // SIXTEENTH)


def lay_out_score(
    time: FloatArray, settings: Settings, compose_rhythm: Callable[[IntArray, int], IntArray] | None = None
) -> Score:
    """Place every point in the bars.

    Parameters
    ----------
    time : ndarray of float, shape=(n_points,)
        Place of each point on the time axis of the data, not falling.
    settings : Settings
        Rhythm "uniform" spaces the points evenly, "time" by the time axis to the nearest sixteenth, "composed"
        asks ``compose_rhythm``.
    compose_rhythm : callable, optional
        Takes how many points each bar holds and the twelfths in a bar, gives the onsets.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        If the length is beyond the limits.
    """
    n_points = len(time)
    quarters = quarters_in_bar(settings.meter)
    bar, seconds = quarters * TICKS, total_sec(n_points, settings)
    if settings.pace == "bars":
        n_bars, onset = settings.bars, None
    elif settings.rhythm == "uniform":
        n_bars, onset = _fit_even_bars(n_points, bar, seconds)
    else:
        n_bars, onset = max(1, round(seconds * USUAL_QPM / 60 / quarters)), None
        fill = COMPOSED_FILL if settings.rhythm == "composed" else 1.0
        n_bars = max(n_bars, -(-n_points // int(bar // SIXTEENTH * fill)))
    tempo = sayable_tempo(n_bars * quarters * 60 / seconds)
    if onset is None:
        if settings.rhythm == "composed" and compose_rhythm is not None:
            shares = np.diff(np.arange(n_bars + 1) * n_points // n_bars)  # points a bar, as equal as can be
            onset = compose_rhythm(shares.astype(np.int64), bar)
        elif settings.rhythm == "time" and np.ptp(time) > 0:
            onset = _snap_to_sixteenths(time, n_bars * bar)
        else:
            onset = _spread(n_points, n_bars * bar)
    return Score(bar=bar, n_bars=n_bars, tempo_qpm=tempo, onset=onset)


def _fit_even_bars(n_points: int, bar: int, seconds: float) -> tuple[int, IntArray]:
    """Even spacing whose tempo is nearest to a usual one, and the number of bars."""
    # A note a bar and longer: every 1, 2, 4 … bars; between, halves of a bar where a bar has them.
    half = [bar // 2] if bar % 24 == 0 else []
    distance = np.array([*_FAST, *half, *(bar * 2**k for k in range(10))])
    n_bars = -(-n_points * distance // bar)
    tempo = n_bars * bar / TICKS * 60 / seconds
    # Faster than sixteenths is taken only where the tempo would leave all measure otherwise.
    best = int(np.argmin(np.abs(np.log(tempo / USUAL_QPM)) + (distance < SIXTEENTH)))
    return int(n_bars[best]), np.arange(n_points, dtype=np.int64) * distance[best]


def _spread(n_points: int, length: int) -> IntArray:
    """Spread points over a length, on sixteenths if they fit, otherwise on twelfths of a quarter."""
    grid = SIXTEENTH if n_points <= length // SIXTEENTH else 1
    slots: IntArray = (np.arange(n_points, dtype=np.int64) * (length // grid)) // n_points
    return slots * grid


def _snap_to_sixteenths(time: FloatArray, length: int) -> IntArray:
    """Snap points to the nearest sixteenths; on collisions the later ones move on."""
    n_slots = length // SIXTEENTH
    wanted = np.round((time - time[0]) / np.ptp(time) * (n_slots - 1)).astype(np.int64)
    rank = np.arange(len(time))
    # Rising strictly: subtracting the rank turns that into "not falling", which a running maximum gives.
    slots = np.maximum.accumulate(wanted - rank) + rank
    latest = n_slots - len(time) + rank
    return np.minimum(slots, latest) * SIXTEENTH


def in_seconds(score: Score, time: FloatArray, chosen: BoolArray, lead_in_sec: float) -> Timeline:
    """The timeline of a score.

    Parameters
    ----------
    score : Score
    time : ndarray of float, shape=(n_points,)
    chosen : ndarray of bool, shape=(n_points,)
        The points that may sound.
    lead_in_sec : float
        Reference tones before the first bar.
    """
    onset: FloatArray = score.onset.astype(np.float64) * score.tick_sec
    end = score.n_bars * score.bar_sec
    longest, shortest = MAX_HELD_QUARTERS * TICKS * score.tick_sec, score.tick_sec * ARTICULATION
    return Timeline(
        chosen=chosen,
        time=time,
        onset_sec=onset + lead_in_sec,
        room_sec=hold_notes(onset, chosen, end, longest_sec=longest, shortest_sec=shortest),
        step_sec=end / len(onset),
        duration_sec=end,
    )
