"""Pictures: the five formats, how they are turned, and the sentence for everything that is refused."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.emotion.face.photograph import read_picture
from core.errors import InputError
from core.limits import MAX_PICTURE_BYTES, PICTURE_SIDE
from tests.core.drawn_face import as_file, drawn_face

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def corners(width: int = 64, height: int = 40) -> np.ndarray:
    """Red top left, green top right, blue bottom left, white bottom right."""
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    rgb[: height // 2, : width // 2] = (255, 0, 0)
    rgb[: height // 2, width // 2 :] = (0, 255, 0)
    rgb[height // 2 :, : width // 2] = (0, 0, 255)
    rgb[height // 2 :, width // 2 :] = (255, 255, 255)
    return rgb


def png_claiming(width: int, height: int) -> bytes:
    """A tiny PNG whose header lies about its size, with a right checksum."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    body = b"IDAT" + zlib.compress(b"\0" * 400)
    chunks += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunks + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", 0xAE426082)


def webp_claiming(width: int, height: int) -> bytes:
    """A real small WebP with an extended header put before it that claims another canvas."""
    inner = as_file(corners(), "WEBP")[12:]
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("kind", FORMATS)
def test_each_of_the_five_formats_is_read(kind: str) -> None:
    picture = read_picture(as_file(corners(), kind), f"a.{kind.lower()}")
    assert picture.kind == kind
    assert picture.rgb.shape == (40, 64, 3)
    assert picture.rgb.dtype == np.uint8
    assert not picture.animated
    assert abs(picture.rgb[8, 8].astype(int) - (255, 0, 0)).max() < 40


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=8, deadline=None)
@given(width=st.integers(24, 90), height=st.integers(24, 90))
def test_a_header_tells_the_size_that_the_picture_has(kind: str, width: int, height: int) -> None:
    picture = read_picture(as_file(np.zeros((height, width, 3), np.uint8), kind))
    assert (picture.kind, *picture.original_size) == (kind, width, height)


def test_a_lossless_webp_tells_its_size() -> None:
    assert read_picture(as_file(corners(), "WEBP", lossless=True)).original_size == (64, 40)


@pytest.mark.parametrize(
    ("orientation", "first"),
    [
        (1, "red"),
        (2, "green"),
        (3, "white"),
        (4, "blue"),
        (5, "red"),
        (6, "blue"),
        (7, "white"),
        (8, "green"),
    ],
)
def test_a_photo_is_turned_as_its_camera_was_held(orientation: int, first: str) -> None:
    colors = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = read_picture(as_file(corners(), "JPEG", exif=exif, quality=95)).rgb
    assert rgb.shape[:2] == ((64, 40) if orientation >= 5 else (40, 64))
    assert abs(rgb[4, 4].astype(int) - colors[first]).max() < 40


def test_a_wrong_orientation_counts_as_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert read_picture(as_file(corners(), "JPEG", exif=exif)).rgb.shape == (40, 64, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_small(kind: str) -> None:
    picture = read_picture(as_file(np.full((1000, 4000, 3), 90, np.uint8), kind))
    assert picture.rgb.shape == (400, PICTURE_SIDE, 3)
    assert picture.original_size == (4000, 1000)


def test_what_is_transparent_is_white() -> None:
    rgba = np.zeros((30, 30, 4), dtype=np.uint8)
    rgba[:, 15:, 3] = 255
    rgb = read_picture(as_file(rgba)).rgb
    assert rgb[10, 3].tolist() == [255, 255, 255]
    assert rgb[10, 25].tolist() == [0, 0, 0]


def test_a_transparent_palette_is_white_too() -> None:
    image = Image.fromarray(np.repeat([[0, 1]], 15, axis=1).repeat(30, axis=0).astype(np.uint8), "L").convert(
        "P"
    )
    target = io.BytesIO()
    image.save(target, "PNG", transparency=0)
    assert read_picture(target.getvalue()).rgb[3, 3].tolist() == [255, 255, 255]


def test_sixteen_bits_keep_their_shades() -> None:
    shades = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (32, 1))
    rgb = read_picture(as_file(shades)).rgb
    assert rgb[0, 0].max() == 0
    assert rgb[0, -1].min() == 255
    assert abs(int(rgb[0, 32, 0]) - 130) < 4


def test_four_colors_of_print_become_three() -> None:
    target = io.BytesIO()
    Image.fromarray(corners()).convert("CMYK").save(target, "JPEG", quality=95)
    rgb = read_picture(target.getvalue()).rgb
    assert abs(rgb[4, 4].astype(int) - (255, 0, 0)).max() < 50


def test_of_an_animation_the_first_frame_counts_and_it_says_so() -> None:
    frames = [Image.fromarray(np.full((40, 40, 3), shade, np.uint8)) for shade in (10, 120, 240)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    picture = read_picture(target.getvalue())
    assert picture.animated
    assert picture.rgb.mean() < 30
    assert picture.notes == ["This picture is animated. Its first frame is used."]


# What is refused.


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.jpg", "This picture is empty"),
        (HEIC, "IMG_1.HEIC", "This is a HEIC picture, which is not read here. Save or"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "a.avif", "This is an AVIF picture"),
        (b"%PDF-1.7\n", "a.pdf", "This is a PDF document, not a picture"),
        (b"II*\0" + b"\0" * 40, "a.tif", "This is a TIFF picture, which is not read here. A JPEG"),
        (b"<?xml version='1.0'?><svg xmlns=", "a.svg", "This is an SVG picture, which is not read"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "This is a WAV file, not a picture"),
        (b"hello, this is no picture", "notes.txt", "This is a .txt file, not a picture"),
        (b"hello, this is no picture", "a" * 500, "This is another kind of file"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "This picture is damaged"),
    ],
)
def test_what_is_no_picture_is_told_so(data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_picture(data, name)


@pytest.mark.parametrize(
    "data",
    [png_claiming(10_000, 10_000), png_claiming(2**31 - 1, 2**31 - 1), webp_claiming(16_000, 16_000)],
    ids=["100 megapixels", "four exapixels", "webp canvas"],
)
def test_a_header_that_claims_too_much_is_refused_before_anything_is_decoded(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(InputError, match="megapixels; up to 24 work for this kind of file"):
        read_picture(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_jpeg_of_100_megapixels_is_refused() -> None:
    data = bytearray(as_file(corners(), "JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", 10_000, 10_000)
    with pytest.raises(
        InputError, match=r"claims 10000 x 10000 pixels, 100 megapixels; up to 64 work for a JPEG"
    ):
        read_picture(bytes(data))


def test_a_progressive_jpeg_has_the_lower_limit() -> None:
    data = bytearray(as_file(corners(), "JPEG", progressive=True))
    place = data.index(b"\xff\xc2")
    data[place + 5 : place + 9] = struct.pack(">HH", 6_000, 6_000)
    with pytest.raises(InputError, match="36 megapixels; up to 24 work"):
        read_picture(bytes(data))


def test_a_lying_header_within_the_limits_is_a_damaged_picture() -> None:
    with pytest.raises(InputError, match="This PNG picture is damaged or incomplete"):
        read_picture(png_claiming(3_000, 3_000))


def test_a_gif_whose_frame_is_larger_than_its_header_is_refused() -> None:
    data = bytearray(as_file(corners(), "GIF"))
    place = data.index(b"\x2c\0\0\0\0")  # the first frame's descriptor, at the left top corner
    data[place + 5 : place + 9] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(InputError, match=r"megapixels|damaged"):
        read_picture(bytes(data))


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_picture_is_damaged(kind: str) -> None:
    data = as_file(drawn_face(96), kind)
    with pytest.raises(InputError, match="damaged"):
        read_picture(data[: len(data) // 2])


def test_a_compressed_bmp_is_told_so() -> None:
    data = bytearray(as_file(np.zeros((30, 30), np.uint8), "BMP"))
    data[30:34] = struct.pack("<I", 1)
    with pytest.raises(InputError, match="This BMP picture is compressed"):
        read_picture(bytes(data))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(InputError, match=r"This picture has 25\.1 MB; up to 25 MB"):
        read_picture(bytes(MAX_PICTURE_BYTES + 1))


def test_too_few_pixels_are_refused() -> None:
    with pytest.raises(InputError, match="64 x 10 pixels, too few to see a face"):
        read_picture(as_file(np.zeros((10, 64, 3), np.uint8)))


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(FORMATS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_any_change_of_a_file_gives_a_picture_or_a_sentence(
    kind: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(as_file(corners(), kind))
    for share, value in changes:
        data[round(share * (len(data) - 1))] = value
    try:
        picture = read_picture(bytes(data), f"a.{kind}")
    except InputError as error:
        assert str(error).endswith(".")
    else:
        assert picture.rgb.ndim == 3
        assert max(picture.rgb.shape) <= PICTURE_SIDE
