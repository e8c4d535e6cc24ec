"""Form of a tune: AABB of eight bars each, and repeats with first and second endings where phrases come twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from core.errors import InputError
from core.music.repeat_folding import find_repeats
from core.music.tune import Tune

FREE_FORM, AABB = "", "AABB"
FORMS = (FREE_FORM, AABB)
#: Bars that AABB has when both parts are played twice; 8 + 8 are written.
AABB_BARS = 32
AABB_PHRASES = "A4 B4 A4 B4 C4 D4 C4 D4"
# First and second endings are this long at most.
MAX_ENDING_BARS = 2
# Bars that a part may share with one before it, at the same places, as 19 of 20 real tunes of AABB have it: of its first
# half, which is the new strain, and of all; parts often close alike.
MAX_ALIKE = (0.25, 0.5)


def check_form(form: str) -> str:
    """The form, as it is.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if form not in FORMS:
        raise InputError(
            f'There is no form "{form[:20]}". Use {AABB}, or leave it empty for one without repeats.'
        )
    return form


def find_sections(letters: str) -> list[tuple[int, int]]:
    """Groups of phrases that come twice in a row, the longest first: number of the first phrase, and how many.

    Examples
    --------
    >>> find_sections("ABABCDCD"), find_sections("AABA"), find_sections("ABAC")
    ([(0, 2), (4, 2)], [(0, 1)], [])
    """
    found, at = [], 0
    while at < len(letters):
        lengths = range((len(letters) - at) // 2, 0, -1)
        length = next((n for n in lengths if letters[at : at + n] == letters[at + n : at + 2 * n]), 0)
        if length:
            found.append((at, length))
        at += 2 * length or 1
    return found


def parts_differ(tune: Tune, letters: str, phrase_ends: Sequence[int]) -> bool:
    """Whether each repeated part has bars of its own, such as the B of AABB; true without two such parts.

    Parameters
    ----------
    tune : Tune
    letters : str
        One a phrase.
    phrase_ends : sequence of int
        Ticks, one a phrase.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:2/4\\nL:1/4\\nK:C\\nCD|EF|CD|EF|GA|Bc|GA|Bc|")
    >>> parts_differ(tune, "AABB", [1920, 3840, 5760, 7680])
    True
    >>> parts_differ(tune, "AABB", [960, 1920, 2880, 3840])
    False
    """
    bar = tune.meters[0].bar_tick
    edges = [0, *phrase_ends]
    parts = [_list_bars(tune, edges[first], edges[first + n], bar) for first, n in find_sections(letters)]
    return all(not _are_alike(part, before) for at, part in enumerate(parts) for before in parts[:at])


def _list_bars(tune: Tune, onset: int, end: int, bar: int) -> list[list[tuple[int, int, int | None]]]:
    """The notes that sound in each bar of a part: from where to where of it, and pitch."""
    return [
        [
            (max(0, event.onset_tick - begin), min(bar, event.end_tick - begin), event.pitch)
            for event in tune.events
            if event.onset_tick < begin + bar and event.end_tick > begin
        ]
        for begin in range(onset, end, bar)
    ]


def _are_alike(part: Sequence[object], before: Sequence[object]) -> bool:
    same = [one == other for one, other in zip(part, before, strict=False)]
    half = max(1, len(same) // 2)
    return sum(same[:half]) > MAX_ALIKE[0] * half or sum(same) > MAX_ALIKE[1] * len(same)


def mark_repeats(tune: Tune, letters: str, phrase_bars: Sequence[int] | None) -> Tune:
    """Mark phrases that come twice in a row as a repeat, where the notes are the same up to the last two bars.

    Parameters
    ----------
    tune : Tune
    letters : str
        One a phrase; without them nothing is a repeat.
    phrase_bars : sequence of int or None
        Bars of each phrase.

    Returns
    -------
    Tune
        The first time has the phrase marks of the second, which may close the tune.
    """
    bar = tune.meters[0].bar_tick
    if not letters or phrase_bars is None or not bar:
        return tune
    # A phrase begins with its pickup.
    edges = [bar * n for n in accumulate(phrase_bars, initial=0)]
    edges[-1] = tune.length_tick
    sections = [(edges[first], edges[first + n], edges[first + 2 * n]) for first, n in find_sections(letters)]
    for onset, turn, end in sections:
        tune = _copy_marks(tune, onset, turn, end)
    return find_repeats(tune, sections, MAX_ENDING_BARS * bar)


def _copy_marks(tune: Tune, onset: int, turn: int, end: int) -> Tune:
    """The phrase marks of the second time for the first, where the notes are the same; an ending of its own is one phrase."""
    second = {event.onset_tick - turn: event for event in tune.events if turn <= event.onset_tick < end}
    events = list(tune.events)
    differs = False
    for at, event in enumerate(events):
        if not onset <= event.onset_tick < turn:
            continue
        twin = second.get(event.onset_tick - onset)
        differs = (
            differs or twin is None or (twin.pitch, twin.duration_tick) != (event.pitch, event.duration_tick)
        )
        is_last = event.end_tick == turn
        if differs or twin is None:
            events[at] = replace(event, begins_phrase=False, ends_phrase=is_last and event.pitch is not None)
        else:
            events[at] = replace(event, begins_phrase=twin.begins_phrase, ends_phrase=twin.ends_phrase)
    if differs:
        # Behind an ending of its own a phrase begins, as it does then where the section is first played.
        events = [
            replace(event, begins_phrase=event.pitch is not None)
            if event.onset_tick in (onset, turn)
            else event
            for event in events
        ]
    return replace(tune, events=tuple(events))
