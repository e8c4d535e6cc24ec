"""Pitch spelling of a whole piece (Meredith's ps13), its key signature by the fewest accidentals, and which are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import IntArray
from core.music.key import TEMPERLEY, key_correlations, tonic_and_mode
from core.music.spelling import LETTERS, signature, spell
from core.music.tune import Key, tonic_at

_LETTERS = "CDEFGAB"
_NATURAL = np.array([LETTERS[letter] for letter in _LETTERS])
# Steps of the staff by semitones above a tonic, in a chromatic scale of minor seconds and an augmented fourth.
_STEPS = np.array([0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6])
_HOME_LETTER = np.array([0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6])
# Notes before and after, in which tonics are counted; Meredith's best values.
_BEFORE, _AFTER = 10, 42
#: MusicXML's words for alterations.
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
#: Sharps or flats of signatures; seven of them are never needed.
SIGNATURES = sorted(range(-6, 7), key=abs)
# Beside an accidental in the score: a double one, and a sign of the signature.
_DOUBLE, _SIGN = 0.5, 0.1

Spelling = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True)
class Head:
    """A note head as far as accidentals ask: which note it is of, its bar and staff, and whether it is tied to."""

    note: int
    bar: int
    staff: int
    tied: bool


@dataclass(frozen=True, kw_only=True)
class SpelledScore:
    """Signature and names of a piece.

    Attributes
    ----------
    key : Key
    spellings : list of (str, int, int)
        Letter, alteration and octave, by note.
    """

    key: Key
    spellings: list[Spelling]

    @classmethod
    def empty(cls) -> SpelledScore:
        """Nothing named yet."""
        return cls(key=Key(), spellings=[])


def spell_score(pitch: IntArray, heads: Sequence[Head], key: Key | None = None) -> SpelledScore:
    """Name every note in a key, or under the signature that leaves the fewest accidentals to be printed.

    Parameters
    ----------
    pitch : ndarray of int64, shape=(n,)
        In the order of the onsets.
    heads : sequence of Head
        In reading order.
    key : Key, optional
        Of the piece, where it is known: the score has its signature. The fewest accidentals are often those of the
        signature a fifth away.

    Returns
    -------
    SpelledScore
        The key as given; without one, major or minor by which of the two keys of the signature the notes fit better.

    Examples
    --------
    >>> g_sharp_minor = np.array([68, 70, 71, 73, 75, 76, 78, 80])
    >>> heads = [Head(note=i, bar=i // 4, staff=1, tied=False) for i in range(8)]
    >>> spelled = spell_score(g_sharp_minor, heads)
    >>> spelled.key.tonic, spelled.key.mode, spelled.spellings[0]
    ('G#', 'minor', ('G', 1, 4))
    """
    letters = name_letters(pitch)
    best: tuple[float, int, list[Spelling]] | None = None
    for shift in (0, -1, 1):
        spellings = _spell_letters(pitch, (letters + shift) % 7)
        doubles = sum(abs(alter) > 1 for _, alter, _ in spellings)
        for fifths in SIGNATURES if key is None else (key.fifths,):
            printed = sum(
                bool(word) for word, courtesy in print_accidentals(heads, spellings, fifths) if not courtesy
            )
            cost = printed + _DOUBLE * doubles + _SIGN * abs(fifths)
            if best is None or cost < best[0]:
                best = (cost, fifths, spellings)
    if best is None:
        raise ValueError("There is nothing to spell.")
    _, fifths, spellings = best
    return SpelledScore(key=key or _name_key(pitch, fifths), spellings=spellings)


def name_letters(pitch: IntArray) -> IntArray:
    """Letters, 0 (C) to 6 (B), that are right up to moving all of them by the same step.

    Notes
    -----
    Stage 1 of ps13 (Meredith 2006, "The ps13 pitch spelling algorithm"): each note takes the letter that most of the
    notes around it would give it, were they the tonic. Where he counts from the first note, this counts from the tonic of
    the whole: a piece that begins with a foreign note is not named after it.
    """
    chroma = np.asarray(pitch) % 12
    home, _ = tonic_and_mode(pitch, profiles=TEMPERLEY)
    tonic_letter = (_HOME_LETTER[home] - _STEPS[(home - np.arange(12)) % 12]) % 7
    given = (_STEPS[(chroma[:, None] - np.arange(12)) % 12] + tonic_letter) % 7  # (note, tonic)
    counts = np.zeros((len(chroma) + 1, 12))
    counts[1:] = np.cumsum(chroma[:, None] == np.arange(12), axis=0)
    places = np.arange(len(chroma))
    around = counts[np.minimum(places + _AFTER, len(chroma))] - counts[np.maximum(places - _BEFORE, 0)]
    strength = np.stack([np.where(given == letter, around, 0.0).sum(axis=1) for letter in range(7)], axis=1)
    return np.asarray(strength.argmax(axis=1), dtype=np.int64)


def _spell_letters(pitch: IntArray, letters: IntArray) -> list[Spelling]:
    alter = (pitch - _NATURAL[letters] + 6) % 12 - 6
    octave = (pitch - _NATURAL[letters] - alter) // 12 - 1
    return [
        (_LETTERS[letter], int(shift), int(height)) if abs(shift) <= 2 else spell(int(key), Key())
        for key, letter, shift, height in zip(pitch, letters.tolist(), alter, octave, strict=True)
    ]


def _name_key(pitch: IntArray, fifths: int) -> Key:
    major, minor = tonic_at(fifths), tonic_at(fifths + 3)
    fits = key_correlations(np.bincount(pitch % 12, minlength=12), TEMPERLEY)
    keys = [Key(tonic=major, mode="major"), Key(tonic=minor, mode="minor")]
    return max(keys, key=lambda key: fits[int(key.mode == "minor"), key.pitch_class])


def print_accidentals(
    heads: Sequence[Head], spellings: Sequence[Spelling], fifths: int
) -> list[tuple[str, bool]]:
    """Find the accidental before each note head.

    Parameters
    ----------
    heads : sequence of Head
        In reading order.
    spellings : sequence of (str, int, int)
        By note.
    fifths : int
        Of the signature.

    Returns
    -------
    list of (str, bool)
        MusicXML's word, empty for none, and whether it is a courtesy: the signature is in force again after an accidental
        in the bar before on the same line, or in this bar at another octave.

    Examples
    --------
    >>> heads = [Head(note=i, bar=i // 2, staff=1, tied=False) for i in range(4)]
    >>> print_accidentals(heads, [("F", 1, 4), ("F", 1, 4), ("F", 0, 4), ("F", 0, 5)], fifths=0)
    [('sharp', False), ('', False), ('natural', True), ('', False)]
    """
    usual = signature(fifths)
    words: list[tuple[str, bool]] = []
    now: dict[tuple[int, str, int], int] = {}
    before: dict[tuple[int, str, int], int] = {}
    bar = -1
    for head in heads:
        if head.bar != bar:
            before = now if head.bar == bar + 1 else {}
            now, bar = {}, head.bar
        letter, alter, octave = spellings[head.note]
        line = (head.staff, letter, octave)
        if head.tied:
            if alter != usual[letter]:
                before[line] = alter  # a tied accidental is to be taken back, too
            words.append(("", False))
            continue
        if alter != now.get(line, usual[letter]):
            words.append((ACCIDENTALS[alter], False))
        elif line not in now and (
            before.get(line, alter) != alter
            or any(now.get((head.staff, letter, other), alter) != alter for other in (octave - 1, octave + 1))
        ):
            words.append((ACCIDENTALS[alter], True))
        else:
            words.append(("", False))
        now[line] = alter
    return words
