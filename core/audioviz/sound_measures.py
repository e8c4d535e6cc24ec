"""Audio features 20 times a second, and the ten numbers that drive a scene without a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audioviz.mel_windows import FRAME_RATE, HOP, RATE_HZ, SR, STEP_FRAMES, Spectra, band_centers_hz
from core.music.midi import PITCH_NAMES
from core.signal.beats import find_pulse
from core.signal.levels import power_to_db
from core.signal.onsets import onset_strength

BANDS_HZ = {
    "bass": (30, 150),
    "low mid": (150, 400),
    "mid": (400, 1_500),
    "presence": (1_500, 5_000),
    "air": (5_000, 10_000),
}
# Every measure with its unit; shares and chroma have none.
UNITS = {
    "loudness": "dB",
    "onset": "dB",
    "beat phase": "beats",
    "beat": "0 or 1",
    **dict.fromkeys(BANDS_HZ, "dB"),
    "centroid": "Hz",
    "spread": "octaves",
    "flatness": "",
    "harmonic change": "",
    **{f"chroma {name}": "" for name in PITCH_NAMES},
}
MEASURES = tuple(UNITS)

# Ten numbers of the model "measured", one a parameter, with what each of them says.
MEASURED_NUMBERS = {
    "scale": "loudness, from 25 dB below the loud parts to 3 dB above",
    "pulse": "onsets, and beats where the tempo is steady, each fading within 0.2 seconds",
    "hue": "distance of the harmony from the average harmony, on the circle of fifths",
    "warmth": "spectral centroid, inverted: 0 at 2 kHz, 1 at 60 Hz",
    "turbulence": "noisiness: noise relative to tone",
    "spread": "width of the spectrum in octaves",
    "detail": "onsets per second, over two seconds",
    "rotation": "rate of harmonic change, over one second",
    "glow": "brightness: level above 1.5 kHz relative to the whole",
    "drift": "build-up: loudness over eight seconds",
}
# The ten parameters of every scene, in the order in which all mappings give them.
PARAMETERS = tuple(MEASURED_NUMBERS)


# Angle on the circle of fifths from which harmony counts as far from home: four of its twelve steps.
FARTHEST = 2 * np.pi * 4 / 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """Measures at 20 Hz.

    Attributes
    ----------
    values : ndarray of float32, shape=(n, len(MEASURES))
        In the units of `UNITS`; shares and chroma in [0, 1].
    numbers : ndarray of float32, shape=(n, 10)
        What drives the ten parameters, each in [0, 1]; `MEASURED_NUMBERS` tells what it is.
    tempo_qpm : float or None
    beats_sec : ndarray of float64, shape=(n_beats,)
    """

    values: Float32Array
    numbers: Float32Array
    tempo_qpm: float | None
    beats_sec: NDArray[np.float64]

    def column(self, name: str) -> Float32Array:
        """One measure by its name, shape=(n,)."""
        return self.values[:, MEASURES.index(name)]


def measure(heard: Spectra) -> Measured:
    """Measure loudness, onsets, beats, bands, centroid, spread, flatness and chroma 20 times a second.

    Parameters
    ----------
    heard : Spectra

    Returns
    -------
    Measured
    """
    n = heard.n
    # What lies more than 70 dB below the loudest does not count.
    floor = max(float(heard.mel_db.max()) - 70.0, -90.0)
    onset = onset_strength(np.maximum(heard.mel_db, np.float32(floor)).T, lag=2, max_size=3)
    tempo_qpm, beats = find_pulse(onset, sr=SR, hop_length=HOP)
    beats_sec = beats / FRAME_RATE
    phase, sure = beat_phase(heard.times_sec, beats_sec)
    power = 10 ** (heard.mel_db / 10)
    centers = band_centers_hz()
    bands = [
        power_to_db(_at_rate(power[:, (centers >= low) & (centers < high)].sum(axis=1), n))
        for low, high in BANDS_HZ.values()
    ]
    columns = [
        power_to_db(_at_rate(10 ** (heard.loudness_db / 10), n)),
        _at_rate(onset, n, "max"),
        phase,
        sure,
        *bands,
        _at_rate(heard.centroid_hz, n),
        _at_rate(heard.spread_octaves, n),
        _at_rate(heard.flatness, n),
        _harmonic_change(heard.chroma),
        heard.chroma,
    ]
    values = np.column_stack(columns).astype(np.float32)
    return Measured(values=values, numbers=_numbers(values, onset), tempo_qpm=tempo_qpm, beats_sec=beats_sec)


def beat_phase(
    times_sec: NDArray[np.float64], beats_sec: NDArray[np.float64]
) -> tuple[Float32Array, Float32Array]:
    """Phase of each frame between two beats.

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


def _numbers(values: Float32Array, onset: Float32Array) -> Float32Array:
    """Ten numbers in [0, 1], in the order of `PARAMETERS`."""
    measures = dict(zip(MEASURES, values.T, strict=True))
    chroma = values[:, -12:]
    loud = float(np.percentile(measures["loudness"], 95))
    level = _between(measures["loudness"], loud - 25, loud + 3)
    audible = _between(measures["loudness"], loud - 45, loud - 30)
    whole = np.log10(sum(10 ** (measures[name] / 10) for name in BANDS_HZ) + 1e-10)
    bright = np.log10(10 ** (measures["presence"] / 10) + 10 ** (measures["air"] / 10) + 1e-10)
    numbers = {
        "scale": level,
        "pulse": np.maximum(_fading(_onsets(onset, len(values))), 0.7 * level * _beats(measures)),
        "hue": _distance_from_home(chroma),
        "warmth": _between(-np.log2(measures["centroid"]), -np.log2(2_000), -np.log2(60)),
        "turbulence": np.sqrt(_between(measures["flatness"], 0.0, 0.35)) * audible,
        "spread": _between(measures["spread"], 0.2, 2.2) * audible,
        "detail": _between(_smooth(_attacks(onset, len(values)), 2.0) * RATE_HZ, 0.0, 12.0),
        "rotation": _between(_smooth(measures["harmonic change"], 1.0), 0.0, 0.35),
        "glow": _between(10 * (bright - whole), -36.0, -2.0) * audible,
        "drift": _between(10 * np.log10(_smooth(10 ** (measures["loudness"] / 10), 8.0)), loud - 14, loud),
    }
    return np.column_stack([numbers[name] for name in PARAMETERS]).astype(np.float32)


def _between(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))


def _at_rate(values: NDArray[np.floating], n: int, how: str = "mean") -> Float32Array:
    """Downsample from 100 to 20 Hz by the mean or maximum of five frames."""
    half = STEP_FRAMES // 2
    padded = np.pad(values, (half, n * STEP_FRAMES - len(values) + STEP_FRAMES - half), mode="edge")
    groups = padded[: n * STEP_FRAMES].reshape(n, STEP_FRAMES)
    return np.asarray(groups.max(axis=1) if how == "max" else groups.mean(axis=1))


def _smooth(values: NDArray[np.floating], seconds: float) -> NDArray[np.floating]:
    """Gaussian smoothing, with a weight of about 0.6 at `seconds` / 2."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, seconds / 2 * RATE_HZ, mode="nearest"))


def _onsets(onset: Float32Array, n: int) -> Float32Array:
    """Onset strength at 20 Hz on the scale of the sound's own strong onsets."""
    scale = max(float(np.percentile(onset, 98)), 1.0)
    return np.asarray(np.clip(_at_rate(onset, n, "max") / scale, 0.0, 1.0))


def _attacks(onset: Float32Array, n: int) -> Float32Array:
    """1 at each frame with an onset peak, shape=(n,)."""
    from scipy.signal import find_peaks

    height = max(0.25 * float(np.percentile(onset, 98)), 0.5)
    peaks, _ = find_peaks(onset, height=height, distance=round(0.06 * FRAME_RATE))
    return np.bincount(np.minimum((peaks + 2) // STEP_FRAMES, n - 1), minlength=n).astype(np.float32)


def _fading(values: Float32Array, seconds: float = 0.12) -> Float32Array:
    """Peak follower that decays to 1/e in `seconds`."""
    keep = np.exp(-1 / (seconds * RATE_HZ))
    faded, last = np.empty_like(values), 0.0
    for i, value in enumerate(values):
        last = max(float(value), last * keep)
        faded[i] = last
    return faded


def _beats(measures: dict[str, Float32Array]) -> Float32Array:
    """1 on a beat, fading toward the next; 0 without a pulse."""
    return np.asarray(measures["beat"] * np.exp(-4 * measures["beat phase"]))


def _fifths(chroma: Float32Array) -> NDArray[np.complex128]:
    """Centroid of the pitch classes on the circle of fifths, one complex number per frame."""
    angle = np.exp(2j * np.pi * (np.arange(12) * 7 % 12) / 12)
    return np.asarray((chroma**2) @ angle)


def _distance_from_home(chroma: Float32Array) -> Float32Array:
    """Harmonic distance from the whole sound on the circle of fifths: 0 equal, 1 from four fifths on."""
    place = _fifths(chroma)
    smooth = _smooth(place.real, 0.5) + 1j * _smooth(place.imag, 0.5)
    home = np.angle(place.sum())
    away = np.minimum(1.0, np.abs(np.angle(smooth * np.exp(-1j * home))) / FARTHEST)
    return np.asarray(np.where(np.abs(smooth) < 1e-6, 0.0, away))


def _harmonic_change(chroma: Float32Array) -> Float32Array:
    """Difference of pitch classes between the next and the last half second, in [0, 1]."""
    from scipy.ndimage import uniform_filter1d

    half = round(RATE_HZ / 2)
    unit = chroma / np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-6)
    mean = uniform_filter1d(unit, half, axis=0, mode="nearest")
    padded = np.pad(mean, ((half // 2, half - half // 2), (0, 0)), mode="edge")
    before, after = padded[: len(chroma)], padded[half : half + len(chroma)]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    likeness = np.where(norms > 1e-6, (before * after).sum(axis=1) / np.maximum(norms, 1e-6), 1.0)
    return np.asarray(np.clip(1 - likeness, 0, 1), dtype=np.float32)
