"""RGB pictures to planar YUV 4:2:0 (BT.709, limited range), the form in which video is encoded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def to_planes(picture: Bytes, size: tuple[int, int] | None = None) -> Bytes:
    """Convert an RGB picture to YUV 4:2:0, all three planes in one array.

    Parameters
    ----------
    picture : ndarray of uint8, shape=(height, width, 3)
        sRGB.
    size : (int, int), optional
        Width and height of the result, even numbers, to which the picture is scaled bicubically; its own if not given.

    Returns
    -------
    ndarray of uint8, shape=(height * 3 // 2, width)
        The rows of Y, then those of U and V at half the size. `split_planes` gives the three as views.

    Raises
    ------
    ValueError
        If the picture has another shape, or a side of the result is odd.

    Examples
    --------
    >>> white = to_planes(np.full((4, 6, 3), 255, dtype=np.uint8))
    >>> white.shape, int(white[0, 0]), int(white[-1, -1])
    ((6, 6), 235, 128)
    """
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"picture must have the shape (height, width, 3), got {picture.shape}")
    width, height = size or (picture.shape[1], picture.shape[0])
    if width % 2 or height % 2:
        raise ValueError(f"both sides must be even, got {width} x {height}")
    planes: Bytes = reformat(picture, (width, height)).to_ndarray()
    return planes


def split_planes(planes: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    """Y, U and V of an array of planes, as views: what is written into them is in the array.

    Examples
    --------
    >>> frame = to_planes(np.zeros((4, 8, 3), dtype=np.uint8))
    >>> [plane.shape for plane in split_planes(frame)]
    [(4, 8), (2, 4), (2, 4)]
    """
    width = planes.shape[1]
    height = len(planes) * 2 // 3
    flat = planes.reshape(-1)
    n, quarter = height * width, height * width // 4
    half = (height // 2, width // 2)
    return planes[:height], flat[n : n + quarter].reshape(half), flat[n + quarter :].reshape(half)


def reformat(picture: Bytes, size: tuple[int, int]) -> Any:
    """An RGB picture as PyAV's frame in YUV 4:2:0 of this width and height; scaled bicubically where it differs."""
    import av

    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    return frame.reformat(
        *size,
        format="yuv420p",
        interpolation="BICUBIC",
        dst_colorspace="ITU709",
        src_color_range="JPEG",
        dst_color_range="MPEG",
    )
