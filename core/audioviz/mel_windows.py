"""Mel windows: any sound becomes 64 mel bands every 10 ms, and windows of 96 such frames at 20 Hz.

As in the original: 44.1 kHz mono, a 25-ms Hann window every 10 ms, 64 coefficients, 96 frames (0.96 s) at a
time. What differs: its windows do not overlap, ours begin every 50 ms; and its coefficients are the cepstrum of
the log-mel bands. All 64 cepstral coefficients are an orthonormal rotation of the 64 bands (`cepstrum`), so that
a squared error is the same in both; the networks read the bands, because among these neighbors belong together
and a convolution can use that.

A sound is read in blocks of ten seconds, so that its length in memory is that of the mel bands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core import limits
from core.arrays import Float32Array
from core.audio import Audio
from core.audio.encoding import resample_mono
from core.errors import InputError
from core.signal.chroma import chroma_filters
from core.signal.levels import loudest_db, power_to_db
from core.signal.mel import mel_filters
from core.signal.stft import power_spectrogram

Progress = Callable[[float], None]

SR = 44_100  # Hz
HOP = 441  # samples: 10 ms
WIN_LENGTH = 1102  # samples: 25 ms
N_FFT = 2048  # the window is padded with zeros, so that the lowest bands have a bin of their own
N_MELS = 64
FMIN, FMAX = 30.0, 10_000.0  # Hz; what a low-rate file lacks above that would otherwise be heard as a style
FRAME_RATE = SR / HOP  # 100 Hz
WINDOW_FRAMES = 96  # 0.96 s
STEP_FRAMES = 5  # 50 ms
RATE_HZ = FRAME_RATE / STEP_FRAMES  # 20 Hz

CHROMA_FFT = 8192  # samples: 186 ms, so that semitones are apart from 110 Hz up
CHROMA_RANGE_HZ = (80.0, 2_000.0)

MIN_SEC = 0.96  # one window
# Below this the loudest half second is noise of the room or of the converter, not music.
SILENCE_DB = -60.0
# Networks read levels relative to the loud parts of the whole sound, within these bounds in dB.
FLOOR_DB, CEILING_DB = -60.0, 10.0
BLOCK_SEC = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectra:
    """Spectra read by the networks and the measures.

    Attributes
    ----------
    mel_db : ndarray of float32, shape=(frames, N_MELS)
        Mel bands every 10 ms, in dB below a sine of full scale; not below -100. Frame ``i`` is centerd at
        ``i * 10 ms``.
    loudness_db : ndarray of float32, shape=(frames,)
        K-weighted level of a frame in LUFS (ITU-R BS.1770-4 without its gates); not below -100.
    spread_octaves : ndarray of float32, shape=(frames,)
        Deviation of the spectrum around its centroid, on a scale of octaves.
    centroid_hz : ndarray of float32, shape=(frames,)
        Center of gravity of the spectrum on a scale of octaves.
    flatness : ndarray of float32, shape=(frames,)
        Geometric over arithmetic mean of the power between 100 Hz and 8 kHz, from 0 (a tone) to 1 (noise).
    chroma : ndarray of float32, shape=(n, 12)
        Energy of the pitch classes from C at 20 Hz; each row's largest is 1, or all are 0.
    duration_sec : float
    """

    mel_db: Float32Array
    loudness_db: Float32Array
    spread_octaves: Float32Array
    centroid_hz: Float32Array
    flatness: Float32Array
    chroma: Float32Array
    duration_sec: float

    @property
    def n(self) -> int:
        """Number of moments at 20 Hz."""
        return len(self.chroma)

    @property
    def times_sec(self) -> NDArray[np.float64]:
        """Middle of each window, shape=(n,)."""
        return np.arange(self.n) / RATE_HZ


def spectra(audio: Audio, progress: Progress | None = None) -> Spectra:
    """Compute the spectra of a sound in one pass.

    Parameters
    ----------
    audio : Audio
        At least 0.96 s and at most ``limits.MAX_AUDIO_SEC``.
    progress : callable, optional
        Is given the share that is done, from 0 to 1.

    Returns
    -------
    Spectra

    Raises
    ------
    InputError
        If the sound is too short, too long or silent.
    """
    check_length(audio.duration_sec)
    rows: list[tuple[Float32Array, ...]] = []
    chroma: list[Float32Array] = []
    loudest = -np.inf
    n_blocks = max(1, round(audio.duration_sec / BLOCK_SEC))
    for i, (y, n_new) in enumerate(_frame_blocks(audio)):
        rows.append(_measure_block(y, n_new))
        chroma.append(_chroma_block(y, -(-n_new // STEP_FRAMES)))
        loudest = max(loudest, loudest_db(y, SR))
        if progress is not None:
            progress(min(1.0, (i + 1) / n_blocks))
    if loudest < SILENCE_DB:
        raise InputError("This sound is silent, or nearly so: the scene would not move. Choose another one.")
    mel_db, loudness, centroid, spread, flatness = (
        np.concatenate([row[k] for row in rows]) for k in range(5)
    )
    return Spectra(
        mel_db=mel_db,
        loudness_db=loudness,
        centroid_hz=centroid,
        spread_octaves=spread,
        flatness=flatness,
        chroma=np.concatenate(chroma),
        duration_sec=audio.duration_sec,
    )


def check_length(duration_sec: float) -> None:
    """Refuse a sound shorter than a window or longer than the limit.

    Raises
    ------
    InputError
    """
    if duration_sec < MIN_SEC:
        raise InputError(
            f"This sound is {duration_sec:.2f} seconds long; at least 1 second is needed. Choose a longer one."
        )
    if duration_sec > limits.MAX_AUDIO_SEC + 1:
        raise InputError(
            f"This sound is {duration_sec / 60:.0f} minutes long; at most {limits.MAX_AUDIO_SEC / 60:.0f} minutes can be shown. "
            "Upload a shorter part of it."
        )


def frames(y: Float32Array) -> Float32Array:
    """All windows of a waveform, as the networks read them.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        44.1 kHz mono.

    Returns
    -------
    ndarray of float32, shape=(n_windows, 64, 96)
        Bands by frames, scaled as in `normalize`; a view, 20 windows a second.
    """
    return windows(normalize(spectra(Audio(y, SR))))


def normalize(heard: Spectra) -> Float32Array:
    """Mel bands relative to the loud parts of the sound, scaled to [0, 1].

    The loud parts are the 95th percentile of a frame's summed mel power, so that a quiet recording looks like a
    loud one. Levels from -60 to +10 dB around that become 0 to 1.

    Returns
    -------
    ndarray of float32, shape=(frames, N_MELS)
    """
    power = (10 ** (heard.mel_db / 10)).sum(axis=1)
    reference = 10 * np.log10(max(float(np.percentile(power, 95)), 1e-10))
    relative = (heard.mel_db - np.float32(reference) - FLOOR_DB) / (CEILING_DB - FLOOR_DB)
    return np.asarray(np.clip(relative, 0.0, 1.0), dtype=np.float32)


def windows(values: Float32Array, start: int = 0, stop: int | None = None) -> Float32Array:
    """Windows of 96 frames around each 50 ms, from frames of 10 ms.

    Parameters
    ----------
    values : ndarray of float32, shape=(frames, N_MELS)
    start, stop : int
        Which windows; all by default.

    Returns
    -------
    ndarray of float32, shape=(stop - start, N_MELS, WINDOW_FRAMES)
        Window ``i`` holds the frames from 48 before to 47 after frame ``5 i``; before the beginning and after
        the end the outermost frame is repeated.
    """
    n = -(-len(values) // STEP_FRAMES)
    stop = n if stop is None else min(stop, n)
    first = start * STEP_FRAMES - WINDOW_FRAMES // 2
    last = (stop - 1) * STEP_FRAMES + WINDOW_FRAMES // 2
    places = np.clip(np.arange(first, last), 0, len(values) - 1)
    view = np.lib.stride_tricks.sliding_window_view(values[places], WINDOW_FRAMES, axis=0)
    return view[::STEP_FRAMES]


def cepstrum(mel: Float32Array) -> Float32Array:
    """The 64 cepstral coefficients of mel bands in the last axis: their orthonormal cosine transform (DCT-II)."""
    from scipy.fft import dct

    return np.asarray(dct(mel, type=2, norm="ortho", axis=-1), dtype=np.float32)


# Blocks.


def _frame_blocks(audio: Audio) -> Iterator[tuple[Float32Array, int]]:
    """Split into blocks of complete frames with half a chroma window in front; also their frame counts.

    The number of frames is a multiple of ``STEP_FRAMES`` but for the last block.
    """
    reach = CHROMA_FFT // 2
    size = int(BLOCK_SEC * FRAME_RATE) // STEP_FRAMES * STEP_FRAMES
    buffer = np.zeros(reach, dtype=np.float32)
    y, step = np.atleast_2d(audio.y), int(BLOCK_SEC * audio.sr)
    offset = np.float32(y.mean(dtype=np.float64))  # a constant offset is no sound, and would end with a click
    parts = (y[:, start : start + step] - offset for start in range(0, y.shape[1], step))
    for block in resample_mono(parts, audio.sr, SR):
        buffer = np.concatenate([buffer, block])
        while len(buffer) >= (size - 1) * HOP + 2 * reach:
            yield buffer, size
            buffer = buffer[size * HOP :]
    n_left = (len(buffer) - reach) // HOP
    if n_left > 0:
        yield np.concatenate([buffer, np.zeros(reach + HOP, dtype=np.float32)]), n_left


def _measure_block(y: Float32Array, n: int) -> tuple[Float32Array, ...]:
    """Mel bands, loudness, centroid, spread and flatness of `n` frames."""
    k_weight, octave, within = _weights()
    first = CHROMA_FFT // 2 - N_FFT // 2
    part = y[first : first + (n - 1) * HOP + N_FFT]
    S = power_spectrogram(part, n_fft=N_FFT, hop_length=HOP, win_length=WIN_LENGTH, center=False)
    # A sine of full scale has a power of 1 at its bin.
    power = np.ascontiguousarray(S.T) / np.float32((WIN_LENGTH / 4) ** 2)
    bands = power_to_db(power @ mel_bands().T)
    # The bins of a windowed sine of full scale sum to 1.5 * N_FFT / WIN_LENGTH; its mean square is 0.5.
    loudness = power_to_db((power @ k_weight) * np.float32(0.5 * WIN_LENGTH / (1.5 * N_FFT) * 10**-0.0691))
    weight = power[:, within]
    total = weight.sum(axis=1) + 1e-10
    center = (weight @ octave) / total
    spread = np.sqrt(np.maximum(0, (weight @ octave**2) / total - center**2))
    wide = power[:, round(100 * N_FFT / SR) : round(8_000 * N_FFT / SR)]
    flatness = np.exp(np.log(wide + 1e-12).mean(axis=1)) / (wide.mean(axis=1) + 1e-12)
    quiet = total <= 1e-9
    center[quiet], spread[quiet], flatness[quiet] = np.log2(440.0), 0.0, 0.0
    return tuple(
        np.asarray(value, dtype=np.float32) for value in (bands, loudness, 2**center, spread, flatness)
    )


def _chroma_block(y: Float32Array, n: int) -> Float32Array:
    """Pitch classes at 20 Hz."""
    hop = HOP * STEP_FRAMES
    part = y[: (n - 1) * hop + CHROMA_FFT]
    S = power_spectrogram(part, n_fft=CHROMA_FFT, hop_length=hop, center=False)
    bins, shares = _chroma_shares()
    # The square root of the magnitude lets harmonies count beside the loudest note.
    energy = (shares @ np.sqrt(np.sqrt(S[bins]))).T
    least, largest = energy.min(axis=1, keepdims=True), energy.max(axis=1, keepdims=True)
    quiet = S[bins].max(axis=0)[:, None] < (1e-3 * CHROMA_FFT / 4) ** 2
    return np.where(quiet, np.float32(0), (energy - least) / np.maximum(largest - least, 1e-6))


@cache
def _weights() -> tuple[Float32Array, Float32Array, slice]:
    """K-weighting of power, shape=(bins,), octaves of the bins that have a pitch, and which these are."""
    from scipy.signal import sosfreqz

    from core.audio.loudness import k_weighting_sos

    f_hz = np.arange(N_FFT // 2 + 1) * SR / N_FFT
    _, response = sosfreqz(k_weighting_sos(SR), worN=f_hz, fs=SR)
    within = slice(round(FMIN * N_FFT / SR) + 1, round(FMAX * N_FFT / SR))
    return (np.abs(response) ** 2).astype(np.float32), np.log2(f_hz[within]).astype(np.float32), within


def mel_bands() -> Float32Array:
    """Mel filters of peak 1, shape=(N_MELS, N_FFT // 2 + 1)."""
    return mel_filters(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=FMIN, fmax=FMAX, htk=True, norm=None)


def band_centers_hz() -> NDArray[np.float64]:
    """Frequency of each mel band's strongest bin, shape=(N_MELS,)."""
    return np.asarray(mel_bands().argmax(axis=1) * SR / N_FFT)


@cache
def _chroma_shares() -> tuple[slice, Float32Array]:
    """Bins used for chroma, and their weight for each pitch class, shape=(12, bins)."""
    bins = slice(*(round(f * CHROMA_FFT / SR) for f in CHROMA_RANGE_HZ))
    filters = chroma_filters(sr=SR, n_fft=CHROMA_FFT, octwidth=None, norm=None, width=0.7)[:, bins]
    # Bins lie densely in the upper octaves: each octave counts alike.
    return bins, (filters / (np.arange(bins.start, bins.stop) * SR / CHROMA_FFT) * 200).astype(np.float32)
