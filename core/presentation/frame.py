"""Frame of a drawing: margins, title, subtitle and legend; what every kind of picture shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from core.presentation.presentation import Presentation
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

_SMALLEST_TEXT_PX, _TEXTS_A_SIDE = 12.0, 37.0


def choose_text_px(width: int, height: int) -> float:
    """Size of the letters in a drawing: 29 px at 1920x1080, at least 12."""
    return max(_SMALLEST_TEXT_PX, min(width, height) / _TEXTS_A_SIDE)


class Room(TypedDict):
    """What stands above a picture; parameters of `core.presentation.drawing.draw`."""

    is_titled: bool
    readout_px: int


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the picture stands below the title, in pixels.

    Attributes
    ----------
    text_px : float
    left, top, right, bottom : float
    readout : (float, float, float, float) or None
    """

    text_px: float
    left: float
    top: float
    right: float
    bottom: float
    readout: tuple[float, float, float, float] | None


def draw_frame(
    svg: SvgWriter,
    presentation: Presentation,
    theme: Theme,
    *,
    is_titled: bool,
    readout_px: int,
    names: tuple[str, ...] = (),
) -> Frame:
    """Draw paper, title, subtitle and the legend of ``names``; what is left is for the picture."""
    text_px = choose_text_px(svg.width, svg.height)
    svg.rect(0, 0, svg.width, svg.height, fill=theme.background)
    margin = 1.3 * text_px
    y = margin
    if is_titled:
        y += 1.6 * text_px
        svg.text(margin, y, presentation.title[:60], size=1.7 * text_px, fill=theme.text, bold=True)
        if presentation.subtitle:
            y += 1.5 * text_px
            svg.text(margin, y, presentation.subtitle[:90], size=text_px, fill=theme.muted)
        y += 0.6 * text_px
    readout = None
    if readout_px:
        readout = (margin, y, svg.width - 2 * margin, float(readout_px))
        y += readout_px
    return Frame(
        text_px=text_px,
        left=margin,
        top=y,
        right=svg.width - margin,
        bottom=svg.height - margin,
        readout=readout,
    )
