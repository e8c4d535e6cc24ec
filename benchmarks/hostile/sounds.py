"""Hostile sounds: streams that are small and last long, frames of one sample, headers that lie."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import soundfile

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import chunk, riff

_BOTH = ("sound", "voice")
_RATES = (0, 1, 7_999, 8_000, 44_100, 48_000, 192_000, 384_000, 768_000, 2**31 - 1, 4_000_000_000)


def _saved(
    form: str, subtype: str | None = None, *, sec: float = 0.3, sr: int = 44_100, channels: int = 1
) -> bytes:
    """A tone in a file of libsndfile's."""
    t = np.arange(int(sec * sr)) / sr
    stream = io.BytesIO()
    tone = np.repeat(0.3 * np.sin(2 * np.pi * 330 * t)[:, None], channels, axis=1)
    soundfile.write(stream, tone, sr, format=form, subtype=subtype)
    return with_serial(stream.getvalue()) if form == "OGG" else stream.getvalue()


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


@hostile("wav", *_BOTH, valid=True)
def wav_plain(dice: Dice) -> bytes:
    """Nothing absurd: a short tone, so that the others are known to be well made."""
    form, subtype = dice.choice(
        (
            ("WAV", "PCM_16"),
            ("WAV", "FLOAT"),
            ("FLAC", None),
            ("OGG", "VORBIS"),
            ("AIFF", None),
            ("CAF", None),
            ("AU", None),
            ("W64", None),
            ("RF64", None),
            ("MP3", None),
            ("OGG", "OPUS"),
        )
    )
    return _saved(form, subtype, sr=48_000, channels=dice.choice((1, 2)))


# WAV and its relatives.


def wav(
    samples: bytes,
    *,
    form: int = 1,
    channels: int = 1,
    sr: int = 44_100,
    align: int = 2,
    bits: int = 16,
    more: bytes = b"",
    size: int | None = None,
) -> bytes:
    """A WAV file whose head may say anything."""
    head = struct.pack("<HHIIHH", form, channels & 0xFFFF, sr, sr * align & 0xFFFFFFFF, align, bits)
    return riff(b"WAVE", chunk(b"fmt ", head + more) + chunk(b"data", samples, size=size))


@hostile("wav", *_BOTH)
def wav_heads(dice: Dice) -> bytes:
    """Blocks of no bytes, sixty-five thousand channels, four billion samples a second, no bits."""
    return wav(
        bytes(dice.size(10, 2_000_000)),
        form=dice.choice((1, 1, 3, 2, 6, 7, 17, 0x31, 0x55, 0x161, 0xFFFE, 0xFF, 0)),
        channels=dice.choice((0, 1, 2, 6, 8, 9, 255, 65_535)),
        sr=dice.choice(_RATES),
        align=dice.choice((0, 1, 2, 4, 65_535)),
        bits=dice.choice((0, 1, 4, 8, 12, 16, 24, 32, 64, 65_535)),
        more=dice.pick(b"", b"\0\0", struct.pack("<HHI", 22, 16, dice.choice((0, 4, 0x3F, 2**32 - 1))) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", bytes(500)),
        size=dice.choice((None, None, 0, 2**31, 2**32 - 1)),
    )  # fmt: skip


@hostile("wav", *_BOTH)
def wav_chunks(dice: Dice) -> bytes:
    """Millions of empty chunks, lists and cues before the samples, or two sets of them."""
    unit = dice.pick(chunk(b"LIST", b"INFO"), chunk(b"abcd", b""), chunk(b"cue ", struct.pack("<I", 2**31)), chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16)),
                     chunk(b"data", b""), chunk(b"id3 ", b"ID3\3\0\0\x7f\x7f\x7f\x7f"), chunk(b"LIST", b"INFO" + chunk(b"INAM", b"x")), chunk(b"PAD ", b""))  # fmt: skip
    head = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 44_100, 88_200, 2, 16))
    return riff(b"WAVE", head + unit * dice.size(1, 30_000_000 // len(unit)) + chunk(b"data", bytes(20_000)))


@hostile("wav", *_BOTH)
def wav_odd_samples(dice: Dice) -> bytes:
    """Samples that are no numbers, infinite, beyond full scale or below all that is heard."""
    value = dice.choice((np.nan, np.inf, -np.inf, 3e38, 1e-45, -2.0))
    samples = np.full(dice.size(3_000, 1_000_000), value, dtype="<f4")
    samples[:: dice.randint(2, 9)] = dice.choice((0.0, 1.0, np.nan))
    return wav(samples.tobytes(), form=3, align=4, bits=32, channels=1)


@hostile("wav", *_BOTH)
def wav_long(dice: Dice) -> bytes:
    """Hours of silence at a low rate in few bits, or minutes of many channels at a high one."""
    sr, channels, bits = dice.choice(
        ((8_000, 1, 8), (1_000, 1, 8), (8_000, 8, 8), (384_000, 2, 8), (48_000, 6, 16), (44_100, 2, 16))
    )
    align = channels * bits // 8
    return wav(
        b"\x80" * (align * (dice.size(8_000, 30_000_000) // align)),
        channels=channels,
        sr=sr,
        bits=bits,
        align=align,
    )


@hostile("aiff", *_BOTH)
def aiff_heads(dice: Dice) -> bytes:
    """Rates that are infinite, negative or no number; counts that lie; chunks of no size."""
    rate = dice.pick(
        b"\x40\x0e\xac\x44" + bytes(6),
        b"\x7f\xff\x80" + bytes(7),
        b"\xff\xff\xc0" + bytes(7),
        bytes(10),
        b"\xc0\x0e\xac\x44" + bytes(6),
        b"\x40\x3e" + b"\xff" * 8,
    )
    head = (
        struct.pack(
            ">HIH",
            dice.choice((0, 1, 2, 9, 65_535)),
            dice.choice((0, 10_000, 2**32 - 1)),
            dice.choice((0, 1, 16, 24, 32, 64)),
        )
        + rate
    )
    kind = dice.pick(b"AIFF", b"AIFC")
    extra = dice.pick(b"NONE\0\0", b"fl32\0\0", b"zzzz\0\0", b"ima4\0\0", b"") if kind == b"AIFC" else b""
    parts = [
        b"COMM" + struct.pack(">I", len(head + extra)) + head + extra,
        b"MARK" + struct.pack(">IH", 2, 65_535),
        b"SSND"
        + struct.pack(">III", dice.choice((20_008, 0, 2**31)), dice.choice((0, 2**31)), 0)
        + bytes(20_000),
    ]
    filling = dice.pick(b"abcd\0\0\0\0", b"ANNO\0\0\0\0") * dice.size(1, 1_000_000)
    dice.shuffle(parts)
    return b"FORM" + struct.pack(">I", dice.choice((0, 2**31 - 1, 50_000))) + kind + filling + b"".join(parts)


@hostile("au", *_BOTH)
def au_heads(dice: Dice) -> bytes:
    """A head of gigabytes, encodings that are none, any rate and any number of channels."""
    head = struct.pack(
        ">IIIII",
        dice.choice((24, 0, 28, 2**31, 2**32 - 1)),
        dice.choice((0, 20_000, 2**32 - 1)),
        dice.choice((0, 1, 2, 3, 6, 7, 23, 27, 99)),
        dice.choice(_RATES),
        dice.choice((0, 1, 2, 8, 300, 2**31)),
    )
    return b".snd" + head + bytes(dice.size(100, 1_000_000))


@hostile("caf", *_BOTH)
def caf_heads(dice: Dice) -> bytes:
    """Tables of packets that lie, rates that are no numbers, chunks without an end."""
    desc = struct.pack(
        ">d4sIIIII",
        dice.choice((44_100.0, float("nan"), float("inf"), -1.0, 0.0, 1e300, 8_000.0)),
        dice.pick(b"lpcm", b"alac", b"aac ", b"ima4", b"opus", b"zzzz"),
        dice.choice((0, 1, 2, 15)),
        dice.choice((0, 2, 4, 2**31)),
        dice.choice((0, 1, 1_024)),
        dice.choice((0, 1, 2, 8, 2**31)),
        dice.choice((0, 8, 16, 24, 32)),
    )
    table = struct.pack(
        ">qqii", dice.choice((0, 1, 10**6, 2**62, -1)), dice.choice((0, 10**9)), 0, 0
    ) + b"\x81\x00" * dice.size(1, 500_000)

    def part(name: bytes, content: bytes) -> bytes:
        """A chunk of the file."""
        return (
            name
            + struct.pack(">q", dice.choice((len(content), len(content), len(content), -1, 2**62)))
            + content
        )

    return (
        b"caff\0\1\0\0"
        + part(b"desc", desc)
        + part(b"pakt", table)
        + part(b"free", bytes(10)) * dice.size(1, 10_000)
        + part(b"data", bytes(20_000))
    )


@hostile("w64", *_BOTH)
def riff_relatives(dice: Dice) -> bytes:
    """Wave64 and RF64 files whose sizes of sixty-four bits lie."""
    data = bytearray(_saved(dice.choice(("W64", "RF64"))))
    for _ in range(dice.randint(1, 3)):
        place = dice.randint(4, 110) & ~3
        data[place : place + 8] = struct.pack("<Q", dice.choice((0, 1, 2**31, 2**63, 2**64 - 1, 24, 10**6)))
    return bytes(data)


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
    sr, channels = dice.choice((44_100, 192_000, 384_000, 655_350, 2**20 - 1)), dice.choice((1, 2, 6, 8))
    n = dice.size(2, max(3, int(899 * min(sr, 400_000) / 65_535)))
    return flac_silence(n, sr=sr, channels=channels, total=dice.choice((None, None, 0, 1_000)))


@hostile("flac", *_BOTH)
def flac_short_blocks(dice: Dice) -> bytes:
    """Hundreds of thousands of frames of sixteen samples."""
    return flac_silence(
        dice.size(10, 150_000),
        block=dice.choice((16, 17, 192)),
        sr=dice.choice((8_000, 44_100)),
        channels=dice.choice((1, 2, 8)),
    )


@hostile("flac", *_BOTH)
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


@hostile("opus", *_BOTH, fault=11)
def opus_short_frames(dice: Dice) -> bytes:
    """Fifteen minutes of Opus frames of two and a half milliseconds, one or many a packet."""
    n = dice.size(40, 300_000)
    kind, samples = dice.choice(((0x80, 120), (0x88, 240), (0x18, 960), (0xE0, 120)))
    if dice.random() < 0.4:  # forty-eight frames of no bytes in one packet
        return opus_stream(bytes([kind | 3, 48]), n // 48 + 2, samples=48 * samples)
    return opus_stream(bytes([kind]) + dice.pick(b"", b"\xff\xfe", b"\0\0"), n, samples=samples)


@hostile("opus", *_BOTH)
def opus_heads(dice: Dice) -> bytes:
    """Heads of no channels or two hundred, a skip that is longer than the sound, positions that lie."""
    return opus_stream(
        b"\x18",
        dice.size(40, 2_000),
        samples=dice.choice((960, 0, -5, 10**12)),
        channels=dice.choice((0, 1, 2, 3, 255)),
        skip=dice.choice((0, 312, 65_535)),
    )


@hostile("ogg", *_BOTH)
def ogg_chained(dice: Dice) -> bytes:
    """Thousands of short streams one after the other, or side by side."""
    n = dice.size(1, 2_000)
    if dice.random() < 0.4:
        return _saved("OGG", "VORBIS", sec=0.06, sr=dice.choice((8_000, 44_100))) * min(n, 1_000)
    return b"".join(opus_stream(b"\x18", 3, samples=960, serial=dice.choice((1, i))) for i in range(n))


@hostile("ogg", *_BOTH)
def ogg_pages(dice: Dice) -> bytes:
    """Pages without content, of other streams, out of order or wrong, between those of a sound."""
    sound = _saved("OGG", dice.choice(("VORBIS", "OPUS")), sr=48_000)
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


@hostile("mp3", *_BOTH)
def mp3_long(dice: Dice) -> bytes:
    """Hours of silence at eight kilobits a second."""
    return mp3_frame(version=0, rate=dice.choice((0, 2))) * dice.size(10, 100_000)


@hostile("mp3", *_BOTH)
def mp3_changing(dice: Dice) -> bytes:
    """Rate and channels change with each frame."""
    few = [
        mp3_frame(rate=dice.randrange(3), version=dice.choice((0, 2, 3)), mono=dice.random() < 0.5)
        for _ in range(dice.randint(2, 6))
    ]
    return b"".join(few[i % len(few)] for i in range(dice.size(20, 20_000)))


@hostile("mp3", *_BOTH)
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


@hostile("mp3", *_BOTH)
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


@hostile("aac", *_BOTH)
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


# MP4, WebM and other containers.


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


@hostile("m4a", *_BOTH, valid=True)
def mp4_plain(dice: Dice) -> bytes:
    """Nothing absurd: plain samples, so that the others are known to be well made."""
    return mp4(data=b"\0\1" * dice.randint(5_000, 50_000))


@hostile("m4a", *_BOTH)
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


@hostile("m4a", *_BOTH)
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


@hostile("m4a", *_BOTH)
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


@hostile("m4a", *_BOTH)
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


@hostile("mkv", *_BOTH, valid=True)
def matroska_plain(dice: Dice) -> bytes:
    """Nothing absurd: plain samples, so that the others are known to be well made."""
    return matroska(b"".join(simple_block(b"\0\1" * 441, time=10 * i) for i in range(dice.randint(20, 200))))


@hostile("mkv", *_BOTH, fault=11)
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


@hostile("mkv", *_BOTH)
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


@hostile("webm", *_BOTH)
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


@hostile("avi", *_BOTH)
def magic_and_noise(dice: Dice) -> bytes:
    """The first bytes of each kind of sound, and noise behind them."""
    magic = dice.pick(b"RIFF\0\0\0\0AVI ", b"RIFX\0\0\0\0WAVE", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"\0\0\0\x18ftypM4A ", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", b"FLV\1\5\0\0\0\x09",
                      b"\0\0\1\xba", b"#!AMR\n", b"#!AMR-WB\n", b"ID3\4\0\0\0\0\0\0", b"\xff\xf1", b"\xff\xfb\x90", b"\0\0\0\x08moov", b"caff\0\1\0\0", b"FORM\0\0\0\0AIFC")  # fmt: skip
    unit = dice.randbytes(dice.choice((1, 7, 188, 4_096)))
    return magic + unit * (dice.size(100, 5_000_000) // len(unit) + 1)


@hostile("amr", *_BOTH)
def amr_long(dice: Dice) -> bytes:
    """Hours of frames of one byte that hold nothing."""
    return b"#!AMR\n" + dice.pick(b"\x7c", b"\x3c" + bytes(31), b"\x04" + bytes(12)) * dice.size(10, 500_000)
