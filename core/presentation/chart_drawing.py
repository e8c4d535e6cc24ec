"""Line chart as SVG: panels over a common axis, notes as dots."""

from __future__ import annotations

import numpy as np

from core.presentation.frame import draw_frame
from core.presentation.presentation import ChartPicture, Drawing, Presentation
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme


def draw_chart(
    presentation: Presentation,
    picture: ChartPicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
) -> Drawing:
    """Draw the chart; parameters as of `core.presentation.drawing.draw`."""
    svg = SvgWriter(width, height)
    frame = draw_frame(svg, presentation, theme, is_titled=is_titled, readout_px=readout_px)
    text, left = frame.text_px, frame.left + 4 * frame.text_px
    bottom = frame.bottom - 3 * text
    xs = np.concatenate([series.x for series in picture.series] + [picture.place_x])
    low, high = float(np.nanmin(xs)), float(np.nanmax(xs))
    to_x = lambda x: left + (x - low) / max(high - low, 1e-12) * (frame.right - left)  # noqa: E731
    n_panels = len(picture.panel_titles)
    marks = []
    panel_height = (bottom - frame.top) / n_panels
    for panel, title in enumerate(picture.panel_titles):
        top = frame.top + panel * panel_height + 1.8 * text
        base = frame.top + (panel + 1) * panel_height - 0.5 * text
        svg.text(left, top - 0.5 * text, title, size=text, fill=theme.muted)
        members = [series for series in picture.series if series.panel == panel]
        ys = np.concatenate([np.append(series.y, series.note_y) for series in members])
        least, most = float(np.nanmin(ys)), float(np.nanmax(ys))
        span = max(most - least, 1e-300)
        svg.line(left, base, frame.right, base, stroke=theme.border)
        for series in members:
            color = theme.voices[series.voice % len(theme.voices)]
            svg.polyline(
                to_x(series.x), base - (series.y - least) / span * (base - top), stroke=color, width=text / 12
            )
            note_x, note_y = to_x(series.note_x), base - (series.note_y - least) / span * (base - top)
            radius = text / 4
            for x, y in zip(note_x.tolist(), note_y.tolist(), strict=True):
                svg.circle(x, y, radius, fill=color)
            box = np.full(len(note_x), 2 * radius)
            marks.append(
                np.column_stack(
                    [
                        series.onset_sec,
                        series.onset_sec + series.duration_sec,
                        note_x - radius,
                        note_y - radius,
                        box,
                        box,
                        np.full(len(note_x), series.voice),
                    ]
                )
            )
    svg.text(
        (left + frame.right) / 2, frame.bottom, picture.x_title, size=text, fill=theme.muted, anchor="middle"
    )
    times, places = picture.times_sec, to_x(picture.place_x)
    n = len(times) - 1
    segments = np.column_stack(
        [times[:-1], times[1:], places[:-1], places[1:], np.full(n, frame.top), np.full(n, bottom)]
    )
    lit = np.concatenate(marks) if marks else np.empty((0, 7))
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=height,
        segments=segments,
        marks=lit[np.argsort(lit[:, 0], kind="stable")],
        text_px=text,
        header_px=frame.top,
        readout=frame.readout,
    )
