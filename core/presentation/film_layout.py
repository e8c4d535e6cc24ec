"""Layout of a film: where title, current value, picture, captions and the line at the bottom stand, for each size."""

from __future__ import annotations

from dataclasses import dataclass

from core.presentation.film_planes import Box

_DRAWN_TEXT_PX = 12.0  # the smallest letters of a drawing, which it has below a height of 450 pixels
_WIDE_FROM = 1.3  # width by height


@dataclass(frozen=True, kw_only=True)
class FilmLayout:
    """Places in a frame; boxes are even.

    Attributes
    ----------
    width, height : int
    is_wide : bool
        Whether the current value stands beside the title, not below it.
    margin : int
    title_px, subtitle_px, small_px : float
        Sizes of letters.
    title_lines : int
        At most.
    header : (left, top, right, bottom)
        Of title, subtitle and legend.
    readout : (left, top, right, bottom)
        Of the current values.
    picture : (left, top, right, bottom)
    captions : (left, top, right, bottom)
        Empty where there are none.
    footer : (left, top, right, bottom)
        Of source and clock; the bar of progress is its upper edge.
    drawing_px : float
        Size of the letters in the picture.
    """

    width: int
    height: int
    is_wide: bool
    margin: int
    title_px: float
    subtitle_px: float
    small_px: float
    title_lines: int
    header: Box
    readout: Box
    picture: Box
    captions: Box
    footer: Box
    drawing_px: float

    @property
    def inner_width(self) -> int:
        """Between the margins."""
        return self.width - 2 * self.margin

    @property
    def zoom(self) -> float:
        """By what a drawing is enlarged, so that its letters can be read on a telephone."""
        return self.drawing_px / _DRAWN_TEXT_PX


def lay_out(
    width: int, height: int, *, has_readout: bool, has_captions: bool, n_values: int = 1
) -> FilmLayout:
    """Divide a frame.

    Parameters
    ----------
    width, height : int
        In pixels.
    has_readout : bool
        Whether current values are shown.
    has_captions : bool
        Whether there are subtitles.
    n_values : int
        How many values stand side by side.

    Examples
    --------
    >>> layout = lay_out(1920, 1080, has_readout=True, has_captions=False)
    >>> layout.is_wide, layout.picture
    (True, (40, 236, 1880, 1004))
    """
    is_wide = width > _WIDE_FROM * height
    is_tall = height > _WIDE_FROM * width
    unit = min(width, height) / 1080
    if is_wide:
        margin, top, bottom, header, readout = 64, 44, 20, 176, 0
    elif is_tall:
        # The apps that show such films lay their buttons over the top and the bottom.
        margin, top, bottom, header, readout = 56, 130, 190, 236, 250 if has_readout else 0
    else:
        margin, top, bottom, header, readout = 48, 36, 14, 160, 150 if has_readout else 0
    caption = (176 if is_tall else 124) if has_captions else 0
    foot = 64

    def px(value: float) -> int:
        return round(value * unit / 2) * 2

    left, right = px(margin), width - px(margin)
    low = height - px(bottom + foot)
    split = left
    if is_wide and has_readout:
        split = left + int((right - left) * (0.56 if n_values < 3 else 0.42)) // 2 * 2
    y = px(top + header)
    below = y + px(readout)
    # A drawing has margins of its own.
    side = px(margin - 24)
    return FilmLayout(
        width=width,
        height=height,
        is_wide=is_wide,
        margin=left,
        title_px=(58 if is_tall else 46) * unit,
        subtitle_px=(34 if is_tall else 27) * unit,
        small_px=(28 if is_tall else 23) * unit,
        title_lines=3 if is_tall else 2,
        header=(left, px(top), split - px(32) if split > left else right, y),
        readout=(split, px(top), right, y) if is_wide else (left, y, right, below),
        picture=(side, below + px(16), width - side, low - px(caption + 12)),
        captions=(left, low - px(caption), right, low),
        footer=(left, low, right, low + px(foot)),
        drawing_px=(30 if is_tall else 27) * unit,
    )
