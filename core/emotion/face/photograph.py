"""Reading photographs: checked before they are decoded, turned upright, made small. Nothing of them is kept."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.emotion.face.picture_structure import check_gif, check_jpeg
from core.errors import InputError
from core.files.reading import check_file_size
from core.files.signatures import TEXT, recognize_file
from core.limits import (
    MAX_JPEG_PIXELS,
    MAX_PICTURE_BYTES,
    MAX_PICTURE_PIXELS,
    MIN_PICTURE_SIDE,
    PICTURE_SIDE,
)

if TYPE_CHECKING:
    from PIL.Image import Image

WORKS = "A JPEG, PNG, WebP, GIF or BMP picture works."
_ORIENTATION = 0x0112  # the EXIF tag that tells how the camera was held
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, upright.

    Attributes
    ----------
    rgb : ndarray of uint8, shape=(height, width, 3)
        At most 1600 pixels on the longer side; what was transparent is white.
    kind : str
        The file's format, such as ``"JPEG"``.
    animated : bool
        Whether the file has more pictures than this one, its first.
    original_size : tuple of int
        Width and height in the file, pixels, before turning.
    """

    rgb: NDArray[np.uint8]
    kind: str
    animated: bool
    original_size: tuple[int, int]

    @property
    def notes(self) -> list[str]:
        """Notes for the visitor on this picture."""
        return ["This picture is animated. Its first frame is used."] if self.animated else []


def read_picture(data: bytes, name: str = "picture") -> Picture:
    """Read an uploaded or photographed picture.

    Parameters
    ----------
    data : bytes
        A JPEG, PNG, WebP, GIF or BMP file; of an animated one, the first frame counts.
    name : str
        The file's name, used to tell an unreadable upload's kind; its content decides all else.

    Returns
    -------
    Picture

    Raises
    ------
    InputError
        If it is no such picture, is damaged, or is too large or too small. Sizes are those that the header
        claims and are refused before anything is decoded.
    """
    kind = _recognize(data, name)
    from PIL import Image

    image = _open(data, kind)
    original_size = image.size
    try:
        with image:
            if kind == "BMP" and image.info.get("compression") in (1, 2):
                raise InputError("This BMP picture is compressed, which is not read. Save it as PNG or JPEG.")
            animated = bool(getattr(image, "is_animated", False))
            # A JPEG is decoded at a half, a quarter or an eighth of its size where that is still large enough.
            image.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
            orientation = _read_orientation(image)
            small = _turn_upright(_shrink(_decode(image)), orientation)
            rgb = np.array(small, dtype=np.uint8)
    except _UNREADABLE as error:
        raise InputError(f"This {kind} picture is damaged or incomplete. Save or take it again.") from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise InputError("This picture takes too much memory. Make it smaller and try again.") from error
    return Picture(rgb=rgb, kind=kind, animated=animated, original_size=original_size)


# Before decoding.


def _recognize(data: bytes, name: str) -> str:
    """Pillow's name of the format; raises InputError for any other content."""
    if not data:
        raise InputError(f"This picture is empty. {WORKS}")
    check_file_size(len(data), MAX_PICTURE_BYTES, "This picture", advice="Save it smaller and try again.")
    kind = recognize_file(data)
    if kind is None or kind is TEXT:
        raise InputError(f"This is {_guess_from_name(name)}, not a picture that can be read. {WORKS}")
    if kind.what in ("a HEIC picture", "an AVIF picture"):
        raise InputError(
            f"This is {kind.what}, which is not read here. Save or share it as JPEG: on an iPhone, choose "
            "Settings, Camera, Formats, Most Compatible. A screenshot works as well."
        )
    if kind.family != "picture":
        raise InputError(f"This is {kind.what}, not a picture that can be read. {WORKS}")
    if not kind.reader:
        raise InputError(f"This is {kind.what}, which is not read here. {WORKS}")
    return kind.reader


def _guess_from_name(name: str) -> str:
    """Guess the format from the file extension, for the error message."""
    _, dot, ending = name.rpartition(".")
    if dot and ending.isalnum() and len(ending) <= 5:
        return f"a .{ending.lower()} file"
    return "another kind of file"


def _open(data: bytes, kind: str) -> Image:
    """Open a picture and check its declared size before decoding."""
    from PIL import Image as images

    images.init()
    # What Pillow would walk through for long is counted before it opens the file.
    holds_all_colors = check_jpeg(data) if kind == "JPEG" else True
    if kind == "GIF":
        _check_pixels(check_gif(data), MAX_PICTURE_PIXELS)
    try:
        # Not through Image.open, whose own check of the size warns and does not tell what it is.
        image: Image = images.OPEN[kind][0](io.BytesIO(data), "")
    except _UNREADABLE as error:
        raise InputError(
            "This picture is damaged: its header gives no size. Save or take it again."
        ) from error
    except (images.DecompressionBombError, images.DecompressionBombWarning) as error:
        raise InputError(_too_large("more than 89 megapixels", MAX_PICTURE_PIXELS)) from error
    width, height = image.size
    # A progressive JPEG, or one with a scan for each color, must be held whole to be decoded.
    is_plain = kind == "JPEG" and holds_all_colors and not image.info.get("progressive")
    _check_pixels(image.size, MAX_JPEG_PIXELS if is_plain else MAX_PICTURE_PIXELS)
    if min(width, height) < MIN_PICTURE_SIDE:
        raise InputError(
            f"This picture has {width} x {height} pixels, too few to see a face. "
            f"Both sides need at least {MIN_PICTURE_SIDE}."
        )
    return image


def _check_pixels(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise InputError(
            _too_large(f"{width} x {height} pixels, {width * height / 1e6:,.0f} megapixels", limit)
        )


def _too_large(claim: str, limit: int) -> str:
    what = "a JPEG" if limit == MAX_JPEG_PIXELS else "this kind of file"
    return f"This picture claims {claim}; up to {limit // 1_000_000} work for {what}. Make it smaller and try again."


# Decoding.


def _read_orientation(image: Image) -> int:
    """How the camera was held, 1 to 8; 1, upright, where the file does not say or says it wrongly."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _UNREADABLE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turn_upright(image: Image, orientation: int) -> Image:
    """Undo the camera's turn or mirror (EXIF 2.32, table 6, tag Orientation)."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _decode(image: Image) -> Image:
    """Decode to gray, RGB or, where something is transparent, RGBA, with eight bits a channel."""
    from PIL import Image as images

    if image.mode.startswith("I"):
        # Sixteen bits a pixel: PIL's own conversion would clip everything above 255 to white.
        return images.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.mode in ("LA", "La", "PA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")


def _shrink(image: Image) -> Image:
    """Shrink to at most 1600 pixels on the longer side, RGB on white."""
    from PIL import Image as images

    if max(image.size) > PICTURE_SIDE:
        scale = PICTURE_SIDE / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, images.Resampling.BILINEAR, reducing_gap=2.0)
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = images.new("RGBA", image.size, (255, 255, 255, 255))
    return images.alpha_composite(white, image).convert("RGB")
