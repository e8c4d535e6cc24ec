"""Hostile sounds in containers: MP4 and Matroska of absurd tables, edits and blocks, and what FFmpeg writes, bent."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from benchmarks.hostile.coded_sounds import BOTH, mp3_frame
from benchmarks.hostile.kinds import Dice, hostile


@cache
def _encoded(
    container: str, codec: str, sr: int = 44_100, layout: str = "mono", sec: int = 1, **how: Any
) -> bytes:
    """A tone in a file of FFmpeg's."""
    import av

    stream = io.BytesIO()
    with av.open(stream, "w", format=container, options={"fflags": "+bitexact"}) as out:
        track: Any = out.add_stream(codec, rate=sr)
        track.layout = layout
        n = sec * sr
        tone = (0.3 * np.sin(2 * np.pi * 330 * np.arange(n) / sr)).astype(np.float32)
        channels = len(av.AudioLayout(layout).channels)
        frame: Any = av.AudioFrame.from_ndarray(
            np.repeat(tone[None], channels, axis=0), format="fltp", layout=layout
        )
        frame.sample_rate, frame.time_base = sr, Fraction(1, sr)
        resampler = av.AudioResampler(
            format=track.codec_context.format or "fltp",
            layout=layout,
            rate=sr,
            frame_size=track.codec_context.frame_size or 0,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(track.encode(part))
        out.mux(track.encode(None))
    return stream.getvalue()


def _box(name: bytes, *contents: bytes, size: int | None = None) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content) if size is None else size) + name + content


def mp4(
    tables: dict[bytes, bytes] | None = None,
    *,
    edits: bytes = b"",
    data: bytes = bytes(20_000),
    more: bytes = b"",
    rate: int = 44_100,
    channels: int = 1,
) -> bytes:
    """A QuickTime file of plain samples, whose tables may say anything."""
    n = len(data) // 2
    begin = _box(b"ftyp", b"qt  \0\0\0\0qt  ")
    entry = _box(
        b"sowt",
        bytes(6),
        struct.pack(">H", 1),
        bytes(8),
        struct.pack(">HHHHI", channels, 16, 0, 0, (rate & 0xFFFF) << 16),
    )
    parts = {
        b"stsd": _box(b"stsd", struct.pack(">II", 0, 1), entry),
        b"stts": _box(b"stts", struct.pack(">IIII", 0, 1, n, 1)),
        b"stsc": _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, n, 1)),
        b"stsz": _box(b"stsz", struct.pack(">III", 0, 2, n)),
        b"stco": _box(b"stco", struct.pack(">III", 0, 1, len(begin) + 8)),
    } | (tables or {})
    media = _box(
        b"mdia",
        _box(b"mdhd", bytes(12), struct.pack(">II", 44_100, n), bytes(4)),
        _box(b"hdlr", bytes(4), b"mhlrsoun", bytes(12), b"\0"),
        _box(b"minf", _box(b"smhd", bytes(8)), _box(b"stbl", *parts.values())),
    )
    track = _box(
        b"trak",
        _box(
            b"tkhd", b"\0\0\0\x0f", bytes(8), struct.pack(">I", 1), bytes(4), struct.pack(">I", n), bytes(60)
        ),
        edits,
        media,
    )
    movie = _box(b"moov", _box(b"mvhd", bytes(12), struct.pack(">II", 44_100, n), bytes(80)), track, more)
    return begin + _box(b"mdat", data) + movie


@hostile("m4a", *BOTH, valid=True)
def mp4_plain(dice: Dice) -> bytes:
    """Nothing absurd: plain samples, so that the others are known to be well made."""
    return mp4(data=b"\0\1" * dice.randint(5_000, 50_000))


@hostile("m4a", *BOTH)
def mp4_tables(dice: Dice) -> bytes:
    """Tables of billions of samples, times, chunks and places, or that really have a million."""
    name = dice.pick(b"stts", b"stsc", b"stsz", b"stco", b"co64", b"ctts", b"stss", b"sgpd", b"sbgp")
    n = dice.size(1, 3_000_000)
    said = dice.choice((n, 2**32 - 1, 2**31, 0))
    row = {b"stts": 8, b"stsc": 12, b"co64": 8, b"ctts": 8, b"sbgp": 8}.get(name, 4)
    fill = dice.pick(b"\0", b"\1", b"\xff", b"\x7f") * (row * n)
    head = (
        struct.pack(">III", 0, dice.choice((0, 1, 2**31)), said)
        if name == b"stsz"
        else struct.pack(">II", 0, said)
    )
    return mp4({name: _box(name, head, fill)})


@hostile("m4a", *BOTH)
def mp4_edits(dice: Dice) -> bytes:
    """Lists of edits: hundreds of thousands of repeats of one stretch, of nothing, of times before the beginning."""
    n = dice.size(1, 300_000)
    edit = struct.pack(
        ">IiI",
        dice.choice((1, 100, 10_000, 2**32 - 1, 0)),
        dice.choice((0, -1, 5, 2**31 - 1)),
        dice.choice((0x10000, 0, 0x7FFFFFFF)),
    )
    return mp4(
        edits=_box(b"edts", _box(b"elst", struct.pack(">II", 0, dice.choice((n, n, 2**32 - 1))), edit * n))
    )


@hostile("m4a", *BOTH)
def mp4_boxes(dice: Dice) -> bytes:
    """Boxes in each other, hundreds of thousands of empty ones, sizes of nothing or beyond the end."""
    n = dice.size(1, 1_000_000)
    name = dice.pick(b"free", b"udta", b"moov", b"trak", b"abcd", b"meta", b"ilst", b"moof", b"sidx")
    deep = b"".join(struct.pack(">I", 8 * (i + 1)) + name for i in range(min(n, 100_000), 0, -1))
    return dice.pick(
        mp4(more=_box(name) * n),
        mp4(more=deep),
        mp4() + _box(name, size=dice.choice((0, 1, 7, 2**31))) * min(n, 1_000),
        _box(b"ftyp", b"qt  ") + _box(name) * n + mp4(),
    )


@hostile("m4a", *BOTH)
def mp4_descriptions(dice: Dice) -> bytes:
    """Any rate and number of channels, codecs that are none, thousands of descriptions."""
    codec = dice.pick(
        b"sowt",
        b"mp4a",
        b"alac",
        b"twos",
        b"fl32",
        b"ulaw",
        b"ac-3",
        b"Opus",
        b"fLaC",
        b"QDM2",
        b"zzzz",
        b"samr",
    )
    inner = dice.pick(
        b"",
        _box(b"esds", b"\0\0\0\0\x03\x80\x80\x80\x22" + bytes(30)),
        _box(b"alac", bytes(28)),
        _box(b"wave", b"\xff" * 40),
        _box(b"dfLa", bytes(42)),
        _box(b"chan", b"\0" * 8 + b"\xff" * 40),
    )
    entry = _box(
        codec,
        bytes(6),
        struct.pack(">H", 1),
        struct.pack(">HHI", dice.choice((0, 1, 2)), 0, 0),
        struct.pack(
            ">HHHHI",
            dice.choice((0, 1, 2, 6, 65_535)),
            dice.choice((0, 8, 16, 24, 65_535)),
            0,
            0,
            dice.choice((0, 1, 44_100, 65_535)) << 16,
        ),
        inner,
    )
    n = dice.size(1, 5_000)
    return mp4({b"stsd": _box(b"stsd", struct.pack(">II", 0, dice.choice((n, 1, 2**32 - 1))), entry * n)})


def ebml(name: bytes, content: bytes, *, size: bytes | None = None) -> bytes:
    """An element of Matroska, with a length of eight bytes."""
    return name + (b"\x01" + len(content).to_bytes(7, "big") if size is None else size) + content


def matroska(
    blocks: bytes,
    *,
    codec: bytes = b"A_PCM/INT/LIT",
    rate: float = 44_100.0,
    channels: int = 1,
    bits: int = 16,
    more: bytes = b"",
    duration: float | None = None,
) -> bytes:
    """A Matroska file of one sound track and one cluster."""
    head = ebml(
        b"\x1a\x45\xdf\xa3",
        ebml(b"\x42\x82", b"matroska") + ebml(b"\x42\x87", b"\x04") + ebml(b"\x42\x85", b"\x02"),
    )
    said = b"" if duration is None else ebml(b"\x44\x89", struct.pack(">d", duration))
    info = ebml(b"\x15\x49\xa9\x66", ebml(b"\x2a\xd7\xb1", (1_000_000).to_bytes(4, "big")) + said)
    audio = ebml(
        b"\xe1",
        ebml(b"\xb5", struct.pack(">d", rate))
        + ebml(b"\x9f", channels.to_bytes(4, "big"))
        + ebml(b"\x62\x64", bytes([bits & 0xFF])),
    )
    track = ebml(
        b"\xae",
        ebml(b"\xd7", b"\x01")
        + ebml(b"\x73\xc5", b"\x01")
        + ebml(b"\x83", b"\x02")
        + ebml(b"\x86", codec)
        + audio,
    )
    cluster = ebml(b"\x1f\x43\xb6\x75", ebml(b"\xe7", b"\x00") + blocks)
    return head + ebml(b"\x18\x53\x80\x67", info + ebml(b"\x16\x54\xae\x6b", track) + more + cluster)


def simple_block(content: bytes, *, time: int = 0, flags: int = 0x80) -> bytes:
    """A block of a cluster."""
    return (
        b"\xa3"
        + (0x4000 | len(content) + 4).to_bytes(2, "big")
        + b"\x81"
        + struct.pack(">h", time)
        + bytes([flags])
        + content
    )


@hostile("mkv", *BOTH, valid=True)
def matroska_plain(dice: Dice) -> bytes:
    """Nothing absurd: plain samples, so that the others are known to be well made."""
    return matroska(b"".join(simple_block(b"\0\1" * 441, time=10 * i) for i in range(dice.randint(20, 200))))


@hostile("mkv", *BOTH, fault=11)
def matroska_short_blocks(dice: Dice) -> bytes:
    """Three million blocks of one sample each."""
    codec, content = dice.choice(
        (
            (b"A_PCM/INT/LIT", b"\0\1"),
            (b"A_PCM/INT/LIT", b""),
            (b"A_OPUS", b"\x80"),
            (b"A_AAC", b"\x01\x18"),
            (b"A_MPEG/L3", mp3_frame(version=0)),
        )
    )
    block = simple_block(content, flags=dice.choice((0x80, 0x80, 0x82, 0x84, 0x86)))
    return matroska(block * dice.size(10, min(3_000_000, 40_000_000 // len(block))), codec=codec)


@hostile("mkv", *BOTH)
def matroska_heads(dice: Dice) -> bytes:
    """Rates that are no numbers, four billion channels, durations without end, elements of unknown size in each other."""
    n = dice.size(1, 300_000)
    more = dice.pick(
        ebml(b"\xec", b"") * n,
        ebml(b"\x12\x54\xc3\x67", ebml(b"\x73\x73", b"") * n),
        b"\xec\x01" + b"\xff" * 7,
        ebml(b"\x1c\x53\xbb\x6b", ebml(b"\xbb", b"") * n),
        b"\x12\x54\xc3\x67\xff" * min(n, 5_000),
    )
    rate = dice.choice((0.0, -1.0, float("nan"), float("inf"), 1e300, 1.0, 44_100.0, 2.0**31))
    blocks = simple_block(b"\0\1" * 441) * 100
    return matroska(
        blocks,
        rate=rate,
        channels=dice.choice((0, 1, 2, 9, 255, 2**32 - 1)),
        bits=dice.choice((0, 8, 16, 24, 64, 255)),
        more=more,
        duration=dice.choice((None, 1e300, -1.0, float("nan"))),
    )


@hostile("webm", *BOTH)
def containers_bent(dice: Dice) -> bytes:
    """A sound of FFmpeg's in each container, in the head of which a few bytes say something else."""
    container, codec, sr = dice.choice(
        (
            ("webm", "libopus", 48_000),
            ("mp4", "aac", 44_100),
            ("matroska", "aac", 44_100),
            ("asf", "mp2", 44_100),
            ("avi", "mp2", 44_100),
            ("flv", "aac", 44_100),
            ("mpegts", "aac", 44_100),
            ("ogg", "libopus", 48_000),
            ("mpeg", "mp2", 44_100),
            ("adts", "aac", 44_100),
            ("caf", "alac", 44_100),
        )
    )
    data = bytearray(_encoded(container, codec, sr, dice.choice(("mono", "stereo"))))
    for _ in range(dice.randint(1, 12)):
        place = dice.randint(8, min(len(data) - 1, dice.choice((100, 400, 1_500, 10**6))))
        data[place] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randint(0, 255)))
    return bytes(data * dice.choice((1, 1, 1, dice.size(2, 300))))


@hostile("avi", *BOTH)
def magic_and_noise(dice: Dice) -> bytes:
    """The first bytes of each kind of sound, and noise behind them."""
    magic = dice.pick(b"RIFF\0\0\0\0AVI ", b"RIFX\0\0\0\0WAVE", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"\0\0\0\x18ftypM4A ", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", b"FLV\1\5\0\0\0\x09",
                      b"\0\0\1\xba", b"#!AMR\n", b"#!AMR-WB\n", b"ID3\4\0\0\0\0\0\0", b"\xff\xf1", b"\xff\xfb\x90", b"\0\0\0\x08moov", b"caff\0\1\0\0", b"FORM\0\0\0\0AIFC")  # fmt: skip
    unit = dice.randbytes(dice.choice((1, 7, 188, 4_096)))
    return magic + unit * (dice.size(100, 5_000_000) // len(unit) + 1)


@hostile("amr", *BOTH)
def amr_long(dice: Dice) -> bytes:
    """Hours of frames of one byte that hold nothing."""
    return b"#!AMR\n" + dice.pick(b"\x7c", b"\x3c" + bytes(31), b"\x04" + bytes(12)) * dice.size(10, 500_000)
