"""Score as SVG."""

from __future__ import annotations

from core.presentation.frame import draw_frame
from core.presentation.presentation import Drawing, Presentation, ScorePicture
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme


def draw_score(
    presentation: Presentation,
    picture: ScorePicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
) -> Drawing:
    """Draw it; parameters as of `core.presentation.drawing.draw`."""
    svg = SvgWriter(width, height)
    frame = draw_frame(svg, presentation, theme, is_titled=is_titled, readout_px=readout_px)
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=height,
        text_px=frame.text_px,
        header_px=frame.top,
        readout=frame.readout,
    )
