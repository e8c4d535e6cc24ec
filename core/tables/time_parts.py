"""Combine separate year, month, day and clock time columns into one column of times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import plural
from core.tables.cells.column_types import MIN_SHARE, Recognized
from core.tables.decisions import Decision
from core.tables.headings import read_month
from core.tables.name_words import list_words, split_words
from core.tables.raw_table import ReadOptions

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


# What a column is called that holds one part of a moment: English, German, French, Spanish, Italian, Dutch, Portuguese, Polish.
_PART_WORDS = {
    "year": "year years yr yyyy yy jahr annee an ano anio anno jaar rok",
    "month": "month months mon mm mo mth monat mois mes mese maand miesiac",
    "day": "day dd dy mday tag jour dia giorno dag dzien",
    "hour": "hour hours hr hrs hh stunde heure hora ora uur godzina",
    "minute": "minute minutes min mi mins minuut minuto minuta",
    "second": "second seconds sec secs ss sekunde seconde segundo secondo sekunda",
    "quarter": "quarter qtr q quartal trimestre kwartaal kwartal",
    "week": "week weeks wk isoweek weeknum woche kw semaine semana settimana tydzien",
    "yearday": "doy yday jday yearday dayofyear julian julday",
    "weekday": "weekday dow wday wochentag",
}
_PART_OF_WORD = {word: part for part, words in _PART_WORDS.items() for word in words.split()}
_LONGER_NAMES = {
    ("day", "year"): "yearday",
    ("julian", "day"): "yearday",
    ("ordinal", "day"): "yearday",
    ("day", "week"): "weekday",
    ("day", "month"): "day",
    ("month", "year"): "month",
    ("week", "year"): "week",
    ("iso", "week"): "week",
    ("iso", "year"): "year",
}
# Words beside the part's name that change nothing.
_BESIDE = list_words(
    "of the de del du des obs observation observed observations sample sampling sampled collection measurement measured "
    "local lst utc gmt cst est calendar cal num number no nr n reference ref data start fiscal financial report "
    "reporting date time event period c"
)


def recognize_part(name: str) -> str | None:
    """Part of a date that a column is named for (year, month, …), if any.

    Examples
    --------
    >>> recognize_part("Obs. Year"), recognize_part("MM"), recognize_part("day_of_year"), recognize_part("Days sick")
    ('year', 'month', 'yearday', None)
    """
    words = split_words(name)
    kept = [word for word in words if word not in _BESIDE] or words
    if len(kept) == 1:
        return _PART_OF_WORD.get(kept[0])
    return _LONGER_NAMES.get((kept[0], kept[1])) if len(kept) == 2 else None


class Combined(NamedTuple):
    """Times combined from several columns.

    Attributes
    ----------
    name : str
    values : pandas.Series
        ``datetime64[us]``; NaT where there is no such moment, or where a part is missing.
    places : list of int
        The columns that were used, the first of them where the new column belongs.
    n_invalid : int
        Rows that have all parts and name no moment, such as 30 February.
    decision : Decision
        ``"parts"``.
    period : {"", "quarter", "week"}
        The smallest part, where it is one of these.
    """

    name: str
    values: pd.Series
    places: list[int]
    n_invalid: int
    decision: Decision
    period: str = ""


_CHOICES = (("combined", "one column of times"), ("separate", "columns of their own"))
_CLOCK_WORDS = list_words(
    "time hour clock uhrzeit zeit heure hora ora tijd godzina czas utc gmt local hhmm hour stunde uur horario orario tod"
)
PART_RANGES = {
    "year": (1000, 2999),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 24),
    "minute": (0, 59),
    "second": (0, 60),
    "quarter": (1, 4),
    "week": (1, 53),
    "yearday": (1, 366),
}
_FEW = 10  # columns that are looked through where no name tells
_UNNAMED = re.compile(r"^(?:Column \d+|Unnamed: \d+)?$")
_NUMBERED_MONTH = re.compile(r"^M(?:0[1-9]|1[0-3])$")
_WORDS = {"yearday": "day of year"}


def combine_parts(names: Sequence[str], found: Sequence[Recognized], options: ReadOptions) -> Combined | None:
    """Combine the columns that hold parts of a time.

    A year with a month (and a day, an hour, a minute, a second), a quarter, an ISO week or a day of the year; a date with a
    clock time or an hour. A date that is there already is not made again from its own year and month.

    Parameters
    ----------
    names : sequence of str
    found : sequence of Recognized
        The columns.
    options : ReadOptions
        ``"parts"`` may be ``"separate"``.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> read_text("year,month,x\\n2020,1,5\\n2020,2,7").frame["year and month"].dt.strftime("%Y-%m").tolist()
    ['2020-01', '2020-02']
    """
    places = _place_parts(names, found)
    dates = [p for p, column in enumerate(found) if column.kind == "date" and _is_of_days(column.values)]
    others = [p for p, column in enumerate(found) if column.kind == "date" and p not in dates]
    clock = _find_clock(names, found, places, dates)
    if dates and clock:
        used, name = [dates[0], *clock], "date and time"
        times = _read_dates(found[dates[0]].values) + _read_clock(found, clock, places)
    elif dates or others or "year" not in places:
        return None
    else:
        used = [places[part] for part in _choose_parts(places)]
        if len(used) < 2:
            return None
        times = _assemble(found, places)
        if clock:
            used, name = [*dict.fromkeys([*used, *clock])], "date and time"
            times = times + _read_clock(found, clock, places)
        else:
            name = _name([_WORDS.get(part, part) for part in _choose_parts(places)])
    known = np.logical_and.reduce([np.asarray(found[place].values.notna()) for place in used])
    n_invalid = int((known & np.isnat(times)).sum())
    if not known.any() or n_invalid > (1 - MIN_SHARE) * known.sum():
        return None
    finest = "" if dates or clock else _choose_parts(places)[-1]
    return Combined(
        name,
        pd.Series(times),
        sorted(used),
        n_invalid,
        _decide(names, used, name, n_invalid, options),
        finest if finest in ("quarter", "week") else "",
    )


def _place_parts(names: Sequence[str], found: Sequence[Recognized]) -> dict[str, int]:
    """The first column of each part that holds what it is named for."""
    places: dict[str, int] = {}
    for place, (name, column) in enumerate(zip(names, found, strict=True)):
        part = recognize_part(name)
        if part == "month" and "month" in places and "hour" in places and name.strip().casefold() == "mm":
            part = "minute"  # YY MM DD hh mm
        if part in PART_RANGES and part not in places and _fits(column, part):
            places[part] = place
    return places | _place_words(names, found, places)


def _place_words(names: Sequence[str], found: Sequence[Recognized], places: dict[str, int]) -> dict[str, int]:
    """Find a column of month names by its content, and an unnamed column of years beside it."""
    if "month" in places or "quarter" in places:
        return {}
    months = [place for place, column in enumerate(found[:_FEW]) if _holds_month_words(column)]
    if not months:
        return {}
    month = months[0]
    if "year" in places:
        return {"month": month}
    beside = [place for place in (month - 1, month + 1) if 0 <= place < len(found)]
    years = [p for p in beside if _UNNAMED.match(names[p]) and _fits(found[p], "year")]
    return {"year": years[0], "month": month} if years else {}


def _holds_month_words(column: Recognized) -> bool:
    if column.kind == "text":  # M01 to M12, and M13 for the year as a whole
        labels = column.values.dropna().unique()[: _FEW * 2].tolist()
        return bool(labels) and all(_NUMBERED_MONTH.match(str(label)) for label in labels)
    return any(
        decision.key.startswith("names:") and " months " in decision.sentence for decision in column.decisions
    )


def _fits(column: Recognized, part: str) -> bool:
    if column.kind == "text":
        return part in ("month", "quarter") and bool(
            np.isfinite(_read_part(column, part)).mean() >= MIN_SHARE
        )
    if column.kind != "number":
        return False
    values = _read_part(column, part)
    values = values[np.isfinite(values)]
    low, high = PART_RANGES[part]
    is_whole = part == "second" or bool(np.all(values == np.floor(values)))
    return bool(len(values)) and is_whole and bool(np.mean((values >= low) & (values <= high)) >= MIN_SHARE)


def _read_part(column: Recognized, part: str) -> Floats:
    """A part as numbers; months and quarters may be written in words."""
    if column.kind != "text":
        numbers: Floats = column.values.to_numpy(dtype=float)
        return numbers
    codes, labels = pd.factorize(column.values)
    if len(labels) > 40:
        return np.full(len(codes), np.nan)
    read = _read_quarter if part == "quarter" else _read_month
    known = np.array([read(str(label)) or np.nan for label in labels] + [np.nan], dtype=float)
    return known[codes]


def _read_month(label: str) -> int:
    return int(label[1:]) % 13 if _NUMBERED_MONTH.match(label) else read_month(label)


def _read_quarter(label: str) -> int:
    digits = re.fullmatch(r"[^\d]{0,10}([1-4])[^\d]{0,10}", label.strip())
    return int(digits[1]) if digits else {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(label.strip().casefold(), 0)


def _is_of_days(values: pd.Series) -> bool:
    """Whether dates have no time of day of their own."""
    times = values.to_numpy().astype("datetime64[us]")
    known = times[~np.isnat(times)]
    head = known[:2_000]
    return bool(np.all(head == head.astype("datetime64[D]"))) and bool(
        np.all(known == known.astype("datetime64[D]"))
    )


def _find_clock(
    names: Sequence[str], found: Sequence[Recognized], places: dict[str, int], dates: list[int]
) -> list[int]:
    """Find the time-of-day columns: a clock time, packed hours such as 1430, or hour, minute and second."""
    clocks = [p for p, column in enumerate(found) if column.is_clock]
    named = [p for p in clocks if _CLOCK_WORDS & set(split_words(names[p]))]
    beside = {*clocks, *places.values(), *dates}
    # A clock that is all there is to hear is what is heard.
    has_more = any(column.kind == "number" and p not in beside for p, column in enumerate(found))
    repeats = bool(dates) and bool(found[dates[0]].values.duplicated().any())
    if named and has_more and (len(clocks) == 1 or repeats or len(named) == 1):
        return named[:1]
    if len(clocks) == 1 and repeats and has_more:
        return clocks
    packed = [p for p, name in enumerate(names) if _is_packed_clock(name, found[p])]
    if packed and has_more:
        return packed[:1]
    if "hour" in places and (dates or "day" in places or "yearday" in places):
        return [places[part] for part in ("hour", "minute", "second") if part in places]
    return []


def keep_clocks_within_day(found: list[Recognized]) -> list[Recognized]:
    """Keep clock times within the day where a date column exists; alone they continue past midnight."""
    if not any(column.kind == "date" for column in found):
        return found
    return [_keep_within_day(column) if column.is_clock else column for column in found]


def _keep_within_day(column: Recognized) -> Recognized:
    kept = tuple(decision for decision in column.decisions if not decision.key.startswith("midnight:"))
    if len(kept) == len(column.decisions):
        return column
    return replace(column, values=column.values % 86_400, decisions=kept)


def _is_packed_clock(name: str, column: Recognized) -> bool:
    """Whether whole numbers are hours and minutes, such as 1430."""
    if column.kind != "number" or not _CLOCK_WORDS & set(split_words(name)):
        return False
    values = column.values.to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if not len(values) or np.any(values != np.floor(values)) or values.min() < 0:
        return False
    return bool(60 < values.max() <= 2400 and np.all(values % 100 < 60))


def _read_dates(values: pd.Series) -> Times:
    return np.asarray(values.to_numpy().astype("datetime64[us]"))


def _read_clock(
    found: Sequence[Recognized], clock: list[int], places: dict[str, int]
) -> npt.NDArray[np.timedelta64]:
    first = found[clock[0]]
    if first.is_clock:
        seconds = first.values.to_numpy(dtype=float)
    elif clock[0] == places.get("hour"):
        parts = [_read_part(found[place], "hour") for place in clock]
        seconds = sum(
            (part * unit for part, unit in zip(parts, (3600.0, 60.0, 1.0), strict=False)),
            np.zeros(len(parts[0])),
        )
    else:
        packed = first.values.to_numpy(dtype=float)
        seconds = packed // 100 * 3600 + packed % 100 * 60
    spans = np.full(len(seconds), np.timedelta64("NaT", "us"))
    is_known = np.isfinite(seconds) & (seconds >= 0) & (seconds <= 2 * 86_400)
    spans[is_known] = np.round(seconds[is_known] * 1e6).astype(np.int64).astype("timedelta64[us]")
    return spans


def _choose_parts(places: dict[str, int]) -> list[str]:
    """Choose the parts that form the time: the longest chain from the year down without a gap."""
    chains = (
        ["year", "month", "day"],
        ["year", "yearday"],
        ["year", "month"],
        ["year", "week"],
        ["year", "quarter"],
    )
    return next((chain for chain in chains if all(part in places for part in chain)), ["year"])


def _assemble(found: Sequence[Recognized], places: dict[str, int]) -> Times:
    parts = {part: _read_part(found[places[part]], part) for part in _choose_parts(places)}
    is_known = np.logical_and.reduce(
        [
            np.isfinite(v) & (v >= PART_RANGES[part][0]) & (v <= PART_RANGES[part][1])
            for part, v in parts.items()
        ]
    )
    whole = {part: np.where(is_known, values, 1).astype(np.int64) for part, values in parts.items()}
    years = (np.where(is_known, whole["year"], 1970) - 1970).astype("datetime64[Y]")
    days = years.astype("datetime64[D]")
    if "month" in whole or "quarter" in whole:
        month = whole["month"] - 1 if "month" in whole else 3 * whole["quarter"] - 3
        start = years.astype("datetime64[M]") + month
        days = start.astype("datetime64[D]") + (whole.get("day", np.ones_like(month)) - 1)
        is_known &= days.astype("datetime64[M]") == start
    elif "yearday" in whole:
        days = days + (whole["yearday"] - 1)
        is_known &= days.astype("datetime64[Y]") == years
    else:
        fourth = days + 3
        monday = fourth - (fourth.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        days = monday + 7 * (whole["week"] - 1)
        # The Thursday of a week says whose year it belongs to: a year without week 53 has none.
        is_known &= (days + 3).astype("datetime64[Y]") == years
    times: Times = days.astype("datetime64[us]")
    times[~is_known] = np.datetime64("NaT")
    return times


def _name(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]])


def _decide(
    names: Sequence[str], used: list[int], name: str, n_invalid: int, options: ReadOptions
) -> Decision:
    listed = [f"“{names[place]}”" for place in used]
    if options.choice("parts") == "separate":
        sentence = f"{_name(listed)} are parts of a time; they are kept as they are."
        return Decision(key="parts", sentence=sentence, chosen="separate", choices=_CHOICES)
    sentence = f"{_name(listed)} are parts of a time; they were combined into “{name}”."
    if n_invalid:
        sentence += f" {plural(n_invalid, 'row')} without a valid date: no time."
    return Decision(key="parts", sentence=sentence, chosen="combined", choices=_CHOICES)
