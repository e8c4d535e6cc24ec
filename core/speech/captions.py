"""Spoken captions: what is said over a sound and when, placed so that no two overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.presentation.presentation import SpokenCaption

# Between two captions, so that they are heard as two.
GAP_SEC = 0.3
DUCK_DB = 6.0
"""What is heard besides is softer by this much while a caption is spoken."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Words that should be said at a moment.

    Attributes
    ----------
    text : str
    shown : str
        As of `core.presentation.presentation.SpokenCaption`.
    at_sec : float
        The moment that they are about.
    duration_sec : float
        How long it takes to say them.
    rank : int
        Lower ones are placed first.
    patience_sec : float
        So much later they may still begin; after that they are left out.
    """

    text: str
    shown: str = ""
    at_sec: float
    duration_sec: float
    rank: int = 0
    patience_sec: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CaptionTrack:
    """All captions of a sound.

    Attributes
    ----------
    language : str
        A key of `core.speech.languages.LANGUAGES`, which is a BCP 47 code.
    captions : tuple of SpokenCaption
        In the order of time; no two overlap.
    introduction_sec : float
        Time before the first note, in which title and units are said.
    is_in_sound : bool
        Whether the words are part of the sound. If not, a browser may say them with its own voice.
    n_moments, n_extremes : (int, int)
        Moments of the time axis, and minima and maxima: how many are said, of how many that should be.
    left_out : tuple of str
        Words that found no room.
    note : str or None
        Why the words are not in the sound.
    """

    language: str
    captions: tuple[SpokenCaption, ...]
    introduction_sec: float = 0.0
    is_in_sound: bool = True
    n_moments: tuple[int, int] = (0, 0)
    n_extremes: tuple[int, int] = (0, 0)
    left_out: tuple[str, ...] = ()
    note: str | None = None


def place_captions(wishes: Sequence[Wish]) -> tuple[list[SpokenCaption], list[Wish]]:
    """Give every wish a time of its own, or leave it out where there is no room.

    Parameters
    ----------
    wishes : sequence of Wish

    Returns
    -------
    captions : list of SpokenCaption
        In the order of time, at least `GAP_SEC` apart.
    left_out : list of Wish
        Those that found no room.

    Examples
    --------
    >>> wishes = [Wish(text="1990", at_sec=2, duration_sec=1, rank=1), Wish(text="Maximum", at_sec=1.5, duration_sec=1)]
    >>> placed, left_out = place_captions([*wishes, Wish(text="1995", at_sec=5, duration_sec=1, rank=1)])
    >>> [(caption.text, caption.onset_sec) for caption in placed], [wish.text for wish in left_out]
    ([('Maximum', 1.5), ('1995', 5)], ['1990'])
    """
    placed: list[SpokenCaption] = []
    left_out: list[Wish] = []
    for wish in sorted(wishes, key=lambda wish: (wish.rank, wish.at_sec)):
        onset = _find_room(wish, placed)
        if onset is None:
            left_out.append(wish)
            continue
        placed.append(
            SpokenCaption(onset_sec=onset, duration_sec=wish.duration_sec, text=wish.text, shown=wish.shown)
        )
        placed.sort(key=lambda caption: caption.onset_sec)
    return placed, left_out


def _find_room(wish: Wish, placed: Sequence[SpokenCaption]) -> float | None:
    """The first moment from the wish's own on at which nothing else is said; ``placed`` in the order of time."""
    onset = wish.at_sec
    for other in placed:
        end = other.onset_sec + other.duration_sec
        if onset + wish.duration_sec + GAP_SEC > other.onset_sec and onset < end + GAP_SEC:
            onset = end + GAP_SEC
    return onset if onset <= wish.at_sec + wish.patience_sec else None
