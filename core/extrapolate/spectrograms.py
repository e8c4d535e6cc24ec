"""What Extrapolate hears of a sound: its power spectrogram at 22 kHz, 80 mel bands, chroma and harmony."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.signal.chroma import chroma_filters, chroma_stft
from core.signal.mel import mel_filters, mel_frequencies
from core.signal.stft import power_spectrogram

FloatArray = NDArray[np.float32]

SR = 22_050
N_FFT = 2048
HOP = 512
N_MELS = 80
FMIN = 30.0
# Dynamic range of a mel spectrogram in dB: what lies further below the loudest band is floor.
RANGE_DB = 80.0
_BLOCK_FRAMES = 1024
# Harmony is read where melody and chords are; below it a bass drum, above it cymbals would be counted.
_HARMONY_LOW_HZ, _HARMONY_HIGH_HZ = 110.0, 2_500.0


def power(y: FloatArray) -> FloatArray:
    """Power spectrogram of a mono sound at ``SR``, shape=(N_FFT // 2 + 1, 1 + samples // HOP)."""
    return power_spectrogram(y, n_fft=N_FFT, hop_length=HOP)


def mel_bands() -> FloatArray:
    """Mel filters, shape=(N_MELS, N_FFT // 2 + 1)."""
    return mel_filters(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=FMIN)


def mel_hz() -> NDArray[np.float64]:
    """Where the mel bands peak, in Hz, shape=(N_MELS,)."""
    return mel_frequencies(N_MELS + 2, fmin=FMIN, fmax=SR / 2)[1:-1]


def log_mel(spectrum: FloatArray, *, range_db: float = RANGE_DB) -> FloatArray:
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


def chroma_of(spectrum: FloatArray) -> FloatArray:
    """Chroma of a power spectrogram, shape=(12, frames); each frame's loudest pitch class is 1."""
    return chroma_stft(spectrum, sr=SR, n_fft=N_FFT)


def harmony_of(spectrum: FloatArray) -> FloatArray:
    """Magnitude of each pitch class of a power spectrogram between 110 and 2,500 Hz, C first, shape=(12, frames)."""
    weights, n = _harmony_weights(), spectrum.shape[1]
    # Some frames at a time: the magnitudes of five minutes are 53 MB.
    blocks = [weights @ np.sqrt(spectrum[:, i : i + _BLOCK_FRAMES]) for i in range(0, n, _BLOCK_FRAMES)]
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((12, 0), dtype=np.float32)


@cache
def _harmony_weights() -> FloatArray:
    hz = np.arange(N_FFT // 2 + 1) * SR / N_FFT
    inside = (hz >= _HARMONY_LOW_HZ) & (hz <= _HARMONY_HIGH_HZ)
    return chroma_filters(sr=SR, n_fft=N_FFT, octwidth=None, norm=None) * inside
