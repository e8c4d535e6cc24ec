"""Title overlay of a video: text painted once and laid over each frame, at the lower left as in the browser."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from core.presentation.film_text import LINE, shrink_to_fit
from core.presentation.svg_raster import to_png
from core.presentation.svg_writing import SvgWriter
from core.video import split_planes, to_planes

# Shares of the shorter side, as in the browser (scenes_picture.js: paintCaption).
_SIZE, _LEFT, _BOTTOM = 0.062, 0.06, 0.07
_LEAST_SIZE = 0.5
_SHADOW = 0.9


def paint_caption(text: str, width: int, height: int) -> Image.Image:
    """Draw a title with a shadow on a transparent image, in two lines at most, shrunk to fit.

    It is in the letters of all drawings (`core.presentation.letters`); what runs from right to left begins at the right.

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
    fitted = shrink_to_fit(text, room, size, lines=1, least=_LEAST_SIZE)
    if fitted.lines and fitted.lines[0].endswith("…"):
        fitted = shrink_to_fit(text, room, size, lines=2, least=_LEAST_SIZE)
    svg = SvgWriter(width, height)
    baseline = height - _BOTTOM * side
    # `FittedText` stands below its top, the first baseline a size lower.
    top = baseline - fitted.height + (LINE - 1) * fitted.size
    fitted.write(svg, _LEFT * side, top, "#FFFFFF")
    with Image.open(io.BytesIO(to_png(svg.finish()))) as drawn:
        letters = drawn.convert("RGBA")
    shadow = letters.getchannel("A").point(lambda share: round(_SHADOW * share))
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.putalpha(shadow.filter(ImageFilter.GaussianBlur(max(1.0, 0.12 * size))))
    return Image.alpha_composite(picture, letters)


class CaptionOverlay:
    """A painted title that is laid over the planes of frames, only where it stands.

    Parameters
    ----------
    text : str
    size : (int, int)
        Width and height of the frames in pixels; even numbers.
    """

    def __init__(self, text: str, size: tuple[int, int]) -> None:
        picture = paint_caption(text, *size)
        left, top, right, bottom = picture.getbbox() or (0, 0, 2, 2)
        # Even bounds: one value of U and V covers two by two pixels.
        left, top, right, bottom = left // 2 * 2, top // 2 * 2, (right + 1) // 2 * 2, (bottom + 1) // 2 * 2
        part = np.asarray(picture.crop((left, top, right, bottom)))
        cover = part[..., 3].astype(np.float32) / 255
        half = cover.reshape(len(cover) // 2, 2, -1, 2).mean(axis=(1, 3))
        planes = split_planes(to_planes(np.ascontiguousarray(part[..., :3])))
        self._box = (slice(top, bottom), slice(left, right))
        self._half_box = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
        shares = (cover, half, half)
        self._layers = [(1 - share, share * plane) for share, plane in zip(shares, planes, strict=True)]

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Lay the title over a frame's planes (`core.video.to_planes`), which are changed."""
        boxes = (self._box, self._half_box, self._half_box)
        for plane, box, (through, light) in zip(split_planes(frame), boxes, self._layers, strict=True):
            plane[box] = np.rint(plane[box] * through + light).astype(np.uint8)
