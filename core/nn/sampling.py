"""Sampling from logits: temperature and top-p (nucleus)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_COLD = 1e-6


def draw_class(
    logits: NDArray[np.floating[Any]],
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_p: float | None = None,
) -> int:
    """Draw a class with probability proportional to ``exp(logit / temperature)``.

    Parameters
    ----------
    logits : ndarray of float, shape=(n_classes,)
        ``-inf`` is never drawn; at least one is finite.
    rng : numpy Generator
        Asked for one number; at temperature 0 for none.
    temperature : float >= 0
        0 takes the likeliest class.
    top_p : float in (0, 1], optional
        Only the likeliest classes that together have this probability (Holtzman et al. 2020): they are drawn from
        in the order of their probability, and without it in the order of their numbers.

    Returns
    -------
    int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> logits = np.log([0.5, 0.3, 0.2])
    >>> [draw_class(logits, rng, top_p=0.7) for _ in range(8)]
    [1, 0, 0, 0, 1, 1, 0, 1]
    >>> draw_class(logits, rng, temperature=0.0)
    0
    """
    if temperature < _COLD:
        return int(np.argmax(logits))
    weights = np.exp((logits - logits.max()) / temperature)
    kept = np.arange(len(weights))
    if top_p is not None:
        kept = np.argsort(-weights, kind="stable")
        share = np.cumsum(weights[kept] / weights.sum())
        # The first whose sum reaches the share is still in.
        kept = kept[: int(np.searchsorted(share, top_p - 1e-12)) + 1]
    total = np.cumsum(weights[kept], dtype=np.float64)
    at = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
    return int(kept[min(at, len(kept) - 1)])
