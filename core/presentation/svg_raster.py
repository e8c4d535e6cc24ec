"""Rasterize SVG drawings by resvg, in the fonts that are shipped: the same pixels on every machine."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray

from core.presentation.letters import FONT_FILES

# Letters beyond those of the shipped fonts, for which the machine's own are loaded: that takes time.
_OTHER_LETTER = re.compile("[^\x00-\u06ff\u1e00-\u23ff\u25a0-\u25ff\u2669-\u266f\ufb1d-\ufeff]")
_ROOT = re.compile(
    r'<svg xmlns="http://www\.w3\.org/2000/svg" width="[\d.]+" height="[\d.]+" viewBox="[-\d. ]+"'
)
_MAX_PIXELS = 40_000_000


def to_png(svg: str, window: tuple[float, float, float, float] | None = None, zoom: float = 1.0) -> bytes:
    """Rasterize a drawing, or a part of it.

    Parameters
    ----------
    svg : str
        By `core.presentation.svg_writing.SvgWriter`.
    window : (float, float, float, float), optional
        x, y, width and height of the part, in pixels of the drawing; it may reach beyond it.
    zoom : float
        Pixels for each pixel of the drawing.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    ValueError
        If it is no such drawing, or has more than 40 million pixels.

    Examples
    --------
    >>> from core.presentation.svg_writing import SvgWriter
    >>> to_png(SvgWriter(20, 10).finish())[1:4]
    b'PNG'
    """
    import resvg_py

    root = _ROOT.match(svg)
    if root is None:
        raise ValueError("This is no drawing of SvgWriter.")
    x, y, width, height = window or _read_box(root[0])
    pixels = max(1, round(width * zoom)), max(1, round(height * zoom))
    if pixels[0] * pixels[1] > _MAX_PIXELS:
        raise ValueError(f"A picture of {pixels[0]:,} x {pixels[1]:,} pixels is too large.")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels[0]}" height="{pixels[1]}" '
        f'viewBox="{x:g} {y:g} {width:g} {height:g}"'
    )
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=head + svg[root.end() :],
            font_files=list(FONT_FILES),
            skip_system_fonts=_OTHER_LETTER.search(svg) is None,
        )
    )


def to_pixels(
    svg: str, window: tuple[float, float, float, float] | None = None, zoom: float = 1.0
) -> NDArray[np.uint8]:
    """The same as pixels, shape=(height, width, 3).

    Examples
    --------
    >>> from core.presentation.svg_writing import SvgWriter
    >>> writer = SvgWriter(20, 10)
    >>> writer.rect(0, 0, 20, 10, fill="#FF0000")
    >>> to_pixels(writer.finish(), window=(0, 0, 10, 10), zoom=2.0).shape
    (20, 20, 3)
    """
    from PIL import Image

    with Image.open(io.BytesIO(to_png(svg, window, zoom))) as image:
        return np.asarray(image.convert("RGB"))


def _read_box(head: str) -> tuple[float, float, float, float]:
    x, y, width, height = (float(number) for number in head.rpartition('viewBox="')[2].rstrip('"').split())
    return x, y, width, height
