"""Hostile pictures as PNG, GIF, WebP and BMP: absurd sizes, chunks, texts, frames and headers."""

from __future__ import annotations

import struct
import zlib

from benchmarks.hostile.jpeg_pictures import camera_notes, choose_size, saved
from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import chunk, riff

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
    color: int = 2,
    interlaced: int = 0,
    before: bytes = b"",
    rows: bytes | None = None,
) -> bytes:
    """A black PNG picture; what is before its picture data may be anything."""
    width, height = size
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color, 1)
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
    """Twenty-four megapixels of each depth and color, interlaced or not, that pack to kilobytes."""
    depth, color = dice.choice(
        ((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6))
    )
    clear = (
        png_chunk(b"tRNS", {0: bytes(2), 2: bytes(6), 3: bytes(200)}.get(color, b""))
        if dice.random() < 0.4
        else b""
    )
    before = (_PALETTE if color == 3 else b"") + clear
    return png(
        choose_size(dice, 24_000_000),
        depth=depth,
        color=color,
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
    """Sizes, depths, colors and lengths that are none, or that the data does not fill."""
    sides = (0, 1, 24, 4_000, 5_000, 2**31 - 1, 2**31, 2**32 - 1)
    rows = zlib.compress(bytes(dice.size(1, 100_000)))
    size = (dice.choice(sides), dice.choice(sides)) if dice.random() < 0.7 else (40, 40)
    return png(
        size,
        depth=dice.choice((0, 1, 3, 8, 16, 32)),
        color=dice.choice((0, 1, 2, 3, 4, 5, 6)),
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
    """Picture data of so many pixels of the first color: two codes of three bits between codes that clear."""
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
    return saved("GIF", (dice.randint(30, 300), dice.randint(30, 300)))


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
    """Twenty-four megapixels of one color."""
    return saved("GIF", choose_size(dice, 24_000_000), "P")


@hostile("webp", "picture", valid=True)
def webp_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small picture, so that the others are known to be well made."""
    return saved("WEBP", (dice.randint(30, 300), dice.randint(30, 300)), lossless=dice.random() < 0.5)


@hostile("webp", "picture")
def webp_large(dice: Dice) -> bytes:
    """Twenty-four megapixels of one color, still or moving."""
    width, height = choose_size(dice, 24_000_000)
    size = min(width, 16_383), min(height, 16_383)
    return saved("WEBP", size, lossless=dice.random() < 0.7, method=0, quality=0)


@hostile("webp", "picture")
def webp_canvas(dice: Dice) -> bytes:
    """A canvas of any size around a small picture, with frames outside of it, notes and unknown chunks."""
    sides = (0, 29, 63, 4_999, 16_383, 2**24 - 1)
    canvas = bytes([dice.choice((0, 0x02, 0x10, 0x3E, 0xFF)), 0, 0, 0]) + b"".join(
        dice.choice(sides).to_bytes(3, "little") for _ in range(2)
    )
    still = saved("WEBP")[12:]
    frame = chunk(
        b"ANMF",
        b"".join(dice.choice((0, 0, 2**24 - 1, 63)).to_bytes(3, "little") for _ in range(5)) + b"\0" + still,
    )
    notes = (
        chunk(b"EXIF", camera_notes([(0x0112, 3, 1, 6)] * 5_000, following=8))
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
    width, height = choose_size(dice, 24_000_000)
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
