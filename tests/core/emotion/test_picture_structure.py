"""Pictures built of very many segments, scans and blocks are refused before a decoder walks through them."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from core.emotion.face import picture_structure
from core.emotion.face.photograph import read_picture
from core.emotion.face.picture_structure import MAX_BLOCKS, MAX_SCANS, MAX_SEGMENTS, check_gif, check_jpeg
from core.errors import InputError

ONE_PIXEL = b"\2\2\x4c\1\0"


def a_jpeg(**how: object) -> bytes:
    rgb = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", **how)
    return target.getvalue()


def with_scans(data: bytes, n: int) -> bytes:
    """The last scan so many times more."""
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + n * last + data[-2:]


def a_gif(*blocks: bytes, frame: tuple[int, int, int, int] = (0, 0, 30, 30)) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", 30, 30, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return screen + b"".join(blocks) + b"," + struct.pack("<HHHHB", *frame, 0) + ONE_PIXEL + b";"


@pytest.mark.parametrize("marker", [0xE0, 0xFE, 0xDB, 0xC4], ids=["application", "comment", "DQT", "DHT"])
def test_a_jpeg_of_empty_segments_is_refused(marker: int) -> None:
    segment = bytes([0xFF, marker, 0, 2])
    jpeg = a_jpeg()
    with pytest.raises(
        InputError, match=r"JPEG picture is built of more than 2,000 segments\. Save it again"
    ):
        read_picture(jpeg[:2] + segment * MAX_SEGMENTS + jpeg[2:])
    assert read_picture(jpeg[:2] + segment * (MAX_SEGMENTS - 100) + jpeg[2:]).original_size == (64, 48)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    jpeg = a_jpeg(progressive=True)
    with pytest.raises(InputError, match="JPEG picture is built of more than 100 scans"):
        read_picture(with_scans(jpeg, MAX_SCANS))
    assert read_picture(with_scans(jpeg, MAX_SCANS // 2)).original_size == (64, 48)


def test_scans_hidden_behind_an_end_in_a_comment_are_counted() -> None:
    jpeg = with_scans(a_jpeg(progressive=True), MAX_SCANS)
    at = jpeg.rindex(b"\xff\xda")
    hidden = jpeg[:at] + b"\xff\xfe\0\x04\xff\xd9" + with_scans(jpeg[at:], MAX_SCANS)
    with pytest.raises(InputError, match="more than 100 scans"):
        read_picture(hidden)


def test_what_follows_the_end_of_a_jpeg_is_no_scan() -> None:
    assert read_picture(a_jpeg() + b"\xff\xda" * 1000).original_size == (64, 48)


def test_a_scan_for_each_color_counts_as_a_picture_that_must_be_held_whole() -> None:
    jpeg = a_jpeg()
    at = jpeg.index(b"\xff\xda")
    assert check_jpeg(jpeg)
    one_color = jpeg[:at] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + jpeg[at + 14 :]
    assert not check_jpeg(one_color)


def test_a_jpeg_without_a_picture_is_left_to_the_decoder() -> None:
    assert check_jpeg(b"\xff\xd8\xff\xe0")
    assert check_jpeg(b"\xff\xd8" + b"\xff" * 1_000_000)


@pytest.mark.parametrize(
    "how", [{}, {"progressive": True}, {"subsampling": 0}, {"icc_profile": b"x" * 200_000}]
)
def test_ordinary_jpegs_pass(how: dict[str, object]) -> None:
    assert check_jpeg(a_jpeg(**how))
    assert read_picture(a_jpeg(**how)).original_size == (64, 48)


@pytest.mark.parametrize(
    "blocks",
    [b"!\xfe\1a\0" * MAX_BLOCKS, b"!\xfe" + b"\1a" * (MAX_BLOCKS + 1) + b"\0", b"!\xff\0" * (MAX_BLOCKS + 1)],
    ids=["comments", "one comment in bits", "empty extensions"],
)
def test_a_gif_of_endless_blocks_is_refused(blocks: bytes) -> None:
    with pytest.raises(InputError, match="GIF picture is built of more than 200,000 small blocks"):
        read_picture(a_gif(blocks))


def test_blocks_between_the_first_and_second_frame_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_structure, "MAX_BLOCKS", 50)
    first = a_gif()[:-1]
    with pytest.raises(InputError, match="more than 50 small blocks"):
        check_gif(first + b"!\xfe\1a\0" * 60 + a_gif()[19:])
    # Later ones are not looked at, and no decoder reads them.
    assert check_gif(first + a_gif()[19:-1] + b"!\xfe\1a\0" * 60) == (30, 30)


def test_a_gif_tells_the_size_of_its_first_frame_when_that_is_too_large() -> None:
    with pytest.raises(
        InputError,
        match=r"claims 65535 x 65535 pixels, 4,295 megapixels; up to 24 work for this kind of file",
    ):
        read_picture(a_gif(frame=(0, 0, 65_535, 65_535)))
    with pytest.raises(InputError, match=r"claims 50000 x 1040 pixels, 52 megapixels"):
        read_picture(a_gif(frame=(40_000, 40, 10_000, 1_000)))


@pytest.mark.parametrize("n_frames", [1, 3])
def test_the_size_of_a_gif_is_what_the_decoder_finds(n_frames: int) -> None:
    frames = [Image.new("RGB", (50, 40), (shade, 0, 90)) for shade in range(0, 80 * n_frames, 80)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], comment=b"hello" * 100)
    assert check_gif(target.getvalue()) == (50, 40) == read_picture(target.getvalue()).original_size


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_a_gif_that_breaks_off_is_left_to_the_decoder(length: int) -> None:
    check_gif(a_gif(b"!\xfe\1a\0")[:length])
