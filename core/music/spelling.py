"""Pitch spelling: letter, accidental and octave of a pitch in a key, by the line of fifths (Temperley 2001, chapter 5)."""

from __future__ import annotations

from dataclasses import replace

from core.music.tune import LINE_OF_FIFTHS, WITH_MINOR_THIRD, Key, tonic_name

#: Pitch class of each letter without an accidental.
LETTERS = {letter: 7 * (index - 1) % 12 for index, letter in enumerate(LINE_OF_FIFTHS)}
# From F double flat to B double sharp: no name has more than two accidentals.
_FIRST_PLACE, _LAST_PLACE = -15, 19


def shown_key(key: Key) -> Key:
    """Find the key that a signature can show: beyond seven accidentals, the enharmonic twin."""
    if abs(key.fifths) <= 7 and len(key.tonic) <= 2:
        return key
    return replace(key, tonic=tonic_name(key.pitch_class, key.mode))


def signature(fifths: int) -> dict[str, int]:
    """Alteration of each letter under a key signature."""
    sharp, flat = LINE_OF_FIFTHS[: max(0, fifths)], LINE_OF_FIFTHS[::-1][: max(0, -fifths)]
    return {letter: (letter in sharp) - (letter in flat) for letter in LINE_OF_FIFTHS}


def spell(pitch: int, key: Key, *, raised_fifth: bool = False) -> tuple[str, int, int]:
    """Name a pitch by the nearest name to the key on the line of fifths.

    Parameters
    ----------
    pitch : int
        MIDI note number.
    key : Key
    raised_fifth : bool
        Whether the note between fifth and sixth of a scale with a major third is a raised fifth, as where it leads
        to the relative minor (G# in C major), instead of a lowered sixth (Ab).

    Returns
    -------
    letter : str
    alter : int
        Semitones, -2 to 2.
    octave : int
        4 from middle C on.

    Notes
    -----
    Of twelve neighbors on the line, from the lowered sixth or raised fifth of the scale on. With a minor third they
    lie higher, for the raised notes that lead upwards: from the lowered second to the raised fourth.

    Examples
    --------
    >>> spell(61, Key(tonic="D")), spell(61, Key(tonic="F", mode="minor"))
    (('C', 1, 4), ('D', -1, 4))
    """
    lowest = key.tonic_place - 5 if key.mode in WITH_MINOR_THIRD else key.fifths - 4 + raised_fifth
    lowest = min(max(lowest, _FIRST_PLACE), _LAST_PLACE - 11)
    alter, index = divmod(lowest + (7 * pitch - lowest) % 12 + 1, 7)
    letter = LINE_OF_FIFTHS[index]
    return letter, alter, (pitch - LETTERS[letter] - alter) // 12 - 1
