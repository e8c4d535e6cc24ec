"""ABC notation (standard 2.1): reader of tunes; :mod:`core.music.abc_writer` writes them.

Read: one voice with key, meter and unit length and their changes, accidentals as they last through a bar,
ties, tuplets, broken rhythm, rests, bars. Left out: words, chord symbols, ornaments, grace notes, repeats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from core.errors import InputError
from core.music.abc_writer import PHRASE_BEGINS, PHRASES_MARKED, SIGNS, imply_beginnings, to_abc
from core.music.spelling import LETTERS, signature
from core.music.tune import FREE, MODES, TICKS, Event, Key, Meter, Tune
from core.music.tune_reading import (
    MAX_NOTES,
    add_change,
    bars_at,
    check_changes,
    check_exact,
    check_length,
    check_tune,
    decode_text,
)

__all__ = ["MAX_ABC_CHARACTERS", "read_abc", "to_abc"]

MAX_ABC_CHARACTERS = 1_000_000
_MODES = {"": "major", "m": "minor", **{mode[:3]: mode for mode in MODES}, "ion": "major", "aeo": "minor"}


# A bracket right behind a bar line belongs to it, as in "|[1", unless it opens a chord or a field.
_TOKEN = re.compile(
    r"""(?P<space>[\s`y\\]+)
    |(?P<inline>\[[A-Za-z]:[^\]\n]*\])
    |(?P<words>"[^"\n]*")
    |(?P<decoration>![^!\n]*!|\+[a-z]+\+)
    |(?P<bar>\[?[|:]+[\]|:]*(?:\[(?=[0-9])|\[(?!(?:[A-Za-z]:[^\]\[\n]*|[^\]\[|\n]*)\]))?[0-9,\-]*|\[[0-9][0-9,\-]*)
    |(?P<grace>\{[^}\n]*\})
    |(?P<tuplet>\([2-9](?::[0-9]*){0,2})
    |(?P<chord>\[[^\]\n]*\])
    |(?P<note>(?P<mark>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*))
    |(?P<rest>[zxZX])
    |(?P<length>[0-9]*/+[0-9]*|[0-9]+)
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<ignored>[()~.HIJKLMNOPQRSTUVWhijklmnopqrstuvw$*;?@#&])
    """,
    re.VERBOSE,
)
# What stands in a chord; a brace or bracket that nothing closes is looked at once and not to the end of the line.
_IN_CHORD = re.compile(
    r"""(?P<words>"[^"\n]*"|!(?:[^!\n]*!)?|\+[a-z]+\+|\{[^{}\n]*\})
    |(?P<note>(?P<mark>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*))
    """,
    re.VERBOSE,
)
_KEY = re.compile(r"(?P<tonic>[A-G][#b]?)\s*(?P<mode>[A-Za-z]*)(?P<rest>.*)", re.DOTALL)
_LENGTH = re.compile(r"([0-9]{0,5})(/*)([0-9]{0,5})")


def read_abc(text: str | bytes) -> tuple[Tune, list[str]]:
    """Read the first tune, and of it the first voice.

    Parameters
    ----------
    text : str or bytes
        Bytes are UTF-8 or else Latin-1.

    Returns
    -------
    Tune
    list of str
        Sentences about what was left out; empty if nothing was.

    Raises
    ------
    InputError
        If it is too long, no ABC text, damaged, or has no note.

    Examples
    --------
    >>> tune, _ = read_abc("X:1\\nM:6/8\\nL:1/8\\nK:Edor\\nE2F G>FE|B3 z3|]")
    >>> tune.keys[0].mode, tune.pitches, [event.duration_tick for event in tune.events][:4]
    ('dorian', [64, 66, 67, 66, 64, 71], [480, 240, 360, 120])
    """
    if len(text) > MAX_ABC_CHARACTERS:
        raise InputError(f"This ABC text is longer than {MAX_ABC_CHARACTERS:,} characters. Give one tune.")
    decoded = decode_text(text) if isinstance(text, bytes) else text
    reader = _Reader()
    in_body, voice, wanted = False, "", ""
    for number, line in enumerate(decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        reader.number, line = number, re.sub(r"(?<!\\)%.*", "", line).rstrip()
        name, content = (line[0], line[2:].strip()) if re.match(r"[A-Za-z+]:(?!\|)", line) else ("", line)
        if name == "X" and in_body:
            reader.said.add("The text holds several tunes: the first one was taken.")
            break
        if name == "V" and in_body:
            voice = content.split(maxsplit=1)[0] if content else ""
            wanted = wanted or voice
        elif name:
            reader.read_field(name, content)
            in_body = in_body or name == "K"
        elif line and in_body:
            named = line[3 : line.find("]")].split(maxsplit=1) if re.match(r"\[V:[^\]]*\]", line) else []
            voice = named[0] if named else voice
            wanted = wanted or voice
            if voice == wanted:
                reader.read_music(line)
            else:
                reader.said.add("The tune has several voices: the first one was taken.")
    if not in_body:
        raise InputError(
            "This is no ABC text: no line says K: and names the key. The last header line is K:."
        )
    return reader.finish(), sorted(reader.said)


@dataclass
class _Note:
    pitch: int | None
    ticks: Fraction
    begins: bool = False
    ends: bool = False
    tied: bool = False


@dataclass
class _Reader:
    """Walks through the lines and keeps what has been read so far; lengths are exact fractions of a tick."""

    number: int = 0  # of the line
    line: str = ""
    place: int = 0  # in the line
    unit: Fraction | None = None
    signature: dict[str, int] = field(default_factory=lambda: signature(0))
    accidentals: dict[str, int] = field(default_factory=dict)
    notes: list[_Note] = field(default_factory=list)
    starts: list[Fraction] = field(
        default_factory=lambda: [Fraction(0)]
    )  # of the notes; the last, the end of all
    bars: list[int] = field(default_factory=list)  # how many notes stand before each bar line
    keys: list[tuple[int, Key]] = field(default_factory=list)  # the same, with the change
    meters: list[tuple[int, Meter]] = field(default_factory=list)
    tuplet: tuple[Fraction, int] = (Fraction(1), 0)  # factor, notes that it still holds for
    broken: Fraction = Fraction(1)
    explicit: bool = False
    begins: bool = False
    breath: bool = False
    said: set[str] = field(default_factory=set)

    def _refusal(self, what: str) -> InputError:
        return InputError(f"In line {self.number} of this ABC text{what}")

    def read_field(self, name: str, content: str) -> None:
        """Read what stands behind a letter and a colon."""
        check_changes(len(self.keys) + len(self.meters), "ABC text")
        if name == "M":
            self.meters.append((len(self.notes), self._meter(content)))
        elif name == "L":
            found = re.fullmatch(r"([1-9][0-9]?)(?:/([1-9][0-9]{0,2}))?", content)
            if found is None:
                raise self._refusal(f', "{content[:20]}" is no length. Say L:1/8.')
            self.unit = Fraction(int(found[1]), int(found[2] or 1)) * 4 * TICKS
        elif name == "K":
            key = self._key(content)
            if key is not None:
                self.keys.append((len(self.notes), key))
                self.accidentals = {}
        elif name == "r":
            self.explicit = self.explicit or content == PHRASES_MARKED
            self.begins = self.begins or content == PHRASE_BEGINS

    def _meter(self, content: str) -> Meter:
        cleaned = content.replace(" ", "").strip("()").replace(")/", "/")
        common = {"C": "4/4", "C|": "2/2", "none": FREE, "": FREE}
        if cleaned in common:
            return Meter(meter=common[cleaned])
        found = re.fullmatch(r"([0-9]{1,2}(?:\+[0-9]{1,2}){0,7})/(1|2|4|8|16|32)", cleaned)
        groups = tuple(int(part) for part in found[1].split("+")) if found else ()
        above = sum(groups)
        if found is None or not 1 <= above <= 99 or min(groups) < 1:
            raise self._refusal(f', "{content[:20]}" is no meter. Say one such as M:6/8.')
        return Meter(meter=f"{above}/{found[2]}", groups=groups if len(groups) > 1 else ())

    def _key(self, content: str) -> Key | None:
        if content in ("HP", "Hp"):  # the bagpipe's own: two sharps around A
            self.signature = signature(2)
            return Key(tonic="A", mode="mixolydian")
        if content.lower() in ("", "none"):
            self.signature = signature(0)
            return Key()
        if re.match(r"(?:clef|treble|bass|alto|tenor|octave|transpose|middle)\b", content):
            return None
        found = _KEY.match(content)
        if found is None:
            raise self._refusal(f', "{content[:20]}" is no key. Say one such as K:G.')
        word = found["mode"].lower()
        locrian = word[:3] == "loc"
        if locrian:
            self.said.add("The locrian mode is unknown here: the tune is read as phrygian.")
        # No mode are such words as "clef" and "exp".
        mode = "phrygian" if locrian else _MODES.get("m" if word == "m" else word[:3], "major")
        key = Key(tonic=found["tonic"], mode=mode)
        self.signature = signature(0 if word == "exp" else key.fifths - locrian)
        for mark, letter in re.findall(r"(?:^|\s)(\^{1,2}|_{1,2}|=)([A-Ga-g])\b", found["rest"]):
            self.signature[letter.upper()] = SIGNS[mark]
        return key

    def read_music(self, line: str) -> None:
        """Read a line of notes."""
        self.line, self.place = line, 0
        while self.place < len(line):
            found = _TOKEN.match(line, self.place)
            if found is None:
                shown = line[self.place : self.place + 10]
                raise self._refusal(f', "{shown}" is no music. The text is damaged or not ABC.')
            self.place = found.end()
            self._read_token(found)

    def _read_token(self, found: re.Match[str]) -> None:
        if found["note"]:
            self._take(self._pitch(found))
        elif found["rest"]:
            self._take_rest(found["rest"])
        elif found["chord"]:
            self._take_chord(found["chord"])
        elif found["inline"]:
            self.read_field(found["inline"][1], found["inline"][3:-1].strip())
        elif found["bar"]:
            self._take_bar(found["bar"])
        elif found["tuplet"]:
            self.tuplet = self._tuplet(found["tuplet"])
        elif found["broken"]:
            self._break(found["broken"])
        elif found["tie"] and self.notes:
            self.notes[-1].tied = True
        elif found["decoration"]:
            self.breath = self.breath or found["decoration"] == "!breath!"
        elif found["grace"]:
            self.said.add("Grace notes are left out.")

    def _pitch(self, found: re.Match[str]) -> int:
        letter, octave = found["letter"].upper(), 4 + found["letter"].islower()
        octave += found["octave"].count("'") - found["octave"].count(",")
        if found["mark"]:
            self.accidentals[letter] = SIGNS[found["mark"]]
        alter = self.accidentals.get(letter, self.signature[letter])
        pitch = 12 * (octave + 1) + LETTERS[letter] + alter
        if not 0 <= pitch <= 127:
            raise self._refusal(" a note lies out of every range.")
        return pitch

    def _take(self, pitch: int | None, inner: str = "") -> None:
        """Add a note or rest with the length that follows it, behind an `inner` one inside a chord."""
        behind = _LENGTH.match(self.line, self.place)
        assert behind is not None  # it may be empty
        self.place = behind.end()
        found = _LENGTH.match(inner + behind[0])
        assert found is not None
        above, strokes, below = found.groups()
        divisor = int(below) if below else 2 ** min(len(strokes), 10)
        if divisor == 0 or (above and not above.strip("0")):
            raise self._refusal(" a note has no length. The text is damaged.")
        ticks = self._unit() * Fraction(int(above or 1), divisor) * self.broken
        factor, left = self.tuplet
        if left > 0:
            ticks, self.tuplet = ticks * factor, (factor, left - 1)
        if len(self.notes) >= MAX_NOTES or not 0 < ticks <= 64 * TICKS:
            raise self._refusal(f" a note is too long, or it is note {MAX_NOTES + 1}.")
        self._add(_Note(pitch, ticks, self.begins, self.breath))
        self.broken, self.begins, self.breath = Fraction(1), False, False

    def _add(self, note: _Note) -> None:
        self.starts.append(check_exact(self.starts[-1] + note.ticks, "ABC text"))
        check_length(self.starts[-1], "ABC text")
        self.notes.append(note)

    def _unit(self) -> Fraction:
        if self.unit is None:
            short = bool(self.meters) and 0 < self.meters[0][1].bar_tick < 3 * TICKS
            self.unit = Fraction(TICKS, 4 if short else 2)
        return self.unit

    def _take_rest(self, letter: str) -> None:
        if letter.islower():
            self._take(None)
            return
        count = re.compile(r"[0-9]{0,3}").match(self.line, self.place)
        assert count is not None  # it may be empty
        self.place = count.end()
        n_bars = int(count[0] or 1)
        if len(self.notes) + n_bars > MAX_NOTES:
            raise InputError(f"This tune has more than {MAX_NOTES} notes and rests. Give a shorter one.")
        length = (self.meters[-1][1].bar_tick if self.meters else 0) or 4 * TICKS
        for i in range(n_bars):
            if i:
                self._take_bar("|")
            self._add(_Note(None, Fraction(length)))

    def _take_chord(self, chord: str) -> None:
        pitches = [self._pitch(found) for found in _IN_CHORD.finditer(chord[1:-1]) if found["letter"]]
        if not pitches:
            raise self._refusal(" a chord has no note. The text is damaged.")
        if len(pitches) > 1:
            self.said.add("Several notes sound at once: the top one was taken.")
        # A length inside the brackets is that of each note.
        inner = re.search(r"[A-Ga-g][,']*([0-9]*/*[0-9]*)", chord)
        self._take(max(pitches), inner[1] if inner else "")

    def _take_bar(self, text: str) -> None:
        if ":" in text or any(char.isdigit() for char in text):
            self.said.add("Repeats are taken once, as they are written.")
        self.accidentals = {}
        self.bars.append(len(self.notes))

    def _tuplet(self, text: str) -> tuple[Fraction, int]:
        parts = [int(part[:3]) if part else 0 for part in text[1:].split(":")] + [0, 0]
        actual = parts[0]
        compound = bool(self.meters) and self.meters[-1][1].meter in ("3/8", "6/8", "9/8", "12/8")
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(actual, 3 if compound else 2)
        return Fraction(parts[1] or usual, actual), parts[2] or actual

    def _break(self, text: str) -> None:
        """``a>b``: the first longer by half, the second half as long; ``<`` the other way round."""
        if not self.notes or self.broken != 1:
            return
        short = Fraction(1, 2 ** min(len(text), 3))
        first, second = (2 - short, short) if text[0] == ">" else (short, 2 - short)
        self.notes[-1].ticks *= first
        self.starts[-1] = check_exact(self.starts[-2] + self.notes[-1].ticks, "ABC text")
        self.broken = second

    def finish(self) -> Tune:
        """Make the tune: places become whole ticks, tied notes one event."""
        if not any(note.pitch is not None for note in self.notes):
            raise InputError("This ABC text has no note after its K: line. Give one with a melody.")
        starts = [round(exact) for exact in self.starts]
        events: list[Event] = []
        tied = False
        for note, (begin, end) in zip(self.notes, pairwise(starts), strict=True):
            if end <= begin:
                raise InputError("This ABC text has a note too short to be played. Lengthen it.")
            last = events[-1] if events else None
            if tied and last is not None and note.pitch == last.pitch:
                events[-1] = replace(last, duration_tick=end - last.onset_tick, ends_phrase=note.ends)
            else:
                event = Event(onset_tick=begin, duration_tick=end - begin, pitch=note.pitch)
                events.append(replace(event, begins_phrase=note.begins, ends_phrase=note.ends))
            tied = note.tied and note.pitch is not None
        if not self.explicit:
            implied = imply_beginnings(tuple(events))
            events = [
                replace(event, begins_phrase=begins) for event, begins in zip(events, implied, strict=True)
            ]
        keys: list[Key] = []
        meters: list[Meter] = []
        for place, key in self.keys:
            add_change(keys, replace(key, onset_tick=starts[place]))
        for place, meter in self.meters:
            add_change(meters, replace(meter, onset_tick=starts[place]))
        meters = meters or [Meter(meter=FREE)]
        bars = bars_at((starts[bar] for bar in self.bars), starts[-1], meters[0])
        tune = Tune(events=tuple(events), bars=bars, keys=tuple(keys) or (Key(),), meters=tuple(meters))
        return check_tune(tune, "ABC text")
