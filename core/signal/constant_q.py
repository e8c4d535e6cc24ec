"""Constant-Q transform: bins equally spaced in pitch, as in ``librosa.cqt``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array


def constant_q(
    y: Float32Array,
    *,
    sr: int,
    hop_length: int = 512,
    fmin: float = 32.703,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    filter_scale: float = 1.0,
) -> Float32Array:
    """Constant-Q magnitudes (Brown 1991), by octaves of a sound that is halved in rate (Schoerkhuber and Klapuri 2010).

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
    sr : int
        Hz.
    hop_length : int
        Samples from frame to frame; divisible by two for each octave below the highest.
    fmin : float
        Hz, of the lowest bin; C1 by default.
    n_bins, bins_per_octave : int
    filter_scale : float
        Of the lengths of the filters: shorter ones tell times better and pitches worse.

    Returns
    -------
    ndarray of float32, shape=(n_bins, 1 + n // hop_length)
    """
    import soxr
    from scipy.fft import rfft

    hz = fmin * 2 ** (np.arange(n_bins) / bins_per_octave)
    ratio = 2 ** (2 / bins_per_octave)
    waves = filter_scale * (ratio + 1) / (ratio - 1)  # in each filter
    found = np.zeros((n_bins, 1 + len(y) // hop_length), dtype=np.float32)
    rate, hop = float(sr), hop_length
    for top in range(n_bins, 0, -bins_per_octave):
        octave = slice(max(0, top - bins_per_octave), top)
        kernels = _kernels(hz[octave], waves * rate / hz[octave], rate)
        n_fft = 2 * (kernels.shape[1] - 1)
        padded = np.pad(y, n_fft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop][: found.shape[1]]
        heard = np.abs(kernels @ rfft(frames, axis=1).T)
        # A filter's answer grows with its samples: it is told as that of a filter of unit energy at the full rate.
        found[octave, : len(frames)] = heard * sr / rate / np.sqrt(waves * sr / hz[octave])[:, None]
        y = soxr.resample(y, 2, 1, quality="HQ")
        rate, hop = rate / 2, hop // 2
    return found


def _kernels(hz: NDArray[np.float64], lengths: NDArray[np.float64], sr: float) -> NDArray[np.complex64]:
    """Spectral kernels: the spectrum of a frame times these gives the filter outputs, shape=(len(hz), n_fft / 2 + 1)."""
    from scipy.fft import fft
    from scipy.signal.windows import hann

    n_fft = 2 ** int(np.ceil(np.log2(lengths.max())))
    waves = np.zeros((len(hz), n_fft), dtype=np.complex64)
    for row, (f, length) in enumerate(zip(hz, lengths, strict=True)):
        place = np.arange(-length // 2, length // 2)
        window = hann(len(place), sym=False)
        begin = (n_fft - len(place)) // 2
        wave = window * np.exp(2j * np.pi * f * place / sr)
        waves[row, begin : begin + len(place)] = wave / window.sum() * length / n_fft
    return np.asarray(fft(waves, axis=1)[:, : n_fft // 2 + 1])
