"""Trend quiz: questions, shapes and the score's confidence interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from core.arrays import FloatArray

SHAPES = ("rising", "falling", "peak", "valley", "flat")
N_POINTS = 24


@dataclass(frozen=True, kw_only=True)
class Question:
    """A series and the shape that it was drawn from."""

    shape: str
    values: FloatArray  # shape=(24,)


def question(seed: int, place: int) -> Question:
    """Draw a random quiz question.

    Parameters
    ----------
    seed : int
        Names a round of questions; the same seed asks the same ones.
    place : int
        Number of the question in its round, from 0.

    Returns
    -------
    Question
        The shape's height is 1, the noise on it has a standard deviation of 0.12. A flat series is noise
        around 0.5.
    """
    rng = np.random.default_rng([seed, place])
    shape = SHAPES[int(rng.integers(len(SHAPES)))]
    t = np.linspace(0, 1, N_POINTS)
    turn = float(rng.uniform(0.35, 0.65))
    tent = np.where(t < turn, t / turn, (1 - t) / (1 - turn))
    line = {"rising": t, "falling": 1 - t, "peak": tent, "valley": 1 - tent, "flat": np.full(N_POINTS, 0.5)}[
        shape
    ]
    return Question(shape=shape, values=line + rng.normal(0, 0.12, N_POINTS))


def wilson_interval(n_right: int, n_asked: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), which stays within [0, 1] for few answers.

    Parameters
    ----------
    n_right, n_asked : int
        ``n_asked`` at least 1.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(5, 5)]
    [0.566, 1.0]
    """
    # In closed form: the page's process would import SciPy for this alone.
    share, z = n_right / n_asked, NormalDist().inv_cdf(0.975)
    middle = share + z**2 / (2 * n_asked)
    half = z * math.sqrt(share * (1 - share) / n_asked + (z / (2 * n_asked)) ** 2)
    scale = 1 + z**2 / n_asked
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
