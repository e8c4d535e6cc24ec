"""Humdrum ``**kern``: reader and writer of melodies (Huron 1995, as the Essen collection uses it).

Read: notes, rests, ties, dots, tuplets, breves, phrase marks, bar lines, meter and key with changes, one spine
or one chosen of several, which may split, join and change places. Left out: lyrics, beams, slurs, articulation, grace
notes, which take no time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from fractions import Fraction

from core.errors import InputError
from core.music.chord_symbols import KINDS, ChordSymbol, kind_of_word, parse_chord
from core.music.kern_writer import to_kern
from core.music.repeats import Mark, play_repeats
from core.music.spelling import LETTERS
from core.music.tune import (
    FREE,
    MODE_FIFTHS,
    MODES,
    TICKS,
    WITH_MINOR_THIRD,
    Event,
    Key,
    Meter,
    Tune,
    tonic_at,
)
from core.music.tune_reading import (
    DENOMINATORS,
    MAX_NOTES,
    add_change,
    bars_at,
    check_changes,
    check_length,
    check_tune,
    decode_text,
)

__all__ = ["read_kern", "read_kern_score", "to_kern"]

MAX_CHARACTERS = 2_000_000
MAX_SPINES = 200
_TOKEN = re.compile(r"(?P<length>[0-9]+(?:%[0-9]+)?)(?P<dots>\.*)")
_PITCH = re.compile(r"(?P<letters>[A-Ga-g]+)[^A-Ga-g0-9]*?(?P<sign>#{1,2}|-{1,2}|n)?(?![A-Ga-g])")
_METER = re.compile(r"\*MF?R?E?E?I?(?P<above>[0-9]{1,4}(?:\+[0-9]{1,2}){0,15})/(?P<below>[0-9]{1,4})")
_GROUPS = re.compile(r"\*beats:(?P<groups>[0-9]{1,2}(?:\+[0-9]{1,2}){1,15})")
_KEY = re.compile(r"\*(?P<letter>[A-Ga-g])(?P<sign>[#-]*):(?P<mode>[a-z]*)")
_ORDER = re.compile(r"\*>\[(?P<names>[^\[\]]{1,2000})\]")
_SIGNATURE = re.compile(r"\*k\[(?P<names>[a-gn#-]*)\]")
_CHURCH_MODES = {**{mode[:3]: mode for mode in MODES[2:]}, "ion": "major", "aeo": "minor"}


@dataclass
class _Voice:
    """What has been read of the voice so far."""

    place: int = 0
    events: list[Event] = field(default_factory=list)
    bars: list[int] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    signatures: list[tuple[int, int]] = field(default_factory=list)  # onset, fifths
    tonics: list[tuple[int, str, str]] = field(default_factory=list)  # onset, tonic, mode
    tied: bool = False  # the last note goes on
    lenient: bool = False  # of what sounds at once the top is taken, and told
    said: set[str] = field(default_factory=set)
    marks: list[Mark] = field(default_factory=list)
    parts: list[tuple[int, str]] = field(default_factory=list)
    part_order: list[str] = field(default_factory=list)
    chords: list[ChordSymbol] = field(default_factory=list)


def read_kern(text: str | bytes, *, collection: str = "", spine: int = 0) -> Tune:
    """Read one voice.

    Parameters
    ----------
    text : str or bytes
        Bytes are UTF-8 or, as many Essen files are, Latin-1.
    collection : str
        Told to the tune.
    spine : int
        Which of several ``**kern`` spines, from the left.

    Raises
    ------
    InputError
        If it is no kern, has several voices where one is wanted, has no note or is damaged; the sentence says
        what and in which line.

    Examples
    --------
    >>> tune = read_kern("**kern\\n*M2/4\\n*k[f#]\\n*G:\\n{8g\\n8a\\n4b}\\n=\\n{2dd}\\n==\\n*-")
    >>> tune.keys[0].tonic, tune.pitches, [event.ends_phrase for event in tune.events]
    ('G', [67, 69, 71, 74], [False, False, True, True])
    """
    return _finish(_read_voice(text, spine, _Voice()), collection)


def read_kern_score(data: bytes) -> tuple[Tune, list[str]]:
    """Read the top voice of a score as other programs write it, repeats played out.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    Tune
    list of str
        Sentences about what was chosen or left out.

    Raises
    ------
    InputError
        As of :func:`read_kern`; but of chords and of a voice that splits the top is taken.

    Examples
    --------
    >>> tune, said = read_kern_score(b"**kern\\t**kern\\n4C\\t4e 4c\\n4D\\t4f\\n*-\\t*-\\n")
    >>> tune.pitches
    [64, 65]
    """
    text = decode_text(data)
    heads = [line for line in re.split(r"[\r\n]+", text) if line.startswith("**")]
    n_voices = len(re.findall(r"\*\*kern\b", heads[0])) if heads else 0
    # Kern writes the lowest voice first.
    voice = _read_voice(text, max(0, n_voices - 1), _Voice(lenient=True))
    tune = _finish(voice, "")
    # An order of sections tells all that is played; repeat signs beside it are only its picture.
    marks = [] if voice.part_order and voice.parts else voice.marks
    tune, said = play_repeats(tune, marks, parts=voice.parts, part_order=voice.part_order)
    if n_voices > 1:
        voice.said.add(f"This score has {n_voices} voices. Only the top one is used.")
    return tune, sorted(voice.said | ({said} if said else set()))


def _read_voice(text: str | bytes, spine: int, voice: _Voice) -> _Voice:
    text = decode_text(text) if isinstance(text, bytes) else text
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"This kern text has {len(text)} characters. At most {MAX_CHARACTERS} are read.")
    columns: list[int] | None = None
    symbols = -1  # number of the spine of chord symbols
    separator = "\t"
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if not line.strip() or line.startswith("!"):
            continue
        if columns is None:
            # Copied from a page, tabs are spaces.
            separator = "\t" if "\t" in line or line.count("**") == 1 else " "
        fields = line.split("\t") if separator == "\t" else line.split()
        if columns is not None and len(fields) > len(columns):
            # Columns that were aligned by several tabs.
            fields = [field for field in fields if field.strip()]
        if columns is None:
            columns = _number_spines(fields, spine)
            symbols = _find_chord_spine(fields)
            continue
        if all(number_of != 0 for number_of in columns):
            break
        if len(fields) < len(columns):
            raise InputError(f"Line {number} of this kern text has too few columns. The file is damaged.")
        at = columns.index(0)
        if symbols in columns:
            _read_chord(voice, fields[columns.index(symbols)].strip())
        _read_field(voice, fields[at].strip(), number)
        if line.startswith("*"):
            columns = _follow_paths(columns, [field.strip() for field in fields], voice, number)
    if columns is None:
        raise InputError("This is not a kern file: no line says **kern. Upload a .krn file.")
    return voice


def _number_spines(fields: list[str], spine: int) -> list[int]:
    """The spines by their number, the wanted one as 0."""
    wanted = _find_spine(fields, spine)
    return [0 if i == wanted else i + 1 for i in range(len(fields))]


def _find_spine(fields: list[str], spine: int) -> int:
    kern = [i for i, name in enumerate(fields) if name.strip() == "**kern"]
    if not kern:
        raise InputError("This is not a kern file: its first line does not say **kern. Upload a .krn file.")
    if spine >= len(kern) or spine < 0:
        raise InputError(f"This kern text has {len(kern)} voices. There is no voice {spine + 1}.")
    return kern[spine]


def _find_chord_spine(fields: list[str]) -> int:
    """Number of the first spine of chord symbols; -1 where there is none."""
    return next((i + 1 for i, name in enumerate(fields) if name.strip() == "**mxhm"), -1)


def _read_chord(voice: _Voice, text: str) -> None:
    """Take in a chord symbol, such as ``B- minor`` or ``D7/F#``."""
    if text[:1] in ("", ".", "!", "*", "=") or len(voice.chords) >= MAX_NOTES:
        return
    root, _, word = text.partition(" ")
    word, _, bass = word.partition("/")
    known = {kind for kind, _ in KINDS.values()}
    name = root.replace("-", "b") + (kind_of_word(word) if word in known or "-" in word else word)
    chord = parse_chord(
        "N.C." if text == "none" else name + (f"/{bass.replace('-', 'b')}" if bass else ""), voice.place
    )
    if chord is not None and (not voice.chords or voice.chords[-1].onset_tick < voice.place):
        voice.chords.append(chord)


def _follow_paths(columns: list[int], fields: list[str], voice: _Voice, number: int) -> list[int]:
    """The spines of the next line: split, joined, exchanged, ended or added."""
    if not any(path in ("*^", "*v", "*x", "*-", "*+") for path in fields):
        return columns
    at = columns.index(0)
    if fields[at] in ("*^", "*v", "*x", "*+") and not voice.lenient:
        raise InputError(
            f"In line {number} the voice splits or joins others. Only a single voice can be read."
        )
    following: list[int] = []
    exchanged, joined = -1, False
    for place, (spine, path) in enumerate(zip(columns, fields, strict=False)):
        joins = path == "*v"
        if joins and joined:
            # Of what joins the wanted voice goes on.
            following[-1] = 0 if spine == 0 else following[-1]
        elif path != "*-":
            following.append(spine)
        joined = joins
        if path == "*^":
            # The wanted voice is the left of both.
            following.append(max(columns) + place + 1 if spine == 0 else spine)
            if spine == 0:
                voice.said.add("The voice splits into two. Only the first is used.")
        elif path == "*+":
            following.append(max(columns) + place + 1)
        elif path == "*x" and exchanged < 0:
            exchanged = len(following) - 1
        elif path == "*x":
            following[exchanged], following[-1] = following[-1], following[exchanged]
            exchanged = -1
    if len(following) > MAX_SPINES:
        raise InputError(f"This kern text has more than {MAX_SPINES} columns. Use a smaller score.")
    return following


def _read_field(voice: _Voice, token: str, number: int) -> None:
    if token[:1] in ("", ".", "!"):
        return
    if token.startswith("="):
        voice.bars.append(voice.place)
        closes = re.search(r":[|!]", token) is not None
        opens = re.search(r"[|!]:", token) is not None
        if (closes or opens) and len(voice.marks) < MAX_NOTES:
            voice.marks.append(Mark(tick=voice.place, closes=2 * closes, opens=opens))
    elif token.startswith("*"):
        _read_interpretation(voice, token)
    else:
        _read_note(voice, token, number)


def _read_interpretation(voice: _Voice, token: str) -> None:
    place = voice.place
    if found := _SIGNATURE.fullmatch(token):
        names = found["names"]
        voice.signatures.append((place, names.count("#") - names.count("-")))
    elif found := _KEY.fullmatch(token):
        letter, sign = found["letter"], found["sign"].replace("-", "b")
        mode = _CHURCH_MODES.get(found["mode"][:3], "major" if letter.isupper() else "minor")
        if len(sign) <= 2 and len(set(sign)) <= 1:
            voice.tonics.append((place, letter.upper() + sign, mode))
    elif found := _METER.fullmatch(token):
        groups = tuple(int(part) for part in found["above"].split("+"))
        above, below = sum(groups), int(found["below"])
        if min(groups) >= 1 and above <= 99 and below in DENOMINATORS:
            meter = Meter(
                onset_tick=place, meter=f"{above}/{below}", groups=groups if len(groups) > 1 else ()
            )
            add_change(voice.meters, meter)
    elif (found := _GROUPS.fullmatch(token)) and voice.meters:
        groups = tuple(int(part) for part in found["groups"].split("+"))
        if voice.meters[-1].meter.partition("/")[0] == str(sum(groups)) and min(groups) >= 1:
            voice.meters[-1] = replace(voice.meters[-1], groups=groups)
    elif token in ("*MX", "*MZ", "*MFREI"):
        add_change(voice.meters, Meter(onset_tick=place, meter=FREE))
    elif found := _ORDER.fullmatch(token):
        voice.part_order = voice.part_order or found["names"].split(",")[:200]
    elif token.startswith("*>") and "[" not in token and len(voice.parts) < 200:
        voice.parts.append((place, token[2:]))


def _read_note(voice: _Voice, token: str, number: int) -> None:
    if " " in token:
        if not voice.lenient:
            raise InputError(
                f"In line {number} several notes sound at once. Only a single voice can be read."
            )
        token = _top_note(token, number)
        voice.said.add("Several notes sound at once. Only the top one is used.")
    if "q" in token or "Q" in token:
        voice.said.add("Grace notes are ignored.")
        return  # they take no time
    found = _TOKEN.search(token)
    if found is None:
        raise InputError(
            f'In line {number} of this kern text, "{token[:20]}" has no length. The file is damaged.'
        )
    duration = _duration(found["length"], len(found["dots"]), number)
    pitch = None if "r" in token else _pitch(token, number)
    if len(voice.events) >= MAX_NOTES:
        raise InputError(f"This tune has more than {MAX_NOTES} notes. Use a shorter one.")
    ends, begins = "}" in token, "{" in token
    last = voice.events[-1] if voice.events else None
    tied = voice.tied and ("]" in token or "_" in token)
    # A rest has no tie; rests in a row are one, unless a phrase begins or ends between them.
    goes_on = tied or (pitch is None and last is not None and not last.ends_phrase and not begins)
    if goes_on and last is not None and last.pitch == pitch:
        longer = last.duration_tick + duration
        voice.events[-1] = replace(last, duration_tick=longer, ends_phrase=ends)
    else:
        event = Event(onset_tick=voice.place, duration_tick=duration, pitch=pitch)
        voice.events.append(replace(event, begins_phrase=begins, ends_phrase=ends))
    voice.tied = pitch is not None and ("[" in token or (tied and "_" in token))
    voice.place += duration
    check_length(voice.place, "kern text")


def _top_note(token: str, number: int) -> str:
    """The highest note of a chord, with the length of the first where it has none of its own."""
    notes = token.split()
    length = _TOKEN.search(notes[0])
    top = max(
        notes, key=lambda note: -1 if "r" in note or _TOKEN.search(note) is None else _pitch(note, number)
    )
    return top if _TOKEN.search(top) or length is None else length[0] + top


def _duration(length: str, n_dots: int, number: int) -> int:
    """Ticks of a reciprocal length: ``4``, ``8.``, ``0`` (breve), ``00`` (longa), ``3%2``."""
    if len(length) > 9 or n_dots > 3:
        raise InputError(f"In line {number} the note length {length[:20]} is not valid. The file is damaged.")
    if "%" in length:
        above, below = (int(part) for part in length.split("%"))
        whole = Fraction(below, above) if above else Fraction(0)
    elif set(length) == {"0"}:
        whole = Fraction(2 ** len(length))
    else:
        whole = Fraction(1, int(length))
    ticks = whole * 4 * TICKS * (2 - Fraction(1, 2**n_dots))
    if ticks <= 0 or ticks.denominator != 1 or ticks > 64 * TICKS:
        raise InputError(f"In line {number} the note length {length}{'.' * n_dots} cannot be used.")
    return int(ticks)


def _pitch(token: str, number: int) -> int:
    found = _PITCH.search(token)
    if found is None or len(set(found["letters"])) != 1 or len(found["letters"]) > 7:
        raise InputError(
            f'In line {number} of this kern text, "{token[:20]}" has no pitch. The file is damaged.'
        )
    letters, sign = found["letters"], found["sign"] or ""
    octave = 4 + len(letters) - 1 if letters[0].islower() else 4 - len(letters)
    pitch = 12 * (octave + 1) + LETTERS[letters[0].upper()] + sign.count("#") - sign.count("-")
    if not 0 <= pitch <= 127:
        raise InputError(f'In line {number} of this kern text, "{token[:20]}" is out of every range.')
    return pitch


def _finish(voice: _Voice, collection: str) -> Tune:
    if not any(event.pitch is not None for event in voice.events):
        raise InputError("This kern file has no notes. Upload a .krn file with a melody.")
    meters, keys = voice.meters or [Meter(meter=FREE)], _keys(voice)
    check_changes(len(keys) + len(meters), "kern text")
    tune = Tune(
        events=tuple(voice.events),
        bars=bars_at(voice.bars, voice.place, meters[0]),
        keys=keys,
        meters=tuple(meters),
        collection=collection,
        chords=tuple(chord for chord in voice.chords if chord.onset_tick < voice.place),
    )
    return check_tune(tune, "kern text")


def _keys(voice: _Voice) -> tuple[Key, ...]:
    """Keys with modes: a signature that fits neither major nor minor on its tonic names a church mode."""
    if not voice.tonics:
        fifths = voice.signatures[0][1] if voice.signatures else 0
        return (Key(tonic=tonic_at(max(-7, min(7, fifths)))),)
    keys: list[Key] = []
    places = [place for place, _ in voice.signatures]
    for onset, tonic, mode in voice.tonics:
        n_before = bisect_right(places, onset)
        mode = _refine_mode(tonic, mode, voice.signatures[n_before - 1][1] if n_before else None)
        add_change(keys, Key(onset_tick=onset, tonic=tonic, mode=mode))
    return tuple(keys)


def _refine_mode(tonic: str, mode: str, fifths: int | None) -> str:
    if fifths is None or mode not in ("major", "minor"):
        return mode
    by_fifths = {value: name for name, value in MODE_FIFTHS.items()}
    found = by_fifths.get(fifths - Key(tonic=tonic).fifths, mode)
    # The letter's case says which third the tune has; the signature may refine it, not overrule it.
    return found if (found in WITH_MINOR_THIRD) == (mode == "minor") else mode
