"""Durations and clock times: 00:01:23.4, 1h 23m 4s, PT1H2M, 14:15 and 1:00 PM as numbers of seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.column_texts import sample_texts
from core.tables.name_words import list_words, split_words

Floats = npt.NDArray[np.float64]

_MIN_SHARE = 0.8
_SAMPLE = 200
_DAY = 86_400
# As Python's re and RE2 both write them. A group is a number of the unit that it is named for.
_FRACTION = r"(?:[.,](?P<fraction>\d{1,9}))?"
_HALF = r"\s?(?P<half>(?i:[ap]\.?\s?m\.?))"
_COLONS = (
    r"^(?P<sign>[+-]?)(?:(?P<days>\d{1,6})(?:\s?(?i:d|days?|tage?)[ ,]*\s*|\.))?(?P<hours>\d{1,5}):(?P<minutes>\d{2}):(?P<seconds>\d{2})"
    + _FRACTION
    + "$"
)
_PATTERNS: dict[str, str] = {
    "afternoon": r"^(?P<hours>\d{1,2})(?:[:.](?P<minutes>\d{2}))?(?::(?P<seconds>\d{2})"
    + _FRACTION
    + rf")?{_HALF}$",
    "three": _COLONS,
    "points": r"^(?P<hours>[01]?\d|2[0-3])\.(?P<minutes>[0-5]\d)\.(?P<seconds>[0-5]\d)$",
    "fraction": r"^(?P<sign>[+-]?)(?P<minutes>\d{1,4}):(?P<seconds>\d{2})[.,](?P<fraction>\d{1,9})$",
    "two": r"^(?P<sign>[+-]?)(?P<first>\d{1,4}):(?P<second>\d{2})(?:\s(?:Uhr|uhr|h))?$",
    "letter": r"^(?P<hours>\d{1,2})\s?[hH]\s?(?P<minutes>\d{2})$",
    "units": r"^(?P<sign>[+-]?)(?:(?P<days>\d+)\s?(?i:d|days?|tage?|j|jours?),?\s?)?(?:(?P<hours>\d+)\s?(?i:h|hrs?|hours?|std\.?|stunden?),?\s?)?"
    r"(?:(?P<minutes>\d+)\s?(?i:m|mins?|minutes?|min\.|'|′),?\s?)?(?:(?P<seconds>\d+)(?:[.,](?P<fraction>\d{1,9}))?\s?(?i:s|secs?|seconds?|sek\.?|\"|″|''))?$",
    "iso": r"^(?P<sign>[+-]?)P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:[.,](?P<fraction>\d{1,9}))?S)?)?$",
}
_HEIGHT = re.compile(
    r"^[3-8]['′]\s?(?:\d|1[01])(?:\"|″|'')?$"
)  # feet and inches, as much as minutes and seconds
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_SECONDS = {"days": _DAY, "hours": 3600, "minutes": 60, "seconds": 1}
_DURATION_WORDS = list_words(
    "duration durations lap laps elapsed split splits pace length run runtime finish chip gap best wait waiting delay latency "
    "dauer laufzeit rundenzeit duree duracion durata duur duracao czas_trwania took taken net gross swim bike total moving "
    "cpu wall uptime playtime talk hold handling response travel trip age result mark record performance stint interval"
)
_CLOCK_WORDS = list_words(
    "clock uhrzeit heure hora ora tijd godzina hour hhmm start begin departure arrival depart arrive sunrise sunset utc local gmt"
)


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Seconds a cell, NaN where a cell is none.

    ``is_clock`` tells that they count from midnight; ``n_midnights`` how often such a column runs past it, each of which
    has a day added from there on. ``is_open`` tells that "1:30" could be minutes as well as hours.
    """

    seconds: Floats
    is_clock: bool
    is_open: bool = False
    n_midnights: int = 0
    as_hours: bool = True


def parse_durations(
    texts: pa.Array, *, name: str, chosen: str | None = None, past_midnight: str | None = None
) -> Durations | None:
    """Read a column of durations or clock times.

    Parameters
    ----------
    texts : pyarrow.Array
        Trimmed strings; null where a cell is missing.
    name : str
        The column's name: a lap of 1:30 takes minutes, a departure at 1:30 has hours.
    chosen : {"hours", "minutes"}, optional
        What 1:30 begins with, if the visitor chose it.
    past_midnight : {"next day", "as written"}, optional
        What comes after midnight in a column of clock times, if the visitor chose it.

    Examples
    --------
    >>> parse_durations(pa.array(["1:02.5", "0:58.0"]), name="lap").seconds.tolist()
    [62.5, 58.0]
    >>> found = parse_durations(pa.array(["23:30", "0:15"]), name="time")
    >>> found.seconds.tolist(), found.is_clock, found.n_midnights
    ([84600.0, 87300.0], True, 1)
    """
    sample = sample_texts(texts, _SAMPLE)
    kind = next((kind for kind, pattern in _PATTERNS.items() if _fits(pattern, sample)), None)
    if kind is None or (kind == "units" and not any(len(_NUMBER.findall(text)) > 1 for text in sample)):
        return None  # 90 min is a number with a unit
    if kind == "units" and all(map(_HEIGHT.match, sample)) and not set(split_words(name)) & _DURATION_WORDS:
        return None
    found = pc.extract_regex(texts, _PATTERNS[kind])
    parts = {field.name: pc.struct_field(found, field.name) for field in found.type}
    words = set(split_words(name))
    is_open = kind == "two"
    as_hours = True
    if is_open:
        as_hours = _begins_with_hours(parts, words) if chosen is None else chosen == "hours"
        first, second = ("hours", "minutes") if as_hours else ("minutes", "seconds")
        parts |= {first: parts["first"], second: parts["second"]}
    seconds = _add_up(parts)
    known = seconds[np.isfinite(seconds)]
    is_clock = as_hours and kind not in ("fraction", "units", "iso") and _is_clock(known, kind, words, parts)
    n_midnights = 0
    if is_clock:
        seconds, n_midnights = _go_past_midnight(seconds, past_midnight != "as written")
    return Durations(
        seconds=seconds, is_clock=is_clock, is_open=is_open, n_midnights=n_midnights, as_hours=as_hours
    )


def _fits(pattern: str, sample: list[str]) -> bool:
    # "P", "PT" and "" are patterns without a number.
    compiled = re.compile(pattern)
    probe = sample[:: max(1, len(sample) // 16)]
    if not any(map(compiled.match, probe)):
        return False
    n_fit = sum(bool(compiled.match(text)) and any(map(str.isdigit, text)) for text in sample)
    return n_fit >= _MIN_SHARE * len(sample)


def _add_up(parts: dict[str, pa.Array]) -> Floats:
    is_read = next(iter(parts.values())).is_valid().to_numpy(zero_copy_only=False)
    seconds = np.where(is_read, 0.0, np.nan)
    for part, size in _SECONDS.items():
        if part in parts:
            seconds = seconds + size * _to_floats(parts[part])
    if "fraction" in parts:
        digits = pc.if_else(pc.equal(parts["fraction"], ""), "0", parts["fraction"])
        seconds = seconds + _to_floats(
            pc.binary_join_element_wise(pa.scalar("0", digits.type), digits, pa.scalar(".", digits.type))
        )
    if "half" in parts:
        half = pc.fill_null(pc.utf8_slice_codeunits(pc.utf8_lower(parts["half"]), 0, 1), "").to_numpy(
            zero_copy_only=False
        )
        hours = _to_floats(parts["hours"])
        seconds = (
            seconds
            + np.where((half == "p") & (hours < 12), _DAY / 2, 0.0)
            - np.where((half == "a") & (hours == 12), _DAY / 2, 0.0)
        )
        seconds[(hours < 1) | (hours > 12)] = np.nan
    if "sign" in parts:
        seconds = np.where(
            pc.fill_null(pc.equal(parts["sign"], "-"), False).to_numpy(zero_copy_only=False),
            -seconds,
            seconds,
        )
    for part in ("minutes", "seconds"):
        # 1:75 is neither; but what leads may be any number.
        larger = "hours" if part == "minutes" else "minutes"
        if part in parts and larger in parts and "first" not in parts:
            follows = pc.fill_null(pc.not_equal(parts[larger], ""), False).to_numpy(zero_copy_only=False)
            seconds[follows & (_to_floats(parts[part]) >= (61 if part == "seconds" else 60))] = np.nan
    if "second" in parts:
        seconds[_to_floats(parts["second"]) >= 60] = np.nan
    return seconds


def _to_floats(texts: pa.Array) -> Floats:
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    floats: Floats = pc.fill_null(pc.cast(filled, pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    return floats.copy()


def _begins_with_hours(parts: dict[str, pa.Array], words: set[str]) -> bool:
    first = _to_floats(parts["first"])
    if words & _DURATION_WORDS and not words & _CLOCK_WORDS:
        return False
    return bool(np.nanmax(first) <= 24)


def _is_clock(known: Floats, kind: str, words: set[str], parts: dict[str, pa.Array]) -> bool:
    """Whether seconds count from midnight: by the name, the range, and whether they run one way."""
    if kind in ("afternoon", "letter"):
        return True
    if (
        not len(known)
        or known.min() < 0
        or known.max() > _DAY
        or (words & _DURATION_WORDS and not words & _CLOCK_WORDS)
    ):
        return False
    if "days" in parts and pc.any(pc.not_equal(parts["days"], "")).as_py():
        return False
    if kind == "two" or words & _CLOCK_WORDS:
        return True
    steps = np.diff(known)
    n_back = int(np.sum(steps < 0))
    is_rising = n_back == 0 or n_back == int(np.sum(steps < -_DAY / 2))
    return bool(known.max() >= 3600) and (is_rising or "time" in words)


def _go_past_midnight(seconds: Floats, is_wanted: bool) -> tuple[Floats, int]:
    """Add a day wherever a column that otherwise only rises falls from the evening to the morning."""
    known = np.flatnonzero(np.isfinite(seconds))
    steps = np.diff(seconds[known])
    falls = steps < 0
    n_falls = int(falls.sum())
    evening = seconds[known][:-1] >= 0.7 * _DAY
    morning = seconds[known][1:] <= 0.3 * _DAY
    if not n_falls or not np.all(~falls | (evening & morning)) or n_falls > len(steps) / 2 + 1:
        return seconds, 0
    if not is_wanted:
        return seconds, n_falls
    days = np.concatenate([[0], np.cumsum(falls)])
    later = seconds.copy()
    later[known] += _DAY * days
    return later, n_falls
