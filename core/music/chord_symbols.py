"""Chord symbols over a tune: parsing, naming, transposition, and their notes; ``"Am7"``, ``"F#m"``, ``"G/B"``, ``"N.C."``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

NO_CHORD = "N.C."
MAX_SYMBOL = 20
#: Suffix of a symbol: MusicXML's word for the kind, and semitones above the root.
KINDS: dict[str, tuple[str, tuple[int, ...]]] = {
    "": ("major", (0, 4, 7)),
    "m": ("minor", (0, 3, 7)),
    "7": ("dominant", (0, 4, 7, 10)),
    "m7": ("minor-seventh", (0, 3, 7, 10)),
    "maj7": ("major-seventh", (0, 4, 7, 11)),
    "6": ("major-sixth", (0, 4, 7, 9)),
    "m6": ("minor-sixth", (0, 3, 7, 9)),
    "dim": ("diminished", (0, 3, 6)),
    "dim7": ("diminished-seventh", (0, 3, 6, 9)),
    "m7b5": ("half-diminished", (0, 3, 6, 10)),
    "aug": ("augmented", (0, 4, 8)),
    "aug7": ("augmented-seventh", (0, 4, 8, 10)),
    "sus4": ("suspended-fourth", (0, 5, 7)),
    "sus2": ("suspended-second", (0, 2, 7)),
    "9": ("dominant-ninth", (0, 4, 7, 10, 14)),
    "m9": ("minor-ninth", (0, 3, 7, 10, 14)),
    "maj9": ("major-ninth", (0, 4, 7, 11, 14)),
    "5": ("power", (0, 7)),
}
# Other ways in which tune books write the same kind.
_ALIASES = {
    "M": "", "maj": "", "min": "m", "mi": "m", "-": "m", "dom": "7", "min7": "m7", "mi7": "m7", "-7": "m7", "M7": "maj7",
    "ma7": "maj7", "°": "dim", "o": "dim", "°7": "dim7", "o7": "dim7", "ø": "m7b5", "ø7": "m7b5", "+": "aug", "+7": "aug7",
    "sus": "sus4", "7sus4": "sus4", "7sus": "sus4", "min6": "m6", "no3": "5", "M9": "maj9", "min9": "m9", "add9": "",
    "11": "9", "13": "9", "mmaj7": "m", "7b9": "7", "7#9": "7", "m11": "m9",
}  # fmt: skip  # a table: one entry a line would fill a screen
_SYMBOL = re.compile(r"([A-G])(##|#|bb|b|)([^/]{0,8})(?:/([A-G])(##|#|bb|b|))?")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, kw_only=True)
class ChordSymbol:
    """A chord from a place on, to the next one or the end of the tune.

    Attributes
    ----------
    onset_tick : int
    root : str
        ``"Bb"``; empty where no chord sounds.
    kind : str
        One of ``KINDS``.
    bass : str
        The lowest note where it is not the root, such as ``"F#"``; else empty.

    Examples
    --------
    >>> chord = ChordSymbol(root="D", kind="7", bass="F#")
    >>> chord.name, chord.pitch_classes
    ('D7/F#', (2, 6, 9, 0))
    """

    onset_tick: int = 0
    root: str = "C"
    kind: str = ""
    bass: str = ""

    @property
    def name(self) -> str:
        """The symbol."""
        if not self.root:
            return NO_CHORD
        return self.root + self.kind + (f"/{self.bass}" if self.bass else "")

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its notes from the root up, 0 = C; none where no chord sounds."""
        if not self.root:
            return ()
        return tuple((name_class(self.root) + step) % 12 for step in KINDS[self.kind][1])

    @property
    def bass_class(self) -> int:
        """Pitch class of its lowest note; 0 where no chord sounds."""
        return name_class(self.bass or self.root or "C")


def name_class(name: str) -> int:
    """Pitch class of a letter with accidentals.

    Examples
    --------
    >>> name_class("F#"), name_class("Bb"), name_class("Cb")
    (6, 10, 11)
    """
    return (_LETTERS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def parse_chord(text: str, onset_tick: int = 0) -> ChordSymbol | None:
    """Read a chord symbol; None where the text is none.

    Parameters
    ----------
    text : str
        Such as ``"Am7"``, ``"G/B"``, ``"Bbmaj7"``; a longer chord than those known is read as the nearest known one.
        Real sharps and flats and brackets around it are read as well.
    onset_tick : int

    Examples
    --------
    >>> [parse_chord(text).name for text in ("Am", "F♯min7", "(D7/F#)", "N.C.")]
    ['Am', 'F#m7', 'D7/F#', 'N.C.']
    >>> parse_chord("slowly"), parse_chord("Fine")
    (None, None)
    """
    cleaned = text.strip().strip("()[]").replace("♯", "#").replace("♭", "b").replace(" ", "")
    if len(cleaned) > MAX_SYMBOL:
        return None
    if cleaned.upper().replace(".", "") == "NC":
        return ChordSymbol(onset_tick=onset_tick, root="")
    found = _SYMBOL.fullmatch(cleaned)
    if found is None:
        return None
    kind = _ALIASES.get(found[3], found[3])
    if kind not in KINDS:
        return None
    bass = (found[4] or "") + (found[5] or "")
    root = found[1] + found[2]
    return ChordSymbol(onset_tick=onset_tick, root=root, kind=kind, bass="" if bass == root else bass)


def kind_of_word(word: str) -> str:
    """Suffix of a kind that MusicXML names; of one that is not known the triad.

    Examples
    --------
    >>> kind_of_word("minor-seventh"), kind_of_word("dominant-13th"), kind_of_word("minor-11th")
    ('m7', '7', 'm7')
    """
    for suffix, (name, _) in KINDS.items():
        if name == word:
            return suffix
    for begin, suffix in (("dominant", "7"), ("major-", "maj7"), ("minor-", "m7"), ("suspended", "sus4")):
        if word.startswith(begin):
            return suffix
    return ""


def chord_at(chords: Sequence[ChordSymbol], tick: int) -> ChordSymbol | None:
    """The chord that holds at a place; None before the first.

    Parameters
    ----------
    chords : sequence of ChordSymbol
        Ascending.
    tick : int
    """
    found = None
    for chord in chords:
        if chord.onset_tick > tick:
            break
        found = chord
    return found
