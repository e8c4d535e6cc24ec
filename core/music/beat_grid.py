"""Beat tracking and rhythm quantization of played notes: the beats that fit the onsets, and a place in a beat for each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.tune import TICKS

# What is struck within so much is one chord for the beat tracker (Goebl 2001).
CHORD_SEC = 0.03
# Beats that are tracked: half an octave and more around the expected tempo, on frames of so many seconds.
_REACH_OCTAVES = 0.7
_FRAME_SEC, _COARSE_FRAME_SEC, _LONG_SEC = 0.01, 0.02, 150.0
# Spread of played onsets around the written ones.
_PLAYED_SEC, _EXACT_SEC = 0.026, 0.004
# Costs in units of a squared standard deviation, halved. Found on pieces of Mutopia played with made-up rubato.
_TEMPO_CHANGE = 60.0  # an octave between neighboring beats, squared
_TEMPO_PRIOR = 0.6  # an octave from the expected tempo, squared, a second
_ACCENT = 2.2  # a beat on which nothing begins; one with more weight than usual gains as much
_MOST_ACCENT = 3.0
# A beat on which nothing begins while a note sounds on that began less than this part of a beat before: it will be tied.
_TIED, _TIED_WITHIN = 1.5, 0.42
_BEGINS_WITH_A_BAR = 1.4  # as most pieces do
_MERGED, _LOST = 3.0, 20.0  # onsets that fall on one place; with the same key struck twice
#: Parts of a beat and what a reader pays for them.
DIVISIONS = {1: 0.0, 2: 0.5, 4: 1.3, 3: 2.2, 8: 5.5, 6: 6.0}
_EXACT_DIVISIONS = {**DIVISIONS, 5: 6.0, 16: 8.0, 12: 9.0}


@dataclass(frozen=True, kw_only=True)
class BeatGrid:
    """Times of the beats of a performance.

    Attributes
    ----------
    beat_sec : ndarray of float64, shape=(n,)
        Ascending, at least two; before the first and behind the last the tempo goes on.
    beat_tick : int
        Length of a beat in ticks of a quarter / 480.
    exact : bool
        Whether the notes were set by a program: what lies between two places was meant to lie there.
    """

    beat_sec: FloatArray
    beat_tick: int = TICKS
    exact: bool = False

    @classmethod
    def steady(
        cls,
        *,
        tempo_qpm: float,
        first_sec: float,
        end_sec: float,
        beat_tick: int = TICKS,
        exact: bool = False,
    ) -> BeatGrid:
        """Beats of one tempo, in quarters a minute, until past an end."""
        period = 60.0 / tempo_qpm * beat_tick / TICKS
        n = max(2, int(np.ceil((end_sec - first_sec) / period)) + 2)
        return cls(
            beat_sec=first_sec + period * np.arange(n, dtype=np.float64), beat_tick=beat_tick, exact=exact
        )

    @property
    def _beat_place(self) -> FloatArray:
        return np.arange(len(self.beat_sec), dtype=np.float64) * self.beat_tick

    @property
    def tempo_qpm(self) -> float:
        """Quarters a minute: the median of the beats'."""
        return float(60.0 / np.median(np.diff(self.beat_sec)) * self.beat_tick / TICKS)

    def ticks_at(self, time_sec: FloatArray) -> FloatArray:
        """Places of times, in ticks from the first beat."""
        return _follow(time_sec, self.beat_sec, self._beat_place)

    def seconds_at(self, tick: FloatArray | IntArray) -> FloatArray:
        """Times of places."""
        places = np.asarray(tick, dtype=np.float64)
        return _follow(places, self._beat_place, self.beat_sec)


def _follow(x: FloatArray, known_x: FloatArray, known_y: FloatArray) -> FloatArray:
    """Interpolate, and go on at either end as steeply as there."""
    at = np.clip(np.searchsorted(known_x, x, side="right") - 1, 0, len(known_x) - 2)
    slope = (known_y[at + 1] - known_y[at]) / (known_x[at + 1] - known_x[at])
    return np.asarray(known_y[at] + slope * (x - known_x[at]), dtype=np.float64)


def note_accents(pitch: IntArray, duration_sec: FloatArray) -> FloatArray:
    """How much each note marks a beat: long and low ones more."""
    low = 1.0 + np.maximum(0.0, (72.0 - pitch) / 6.0)
    return np.asarray(low * np.sqrt(np.clip(duration_sec, 0.05, 2.0)), dtype=np.float64)


def track_beats(onset_sec: FloatArray, *, near_qpm: float, accent: FloatArray | None = None) -> BeatGrid:
    """Find the beats that played onsets fit best, at a tempo that may change.

    Parameters
    ----------
    onset_sec : ndarray of float64, shape=(n,)
        Ascending, at least one.
    near_qpm : float
        Expected quarters a minute.
    accent : ndarray of float64, shape=(n,), optional
        As of :func:`note_accents`; the same for all if not given.

    Returns
    -------
    BeatGrid

    Notes
    -----
    Dynamic programming over frames and beat periods (as the bar pointer model of Whiteley, Cemgil and Godsill 2006,
    solved as Ellis 2007 does). A beat costs the squared distance of its onsets from the best of :data:`DIVISIONS`,
    the price of that division, and the change of tempo; it gains by the accents of what begins with it.

    Examples
    --------
    >>> slowing = np.cumsum([0.5, 0.5, 0.25, 0.25, 0.52, 0.54, 0.27, 0.28, 0.56, 0.58])
    >>> track_beats(slowing, near_qpm=110).beat_sec[:6].round(2).tolist()
    [0.5, 1.0, 1.5, 2.02, 2.56, 3.11]
    """
    onsets, weights, accents = _gather(onset_sec, np.ones(len(onset_sec)) if accent is None else accent)
    length_sec = float(onsets[-1] - onsets[0])
    frame = _FRAME_SEC if length_sec < _LONG_SEC else _COARSE_FRAME_SEC
    expected = 60.0 / near_qpm
    shortest, longest = (expected * 2.0 ** (sign * _REACH_OCTAVES) / frame for sign in (-1, 1))
    periods = np.unique(np.round(np.geomspace(shortest, longest, 48)).astype(np.int64))
    lead = int(periods[-1])  # frames before the first onset
    n_frames = int(np.ceil(length_sec / frame)) + 2 * lead + 2
    begin_sec = float(onsets[0]) - lead * frame
    period_sec = np.asarray(periods * frame, dtype=np.float64)
    frame_sec = begin_sec + frame * np.arange(n_frames, dtype=np.float64)
    cost = _beat_costs(onsets, weights, accents, frame_sec, period_sec)
    cost += _TEMPO_PRIOR * period_sec * np.log2(period_sec / expected) ** 2
    frames = _cheapest_beats(cost, periods, first=lead, last=lead + round(length_sec / frame))
    beats = begin_sec + frame * np.asarray(frames, dtype=np.float64)
    # Where something is struck on the beat, the beat is there.
    nearest = onsets[np.abs(onsets[None] - beats[:, None]).argmin(axis=1)]
    beats = np.where(np.abs(nearest - beats) <= 1.5 * frame, nearest, beats)
    return BeatGrid(beat_sec=beats)


def _gather(onset_sec: FloatArray, accent: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Onsets of chords, how much a miss of each weighs, and how it accents a beat: 1 as usual."""
    begins = [0]
    for i in range(1, len(onset_sec)):
        if onset_sec[i] - onset_sec[begins[-1]] >= CHORD_SEC:
            begins.append(i)
    sizes = np.diff([*begins, len(onset_sec)])
    accents = np.maximum.reduceat(accent, begins)
    accents = np.minimum(accents / accents.mean(), _MOST_ACCENT)
    return onset_sec[begins], np.sqrt(sizes.astype(np.float64)), accents


def _beat_costs(
    onsets: FloatArray,
    weights: FloatArray,
    accents: FloatArray,
    frame_sec: FloatArray,
    period_sec: FloatArray,
) -> FloatArray:
    """What a beat costs that begins in a frame and has a period, shape=(frames, periods)."""
    costs = np.zeros((len(frame_sec), len(period_sec)))
    first = np.searchsorted(onsets, frame_sec)
    left, right = np.clip(first - 1, 0, None), np.clip(first, None, len(onsets) - 1)
    nearest = np.where(frame_sec - onsets[left] <= onsets[right] - frame_sec, left, right)
    away = np.abs(frame_sec - onsets[nearest])
    struck = np.maximum(0.0, 1.0 - (away / (2 * _PLAYED_SEC)) ** 2)
    empty = _ACCENT * (1.0 - accents[nearest] * struck)
    since = np.where(first > 0, frame_sec - onsets[left], np.inf)
    divisions = np.array(list(DIVISIONS))
    for p, period in enumerate(period_sec):
        sums = np.zeros((len(frame_sec), len(divisions)))
        for at in range(len(onsets)):
            index = first + at
            inside = index < len(onsets)
            share = (onsets[np.minimum(index, len(onsets) - 1)] - frame_sec) / period
            inside &= share < 1.0
            if not inside.any():
                break
            parts = share[inside, None] * divisions
            miss_sec = (parts - np.rint(parts)) / divisions * period
            weight = weights[index[inside], None]
            sums[inside] += np.minimum(weight * 0.5 * (miss_sec / _PLAYED_SEC) ** 2, 8.0)
        costs[:, p] = (sums + np.array(list(DIVISIONS.values()))).min(axis=1) + empty
        costs[:, p] += _TIED * (1.0 - struck) * (since < _TIED_WITHIN * period)
    return costs


def _cheapest_beats(cost: FloatArray, periods: IntArray, *, first: int, last: int) -> list[int]:
    """Frames of the beats: the first at or before one frame, the last behind another."""
    n_frames, n_periods = cost.shape
    change = _TEMPO_CHANGE * np.log2(periods[:, None] / periods[None]) ** 2  # from, to
    total = np.full((n_frames, n_periods), np.inf)
    total[: first + 1] = np.where(
        np.arange(first + 1)[:, None] > first - periods[None], 0.0, np.inf
    )  # the first beat, at any tempo
    best_from = np.zeros((n_frames, n_periods), dtype=np.int64)
    columns = np.arange(n_periods)
    going_on = np.full((n_frames, n_periods), np.inf)
    for t in range(n_frames):
        earlier = t - periods
        possible = earlier >= 0
        reached = np.full(n_periods, np.inf)
        at = earlier[possible]
        reached[possible] = going_on[at, columns[possible]] + cost[at, columns[possible]]
        total[t] = np.minimum(total[t], reached) if t <= first else reached
        options = total[t][:, None] + change
        best_from[t] = options.argmin(axis=0)
        going_on[t] = options[best_from[t], columns]
    ends = np.arange(last + 1, n_frames)
    end, period = np.unravel_index(int(total[ends].argmin()), (len(ends), n_periods))
    t, p = int(ends[end]), int(period)
    found = [t]
    while True:
        t -= int(periods[p])
        found.append(t)
        if t <= first:
            break
        p = int(best_from[t][p])
    return found[::-1]


def place_onsets(onset_sec: FloatArray, pitch: IntArray, grid: BeatGrid) -> IntArray:
    """Give each onset its place in the beats.

    Parameters
    ----------
    onset_sec : ndarray of float64, shape=(n,)
        Ascending.
    pitch : ndarray of int64, shape=(n,)
        A key that is struck twice does not fall on one place if that can be avoided.
    grid : BeatGrid

    Returns
    -------
    ndarray of int64, shape=(n,)
        Ticks from the first beat; in each beat, the places of one division.

    Examples
    --------
    >>> grid = BeatGrid.steady(tempo_qpm=60, first_sec=0, end_sec=3)
    >>> place_onsets(np.array([0.02, 0.31, 0.68, 1.0, 1.49, 2.02]), np.arange(60, 66), grid).tolist()
    [0, 160, 320, 480, 720, 960]
    """
    places = grid.ticks_at(onset_sec) / grid.beat_tick
    divisions = _EXACT_DIVISIONS if grid.exact else DIVISIONS
    periods = np.diff(grid.beat_sec, append=2 * grid.beat_sec[-1] - grid.beat_sec[-2])
    found = np.zeros(len(places), dtype=np.int64)
    beats = np.floor(places + 1e-9).astype(np.int64)
    edges = [*np.flatnonzero(np.diff(beats, prepend=beats[:1] - 1)).tolist(), len(beats)]
    for begin, end in pairwise(edges):
        beat = int(beats[begin])
        period = float(periods[min(max(beat, 0), len(periods) - 1)])
        share = np.clip(places[begin:end] - beat, 0.0, 1.0)
        spread = (_EXACT_SEC if grid.exact else _PLAYED_SEC) / period
        parts = min(
            divisions,
            key=lambda n: divisions[n] + _misfit(share, pitch[begin:end], onset_sec[begin:end], n, spread),
        )
        found[begin:end] = (
            grid.beat_tick * beat + np.rint(share * parts).astype(np.int64) * grid.beat_tick // parts
        )
    return found


def _misfit(share: FloatArray, pitch: IntArray, onset_sec: FloatArray, parts: int, spread: float) -> float:
    """What it costs to set the onsets of a beat on so many parts of it."""
    at = np.rint(share * parts)
    cost = float((0.5 * ((share - at / parts) / spread) ** 2).sum())
    _, first = np.unique(np.round(at), return_index=True)
    apart = np.diff(onset_sec, prepend=onset_sec[:1]) >= CHORD_SEC
    apart[first] = False
    cost += _MERGED * float(apart.sum())
    n_kept = len(set(zip(at.tolist(), pitch.tolist(), strict=True)))
    return cost + _LOST * (len(at) - n_kept)


def choose_first_bar(
    onset: IntArray, pitch: IntArray, length: FloatArray, *, beat_tick: int, bar_tick: int
) -> int:
    """Find on which beat the bars begin, by where low and long notes do.

    Parameters
    ----------
    onset : ndarray of int64, shape=(n,)
        Ticks from the first beat.
    pitch : ndarray of int64, shape=(n,)
    length : ndarray of float64, shape=(n,)
        Ticks, as played.
    beat_tick, bar_tick : int

    Returns
    -------
    int
        Ticks from the first beat to the first bar line, less than a bar.
    """
    n_beats = bar_tick // beat_tick
    on_beat = onset % beat_tick == 0
    accents = note_accents(pitch, length / TICKS)[on_beat]
    weight = np.bincount(onset[on_beat] // beat_tick % n_beats, weights=accents, minlength=n_beats)
    weight[int(onset.min()) // beat_tick % n_beats] *= _BEGINS_WITH_A_BAR
    return int(weight.argmax()) * beat_tick
