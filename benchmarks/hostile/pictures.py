"""Hostile photographs: JPEG, PNG, GIF, WebP and BMP of absurd sizes, segments, scans, frames and notes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import chunk, riff


def _saved(form: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **how: Any) -> bytes:
    """A picture of one colour, or of noise where it is small."""
    width, height = size
    if width * height <= 10_000 and mode == "RGB":
        noise = np.random.default_rng(width * height).integers(0, 255, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(noise)
    else:
        image = Image.new(mode, size, 128 if mode in ("L", "P") else None)
    stream = io.BytesIO()
    image.save(stream, form, **how)
    return stream.getvalue()


def _side(dice: Dice, pixels: int) -> tuple[int, int]:
    """Width and height of up to so many pixels, square or narrow."""
    n = dice.size(40 * 40, pixels)
    width = min(30_000, max(24, int(n**0.5 * dice.choice((1, 1, 4, 0.25)))))
    return width, max(24, min(30_000, n // width))


# JPEG.


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
    return _saved("JPEG", (dice.randint(30, 300), dice.randint(30, 300)), progressive=dice.random() < 0.5)


@hostile("jpg", "picture", fault=10)
def jpeg_scans(dice: Dice) -> bytes:
    """A progressive JPEG of twenty-four megapixels whose last scan comes 1,200 times."""
    jpeg = _saved("JPEG", _side(dice, 24_000_000), progressive=True, quality=30)
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
    return behind_start(_saved("JPEG"), unit * dice.size(2, 24_000_000 // len(unit)))


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
    return behind_start(_saved("JPEG"), unit * dice.size(1, 370))


@hostile("jpg", "picture")
def jpeg_restarts(dice: Dice) -> bytes:
    """A restart marker behind each block, out of order, or ten million of them."""
    jpeg = behind_start(
        _saved("JPEG", _side(dice, 1_000_000)), segment(0xDD, struct.pack(">H", dice.choice((1, 2, 65_535))))
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
    jpeg = _saved("JPEG")
    return dice.pick(behind_start(jpeg, filling), jpeg + filling, jpeg[:-20] + filling + jpeg[-20:])


@hostile("jpg", "picture")
def jpeg_claimed_size(dice: Dice) -> bytes:
    """A small picture that claims to be any size, depth, or number of colours."""
    jpeg = bytearray(_saved("JPEG", progressive=dice.random() < 0.5))
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    sizes = (0, 1, 24, 4_000, 8_000, 65_535)
    struct.pack_into(">HH", jpeg, at + 5, dice.choice(sizes), dice.choice(sizes))
    if dice.random() < 0.3:
        jpeg[at + dice.choice((1, 4, 9, 11, 14))] = dice.choice((0, 1, 4, 8, 12, 0x11, 0x44, 0xC3, 0xC9, 255))
    return bytes(jpeg)


def _exif(entries: list[tuple[int, int, int, int]], following: int = 0, more: bytes = b"") -> bytes:
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
    notes = _exif(odd + inner, following=dice.choice((8, 0, 10, 2**32 - 1)))
    return behind_start(_saved("JPEG"), segment(0xE1, notes[:65_000]))


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
    return behind_start(_saved("JPEG"), segment(0xE1, _exif(entries)[:65_000]) * dice.size(1, 300))


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
    return behind_start(_saved("JPEG"), segment(0xE2, notes[:65_000])) + _saved("JPEG")


@hostile("jpg", "picture")
def jpeg_large_and_plain(dice: Dice) -> bytes:
    """Photographs of up to sixty-four megapixels, in grey, colour or four inks."""
    mode = dice.choice(("L", "RGB", "CMYK"))
    return _saved("JPEG", _side(dice, 64_000_000), mode, quality=20, progressive=dice.random() < 0.3)


# PNG.


def png_chunk(name: bytes, content: bytes, *, size: int | None = None, right: bool = True) -> bytes:
    """A chunk of a PNG file; its length and its checksum may be wrong."""
    check = zlib.crc32(name + content) ^ (not right)
    return (
        struct.pack(">I", len(content) if size is None else size) + name + content + struct.pack(">I", check)
    )


def png(
    size: tuple[int, int],
    *,
    depth: int = 8,
    colour: int = 2,
    interlaced: int = 0,
    before: bytes = b"",
    rows: bytes | None = None,
) -> bytes:
    """A black PNG picture; what is before its picture data may be anything."""
    width, height = size
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    if rows is None:
        packer = zlib.compressobj(1)
        row = bytes(1 + (width * depth * channels + 7) // 8)
        packed = b"".join(packer.compress(row * 64) for _ in range(height // 64 + 1)) + packer.flush()
    else:
        packed = rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + before
        + png_chunk(b"IDAT", packed)
        + png_chunk(b"IEND", b"")
    )


_PALETTE = png_chunk(b"PLTE", bytes(768))


@hostile("png", "picture", valid=True)
def png_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small picture, so that the others are known to be well made."""
    return png((dice.randint(30, 300), dice.randint(30, 300)))


@hostile("png", "picture")
def png_large(dice: Dice) -> bytes:
    """Twenty-four megapixels of each depth and colour, interlaced or not, that pack to kilobytes."""
    depth, colour = dice.choice(
        ((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6))
    )
    clear = (
        png_chunk(b"tRNS", {0: bytes(2), 2: bytes(6), 3: bytes(200)}.get(colour, b""))
        if dice.random() < 0.4
        else b""
    )
    before = (_PALETTE if colour == 3 else b"") + clear
    return png(
        _side(dice, 24_000_000),
        depth=depth,
        colour=colour,
        interlaced=int(dice.random() < 0.3),
        before=before,
    )


@hostile("png", "picture")
def png_texts(dice: Dice) -> bytes:
    """Texts that unpack to a thousand times their size, thousands of them."""
    packed = zlib.compress(b"\0" * dice.size(100, 60_000_000), 1)
    unit = dice.choice((png_chunk(b"zTXt", b"k\0\0" + packed), png_chunk(b"iTXt", b"k\0\1\0\0\0" + packed), png_chunk(b"iCCP", b"k\0\0" + packed),
                        png_chunk(b"tEXt", b"k\0" + b"x" * 300), png_chunk(b"iTXt", b"k\0\0\0\0\0" + b"\xff" * 9)))  # fmt: skip
    return png((40, 40), before=unit * dice.size(1, max(1, min(100_000, 24_000_000 // len(unit)))))


@hostile("png", "picture")
def png_many_chunks(dice: Dice) -> bytes:
    """Hundreds of thousands of chunks: empty data, palettes, clocks, unknown ones, wrong sums."""
    name = dice.pick(
        b"IDAT",
        b"PLTE",
        b"tIME",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"pHYs",
        b"eXIf",
        b"abCd",
        b"ABCD",
        b"tRNS",
        b"IHDR",
        b"fcTL",
        b"acTL",
        b"iTXt",
        b"bKGD",
    )
    content = dice.pick(b"", b"", bytes(4), bytes(8), bytes(26), bytes(32))
    unit = png_chunk(name, content, right=dice.random() < 0.8)
    return png((40, 40), before=unit * dice.size(1, 24_000_000 // len(unit)))


@hostile("png", "picture")
def png_claimed_size(dice: Dice) -> bytes:
    """Sizes, depths, colours and lengths that are none, or that the data does not fill."""
    sides = (0, 1, 24, 4_000, 5_000, 2**31 - 1, 2**31, 2**32 - 1)
    rows = zlib.compress(bytes(dice.size(1, 100_000)))
    size = (dice.choice(sides), dice.choice(sides)) if dice.random() < 0.7 else (40, 40)
    return png(
        size,
        depth=dice.choice((0, 1, 3, 8, 16, 32)),
        colour=dice.choice((0, 1, 2, 3, 4, 5, 6)),
        interlaced=dice.choice((0, 1, 2)),
        rows=rows,
    )


@hostile("png", "picture")
def png_data_bomb(dice: Dice) -> bytes:
    """Picture data that unpacks to far more than the picture has."""
    packer = zlib.compressobj(9)
    zeros = bytes(1_000_000)
    rows = b"".join(packer.compress(zeros) for _ in range(dice.size(1, 1_000))) + packer.flush()
    return png((40, 40), rows=rows)


@hostile("png", "picture")
def png_animated(dice: Dice) -> bytes:
    """Hundreds of thousands of frames, larger than the picture or of no size."""
    n = dice.size(1, 200_000)
    control = png_chunk(b"acTL", struct.pack(">II", dice.choice((n, 0, 2**31)), 0))
    frame = struct.pack(
        ">IIIIIHHBB",
        0,
        dice.choice((40, 2**31, 0)),
        40,
        dice.choice((0, 2**31)),
        0,
        1,
        10,
        dice.choice((0, 9)),
        0,
    )
    return png((40, 40), before=control + png_chunk(b"fcTL", frame) * n)


# GIF, WebP and BMP.


def gif(size: tuple[int, int], *frames: bytes, palette: bool = True) -> bytes:
    """A GIF file of some frames and blocks."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *size, 0x80 if palette else 0, 0, 0)
        + (bytes(6) if palette else b"")
        + b"".join(frames)
        + b";"
    )


def gif_pixels(n: int) -> bytes:
    """Picture data of so many pixels of the first colour: two codes of three bits between codes that clear."""
    codes = [4, 0, 0] * (n // 2) + [4, 0] * (n % 2) + [5]
    value = sum(code << 3 * i for i, code in enumerate(codes))
    packed = value.to_bytes((3 * len(codes) + 7) // 8, "little")
    blocks = [packed[i : i + 255] for i in range(0, len(packed), 255)]
    return b"\x02" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


_SQUARE = gif_pixels(40 * 40)


def gif_frame(
    size: tuple[int, int], data: bytes = _SQUARE, *, at: tuple[int, int] = (0, 0), flags: int = 0
) -> bytes:
    """A frame of a GIF file; its data are of forty pixels square where none are given."""
    return b"," + struct.pack("<HHHHB", *at, *size, flags) + data


@hostile("gif", "picture", valid=True)
def gif_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small picture, so that the others are known to be well made."""
    return _saved("GIF", (dice.randint(30, 300), dice.randint(30, 300)))


@hostile("gif", "picture", fault=21)
def gif_large_frame(dice: Dice) -> bytes:
    """A screen of thirty pixels with a first frame of any size at any place."""
    sides = (1, 30, 5_000, 65_535, 0)
    frame = gif_frame(
        (dice.choice(sides), dice.choice(sides)),
        at=(dice.choice((0, 0, 65_535)), dice.choice((0, 0, 30))),
        flags=dice.choice((0, 0x40, 0x80)),
    )
    return gif((30, 30), frame, gif_frame((dice.choice(sides), dice.choice(sides))))


@hostile("gif", "picture")
def gif_many_frames(dice: Dice) -> bytes:
    """Hundreds of thousands of frames, with or without a pause, a comment or a picture."""
    unit = dice.choice(
        (
            gif_frame((1, 1), gif_pixels(1)),
            b"!\xf9\x04\x00\x00\x00\x00\x00" + gif_frame((40, 40)),
            b"!\xfe\x01a\x00",
            b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00",
            b"!\x01\x00",
            b"\x00",
        )
    )
    first = gif_frame((40, 40)) if dice.random() < 0.7 else b""
    return gif((40, 40), first + unit * dice.size(2, 24_000_000 // len(unit)), gif_frame((40, 40)))


@hostile("gif", "picture")
def gif_long_blocks(dice: Dice) -> bytes:
    """Comments of megabytes in blocks of one byte, and picture data that is cleared without end."""
    block = dice.pick(b"\x01a", b"\xff" + bytes(255), b"\x02\x44\x44", b"\x01\x04", b"\xff" + b"\x24" * 255)
    blocks = block * dice.size(2, 20_000_000 // len(block)) + b"\0"
    comment, data = (
        b"!\xfe" + blocks,
        gif_frame((40, 40), dice.pick(b"\x02", b"\x08", b"\x0b", b"\x00", b"\x0c") + blocks),
    )
    return gif((40, 40), *((comment, gif_frame((40, 40))) if dice.random() < 0.5 else (data,)))


@hostile("gif", "picture")
def gif_large_and_plain(dice: Dice) -> bytes:
    """Twenty-four megapixels of one colour."""
    return _saved("GIF", _side(dice, 24_000_000), "P")


@hostile("webp", "picture", valid=True)
def webp_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small picture, so that the others are known to be well made."""
    return _saved("WEBP", (dice.randint(30, 300), dice.randint(30, 300)), lossless=dice.random() < 0.5)


@hostile("webp", "picture")
def webp_large(dice: Dice) -> bytes:
    """Twenty-four megapixels of one colour, still or moving."""
    width, height = _side(dice, 24_000_000)
    size = min(width, 16_383), min(height, 16_383)
    return _saved("WEBP", size, lossless=dice.random() < 0.7, method=0, quality=0)


@hostile("webp", "picture")
def webp_canvas(dice: Dice) -> bytes:
    """A canvas of any size around a small picture, with frames outside of it, notes and unknown chunks."""
    sides = (0, 29, 63, 4_999, 16_383, 2**24 - 1)
    canvas = bytes([dice.choice((0, 0x02, 0x10, 0x3E, 0xFF)), 0, 0, 0]) + b"".join(
        dice.choice(sides).to_bytes(3, "little") for _ in range(2)
    )
    still = _saved("WEBP")[12:]
    frame = chunk(
        b"ANMF",
        b"".join(dice.choice((0, 0, 2**24 - 1, 63)).to_bytes(3, "little") for _ in range(5)) + b"\0" + still,
    )
    notes = (
        chunk(b"EXIF", _exif([(0x0112, 3, 1, 6)] * 5_000, following=8))
        + chunk(b"ICCP", bytes(5_000))
        + chunk(b"XMP ", b"x")
    )
    filling = dice.pick(
        chunk(b"abcd", b""), frame, chunk(b"ALPH", b"\0"), chunk(b"ANIM", bytes(6))
    ) * dice.size(1, 20_000)
    return riff(
        b"WEBP",
        chunk(b"VP8X", canvas)
        + dice.choice((b"", notes))
        + dice.pick(still + filling, filling + still, frame * 3 + filling),
    )


@hostile("bmp", "picture")
def bmp_headers(dice: Dice) -> bytes:
    """Headers of all kinds with sizes, depths, masks, palettes and places that are none."""
    sides = (40, 40, 40, -40, 0, 5_000, 2**31 - 1, -(2**31))
    header, depth = (
        dice.choice((12, 40, 52, 56, 64, 108, 124, 16, 99)),
        dice.choice((0, 1, 2, 4, 8, 16, 24, 32, 64)),
    )
    packing = dice.choice((0, 0, 1, 2, 3, 4, 6, 9))
    fields = struct.pack(
        "<iiHHIIiiII",
        dice.choice(sides),
        dice.choice(sides),
        1,
        depth,
        packing,
        0,
        0,
        0,
        dice.choice((0, 2, 256, 2**31)),
        0,
    )
    if header == 12:
        fields = struct.pack("<HHHH", 40, dice.choice((40, 65_535)), 1, depth)
    body = (fields + b"\xff\0\0\0\0\xff\0\0\0\0\xff\0" + bytes(200))[: header - 4]
    offset = dice.choice((14 + header, 14 + header + 1_024, 0, 2**32 - 1))
    return (
        b"BM"
        + struct.pack("<IHHI", 0, 0, 0, offset)
        + struct.pack("<I", header)
        + body
        + bytes(dice.size(10, 100_000))
    )


@hostile("bmp", "picture")
def bmp_packed(dice: Dice) -> bytes:
    """Runs of pixels that jump to and fro, or claim a picture of twenty-four megapixels."""
    width, height = _side(dice, 24_000_000)
    runs = dice.pick(
        b"\xff\x01", b"\x00\x00", b"\x00\x02\xff\xff", b"\x00\x02\x00\x00", b"\x01\x01", b"\x00\x03abc\x00"
    ) * dice.size(2, 4_000_000)
    fields = struct.pack(
        "<iiHHIIiiII", width, height, 1, dice.choice((4, 8)), dice.choice((1, 2)), len(runs), 0, 0, 256, 0
    )
    return (
        b"BM"
        + struct.pack("<IHHI", 0, 0, 0, 54 + 1_024)
        + struct.pack("<I", 40)
        + fields
        + bytes(1_024)
        + runs
    )
