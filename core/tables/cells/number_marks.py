"""Numbers with marks: units, multipliers such as K and Mio., < and >, footnotes, powers of ten, ranges.

Numbers are parted from what stands before and after them in one pass of RE2. What stands there repeats, so that it is
looked at once for each different text, however long the column is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.calendar_words import DAY_WORDS, MONTHS
from core.tables.cells.column_texts import LETTERS, NOT_ASCII, find_bytes
from core.tables.cells.number_writing import SPACES, read_plain_numbers
from core.tables.cells.units import CURRENCIES, DOUBTFUL, Unit, read_multiplier, read_unit
from core.tables.name_words import list_words

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Nothing in it can be taken in two ways, so that RE2 needs one pass; the signs are found in what stands before.
_PARTED = (
    r"(?s)^(?P<before>[^0-9.,]*)(?P<number>[0-9.,][0-9.,'’_"
    + SPACES
    + r"]*(?:[eE][+-]?[0-9]+)?)(?P<after>.*)$"
)
_SHORTENED = r"^([+-]?\s?(?i:ca|c|approx|env|etwa|kr|fr|sfr|rs))\.\s?"
_NO_CENTS = r"(\d)[.,][-–—]{1,2}(\s|$)"  # Fr. 100.- has no cents, and is not below zero
_ACCOUNTING = r"^\(([^()]*\d[^()]*)\)\s?(%?)$"
_RANGE = re.compile(r"^\s?(?:[-–—‒]|to|bis|à|a|\.\.\.?|…)\s?\d")
_SECOND = r"^\s?(?:[-–—‒]|to|bis|à|a|\.\.\.?|…)\s?"
_POWER = re.compile(
    r"^\s?(?:[x×·*⋅]\s?10|⏨)\s?(?:\^|\*\*)?\s?\(?([+\-−–⁻⁺]?[0-9⁰¹²³⁴-⁹]{1,3})\)?(.*)$", re.DOTALL
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
_NOTE = re.compile(
    r"\s*(?:[*†‡§¶#^!~]+|[¹²³⁴-⁹⁰ᵃ-ᶻª]+|\[[^\[\]]{1,12}\]|\((?:[A-Za-z*†]{1,3}\.?|\d{1,2}|[a-z]{4,12}\.?)\)|(?<!\w)[a-z\d]\))$"
)
_SPREAD = re.compile(r"\s?\(?(?:±|\+/-|\+-)\s?\d[\d.,]*(?:[eE][+-]?\d+)?\)?")
_NOTE_LETTERS = re.compile(r"^[bcdefinpruzsa]{1,3}$|^[EPRFBCUZN]$|^:$")
_NOTE_WORDS = list_words(
    "est est. prov prov. rev rev. prelim prelim. e p r pe estimated estimate provisional revised forecast f"
)
_BELOW = list_words("< ≤ <= « ＜ ⩽ lt under below less") | {"less than", "< "}
_ABOVE = list_words("> ≥ >= » ＞ ⩾ gt over above") | {"more than", "at least"}
_ABOUT = list_words(
    "~ ≈ ∼ ≃ ca ca. c c. circa about approx approx. approximately around etwa env. env * ' ’ # ="
)
_SILENT = list_words("' ’ =")
_UNDETECTED = (
    "nd n.d. n.d bdl b.d.l. b.d. bd <lod <loq <mdl <dl <rl < lod <lod. blq bql blod bloq not detected non-detect nondetect "
    "n.n. n.n nn <bg trace tr. ud u.d."
)
UNDETECTED = list_words(_UNDETECTED) | {
    "not detected",
    "below detection",
    "below detection limit",
    "below limit",
    "< lod",
    "< loq",
}
_MAX_DIFFERENT = 2_000
_MIN_SHARE = 0.8
_ORDINALS = list_words("st nd rd th")
BELOW, ABOVE = 1, 2
_SPREAD_BYTES = NOT_ASCII | set(b"(+")
_BEFORE_CHRIST = list_words("bc bce v.chr. v.chr a.c. b.c. av.j.-c. p.n.e.")
_AFTER_CHRIST = list_words("ad ce n.chr. n.chr d.c. a.d. ap.j.-c. n.e.")
_HEMISPHERES = ({"N": 1.0, "S": -1.0}, {"E": 1.0, "O": 1.0, "W": -1.0})
_SIGNS = {"+": 1.0, "-": -1.0, "−": -1.0, "–": -1.0, "﹣": -1.0, "－": -1.0}
_LONGEST_FRONT, _LONGEST_BACK = 16, 40


@dataclass(kw_only=True)
class MarkedNumbers:
    """Numbers of cells with units or marks; NaN where a cell cannot be read."""

    values: Floats
    unit: str = ""
    units: Counter[str] = field(default_factory=Counter)  # as written, of the cells that were read
    converted: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(
        default_factory=Counter
    )  # of the cells that were not, for their unit's sake
    multipliers: dict[str, float] = field(default_factory=dict)
    limits: Whole  # BELOW, ABOVE or 0 a cell
    is_noted: Flags
    is_undetected: Flags
    middles: Floats  # of ranges; NaN elsewhere


class _Side(NamedTuple):
    """Parsed text before or after a number: unit, multiplier, mark."""

    factor: float = 1.0
    unit: str = ""
    is_noted: bool = False
    multiplier: str = ""
    limit: int = 0
    is_read: bool = True


_UNREAD = _Side(is_read=False)


def read_marked_numbers(texts: pa.Array, decimal: str, *, n_plain: int, name: str = "") -> MarkedNumbers:
    """Read numbers with units or marks.

    Parameters
    ----------
    texts : pyarrow.Array
        The trimmed cells of a column that are not numbers by themselves; without nulls.
    decimal : str
        ``"."`` or ``","``.
    n_plain : int
        How many cells of the column are plain numbers: "p" beside some numbers is a footnote mark, beside all of them a unit.
    name : str
        The column's name: "293 K" is a temperature in a column that is called so.

    Examples
    --------
    >>> found = read_marked_numbers(pa.array(["12 km", "800 m", "<0.5 km", "3.1* km", "km"]), ".", n_plain=0)
    >>> found.values.tolist(), found.unit, found.limits.tolist(), found.is_noted.tolist()
    ([12.0, 0.8, 0.5, 3.1, nan], 'km', [0, 0, 1, 0, 0], [False, False, False, True, False])
    """
    if not len(texts):
        return _read_nothing(0)
    found = find_bytes(texts)
    plain = pc.replace_substring_regex(texts, _ACCOUNTING, r"-\1\2") if ord("(") in found else texts
    if ord("-") in found or found & NOT_ASCII:
        plain = pc.replace_substring_regex(plain, _NO_CENTS, r"\1")
    if found & LETTERS:
        plain = pc.replace_substring_regex(plain, _SHORTENED, r"\1 ")
    parts = pc.extract_regex(plain, _PARTED)
    before, number, after = (pc.struct_field(parts, key) for key in ("before", "number", "after"))
    values = _to_floats(read_plain_numbers(pc.utf8_rtrim(number, characters=SPACES + ".,"), decimal))
    before_codes, before_texts = _factorize(before)
    # Endings with numbers of their own are made alike first: ranges, and the spread of a mean.
    alike = after
    if found & (NOT_ASCII | set(b"-")):
        alike = pc.replace_substring_regex(after, r"^(\s?[-–—]\s?)\d[\d.,]*\s?", r"\10 ")
    if found & _SPREAD_BYTES:
        alike = pc.replace_substring_regex(
            alike, r"\s?\(?(?:±|\+/-|\+-)\s?\d[\d.,]*\)?|^\s?\(\d[\d.,]*\)$", " ±0"
        )
    after_codes, after_texts = _factorize(alike)
    is_number = np.isfinite(values)
    counts = Counter(
        dict(enumerate(np.bincount(after_codes[is_number], minlength=len(after_texts)).tolist()))
    )
    n_all = int(is_number.sum()) + n_plain
    fronts = [_read_front(text.strip()) for text in before_texts]
    money = any(front.unit for front in fronts)
    backs = _read_backs(after_texts, counts, n_all, money=money, name=name, values=values[is_number])
    return _join_sides(texts, values, (fronts, before_codes), (backs, after_codes), after, decimal)


def _read_nothing(n_cells: int) -> MarkedNumbers:
    no_flags, no_numbers = np.zeros(n_cells, np.bool_), np.full(n_cells, np.nan)
    return MarkedNumbers(
        values=no_numbers,
        limits=np.zeros(n_cells, np.int64),
        is_noted=no_flags,
        is_undetected=no_flags.copy(),
        middles=no_numbers.copy(),
    )


def _join_sides(
    texts: pa.Array,
    values: Floats,
    front: tuple[list[_Side], Whole],
    back: tuple[list[_Side], Whole],
    after: pa.Array,
    decimal: str,
) -> MarkedNumbers:
    (fronts, before_codes), (backs, after_codes) = front, back
    is_read = (
        _flag(fronts, before_codes, "is_read") & _flag(backs, after_codes, "is_read") & np.isfinite(values)
    )
    values = values * _scale(fronts, before_codes) * _scale(backs, after_codes)
    limits = _limit(fronts, before_codes) + _limit(backs, after_codes)
    found = MarkedNumbers(
        values=values,
        limits=np.where(is_read & (limits <= ABOVE), limits, 0),
        is_noted=is_read & (_flag(fronts, before_codes, "is_noted") | _flag(backs, after_codes, "is_noted")),
        is_undetected=_find_undetected(texts, np.flatnonzero(~is_read)),
        middles=_read_middles(values, after, np.flatnonzero(~_flag(backs, after_codes, "is_read")), decimal),
    )
    # The unit of a cell is what stands before and after its number: $ … /bbl.
    codes, pairs = _number_pairs(before_codes, after_codes)
    units = [_join_units(fronts[i].unit, backs[j].unit) for i, j in pairs]
    for code in np.unique(after_codes[is_read]).tolist():
        if backs[code].multiplier:
            found.multipliers[backs[code].multiplier] = backs[code].factor
    _settle_unit(found, codes, units, is_read)
    return found


def _settle_unit(found: MarkedNumbers, codes: Whole, units: list[str], is_read: Flags) -> None:
    """Convert all cells to the most common unit; units of another dimension stay unread."""
    counts = np.bincount(codes[is_read], minlength=len(units))
    for unit, count in zip(units, counts.tolist(), strict=True):
        if unit and count:
            found.units[unit] += count
    found.unit = found.units.most_common(1)[0][0] if found.units else ""
    ours = read_unit(found.unit) or Unit(found.unit)
    factors, divisors = np.ones(len(units)), np.ones(len(units))
    for place, unit in enumerate(units):
        theirs = read_unit(unit) or Unit(unit)
        if not unit or unit == found.unit:
            continue
        if theirs.base == ours.base:
            # Dividing by a whole number is exact where multiplying by its inverse is not.
            is_smaller = theirs.factor < ours.factor
            factors[place] = 1.0 if is_smaller else float(f"{theirs.factor / ours.factor:.12g}")
            divisors[place] = float(f"{ours.factor / theirs.factor:.12g}") if is_smaller else 1.0
            if theirs.factor != ours.factor and counts[place]:
                found.converted[unit] += int(counts[place])
        else:
            factors[place] = np.nan
            found.foreign[unit] += int(counts[place])
    found.values = np.where(is_read, found.values * factors[codes] / divisors[codes], np.nan)
    is_known = np.isfinite(found.values)
    found.limits = np.where(is_known, found.limits, 0)
    found.is_noted &= is_known


def _read_front(text: str) -> _Side:
    """Parse the text before a number: a sign, a currency, a limit."""
    if len(text) > _LONGEST_FRONT:
        return _UNREAD
    for sign, bare in ((text[:1], text[1:]), (text[-1:], text[:-1])):
        if sign in _SIGNS:
            if set(bare) & set(_SIGNS):
                return _UNREAD
            front = _read_front(bare.strip())
            return front._replace(factor=front.factor * _SIGNS[sign])
    if not text:
        return _Side()
    lowered = text.lower()
    if lowered in _BELOW:
        return _Side(limit=BELOW)
    if lowered in _ABOVE:
        return _Side(limit=ABOVE)
    if lowered in _ABOUT and text != "C":  # c. 1200 is about 1200; C001 is a code
        return _Side(is_noted=lowered not in _SILENT)
    if text in CURRENCIES:
        return _Side(unit=text)
    for sign, limit in (("<", BELOW), (">", ABOVE), ("~", 0)):
        if text.startswith(sign) and text[1:].strip() in CURRENCIES:
            return _Side(unit=text[1:].strip(), limit=limit, is_noted=not limit)
    return _UNREAD


class _Core(NamedTuple):
    """Text after a number, without footnote marks and powers of ten."""

    text: str
    factor: float = 1.0
    is_noted: bool = False


def _strip_notes(text: str) -> _Core:
    """Strip footnote marks, signs, uncertainties and powers of ten."""
    core, factor = text.strip(), 1.0
    if len(core) > _LONGEST_BACK:
        return _Core("?")
    power = _POWER.match(core)
    if power:
        exponent = int(power[1].translate(_SUPERSCRIPTS))
        core, factor = power[2].strip(), 10.0**exponent if abs(exponent) <= 300 else float("nan")
    if core in ("-", "−", "–"):
        core, factor = "", -factor
    is_noted = core[:1] in tuple("*†‡§")
    core = core.lstrip("*†‡§ ") if is_noted else core
    shorter = _SPREAD.sub("", core)
    if shorter != core:
        core, is_noted = shorter.strip(), True
    for _ in range(3):
        if not core or read_unit(core):
            break
        shorter = _NOTE.sub("", core)
        if shorter == core:
            break
        core, is_noted = shorter.strip(), True
    return _Core(core, factor, is_noted)


def _read_backs(
    texts: list[str], counts: Counter[int], n_all: int, *, money: bool, name: str, values: Floats
) -> list[_Side]:
    """Interpret each distinct text after a number, in the context of all of them."""
    cores = [_Core("?") if _RANGE.match(text[:_LONGEST_BACK]) else _strip_notes(text) for text in texts]
    shares: Counter[str] = Counter()
    for place, core in enumerate(cores):
        shares[core.text] += counts[place]
    words = {core.text for place, core in enumerate(cores) if counts[place]}
    if _are_codes(words):
        cores = [_Core("?") if len(core.text) == 1 and core.text.isupper() else core for core in cores]
    if {word.upper().rstrip(".") for word in words} == {"CR", "DR"}:
        debits = [core.text[:1] in ("d", "D") for core in cores]
        return [
            _Side(-1.0, multiplier=core.text) if d else _Side() for core, d in zip(cores, debits, strict=True)
        ]
    for hemisphere in _HEMISPHERES:
        if words and all(re.sub(r"^[°º]\s?", "", word) in hemisphere for word in words):
            return [_Side(hemisphere.get(core.text[-1:], np.nan), "°") for core in cores]
    if words == {"s"} and np.all(values % 10 == 0) and np.all((values >= 1000) & (values <= 2100)):
        return [_Side(is_read=core.text == "s", is_noted=True) for core in cores]  # the 1990s
    multiplies = _find_doubtful(words, money=money, name=name, values=values)
    # A word that stands beside (nearly) every number is its unit, whether it is known or not.
    common = [w for w in words if w and w != "?" and shares[w] >= _MIN_SHARE * n_all and _is_word(w)]
    return [_read_back(core, shares, n_all, multiplies, common) for core in cores]


def _find_doubtful(words: set[str], *, money: bool, name: str, values: Floats) -> dict[str, float]:
    """Single-letter multipliers that the other cells confirm."""
    sure = {word for word in words if read_multiplier(word.split(" ")[0])}
    named = {word: read_multiplier(word) or 0.0 for word in words if read_multiplier(word)}
    if not money:
        named = {word: factor for word, factor in named.items() if word not in ("mm", "MM", "pounds")}
    if sure & {"K"} and len(sure) == 1 and _is_temperature(name, values):
        del named["K"]
    letters = {word for word in words if word in DOUBTFUL}
    others = sure - {"mm", "MM", "mil."}
    if money or others or (letters & {"T", "b"} and len(letters) > 1):
        named |= {word: DOUBTFUL[word] for word in letters}
    return named


def _are_codes(words: set[str]) -> bool:
    """Whether capitals after numbers name doors and rows, as in 12A, 12B and 13C."""
    capitals = {word for word in words if len(word) == 1 and word.isupper()}
    others = capitals - set("KMBTG")
    return len(others) > 1 or bool(others and capitals - others)


def _is_temperature(name: str, values: Floats) -> bool:
    return (
        bool(re.search(r"(?i)temp|kelvin|\bT\b", name))
        and bool(len(values))
        and float(np.max(values)) < 10_000
    )


def _read_back(
    core: _Core, shares: Counter[str], n_all: int, multiplies: dict[str, float], common: list[str]
) -> _Side:
    text, factor, noted = core
    if not text or text.lower() in _ORDINALS:
        return _Side(factor, is_noted=noted)
    if text == "?":
        return _UNREAD
    if (era := text.lower().replace(" ", "")) in _BEFORE_CHRIST | _AFTER_CHRIST:
        return _Side(-factor if era in _BEFORE_CHRIST else factor, is_noted=True)
    if text in multiplies:
        return _Side(factor * multiplies[text], multiplier=text, is_noted=noted)
    first, _, rest = text.partition(" ")
    if rest and (size := read_multiplier(first) or multiplies.get(first)) and _is_unit(rest.strip(), common):
        return _Side(factor * size, rest.strip(), noted, first)
    joined = re.match(r"^(k|K|M|m|bn|B|b|Mio\.?|Mrd\.?|mn|tn|T)\s?([$€£¥]|USD|EUR|GBP)$", text)
    if joined and (size := read_multiplier(joined[1]) or DOUBTFUL.get(joined[1])):
        return _Side(factor * size, joined[2], noted, joined[1])
    is_rare = shares[text] < 0.5 * n_all
    is_note = text.lower() in _NOTE_WORDS and (is_rare or len(text) > 2)
    if (is_note or (is_rare and _NOTE_LETTERS.match(text))) and text not in tuple("gmhltk"):
        return _Side(factor, is_noted=True)
    per = re.match(r"^(?:/|per)\s?([^\d\s]\S*)$", text)
    if _is_unit(text, common) or (per and (read_unit(per[1]) or per[1].isalpha())):
        return _Side(factor, text, noted)
    if text in ("+", "plus", "or more", "and over"):
        return _Side(factor, limit=ABOVE, is_noted=noted)
    last = text.rpartition(" ")
    if last[0] and _NOTE_LETTERS.match(last[2]) and _is_unit(last[0], common):
        return _Side(factor, last[0], is_noted=True)
    return _UNREAD


def _is_unit(text: str, common: list[str]) -> bool:
    return text in common or read_unit(text) is not None


def _is_word(text: str) -> bool:
    if text.lower().rstrip(".") in MONTHS or text.lower() in DAY_WORDS:
        return False  # 5 Jan is a day
    return (
        len(text) <= 20
        and bool(re.match(r"^[^\d\s:;=]+(?:\s[^\d\s:;=]+)?$", text))
        and any(map(str.isalpha, text))
    )


def _join_units(front: str, back: str) -> str:
    if not front or not back:
        return front or back
    return f"{front}{back}" if back.startswith(("/", " /")) else f"{front} {back}"


def _find_undetected(texts: pa.Array, rows: Whole) -> Flags:
    flags = np.zeros(len(texts), np.bool_)
    if len(rows):
        words = pc.utf8_lower(texts.take(pa.array(rows)))
        flags[rows] = pc.is_in(words, value_set=pa.array(sorted(UNDETECTED), words.type)).to_numpy(
            zero_copy_only=False
        )
    return flags


def _read_middles(values: Floats, after: pa.Array, rows: Whole, decimal: str) -> Floats:
    """The middle of what is written as a range, such as 15 for "10-20"; NaN elsewhere. ``rows`` are those to look at."""
    middles = np.full(len(values), np.nan)
    ends = after.take(pa.array(rows))
    is_range = _match(ends, _SECOND + r"\d[\d.,]*$")
    rows, ends = rows[is_range], ends.filter(pa.array(is_range))
    if len(rows):
        second = read_plain_numbers(pc.replace_substring_regex(ends, _SECOND, ""), decimal)
        middles[rows] = (values[rows] + _to_floats(second)) / 2
    return middles


def _factorize(texts: pa.Array) -> tuple[Whole, list[str]]:
    """Factorize texts; of very many only the most frequent are kept, and the rest share an unreadable one."""
    encoded = pc.dictionary_encode(pc.fill_null(texts, ""))
    codes: Whole = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if len(encoded.dictionary) <= _MAX_DIFFERENT:
        return codes, encoded.dictionary.to_pylist()
    commonest = np.argsort(-np.bincount(codes), kind="stable")[:_MAX_DIFFERENT]
    renumbered = np.full(len(encoded.dictionary), len(commonest))
    renumbered[commonest] = np.arange(len(commonest))
    return renumbered[codes], [*encoded.dictionary.take(pa.array(commonest)).to_pylist(), "?"]


def _number_pairs(first: Whole, second: Whole) -> tuple[Whole, list[tuple[int, int]]]:
    width = int(second.max(initial=0)) + 1
    kinds, codes = np.unique(first * width + second, return_inverse=True)
    return codes.astype(np.int64), [divmod(int(kind), width) for kind in kinds]


def _flag(sides: list[_Side], codes: Whole, attribute: str) -> Flags:
    return np.array([getattr(side, attribute) for side in sides], np.bool_)[codes]


def _scale(sides: list[_Side], codes: Whole) -> Floats:
    return np.array([side.factor for side in sides], np.float64)[codes]


def _limit(sides: list[_Side], codes: Whole) -> Whole:
    return np.array([side.limit for side in sides], np.int64)[codes]


def _match(texts: pa.Array, pattern: str) -> Flags:
    flags: Flags = pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(
        zero_copy_only=False
    )
    return flags


def _to_floats(numbers: pa.Array) -> Floats:
    floats: Floats = pc.fill_null(numbers, np.nan).to_numpy(zero_copy_only=False)
    return floats
