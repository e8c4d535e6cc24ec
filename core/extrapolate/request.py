"""What is asked of an extrapolation: how long, from where, on which side, by which engine, in which mood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import InputError

Side = Literal["after", "before"]
Direction = Literal["after", "before", "both"]
Engine = Literal["recompose", "neural"]
Wish = Literal["keep", "lift", "calm"]

MIN_SECONDS, MAX_SECONDS = 1.0, 600.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a visitor asks for; equal requests of equal sounds give equal results.

    Attributes
    ----------
    seconds : float in [1, 600]
        How much is added, on each side for "both".
    at_sec : float or None
        Where the recording is left, to the nearest beat; what came after it is dropped. For "before": where it is
        entered. None is where it ends (begins), without a fade-out or silence.
    direction : {"after", "before", "both"}
        With "both" the recording is entered at its beginning.
    mood : {"keep", "lift", "calm"}
    engine : {"recompose", "neural"}
    adventure : float in [0, 1]
    seed : int

    Raises
    ------
    InputError
        If a value cannot be used.
    """

    seconds: float = 30.0
    at_sec: float | None = None
    direction: Direction = "after"
    mood: Wish = "keep"
    engine: Engine = "recompose"
    adventure: float = 0.4
    seed: int = 0

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise InputError(
                f"{self.seconds:g} seconds cannot be added; {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds work."
            )
        if self.at_sec is not None and not 0 <= self.at_sec < 1e6:
            raise InputError(f"A recording cannot be left at {self.at_sec:g} seconds; give a time from 0 on.")
        if not 0 <= self.adventure <= 1:
            raise InputError(f"Adventure goes from 0 to 1, not {self.adventure:g}.")
        if self.seed < 0:
            raise InputError(f"The seed is a whole number from 0, not {self.seed}.")
        for value, words in ((self.direction, Direction), (self.mood, Wish), (self.engine, Engine)):
            if value not in get_args(words):
                raise InputError(f"{value!r} is none of {', '.join(get_args(words))}.")

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which something is added, in the order in which they sound."""
        return ("before", "after") if self.direction == "both" else (self.direction,)
