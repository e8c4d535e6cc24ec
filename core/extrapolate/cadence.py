"""Cadences: sections of a recording that can end an addition, and plans that lead to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.audio import Audio
from core.extrapolate.analysis import Analysis
from core.extrapolate.blockwise_features import estimate_key, index_key
from core.extrapolate.slice_search import JumpGraph
from core.extrapolate.spectrograms import HOP, SR, energy_around

# A recording that is so far below its usual level at its last moment has an ending of its own.
_ENDED_DB = 15.0
_OWN_ENDING_SEC = 4.0
_N_CANDIDATES = 6
# How much a place that sounds less like a cadence costs, in the units of a jump.
_FIT_WEIGHT = 2.0


@dataclass(frozen=True, kw_only=True)
class Closing:
    """A section of the recording that ends an addition.

    Attributes
    ----------
    start, arrival, stop : int
        Slices: the first, the one on which the last chord begins, and the one after the last.
    cost : float
        How little it sounds like an ending, from 0.
    is_own : bool
        Whether it is the recording's own ending, which needs no fade.
    key : (str, str) or None
        Tonic and mode of the last chord.
    """

    start: int
    arrival: int
    stop: int
    cost: float
    is_own: bool
    key: tuple[str, str] | None = None


def find_closings(audio: Audio, analysis: Analysis) -> list[Closing]:
    """Find sections that can end an addition: the recording's own ending, otherwise bars on the tonic.

    Parameters
    ----------
    audio : Audio
    analysis : Analysis
        Of the same.

    Returns
    -------
    list of Closing
        Empty for a texture without a beat, or where no key is found.
    """
    if not analysis.has_beat:
        return []
    if _has_ending(audio, analysis):
        start = int(np.searchsorted(analysis.bounds, analysis.bounds[-1] - _OWN_ENDING_SEC * analysis.sr))
        start = min(start, analysis.n - 1)
        return [Closing(start=start, arrival=analysis.n - 1, stop=analysis.n, cost=0.0, is_own=True)]
    key = estimate_key(analysis.harmony)
    return [] if key is None else _find_tonic_bars(analysis, key)


def _has_ending(audio: Audio, analysis: Analysis) -> bool:
    """Whether the recording dies away within a few beats instead of breaking off or fading out for long."""
    frames = np.rint(analysis.bounds / analysis.sr * SR / HOP).astype(int)
    levels = 10 * np.log10(energy_around(analysis.mel_db, frames)[0] + 1e-12)
    usual = float(np.median(levels))
    tail = np.atleast_2d(audio.y)[:, -round(0.1 * audio.sr) :]
    last_db = 10 * np.log10(float(np.mean(tail.astype(np.float64) ** 2)) + 1e-12)
    whole_db = 10 * np.log10(float(np.mean(np.square(audio.y, dtype=np.float64))) + 1e-12)
    n_before = max(1, round(6.0 / float(np.median(analysis.slice_sec))))
    loud_before = (
        float(levels[-n_before - 4 : -4].mean()) > usual - 6.0 if analysis.n > n_before + 4 else True
    )
    return last_db < whole_db - _ENDED_DB and loud_before


def _find_tonic_bars(analysis: Analysis, key: tuple[str, str]) -> list[Closing]:
    """Bars that begin on the tonic chord, best after a bar that leads to it."""
    a_bar = max(1, analysis.beats_a_bar)
    tonic = index_key(key)[1]
    third = 4 if key[1] == "major" else 3
    home = _chord(tonic, third)
    dominant = _chord(tonic + 7, 4)
    harmony = analysis.harmony / np.maximum(np.linalg.norm(analysis.harmony, axis=0), 1e-9)
    found = []
    for arrival in np.flatnonzero(analysis.bar_position == 0):
        start, stop = int(arrival) - a_bar, int(arrival) + a_bar
        if start < 0 or stop > analysis.n:
            continue
        rests = float((home @ harmony[:, arrival:stop]).mean())
        leads = float(dominant @ harmony[:, arrival - 1])
        found.append(
            Closing(
                start=start,
                arrival=int(arrival),
                stop=stop,
                cost=_FIT_WEIGHT * (1.5 - rests - 0.5 * leads),
                is_own=False,
                key=key,
            )
        )
    return sorted(found, key=lambda closing: closing.cost)[:_N_CANDIDATES]


def _chord(root: int, third: int) -> FloatArray:
    chord = np.zeros(12)
    chord[[root % 12, (root + third) % 12, (root + 7) % 12]] = 1 / np.sqrt(3)
    return chord


def close_walk(
    walk: list[int],
    graph: JumpGraph,
    closings: Sequence[Closing],
    lengths: FloatArray,
    seconds: float,
) -> tuple[list[int], Closing | None]:
    """End a plan with the cadence that joins best, within a maximum length.

    Parameters
    ----------
    walk : list of int
        Slices in the order in which they sound.
    graph : JumpGraph
    closings : sequence of Closing
        Nothing is changed without one.
    lengths : ndarray, shape=(n,)
        Of each slice, in seconds.
    seconds : float

    Returns
    -------
    list of int
        The first slices of the plan and those of the cadence, at most a bar or two shorter than ``seconds``.
    Closing or None
        None where the addition is too short for any of them.
    """
    ends = np.cumsum(lengths[walk])
    best: tuple[float, int, Closing] | None = None
    for closing in closings:
        room = seconds - float(lengths[closing.start : closing.stop].sum())
        n = int(np.searchsorted(ends, room + 1e-6))
        # A few beats earlier, so that bar meets bar.
        for kept in range(max(2, n - 4), n + 1):
            bound = walk[kept - 1] + 1 if kept <= len(walk) and kept else None
            if bound is None or not room > 0:
                continue
            jump = 0.0 if bound == closing.start else float(graph.cost[bound, closing.start])
            cost = jump + closing.cost + 0.05 * (n - kept)
            if np.isfinite(cost) and (best is None or cost < best[0]):
                best = cost, kept, closing
    if best is None:
        return walk, None
    _, kept, closing = best
    return [*walk[:kept], *range(closing.start, closing.stop)], closing
