"""Ticks of an axis: nice numbers, or steps of the calendar, with what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from core.arrays import FloatArray

_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SECOND, _DAY = 1_000.0, 86_400_000.0
# Milliseconds.
_SHORT_STEPS = tuple(
    count * unit_ms
    for unit_ms, counts in (
        (1.0, (1, 2, 5, 10, 20, 50, 100, 200, 500)),
        (_SECOND, (1, 2, 5, 10, 15, 30)),
        (60 * _SECOND, (1, 2, 5, 10, 15, 30)),
        (3_600 * _SECOND, (1, 2, 3, 6, 12)),
        (_DAY, (1, 2, 7, 14)),
    )
    for count in counts
)
# Of a single moment only the units that it is written with are named.
_ROUND_STEPS = (_DAY, 60 * _SECOND, _SECOND, 1.0)
# Axes of weeks that are longer than this many days are told in years.
_WEEKS_TO = 1_100
_MONTH_STEPS = (1, 2, 3, 6)


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """Places on an axis and their labels.

    Attributes
    ----------
    places : np.ndarray [shape=(n,)]
        Ascending, in the axis' own numbers.
    labels : tuple of str
    below : tuple of str
        A second line, such as the year where it begins; empty texts where there is none.
    """

    places: FloatArray
    labels: tuple[str, ...]
    below: tuple[str, ...]


def number_ticks(
    low: float, high: float, most: int, *, is_grouped: bool = True, is_whole: bool = False
) -> Ticks:
    """Ticks of an axis of numbers: multiples of 1, 2, 2.5 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        Ends of the axis, finite; equal ones have one tick.
    most : int
        No more ticks than this, but one at least.
    is_grouped : bool
        Whether thousands are set apart; years are not.
    is_whole : bool
        Whether the values are whole numbers, which have no ticks between them.

    Examples
    --------
    >>> number_ticks(312.0, 421.0, 6).labels
    ('320', '340', '360', '380', '400', '420')
    >>> number_ticks(-2.6e6, 1.3e6, 5).labels
    ('−2M', '−1M', '0', '1M')
    >>> number_ticks(1871, 1970, 5, is_grouped=False).labels
    ('1880', '1900', '1920', '1940', '1960')
    >>> number_ticks(1990, 2019, 12, is_grouped=False, is_whole=True).labels
    ('1990', '1995', '2000', '2005', '2010', '2015')
    """
    step = _choose_step(low, high, most, is_whole)
    if step <= 0.0 or not math.isfinite(step):
        return Ticks(places=np.array([low]), labels=(_write(low, 0.0, is_grouped),), below=("",))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = [round(n * step, 12) if step < 1 and step > 1e-9 else n * step for n in range(first, last + 1)]
    largest = max((abs(place) for place in places), default=0.0)
    scale, suffix = _choose_scale(largest, step)
    if scale == 0.0:
        labels = tuple(_write_power(place, step) for place in places)
    else:
        labels = tuple(
            _write(place / scale, step / scale, is_grouped) + (suffix if place else "") for place in places
        )
    return Ticks(places=np.array(places, dtype=float), labels=labels, below=("",) * len(places))


def name_ticks(names: Sequence[tuple[float, str]], most: int) -> Ticks:
    """Ticks of an axis of names: all, or every so many of them.

    Parameters
    ----------
    names : sequence of (float, str)
        Places on the axis and the names there, in order; at least one.
    most : int
        No more ticks than this.

    Examples
    --------
    >>> name_ticks([(1, "North"), (2, "East"), (3, "South"), (4, "West")], 2).labels
    ('North', 'South')
    """
    shown = names[:: -(-len(names) // max(1, most))]
    labels = tuple(name if len(name) <= 16 else name[:15].rstrip() + "…" for _, name in shown)
    return Ticks(
        places=np.array([place for place, _ in shown], dtype=float), labels=labels, below=("",) * len(shown)
    )


def _choose_step(low: float, high: float, most: int, is_whole: bool) -> float:
    span = high / 2 - low / 2  # halves: the whole of a span of floats may be beyond them
    rough = span / max(1, most) * 2
    if not rough > 0.0 or not math.isfinite(rough):
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough))
    if is_whole:
        power = max(1.0, power)
    for nice in _NICE:
        step = nice * power
        if is_whole and step % 1:
            continue
        if math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1 <= most:
            return step
    return 20.0 * power


def _choose_scale(largest: float, step: float) -> tuple[float, str]:
    """What numbers are divided by, and what is written after them instead; 0 where each has a power of ten of its own."""
    if largest >= 1e15 or 0 < largest < 1e-3:
        return 0.0, ""
    return next(
        ((scale, suffix) for scale, suffix in _SUFFIXES if largest >= scale and step >= scale / 1_000),
        (1.0, ""),
    )


def _write_power(value: float, step: float) -> str:
    if value == 0:
        return "0"
    power = math.floor(math.log10(abs(value)) + 1e-9)
    scale = 10.0 ** (power // 2)  # in two steps: 1e-320 has no inverse
    mantissa, part = (number / scale / 10.0 ** (power - power // 2) for number in (value, step))
    return f"{_write(mantissa, part, True).removesuffix('.0')}×10{str(power).translate(_SUPERSCRIPT)}"


def _write(value: float, step: float, is_grouped: bool) -> str:
    if value == 0:
        return "0"
    digits = 0
    while digits < 9 and step and abs(round(step, digits) - step) > 1e-6 * step:
        digits += 1
    if not step and value != round(value):
        return f"{value:.6g}".replace("-", "−")
    comma = "," if is_grouped or abs(value) >= 10_000 else ""
    return f"{value:{comma}.{digits}f}".replace("-", "−")


def date_ticks(low: float, high: float, most: int, *, period: str = "") -> Ticks:
    """Ticks of an axis of dates: whole years, months, weeks, days, hours, minutes or seconds.

    Parameters
    ----------
    low, high : float
        Ends of the axis in milliseconds since 1970, UTC.
    most : int
        No more ticks than this, but one at least.
    period : {"", "quarter", "week"}
        Named where steps are shorter than years, instead of days and months.

    Examples
    --------
    >>> date_ticks(0.0, 86_400_000.0 * 365 * 50, 6).labels
    ('1970', '1980', '1990', '2000', '2010')
    >>> ticks = date_ticks(0.0, 86_400_000.0 * 400, 5)
    >>> ticks.labels, ticks.below
    (('Jan', 'Apr', 'Jul', 'Oct', 'Jan'), ('1970', '', '', '', '1971'))
    >>> date_ticks(0.0, 86_400_000.0 * 400, 5, period="quarter").labels
    ('Q1', 'Q2', 'Q3', 'Q4', 'Q1')
    """
    if period == "week" and high - low <= _WEEKS_TO * _DAY:
        return _step_weeks(low, high, most)
    if period == "quarter":
        return _step_quarters(low, high, most)
    if low == high:
        return _step_short(low, high, next(step for step in _ROUND_STEPS if low % step == 0 or step == 1.0))
    least_ms = (high - low) / max(1, most)
    for step_ms in _SHORT_STEPS:
        if step_ms >= least_ms and (ticks := _step_short(low, high, step_ms)).places.size <= most:
            return ticks
    for months in _MONTH_STEPS:
        if (ticks := _step_months(low, high, months)).places.size <= most:
            return ticks
    return _step_years(low, high, most)


def _step_short(low: float, high: float, step_ms: float) -> Ticks:
    # Weeks begin on a Monday; 1970 began on a Thursday.
    offset = 4 * _DAY if step_ms >= 7 * _DAY else 0.0
    first, last = math.ceil((low - offset) / step_ms), math.floor((high - offset) / step_ms)
    places = np.arange(first, last + 1, dtype=np.float64) * step_ms + offset
    stamps = places.astype("M8[ms]")
    days = stamps.astype("M8[D]")
    if step_ms >= _DAY:
        names = [_name_day(day) for day in days]
        below = _keep_changes([_name_year(day) for day in days])
        return Ticks(places=places, labels=tuple(names), below=below)
    clock = [int(ms) for ms in (stamps - days).astype(np.int64)]
    names = [_name_clock(ms, step_ms) for ms in clock]
    years = {_name_year(day) for day in days}
    dates = [
        _name_day(day) + (f", {_name_year(day)}" if len(years) == 1 or i == 0 else "")
        for i, day in enumerate(days)
    ]
    return Ticks(places=places, labels=tuple(names), below=_keep_changes(dates))


def _step_weeks(low: float, high: float, most: int) -> Ticks:
    """Mondays by their ISO weeks, the year below; every one, second, fourth … of them."""
    first, last = math.ceil((low - 4 * _DAY) / (7 * _DAY)), math.floor((high - 4 * _DAY) / (7 * _DAY))
    step = next(
        step for step in (1, 2, 4, 8, 13, 26, 52, 104) if (last - first) // step + 1 <= most or step == 104
    )
    places = np.arange(first, last + 1, step, dtype=np.float64) * 7 * _DAY + 4 * _DAY
    named = [datetime.fromtimestamp(place / 1_000, UTC).isocalendar() for place in places.tolist()]
    below = _keep_changes([str(each.year) for each in named])
    return Ticks(places=places, labels=tuple(f"W{each.week}" for each in named), below=below)


def _step_quarters(low: float, high: float, most: int) -> Ticks:
    for months in (3, 6):
        ticks = _step_months(low, high, months)
        if ticks.places.size <= most:
            quarters = tuple(f"Q{_MONTHS.index(label) // 3 + 1}" for label in ticks.labels)
            return Ticks(places=ticks.places, labels=quarters, below=ticks.below)
    return _step_years(low, high, most)


def _step_months(low: float, high: float, step: int) -> Ticks:
    first, last = (
        int(np.datetime64(round(end), "ms").astype("M8[M]").astype(np.int64)) for end in (low, high)
    )
    months = np.arange(first - first % step, last + step + 1, step).astype("M8[M]")
    places = months.astype("M8[ms]").astype(np.float64)
    inside = (places >= low) & (places <= high)
    months, places = months[inside], places[inside]
    names = tuple(_MONTHS[int(month.astype(np.int64)) % 12] for month in months)
    return Ticks(places=places, labels=names, below=_keep_changes([_name_year(month) for month in months]))


def _step_years(low: float, high: float, most: int) -> Ticks:
    first, last = (
        1970 + int(np.datetime64(round(end), "ms").astype("M8[Y]").astype(np.int64)) for end in (low, high)
    )
    power = 1
    while True:
        for nice in (1, 2, 5):
            step = nice * power
            years = np.arange(-(-first // step) * step, last + 1, step)
            places = (years - 1970).astype("M8[Y]").astype("M8[ms]").astype(float)
            inside = (places >= low) & (places <= high)
            if inside.sum() <= max(1, most):
                labels = tuple(str(year) for year in years[inside].tolist())
                return Ticks(places=places[inside], labels=labels, below=("",) * len(labels))
        power *= 10


def _keep_changes(names: list[str]) -> tuple[str, ...]:
    """Each name only where it begins."""
    return tuple(name if i == 0 or name != names[i - 1] else "" for i, name in enumerate(names))


def _name_year(day: np.datetime64) -> str:
    return str(1970 + int(day.astype("M8[Y]").astype(np.int64)))


def _name_day(day: np.datetime64) -> str:
    month = day.astype("M8[M]")
    number = int((day.astype("M8[D]") - month.astype("M8[D]")).astype(np.int64)) + 1
    return f"{_MONTHS[int(month.astype(np.int64)) % 12]} {number}"


def _name_clock(ms: int, step_ms: float) -> str:
    hours, minutes, seconds = ms // 3_600_000, ms // 60_000 % 60, ms / 1_000 % 60
    if step_ms >= 60 * _SECOND:
        return f"{hours:02}:{minutes:02}"
    digits = 0 if step_ms >= _SECOND else 3
    return f"{hours:02}:{minutes:02}:{seconds:0{3 + digits if digits else 2}.{digits}f}"
