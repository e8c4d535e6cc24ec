"""Input features of the note-boundary network: mel bands and pitch movement, frame by frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.signal.mel import mel_filters
from core.signal.stft import get_window, power_spectrogram
from core.voice.pitch_tracking import HOP_LENGTH, SR, PitchTrack

N_FFT = 512  # 32 ms: a consonant lasts about as long
N_MELS = 36
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7600.0
_FLOOR = 1e-9

PITCH_STEPS = (1, 2, 4, 7)  # frames to each side between which the pitch is compared
_MOST_SEMITONES = 3.0
_CONFIDENT = 0.4
N_PITCH_FEATURES = 2 + 2 * len(PITCH_STEPS)
# Columns of the signed pitch changes, which training turns upside down.
SIGNED_COLUMNS = tuple(N_MELS + 2 + 2 * i for i in range(len(PITCH_STEPS)))

# Levels are told against the loudest frames: 20 dB are one unit.
_UNIT_DB, _LOW, _HIGH = 20.0, -3.5, 2.0
_LOUD_FRAMES = 20
_NEAR_LOUDEST_DB = 25.0

Features = NDArray[np.float32]


def boundary_features(y: NDArray[np.float32], pitch_track: PitchTrack) -> Features:
    """Describe every frame of a recording.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        At :data:`core.voice.pitch_tracking.SR`.
    pitch_track : PitchTrack

    Returns
    -------
    ndarray of float32, shape=(frames, N_MELS + N_PITCH_FEATURES)
        Mel bands, the tracker's confidence, the level, and for each of :data:`PITCH_STEPS` the change of pitch
        in semitones with and without its sign; 0 where one of both sides is unvoiced.
    """
    power = _band_powers(y, len(pitch_track.f0_hz))
    level_db = 10.0 * np.log10(power.sum(axis=1))
    reference = loud_level_db(level_db)
    bands = np.clip((10.0 * np.log10(power) - reference + 15.0) / _UNIT_DB, _LOW, _HIGH)
    level = np.clip((level_db - reference) / _UNIT_DB, _LOW, 1.0)
    return np.column_stack([bands, pitch_track.confidence, level, *_pitch_changes(pitch_track)]).astype(
        np.float32
    )


def loud_level_db(level_db: FloatArray) -> float:
    """Level of the loud part of a recording, also where most of it is silence.

    Parameters
    ----------
    level_db : ndarray of float64, shape=(frames,)

    Returns
    -------
    float
        The 90th percentile of the frames that lie within 25 dB of the loudest third of a second.
    """
    loudest = np.sort(level_db)[-min(_LOUD_FRAMES, len(level_db))]
    return float(np.percentile(level_db[level_db >= loudest - _NEAR_LOUDEST_DB], 90))


def _pitch_changes(pitch_track: PitchTrack) -> list[FloatArray]:
    from scipy.ndimage import median_filter

    pitch = median_filter(pitch_track.pitch, 3, mode="nearest")
    voiced = pitch_track.confidence > _CONFIDENT
    columns: list[FloatArray] = []
    for step in PITCH_STEPS:
        around, sure = np.pad(pitch, step, mode="edge"), np.pad(voiced, step, mode="edge")
        both = sure[2 * step :] & sure[: -2 * step]
        change = np.where(both, around[2 * step :] - around[: -2 * step], 0.0)
        change = np.clip(change, -_MOST_SEMITONES, _MOST_SEMITONES)
        columns += [change, np.abs(change)]
    return columns


def _band_powers(y: NDArray[np.float32], n_frames: int) -> FloatArray:
    """Power in mel bands, shape=(n_frames, N_MELS); frame ``i`` is centerd at sample ``256 i``.

    The network was trained with a symmetric window, and with bands of unit sum.
    """
    filters = mel_filters(
        sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=_LOWEST_HZ, fmax=_HIGHEST_HZ, htk=True, norm=1
    )
    window = get_window("hann", N_FFT, fftbins=False)
    S = power_spectrogram(y, n_fft=N_FFT, hop_length=HOP_LENGTH, window=window, frames=slice(n_frames))
    return (filters @ S).T.astype(np.float64) + _FLOOR
