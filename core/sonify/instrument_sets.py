"""Instruments that go together: sets for two to four voices that overlap little, each within its range, balanced and panned apart.

Measured by ``python -m benchmarks.instrument_overlap`` with the SoundFonts that are tried by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from core.errors import InputError
from core.music.midi import program_name
from core.sonify.settings import Settings

PANS = {2: (-0.45, 0.45), 3: (-0.6, 0.0, 0.6), 4: (-0.75, -0.25, 0.25, 0.75)}
"""Where the voices of a set stand; no voice is at one side alone."""


@dataclass(frozen=True)
class InstrumentSet:
    """Instruments for as many voices.

    Attributes
    ----------
    programs : tuple of int
        General MIDI, from 0.
    velocities : tuple of int
        With which all are equally loud.
    overlap : float in [0, 1]
        Share of their spectra that the two most similar ones have in common on one key.
    """

    programs: tuple[int, ...]
    velocities: tuple[int, ...]
    overlap: float

    @property
    def name(self) -> str:
        """Its instruments, as a menu shows them.

        Examples
        --------
        >>> INSTRUMENT_SETS[2][0].name
        'Marimba + Church Organ'
        """
        return " + ".join(program_name(program) for program in self.programs)


RANGES = {
    0: (21, 108),
    4: (28, 100),
    6: (29, 89),
    8: (60, 108),
    12: (36, 96),
    13: (65, 108),
    19: (36, 96),
    46: (23, 103),
    56: (54, 86),
    71: (50, 94),
    75: (60, 96),
}
"""Lowest and highest sounding note, a MIDI number, of the instruments in sets, by program."""

INSTRUMENT_SETS = {
    2: (
        InstrumentSet((12, 19), (109, 84), 0.44),
        InstrumentSet((8, 19), (107, 86), 0.43),
        InstrumentSet((12, 56), (115, 80), 0.42),
        InstrumentSet((12, 6), (99, 93), 0.47),
        InstrumentSet((46, 19), (101, 91), 0.51),
        InstrumentSet((0, 8), (99, 93), 0.58),
        InstrumentSet((75, 19), (92, 100), 0.56),
        InstrumentSet((0, 12), (97, 95), 0.60),
    ),
    3: (
        InstrumentSet((19, 71, 8), (92, 85, 114), 0.60),
        InstrumentSet((12, 71, 19), (117, 83, 91), 0.60),
        InstrumentSet((4, 6, 8), (81, 103, 105), 0.61),
        InstrumentSet((0, 12, 19), (107, 104, 80), 0.65),
        InstrumentSet((0, 19, 46), (112, 84, 93), 0.67),
        InstrumentSet((8, 75, 19), (114, 85, 92), 0.68),
    ),
    4: (
        InstrumentSet((4, 19, 71, 8), (90, 94, 86, 116), 0.61),
        InstrumentSet((0, 12, 19, 46), (109, 106, 82, 90), 0.69),
        InstrumentSet((6, 12, 19, 46), (102, 108, 84, 92), 0.69),
        InstrumentSet((0, 4, 6, 19), (114, 82, 105, 86), 0.71),
    ),
}


def fit_sets(registers: Sequence[tuple[int, int]]) -> tuple[InstrumentSet, ...]:
    """Sets in which every voice plays within the range of its instrument.

    Parameters
    ----------
    registers : sequence of (int, int)
        Lowest and highest note of each voice, MIDI numbers.

    Returns
    -------
    tuple of InstrumentSet
        Each with its instruments in the order of the voices.

    Examples
    --------
    >>> [each.name for each in fit_sets([(66, 96), (36, 65)])][:2]
    ['Marimba + Church Organ', 'Celesta + Church Organ']
    """
    found = []
    for each in INSTRUMENT_SETS.get(len(registers), ()):
        for order in permutations(range(len(registers))):
            programs = tuple(each.programs[place] for place in order)
            if all(
                RANGES[program][0] <= low and high <= RANGES[program][1]
                for program, (low, high) in zip(programs, registers, strict=True)
            ):
                velocities = tuple(each.velocities[place] for place in order)
                found.append(InstrumentSet(programs, velocities, each.overlap))
                break
    return tuple(found)


def play_together(settings: Settings, number: int) -> Settings:
    """Settings with the instruments, velocities and pans of a set.

    Parameters
    ----------
    settings : Settings
        Of two to four voices.
    number : int
        Which of the sets that fit the voices (`fit_sets`), from 1.

    Raises
    ------
    InputError
        If there is no such set, or no set has the range of these voices.

    Examples
    --------
    >>> from core.sonify.settings import Voice
    >>> settings = Settings(voices=(Voice(column="rain"), Voice(column="wind")))
    >>> [(voice.program, voice.pan) for voice in play_together(settings, 1).voices]
    [(12, -0.45), (19, 0.45)]
    """
    n_voices = len(settings.voices)
    sets = fit_sets([(voice.low, voice.high) for voice in settings.voices])
    if n_voices not in INSTRUMENT_SETS:
        raise InputError(
            f"Instrument sets are for 2 to 4 voices; {n_voices} plays. Choose more columns, or no set."
        )
    if not sets:
        raise InputError(
            "No instrument set has the range of these voices. Bring their lowest and highest notes closer together, "
            "such as C3 to C6, or choose instruments one by one."
        )
    if not 1 <= number <= len(sets):
        raise InputError(
            f"There is no instrument set {number} for {n_voices} voices; choose 1 to {len(sets)}: "
            + "; ".join(f"{place} {each.name}" for place, each in enumerate(sets, 1))
            + "."
        )
    chosen = sets[number - 1]
    voices = tuple(
        replace(voice, program=program, velocity=velocity, pan=pan)
        for voice, program, velocity, pan in zip(
            settings.voices, chosen.programs, chosen.velocities, PANS[n_voices], strict=True
        )
    )
    return replace(settings, voices=voices)
