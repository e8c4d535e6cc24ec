"""Bars of a piano score: chords and rests of each voice as signs with ties, tuplets and beams."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.music.note_values import VALUES, Value, beam_words, beat_places
from core.music.staff_voices import BarLines, WrittenChord
from core.music.written_lengths import Group, beam_beats, cut_note, cut_rest, tuplet_groups


@dataclass(frozen=True, kw_only=True)
class PianoSign:
    """What one voice shows for a stretch of a bar.

    Attributes
    ----------
    onset, duration : int
        Ticks; the onset counts from where the score begins.
    notes : tuple of int
        Indices of the notes, low to high; none for a rest.
    value : Value or None
        None for a rest that fills the bar, and for what is hidden.
    hidden : bool
        Nothing is shown, because the other voice sounds.
    full_bar : bool
    tie_from, tie_to : bool
    tuplet_opens, tuplet_closes : bool
    beams : tuple of str
    """

    onset: int
    duration: int
    notes: tuple[int, ...] = ()
    value: Value | None = None
    hidden: bool = False
    full_bar: bool = False
    tie_from: bool = False
    tie_to: bool = False
    tuplet_opens: bool = False
    tuplet_closes: bool = False
    beams: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The part of a chord that lies in one bar, counted from the bar line."""

    chord: WrittenChord
    begin: int
    end: int
    tie_from: bool
    tie_to: bool


def lay_out_bars(
    chords: Mapping[int, tuple[Sequence[WrittenChord], Sequence[WrittenChord]]], lines: BarLines
) -> list[dict[tuple[int, int], list[PianoSign]]]:
    """Fill every bar of both staves.

    Parameters
    ----------
    chords : mapping of int to (sequence, sequence) of WrittenChord
        Upper and lower voice by staff.
    lines : BarLines

    Returns
    -------
    list of dict
        By bar: the signs of each (staff, voice). The lower voice only where it has notes; every voice fills its bar.
    """
    bars: list[dict[tuple[int, int], list[PianoSign]]] = [{} for _ in range(len(lines.edges) - 1)]
    for staff, voices in chords.items():
        parts = [_by_bar(voice, lines) for voice in voices]
        for number, bar in enumerate(bars):
            upper, lower = parts[0].get(number, []), parts[1].get(number, [])
            if not upper and lower and not (lower[0].tie_from or lower[-1].tie_to):
                upper, lower = lower, []
            first, last = lines.shift(number), lines.bar_tick
            origin = lines.edges[number] - lines.shift(number)
            if not upper and not lower:
                bar[staff, 0] = [PianoSign(onset=origin + first, duration=last - first, full_bar=True)]
                continue
            bar[staff, 0] = _fill(upper, lower, first, last, origin, lines.meter, rests=True)
            if lower:
                bar[staff, 1] = _fill(lower, upper, first, last, origin, lines.meter, rests=False)
    return bars


def _by_bar(voice: Sequence[WrittenChord], lines: BarLines) -> dict[int, list[_Part]]:
    found: dict[int, list[_Part]] = {}
    for chord in voice:
        pieces = lines.split(chord.onset, chord.end)
        for i, (bar, begin, end) in enumerate(pieces):
            part = _Part(chord=chord, begin=begin, end=end, tie_from=i > 0, tie_to=i + 1 < len(pieces))
            found.setdefault(bar, []).append(part)
    return found


def _fill(
    parts: Sequence[_Part],
    others: Sequence[_Part],
    first: int,
    last: int,
    origin: int,
    meter: str,
    *,
    rests: bool,
) -> list[PianoSign]:
    """The signs of one voice in one bar: the one with `rests` shows all of them, unless it is silent for the whole bar."""
    groups = tuplet_groups({place for part in parts for place in (part.begin, part.end)}, meter)
    signs: list[PianoSign] = []
    at = first
    for part in parts:
        signs += _fill_gap(at, part.begin, others, groups, origin, meter, rests=rests, whole=bool(parts))
        at = part.begin
        lengths = cut_note(part.begin, part.end, meter, groups)
        for n, length in enumerate(lengths):
            signs.append(
                PianoSign(
                    onset=origin + at,
                    duration=length,
                    notes=part.chord.notes,
                    value=VALUES.get(length),
                    tie_from=part.tie_from or n > 0,
                    tie_to=part.tie_to or n + 1 < len(lengths),
                )
            )
            at += length
    signs += _fill_gap(at, last, others, groups, origin, meter, rests=rests, whole=bool(parts))
    return _beam(_bracket(signs, groups, origin), origin, meter)


def _fill_gap(
    begin: int,
    end: int,
    others: Sequence[_Part],
    groups: Sequence[Group],
    origin: int,
    meter: str,
    *,
    rests: bool,
    whole: bool,
) -> list[PianoSign]:
    """Rests where nothing of the staff sounds, the voice is shown whole or a tuplet is to be filled, else nothing."""
    signs: list[PianoSign] = []
    places = {begin, end}
    for part in others:
        places |= {place for place in (part.begin, part.end) if begin < place < end}
    for group in groups:
        places |= {place for place in (group.begin, group.end) if begin < place < end}
    ordered = sorted(places)
    stretches: list[tuple[int, int, bool]] = []
    for left, right in pairwise(ordered):
        in_tuplet = any(group.begin <= left and right <= group.end for group in groups)
        silent = not any(part.begin < right and left < part.end for part in others)
        shown = in_tuplet or (rests and (silent or whole))
        if stretches and stretches[-1][2] == shown:
            left = stretches.pop()[0]
        stretches.append((left, right, shown))
    for left, right, shown in stretches:
        if not shown:
            signs.append(PianoSign(onset=origin + left, duration=right - left, hidden=True))
            continue
        own_groups = groups or tuplet_groups({left, right}, meter)
        at = left
        for length in cut_rest(left, right, meter, own_groups):
            signs.append(PianoSign(onset=origin + at, duration=length, value=VALUES.get(length)))
            at += length
    return signs


def _bracket(signs: Sequence[PianoSign], groups: Sequence[Group], origin: int) -> list[PianoSign]:
    """Mark the first and the last sign of each tuplet."""
    opens = {origin + group.begin for group in groups}
    closes = {origin + group.end for group in groups}
    return [
        replace(
            sign,
            tuplet_opens=sign.value is not None and sign.value.tuplet is not None and sign.onset in opens,
            tuplet_closes=sign.value is not None
            and sign.value.tuplet is not None
            and sign.onset + sign.duration in closes,
        )
        for sign in signs
    ]


def _beam(signs: Sequence[PianoSign], origin: int, meter: str) -> list[PianoSign]:
    """Join neighbors shorter than a quarter within a beat."""
    edges = beat_places(origin, origin, signs[-1].onset, beam_beats(meter))
    flags = [sign.value.n_beams if sign.value and sign.notes else 0 for sign in signs]
    words = beam_words(flags, [bisect_right(edges, sign.onset) for sign in signs])
    return [replace(sign, beams=beams) for sign, beams in zip(signs, words, strict=True)]
