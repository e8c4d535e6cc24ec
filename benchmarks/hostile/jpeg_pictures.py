"""Hostile JPEG photographs: absurd sizes, segments, scans, restarts and notes of cameras."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.hostile.kinds import Dice, hostile


def saved(form: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **how: Any) -> bytes:
    """A picture of one color, or of noise where it is small."""
    width, height = size
    if width * height <= 10_000 and mode == "RGB":
        noise = np.random.default_rng(width * height).integers(0, 255, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(noise)
    else:
        image = Image.new(mode, size, 128 if mode in ("L", "P") else None)
    stream = io.BytesIO()
    image.save(stream, form, **how)
    return stream.getvalue()


def choose_size(dice: Dice, pixels: int) -> tuple[int, int]:
    """Width and height of up to so many pixels, square or narrow."""
    n = dice.size(40 * 40, pixels)
    width = min(30_000, max(24, int(n**0.5 * dice.choice((1, 1, 4, 0.25)))))
    return width, max(24, min(30_000, n // width))


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG file."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def behind_start(jpeg: bytes, more: bytes) -> bytes:
    """Segments put right behind the start of a JPEG file."""
    return jpeg[:2] + more + jpeg[2:]


def repeat_last_scan(jpeg: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + scan * times + jpeg[-2:]


def count_scans(jpeg: bytes) -> int:
    """How many scans begin in a JPEG file."""
    return jpeg.count(b"\xff\xda")


@hostile("jpg", "picture", valid=True)
def jpeg_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small photograph, so that the others are known to be well made."""
    return saved("JPEG", (dice.randint(30, 300), dice.randint(30, 300)), progressive=dice.random() < 0.5)


@hostile("jpg", "picture", fault=10)
def jpeg_scans(dice: Dice) -> bytes:
    """A progressive JPEG of twenty-four megapixels whose last scan comes 1,200 times."""
    jpeg = saved("JPEG", choose_size(dice, 24_000_000), progressive=True, quality=30)
    return repeat_last_scan(jpeg, dice.size(2, 1_200))


@hostile("jpg", "picture", fault=10)
def jpeg_segments(dice: Dice) -> bytes:
    """Millions of empty segments, comments, notes or tables before the picture."""
    marker = dice.choice((0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xEF, 0xDB, 0xC4, 0xDD))
    content = dice.pick(
        b"",
        b"",
        b"x",
        b"Exif\0\0",
        b"ICC_PROFILE\0\1\1",
        b"MPF\0",
        b"Photoshop 3.0\0",
        b"JFIF\0\1\1\0\0\1\0\1\0\0",
        b"\0\4",
        b"http://ns.adobe.com/xap/1.0/\0",
    )
    unit = segment(marker, content)
    return behind_start(saved("JPEG"), unit * dice.size(2, 24_000_000 // len(unit)))


@hostile("jpg", "picture")
def jpeg_large_segments(dice: Dice) -> bytes:
    """Segments of sixty-four kilobytes that together hold a profile or notes of megabytes."""
    head = dice.pick(
        b"ICC_PROFILE\0\1\xff",
        b"Exif\0\0II*\0",
        b"Photoshop 3.0\0" + b"8BIM\4\4" * 9_000,
        b"x",
        b"MPF\0II*\0\x08\0\0\0" + b"\xff" * 60_000,
    )
    unit = segment(dice.choice((0xE1, 0xE2, 0xED)), (head + b"\0" * 65_533)[:65_533])
    return behind_start(saved("JPEG"), unit * dice.size(1, 370))


@hostile("jpg", "picture")
def jpeg_restarts(dice: Dice) -> bytes:
    """A restart marker behind each block, out of order, or ten million of them."""
    jpeg = behind_start(
        saved("JPEG", choose_size(dice, 1_000_000)),
        segment(0xDD, struct.pack(">H", dice.choice((1, 2, 65_535)))),
    )
    end = jpeg.rindex(b"\xff\xd9")
    return (
        jpeg[:end]
        + dice.pick(b"\xff\xd0", b"\xff\xd3\xff\xd7", b"\xff\xff", b"\xff\x00", b"\xff\xd0" + b"\0" * 7)
        * dice.size(2, 2_000_000)
        + jpeg[end:]
    )


@hostile("jpg", "picture")
def jpeg_filling(dice: Dice) -> bytes:
    """Megabytes of filling bytes between the segments, or behind the end."""
    filling = dice.pick(b"\xff", b"\0", b"\xff\xd8", b"x") * dice.size(10, 20_000_000)
    jpeg = saved("JPEG")
    return dice.pick(behind_start(jpeg, filling), jpeg + filling, jpeg[:-20] + filling + jpeg[-20:])


@hostile("jpg", "picture")
def jpeg_claimed_size(dice: Dice) -> bytes:
    """A small picture that claims to be any size, depth, or number of colors."""
    jpeg = bytearray(saved("JPEG", progressive=dice.random() < 0.5))
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    sizes = (0, 1, 24, 4_000, 8_000, 65_535)
    struct.pack_into(">HH", jpeg, at + 5, dice.choice(sizes), dice.choice(sizes))
    if dice.random() < 0.3:
        jpeg[at + dice.choice((1, 4, 9, 11, 14))] = dice.choice((0, 1, 4, 8, 12, 0x11, 0x44, 0xC3, 0xC9, 255))
    return bytes(jpeg)


def camera_notes(entries: list[tuple[int, int, int, int]], following: int = 0, more: bytes = b"") -> bytes:
    """Notes of a camera: one directory of entries (tag, type, count, value) at 8, and where the next one is."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"Exif\0\0II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries) & 0xFFFF)
        + body
        + struct.pack("<I", following)
        + more
    )


@hostile("jpg", "picture")
def exif_circles(dice: Dice) -> bytes:
    """Directories of notes that follow or hold themselves, with orientations that are none."""
    odd = [
        (
            0x0112,
            dice.choice((1, 2, 3, 4, 5, 7, 10, 12, 13, 99)),
            dice.choice((0, 1, 2, 2**31)),
            dice.choice((0, 1, 6, 8, 9, 2**32 - 1)),
        )
    ]
    inner = [
        (dice.choice((0x8769, 0x8825, 0xA005, 0x927C, 0x014A)), 4, 1, dice.choice((8, 0, 26, 2**31)))
        for _ in range(dice.size(1, 5_000))
    ]
    notes = camera_notes(odd + inner, following=dice.choice((8, 0, 10, 2**32 - 1)))
    return behind_start(saved("JPEG"), segment(0xE1, notes[:65_000]))


@hostile("jpg", "picture")
def exif_large(dice: Dice) -> bytes:
    """Notes that say they have two billion values, in thousands of entries, or in many segments."""
    entries = [
        (
            dice.choice((0x010E, 0x0112, 0x9286, i)),
            dice.choice((2, 5, 7, 10, 12)),
            dice.choice((2**31, 2**29, 8_000)),
            8,
        )
        for i in range(dice.size(1, 5_400))
    ]
    return behind_start(saved("JPEG"), segment(0xE1, camera_notes(entries)[:65_000]) * dice.size(1, 300))


@hostile("jpg", "picture")
def jpeg_several_pictures(dice: Dice) -> bytes:
    """A file that says it holds thousands of pictures more, as phones write them, at places that are none."""
    n = dice.size(1, 4_000)
    entries = struct.pack("<HHII", 0xB000, 7, 4, 0x30303130) + struct.pack(
        "<HHII", 0xB001, 4, 1, dice.choice((n, 2**31, 0))
    )
    entries += struct.pack("<HHII", 0xB002, 7, 16 * n, 50)
    pictures = b"".join(
        struct.pack("<IIIHH", 0x20030000, dice.choice((0, 9, 2**31)), dice.choice((0, 8, 2**32 - 1)), 0, 0)
        for _ in range(n)
    )
    notes = b"MPF\0II*\0\x08\0\0\0" + struct.pack("<H", 3) + entries + struct.pack("<I", 0) + pictures
    return behind_start(saved("JPEG"), segment(0xE2, notes[:65_000])) + saved("JPEG")


@hostile("jpg", "picture")
def jpeg_large_and_plain(dice: Dice) -> bytes:
    """Photographs of up to sixty-four megapixels, in gray, color or four inks."""
    mode = dice.choice(("L", "RGB", "CMYK"))
    return saved("JPEG", choose_size(dice, 64_000_000), mode, quality=20, progressive=dice.random() < 0.3)
