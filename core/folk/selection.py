"""Selection of composed tunes: those out of key, of unusual surprise, or with parts that are alike, are left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.folk.closings import region_of
from core.music.tune import MODE_SCALES, Tune

if TYPE_CHECKING:
    from core.folk.draft import Span  # the app imports this module, and what composes needs SciPy
    from core.nn.card import Card

MIN_IN_KEY = 0.95
# Bits a note, pitch and length jointly, of 95 % of the real tunes that no training saw, by region: what holds for the first
# network, whose card does not tell it.
_FIRST_USUAL_BITS = {"europe": (1.33, 3.83), "china": (1.94, 4.29), "nottingham": (0.94, 3.59)}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Selected tunes, and counts of the rejected ones.

    Attributes
    ----------
    tunes : tuple of Tune
    n_composed : int
        All that were composed, with those that are shown.
    n_out_of_key, n_unusual : int
        Left out for each reason; a tune that has both counts as out of key.
    n_in_spite : int
        Shown in spite of one of the reasons, because too few others came.
    n_alike : int
        Left out for repeated parts that are nearly the same, and for neither other reason.
    """

    tunes: tuple[Tune, ...]
    n_composed: int
    n_out_of_key: int = 0
    n_unusual: int = 0
    n_in_spite: int = 0
    n_alike: int = 0


def share_in_key(tune: Tune, given: Sequence[Span]) -> float:
    """Share of the composed notes that lie in the scale; given notes do not count, and where none is composed it is 1."""
    key = tune.keys[0]
    inside = [
        (event.pitch - key.pitch_class) % 12 in MODE_SCALES[key.mode]
        for event in tune.events
        if event.pitch is not None and not any(begin <= event.onset_tick < end for begin, end in given)
    ]
    return float(np.mean(inside)) if inside else 1.0


def usual_bits(card: Card | None, collection: str) -> tuple[float, float]:
    """The range of bits a note of 95 % of the real tunes of a collection that no training saw, or of its region.

    Parameters
    ----------
    card : Card, optional
        Of the network.
    collection : str

    Examples
    --------
    >>> usual_bits(None, "china/han")
    (1.94, 4.29)
    """
    told = card.metrics.get("usual_bits") if card is not None else None
    if not isinstance(told, dict):
        return _FIRST_USUAL_BITS.get(region_of(collection), _FIRST_USUAL_BITS["europe"])
    low, high = next(told[name] for name in (collection, region_of(collection), "all") if name in told)
    return float(low), float(high)


def is_usual(bits: float, usual: tuple[float, float], temperature: float) -> bool:
    """Whether a tune is about as surprising as real ones, whose range of bits is told.

    Who lowers the temperature asks for plainer tunes, and who raises it for bolder ones: these are then not left out.

    Examples
    --------
    >>> usual = (1.3, 3.8)
    >>> is_usual(1.0, usual, 1.0), is_usual(1.0, usual, 0.5), is_usual(4.5, usual, 0.5)
    (False, True, False)
    """
    low, high = usual
    return (bits >= low or temperature < 1) and (bits <= high or temperature > 1)
