"""Tune: a one-voice melody with notes, rests, bars, keys and meters, as all readers return and all writers take it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

from core.errors import InputError
from core.music.chord_symbols import ChordSymbol, name_class
from core.music.scales import SCALES

# Ticks in a quarter: every length down to a dotted sixty-fourth, in triplets and in quintuplets is whole.
TICKS = 480
FREE = "free"
MAX_GROUPS = 16  # of the beats of a bar
MODES = ("major", "minor", "dorian", "mixolydian", "phrygian", "lydian")
WITH_MINOR_THIRD = ("minor", "dorian", "phrygian")
# Fifths by which a mode's signature differs from that of the major scale on the same tonic.
MODE_FIFTHS = {"lydian": 1, "major": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "phrygian": -4}
# Semitones above the tonic; minor has the leading note as well.
MODE_SCALES = {mode: SCALES[mode] for mode in MODES if mode != "minor"} | {
    "minor": (*SCALES["natural minor"], 11)
}
LINE_OF_FIFTHS = "FCGDAEB"
"""Letters by fifths; a place on the line counts from C: G is 1, F -1, F# 6, Bb -2."""
_KEY = re.compile(r"[A-G](##|#|bb|b|)")
_METER = re.compile(r"([1-9][0-9]?)/(1|2|4|8|16|32)")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key from a place on.

    Attributes
    ----------
    onset_tick : int
    tonic : str
        ``"G"``, ``"Bb"``, ``"F#"``.
    mode : str
        One of ``MODES``.
    """

    onset_tick: int = 0
    tonic: str = "C"
    mode: str = "major"

    def __post_init__(self) -> None:
        if _KEY.fullmatch(self.tonic) is None:
            raise InputError(
                f'"{self.tonic[:20]}" is not a key. Use a letter from A to G, optionally with # or b.'
            )
        if self.mode not in MODES:
            raise InputError(f'"{self.mode[:20]}" is not a mode. Use one of {", ".join(MODES)}.')

    @property
    def tonic_place(self) -> int:
        """The tonic's place on the line of fifths."""
        shift = self.tonic.count("#") - self.tonic[1:].count("b")
        return LINE_OF_FIFTHS.index(self.tonic[0]) - 1 + 7 * shift

    @property
    def pitch_class(self) -> int:
        """The tonic's pitch class, 0-11."""
        return 7 * self.tonic_place % 12

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) of the signature."""
        return self.tonic_place + MODE_FIFTHS[self.mode]


@dataclass(frozen=True, kw_only=True)
class Meter:
    """A meter from a place on.

    Attributes
    ----------
    onset_tick : int
    meter : str
        ``"6/8"``, or ``"free"``.
    groups : tuple of int
        How the beats of an irregular meter are grouped, such as ``(3, 2, 2)`` for 7/8; beams follow it. Empty where
        the usual grouping holds.

    Examples
    --------
    >>> Meter(meter="7/8", groups=(3, 2, 2)).name, Meter(meter="7/8").name
    ('3+2+2/8', '7/8')
    """

    onset_tick: int = 0
    meter: str = "4/4"
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.meter != FREE and _METER.fullmatch(self.meter) is None:
            raise InputError(f'"{self.meter[:20]}" is not a meter. Use one such as 3/4 or 6/8.')
        if self.groups and (
            self.meter == FREE
            or min(self.groups) < 1
            or len(self.groups) > MAX_GROUPS
            or sum(self.groups) != int(self.meter.partition("/")[0])
        ):
            raise InputError(
                f"A grouping of {'+'.join(str(group) for group in self.groups)[:20]} does not fill a bar of "
                f"{self.meter}. The numbers must add up to its upper number."
            )

    @property
    def name(self) -> str:
        """The meter as notation writes it, with its grouping where it has one."""
        if not self.groups:
            return self.meter
        return "+".join(str(group) for group in self.groups) + "/" + self.meter.rpartition("/")[2]

    @property
    def bar_tick(self) -> int:
        """Length of a bar; 0 in free meter."""
        if self.meter == FREE:
            return 0
        above, below = self.meter.split("/")
        return int(above) * 4 * TICKS // int(below)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A note or a rest; notes that are tied are one event.

    Attributes
    ----------
    onset_tick, duration_tick : int
        In ticks of a quarter / 480 from the beginning of the tune; the duration is positive.
    pitch : int or None
        MIDI note number; None for a rest.
    begins_phrase, ends_phrase : bool
    """

    onset_tick: int
    duration_tick: int
    pitch: int | None
    begins_phrase: bool = False
    ends_phrase: bool = False

    @property
    def end_tick(self) -> int:
        """Where it ends."""
        return self.onset_tick + self.duration_tick


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A section that is played twice in a row, and written once.

    Attributes
    ----------
    onset_tick, turn_tick, end_tick : int
        Where the first time begins, where the second begins, and where that ends; of the tune as it is played.
    ending_tick : int
        Length of the first ending, with which the first time closes; 0 where both times are the same throughout.
    """

    onset_tick: int
    turn_tick: int
    end_tick: int
    ending_tick: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.onset_tick < self.turn_tick < self.end_tick or self.body_tick <= 0:
            raise ValueError(f"A repeat needs a beginning, a turn and an end, not {self!r}.")

    @property
    def body_tick(self) -> int:
        """Length of what both times have in common."""
        return self.turn_tick - self.onset_tick - self.ending_tick

    @property
    def second_ending_tick(self) -> int:
        """Where the second ending begins; where the repeat ends if there is none."""
        return self.turn_tick + self.body_tick if self.ending_tick else self.end_tick


@dataclass(frozen=True, kw_only=True)
class Tune:
    """One voice without gaps, as it is played: repeats are written out in it.

    Attributes
    ----------
    events : tuple of Event
        Each begins where the one before ends; the first at 0.
    bars : tuple of int
        Where bars begin, ascending. The first is 0, or the end of the pickup.
    keys, meters : tuple of Key, Meter
        At least one each, the first at 0, ascending.
    collection : str
        Where it comes from, such as ``"germany/erk"``; empty if unknown.
    chords : tuple of ChordSymbol
        Ascending; each holds to the next one.
    repeats : tuple of Repeat
        Sections that notation writes once; ascending and apart.
    """

    events: tuple[Event, ...]
    bars: tuple[int, ...]
    keys: tuple[Key, ...]
    meters: tuple[Meter, ...]
    collection: str = ""
    chords: tuple[ChordSymbol, ...] = ()
    repeats: tuple[Repeat, ...] = ()

    def __post_init__(self) -> None:
        place = 0
        for event in self.events:
            if event.onset_tick != place or event.duration_tick <= 0:
                raise ValueError(f"Events must follow each other without gaps, not {event!r} at {place}.")
            if event.pitch is not None and not 0 <= event.pitch <= 127:
                raise ValueError(f"pitch must lie in 0-127, not {event.pitch}.")
            place = event.end_tick
        for changes in (self.keys, self.meters):
            if not changes or changes[0].onset_tick != 0:
                raise ValueError("A tune needs a key and a meter from its beginning on.")
            onsets = [change.onset_tick for change in changes]
            if onsets != sorted(onsets):
                raise ValueError(f"Keys and meters must ascend, not begin at {onsets!r}.")
        if list(self.bars) != sorted(set(self.bars)) or (self.bars and self.bars[0] < 0):
            raise ValueError(f"bars must ascend from 0, not {self.bars!r}.")
        if any(a.onset_tick >= b.onset_tick for a, b in pairwise(self.chords)):
            raise ValueError("Chords must ascend.")
        if any(a.end_tick > b.onset_tick for a, b in pairwise(self.repeats)):
            raise ValueError("Repeats must ascend and lie apart.")

    @property
    def pickup_tick(self) -> int:
        """Length of the pickup; 0 if the tune begins with a bar."""
        return self.bars[0] if self.bars else 0

    @property
    def length_tick(self) -> int:
        """Where the last event ends."""
        return self.events[-1].end_tick if self.events else 0

    @property
    def pitches(self) -> list[int]:
        """The notes' pitches without the rests."""
        return [event.pitch for event in self.events if event.pitch is not None]

    @property
    def has_phrases(self) -> bool:
        """Whether phrases are marked."""
        return any(event.ends_phrase for event in self.events)

    @cached_property
    def _bar_starts(self) -> list[int]:
        return list(self.bars)

    def bar_of(self, tick: int) -> int:
        """Number of the bar that holds a place, from 0; -1 in the pickup."""
        return bisect_right(self._bar_starts, tick) - 1

    def transposed(self, semitones: int) -> Tune:
        """Transpose the tune, into the key of that tonic with the fewest accidentals.

        Raises
        ------
        InputError
            If a note would lie outside of MIDI's range.
        """
        if any(not 0 <= pitch + semitones <= 127 for pitch in self.pitches):
            raise InputError(
                f"Transposed by {semitones:+d} semitones, this tune leaves the range of MIDI. "
                "Choose a smaller interval."
            )
        keys = tuple(
            replace(key, tonic=tonic_name((key.pitch_class + semitones) % 12, key.mode)) for key in self.keys
        )
        chords = tuple(_transpose_chord(chord, self.keys, keys, semitones) for chord in self.chords)
        if semitones % 12 == 0:
            keys, chords = self.keys, self.chords
        events = tuple(
            replace(event, pitch=None if event.pitch is None else event.pitch + semitones)
            for event in self.events
        )
        return replace(self, events=events, keys=keys, chords=chords)


def _transpose_chord(
    chord: ChordSymbol, before: Sequence[Key], after: Sequence[Key], semitones: int
) -> ChordSymbol:
    """A chord with the names that its notes have in the new key: as far from the tonic as before on the line of fifths."""
    shift = in_force(after, chord.onset_tick).tonic_place - in_force(before, chord.onset_tick).tonic_place

    def move(name: str) -> str:
        if not name:
            return name
        place = LINE_OF_FIFTHS.index(name[0]) - 1 + 7 * (name.count("#") - name[1:].count("b")) + shift
        if -8 <= place <= 12:
            return tonic_at(place)
        return tonic_name((name_class(name) + semitones) % 12, "major")

    return replace(chord, root=move(chord.root), bass=move(chord.bass))


def tonic_at(place: int) -> str:
    """Name a place on the line of fifths, such as ``"Bb"`` for -2."""
    alter, index = divmod(place + 1, 7)
    return LINE_OF_FIFTHS[index] + "#" * alter + "b" * -alter


def tonic_name(pitch_class: int, mode: str) -> str:
    """Spell a tonic with the fewest accidentals in the signature."""
    places = [place for place in range(-8, 13) if 7 * place % 12 == pitch_class % 12]
    return tonic_at(min(places, key=lambda place: (abs(place + MODE_FIFTHS[mode]), place > 5)))


_Change = TypeVar("_Change", Key, Meter)


def in_force(changes: Sequence[_Change], tick: int) -> _Change:
    """Find the key or meter that holds at a place; `changes` ascend from 0."""
    return changes[bisect_right(changes, tick, key=attrgetter("onset_tick")) - 1]


def regular_bars(length_tick: int, meters: tuple[Meter, ...], pickup_tick: int = 0) -> tuple[int, ...]:
    """Lay bar lines by the meter alone, from the end of the pickup up to the end."""
    bars, place = [], pickup_tick
    while place < length_tick:
        bars.append(place)
        bar_tick = in_force(meters, place).bar_tick
        if bar_tick == 0:
            break
        place += bar_tick
    return tuple(bars)
