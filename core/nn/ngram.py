"""Witten-Bell n-gram model (1991): probability of a symbol given those before it, from counts.

Each order is mixed with the next shorter one, down to the uniform distribution, by the number of different symbols
that were seen after its context (Chen and Goodman 1999, section 2.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray


def list_grams(symbols: IntArray, order: int, before: int) -> IntArray:
    """Each symbol with the ones before it.

    Parameters
    ----------
    symbols : ndarray of int, shape=(n,)
    order : int
        Symbols in a gram, the last one included.
    before : int
        Stands before the first symbol.

    Returns
    -------
    ndarray of int64, shape=(n, order)

    Examples
    --------
    >>> list_grams(np.array([4, 5, 6]), order=3, before=0).tolist()
    [[0, 0, 4], [0, 4, 5], [4, 5, 6]]
    """
    padded = np.concatenate([np.full(order - 1, before, dtype=np.int64), symbols])
    found: IntArray = padded[np.arange(len(symbols))[:, None] + np.arange(order)].astype(np.int64)
    return found


@dataclass(frozen=True)
class _Order:
    """Counts of the grams of one length, each gram and context as one number, ascending."""

    grams: IntArray
    counts: FloatArray
    contexts: IntArray
    totals: FloatArray
    kinds: FloatArray  # different symbols after each context


class WittenBell:
    """Probabilities from counts of grams.

    Parameters
    ----------
    grams : ndarray of int, shape=(n_entries, order)
        From 0, the predicted symbol last; what is left out first when a context was never seen stands first.
    counts : ndarray, shape=(n_entries,)
        How often each gram was seen.
    n_symbols : int
        Different symbols that can be predicted: 0 to ``n_symbols - 1``.

    Examples
    --------
    >>> heard = list_grams(np.array([0, 1, 0, 1, 0, 2]), order=2, before=3)
    >>> model = WittenBell(heard, np.ones(len(heard)), n_symbols=3)
    >>> model.distributions(np.array([[0]])).round(2).tolist()
    [[0.18, 0.53, 0.29]]
    """

    def __init__(self, grams: IntArray, counts: NDArray[Any], n_symbols: int) -> None:
        self.n_symbols = n_symbols
        # One more than any symbol: what was never seen shares a number of its own.
        self._base = max(int(grams.max(initial=0)) + 1, n_symbols) + 1
        self._orders = [
            self._count(grams[:, -k:], counts.astype(float)) for k in range(1, grams.shape[1] + 1)
        ]

    def _count(self, grams: IntArray, counts: FloatArray) -> _Order:
        found, index = np.unique(self._encode(grams), return_inverse=True)
        summed: FloatArray = np.bincount(index, counts, minlength=len(found)).astype(float)
        contexts, index = np.unique(found // self._base, return_inverse=True)
        return _Order(
            grams=found,
            counts=summed,
            contexts=contexts,
            totals=np.bincount(index, summed, minlength=len(contexts)).astype(float),
            kinds=np.bincount(index, minlength=len(contexts)).astype(float),
        )

    def _encode(self, grams: IntArray) -> IntArray:
        powers = self._base ** np.arange(grams.shape[1])[::-1]
        return np.asarray(np.minimum(grams, self._base - 1) @ powers, dtype=np.int64)

    def probabilities(self, grams: IntArray) -> FloatArray:
        """Of the last symbol of each gram after the others.

        Parameters
        ----------
        grams : ndarray of int, shape=(n, k)
            k at most the order that was counted.

        Returns
        -------
        ndarray of float64, shape=(n,)
            Never 0.
        """
        p = np.full(len(grams), 1 / self.n_symbols)
        for k, order in enumerate(self._orders[: grams.shape[1]], start=1):
            codes = self._encode(grams[:, -k:])
            count = _look_up(order.grams, order.counts, codes)
            total = _look_up(order.contexts, order.totals, codes // self._base)
            kinds = _look_up(order.contexts, order.kinds, codes // self._base)
            # A context that was never seen passes the shorter one's through.
            p = np.where(total > 0, (count + kinds * p) / np.maximum(total + kinds, 1), p)
        return p

    def distributions(self, contexts: IntArray) -> FloatArray:
        """Of every symbol after each context, shape=(n, k - 1); the result has the shape (n, n_symbols)."""
        symbols = np.tile(np.arange(self.n_symbols), len(contexts))
        grams = np.column_stack([np.repeat(contexts, self.n_symbols, axis=0), symbols])
        return self.probabilities(grams).reshape(len(contexts), self.n_symbols)


def _look_up(keys: IntArray, values: FloatArray, wanted: IntArray) -> FloatArray:
    """The value of each key, 0 where there is none; keys ascend."""
    if not len(keys):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0.0)
