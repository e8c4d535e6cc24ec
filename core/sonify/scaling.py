"""Scaling: values to levels (linear, logarithmic, rank, robust), levels to pitches of a scale; outliers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.arrays import BoolArray, FloatArray
from core.errors import InputError
from core.music.scales import scale_pitches
from core.sonify.fidelity import rank_correlation
from core.sonify.settings import Settings, Voice

# Scaling "auto" takes the first way that keeps this much of the order of the data on the pitches at hand.
AUTO_RANK_CORRELATION = 0.99
# Iglewicz and Hoaglin (1993): a modified z-score beyond this is an outlier.
OUTLIER_Z = 3.5
# Bulmer (1979): a skewness beyond 1 is a highly skewed distribution.
HIGHLY_SKEWED = 1.0


def spread(values: FloatArray, scaling: str) -> FloatArray:
    """Scale numbers monotonically to [0, 1].

    Parameters
    ----------
    values : ndarray of float, shape=(n,)
        NaN where there is a gap; finite otherwise.
    scaling : {"linear", "log", "rank", "robust"}
        "robust" is linear between the 5th and the 95th percentile and flat outside.

    Returns
    -------
    ndarray of float, shape=(n,)
        NaN where there is a gap. A constant series lies at 0.5.

    Raises
    ------
    InputError
        If "log" meets a number that is not above zero.
    """
    present = ~np.isnan(values)
    numbers = values[present]
    if scaling == "log":
        if (numbers <= 0).any():
            n_bad = int((numbers <= 0).sum())
            raise InputError(
                f"Logarithmic scaling needs numbers above zero; {n_bad:,} of {len(numbers):,} are not. "
                "Choose linear or rank scaling."
            )
        numbers = np.log(numbers)
    elif scaling == "rank":
        numbers = np.asarray(pd.Series(numbers).rank(), dtype=np.float64)
    low, high = numbers.min(), numbers.max()
    if scaling == "robust":
        low, high = 4 * np.percentile(numbers / 4, [5, 95])  # between -1e308 and 1e308 it would overflow
        if low == high:  # nine in ten values are equal: percentiles cannot tell the rest apart
            low, high = numbers.min(), numbers.max()
        numbers = np.clip(numbers, low, high)
    level = np.full(len(values), np.nan)
    if low == high:
        level[present] = 0.5
    else:
        # Halves, because 1e308 - -1e308 is infinite.
        level[present] = np.clip((numbers / 2 - low / 2) / (high / 2 - low / 2), 0.0, 1.0)
    return level


def choose_scaling(values: FloatArray, n_pitches: int) -> str:
    """Choose the simplest scaling that preserves the order of the data on ``n_pitches`` pitches.

    Skewed data on a linear axis crowds on the lowest pitches. Tried in turn: linear, logarithmic (if all
    numbers are above zero), rank; the first whose rank correlation reaches 0.99 is taken.
    """
    for scaling in ("linear", "log"):
        if scaling == "log" and (values[~np.isnan(values)] <= 0).any():
            continue
        level = spread(values, scaling)
        rounded = np.round(level * (n_pitches - 1))
        rho = rank_correlation(values, rounded)
        if rho is None or rho >= AUTO_RANK_CORRELATION:
            return scaling
    return "rank"


def quantize(level: FloatArray, voice: Voice, settings: Settings) -> FloatArray:
    """Quantize levels to MIDI pitches within the voice's range and the key's scale.

    Returns
    -------
    ndarray of float, shape=(n,)
        MIDI note numbers; whole ones except in the scale "continuous". NaN where there is a gap.
    """
    level = orient(level, voice)
    if settings.scale == "continuous":
        # A pitch wheel has 8192 steps for two semitones: rounding here keeps MIDI and report equal.
        return np.round((voice.low + level * (voice.high - voice.low)) * 4096) / 4096
    pitches = np.array(scale_pitches(settings.key, settings.scale, voice.low, voice.high), dtype=float)
    place = np.round(np.nan_to_num(level) * (len(pitches) - 1)).astype(int)
    return np.where(np.isnan(level), np.nan, pitches[place])


def orient(level: FloatArray, voice: Voice) -> FloatArray:
    """Invert levels where larger values are lower."""
    return level if voice.direction > 0 else 1.0 - level


def n_pitches(voice: Voice, settings: Settings) -> int:
    """Number of distinct pitches of a voice; 100 per semitone where pitch is continuous."""
    if settings.scale == "continuous":
        return (voice.high - voice.low) * 100
    return len(scale_pitches(settings.key, settings.scale, voice.low, voice.high))


def outliers(values: FloatArray) -> BoolArray:
    """Mark values whose modified z-score, 0.6745 |x - median| / MAD, is beyond 3.5.

    Iglewicz and Hoaglin (1993). Where more than half of the values are equal the MAD is zero and nothing
    is marked.
    """
    marked = np.zeros(len(values), dtype=bool)
    present = ~np.isnan(values)
    scaled = values[present] / (np.abs(values[present]).max() or 1.0)
    distance = np.abs(scaled - np.median(scaled))
    spread_ = np.median(distance)
    if spread_ > 0:
        marked[present] = 0.6745 * distance > OUTLIER_Z * spread_
    return marked


def is_skewed(values: FloatArray) -> bool:
    """Whether positive numbers are so right-skewed (beyond 1) that a logarithm reduces the skewness.

    Examples
    --------
    >>> is_skewed(np.array([1.0, 2.0, 3.0, 5.0, 8.0, 900.0])), is_skewed(np.array([1.0, 2.0, 3.0]))
    (True, False)
    """
    numbers = values[~np.isnan(values)]
    if len(numbers) < 3 or numbers.min() <= 0 or numbers.min() == numbers.max():
        return False
    shares = numbers / numbers.max()
    before, after = (abs(_skewness(each)) for each in (shares, np.log(shares)))
    return bool(before > HIGHLY_SKEWED and after < before and shares.mean() < 0.5)


def _skewness(numbers: FloatArray) -> float:
    """The third standardized moment."""
    distance = numbers - numbers.mean()
    return float((distance**3).mean() / (distance**2).mean() ** 1.5)
