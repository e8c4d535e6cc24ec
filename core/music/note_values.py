"""Note values: bars cut into notes and rests that one sign can show, with ties, tuplets and beams.

A :class:`~core.music.tune.Tune` knows what sounds. ABC and MusicXML also want to know what is drawn: where a
long note is tied, how it is spelled, which eighths share a beam. That is worked out here once for both.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from core.music.spelling import shown_key, spell_line
from core.music.tune import FREE, TICKS, Event, Meter, Tune, in_force
from core.music.tune_reading import check_length

_WHOLE = 4 * TICKS
_TYPE_NAMES = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
#: Note types by MusicXML's names: ticks of the undotted note.
TYPES = {name: 2 * _WHOLE >> halvings for halvings, name in enumerate(_TYPE_NAMES)}
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

    @property
    def n_beams(self) -> int:
        """Beams or flags: 1 of an eighth, 2 of a sixteenth; 0 of what is longer."""
        return max(0, _TYPE_NAMES.index(self.type) - _TYPE_NAMES.index("quarter"))


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
_LONGEST = max(VALUES)


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

    @property
    def n_beams(self) -> int:
        """Beams or flags that it has; 0 for a rest."""
        return self.value.n_beams if self.value is not None and self.spelling is not None else 0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar; `number` is 0 for the pickup. `new_line` where a new line of the score begins.

    The second half of a bar that a repeat sign splits has the number of the first; it `goes_on`.
    """

    number: int
    onset_tick: int
    duration_tick: int
    meter: Meter
    signs: tuple[Sign, ...]
    new_line: bool
    goes_on: bool = False


def notate_bars(tune: Tune) -> list[Bar]:
    """Cut a tune into bars as they are drawn, four to a line.

    Raises
    ------
    InputError
        If it is longer than what is read.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:3/4\\nL:1/4\\nK:C\\nG|c2 d|e3|]")
    >>> [(bar.number, [sign.value.type for sign in bar.signs]) for bar in notate_bars(tune)]
    [(0, ['quarter']), (1, ['half', 'quarter']), (2, ['half'])]
    """
    check_length(tune.length_tick, "tune")
    inner = [bar for bar in tune.bars if 0 < bar < tune.length_tick]
    edges = [0, *inner, tune.length_tick]
    # A chord that changes under a long note stands at a note of its own, tied to it.
    changes = sorted(
        {key.onset_tick for key in tune.keys}
        | {meter.onset_tick for meter in tune.meters}
        | {chord.onset_tick for chord in tune.chords}
    )
    spellings = spell_tune(tune)
    number = 0 if tune.pickup_tick else 1
    bars: list[Bar] = []
    at = 0  # the first event that has not ended
    shift = 0
    for begin, end in pairwise(edges):
        meter = in_force(tune.meters, begin)
        length = end - begin
        short = 0 < length < meter.bar_tick
        # Beats of a pickup, and of the second half of a bar that is split, are counted from its end.
        rest_of_bar = bool(bars) and shift == 0 and bars[-1].duration_tick + length == meter.bar_tick
        shift = meter.bar_tick - length if short and (number == 0 or rest_of_bar) else 0
        stops = changes[bisect_right(changes, begin) : bisect_left(changes, end)]
        here: list[Sign] = []
        while at < len(tune.events) and tune.events[at].onset_tick < end:
            here += _signs(tune, tune.events[at], spellings[at], begin, end, stops, shift)
            if tune.events[at].end_tick > end:
                break
            at += 1
        signs = _mark_beams(_mark_tuplets(here), begin - shift, meter)
        # What leads to the first bar of a line stands with it.
        begins_line = number > 1 and (number - 1) % BARS_A_LINE == 0
        new_line = begins_line and not (bars and bars[-1].goes_on and bars[-1].new_line)
        number -= rest_of_bar
        bar = Bar(
            number=number,
            onset_tick=begin,
            duration_tick=length,
            meter=meter,
            signs=tuple(signs),
            new_line=new_line,
            goes_on=rest_of_bar,
        )
        bars.append(bar)
        number += 1
    return bars


def spell_tune(tune: Tune) -> list[tuple[str, int, int] | None]:
    """Name the pitches of a tune's events in the keys that are shown; None for rests."""
    keys = [shown_key(in_force(tune.keys, event.onset_tick)) for event in tune.events]
    return spell_line([event.pitch for event in tune.events], keys)


def _signs(
    tune: Tune,
    event: Event,
    spelling: tuple[str, int, int] | None,
    begin: int,
    end: int,
    stops: Sequence[int],
    shift: int,
) -> list[Sign]:
    """The part of an event that lies in a bar, cut at changes and into lengths that one sign can show."""
    first, last = max(begin, event.onset_tick), min(end, event.end_tick)
    edges = [first, *stops[bisect_right(stops, first) : bisect_left(stops, last)], last]
    pieces: list[tuple[int, int]] = []
    for left, right in pairwise(edges):
        meter = in_force(tune.meters, left)
        whole_bar = event.pitch is None and left == begin and right == end
        grid = begin - shift
        pieces += (
            [(left, right - left)]
            if whole_bar
            else _cut(left, right, grid, beat_ticks(meter), event.pitch is None)
        )
    sounding = event.pitch is not None
    return [
        Sign(
            event=event,
            onset_tick=onset,
            duration_tick=length,
            value=VALUES.get(length),
            spelling=spelling,
            tie_from=sounding and onset > event.onset_tick,
            tie_to=sounding and onset + length < event.end_tick,
        )
        for onset, length in pieces
    ]


def _cut(left: int, right: int, grid: int, beats: tuple[int, ...], rest: bool) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    while True:
        length = right - left
        # Rests with two dots are hard to count.
        if length in VALUES and not (rest and VALUES[length].dots > 1):
            return [*pieces, (left, length)]
        # Two signs that meet on a beat, if there is such a place; the longer one first is easier to read.
        near = length <= 2 * _LONGEST
        for place in reversed(beat_places(grid, left + 1, right - 1, beats) if near else []):
            if place - left in VALUES and right - place in VALUES:
                return [*pieces, (left, place - left), (place, right - place)]
        longest = _longest_below(length, rest)
        if longest is None:
            return [*pieces, (left, length)]
        pieces.append((left, longest))
        left += longest


def _longest_below(length: int, rest: bool) -> int | None:
    """The longest sign that leaves something of a length."""
    fitting = [ticks for ticks, value in VALUES.items() if ticks < length and not (rest and value.dots)]
    # A part of a tuplet only where nothing else is left: alone it is no rhythm that a reader knows.
    plain = [ticks for ticks in fitting if VALUES[ticks].tuplet is None and VALUES[ticks].dots < 2]
    return max(plain or fitting, default=None)


def beat_ticks(meter: Meter) -> tuple[int, ...]:
    """Lengths of the beats of a bar, by which eighths are beamed; they repeat."""
    if meter.meter == FREE:
        return (TICKS,)
    above, below = (int(part) for part in meter.meter.split("/"))
    unit = _WHOLE // below
    if meter.groups:
        return tuple(unit * group for group in meter.groups)
    if below < 8:
        return (TICKS,)
    if above % 3 == 0:
        return (3 * unit,)
    groups = {5: (3, 2), 7: (2, 2, 3), 8: (3, 3, 2), 10: (3, 3, 2, 2), 11: (3, 3, 3, 2)}
    return tuple(unit * group for group in groups.get(above, (2,)))


def _mark_tuplets(signs: list[Sign]) -> list[Sign]:
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


def beat_places(grid: int, first: int, last: int, beats: Sequence[int]) -> list[int]:
    """List where beats begin from one place to another, both included.

    Parameters
    ----------
    grid : int
        Where the first of them begins.
    first, last : int
        Not before `grid`.
    beats : sequence of int
        Their lengths, which repeat.

    Examples
    --------
    >>> beat_places(0, 4, 13, (3, 2))
    [5, 8, 10, 13]
    """
    whole = sum(beats)
    begin = grid + (first - grid) // whole * whole
    places = itertools.accumulate(itertools.cycle(beats), initial=begin)
    return [place for place in itertools.takewhile(lambda place: place <= last, places) if place >= first]


def _mark_beams(signs: list[Sign], grid: int, meter: Meter) -> list[Sign]:
    """Join neighbors shorter than a quarter within a beat."""
    if not signs:
        return []
    edges = beat_places(grid, grid, signs[-1].onset_tick, beat_ticks(meter))
    beats = [bisect_right(edges, sign.onset_tick) for sign in signs]
    words = beam_words([sign.n_beams for sign in signs], beats)
    return [replace(sign, beams=beams) for sign, beams in zip(signs, words, strict=True)]


def beam_words(n_beams: Sequence[int], beats: Sequence[int]) -> list[tuple[str, ...]]:
    """Join the flags of neighbors within a beat.

    Parameters
    ----------
    n_beams : sequence of int
        Flags of each note: 1 of an eighth; 0 of rests and of long notes, which interrupt a beam.
    beats : sequence of int
        Number of the beat in which each begins.

    Returns
    -------
    list of tuple of str
        MusicXML's words for each note, one a level; none where it has no neighbor to join.

    Examples
    --------
    >>> beam_words([1, 2, 2, 0, 1], [0, 0, 0, 1, 2])
    [('begin',), ('continue', 'begin'), ('end', 'end'), (), ()]
    """
    words: list[tuple[str, ...]] = []
    for (_, flagged), group in itertools.groupby(
        zip(beats, n_beams, strict=True), lambda note: (note[0], note[1] > 0)
    ):
        levels = [n for _, n in group]
        alone = not flagged or len(levels) == 1
        words += [()] * len(levels) if alone else [_join(levels, at) for at in range(len(levels))]
    return words


def _join(levels: Sequence[int], at: int) -> tuple[str, ...]:
    """The words of one note among those that it is joined with."""
    before = levels[at - 1] if at > 0 else 0
    after = levels[at + 1] if at + 1 < len(levels) else 0
    hook = "forward hook" if at == 0 else "backward hook"
    names = {(True, True): "continue", (True, False): "end", (False, True): "begin", (False, False): hook}
    return tuple(names[before >= level, after >= level] for level in range(1, levels[at] + 1))
