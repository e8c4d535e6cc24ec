"""Moods as points of the valence-arousal plane (Russell 1980), their names, and paths between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.errors import InputError

AXIS_NAMES = {"valence": "Pleasantness", "arousal": "Energy"}


def show_signed(value: float) -> str:
    """A coordinate of a mood as it is printed.

    Examples
    --------
    >>> show_signed(0.3), show_signed(-0.25), show_signed(-0.001)
    ('+0.30', '−0.25', '0.00')
    """
    rounded = round(value, 2)
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"


@dataclass(frozen=True, kw_only=True)
class Mood:
    """A point of the plane.

    Attributes
    ----------
    valence : float in [-1, 1]
        From unpleasant to pleasant.
    arousal : float in [-1, 1]
        From calm to excited.

    Raises
    ------
    InputError
        If a value lies outside.
    """

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        for name, value in (("Valence", self.valence), ("Arousal", self.arousal)):
            if not (math.isfinite(value) and -1.0 <= value <= 1.0):
                raise InputError(f"{name} ranges from -1 to 1, not {value:g}.")

    @property
    def quadrant(self) -> str:
        """Q1 is +V+A, Q2 -V+A, Q3 -V-A, Q4 +V-A, as in EMOPIA; an axis counts as its positive side."""
        if self.arousal >= 0:
            return "Q1" if self.valence >= 0 else "Q2"
        return "Q4" if self.valence >= 0 else "Q3"

    @property
    def name(self) -> str:
        """The nearest named mood."""
        return min(
            NAMED_MOODS,
            key=lambda name: math.dist(
                (self.valence, self.arousal), (NAMED_MOODS[name].valence, NAMED_MOODS[name].arousal)
            ),
        )


# Places after the circumplex of Russell (1980, figure 4) and the norms of Bradley and Lang (1999), rounded.
NAMED_MOODS: dict[str, Mood] = {
    "happy": Mood(valence=0.75, arousal=0.45),
    "excited": Mood(valence=0.6, arousal=0.85),
    "content": Mood(valence=0.8, arousal=-0.15),
    "peaceful": Mood(valence=0.6, arousal=-0.65),
    "sleepy": Mood(valence=0.05, arousal=-0.9),
    "neutral": Mood(valence=0.0, arousal=0.0),
    "wistful": Mood(valence=-0.3, arousal=-0.4),
    "sad": Mood(valence=-0.75, arousal=-0.45),
    "gloomy": Mood(valence=-0.7, arousal=-0.8),
    "tense": Mood(valence=-0.45, arousal=0.5),
    "angry": Mood(valence=-0.75, arousal=0.75),
    "alarmed": Mood(valence=-0.2, arousal=0.9),
}


@dataclass(frozen=True, kw_only=True)
class MoodPath:
    """Mood over time: a straight line in the valence-arousal plane over a piece's length."""

    start: Mood
    end: Mood

    @classmethod
    def still(cls, mood: Mood) -> MoodPath:
        """The same mood from the first note to the last."""
        return cls(start=mood, end=mood)

    @property
    def moves(self) -> bool:
        """Whether the mood changes over the piece."""
        return self.start != self.end

    def at(self, share: float) -> Mood:
        """The mood at a fraction of the piece.

        Parameters
        ----------
        share : float
            0 is the beginning, 1 the end; what lies outside is taken as the nearer of both.
        """
        part = min(1.0, max(0.0, share))
        return Mood(
            valence=_interpolate(self.start.valence, self.end.valence, part),
            arousal=_interpolate(self.start.arousal, self.end.arousal, part),
        )


def _interpolate(a: float, b: float, share: float) -> float:
    return min(1.0, max(-1.0, a + (b - a) * share))
