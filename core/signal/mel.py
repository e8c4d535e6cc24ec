"""The mel scale and mel filters, as of ``librosa.hz_to_mel`` and ``librosa.filters.mel``."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arrays import Float32Array
from core.signal.stft import read_only

# The mel scale of Slaney (1998): straight up to 1 kHz, logarithmic above.
_HZ_A_MEL, _BREAK_HZ, _LOG_STEP = 200.0 / 3, 1000.0, np.log(6.4) / 27.0
_BREAK_MEL = _BREAK_HZ / _HZ_A_MEL


def hz_to_mel(frequencies: ArrayLike, *, htk: bool = False) -> NDArray[np.float64]:
    """Hz to mel, by Slaney (1998) or, with ``htk``, by O'Shaughnessy (1987)."""
    hz = np.asarray(frequencies, dtype=np.float64)
    if htk:
        return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_A_MEL, above)


def mel_to_hz(mels: ArrayLike, *, htk: bool = False) -> NDArray[np.float64]:
    """Mel to Hz, the inverse of :func:`hz_to_mel`."""
    mel = np.asarray(mels, dtype=np.float64)
    if htk:
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _BREAK_HZ * np.exp(_LOG_STEP * np.maximum(0.0, mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _HZ_A_MEL, above)


def mel_frequencies(
    n_mels: int = 128, *, fmin: float = 0.0, fmax: float = 11_025.0, htk: bool = False
) -> NDArray[np.float64]:
    """Frequencies in Hz that are equally far apart in mel, from ``fmin`` to ``fmax``, shape=(n_mels,)."""
    low, high = float(hz_to_mel(fmin, htk=htk)), float(hz_to_mel(fmax, htk=htk))
    return mel_to_hz(np.linspace(low, high, n_mels), htk=htk)


@cache
def mel_filters(
    *,
    sr: float,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: Literal["slaney", 1] | None = "slaney",
) -> Float32Array:
    """Triangular filters over the bins of a spectrum, equally spaced in mel.

    Parameters
    ----------
    sr : float
        Hz.
    n_fft : int
        Samples of a transform.
    n_mels : int
        Bands.
    fmin, fmax : float
        Hz, where the first band begins and the last one ends; ``sr / 2`` by default.
    htk : bool
        See :func:`hz_to_mel`.
    norm : {"slaney", 1, None}
        Triangles of about the same area in Hz, of sum 1, or of peak 1.

    Returns
    -------
    ndarray of float32, shape=(n_mels, 1 + n_fft // 2)
        Made once for the same arguments; not to be written to.

    Examples
    --------
    >>> filters = mel_filters(sr=16_000, n_fft=512, n_mels=3, fmin=100.0, fmax=4_000.0, norm=None)
    >>> filters.shape
    (3, 257)
    >>> [round(float(hz)) for hz in mel_frequencies(5, fmin=100.0, fmax=4_000.0)[1:-1]]
    [661, 1257, 2243]
    >>> (filters.argmax(axis=1) * 16_000 / 512).tolist()
    [656.25, 1250.0, 2250.0]
    """
    edges = mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax or sr / 2, htk=htk)
    hz = np.arange(1 + n_fft // 2) * sr / n_fft
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    filters = np.maximum(0.0, np.minimum((hz - low) / (peak - low), (high - hz) / (high - peak)))
    if norm == "slaney":
        filters *= 2.0 / (high - low)
    elif norm == 1:
        filters /= np.maximum(filters.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return read_only(filters)
