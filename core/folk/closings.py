"""Closing notes of folk tunes: onset and duration of the final note in the last bar, from counts in real tunes.

Of every region and meter: pickup, onset in the last bar and length of the final note in ticks, and in how many tunes. What
is left of the bar is a rest. Counted by `training.folk.closings` in the tunes of the training and validation parts that have
one meter and end on their tonic; cases of fewer than three tunes are left out. Europe and China are the Essen set, the
others the sets with open licenses.
"""

from __future__ import annotations

import numpy as np

from core.folk.tune_plan import STRAIGHT

# Below so many tunes with the pickup that is asked for, those with other pickups are taken as well.
_ENOUGH = 20
# Of the collections with open licenses; those of the Essen set are of Europe or of China.
_REGIONS = {
    "nottingham": "nottingham",
    "irish": "irish",
    "german songs": "songs",
    "french songs": "songs",
    "polish songs": "songs",
    "art songs": "songs",
    "unknown": "songs",
    "polish psalms": "hymns",
    "hymns": "hymns",
}
# Where a region has no tune in a meter, others stand in.
_OTHERS = ("songs", "nottingham", "europe", "irish", "hymns", "china")
Closing = tuple[int, int]  # onset in the last bar, length; ticks


def region_of(collection: str) -> str:
    """The region whose closings a collection shares.

    Examples
    --------
    >>> region_of("germany/erk"), region_of("china/han"), region_of("polish psalms"), region_of("irish")
    ('europe', 'china', 'hymns', 'irish')
    """
    if collection.startswith("china"):
        return "china"
    return _REGIONS.get(collection, "europe")


def list_closings(
    collection: str, meter: str, pickup_tick: int, begin_tick: int, end_tick: int
) -> list[tuple[Closing, float]]:
    """Closings that fit between two places of the last bar, each with its weight.

    Parameters
    ----------
    collection, meter : str
        Where the collection's region has no tune in the meter, another region stands in.
    pickup_tick : int
    begin_tick, end_tick : int
        Ticks from the beginning of the last bar; the second is shorter than the bar by the pickup.

    Returns
    -------
    list of ((int, int), float)
        At least one: where no real closing fits, the longest note that one sign can show.

    Examples
    --------
    >>> closings = list_closings("germany/erk", "4/4", 480, 0, 1440)
    >>> max(closings, key=lambda item: item[1])[0]
    (0, 960)
    """
    region = region_of(collection)
    for place in (region, *(name for name in _OTHERS if name != region)):
        rows = [
            row
            for row in CLOSINGS.get((place, meter), ())
            if begin_tick <= row[1] and row[1] + row[2] <= end_tick
        ]
        same = [row for row in rows if row[0] == pickup_tick]
        if sum(row[3] for row in same) >= _ENOUGH:
            rows = same
        if rows:
            return [((onset, ticks), float(n)) for _, onset, ticks, n in rows]
    left = end_tick - begin_tick
    return [((begin_tick, max((n for n in STRAIGHT if n <= left), default=left)), 1.0)]


def draw_closing(closings: list[tuple[Closing, float]], rng: np.random.Generator | None) -> Closing:
    """Draw a closing by weight; without a generator, take the most frequent."""
    if rng is None:
        return max(closings, key=lambda item: item[1])[0]
    weights = np.array([weight for _, weight in closings])
    return closings[int(np.searchsorted(np.cumsum(weights), rng.random() * weights.sum(), side="right"))][0]


CLOSINGS: dict[tuple[str, str], tuple[tuple[int, int, int, int], ...]] = {
    ("china", "2/4"): ((0, 0, 960, 113), (0, 480, 480, 41), (0, 0, 480, 10), (0, 240, 240, 3), (0, 240, 720, 3), (0, 480, 240, 3),),
    ("china", "4/4"): ((0, 960, 960, 13), (0, 0, 1920, 6), (0, 1440, 480, 5),),
    ("europe", "2/2"): ((480, 0, 960, 3), (480, 960, 480, 3),),
    ("europe", "2/4"): ((240, 0, 480, 348), (0, 0, 480, 125), (240, 480, 240, 109), (0, 480, 480, 68), (0, 480, 240, 44), (240, 0, 720, 36), (480, 0, 480, 34), (0, 0, 960, 20), (240, 240, 240, 10), (240, 0, 240, 5), (480, 240, 240, 5), (0, 720, 240, 4), (120, 480, 240, 4), (0, 0, 720, 3),),
    ("europe", "3/1"): ((1920, 0, 3840, 16),),
    ("europe", "3/2"): ((960, 0, 1920, 40), (0, 0, 2880, 12), (960, 960, 960, 5), (1440, 0, 960, 4),),
    ("europe", "3/4"): ((480, 0, 960, 262), (480, 0, 480, 106), (0, 0, 960, 87), (720, 0, 480, 64), (240, 480, 480, 58), (480, 480, 480, 31), (0, 0, 1440, 25), (0, 480, 480, 23), (240, 0, 960, 23), (0, 0, 480, 16), (720, 0, 720, 12), (720, 480, 240, 10), (0, 480, 960, 9), (0, 960, 480, 8), (240, 0, 480, 6), (480, 480, 240, 4), (480, 0, 720, 3),),
    ("europe", "3/8"): ((240, 0, 480, 94), (0, 0, 480, 59), (0, 0, 720, 13), (240, 0, 240, 8), (0, 240, 240, 7), (240, 240, 240, 3),),
    ("europe", "4/1"): ((960, 3840, 2880, 11), (0, 0, 7680, 3), (0, 3840, 3840, 3),),
    ("europe", "4/2"): ((960, 0, 2880, 52), (0, 0, 3840, 17), (960, 0, 1920, 14), (960, 1920, 960, 11), (0, 1920, 1920, 6), (1920, 0, 1920, 4),),
    ("europe", "4/4"): ((480, 0, 960, 354), (480, 960, 480, 183), (480, 0, 1440, 75), (0, 960, 480, 51), (720, 0, 960, 50), (0, 0, 960, 47), (0, 960, 960, 41), (480, 0, 480, 41), (240, 960, 480, 37), (0, 0, 1920, 31), (960, 0, 960, 26), (480, 480, 480, 25), (720, 0, 480, 9), (0, 0, 1440, 7), (960, 0, 480, 7), (240, 0, 960, 6), (240, 480, 480, 6), (480, 480, 960, 6), (1440, 0, 480, 6), (0, 1440, 480, 5), (0, 0, 480, 4), (720, 960, 240, 4), (0, 480, 480, 3), (240, 0, 1440, 3), (960, 480, 480, 3),),
    ("europe", "6/2"): ((960, 0, 2880, 3), (960, 2880, 1920, 3),),
    ("europe", "6/4"): ((480, 1440, 960, 27), (480, 0, 1920, 14), (480, 0, 1440, 5), (1920, 0, 960, 4), (480, 480, 480, 3),),
    ("europe", "6/8"): ((240, 0, 720, 143), (240, 720, 480, 129), (240, 0, 480, 67), (240, 0, 960, 61), (0, 720, 480, 22), (0, 0, 720, 18), (240, 720, 240, 15), (720, 0, 480, 11), (0, 720, 720, 8), (960, 0, 480, 8), (0, 0, 480, 7),),
    ("hymns", "2/4"): ((0, 0, 960, 5),),
    ("hymns", "3/4"): ((480, 0, 960, 14), (0, 0, 1440, 13),),
    ("hymns", "4/4"): ((0, 0, 1920, 50), (480, 0, 1440, 37), (0, 960, 960, 33), (0, 0, 1440, 8), (0, 480, 960, 7), (480, 960, 480, 6), (960, 0, 960, 3),),
    ("hymns", "6/4"): ((960, 0, 1920, 3),),
    ("irish", "12/8"): ((0, 2400, 480, 20), (0, 2160, 720, 8), (0, 2640, 240, 4),),
    ("irish", "2/2"): ((0, 1440, 480, 4),),
    ("irish", "2/4"): ((0, 480, 480, 15), (480, 0, 480, 10), (240, 480, 240, 8), (0, 720, 240, 4),),
    ("irish", "4/4"): ((0, 1440, 480, 129), (0, 0, 1920, 36), (0, 1200, 720, 16), (0, 1680, 240, 10), (480, 960, 480, 9), (0, 960, 960, 7), (240, 1440, 240, 4), (960, 0, 960, 4), (960, 480, 480, 3),),
    ("irish", "6/8"): ((0, 960, 480, 56), (240, 720, 480, 10), (0, 720, 720, 6), (720, 0, 720, 4), (0, 1200, 240, 3),),
    ("irish", "9/8"): ((0, 1440, 720, 8), (0, 1920, 240, 6),),
    ("nottingham", "2/4"): ((0, 480, 480, 18), (240, 0, 720, 6), (0, 0, 960, 3), (480, 0, 480, 3),),
    ("nottingham", "3/4"): ((480, 0, 960, 42), (0, 0, 1440, 6),),
    ("nottingham", "4/4"): ((0, 1440, 480, 156), (480, 960, 480, 74), (480, 0, 1440, 54), (0, 960, 960, 32), (960, 0, 960, 27), (0, 0, 1920, 13), (0, 1680, 240, 6), (0, 480, 1440, 4), (960, 480, 480, 3),),
    ("nottingham", "6/8"): ((240, 720, 480, 95), (0, 960, 480, 76), (0, 720, 720, 31), (720, 0, 720, 25), (480, 720, 240, 9), (0, 0, 1440, 4), (0, 1200, 240, 4),),
    ("songs", "2/2"): ((0, 0, 960, 20), (0, 960, 480, 7), (0, 0, 480, 6), (0, 0, 1440, 6), (0, 0, 1920, 5),),
    ("songs", "2/4"): ((0, 0, 480, 100), (0, 480, 240, 47), (0, 480, 480, 41), (0, 0, 960, 40), (0, 0, 720, 24), (0, 240, 240, 11), (0, 0, 240, 9), (0, 720, 240, 7), (0, 240, 480, 6), (0, 840, 120, 4),),
    ("songs", "3/2"): ((0, 0, 2880, 5),),
    ("songs", "3/4"): ((0, 0, 960, 53), (0, 0, 480, 50), (0, 0, 1440, 40), (0, 480, 480, 35), (0, 0, 720, 16), (0, 960, 480, 11), (0, 480, 960, 10), (0, 960, 240, 10),),
    ("songs", "3/8"): ((0, 0, 480, 30), (0, 0, 720, 15), (0, 240, 240, 12), (0, 480, 240, 10), (0, 240, 480, 6), (0, 0, 240, 4),),
    ("songs", "4/4"): ((0, 0, 960, 103), (0, 0, 480, 55), (0, 0, 1920, 43), (0, 960, 480, 34), (0, 0, 1440, 33), (0, 960, 960, 30), (0, 480, 480, 13), (0, 0, 720, 9), (0, 1440, 480, 7), (0, 240, 240, 4), (0, 1440, 240, 4), (0, 480, 960, 3), (0, 960, 720, 3),),
    ("songs", "6/4"): ((0, 0, 1440, 3),),
    ("songs", "6/8"): ((0, 0, 480, 49), (0, 0, 720, 36), (0, 720, 480, 22), (0, 0, 1440, 16), (0, 720, 720, 13), (0, 0, 960, 9), (0, 240, 240, 5), (0, 1200, 240, 5), (0, 0, 240, 4), (0, 480, 240, 4), (0, 720, 240, 3),),
    ("songs", "9/8"): ((0, 0, 720, 5), (0, 0, 480, 3), (0, 0, 1920, 3),),
}  # fmt: skip  # a table: one entry a line would fill a screen
