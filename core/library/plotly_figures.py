"""Plotly figures as data: traces become columns or labels, axis titles become names and units."""

from __future__ import annotations

import base64
import html
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core import limits
from core.errors import InputError, plural

#: Kinds of traces that hold one value per place of an axis, and where the values stand.
SONIFIABLE = {
    "scatter": "y",
    "scattergl": "y",
    "bar": "y",
    "waterfall": "y",
    "funnel": "y",
    "candlestick": "close",
    "ohlc": "close",
}
_TAGS = re.compile(r"<[^<>]{0,200}>")
_UNIT = re.compile(r"^(.{1,100}?)\s*[(\[]([^()\[\]]{1,30})[)\]]$")
_KINDS = {"f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"}


@dataclass(frozen=True, kw_only=True)
class FigureData:
    """What a figure shows.

    Attributes
    ----------
    columns : dict
        Of the axis, the values, and of several traces with different axes their names.
    arguments : dict
        Of `core.library.sonification.sonify`.
    units : dict
    title : str
    notes : tuple of str
    """

    columns: dict[str, Any]
    arguments: dict[str, Any]
    units: dict[str, str] = field(default_factory=dict)
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Trace:
    name: str
    x: list[Any]
    y: list[Any]
    axis: str
    along: str


def is_figure(data: object) -> bool:
    """Whether something is a plotly figure, or one as plain data."""
    if type(data).__module__.partition(".")[0] == "plotly" and hasattr(data, "to_plotly_json"):
        return True
    if not isinstance(data, Mapping):
        return False
    traces = data.get("data")
    return (
        isinstance(traces, list | tuple)
        and bool(traces)
        and all(isinstance(each, Mapping) for each in traces)
    )


def read_figure(figure: Any) -> FigureData:
    """Read the traces of a figure that can be heard.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure or mapping
        Lines, areas, points, bars, and the closing prices of candles; hidden traces are left out.

    Raises
    ------
    InputError
        If none of its traces can be heard.

    Examples
    --------
    >>> rain = {"type": "bar", "x": ["2020", "2021"], "y": [3, 5], "name": "Oslo"}
    >>> read_figure({"data": [rain], "layout": {"yaxis": {"title": "rain (mm)"}}}).columns
    {'x': ['2020', '2021'], 'Oslo': [3, 5]}
    """
    content = figure if isinstance(figure, Mapping) else figure.to_plotly_json()
    layout = content.get("layout")
    layout = layout if isinstance(layout, Mapping) else {}
    traces = [each for each in content.get("data") or () if isinstance(each, Mapping)]
    read = [
        trace for place, each in enumerate(traces) if (trace := _read_trace(each, place, layout)) is not None
    ]
    if not read:
        raise InputError(_refuse(traces))
    notes = []
    if len(read) > limits.MAX_VOICES:
        notes.append(
            f"The figure has {len(read)} traces that can be heard; the first {limits.MAX_VOICES} are played."
        )
        read = read[: limits.MAX_VOICES]
    silent = len(traces) - len(read) - bool(notes) * 0
    if silent and not notes:
        notes.append(
            f"{plural(silent, 'trace')} of the figure cannot be heard or {'is' if silent == 1 else 'are'} hidden."
        )
    read = _name_apart(read)
    x_name = _text_of(layout.get(read[0].along)) or read[0].along[0]
    return _lay_out(read, x_name, layout, tuple(notes))


def _lay_out(
    read: list[_Trace], x_name: str, layout: Mapping[str, Any], notes: tuple[str, ...]
) -> FigureData:
    """Columns of one axis where the traces share it, else rows of all traces with their names."""
    names = [trace.name for trace in read]
    x_name = x_name if x_name not in names else f"{x_name} (axis)"
    titles = {trace.name: _text_of(layout.get(trace.axis)) for trace in read}
    title = _text_of(layout)
    if all(trace.x == read[0].x for trace in read[1:]):
        units = {name: _unit_of(titles[name])[1] for name in names}
        columns: dict[str, Any] = {x_name: read[0].x, **{trace.name: trace.y for trace in read}}
        return FigureData(
            columns=columns, arguments={"x": x_name, "y": names}, units=units, title=title, notes=notes
        )
    told = titles[names[0]]
    value, unit = _unit_of(told)
    value = value or "value"
    columns = {
        x_name: [place for trace in read for place in trace.x],
        "trace": [trace.name for trace in read for _ in trace.x],
        value if value != x_name else "value": [number for trace in read for number in trace.y],
    }
    value = list(columns)[2]
    arguments: dict[str, Any] = {"x": x_name, "y": value, "split": "trace", "labels": names}
    if len({trace.axis for trace in read}) > 1:
        arguments["pitch_scale"] = "separate"
    return FigureData(columns=columns, arguments=arguments, units={value: unit}, title=title, notes=notes)


def _read_trace(trace: Mapping[str, Any], place: int, layout: Mapping[str, Any]) -> _Trace | None:
    kind = str(trace.get("type", "scatter"))
    if kind not in SONIFIABLE or trace.get("visible", True) is not True:
        return None
    along, values = ("y", "x") if trace.get("orientation") == "h" else ("x", SONIFIABLE[kind])
    y = _values_of(trace.get(values))
    if y is None or not any(isinstance(each, int | float) for each in y):
        return None
    x = _values_of(trace.get(along))
    if x is None:
        start, step = trace.get(f"{along}0", 0), trace.get(f"d{along}", 1)
        is_plain = isinstance(start, int | float) and isinstance(step, int | float)
        x = [start + step * i if is_plain else i for i in range(len(y))]
    n = min(len(x), len(y))
    number = str(trace.get(f"{values if values in 'xy' else 'y'}axis") or "y")[1:]
    axis = f"{'x' if values == 'x' else 'y'}axis{number}"
    name = trace.get("name")
    label = _plain(name) if isinstance(name, str) else ""
    label = label or _unit_of(_text_of(layout.get(axis)))[0] or f"trace {place + 1}"
    return _Trace(label, x[:n], y[:n], axis, f"{along}axis")


def _values_of(values: Any) -> list[Any] | None:
    """A list of numbers or texts; None where it is none."""
    if isinstance(values, Mapping):  # numbers as plotly writes them into JSON
        values = _decode(values)
    if isinstance(values, np.ndarray):
        if values.ndim != 1 or not len(values):
            return None
        return (
            [*values.astype("datetime64[us]").astype(object)] if values.dtype.kind == "M" else values.tolist()
        )
    if isinstance(values, str) or not isinstance(values, Iterable):
        return None
    listed = list(itertools.islice(values, limits.MAX_TABLE_ROWS + 1))
    listed = [each.item() if isinstance(each, np.generic) else each for each in listed]
    is_nested = any(isinstance(each, list | tuple | Mapping | np.ndarray) for each in listed)
    return None if is_nested or not listed else listed


def _decode(values: Mapping[str, Any]) -> Any:
    kind, data = values.get("dtype"), values.get("bdata")
    if kind not in _KINDS or not isinstance(data, str) or "shape" in values:
        return None
    try:
        return np.frombuffer(base64.b64decode(data), dtype=f"<{kind}")
    except ValueError:
        return None


def _name_apart(read: Sequence[_Trace]) -> list[_Trace]:
    from core.tables.columns import make_names_unique

    names = make_names_unique(trace.name for trace in read)
    return [replace(each, name=name) for name, each in zip(names, read, strict=True)]


def _text_of(owner: Any) -> str:
    """The title of a layout or an axis, without markup."""
    title = owner.get("title") if isinstance(owner, Mapping) else None
    text = title.get("text") if isinstance(title, Mapping) else title
    return _plain(text) if isinstance(text, str) else ""


def _plain(text: str) -> str:
    return html.unescape(_TAGS.sub(" ", text[:1_000])).strip()[:300]


def _unit_of(title: str) -> tuple[str, str]:
    """Name and unit of an axis title such as "rain (mm)"."""
    found = _UNIT.match(title)
    return (found[1], found[2]) if found else (title, "")


def _refuse(traces: Sequence[Mapping[str, Any]]) -> str:
    if not traces:
        return "This figure has no traces. Add a line, points or bars."
    kinds = sorted({str(each.get("type", "scatter"))[:30] for each in traces})
    return (
        f"None of the traces of this figure can be heard: they are {', '.join(kinds)}, hidden, or without numbers. "
        "Lines, areas, points, bars and candles can."
    )
