"""ABC notation (standard 2.1): reader of tunes; :mod:`core.music.abc_writer` writes them.

Read: one voice with key, meter and unit length and their changes, accidentals as they last through a bar,
ties, tuplets, broken rhythm, rests, bars, chord symbols; repeats, endings, jumps and the order of parts are played out.
Left out: words, ornaments, grace notes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from core.errors import InputError
from core.music.abc_fields import (
    blank_text_blocks,
    find_tunes,
    looks_like_music,
    parse_jump,
    parse_key,
    parse_meter,
    parse_parts,
    parse_transposition,
    tell_chosen_tune,
    transpose_key,
)
from core.music.abc_writer import PHRASE_BEGINS, PHRASES_MARKED, PHRASES_OPEN, SIGNS, imply_phrases, to_abc
from core.music.chord_symbols import ChordSymbol, parse_chord
from core.music.repeats import Mark, parse_ending, play_repeats
from core.music.spelling import LETTERS, signature
from core.music.tune import FREE, TICKS, Event, Key, Meter, Tune
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
# A bracket right behind a bar line belongs to it, as in "|[1", unless it opens a chord or a field.
_TOKEN = re.compile(
    r"""(?P<space>[\s`y\\]+)
    |(?P<inline>\[[A-Za-z]:[^\]\n]*\])
    |(?P<words>"[^"\n]*")
    |(?P<decoration>![^!\s|\[\]]{1,40}!|!(?:D\.|[Dd]al?\s)[^!\n|]{1,30}!|\+[a-z]+\+)
    |(?P<bar>\[?[|:]+[\]|:]*(?:\[(?=[0-9])|\[(?!(?:[A-Za-z]:[^\]\[\n]*|[^\]\[|\n]*)\]))?[0-9,\-]*|\[[0-9][0-9,\-]*)
    |(?P<grace>\{[^}\n]*\})
    |(?P<tuplet>\([2-9](?::[0-9]*){0,2})
    |(?P<chord>\[[^\]\n]*\])
    |(?P<note>(?P<mark>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*))
    |(?P<rest>[zxZX])
    |(?P<length>[0-9]*/+[0-9]*|[0-9]+)
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<ignored>[()~.HIJKLMNOPQRSTUVWhijklmnopqrstuvw$*;?@#!',])
    |(?P<overlay>&)
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
_LENGTH = re.compile(r"([0-9]{0,5})(/*)([0-9]{0,5})")


def read_abc(text: str | bytes) -> tuple[Tune, list[str]]:
    """Read the first tune that has notes, and of it the first voice.

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
        raise InputError(
            f"This ABC text is longer than {MAX_ABC_CHARACTERS:,} characters. Upload a single tune."
        )
    decoded = decode_text(text) if isinstance(text, bytes) else text
    lines = decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = blank_text_blocks(lines)
    # An index or a list of titles may begin with tunes that are only named.
    for first in find_tunes(lines):
        reader = _Reader()
        _read_lines(reader, lines, first)
        if any(note.pitch is not None for note in reader.notes):
            break
    reader.said |= tell_chosen_tune(lines, first)
    if not reader.in_body:
        raise InputError(
            "This is not ABC notation: it has no K: line. End the header with one that names the key, such as K:G."
        )
    return reader.finish()


def _read_lines(reader: _Reader, lines: list[str], first: int) -> None:
    """Read the lines of a tune: fields, and music from the first K: on."""
    ended = False
    for number, raw in enumerate(lines[first:], start=first + 1):
        if raw.startswith("%%propagate-accidentals"):
            reader.read_field("I", raw[2:])
        reader.number, line = number, re.sub(r"(?<!\\)%.*", "", raw).rstrip()
        name, content = (line[0], line[2:].strip()) if re.match(r"[A-Za-z+]:(?!\|)", line) else ("", line)
        if name == "X" and reader.in_body:
            break
        # An empty line ends a tune; behind it only what is clearly music goes on.
        ended = ended or (reader.in_body and not raw.strip())
        if name:
            reader.read_field(name, content)
        elif line and reader.in_body:
            if ended and not looks_like_music(line):
                break
            reader.read_music(line)


@dataclass
class _Note:
    pitch: int | None
    ticks: Fraction
    name: str = ""  # letter and octave
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
    starts: list[Fraction] = field(default_factory=lambda: [Fraction(0)])  # of notes; the last, the end
    bars: list[int] = field(default_factory=list)  # how many notes stand before each bar line
    keys: list[tuple[int, Key, int]] = field(default_factory=list)  # the same; semitones to transpose
    meters: list[tuple[int, Meter]] = field(default_factory=list)
    tuplet: tuple[Fraction, int] = (Fraction(1), 0)  # factor, notes that it still holds for
    broken: Fraction = Fraction(1)
    explicit: bool = False
    is_open: bool = False
    begins: bool = False
    breath: bool = False
    name: str = ""  # letter and octave of the last pitch
    said: set[str] = field(default_factory=set)
    in_body: bool = False
    propagation: str = "pitch"  # how far an accidental reaches
    shift: int = 0  # semitones by which notes sound higher than written, by the key
    voice_shift: int = 0  # by the voice
    voice: str = ""
    wanted: str = ""
    voices: dict[str, str] = field(default_factory=dict)
    overlaid: bool = False  # a second voice of the bar is being passed over
    marks: list[tuple[int, Mark]] = field(default_factory=list)  # with how many notes stand before
    times: int = 0  # that the repeat which has opened says
    pending: dict[str, str] = field(default_factory=dict)  # jumps, for the next bar line
    n_endings: int = 0  # of the repeat that is open
    codas: list[int] = field(default_factory=list)
    parts: list[tuple[int, str]] = field(default_factory=list)
    part_order: list[str] = field(default_factory=list)
    chords: list[tuple[int, ChordSymbol]] = field(default_factory=list)  # with how many notes stand before

    def _refusal(self, what: str) -> InputError:
        return InputError(f"In line {self.number} of this ABC text{what}")

    def read_field(self, name: str, content: str) -> None:
        """Read what stands behind a letter and a colon."""
        check_changes(len(self.keys) + len(self.meters), "ABC text")
        if name == "M":
            meter = parse_meter(content)
            if meter is None:
                raise self._refusal(f', "{content[:20]}" is not a meter. Use one such as M:6/8.')
            self.meters.append((len(self.notes), meter))
        elif name == "L":
            found = re.fullmatch(r"([1-9][0-9]?)(?:/([1-9][0-9]{0,2}))?", content)
            if found is None:
                raise self._refusal(f', "{content[:20]}" is not a note length. Use one such as L:1/8.')
            self.unit = Fraction(int(found[1]), int(found[2] or 1)) * 4 * TICKS
        elif name == "K":
            self._read_key(content)
            self.in_body = True
        elif name == "V":
            self._read_voice(content)
        elif name == "P":
            self._read_part(content)
        elif name == "I" and content.startswith("propagate-accidentals"):
            self.propagation = content.split()[-1]
        elif name == "r":
            self.is_open = self.is_open or content == PHRASES_OPEN
            self.explicit = self.explicit or content == PHRASES_MARKED or self.is_open
            self.begins = self.begins or content == PHRASE_BEGINS

    def _read_key(self, content: str) -> None:
        read = parse_key(content)
        if read is None:
            raise self._refusal(f', "{content[:20]}" is not a key. Use one such as K:G.')
        shift = parse_transposition(content)
        self.shift = self.shift if shift is None else shift
        if read.said:
            self.said.add(read.said)
        if read.key is not None:
            self.signature = read.signature
            self.keys.append((len(self.notes), read.key, self.shift))
            self.accidentals = {}

    def _read_voice(self, content: str) -> None:
        name = content.split(maxsplit=1)[0] if content else ""
        if len(self.voices) < 100:
            self.voices[name] = f"{self.voices.get(name, '')} {content[:200]}"[:1000]
        if self.in_body:
            self.voice, self.wanted = name, self.wanted or name
            if name == self.wanted:
                self.voice_shift = parse_transposition(self.voices.get(name, "")) or 0

    def _read_part(self, content: str) -> None:
        if not self.in_body:
            self.part_order = parse_parts(content)
        elif len(self.parts) < 200:
            self.parts.append((len(self.notes), content[:1]))

    def read_music(self, line: str) -> None:
        """Read a line of notes; those of other voices than the first are passed over."""
        if self.voice != self.wanted and "[V:" not in line:
            self.said.add("This tune has several voices. Only the first is used.")
            return
        self.line, self.place = line, 0
        while self.place < len(line):
            found = _TOKEN.match(line, self.place)
            if found is None:
                shown = line[self.place : self.place + 10]
                raise self._refusal(f', "{shown}" is not ABC notation. The text is damaged.')
            self.place = found.end()
            self._read_token(found)

    def _read_token(self, found: re.Match[str]) -> None:
        if found["inline"]:
            self.read_field(found["inline"][1], found["inline"][3:-1].strip())
        elif self.voice != self.wanted:
            self.said.add("This tune has several voices. Only the first is used.")
        elif found["bar"]:
            self._take_bar(found["bar"])
        elif found["overlay"]:
            self.overlaid = True
            self.said.add("Some bars have a second voice. Only the first is used.")
        elif not self.overlaid:
            self._read_sign(found)

    def _read_sign(self, found: re.Match[str]) -> None:
        if found["note"]:
            self._take(self._pitch(found))
        elif found["rest"]:
            self._take_rest(found["rest"])
        elif found["chord"]:
            self._take_chord(found["chord"])
        elif found["tuplet"]:
            self.tuplet = self._tuplet(found["tuplet"])
        elif found["broken"]:
            self._break(found["broken"])
        elif found["tie"] and self.notes:
            self.notes[-1].tied = True
        elif found["decoration"] or found["words"]:
            self.breath = self.breath or found["decoration"] == "!breath!"
            self._take_jump(found["decoration"] or found["words"])
            self._take_chord_symbol(found["words"] or "")
        elif found["grace"]:
            self.said.add("Grace notes are ignored.")

    def _take_jump(self, text: str) -> None:
        is_jump, name = parse_jump(text)
        if not is_jump or len(self.marks) > MAX_NOTES:
            return
        if name == "segno":
            self.marks.append((len(self.notes), Mark(tick=0, segno=True)))
        elif name == "coda":
            self.codas.append(len(self.notes))
        else:
            self.pending[name] = name

    def _take_chord_symbol(self, words: str) -> None:
        """Take in words that are a chord; of two at a note the first counts."""
        chord, place = parse_chord(words.strip('"')), len(self.notes)
        if chord is not None and (not self.chords or self.chords[-1][0] < place):
            self.chords.append((place, chord))

    def _pitch(self, found: re.Match[str]) -> int:
        letter, octave = found["letter"].upper(), 4 + found["letter"].islower()
        octave += found["octave"].count("'") - found["octave"].count(",")
        self.name = f"{letter}{octave}"
        place = self.name if self.propagation == "octave" else letter
        if found["mark"] and self.propagation != "not":
            self.accidentals[place] = SIGNS[found["mark"]]
        alter = self.accidentals.get(place, self.signature[letter])
        if found["mark"]:
            alter = SIGNS[found["mark"]]
        pitch = 12 * (octave + 1) + LETTERS[letter] + alter + self.shift + self.voice_shift
        last = self.notes[-1] if self.notes else None
        # A tie carries the accidental over the bar line.
        if last is not None and last.tied and last.name == self.name and not found["mark"]:
            pitch = last.pitch if last.pitch is not None else pitch
        if not 0 <= pitch <= 127:
            raise self._refusal(", a note is out of range.")
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
            raise self._refusal(", a note has no length. The text is damaged.")
        ticks = self._unit() * Fraction(int(above or 1), divisor) * self.broken
        factor, left = self.tuplet
        if left > 0:
            ticks, self.tuplet = ticks * factor, (factor, left - 1)
        if len(self.notes) >= MAX_NOTES or not 0 < ticks <= 64 * TICKS:
            raise self._refusal(f", a note is too long, or there are more than {MAX_NOTES:,} notes.")
        name = "" if pitch is None else self.name
        self._add(_Note(pitch, ticks, name, self.begins, self.breath))
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
            raise InputError(f"This tune has more than {MAX_NOTES} notes and rests. Use a shorter one.")
        length = (self.meters[-1][1].bar_tick if self.meters else 0) or 4 * TICKS
        for i in range(n_bars):
            if i:
                self._take_bar("|")
            self._add(_Note(None, Fraction(length)))

    def _take_chord(self, chord: str) -> None:
        pitches = [self._pitch(found) for found in _IN_CHORD.finditer(chord[1:-1]) if found["letter"]]
        if not pitches:
            raise self._refusal(", a chord has no notes. The text is damaged.")
        if len(pitches) > 1:
            self.said.add("Several notes sound at once. Only the top one is used.")
        # A length inside the brackets is that of each note.
        inner = re.search(r"[A-Ga-g][,']*([0-9]*/*[0-9]*)", chord)
        self._take(max(pitches), inner[1] if inner else "")

    def _take_bar(self, text: str) -> None:
        self.accidentals, self.overlaid = {}, False
        signs = re.split(r"[0-9]", text)[0]
        if (
            self.notes or ":" not in signs
        ):  # a repeat sign before the first note says nothing about the pickup
            self.bars.append(len(self.notes))
        opens, closes = (
            len(signs) - len(part) for part in (signs.rstrip("[").rstrip(":"), signs.lstrip(":"))
        )
        if not signs.strip(":["):
            opens, closes = (1, 1) if ":" in signs else (0, 0)  # "::" is both
        elif opens:
            opens -= signs.endswith("[")
        self.n_endings = 0 if opens else self.n_endings
        ending = parse_ending(text)
        if signs.endswith("[") and not ending:  # one that is named in words
            ending = (self.n_endings + 1,)
        self.n_endings = max(ending, default=self.n_endings)
        if not (opens or closes or ending or self.pending or signs.strip(":") in ("||", "|]", "[|")):
            return
        mark = Mark(
            tick=0,
            closes=max(closes + 1, self.times) if closes else 0,
            opens=opens > 0,
            ending=ending,
            ends_ending=signs.strip(":") in ("||", "|]", "[|"),
            jump=next((name for name in self.pending if name in ("capo", "segno")), ""),
            fine="fine" in self.pending,
            to_coda="to coda" in self.pending,
        )
        self.marks.append((len(self.notes), mark))
        self.times = opens + 1 if opens > 1 else (0 if closes else self.times)
        self.pending = {}

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

    def finish(self) -> tuple[Tune, list[str]]:
        """Make the tune: places become whole ticks, tied notes one event, repeats are played out."""
        if not any(note.pitch is not None for note in self.notes):
            raise InputError("This ABC text has no notes after its K: line. Use one with a melody.")
        starts = [round(exact) for exact in self.starts]
        events: list[Event] = []
        tied = False
        for note, (begin, end) in zip(self.notes, pairwise(starts), strict=True):
            if end <= begin:
                raise InputError("This ABC text has a note that is too short to play. Use a longer L: value.")
            last = events[-1] if events else None
            if tied and last is not None and note.pitch == last.pitch:
                events[-1] = replace(last, duration_tick=end - last.onset_tick, ends_phrase=note.ends)
            else:
                event = Event(onset_tick=begin, duration_tick=end - begin, pitch=note.pitch)
                events.append(replace(event, begins_phrase=note.begins, ends_phrase=note.ends))
            tied = note.tied and note.pitch is not None
        events = imply_phrases(events, begins=not self.explicit, ends=not self.is_open)
        keys: list[Key] = []
        meters: list[Meter] = []
        for place, key, shift in self.keys:
            key = transpose_key(key, shift + self.voice_shift)
            add_change(keys, replace(key, onset_tick=starts[place]))
        for place, meter in self.meters:
            add_change(meters, replace(meter, onset_tick=starts[place]))
        meters = meters or [Meter(meter=FREE)]
        bars = bars_at((starts[bar] for bar in self.bars), starts[-1], meters[0])
        tune = Tune(
            events=tuple(events),
            bars=bars,
            keys=tuple(keys) or (Key(),),
            meters=tuple(meters),
            chords=tuple(replace(it, onset_tick=starts[n]) for n, it in self.chords if n < len(self.notes)),
        )
        tune, said = play_repeats(
            check_tune(tune, "ABC text"),
            self._marks(starts),
            parts=[(starts[place], name) for place, name in self.parts],
            part_order=self.part_order,
        )
        return tune, sorted(self.said | ({said} if said else set()))

    def _marks(self, starts: list[int]) -> list[Mark]:
        """What orders the tune, at its places; the last coda sign is where the coda begins."""
        if self.pending:
            self._take_bar("|]")
        marks = [replace(mark, tick=starts[place]) for place, mark in self.marks]
        if self.codas:
            marks.append(Mark(tick=starts[self.codas[-1]], coda=True))
            for place in self.codas[:-1]:
                following = next((bar for bar in self.bars if bar > place), place)
                marks.append(Mark(tick=starts[following], to_coda=True))
        return marks
