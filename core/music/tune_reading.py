"""Shared steps of the ABC, kern, MusicXML and MIDI readers: text decoding, limits, key and meter changes, bar lines, rests."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from core.errors import InputError
from core.music.tune import TICKS, Event, Key, Meter, Tune

MAX_NOTES = 20_000
MAX_CHANGES = 200  # of key and meter
# More than three hours. What is written and drawn of a tune grows with its length, not only with its notes.
MAX_QUARTERS = 20_000
# Verovio's time grows with the square of a bar's notes: five hundred take it a third of a second.
MAX_BAR_NOTES = 500
# Exact sums of lengths stay small: the least common multiple of all odd numbers up to 40 lies below it.
MAX_DENOMINATOR = 2**64
DENOMINATORS = (1, 2, 4, 8, 16, 32)

_Change = TypeVar("_Change", Key, Meter)


def decode_text(data: bytes) -> str:
    """Decode UTF-8, UTF-16 with its mark or else, as many old collections are written, Latin-1."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def add_change(changes: list[_Change], new: _Change) -> None:
    """Add a change of key or meter to those before it.

    The first counts from the beginning, of several at a place the last one holds, and what was in force already is
    no change. One that lies before the last, as a second voice may repeat it, is left out.
    """
    new = replace(new, onset_tick=new.onset_tick if changes else 0)
    if changes and new.onset_tick < changes[-1].onset_tick:
        return
    if changes and changes[-1].onset_tick == new.onset_tick:
        changes.pop()
    if not changes or replace(changes[-1], onset_tick=new.onset_tick) != new:
        changes.append(new)


def check_changes(n_changes: int, what: str) -> None:
    """Refuse a file, called `what`, that changes key or meter all the time: the changes cost time at each note.

    Raises
    ------
    InputError
        If there are more than ``MAX_CHANGES``.
    """
    if n_changes > MAX_CHANGES:
        raise InputError(
            f"This {what} changes key or meter more than {MAX_CHANGES} times. Upload a single tune."
        )


def check_length(ticks: float | Fraction, what: str) -> None:
    """Refuse what lasts longer than a tune.

    Raises
    ------
    InputError
        If there are more than ``MAX_QUARTERS``.
    """
    if ticks > MAX_QUARTERS * TICKS:
        raise InputError(f"This {what} is longer than {MAX_QUARTERS:,} quarter notes. Upload a single tune.")


def check_exact(place: Fraction, what: str) -> Fraction:
    """Refuse lengths whose sum needs ever longer numbers, as of a thousand different prime parts of a note.

    Returns
    -------
    Fraction
        The sum, as it is.

    Raises
    ------
    InputError
        If its denominator is above ``MAX_DENOMINATOR``.
    """
    if place.denominator > MAX_DENOMINATOR:
        raise InputError(f"This {what} has note lengths that are too irregular. Use common note values.")
    return place


def check_tune(tune: Tune, what: str) -> Tune:
    """Refuse a tune that would take long to write and to draw.

    Returns
    -------
    Tune
        The same.

    Raises
    ------
    InputError
        If it is longer than ``MAX_QUARTERS`` or has a bar of more than ``MAX_BAR_NOTES``.
    """
    check_length(tune.length_tick, what)
    a_bar = Counter(bisect_right(tune.bars, event.onset_tick) for event in tune.events)
    if max(a_bar.values(), default=0) > MAX_BAR_NOTES:
        raise InputError(
            f"This {what} has a bar of more than {MAX_BAR_NOTES:,} notes and rests. Add bar lines."
        )
    return tune


def bars_at(places: Iterable[int], length_tick: int, meter: Meter) -> tuple[int, ...]:
    """Where bars begin, from the bar lines that a file has.

    Some files leave the first bar line out: if what stands before the first one fills a bar, it is no pickup.
    """
    bars = sorted({place for place in places if place < length_tick})
    if not bars or 0 < meter.bar_tick <= bars[0]:
        bars = [0, *[bar for bar in bars if bar > 0]]
    return tuple(bars)


def fill_with_rests(notes: Sequence[tuple[int, int, int]]) -> tuple[Event, ...]:
    """Make events of notes (begin, end, pitch) one after the other; a gap becomes a rest."""
    events, place = [], 0
    for begin, end, pitch in notes:
        if begin > place:
            events.append(Event(onset_tick=place, duration_tick=begin - place, pitch=None))
        events.append(Event(onset_tick=begin, duration_tick=end - begin, pitch=pitch))
        place = end
    return tuple(events)
