"""Standard MIDI File parser: header, tracks and events of files as they are found, damaged ones included.

Files in the wild have wrong track lengths, no end-of-track events, bytes between and behind their tracks, RIFF
wrappers and data bytes over 127. mido and pretty_midi refuse them or read other notes, so they are read here:
what can be read is kept, and what was wrong is told.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from core import limits
from core.errors import InputError, plural

# Messages of any kind. 200 000 notes are 400 000 messages; the rest is room for controllers.
MAX_EVENTS = 600_000
MAX_SAID = 8
# A header may stand behind a RIFF, MacBinary or mail header.
_HEADER_WITHIN = 65_536
_DATA_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_CHUNK_NAME = re.compile(rb"[A-Za-z0-9 ]{4}")
META = 0xFF
END_OF_TRACK = 0x2F


class Message(NamedTuple):
    """An event of a track: its place, status byte and content.

    ``first`` and ``second`` are data bytes; of a meta event ``first`` is its type and ``content`` its bytes.
    """

    tick: int
    status: int
    first: int
    second: int = 0
    content: bytes = b""


@dataclass(frozen=True, kw_only=True)
class MidiTracks:
    """A parsed file.

    Attributes
    ----------
    form : int
        0, 1, or 2 for independent patterns.
    division : int
        As the header has it: ticks a quarter, or negative for film frames.
    tracks : list of list of Message
        In the order of the file; each in the order of time.
    said : list of str
        Sentences about damage.
    is_cut : bool
        Whether a track breaks off or is missing.
    """

    form: int
    division: int
    tracks: list[list[Message]]
    said: list[str]
    is_cut: bool


def parse_tracks(data: bytes, label: str) -> MidiTracks:
    """Parse a file.

    Parameters
    ----------
    data : bytes
    label : str
        What the messages call it.

    Raises
    ------
    InputError
        If there is no MIDI header or no track, or it has too many events or notes.

    Examples
    --------
    >>> head = b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1, 1, 224])
    >>> track = bytes([0, 0x90, 60, 90, 96, 0x80, 60, 0, 0, 0xFF, 0x2F, 0])
    >>> parsed = parse_tracks(head + b"MTrk" + bytes([0, 0, 0, 12]) + track, "a.mid")
    >>> [message.tick for message in parsed.tracks[0]], parsed.said
    ([0, 96, 96], [])
    """
    at = data.find(b"MThd", 0, _HEADER_WITHIN)
    if at < 0 or len(data) < at + 14:
        raise InputError(f"{label} is not a MIDI file. Choose a Standard MIDI File (.mid).")
    _, form, n_tracks, division = struct.unpack(">IHHh", data[at + 4 : at + 14])
    parser = _Parser(data, label)
    tracks = list(parser.tracks(at + 14))
    if not tracks:
        raise InputError(f"{label} is a MIDI file without any tracks. Export it again.")
    if len(tracks) < n_tracks:
        parser.said.append(
            f"The header announces {plural(n_tracks, 'track')}, but {len(tracks):,} could be found."
        )
    return MidiTracks(
        form=form,
        division=division,
        tracks=tracks,
        said=parser.said,
        is_cut=parser.is_cut or len(tracks) < n_tracks,
    )


@dataclass
class _Walk:
    """A stretch of bytes as events: where it stopped, and how (end of track, limit, damage)."""

    messages: list[Message] = field(default_factory=list)
    stop: int = 0
    tick: int = 0
    running: int = 0
    how: str = "open"


class _Parser:
    def __init__(self, data: bytes, label: str) -> None:
        self._data = data
        self._label = label
        self._n_events = 0
        self._running = 0  # status with which the track before ended
        self.said: list[str] = []
        self.is_cut = False
        self.n_limited = 0  # data bytes over 127

    def tracks(self, at: int) -> Iterator[list[Message]]:
        """Find the tracks from a place on; what stands between them is passed over."""
        data = self._data
        # A second header begins another file.
        other = data.find(b"MThd\0\0\0\x06", at)
        end = other if other >= 0 else len(data)
        number = 0
        while (begin := self._next_track(at, end)) >= 0:
            self._count()
            number += 1
            if begin > at and not self._is_chunk(at):
                self._tell("Extra bytes outside of the tracks are ignored.")
            walk, at = self._track(begin + 8, end)
            if walk.how == "cut":
                self.is_cut = True
                self._tell(f"Track {number} is damaged or cut off. Only what comes before is used.")
            elif walk.how == "open":
                self._tell(f"Track {number} has no end-of-track event. All of its events are used.")
            self._running = walk.running
            yield walk.messages
        if at < end and number and not self._is_chunk(at):
            self._tell("Extra bytes outside of the tracks are ignored.")
        if self.n_limited:
            self._tell(f"{plural(self.n_limited, 'data byte')} above 127, MIDI's highest value: read as 127.")

    def _is_chunk(self, at: int) -> bool:
        return _CHUNK_NAME.fullmatch(self._data[at : at + 4]) is not None

    def _tell(self, sentence: str) -> None:
        if sentence not in self.said and len(self.said) < MAX_SAID:
            self.said.append(sentence)

    def _next_track(self, at: int, end: int) -> int:
        """Where the next track's header begins; other chunks are passed over by their length."""
        data = self._data
        found = data.find(b"MTrk", at, end)
        while at < found and self._is_chunk(at):
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
            self._count()
            if at > found:
                # The name stood within the chunk, unless the chunk's length is wrong.
                later = data.find(b"MTrk", at, end)
                if later < 0:
                    break
                found = later
        return found if found + 8 <= end else -1

    def _track(self, begin: int, end: int) -> tuple[_Walk, int]:
        """The events of a track, and where to look for the next one; its announced length may be wrong."""
        announced = begin + int.from_bytes(self._data[begin - 4 : begin], "big")
        following = self._data.find(b"MTrk", begin, end)
        following = following if following >= 0 else end
        walk = self._walk(_Walk(stop=begin), min(announced, end))
        if walk.how == "end":
            if walk.stop < announced <= end:
                later = self._walk(_Walk(stop=walk.stop, tick=walk.tick, running=walk.running), announced)
                # An early end of track, if the rest reads well up to a second one.
                if later.how == "end" and later.stop == announced:
                    return _Walk(messages=walk.messages + later.messages, how="end"), announced
            return walk, announced if announced <= min(end, following) else walk.stop
        if announced <= following:
            # The length may be too short, or the end of track is missing and something else follows.
            longer = self._walk(_Walk(stop=begin), following) if announced < following else walk
            return (longer, longer.stop) if longer.how == "end" else (walk, announced)
        return (self._walk(_Walk(stop=begin), following) if following < end else walk), following

    def _count(self) -> None:
        self._n_events += 1
        if self._n_events > 2 * MAX_EVENTS:
            raise InputError(f"{self._label} has more than {MAX_EVENTS:,} events, too many to read here.")

    def _walk(self, walk: _Walk, limit: int) -> _Walk:
        """Read events up to a limit, the end of track or damage."""
        n_notes = n_events = 0
        try:
            while walk.stop < limit:
                message = self._event(walk, limit)
                if message is None:
                    continue
                self._count()
                n_events += 1
                n_notes += message.status >> 4 == 0x9 and message.second > 0
                if n_events > MAX_EVENTS:
                    raise InputError(
                        f"{self._label} has more than {MAX_EVENTS:,} events, too many to read here."
                    )
                if n_notes > limits.MAX_MIDI_NOTES:
                    raise InputError(
                        f"{self._label} has more than {limits.MAX_MIDI_NOTES:,} notes, too many to play."
                    )
                walk.messages.append(message)
                if message.status == META and message.first == END_OF_TRACK:
                    walk.how = "end"
                    return walk
        except (IndexError, ValueError):
            walk.how = "cut"
        return walk

    def _event(self, walk: _Walk, limit: int) -> Message | None:
        """The next event, behind which the walk then stands; None for what is of no use."""
        data = self._data
        delta, at = _variable_length(data, walk.stop)
        tick = walk.tick + delta
        status = data[at]
        if status >= 0x80:
            at += 1
        else:
            # Some programs keep the running status from track to track; where there is none, it is mostly a note.
            status = walk.running or self._running or 0x90
        message = None
        if status < 0xF0:
            # Other programs write data over 127, which no message can hold: it is taken for 127.
            first, second, size = data[at], 0, _DATA_BYTES[status >> 4]
            if size == 2:
                second = data[at + 1]
            if first > 127 or second > 127:
                self.n_limited += (first > 127) + (second > 127)
                first, second = min(first, 127), min(second, 127)
            message = Message(tick, status, first, second)
            at += size
            # Events without channel leave the running status alone, as programs have it that write such files.
            walk.running = status
        elif status in (0xF0, 0xF7, META):
            kind = data[at] if status == META else 0
            size, begin = _variable_length(data, at + (status == META))
            at = begin + size
            if at > limit and status != META:
                # A system exclusive message without a length ends with 0xF7.
                at = data.index(b"\xf7", begin, limit) + 1
            elif at <= limit and status == META:
                message = Message(tick, META, kind, 0, data[begin:at])
        else:
            at += _SYSTEM_DATA_BYTES.get(status, 0)
        if at > limit:
            raise ValueError("an event runs past the end of its track")
        walk.stop, walk.tick = at, tick
        return message


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    while True:
        byte = data[at]
        at += 1
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at
        if value > 0xFFFFFFF:
            raise ValueError("a number of more than four bytes")
