"""Date headings of wide tables: years, quarters, months, days or hours across the top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from core.tables.cells.dates import parse_dates

#: How the moment of a heading is counted; the last four are parts that need a column of years, months or dates beside them.
KINDS = (
    "year",
    "quarter",
    "month",
    "date",
    "month of year",
    "quarter of year",
    "day of month",
    "hour of day",
)

MIN_MOMENTS = 3
# A whole heading that is a year, with what statistical offices and programs put around it.
_YEAR = re.compile(
    r"^(?:x|y|yr|year|fy|f|cy|jahr|an|año|anno)?[ _.'-]?(?P<year>(?:1[5-9]|20|21)\d\d)(?:[/–-](?P<next>(?:\d\d){1,2}))?(?:\.0+)?"
    r"\s?(?:\[yr\d{4}\]|\(?(?:p|e|f|r|a|b|est|proj|prov|prel|forecast|budget|actual|estimate|projected|provisional)\.?\)?)?[*†‡¹²³]{0,3}$",
    re.IGNORECASE,
)
_YEAR_WITHIN = re.compile(r"(?<!\d)(?P<year>(?:1[89]|20)\d\d)(?!\d)")
_QUARTER = re.compile(
    r"^(?:(?:q|qtr|quarter|quartal|trim|t|k)[ ._-]?(?P<after>[1-4])|(?P<before>[1-4])(?:st|nd|rd|th|\.)?[ ._-]?(?:q|qtr|quarter|quartal|trimestre|kwartaal|kwartał))$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^(?P<before>m|month|d|day|h|hour|hr|he|v|t)?[ ._-]?(?P<number>\d{1,2})(?::00(?::00)?)?(?P<after>h)?$",
    re.IGNORECASE,
)
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_LETTERS = re.compile(r"^[^\W\d_]{3,12}\.?$")
_PACKED = re.compile(r"^(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?$")
_SERIAL = re.compile(r"^\d{5}(?:\.0+)?$")
_EXCEL_EPOCH = np.datetime64("1899-12-30", "D")
# Names that may be months are looked up one by one.
_MAX_LOOKED_UP = 60


class Moment(NamedTuple):
    """One date heading: its column, measure and time.

    Attributes
    ----------
    place : int
        The column.
    measure : str
        What stands beside the moment, such as "GDP" in "GDP 2010"; often empty.
    when : int or numpy.datetime64
        A number for years and for parts, a day otherwise.
    """

    place: int
    measure: str
    when: int | np.datetime64


class Across(NamedTuple):
    """Date headings across the top of a table."""

    kind: str
    moments: list[Moment]


def find_moments(names: Sequence[str]) -> list[Across]:
    """Runs of date headings, most likely first.

    Examples
    --------
    >>> [across] = find_moments(["Country", "1990", "1991", "1992"])
    >>> across.kind, [moment.when for moment in across.moments]
    ('year', [1990, 1991, 1992])
    >>> find_moments(["City (Source)", "Downtown Pop", "2015 City Pop", "% of City"])
    []
    """
    cleaned = [" ".join(str(name).split()) for name in names]
    found = [
        _find_years(cleaned),
        _find_dates(cleaned),
        _find_serials(cleaned),
        _find_packed(cleaned),
        _find_measured_years(cleaned),
        _find_months(cleaned),
        _find_quarters(cleaned),
        *_find_numbered(cleaned),
    ]
    return [across for across in found if across is not None]


def _keep(kind: str, moments: list[Moment]) -> Across | None:
    """Keep headings that form a time axis: at least three per measure, in one direction; None otherwise."""
    by_measure: dict[str, list[Moment]] = {}
    for moment in moments:
        by_measure.setdefault(moment.measure, []).append(moment)
    kept = [
        m
        for group in by_measure.values()
        if len(group) >= MIN_MOMENTS and _runs_one_way(group)
        for m in group
    ]
    return Across(kind, kept) if kept else None


def _runs_one_way(moments: list[Moment]) -> bool:
    when = np.array([moment.when for moment in moments])
    steps = np.diff(when).astype(np.int64)
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _find_years(names: list[str]) -> Across | None:
    found = [(place, int(year)) for place, name in enumerate(names) if (year := _read_year(name))]
    # Wavelengths and sizes also run from 1500 to 2200, but seldom stop there.
    n_numbers = sum(bool(re.fullmatch(r"\d+(?:\.\d+)?", name)) for name in names)
    n_plain = sum(bool(re.fullmatch(r"\d{4}(?:\.0+)?", names[place])) for place, _ in found)
    if n_numbers > n_plain + 2:
        return None
    return _keep("year", [Moment(place, "", year) for place, year in found])


def _read_year(name: str) -> int:
    """Year of a heading such as 2014 or 2014/15; 0 where it is none."""
    match = _YEAR.match(name)
    if match is None:
        return 0
    year, following = int(match["year"]), match["next"]
    # 2020-01 is a month, and 2019-20 a pair of years.
    return 0 if following and (int(following) - year - 1) % 100 else year


def _find_measured_years(names: list[str]) -> Across | None:
    """Years with a measure beside each, such as pop_1990, pop_1991 or 2019 Sales, 2020 Sales."""
    moments = []
    for place, name in enumerate(names):
        years = list(_YEAR_WITHIN.finditer(name))
        if len(years) == 1 and not _read_year(name):
            rest = f"{name[: years[0].start()]} {name[years[0].end() :]}"
            measure = " ".join(re.sub(r"[\s_.:/,;()\[\]-]+", " ", rest).split())
            moments.append(Moment(place, measure, int(years[0]["year"])))
    return _keep("year", moments)


def _find_dates(names: list[str]) -> Across | None:
    """Whole dates, months with a year and quarters with a year."""
    # 2000-01 is a pair of years only among its like.
    has_years = sum(bool(_read_year(name)) for name in names) >= MIN_MOMENTS
    places = [
        place
        for place, name in enumerate(names)
        if re.search(r"\d", name) and not (has_years and _read_year(name))
    ]
    if len(places) < MIN_MOMENTS:
        return None
    # The labels on the left have digits at times, so what has none of a date's own marks is left out first.
    marked = [p for p in places if re.search(r"\d\s?[-/.: QqWwM]\s?\w|[^\W\d_]{3}|[QqTtKkWw]\d", names[p])]
    for chosen in (places, marked, marked[1:]):
        if len(chosen) < MIN_MOMENTS:
            continue
        parsed = parse_dates(
            pa.array([names[place][:60] for place in chosen], pa.large_string()), day_first=None
        )
        if parsed is not None:
            when = parsed.values.astype("datetime64[D]")
            moments = [Moment(p, "", w) for p, w in zip(chosen, when, strict=True) if not np.isnat(w)]
            return _keep(_name_kind([names[m.place] for m in moments], moments), moments)
    return None


def _name_kind(names: list[str], moments: list[Moment]) -> str:
    if any(re.search(r"(?i)(?:q|t|k|quarter)\s?[1-4]|[1-4]\s?(?:q|quarter)", name) for name in names[:3]):
        return "quarter"
    when = np.array([moment.when for moment in moments], "datetime64[D]")
    is_first = when == when.astype("datetime64[M]").astype("datetime64[D]")
    has_clock = any(":" in name and "00:00" not in name for name in names)
    is_yearly = len({*(when.astype("datetime64[M]").astype(np.int64) % 12)}) == 1
    return "month" if is_first.all() and len(when) > 1 and not has_clock and not is_yearly else "date"


def _find_serials(names: list[str]) -> Across | None:
    """Spreadsheet serial dates as headings: 43831, 43862, 43891."""
    places = [place for place, name in enumerate(names) if _SERIAL.match(name)]
    days = np.array([int(float(names[place])) for place in places], dtype=np.int64)
    if len(days) < MIN_MOMENTS or days.min() < 18_000 or days.max() > 62_000:
        return None
    steps = np.diff(days)
    calendar = [(1, 1), (7, 7), (28, 31), (89, 92), (365, 366)]
    if not any(low <= steps.min() and steps.max() <= high for low, high in calendar):
        return None
    when = _EXCEL_EPOCH + days
    moments = [Moment(place, "", day) for place, day in zip(places, when, strict=True)]
    return _keep(_name_kind([names[place] for place in places], moments), moments)


def _find_packed(names: list[str]) -> Across | None:
    """Months and days without separators: 202001, 20200131."""
    places = [place for place, name in enumerate(names) if _PACKED.match(name)]
    if len(places) < MIN_MOMENTS or len({len(names[place]) for place in places}) > 1:
        return None
    written = [f"{names[p][:4]}-{names[p][4:6]}-{names[p][6:] or '01'}" for p in places]
    parsed = parse_dates(pa.array(written, pa.large_string()), day_first=None)
    if parsed is None or np.isnat(parsed.values).any():
        return None
    when = parsed.values.astype("datetime64[D]")
    moments = [Moment(place, "", day) for place, day in zip(places, when, strict=True)]
    return _keep("month" if len(names[places[0]]) == 6 else "date", moments)


def _find_months(names: list[str]) -> Across | None:
    """Months without a year, in any language that dates are read in."""
    lettered = [place for place, name in enumerate(names) if _LETTERS.match(name)]
    moments = []
    for place in lettered[:_MAX_LOOKED_UP] if len(lettered) >= MIN_MOMENTS else ():
        month = read_month(names[place])
        if month:
            moments.append(Moment(place, "", month))
    if len({moment.when for moment in moments}) != len(moments):
        return None
    return _keep("month of year", _fill_year(moments, lettered))


def _fill_year(moments: list[Moment], lettered: list[int]) -> list[Moment]:
    """Complete a row of twelve words to months, where the recognized ones are in their places."""
    starts = {moment.place - int(moment.when) + 1 for moment in moments}
    if len(starts) != 1 or len(moments) < MIN_MOMENTS or len(moments) == 12:
        return moments
    year = range(min(starts), min(starts) + 12)
    return [Moment(p, "", p - year[0] + 1) for p in year] if set(year) <= set(lettered) else moments


def read_month(name: str) -> int:
    """The number of a month by its name, in any language that dates are read in; 0 where it is none.

    Examples
    --------
    >>> read_month("Mar"), read_month("August"), read_month("Total")
    (3, 8, 0)
    """
    parsed = parse_dates(
        pa.array([f"{name.strip().rstrip('.')[:20]} 2001"], pa.large_string()), day_first=None
    )
    if parsed is None or np.isnat(parsed.values[0]):
        return 0
    return int(parsed.values[0].astype("datetime64[M]").astype(np.int64) % 12) + 1


def _find_quarters(names: list[str]) -> Across | None:
    found = [(place, match) for place, name in enumerate(names) if (match := _QUARTER.match(name))]
    moments = [Moment(place, "", int(match["after"] or match["before"])) for place, match in found]
    if not moments:
        moments = [Moment(p, "", _ROMAN[n.lower()]) for p, n in enumerate(names) if n.lower() in _ROMAN]
        moments = moments if [m.when for m in moments] == [1, 2, 3, 4] else []
    return _keep("quarter of year", moments)


def _find_numbered(names: list[str]) -> list[Across]:
    """Numbered headings: months 1 to 12, days 1 to 31 or hours 0 to 23, depending on the other columns."""
    found = [(place, match) for place, name in enumerate(names) if (match := _NUMBERED.match(name))]
    moments = [Moment(place, "", int(match["number"])) for place, match in found]
    numbers = [int(moment.when) for moment in moments]
    if len(numbers) == 13 and numbers[:12] == [*range(1, 13)]:
        moments, numbers = moments[:12], numbers[:12]
    if not numbers or numbers != [*range(numbers[0], numbers[0] + len(numbers))]:
        roman = [Moment(p, "", _ROMAN[n.lower()]) for p, n in enumerate(names) if n.lower() in _ROMAN]
        return [Across("month of year", roman)] if [m.when for m in roman] == [*range(1, 13)] else []
    kinds = []
    if numbers == [*range(1, 13)]:
        kinds.append("month of year")
    if numbers[0] == 1 and 28 <= len(numbers) <= 31:
        kinds.append("day of month")
    if len(numbers) in (24, 25) and numbers[0] in (0, 1):
        kinds.append("hour of day")
    return [Across(kind, moments) for kind in kinds]
