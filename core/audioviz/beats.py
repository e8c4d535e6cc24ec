"""A light beat tracker: onset strength in, tempo and beat times out, or nothing where no pulse stands out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.audioviz.mel_windows import FRAME_RATE, FloatArray

MIN_QPM, MAX_QPM, LIKELY_QPM = 50.0, 210.0, 118.0
OCTAVES = 0.9  # deviation of tempi around the likely one, in octaves
TIGHTNESS = 300.0  # how dear a beat off the tempo is (Ellis 2007 takes 100 to 680)
MIN_BEATS = 8
# Beats are believed where the autocorrelation at their period reaches this: noise has .05 to .10, a held tone .03,
# music without a beat .10 to .16, music with one .22 to .82.
MIN_PERIODICITY = 0.18


def onset_strength(mel_db: FloatArray) -> FloatArray:
    """Mean rise of the mel bands over 20 ms, in dB, shape=(frames,); levels more than 70 dB below the loudest do not count."""
    floor = max(float(mel_db.max()) - 70.0, -90.0)
    clipped = np.maximum(mel_db, np.float32(floor))
    before = np.concatenate([clipped[:1], clipped[:1], clipped[:-2]])
    # A band's rise is compared with the loudest of its neighbours: a vibrato is no onset (Boeck and Widmer 2013).
    wide = before.copy()
    wide[:, 1:] = np.maximum(wide[:, 1:], before[:, :-1])
    wide[:, :-1] = np.maximum(wide[:, :-1], before[:, 1:])
    return np.asarray(np.maximum(0.0, clipped - wide).mean(axis=1), dtype=np.float32)


def track_beats(onset: FloatArray) -> tuple[float | None, NDArray[np.float64]]:
    """Tempo and beats of a whole sound.

    The tempo is the strongest lag of the autocorrelation under a log-normal preference for 118 a minute; beats are
    found by dynamic programming (Ellis, "Beat Tracking by Dynamic Programming", 2007).

    Parameters
    ----------
    onset : ndarray of float32, shape=(frames,)
        At 100 Hz.

    Returns
    -------
    tempo_qpm : float or None
    beats_sec : ndarray of float64, shape=(n_beats,)
    """
    nothing = None, np.empty(0)
    if len(onset) < 4 * FRAME_RATE or float(onset.max()) <= 0:
        return nothing
    strength = _local(onset)
    period, periodicity = _period(strength)
    if periodicity < MIN_PERIODICITY:
        return nothing
    beats = _best_beats(strength, period)
    if len(beats) < MIN_BEATS:
        return nothing
    intervals = np.diff(beats)
    if (np.abs(intervals / np.median(intervals) - 1) < 0.15).mean() < 0.8:
        return nothing
    slope = np.polyfit(np.arange(len(beats)), beats, 1)[0]
    return float(60.0 * FRAME_RATE / slope), beats / FRAME_RATE


def beat_phase(
    times_sec: NDArray[np.float64], beats_sec: NDArray[np.float64]
) -> tuple[FloatArray, FloatArray]:
    """Where between two beats each moment lies.

    Returns
    -------
    phase : ndarray of float32, shape=(n,)
        From 0 on a beat to just below 1 before the next; 0 where there are no beats.
    sure : ndarray of float32, shape=(n,)
        1 between the first and the last beat and one beat around them, else 0.
    """
    n = len(times_sec)
    if len(beats_sec) < 2:
        return np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    first, last = np.diff(beats_sec)[[0, -1]]
    extended = np.concatenate([[beats_sec[0] - first], beats_sec, [beats_sec[-1] + last]])
    place = np.interp(times_sec, extended, np.arange(len(extended)), left=-1.0, right=-1.0)
    sure = place >= 0
    return np.where(sure, place % 1.0, 0.0).astype(np.float32), sure.astype(np.float32)


def _local(onset: FloatArray) -> FloatArray:
    """Onsets above their surroundings, on the scale of the second around them."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    smooth = gaussian_filter1d(onset, 1.5)
    above = np.maximum(0.0, smooth - uniform_filter1d(smooth, round(FRAME_RATE)))
    scale = np.sqrt(uniform_filter1d(above**2, round(4 * FRAME_RATE))) + 0.1 * above.std() + 1e-6
    return np.asarray(above / scale, dtype=np.float32)


def _period(strength: FloatArray) -> tuple[float, float]:
    """The most likely beat period in frames, and the autocorrelation there as a share of the energy."""
    n = len(strength)
    spectrum = np.fft.rfft(strength - strength.mean(), 2 * n)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / (n - np.arange(n))
    lags = np.arange(round(60 * FRAME_RATE / MAX_QPM), min(n // 2, round(60 * FRAME_RATE / MIN_QPM)) + 1)
    tempo = 60 * FRAME_RATE / lags
    prior = np.exp(-0.5 * (np.log2(tempo / LIKELY_QPM) / OCTAVES) ** 2)
    # A beat is also heard at its multiples: they tell it from its subdivisions.
    double = np.interp(2 * lags, np.arange(n), correlation)
    best = int(np.argmax((correlation[lags] + 0.5 * double) * prior))
    return float(lags[best]), float(correlation[lags[best]] / max(correlation[0], 1e-9))


def _best_beats(strength: FloatArray, period: float) -> NDArray[np.int64]:
    n = len(strength)
    back = np.arange(-round(2 * period), -round(period / 2) + 1)
    cost = (-TIGHTNESS / 100 * np.log(-back / period) ** 2 * 10).astype(np.float32)
    score = strength.copy()
    came_from = np.full(n, -1, dtype=np.int64)
    reach = -int(back[0])
    for i in range(reach, n):
        options = score[i + back[0] : i + back[-1] + 1] + cost
        best = int(options.argmax())
        if options[best] > 0:
            score[i] += options[best]
            came_from[i] = i + back[best]
    end = n - 1 - int(np.argmax(score[::-1][: max(1, round(period))]))
    beats = []
    while end >= 0:
        beats.append(end)
        end = int(came_from[end])
    return np.array(beats[::-1], dtype=np.int64)
