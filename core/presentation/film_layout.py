"""Layout of a film: where title, current value, picture, captions and the line at the bottom stand, for each size."""

from __future__ import annotations

from dataclasses import dataclass

from core.presentation.film_planes import Box
from core.presentation.film_text import FittedText, shrink_to_fit
from core.presentation.presentation import Presentation

MOST_VALUES = 4
"""Voices whose current values are shown."""
_WIDE_FROM = 1.3  # width by height


@dataclass(frozen=True, kw_only=True)
class FilmLayout:
    """Places in a frame; boxes are even.

    Attributes
    ----------
    width, height : int
    is_wide : bool
        Whether the current value stands beside the title, not below it.
    unit : float
        Pixels of the frame for each of 1080.
    margin : int
    title_px, subtitle_px, small_px : float
        Sizes of letters.
    title, subtitle : FittedText
    header : (left, top, right, bottom)
        Of title and subtitle; the drawing has a legend of its own.
    readout : (left, top, right, bottom) or None
        Of the current values; None where there are none.
    picture : (left, top, right, bottom)
    captions : (left, top, right, bottom) or None
    footer : (left, top, right, bottom)
        Of source and clock; the bar of progress is its upper edge.
    drawing_px : float
        Size of the letters in the picture.
    """

    width: int
    height: int
    is_wide: bool
    unit: float
    margin: int
    title_px: float
    subtitle_px: float
    small_px: float
    title: FittedText
    subtitle: FittedText
    header: Box
    readout: Box | None
    picture: Box
    captions: Box | None
    footer: Box
    drawing_px: float

    @property
    def inner_width(self) -> int:
        """Between the margins."""
        return self.width - 2 * self.margin


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """Of one shape of film, in pixels of a side of 1080."""

    margin: int
    top: int
    bottom: int
    title: int
    title_lines: int
    subtitle: int
    small: int
    drawing: int
    readout: int
    caption: int


_WIDE = _Sizes(
    margin=64,
    top=40,
    bottom=16,
    title=46,
    title_lines=2,
    subtitle=27,
    small=23,
    drawing=27,
    readout=180,
    caption=100,
)
_SQUARE = _Sizes(
    margin=48,
    top=36,
    bottom=12,
    title=44,
    title_lines=2,
    subtitle=27,
    small=23,
    drawing=25,
    readout=170,
    caption=100,
)
# The apps that show such films lay their buttons over the top and the bottom.
_TALL = _Sizes(
    margin=56,
    top=150,
    bottom=210,
    title=60,
    title_lines=3,
    subtitle=36,
    small=28,
    drawing=30,
    readout=250,
    caption=160,
)
_FOOTER = 62


def lay_out(presentation: Presentation, width: int, height: int, *, has_captions: bool) -> FilmLayout:
    """Divide a frame.

    Parameters
    ----------
    presentation : Presentation
        Its title and subtitle are fitted; what it has no values or captions for needs no place.
    width, height : int
        In pixels.
    has_captions : bool
        Whether there are subtitles.
    """
    is_wide = width > _WIDE_FROM * height
    sizes = _WIDE if is_wide else _TALL if height > _WIDE_FROM * width else _SQUARE
    unit = min(width, height) / 1080

    def px(value: float) -> int:
        return round(value * unit / 2) * 2

    left, right, top = px(sizes.margin), width - px(sizes.margin), px(sizes.top)
    low = height - px(sizes.bottom + _FOOTER)
    n_values = min(MOST_VALUES, len({point.voice for point in presentation.points if point.value_text}))
    split = right
    if is_wide and n_values:
        split = left + px((right - left) / unit * (0.56 if n_values < 3 else 0.4))
    room = split - left - (px(40) if split < right else 0)
    title = shrink_to_fit(
        presentation.title, room, sizes.title * unit, lines=sizes.title_lines, least=0.6, bold=True
    )
    subtitle = shrink_to_fit(presentation.subtitle, room, sizes.subtitle * unit, least=0.7)
    words = title.height + subtitle.height + 0.2 * sizes.subtitle * unit
    y = top + px(words / unit) + px(14)
    readout = None
    if n_values and is_wide:
        readout = (split, top, right, top + px(sizes.readout))
        y = max(y, readout[3])
    elif n_values:
        readout = (left, y + px(8), right, y + px(8 + sizes.readout))
        y = readout[3]
    captions = (left, low - px(sizes.caption), right, low - px(8)) if has_captions else None
    # A drawing has margins of its own.
    side = px(sizes.margin - 24)
    return FilmLayout(
        width=width,
        height=height,
        is_wide=is_wide,
        unit=unit,
        margin=left,
        title_px=sizes.title * unit,
        subtitle_px=sizes.subtitle * unit,
        small_px=sizes.small * unit,
        title=title,
        subtitle=subtitle,
        header=(left, top, left + room, y),
        readout=readout,
        picture=(side, y + px(10), width - side, (captions[1] if captions else low) - px(12)),
        captions=captions,
        footer=(left, low, right, low + px(_FOOTER)),
        drawing_px=sizes.drawing * unit,
    )
