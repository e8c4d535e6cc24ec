"""Hostile MIDI: valid files of absurdly many tracks, events, changes and ticks."""

from __future__ import annotations

import struct

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import riff

_END = b"\x00\xff\x2f\x00"
_BOTH = ("tune", "performance")


def length(value: int) -> bytes:
    """A number of seven bits a byte, as MIDI writes times and lengths."""
    made = [value & 0x7F]
    while value := value >> 7:
        made.append(value & 0x7F | 0x80)
    return bytes(reversed(made))


def track(events: bytes) -> bytes:
    """A chunk of one track."""
    events += _END
    return b"MTrk" + struct.pack(">I", len(events)) + events


def midi(*tracks: bytes, form: int = 1, n_tracks: int | None = None, division: int = 480) -> bytes:
    """A file of some tracks; the header may lie."""
    n = len(tracks) if n_tracks is None else n_tracks
    return b"MThd" + struct.pack(">IHHH", 6, form, n, division) + b"".join(tracks)


def notes(n: int, *, step: int = 240, pitch: int = 60, channel: int = 0) -> bytes:
    """Notes one after the other, up and down an octave."""
    return b"".join(
        b"\x00"
        + bytes([0x90 + channel, pitch + i * 7 % 12, 90])
        + length(step)
        + bytes([0x80 + channel, pitch + i * 7 % 12, 0])
        for i in range(n)
    )


@hostile("mid", *_BOTH, valid=True)
def midi_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small tune, so that the others are known to be well made."""
    return midi(track(notes(dice.randint(4, 60))))


@hostile("mid", *_BOTH)
def midi_many_tracks(dice: Dice) -> bytes:
    """Sixty-five thousand tracks, empty or with a note or a name each."""
    n = dice.size(2, 65_535)
    each = dice.pick(b"", notes(1), b"\x00\xff\x03\x01a", b"\x00\xff\x03\x01a" + notes(2, channel=9))
    return midi(track(notes(4)), *([track(each)] * (n - 1)))


@hostile("mid", *_BOTH)
def midi_running_status(dice: Dice) -> bytes:
    """Hundreds of thousands of notes of one key that never end, or end at once."""
    pair = dice.pick(
        b"\x00\x3c\x5a",
        b"\x01\x3c\x5a",
        b"\x00\x3c\x5a\x00\x3c\x00",
        b"\x01\x3c\x5a\x00\x3c\x00",
        b"\x00\x3c\x00",
    )
    return midi(
        track(b"\x00\x90\x3c\x5a" + pair * dice.size(2, 5_000_000 // len(pair)) + b"\x60\x80\x3c\x00")
    )


@hostile("mid", *_BOTH)
def midi_chords(dice: Dice) -> bytes:
    """All keys of all channels held at once, again and again."""
    chord = b"".join(
        b"\x00" + bytes([0x90 + c, k, 90]) for c in range(16) for k in range(0, 128, dice.choice((1, 5)))
    )
    release = b"".join(length(1) + bytes([0x80 + c, k, 0]) for c in range(16) for k in range(128))
    n = dice.size(1, 90)
    return midi(track((chord + b"\x60\xb0\x07\x7f") * n + release))


@hostile("mid", *_BOTH)
def midi_long_texts(dice: Dice) -> bytes:
    """Names, words and messages of megabytes, or that say they are, in odd scripts."""
    n = dice.size(1, 4_800_000)
    kind = dice.choice((1, 2, 3, 4, 5, 6, 7, 9, 0x20, 0x7F, 0x60))
    text = dice.pick(b"x", "\u202e".encode(), b"\xff", b"\x00", b"\n", "ä".encode()) * n
    text = text[: dice.choice((n, n, 200))]
    said = dice.choice((len(text), len(text), 2**28 - 1, 0))
    return midi(track(b"\x00\xff" + bytes([kind]) + length(said) + text + notes(8)))


@hostile("mid", *_BOTH)
def midi_many_texts(dice: Dice) -> bytes:
    """Hundreds of thousands of words, markers and empty messages."""
    unit = dice.pick(
        b"\x00\xff\x05\x01a",
        b"\x00\xff\x01\x00",
        b"\x00\xff\x06\x02\xc3\xa4",
        b"\x01\xff\x7f\x00",
        b"\x00\xf0\x01\xf7",
    )
    return midi(track(notes(8) + unit * dice.size(2, 4_900_000 // len(unit))))


@hostile("mid", *_BOTH)
def midi_tempos(dice: Dice) -> bytes:
    """Tempos of nothing and of a quarter in sixteen seconds, changing all the time."""
    n = dice.size(1, 300_000)
    tempos = (0, 1, 2, 500_000, 2**24 - 1, 1_000)
    few = [
        length(dice.choice((0, 1, 480))) + b"\xff\x51\x03" + dice.choice(tempos).to_bytes(3, "big")
        for _ in range(50)
    ]
    return midi(
        track(b"".join(few[i % 50] for i in range(n)) + notes(8)),
        track(notes(20)),
        division=dice.choice((1, 480, 32_767)),
    )


@hostile("mid", *_BOTH)
def midi_divisions(dice: Dice) -> bytes:
    """Quarters of one tick or of thirty-two thousand, and time in film frames."""
    division = dice.choice((0, 1, 2, 7, 32_767, 0xE728, 0xE250, 0xFFFF, 0x8000))
    return midi(
        track(notes(dice.size(1, 20_000), step=dice.choice((0, 1, 3, 480, 10_000)))), division=division
    )


@hostile("mid", *_BOTH)
def midi_programs(dice: Dice) -> bytes:
    """Tens of thousands of changes of instrument, each with a note on each channel."""
    n = dice.size(2, 100_000)
    return midi(track(b"".join(
        b"\x00" + bytes([0xC0 + i % 16, i // 16 % 128, 0, 0x90 + i % 16, 40 + i % 50, 80]) + b"\x10" + bytes([0x80 + i % 16, 40 + i % 50, 0])
        for i in range(n)
    )))  # fmt: skip


@hostile("mid", *_BOTH)
def midi_controllers(dice: Dice) -> bytes:
    """Half a million bends and controllers around a few notes."""
    unit = dice.pick(
        b"\x00\xe0\x00\x00",
        b"\x01\xe0\x7f\x7f",
        b"\x00\xb0\x40\x7f",
        b"\x00\xd0\x10",
        b"\x00\xa0\x3c\x10",
        b"\x00\xb0\x00\x7f",
    )
    return midi(track(b"\x00\x90\x3c\x5a" + unit * dice.size(2, 590_000) + notes(8)))


@hostile("mid", *_BOTH)
def midi_far_apart(dice: Dice) -> bytes:
    """Two notes that lie hours, or all the ticks there are, apart."""
    gap = length(dice.choice((7_999_000, 8_000_001, 2**28 - 1, 1_000_000, 100_000)))
    n = dice.size(1, 1_000)
    return midi(
        track(notes(2) + gap + b"\x90\x3c\x5a" + (length(2_000) + b"\xb0\x01\x01") * n + b"\x10\x80\x3c\x00"),
        division=dice.choice((24, 480, 9_600)),
    )


@hostile("mid", *_BOTH)
def midi_signatures(dice: Dice) -> bytes:
    """Meters of nothing, of powers of two beyond all numbers, keys that are none; hundreds of thousands of them."""
    n = dice.size(1, 200_000)
    odd = (b"\xff\x58\x04\x00\x02\x18\x08", b"\xff\x58\x04\x04\xff\x18\x08", b"\xff\x58\x04\xff\x00\x00\x00", b"\xff\x58\x04\x03\x02\x18\x08",
           b"\xff\x59\x02\x07\x00", b"\xff\x59\x02\x80\x01", b"\xff\x59\x02\x00\xff", b"\xff\x59\x02\xf9\x01", b"\xff\x58\x04\x01\x05\x18\x08")  # fmt: skip
    few = [length(dice.choice((0, 0, 60))) + dice.choice(odd) for _ in range(20)]
    return midi(track(b"".join(few[i % len(few)] for i in range(n)) + notes(8)))


@hostile("mid", *_BOTH)
def midi_false_lengths(dice: Dice) -> bytes:
    """Headers and tracks that say they are longer, shorter, more, or of a kind that is not known."""
    made = bytearray(
        midi(
            track(notes(8)),
            track(notes(4)),
            form=dice.choice((0, 1, 2, 9)),
            n_tracks=dice.choice((0, 1, 2, 3, 65_535)),
        )
    )
    places = (4, 18, 14 + made[14:].find(b"MTrk", 4) + 4)
    struct.pack_into(">I", made, dice.choice(places), dice.choice((0, 6, 7, 100, 2**31, 2**32 - 1)))
    return bytes(made)


@hostile("mid", *_BOTH)
def midi_odd_events(dice: Dice) -> bytes:
    """System messages, data without a status, statuses that are none, messages without an end."""
    odd = (b"\x00\xf0\x7f", b"\x00\xf7\x05abcde", b"\x00\xf1\x00", b"\x00\xf4", b"\x00\x3c\x5a", b"\x00\xff\x2f\x00", b"\x00\xf8", b"\x00\xff\x51\x00",
           b"\x00\xff\x58\x01\x04", b"\x00\xff\x00\x02\x00\x01", b"\xff\xff\xff\x7f\x90\x3c\x5a", b"\x81\x00\x90\x3c\x5a", b"\x00\xff\x21\x01\x00")  # fmt: skip
    return midi(track(notes(3) + b"".join(dice.choice(odd) for _ in range(dice.size(1, 2_000))) + notes(3)))


@hostile("mid", "performance")
def midi_in_riff(dice: Dice) -> bytes:
    """MIDI inside a RIFF file, with chunks before it."""
    content = b"data" + struct.pack("<I", dice.choice((0, 50, 2**32 - 1))) + midi(track(notes(8)))
    return riff(b"RMID", (b"LIST" + struct.pack("<I", 0)) * dice.size(1, 2) + content)


@hostile("mid", *_BOTH)
def midi_crooked_rhythm(dice: Dice) -> bytes:
    """Thousands of notes of lengths that no notation has, in meters of one thirty-second."""
    n = dice.size(2, 20_000)
    meter = dice.pick(b"\x01\x05", b"\x63\x05", b"\x0d\x04", b"\x04\x02", b"\x01\x00")
    head = b"\x00\xff\x58\x04" + meter + b"\x18\x08"
    body = b"".join(
        length(dice.randint(0, 37))
        + bytes([0x90, 30 + i % 80, 90])
        + length(dice.randint(1, 331))
        + bytes([0x80, 30 + i % 80, 0])
        for i in range(n)
    )
    return midi(track(head + body), division=480)
