"""MIDI messages to PrettyMIDI: tempo map of all tracks, notes first in first out, signatures, texts, controllers."""

from __future__ import annotations

import contextlib
import math
from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field

import pretty_midi
from pretty_midi import ControlChange, Instrument, KeySignature, Note, PitchBend, PrettyMIDI, TimeSignature

from core import limits
from core.errors import InputError, plural
from core.music.midi_tracks import END_OF_TRACK, META, Message, MidiTracks

# pretty_midi keeps one float64 a tick: 64 MB. Fifteen minutes at 120 qpm and 1920 ticks are 3.5 million.
MAX_TICKS = 8_000_000
_DRUMS = 9
_TEXT, _TRACK_NAME, _LYRIC, _TEMPO, _METER, _KEY = 0x01, 0x03, 0x05, 0x51, 0x58, 0x59
_ALL_OFF = (120, 123)
# Film frames a second by the header's first byte; 29 stands for NTSC's rate.
_FRAMES = {24: 24.0, 25: 25.0, 29: 30_000 / 1001, 30: 30.0}


def assemble_notes(parsed: MidiTracks, label: str) -> tuple[PrettyMIDI, list[str]]:
    """Make notes and their settings of a parsed file.

    Parameters
    ----------
    parsed : MidiTracks
    label : str
        What the messages call it.

    Returns
    -------
    PrettyMIDI
        Notes of one pitch and channel that overlap end in the order in which they began. What is left sounding
        ends with its track. Of patterns (format 2) the first that has notes.
    list of str
        Sentences about what was chosen, left out or repaired.

    Raises
    ------
    InputError
        If the file says nothing about time, or its notes lie beyond ``MAX_TICKS``.
    """
    said = list(parsed.said)
    tracks = _choose_pattern(parsed, said)
    resolution, tick_sec = _read_division(parsed.division, label, said)
    parts: dict[tuple[int, int, int], _Part] = {}
    n_held = 0
    for number, track in enumerate(tracks):
        n_held += _TrackNotes(number, resolution, parts, label).read(track)
    if n_held:
        said.append(f"{plural(n_held, 'note')} without a note-off: held to the end of the track.")
    end_tick = max((end for part in parts.values() for _, end, _, _ in part.notes), default=0)
    clock = _Clock(tracks, end_tick, resolution, tick_sec)
    pm = clock.start()
    _add_signatures(pm, tracks, clock, said)
    _add_texts(pm, tracks, clock)
    names = [_track_name(track) for track in tracks]
    for (number, channel, program), part in parts.items():
        if part.notes:
            pm.instruments.append(part.instrument(program, channel == _DRUMS, names[number], clock))
    return pm, said


def _choose_pattern(parsed: MidiTracks, said: list[str]) -> list[list[Message]]:
    tracks = parsed.tracks
    if parsed.form != 2 or len(tracks) < 2:
        return tracks
    with_notes = [i for i, track in enumerate(tracks) if any(message.status >> 4 == 9 for message in track)]
    chosen = with_notes[0] if with_notes else 0
    said.append(
        f"This MIDI file holds {len(tracks):,} independent patterns (format 2). Only pattern {chosen + 1} is used."
    )
    return [tracks[chosen]]


def _read_division(division: int, label: str, said: list[str]) -> tuple[int, float | None]:
    """Ticks a quarter, and the length of a tick where it is fixed because the file counts film frames."""
    if division > 0:
        return division, None
    frames, ticks = _FRAMES.get(256 - (division >> 8 & 0xFF)), division & 0xFF
    if frames is None or ticks == 0:
        raise InputError(f"{label} has no valid time division. Export it again, with ticks per quarter note.")
    said.append("The file uses SMPTE time code (film frames) instead of beats. 120 BPM is assumed.")
    return max(1, round(frames * ticks / 2)), 1.0 / (frames * ticks)


@dataclass
class _Part:
    """What one program plays on one channel of a track: notes (begin, end, pitch, velocity) and settings by tick."""

    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    controls: list[tuple[int, int, int]] = field(default_factory=list)
    bends: list[tuple[int, int]] = field(default_factory=list)

    def instrument(self, program: int, is_drum: bool, name: str, clock: _Clock) -> Instrument:
        made = Instrument(program, is_drum, name)
        made.notes = [
            Note(velocity, pitch, clock.sec(begin), clock.sec(end))
            for begin, end, pitch, velocity in self.notes
        ]
        made.control_changes = [
            ControlChange(number, value, clock.sec(tick))
            for tick, number, value in self.controls
            if clock.holds(tick)
        ]
        made.pitch_bends = [
            PitchBend(bend, clock.sec(tick)) for tick, bend in self.bends if clock.holds(tick)
        ]
        return made


class _TrackNotes:
    """Pairs the beginnings and ends of a track's notes."""

    def __init__(
        self, number: int, resolution: int, parts: dict[tuple[int, int, int], _Part], label: str
    ) -> None:
        self._number = number
        self._resolution = resolution
        self._parts = parts
        self._label = label
        self._programs = [0] * 16
        self._sounding: dict[tuple[int, int], deque[tuple[int, int, _Part]]] = defaultdict(deque)
        # Settings that come before a channel's first note belong to that note's part.
        self._waiting: dict[int, _Part] = defaultdict(_Part)

    def read(self, track: list[Message]) -> int:
        """Read the messages; returns how many notes had no end."""
        last = 0
        for message in track:
            tick, status, first, second = message.tick, message.status, message.first, message.second
            kind, channel = status >> 4, status & 0xF
            if status >= 0xF0:
                continue
            if kind == 0x9 and second > 0:
                self._begin(tick, channel, first, second)
            elif kind in (0x8, 0x9):
                self._end(tick, channel, first)
            elif kind == 0xC:
                self._programs[channel] = first
            elif kind == 0xB:
                self._settings(channel).controls.append((tick, first, second))
                if first in _ALL_OFF:
                    self._end_all(tick, channel)
            elif kind == 0xE:
                self._settings(channel).bends.append((tick, (second << 7 | first) - 8192))
            if kind in (0x8, 0x9):
                last = tick
        return self._hold(track[-1] if track else None, last)

    def _settings(self, channel: int) -> _Part:
        key = (self._number, channel, self._programs[channel])
        return self._parts[key] if key in self._parts else self._waiting[channel]

    def _begin(self, tick: int, channel: int, pitch: int, velocity: int) -> None:
        self._check(tick)
        key = (self._number, channel, self._programs[channel])
        if key not in self._parts:
            self._parts[key] = self._waiting.pop(channel, _Part())
        self._sounding[channel, pitch].append((tick, velocity, self._parts[key]))

    def _check(self, tick: int) -> None:
        if tick > MAX_TICKS:
            raise InputError(f"{self._label} is too long, or its ticks are too short, to be read.")

    def _end(self, tick: int, channel: int, pitch: int) -> None:
        sounding = self._sounding.get((channel, pitch))
        if not sounding:
            return
        self._check(tick)
        begin, velocity, part = sounding.popleft()
        # A note of no length is none.
        if begin < tick:
            part.notes.append((begin, tick, pitch, velocity))

    def _end_all(self, tick: int, channel: int) -> None:
        for other, pitch in self._sounding:
            for _ in range(len(self._sounding[other, pitch]) if other == channel else 0):
                self._end(tick, channel, pitch)

    def _hold(self, final: Message | None, last: int) -> int:
        """End what still sounds with the track; not long after the last note of one that ends much later."""
        n_held = 0
        is_end = final is not None and final.status == META and final.first == END_OF_TRACK
        end = min(final.tick, last + 16 * self._resolution) if final is not None and is_end else last
        for (_, pitch), sounding in self._sounding.items():
            for begin, velocity, part in sounding:
                n_held += 1
                stop = end if end > begin else begin + self._resolution
                self._check(stop)
                part.notes.append((begin, stop, pitch, velocity))
        return n_held


class _Clock:
    """The tempo map: seconds of ticks, by the tempo events of all tracks up to the last note."""

    def __init__(
        self, tracks: list[list[Message]], end_tick: int, resolution: int, tick_sec: float | None
    ) -> None:
        self._end_tick = end_tick
        self._resolution = resolution
        tempos = {0: 500_000}  # microseconds a quarter; the last of several at a place holds
        for message in sorted(
            (message for track in tracks for message in track if _is_meta(message, _TEMPO, 3)),
            key=lambda message: message.tick,
        ):
            microseconds = int.from_bytes(message.content[:3], "big")
            # No time at all is no tempo. What comes after the last note changes nothing that is heard.
            if microseconds and message.tick <= end_tick:
                tempos[message.tick] = microseconds
        if tick_sec is not None:
            self.scales = [(0, tick_sec)]
        else:
            self.scales = []
            for tick, microseconds in tempos.items():
                scale = microseconds / 1e6 / resolution
                if not self.scales or scale != self.scales[-1][1]:
                    self.scales.append((tick, scale))
        self._ticks = [tick for tick, _ in self.scales]
        self._seconds = [0.0]
        for (tick, scale), (following, _) in zip(self.scales, self.scales[1:], strict=False):
            self._seconds.append(self._seconds[-1] + (following - tick) * scale)
        self._end_sec = self.sec(end_tick)

    def sec(self, tick: int) -> float:
        """Seconds from the beginning."""
        at = bisect_right(self._ticks, tick) - 1
        return self._seconds[at] + (tick - self._ticks[at]) * self.scales[at][1]

    def holds(self, tick: int) -> bool:
        """Whether something at a place concerns the notes: what comes long after the last one is left out."""
        return tick <= self._end_tick or (
            tick <= MAX_TICKS and self.sec(tick) <= min(self._end_sec + 10, limits.MAX_RENDER_SEC)
        )

    def start(self) -> PrettyMIDI:
        """An empty piece with this tempo map."""
        pm = PrettyMIDI(resolution=self._resolution)
        pm._tick_scales = self.scales
        pm._update_tick_to_time(self._end_tick + 1)
        return pm


def _is_meta(message: Message, kind: int, n_bytes: int) -> bool:
    return message.status == META and message.first == kind and len(message.content) >= n_bytes


def _add_signatures(pm: PrettyMIDI, tracks: list[list[Message]], clock: _Clock, said: list[str]) -> None:
    """Keys and meters of all tracks; what no notation has is left out."""
    meters: dict[int, tuple[int, int]] = {}
    keys: dict[int, int] = {}
    for message in (message for track in tracks for message in track if message.status == META):
        if _is_meta(message, _METER, 2) and clock.holds(message.tick):
            above, halvings = message.content[0], message.content[1]
            if above and halvings <= 6:
                meters.setdefault(message.tick, (above, 2**halvings))
            else:
                said.append("A time signature that cannot exist is ignored.")
        elif _is_meta(message, _KEY, 2) and clock.holds(message.tick):
            fifths, mode = (message.content[0] + 128) % 256 - 128, message.content[1]
            if abs(fifths) <= 7 and mode <= 1:
                keys.setdefault(message.tick, 12 + (7 * fifths + 9) % 12 if mode else 7 * fifths % 12)
            else:
                said.append("A key signature that cannot exist is ignored.")
    said[:] = dict.fromkeys(said)
    pm.time_signature_changes = [TimeSignature(*meters[tick], clock.sec(tick)) for tick in sorted(meters)]
    pm.key_signature_changes = [KeySignature(keys[tick], clock.sec(tick)) for tick in sorted(keys)]


def _add_texts(pm: PrettyMIDI, tracks: list[list[Message]], clock: _Clock) -> None:
    for kind, make, texts in (
        (_LYRIC, pretty_midi.Lyric, pm.lyrics),
        (_TEXT, pretty_midi.Text, pm.text_events),
    ):
        found = [
            message
            for track in tracks
            for message in track
            if _is_meta(message, kind, 0) and clock.holds(message.tick)
        ]
        texts += [
            make(decode_text_event(message.content), clock.sec(message.tick))
            for message in sorted(found, key=lambda message: message.tick)
        ]


def _track_name(track: list[Message]) -> str:
    return next(
        (decode_text_event(message.content) for message in track if _is_meta(message, _TRACK_NAME, 1)), ""
    )


def decode_text_event(content: bytes) -> str:
    """Decode a text of a MIDI file, which says nothing about its encoding: UTF-8, Shift-JIS or Latin-1.

    Examples
    --------
    >>> decode_text_event("Klavier für zwei".encode("latin-1")), decode_text_event("ピアノ".encode("cp932"))
    ('Klavier für zwei', 'ピアノ')
    """
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode("utf-8")
    with contextlib.suppress(UnicodeDecodeError):
        text = content.decode("cp932")
        wide = sum("\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" for char in text)
        # Two letters of Latin-1 in a row may look like one of Japanese, but not most of a text.
        if wide > math.ceil(sum(char.isascii() and char.isalnum() for char in text) / 2):
            return text
    return content.decode("latin-1")
