"""Fields of ABC notation: keys with clefs and transposition, meters, the order of parts, named jumps."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.errors import keep_printable
from core.music.abc_writer import SIGNS
from core.music.spelling import signature
from core.music.tune import FREE, MODES, Key, Meter, tonic_name

_MODES = {"": "major", "m": "minor", **{mode[:3]: mode for mode in MODES}, "ion": "major", "aeo": "minor"}
_KEY = re.compile(r"(?P<tonic>[A-G][#b]?)\s*(?P<mode>[A-Za-z]*)(?P<rest>.*)", re.DOTALL)
_CLEF = re.compile(r"(?:clef=)?\"?(?:treble|bass|alto|tenor|baritone|soprano|mezzosoprano)[1-5]?([+-]8)")
_NO_KEY = re.compile(r"(?:clef|treble|bass|alto|tenor|octave|transpose|middle)\b")
_JUMPS = {
    **dict.fromkeys(("dc", "dcalfine", "dcalcoda", "dacapo", "dacapoalfine", "dacapoalcoda"), "capo"),
    **dict.fromkeys(("ds", "dsalfine", "dsalcoda", "dalsegno", "dalsegnoalfine", "dalsegnoalcoda"), "segno"),
    **dict.fromkeys(("fine", "segno", "coda"), ""),
    **dict.fromkeys(("dacoda", "tocoda"), "to coda"),
}
MAX_PARTS = 64


@dataclass(frozen=True, kw_only=True)
class ReadKey:
    """What a K: field says; ``key`` is None where it names a clef only."""

    key: Key | None
    signature: dict[str, int]
    said: str = ""


def parse_meter(content: str) -> Meter | None:
    """Read an M: field; None where it is none.

    Examples
    --------
    >>> parse_meter("C|").meter, parse_meter("(2+2+3)/8").groups, parse_meter("waltz")
    ('2/2', (2, 2, 3), None)
    """
    cleaned = content.replace(" ", "").strip("()").replace(")/", "/")
    common = {"C": "4/4", "C|": "2/2", "none": FREE, "": FREE}
    if cleaned in common:
        return Meter(meter=common[cleaned])
    found = re.fullmatch(r"([0-9]{1,2}(?:\+[0-9]{1,2}){0,15})/(1|2|4|8|16|32)", cleaned)
    groups = tuple(int(part) for part in found[1].split("+")) if found else ()
    if found is None or not 1 <= sum(groups) <= 99 or min(groups) < 1:
        return None
    return Meter(meter=f"{sum(groups)}/{found[2]}", groups=groups if len(groups) > 1 else ())


def parse_key(content: str) -> ReadKey | None:
    """Read a K: field; None where it is none.

    Examples
    --------
    >>> parse_key("Am exp ^f").signature["F"], parse_key("HP").key.tonic, parse_key("?")
    (1, 'A', None)
    """
    if content in ("HP", "Hp"):  # the bagpipe's own: two sharps around A
        return ReadKey(key=Key(tonic="A", mode="mixolydian"), signature=signature(2))
    if content.lower() in ("", "none"):
        return ReadKey(key=Key(), signature=signature(0))
    if _NO_KEY.match(content):
        return ReadKey(key=None, signature={})
    found = _KEY.match(content)
    if found is None:
        return None
    word = found["mode"].lower()
    locrian = word[:3] == "loc"
    # No mode are such words as "clef" and "exp".
    mode = "phrygian" if locrian else _MODES.get("m" if word == "m" else word[:3], "major")
    key = Key(tonic=found["tonic"], mode=mode)
    signs = signature(0 if word == "exp" or " exp" in found["rest"] else key.fifths - locrian)
    for mark, letter in re.findall(r"(?:^|\s)(\^{1,2}|_{1,2}|=)([A-Ga-g])\b", found["rest"]):
        signs[letter.upper()] = SIGNS[mark]
    said = "The Locrian mode is not supported. The tune is read as Phrygian." if locrian else ""
    return ReadKey(key=key, signature=signs, said=said)


def parse_transposition(content: str) -> int | None:
    """Semitones by which a K: or V: field lets notes sound higher than written; None where it says nothing.

    Examples
    --------
    >>> parse_transposition("G clef=treble-8"), parse_transposition("C transpose=-2"), parse_transposition("G")
    (-12, -2, None)
    """
    clef = _CLEF.search(content)
    octave = re.search(r"\boctave=([+-]?[0-4])\b", content)
    steps = re.search(r"\b(?:transpose|t)=([+-]?[0-9]{1,2})\b", content)
    if not (clef or octave or steps):
        return None
    semitones = 12 * int(octave[1]) if octave else 0
    semitones += int(steps[1]) if steps else 0
    return semitones + (12 * (1 if clef[1] == "+8" else -1) if clef else 0)


def transpose_key(key: Key, semitones: int) -> Key:
    """The key in which a transposing voice sounds."""
    if semitones % 12 == 0:
        return key
    return replace(key, tonic=tonic_name((key.pitch_class + semitones) % 12, key.mode))


def parse_parts(content: str) -> list[str]:
    """Read the order of parts; empty where it is no such order.

    Examples
    --------
    >>> "".join(parse_parts("A2.(BC)2")), parse_parts("fast")
    ('AABCBC', [])
    """
    text = re.sub(r"[\s.]", "", content)
    if not re.fullmatch(r"[A-Z0-9()]{1,60}", text):
        return []
    # Innermost brackets first; what is left has none.
    for _ in range(8):
        longer = re.sub(
            r"\(([A-Z0-9]*)\)([0-9]?)", lambda found: _repeat_letters(found[1]) * int(found[2] or 1), text
        )
        if longer == text or len(longer) > 10 * MAX_PARTS:
            break
        text = longer
    return list(_repeat_letters(re.sub(r"[()]", "", text)))[:MAX_PARTS]


def _repeat_letters(text: str) -> str:
    return "".join(letter * int(times or 1) for letter, times in re.findall(r"([A-Z])([0-9]?)", text))


def parse_jump(text: str) -> tuple[bool, str]:
    """Whether a decoration or annotation is a jump or a place for one, and its name.

    Examples
    --------
    >>> parse_jump("^D.C. al Fine"), parse_jump("!segno!"), parse_jump("Dm")
    ((True, 'capo'), (True, 'segno'), (False, ''))
    """
    word = re.sub(r"[^a-z]", "", text.lower()) if len(text) < 40 else ""
    return word in _JUMPS, (_JUMPS.get(word) or word) if word in _JUMPS else ""


def blank_text_blocks(lines: list[str]) -> list[str]:
    """Take out what stands between ``%%begintext`` or the like and its end; each line stays as a comment.

    Examples
    --------
    >>> blank_text_blocks(["CDE|", "%%begintext", "A CAFE", "%%endtext", "GAB|"])
    ['CDE|', '%', '%', '%', 'GAB|']
    """
    kept, block = [], ""
    for line in lines:
        found = re.match(r"%%\s*(begin|end)([a-z]{2,10})", line) if line.startswith("%%") else None
        begins = found is not None and found[1] == "begin"
        block = found[2] if found is not None and begins and not block else block
        kept.append("%" if block else line)
        if found is not None and not begins and found[2] == block:
            block = ""
    # A block without an end is none: the tune may stand behind it.
    return lines if block else kept


def find_tunes(lines: list[str]) -> list[int]:
    """The lines with which tunes begin; the first line where none has a number.

    Examples
    --------
    >>> find_tunes(["%abc-2.1", "X:1", "K:G", "GAB|", "", "X:2"]), find_tunes(["K:G", "GAB|"])
    ([1, 5], [0])
    """
    return [i for i, line in enumerate(lines) if re.match(r"X:\s*[0-9]", line)] or [0]


def tell_chosen_tune(lines: list[str], first: int) -> set[str]:
    """A sentence about which of several tunes was read; none where there is one.

    Examples
    --------
    >>> tell_chosen_tune(["X:4", "T:Air", "K:G", "G|", "X:5"], 0)
    {'This file holds 2 tunes. Only the first is used (X:4, “Air”).'}
    """
    begins = find_tunes(lines)
    if len(begins) == 1:
        return set()
    place = begins.index(first)
    end = begins[place + 1] if place + 1 < len(begins) else len(lines)
    title = keep_printable(
        next((line[2:] for line in lines[first:end] if line.startswith("T:")), "")
    ).strip()[:40]
    named = f"X:{keep_printable(lines[first][2:]).strip()[:10]}" + (f", “{title}”" if title else "")
    which = "first" if place == 0 else "first that has notes"
    return {f"This file holds {len(begins):,} tunes. Only the {which} is used ({named})."}


def looks_like_music(line: str) -> bool:
    """Whether a line behind an empty one is music rather than a text about the tune."""
    notes, others = len(re.findall(r"[A-Ga-gzx]", line)), len(re.findall(r"[H-Wh-w]", line))
    return "|" in line and notes > 4 * others
