"""Request of an extension: length, position, side, engine, mood, ending, variation, seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import InputError

Side = Literal["after", "before"]
Direction = Literal["after", "before", "both"]
Engine = Literal["recompose", "neural"]
Wish = Literal["keep", "lift", "calm"]
Ending = Literal["fade", "cadence", "cut"]

MIN_SECONDS, MAX_SECONDS = 1.0, 600.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """Settings of an extension; equal requests of equal sounds give equal results.

    Attributes
    ----------
    seconds : float in [1, 600]
        Length of the addition, on each side for "both".
    at_sec : float or None
        Where the recording is left, to the nearest beat; the rest of it is dropped. For "before": where it is
        entered. None is its end (its beginning), without a fade-out or silence.
    direction : {"after", "before", "both"}
        With "both" the recording is entered at its beginning.
    mood : {"keep", "lift", "calm"}
    engine : {"recompose", "neural"}
    adventure : float in [0, 1]
        Variation: 0 follows the recording in long stretches, 1 jumps often.
    seed : int
    ending : {"fade", "cadence", "cut"}
        How what is added after the recording ends: fading out; on the recording's own ending or a bar on the tonic; or
        at the requested second. An addition before the recording begins at once.

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
    ending: Ending = "fade"

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            raise InputError(
                f"The length to add must be {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds, not {self.seconds:g}."
            )
        if self.at_sec is not None and not 0 <= self.at_sec < 1e6:
            raise InputError(f"The position to extend from must be 0 seconds or later, not {self.at_sec:g}.")
        if not 0 <= self.adventure <= 1:
            raise InputError(f"Variation must be between 0 and 1, not {self.adventure:g}.")
        if self.seed < 0:
            raise InputError(f"The seed must be a whole number from 0, not {self.seed}.")
        choices = (
            ("direction", Direction),
            ("mood", Wish),
            ("engine", Engine),
            ("ending", Ending),
        )
        for name, options in choices:
            value = getattr(self, name)
            if value not in get_args(options):
                raise InputError(f"The {name} must be {', '.join(get_args(options))}, not {value!r}.")

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which something is added, in the order in which they sound."""
        return ("before", "after") if self.direction == "both" else (self.direction,)
