"""A visitor's picture: checked before it is decoded, turned upright, made small. Nothing of it is kept."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.emotion.face.image_headers import Header, foreign_kind, read_header
from core.errors import InputError
from core.limits import (
    MAX_JPEG_PIXELS,
    MAX_PICTURE_BYTES,
    MAX_PICTURE_PIXELS,
    MEGABYTE,
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
        """What a visitor should know of it, in sentences."""
        return ["This picture is animated; its first frame is used."] if self.animated else []


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
    header = _check(data, name)
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=[header.kind]) as image:
            # The first frame of a GIF may be larger than its header says, so what counts is looked at again.
            _check_size(
                Header(kind=header.kind, width=image.width, height=image.height, costly=header.costly)
            )
            if header.kind == "BMP" and image.info.get("compression") in (1, 2):
                raise InputError("This BMP picture is compressed, which is not read. Save it as PNG or JPEG.")
            animated = bool(getattr(image, "is_animated", False))
            # A JPEG is decoded at a half, a quarter or an eighth of its size where that is still large enough.
            image.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
            orientation = _orientation(image)
            small = _turned(_shrunk(_plain(image)), orientation)
            rgb = np.array(small, dtype=np.uint8)
    except _UNREADABLE as error:
        raise InputError(
            f"This {header.kind} picture is damaged or incomplete. Save or take it again."
        ) from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise InputError(_too_large(header)) from error
    return Picture(rgb=rgb, kind=header.kind, animated=animated, original_size=(header.width, header.height))


# Before decoding.


def _check(data: bytes, name: str) -> Header:
    if not data:
        raise InputError(f"This picture is empty. {WORKS}")
    if len(data) > MAX_PICTURE_BYTES:
        raise InputError(
            f"This picture has {len(data) / MEGABYTE:.0f} MB; up to {MAX_PICTURE_BYTES // MEGABYTE} MB work. "
            "Save it smaller and try again."
        )
    kind = foreign_kind(data)
    if kind in ("HEIC", "AVIF"):
        raise InputError(
            f"This is {_article(kind)} {kind} photo, which is not read here. Save or share it as JPEG: on an iPhone, choose "
            "Settings, Camera, Formats, Most Compatible; a screenshot works, too."
        )
    header = read_header(data)
    if header is None:
        if (
            data[:3] == b"\xff\xd8\xff"
            or data[:8] == b"\x89PNG\r\n\x1a\n"
            or data[:4] == b"GIF8"
            or data[8:12] == b"WEBP"
        ):
            raise InputError("This picture is damaged: its beginning tells no size. Save or take it again.")
        came = f"{_article(kind)} {kind} file" if kind else _from_name(name)
        raise InputError(f"This is {came}, not a picture that can be read. {WORKS}")
    _check_size(header)
    return header


def _article(kind: str) -> str:
    return "an" if kind in ("AVIF", "SVG") else "a"


def _from_name(name: str) -> str:
    """A guess at what came, from the ending alone: the name itself may be private and long."""
    _, dot, ending = name.rpartition(".")
    return (
        f"a .{ending.lower()} file"
        if dot and ending.isalnum() and len(ending) <= 5
        else "another kind of file"
    )


def _check_size(header: Header) -> None:
    if header.width <= 0 or header.height <= 0:
        raise InputError(
            f"This {header.kind} picture is damaged: it claims to have no pixels. Save it again."
        )
    limit = MAX_JPEG_PIXELS if header.kind == "JPEG" and not header.costly else MAX_PICTURE_PIXELS
    if header.width * header.height > limit:
        raise InputError(_too_large(header))
    if min(header.width, header.height) < MIN_PICTURE_SIDE:
        raise InputError(
            f"This picture has {header.width} x {header.height} pixels, too few to see a face. "
            f"Both sides need at least {MIN_PICTURE_SIDE}."
        )


def _too_large(header: Header) -> str:
    plain = header.kind == "JPEG" and not header.costly
    limit = MAX_JPEG_PIXELS if plain else MAX_PICTURE_PIXELS
    return (
        f"This picture claims {header.width} x {header.height} pixels, {header.width * header.height / 1e6:,.0f} "
        f"megapixels; up to {limit // 1_000_000} work for "
        f"{'a JPEG' if plain else 'this kind of file'}. Make it smaller and try again."
    )


# Decoding.


def _orientation(image: Image) -> int:
    """How the camera was held, 1 to 8; 1, upright, where the file does not say or says it wrongly."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _UNREADABLE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turned(image: Image, orientation: int) -> Image:
    """Undo the camera's turn or mirror (EXIF 2.32, table 6, tag Orientation)."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(turns[orientation]) if orientation in turns else image


def _plain(image: Image) -> Image:
    """Decode to grey, RGB or, where something is transparent, RGBA, with eight bits a channel."""
    from PIL import Image as images

    if image.mode.startswith("I"):
        # Sixteen bits a pixel: PIL's own conversion would clip everything above 255 to white.
        return images.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.mode in ("LA", "La", "PA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")


def _shrunk(image: Image) -> Image:
    """At most 1600 pixels on the longer side, on white, RGB."""
    from PIL import Image as images

    if max(image.size) > PICTURE_SIDE:
        scale = PICTURE_SIDE / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, images.Resampling.BILINEAR, reducing_gap=2.0)
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = images.new("RGBA", image.size, (255, 255, 255, 255))
    return images.alpha_composite(white, image).convert("RGB")
