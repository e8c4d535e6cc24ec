"""How a tune stands on paper: bars cut into notes that one sign can show, with ties, tuplets and beams.

A :class:`~core.music.tune.Tune` knows what sounds. ABC and MusicXML also want to know what is drawn: where a
long note is tied, how it is spelled, which eighths share a beam. That is worked out here once for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from core.music.tune import FREE, MODE_FIFTHS, TICKS, Event, Key, Meter, Tune, tonic_name

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTH_ORDER = "FCGDAEB"
_WHOLE = 4 * TICKS
# Note types by MusicXML's names: ticks of the undotted note.
TYPES = {
    "breve": 2 * _WHOLE, "whole": _WHOLE, "half": _WHOLE // 2, "quarter": _WHOLE // 4, "eighth": _WHOLE // 8,
    "16th": _WHOLE // 16, "32nd": _WHOLE // 32, "64th": _WHOLE // 64, "128th": _WHOLE // 128,
}  # fmt: skip
# How many beams a type has.
BEAMS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}
BARS_A_LINE = 4


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a note looks like: type, dots, and ``(actual, normal)`` where it is part of a tuplet."""

    type: str
    dots: int = 0
    tuplet: tuple[int, int] | None = None

    @property
    def shown_tick(self) -> int:
        """Length that the sign has outside a tuplet."""
        return int(TYPES[self.type] * (2 - Fraction(1, 2**self.dots)))


def _values() -> dict[int, Value]:
    found: dict[int, Value] = {}
    for tuplet in (None, (3, 2), (5, 4)):
        for name, ticks in TYPES.items():
            for dots in (0, 1, 2) if tuplet is None else (0,):
                length = Fraction(ticks) * (2 - Fraction(1, 2**dots))
                if tuplet is not None:
                    length = length * tuplet[1] / tuplet[0]
                if length.denominator == 1:
                    found.setdefault(int(length), Value(type=name, dots=dots, tuplet=tuplet))
    return found


VALUES = _values()


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One note or rest as it is drawn.

    Attributes
    ----------
    event : Event
        What it is a part of.
    onset_tick, duration_tick : int
    value : Value or None
        None for a length that no sign has, such as 7 ticks.
    spelling : tuple of (str, int, int) or None
        Letter, alteration and octave; None for a rest.
    tie_from, tie_to : bool
        Tied to the sign before; to the next one.
    tuplet_opens, tuplet_closes : bool
    beams : tuple of str
        MusicXML's words, one a level: begin, continue, end, forward hook, backward hook.
    """

    event: Event
    onset_tick: int
    duration_tick: int
    value: Value | None
    spelling: tuple[str, int, int] | None
    tie_from: bool
    tie_to: bool
    tuplet_opens: bool = False
    tuplet_closes: bool = False
    beams: tuple[str, ...] = ()

    @property
    def begins_phrase(self) -> bool:
        """Whether a phrase begins with this sign."""
        return self.event.begins_phrase and self.onset_tick == self.event.onset_tick

    @property
    def ends_phrase(self) -> bool:
        """Whether a phrase ends with this sign."""
        return self.event.ends_phrase and self.onset_tick + self.duration_tick == self.event.end_tick


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar; `number` is 0 for the pickup. `new_line` where a new line of the score begins."""

    number: int
    onset_tick: int
    duration_tick: int
    meter: Meter
    signs: tuple[Sign, ...]
    new_line: bool


def shown_key(key: Key) -> Key:
    """The key as a signature can show it: beyond seven accidentals, its enharmonic twin."""
    if abs(key.fifths) <= 7 and len(key.tonic) <= 2:
        return key
    return replace(key, tonic=tonic_name(key.pitch_class, key.mode))


def signature(fifths: int) -> dict[str, int]:
    """Alteration of each letter under a key signature."""
    sharp, flat = _FIFTH_ORDER[: max(0, fifths)], _FIFTH_ORDER[::-1][: max(0, -fifths)]
    return {letter: (letter in sharp) - (letter in flat) for letter in _FIFTH_ORDER}


def spell(pitch: int, key: Key) -> tuple[str, int, int]:
    """Letter, alteration and octave of a pitch: the name nearest to the key on the line of fifths."""
    place = place_on_fifths(pitch, key)
    alter, index = divmod(place + 1, 7)
    letter = _FIFTH_ORDER[index]
    return letter, alter, (pitch - LETTERS[letter] - alter) // 12 - 1


def place_on_fifths(pitch: int, key: Key) -> int:
    """Which name a pitch has in a key, as its place on the line of fifths; C is 0, G 1, F -1.

    It is the one nearest to the middle of the scale. In minor modes the middle lies higher, for the raised
    notes that lead upwards: from the lowered second to the raised fourth.
    """
    tonic = key.fifths - MODE_FIFTHS[key.mode]
    middle = tonic + 0.5 if key.mode in ("minor", "dorian", "phrygian") else float(key.fifths + 2)
    return min(
        (fifth for fifth in range(-15, 20) if (fifth * 7) % 12 == pitch % 12),
        key=lambda fifth: (abs(fifth - middle), fifth),
    )


def key_at(tune: Tune, tick: int) -> Key:
    """The key that holds at a place."""
    return [key for key in tune.keys if key.onset_tick <= tick][-1]


def meter_at(tune: Tune, tick: int) -> Meter:
    """The metre that holds at a place."""
    return [meter for meter in tune.meters if meter.onset_tick <= tick][-1]


def written_bars(tune: Tune) -> list[Bar]:
    """Cut a tune into bars as they are drawn, four to a line."""
    inner = [bar for bar in tune.bars if 0 < bar < tune.length_tick]
    edges = [0, *inner, tune.length_tick]
    changes = sorted({key.onset_tick for key in tune.keys} | {meter.onset_tick for meter in tune.meters})
    number = 0 if tune.pickup_tick else 1
    bars: list[Bar] = []
    events = list(tune.events)
    shift = 0
    for begin, end in pairwise(edges):
        meter = meter_at(tune, begin)
        length = end - begin
        short = 0 < length < meter.bar_tick
        # Beats of a pickup, and of the second half of a bar that is split, are counted from its end.
        rest_of_bar = bool(bars) and shift == 0 and bars[-1].duration_tick + length == meter.bar_tick
        shift = meter.bar_tick - length if short and (number == 0 or rest_of_bar) else 0
        stops = [stop for stop in changes if begin < stop < end]
        here: list[Sign] = []
        while events and events[0].onset_tick < end:
            here += _signs(tune, events[0], begin, end, stops, shift)
            if events[0].end_tick > end:
                break
            events.pop(0)
        signs = _with_beams(_with_tuplets(here), begin - shift, meter)
        new_line = number > 1 and (number - 1) % BARS_A_LINE == 0
        bars.append(
            Bar(
                number=number, onset_tick=begin, duration_tick=length, meter=meter, signs=tuple(signs),
                new_line=new_line,
            )
        )  # fmt: skip
        number += 1
    return bars


def _signs(tune: Tune, event: Event, begin: int, end: int, stops: Sequence[int], shift: int) -> list[Sign]:
    """The part of an event that lies in a bar, cut at changes and into lengths that one sign can show."""
    first, last = max(begin, event.onset_tick), min(end, event.end_tick)
    edges = [first, *(stop for stop in stops if first < stop < last), last]
    pieces: list[tuple[int, int]] = []
    for left, right in pairwise(edges):
        meter = meter_at(tune, left)
        whole_bar = event.pitch is None and left == begin and right == end
        grid = begin - shift
        pieces += (
            [(left, right - left)]
            if whole_bar
            else _cut(left, right, grid, beat_ticks(meter), event.pitch is None)
        )
    spelling = None if event.pitch is None else spell(event.pitch, shown_key(key_at(tune, event.onset_tick)))
    sounding = event.pitch is not None
    return [
        Sign(
            event=event, onset_tick=onset, duration_tick=length, value=VALUES.get(length), spelling=spelling,
            tie_from=sounding and onset > event.onset_tick, tie_to=sounding and onset + length < event.end_tick,
        )
        for onset, length in pieces
    ]  # fmt: skip


def _cut(left: int, right: int, grid: int, beats: tuple[int, ...], rest: bool) -> list[tuple[int, int]]:
    length = right - left
    # Rests with two dots are hard to count.
    if length in VALUES and not (rest and VALUES[length].dots > 1):
        return [(left, length)]
    # Two signs that meet on a beat, if there is such a place; the longer one first is easier to read.
    places, place, i = [], grid, 0
    while place < right:
        if place > left:
            places.append(place)
        place, i = place + beats[i % len(beats)], i + 1
    for place in reversed(places):
        if place - left in VALUES and right - place in VALUES:
            return [(left, place - left), (place, right - place)]
    fitting = [ticks for ticks, value in VALUES.items() if ticks < length and not (rest and value.dots)]
    # A part of a tuplet only where nothing else is left: alone it is no rhythm that a reader knows.
    fitting = [
        ticks for ticks in fitting if VALUES[ticks].tuplet is None and VALUES[ticks].dots < 2
    ] or fitting
    if not fitting:
        return [(left, length)]
    longest = max(fitting)
    return [(left, longest), *_cut(left + longest, right, grid, beats, rest)]


def beat_ticks(meter: Meter) -> tuple[int, ...]:
    """Lengths of the beats of a bar, by which eighths are beamed; they repeat."""
    if meter.meter == FREE:
        return (TICKS,)
    above, below = (int(part) for part in meter.meter.split("/"))
    unit = _WHOLE // below
    if below < 8:
        return (TICKS,)
    if above % 3 == 0:
        return (3 * unit,)
    groups = {5: (3, 2), 7: (2, 2, 3), 8: (3, 3, 2), 10: (3, 3, 2, 2), 11: (3, 3, 3, 2)}
    return tuple(unit * group for group in groups.get(above, (2,)))


def _with_tuplets(signs: list[Sign]) -> list[Sign]:
    """Mark where tuplets open and close: a group closes when its sum is a plain length."""
    marked = list(signs)
    opened, total = -1, 0
    for i, sign in enumerate(signs):
        ratio = sign.value.tuplet if sign.value else None
        if ratio is None:
            continue
        if opened < 0:
            opened, total = i, 0
            marked[i] = replace(marked[i], tuplet_opens=True)
        total += sign.duration_tick
        after = signs[i + 1].value if i + 1 < len(signs) else None
        # Notes and the group that they fill; a group that another ratio or the bar line breaks off ends there.
        if (total in VALUES and VALUES[total].tuplet is None) or after is None or after.tuplet != ratio:
            marked[i] = replace(marked[i], tuplet_closes=True)
            opened = -1
    return marked


def _with_beams(signs: list[Sign], grid: int, meter: Meter) -> list[Sign]:
    """Join neighbours shorter than a quarter within a beat."""
    beats, edges, place, i = beat_ticks(meter), [], grid, 0
    end = signs[-1].onset_tick + signs[-1].duration_tick if signs else grid
    while place <= end:
        edges.append(place)
        place, i = place + beats[i % len(beats)], i + 1

    def beat(sign: Sign) -> int:
        """Number of the beat that a sign begins in."""
        return sum(edge <= sign.onset_tick for edge in edges)

    marked = list(signs)
    group: list[int] = []
    for index, sign in enumerate(signs):
        flagged = sign.spelling is not None and sign.value is not None and sign.value.type in BEAMS
        if group and (not flagged or beat(signs[group[-1]]) != beat(sign)):
            _beam(marked, group)
            group = []
        if flagged:
            group.append(index)
    _beam(marked, group)
    return marked


def _beam(signs: list[Sign], group: list[int]) -> None:
    if len(group) < 2:
        return
    values = [signs[i].value for i in group]
    levels = [BEAMS[value.type] if value else 0 for value in values]
    for at, index in enumerate(group):
        words = []
        for level in range(1, levels[at] + 1):
            before = at > 0 and levels[at - 1] >= level
            after = at + 1 < len(group) and levels[at + 1] >= level
            if before:
                words.append("continue" if after else "end")
            elif after:
                words.append("begin")
            else:
                words.append("forward hook" if at == 0 else "backward hook")
        signs[index] = replace(signs[index], beams=tuple(words))
