"""Mapping accuracy of a sonification: audible moves and their direction, rank correlations, levels of data and pitch.

A move is a change in value from one note to the next of the same voice. It is audible where the pitch changes by at least
:data:`AUDIBLE_SEMITONES`; all others sound flat, and how well the audible ones go the right way says nothing about those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.arrays import BoolArray, FloatArray

# A quarter of a semitone, 25 cents: twice and more what untrained listeners tell apart between two notes in a melody's range.
# Every scale but the continuous one has steps of a semitone or more.
AUDIBLE_SEMITONES = 0.25
# Where fewer moves than this are audible, the page says so in words and what to do.
ENOUGH_AUDIBLE = 0.75


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """Accuracy figures of one voice; ``None`` where a figure is undefined, as for a constant column."""

    spearman: float | None  # between value and pitch; -1 is perfect where lower is higher
    kendall: float | None  # tau-b
    moves_audible: float | None  # of all changes in the data, the share that is audible as a change in pitch
    moves_right: float | None  # of those that are audible, the share the right way
    moves_flat: float | None  # of all changes in the data, the share that is not audible
    moves_followed: float | None  # of all changes in the data, the share that the pitch answers the right way
    sounding: float  # share of points with a number that sound
    n_points: int  # points with a number
    n_gaps: int
    data_levels: int  # different numbers
    pitch_levels: int  # different pitches
    notes_per_sec: float


def measure(
    values: FloatArray, pitch: FloatArray, sounds: BoolArray, *, polarity: str, duration_sec: float
) -> Fidelity:
    """Measure a voice.

    Parameters
    ----------
    values : ndarray of float, shape=(n_points,)
        The numbers that were mapped, NaN at gaps.
    pitch : ndarray of float, shape=(n_points,)
        MIDI note numbers, NaN where nothing sounds.
    sounds : ndarray of bool, shape=(n_points,)
    polarity : {"up", "down"}
        With "down" the right way for a rising value is a falling pitch.
    duration_sec : float
        From the first onset to the end of the last note.

    Returns
    -------
    Fidelity
    """
    present = ~np.isnan(values)
    heard = present & sounds
    v, p = values[heard], pitch[heard]
    rho = rank_correlation(v, p)
    tau = None if rho is None else kendall_tau(v, p)
    step_v = _directions(v)
    step_p = _directions(p, AUDIBLE_SEMITONES) * (1 if polarity == "up" else -1)
    moves = step_v != 0
    n_moves, n_heard = int(moves.sum()), int((moves & (step_p != 0)).sum())
    return Fidelity(
        spearman=rho,
        kendall=tau,
        moves_audible=n_heard / n_moves if n_moves else None,
        moves_right=float((step_p == step_v)[moves].sum() / n_heard) if n_heard else None,
        moves_flat=float((step_p == 0)[moves].mean()) if n_moves else None,
        moves_followed=float((step_p == step_v)[moves].mean()) if n_moves else None,
        sounding=float(heard.sum() / max(1, present.sum())),
        n_points=int(present.sum()),
        n_gaps=int((~present).sum()),
        data_levels=len(np.unique(v)),
        pitch_levels=len(np.unique(p)),
        notes_per_sec=float(heard.sum() / duration_sec),
    )


def _directions(series: FloatArray, least: float = 0.0) -> NDArray[np.int64]:
    """Direction of each step: rises (1), falls (-1) or stays (0), where steps below ``least`` count as 0.

    Compared, not subtracted, where every step counts: differences of huge numbers overflow.
    """
    before, after = series[:-1], series[1:]
    if least:
        step = after - before
        return (step >= least).astype(np.int64) - (step <= -least)
    return (after > before).astype(np.int64) - (after < before)


def rank_correlation(a: FloatArray, b: FloatArray) -> float | None:
    """Spearman's rho over the places where both are numbers; None where one of them is constant.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 400.0]), np.array([60.0, 62.0, 71.0]))
    1.0
    """
    rho = float(pd.DataFrame({"a": a, "b": b}).corr("spearman", min_periods=2).to_numpy()[0, 1])
    return None if np.isnan(rho) else rho


def kendall_tau(values: FloatArray, pitch: FloatArray) -> float:
    """Kendall's tau-b (Kendall 1945), where neither of the two is constant.

    As `scipy.stats.kendalltau`, whose import takes a third of a second. Goes up the pitches, of which there are few, and
    counts below each of its points the points of lower pitches with a smaller and with a larger value.

    Examples
    --------
    >>> round(kendall_tau(np.array([1.0, 2.0, 4.0, 3.0]), np.array([60.0, 62.0, 62.0, 71.0])), 3)
    0.548
    """
    rank, level = (np.unique(x, return_inverse=True)[1] for x in (values, pitch))
    by_level = np.split(np.argsort(level, kind="stable"), np.cumsum(np.bincount(level))[:-1])
    lower = np.zeros(int(rank.max()) + 1, np.int64)  # points of lower pitches, by the rank of their value
    difference, n_lower = 0, 0
    for points in by_level:
        ranks, up_to = rank[points], np.cumsum(lower)
        smaller, larger = up_to[ranks] - lower[ranks], n_lower - up_to[ranks]
        difference += int(smaller.sum() - larger.sum())
        lower += np.bincount(ranks, minlength=len(lower))
        n_lower += len(points)
    n_pairs = n_lower * (n_lower - 1) // 2
    untied = [n_pairs - int((n * (n - 1) // 2).sum()) for n in (np.bincount(rank), np.bincount(level))]
    return difference / float(np.sqrt(float(untied[0]) * float(untied[1])))
