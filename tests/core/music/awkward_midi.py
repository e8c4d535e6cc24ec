"""MIDI files as people have them: with the notes (pitch, start, end in seconds) that they hold.

What is right was worked out by hand from the Standard MIDI File 1.0 specification and, where that says nothing, from
what players do. A quarter is 480 ticks and half a second unless a tempo says otherwise.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

Notes = tuple[tuple[int, float, float], ...]
SCALE: Notes = ((60, 0, 0.5), (62, 0.5, 1), (64, 1, 1.5), (65, 1.5, 2))
END = b"\x00\xff\x2f\x00"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, its notes, and a word of what is to be told."""

    data: bytes
    notes: Notes
    note: str = ""


def delta(ticks: int) -> bytes:
    """A time of seven bits a byte."""
    digits = [ticks & 0x7F]
    while ticks := ticks >> 7:
        digits.append(ticks & 0x7F | 0x80)
    return bytes(reversed(digits))


def on(pitch: int, wait: int = 0, velocity: int = 80, channel: int = 0) -> bytes:
    """The beginning of a note."""
    return delta(wait) + bytes([0x90 | channel, pitch, velocity])


def off(pitch: int, wait: int = 480, channel: int = 0) -> bytes:
    """The end of a note."""
    return delta(wait) + bytes([0x80 | channel, pitch, 0])


def meta(kind: int, content: bytes, wait: int = 0) -> bytes:
    """A meta event."""
    return delta(wait) + bytes([0xFF, kind]) + delta(len(content)) + content


def tempo(bpm: float, wait: int = 0) -> bytes:
    """A tempo event."""
    return meta(0x51, round(6e7 / bpm).to_bytes(3, "big"), wait)


def track(events: bytes, *, end: bytes = END, size: int | None = None) -> bytes:
    """A track, with another length than it has."""
    body = events + end
    return b"MTrk" + struct.pack(">I", len(body) if size is None else size) + body


def header(form: int = 0, n_tracks: int = 1, division: int = 480, more: bytes = b"") -> bytes:
    """The header, with further bytes."""
    return b"MThd" + struct.pack(">IHHH", 6 + len(more), form, n_tracks, division & 0xFFFF) + more


LINE = b"".join(on(pitch) + off(pitch) for pitch in (60, 62, 64, 65))
PLAIN = header() + track(LINE)
_RUNNING = b"\x00\x90\x3c\x50" + delta(480) + b"\x3c\x00\x00\x3e\x50" + delta(480) + b"\x3e\x00"
TWO: Notes = SCALE[:2]
SLOW: Notes = tuple((pitch, 2 * start, 2 * end) for pitch, start, end in SCALE)


def _riff(content: bytes, *before: bytes) -> bytes:
    body = b"RMID" + b"".join(before) + b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


MIDI = {
    "plain": Case(data=PLAIN, notes=SCALE),
    "tempo on the second track": Case(data=header(1, 2) + track(b"") + track(tempo(60) + LINE), notes=SLOW),
    "tempo on a track behind the notes": Case(
        data=header(1, 3) + track(b"") + track(LINE) + track(tempo(60)), notes=SLOW
    ),
    "tempo changes on two tracks": Case(
        data=header(1, 2) + track(tempo(60, 480)) + track(LINE + tempo(240, 0)),
        notes=((60, 0, 0.5), (62, 0.5, 1.5), (64, 1.5, 2.5), (65, 2.5, 3.5)),
    ),
    "two tempos at one place: the last holds": Case(data=header() + track(tempo(90) + tempo(60) + LINE), notes=SLOW),
    "a tempo long after the notes": Case(data=header() + track(LINE + tempo(4, 5_000_000)), notes=SCALE),
    "a tempo of no time": Case(data=header() + track(meta(0x51, bytes(3)) + LINE), notes=SCALE),
    "a tempo of two bytes": Case(data=header() + track(meta(0x51, b"\x07\xa1") + LINE), notes=SCALE),
    "a tempo of four bytes": Case(data=header() + track(meta(0x51, b"\x0f\x42\x40\x00") + LINE), notes=SLOW),
    "the end of track hours later": Case(data=header() + track(LINE, end=b"\xbf\xff\xff\x7f\xff\x2f\x00"), notes=SCALE),
    "overlapping equal pitches": Case(
        data=header() + track(on(60) + on(60, 480) + off(60) + off(60)), notes=((60, 0, 1), (60, 0.5, 1.5))
    ),
    "three overlapping equal pitches": Case(
        data=header() + track(on(60) + on(60, 240) + on(60, 240) + off(60, 240) + off(60, 240) + off(60, 240)),
        notes=((60, 0, 0.75), (60, 0.25, 1), (60, 0.5, 1.25)),
    ),
    "a note begins where the one before ends, in the wrong order": Case(
        data=header() + track(on(60) + on(60, 480) + off(60, 0) + off(60)), notes=((60, 0, 0.5), (60, 0.5, 1))
    ),
    "equal pitches on two channels": Case(
        data=header() + track(on(60) + on(60, 240, channel=1) + off(60, 240, channel=1) + off(60, 240)),
        notes=((60, 0, 0.75), (60, 0.25, 0.5)),
    ),
    "note-offs as velocity 0": Case(
        data=header() + track(on(60) + on(60, 480, 0) + on(62) + on(62, 480, 0)), notes=TWO
    ),
    "running status": Case(data=header() + track(_RUNNING), notes=TWO),
    "running status over a text": Case(
        data=header()
        + track(b"\x00\x90\x3c\x50" + meta(1, b"x") + delta(480) + b"\x3c\x00" + meta(5, b"la") + b"\x00\x3e\x50" + delta(480) + b"\x3e\x00"),
        notes=TWO,
    ),
    "running status over a system exclusive message": Case(
        data=header() + track(b"\x00\x90\x3c\x50\x00\xf0\x03\x43\x10\xf7" + delta(480) + b"\x3c\x00"), notes=SCALE[:1]
    ),
    "running status kept from the track before": Case(
        data=header(1, 2) + track(tempo(60) + on(72) + on(72, 480, 0), end=b"") + track(_RUNNING[:1] + _RUNNING[2:]),
        notes=((60, 0, 1), (72, 0, 1), (62, 1, 2)),
    ),
    "no status at the beginning": Case(data=header() + track(_RUNNING[:1] + _RUNNING[2:]), notes=TWO),
    "two files glued": Case(data=PLAIN + PLAIN, notes=SCALE),
    "an answer of a web server before": Case(data=b"HTTP/1.0 200 OK\r\nContent-Type: audio/midi\r\n\r\n" + PLAIN, notes=SCALE),
    "note-offs without note-ons": Case(data=header() + track(off(70, 0) + LINE + off(71, 0)), notes=SCALE),
    "a note of no length": Case(data=header() + track(on(70) + off(70, 0) + LINE), notes=SCALE),
    "a note without end": Case(
        data=header() + track(on(48) + LINE), notes=((48, 0, 2), *SCALE), note="note-off"
    ),
    "all notes off": Case(
        data=header() + track(on(60) + on(62) + delta(480) + b"\xb0\x7b\x00"), notes=((60, 0, 0.5), (62, 0, 0.5))
    ),
    "a key of eight sharps": Case(data=header() + track(meta(0x59, b"\x08\x00") + LINE), notes=SCALE, note="key"),
    "a key of no mode": Case(data=header() + track(meta(0x59, b"\x00\x05") + LINE), notes=SCALE, note="key"),
    "a key of one byte": Case(data=header() + track(meta(0x59, b"\x02") + LINE), notes=SCALE),
    "a meter of nothing": Case(data=header() + track(meta(0x58, b"\x00\x02\x18\x08") + LINE), notes=SCALE, note="time"),
    "a meter of 4/2**99": Case(data=header() + track(meta(0x58, b"\x04\x63\x18\x08") + LINE), notes=SCALE, note="time"),
    "RIFF": Case(data=_riff(PLAIN), notes=SCALE),
    "RIFF with chunks before": Case(data=_riff(PLAIN, b"LIST\x04\0\0\0INFO", b"DISP\x04\0\0\0abcd"), notes=SCALE),
    "RIFF with a wrong size": Case(data=b"RIFF" + bytes(4) + _riff(PLAIN)[8:], notes=SCALE),
    "RIFF with a sound bank behind": Case(data=_riff(PLAIN) + b"RIFF\x04\0\0\0sfbk", notes=SCALE),
    "a MacBinary header": Case(data=bytes(1) + b"\x08song.mid" + bytes(118) + PLAIN, notes=SCALE),
    "line ends behind": Case(data=PLAIN + b"\r\n", notes=SCALE, note="ignored"),
    "zeros behind": Case(data=PLAIN + bytes(500), notes=SCALE),
    "a second file behind": Case(data=PLAIN + header() + track(on(80) + off(80)), notes=SCALE),
    "bytes between the tracks": Case(
        data=header(1, 2) + track(tempo(60)) + b"\0\0junk\x90" + track(LINE), notes=SLOW
    ),
    "other chunks between the tracks": Case(
        data=header(1, 2) + b"XFIH\0\0\0\x04abcd" + track(tempo(60)) + b"XFKM\0\0\0\x03abc" + track(LINE), notes=SLOW
    ),
    "a longer header": Case(data=header(more=b"\0\0\0\0") + track(LINE), notes=SCALE),
    "a header that says it is shorter": Case(data=b"MThd\0\0\0\x04" + PLAIN[8:], notes=SCALE),
    "fewer tracks announced": Case(data=header(1, 1) + track(tempo(60)) + track(LINE), notes=SLOW),
    "more tracks announced": Case(data=header(1, 9) + track(tempo(60)) + track(LINE), notes=SLOW, note="9 tracks"),
    "no tracks announced": Case(data=header(1, 0) + track(LINE), notes=SCALE),
    "form 0 with two tracks": Case(data=header(0, 2) + track(tempo(60)) + track(LINE), notes=SLOW),
    "form 7": Case(data=header(7, 1) + track(LINE), notes=SCALE),
    "patterns": Case(data=header(2, 2) + track(LINE) + track(on(80) + off(80)), notes=SCALE, note="pattern"),
    "one pattern": Case(data=header(2, 1) + track(LINE), notes=SCALE),
    "patterns with a tempo each": Case(
        data=header(2, 2) + track(tempo(60) + LINE) + track(tempo(240) + on(80) + off(80)), notes=SLOW, note="pattern"
    ),
    "no end of track": Case(data=header() + track(LINE, end=b""), notes=SCALE, note="end-of-track"),
    "no end of track in the first of two": Case(
        data=header(1, 2) + track(tempo(60), end=b"") + track(LINE), notes=SLOW
    ),
    "cut off within the last event": Case(data=PLAIN[:-6], notes=(*SCALE[:3], (65, 1.5, 2)), note="cut off"),
    "the track's length is too large": Case(data=header() + track(LINE, size=9_999), notes=SCALE),
    "the first track's length reaches into the second": Case(
        data=header(1, 2) + track(tempo(60), size=40) + track(LINE), notes=SLOW
    ),
    "the track's length is too small": Case(data=header() + track(LINE, size=10), notes=SCALE),
    "the track's length is zero": Case(data=header() + track(LINE, size=0), notes=SCALE),
    "the track's length ends between two events": Case(
        data=header() + track(LINE, size=len(on(60) + off(60))), notes=SCALE
    ),
    "an end of track before the last events": Case(data=header() + track(on(60) + off(60) + END + on(62) + off(62)), notes=TWO),
    "zeros within the track behind its end": Case(data=header() + track(LINE + END + bytes(7), end=b""), notes=SCALE),
    "data bytes over 127 as velocity": Case(data=header() + track(on(60, velocity=200) + off(60)), notes=SCALE[:1], note="127"),
    "a data byte over 127 in a controller": Case(data=header() + track(b"\x00\xb0\x07\xff" + LINE), notes=SCALE),
    "a data byte over 127 in a program": Case(data=header() + track(b"\x00\xc0\x80" + LINE), notes=SCALE),
    "a data byte over 127 in a pitch bend": Case(data=header() + track(b"\x00\xe0\x00\xc0" + LINE), notes=SCALE),
    "a system exclusive message without end": Case(data=header() + track(b"\x00\xf0\x05\x43\x10\x4c\x00\x00" + LINE), notes=SCALE),
    "a system exclusive message without length": Case(
        data=header() + track(b"\x00\xf0\x7f\x7f\x04\x01\xf7" + on(60) + off(60)), notes=SCALE[:1]
    ),
    "system real-time messages": Case(data=header() + track(b"\x00\xf8\x00\xfe" + LINE), notes=SCALE),
    "film frames": Case(data=header(division=-25 * 256 + 40) + track(on(60) + off(60, 1000)), notes=((60, 0, 1),), note="film"),
    "film frames at 29.97": Case(
        data=header(division=-29 * 256 + 100) + track(on(60) + off(60, 2997)), notes=((60, 0, 1),), note="film"
    ),
    "one tick a quarter": Case(data=header(division=1) + track(on(60) + off(60, 1)), notes=SCALE[:1]),
    "32,767 ticks a quarter": Case(data=header(division=32_767) + track(on(60) + off(60, 32_767)), notes=SCALE[:1]),
    "a long time of five bytes": Case(data=header() + track(on(60) + b"\x80\x80\x83\x60" + off(60)[-3:]), notes=SCALE[:1]),
    "an empty first track": Case(data=header(1, 2) + b"MTrk\0\0\0\0" + track(LINE), notes=SCALE),
    "a sequence number of no bytes": Case(data=header() + track(meta(0, b"") + LINE), notes=SCALE),
    "a text of unknown kind": Case(data=header() + track(meta(0x7E, b"\xff" * 9) + LINE), notes=SCALE),
    "a loud title with a track's name in it": Case(data=header() + track(meta(3, b"MTrk MThd") + LINE), notes=SCALE),
}  # fmt: skip
