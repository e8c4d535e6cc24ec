"""Line chart as SVG: panels over a common axis, rows as lines and notes as dots, with the way of the playhead."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray
from core.presentation.axis import Axis
from core.presentation.axis_ticks import Ticks, date_ticks, name_ticks, number_ticks
from core.presentation.frame import Frame, draw_frame
from core.presentation.letters import fit_text, measure_text
from core.presentation.presentation import ChartPicture, Drawing, Presentation, Series
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

# More dots than this stand so close that the line is seen through them.
_MANY_DOTS = 150
_PANEL_GAP = 0.5  # of the text's size
_PLAYHEAD_TOP = 1.4  # of the text's size: below a panel's title


def draw_chart(
    presentation: Presentation,
    picture: ChartPicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
    text_px: float | None = None,
) -> Drawing:
    """Draw the chart; parameters as of `core.presentation.drawing.draw`."""
    svg = SvgWriter(width, height)
    n_panels = max(1, len(picture.panel_titles))
    legend = _list_legend(presentation, picture, theme, n_panels)
    frame = draw_frame(
        svg, presentation, theme, is_titled=is_titled, readout_px=readout_px, text_px=text_px, legend=legend
    )
    panels = [_range_panel(picture, number) for number in range(n_panels)]
    room = (frame.bottom - frame.top - _measure_foot(picture, frame)) / n_panels
    most = _count_y_ticks(room, frame.text_px)
    ticks = [
        number_ticks(*panels[number], most, is_whole=_is_whole(_list_values(picture, number)))
        for number in range(n_panels)
    ]
    widest = max((measure_text(label, frame.text_px) for each in ticks for label in each.labels), default=0.0)
    left = frame.left + min(widest, 0.3 * width) + 0.6 * frame.text_px
    across = _lay_across(picture, left, frame.right, frame.text_px)
    marks = []
    for number in range(n_panels):
        top = frame.top + number * room
        inner = (top + 1.75 * frame.text_px, top + room - _PANEL_GAP * frame.text_px)
        low, high = panels[number]
        up = Axis(low=low, high=high, begin=inner[1], end=inner[0])
        _draw_panel_grid(svg, picture, number, ticks[number], up, frame, left, theme, n_panels > 1)
        for series in picture.series:
            if series.panel == number:
                marks.append(_draw_series(svg, series, across, up, frame.text_px, theme))
    base = frame.top + n_panels * room - _PANEL_GAP * frame.text_px
    _draw_x_axis(svg, picture, across, base, frame, left, theme)
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=height,
        segments=_trace_playhead(picture, across, frame.top + _PLAYHEAD_TOP * frame.text_px, base),
        marks=_sort_marks(marks),
        description=_describe(presentation, picture),
        text_px=frame.text_px,
        header_px=frame.top,
        readout=frame.readout,
        panels=tuple(
            (
                frame.top + number * room + _PLAYHEAD_TOP * frame.text_px,
                frame.top + (number + 1) * room - _PANEL_GAP * frame.text_px,
            )
            for number in range(n_panels)
        ),
    )


def _list_legend(
    presentation: Presentation, picture: ChartPicture, theme: Theme, n_panels: int
) -> list[tuple[str, str]]:
    """Names of the voices, where the titles of the panels do not say them."""
    shown = sorted({series.voice for series in picture.series})
    if len(shown) <= n_panels:
        return []
    return [
        (theme.voices[voice % len(theme.voices)], presentation.voices[voice].name)
        for voice in shown
        if voice < len(presentation.voices)
    ]


def _range_panel(picture: ChartPicture, number: int) -> tuple[float, float]:
    """Lowest and highest value of a panel, with a little air."""
    known = _list_values(picture, number)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low == high:
        air = abs(low) * 0.1 or 1.0
        return low - air, high + air
    air = 0.05 * (high / 2 - low / 2) * 2
    air = air if np.isfinite(air) else 0.0
    most = float(np.finfo(float).max)
    return max(low - air, -most), min(high + air, most)


def _list_values(picture: ChartPicture, number: int) -> FloatArray:
    """The values of a panel that are known."""
    shown = [
        each for series in picture.series if series.panel == number for each in (series.y, series.note_y)
    ]
    values = np.concatenate([np.empty(0), *shown])
    return np.asarray(values[np.isfinite(values)], dtype=np.float64)


def _is_whole(values: FloatArray) -> bool:
    """Whether there are numbers, and all of them are whole."""
    return bool(values.size) and bool((values == np.rint(values)).all())


def _measure_foot(picture: ChartPicture, frame: Frame) -> float:
    """Height of the labels and the title below the panels."""
    guessed = _lay_across(picture, frame.left + 4 * frame.text_px, frame.right, frame.text_px)
    has_second = any(_choose_x_ticks(picture, guessed, frame.text_px).below)
    return (1.3 + 1.15 * has_second + 1.4 * bool(picture.x_title)) * frame.text_px


def _count_y_ticks(room: float, text_px: float) -> int:
    return max(2, min(8, int(room / (2.4 * text_px))))


def _lay_across(picture: ChartPicture, left: float, right: float, text_px: float) -> Axis:
    places = np.concatenate([series.x for series in picture.series] + [picture.place_x])
    places = places[np.isfinite(places)]
    low, high = (float(places.min()), float(places.max())) if places.size else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    air = 0.45 * text_px
    return Axis(low=low, high=high, begin=left + air, end=right - air)


def _draw_panel_grid(
    svg: SvgWriter,
    picture: ChartPicture,
    number: int,
    ticks: Ticks,
    up: Axis,
    frame: Frame,
    left: float,
    theme: Theme,
    is_colored: bool,
) -> None:
    """Draw the panel's title, its lines and their numbers."""
    text_px = frame.text_px
    x, y = frame.left, up.end - 0.72 * text_px
    members = [series.voice for series in picture.series if series.panel == number]
    if is_colored and len(members) == 1:
        color = theme.voices[members[0] % len(theme.voices)]
        svg.rect(x, y - 0.71 * text_px, 0.72 * text_px, 0.72 * text_px, fill=color, radius=0.36 * text_px)
        x += 1.1 * text_px
    for line in fit_text(picture.panel_titles[number], frame.right - x, text_px):
        svg.text(x, y, line, size=text_px, fill=theme.muted)
    for place, value, label in zip(
        up.place(ticks.places).tolist(), ticks.places.tolist(), ticks.labels, strict=True
    ):
        stroke = theme.muted if value == 0 and up.low < 0 else theme.border
        svg.line(left, place, frame.right, place, stroke=stroke, width=max(1.0, text_px / 22))
        svg.text(
            left - 0.5 * text_px, place + 0.35 * text_px, label, size=text_px, fill=theme.muted, anchor="end"
        )


def _draw_series(
    svg: SvgWriter, series: Series, across: Axis, up: Axis, text_px: float, theme: Theme
) -> FloatArray:
    """Draw a line and the dots of its notes; returns the marks of the dots."""
    color = theme.voices[series.voice % len(theme.voices)]
    x, y = across.place(series.note_x), up.place(series.note_y)
    n_notes = len(x)
    spacing = (across.end - across.begin) / max(1, n_notes)
    radius = min(max(0.3 * spacing, 0.085 * text_px), 0.27 * text_px)
    is_dense = n_notes > _MANY_DOTS
    svg.polyline(
        across.place(series.x),
        up.place(series.y),
        stroke=color,
        width=max(1.0, text_px / (14 if is_dense else 10)),
        opacity=0.5 if len(series.x) > 1.5 * n_notes else 0.75,
    )
    svg.dots(x, y, radius=radius, fill=color, ring=theme.background if spacing > 4 * radius else "")
    side = np.full(n_notes, 2 * radius)
    ends = series.onset_sec + series.duration_sec
    voice = np.full(n_notes, float(series.voice))
    marks = np.column_stack([series.onset_sec, ends, x - radius, y - radius, side, side, voice])
    return np.asarray(marks[np.isfinite(marks).all(axis=1)], dtype=np.float64)


def _draw_x_axis(
    svg: SvgWriter,
    picture: ChartPicture,
    across: Axis,
    base: float,
    frame: Frame,
    left: float,
    theme: Theme,
) -> None:
    text_px = frame.text_px
    svg.line(left, base, frame.right, base, stroke=theme.muted, width=max(1.0, text_px / 16))
    ticks = _choose_x_ticks(picture, across, text_px)
    y = base + 1.35 * text_px
    free_from = below_from = frame.left
    for place, label, below in zip(
        across.place(ticks.places).tolist(), ticks.labels, ticks.below, strict=True
    ):
        svg.line(place, base, place, base + 0.35 * text_px, stroke=theme.muted, width=max(1.0, text_px / 22))
        free_from = _label_tick(svg, place, y, label, free_from, frame, theme)
        below_from = _label_tick(svg, place, y + 1.15 * text_px, below, below_from, frame, theme)
    middle = (left + frame.right) / 2
    for line in fit_text(picture.x_title, frame.right - left, text_px):
        svg.text(middle, frame.bottom - 0.1 * text_px, line, size=text_px, fill=theme.muted, anchor="middle")


def _label_tick(
    svg: SvgWriter, place: float, y: float, label: str, free_from: float, frame: Frame, theme: Theme
) -> float:
    """Write a label below its tick, inside the frame, unless it would run into the one before; returns where it ends."""
    if not label:
        return free_from
    wide = measure_text(label, frame.text_px)
    x = min(max(place, frame.left + wide / 2), frame.right - wide / 2)
    if x - wide / 2 < free_from:
        return free_from
    svg.text(x, y, label, size=frame.text_px, fill=theme.muted, anchor="middle")
    return x + wide / 2 + 0.4 * frame.text_px


def _choose_x_ticks(picture: ChartPicture, across: Axis, text_px: float) -> Ticks:
    """As many ticks as their labels leave room for."""
    long = across.end - across.begin
    most = max(2, min(12, int(long / (3.4 * text_px))))
    low, high = across.low, across.high
    if np.unique(picture.place_x).size <= 1:  # the axis was widened around one place
        low = high = (low + high) / 2
    places = np.concatenate([np.empty(0), *(series.x for series in picture.series)])
    is_whole = _is_whole(places[np.isfinite(places)])
    while True:
        if picture.x_names:
            ticks = name_ticks(picture.x_names, most)
        elif picture.x_is_date:
            ticks = date_ticks(low, high, most, period=picture.x_period)
        else:
            is_grouped = max(abs(low), abs(high)) >= 10_000
            ticks = number_ticks(low, high, most, is_grouped=is_grouped, is_whole=is_whole)
        widest = max(measure_text(label, text_px) for label in (*ticks.labels, "0"))
        if most <= 2 or len(ticks.labels) * (widest + 1.2 * text_px) <= long + text_px:
            return ticks
        most -= 1


def _trace_playhead(picture: ChartPicture, across: Axis, top: float, bottom: float) -> FloatArray:
    times, x = np.asarray(picture.times_sec, dtype=float), across.place(picture.place_x)
    known = np.isfinite(times) & np.isfinite(x)
    times, x = times[known], x[known]
    n = max(0, len(times) - 1)
    if n == 0:
        return np.empty((0, 6))
    return np.column_stack([times[:-1], times[1:], x[:-1], x[1:], np.full(n, top), np.full(n, bottom)])


def _sort_marks(marks: list[FloatArray]) -> FloatArray:
    lit = np.concatenate([np.empty((0, 7)), *marks])
    return np.asarray(lit[np.argsort(lit[:, 0], kind="stable")], dtype=np.float64)


def _describe(presentation: Presentation, picture: ChartPicture) -> str:
    """Such as "Line chart over date: CO₂ (ppm). March 1958 to May 2023"."""
    titles = ", ".join(title for title in picture.panel_titles if title)
    over = f" over {picture.x_title}" if picture.x_title else ""
    extent = f" {presentation.subtitle}." if presentation.subtitle else ""
    return f"Line chart{over}: {titles}.{extent}"
