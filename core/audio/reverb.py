"""Reverb: the sound with a small room around it, by convolution with decaying noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.audio.waveform import Audio

DECAY_SEC = 1.1
"""Time in which the low half of the spectrum falls by 60 dB; the high half takes 0.6 of it, as in a real room."""

LEVEL_DB = -15.0
"""Energy of the room relative to the sound itself."""

PRE_DELAY_SEC = 0.02
"""The room answers after the onset, which stays clear."""

_CROSSOVER_HZ, _LOWEST_HZ = 1_800.0, 180.0
_HIGH_SHARE = 0.6
_BLOCK_SAMPLES = 1 << 18


def add_reverb(audio: Audio, *, level_db: float = LEVEL_DB, overwrite: bool = False) -> Audio:
    """Add a small room; the sound itself stays as it is, to the sample, and as long.

    Linear: the room of a sum is the sum of the rooms.

    Parameters
    ----------
    audio : Audio
        Stereo.
    level_db : float
    overwrite : bool
        The room is added to the samples of `audio`: ten minutes are 210 MB.

    Returns
    -------
    Audio

    Examples
    --------
    >>> click = np.zeros((2, 22_050), dtype=np.float32)
    >>> click[:, 1_000] = 0.5
    >>> wet = add_reverb(Audio(click, sr=22_050)).y
    >>> bool(np.abs(wet[:, :1_000]).max() < 1e-6), float(wet[0, 1_000]), bool(np.abs(wet[:, 5_000]).max() > 0)
    (True, 0.5, True)
    """
    from scipy.signal import fftconvolve  # half a second to import

    room = _room(audio.sr)
    delay = round(PRE_DELAY_SEC * audio.sr)
    y = audio.y if overwrite else audio.y.copy()
    level = np.float32(10.0 ** (level_db / 20.0))
    # From the end, so that a block is read before the room of those before it is added to it.
    for begin in reversed(range(0, y.shape[1], _BLOCK_SAMPLES)):
        left, right = level * y[:, begin : begin + _BLOCK_SAMPLES]
        for side, (own, other) in enumerate(((left, right), (right, left))):
            # Each wall is reached by both sides, the own one more.
            answer = fftconvolve(0.8 * own + 0.6 * other, room[side])
            span = y[side, begin + delay : begin + delay + len(answer)]
            span += answer[: len(span)].astype(np.float32)
    return Audio(y, audio.sr)


@lru_cache(maxsize=4)
def _room(sr: int) -> Float32Array:
    """Impulse response of the room, shape (2, n), energy 1 each; the same at every call."""
    from scipy.signal import butter, sosfilt

    n = round(1.2 * DECAY_SEC * sr)
    noise = np.random.default_rng(0).standard_normal((2, n))
    time_sec = np.arange(n) / sr

    def fall(share: float) -> FloatArray:
        return np.asarray(10.0 ** (-3.0 * time_sec / (share * DECAY_SEC)))

    crossover = min(_CROSSOVER_HZ, 0.4 * sr)
    low = sosfilt(butter(2, [_LOWEST_HZ, crossover], "bandpass", fs=sr, output="sos"), noise) * fall(1.0)
    high = sosfilt(butter(2, crossover, "highpass", fs=sr, output="sos"), noise) * fall(_HIGH_SHARE)
    # The highest frequencies are swallowed by air and walls.
    room = low + 0.35 * high
    room /= np.sqrt((room**2).sum(axis=1, keepdims=True))
    made: Float32Array = room.astype(np.float32)
    return made
