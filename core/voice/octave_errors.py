"""Octave error correction of a pitch track: a pitch below which the voice has a stronger partial is too high."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from core.signal.stft import get_window, power_spectrogram
from core.voice.pitch_tracking import HOP_LENGTH, SR, VOICED, PitchTrack

N_FFT = 2048  # 128 ms
_BIN_HZ = SR / N_FFT
_BLOCK_FRAMES = 512
_DIVISORS = (2, 3, 4)
_ROUNDS = 2
_LOWEST_HZ = 75.0  # hum of the mains and rumble lie below
_BELOW = 0.8  # of the tracked pitch: what lies under it
# A partial below counts from this level against the tracked pitch's own.
_STRONG = 0.3
_NEAR = 0.03  # of the frequency, or a bin and a half


def repair_octaves(y: NDArray[np.float32], pitch_track: PitchTrack) -> PitchTrack:
    """Divide pitches by two, three or four where the spectrum says so.

    A bowed string or a bright vowel may have more power in its fourth harmonic than in its first, and a tracker
    then jumps up. The true fundamental, or another of its harmonics, still shows below the tracked pitch; below a
    pitch that is right there is nothing.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        At :data:`core.voice.pitch_tracking.SR`.
    pitch_track : PitchTrack

    Returns
    -------
    PitchTrack
        With the same confidence.
    """
    f0_hz = pitch_track.f0_hz.copy()
    frames = np.flatnonzero((pitch_track.confidence >= VOICED) & (f0_hz > 2 * _LOWEST_HZ))
    window = get_window("hann", N_FFT, fftbins=False)
    # Some frames at a time, so that two minutes need little memory.
    for part in np.split(frames, range(_BLOCK_FRAMES, len(frames), _BLOCK_FRAMES)):
        S = power_spectrogram(y, n_fft=N_FFT, hop_length=HOP_LENGTH, window=window, frames=part)
        for frame, power in zip(part, S.T, strict=True):
            # The partial that was found need not be the first.
            for _ in range(_ROUNDS):
                f0_hz[frame] /= _find_divisor(power, float(f0_hz[frame]))
    return dataclasses.replace(pitch_track, f0_hz=f0_hz)


def _find_divisor(power: NDArray[np.float32], f0_hz: float) -> int:
    """What the pitch must be divided by; 1 where it is right."""
    first, last = int(_LOWEST_HZ / _BIN_HZ), int(_BELOW * f0_hz / _BIN_HZ)
    if last - first < 3:
        return 1
    loudest = first + int(power[first : last + 1].argmax())
    least = max(_STRONG * _power_near(power, f0_hz), power[loudest - 1], power[loudest + 1])
    if power[loudest] < least:
        return 1
    hz = loudest * _BIN_HZ
    for divisor in _DIVISORS:
        base = f0_hz / divisor
        number = max(1, round(hz / base))
        near = abs(hz - number * base) < max(_NEAR * hz, 1.5 * _BIN_HZ) / 2
        if base >= _LOWEST_HZ and near:
            return divisor
    return 1


def _power_near(power: NDArray[np.float32], hz: float) -> float:
    reach = max(1, int(_NEAR * hz / _BIN_HZ))
    middle = round(hz / _BIN_HZ)
    return float(power[max(0, middle - reach) : middle + reach + 1].max(initial=0.0))
