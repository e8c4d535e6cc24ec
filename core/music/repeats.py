"""Repeats, endings, jumps (D.C., D.S., Fine, Coda) and labeled parts of a score, played out in the order they sound."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TypeVar

from core.music.chord_symbols import ChordSymbol
from core.music.tune import TICKS, Event, Key, Meter, Repeat, Tune, in_force
from core.music.tune_reading import MAX_CHANGES, MAX_NOTES, MAX_QUARTERS, add_change

PLAYED = "Repeats, endings and jumps are written out."
NOT_PLAYED = "Repeats are not written out: the tune would be too long."
CONTRADICTED = "The repeat signs contradict each other, so they are ignored."
# More often is taken for damage.
MAX_TIMES = 16

_Change = TypeVar("_Change", Key, Meter)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a score says about its order at a place.

    Attributes
    ----------
    tick : int
    closes : int
        How many times is played what this repeat sign closes; 0 where none stands.
    opens : bool
        Whether a repeat sign opens.
    ending : tuple of int
        Times for which the ending is played that begins here; empty where none does.
    ends_ending : bool
    jump : str
        ``"capo"`` or ``"segno"``: where the music goes on, once.
    fine, to_coda, segno, coda : bool
    """

    tick: int
    closes: int = 0
    opens: bool = False
    ending: tuple[int, ...] = ()
    ends_ending: bool = False
    jump: str = ""
    fine: bool = False
    to_coda: bool = False
    segno: bool = False
    coda: bool = False


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    """What lies between two marks."""

    begin: int
    end: int
    opens: bool
    segno: bool
    coda: bool
    closes: int
    jump: str
    fine: bool
    to_coda: bool
    ending: tuple[int, ...]


def parse_ending(text: str) -> tuple[int, ...]:
    """Read the times of an ending; none where the text is no such list.

    Examples
    --------
    >>> parse_ending("1, 3"), parse_ending("1-3"), parse_ending("2."), parse_ending("last")
    ((1, 3), (1, 2, 3), (2,), ())
    """
    times: set[int] = set()
    for first, last in re.findall(r"([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?", text[:40]):
        times |= set(range(int(first), min(int(last or first), MAX_TIMES) + 1))
    return tuple(sorted(time for time in times if 1 <= time <= MAX_TIMES))


def play_repeats(
    tune: Tune,
    marks: Iterable[Mark],
    *,
    parts: Sequence[tuple[int, str]] = (),
    part_order: Sequence[str] = (),
) -> tuple[Tune, str]:
    """Write a tune out in the order in which it is played.

    Parameters
    ----------
    tune : Tune
        As it is written.
    marks : iterable of Mark
    parts : sequence of (int, str)
        Where each labeled part begins.
    part_order : sequence of str
        Labels in the order in which the parts are played; empty for that of the score.

    Returns
    -------
    Tune
        The same where nothing is repeated, or where it would be too long. Its ``repeats`` are the sections that are played
        twice in a row, with a first and a second ending or without.
    str
        A sentence for the visitor; empty where no mark asks for another order.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, said = read_abc("L:1/4\\nK:C\\n|:C D|1 E2:|2 F2|]")
    >>> tune.pitches, said
    ([60, 62, 64, 60, 62, 65], ['Repeats, endings and jumps are written out.'])
    """
    found = [mark for mark in marks if 0 <= mark.tick <= tune.length_tick]
    labels = {name for _, name in parts}
    wanted = [name for name in part_order if name in labels]
    if not wanted and not any(mark.closes or mark.ending or mark.jump for mark in found):
        return tune, ""
    cuts = {tick for tick, _ in parts} if wanted else set()
    stretches = _cut_stretches(found, tune.length_tick, cuts)
    order = _order_parts(stretches, parts, wanted) if wanted else _order(stretches)
    if order == list(range(len(stretches))):
        return tune, PLAYED
    if len(order) > MAX_NOTES:
        return tune, NOT_PLAYED
    if not wanted and not any(mark.jump for mark in found) and set(order) != set(range(len(stretches))):
        return tune, CONTRADICTED
    endings = {name for name in labels if re.fullmatch(r".*[A-Za-z][0-9]", name)} if wanted else set()
    places = {tick for tick, name in parts if name in endings}
    is_ending = [bool(stretch.ending) or stretch.begin in places for stretch in stretches]
    played = _arrange(tune, stretches, order)
    if played is not None:
        played = replace(played, repeats=_list_repeats(stretches, order, is_ending))
    return (tune, NOT_PLAYED) if played is None else (played, PLAYED)


def _cut_stretches(marks: Sequence[Mark], length: int, cuts: set[int]) -> list[_Stretch]:
    at: dict[int, list[Mark]] = {}
    for mark in marks:
        at.setdefault(mark.tick, []).append(mark)
    edges = sorted({0, length, *at, *(cut for cut in cuts if cut <= length)})
    stretches: list[_Stretch] = []
    ending: tuple[int, ...] = ()
    for begin, end in pairwise(edges):
        here, there = at.get(begin, []), at.get(end, [])
        if any(mark.ends_ending or mark.closes or mark.opens for mark in here):
            ending = ()
        ending = next((mark.ending for mark in here if mark.ending), ending)
        stretches.append(
            _Stretch(
                begin=begin,
                end=end,
                opens=any(mark.opens for mark in here),
                segno=any(mark.segno for mark in here),
                coda=any(mark.coda for mark in here),
                closes=min(max((mark.closes for mark in there), default=0), MAX_TIMES),
                jump=next((mark.jump for mark in there if mark.jump), ""),
                fine=any(mark.fine for mark in there),
                to_coda=any(mark.to_coda for mark in there),
                ending=ending,
            )
        )
    return stretches


def _order_parts(
    stretches: list[_Stretch], parts: Sequence[tuple[int, str]], wanted: Sequence[str]
) -> list[int]:
    """Each part as often as it is named, with its own repeats."""
    begins = [stretch.begin for stretch in stretches]
    ends = [tick for tick, _ in parts[1:]] + [stretches[-1].end if stretches else 0]
    ranges: dict[str, tuple[int, int]] = {}
    for (tick, name), end in zip(parts, ends, strict=True):
        ranges.setdefault(name, (bisect_left(begins, tick), bisect_left(begins, end)))
    order: list[int] = []
    for name in wanted:
        first, last = ranges[name]
        order += [first + i for i in _order(stretches[first:last])]
        if len(order) > MAX_NOTES:
            break
    return order


def _order(stretches: list[_Stretch]) -> list[int]:
    """Numbers of the stretches in the order in which they are played."""
    last_times = _last_times(stretches)
    order: list[int] = []
    at = start = 0
    turn = 1
    jumped = False
    while at < len(stretches) and len(order) <= MAX_NOTES:
        here = stretches[at]
        left_endings = at > 0 and stretches[at - 1].ending and not here.ending
        if at != start and (here.opens or left_endings):
            start, turn = at, 1
        # After a jump only the last ending is played.
        if here.ending and (last_times[at] if jumped else turn) not in here.ending:
            at += 1
            continue
        order.append(at)
        times = max(2, last_times[at]) if here.ending and here.closes else here.closes
        if not jumped and here.closes and turn < times:
            turn, at = turn + 1, start
            continue
        if here.closes and not here.ending:
            start, turn = at + 1, 1
        if jumped and here.fine:
            break
        target = _jump_target(stretches, at, jumped)
        jumped = jumped or (target is not None and bool(here.jump))
        at = at + 1 if target is None else target
        if target is not None:
            start, turn = at, 1
    return order


def _jump_target(stretches: list[_Stretch], at: int, jumped: bool) -> int | None:
    """Where the music goes on behind a stretch; None where it goes straight on."""
    here = stretches[at]
    if here.jump and not jumped:
        return next((i for i, other in enumerate(stretches) if other.segno and here.jump == "segno"), 0)
    if jumped and here.to_coda:
        return next((i for i in range(at + 1, len(stretches)) if stretches[i].coda), None)
    return None


def _last_times(stretches: list[_Stretch]) -> list[int]:
    """The last time of the endings that stand together, for each stretch; 0 outside of endings."""
    last = [0] * len(stretches)
    at = 0
    while at < len(stretches):
        end = at
        while end < len(stretches) and stretches[end].ending and (end == at or not stretches[end].opens):
            end += 1
        for i in range(at, end):
            last[i] = max(max(stretch.ending) for stretch in stretches[at:end])
        at = max(end, at + 1)
    return last


def _arrange(tune: Tune, stretches: list[_Stretch], order: list[int]) -> Tune | None:
    """The stretches one after the other; None where that is too long for a tune."""
    events: list[Event] = []
    bars: list[int] = []
    keys: list[Key] = []
    meters: list[Meter] = []
    chords: list[ChordSymbol] = []
    seams: set[int] = set()
    starts, ends = ([event.onset_tick for event in tune.events], [event.end_tick for event in tune.events])
    place, before = 0, -2
    source: Event | None = None
    for number in order:
        stretch = stretches[number]
        shift = place - stretch.begin
        first, last = bisect_right(ends, stretch.begin), bisect_left(starts, stretch.end)
        for event in tune.events[first:last]:
            piece = _slice(event, stretch, shift)
            # A note that goes on over the edge is one.
            if number == before + 1 and event is source and event.onset_tick < stretch.begin:
                longer = events[-1].duration_tick + piece.duration_tick
                events[-1] = replace(events[-1], duration_tick=longer, ends_phrase=piece.ends_phrase)
            else:
                events.append(piece)
            source = event
        bars += [
            bar + shift
            for bar in tune.bars[bisect_left(tune.bars, stretch.begin) : bisect_left(tune.bars, stretch.end)]
        ]
        chords += [
            replace(chord, onset_tick=chord.onset_tick + shift)
            for chord in tune.chords
            if stretch.begin <= chord.onset_tick < stretch.end
        ]
        seams.add(place)
        _carry_changes(keys, tune.keys, stretch, shift)
        _carry_changes(meters, tune.meters, stretch, shift)
        place, before = place + stretch.end - stretch.begin, number
        if len(events) > MAX_NOTES or place > MAX_QUARTERS * TICKS or len(keys) + len(meters) > MAX_CHANGES:
            return None
    return replace(
        tune,
        events=tuple(events),
        bars=_close_seams(sorted(set(bars)) or [0], seams, place, meters),
        keys=tuple(keys),
        meters=tuple(meters),
        chords=tuple(chords),
    )


def _close_seams(
    bars: Sequence[int], seams: set[int], length: int, meters: Sequence[Meter]
) -> tuple[int, ...]:
    """Bar lines without those of repeat signs inside of a bar: the end of a section and the pickup behind it make one bar."""
    kept: list[int] = []
    for at, bar in enumerate(bars):
        after = bars[at + 1] if at + 1 < len(bars) else length
        halves = bar in seams and kept and after - kept[-1] == in_force(meters, kept[-1]).bar_tick
        if not halves:
            kept.append(bar)
    return tuple(kept)


def _list_repeats(
    stretches: Sequence[_Stretch], order: Sequence[int], is_ending: Sequence[bool]
) -> tuple[Repeat, ...]:
    """The sections that are played twice in a row, as the played tune has them."""
    edges = list(accumulate((stretches[n].end - stretches[n].begin for n in order), initial=0))
    found: list[Repeat] = []
    at = 0
    while at + 1 < len(order):
        at += 1
        if order[at] > order[at - 1]:
            continue
        first = max((i for i in range(at) if order[i] == order[at]), default=None)
        if first is None or (found and edges[first] < found[-1].end_tick):
            continue
        once, n = order[first:at], 0
        while n < len(once) and at + n < len(order) and order[at + n] == once[n]:
            n += 1
        end = at + n
        if n < len(once):
            # What is left of the first time is its ending; the second time has one of its own.
            if not all(is_ending[number] for number in once[n:]):
                continue
            while (
                end < len(order)
                and is_ending[order[end]]
                and order[end] > once[-1]
                and (end == at + n or order[end] > order[end - 1])
            ):
                end += 1
            if end == at + n:
                continue
        if end < len(order) and order[end] <= order[end - 1] and order[end] <= order[at]:
            continue  # a third time
        found.append(
            Repeat(
                onset_tick=edges[first],
                turn_tick=edges[at],
                end_tick=edges[end],
                ending_tick=edges[at] - edges[first + n],
            )
        )
        at = end - 1
    return tuple(found)


def _carry_changes(
    changes: list[_Change], written: tuple[_Change, ...], stretch: _Stretch, shift: int
) -> None:
    """Take over what holds at the beginning of a stretch, and what changes in it."""
    add_change(changes, replace(in_force(written, stretch.begin), onset_tick=stretch.begin + shift))
    for change in written:
        if stretch.begin < change.onset_tick < stretch.end:
            add_change(changes, replace(change, onset_tick=change.onset_tick + shift))


def _slice(event: Event, stretch: _Stretch, shift: int) -> Event:
    begin, end = max(event.onset_tick, stretch.begin), min(event.end_tick, stretch.end)
    return Event(
        onset_tick=begin + shift,
        duration_tick=end - begin,
        pitch=event.pitch,
        begins_phrase=event.begins_phrase and begin == event.onset_tick,
        ends_phrase=event.ends_phrase and end == event.end_tick,
    )
