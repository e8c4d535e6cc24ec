"""How sure a mean over pieces is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_DRAWS = 2000


def bootstrap(per_piece: Sequence[NDArray[Any]], seed: int = 0, n_draws: int = N_DRAWS) -> list[float]:
    """95 % interval of the mean over all values, by drawing pieces with replacement (Efron 1979).

    Parameters
    ----------
    per_piece : sequence of ndarray
        The values of each piece.
    seed, n_draws : int

    Returns
    -------
    list of float
        Low and high, four decimals.
    """
    sums = np.array([np.sum(values) for values in per_piece], dtype=np.float64)
    counts = np.array([len(values) for values in per_piece])
    drawn = np.random.default_rng(seed).integers(0, len(sums), size=(n_draws, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return [round(float(value), 4) for value in np.percentile(means, [2.5, 97.5])]
