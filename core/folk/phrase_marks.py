"""Breath marks of a composed tune: each planned phrase end is moved back before the pickup that leads to the next phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.arrays import FloatArray
from core.music.tune import Tune

# In tunes that no training saw, an earlier note that is likelier by less than a nat ends the phrase less often than the
# one at the bar line.
_MARGIN = 1.0


def place_phrase_marks(tune: Tune, stops: Sequence[int], log_odds: FloatArray) -> Tune:
    """Mark phrases so that each ends with a note.

    Parameters
    ----------
    tune : Tune
    stops : sequence of int
        Where phrases are planned to end, ticks ascending; the last is the end of the tune.
    log_odds : ndarray of float64, shape=(n,)
        Of every event, that a phrase ends with it, as :func:`core.folk.inference.find_phrase_ends` gives them.

    Returns
    -------
    Tune
        Within half a bar before each stop, the phrase ends with the note that is likeliest to end it: what follows it
        is the pickup of the next phrase. A rest before the stop belongs to no phrase.
    """
    ends = {_find_end(tune, stop, log_odds) for stop in stops[:-1]}
    ends.add(_last_note(tune, tune.length_tick))
    events, waiting = [], True
    for i, event in enumerate(tune.events):
        begins = waiting and event.pitch is not None
        waiting = i in ends or (waiting and not begins)
        events.append(replace(event, begins_phrase=begins, ends_phrase=i in ends))
    return replace(tune, events=tuple(events))


def _last_note(tune: Tune, stop: int) -> int:
    """Index of the last note that begins before a place."""
    return max(
        i for i, event in enumerate(tune.events) if event.pitch is not None and event.onset_tick < stop
    )


def _find_end(tune: Tune, stop: int, log_odds: FloatArray) -> int:
    usual = _last_note(tune, stop)
    earliest = stop - tune.meters[0].bar_tick // 2
    near = [
        i
        for i, event in enumerate(tune.events[: usual + 1])
        if event.pitch is not None and event.end_tick >= earliest
    ]
    best = max(near, key=lambda i: log_odds[i], default=usual)
    return best if log_odds[best] > log_odds[usual] + _MARGIN else usual
