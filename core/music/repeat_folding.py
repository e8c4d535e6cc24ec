"""Repeats as notation writes them: a played-out tune folded to what stands in a score, with repeat signs and endings."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from core.music.chord_symbols import ChordSymbol
from core.music.repeats import Mark
from core.music.tune import Event, Key, Meter, Repeat, Tune, in_force
from core.music.tune_reading import add_change

_Change = TypeVar("_Change", Key, Meter)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of the played tune, and where it stands in the score."""

    played_tick: int
    end_tick: int
    written_tick: int


@dataclass(frozen=True, kw_only=True)
class WrittenTune:
    """A tune as it stands in a score.

    Attributes
    ----------
    tune : Tune
        Each section once, without ``repeats``; a bar line stands at each repeat sign.
    marks : tuple of Mark
        Repeat signs and endings, ascending.
    spans : tuple of Span
        In the order in which they are played.
    """

    tune: Tune
    marks: tuple[Mark, ...] = ()
    spans: tuple[Span, ...] = ()

    def played_ticks(self, tick: int) -> list[int]:
        """When what stands at a place of the score is played, ascending."""
        return [
            span.played_tick + tick - span.written_tick
            for span in self.spans
            if span.written_tick <= tick < span.written_tick + span.end_tick - span.played_tick
        ]

    def written_tick(self, tick: int) -> int:
        """Where in the score a moment of the played tune stands."""
        for span in self.spans:
            if span.played_tick <= tick < span.end_tick:
                return span.written_tick + tick - span.played_tick
        return self.tune.length_tick

    def marks_at(self, tick: int) -> Mark:
        """What stands at a place, as one mark."""
        here = [mark for mark in self.marks if mark.tick == tick]
        return Mark(
            tick=tick,
            closes=max((mark.closes for mark in here), default=0),
            opens=any(mark.opens for mark in here),
            ending=next((mark.ending for mark in here if mark.ending), ()),
            ends_ending=any(mark.ends_ending for mark in here),
        )


def fold_repeats(tune: Tune) -> WrittenTune:
    """Write each repeated section once.

    Parameters
    ----------
    tune : Tune
        A repeat whose two times differ before their endings, as after an edit, is written out.

    Returns
    -------
    WrittenTune
        With :func:`core.music.repeats.play_repeats` it becomes the same tune again.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:2/4\\nL:1/4\\nK:C\\n|:C D|1 E2:|2 F2|]")
    >>> tune.pitches, fold_repeats(tune).tune.pitches
    ([60, 62, 64, 60, 62, 65], [60, 62, 64, 65])
    """
    repeats = [repeat for repeat in tune.repeats if _is_true(tune, repeat)]
    if not repeats:
        whole = Span(played_tick=0, end_tick=tune.length_tick, written_tick=0)
        return WrittenTune(tune=replace(tune, repeats=()) if tune.repeats else tune, spans=(whole,))
    spans: list[Span] = []
    kept: list[tuple[int, int]] = []
    marks: list[Mark] = []
    place = written = 0
    for repeat in repeats:
        first = written + repeat.onset_tick - place
        spans.append(Span(played_tick=place, end_tick=repeat.turn_tick, written_tick=written))
        kept.append((place, repeat.turn_tick))
        second = first + repeat.turn_tick - repeat.onset_tick
        spans.append(
            Span(played_tick=repeat.turn_tick, end_tick=repeat.second_ending_tick, written_tick=first)
        )
        written = second + repeat.end_tick - repeat.second_ending_tick
        marks.append(Mark(tick=first, opens=True))
        if repeat.ending_tick:
            marks.append(Mark(tick=second - repeat.ending_tick, ending=(1,)))
        marks.append(Mark(tick=second, closes=2))
        if repeat.second_ending_tick < repeat.end_tick:
            spans.append(
                Span(played_tick=repeat.second_ending_tick, end_tick=repeat.end_tick, written_tick=second)
            )
            kept.append((repeat.second_ending_tick, repeat.end_tick))
            marks += [Mark(tick=second, ending=(2,)), Mark(tick=written, ends_ending=True)]
        place = repeat.end_tick
    if place < tune.length_tick:
        spans.append(Span(played_tick=place, end_tick=tune.length_tick, written_tick=written))
        kept.append((place, tune.length_tick))
    return WrittenTune(tune=_join(tune, kept, marks), marks=tuple(marks), spans=tuple(spans))


def find_repeats(tune: Tune, sections: Sequence[tuple[int, int, int]], max_ending_tick: int) -> Tune:
    """Mark sections that are played twice as repeats.

    Parameters
    ----------
    tune : Tune
    sections : sequence of (int, int, int)
        Where a section begins, begins again, and ends; ascending and apart.
    max_ending_tick : int
        Both times may differ in so much at their ends, which becomes a first and a second ending.

    Returns
    -------
    Tune
        What is no repeat is left out.
    """
    found = []
    for onset, turn, end in sections:
        length = min(turn - onset, end - turn)
        same = _common_length(tune, onset, turn, length)
        # An ending begins with a bar, and a note of both times ends there.
        cuts = [bar - onset for bar in tune.bars if onset < bar <= onset + same]
        edge = length if same >= length and turn - onset == end - turn else max(cuts, default=0)
        if edge <= 0 or turn - onset - edge > max_ending_tick or end - turn - edge > max_ending_tick:
            continue
        repeat = Repeat(onset_tick=onset, turn_tick=turn, end_tick=end, ending_tick=turn - onset - edge)
        if _is_true(tune, repeat):
            found.append(repeat)
    return replace(tune, repeats=tuple(found))


def _common_length(tune: Tune, onset: int, turn: int, length: int) -> int:
    """For how long two sections have the same notes, in ticks."""
    first, second = (
        {
            event.onset_tick - begin: (event.duration_tick, event.pitch)
            for event in tune.events
            if begin <= event.onset_tick < begin + length
        }
        for begin in (onset, turn)
    )
    differs = [place for place in {*first, *second} if first.get(place) != second.get(place)]
    return min(differs, default=length)


def _is_true(tune: Tune, repeat: Repeat) -> bool:
    """Whether both times have the same notes, phrases, chords, keys and meters up to their endings."""
    if repeat.end_tick > tune.length_tick or repeat.second_ending_tick > repeat.end_tick:
        return False
    if not repeat.ending_tick and repeat.end_tick - repeat.turn_tick != repeat.body_tick:
        return False
    onsets = [event.onset_tick for event in tune.events]
    cuts = {repeat.onset_tick, repeat.turn_tick, repeat.end_tick, repeat.second_ending_tick}
    cuts.add(repeat.turn_tick - repeat.ending_tick)
    if any(
        cut < tune.length_tick and onsets[bisect_left(onsets, cut)] != cut
        for cut in cuts
        if cut <= onsets[-1]
    ):
        return False
    if any(cut > onsets[-1] and cut < tune.length_tick for cut in cuts):
        return False
    return _contents(tune, repeat.onset_tick, repeat.body_tick) == _contents(
        tune, repeat.turn_tick, repeat.body_tick
    )


def _contents(tune: Tune, begin: int, length: int) -> tuple[object, ...]:
    """What a stretch has, counted from its beginning."""
    end = begin + length
    events = [
        replace(it, onset_tick=it.onset_tick - begin) for it in tune.events if begin <= it.onset_tick < end
    ]
    chords = [
        replace(it, onset_tick=it.onset_tick - begin) for it in tune.chords if begin <= it.onset_tick < end
    ]
    keys: list[Key] = []
    meters: list[Meter] = []
    _carry_changes(keys, tune.keys, begin, end, 0)
    _carry_changes(meters, tune.meters, begin, end, 0)
    return events, chords, keys, meters


def _join(tune: Tune, kept: Sequence[tuple[int, int]], marks: Sequence[Mark]) -> Tune:
    """The stretches that are written, one behind the other."""
    events: list[Event] = []
    chords: list[ChordSymbol] = []
    keys: list[Key] = []
    meters: list[Meter] = []
    bars: set[int] = set()
    place = 0
    for begin, end in kept:
        shift = place - begin
        events += [
            replace(event, onset_tick=event.onset_tick + shift)
            for event in tune.events
            if begin <= event.onset_tick < end
        ]
        chords += [
            replace(chord, onset_tick=chord.onset_tick + shift)
            for chord in tune.chords
            if begin <= chord.onset_tick < end
        ]
        _carry_changes(keys, tune.keys, begin, end, place)
        _carry_changes(meters, tune.meters, begin, end, place)
        bars |= {bar + shift for bar in tune.bars if begin <= bar < end}
        place += end - begin
    edges = {mark.tick for mark in marks if mark.tick < place}
    bars |= edges - {0}
    return replace(
        tune,
        events=tuple(events),
        bars=tuple(sorted(bars)),
        keys=tuple(keys),
        meters=tuple(meters),
        chords=tuple(chords),
        repeats=(),
    )


def _carry_changes(
    found: list[_Change], changes: tuple[_Change, ...], begin: int, end: int, place: int
) -> None:
    """Take over what holds at the beginning of a stretch, and what changes in it."""
    add_change(found, replace(in_force(changes, begin), onset_tick=place))
    for change in changes:
        if begin < change.onset_tick < end:
            add_change(found, replace(change, onset_tick=change.onset_tick + place - begin))
