"""Feature vectors per second of audio, and the mel spectrogram reconstructed from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import Float32Array, FloatArray, IntArray
from core.extrapolate.spectrograms import HOP, N_MELS, SR, chroma_of, log_mel, mean_between, power
from core.signal.onsets import onset_detect, onset_strength

Align = Literal["end", "start"]

FRAMES_PER_SEC = SR / HOP
# A sixteenth of a second is 2.7 frames: short enough for the pulse of fast music.
N_STEPS = 16
# Seconds begin so often a second: music repeats itself after bars, not after whole seconds. On validation
# clips the best repetition came nearer to what followed by 6 % than in steps of a quarter (.875, .935).
PLACES_A_SEC = N_STEPS
# Orders of the cosine transforms that are kept: over bands for the mean spectrum of a second; over the steps of
# the second (from 1: order 0 is the mean) and over bands for how it changes within the second.
N_TIMBRE = 20
N_SHAPE_TIME = 12
N_SHAPE_BANDS = 3
# Down to here a spectrogram is rebuilt; the vectors themselves are of what lies within ``RANGE_DB``.
DEEP_DB = 120.0
# An onset is a peak of the flux that stands out so far, in dB, from the recording's median.
ONSET_DB = 1.5

_SIZES = {"timbre": N_TIMBRE, "shape": N_SHAPE_TIME * N_SHAPE_BANDS, "chroma": 12, "loudness": 1, "rhythm": 2}
_STOPS = dict(zip(_SIZES, accumulate(_SIZES.values()), strict=True))
# Which columns of a vector each group has.
GROUPS = {name: slice(stop - _SIZES[name], stop) for name, stop in _STOPS.items()}
N_FEATURES = sum(_SIZES.values())


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondFeatures:
    """A recording in whole seconds.

    Attributes
    ----------
    places : ndarray of float32, shape=(16 (n_sec - 1) + 1, N_FEATURES)
        Seconds that begin every sixteenth of a second. Timbre: cosine transform over bands of the mean log-mel
        spectrum. Shape: cosine transform over steps and bands of how the second departs from that mean. Chroma of
        length 1. Loudness in dB. Flux in dB and onsets a second.
    mean_mel_db : ndarray of float32, shape=(N_MELS,)
        Mean log-mel spectrum of all these seconds, with the detail that the vectors lack.
    deep_db : ndarray of float32, shape=(N_MELS, frames)
        Log-mel spectrogram of these seconds, down to :data:`DEEP_DB` below full scale: what is softer than the
        vectors' range is not silent.
    """

    places: Float32Array
    mean_mel_db: Float32Array
    deep_db: Float32Array

    @property
    def vectors(self) -> Float32Array:
        """The whole seconds, shape=(n_sec, N_FEATURES)."""
        return self.places[::PLACES_A_SEC]

    @property
    def n(self) -> int:
        """Whole seconds."""
        return len(self.vectors)


def second_features(y: Float32Array, sr: int, *, align: Align = "end") -> SecondFeatures:
    """Compute a feature vector for each second of a sound.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        Mono.
    sr : int
        In Hz.
    align : {"end", "start"}
        On which side the whole seconds begin; what is left of a second on the other side is left out.

    Returns
    -------
    SecondFeatures
        Without any second if the sound is shorter than one.
    """
    import soxr

    if sr != SR:
        y = soxr.resample(y, sr, SR, quality="HQ")
    spectrum = power(np.asarray(y, dtype=np.float32))
    mel_db = log_mel(spectrum)
    n_sec = int(len(y) // SR)
    first = (len(y) - n_sec * SR) / HOP if align == "end" else 0.0
    places = describe_places(mel_db, chroma_of(spectrum), first_frame=first, n_sec=n_sec)
    used = slice(round(first), round(first) + max(1, round(n_sec * FRAMES_PER_SEC)))
    return SecondFeatures(
        places=places,
        mean_mel_db=mel_db[:, used].mean(axis=1),
        deep_db=log_mel(spectrum[:, used], range_db=DEEP_DB),
    )


def describe(mel_db: Float32Array, chroma: Float32Array, *, first_frame: float, n_sec: int) -> Float32Array:
    """Feature vectors per second, from spectrograms at ``SR`` and ``HOP``, shape=(n_sec, N_FEATURES)."""
    return describe_places(mel_db, chroma, first_frame=first_frame, n_sec=n_sec)[::PLACES_A_SEC]


def describe_places(
    mel_db: Float32Array, chroma: Float32Array, *, first_frame: float, n_sec: int
) -> Float32Array:
    """Feature vectors of the seconds that begin every sixteenth of a second.

    Parameters
    ----------
    mel_db : ndarray, shape=(N_MELS, frames)
    chroma : ndarray, shape=(12, frames)
    first_frame : float
        Where the first second begins.
    n_sec : int

    Returns
    -------
    ndarray of float32, shape=(16 (n_sec - 1) + 1, N_FEATURES)
        Empty for no second.
    """
    if n_sec < 1:
        return np.empty((0, N_FEATURES), dtype=np.float32)
    flux = onset_strength(mel_db)
    edges = first_frame + np.arange(n_sec * N_STEPS + 1) * FRAMES_PER_SEC / N_STEPS
    frames = np.minimum(np.rint(edges).astype(int), mel_db.shape[1] - 1)
    steps = mean_between(mel_db, frames).T  # (step, band)
    timbre = _mean_of_seconds(steps @ _cosines(N_MELS)[:N_TIMBRE].T)
    # What a second's mean holds has no part in the orders from 1 on.
    changing = sliding_window_view(steps @ _cosines(N_MELS)[:N_SHAPE_BANDS].T, N_STEPS, axis=0)
    shape = np.einsum("nks,ts->ntk", changing, _cosines(N_STEPS)[1 : N_SHAPE_TIME + 1], optimize=True)
    pitch = _mean_of_frames(chroma, frames)
    pitch = pitch / (np.linalg.norm(pitch, axis=1, keepdims=True) + 1e-6)
    level = 10 * np.log10(_mean_of_frames((10 ** (mel_db / 10)).sum(axis=0)[None], frames) + 1e-12)
    n_onsets = np.zeros(mel_db.shape[1])
    n_onsets[onset_frames(flux)] = 1
    rhythm = [_mean_of_frames(flux[None], frames), _sum_of_frames(n_onsets[None], frames)]
    parts = [timbre, shape.reshape(len(shape), -1), pitch, level, *rhythm]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _mean_of_seconds(steps: FloatArray) -> FloatArray:
    """Mean over the sixteen steps of each second, (step, any) -> (place, any)."""
    total = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
    return np.asarray((total[N_STEPS:] - total[:-N_STEPS]) / N_STEPS)


def _sum_of_frames(values: Float32Array | FloatArray, edges: IntArray) -> FloatArray:
    """Sum over the frames of the second that begins at each edge, (rows, frames) -> (place, rows)."""
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    return np.asarray((total[:, edges[N_STEPS:]] - total[:, edges[:-N_STEPS]]).T)


def _mean_of_frames(values: Float32Array | FloatArray, edges: IntArray) -> FloatArray:
    counts = np.maximum(1, edges[N_STEPS:] - edges[:-N_STEPS])
    return np.asarray(_sum_of_frames(values, edges) / counts[:, None])


def onset_frames(flux: Float32Array) -> IntArray:
    """Onset frames: peaks of the flux within 70 ms that stand out by :data:`ONSET_DB`."""
    return onset_detect(flux, reach=3, threshold=float(np.median(flux)) + ONSET_DB)


def rebuild_mel(vectors: Float32Array, *, detail_db: Float32Array | None = None) -> Float32Array:
    """Log-mel spectrogram of vectors: smooth over bands, in steps of a sixteenth of a second.

    Parameters
    ----------
    vectors : ndarray, shape=(n_sec, N_FEATURES)
    detail_db : ndarray, shape=(N_MELS,), optional
        Added to every frame: what the vectors' cosine orders cannot hold.

    Returns
    -------
    ndarray of float32, shape=(N_MELS, frames)
        In dB, from ``-DEEP_DB`` to 0; ``round(n_sec * SR / HOP)`` frames.
    """
    n_sec = len(vectors)
    over_steps, over_bands = _cosines(N_STEPS), _cosines(N_MELS)
    mean = bands_of(vectors)
    shape = vectors[:, GROUPS["shape"]].reshape(n_sec, N_SHAPE_TIME, N_SHAPE_BANDS)
    changing = np.einsum(
        "ntk,ts,kb->nsb", shape, over_steps[1 : N_SHAPE_TIME + 1], over_bands[:N_SHAPE_BANDS], optimize=True
    )
    steps = (mean[:, None] + changing).reshape(n_sec * N_STEPS, N_MELS)
    times = (np.arange(len(steps)) + 0.5) * FRAMES_PER_SEC / N_STEPS
    at = np.arange(round(n_sec * FRAMES_PER_SEC)) + 0.5
    mel_db = np.stack([np.interp(at, times, band) for band in steps.T])
    if detail_db is not None:
        mel_db = mel_db + detail_db[:, None]
    return np.asarray(np.clip(mel_db, -DEEP_DB, 0.0), dtype=np.float32)


def detail_of(features: SecondFeatures, *, deep: bool = False) -> Float32Array:
    """Residual of the mean spectrum not captured by the vectors, shape=(N_MELS,), in dB."""
    held = bands_of(features.vectors.mean(axis=0, keepdims=True))[0]
    mean = features.deep_db.mean(axis=1) if deep else features.mean_mel_db
    return np.asarray(mean - held, dtype=np.float32)


def bands_of(vectors: Float32Array) -> Float32Array:
    """Mean log-mel spectrum of each second from its vector, shape=(n_sec, N_MELS), in dB."""
    return np.asarray(vectors[:, GROUPS["timbre"]] @ _cosines(N_MELS)[:N_TIMBRE], dtype=np.float32)


@cache
def _cosines(n: int) -> FloatArray:
    """Orthonormal cosine transform of type II, a row an order, shape=(n, n)."""
    from scipy.fft import dct

    return np.asarray(dct(np.eye(n), axis=0, norm="ortho"))
