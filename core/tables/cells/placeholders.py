"""Missing-value codes, such as -9999 and 1e20, detected where they lie far from all other values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Nines, eights and sevens in a row, as surveys, loggers and models write them; 9.96921e36 is netCDF's, -3.4e38 ESRI's,
# -999.25 that of well logs; then the ends of 16 and 32 bits.
_REPEATED = [float(digit * n) for digit in "987" for n in (3, 4, 5, 6, 7, 8)]
_FRACTIONS = [
    99.9,
    99.99,
    999.9,
    999.99,
    999.999,
    9999.9,
    9999.99,
    9999.999,
    99999.9,
    99999.99,
    999.25,
    9999.25,
    888.8,
    8888.8,
]
_LARGE = [
    9.96921e36,
    9.969209968386869e36,
    3.4028235e38,
    3.4028234663852886e38,
    3.4e38,
    1.7976931348623157e308,
    1.79e308,
]
_LARGE += [float(f"1e{n}") for n in (15, 16, 18, 19, 20, 25, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38)] + [
    9.99e20,
    9.999e20,
    9.99e10,
]
_BITS = [32767.0, 32766.0, 65535.0, 2147483647.0, 4294967295.0]
_EITHER_SIGN = np.array([*_REPEATED, *_FRACTIONS, *_LARGE, *_BITS])
_NEGATIVE = np.array(
    [
        -32768.0,
        -2147483648.0,
        -99.0,
        -88.0,
        -9.0,
        -9.9,
        -9223372036854775808.0,
        -6999.0,
        -1e10,
        -100.0,
        -200.0,
        -500.0,
        -1000.0,
    ]
)
# Two digits are a value more often than not, unless they come again and again.
_SMALL = np.array([99.0, 98.0, 88.0])
# Round ones, which some instruments write, must come again and again, too.
_ROUND = frozenset({-100.0, -200.0, -500.0, -1000.0})
_MIN_OTHERS = 3
_MAX_KINDS = 8
_MIN_REPEATS = 3


class Placeholder(NamedTuple):
    """A missing-value code and the number of cells that hold it."""

    value: float
    n_cells: int


def find_placeholders(values: Floats) -> list[Placeholder]:
    """Find known missing-value codes at the extremes of a column, far from all other values.

    Parameters
    ----------
    values : numpy.ndarray
        In the order of the rows; NaN where there is a gap.

    Returns
    -------
    list of Placeholder
        Empty for almost every column. A known number that follows on the others is a value: 999 among pressures from
        990 to 1030, 9999 in a series that reaches 9998, the last of a row that rises all the way.

    Examples
    --------
    >>> find_placeholders(np.array([20.5, -9999, 23.7, 19.1, -9999]))
    [Placeholder(value=-9999.0, n_cells=2)]
    >>> find_placeholders(np.array([990.0, 999, 1012, 1030, 1003]))
    []
    """
    low, high = _find_ends(values)
    if not (_is_known(low) or _is_known(high)):
        return []
    finite = values[np.isfinite(values)]
    earlier, later = finite[:-1], finite[1:]
    if np.all(later >= earlier) or np.all(later <= earlier):
        return []
    others, found = finite, []
    for _ in range(_MAX_KINDS):
        if not len(others):
            break
        end = next((float(end) for end in (others.min(), others.max()) if _is_known(float(end))), None)
        if end is None:
            break
        is_end = others == end
        found.append(Placeholder(end, int(is_end.sum())))
        others = others[~is_end]
    # The innermost first: what is a value after all belongs to those from which the outer ones must lie apart.
    kept = []
    for placeholder in reversed(found):
        if len(others) >= _MIN_OTHERS and _lies_apart(placeholder, others):
            kept.append(placeholder)
        else:
            others = np.append(others, placeholder.value)
    return kept[::-1]


def _find_ends(values: Floats) -> tuple[float, float]:
    """Least and largest number that is finite, in one pass where there is no gap."""
    if not len(values):
        return np.nan, np.nan
    low, high = float(np.min(values)), float(np.max(values))
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (np.nan, np.nan)


def _is_known(value: float) -> bool:
    if not np.isfinite(value):
        return False
    known = _EITHER_SIGN if value > 0 else np.concatenate([-_EITHER_SIGN, _NEGATIVE])
    if value > 0:
        known = np.concatenate([known, _SMALL])
    # Large ones are written with six digits; the ends of 16 and 32 bits are exact, and their neighbors are values.
    return bool(np.isclose(known, value, rtol=1e-6 if abs(value) > 1e10 else 1e-9, atol=0).any())


def _lies_apart(placeholder: Placeholder, others: Floats) -> bool:
    value, count = placeholder
    low, high = float(others.min()), float(others.max())
    if low <= value <= high:
        return False
    if abs(value) >= 1e15:
        return abs(value) / 1e3 > max(abs(low), abs(high), 1.0)
    spread = high - low
    gap = low - value if value < low else value - high
    if value in _ROUND:
        return count >= _MIN_REPEATS and low >= 0 and gap > 3 * spread
    # Where nothing else is below zero, a number such as -999 has no business there.
    has_fraction = value != np.floor(value)
    if value <= -90 and low >= 0 and (count > 1 or value <= -900 or has_fraction):
        return True
    if value > 0 and value < 100:
        return count >= _MIN_REPEATS and gap > 3 * spread
    if -90 < value < 0:
        return count > 1 and low >= 0 and gap > spread
    is_repeated = count >= _MIN_REPEATS and gap > 0.5 * spread
    # Quantities have long tails above far more often than below.
    return is_repeated or gap > (2 if value > 0 else 1) * spread
