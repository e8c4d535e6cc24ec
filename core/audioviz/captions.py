"""Title overlay of a video: text painted once and laid over each frame, at the lower left as in the browser."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Shares of the shorter side, as in the browser (scenes_picture.js: paintCaption).
_SIZE, _LEFT, _BOTTOM = 0.062, 0.06, 0.07


def paint_caption(text: str, width: int, height: int) -> Image.Image:
    """Draw a title with a shadow on a transparent image, shrunk to fit.

    Pillow's own font (Aileron) has Latin letters; a sign that it lacks is left out.

    Parameters
    ----------
    text : str
    width, height : int

    Returns
    -------
    PIL.Image.Image
        RGBA.

    Examples
    --------
    >>> picture = paint_caption("Night", 320, 180)
    >>> picture.getbbox()[0] > 5 and picture.getbbox()[3] < 180
    True
    """
    side = min(width, height)
    size, room = _SIZE * side, width - 2 * _LEFT * side
    text = _keep_drawable(text)
    font = ImageFont.load_default(size)
    length = font.getlength(text)
    if length > room:
        font = ImageFont.load_default(size * room / length)
    place = (_LEFT * side, height - _BOTTOM * side)
    shadow = Image.new("L", (width, height), 0)
    ImageDraw.Draw(shadow).text(place, text, fill=230, font=font, anchor="ls")
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(max(1.0, 0.12 * size))))
    ImageDraw.Draw(picture).text(place, text, fill=(255, 255, 255, 255), font=font, anchor="ls")
    return picture


def add_caption(frame: NDArray[np.uint8], caption: Image.Image) -> NDArray[np.uint8]:
    """Lay a painted title over a frame [sRGB, shape=(height, width, 3)]."""
    image = Image.fromarray(frame)
    image.paste(caption, (0, 0), caption)
    return np.asarray(image)


def _keep_drawable(text: str) -> str:
    """Keep the characters that the font has."""
    font = ImageFont.load_default(24)
    lacking = bytes(font.getmask("\uffff"))
    return "".join(sign for sign in text if sign == " " or bytes(font.getmask(sign)) != lacking)
