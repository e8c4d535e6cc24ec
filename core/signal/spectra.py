"""Spectra of a sound and sounds of a spectrum: what librosa defines, in numpy and scipy.

librosa's own first call takes 220 to 330 MB and, on a new machine, half a minute, because much of it is compiled by
numba when it is imported. Here nothing is compiled; a test holds every function beside librosa's.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

SR = 22_050
N_FFT = 2048
HOP = 512
N_MELS = 80
FMIN = 30.0
N_BINS = N_FFT // 2 + 1
# Dynamic range of a mel spectrogram in dB: what lies further below the loudest band is floor.
RANGE_DB = 80.0
_BLOCK_FRAMES = 1024
# Harmony is read where melody and chords are; below it a bass drum, above it cymbals would be counted.
_HARMONY_LOW_HZ, _HARMONY_HIGH_HZ = 110.0, 2_500.0
# The mel scale of Slaney (1998): straight up to 1 kHz, logarithmic above.
_HZ_A_MEL, _BREAK_HZ, _LOG_STEP = 200.0 / 3, 1000.0, np.log(6.4) / 27.0


def stft(y: FloatArray) -> NDArray[np.complex64]:
    """Short-time Fourier transform with a Hann window, as of ``librosa.stft``.

    Parameters
    ----------
    y : ndarray of float32, shape=(samples,)

    Returns
    -------
    ndarray of complex64, shape=(N_BINS, 1 + samples // HOP)
        Frame ``i`` is centred at sample ``i * HOP``; beyond both ends is silence.
    """
    return _framed(np.pad(np.asarray(y, dtype=np.float32), N_FFT // 2))


def _framed(y: FloatArray) -> NDArray[np.complex64]:
    """The spectrum of every complete frame, the first of which begins with the sound."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(y, N_FFT)[::HOP]
    return np.asarray(rfft(frames * _hann(), axis=1).T)


def istft(spectrum: NDArray[np.complex64], n_samples: int) -> FloatArray:
    """The sound whose spectrum comes nearest to a given one (Griffin and Lim 1984), as of ``librosa.istft``.

    Parameters
    ----------
    spectrum : ndarray of complex64, shape=(N_BINS, frames)
        Laid out as of :func:`stft`.
    n_samples : int
        Length of the sound; what no frame reaches is silence.

    Returns
    -------
    ndarray of float32, shape=(n_samples,)
    """
    from scipy.fft import irfft

    window, steps = _hann(), N_FFT // HOP
    frames = irfft(spectrum.T, n=N_FFT, axis=1) * window
    n = len(frames)
    # A frame is four hops long: hop by hop, what four neighbouring frames say is added.
    sound = np.zeros((n + steps - 1, HOP), dtype=np.float32)
    weight = np.zeros((n + steps - 1, HOP), dtype=np.float32)
    for k in range(steps):
        part = slice(k * HOP, (k + 1) * HOP)
        sound[k : k + n] += frames[:, part]
        weight[k : k + n] += window[part] ** 2
    heard = weight > np.finfo(np.float32).tiny
    sound[heard] /= weight[heard]
    y = sound.ravel()[N_FFT // 2 :][:n_samples]
    return np.pad(y, (0, n_samples - len(y)))


def power(y: FloatArray) -> FloatArray:
    """Power spectrogram of a mono sound at ``SR``, shape=(N_BINS, 1 + samples // HOP).

    Some frames at a time: the complex spectrum of ten minutes would be 200 MB.
    """
    padded = np.pad(np.asarray(y, dtype=np.float32), N_FFT // 2)
    n_frames = 1 + (len(padded) - N_FFT) // HOP
    found = np.empty((N_BINS, n_frames), dtype=np.float32)
    for first in range(0, n_frames, _BLOCK_FRAMES):
        last = min(n_frames, first + _BLOCK_FRAMES)
        spectrum = _framed(padded[first * HOP : (last - 1) * HOP + N_FFT])
        found[:, first:last] = spectrum.real**2 + spectrum.imag**2
    return found


def log_mel(spectrum: FloatArray, *, range_db: float = RANGE_DB) -> FloatArray:
    """Log-mel spectrogram of a power spectrogram.

    Parameters
    ----------
    spectrum : ndarray, shape=(N_BINS, frames)
    range_db : float in (0, 120]

    Returns
    -------
    ndarray of float32, shape=(N_MELS, frames)
        dB below full scale, no lower than ``-range_db``.
    """
    # A sine of full scale has a power of (N_FFT / 4)^2 at its bin under a Hann window.
    scaled = (mel_filters() @ spectrum) / (N_FFT / 4) ** 2
    return np.asarray(np.maximum(10 * np.log10(scaled + 1e-12), -range_db), dtype=np.float32)


def chroma_of(spectrum: FloatArray) -> FloatArray:
    """Chroma of a power spectrogram, shape=(12, frames); each frame's loudest pitch class is 1."""
    found = chroma_filters() @ spectrum
    largest = found.max(axis=0)
    return np.asarray(found / np.where(largest > np.finfo(np.float32).tiny, largest, 1.0), dtype=np.float32)


def harmony_of(spectrum: FloatArray) -> FloatArray:
    """Magnitude of each pitch class of a power spectrogram between 110 and 2,500 Hz, C first, shape=(12, frames)."""
    weights, n = _harmony_weights(), spectrum.shape[1]
    # Some frames at a time: the magnitudes of five minutes are 53 MB.
    blocks = [weights @ np.sqrt(spectrum[:, i : i + _BLOCK_FRAMES]) for i in range(0, n, _BLOCK_FRAMES)]
    return np.concatenate(blocks, axis=1) if blocks else np.zeros((12, 0), dtype=np.float32)


@cache
def _harmony_weights() -> FloatArray:
    hz = np.arange(N_BINS) * SR / N_FFT
    inside = (hz >= _HARMONY_LOW_HZ) & (hz <= _HARMONY_HIGH_HZ)
    return np.asarray(pitch_class_shares() * inside, dtype=np.float32)


@cache
def _hann() -> FloatArray:
    from scipy.signal.windows import hann

    return np.asarray(hann(N_FFT, sym=False), dtype=np.float32)


@cache
def _mel_edges_hz() -> NDArray[np.float64]:
    """Where the mel bands begin, peak and end, shape=(N_MELS + 2,)."""
    break_mel = _BREAK_HZ / _HZ_A_MEL
    top_mel = break_mel + np.log(SR / 2 / _BREAK_HZ) / _LOG_STEP
    mel = np.linspace(FMIN / _HZ_A_MEL, top_mel, N_MELS + 2)
    hz = np.where(
        mel < break_mel, mel * _HZ_A_MEL, _BREAK_HZ * np.exp(_LOG_STEP * np.maximum(0.0, mel - break_mel))
    )
    return np.asarray(hz)


def mel_hz() -> NDArray[np.float64]:
    """Where the mel bands peak, in Hz, shape=(N_MELS,)."""
    return _mel_edges_hz()[1:-1]


@cache
def mel_filters() -> FloatArray:
    """Triangles of about the same energy, shape=(N_MELS, N_BINS), as of ``librosa.filters.mel``."""
    edges = _mel_edges_hz()
    hz = np.arange(N_BINS) * SR / N_FFT
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    filters = np.maximum(0.0, np.minimum((hz - low) / (peak - low), (high - hz) / (high - peak)))
    return np.asarray(filters * 2.0 / (high - low), dtype=np.float32)


def pitch_class_shares() -> NDArray[np.float64]:
    """How much each bin belongs to each pitch class from C, shape=(12, N_BINS), as of ``librosa.filters.chroma``.

    Gaussian bumps, at least a semitone wide and else as wide as a bin; not scaled.
    """
    # One bin more than is kept tells how wide the last is. The lowest bin has no pitch: librosa puts it an octave and
    # a half below the next one.
    pitch = 12 * np.log2(np.arange(1, N_BINS + 1) * SR / N_FFT / (440.0 / 16))  # semitones above A0
    pitch = np.concatenate([[pitch[0] - 18.0], pitch])
    width = np.maximum(np.diff(pitch), 1.0)
    apart = np.remainder(pitch[:-1] - np.arange(12)[:, None] + 6 + 120, 12) - 6
    return np.roll(np.exp(-0.5 * (2 * apart / width) ** 2), -3, axis=0)


@cache
def chroma_filters() -> FloatArray:
    """Shares of the pitch classes, the octaves around 880 Hz weighted most, shape=(12, N_BINS)."""
    shares = pitch_class_shares()
    octave = np.log2(np.arange(1, N_BINS) * SR / N_FFT / (440.0 / 16))
    octave = np.concatenate([[octave[0] - 1.5], octave])
    weight = np.exp(-0.5 * ((octave - 5.0) / 2.0) ** 2)
    return np.asarray(shares / np.linalg.norm(shares, axis=0) * weight, dtype=np.float32)
