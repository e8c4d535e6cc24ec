"""A drawn face that a cascade takes for one: shaded head, eyes, brows, nose, mouth. No photograph is needed."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter


def drawn_face(side: int = 240, *, smile: float = 1.0, tilt_degrees: float = 0.0) -> NDArray[np.uint8]:
    """Draw a face on a light ground.

    Parameters
    ----------
    side : int
        Pixels of the picture; the face has about six tenths of them.
    smile : float in [-1, 1]
        Corners of the mouth up (1) or down (-1).
    tilt_degrees : float
        By how much the head leans, clockwise.

    Returns
    -------
    ndarray of uint8, shape=(side, side, 3)
    """
    size = 480  # drawn large, then shrunk: smooth edges
    image = Image.new("L", (size, size), 205)
    draw = ImageDraw.Draw(image)
    draw.ellipse((128, 60, 352, 330), fill=60)  # hair
    draw.rectangle((205, 350, 275, 480), fill=150)  # neck
    draw.pieslice((90, 410, 390, 640), 180, 360, fill=85)  # shoulders
    draw.ellipse((142, 92, 338, 396), fill=188)  # head
    for shade in range(30):  # cheeks turn away from the light
        draw.ellipse((142 + shade, 92 + shade, 338 - shade, 396 - shade), fill=158 + shade)
    draw.pieslice((138, 78, 342, 260), 180, 360, fill=60)  # hair over the forehead
    draw.ellipse((160, 130, 320, 230), fill=186)
    for middle in (195, 285):
        draw.ellipse((middle - 32, 196, middle + 32, 238), fill=138)  # socket
        draw.line((middle - 30, 194, middle, 184, middle + 30, 194), fill=60, width=9)  # brow
        draw.ellipse((middle - 24, 207, middle + 24, 231), fill=225)  # white
        draw.ellipse((middle - 12, 205, middle + 12, 232), fill=35)  # iris
        draw.line((middle - 26, 210, middle, 203, middle + 26, 210), fill=45, width=5)  # lid
    draw.polygon((232, 225, 248, 225, 262, 286, 218, 286), fill=198)  # bridge of the nose
    draw.ellipse((214, 276, 266, 298), fill=165)
    draw.ellipse((222, 284, 236, 294), fill=80)
    draw.ellipse((244, 284, 258, 294), fill=80)
    lift = 16 * smile
    mouth = [
        (190, 334 - lift),
        (215, 338 + lift / 2),
        (240, 340 + lift),
        (265, 338 + lift / 2),
        (290, 334 - lift),
    ]
    draw.line(mouth, fill=75, width=14, joint="curve")
    draw.line([(x, y + 12) for x, y in mouth[1:-1]], fill=150, width=7)
    image = image.filter(ImageFilter.GaussianBlur(2.5))
    if tilt_degrees:
        # PIL turns counterclockwise; beyond the border the ground goes on.
        image = image.rotate(-tilt_degrees, Image.Resampling.BICUBIC, fillcolor=205)
    gray = np.asarray(image.resize((side, side), Image.Resampling.LANCZOS), dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 2, gray.shape)
    warm = np.array([1.0, 0.92, 0.86])  # skin is not gray
    return np.asarray(((gray + noise)[:, :, None] * warm).clip(0, 255), dtype=np.uint8)


def as_file(rgb: NDArray[np.uint8], kind: str = "PNG", **options: object) -> bytes:
    """A picture's file in one of PIL's formats."""
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, kind, **options)
    return target.getvalue()
