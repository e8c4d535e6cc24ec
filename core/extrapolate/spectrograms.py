"""Spectrograms for Extrapolate: power spectrogram at 22 kHz, 80 mel bands, chroma and harmony."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.arrays import Float32Array, FloatArray, IntArray
from core.signal.chroma import chroma_filters, chroma_stft
from core.signal.mel import mel_filters, mel_frequencies
from core.signal.stft import power_spectrogram

SR = 22_050
N_FFT = 2048
HOP = 512
N_MELS = 80
FMIN = 30.0
# Dynamic range of a mel spectrogram in dB: what lies further below the loudest band is floor.
RANGE_DB = 80.0
_BLOCK_FRAMES = 1024
# A level before or after a moment is taken over so long.
LEVEL_SEC = 0.25
# Harmony is read where melody and chords are; below it a bass drum, above it cymbals would be counted.
_HARMONY_LOW_HZ, _HARMONY_HIGH_HZ = 110.0, 2_500.0


def power(y: Float32Array) -> Float32Array:
    """Power spectrogram of a mono sound at ``SR``, shape=(N_FFT // 2 + 1, 1 + samples // HOP)."""
    return power_spectrogram(y, n_fft=N_FFT, hop_length=HOP)


def mel_bands() -> Float32Array:
    """Mel filters, shape=(N_MELS, N_FFT // 2 + 1)."""
    return mel_filters(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=FMIN)


def mel_hz() -> FloatArray:
    """Peak frequencies of the mel bands, in Hz, shape=(N_MELS,)."""
    return mel_frequencies(N_MELS + 2, fmin=FMIN, fmax=SR / 2)[1:-1]


def log_mel(spectrum: Float32Array, *, range_db: float = RANGE_DB) -> Float32Array:
    """Log-mel spectrogram of a power spectrogram.

    Parameters
    ----------
    spectrum : ndarray, shape=(N_FFT // 2 + 1, frames)
    range_db : float in (0, 120]

    Returns
    -------
    ndarray of float32, shape=(N_MELS, frames)
        dB below full scale, no lower than ``-range_db``.
    """
    # A sine of full scale has a power of (N_FFT / 4)^2 at its bin under a Hann window.
    scaled = (mel_bands() @ spectrum) / (N_FFT / 4) ** 2
    return np.asarray(np.maximum(10 * np.log10(scaled + 1e-12), -range_db), dtype=np.float32)


def chroma_of(spectrum: Float32Array) -> Float32Array:
    """Chroma of a power spectrogram, shape=(12, frames); each frame's loudest pitch class is 1."""
    return chroma_stft(spectrum, sr=SR, n_fft=N_FFT)


def harmony_of(spectrum: Float32Array) -> Float32Array:
    """Magnitude of each pitch class of a power spectrogram between 110 and 2,500 Hz, C first, shape=(12, frames)."""
    weights, n = _harmony_weights(), spectrum.shape[1]
    # Some frames at a time: the magnitudes of five minutes are 53 MB.
    blocks = [weights @ np.sqrt(spectrum[:, i : i + _BLOCK_FRAMES]) for i in range(0, n, _BLOCK_FRAMES)]
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((12, 0), dtype=np.float32)


@cache
def _harmony_weights() -> Float32Array:
    hz = np.arange(N_FFT // 2 + 1) * SR / N_FFT
    inside = (hz >= _HARMONY_LOW_HZ) & (hz <= _HARMONY_HIGH_HZ)
    return chroma_filters(sr=SR, n_fft=N_FFT, octwidth=None, norm=None) * inside


def sum_between(values: Float32Array, frames: IntArray) -> FloatArray:
    """Sum of each row between neighboring frames, of one frame at least, shape=(rows, len(frames) - 1)."""
    starts = np.minimum(frames[:-1], values.shape[1] - 1)
    stop = max(int(frames[-1]), int(starts[-1]) + 1)
    return np.asarray(np.add.reduceat(values[:, :stop], starts, axis=1, dtype=np.float64))


def mean_between(values: Float32Array, frames: IntArray) -> FloatArray:
    """Mean of each row between neighboring frames, shape=(rows, len(frames) - 1)."""
    starts = np.minimum(frames[:-1], values.shape[1] - 1)
    return sum_between(values, frames) / np.maximum(1, np.diff(np.append(starts, frames[-1])))


def energy_around(mel_db: Float32Array, frames: IntArray) -> tuple[FloatArray, ...]:
    """Mean energy of the quarter second before each frame and of that after it, each shape=(len(frames),)."""
    energy = (10 ** (mel_db / 10)).sum(axis=0, dtype=np.float64)
    total, half = np.concatenate([[0.0], np.cumsum(energy)]), round(LEVEL_SEC * SR / HOP)
    frames = np.clip(frames, 0, len(energy))
    first, last = np.maximum(frames - half, 0), np.minimum(frames + half, len(energy))
    before = (total[frames] - total[first]) / np.maximum(frames - first, 1)
    return before, (total[last] - total[frames]) / np.maximum(last - frames, 1)


def find_largest_near(flux: Float32Array, frames: IntArray) -> Float32Array:
    """Largest onset strength within two frames of each frame."""
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(flux, 5, mode="nearest")[np.minimum(frames, len(flux) - 1)])
