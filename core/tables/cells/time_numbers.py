"""Dates encoded as numbers: 19580329, spreadsheet serial dates, Unix time."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.tables.cells.dates import to_days
from core.tables.decisions import Decision
from core.tables.name_words import list_words, split_words
from core.tables.raw_table import ReadOptions

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

_NAT = np.datetime64("NaT", "us")
_DAY_US = 86_400_000_000
_PACKED_NAME = re.compile(
    r"date|datum|fecha|data|day|ymd|yyyymm|month|monat|mois|mes|maand|miesi|time|period|datetime|timestamp|tag|jour",
    re.IGNORECASE,
)
_DATE_WORDS = list_words(
    "date dates datum fecha data dato dag day days tag jour dia giorno time times datetime timestamp zeit when period periodo "
    "moment dt zeitstempel horodatage observed sampled month monat mois mes week woche dzien czas"
)
_SURE_DATE_WORDS = list_words("date dates datum fecha datetime timestamp")
_EPOCH_WORDS = list_words(
    "epoch unix timestamp ts time date datetime created updated utc when posix millis at timestamps zeit zeitstempel horodatage"
)
_NO_TIME_WORDS = list_words(
    "id ids code zip plz population pop price value amount mjd jd julian number nr no count total"
)
# From 1955 to 2080, in the days of spreadsheets.
_FIRST_SERIAL, _LAST_SERIAL = 20_090, 66_110
_EXCEL_ZERO, _MAC_ZERO = np.datetime64("1899-12-30", "us"), np.datetime64("1904-01-01", "us")
_EPOCHS = {"seconds": 1e6, "milliseconds": 1e3, "microseconds": 1.0, "nanoseconds": 1e-3}
# Without a name that says so, moments between 1990 and 2050.
_LIKELY_SECONDS = (631_152_000.0, 2_524_608_000.0)
_POSSIBLE_SECONDS = (100_000_000.0, 4_102_444_800.0)
_USUAL_STEPS = np.array(
    [
        1,
        2,
        5,
        10,
        15,
        20,
        30,
        60,
        120,
        300,
        600,
        900,
        1200,
        1800,
        3600,
        7200,
        10800,
        21600,
        43200,
        86400,
        604800,
    ]
)
_SAMPLE = 2_000
_MIN_STEP = 10.0  # seconds; what counts up by ones is a count
_MIN_DAYS = 6


class TimeNumbers(NamedTuple):
    """Dates, or None where the visitor keeps the numbers; and the decision on it."""

    times: Times | None
    decision: Decision


def read_time_numbers(numbers: Floats, name: str, options: ReadOptions) -> TimeNumbers | None:
    """Read numbers as dates, if the column's name, range and steps indicate that they are.

    Parameters
    ----------
    numbers : numpy.ndarray
        NaN where there is a gap.
    name : str
        The column's name.
    options : ReadOptions
        The visitor's corrections: ``serial:NAME``, ``epoch:NAME`` and ``packed:NAME``.

    Examples
    --------
    >>> found = read_time_numbers(np.array([44197.0, 44228, 44256]), "Date", ReadOptions())
    >>> found.times.astype("datetime64[D]").astype(str).tolist()
    ['2021-01-01', '2021-02-01', '2021-03-01']
    >>> read_time_numbers(np.array([25376.0, 40000, 29000]), "Downtown Pop", ReadOptions())
    """
    low, high = (np.min(numbers), np.max(numbers)) if len(numbers) else (np.nan, np.nan)
    if np.isnan(low):
        known = numbers[~np.isnan(numbers)]
        if not len(known):
            return None
        low, high = known.min(), known.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < _FIRST_SERIAL:
        return None
    words = set(split_words(name))
    found = _read_serials(numbers, low, high, words, name, options)
    found = found or _read_packed(numbers, low, high, name, options)
    return found or _read_epochs(numbers, low, high, words, name, options)


def _read_packed(
    numbers: Floats, low: float, high: float, name: str, options: ReadOptions
) -> TimeNumbers | None:
    """Whole numbers such as 19580329, 195803 or 20210301123000."""
    n_digits = len(str(int(low)))
    if n_digits not in (6, 8, 10, 12, 14) or len(str(int(high))) != n_digits:
        return None
    first, last = 15 * 10 ** (n_digits - 2), 22 * 10 ** (n_digits - 2) + 10 ** (n_digits - 2)
    if not first <= low <= high <= last:
        return None
    known = ~np.isnan(numbers)
    whole = numbers[known].astype(np.int64)
    if np.any(whole != numbers[known]):
        return None
    # Without such a name, days and moments in their order.
    is_told = bool(_PACKED_NAME.search(name)) or n_digits >= 12
    if not is_told and (n_digits != 8 or len(whole) < _MIN_DAYS or _NO_TIME_WORDS & set(split_words(name))):
        return None
    if not _PACKED_NAME.search(name) and not _runs_one_way(numbers[known]):
        return None
    parts = np.zeros((6, len(whole)), np.int64)
    parts[1:3] = 1
    for place in range(n_digits // 2 - 2, 0, -1):
        parts[place], whole = whole % 100, whole // 100
    year, month, day, hour, minute, second = whole, *parts[1:]
    parsed = to_days(year, month, day)
    if np.isnat(parsed).any() or np.any(hour > 24) or np.any(minute > 59) or np.any(second > 60):
        return None
    dates = np.full(len(numbers), _NAT)
    dates[known] = parsed + (3600 * hour + 60 * minute + second).astype("timedelta64[s]")
    example = f"{low:.0f}"
    sentence = f"The numbers in “{name}”, such as {example}, are read as dates written without separators."
    return _settle(f"packed:{name}", sentence, dates, options)


def _read_serials(
    numbers: Floats, low: float, high: float, words: set[str], name: str, options: ReadOptions
) -> TimeNumbers | None:
    """Spreadsheet serial dates: days since 1899-12-30."""
    key = f"serial:{name}"
    chosen = options.choice(key)
    if high > _LAST_SERIAL or (chosen is None and not _are_serials(numbers, words)):
        return None
    zero = _MAC_ZERO if chosen == "dates 1904" else _EXCEL_ZERO
    times = zero + _to_spans(numbers * _DAY_US, 1_000_000)
    sentence = (
        f"“{name}” holds Excel serial numbers (days since 1900), such as {low:g}; they are read as dates, "
        f"from {np.nanmin(times).astype('datetime64[D]')} on."
    )
    choices = (("dates", "dates"), ("dates 1904", "dates, counted from 1904"), ("numbers", "numbers"))
    return _settle(key, sentence, times, options, choices)


def _are_serials(numbers: Floats, words: set[str]) -> bool:
    """Whether the name and the steps are those of dates."""
    known = numbers[~np.isnan(numbers)]
    if words & _NO_TIME_WORDS or len(known) < 2:
        return False
    different = np.unique(known)
    steps = np.diff(different)
    if not len(steps):
        return bool(words & _SURE_DATE_WORDS)
    is_daily = bool(np.median(steps) <= 400)
    if words & _SURE_DATE_WORDS:
        return is_daily
    is_even = bool(np.ptp(steps) <= 0.11 * np.max(steps)) or _runs_one_way(known)
    if words & _DATE_WORDS:
        return is_daily and is_even
    # Without a name, firsts of months in their order.
    days = _EXCEL_ZERO + _to_spans(known[:_SAMPLE] * _DAY_US, 1)
    is_first = days == days.astype("datetime64[M]").astype("datetime64[us]")
    return (
        len(known) >= 6
        and bool(is_first.all())
        and bool(np.all(np.diff(known) > 0))
        and bool(steps.max() <= 366)
    )


def _read_epochs(
    numbers: Floats, low: float, high: float, words: set[str], name: str, options: ReadOptions
) -> TimeNumbers | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970."""
    key = f"epoch:{name}"
    for unit, size in _EPOCHS.items():
        first, last = (bound * 1e6 / size for bound in _POSSIBLE_SECONDS)
        if not first <= low <= high <= last:
            continue
        if options.choice(key) is None and not _are_epochs(numbers * size / 1e6, words, unit):
            return None
        times = np.datetime64(0, "us") + _to_spans(numbers * size, 1)
        sentence = (
            f"“{name}” counts {unit} since 1970 (an epoch, or Unix time); it is read as dates, "
            f"from {np.nanmin(times).astype('datetime64[s]')} UTC on."
        )
        return _settle(key, sentence, times, options)
    return None


def _are_epochs(seconds: Floats, words: set[str], unit: str) -> bool:
    known = seconds[~np.isnan(seconds)]
    if words & {"epoch", "unix", "timestamp", "ts", "posix"}:
        return True
    if words & _NO_TIME_WORDS or len(known) < 2:
        return False
    low, high = known.min(), known.max()
    is_likely = _LIKELY_SECONDS[0] <= low and high <= _LIKELY_SECONDS[1]
    if not is_likely:
        return False
    if words & _EPOCH_WORDS and (_runs_one_way(known) or unit != "seconds" or high - low < 40 * 365 * 86_400):
        return True
    if not _runs_one_way(known):
        return False
    if unit in ("microseconds", "nanoseconds"):
        return True  # no quantity of sixteen digits rises and stays within sixty years of microseconds
    steps = np.abs(np.diff(known[:_SAMPLE]))
    usual = float(np.median(steps))
    is_usual = bool(np.isclose(_USUAL_STEPS, usual, rtol=1e-3).any())
    return is_usual and usual >= _MIN_STEP and float(np.mean(np.isclose(steps, usual, rtol=0.02))) >= 0.8


def _runs_one_way(values: Floats) -> bool:
    steps = np.diff(values)
    return bool(np.any(steps)) and bool(np.all(steps >= 0) or np.all(steps <= 0))


def _to_spans(microseconds: Floats, rounded: int) -> npt.NDArray[np.timedelta64]:
    """Convert to timedeltas rounded to ``rounded`` microseconds, the precision of a fraction of a day."""
    known = ~np.isnan(microseconds)
    spans = np.full(len(microseconds), np.timedelta64("NaT", "us"))
    whole = np.round(microseconds[known] / rounded).astype(np.int64) * rounded
    spans[known] = whole.astype("timedelta64[us]")
    return spans


def _settle(
    key: str,
    sentence: str,
    times: Times,
    options: ReadOptions,
    choices: tuple[tuple[str, str], ...] = (("dates", "dates"), ("numbers", "numbers")),
) -> TimeNumbers:
    chosen = options.choice(key) or "dates"
    if chosen not in dict(choices):
        chosen = "dates"
    if chosen == "numbers":
        sentence = f"“{key.partition(':')[2]}” keeps its numbers, which could also be dates."
    return TimeNumbers(
        None if chosen == "numbers" else times,
        Decision(key=key, sentence=sentence, chosen=chosen, choices=choices),
    )
