"""Chart of the data: rows as lines, notes as dots, one panel for each pitch scale; playhead position over time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.charts import pick_color, set_layout
from core.music.midi import note_name
from core.music.spelling import show_accidentals
from core.sonify.aggregation import column_values
from core.sonify.descriptions import axis_title, name_register, number, point_labels, units_of
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.tables.table import Table, shorten

if TYPE_CHECKING:
    import plotly.graph_objects as go

# More line segments than this only slow the browser down; extremes are kept when the rows are thinned.
MAX_DRAWN_ROWS = 4_000
_MOST_NAMES = 12  # of an axis of names that are labeled
ROW_HEIGHT, MARGIN_HEIGHT = 190, 90


def chart(
    sonification: Sonification,
    table: Table,
    *,
    colors: Sequence[str] = (),
) -> go.Figure:
    """Draw each voice's rows as a line and its notes as dots, one panel for each scale of values over a common axis.

    Parameters
    ----------
    sonification : Sonification
    table : Table
        Its rows are drawn faintly where several of them share a note; its columns know their units.
    colors : sequence of str, optional
        CSS color of each voice.

    Returns
    -------
    plotly.graph_objects.Figure
        Two traces a voice, in their order. Names and labels are escaped: plotly reads a subset of HTML.
    """
    from plotly.subplots import make_subplots

    units = units_of(table)
    scales: dict[int, list[VoiceResult]] = {}
    for result in sonification.voices:
        scales.setdefault(result.pitch_scale, []).append(result)
    n_panels = len(scales)
    panels = {scale: {"row": place + 1, "col": 1} for place, scale in enumerate(scales)}
    figure = make_subplots(rows=n_panels, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for place, result in enumerate(sonification.voices):
        panel, unit = panels[result.pitch_scale], units.get(result.voice.column, "")
        color = pick_color(colors, place)
        figure.add_trace(_draw_rows(sonification, table, result, color), **panel)
        figure.add_trace(_draw_notes(sonification, result, color, unit), **panel)
    for scale, members in scales.items():
        title = shorten(axis_title(members, units), 40 if n_panels == 1 else 26)
        register = name_register(members)
        figure.update_yaxes(
            title_text=_escape(title) + (f"<br>{register}" if register else ""),
            title_standoff=4,
            automargin=True,
            **panels[scale],
        )
    if sonification.rows.is_date:
        figure.update_xaxes(type="date")
    names = list_names(sonification)
    if names:
        shown = names[:: -(-len(names) // _MOST_NAMES)]
        figure.update_xaxes(
            tickmode="array",
            tickvals=[place for place, _ in shown],
            ticktext=[_escape(shorten(name, 16)) for _, name in shown],
        )
    figure.update_xaxes(title_text=_escape(shorten(name_axis(sonification), 60)), row=n_panels, col=1)
    has_legend = len(sonification.voices) > n_panels
    top = 36 if has_legend else 12
    set_layout(figure, MARGIN_HEIGHT + ROW_HEIGHT * n_panels + (60 if n_panels == 1 else 0), top=top)
    figure.update_layout(showlegend=has_legend)
    return figure


def _escape(text: str) -> str:
    """Plain text for plotly, which reads tags and knows few entities: &quot; is none of them."""
    return escape(text, quote=False)


def axis_values(sonification: Sonification, time: FloatArray) -> FloatArray:
    """Turn times of the data into places on the chart's axis: milliseconds since 1970 where they are dates.

    Dates that were written with an offset from UTC are drawn with the first one, so that a change of clocks moves nothing.
    """
    if sonification.rows.is_date:
        written = np.asarray(time, dtype=float) + 60.0 * _axis_offset(sonification)
        return np.rint(written * 1000.0)
    return np.asarray(time, dtype=float) + (1 if _counts_rows(sonification) else 0)


def name_axis(sonification: Sonification) -> str:
    """Title of the common axis: "row", or the column of times with its offset from UTC."""
    axis = sonification.settings.time or "row"
    return axis + _name_offset(sonification)


def list_names(sonification: Sonification) -> tuple[tuple[float, str], ...]:
    """Places on an axis of names, such as regions, and the names there; empty for other axes and for very many names."""
    rows = sonification.rows
    if rows.names is None or len(rows.names) > MAX_DRAWN_ROWS:
        return ()
    return tuple(zip(axis_values(sonification, rows.time).tolist(), rows.names, strict=True))


def _axis_offset(sonification: Sonification) -> int:
    offsets = sonification.rows.offsets
    return offsets[0][1] if offsets else 0


def _name_offset(sonification: Sonification) -> str:
    """Such as " (UTC+01:00)" where the file has written offsets."""
    minutes = _axis_offset(sonification)
    if not sonification.rows.offsets:
        return ""
    return f" (UTC{'−' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02})"


def _place_on_axis(sonification: Sonification, time: FloatArray) -> dict[str, Any]:
    """Compact x values for Plotly: evenly spaced ones as first value and step."""
    x = axis_values(sonification, time)
    if len(x) > 2 and np.ptp(steps := np.diff(x)) <= 1e-9 * np.abs(x).max():
        return {"x0": float(x[0]), "dx": float(steps[0])}
    return {"x": x}


def _shorten(values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Values as float32 where the rounding is below a hundred-thousandth of the axis."""
    known = np.isfinite(values)
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
        moved = np.abs(short - values, where=known, out=np.zeros_like(values))
        span = np.ptp(values[known]) if known.any() else 0.0
    return short if moved.max(initial=0.0) <= 1e-5 * span else values


def _counts_rows(sonification: Sonification) -> bool:
    """Whether the axis is the place in the file, which people count from one."""
    return sonification.settings.time is None or sonification.rows.names is not None


def playhead_map(sonification: Sonification) -> tuple[list[float], list[float]]:
    """Sound time in seconds against place on the chart's axis (milliseconds since 1970 for dates).

    Returns
    -------
    times_sec, x : list of float
        Both never fall; the playhead runs in straight lines between them.
    """
    timeline = sonification.timeline
    x = axis_values(sonification, timeline.time)
    # The last note is held where it stands.
    times = np.append(timeline.onset_sec, timeline.onset_sec[-1] + timeline.room_sec[-1])
    return times.tolist(), np.append(x, x[-1]).tolist()


def _draw_rows(
    sonification: Sonification, table: Table, result: VoiceResult, color: str | None
) -> go.Scatter:
    import plotly.graph_objects as go

    rows, joined = sonification.rows, len(sonification.rows.index) > sonification.groups.n_groups
    if joined and result.voice.part == "value":
        time, values, opacity = (
            rows.time,
            column_values(table, rows, result.voice, sonification.settings),
            0.35,
        )
        own = rows.series_of(result.voice.label)
        if own is not None:  # another label's moments are no gaps of this one
            here = np.unique(own.moment)
            time, values = time[here], values[here]
        kept = _thin_rows(values)
        time, values = time[kept], values[kept]
    else:
        here = np.flatnonzero(result.points["n_rows"].to_numpy())
        time, values = sonification.timeline.time[here], result.points["value"].to_numpy(dtype=float)[here]
        opacity = 0.6
    return go.Scatter(
        **_place_on_axis(sonification, time),
        y=_shorten(values),
        mode="lines",
        opacity=opacity,
        showlegend=False,
        hoverinfo="skip",
        line={"width": 1.2, "color": color},
        connectgaps=False,
    )


def _draw_notes(sonification: Sonification, result: VoiceResult, color: str | None, unit: str) -> go.Scatter:
    import plotly.graph_objects as go

    labels = point_labels(sonification, result, unit)
    sounding = np.flatnonzero(result.points["sounds"].to_numpy())
    points = result.points.iloc[sounding]
    hover = [
        f"{_escape(labels[i])}<br>{show_accidentals(note_name(float(pitch)))}"
        for i, pitch in zip(sounding, points["pitch"], strict=True)
    ]
    size = 7 if len(points) <= 120 else 5 if len(points) <= 600 else 3
    marker: dict[str, Any] = {"size": size, "color": color}
    if sonification.settings.accents:
        marker["size"] = np.where(points["outlier"], size + 4, size)
        marker["symbol"] = np.where(points["outlier"], "diamond", "circle")
    return go.Scatter(
        **_place_on_axis(sonification, points["time"].to_numpy()),
        y=_shorten(points["value"].to_numpy(dtype=float)),
        mode="markers",
        name=_escape(shorten(result.name)),
        text=hover,
        hoverinfo="text",
        marker=marker,
    )


def _thin_rows(values: FloatArray) -> IntArray:
    """Choose the rows to draw: the lowest and highest of each stretch, so that no spike is lost."""
    n_rows = len(values)
    if n_rows <= MAX_DRAWN_ROWS:
        return np.arange(n_rows)
    n_stretches = MAX_DRAWN_ROWS // 2
    length = -(-n_rows // n_stretches)
    padded = np.full(n_stretches * length, np.nan)
    padded[:n_rows] = values
    grid = padded.reshape(n_stretches, length)
    starts = np.arange(n_stretches) * length
    low = starts + np.where(np.isnan(grid), np.inf, grid).argmin(axis=1)
    high = starts + np.where(np.isnan(grid), -np.inf, grid).argmax(axis=1)
    kept = np.unique(np.concatenate([low, high]))
    return kept[kept < n_rows]


def description(sonification: Sonification, units: dict[str, str] | None = None) -> str:
    """Describe the chart in a sentence for a screen reader."""
    units = units or {}
    parts = []
    for result in sonification.voices:
        values, unit = result.points["value"].dropna(), units.get(result.voice.column, "")
        low, high = number(float(values.min()), unit), number(float(values.max()), unit)
        parts.append(f"{result.name} from {low} to {high}")
    return f"Line chart over {sonification.settings.time or 'rows'}: {'; '.join(parts)}."
