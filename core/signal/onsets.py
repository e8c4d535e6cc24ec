"""Onset strength and onset detection, as in ``librosa.onset``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array


def onset_strength(S: Float32Array, *, lag: int = 1, max_size: int = 1) -> Float32Array:
    """Mean rise of the bands of a spectrogram in dB, as of ``librosa.onset.onset_strength(S=..., center=False)``.

    Parameters
    ----------
    S : ndarray of float32, shape=(n_mels, frames)
        In dB.
    lag : int
        Frames over which the rise is taken.
    max_size : int
        Bands among which the loudest is what a rise is compared with: with 3 a vibrato is no onset (Boeck and Widmer
        2013).

    Returns
    -------
    ndarray of float32, shape=(frames,)
        0 in the first ``lag`` frames.
    """
    from scipy.ndimage import maximum_filter1d

    before = S if max_size == 1 else maximum_filter1d(S, max_size, axis=0)
    rises = np.maximum(0.0, S[:, lag:] - before[:, :-lag]).mean(axis=0)
    return np.pad(np.asarray(rises, dtype=np.float32), (min(lag, S.shape[1]), 0))


def interpolate_peaks(values: NDArray[np.floating], places: NDArray[np.integer]) -> NDArray[np.float64]:
    """Parabolic interpolation of peak positions from three values each.

    Parameters
    ----------
    values : ndarray, shape=(n,)
    places : ndarray of int, shape=(n_peaks,)
        Of local maxima, or of values at an end, which stay where they are.

    Returns
    -------
    ndarray of float64, shape=(n_peaks,)
        At most half a place away.

    Examples
    --------
    >>> interpolate_peaks(np.array([0.0, 3.0, 2.0, 0.0]), np.array([1])).tolist()
    [1.25]
    """
    before, at, after = (values[np.clip(places + k, 0, len(values) - 1)] for k in (-1, 0, 1))
    curvature = np.asarray(before - 2 * at + after, dtype=np.float64)
    inside = (places > 0) & (places < len(values) - 1) & (curvature < -1e-9)
    shift = np.divide(0.5 * (before - after), curvature, out=np.zeros(len(places)), where=inside)
    return np.asarray(places + np.clip(shift, -0.5, 0.5))


def onset_detect(
    onset_envelope: Float32Array, *, reach: int, threshold: float | NDArray[np.floating]
) -> NDArray[np.int64]:
    """Frames of the onsets: the largest within ``reach`` frames on both sides, and above a threshold.

    Parameters
    ----------
    onset_envelope : ndarray of float32, shape=(frames,)
        Of :func:`onset_strength`.
    reach : int
    threshold : float or ndarray, shape=(frames,)

    Returns
    -------
    ndarray of int64, shape=(n_onsets,)
    """
    from scipy.ndimage import maximum_filter1d

    if not len(onset_envelope):
        return np.empty(0, dtype=np.int64)
    largest = maximum_filter1d(onset_envelope, 2 * reach + 1, mode="nearest")
    return np.flatnonzero((onset_envelope >= largest) & (onset_envelope > threshold))
