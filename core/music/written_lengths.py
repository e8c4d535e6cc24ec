"""Note lengths cut for reading: where the bar shows its beats, and where a tie or a tuplet is needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.music.note_values import VALUES, beat_ticks
from core.music.tune import TICKS, Meter

#: Shortest length that is written without a tuplet: a 64th.
FINEST = TICKS // 16
#: Lengths that one note without a tuplet has, with at most one dot.
SINGLE = frozenset(
    ticks
    for ticks, value in VALUES.items()
    if value.tuplet is None and value.dots < 2 and value.type != "breve"
)
_PLAIN = frozenset(ticks for ticks in SINGLE if VALUES[ticks].dots == 0)


@dataclass(frozen=True, kw_only=True)
class Group:
    """A tuplet of a voice: its place in the bar, and the lengths that its notes can have."""

    begin: int
    end: int
    lengths: tuple[int, ...]


def metric_level(place: int, meter: str) -> int:
    """How strong a place of a bar is.

    Parameters
    ----------
    place : int
        Ticks from the bar line.
    meter : str
        Such as ``"6/8"``.

    Returns
    -------
    int
        9 at a bar line, 8 in the middle of a bar of four beats and on the dotted beats of 6/8, 7 on the beats, 6 at
        half a beat and so on; below 0 off the grid of 64ths.

    Examples
    --------
    >>> [metric_level(tick, "4/4") for tick in (0, 240, 480, 960, 1440)]
    [9, 6, 7, 8, 7]
    """
    strong, beat, bar = _frame(meter)
    if place % bar == 0:
        return 9
    if strong and place % bar % strong == 0:
        return 8
    # In 6/8 an eighth is no half of the beat: two steps weaker.
    level = 6 if strong == 3 * beat else 7
    while beat >= FINEST:
        if place % bar % beat == 0:
            return level
        level, beat = level - 1, beat // 2
    return -1


@lru_cache(maxsize=64)
def _frame(meter: str) -> tuple[int, int, int]:
    """Length of half a bar (or of the dotted beat; 0: none), of a beat, and of the bar."""
    bar = Meter(meter=meter).bar_tick
    above, below = (int(part) for part in meter.split("/"))
    unit = 4 * TICKS // below
    if below >= 8 and above % 3 == 0:
        return (3 * unit if above > 3 else 0), unit, bar
    if above == 4:
        return 2 * unit, unit, bar
    return 0, unit, bar


def cut_note(begin: int, end: int, meter: str, groups: Sequence[Group] = ()) -> list[int]:
    """Cut a note of one bar into lengths that can be written and show the beat.

    Parameters
    ----------
    begin, end : int
        Ticks from the bar line.
    meter : str
    groups : sequence of Group
        The tuplets of the voice in this bar.

    Returns
    -------
    list of int
        One length where no stronger beat is hidden by it: a note may hide a beat that is one level stronger than its
        own place, as a quarter between two eighths does, and not the middle of the bar.

    Examples
    --------
    >>> cut_note(240, 720, "4/4"), cut_note(720, 1200, "4/4"), cut_note(0, 1200, "4/4")
    ([480], [240, 240], [960, 240])
    """
    return _cut_outside(begin, end, meter, groups, rest=False)


def cut_rest(begin: int, end: int, meter: str, groups: Sequence[Group] = ()) -> list[int]:
    """Cut a rest of one bar: it hides no beat that is stronger than its own place.

    Examples
    --------
    >>> cut_rest(240, 720, "4/4"), cut_rest(480, 1920, "4/4")
    ([240, 240], [480, 960])
    """
    return _cut_outside(begin, end, meter, groups, rest=True)


def _cut_outside(begin: int, end: int, meter: str, groups: Sequence[Group], *, rest: bool) -> list[int]:
    """Cut at the edges of tuplets, of which a note may be a part or fill several."""
    pieces: list[int] = []
    at = begin
    for group in groups:
        if group.end <= at or group.begin >= end:
            continue
        if group.begin < at or end < group.end:
            if group.begin > at:
                pieces += _cut(at, group.begin, meter, rest=rest)
                at = group.begin
            stop = min(end, group.end)
            pieces += _cut_inside(stop - at, group)
            at = stop
    return pieces + (_cut(at, end, meter, rest=rest) if at < end else [])


def _cut_inside(length: int, group: Group) -> list[int]:
    pieces = []
    while length > 0:
        piece = next((size for size in group.lengths if size <= length), length)
        pieces.append(piece)
        length -= piece
    return pieces


def _cut(begin: int, end: int, meter: str, *, rest: bool) -> list[int]:
    length = end - begin
    inner = _strongest_between(begin, end, meter)
    own = metric_level(begin, meter)
    hides = inner is not None and metric_level(inner, meter) > own + (0 if rest else 1)
    strong, _, _ = _frame(meter)
    # A dotted rest belongs to dotted beats; elsewhere two rests are easier to count.
    whole = length in (SINGLE if not rest or (strong and strong % 720 == 0) else _PLAIN)
    if (whole and not hides) or inner is None:
        return [length]
    return [*_cut(begin, inner, meter, rest=rest), *_cut(inner, end, meter, rest=rest)]


def _strongest_between(begin: int, end: int, meter: str) -> int | None:
    """The strongest place inside a stretch; of several, one that leaves two whole lengths, else the last."""
    step = FINEST
    for size in (TICKS * 2, TICKS, TICKS // 2, TICKS // 4, TICKS // 8):
        if end - begin > size:
            step = size
            break
    found: list[tuple[int, int, int]] = []
    for finer in (step, step // 2, step // 4):
        if finer < 1:
            break
        for place in range(begin // finer * finer + finer, end, finer):
            two = int(place - begin in SINGLE) + int(end - place in SINGLE)
            found.append((metric_level(place, meter), two, place))
        if found:
            break
    return max(found)[2] if found else None


def tuplet_groups(places: Collection[int], meter: str) -> list[Group]:
    """Find the tuplets that the places of a voice in a bar ask for.

    Parameters
    ----------
    places : collection of int
        Where notes begin or end, ticks from the bar line.
    meter : str

    Examples
    --------
    >>> [(group.begin, group.end) for group in tuplet_groups([0, 160, 320, 480, 720], "4/4")]
    [(0, 480)]
    """
    beat = tuplet_beat(meter)
    groups = []
    for start in sorted({place // beat * beat for place in places if place % FINEST}):
        inside = [place - start for place in places if start <= place < start + beat]
        odd = [place for place in inside if place % FINEST]
        if all(place % (beat // 5) == 0 for place in odd):
            fifth = beat // 5
            groups.append(Group(begin=start, end=start + beat, lengths=(4 * fifth, 2 * fifth, fifth)))
            continue
        half = beat // 2
        parts = [(0, half), (half, beat)] if half in inside else [(0, beat)]
        for begin, end in parts:
            if any(begin < place < end for place in odd):
                third = (end - begin) // 3
                lengths = tuple(size for size in (2 * third, third, third // 2, third // 4) if size in VALUES)
                groups.append(Group(begin=start + begin, end=start + end, lengths=lengths))
    return groups


def tuplet_beat(meter: str) -> int:
    """The beat that a tuplet fills: a quarter, or an eighth where eighths are counted."""
    return min(TICKS, 4 * TICKS // int(meter.split("/")[1]))


def beam_beats(meter: str) -> tuple[int, ...]:
    """Lengths of the beats by which notes are beamed."""
    return beat_ticks(Meter(meter=meter))
