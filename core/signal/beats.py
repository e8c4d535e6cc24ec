"""The usual tempo of a sound and its beats, from its onset strength.

Tempo by autocorrelation and beats by dynamic programming (Ellis 2007), with the constants of librosa 0.11's
``feature.tempo`` and ``beat.beat_track``; a test holds both beside them. Why not librosa itself: `spectra`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.signal.spectra import HOP, SR

FloatArray = NDArray[np.float32]

FRAME_RATE = SR / HOP
USUAL_QPM, OCTAVES, MAX_QPM = 120.0, 1.0, 320.0  # tempos are expected around here, and none is faster
# Frames of onsets that are compared with themselves: 8 s, and 9 s of a long sound.
WINDOW, LONG_WINDOW = 344, 384
LONG_FRAMES = 4096  # from here on a sound is long
TIGHTNESS = 100.0  # how much a beat's place counts beside its strength
_BLOCK_FRAMES = 2048


def usual_tempo(flux: FloatArray) -> float:
    """Beats a minute that fit most of a sound.

    Parameters
    ----------
    flux : ndarray of float32, shape=(frames,)
        Onset strength at ``SR`` and ``HOP``.
    """
    width = WINDOW if len(flux) <= LONG_FRAMES else LONG_WINDOW
    alike = np.asarray(_self_likeness(flux, width), dtype=np.float64)
    tempo = 60.0 * FRAME_RATE / np.arange(1, width)
    expected = -0.5 * ((np.log2(tempo) - np.log2(USUAL_QPM)) / OCTAVES) ** 2
    expected[tempo >= MAX_QPM] = -np.inf
    return float(tempo[int(np.argmax(np.log1p(1e6 * alike[1:]) + expected))])


def _self_likeness(flux: FloatArray, width: int) -> NDArray[np.float64]:
    """Mean autocorrelation of the onsets around each frame, the largest lag of each frame 1, shape=(width,)."""
    from scipy.fft import irfft, next_fast_len, rfft
    from scipy.signal.windows import hann

    window = hann(width, sym=False).astype(np.float32)
    size = next_fast_len(2 * width - 1, real=True)
    padded = np.pad(flux, width // 2, mode="linear_ramp", end_values=0)
    around = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(flux)]
    total = np.zeros(width)
    # Some frames at a time: all of five minutes in one piece would take 220 MB.
    for start in range(0, len(flux), _BLOCK_FRAMES):
        spectrum = rfft(around[start : start + _BLOCK_FRAMES] * window, n=size, axis=1)
        found = irfft(spectrum.real**2 + spectrum.imag**2, n=size, axis=1)[:, :width]
        largest = np.abs(found).max(axis=1, keepdims=True)
        total += (found / np.where(largest > np.finfo(np.float32).tiny, largest, 1.0)).sum(axis=0)
    return total / max(1, len(flux))


def beat_frames(flux: FloatArray, tempo_qpm: float | None) -> NDArray[np.int64]:
    """Frames of the beats, shape=(n_beats,).

    Parameters
    ----------
    flux : ndarray of float32, shape=(frames,)
        Onset strength at ``SR`` and ``HOP``.
    tempo_qpm : float or None
        About how many beats a minute; None leaves it to :func:`usual_tempo`.
    """
    if len(flux) < 2 or not flux.any():
        return np.empty(0, dtype=np.int64)
    period = round(60.0 * FRAME_RATE / (tempo_qpm or usual_tempo(flux)))
    score = _local_score(flux, period)
    came_from, total = _best_paths(score, period)
    beat, beats = _last_beat(total), []
    while beat >= 0:
        beats.append(beat)
        beat = int(came_from[beat])
    found = np.array(beats[::-1], dtype=np.int64)
    # What lies before the first onset or after the last one is no beat.
    heard = np.flatnonzero(score > 0)
    return found[(found >= heard[0]) & (found <= heard[-1])] if len(heard) else found[:0]


def _local_score(flux: FloatArray, period: int) -> NDArray[np.float64]:
    """Onsets on the scale of their deviation, smeared over a thirty-second of a beat."""
    onsets = flux / (flux.std(ddof=1) + np.finfo(np.float32).tiny)
    smear = np.exp(-0.5 * (np.arange(-period, period + 1) * 32.0 / period) ** 2)
    return np.convolve(onsets.astype(np.float64), smear)[period : period + len(flux)]


def _best_paths(score: NDArray[np.float64], period: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For every frame as a beat, which beat came before, and what all beats until then score.

    A beat comes half to two periods after the one before, so half a period of frames can be settled at once.
    """
    n = len(score)
    nearest, farthest = int(np.round(period / 2)), 2 * period
    lags = np.arange(nearest, farthest + 1)
    cost = TIGHTNESS * (np.log(lags) - np.log(period)) ** 2
    # Before the sound begins there is no beat.
    total = np.concatenate([np.full(farthest, -np.inf), score])
    came_from = np.full(n, -1, dtype=np.int64)
    for start in range(nearest, n, nearest):
        frames = np.arange(start, min(n, start + nearest))
        options = total[farthest + frames[:, None] - lags] - cost  # (frames, lags)
        best = options.argmax(axis=1)
        found = options[np.arange(len(frames)), best]
        led = np.isfinite(found)
        total[farthest + frames[led]] += found[led]
        came_from[frames[led]] = frames[led] - lags[best[led]]
    # The first beat is one that is heard.
    strong = np.flatnonzero(score >= 0.01 * score.max())
    came_from[: strong[0] if len(strong) else n] = -1
    return came_from, total[farthest:]


def _last_beat(total: NDArray[np.float64]) -> int:
    """The last peak of at least half the usual peak's height."""
    after = np.append(total[1:], total[-1])
    before = np.append(total[0], total[:-1])
    peaks = (total > before) & (total >= after)
    if not peaks.any():
        return len(total) - 1
    chosen = np.flatnonzero(peaks & (total >= 0.5 * np.median(total[peaks])))
    return int(chosen[-1]) if len(chosen) else len(total) - 1
