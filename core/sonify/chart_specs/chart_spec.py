"""A chart specification as columns, voices and settings, and what of it was not used."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core import limits
from core.music.scales import KEYS, SCALES

MAX_UNUSED = 12
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of the years that Python's dates have, in milliseconds since 1970.
_MS_RANGE = (-62_135_596_800_000, 253_402_300_799_000)


@dataclass(frozen=True, kw_only=True)
class SpecVoice:
    """One series of a chart.

    Attributes
    ----------
    column : str
        Key of `ChartSpec.columns`.
    label : str or None
        Of the column of labels, where there is one.
    options : mapping
        Fields of `core.sonify.settings.Voice` that the specification sets.
    """

    column: str
    label: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChartSpec:
    """What a chart specification says.

    Attributes
    ----------
    kind : str
        With its article: "a Highcharts chart".
    columns : mapping of str to list
        Equally long; missing cells are None.
    time, split : str or None
        Column of the time axis, and of labels.
    voices : tuple of SpecVoice
    settings : mapping
        Fields of `core.sonify.settings.Settings` that the specification sets.
    units : mapping of str to str
        Of the columns that have one.
    title : str
        Of the chart; empty where it has none.
    heard : str
        What of the specification is about sound, for "Read as a chart: ..."; empty where nothing is.
    unused : tuple of str
        What has no equal here, a sentence each.
    """

    kind: str
    columns: Mapping[str, list[Any]]
    time: str | None
    voices: tuple[SpecVoice, ...]
    split: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    heard: str = ""
    unused: tuple[str, ...] = ()


def name_column(name: object, taken: Collection[str], fallback: str) -> str:
    """A column's name that none has yet.

    Examples
    --------
    >>> name_column("Oslo", ["Oslo"], "Series 1"), name_column(None, [], "Series 1")
    ('Oslo 2', 'Series 1')
    """
    base = " ".join(str(name).split()) if isinstance(name, str | int | float) else ""
    base = (base or fallback)[:200]
    unique, count = base, 1
    while unique in taken:
        count += 1
        unique = f"{base} {count}"
    return unique


def split_unit(title: object) -> tuple[str, str]:
    """Name and unit of an axis title such as "Temperature (°C)"; both empty where it is none.

    Examples
    --------
    >>> split_unit("Temperature (°C)"), split_unit("Sales, in the first and second quarter"), split_unit(None)
    (('Temperature', '°C'), ('Sales, in the first and second quarter', ''), ('', ''))
    """
    text = " ".join(title.split())[:200] if isinstance(title, str) else ""
    found = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]{1,12})[)\]]", text)
    return (found[1], found[2]) if found else (text, "")


def join_series(
    x_name: str, series: Iterable[tuple[str, list[tuple[Any, Any]]]]
) -> tuple[dict[str, list[Any]], str | None]:
    """Put series side by side on their common axis, or one below the other where a place occurs twice.

    Parameters
    ----------
    x_name : str
    series : iterable of (str, list of (x, y))
        Names are distinct; each is a series of places and values.

    Returns
    -------
    columns : dict
    split : str or None
        The column of labels of the long form; its values are in "Value".

    Examples
    --------
    >>> join_series("x", [("a", [(1, 5), (2, 6)]), ("b", [(2, 7)])])
    ({'x': [1, 2], 'a': [5, 6], 'b': [None, 7]}, None)
    """
    all_series = list(series)
    if all(len({_key(x) for x, _ in points}) == len(points) for _, points in all_series):
        places = _order({_key(x): x for _, points in all_series for x, _ in points})
        columns: dict[str, list[Any]] = {x_name: list(places.values())}
        for name, points in all_series:
            cells = {_key(x): y for x, y in points}
            columns[name] = [cells.get(place) for place in places]
        return columns, None
    if len(all_series) == 1:
        name, points = all_series[0]
        return {x_name: [x for x, _ in points], name: [y for _, y in points]}, None
    rows = [(x, name, y) for name, points in all_series for x, y in points]
    label = name_column("Series", [x_name], "Series")
    value = name_column("Value", [x_name, label], "Value")
    return {x_name: [r[0] for r in rows], label: [r[1] for r in rows], value: [r[2] for r in rows]}, label


def _order(places: dict[str, Any]) -> dict[str, Any]:
    """Numbers in order; categories as they came."""
    if all(isinstance(x, int | float) for x in places.values()):
        return dict(sorted(places.items(), key=lambda item: float(item[1])))
    return places


def _key(x: Any) -> str:
    return repr(float(x)) if isinstance(x, int | float) else str(x)


def read_number(value: Any) -> float | None:
    """A finite number, or a text that is one; None otherwise.

    Examples
    --------
    >>> read_number(3), read_number("2.5"), read_number(True), read_number("a"), read_number(float("nan"))
    (3.0, 2.5, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def name_time(milliseconds: float) -> str | None:
    """ISO text of milliseconds since 1970 (UTC); None beyond the years that a date can have.

    Examples
    --------
    >>> name_time(0), name_time(86_400_000 * 1.5)
    ('1970-01-01', '1970-01-02T12:00:00')
    """
    if not _MS_RANGE[0] <= milliseconds <= _MS_RANGE[1]:
        return None
    text = (_EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None).isoformat()
    return text.removesuffix("T00:00:00")


def read_pitch(value: Any) -> int | None:
    """MIDI note number of a name such as "c4" or "F#3" (c4 = 60); None if it is none.

    Examples
    --------
    >>> read_pitch("c4"), read_pitch("F#3"), read_pitch("bb2"), read_pitch(60.2), read_pitch("h")
    (60, 54, 46, 60, None)
    """
    number = read_number(value)
    if number is not None:
        return round(number) if 0 <= number <= 127 else None
    found = re.fullmatch(r"([a-g])([#b♯♭]?)(-?\d)", value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        return None
    letter, accidental, octave = found.groups()
    pitch = 12 * (int(octave) + 1) + _LETTERS[letter] + {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(accidental, 0)
    return pitch if 0 <= pitch <= 127 else None


def read_frequency(value: Any) -> int | None:
    """Nearest MIDI note number of a frequency in Hz; None outside of what MIDI has.

    Examples
    --------
    >>> read_frequency(440), read_frequency(0)
    (69, None)
    """
    hertz = read_number(value)
    if hertz is None or hertz <= 0:
        return None
    pitch = round(69 + 12 * math.log2(hertz / 440))
    return pitch if 0 <= pitch <= 127 else None


def find_scale(steps: Any) -> tuple[str, str] | None:
    """Key and scale of semitones above C, as far as there is one; None otherwise.

    Examples
    --------
    >>> find_scale([0, 2, 4, 7, 9]), find_scale([0, 2, 3, 5, 7, 8, 10]), find_scale([0, 1])
    (('C', 'major pentatonic'), ('C', 'natural minor'), None)
    """
    numbers = [read_number(step) for step in steps] if isinstance(steps, list) else []
    if not numbers or any(number is None for number in numbers):
        return None
    wanted = {round(number or 0.0) % 12 for number in numbers}
    for tonic, key in enumerate(KEYS):
        for name, intervals in SCALES.items():
            if intervals and {(tonic + interval) % 12 for interval in intervals} == wanted:
                return key, name
    return None


def as_mapping(value: object) -> Mapping[str, Any]:
    """A JSON object as it is; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def tell_most(n_series: int) -> list[str]:
    """A sentence where a chart has more series than play at once; none otherwise.

    Examples
    --------
    >>> tell_most(4), tell_most(6)
    ([], ['Only the first 4 of 6 series play at once.'])
    """
    if n_series <= limits.MAX_VOICES:
        return []
    return [f"Only the first {limits.MAX_VOICES} of {n_series} series play at once."]


def limit_unused(sentences: Iterable[str]) -> tuple[str, ...]:
    """Each sentence once, and at most so many."""
    distinct = list(dict.fromkeys(sentences))
    if len(distinct) <= MAX_UNUSED:
        return tuple(distinct)
    more = len(distinct) - MAX_UNUSED + 1
    return (*distinct[: MAX_UNUSED - 1], f"{more} more settings of the chart have no equivalent here.")


def write_columns(spec: ChartSpec) -> bytes:
    """The columns as a JSON document, as `core.tables.table.read_table` reads it."""
    cells = {
        name: [value if not isinstance(value, float) or math.isfinite(value) else None for value in column]
        for name, column in spec.columns.items()
    }
    return json.dumps(cells, ensure_ascii=False).encode("utf-8", errors="replace")
