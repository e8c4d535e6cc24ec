"""Made-up melodies with their articulation: what a synthetic singer sings, note by note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Manner = Literal["syllables", "vowel", "hum", "whistle"]
Consonant = Literal[
    "none", "glottal", "plosive", "voiced plosive", "fricative", "voiced fricative", "nasal", "liquid"
]

# How often each manner is drawn: singing on syllables is what people do most.
MANNERS: dict[Manner, float] = {"syllables": 0.64, "vowel": 0.14, "hum": 0.12, "whistle": 0.10}
# Shortest and longest in seconds, and whether the voice goes on through it.
CONSONANTS: dict[Consonant, tuple[float, float, bool]] = {
    "none": (0.0, 0.0, True),
    "glottal": (0.02, 0.07, True),
    "plosive": (0.04, 0.12, False),
    "voiced plosive": (0.03, 0.08, True),
    "fricative": (0.06, 0.16, False),
    "voiced fricative": (0.05, 0.11, True),
    "nasal": (0.04, 0.13, True),
    "liquid": (0.04, 0.10, True),
}
# Of the syllables of the world: do re mi fa sol la ti have six of these kinds.
_SPOKEN = ("plosive", "voiced plosive", "fricative", "voiced fricative", "nasal", "liquid", "none")
_SPOKEN_SHARES = (0.2, 0.17, 0.15, 0.05, 0.2, 0.17, 0.06)
# Listeners hear a syllable begin close to its vowel; in a consonant that is sung, about halfway through it.
_BEGINNING_IN_VOICED = 0.5

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 7, 9))
_STEPS = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, 7, -7)
_STEP_SHARES = (0.17, 0.23, 0.26, 0.09, 0.08, 0.04, 0.035, 0.03, 0.03, 0.015, 0.01, 0.01)
_BEATS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_BEAT_SHARES = (0.06, 0.34, 0.05, 0.34, 0.08, 0.1, 0.03)
_CENTERS = {"low": 46, "middle": 54, "high": 62, "child": 67}
_WHISTLE_CENTER = 81


@dataclass(frozen=True, kw_only=True)
class MadeNote:
    """A note that is to be sung.

    Attributes
    ----------
    onset_sec, end_sec : float
        As an annotator would write them.
    pitch : float
        Fractional MIDI number.
    consonant : str
        What it begins with; a key of `CONSONANTS`.
    consonant_sec : float
    vowel : int
    is_joined : bool
        Whether the note before lasts until here, or until the consonant.
    """

    onset_sec: float
    end_sec: float
    pitch: float
    consonant: Consonant
    consonant_sec: float
    vowel: int
    is_joined: bool

    @property
    def vowel_sec(self) -> float:
        """Where the vowel begins."""
        is_voiced = CONSONANTS[self.consonant][2]
        return self.onset_sec + (_BEGINNING_IN_VOICED * self.consonant_sec if is_voiced else 0.0)


def draw_manner(rng: np.random.Generator) -> Manner:
    """Syllables, one vowel, humming or whistling."""
    names = list(MANNERS)
    return names[int(rng.choice(len(names), p=list(MANNERS.values())))]


def draw_melody(
    rng: np.random.Generator, manner: Manner, duration_sec: float, n_vowels: int
) -> list[MadeNote]:
    """Draw a melody: a walk along a scale in phrases, sung not quite in time and not quite in tune.

    Parameters
    ----------
    rng : numpy.random.Generator
    manner : str
    duration_sec : float
        The last note ends before it.
    n_vowels : int

    Returns
    -------
    list of MadeNote
        In time, at least one.
    """
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
    beat = float(np.exp(rng.uniform(np.log(0.32), np.log(0.95))))
    register = _WHISTLE_CENTER if manner == "whistle" else list(_CENTERS.values())[int(rng.integers(4))]
    center = register + rng.uniform(-4, 4)  # also the singer's own tuning
    mistuning, timing = rng.uniform(0.05, 0.35), rng.uniform(0.02, 0.1)
    speak = _Syllables(rng, manner, n_vowels)
    notes: list[MadeNote] = []
    degree, now, left_in_phrase = 0, float(rng.uniform(0.1, 0.8)), 0
    while True:
        begins_phrase = left_in_phrase == 0
        if begins_phrase:
            left_in_phrase = int(rng.integers(3, 12))
            now += float(rng.uniform(0.12, 1.0)) if notes else 0.0
        left_in_phrase -= 1
        degree = _walk(rng, degree, len(scale))
        length = beat * float(rng.choice(_BEATS, p=_BEAT_SHARES)) * float(np.exp(rng.normal(0, timing)))
        length = max(length, 0.09)
        octave, place = divmod(degree, len(scale))
        consonant, seconds, vowel = speak.draw(degree % len(scale), begins_phrase)
        seconds = min(seconds, 0.5 * length)
        is_joined = not begins_phrase and rng.random() > speak.detached
        end = now + length * (1.0 if is_joined or begins_phrase else float(rng.uniform(0.7, 0.98)))
        if end > duration_sec - 0.1 and notes:
            return notes
        pitch = center + 12 * octave + scale[place] + float(rng.normal(0, mistuning))
        if notes and is_joined:
            # A consonant without voice cuts the end of the note before off.
            cut = 0.0 if CONSONANTS[consonant][2] else seconds
            notes[-1] = replace(notes[-1], end_sec=max(now - cut, notes[-1].onset_sec + 0.05))
        notes.append(
            MadeNote(
                onset_sec=now,
                end_sec=end,
                pitch=pitch,
                consonant=consonant,
                consonant_sec=seconds,
                vowel=vowel,
                is_joined=is_joined,
            )
        )
        now += length


def _walk(rng: np.random.Generator, degree: int, n_degrees: int) -> int:
    """The next step of the scale, within about an octave to each side."""
    moved = degree + int(rng.choice(_STEPS, p=_STEP_SHARES))
    return degree if abs(moved) > n_degrees else moved


class _Syllables:
    """What the notes of one recording are sung on."""

    def __init__(self, rng: np.random.Generator, manner: Manner, n_vowels: int) -> None:
        self.rng, self.manner, self.n_vowels = rng, manner, n_vowels
        n_syllables = int(rng.choice([1, 2, 7, 40], p=[0.2, 0.1, 0.35, 0.35]))
        self.syllables = [(self._draw_consonant(), int(rng.integers(n_vowels))) for _ in range(n_syllables)]
        self.by_degree = n_syllables == 7
        # Of the notes sung on the vowel of the note before.
        self.melisma = {"syllables": float(rng.choice([0.0, 0.05, 0.2])), "vowel": 0.75}.get(manner, 0.5)
        self.detached = float(rng.choice([0.05, 0.3, 0.8]))
        self.vowel = 0

    def _draw_consonant(self) -> Consonant:
        if self.manner == "syllables":
            return _SPOKEN[int(self.rng.choice(len(_SPOKEN), p=_SPOKEN_SHARES))]  # type: ignore[return-value]
        return "glottal"

    def draw(self, degree: int, begins_phrase: bool) -> tuple[Consonant, float, int]:
        """Consonant, its seconds, and vowel of the next note."""
        rng = self.rng
        if not begins_phrase and rng.random() < self.melisma:
            return "none", 0.0, self.vowel
        which = degree % len(self.syllables) if self.by_degree else int(rng.integers(len(self.syllables)))
        consonant, self.vowel = self.syllables[which]
        low, high, _ = CONSONANTS[consonant]
        return consonant, float(rng.uniform(low, high)), self.vowel
