"""Frame of a drawing: paper, title, subtitle, legend and source; what every kind of picture shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from core.presentation.letters import clean_text, fit_text, is_right_to_left, measure_text
from core.presentation.presentation import Presentation
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

_SMALLEST_TEXT_PX, _TEXTS_A_SIDE = 12.0, 37.0
# Of the text's size.
_MARGIN, _LINE = 1.2, 1.35
_TITLE_SIZES = ((1.9, 1), (1.6, 2), (1.3, 3))
"""Sizes of the title, of the text's, and how many lines it may have at each: the first that holds it whole is taken."""
_MAX_LEGEND_ROWS, _MAX_SHARE = 3, 0.34


class Room(TypedDict):
    """What stands above a picture; parameters of `core.presentation.drawing.draw`."""

    is_titled: bool
    readout_px: int
    text_px: float | None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the picture stands below the title, in pixels.

    Attributes
    ----------
    text_px : float
    left, top, right, bottom : float
    readout : (float, float, float, float) or None
        Place for the current value.
    """

    text_px: float
    left: float
    top: float
    right: float
    bottom: float
    readout: tuple[float, float, float, float] | None = None


def choose_text_px(width: int, height: int) -> float:
    """Size of the letters in a drawing: 29 px at 1920x1080, at least 12."""
    return max(_SMALLEST_TEXT_PX, min(width, height) / _TEXTS_A_SIDE)


def draw_frame(
    svg: SvgWriter,
    presentation: Presentation,
    theme: Theme,
    *,
    is_titled: bool,
    readout_px: int,
    text_px: float | None,
    legend: Sequence[tuple[str, str]] = (),
    pointer: str = "",
) -> Frame:
    """Draw paper, title, subtitle, legend and source; what is left is for the picture.

    Parameters
    ----------
    svg : SvgWriter
    presentation : Presentation
    theme : Theme
    is_titled : bool
    readout_px : int
        Height that stays free below the title.
    text_px : float or None
        Size of the letters; chosen for the drawing's size if None.
    legend : sequence of (str, str)
        Color and name of each entry.
    pointer : str
        What triangles on the picture point at, for the legend.
    """
    text_px = text_px or choose_text_px(svg.width, svg.height)
    svg.rect(0, 0, svg.width, svg.height, fill=theme.background)
    margin = _MARGIN * text_px
    frame = Frame(
        text_px=text_px, left=margin, top=margin, right=svg.width - margin, bottom=svg.height - margin
    )
    if is_titled:
        frame = _draw_source(svg, presentation, theme, _draw_title(svg, presentation, theme, frame))
    else:
        frame = replace(frame, top=0.5 * text_px, left=0.6 * text_px, right=svg.width - 0.6 * text_px)
        frame = replace(frame, bottom=svg.height - 0.6 * text_px)
    if legend or pointer:
        frame = _draw_legend(svg, legend, pointer, theme, frame)
    if readout_px:
        place = (frame.left, frame.top, frame.right - frame.left, float(readout_px))
        frame = replace(frame, top=frame.top + readout_px, readout=place)
    return frame


def _draw_title(svg: SvgWriter, presentation: Presentation, theme: Theme, frame: Frame) -> Frame:
    text_px, width = frame.text_px, frame.right - frame.left
    most = _MAX_SHARE * svg.height
    lines: list[str] = []
    size = _TITLE_SIZES[0][0] * text_px
    for share, max_lines in _TITLE_SIZES:
        size = share * text_px
        max_lines = max(1, min(max_lines, int(most / (1.15 * size))))
        lines = fit_text(presentation.title, width, size, bold=True, max_lines=max_lines)
        if sum(map(len, lines)) + len(lines) - 1 >= len(clean_text(presentation.title)):
            break
    y = frame.top - 0.1 * size
    for line in lines:
        y += 1.15 * size if y > frame.top else 0.95 * size
        _write_line(svg, frame, y, line, size, theme.text, toward=presentation.title, bold=True)
    for line in fit_text(presentation.subtitle, width, text_px):
        y += 1.55 * text_px if lines else text_px
        _write_line(svg, frame, y, line, text_px, theme.muted, toward=presentation.title)
    return replace(frame, top=y + 0.9 * text_px)


def _write_line(
    svg: SvgWriter,
    frame: Frame,
    y: float,
    line: str,
    size: float,
    fill: str,
    *,
    toward: str,
    bold: bool = False,
) -> None:
    """Write from the left, or where the title runs to the left, from the right."""
    if is_right_to_left(toward):
        svg.text(frame.right, y, line, size=size, fill=fill, anchor="end", bold=bold)
    else:
        svg.text(frame.left, y, line, size=size, fill=fill, bold=bold)


def _draw_source(svg: SvgWriter, presentation: Presentation, theme: Theme, frame: Frame) -> Frame:
    named = [part for part in (presentation.source, presentation.license) if part.strip()]
    # A small picture has no room for it; whoever shows it says it beside.
    if not named or svg.height < 20 * frame.text_px:
        return frame
    size = 0.8 * frame.text_px if svg.height < 900 else frame.text_px
    lines = fit_text(f"Source: {' · '.join(named)}", frame.right - frame.left, size, max_lines=2)
    for place, line in enumerate(reversed(lines)):
        y = frame.bottom - place * _LINE * size
        _write_line(svg, frame, y, line, size, theme.muted, toward=presentation.title)
    return replace(frame, bottom=frame.bottom - (0.35 + _LINE * len(lines)) * size)


def draw_pointer(svg: SvgWriter, x: float, y: float, text_px: float, theme: Theme) -> None:
    """Draw a triangle that points down, around a place."""
    half = 0.35 * text_px
    svg.add(
        f'<path d="M{x - half:.1f} {y - half:.1f}h{2 * half:.1f}l{-half:.1f} {1.5 * half:.1f}z" fill="{theme.muted}"/>'
    )


def _draw_legend(
    svg: SvgWriter, legend: Sequence[tuple[str, str]], pointer: str, theme: Theme, frame: Frame
) -> Frame:
    """Draw a row of names, or more rows where they do not fit."""
    text_px = frame.text_px
    radius, gap = 0.36 * text_px, 1.6 * text_px
    most = min(22 * text_px, frame.right - frame.left - 1.2 * text_px)
    x, y, n_rows = frame.left, frame.top + 0.9 * text_px, 1
    for color, name in (*legend, *([("", pointer)] if pointer else [])):
        shown = (fit_text(name, most, text_px) or [""])[0]
        wide = 1.2 * text_px + measure_text(shown, text_px)
        if x > frame.left and x + wide > frame.right:
            if n_rows == _MAX_LEGEND_ROWS:
                break
            x, y, n_rows = frame.left, y + _LINE * text_px, n_rows + 1
        if color:
            svg.rect(x, y - 0.35 * text_px - radius, 2 * radius, 2 * radius, fill=color, radius=radius)
        else:
            draw_pointer(svg, x + radius, y - 0.3 * text_px, text_px, theme)
        svg.text(x + 1.1 * text_px, y, shown, size=text_px, fill=theme.text)
        x += wide + gap
    return replace(frame, top=y + 0.6 * text_px)
