"""Draw a picture of a presentation as SVG, with the way of its playhead and the marks that light up."""

from __future__ import annotations

from core.presentation.chart_drawing import draw_chart
from core.presentation.frame import Room
from core.presentation.presentation import (
    ChartPicture,
    Drawing,
    Picture,
    Presentation,
    RollPicture,
    ScorePicture,
)
from core.presentation.roll_drawing import draw_roll
from core.presentation.score_drawing import draw_score
from core.presentation.themes import Theme
from core.presentation.waveform_drawing import draw_waveform


def draw(
    presentation: Presentation,
    picture: Picture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
    text_px: float | None = None,
) -> Drawing:
    """Draw one picture of a presentation.

    Parameters
    ----------
    presentation : Presentation
    picture : Picture
        One of its pictures.
    width, height : int
        In pixels.
    theme : Theme
    is_titled : bool
        Whether title and subtitle stand in it; a page has them as headings of its own. The legend stays.
    readout_px : int
        Height of a place below the title that stays free for the current value; 0 for none.

    text_px : float, optional
        Size of the letters; a 37th of the smaller side and at least 12 if not given.

    Returns
    -------
    Drawing
        Of just this size; a score may be higher.
    """
    room: Room = {"is_titled": is_titled, "readout_px": readout_px, "text_px": text_px}
    if isinstance(picture, ChartPicture):
        return draw_chart(presentation, picture, width, height, theme, **room)
    if isinstance(picture, RollPicture):
        return draw_roll(presentation, picture, width, height, theme, **room)
    if isinstance(picture, ScorePicture):
        return draw_score(presentation, picture, width, height, theme, **room)
    return draw_waveform(presentation, picture, width, height, theme, **room)
