"""MAIDR: the JSON that describes a chart to its non-visual reader; layers of subplots, or one layer by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core import limits
from core.errors import InputError
from core.sonify.chart_specs.chart_spec import (
    ChartSpec,
    SpecVoice,
    as_mapping,
    join_series,
    limit_unused,
    name_column,
    read_number,
    split_unit,
    tell_most,
)

KIND = "a MAIDR chart"
# MAIDR sounds values between 200 and 1,000 Hz, without steps, a lower value lower.
_RANGE = (55, 83)
_SERIES_TYPES = (
    "bar",
    "hist",
    "line",
    "point",
    "smooth",
    "dodged_bar",
    "stacked_bar",
    "stacked_normalized_bar",
)
_CANDLES = "candlestick"
_TYPE_WORDS = {"box": "box plot", "heat": "heat map"}
_Points = list[tuple[Any, Any]]


def is_maidr(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document looks like MAIDR's."""
    subplots = document.get("subplots")
    if isinstance(subplots, list):
        return any("layers" in plot for plot in _flatten(subplots))
    types = document.get("type")
    known = (*_SERIES_TYPES, _CANDLES, *_TYPE_WORDS)
    kinds = types if isinstance(types, list) else [types]
    return "axes" in document and "data" in document and any(kind in known for kind in kinds)


def read_maidr(document: Mapping[str, Any]) -> ChartSpec:
    """Read the series of the first subplot that has any.

    Raises
    ------
    InputError
        If no layer is a series of values.

    Examples
    --------
    >>> layer = {"type": "line", "axes": {"x": "Day", "y": "Rain"}, "data": [[{"x": 1, "y": 3}, {"x": 2, "y": 5}]]}
    >>> spec = read_maidr({"id": "a", "subplots": [[{"layers": [layer]}]]})
    >>> spec.columns, spec.settings["scale"]
    ({'Day': [1, 2], 'Rain': [3.0, 5.0]}, 'continuous')
    """
    unused: list[str] = []
    subplots = document.get("subplots")
    plots = _flatten(subplots) if isinstance(subplots, list) else [{"layers": [document]}]
    for place, plot in enumerate(plots):
        layers = [layer for layer in plot.get("layers") or () if isinstance(layer, dict)]
        all_series, x_name = _read_layers(layers, unused)
        if not all_series:
            continue
        if len(plots) > 1:
            unused.append(f"Of {len(plots)} subplots, number {place + 1} plays.")
        unused += tell_most(len(all_series))
        columns, split = join_series(x_name, all_series)
        options = {"low": _RANGE[0], "high": _RANGE[1]}
        voices = [
            SpecVoice(
                column=name if split is None else list(columns)[-1], label=split and name, options=options
            )
            for name, _ in all_series[: limits.MAX_VOICES]
        ]
        return ChartSpec(
            kind=KIND,
            columns=columns,
            time=x_name,
            split=split,
            voices=tuple(voices),
            settings={"mode": "direct", "scale": "continuous", "rhythm": "uniform", "scaling": "linear"},
            title=split_unit(document.get("title") or _first_title(plot))[0],
            heard="MAIDR's range of pitches, 200 to 1,000 Hz",
            unused=limit_unused(unused),
        )
    raise InputError(
        "This MAIDR chart has no series to play: " + (unused[0] if unused else "its layers have no data.")
        + " Bar, line, point, smooth, histogram and candlestick layers work."
    )  # fmt: skip


def _first_title(plot: Mapping[str, Any]) -> Any:
    """The title of the first layer that has one."""
    layers = [layer for layer in plot.get("layers") or () if isinstance(layer, dict)]
    return next((layer["title"] for layer in layers if layer.get("title")), None)


def _flatten(subplots: list[Any]) -> list[Mapping[str, Any]]:
    """Subplots of all rows."""
    rows = [row if isinstance(row, list) else [row] for row in subplots]
    return [plot for row in rows for plot in row if isinstance(plot, dict)]


def _read_layers(
    layers: Sequence[Mapping[str, Any]], unused: list[str]
) -> tuple[list[tuple[str, _Points]], str]:
    """Series of the layers, with distinct names, and the name of their common axis."""
    series: list[tuple[str, _Points]] = []
    x_name, kept_axis = "x", None
    for layer in layers:
        kinds = layer.get("type")
        kind = str(kinds[0] if isinstance(kinds, list) and kinds else kinds)
        if kind in _TYPE_WORDS or kind not in (*_SERIES_TYPES, _CANDLES):
            unused.append(
                f"A {_TYPE_WORDS.get(kind, kind)[:40]} is no series over an axis and does not play."
            )
            continue
        axes = as_mapping(layer.get("axes"))
        axis = _label(axes.get("x")), _label(axes.get("y"))
        is_horizontal = layer.get("orientation") == "horz"
        place_name, value_name = (axis[1], axis[0]) if is_horizontal else axis
        if kept_axis is None:
            kept_axis, x_name = place_name, name_column(place_name, [], "x")
        elif place_name != kept_axis:
            unused.append("A layer over another axis is left out.")
            continue
        groups = _read_groups(layer.get("data"), is_horizontal)
        for fill, points in groups:
            label = fill if len(groups) > 1 else value_name
            name = name_column(label, [x_name, *(name for name, _ in series)], f"Series {len(series) + 1}")
            series.append((name, points))
    return series, x_name


def _label(axis: Any) -> Any:
    return axis.get("label") if isinstance(axis, dict) else axis


def _read_groups(data: Any, is_horizontal: bool) -> list[tuple[Any, _Points]]:
    """The series of a layer, each with the label of its group."""
    if isinstance(data, dict) and isinstance(data.get("x"), list) and isinstance(data.get("y"), list):
        data = [{"x": x, "y": y} for x, y in zip(data["x"], data["y"], strict=False)]
    rows = data if isinstance(data, list) else []
    groups = rows if rows and all(isinstance(row, list) for row in rows) else [rows]
    found: list[tuple[Any, _Points]] = []
    for group in groups:
        points = [_read_point(point, is_horizontal) for point in group]
        kept = [(x, y) for x, y, _ in points if x is not None]
        if any(y is not None for _, y in kept):
            found.append((next((fill for *_, fill in points if fill), None), kept))
    return found


def _read_point(point: Any, is_horizontal: bool) -> tuple[Any, float | None, Any]:
    """Place, value and label of the group."""
    if not isinstance(point, dict):
        return None, None, None
    if "close" in point:
        x, y = point.get("value"), point.get("close")
    else:
        x, y = point.get("x"), point.get("y")
        if is_horizontal:
            x, y = y, x
    number = read_number(x) if not isinstance(x, str) else None
    if number is not None:
        x = int(number) if number.is_integer() else number
    return (
        (x if isinstance(x, int | float | str) else None),
        read_number(y),
        point.get("fill") or point.get("z"),
    )
