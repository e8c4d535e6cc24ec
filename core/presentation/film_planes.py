"""Frames of a film as YUV planes (BT.709, limited range, 4:2:0): conversion, copying of parts, laying color over them.

What a film shows stands still but for a few small places. A frame is therefore kept as the encoder takes it, and only
those places are copied back and painted anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.video import split_planes

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels, all even; the right and bottom ones lie outside."""

# ITU-R BT.709, section 3: luminance of red, green and blue. Not by `core.video.to_planes`: FFmpeg's scaler dithers, and
# paper that is not flat flickers where a part of it is painted anew.
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_STRIP = 64  # rows that are worked on at once: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Planes:
    """A picture as brightness and two planes of color.

    Attributes
    ----------
    y : np.ndarray of uint8 [shape=(height, width)]
    u, v : np.ndarray of uint8 [shape=(height / 2, width / 2)]
    whole : np.ndarray of uint8 [shape=(height * 3 // 2, width)] or None
        All three, of which they are views; None for a part of a picture.
    """

    y: Pixels
    u: Pixels
    v: Pixels
    whole: Pixels | None = None

    @classmethod
    def empty(cls, width: int, height: int) -> Planes:
        """Planes of even sides, not filled, in one array as `core.video.FilmWriter.write` takes it."""
        whole = np.empty((height * 3 // 2, width), np.uint8)
        return cls(*split_planes(whole), whole=whole)

    @classmethod
    def of(cls, pixels: Pixels) -> Planes:
        """Convert a picture of even sides.

        Parameters
        ----------
        pixels : np.ndarray of uint8 [shape=(height, width, 3)]
            sRGB.

        Examples
        --------
        >>> white = Planes.of(np.full((2, 2, 3), 255, np.uint8))
        >>> white.y.tolist(), white.u.tolist(), white.v.tolist()
        ([[235, 235], [235, 235]], [[128]], [[128]])
        """
        planes = cls.empty(pixels.shape[1], pixels.shape[0])
        for top in range(0, planes.height, _STRIP):
            rows, half = slice(top, top + _STRIP), slice(top // 2, (top + _STRIP) // 2)
            y, u, v = _to_yuv(pixels[rows].astype(np.float32))
            planes.y[rows], planes.u[half], planes.v[half] = y + 0.5, _halve(u) + 0.5, _halve(v) + 0.5
        return planes

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.y.shape[0])

    def copy(self) -> Planes:
        """The same picture, apart from this one."""
        copied = Planes.empty(self.width, self.height)
        copied.put(self, 0, 0)
        return copied

    def fill(self, color: tuple[float, float, float]) -> None:
        """Paint all of it in one color, as `color_of` gives it."""
        for plane, code in zip((self.y, self.u, self.v), color, strict=True):
            plane[:] = round(code)

    def cut(self, box: Box) -> Planes:
        """A part of the picture, which shares its memory."""
        left, top, right, bottom = box
        half = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
        return Planes(self.y[top:bottom, left:right], self.u[half], self.v[half])

    def put(self, part: Planes, left: int, top: int) -> None:
        """Copy a picture into this one, at even places."""
        place = self.cut((left, top, left + part.width, top + part.height))
        place.y[:], place.u[:], place.v[:] = part.y, part.u, part.v

    def restore(self, base: Planes, box: Box) -> None:
        """Copy a part of an equally large picture to the same place in this one."""
        self.put(base.cut(box), box[0], box[1])

    def lay(self, alpha: Float32Array, color: tuple[float, float, float], left: int, top: int) -> None:
        """Lay a color over the picture.

        Parameters
        ----------
        alpha : np.ndarray of float32 [shape=(height, width)]
            How much of the color is seen, 0 to 1; even sides, wholly inside the picture.
        color : (float, float, float)
            As `color_of` gives it.
        left, top : int
            Where it lies, even.
        """
        place = self.cut((left, top, left + alpha.shape[1], top + alpha.shape[0]))
        half = _halve(alpha)
        for plane, share, code in (
            (place.y, alpha, color[0]),
            (place.u, half, color[1]),
            (place.v, half, color[2]),
        ):
            plane[:] = plane + (code - plane) * share + 0.5

    def mix(self, other: Planes, share: float) -> None:
        """Fade to an equally large picture: 0 leaves this one, 1 is the other."""
        weight = np.int16(round(share * 64))
        for plane, target in ((self.y, other.y), (self.u, other.u), (self.v, other.v)):
            for top in range(0, len(plane), _STRIP):
                rows = plane[top : top + _STRIP]
                step = target[top : top + _STRIP].astype(np.int16) - rows
                rows[:] = rows + (step * weight + 32 >> 6)


def color_of(code: str) -> tuple[float, float, float]:
    """Brightness and color of a CSS hex code.

    Examples
    --------
    >>> [round(value) for value in color_of("#000000")]
    [16, 128, 128]
    """
    rgb = [int(code[i : i + 2], 16) for i in (1, 3, 5)]
    y, u, v = (float(np.floor(plane[0, 0] + 0.5)) for plane in _to_yuv(np.array([[rgb]], np.float32)))
    return y, u, v


def widen(left: float, top: float, right: float, bottom: float, within: Box) -> Box:
    """The smallest even box around a place, cut to what lies ``within``.

    Examples
    --------
    >>> widen(3.2, -5, 9, 7.5, (0, 0, 100, 100))
    (2, 0, 10, 8)
    """
    low_x, low_y, high_x, high_y = within
    x0 = min(max(int(left // 2) * 2, low_x), high_x)
    y0 = min(max(int(top // 2) * 2, low_y), high_y)
    x1 = min(max(-int(-right // 2) * 2, x0), high_x)
    y1 = min(max(-int(-bottom // 2) * 2, y0), high_y)
    return x0, y0, x1, y1


def _to_yuv(rgb: Float32Array) -> tuple[Float32Array, Float32Array, Float32Array]:
    red, green, blue = (rgb[..., i] for i in range(3))
    light = _RED * red + _GREEN * green + _BLUE * blue
    u = 128 + (blue - light) * np.float32(224 / 255 / (2 - 2 * _BLUE))
    v = 128 + (red - light) * np.float32(224 / 255 / (2 - 2 * _RED))
    return 16 + light * np.float32(219 / 255), u, v


def _halve(plane: Float32Array) -> Float32Array:
    """Mean of each two by two."""
    halved: Float32Array = 0.25 * (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2])
    return halved
