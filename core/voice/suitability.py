"""Suitability checks of a vocal recording: level, clipping, several tones at once, speech."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.signal.onsets import interpolate_peaks
from core.signal.stft import get_window, power_spectrogram
from core.voice.pitch_tracking import HOP_LENGTH, SR, VOICED, PitchTrack

# The loudest third of a second decides, so that a short note in a long silence is heard.
_LOUD_FRAMES = 20
_CLIPPED_LEVEL = 0.985

# Several tones: 128 ms, so that tones a minor third apart in a low register stand apart.
_N_FFT = 2048
_MOST_FRAMES = 160  # evenly chosen which bounds the work
_PEAK_DB = 26.0  # peaks this far below the strongest are looked at
_HIGHEST_HZ = 3000.0
# A peak belongs to a harmonic within a semitone, and within a quarter of the distance between two harmonics.
_NEAR_HARMONIC, _OFF_HARMONIC = 0.06, 0.25
_BIN_HZ = SR / _N_FFT

# Tones rise by 20 dB and more out of their surroundings, noise by about 7.
_LEAST_CONTRAST_DB = 13.0
_AROUND_BINS = 25
_LEAST_TONAL = 8  # frames; fewer do not make a chord
_NEAR_LOUD_DB = 15.0

# Speech: a note is held where the pitch stays within so many semitones for so many frames, or where it does so
# within fewer once a period of vibrato, 0.18 s, is averaged.
_HELD_SEMITONES, _HELD_FRAMES = 0.6, 8
_MEAN_SEMITONES, _VIBRATO_FRAMES = 0.25, 11


def level_db(y: NDArray[np.float32]) -> float:
    """RMS level of the loudest third of a second, in dB of full scale; -200 for digital silence."""
    loud = np.sort(_hop_powers(y))[-_LOUD_FRAMES:]
    return float(10.0 * np.log10(max(float(loud.mean()), 1e-20)))


def _hop_powers(y: NDArray[np.float32]) -> FloatArray:
    """Mean square of every hop, shape=(n,); of a sound shorter than a hop, that of the whole."""
    n = len(y) // HOP_LENGTH
    hops = y[: n * HOP_LENGTH].reshape(n, -1) if n else y[None]
    return np.asarray(np.mean(np.square(hops, dtype=np.float64), axis=1))


def clipped_share(y: NDArray[np.float32]) -> float:
    """Share of the loud samples that lie at full scale beside another one: a clipped wave has flat tops."""
    size = np.abs(y)
    loud = size > 0.5
    full = size >= _CLIPPED_LEVEL
    flat = full[1:] & full[:-1]
    return float(flat.sum() / max(int(loud.sum()), 1))


def held_share(pitch_track: PitchTrack) -> float:
    """Share of the voiced time in which the pitch is held: near 1 for singing, little for speech.

    Parameters
    ----------
    pitch_track : PitchTrack

    Returns
    -------
    float in [0, 1]
        Share of voiced frames that lie in a window of eight frames, 0.13 s, all voiced, within which the pitch moves
        by less than 0.6 semitones, or its mean over a period of vibrato by less than 0.25; 0 where nothing is voiced.
    """
    from scipy.ndimage import minimum_filter1d

    voiced = pitch_track.confidence >= VOICED
    if len(voiced) < _HELD_FRAMES or not voiced.any():
        return 0.0
    plain = _moves_less(pitch_track.pitch, voiced, _HELD_SEMITONES)
    middle = minimum_filter1d(voiced, _VIBRATO_FRAMES, mode="constant", cval=False)
    mean = _moves_less(_without_vibrato(pitch_track.pitch, voiced), middle, _MEAN_SEMITONES)
    return float((plain | mean).sum() / voiced.sum())


def _moves_less(pitch: FloatArray, usable: NDArray[np.bool_], semitones: float) -> NDArray[np.bool_]:
    """Frames that lie in a window of usable frames over which the pitch moves by less."""
    windows = np.lib.stride_tricks.sliding_window_view(pitch, _HELD_FRAMES)
    whole = np.lib.stride_tricks.sliding_window_view(usable, _HELD_FRAMES).all(axis=1)
    held_windows = whole & (np.ptp(windows, axis=1) < semitones)
    return np.asarray(np.convolve(held_windows, np.ones(_HELD_FRAMES)) > 0)


def _without_vibrato(pitch: FloatArray, voiced: NDArray[np.bool_]) -> FloatArray:
    """Mean pitch of the voiced frames around each frame, shape=(n,)."""
    from scipy.ndimage import uniform_filter1d

    total, share = (
        uniform_filter1d(values, _VIBRATO_FRAMES, mode="constant")
        for values in (np.where(voiced, pitch, 0.0), voiced.astype(float))
    )
    return np.asarray(total / np.maximum(share, 1.0 / _VIBRATO_FRAMES))


def several_tones_share(y: NDArray[np.float32], pitch_track: PitchTrack) -> float:
    """Share of the loud, tonal frames in which the spectrum is not that of one tone.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        At :data:`core.voice.pitch_tracking.SR`.
    pitch_track : PitchTrack
        Of that sound; unvoiced frames count too, because a tracker is unsure of a chord.

    Returns
    -------
    float in [0, 1]
        A frame counts where a fifth of the power of its spectral peaks lies beside the harmonics of the tracked
        pitch, or where the tracked pitch is a fundamental that nobody sings: to a major triad in root position
        belongs the tone two octaves below the root, whose first three harmonics are missing. 0 where no frame
        is tonal.
    """
    n_frames = min(len(pitch_track.f0_hz), len(y) // HOP_LENGTH)
    if not n_frames:
        return 0.0
    powers = _hop_powers(y)[:n_frames]
    loudest = np.sort(powers)[-min(_LOUD_FRAMES, n_frames)]
    loud = np.flatnonzero(powers >= loudest * 10 ** (-_NEAR_LOUD_DB / 10))
    chosen = loud[np.linspace(0, len(loud) - 1, min(len(loud), _MOST_FRAMES)).astype(int)]
    window = get_window("blackman", _N_FFT, fftbins=False)
    S = power_spectrogram(y, n_fft=_N_FFT, hop_length=HOP_LENGTH, window=window, frames=chosen)
    tonal = several = 0
    for frame, power in zip(chosen, S.T, strict=True):
        if _contrast_db(power) < _LEAST_CONTRAST_DB:
            continue
        tonal += 1
        several += _is_not_one_tone(power, float(pitch_track.f0_hz[frame]))
    return several / max(tonal, _LEAST_TONAL)


def _contrast_db(power: NDArray[np.float32]) -> float:
    """How far the strong parts of a spectrum rise above the lower quarter of their surroundings, up to 3 kHz."""
    from scipy.ndimage import percentile_filter

    part = power[4 : int(_HIGHEST_HZ / _BIN_HZ)] + 1e-20
    around = percentile_filter(part, 25, size=_AROUND_BINS, mode="nearest")
    return float(10.0 * np.average(np.log10(part / around), weights=part))


def _is_not_one_tone(power: NDArray[np.float32], f0_hz: float) -> bool:
    off, missing = tone_shares(power, f0_hz)
    return off > 0.2 or missing > 0.97


def tone_shares(power: NDArray[np.float32], f0_hz: float) -> tuple[float, float]:
    """Share of the peaks' power beside the harmonics of a pitch, and share above its third harmonic."""
    top = int(_HIGHEST_HZ / _BIN_HZ)
    part = power[: top + 1]
    is_peak = np.zeros(top + 1, dtype=bool)
    is_peak[3:-1] = (part[3:-1] > part[2:-2]) & (part[3:-1] >= part[4:])
    is_peak &= part > part.max() * 10 ** (-_PEAK_DB / 10)
    places = np.flatnonzero(is_peak)
    if len(places) < 2:
        return 0.0, 0.0  # one sine is one tone, whatever the tracker makes of it
    hz = interpolate_peaks(np.log(part + 1e-20), places) * _BIN_HZ
    number = hz / f0_hz
    nearest = np.maximum(1.0, np.round(number))
    beside = np.abs(number - nearest) > np.minimum(_OFF_HARMONIC, _NEAR_HARMONIC * nearest)
    strength = part[places]
    total = float(strength.sum())
    return float(strength[beside].sum() / total), float(strength[number > 3.5].sum() / total)
