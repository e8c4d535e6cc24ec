"""Instruments that go together: sets for two to four voices whose spectra overlap least, balanced and panned apart.

Measured by ``python -m benchmarks.instrument_overlap`` with the SoundFonts that are tried by default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
        'Marimba + Trumpet'
        """
        return " + ".join(program_name(program) for program in self.programs)


INSTRUMENT_SETS = {
    2: (
        InstrumentSet((12, 56), (115, 80), 0.42),
        InstrumentSet((8, 19), (107, 86), 0.43),
        InstrumentSet((108, 56), (120, 77), 0.40),
        InstrumentSet((108, 19), (114, 81), 0.41),
    ),
    3: (
        InstrumentSet((11, 71, 114), (95, 83, 112), 0.56),
        InstrumentSet((8, 71, 114), (106, 79, 106), 0.56),
        InstrumentSet((11, 24, 104), (88, 97, 104), 0.60),
        InstrumentSet((8, 24, 104), (98, 92, 99), 0.60),
    ),
    4: (
        InstrumentSet((4, 71, 104, 114), (85, 82, 111, 111), 0.59),
        InstrumentSet((8, 71, 104, 114), (103, 77, 104, 104), 0.59),
        InstrumentSet((4, 8, 24, 64), (88, 113, 106, 81), 0.67),
        InstrumentSet((11, 24, 46, 64), (97, 107, 101, 81), 0.67),
    ),
}


def play_together(settings: Settings, number: int) -> Settings:
    """Settings with the instruments, velocities and pans of a set.

    Parameters
    ----------
    settings : Settings
        Of two to four voices.
    number : int
        Which set for that many voices, from 1.

    Raises
    ------
    InputError
        If there is no such set.

    Examples
    --------
    >>> from core.sonify.settings import Voice
    >>> settings = Settings(voices=(Voice(column="rain"), Voice(column="wind")))
    >>> [(voice.program, voice.pan) for voice in play_together(settings, 1).voices]
    [(12, -0.45), (56, 0.45)]
    """
    n_voices = len(settings.voices)
    sets = INSTRUMENT_SETS.get(n_voices, ())
    if not sets:
        raise InputError(
            f"Instrument sets are for 2 to 4 voices; {n_voices} plays. Choose more columns, or no set."
        )
    if not 1 <= number <= len(sets):
        raise InputError(
            f"There is no instrument set {number} for {n_voices} voices; choose 1 to {len(sets)}."
        )
    chosen = sets[number - 1]
    voices = tuple(
        replace(voice, program=program, velocity=velocity, pan=pan)
        for voice, program, velocity, pan in zip(
            settings.voices, chosen.programs, chosen.velocities, PANS[n_voices], strict=True
        )
    )
    return replace(settings, voices=voices)
