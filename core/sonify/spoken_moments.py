"""Moments of a time axis that spoken captions name: which ones, when they sound, what they are called."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from core.arrays import FloatArray
from core.errors import InputError
from core.sonify.descriptions import name_period
from core.sonify.direct_mapping import Sonification
from core.sonify.settings import Settings
from core.sonify.timeline import find_ticks

MAX_SHORT_NAME = 24
"""Letters of a row's or a voice's name."""
TICK_DISTANCE_SEC = 3.0
"""From one moment that is said to the next, at least: between them the data are heard alone."""
_CALENDAR = (
    ("hour", 1),
    ("hour", 6),
    ("day", 1),
    ("week", 1),
    ("month", 1),
    ("month", 3),
    ("month", 6),
    *(("year", every * 10**power) for power in range(4) for every in (1, 2, 5)),
)
_UNIT_SEC = {"hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_629_746, "year": 31_556_952}


def choose_ticks(sonification: Sonification) -> Settings | None:
    """The settings with ticks that can be said; None where the time axis has nothing to say."""
    settings, rows, timeline = sonification.settings, sonification.rows, sonification.timeline
    if settings.tick_unit != "off":
        return settings
    span = float(timeline.time[-1]) / 4 - float(timeline.time[0]) / 4
    if settings.time is None or len(timeline.time) < 2:
        return None
    if rows.names is not None:
        return replace(settings, tick_unit="row", tick_every=1.0)
    if not 0 < span < math.inf:
        return None
    # So much of the axis passes between two moments that are far enough apart.
    least = 4 * span * TICK_DISTANCE_SEC / timeline.duration_sec
    unit, every = ("unit", _round_up_number(least))
    if rows.is_date:
        least = max(
            least, {"quarter": 3 * _UNIT_SEC["month"], "week": _UNIT_SEC["week"]}.get(rows.period, 0.0)
        )
        suited = (step for step in _CALENDAR if step[1] * _UNIT_SEC[step[0]] >= 0.95 * least)
        unit, every = next(suited, _CALENDAR[-1])
    try:
        chosen = replace(settings, tick_unit=unit, tick_every=float(every))
        find_ticks(rows, chosen, timeline)
    except InputError:
        return None
    return chosen


def find_spaced_ticks(sonification: Sonification, settings: Settings) -> tuple[FloatArray, FloatArray]:
    """Ticks far enough apart to be said: every 1, 2, 5, 10 … of those of the settings."""
    unit, every = settings.tick_unit, round(settings.tick_every)
    if sonification.settings.tick_unit == "off" and unit in ("month", "hour"):
        # January, April, July; midnight, 6, 12: whichever the first one of the data is.
        onset, place = find_ticks(sonification.rows, replace(settings, tick_every=1.0), sonification.timeline)
        code = {"month": "M", "hour": "h"}[unit]
        count = np.floor(place).astype("datetime64[s]").astype(f"datetime64[{code}]").astype(np.int64)
        onset, place = onset[count % every == 0], place[count % every == 0]
    else:
        onset, place = find_ticks(sonification.rows, settings, sonification.timeline)
    if len(onset) < 2:
        return onset, place
    stride = _round_up(TICK_DISTANCE_SEC / max(float(np.median(np.diff(onset))), 1e-6))
    return onset[::stride], place[::stride]


def name_places(
    sonification: Sonification, unit: str, onset: FloatArray, place: FloatArray
) -> list[tuple[str, str]]:
    """What each tick is called and how it is shown; months and days tell their year where it is another one than before."""
    from core.speech.wording import clean_text, say_moment, say_place

    language, rows = sonification.settings.language, sonification.rows
    if rows.names is not None:
        first = sonification.groups.edges[np.searchsorted(sonification.timeline.onset_sec, onset)]
        return [(clean_text(rows.names[row], MAX_SHORT_NAME), "") for row in first]
    if not rows.is_date:
        counted = 1 if sonification.settings.time is None else 0
        return [
            (say_place(at + counted, language), f"{at + counted:.10g}".replace("-", "−"))
            for at in place.tolist()
        ]
    unit = unit if unit != "row" else _find_precision(sonification)
    if unit == "week" and rows.period != "week":
        unit = "day"
    if unit == "month" and rows.period == "quarter":
        months = np.floor(place).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
        unit = "quarter" if not (months % 3).any() else "month"
    years = np.floor(place).astype("datetime64[s]").astype("datetime64[Y]")
    is_new = np.append(True, years[1:] != years[:-1])[: len(years)]
    return [
        (say_moment(at, unit, language, with_year=bool(new)), "")
        for at, new in zip(place.tolist(), is_new, strict=True)
    ]


def name_moment(sonification: Sonification, onset: float) -> tuple[str, str]:
    """The moment of the note at a time, as it is said and as it is shown."""
    at = int(np.abs(sonification.timeline.onset_sec - onset).argmin())
    place = sonification.timeline.time[at : at + 1] + _offset_sec(sonification)
    said, shown = name_places(sonification, "row", sonification.timeline.onset_sec[at : at + 1], place)[0]
    period = sonification.rows.period
    if period and sonification.settings.language == "en":
        shown = name_period(pd.Timestamp(float(place[0]), unit="s"), period)
    return said, shown or said


def _offset_sec(sonification: Sonification) -> float:
    """Dates are told as the file has written them."""
    return 60.0 * sonification.rows.offsets[0][1] if sonification.rows.offsets else 0.0


def _find_precision(sonification: Sonification) -> str:
    """The unit of the calendar in which notes that follow each other differ; the file's own where it has written one."""
    if sonification.rows.period:
        return sonification.rows.period
    step = float(np.median(np.diff(sonification.timeline.time))) if len(sonification.timeline.time) > 1 else 0
    return next((unit for unit in ("year", "month", "day") if step >= 0.9 * _UNIT_SEC[unit]), "hour")


def _round_up(number: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …

    Examples
    --------
    >>> _round_up(0.3), _round_up(2.1), _round_up(60)
    (1, 5, 100)
    """
    return max(1, round(_round_up_number(number)))


def _round_up_number(number: float) -> float:
    power = 10.0 ** math.floor(math.log10(number)) if number > 0 else 1.0
    return next(step * power for step in (1, 2, 5, 10) if step * power >= number * (1 - 1e-9))
