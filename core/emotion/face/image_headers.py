"""What a picture file says of itself in its first bytes, read without decoding anything.

A decoder allocates what the header claims, some of them on opening: so the claim is read here first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Markers of a JPEG that begin a frame and tell its size (ITU T.81, table B.1); 4, 8 and 12 are something else.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


@dataclass(frozen=True, kw_only=True)
class Header:
    """A claim.

    Attributes
    ----------
    kind : {"JPEG", "PNG", "GIF", "BMP", "WEBP"}
    width, height : int
        Pixels, as claimed.
    costly : bool
        Whether a JPEG must be held whole to be decoded: a progressive one.
    """

    kind: str
    width: int
    height: int
    costly: bool = False


def foreign_kind(data: bytes) -> str | None:
    """The name of a well-known format that is no picture this program reads; None where it is not one of them."""
    brand = data[8:12]
    if data[4:8] == b"ftyp":
        if brand in _HEIC_BRANDS:
            return "HEIC"
        return "AVIF" if brand in _AVIF_BRANDS else "video"
    for start, kind in (
        (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"%PDF", "PDF"), (b"8BPS", "Photoshop"), (b"PK\3\4", "ZIP"),
        (b"\x1a\x45\xdf\xa3", "video"), (b"ID3", "sound"), (b"OggS", "sound"), (b"fLaC", "sound"), (b"MThd", "MIDI"),
    ):  # fmt: skip
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI "):
        return "sound" if data[8:12] == b"WAVE" else "video"
    return "SVG" if b"<svg" in data[:1024].lower() else None


def read_header(data: bytes) -> Header | None:
    """The format and the claimed size of a picture.

    Parameters
    ----------
    data : bytes
        The whole file, or its beginning.

    Returns
    -------
    Header or None
        None where the bytes are not one of the five formats, or end before they tell a size.
    """
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", data, 16)
            return Header(kind="PNG", width=width, height=height)
        if data[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack_from("<HH", data, 6)
            return Header(kind="GIF", width=width, height=height)
        if data.startswith(b"BM"):
            return _bmp(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> Header | None:
    """Step from marker to marker up to the first frame."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:  # padding
            place += 1
        elif marker in _JPEG_BARE:
            place += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Header(kind="JPEG", width=width, height=height, costly=marker in _JPEG_PROGRESSIVE)
        else:
            place += 2 + max(2, struct.unpack_from(">H", data, place + 2)[0])
    return None


def _bmp(data: bytes) -> Header:
    if struct.unpack_from("<I", data, 14)[0] == 12:  # OS/2, with 16-bit sizes
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return Header(kind="BMP", width=abs(width), height=abs(height))


def _webp(data: bytes) -> Header | None:
    """Sizes of the three kinds of first chunk (RFC 9649, section 2)."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif chunk == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif chunk == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return Header(kind="WEBP", width=width, height=height)
