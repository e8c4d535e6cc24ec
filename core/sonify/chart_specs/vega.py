"""Vega-Lite charts, and Erie, the grammar of sonification that is written like them: inline data, encoding, scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core import limits
from core.errors import InputError
from core.sonify.chart_specs.chart_spec import (
    ChartSpec,
    SpecVoice,
    as_mapping,
    limit_unused,
    name_column,
    read_frequency,
    read_number,
    split_unit,
    tell_most,
)

_AGGREGATES = {
    "mean": "mean",
    "average": "mean",
    "median": "median",
    "min": "min",
    "max": "max",
    "sum": "sum",
    "count": "count",
}
_SOUND_CHANNELS = ("loudness", "pan", "duration")
# Channels of Erie that have no equal, in words.
_WITHOUT_EQUAL = {
    "postReverb": "reverb after a tone", "timbre": "timbre", "modulation": "modulation", "harmonicity": "harmonicity",
    "detune": "detuning", "tapCount": "taps", "tapSpeed": "taps", "speechBefore": "speech before a tone",
    "speechAfter": "speech after a tone", "time2": "the end of a tone",
}  # fmt: skip
# General MIDI programs of Erie's tones; waves by what comes near.
_TONES = {
    "piano": 0, "pianoElec": 4, "violin": 40, "metal": 14, "guitar": 24, "default": 79, "sine": 79,
    "triangle": 80, "square": 80, "sawtooth": 81,
}  # fmt: skip
_MAX_BINS = 10


def is_vega(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document looks like a Vega-Lite chart or an Erie sonification."""
    encoding = document.get("encoding")
    if isinstance(encoding, dict) and "data" in document:
        return "time" in encoding or "x" in encoding or "y" in encoding
    if "vega-lite" in str(document.get("$schema", "")):
        return True
    return isinstance(document.get("layer"), list) and "data" in document


def read_vega(document: Mapping[str, Any]) -> ChartSpec:
    """Read data, encoding and scales.

    Raises
    ------
    InputError
        If the data are not in the document, or its encoding names no value over an axis.

    Examples
    --------
    >>> data = {"values": [{"day": 1, "rain": 3}, {"day": 2, "rain": 5}]}
    >>> pitch = {"field": "rain", "scale": {"range": [220, 880], "polarity": "negative"}}
    >>> spec = read_vega({"data": data, "tone": {}, "encoding": {"time": {"field": "day"}, "pitch": pitch}})
    >>> spec.kind, spec.voices[0].options["polarity"], spec.voices[0].options["low"]
    ('an Erie sonification', 'down', 57)
    """
    unused: list[str] = []
    chart = _choose_layer(document, unused)
    encoding = as_mapping(chart.get("encoding"))
    is_erie = "time" in encoding or "pitch" in encoding
    place, value = ("time", "pitch") if is_erie else _find_axes(encoding)
    x, y = as_mapping(encoding.get(place)), as_mapping(encoding.get(value))
    labels = as_mapping(encoding.get("repeat" if is_erie else "color"))
    frame = _read_values(chart.get("data"))
    for key in ("transform", "facet", "row", "column"):
        if key in chart or key in encoding:
            unused.append(f"“{key}” is not applied: the data play as they stand.")
    frame, x_name, y_name, split = _reduce(frame, x, y, labels, unused)
    settings, options = _read_encoding(encoding, x, y, is_erie, unused)
    if is_erie:
        options["program"] = _read_tone(chart.get("tone"), unused)
    if is_erie and split is not None and as_mapping(encoding["repeat"]).get("by") != "overlay":
        unused.append("Repeated streams play together here, not one after the other.")
    titles = {name: _find_title(channel) for name, channel in ((x_name, x), (y_name, y)) if name is not None}
    frame, names, units = _name_by_titles(frame, titles)
    x_name, y_name = (x_name and names.get(x_name, x_name)), names.get(y_name, y_name)
    voices = _choose_voices(frame, y_name, split, options, unused)
    return ChartSpec(
        kind="an Erie sonification" if is_erie else "a Vega-Lite chart",
        columns={str(name): _list_cells(frame[name]) for name in frame.columns},
        time=x_name,
        split=split,
        voices=voices,
        settings=settings,
        units=units,
        title=split_unit(_find_heading(document))[0],
        heard="its settings for sound" if is_erie else "",
        unused=limit_unused(unused),
    )


def _find_heading(document: Mapping[str, Any]) -> Any:
    title = document.get("title")
    return title.get("text") if isinstance(title, dict) else title


def _find_title(channel: Mapping[str, Any]) -> Any:
    """The title of a channel or of its axis."""
    return channel.get("title") or as_mapping(channel.get("axis")).get("title")


def _name_by_titles(
    frame: pd.DataFrame, titles: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, str]]:
    """Name columns by the titles of their axes; returns the new names by the old ones, and the units, too."""
    names, units = dict[str, str](), dict[str, str]()
    for column, title in titles.items():
        text, unit = split_unit(title)
        others = [str(name) for name in frame.columns if name != column] + list(names.values())
        names[column] = name_column(text or column, others, column)
        if unit:
            units[names[column]] = unit
    return frame.rename(columns=names), names, units


def _choose_layer(document: Mapping[str, Any], unused: list[str]) -> Mapping[str, Any]:
    """The chart itself, or its first layer or stream that has an encoding, with what they inherit."""
    for key in ("layer", "overlay", "sequence", "hconcat", "vconcat", "concat"):
        parts = document.get(key)
        if isinstance(parts, list):
            layers = [part for part in parts if isinstance(part, dict) and "encoding" in part]
            if len(parts) > 1:
                unused.append(f"Of {len(parts)} parts of the chart, the first plays.")
            if layers:
                inherited = {**as_mapping(document.get("encoding")), **as_mapping(layers[0]["encoding"])}
                return {**document, **layers[0], "encoding": inherited}
    return document


def _find_axes(encoding: Mapping[str, Any]) -> tuple[str, str]:
    """Which axis has the places and which the values: of a horizontal bar chart y has the places."""
    x, y = as_mapping(encoding.get("x")), as_mapping(encoding.get("y"))
    is_turned = ("aggregate" in x or x.get("type") == "quantitative") and y.get("type") in (
        "nominal",
        "ordinal",
        "temporal",
    )
    return ("y", "x") if is_turned else ("x", "y")


def _read_values(data: Any) -> pd.DataFrame:
    source = as_mapping(data)
    if "url" in source or ("name" in source and "values" not in source):
        raise InputError(
            "The data of this chart are not in the file but at an address or under a name, and nothing is fetched. "
            "Put the rows into “data”: {“values”: […]}."
        )
    values = source.get("values")
    if isinstance(values, list) and values and all(isinstance(row, dict) for row in values):
        cells = [
            {str(k): None if isinstance(v, dict | list) else v for k, v in row.items()} for row in values
        ]
        return pd.DataFrame(cells, dtype=object)
    if isinstance(values, list) and values and all(isinstance(row, int | float) for row in values):
        return pd.DataFrame({"data": values}, dtype=object)
    raise InputError(
        "This chart has no rows of data. Put them into “data”: {“values”: [{“x”: 1, “y”: 2}, …]}."
    )


def _reduce(
    frame: pd.DataFrame,
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    labels: Mapping[str, Any],
    unused: list[str],
) -> tuple[pd.DataFrame, str | None, str, str | None]:
    """Keep the encoded columns, binned and aggregated as asked; returns names of place, value and label too."""
    x_field, y_field, label = (_find_field(channel, frame) for channel in (x, y, labels))
    how = _AGGREGATES.get(str(y.get("aggregate", "")))
    if y.get("aggregate") and how is None:
        unused.append(f"The aggregate “{str(y['aggregate'])[:40]}” is not applied.")
    if y_field is None and how != "count":
        raise InputError(
            "The encoding of this chart names no value to play. Give “y” or “pitch” a “field” of the data."
        )
    if "timeUnit" in x:
        unused.append("“timeUnit” is not applied: each time plays as it stands.")
    is_binned = x_field is not None and x.get("bin") not in (None, False, "binned")
    if x_field is not None and is_binned:
        frame = frame.assign(**{x_field: _bin(frame[x_field], as_mapping(x["bin"]))}).dropna(subset=[x_field])
    if how is None:
        kept = [name for name in (x_field, label, y_field) if name is not None]
        return frame[list(dict.fromkeys(kept))], x_field, str(y_field), label
    groups = [name for name in (x_field, label) if name is not None]
    if not groups:
        raise InputError(
            "The encoding of this chart has one value and no axis, so there is nothing to play in time."
        )
    y_name = name_column("Count" if y_field is None else y_field, groups, "Value")
    grouped = frame.groupby(groups, sort=is_binned, dropna=False)
    if y_field is None or how == "count":
        return grouped.size().rename(y_name).reset_index(), x_field, y_name, label
    numbers = frame.assign(**{y_field: pd.to_numeric(frame[y_field], errors="coerce")})
    made = getattr(numbers.groupby(groups, sort=is_binned, dropna=False)[y_field], how)()
    return made.rename(y_name).reset_index(), x_field, y_name, label


def _find_field(channel: Mapping[str, Any], frame: pd.DataFrame) -> str | None:
    given = channel.get("field")
    name = given[0] if isinstance(given, list) and given else given
    if not isinstance(name, str):
        return None
    if name not in frame.columns:
        shown = ", ".join(f"“{str(column)[:40]}”" for column in frame.columns[:8])
        raise InputError(
            f"The encoding names the field “{name[:80]}”, which the data lack. They have {shown}."
        )
    return name


def _bin(column: pd.Series[Any], options: Mapping[str, Any]) -> pd.Series[float]:
    """The lower end of each value's bin, of a given width or of at most ten with a round width."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    span = float(numbers.max() - numbers.min()) if numbers.notna().any() else 0.0
    if not np.isfinite(span) or span <= 0:
        return numbers
    most = min(max(read_number(options.get("maxbins")) or _MAX_BINS, 1), limits.MAX_NOTES)
    power = 10.0 ** np.floor(np.log10(span / most))
    width = next(step * power for step in (1, 2, 5, 10, 20) if span / (step * power) <= most)
    asked = read_number(options.get("step"))
    if asked is not None and asked > 0 and span / asked <= limits.MAX_NOTES:
        width = asked
    lower: pd.Series[float] = np.floor(numbers / width) * width
    return lower


def _read_encoding(
    encoding: Mapping[str, Any], x: Mapping[str, Any], y: Mapping[str, Any], is_erie: bool, unused: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the whole, and options of every voice."""
    settings: dict[str, Any] = {"mode": "direct", "scaling": "linear", "pitch_scale": "all"}
    options: dict[str, Any] = {}
    is_even = (
        x.get("type") in ("nominal", "ordinal") or as_mapping(x.get("scale")).get("timing") == "relative"
    )
    settings["rhythm"] = "uniform" if is_even or not x.get("field") else "time"
    scale = as_mapping(y.get("scale"))
    if scale.get("type") in ("log", "symlog"):
        settings["scaling"] = "log"
    if scale.get("polarity") == "negative" or scale.get("reverse") is True:
        options["polarity"] = "down"
    if is_erie:
        settings |= _read_time_scale(as_mapping(x.get("scale")), unused)
        settings["scale"] = "chromatic" if y.get("roundToNote") else "continuous"
        _read_pitch_range(scale, options)
        options["also"] = _read_channels(encoding, y, options, unused)
    if "domain" in scale:
        unused.append("The lowest and highest value are those of the data, not the domain of the scale.")
    return settings, options


def _read_time_scale(scale: Mapping[str, Any], unused: list[str]) -> dict[str, Any]:
    length, span = read_number(scale.get("length")), scale.get("range")
    if length is None and isinstance(span, list) and len(span) == 2:
        begin, end = read_number(span[0]), read_number(span[1])
        length = None if begin is None or end is None else abs(end - begin)
    if scale.get("timing") == "simultaneous":
        unused.append("Tones play one after the other here, not all at once.")
    if length is None:
        return {}
    return {
        "pace": "duration",
        "duration_sec": min(max(length, limits.MIN_DURATION_SEC), limits.MAX_DURATION_SEC),
    }


def _read_pitch_range(scale: Mapping[str, Any], options: dict[str, Any]) -> None:
    """Erie's pitches are in Hz; without a range it uses all that it has, and we our own."""
    span = scale.get("range")
    ends = span if isinstance(span, list) and len(span) >= 2 else [None, None]
    pitches = [pitch for pitch in (read_frequency(ends[0]), read_frequency(ends[-1])) if pitch is not None]
    if len(pitches) == 2 and pitches[0] != pitches[1]:
        if pitches[0] > pitches[1]:
            options["polarity"] = "up" if options.get("polarity") == "down" else "down"
        options["low"], options["high"] = sorted(pitches)


def _read_channels(
    encoding: Mapping[str, Any], y: Mapping[str, Any], options: dict[str, Any], unused: list[str]
) -> tuple[str, ...]:
    """What the value drives besides pitch; fixed loudness and pan are set on the voice."""
    also = []
    for name in _SOUND_CHANNELS:
        channel = as_mapping(encoding.get(name))
        fixed = read_number(channel.get("value"))
        if channel.get("field") and channel.get("field") == y.get("field"):
            also.append(name)
        elif channel.get("field"):
            unused.append(f"“{name}” cannot follow another column than the pitch does.")
        elif fixed is not None and name == "pan":
            options["pan"] = min(max(fixed, -1.0), 1.0)
        elif fixed is not None and name == "loudness":
            options["velocity"] = round(min(max(127 * max(fixed, 0.0) ** 0.5, 1), 127))
    for name, words in _WITHOUT_EQUAL.items():
        if name in encoding:
            unused.append(f"There is no equivalent of {words} (“{name}”).")
    return tuple(also)


def _read_tone(given: Any, unused: list[str]) -> int:
    tone = as_mapping(given)
    kind = tone.get("type", "default")
    if tone.get("continued"):
        unused.append("A continued tone plays as one note for each point.")
    if tone.get("filter"):
        unused.append("There is no equivalent of the filters of the tone.")
    if not isinstance(kind, str) or kind not in _TONES:
        unused.append(f"The tone “{str(kind)[:40]}” is played by a piano.")
        return 0
    return _TONES[kind]


def _choose_voices(
    frame: pd.DataFrame, column: str, split: str | None, options: Mapping[str, Any], unused: list[str]
) -> tuple[SpecVoice, ...]:
    if split is None:
        return (SpecVoice(column=column, options=options),)
    labels = [str(label) for label in frame[split].dropna().drop_duplicates()]
    unused += tell_most(len(labels))
    own = {key: value for key, value in options.items() if key != "program" or len(labels) == 1}
    return tuple(SpecVoice(column=column, label=label, options=own) for label in labels[: limits.MAX_VOICES])


def _list_cells(column: pd.Series[Any]) -> list[Any]:
    cells = column.astype(object).where(column.notna(), None).tolist()
    return [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
