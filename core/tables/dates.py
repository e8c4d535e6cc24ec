"""Date parsing: dates as people and offices write them, a column at a time.

A sample decides which way of writing a column uses; then the whole column is parsed in that way. What is
recognised: ISO 8601, 1958-03, 1958M03, 2019Q1, 2019-W05, Jan 1958, 15 March 2020, March 15, 2020,
03/29/1958 and 29.03.1958 with or without a time of day, and whole numbers such as 19580329 under a
heading that says "date". Times with a zone become UTC; the result carries no zone.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_MIN_SHARE = 0.8
_SAMPLE = 300
_PIECE = 100_000
# Python's own datetime ends at 9999, and a zone may move a time by a day.
_EARLIEST, _LATEST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30", "us")
Times = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]
Whole = npt.NDArray[np.int64]

_NAT = np.datetime64("NaT", "us")

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_CLOCK = r"(?:(?:,?\s+|T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d+)?\s*(?P<half>(?i:[ap]m))?)?"
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+)?"
_YEAR = r"(?P<year>\d{4})"
_DAY = r"(?P<day>\d{1,2})(?i:st|nd|rd|th)?"

# Written in the syntax that Python's re (for the sample) and RE2 (for the column) share.
_ISO = re.compile(
    r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?$"
)
_DIGIT = re.compile(r"\D{0,40}\d")  # whatever the way of writing, a date has one
_WRITTEN: tuple[str, ...] = (
    rf"^{_YEAR}(?:[-/]|\s?M)(?P<month>\d{{1,2}})$",
    rf"^{_YEAR}[- ]?(?i:Q)(?P<quarter>[1-4])$",
    rf"^(?i:Q)(?P<quarter>[1-4])[- /]?{_YEAR}$",
    rf"^{_YEAR}-?W(?P<week>\d{{2}})(?:-?(?P<weekday>[1-7]))?$",
    rf"^{_YEAR}[/.](?P<month>\d{{1,2}})[/.](?P<day>\d{{1,2}}){_CLOCK}$",
    rf"^{_MONTH}[-/ ,]+{_YEAR}$",
    rf"^{_YEAR}[-/ ]+{_MONTH}$",
    rf"^{_MONTH}[- ]'?(?P<short_year>\d{{2}})$",
    rf"^{_WEEKDAY}{_DAY}[-/ .]+{_MONTH}[-/ ,]+{_YEAR}{_CLOCK}$",
    rf"^{_WEEKDAY}{_DAY}[-/ .]+{_MONTH}[-/ ,]+(?P<short_year>\d{{2}}){_CLOCK}$",
    rf"^{_WEEKDAY}{_MONTH}[- ]+{_DAY}[ ,]+{_YEAR}{_CLOCK}$",
    rf"^{_YEAR}[-/ ]+{_MONTH}[-/ ]+{_DAY}{_CLOCK}$",
)
# Two numbers whose order only the values can tell, and a year.
_NUMERIC: tuple[str, ...] = (
    rf"^(?P<first>\d{{1,2}})(?P<sign>[-/.])(?P<second_part>\d{{1,2}})[-/.]{_YEAR}{_CLOCK}$",
    rf"^(?P<first>\d{{1,2}})(?P<sign>[-/.])(?P<second_part>\d{{1,2}})[-/.](?P<short_year>\d{{2}}){_CLOCK}$",
)
_PACKED_NAME = re.compile(r"date|datum|fecha|day|ymd|yyyymm|month|time|period", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ParsedDates:
    """``datetime64[us]`` values, NaT where a cell is no date."""

    values: Times
    day_first: bool | None = None
    is_ambiguous: bool = False

    @property
    def n_read(self) -> int:
        """How many cells are dates."""
        return int(np.sum(~np.isnat(self.values)))


def parse_dates(texts: pa.Array, *, day_first: bool | None) -> ParsedDates | None:
    """Parse a column in the one way of writing that its sample shows.

    Parameters
    ----------
    texts : pyarrow.Array
        Trimmed strings; null where a cell is missing.
    day_first : bool or None
        The order of ``03/04/2020`` if the visitor chose it. An order that the column contradicts is ignored.

    Returns
    -------
    ParsedDates or None
        ``None`` when fewer than 80 % of the sample look like dates.

    Examples
    --------
    >>> parse_dates(pa.array(["29.03.1958", "1.4.1958 13:30"]), day_first=None).values
    array(['1958-03-29T00:00:00.000000', '1958-04-01T13:30:00.000000'],
          dtype='datetime64[us]')
    >>> parse_dates(pa.array(["2019Q1", "2019Q2", "spring"]), day_first=None)
    >>> parse_dates(pa.array(["03/04/2020"]), day_first=None).is_ambiguous
    True
    """
    step = max(1, len(texts) // _SAMPLE)
    sample = [t[:60] for t in texts.take(pa.array(range(0, len(texts), step))).to_pylist() if t]
    if not sample:
        sample = [t[:60] for t in texts.drop_null()[:_SAMPLE].to_pylist()]
    if not _fits_sample(_DIGIT, sample):
        return None
    if _fits_sample(_ISO, sample):
        return ParsedDates(values=_parse_iso(texts))
    for pattern in _WRITTEN:
        if _fits_sample(re.compile(pattern), sample):
            return ParsedDates(values=_assemble(_extract_parts(texts, pattern)))
    for pattern in _NUMERIC:
        if _fits_sample(re.compile(pattern), sample):
            return _parse_numeric(_extract_parts(texts, pattern), day_first)
    return None


def parse_packed_dates(numbers: pa.Array, name: str) -> Times | None:
    """Whole numbers such as 19580329 or 195803 as dates, if the column's name says so.

    Returns
    -------
    numpy.ndarray or None
        ``datetime64[us]``; ``None`` unless every number is a date between 1500 and 2200.
    """
    if not _PACKED_NAME.search(name) or numbers.null_count == len(numbers):
        return None
    bounds = pc.min_max(numbers)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    is_daily = low >= 15000101 and high <= 22001231
    if not is_daily and not (low >= 150001 and high <= 220012):
        return None
    values = numbers.to_numpy(zero_copy_only=False)
    known = ~np.isnan(values)
    whole = values[known].astype(np.int64)
    if np.any(whole != values[known]):
        return None
    year, month, day = (
        (whole // 10000, whole // 100 % 100, whole % 100) if is_daily else (whole // 100, whole % 100, None)
    )
    parsed = _to_days(year, month, np.ones_like(year) if day is None else day)
    if np.isnat(parsed).any():
        return None
    dates = np.full(len(values), _NAT)
    dates[known] = parsed
    return dates


def _fits_sample(pattern: re.Pattern[str], sample: list[str]) -> bool:
    n_allowed = len(sample) - math.ceil(_MIN_SHARE * len(sample))
    for text in sample:
        if not pattern.match(text):
            n_allowed -= 1
            if n_allowed < 0:
                return False
    return True


def _parse_iso(texts: pa.Array) -> Times:
    # pandas turns the texts into Python strings on its way, so a large column is taken in pieces.
    pieces = [_parse_iso_piece(texts.slice(start, _PIECE)) for start in range(0, len(texts), _PIECE)]
    return np.concatenate(pieces)


def _parse_iso_piece(texts: pa.Array) -> Times:
    # pandas knows the words "now" and "today"; a file means something else by them, if anything.
    is_written = pc.fill_null(pc.match_substring_regex(texts, r"^\d"), False)
    texts = pc.if_else(is_written, texts, pa.scalar(None, texts.type))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Times without a zone are taken as UTC, so that a column may hold both kinds.
        series = pd.to_datetime(pd.Series(texts.to_pandas()), format="ISO8601", utc=True, errors="coerce")
    values: Times = series.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    values[(values < _EARLIEST) | (values > _LATEST)] = _NAT
    return values


def _extract_parts(texts: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """The named groups of a pattern, a column each; null where the pattern does not match."""
    if _CLOCK in pattern and not pc.any(pc.match_substring(texts, ":")).as_py():
        # Half of the groups are the time of day, and a day without one is read three times as fast.
        pattern = pattern.replace(_CLOCK, "")
    found = pc.extract_regex(texts, pattern)
    return {field.name: pc.struct_field(found, field.name) for field in found.type}


def _to_integers(parts: dict[str, pa.Array], name: str, default: int) -> Whole:
    """A group as integers; where it is absent or empty, the default; -1 where the row did not match."""
    matched = next(iter(parts.values())).is_valid().to_numpy(zero_copy_only=False)
    if name not in parts:
        return np.where(matched, default, -1)
    texts = pc.if_else(pc.equal(parts[name], ""), str(default), parts[name])
    numbers: Whole = pc.fill_null(pc.cast(texts, pa.int64()), -1).to_numpy(zero_copy_only=False)
    return numbers


def _assemble(parts: dict[str, pa.Array], *, month: Whole | None = None, day: Whole | None = None) -> Times:
    year = _read_years(parts)
    if "week" in parts:
        return _to_weeks(year, _to_integers(parts, "week", 1), _to_integers(parts, "weekday", 1))
    if month is None:
        month = _read_months(parts)
    if day is None:
        day = _to_integers(parts, "day", 1)
    times: Times = _to_days(year, month, day) + _read_clock(parts)
    return times


def _read_years(parts: dict[str, pa.Array]) -> Whole:
    if "year" in parts:
        return _to_integers(parts, "year", 0)
    short = _to_integers(parts, "short_year", 0)
    # Excel's rule: 30 to 99 are the last century.
    return np.where(short < 0, -1, short + np.where(short >= 30, 1900, 2000))


def _read_months(parts: dict[str, pa.Array]) -> Whole:
    if "quarter" in parts:
        return 3 * _to_integers(parts, "quarter", 1) - 2
    texts = parts["month"]
    if not pc.any(pc.match_substring_regex(texts, "^[A-Za-z]")).as_py():
        return _to_integers(parts, "month", 1)
    key = pc.utf8_slice_codeunits(pc.utf8_lower(texts), 0, 3)
    index = pc.index_in(key, value_set=pa.array(_MONTHS, key.type))
    months: Whole = pc.fill_null(pc.add(pc.cast(index, pa.int64()), 1), -1).to_numpy(zero_copy_only=False)
    return months


def _read_clock(parts: dict[str, pa.Array]) -> Spans:
    hour, minute, second = (_to_integers(parts, name, 0) for name in ("hour", "minute", "second"))
    if "half" in parts:
        half = pc.fill_null(pc.utf8_lower(parts["half"]), "").to_numpy(zero_copy_only=False)
        is_pm, is_am = half == "pm", half == "am"
        bad = (is_pm | is_am) & ((hour < 1) | (hour > 12))
        hour = np.where(is_pm, hour % 12 + 12, np.where(is_am, hour % 12, hour))
        hour = np.where(bad, 99, hour)
    # An hour of 24 is how some stations write midnight at the end of a day.
    is_valid = (hour >= 0) & (hour <= 24) & (minute < 60) & (second < 61)
    seconds: Spans = (hour * 3600 + minute * 60 + second).astype("timedelta64[s]").astype("timedelta64[us]")
    seconds[~is_valid] = np.timedelta64("NaT")
    return seconds


def _to_days(year: Whole, month: Whole, day: Whole) -> Times:
    """Year, month and day as ``datetime64[us]``; NaT where there is no such day."""
    is_valid = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = (np.where(is_valid, year, 1970) - 1970) * 12 + np.where(is_valid, month, 1) - 1
    start = months.astype("datetime64[M]")
    dates = start.astype("datetime64[D]") + (np.where(is_valid, day, 1) - 1)
    is_valid &= dates.astype("datetime64[M]") == start
    values: Times = dates.astype("datetime64[us]")
    values[~is_valid | (values < _EARLIEST) | (values > _LATEST)] = _NAT
    return values


def _to_weeks(year: Whole, week: Whole, weekday: Whole) -> Times:
    """ISO weeks: week 1 is the one with 4 January, and a week begins on Monday."""
    fourth = _to_days(year, np.ones_like(year), np.full_like(year, 4)).astype("datetime64[D]")
    days = (fourth.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    dates: Times = (fourth - days + 7 * (week - 1) + (weekday - 1)).astype("datetime64[us]")
    dates[(week < 1) | (week > 53)] = _NAT
    return dates


def _parse_numeric(parts: dict[str, pa.Array], chosen: bool | None) -> ParsedDates:
    """Dates like 03/04/2020: the values above 12 say which of the two numbers is the day."""
    first, second = _to_integers(parts, "first", 1), _to_integers(parts, "second_part", 1)

    def parse_in_order(day_first: bool, *, is_ambiguous: bool = False) -> ParsedDates:
        """Read the parts with the day or the month first."""
        month, day = (second, first) if day_first else (first, second)
        values = _assemble(parts, month=month, day=day)
        return ParsedDates(values=values, day_first=day_first, is_ambiguous=is_ambiguous)

    if chosen is not None:
        parsed = parse_in_order(chosen)
        if parsed.n_read >= _MIN_SHARE * np.sum(first >= 0):
            return parsed
    n_first_days, n_second_days = int(np.sum(first > 12)), int(np.sum(second > 12))
    is_tie = n_first_days == n_second_days
    # Only 29.03.1958 is ever written with points, never 03.29.1958.
    has_points = bool(pc.any(pc.equal(parts["sign"], ".")).as_py())
    day_first = has_points if is_tie else n_first_days > n_second_days
    return parse_in_order(day_first, is_ambiguous=is_tie and not has_points)
