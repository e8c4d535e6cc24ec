"""Speech over a sound: the sound ducks by 6 dB under each caption and comes back; elsewhere no sample of it changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.arrays import Float32Array
from core.audio.limiting import CEILING_DBFS, limit_peaks, true_peak
from core.audio.loudness import loudness_lufs
from core.audio.waveform import Audio
from core.presentation.presentation import SpokenCaption
from core.speech.captions import DUCK_DB

DUCK_SEC, RETURN_SEC = 0.05, 0.2
"""The sound is down when a caption begins, and has come back this long after its end."""
SPEECH_LUFS = -18.0
MOST_SPEECH_LUFS = -13.0
ABOVE_SOUND_DB = 9.0
"""Speech is this far above the ducked sound, measured over the whole of it, where that is louder than `SPEECH_LUFS` allows."""
_CEILING = 10 ** (CEILING_DBFS / 20)


def lay_over(
    sound: Audio,
    captions: Sequence[SpokenCaption],
    speech: Sequence[Audio],
    *,
    introduction_sec: float = 0.0,
) -> Audio:
    """Mix captions with a sound.

    Parameters
    ----------
    sound : Audio
        Stereo. It begins after the introduction.
    captions : sequence of SpokenCaption
        In the order of time; times count from the beginning of the introduction.
    speech : sequence of Audio
        Mono, one a caption.
    introduction_sec : float
        Silence before the sound.

    Returns
    -------
    Audio
        Stereo; longer than the sound by the introduction, and by what a caption at its end needs.
    """
    sr, n_before = sound.sr, round(introduction_sec * sound.sr)
    spoken = [each.resample(sr).y for each in speech]
    starts = [round(caption.onset_sec * sr) for caption in captions]
    ends = [start + len(y) for start, y in zip(starts, spoken, strict=True)]
    y = np.zeros((2, max([n_before + sound.n_samples, *ends])), dtype=np.float32)
    y[:, n_before : n_before + sound.n_samples] = sound.y
    level = speech_lufs(sound)
    duck(y, list(zip(starts, ends, strict=True)), sr)
    for start, words in zip(starts, spoken, strict=True):
        under = y[:, start : start + len(words)]
        under += _bring_to(level, words, sr, room=_CEILING - (true_peak(under) if under.any() else 0.0))
    return Audio(y, sr)


def speech_lufs(sound: Audio) -> float:
    """Loudness of speech over a sound: one level for all of its captions.

    Examples
    --------
    >>> speech_lufs(Audio(np.zeros((2, 44_100), np.float32), 44_100))
    -18.0
    """
    under = loudness_lufs(sound) - DUCK_DB
    return min(MOST_SPEECH_LUFS, max(SPEECH_LUFS, under + ABOVE_SOUND_DB))


def duck(y: Float32Array, spans: Sequence[tuple[int, int]], sr: int) -> None:
    """Lower a sound by `DUCK_DB` within spans of samples, in place, with ramps that are straight in decibels.

    Parameters
    ----------
    y : np.ndarray [shape=(channels, n)]
    spans : sequence of (int, int)
        In the order of time. Between two that are closer than both ramps together the sound stays down.
    sr : int
        Hz.

    Examples
    --------
    >>> y = np.ones((1, 1000), dtype=np.float32)
    >>> duck(y, [(400, 500)], 1000)
    >>> [round(20 * math.log10(y[0, i]), 2) for i in (349, 375, 400, 499, 600, 701)]
    [0.0, -3.0, -6.0, -6.0, -3.0, 0.0]
    """
    n_down, n_up = round(DUCK_SEC * sr), round(RETURN_SEC * sr)
    for start, end in _join_spans(spans, n_down + n_up):
        times = np.array([start - n_down, start, end, end + n_up])
        first, last = max(0, start - n_down), min(y.shape[1], end + n_up)
        if first < last:
            level_db = np.interp(np.arange(first, last), times, [0.0, -DUCK_DB, -DUCK_DB, 0.0])
            y[:, first:last] *= (10 ** (level_db / 20)).astype(np.float32)


def _join_spans(spans: Sequence[tuple[int, int]], n_apart: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < n_apart:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _bring_to(level_lufs: float, words: Float32Array, sr: int, *, room: float) -> Float32Array:
    """Words with a loudness when both channels play them, their peaks limited to the room that the sound leaves them.

    So the sound itself is not limited: it is softer by exactly `DUCK_DB`.
    """
    # Two equal channels are 3 dB louder than one.
    now = loudness_lufs(Audio(words, sr)) + 10 * math.log10(2)
    gain = 10 ** ((level_lufs - now) / 20) if math.isfinite(now) else 1.0
    brought: Float32Array = (words * np.float32(gain))[None, :]
    limit_peaks(brought, sr, ceiling_dbfs=20 * math.log10(room), true_peaks=True)
    return brought
