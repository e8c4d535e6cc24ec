"""Hostile sounds of plain samples: WAV, AIFF, AU, CAF and Wave64 with heads and chunks that lie."""

from __future__ import annotations

import struct

import numpy as np

from benchmarks.hostile.coded_sounds import BOTH, RATES, saved_sound
from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import chunk, riff


@hostile("wav", *BOTH, valid=True)
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
    return saved_sound(form, subtype, sr=48_000, channels=dice.choice((1, 2)))


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


@hostile("wav", *BOTH)
def wav_heads(dice: Dice) -> bytes:
    """Blocks of no bytes, sixty-five thousand channels, four billion samples a second, no bits."""
    return wav(
        bytes(dice.size(10, 2_000_000)),
        form=dice.choice((1, 1, 3, 2, 6, 7, 17, 0x31, 0x55, 0x161, 0xFFFE, 0xFF, 0)),
        channels=dice.choice((0, 1, 2, 6, 8, 9, 255, 65_535)),
        sr=dice.choice(RATES),
        align=dice.choice((0, 1, 2, 4, 65_535)),
        bits=dice.choice((0, 1, 4, 8, 12, 16, 24, 32, 64, 65_535)),
        more=dice.pick(b"", b"\0\0", struct.pack("<HHI", 22, 16, dice.choice((0, 4, 0x3F, 2**32 - 1))) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", bytes(500)),
        size=dice.choice((None, None, 0, 2**31, 2**32 - 1)),
    )  # fmt: skip


@hostile("wav", *BOTH)
def wav_chunks(dice: Dice) -> bytes:
    """Millions of empty chunks, lists and cues before the samples, or two sets of them."""
    unit = dice.pick(chunk(b"LIST", b"INFO"), chunk(b"abcd", b""), chunk(b"cue ", struct.pack("<I", 2**31)), chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16)),
                     chunk(b"data", b""), chunk(b"id3 ", b"ID3\3\0\0\x7f\x7f\x7f\x7f"), chunk(b"LIST", b"INFO" + chunk(b"INAM", b"x")), chunk(b"PAD ", b""))  # fmt: skip
    head = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 44_100, 88_200, 2, 16))
    return riff(b"WAVE", head + unit * dice.size(1, 30_000_000 // len(unit)) + chunk(b"data", bytes(20_000)))


@hostile("wav", *BOTH)
def wav_odd_samples(dice: Dice) -> bytes:
    """Samples that are no numbers, infinite, beyond full scale or below all that is heard."""
    value = dice.choice((np.nan, np.inf, -np.inf, 3e38, 1e-45, -2.0))
    samples = np.full(dice.size(3_000, 1_000_000), value, dtype="<f4")
    samples[:: dice.randint(2, 9)] = dice.choice((0.0, 1.0, np.nan))
    return wav(samples.tobytes(), form=3, align=4, bits=32, channels=1)


@hostile("wav", *BOTH)
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


@hostile("aiff", *BOTH)
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


@hostile("au", *BOTH)
def au_heads(dice: Dice) -> bytes:
    """A head of gigabytes, encodings that are none, any rate and any number of channels."""
    head = struct.pack(
        ">IIIII",
        dice.choice((24, 0, 28, 2**31, 2**32 - 1)),
        dice.choice((0, 20_000, 2**32 - 1)),
        dice.choice((0, 1, 2, 3, 6, 7, 23, 27, 99)),
        dice.choice(RATES),
        dice.choice((0, 1, 2, 8, 300, 2**31)),
    )
    return b".snd" + head + bytes(dice.size(100, 1_000_000))


@hostile("caf", *BOTH)
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


@hostile("w64", *BOTH)
def riff_relatives(dice: Dice) -> bytes:
    """Wave64 and RF64 files whose sizes of sixty-four bits lie."""
    data = bytearray(saved_sound(dice.choice(("W64", "RF64"))))
    for _ in range(dice.randint(1, 3)):
        place = dice.randint(4, 110) & ~3
        data[place : place + 8] = struct.pack("<Q", dice.choice((0, 1, 2**31, 2**63, 2**64 - 1, 24, 10**6)))
    return bytes(data)
