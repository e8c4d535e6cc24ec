"""Rasterize SVG drawings by resvg, with the fonts that are shipped: the same pixels on every machine."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray


def to_png(svg: str) -> bytes:
    """Rasterize an SVG drawing as a PNG file of its own width and height."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_family="DejaVu Sans"))


def to_pixels(svg: str) -> NDArray[np.uint8]:
    """Rasterize an SVG drawing as pixels, shape=(height, width, 3)."""
    from PIL import Image

    with Image.open(io.BytesIO(to_png(svg))) as image:
        return np.asarray(image.convert("RGB"))
