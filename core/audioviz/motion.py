"""Animation curves: the ten parameters at the times of a film's frames as values, phases, beats and OKLCH colors.

The same rules as in the browser's scenes (pages/components/viz/scenes/scenes_track.js), for many frames at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.audioviz.sound_measures import PARAMETERS

# Columns of the parameters.
SCALE, PULSE, HUE, WARMTH, TURBULENCE, SPREAD, DETAIL, ROTATION, GLOW, DRIFT = range(len(PARAMETERS))

_RELEASE_SEC = 0.35  # with the limiter brightness falls no faster than this
_HUE_SEC = 0.3  # and colors turn no faster
_BEAT_LEAST = 0.14  # how far a pulse must rise to count as a beat
_BEAT_APART_SEC = 0.18
# Of each phase: its parameter, its speed at rest, and how much faster it runs at 1.
_PHASES = ((ROTATION, 0.12, 1.1), (DRIFT, 0.25, 1.5), (TURBULENCE, 0.3, 1.3))
_WARM_DEGREES, _COLD_DEGREES = 55.0, 255.0
_NO_BEAT_SEC = 99.0

PALETTES: dict[str, tuple[float, float]] = {
    "spectrum": (0.0, 360.0),
    "aurora": (175.0, 150.0),
    "ember": (35.0, 110.0),
    "ocean": (235.0, 110.0),
    "orchid": (330.0, 110.0),
}
"""Middle and width of a stretch of OKLCH's color circle, in degrees."""


@dataclass(frozen=True, eq=False)
class Motion:
    """Animation values of all frames.

    Attributes
    ----------
    values : np.ndarray [shape=(n_frames, 10)]
        The parameters, in [0, 1].
    phases : np.ndarray [shape=(n_frames, 3)]
        What rotation, drift and turbulence have added up to.
    ages_sec : np.ndarray [shape=(n_frames, 3)]
        Seconds since each of the last three beats, the latest first; 99 where there was none.
    colors : np.ndarray [shape=(n_frames, 5, 3)]
        Linear RGB of ground, middle, main color, counterpart and light.
    times_sec : np.ndarray [shape=(n_frames,)]
    """

    values: FloatArray
    phases: FloatArray
    ages_sec: FloatArray
    colors: FloatArray
    times_sec: FloatArray


def motion(
    params: FloatArray, rate_hz: float, times_sec: FloatArray, *, limiter: bool, palette: str
) -> Motion:
    """Interpolate the parameters at the frame times.

    Parameters
    ----------
    params : np.ndarray [shape=(n, 10)]
        In [0, 1]; row i holds at ``i / rate_hz`` seconds.
    rate_hz : float > 0
        Rows a second.
    times_sec : np.ndarray [shape=(n_frames,)]
        Never falling; beyond the last row it stays as it is.
    limiter : bool
        Whether light falls and colors turn slowly, so that no row flashes against the next.
    palette : str
        One of `PALETTES`.

    Returns
    -------
    Motion
    """
    table = soften(params, rate_hz) if limiter else params
    rows_sec = np.arange(len(params)) / rate_hz
    values = np.stack([np.interp(times_sec, rows_sec, table[:, i]) for i in range(len(PARAMETERS))], axis=1)
    phases = []
    for index, rest, more in _PHASES:
        speed = (rest + more * params[:, index]) / rate_hz
        phases.append(np.interp(times_sec, rows_sec, np.concatenate([[0.0], np.cumsum(speed)[:-1]])))
    return Motion(
        values=values,
        phases=np.stack(phases, axis=1),
        ages_sec=_ages(beat_times(params[:, PULSE], rate_hz), times_sec),
        colors=np.stack([harmony(palette, row[HUE], row[WARMTH]) for row in values]),
        times_sec=times_sec,
    )


def soften(params: FloatArray, rate_hz: float) -> FloatArray:
    """Smooth the decay of size, pulse and glow, and the change of colors."""
    out = params.copy()
    fall = np.exp(-1 / (rate_hz * _RELEASE_SEC))
    turn = 1 - np.exp(-1 / (rate_hz * _HUE_SEC))
    light, color = [SCALE, PULSE, GLOW], [HUE, WARMTH]
    for row in range(1, len(out)):
        out[row, light] = np.maximum(out[row, light], out[row - 1, light] * fall)
        out[row, color] = out[row - 1, color] + (out[row, color] - out[row - 1, color]) * turn
    return out


def beat_times(pulse: FloatArray, rate_hz: float) -> FloatArray:
    """Seconds at which the pulse peaks after a rise of .14 or more, at least .18 s apart."""
    beats: list[float] = []
    low = float(pulse[0]) if len(pulse) else 0.0
    for row in range(1, len(pulse)):
        now = float(pulse[row])
        following = float(pulse[row + 1]) if row + 1 < len(pulse) else 0.0
        low = min(low, now)
        if now - low < _BEAT_LEAST or following > now:
            continue
        if not beats or row / rate_hz - beats[-1] >= _BEAT_APART_SEC:
            beats.append(row / rate_hz)
        low = now
    return np.array(beats)


def _ages(beats: FloatArray, times_sec: FloatArray) -> FloatArray:
    ages = np.full((len(times_sec), 3), _NO_BEAT_SEC)
    last = np.searchsorted(beats, times_sec, side="right") - 1
    for back in range(3):
        known = last - back >= 0
        ages[known, back] = times_sec[known] - beats[(last - back)[known]]
    return ages


def harmony(palette: str, hue: float, warmth: float) -> FloatArray:
    """Color harmony of five [shape=(5, 3), linear RGB]: ground, middle, main, counterpart, light."""
    middle, width = PALETTES[palette]
    main = middle + (hue - 0.5) * width
    light = _toward(main, _WARM_DEGREES if warmth > 0.5 else _COLD_DEGREES, 0.35 + abs(warmth - 0.5) * 1.2)
    deep = _toward(main, _COLD_DEGREES - 15, 0.45 - 0.35 * warmth)
    return np.stack(
        [
            oklch(0.2, 0.055, deep),
            oklch(0.4 + 0.05 * warmth, 0.11, deep + 12),
            oklch(0.66, 0.19, main),
            oklch(0.74, 0.15, main + 70 + 70 * warmth),
            oklch(0.84, 0.105, light),
        ]
    )


def oklch(lightness: float, chroma: float, degrees: float) -> FloatArray:
    """OKLCH to linear RGB, not below zero (Ottosson, "A perceptual color space for image processing", 2020)."""
    a, b = chroma * np.cos(np.radians(degrees)), chroma * np.sin(np.radians(degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )
    light: FloatArray = np.maximum(0.0, np.array(rgb))
    return light


def _toward(start: float, end: float, share: float) -> float:
    """Interpolate hue along the shorter arc."""
    way = (end - start + 180) % 360 - 180
    return start + way * min(1.0, share)
