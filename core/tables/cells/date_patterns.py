"""Date patterns: the ways in which dates are written, and which of them a column uses, by a sample of it.

The patterns are in the syntax that Python's re (for the sample) and RE2 (for the column) share, for texts without accents.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from core.tables.cells.calendar_words import DAY_WORDS, MONTHS
from core.tables.cells.time_zones import ZONE, read_zone

_MIN_SHARE = 0.8
_PROBE = 16

CLOCK = (
    r"(?:(?:,?\s+(?:(?:at|um|om|a|alle|kl\.?|o)\s)?|T|:)(?P<hour>\d{1,2})(?:[:.]|\s?[hH]\s?)?(?P<minute>\d{2})?"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s?(?P<half>(?i:[ap]\.?\s?m\.?))?(?:\s(?:Uhr|uhr|h))?"
    + ZONE
    + ")?"
)
_YEAR = r"(?P<year>\d{4})"
_SHORT = r"'?(?P<short_year>\d{2})"
_DAY = r"(?P<day>\d{1,2})(?i:st|nd|rd|th|er|e|o)?"
_MONTH = r"(?P<month>[A-Za-z]{3,12})\.?"
_WEEKDAY = r"(?:(?i:(?:week|month|quarter|year|12 months) (?:ending|ended|to|of|beginning|commencing|starting)|w/[ec]|as (?:of|at))\s)?(?:(?P<weekday_name>[A-Za-z]{2,12})[,.]*\s+)?"
_TO = r"(?:\s(?i:de|del|of)\s|[-/ .,']*)"
_QUARTER = r"(?i:q(?:tr|uarter|uartal)?|t(?:rim(?:estre)?|r)?|k(?:w(?:artal|artaal)?)?|quarter)\.?"
_NTH = r"(?i:st|nd|rd|th|er|e|o|\.)?"
_WEEK = r"(?i:w(?:eek|k|oche)?|kw|cw|s(?:em(?:aine|ana)?)?|settimana|tydzien)\.?"

#: The second date of two, such as the end of a week.
UNTIL = r"\s+(?:-|to|bis|until|through|au|al|a|do)\s+\S.*\d.*$|\s?/\s?\d{4}-\d{2}-.*$"
ISO = re.compile(
    r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?)?\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?$"
)
#: For those cells of an ISO column that are not quite: 24:00, a decimal comma, a zone's name, an afternoon.
NEARLY_ISO = rf"^{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){CLOCK}$"
# Years that go over into the next, and spans of years: 2014/15, 2014-2015, FY 2018/19, FY2019.
_SPAN = re.compile(r"^(?P<sign>(?i:fy|sy|ay|gj|ws)?)\s?(?P<year>\d{4})\s?[-/]\s?(?P<next>\d{2}|\d{4})$")
SPAN = r"^(?i:fy|sy|ay|gj|ws)?\s?(?P<year>\d{4})\s?[-/]\s?(?:\d{2}|\d{4})$"
_WRITTEN: tuple[str, ...] = (
    rf"^(?i:fy|sy|ay|gj)[ -]?{_YEAR}$",
    rf"^(?i:fy|sy|ay|gj)[ -]?{_SHORT}(?:[-/]\d{{2}})?$",
    rf"^{_YEAR}(?:[-/:.]|[ -]?M)(?P<month>\d{{1,2}})$",
    rf"^(?P<month>\d{{1,2}})[-/.]\s?{_YEAR}$",
    rf"^M(?P<month>\d{{1,2}})[-/ ]?{_YEAR}$",
    rf"^{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?:(?P<day>\d{{1,2}})\s?[日일])?$",
    rf"^{_YEAR}[-/ :.]*{_QUARTER}[- ]?0?(?P<quarter>[1-4])$",
    rf"^{_YEAR}[-/ :]*(?P<quarter>[1-4]){_NTH}\s?{_QUARTER}$",
    rf"^{_QUARTER}\s?0?(?P<quarter>[1-4])[-/ :,]*{_YEAR}$",
    rf"^{_QUARTER}\s?0?(?P<quarter>[1-4])[-/ :,]+{_SHORT}$",
    rf"^(?P<quarter>[1-4]){_NTH}[ -]?{_QUARTER}{_TO}{_YEAR}$",
    rf"^(?P<quarter>[1-4]){_NTH}[ -]?{_QUARTER}[-/ ,]*{_SHORT}$",
    rf"^{_YEAR}[-/. ]\s?(?P<roman>IV|I{{1,3}})$",
    rf"^(?P<roman>IV|I{{1,3}})(?:[-/. ]|\s?{_QUARTER}\s?){_YEAR}$",
    rf"^{_YEAR}[-/ ]?(?i:h|s|hy)(?P<semester>[12])$",
    rf"^(?i:h|s|hy)(?P<semester>[12])[-/ ]?{_YEAR}$",
    rf"^{_YEAR}[-/ ]*{_WEEK}[- ]?(?P<week>\d{{1,2}})(?:-?(?P<weekday>[1-7]))?$",
    rf"^{_WEEK}\s?(?P<week>\d{{1,2}})[-/ .,]*{_YEAR}$",
    rf"^{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})[T ](?P<hour>\d{{2}}):?(?P<minute>\d{{2}})"
    rf":?(?P<second>\d{{2}})?(?:[.,](?P<fraction>\d{{1,9}}))?{ZONE}$",
    NEARLY_ISO,
    rf"^(?:(?i:(?:year|12 months|quarter|month) (?:ending|ended|to))\s)?{_MONTH}{_TO}{_YEAR}$",
    rf"^{_YEAR}{_TO}{_MONTH}$",
    rf"^(?P<first_month>[A-Za-z]{{3,12}})\.?(?:\s?[-/]\s?|\s(?:to|through|bis|a|à)\s){_MONTH},?\s{_YEAR}$",
    rf"^{_MONTH}[-/ .]?{_SHORT}$",
    rf"^'?(?P<short_year>3[2-9]|[4-9]\d)[-/ .]?{_MONTH}$",  # 93-Jan; 12-Jan is a day
    rf"^{_WEEKDAY}{_DAY}{_TO}{_MONTH}{_TO}{_YEAR}{CLOCK}$",
    rf"^{_WEEKDAY}{_DAY}{_TO}{_MONTH}{_TO}{_SHORT}{CLOCK}$",
    rf"^{_WEEKDAY}{_MONTH}[-/ .]*{_DAY}[ ,]+{_YEAR}{CLOCK}$",
    # As C's ctime and Unix's date write: Mon Jan 5 13:30:00 UTC 2021.
    rf"^{_WEEKDAY}{_MONTH} +{_DAY} (?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}):(?P<second>\d{{2}}){ZONE} {_YEAR}$",
    rf"^{_YEAR}[-/ .]+{_MONTH}[-/ .]+{_DAY}{CLOCK}$",
    rf"^{_YEAR}-(?P<yearday>\d{{3}})$",
)
_MONTH_AND_SHORT = r"^(?P<month>\d{1,2})[/-](?P<short_year>\d{2})$"
# Two numbers whose order only the values can tell, and a year.
_NUMERIC: tuple[str, ...] = tuple(
    f"^{day}{numbers}{CLOCK}$"
    for day in ("", _WEEKDAY)  # a group that is not there costs nothing
    for numbers in (
        rf"(?P<first>\d{{1,2}})(?P<sign>[-/.])(?P<second_part>\d{{1,2}})[-/.]{_YEAR}",
        r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second_part>\d{1,2})[-/.](?P<short_year>\d{2})",
        rf"(?P<first>\d{{1,2}})\s?(?P<sign>[-/.])\s?(?P<second_part>\d{{1,2}})\s?[-/.]\s?{_YEAR}",
    )
)
_DIGIT = re.compile(r"\D{0,40}\d")  # whatever the way of writing, a date has one

Test = Callable[[str], bool]


class Pattern(NamedTuple):
    """A way of writing dates: ``iso``, ``span`` of years, ``written`` in a known order, or ``numeric``, with the order open."""

    kind: Literal["iso", "span", "written", "numeric"]
    text: str = ""
    span: int = 0  # how many years the second year of a span lies after the first
    has_clock: bool = False  # whether the sample has a time of day


def choose_pattern(sample: list[str]) -> Pattern | None:
    """The date format that at least 80 % of an accent-free sample follow.

    Examples
    --------
    >>> choose_pattern(["2019/20", "2020/21"]).span, choose_pattern(["2019/11", "2019/12"]).kind
    (1, 'written')
    """
    if not _fits(sample, lambda text: bool(_DIGIT.match(text))):
        return None
    if _fits(sample, lambda text: bool(ISO.match(text))):
        return Pattern("iso")
    if _count_months(sample):
        return Pattern("written", _MONTH_AND_SHORT)
    span = _find_span(sample)
    if span:
        return Pattern("span", SPAN, span)
    for pattern in _WRITTEN:
        if _fits(sample, _compile(pattern)):
            return Pattern("written", pattern, has_clock=_has_clock(pattern, sample))
    for pattern in _NUMERIC:
        if _fits(sample, _compile(pattern)):
            return Pattern("numeric", pattern, has_clock=_has_clock(pattern, sample))
    return None


def _has_clock(pattern: str, sample: list[str]) -> bool:
    return CLOCK in pattern and any(
        found and found["hour"] for found in map(re.compile(pattern).match, sample)
    )


def _fits(sample: list[str], test: Test) -> bool:
    # Most of the patterns fit no cell at all, which a few cells show.
    probe = sample[:: max(1, len(sample) // _PROBE)]
    if 2 * sum(map(test, probe)) < len(probe):
        return False
    n_allowed = len(sample) - math.ceil(_MIN_SHARE * len(sample))
    for text in sample:
        if not test(text):
            n_allowed -= 1
            if n_allowed < 0:
                return False
    return bool(sample)


def _compile(pattern: str) -> Test:
    """Compile a date pattern with words for months, weekdays and time zones."""
    compiled = re.compile(pattern)

    def fits(text: str) -> bool:
        """Whether the text is a date in this way of writing."""
        found = compiled.match(text)
        if not found:
            return False
        words = found.groupdict()
        month, weekday, zone = words.get("month"), words.get("weekday_name"), words.get("zone")
        if words.get("first_month", "jan").lower() not in MONTHS:
            return False
        if month and month.isalpha() and month.lower() not in MONTHS:
            return False
        if zone and read_zone(zone) is None:
            return False
        return not weekday or weekday.lower() in DAY_WORDS

    return fits


def _count_months(sample: list[str]) -> bool:
    """Whether 11/20, 12/20, 01/21 go from month to month over a year's end, as no other pairs of numbers do."""
    found = [match for text in sample if (match := re.match(_MONTH_AND_SHORT, text))]
    if len(found) < max(4, len(sample)):
        return False
    months = [12 * int(match["short_year"]) + int(match["month"]) for match in found]
    is_month = all(1 <= int(match["month"]) <= 12 for match in found)
    steps = {b - a for a, b in itertools.pairwise(months)}
    return is_month and steps in ({1}, {-1}, {3}, {-3}) and len({match["short_year"] for match in found}) > 1


def _find_span(sample: list[str]) -> int:
    """How many years lie between the two years that each cell names; 0 where it is no such column.

    2010-11 is November 2010 as well as 2010/2011, so the next cells must say so too.
    """
    found = [_SPAN.match(text) for text in sample]
    cells = {match[0]: match for match in found if match}
    if sum(match is not None for match in found) < max(1, math.ceil(_MIN_SHARE * len(sample))):
        return 0
    spans = {
        int(match["next"]) - int(match["year"])
        if len(match["next"]) == 4
        else (int(match["next"]) - int(match["year"])) % 100
        for match in cells.values()
    }
    if len(spans) != 1 or not 1 <= (span := spans.pop()) <= 20:
        return 0
    is_sure = any(
        match["sign"] or len(match["next"]) == 4 or int(match["next"]) > 12 for match in cells.values()
    )
    return span if is_sure or (span == 1 and len(cells) > 1) else 0
