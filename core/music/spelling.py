"""Pitch spelling: letter, accidental and octave of a pitch in a key, by the line of fifths (Temperley 2001, chapter 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.music.tune import LINE_OF_FIFTHS, MODE_SCALES, WITH_MINOR_THIRD, Key, tonic_name

#: Pitch class of each letter without an accidental.
LETTERS = {letter: 7 * (index - 1) % 12 for index, letter in enumerate(LINE_OF_FIFTHS)}
# From F double flat to B double sharp: no name has more than two accidentals.
_FIRST_PLACE, _LAST_PLACE = -15, 19


def shown_key(key: Key) -> Key:
    """Find the key that a signature can show: beyond seven accidentals, the enharmonic twin."""
    if abs(key.fifths) <= 7 and len(key.tonic) <= 2:
        return key
    return replace(key, tonic=tonic_name(key.pitch_class, key.mode))


def show_accidentals(name: str) -> str:
    """A note or key name as it is printed: sharps and flats as ♯ and ♭.

    Examples
    --------
    >>> show_accidentals("F#1"), show_accidentals("Eb"), show_accidentals("Bbb4"), show_accidentals("B4")
    ('F♯1', 'E♭', 'B♭♭4', 'B4')
    """
    return name[:1] + name[1:].replace("#", "♯").replace("b", "♭")


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


def spell_line(pitches: Sequence[int | None], keys: Sequence[Key]) -> list[tuple[str, int, int] | None]:
    """Name the pitches of a melody: a chromatic note by where it leads, all others by the key.

    Parameters
    ----------
    pitches : sequence of int or None
        None for a rest, over which nothing leads.
    keys : sequence of Key
        The key that holds at each.

    Returns
    -------
    list of (str, int, int) or None
        As of :func:`spell`. A note out of the scale that goes on a semitone upwards is a raised one, downwards a
        lowered one; the raised sixth and seventh of minor keep their names, and so does a raised fourth.

    Examples
    --------
    >>> key = Key(tonic="G")
    >>> [letter + "#" * shift for letter, shift, _ in spell_line([68, 69, 70, 71], [key] * 4)]
    ['G#', 'A', 'A#', 'B']
    """
    names = [None if pitch is None else spell(pitch, key) for pitch, key in zip(pitches, keys, strict=True)]
    following: int | None = None  # the next pitch that differs
    for at in range(len(pitches) - 1, -1, -1):
        pitch = pitches[at]
        after = pitches[at + 1] if at + 1 < len(pitches) else None
        following = None if after is None else (after if after != pitch else following)
        if pitch is None or following is None or abs(following - pitch) != 1:
            continue
        # Of a note and its repetitions the name is one.
        target = names[at + 1] if after == following else None
        if after == pitch:
            names[at] = names[at + 1]
        elif target is not None and _leads(pitch, following, keys[at]):
            names[at] = _lead(pitch, following - pitch, target) or names[at]
    return names


def _is_in_scale(pitch: int, key: Key) -> bool:
    """Whether a pitch belongs to the scale; in minor with its raised sixth and seventh."""
    step = (pitch - key.pitch_class) % 12
    return step in MODE_SCALES[key.mode] or (key.mode == "minor" and step in (9, 11))


def _leads(pitch: int, following: int, key: Key) -> bool:
    """Whether a note out of the scale has its name from the note a semitone away that follows."""
    if _is_in_scale(pitch, key) or not _is_in_scale(following, key):
        return False
    # Falling back, a raised fourth is still one: F# F in C major.
    return following > pitch or (pitch - key.pitch_class) % 12 != 6


def _lead(pitch: int, step: int, target: tuple[str, int, int]) -> tuple[str, int, int] | None:
    """The name on the letter below or above that of the note to which a pitch leads."""
    letters = "CDEFGAB"
    place = letters.index(target[0]) - step
    letter, octave = letters[place % 7], target[2] + place // 7
    alter = pitch - (12 * (octave + 1) + LETTERS[letter])
    return (letter, alter, octave) if abs(alter) <= 1 else None
