"""Axis of seconds below a picture of a sound: ticks in seconds, or in minutes and seconds."""

from __future__ import annotations

import math

from core.presentation.axis import Axis
from core.presentation.frame import Frame
from core.presentation.letters import measure_text
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

_STEPS_SEC = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600)
# From here on people read minutes.
_MINUTES_FROM_SEC = 90.0
FOOT = 3.1
"""Height of the axis with its labels and title, of the text's size."""


def draw_time_axis(svg: SvgWriter, across: Axis, base: float, frame: Frame, theme: Theme) -> list[float]:
    """Draw the axis of ``across``, in seconds, below ``base``; returns the places of its ticks."""
    text_px = frame.text_px
    duration = across.high - across.low
    in_minutes = duration >= _MINUTES_FROM_SEC
    svg.line(across.begin, base, across.end, base, stroke=theme.muted, width=max(1.0, text_px / 16))
    most = max(2.0, (across.end - across.begin) / (measure_text("00:00", text_px) + 1.6 * text_px))
    step = next((each for each in _STEPS_SEC if duration / each <= most), 7_200.0)
    places = []
    for number in range(math.floor(duration / step + 1e-9) + 1):
        seconds = number * step
        place = across.begin + seconds / max(duration, 1e-9) * (across.end - across.begin)
        label = f"{int(seconds) // 60}:{int(seconds) % 60:02}" if in_minutes else f"{seconds:g}"
        wide = measure_text(label, text_px)
        x = min(max(place, frame.left + wide / 2), frame.right - wide / 2)
        svg.line(place, base, place, base + 0.35 * text_px, stroke=theme.muted, width=max(1.0, text_px / 22))
        svg.text(x, base + 1.35 * text_px, label, size=text_px, fill=theme.muted, anchor="middle")
        places.append(place)
    title = "Time (min:s)" if in_minutes else "Time (s)"
    middle = (across.begin + across.end) / 2
    svg.text(middle, base + 2.9 * text_px, title, size=text_px, fill=theme.muted, anchor="middle")
    return places
