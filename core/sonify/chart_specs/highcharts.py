"""Highcharts: a chart's options as JSON, with the sonification module's mapping (version 10.2 and later)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core import limits
from core.errors import InputError
from core.sonify.chart_specs.chart_spec import (
    ChartSpec,
    SpecVoice,
    as_mapping,
    find_scale,
    join_series,
    limit_unused,
    name_column,
    name_time,
    read_frequency,
    read_number,
    read_pitch,
    split_unit,
    tell_most,
)

KIND = "a Highcharts chart"
# General MIDI programs from 0 by Highcharts' own names, as its MIDI export has them; noises and clicks have none.
_PROGRAMS = {
    "piano": 0, "plucked": 24, "flute": 73, "lead": 20, "vibraphone": 11, "saxophone": 66, "trumpet": 56,
    "sawsynth": 50, "wobble": 53, "basic1": 79, "basic2": 79, "sine": 79, "sineGlide": 79, "triangle": 80,
    "sawtooth": 81, "square": 80, "sineMusical": 79, "triangleMusical": 80, "sawtoothMusical": 81,
    "squareMusical": 80, "basicInstrument": 0, "chord": 88,
}  # fmt: skip
_UNIT_MS = {"day": 86_400_000, "month": 0, "year": 0}
# What a track can map and we cannot: by the key, in words.
_WITHOUT_EQUAL = {
    "lowpass": "the low-pass filter",
    "highpass": "the high-pass filter",
    "tremolo": "the tremolo",
    "playDelay": "the delay of notes",
    "gapBetweenNotes": "the gap between notes of a chord",
}
_KEYS = (
    "chart",
    "xAxis",
    "yAxis",
    "sonification",
    "plotOptions",
    "title",
    "credits",
    "legend",
    "accessibility",
)
_Points = list[tuple[Any, Any]]


def is_highcharts(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document looks like a chart's options."""
    series = document.get("series")
    if not isinstance(series, list) or not any(isinstance(each, dict) and "data" in each for each in series):
        return False
    axis = document.get("xAxis")
    if isinstance(axis, dict) and "data" in axis:
        return False  # ECharts keeps its categories there
    return any(key in document for key in _KEYS)


def read_highcharts(document: Mapping[str, Any]) -> ChartSpec:
    """Read series, axes and mapping.

    Parameters
    ----------
    document : mapping
        The options: what is given to ``Highcharts.chart``, as JSON.

    Raises
    ------
    InputError
        If no series has numbers.

    Examples
    --------
    >>> spec = read_highcharts({"title": {}, "series": [{"name": "Rain", "data": [3, None, 5]}]})
    >>> spec.columns, spec.voices[0].options["low"], spec.settings["scale"]
    ({'x': [0, 1, 2], 'Rain': [3.0, None, 5.0]}, 36, 'chromatic')
    """
    axis = _first(document.get("xAxis"))
    chart_sound = as_mapping(document.get("sonification"))
    given = [each for each in document["series"] if isinstance(each, dict)]
    unused: list[str] = []
    all_series: list[tuple[str, _Points]] = []
    sounds: list[Mapping[str, Any]] = []
    x_name = name_column(as_mapping(axis.get("title")).get("text"), [], "x")
    taken, units = [x_name], dict[str, str]()
    for place, series in enumerate(given, start=1):
        sound = as_mapping(series.get("sonification"))
        points = _read_points(series, axis)
        if sound.get("enabled") is False or not any(y is not None for _, y in points):
            unused.append(f"Series {place} is left out: it is switched off or has no numbers.")
            continue
        axis_name, axis_unit = split_unit(_find_axis_title(document, series))
        fallback = axis_name if len(given) == 1 and axis_name else f"Series {place}"
        name = name_column(series.get("name"), taken, fallback)
        taken.append(name)
        units[name] = _find_unit(series) or axis_unit
        all_series.append((name, points))
        sounds.append(sound)
    if not all_series:
        raise InputError(
            "This Highcharts chart has no series with numbers. Its “series” need “data” such as [1, 2, 3] or [[0, 1], [1, 2]]."
        )
    unused += tell_most(len(all_series))
    settings = _read_chart(chart_sound, unused, len(all_series))
    settings |= _read_scales(document, given)
    columns, split = join_series(x_name, all_series)
    voices = []
    for (name, _), sound in list(zip(all_series, sounds, strict=True))[: limits.MAX_VOICES]:
        options, more = _read_track(_merge_tracks(chart_sound, sound, unused), unused)
        settings |= more
        column, label = (name, None) if split is None else (list(columns)[-1], name)
        voices.append(SpecVoice(column=column, label=label, options=options))
    is_category = any(isinstance(x, str) for x in columns[x_name]) and axis.get("type") != "datetime"
    settings.setdefault("rhythm", "uniform" if is_category else "time")
    return ChartSpec(
        kind=KIND,
        columns=columns,
        time=x_name,
        split=split,
        voices=tuple(voices),
        settings=settings,
        units={} if split is not None else units,
        title=split_unit(as_mapping(document.get("title")).get("text"))[0],
        heard="its settings for sound"
        if chart_sound or any(sounds)
        else "Highcharts' usual mapping: C2 to C6, six seconds",
        unused=limit_unused(unused),
    )


def _read_points(series: Mapping[str, Any], axis: Mapping[str, Any]) -> _Points:
    """Places and values of a series; places are numbers, categories or ISO dates."""
    data = series.get("data")
    if not isinstance(data, list):
        return []
    start = read_number(series.get("pointStart")) or 0.0
    step = read_number(series.get("pointInterval"))
    is_date = axis.get("type") == "datetime"
    unit_ms = _UNIT_MS.get(str(series.get("pointIntervalUnit")), 1)
    categories = axis.get("categories")
    points: _Points = []
    for place, point in enumerate(data):
        x, y = _read_point(point)
        if x is None:
            x = start + place * (1.0 if step is None else step) * (unit_ms or 1)
            if not unit_ms:
                x = _step_calendar(start, place * int(step or 1), str(series["pointIntervalUnit"]))
        points.append((_name_place(x, categories, is_date), y))
    return [(x, y) for x, y in points if x is not None]


def _read_point(point: Any) -> tuple[Any, float | None]:
    """Place, None where the point has none, and value."""
    if isinstance(point, list):
        values = [*point, None, None]
        if len(point) == 1:
            return None, read_number(point[0])
        # Open, high, low, close after the place: the close.
        return values[0], read_number(point[4] if len(point) >= 5 else values[1])
    if isinstance(point, dict):
        x = point.get("x", point.get("name"))
        return x, read_number(point.get("y", point.get("close")))
    return None, read_number(point)


def _name_place(x: Any, categories: Any, is_date: bool) -> Any:
    number = read_number(x)
    if number is None:
        return str(x)[:200] if isinstance(x, str) else None
    if isinstance(categories, list) and number.is_integer() and 0 <= number < len(categories):
        category = categories[int(number)]
        return str(category)[:200]
    if is_date:
        return name_time(number)
    return int(number) if number.is_integer() else number


def _step_calendar(start_ms: float, n_steps: int, unit: str) -> float:
    """Months and years are no fixed number of milliseconds."""
    import pandas as pd

    offset = pd.DateOffset(months=n_steps) if unit == "month" else pd.DateOffset(years=n_steps)
    try:
        return float((pd.Timestamp(start_ms, unit="ms") + offset).timestamp() * 1000)
    except (ValueError, OverflowError):
        return float("inf")


def _find_axis_title(document: Mapping[str, Any], series: Mapping[str, Any]) -> Any:
    """Title of the value axis of a series."""
    axes, place = document.get("yAxis"), read_number(series.get("yAxis", 0))
    if isinstance(axes, list):
        axes = axes[int(place)] if place is not None and 0 <= place < len(axes) else None
    return as_mapping(as_mapping(axes).get("title")).get("text")


def _find_unit(series: Mapping[str, Any]) -> str:
    """What the tooltip puts behind a value, if it is as short as a unit."""
    suffix = as_mapping(series.get("tooltip")).get("valueSuffix")
    return suffix.strip() if isinstance(suffix, str) and len(suffix.strip()) <= 12 else ""


def _read_chart(sound: Mapping[str, Any], unused: list[str], n_series: int) -> dict[str, Any]:
    """Settings of the whole chart; Highcharts plays six seconds where nothing else is said."""
    settings: dict[str, Any] = {"mode": "direct", "pace": "duration", "key": "C", "scale": "chromatic"}
    duration_ms = read_number(sound.get("duration"))
    seconds = 6.0 if duration_ms is None else duration_ms / 1000
    settings["duration_sec"] = min(max(seconds, limits.MIN_DURATION_SEC), limits.MAX_DURATION_SEC)
    if n_series > 1 and sound.get("order", "sequential") == "sequential":
        unused.append("Highcharts plays the series one after the other; here they play together.")
    if "masterVolume" in sound:
        unused.append("The master volume is set in the player here.")
    if sound.get("globalTracks") or sound.get("globalContextTracks"):
        unused.append(
            "Tracks of the whole chart, such as ticks, are not read; see “Time tick” under Advanced."
        )
    return settings


def _read_scales(document: Mapping[str, Any], series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Series on one value axis share a scale of pitches, as “within: yAxis” has it."""
    axes = {str(each.get("yAxis", 0)) for each in series}
    settings: dict[str, Any] = {"pitch_scale": "all" if len(axes) == 1 else "separate"}
    y_axis = _first(document.get("yAxis"))
    settings["scaling"] = "log" if y_axis.get("type") == "logarithmic" else "linear"
    return settings


def _merge_tracks(chart: Mapping[str, Any], series: Mapping[str, Any], unused: list[str]) -> dict[str, Any]:
    """The first instrument track of a series over the defaults of the series and of the chart."""
    tracks = [track for track in series.get("tracks") or () if isinstance(track, dict)]
    spoken = [track for track in tracks if track.get("type") == "speech"]
    played = [track for track in tracks if track.get("type") != "speech"]
    if spoken:
        unused.append("Speech tracks are not read; choose “Spoken captions” instead.")
    if len(played) > 1:
        unused.append("Only the first instrument of each series is read.")
    if series.get("contextTracks"):
        unused.append("Context tracks are not read; see the time ticks and reference tones under Advanced.")
    merged: dict[str, Any] = {"mapping": {}}
    for layer in (chart.get("defaultInstrumentOptions"), series.get("defaultInstrumentOptions"), *played[:1]):
        options = as_mapping(layer)
        mapping = merged["mapping"] | dict(as_mapping(options.get("mapping")))
        merged |= {**options, "mapping": mapping}
    return merged


def _read_track(track: Mapping[str, Any], unused: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the voice, and settings of the whole, that a track asks for."""
    mapping = as_mapping(track.get("mapping"))
    voice: dict[str, Any] = {"low": 36, "high": 84}
    if "instrument" in track:  # else each series has an instrument of its own, as they play together here
        voice["program"] = _find_program(track["instrument"], unused)
    settings: dict[str, Any] = {}
    pitch = _read_pitchas_mapping(mapping.get("pitch"), voice, settings, unused)
    frequency = as_mapping(mapping.get("frequency"))
    if frequency:
        low, high = read_frequency(frequency.get("min")), read_frequency(frequency.get("max"))
        _set_range(voice, low, high)
        settings["scale"] = "continuous"
        pitch = str(frequency.get("mapTo", "y"))
    if pitch.startswith("-"):
        voice["polarity"] = "down"
    if pitch.lstrip("-") not in ("y", "close"):
        unused.append(f"Pitch follows the value here, not “{pitch.lstrip('-')[:40]}”.")
    if track.get("roundToMusicalNotes") is False:
        settings["scale"] = "continuous"
    voice["also"] = _read_also(mapping, voice, unused)
    for key, words in _WITHOUT_EQUAL.items():
        if key in mapping:
            unused.append(f"There is no equivalent of {words} (“{key}”).")
    if _name_source(mapping.get("time", "x")).lstrip("-") != "x":
        unused.append("Time always follows the chart's axis here.")
    if "activeWhen" in track:
        unused.append("The condition “activeWhen” is not read; filter rows instead.")
    if "pointGrouping" in track:
        unused.append("Point grouping is replaced by “Maximum notes”.")
    return voice, settings


def _read_pitchas_mapping(
    given: Any, voice: dict[str, Any], settings: dict[str, Any], unused: list[str]
) -> str:
    """Set the range and scale of a voice; returns what the pitch follows, such as "y" or "-y"."""
    if given is None:
        return "y"
    if isinstance(given, list) or read_pitch(given) is not None:
        unused.append("A fixed note or chord as the pitch is not played: pitch follows the value here.")
        return "y"
    if isinstance(given, str):
        return given
    pitch = as_mapping(given)
    _set_range(voice, read_pitch(pitch.get("min")), read_pitch(pitch.get("max")))
    if pitch.get("mapFunction") == "logarithmic":
        voice["scaling"] = "log"
    if pitch.get("within") == "series":
        settings["pitch_scale"] = "separate"
    if "scale" in pitch:
        found = find_scale(pitch["scale"])
        if found is None:
            unused.append("The scale of semitones has no name here; all twelve are used.")
        else:
            settings["key"], settings["scale"] = found
    return str(pitch.get("mapTo", "y"))


def _set_range(voice: dict[str, Any], low: int | None, high: int | None) -> None:
    low, high = (voice["low"] if low is None else low), (voice["high"] if high is None else high)
    if low < high:
        voice["low"], voice["high"] = low, high


def _read_also(mapping: Mapping[str, Any], voice: dict[str, Any], unused: list[str]) -> tuple[str, ...]:
    """What else the value drives; fixed numbers are set on the voice."""
    also = []
    for key, channel in (("volume", "loudness"), ("noteDuration", "duration"), ("pan", "pan")):
        given = mapping.get(key)
        if given is None:
            continue
        number = read_number(given)
        if _name_source(given) == "y":
            also.append(channel)
        elif number is not None and key == "volume":
            voice["velocity"] = round(min(max(127 * number**0.5, 1), 127))
        elif number is not None and key == "pan":
            voice["pan"] = min(max(number, -1.0), 1.0)
        elif number is not None:
            unused.append("A note lasts until the next one here; “noteDuration” is not read.")
        else:
            unused.append(f"“{key}” cannot follow “{_name_source(given)[:40]}” here.")
    return tuple(also)


def _name_source(given: Any) -> str:
    """The property that a parameter follows."""
    if isinstance(given, dict):
        return str(given.get("mapTo", ""))
    return given if isinstance(given, str) else ""


def _find_program(name: Any, unused: list[str]) -> int:
    if isinstance(name, str) and name in _PROGRAMS:
        return _PROGRAMS[name]
    shown = f"“{name[:40]}”" if isinstance(name, str) else "of its own making"
    unused.append(f"The instrument {shown} is played by a piano.")
    return 0


def _first(value: Any) -> Mapping[str, Any]:
    """An axis, or the first of several."""
    return as_mapping(value[0] if isinstance(value, list) and value else value)
