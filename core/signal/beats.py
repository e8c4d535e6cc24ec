"""Beat tracking: global tempo and beats from onset strength, or none where no pulse stands out.

Tempo by autocorrelation and beats by dynamic programming (Ellis 2007), as of ``librosa.feature.tempo`` and
``librosa.beat.beat_track``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array

MIN_BEATS = 8
# Beats are believed where the onsets repeat themselves after one beat: an autocorrelation of less is found in noise
# (.03), held tones (.05), notes at random times (.16) and slow or free music (.15); music with a beat has .2 to .9.
MIN_PERIODICITY = 0.18
# Onset strength in dB at half of the beats: less is a vibrato, or the flicker of a held sound; music has 1.2 and more.
MIN_RISE_DB = 1.0
_MIN_STEADY = 0.8  # share of the intervals
_NEAR_SEC = 0.046  # around a beat
_STEP_SEC = 0.1  # from one comparison of the onsets with themselves to the next
_BLOCK_FRAMES = 2048


def tempo(
    onset_envelope: Float32Array,
    *,
    sr: float,
    hop_length: int,
    start_bpm: float = 120.0,
    std_bpm: float = 1.0,
    ac_size: float = 8.0,
    max_tempo: float = 320.0,
    step: int = 1,
) -> float:
    """Global tempo in BPM, as in ``librosa.feature.tempo``.

    Parameters
    ----------
    onset_envelope : ndarray of float32, shape=(frames,)
        Onset strength every ``hop_length`` samples at ``sr``.
    sr, hop_length
    start_bpm, std_bpm : float
        Tempos are expected around ``start_bpm``, with a deviation of ``std_bpm`` octaves.
    ac_size : float
        Seconds of onsets that are compared with themselves.
    max_tempo : float
        None is faster.
    step : int
        Frames from one of these comparisons to the next; librosa's is 1.
    """
    width = int(ac_size * sr / hop_length)
    alike = np.asarray(_autocorrelation(onset_envelope, width, step), dtype=np.float64)
    bpm = 60.0 * sr / hop_length / np.arange(1, width)
    expected = -0.5 * ((np.log2(bpm) - np.log2(start_bpm)) / std_bpm) ** 2
    expected[bpm >= max_tempo] = -np.inf
    return float(bpm[int(np.argmax(np.log1p(1e6 * alike[1:]) + expected))])


def _autocorrelation(onset_envelope: Float32Array, width: int, step: int) -> NDArray[np.float64]:
    """Mean autocorrelation of the onsets around every ``step``-th frame, the largest lag of each 1, shape=(width,)."""
    from scipy.fft import irfft, next_fast_len, rfft
    from scipy.signal.windows import hann

    window = hann(width, sym=False).astype(np.float32)
    size = next_fast_len(2 * width - 1, real=True)
    padded = np.pad(onset_envelope, width // 2, mode="linear_ramp", end_values=0)
    around = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(onset_envelope)][::step]
    total = np.zeros(width)
    # Some frames at a time: all of five minutes in one piece would take 220 MB.
    for start in range(0, len(around), _BLOCK_FRAMES):
        spectrum = rfft(around[start : start + _BLOCK_FRAMES] * window, n=size, axis=1)
        found = irfft(spectrum.real**2 + spectrum.imag**2, n=size, axis=1)[:, :width]
        largest = np.abs(found).max(axis=1, keepdims=True)
        total += (found / np.where(largest > np.finfo(np.float32).tiny, largest, 1.0)).sum(axis=0)
    return total / max(1, len(around))


def beat_track(
    onset_envelope: Float32Array,
    *,
    sr: float,
    hop_length: int,
    bpm: float | None = None,
    tightness: float = 100.0,
) -> NDArray[np.int64]:
    """Beat frames, as in ``librosa.beat.beat_track(trim=False)``.

    Parameters
    ----------
    onset_envelope : ndarray of float32, shape=(frames,)
        Onset strength every ``hop_length`` samples at ``sr``.
    sr, hop_length
    bpm : float, optional
        About how many beats a minute; left to :func:`tempo` by default.
    tightness : float
        How much a beat's place counts beside its strength.

    Returns
    -------
    ndarray of int64, shape=(n_beats,)

    Examples
    --------
    Clicks every half a second, in frames of 10 ms:

    >>> onsets = np.zeros(1_000, dtype=np.float32)
    >>> onsets[20::50] = 1.0
    >>> round(tempo(onsets, sr=44_100, hop_length=441))
    120
    >>> beat_track(onsets, sr=44_100, hop_length=441)[2:6].tolist()
    [120, 170, 220, 270]
    """
    if len(onset_envelope) < 2 or not onset_envelope.any():
        return np.empty(0, dtype=np.int64)
    period = round(60.0 * sr / hop_length / (bpm or tempo(onset_envelope, sr=sr, hop_length=hop_length)))
    score = _local_score(onset_envelope, period)
    came_from, total = _best_paths(score, period, tightness)
    beat, beats = _last_beat(total), []
    while beat >= 0:
        beats.append(beat)
        beat = int(came_from[beat])
    found = np.array(beats[::-1], dtype=np.int64)
    # What lies before the first onset or after the last one is no beat.
    heard = np.flatnonzero(score > 0)
    return found[(found >= heard[0]) & (found <= heard[-1])] if len(heard) else found[:0]


def _local_score(onset_envelope: Float32Array, period: int) -> NDArray[np.float64]:
    """Onsets on the scale of their deviation, smeared over a thirty-second of a beat."""
    onsets = onset_envelope / (onset_envelope.std(ddof=1) + np.finfo(np.float32).tiny)
    smear = np.exp(-0.5 * (np.arange(-period, period + 1) * 32.0 / period) ** 2)
    return np.convolve(onsets.astype(np.float64), smear)[period : period + len(onsets)]


def _best_paths(
    score: NDArray[np.float64], period: int, tightness: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Dynamic programming: for each frame as a beat, its predecessor and the cumulative score.

    A beat comes half to two periods after the one before, so half a period of frames can be settled at once.
    """
    n = len(score)
    nearest, farthest = int(np.round(period / 2)), 2 * period
    lags = np.arange(nearest, farthest + 1)
    cost = tightness * (np.log(lags) - np.log(period)) ** 2
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


def find_pulse(
    onset_envelope: Float32Array, *, sr: float, hop_length: int
) -> tuple[float | None, NDArray[np.int64]]:
    """Tempo and beats; None and no beats where no pulse stands out.

    Parameters
    ----------
    onset_envelope : ndarray of float32, shape=(frames,)
        Onset strength in dB every ``hop_length`` samples at ``sr``.
    sr, hop_length

    Returns
    -------
    tempo_qpm : float or None
        From the mean of the steady intervals, so finer than the frames.
    beats : ndarray of int64, shape=(n_beats,)
        Frames.
    """
    from scipy.ndimage import maximum_filter1d

    nothing = None, np.empty(0, dtype=np.int64)
    if len(onset_envelope) < 2:
        return nothing
    frame_rate = sr / hop_length
    bpm = tempo(onset_envelope, sr=sr, hop_length=hop_length, step=max(1, round(frame_rate * _STEP_SEC)))
    beats = beat_track(onset_envelope, sr=sr, hop_length=hop_length, bpm=bpm)
    if len(beats) < MIN_BEATS or onset_envelope.mean() <= 0:
        return nothing
    period = float(np.median(np.diff(beats)))
    rises = maximum_filter1d(onset_envelope, 2 * round(_NEAR_SEC * frame_rate) + 1)[beats]
    if (
        np.median(rises) < MIN_RISE_DB
        or periodicity(onset_envelope, period, frame_rate) < MIN_PERIODICITY
        or len(steady_intervals(beats)) < _MIN_STEADY * (len(beats) - 1)
    ):
        return nothing
    # In the echo of a last chord beats come early: only the steadiest tell the tempo.
    return float(60.0 * frame_rate / steady_intervals(beats, 0.1).mean()), beats


def periodicity(onset_envelope: Float32Array, period: float, frame_rate: float) -> float:
    """Autocorrelation of the onsets at a lag of ``period`` frames, or of one less or more, as a share of their energy.

    Onsets count above their surroundings, and on the scale of the four seconds around them.
    """
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d
    from scipy.signal import correlate

    smooth = gaussian_filter1d(onset_envelope, 0.015 * frame_rate)
    above = np.maximum(0.0, smooth - uniform_filter1d(smooth, round(frame_rate)))
    scale = np.sqrt(uniform_filter1d(above**2, round(4 * frame_rate))) + 0.1 * above.std() + 1e-6
    local = above / scale
    local -= local.mean()
    n = len(local)
    alike = correlate(local, local)[n - 1 :] / (n - np.arange(n))
    lag = round(period)
    return float(alike[max(1, lag - 1) : lag + 2].max(initial=0.0) / max(float(alike[0]), 1e-9))


def steady_intervals(beats: NDArray[np.integer], tolerance: float = 0.15) -> NDArray[np.int64]:
    """Distances in frames of neighboring beats, those that are further from their median than a share left out."""
    intervals = np.diff(beats)
    return np.asarray(intervals[np.abs(intervals / np.median(intervals) - 1) < tolerance], dtype=np.int64)
