"""Chroma: energy per pitch class, as in ``librosa.filters.chroma`` and ``librosa.feature.chroma_stft``."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.arrays import Float32Array
from core.signal.stft import read_only

_A0_HZ = 440.0 / 16


@cache
def chroma_filters(
    *,
    sr: float,
    n_fft: int,
    ctroct: float = 5.0,
    octwidth: float | None = 2.0,
    norm: int | None = 2,
    width: float | None = None,
) -> Float32Array:
    """Weights of the bins of a spectrum for the twelve pitch classes, C first.

    Parameters
    ----------
    sr : float
        Hz.
    n_fft : int
        Samples of a transform.
    ctroct, octwidth : float
        Octaves are weighted by a Gaussian around the ``ctroct``-th above A0 (880 Hz); by nothing where ``octwidth`` is None.
    norm : int, optional
        Of each bin's shares; None leaves them as they are, 1 at a pitch itself.
    width : float, optional
        Semitones, twice the deviation of the Gaussian around a pitch; by default that of librosa: the distance of two
        bins, and 1 at least.

    Returns
    -------
    ndarray of float32, shape=(12, 1 + n_fft // 2)
        Made once for the same arguments; not to be written to.
    """
    # The lowest bin has no pitch: librosa puts it an octave and a half below the next one.
    pitch = 12 * np.log2(np.arange(1, 2 + n_fft // 2) * sr / n_fft / _A0_HZ)  # semitones above A0
    pitch = np.concatenate([[pitch[0] - 18.0], pitch])
    # One bin more than is kept tells how wide the last is.
    widths = np.maximum(np.diff(pitch), 1.0) if width is None else width
    apart = np.remainder(pitch[:-1] - np.arange(12)[:, None] + 6 + 120, 12) - 6
    shares = np.exp(-0.5 * (2 * apart / widths) ** 2)
    if norm is not None:
        shares /= np.linalg.norm(shares, ord=norm, axis=0)
    if octwidth is not None:
        shares *= np.exp(-0.5 * ((pitch[:-1] / 12 - ctroct) / octwidth) ** 2)
    return read_only(np.roll(shares, -3, axis=0))


def chroma_stft(S: Float32Array, *, sr: float, n_fft: int) -> Float32Array:
    """Chroma of a power spectrogram, shape=(12, frames); each frame's loudest pitch class is 1, and silence is 0."""
    found = chroma_filters(sr=sr, n_fft=n_fft) @ S
    largest = found.max(axis=0)
    return np.asarray(found / np.where(largest > np.finfo(np.float32).tiny, largest, 1.0), dtype=np.float32)
