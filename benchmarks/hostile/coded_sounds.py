"""Hostile sounds as FLAC, Ogg, MP3 and AAC: streams that are small and last long, frames of one sample, tags that lie."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile

from benchmarks.hostile.kinds import Dice, hostile

BOTH = ("sound", "voice")
RATES = (0, 1, 7_999, 8_000, 44_100, 48_000, 192_000, 384_000, 768_000, 2**31 - 1, 4_000_000_000)


def saved_sound(
    form: str, subtype: str | None = None, *, sec: float = 0.3, sr: int = 44_100, channels: int = 1
) -> bytes:
    """A tone in a file of libsndfile's."""
    t = np.arange(int(sec * sr)) / sr
    stream = io.BytesIO()
    tone = np.repeat(0.3 * np.sin(2 * np.pi * 330 * t)[:, None], channels, axis=1)
    soundfile.write(stream, tone, sr, format=form, subtype=subtype)
    return with_serial(stream.getvalue()) if form == "OGG" else stream.getvalue()


# FLAC.


def _table(polynomial: int, n_bits: int) -> list[int]:
    top, mask = 1 << (n_bits - 1), (1 << n_bits) - 1
    found = []
    for byte in range(256):
        value = byte << (n_bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        found.append(value)
    return found


_CRC8, _CRC16, _CRC32 = _table(0x07, 8), _table(0x8005, 16), _table(0x04C11DB7, 32)


def _checked(data: bytes, table: list[int], n_bits: int) -> int:
    value, shift, mask = 0, n_bits - 8, (1 << n_bits) - 1
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> shift ^ byte]
    return value


def _long_number(value: int) -> bytes:
    """A frame's number as FLAC writes it, like a character of UTF-8."""
    if value < 0x80:
        return bytes([value])
    n = 2 if value < 0x800 else 3 if value < 0x10000 else 4 if value < 0x200000 else 5
    rest = [0x80 | value >> 6 * i & 0x3F for i in range(n - 1)]
    return bytes([0xFF << (8 - n) & 0xFF | value >> 6 * (n - 1), *reversed(rest)])


def flac_silence(
    n_frames: int,
    *,
    block: int = 65_535,
    sr: int = 44_100,
    channels: int = 2,
    total: int | None = None,
    more: bytes = b"",
) -> bytes:
    """FLAC frames of constant silence.

    Parameters
    ----------
    n_frames : int
    block : int in [16, 65535]
        Samples a frame.
    sr : int < 2**20
    channels : int in [1, 8]
    total : int, optional
        How many samples the head says there are; the truth where it is not given.
    more : bytes
        Blocks of metadata behind the first.
    """
    total = n_frames * block if total is None else total
    packed = sr << 44 | (channels - 1) << 41 | 15 << 36 | total & (2**36 - 1)
    info = struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    frames = []
    body = b"".join(b"\0\0\0" for _ in range(channels))  # a constant of 16 bits each
    for number in range(n_frames):
        head = (
            b"\xff\xf8\x70"
            + bytes([(channels - 1) << 4 | 0x08])
            + _long_number(number)
            + struct.pack(">H", block - 1)
        )
        frame = head + bytes([_checked(head, _CRC8, 8)]) + body
        frames.append(frame + struct.pack(">H", _checked(frame, _CRC16, 16)))
    first = b"\x00" if more else b"\x80"
    return b"fLaC" + first + struct.pack(">I", len(info))[1:] + info + more + b"".join(frames)


@hostile("flac", "sound", fault=11)
def flac_high_rate(dice: Dice) -> bytes:
    """Fifteen minutes of silence at 384 kHz in six channels, in a few kilobytes."""
    sr = dice.choice((384_000, 384_000, 44_100, 192_000, 655_350, 2**20 - 1))
    channels = dice.choice((6, 6, 1, 2, 8))
    n = dice.size(2, max(3, int(899 * min(sr, 400_000) / 65_535)))
    return flac_silence(n, sr=sr, channels=channels, total=dice.choice((None, None, 0, 1_000)))


@hostile("flac", *BOTH)
def flac_short_blocks(dice: Dice) -> bytes:
    """Hundreds of thousands of frames of sixteen samples."""
    return flac_silence(
        dice.size(10, 150_000),
        block=dice.choice((16, 17, 192)),
        sr=dice.choice((8_000, 44_100)),
        channels=dice.choice((1, 2, 8)),
    )


@hostile("flac", *BOTH)
def flac_metadata(dice: Dice) -> bytes:
    """Megabytes of padding, comments, seek points and pictures, or blocks that say they are larger."""
    n = dice.size(1, 200_000)
    block = dice.pick(
        b"\x01\0\0\0",
        b"\x03\0\0\x12" + b"\xff" * 18,
        b"\x04\0\0\x08\0\0\0\0\xff\xff\xff\xff",
        b"\x06\0\0\x20" + b"\xff" * 32,
        b"\x05\0\x01\x8c" + bytes(396),
        b"\x7e\0\0\0",
        b"\x04\xff\xff\xff",
    )
    return flac_silence(8, block=4_096, more=block * n + b"\x81\0\0\0")


# Ogg.


def ogg_page(
    content: bytes, sizes: bytes, *, serial: int = 1, number: int = 0, position: int = 0, flags: int = 0
) -> bytes:
    """A page of an Ogg stream."""
    head = b"OggS\0" + bytes([flags]) + struct.pack("<qII", position, serial, number & 0xFFFFFFFF)
    page = head + bytes(4) + bytes([len(sizes)]) + sizes + content
    return page[:22] + struct.pack("<I", _checked(page, _CRC32, 32)) + page[26:]


def with_serial(stream: bytes, serial: int = 1) -> bytes:
    """The pages of an Ogg file with another number of their stream: libsndfile draws one each time."""
    pages, at = [], 0
    while at < len(stream):
        sizes = stream[at + 27 : at + 27 + stream[at + 26]]
        begin = at + 27 + len(sizes)
        position, number = (
            struct.unpack_from("<q", stream, at + 6)[0],
            struct.unpack_from("<I", stream, at + 18)[0],
        )
        content = stream[begin : begin + sum(sizes)]
        page = ogg_page(content, sizes, serial=serial, number=number, position=position, flags=stream[at + 5])
        pages.append(page)
        at = begin + len(content)
    return b"".join(pages)


def opus_stream(
    packet: bytes, n_packets: int, *, samples: int, channels: int = 1, serial: int = 1, skip: int = 312
) -> bytes:
    """An Ogg stream of one Opus packet that is repeated."""
    head = b"OpusHead\1" + bytes([channels]) + struct.pack("<HIhB", skip, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 1) + b"x" + struct.pack("<I", 0)
    pages = [
        ogg_page(head, bytes([len(head)]), serial=serial, flags=2),
        ogg_page(tags, bytes([len(tags)]), serial=serial, number=1),
    ]
    done = 0
    while done < n_packets:
        n = min(255, n_packets - done)
        done += n
        end = 4 if done == n_packets else 0
        pages.append(
            ogg_page(
                packet * n,
                bytes([len(packet)]) * n,
                serial=serial,
                number=len(pages),
                position=done * samples,
                flags=end,
            )
        )
    return b"".join(pages)


@hostile("opus", *BOTH, fault=11)
def opus_short_frames(dice: Dice) -> bytes:
    """Fifteen minutes of Opus frames of two and a half milliseconds, one or many a packet."""
    n = dice.size(40, 300_000)
    kind, samples = dice.choice(((0x80, 120), (0x88, 240), (0x18, 960), (0xE0, 120)))
    if dice.random() < 0.4:  # forty-eight frames of no bytes in one packet
        return opus_stream(bytes([kind | 3, 48]), n // 48 + 2, samples=48 * samples)
    return opus_stream(bytes([kind]) + dice.pick(b"", b"\xff\xfe", b"\0\0"), n, samples=samples)


@hostile("opus", *BOTH)
def opus_heads(dice: Dice) -> bytes:
    """Heads of no channels or two hundred, a skip that is longer than the sound, positions that lie."""
    return opus_stream(
        b"\x18",
        dice.size(40, 2_000),
        samples=dice.choice((960, 0, -5, 10**12)),
        channels=dice.choice((0, 1, 2, 3, 255)),
        skip=dice.choice((0, 312, 65_535)),
    )


@hostile("ogg", *BOTH)
def ogg_chained(dice: Dice) -> bytes:
    """Thousands of short streams one after the other, or side by side."""
    n = dice.size(1, 2_000)
    if dice.random() < 0.4:
        return saved_sound("OGG", "VORBIS", sec=0.06, sr=dice.choice((8_000, 44_100))) * min(n, 1_000)
    return b"".join(opus_stream(b"\x18", 3, samples=960, serial=dice.choice((1, i))) for i in range(n))


@hostile("ogg", *BOTH)
def ogg_pages(dice: Dice) -> bytes:
    """Pages without content, of other streams, out of order or wrong, between those of a sound."""
    sound = saved_sound("OGG", dice.choice(("VORBIS", "OPUS")), sr=48_000)
    second = sound.index(b"OggS", 4)
    page = ogg_page(
        b"",
        dice.pick(b"", b"\0", b"\0" * 255),
        serial=dice.choice((1, 9)),
        number=dice.choice((0, 2**31)),
        flags=dice.choice((0, 1, 2, 4)),
        position=dice.choice((-1, 0, 2**62)),
    )
    return sound[:second] + page * dice.size(1, 20_000_000 // len(page)) + sound[second:]


# MP3 and AAC.


def mp3_frame(*, rate: int = 0, bit_rate: int = 1, version: int = 3, mono: bool = True) -> bytes:
    """A silent frame of layer III: `rate` and `bit_rate` are indices of the standard's tables."""
    head = bytes([0xFF, 0xE3 | version << 3, bit_rate << 4 | rate << 2, 0xC0 if mono else 0])
    kbps = (
        (0, 32, 40, 48, 56, 64, 80, 96, 112, 128)[bit_rate]
        if version == 3
        else (0, 8, 16, 24, 32, 40, 48, 56, 64, 80)[bit_rate]
    )
    sr = (44_100, 48_000, 32_000)[rate] >> {3: 0, 2: 1, 0: 2}[version]
    size = (144 if version == 3 else 72) * kbps * 1_000 // sr
    return head + bytes(size - 4)


@hostile("mp3", *BOTH)
def mp3_long(dice: Dice) -> bytes:
    """Hours of silence at eight kilobits a second."""
    return mp3_frame(version=0, rate=dice.choice((0, 2))) * dice.size(10, 100_000)


@hostile("mp3", *BOTH)
def mp3_changing(dice: Dice) -> bytes:
    """Rate and channels change with each frame."""
    few = [
        mp3_frame(rate=dice.randrange(3), version=dice.choice((0, 2, 3)), mono=dice.random() < 0.5)
        for _ in range(dice.randint(2, 6))
    ]
    return b"".join(few[i % len(few)] for i in range(dice.size(20, 20_000)))


@hostile("mp3", *BOTH)
def mp3_tags(dice: Dice) -> bytes:
    """Tags that say they have a hundred megabytes, or have them; frames in them without end; tag behind tag."""
    n = dice.size(10, 30_000_000)
    said = dice.choice((n, n, 2**28 - 1, 0))
    sevens = bytes(said >> shift & 0x7F for shift in (21, 14, 7, 0))
    unit = dice.pick(
        b"\0",
        b"TXXX\0\0\0\1\0\0\0",
        b"APIC\x7f\x7f\x7f\x7f\0\0",
        b"TIT2\0\0\0\x02\0\0\3x",
        b"\xff",
        b"ID3\4\0\0\0\0\0\0",
        b"CHAP\0\0\0\0\0\0",
    )
    tag = b"ID3" + bytes([dice.choice((2, 3, 4, 9)), 0, dice.choice((0, 0x80, 0x40, 0x10, 0xF0))]) + sevens
    return (
        tag * dice.choice((1, 1, 1_000))
        + (unit * (n // len(unit) + 1))[:n]
        + mp3_frame() * 100
        + dice.pick(b"", b"TAG" + bytes(125), b"APETAGEX" + b"\xff" * 24)
    )


@hostile("mp3", *BOTH)
def mp3_between(dice: Dice) -> bytes:
    """Megabytes of nothing, of half frames, or of frames that are none, between two sounds."""
    unit = dice.pick(b"\0", b"\xff", b"\xff\xfb", b"\xff\xfb\x90", b"\xff\xe0", b"TAG", mp3_frame()[:50])
    return mp3_frame() * 60 + unit * dice.size(10, 8_000_000 // len(unit)) + mp3_frame() * 60


def adts_frame(payload: bytes, *, rate: int = 4, channels: int = 1) -> bytes:
    """An AAC frame with its head; `rate` is an index of the standard's table."""
    size = len(payload) + 7
    return (
        bytes(
            [
                0xFF,
                0xF1,
                0x40 | rate << 2 | channels >> 2,
                (channels & 3) << 6 | size >> 11,
                size >> 3 & 0xFF,
                (size & 7) << 5 | 0x1F,
                0xFC,
            ]
        )
        + payload
    )


@hostile("aac", *BOTH)
def aac_frames(dice: Dice) -> bytes:
    """Hundreds of thousands of frames of AAC that hold nothing, or change rate and channels each time."""
    payload = dice.pick(
        b"", b"\x00\x00\x00\x00\x07", b"\x01\x18\x20\x07", b"\x21\x10\x04\x60\x8c\x1c", b"\xe0", b"\xff" * 20
    )
    few = [
        adts_frame(payload, rate=dice.choice((3, 4, 11, 15, 0)), channels=dice.choice((0, 1, 2, 6, 7)))
        for _ in range(dice.randint(1, 5))
    ]
    return b"".join(few[i % len(few)] for i in range(dice.size(20, 100_000)))
