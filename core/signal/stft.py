"""Short-time Fourier transform, its inverse, and power spectrograms, as of ``librosa.stft`` and ``librosa.istft``.

librosa itself takes a long first call and much memory, because numba compiles parts of it (docs/EXPERIMENTS.md has the
figures); here nothing is compiled, and tests hold every function of `core.signal` beside librosa's.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array

# A power spectrogram is made of so many frames at a time, so that memory holds no complex spectrum of a whole sound.
_BLOCK_FRAMES = 1024


@cache
def get_window(window: str, n: int, *, fftbins: bool = True) -> Float32Array:
    """A window by its name, as of ``librosa.filters.get_window``; one array for all callers, not to be written to.

    Parameters
    ----------
    window : str
        Such as "hann" or "blackman"; any that `scipy.signal.get_window` knows.
    n : int
        Samples.
    fftbins : bool
        True for a periodic window, False for a symmetric one.
    """
    from scipy.signal import get_window as scipy_window

    return read_only(scipy_window(window, n, fftbins=fftbins))


def read_only(values: NDArray[np.floating]) -> Float32Array:
    """Read-only float32 copy that is safe to cache."""
    kept = np.asarray(values, dtype=np.float32)
    kept.flags.writeable = False
    return kept


def stft(
    y: Float32Array,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | Float32Array = "hann",
    center: bool = True,
) -> NDArray[np.complex64]:
    """Short-time Fourier transform, as of ``librosa.stft``.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
    n_fft : int
        Samples of a transform.
    hop_length : int, optional
        Samples from frame to frame; a quarter of the window by default.
    win_length : int, optional
        Samples of the window, which stands in the middle of the frame; ``n_fft`` by default.
    window : str or ndarray of float32, shape=(win_length,)
        A name is that of a periodic window.
    center : bool
        Whether frame ``i`` is centerd at sample ``i * hop_length``, with silence beyond both ends, or begins there.

    Returns
    -------
    ndarray of complex64, shape=(1 + n_fft // 2, 1 + n // hop_length)
        Fewer frames without ``center``.

    Examples
    --------
    A tone of 440 Hz is strongest at the 44th of bins that lie 10 Hz apart:

    >>> y = np.sin(2 * np.pi * 440 * np.arange(8_000) / 8_000).astype(np.float32)
    >>> S = np.abs(stft(y, n_fft=800, hop_length=200))
    >>> S.shape, int(S[:, 20].argmax())
    ((401, 41), 44)
    """
    from scipy.fft import rfft

    window = _frame_window(window, win_length or n_fft, n_fft)
    frames = _frames(y, n_fft, hop_length or (win_length or n_fft) // 4, center)
    return np.asarray(rfft(frames * window, axis=1).T)


def istft(
    S: NDArray[np.complex64], *, hop_length: int | None = None, length: int | None = None
) -> Float32Array:
    """Inverse STFT (Griffin and Lim 1984), as in ``librosa.istft``.

    Parameters
    ----------
    S : ndarray of complex64, shape=(1 + n_fft // 2, frames)
        Of :func:`stft` with a periodic Hann window of ``n_fft`` samples, an even number.
    hop_length : int, optional
        A quarter of ``n_fft`` by default.
    length : int, optional
        Samples of the sound, ``hop_length * (frames - 1)`` by default; what no frame reaches is silence.

    Returns
    -------
    ndarray of float32, shape=(length,)
    """
    from scipy.fft import irfft

    n_fft, n = 2 * (S.shape[0] - 1), S.shape[1]
    hop = hop_length or n_fft // 4
    length = hop * (n - 1) if length is None else length
    window, steps = get_window("hann", n_fft), -(-n_fft // hop)
    # Frames are cut into hops: hop by hop, what neighboring frames say is added.
    rest = steps * hop - n_fft
    frames = np.pad(irfft(S.T, n=n_fft, axis=1) * window, ((0, 0), (0, rest)))
    squares = np.pad(window**2, (0, rest))
    sound = np.zeros((n + steps - 1, hop), dtype=np.float32)
    weight = np.zeros_like(sound)
    for k in range(steps):
        part = slice(k * hop, (k + 1) * hop)
        sound[k : k + n] += frames[:, part]
        weight[k : k + n] += squares[part]
    heard = weight > np.finfo(np.float32).tiny
    sound[heard] /= weight[heard]
    y = sound.ravel()[n_fft // 2 :][:length]
    return np.pad(y, (0, length - len(y)))


def power_spectrogram(
    y: Float32Array,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | Float32Array = "hann",
    center: bool = True,
    frames: NDArray[np.integer] | slice = slice(None),
) -> Float32Array:
    """``abs(stft(y)) ** 2``, without the complex spectrum in memory; see :func:`stft`.

    Parameters
    ----------
    frames : ndarray of int or slice
        Which are wanted; all by default.

    Returns
    -------
    ndarray of float32, shape=(1 + n_fft // 2, frames)
    """
    from scipy.fft import rfft

    window = _frame_window(window, win_length or n_fft, n_fft)
    wanted = _frames(y, n_fft, hop_length or (win_length or n_fft) // 4, center)[frames]
    found = np.empty((1 + n_fft // 2, len(wanted)), dtype=np.float32)
    for start in range(0, len(wanted), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        S = rfft(wanted[block] * window, axis=1)
        found[:, block] = (S.real**2 + S.imag**2).T
    return found


def _frames(y: Float32Array, n_fft: int, hop_length: int, center: bool) -> Float32Array:
    """A view of the frames at every hop, shape=(frames, n_fft)."""
    padded = np.pad(np.asarray(y, dtype=np.float32), n_fft // 2) if center else y
    return np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]


def _frame_window(window: str | Float32Array, win_length: int, n_fft: int) -> Float32Array:
    """Window padded to the center of a frame, shape=(n_fft,)."""
    values = get_window(window, win_length) if isinstance(window, str) else window
    before = (n_fft - len(values)) // 2
    return np.pad(values, (before, n_fft - len(values) - before))
