"""Bootstrap confidence intervals: of means over groups, of any statistic of resampled rows, of a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from core.arrays import IntArray

N_DRAWS = 2000
N_SLOW_DRAWS = 500  # of statistics that take a while
BATCH = 200  # draws held in memory at once


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
    sums, counts = (_make_two([of(values) for values in groups]) for of in (np.sum, len))

    def mean(sums: NDArray[Any], counts: NDArray[Any], axis: int = -1) -> Any:
        return sums.sum(axis=axis) / counts.sum(axis=axis)

    return _resample((sums, counts), mean, n_draws, seed=seed, digits=digits, paired=True, batch=BATCH)


def bootstrap_statistic(
    statistic: Callable[[IntArray], float], groups: int | Sequence[IntArray], n_draws: int = N_SLOW_DRAWS
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
    rows = [np.array([row]) for row in range(groups)] if isinstance(groups, int) else groups
    drawn = _make_two(np.arange(len(rows)))

    def measure(chosen: IntArray) -> float:
        return statistic(np.concatenate([rows[i] for i in chosen]))

    return _resample((drawn,), measure, n_draws, vectorized=False)


def bootstrap_totals(
    statistic: Callable[..., NDArray[Any]], *totals: NDArray[Any], n_draws: int = N_DRAWS
) -> list[float]:
    """95 % interval of a statistic of sums over groups, such as shares of right answers, by drawing groups with replacement.

    Parameters
    ----------
    statistic : callable
        Takes the sums over the groups of each draw, (n_draws, ...) for each of `totals`, and gives a number a draw.
    *totals : ndarray, shape=(n_groups, ...)
    n_draws : int

    Examples
    --------
    >>> right, asked = np.array([3.0, 3.0, 3.0]), np.array([4.0, 4.0, 4.0])
    >>> bootstrap_totals(lambda right, asked: right / asked, right, asked)
    [0.75, 0.75]
    """
    n = len(totals[0])
    times = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=n_draws).astype(np.float64)
    values = statistic(*(np.tensordot(times, total, axes=1) for total in totals))
    return [round(float(bound), 4) for bound in np.percentile(values, [2.5, 97.5])]


def bootstrap_difference(first: ArrayLike, second: ArrayLike, n_draws: int = N_DRAWS) -> list[float]:
    """95 % interval of the difference of two means, each sample drawn for itself with replacement."""

    def difference(first: NDArray[Any], second: NDArray[Any], axis: int = -1) -> Any:
        return first.mean(axis=axis) - second.mean(axis=axis)

    return _resample((_make_two(first), _make_two(second)), difference, n_draws)


def _make_two(values: ArrayLike) -> NDArray[Any]:
    """One value twice: scipy draws from two or more."""
    array = np.asarray(values)
    return np.resize(array, max(2, len(array)))


def _resample(
    data: Sequence[NDArray[Any]],
    statistic: Callable[..., Any],
    n_draws: int,
    *,
    seed: int = 0,
    digits: int = 4,
    **options: Any,
) -> list[float]:
    rng = np.random.default_rng(seed)
    found = stats.bootstrap(data, statistic, n_resamples=n_draws, method="percentile", rng=rng, **options)
    return [round(float(bound), digits) for bound in found.confidence_interval]


def group_rows(keys: Sequence[str]) -> list[IntArray]:
    """The rows of each key, by the alphabet of the keys."""
    names = np.array(keys)
    return [np.flatnonzero(names == key) for key in sorted(set(keys))]


def group_values(values: ArrayLike, keys: Sequence[str]) -> list[NDArray[Any]]:
    """The values of each key, such as the clips of a track: what is alike is drawn together."""
    array = np.asarray(values)
    return [array[rows] for rows in group_rows(keys)]
