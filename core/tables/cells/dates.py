"""Date parsing, one column at a time: numeric, written, ISO, weeks, quarters, years.

A sample decides which way of writing a column uses (see :mod:`core.tables.cells.date_patterns`); then the whole column is parsed
in that way. What is recognized: ISO 8601, 1958-03, 01/1958, 1958M03, 2019Q1, 1. Quartal 2019, 2014/15, 2019-W05, KW 5 2019,
Jan 1958, 15 March 2020, 5 de enero de 2021, 03/29/1958 1:30 PM and 29.03.1958 with or without a time of day, with month
names in eight languages. Times with a zone become UTC; the result carries no zone.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.calendar_words import number_months, strip_accents, strip_column_accents
from core.tables.cells.column_texts import NOT_ASCII, find_bytes, sample_texts
from core.tables.cells.date_patterns import CLOCK, NEARLY_ISO, UNTIL, Pattern, choose_pattern
from core.tables.cells.time_zones import list_offset_changes, read_zone, read_zones

_MIN_SHARE = 0.8
_SAMPLE = 300
_PIECE = 100_000
_SHOWN = 3
_MIN_STEPS = 4
# Python's own datetime ends at 9999, and a zone may move a time by a day.
_EARLIEST, _LATEST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30", "us")
Times = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]
Whole = npt.NDArray[np.int64]

_NAT = np.datetime64("NaT", "us")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:\d{2}|[+-]\d{4}|(?<=[:T ]\d\d)[+-]\d{2})$")


@dataclass(frozen=True, kw_only=True)
class ParsedDates:
    """``datetime64[us]`` values, NaT where a cell is no date.

    ``minutes`` are the offsets that were written, a cell each, ``offsets`` where in time they change, ``zones`` their
    names. ``is_order_proven`` tells that in the other order of day and month too few cells are dates. ``no_weeks`` counts the weeks that do not exist and shows some. ``span`` is the number of years between the
    two that each cell names. ``has_ends`` tells that cells name a second date, which is not kept, ``has_weeks``
    that 50/2020 is a week, as numbers beyond 12 show,
    ``has_last_months`` that each cell names two months and is dated by the last. ``period`` is "quarter" or "week" where
    cells name such.
    """

    values: Times
    day_first: bool | None = None
    is_ambiguous: bool = False
    is_order_proven: bool = False
    minutes: Whole | None = None
    offsets: tuple[tuple[int, int], ...] = ()
    zones: tuple[str, ...] = ()
    no_weeks: tuple[int, tuple[str, ...]] = (0, ())
    span: int = 0
    has_ends: bool = False
    has_weeks: bool = False
    has_last_months: bool = False
    period: str = ""

    @property
    def n_read(self) -> int:
        """How many cells are dates."""
        return int(np.sum(~np.isnat(self.values)))


def parse_dates(texts: pa.Array, *, day_first: bool | None) -> ParsedDates | None:
    """Parse a column in the single date format detected in a sample.

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
    >>> parse_dates(pa.array(["März 2020", "avril 2020"]), day_first=None).values.astype("datetime64[M]")
    array(['2020-03', '2020-04'], dtype='datetime64[M]')
    >>> parse_dates(pa.array(["03/04/2020"]), day_first=None).is_ambiguous
    True
    """
    sample = [strip_accents(text) for text in sample_texts(texts, _SAMPLE)]
    pattern = choose_pattern(sample)
    if pattern is None:
        starts = [re.sub(UNTIL, "", text) for text in sample]
        if starts == sample or choose_pattern(starts) is None:
            return None
        texts = pc.replace_substring_regex(strip_column_accents(texts), UNTIL, "")
        parsed = parse_dates(texts, day_first=day_first)
        return parsed and replace(parsed, has_ends=True)
    if pattern.kind == "iso":
        return _parse_iso(texts)
    found = find_bytes(texts)
    if found & NOT_ASCII:
        texts = strip_column_accents(texts)
    text = pattern.text
    if not pattern.has_clock and ord(":") not in found:
        # Most of the groups are the time of day, and a day without one is read three times as fast.
        text = text.replace(CLOCK, "")
    parts = _extract_parts(texts, text)
    if pattern.kind == "numeric":
        return _parse_numeric(parts, day_first)
    return _parse_written(texts, parts, pattern)


def _parse_written(texts: pa.Array, parts: dict[str, pa.Array], pattern: Pattern) -> ParsedDates:
    has_weeks = _counts_weeks(parts)
    if has_weeks:
        parts = {"week" if name == "month" else name: texts for name, texts in parts.items()}
    values = _assemble(parts)
    values, minutes, zones = _read_zones(parts, values)
    no_weeks: tuple[int, tuple[str, ...]] = (0, ())
    if "week" in parts:
        rows = np.flatnonzero(np.isnat(values) & parts["week"].is_valid().to_numpy(zero_copy_only=False))
        no_weeks = len(rows), tuple(texts.take(pa.array(rows[:_SHOWN])).to_pylist())
    return ParsedDates(
        values=values,
        minutes=minutes,
        offsets=() if minutes is None else list_offset_changes(values, minutes),
        zones=zones,
        no_weeks=no_weeks,
        span=pattern.span,
        has_weeks=has_weeks,
        has_last_months="first_month" in parts,
        period=_name_period(parts),
    )


def _name_period(parts: dict[str, pa.Array]) -> str:
    """ "quarter" or "week" where cells name such and no day in it."""
    if "quarter" in parts or "roman" in parts:
        return "quarter"
    if "week" not in parts:
        return ""
    has_days = "weekday" in parts and pc.any(pc.not_equal(parts["weekday"], "")).as_py()
    return "" if has_days else "week"


def _counts_weeks(parts: dict[str, pa.Array]) -> bool:
    """Whether the number beside the year goes up to 53, as in 50/2020: weeks, not months."""
    if parts.keys() - {"sign"} != {"year", "month"} or not _holds_digits(parts["month"]):
        return False
    numbers = _to_integers(parts, "month", 1)
    beyond = numbers[numbers > 12]
    is_often = len(beyond) > (1 - _MIN_SHARE) * np.sum(numbers >= 0)
    return bool(is_often and beyond.max() <= 53 and len(np.unique(beyond)) > 2)


def _holds_digits(texts: pa.Array) -> bool:
    return not pc.any(pc.match_substring_regex(texts, "^[A-Za-z]")).as_py()


def _parse_iso(texts: pa.Array) -> ParsedDates:
    values, is_zoned = _cast_iso(texts)
    if values is None:
        # pandas turns the texts into Python strings on its way, so a large column is taken in pieces.
        pieces = [_parse_iso_piece(texts.slice(start, _PIECE)) for start in range(0, len(texts), _PIECE)]
        values = np.concatenate(pieces)
    values[(values < _EARLIEST) | (values > _LATEST)] = _NAT
    minutes = _read_iso_offsets(texts) if is_zoned else None
    zones: tuple[str, ...] = ()
    odd = np.flatnonzero(np.isnat(values) & texts.is_valid().to_numpy(zero_copy_only=False))
    if len(odd):
        # Such as 24:00, 12:00:00,5 and CET among cells that are ISO to the letter.
        parts = _extract_parts(texts.take(pa.array(odd)), NEARLY_ISO)
        values[odd], more, zones = _read_zones(parts, _assemble(parts))
        if more is not None:
            minutes = np.zeros(len(values), np.int64) if minutes is None else minutes
            minutes[odd] = more
    offsets = () if minutes is None else list_offset_changes(values, minutes)
    return ParsedDates(values=values, minutes=minutes, offsets=offsets, zones=zones)


def _cast_iso(texts: pa.Array) -> tuple[Times | None, bool]:
    """Parse strict ISO 8601 with Arrow's cast, and say whether any time has a zone."""
    for zone in (None, "UTC"):
        try:
            cast = pc.cast(texts, pa.timestamp("us", tz=zone))
        except pa.ArrowInvalid:
            continue
        return cast.to_numpy(zero_copy_only=False).astype("datetime64[us]"), zone is not None
    return None, True


def _parse_iso_piece(texts: pa.Array) -> Times:
    # pandas knows the words "now" and "today"; a file means something else by them, if anything.
    is_written = pc.fill_null(pc.match_substring_regex(texts, r"^\d"), False)
    texts = pc.if_else(is_written, texts, pa.scalar(None, texts.type))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Times without a zone are taken as UTC, so that a column may hold both kinds.
        series = pd.to_datetime(pd.Series(texts.to_pandas()), format="ISO8601", utc=True, errors="coerce")
    values: Times = series.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return values


def _read_iso_offsets(texts: pa.Array) -> Whole | None:
    """The offset of each ISO time in minutes; None where all are UTC or have none."""
    ends = pc.dictionary_encode(pc.fill_null(pc.utf8_slice_codeunits(texts, -6), ""))
    found = [_OFFSET.search(end) for end in ends.dictionary.to_pylist()]
    minutes = np.array([(read_zone(match[0]) or 0) if match else 0 for match in found], np.int64)
    return minutes[ends.indices.to_numpy(zero_copy_only=False)] if minutes.any() else None


def _read_zones(parts: dict[str, pa.Array], values: Times) -> tuple[Times, Whole | None, tuple[str, ...]]:
    """Convert times to UTC; also the offsets in minutes and the names of the zones."""
    if "zone" not in parts:
        return values, None, ()
    minutes, names = read_zones(parts["zone"])
    is_known = minutes > np.iinfo(np.int64).min
    minutes = np.where(is_known, minutes, 0)
    if not minutes.any() and is_known.all():
        return values, None, ()
    utc = values - minutes.astype("timedelta64[m]")
    utc[~is_known | (utc < _EARLIEST) | (utc > _LATEST)] = _NAT
    return utc, minutes, tuple(names)


def _extract_parts(texts: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """The named groups of a pattern, a column each; null where the pattern does not match."""
    parts = pc.extract_regex(texts, pattern)
    return {field.name: pc.struct_field(parts, field.name) for field in parts.type}


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
    if "yearday" in parts:
        return _to_year_days(year, _to_integers(parts, "yearday", 1))
    if month is None:
        month = _read_months(parts)
    if day is None:
        day = _to_integers(parts, "day", 1)
    times: Times = to_days(year, month, day)
    if "hour" in parts:
        times = times + _read_clock(parts)
        times[times > _LATEST] = _NAT
    return times


def _read_years(parts: dict[str, pa.Array]) -> Whole:
    if "year" in parts:
        return _to_integers(parts, "year", 0)
    short = _to_integers(parts, "short_year", 0)
    # Excel's rule: 30 to 99 are the last century; but no column goes from 2029 on with 1930.
    first = _find_first_year(np.unique(short[short >= 0]))
    century = np.where(short >= 30, 1900, 2000)
    if first is not None:
        century = (1900 if first >= 30 else 2000) + np.where(short < first, 100, 0)
    return np.where(short < 0, -1, short + century)


def _find_first_year(years: Whole) -> int | None:
    """First two-digit year of a column that crosses Excel's century cutoff; None for other columns."""
    if len(years) < 2 or years[0] >= 30 or years[-1] < 30:
        return None
    gaps = np.diff(np.append(years, years[0] + 100))
    place = int(np.argmax(gaps))
    first = int(years[(place + 1) % len(years)])
    by_rule = int(np.ptp(np.where(years >= 30, years, years + 100)))
    return first if first < 30 and 100 - int(gaps[place]) < min(by_rule, 60) else None


def _read_months(parts: dict[str, pa.Array]) -> Whole:
    if "quarter" in parts:
        return 3 * _to_integers(parts, "quarter", 1) - 2
    if "roman" in parts:
        index = pc.index_in(parts["roman"], value_set=pa.array(["I", "II", "III", "IV"], parts["roman"].type))
        quarters: Whole = pc.fill_null(pc.cast(index, pa.int64()), -1).to_numpy(zero_copy_only=False)
        return 3 * quarters + 1
    if "semester" in parts:
        return 6 * _to_integers(parts, "semester", 1) - 5
    if "month" not in parts or _holds_digits(parts["month"]):
        return _to_integers(parts, "month", 1)
    months: Whole = pc.fill_null(number_months(parts["month"]), -1).to_numpy(zero_copy_only=False)
    return months


def _read_clock(parts: dict[str, pa.Array]) -> Spans:
    hour, minute, second = (_to_integers(parts, name, 0) for name in ("hour", "minute", "second"))
    if "half" in parts:
        half = pc.utf8_slice_codeunits(pc.utf8_lower(parts["half"]), 0, 1)
        half = pc.fill_null(half, "").to_numpy(zero_copy_only=False)
        is_pm, is_am = half == "p", half == "a"
        bad = (is_pm | is_am) & ((hour < 1) | (hour > 12))
        hour = np.where(is_pm, hour % 12 + 12, np.where(is_am, hour % 12, hour))
        hour = np.where(bad, 99, hour)
    # An hour of 24 is how some stations write midnight at the end of a day.
    is_valid = (hour >= 0) & (hour <= 24) & (minute < 60) & (second < 61)
    spans: Spans = (hour * 3600 + minute * 60 + second).astype("timedelta64[s]").astype("timedelta64[us]")
    if "fraction" in parts and pc.any(pc.not_equal(parts["fraction"], "")).as_py():
        digits = pc.utf8_slice_codeunits(pc.utf8_rpad(parts["fraction"], 6, "0"), 0, 6)
        micros = pc.fill_null(pc.cast(digits, pa.int64()), 0).to_numpy(zero_copy_only=False)
        spans = spans + micros.astype("timedelta64[us]")
    spans[~is_valid] = np.timedelta64("NaT")
    return spans


def to_days(year: Whole, month: Whole, day: Whole) -> Times:
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
    """ISO weeks: week 1 is the one with 4 January, and a week begins on Monday. Not every year has a week 53."""
    fourth = to_days(year, np.ones_like(year), np.full_like(year, 4)).astype("datetime64[D]")
    days = (fourth.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    monday = fourth - days + 7 * (week - 1)
    is_valid = (week >= 1) & ((monday + 3).astype("datetime64[Y]") == fourth.astype("datetime64[Y]"))
    dates: Times = (monday + (weekday - 1)).astype("datetime64[us]")
    dates[~is_valid] = _NAT
    return dates


def _to_year_days(year: Whole, day: Whole) -> Times:
    first = to_days(year, np.ones_like(year), np.ones_like(year))
    dates: Times = first + (day - 1).astype("timedelta64[D]")
    dates[(day < 1) | (dates.astype("datetime64[Y]") != first.astype("datetime64[Y]"))] = _NAT
    return dates


def _parse_numeric(parts: dict[str, pa.Array], chosen: bool | None) -> ParsedDates:
    """Dates like 03/04/2020: the values above 12 say which of the two numbers is the day."""
    first, second = _to_integers(parts, "first", 1), _to_integers(parts, "second_part", 1)
    n_first_days, n_second_days = int(np.sum(first > 12)), int(np.sum(second > 12))
    # In the other order too few of the cells would be dates.
    is_order_proven = bool(max(n_first_days, n_second_days) > (1 - _MIN_SHARE) * np.sum(first >= 0))

    def parse_in_order(day_first: bool, *, is_ambiguous: bool = False) -> ParsedDates:
        """Read the parts with the day or the month first."""
        month, day = (second, first) if day_first else (first, second)
        values, minutes, zones = _read_zones(parts, _assemble(parts, month=month, day=day))
        return ParsedDates(
            values=values,
            day_first=day_first,
            is_order_proven=is_order_proven,
            is_ambiguous=is_ambiguous,
            minutes=minutes,
            offsets=() if minutes is None else list_offset_changes(values, minutes),
            zones=zones,
        )

    if chosen is not None:
        parsed = parse_in_order(chosen)
        if parsed.n_read >= _MIN_SHARE * np.sum(first >= 0):
            return parsed
    if n_first_days != n_second_days:
        return parse_in_order(n_first_days > n_second_days)
    # Only 29.03.1958 is ever written with points, never 03.29.1958.
    if pc.any(pc.equal(parts["sign"], ".")).as_py():
        return parse_in_order(True)
    by_steps = _compare_steps(first, second, parse_in_order(True).values, parse_in_order(False).values)
    return parse_in_order(bool(by_steps), is_ambiguous=by_steps is None)


def _compare_steps(first: Whole, second: Whole, day_first: Times, month_first: Times) -> bool | None:
    """Whether the steps between dates say that the day comes first; None where they do not say."""
    known = first > 0
    days, months = np.unique(first[known]), np.unique(second[known])
    if max(len(days), len(months)) < _MIN_STEPS:
        return None
    # The first of each month, not the first twelve days of each January.
    for is_day_first, fixed, other in ((True, days, months), (False, months, days)):
        if fixed.tolist() == [1] and len(other) > 1:
            return is_day_first
    is_even = _has_even_steps(day_first), _has_even_steps(month_first)
    return is_even[0] if is_even[0] != is_even[1] else None


def _has_even_steps(values: Times) -> bool:
    days = np.unique(values[~np.isnat(values)].astype("datetime64[D]"))
    if len(days) < _MIN_STEPS:
        return False
    months = days.astype("datetime64[M]")
    is_monthly = (
        np.ptp((days - months).astype(np.int64)) == 0 and np.ptp(np.diff(months.astype(np.int64))) == 0
    )
    return bool(is_monthly or np.ptp(np.diff(days.astype(np.int64))) == 0)
