"""Structure checks of JPEG and GIF files: segments, scans and blocks are counted before decoding.

Pillow keeps each segment and each block of a comment as an object of its own, and libjpeg goes through the whole
picture for each scan: a file of 24 MB that holds nothing else costs a gigabyte, one of 200 kB half a minute.
"""

from __future__ import annotations

import re

from core.errors import InputError

# A color profile takes up to 255 segments, an extended description of 25 MB four hundred.
MAX_SEGMENTS = 2_000
# Encoders write 10 or so; each costs 10 ms of 24 megapixels, and more where there is much to refine.
MAX_SCANS = 100
# Blocks hold up to 255 bytes, so that 25 MB of whole ones are a hundred thousand.
MAX_BLOCKS = 200_000

_MARKER = re.compile(rb"\xff[^\x00\xff]")
# In the data of a scan, 0xff stands before 0 and the restart markers only.
_MARKER_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_TOO_MANY = "This {} picture is built of {}. Save it again with a picture program."


def check_jpeg(data: bytes) -> bool:
    """Refuse a JPEG of very many segments or scans.

    Returns
    -------
    bool
        Whether its first scan holds all colors. If not, a decoder must hold the picture whole.

    Raises
    ------
    InputError
        If there are more than ``MAX_SEGMENTS`` before the picture, or more than ``MAX_SCANS``.
    """
    from PIL.JpegImagePlugin import MARKER

    at, n_colors = 2, 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return True  # the decoder will say that nothing is there
        marker, at = data[found.start() + 1], found.end()
        if marker == _START_OF_SCAN:
            _check_scans(data, at)
            return data[at + 2 : at + 3] >= bytes([n_colors])
        # Pillow skips the content of those that it has a reader for, and so does this.
        if MARKER.get(0xFF00 | marker, ("", "", None))[2] is not None:
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                n_colors = int.from_bytes(data[at + 7 : at + 8], "big")
            at += int.from_bytes(data[at : at + 2], "big")
    raise InputError(_TOO_MANY.format("JPEG", f"more than {MAX_SEGMENTS:,} segments"))


def _check_scans(data: bytes, at: int) -> None:
    # Nearly every file passes here; what follows the picture, such as a film, may hold the bytes by chance.
    if data.count(b"\xff\xda", at) < MAX_SCANS:
        return
    n_scans = 1
    while (found := _MARKER_BEHIND_SCAN.search(data, at)) is not None:
        marker, at = data[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE:
            return
        n_scans += marker == _START_OF_SCAN
        if n_scans > MAX_SCANS:
            raise InputError(_TOO_MANY.format("JPEG", f"more than {MAX_SCANS} scans"))
        if marker != 0x01:  # the only other one without a length
            at += int.from_bytes(data[at : at + 2], "big")


def check_gif(data: bytes) -> tuple[int, int]:
    """Refuse a GIF of very many blocks, and find the size of its first frame.

    Returns
    -------
    tuple of int
        Width and height in pixels that the file's screen and its first frame need; those of the screen where
        there is no frame.

    Raises
    ------
    InputError
        If more than ``MAX_BLOCKS`` stand before its second frame.
    """
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (6, 8))
    flags = data[10] if len(data) > 10 else 0
    at = 13 + _palette_bytes(flags)
    n_frames = 0
    n_left = MAX_BLOCKS
    while at < len(data) and data[at] != 0x3B:
        kind, at = data[at], at + 1
        n_left -= 1
        if kind == 0x2C:
            n_frames += 1
            if n_frames == 2:
                break
            left, top, wide, high = (int.from_bytes(data[i : i + 2], "little") for i in range(at, at + 8, 2))
            width, height = max(width, left + wide), max(height, top + high)
            # Behind the extent: flags, perhaps a palette, and the number of bits.
            at += 10 + _palette_bytes(data[at + 8] if at + 8 < len(data) else 0)
        elif kind == 0x21:
            at += 1
        else:
            continue  # not a block; Pillow, too, looks for the next one
        while at < len(data) and data[at]:
            at += 1 + data[at]
            n_left -= 1
            if n_left < 0:
                raise InputError(_TOO_MANY.format("GIF", f"more than {MAX_BLOCKS:,} small blocks"))
        at += 1
        if n_left < 0:
            raise InputError(_TOO_MANY.format("GIF", f"more than {MAX_BLOCKS:,} small blocks"))
    return width, height


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
