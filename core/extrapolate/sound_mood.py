"""Music emotion: valence and arousal of audio from acoustic measures, and a gradual shift of both.

Arousal goes with loudness, how often and how strongly notes begin, and brightness; valence with the major mode, and a
little with brightness and pace (Gabrielsson and Lindström 2010; Eerola, Lartillot and Toiviainen 2009). Each measure is
put on the scale of real music and they are summed; no model is involved, so that the same sound always has the same mood.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.audio.time_stretch import stretch
from core.extrapolate.analysis import Analysis, standardize
from core.extrapolate.blockwise_features import FrameFeatures
from core.extrapolate.request import Wish
from core.extrapolate.spectrograms import mel_hz
from core.music.key import key_correlations
from core.signal.onsets import onset_detect

WINDOW_SEC = 6.0
STEP_SEC = 2.0
# A window in which so little sounds has no mood.
_SILENT_DB = -60.0
_PEAK_DB = 1.0
_REACH = 3

# A shift comes gradually over so many seconds, or over this share of a shorter addition.
RAMP_SEC = 30.0
_RAMP_SHARE = 0.6
_SHELF_HZ = 2_000.0
# The third of the recording that is furthest in the wished direction, and how far past it the search aims.
_TOP_SHARE = 0.33
_AIM = 1.5
_MATERIAL_WEIGHT = 1.2
_AROUND_SEC = 2.0

# Mean and standard deviation of each of the five measures over 1,126 windows of 160 clips of freely licensed music.
_MEAN = np.array([-30.5, 3.2, 0.95, -0.93, -0.03])
_STD = np.array([5.1, 2.1, 0.38, 0.56, 0.14])
_AROUSAL = np.array([0.9, 0.6, 0.6, 0.6, 0.0])
_VALENCE = np.array([0.0, 0.35, 0.0, 0.25, 1.0])


@dataclass(frozen=True, kw_only=True)
class SoundMood:
    """Mood of a sound in the valence-arousal plane.

    Attributes
    ----------
    valence : float in (-1, 1)
        From dark to bright in mood; 0 is the middle of real music.
    arousal : float in (-1, 1)
        From calm to excited.
    """

    valence: float
    arousal: float


def measures(features: FrameFeatures) -> FloatArray:
    """Measures from which the mood of a section is estimated.

    Parameters
    ----------
    features : FrameFeatures
        Some seconds of a sound.

    Returns
    -------
    ndarray, shape=(5,)
        Level in dB below full scale, onsets a second, mean onset strength in dB, spectral centroid in octaves above
        1 kHz, and how much better the best major key fits than the best minor one (difference of correlations).
    """
    from scipy.ndimage import uniform_filter1d

    energy = 10 ** (features.mel_db.astype(np.float64) / 10)
    level = 10 * np.log10(energy.sum(axis=0).mean() + 1e-12)
    flux = features.flux.astype(np.float64)
    # Local maxima that stand out from what is around them.
    around = uniform_filter1d(flux, 2 * _REACH + 1, mode="nearest")
    onsets = onset_detect(features.flux, reach=_REACH, threshold=around + _PEAK_DB)
    # Of the magnitudes: a centroid of the energy tells of the bass and of little else.
    spectrum = np.sqrt(energy).sum(axis=1)
    centroid = float((spectrum * _band_octaves()).sum() / max(spectrum.sum(), 1e-12))
    major, minor = key_correlations(features.chroma.sum(axis=1)).max(axis=1)
    return np.array(
        [level, len(onsets) / max(features.duration_sec, 1e-3), flux.mean(), centroid, major - minor]
    )


@cache
def _band_octaves() -> FloatArray:
    """Center of each mel band in octaves above 1 kHz."""
    return np.asarray(np.log2(mel_hz() / 1000.0))


def mood_from(values: FloatArray) -> SoundMood:
    """Estimate the mood from measures."""
    scaled = np.clip((values - _MEAN) / _STD, -3.0, 3.0)
    return SoundMood(
        valence=float(np.tanh(_VALENCE @ scaled / np.linalg.norm(_VALENCE) / 1.5)),
        arousal=float(np.tanh(_AROUSAL @ scaled / np.linalg.norm(_AROUSAL) / 2.0)),
    )


def mood_of(features: FrameFeatures) -> SoundMood | None:
    """The mood of a whole sound: the mean over its windows; None where it is silent."""
    moods = [mood for _, mood in mood_line(features) if mood is not None]
    if not moods:
        return None
    valence, arousal = np.mean([(mood.valence, mood.arousal) for mood in moods], axis=0).tolist()
    return SoundMood(valence=valence, arousal=arousal)


def mood_line(features: FrameFeatures) -> list[tuple[float, SoundMood | None]]:
    """The mood along a sound, in windows of :data:`WINDOW_SEC` each :data:`STEP_SEC`.

    Parameters
    ----------
    features : FrameFeatures

    Returns
    -------
    list of (float, SoundMood or None)
        Middle of each window in seconds; None where it is silent.
    """
    last = max(0.0, features.duration_sec - WINDOW_SEC)
    starts = np.append(np.arange(0.0, last, STEP_SEC), last)
    line: list[tuple[float, SoundMood | None]] = []
    for start in starts:
        values = measures(features.between(float(start), float(start) + WINDOW_SEC))
        middle = float(start) + min(WINDOW_SEC, features.duration_sec) / 2
        line.append((middle, mood_from(values) if values[0] > _SILENT_DB else None))
    return line


# The shift.


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Full size of a mood shift, within the range of performances of the same music.

    Attributes
    ----------
    gain_db, shelf_db : float
        Of everything, and of what lies above 2 kHz.
    tempo : float
        Times the tempo of the recording.
    """

    gain_db: float
    shelf_db: float
    tempo: float


SHIFTS: dict[Wish, Shift] = {
    "lift": Shift(gain_db=2.0, shelf_db=3.0, tempo=1.04),
    "calm": Shift(gain_db=-3.5, shelf_db=-5.0, tempo=0.95),
}


def _ramp_sec(seconds: float) -> float:
    return min(RAMP_SEC, _RAMP_SHARE * seconds)


def tempo_curve(wish: Wish, seconds: float) -> tuple[FloatArray, FloatArray]:
    """Time map from the shifted to the unshifted addition.

    Parameters
    ----------
    wish : {"keep", "lift", "calm"}
    seconds : float > 0
        Length of the shifted addition.

    Returns
    -------
    at_sec, from_sec : ndarray, shape=(m,)
        As in :func:`core.audio.time_stretch.stretch`; both are 0 at the joint with the recording.
    """
    at = np.append(np.arange(0.0, seconds, 0.25), seconds)
    if wish == "keep":
        return at, at.copy()
    ramp = _ramp_sec(seconds)
    gained = np.where(at < ramp, at**2 / (2 * ramp), at - ramp / 2)
    return at, at + (SHIFTS[wish].tempo - 1.0) * gained


def steer_material(
    analysis: Analysis,
    features: FrameFeatures,
    wish: Wish,
    seconds: float,
    *,
    targets: FloatArray | None = None,
    weights: FloatArray | None = None,
) -> tuple[FloatArray | None, FloatArray | None]:
    """Mood target for the choice of slices, second by second.

    Parameters
    ----------
    analysis : Analysis
    features : FrameFeatures
        Of the same recording.
    wish : {"keep", "lift", "calm"}
    seconds : float
        Length of the addition.
    targets : ndarray, shape=(m, n_features), optional
        What a model predicts; without it the shift starts from the recording's mean.
    weights : ndarray, shape=(n_features,), optional
        Of the targets' features.

    Returns
    -------
    targets, weights : ndarray or None
        For :func:`core.extrapolate.recompose.recompose`; as given for "keep".
    """
    if wish == "keep":
        return targets, weights
    score = _scores(analysis, features, wish)
    top = score >= np.quantile(score, 1.0 - _TOP_SHARE)
    slices = analysis.features.astype(np.float64)
    middle = slices.mean(axis=0)
    way = _AIM * (slices[top].mean(axis=0) - middle)
    share = np.minimum(1.0, (np.arange(max(1, int(np.ceil(seconds)))) + 0.5) / _ramp_sec(seconds))[:, None]
    if targets is None or not len(targets):
        return middle + share * way, np.full(slices.shape[1], _MATERIAL_WEIGHT)
    start = targets[np.minimum(np.arange(len(share)), len(targets) - 1)]
    return start + share * way, weights


def _scores(analysis: Analysis, features: FrameFeatures, wish: Wish) -> FloatArray:
    """Score of each slice's surroundings in the requested mood direction, shape=(n,)."""
    middles = (analysis.bounds[:-1] + analysis.bounds[1:]) / 2 / analysis.sr
    moods = [mood_from(measures(features.between(at - _AROUND_SEC, at + _AROUND_SEC))) for at in middles]
    valence, arousal = (
        standardize(np.array([getattr(mood, name) for mood in moods])) for name in ("valence", "arousal")
    )
    # Gain, shelf and tempo see to arousal in any case; valence is in the material alone. Calm is a pleasant place: its
    # music is quieter, not darker.
    return valence + 0.3 * arousal if wish == "lift" else 0.7 * valence - arousal


def shift_mood(
    y: Float32Array, sr: int, wish: Wish, seconds: float, *, backward: bool = False
) -> Float32Array:
    """Shift tempo, brightness and loudness of an addition, ramping up from the recording.

    Parameters
    ----------
    y : ndarray of float32, shape=(channels, n)
        At least as long as :func:`tempo_curve` asks for; may be changed.
    sr : int
        Hz.
    wish : {"keep", "lift", "calm"}
    seconds : float
        Length of the result.
    backward : bool
        Whether the recording lies after the addition.

    Returns
    -------
    ndarray of float32, shape=(channels, n)
        About ``seconds`` long; ``y`` itself for "keep".
    """
    if wish == "keep":
        return y
    if backward:
        y = y[:, ::-1]
    y = stretch(y, sr, *tempo_curve(wish, seconds))
    _color(y, sr, SHIFTS[wish], _ramp_sec(seconds))
    return y[:, ::-1] if backward else y


def _color(y: Float32Array, sr: int, shift: Shift, ramp_sec: float) -> None:
    """Apply the shelf filter and the gain in place, in blocks."""
    from scipy.signal import butter, sosfilt

    sos = butter(1, min(_SHELF_HZ, 0.4 * sr), btype="highpass", fs=sr, output="sos")
    state = np.zeros((len(sos), y.shape[0], 2))
    block = 4 * sr
    for start in range(0, y.shape[1], block):
        piece = y[:, start : start + block]
        share = np.minimum(1.0, (start + np.arange(piece.shape[1])) / (ramp_sec * sr))
        high, state = sosfilt(sos, piece, axis=1, zi=state)
        above = (10 ** (share * shift.shelf_db / 20) - 1.0).astype(np.float32)
        gain = (10 ** (share * shift.gain_db / 20)).astype(np.float32)
        piece += high.astype(np.float32) * above
        piece *= gain
