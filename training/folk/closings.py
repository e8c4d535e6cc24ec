"""Count closing notes of real tunes: where in the last bar the final note begins and how long it lasts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from core.folk.closings import region_of
from core.folk.tokenizer import DURATIONS
from core.folk.tune_plan import COMPOSABLE_METERS, STRAIGHT
from core.music.tune import Tune

MIN_TUNES = 3
Row = tuple[int, int, int, int]  # pickup, onset in the last bar, length; ticks; tunes


def closing_of(tune: Tune) -> tuple[int, int, int] | None:
    """Pickup, onset in the last bar and length of the final note; None where the tune does not close as composed ones do.

    It has one meter, ends on its tonic in the last bar, after a note and not after a rest, and the last bar is whole or
    makes up for the pickup.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("X:1\\nM:3/4\\nL:1/4\\nK:C\\nG|c2B|c2|]")
    >>> closing_of(tune)
    (480, 0, 960)
    """
    meter, events = tune.meters[0], list(tune.events)
    if len(tune.meters) > 1 or meter.meter not in COMPOSABLE_METERS:
        return None
    if events[-1].pitch is None:
        events.pop()
    if len(events) < 2 or events[-1].pitch is None or events[-2].pitch is None:
        return None
    last, bar = events[-1], tune.bar_of(events[-1].onset_tick)
    if tune.pitches[-1] % 12 != tune.keys[-1].pitch_class or bar != len(tune.bars) - 1:
        return None
    onset, pickup = last.onset_tick - tune.bars[bar], tune.pickup_tick % meter.bar_tick
    whole = (tune.length_tick - tune.pickup_tick) % meter.bar_tick in (0, meter.bar_tick - pickup)
    written = last.duration_tick in STRAIGHT and last.duration_tick in DURATIONS and onset % 120 == 0
    fits = onset + last.duration_tick <= meter.bar_tick - pickup
    return (pickup, onset, last.duration_tick) if whole and written and fits else None


def count_closings(tunes: Sequence[Tune]) -> dict[tuple[str, str], list[Row]]:
    """The table of `core.folk.closings`, by region and meter; the most frequent first, cases of a few tunes left out."""
    found: defaultdict[tuple[str, str], Counter[tuple[int, int, int]]] = defaultdict(Counter)
    for tune in tunes:
        closing = closing_of(tune)
        if closing is not None:
            found[region_of(tune.collection), tune.meters[0].meter][closing] += 1
    table = {
        place: sorted(
            ((*closing, n) for closing, n in counts.items() if n >= MIN_TUNES),
            key=lambda row: (-row[3], row[:3]),
        )
        for place, counts in sorted(found.items())
    }
    return {place: rows for place, rows in table.items() if rows}
