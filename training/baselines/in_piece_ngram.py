"""In-piece n-gram: each symbol predicted from counts of the piece's own past alone; nothing is learnt from other pieces.

Witten-Bell interpolation (1991) over contexts of up to eight symbols, down to the uniform distribution, as in
`core.nn.ngram`, whose counts are of a training set. A piece that repeats itself is predicted well by this; what a
trained network adds is the difference.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import ArrayLike

from core.arrays import FloatArray

LONGEST_CONTEXT = 8  # symbols


def predict_in_piece(symbols: ArrayLike, n_symbols: int, longest: int = LONGEST_CONTEXT) -> FloatArray:
    """Cost of every symbol of a piece, and whether the likeliest one was right.

    Parameters
    ----------
    symbols : array_like of int, shape=(n,)
        From 0 to ``n_symbols - 1``.
    n_symbols : int
        Different symbols that there can be.
    longest : int
        Symbols of the longest context; 0 for their frequencies alone.

    Returns
    -------
    ndarray of float64, shape=(2, n)
        Nats; and 1 where the likeliest symbol (of several the lowest) is the next.

    Raises
    ------
    ValueError
        If a symbol is out of range.

    Examples
    --------
    >>> nats, right = predict_in_piece([0, 1, 2, 0, 1, 2, 0, 1], n_symbols=3)
    >>> nats.round(2).tolist()
    [1.1, 1.79, 1.79, 1.1, 0.44, 0.21, 0.09, 0.03]
    >>> right.tolist()
    [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    row = np.asarray(symbols, dtype=np.int64).tolist()
    if row and not 0 <= min(row) <= max(row) < n_symbols:
        raise ValueError(f"Symbols range from 0 to {n_symbols - 1}, not {min(row)} to {max(row)}.")
    counts: defaultdict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
    nats, right = np.empty(len(row)), np.empty(len(row))
    for i, symbol in enumerate(row):
        contexts = [tuple(row[i - k : i]) for k in range(min(longest, i) + 1)]
        p = np.full(n_symbols, 1.0 / n_symbols)
        for context in contexts:
            if context not in counts:
                break  # nor was any longer one seen
            seen = counts[context]
            p *= len(seen)
            p[list(seen)] += list(seen.values())
            p /= sum(seen.values()) + len(seen)
        nats[i], right[i] = -np.log(p[symbol]), p.argmax() == symbol
        for context in contexts:
            counts[context][symbol] = counts[context].get(symbol, 0) + 1
    return np.stack([nats, right])
