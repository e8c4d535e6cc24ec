"""Bootstrap confidence intervals: of means over groups, of any statistic of resampled rows, of a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arrays import FloatArray, IntArray

N_DRAWS = 2000
N_SLOW_DRAWS = 500  # of statistics that take a while
PERCENTILES = (2.5, 97.5)


def bootstrap(
    per_piece: Sequence[ArrayLike] | NDArray[Any], seed: int = 0, n_draws: int = N_DRAWS, *, digits: int = 4
) -> list[float]:
    """95 % interval of the mean over all values, by drawing pieces with replacement (Efron 1979).

    Parameters
    ----------
    per_piece : sequence of array_like
        The values of each piece, or one value each.
    seed, n_draws, digits : int

    Returns
    -------
    list of float
        Low and high, four decimals if not said otherwise.
    """
    groups = [np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in per_piece]
    sums, counts = np.array([values.sum() for values in groups]), np.array([len(values) for values in groups])
    drawn = np.random.default_rng(seed).integers(0, len(sums), size=(n_draws, len(sums)))
    return round_interval(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), digits)


def bootstrap_statistic(
    statistic: Callable[[IntArray], float],
    groups: int | Sequence[IntArray],
    n_draws: int = N_SLOW_DRAWS,
) -> list[float]:
    """95 % interval of any statistic, by drawing rows, or groups of rows, with replacement.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the rows that were drawn.
    groups : int or sequence of ndarray of int
        How many rows there are, or the rows of each group.
    n_draws : int
    """
    rng = np.random.default_rng(0)
    if isinstance(groups, int):
        drawn = list(rng.integers(0, groups, size=(n_draws, groups)))
    else:
        draws = (rng.integers(0, len(groups), len(groups)) for _ in range(n_draws))
        drawn = [np.concatenate([groups[i] for i in draw]) for draw in draws]
    return round_interval([statistic(rows) for rows in drawn])


def bootstrap_difference(first: ArrayLike, second: ArrayLike, n_draws: int = N_DRAWS) -> list[float]:
    """95 % interval of the difference of two means, each sample drawn for itself with replacement."""
    rng = np.random.default_rng(0)
    samples = [np.asarray(values, dtype=np.float64) for values in (first, second)]
    means = [x[rng.integers(0, len(x), (n_draws, len(x)))].mean(axis=1) for x in samples]
    return round_interval(means[0] - means[1])


def round_interval(draws: Sequence[float] | FloatArray, digits: int = 4) -> list[float]:
    """The middle 95 % of what was drawn: low and high."""
    return [round(float(value), digits) for value in np.percentile(draws, PERCENTILES)]


def group_rows(keys: Sequence[str]) -> list[IntArray]:
    """The rows of each key, by the alphabet of the keys."""
    names = np.array(keys)
    return [np.flatnonzero(names == key) for key in sorted(set(keys))]


def group_values(values: ArrayLike, keys: Sequence[str]) -> list[NDArray[Any]]:
    """The values of each key, such as the clips of a track: what is alike is drawn together."""
    array = np.asarray(values)
    return [array[rows] for rows in group_rows(keys)]
