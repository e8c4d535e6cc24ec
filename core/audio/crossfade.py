"""Crossfade: the gains of two sounds that overlap, and the lag at which their waves fit best."""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array, FloatArray


def crossfade_gains(n: int, likeness: float) -> tuple[Float32Array, Float32Array]:
    """Gains of the part that goes and of the part that comes, constant in power for sounds so alike.

    Parameters
    ----------
    n : int
        Samples.
    likeness : float in [-1, 1]
        Correlation of the two; 0 gives the equal-power fade, 1 the linear one in effect.

    Returns
    -------
    goes, comes : ndarray of float32, shape=(n,)

    Examples
    --------
    >>> goes, comes = crossfade_gains(4, likeness=0.0)
    >>> (goes**2 + comes**2).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    angle = (np.arange(n) + 0.5) / n * np.pi / 2
    goes, comes = np.cos(angle), np.sin(angle)
    power = np.sqrt(np.maximum(1.0 + 2.0 * max(0.0, likeness) * goes * comes, 1e-3))
    return (goes / power).astype(np.float32), (comes / power).astype(np.float32)


def correlate_lags(around: Float32Array, stretch: Float32Array) -> FloatArray:
    """Normalized cross-correlation of a stretch of sound with every place of what it is looked for in.

    Parameters
    ----------
    around : ndarray, shape=(n,)
    stretch : ndarray, shape=(m,)
        Not longer.

    Returns
    -------
    ndarray, shape=(n - m + 1,)
        -1 to 1, but for rounding.
    """
    from scipy.signal import correlate

    product = correlate(around, stretch, mode="valid")
    squares = np.concatenate([[0.0], np.cumsum(around.astype(np.float64) ** 2)])
    energy = squares[len(stretch) :] - squares[: -len(stretch)]
    norm = np.sqrt(np.maximum(energy, 1e-12) * max(float(stretch @ stretch), 1e-12))
    return np.asarray(product / norm)
