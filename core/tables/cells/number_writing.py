"""Parsing of plain numbers: signs, thousands separators, decimal signs and exponents.

What else stands beside a number, such as a unit or a footnote mark, is read by :mod:`core.tables.cells.number_marks`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.column_texts import LETTERS, NOT_ASCII, Texts, find_bytes, sample_texts

SPACES = "\u0020\u00a0\u2007\u2009\u202f"
PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
_SIGNS = r"[. '’\u00a0\u2009\u202f]"

# Evidence for one decimal sign. "1,234" is none: it can be read either way.
_EVIDENCE = {
    ",": re.compile(
        rf"^\D{{0,5}}(\d+,(\d{{1,2}}|\d{{4,}})|\d+,\d+(?=[eE][+-]?\d)|0,\d+|\d{{1,3}}({_SIGNS}\d{{3}})+,\d+|\d{{1,3}}(\.\d{{3}}){{2,}})"
        r"(?:[eE][+-]?\d+)?,?\D{0,14}$"
    ),
    ".": re.compile(
        rf"^\D{{0,5}}(\d+\.(\d{{1,2}}|\d{{4,}})|\d+\.\d+(?=[eE][+-]?\d)|0\.\d+|\d{{1,3}}({_SIGNS.replace('.', ',')}\d{{3}})+\.\d+|\d{{1,3}}(,\d{{3}}){{2,}})"
        r"(?:[eE][+-]?\d+)?\D{0,14}$"
    ),
}
_FULL_WIDTH_BYTE = 0xEF  # with which the digits of East Asian width begin in UTF-8
_COMMA_THREE = re.compile(r"^[+-]?\d{1,3},\d{3}$")


def guess_decimal(columns: Sequence[Texts], delimiter: str | None) -> str:
    """Guess the table's decimal sign from text cells that can be read in only one way.

    Without such a cell a semicolon file with values like ``1,234`` is taken to have decimal commas,
    because that is why semicolons are used; everything else has decimal points.
    """
    votes = {".": 0, ",": 0}
    undecided = 0
    for column in columns:
        for text in sample_texts(column, 60):
            for sign, pattern in _EVIDENCE.items():
                votes[sign] += bool(pattern.match(text))
            undecided += bool(_COMMA_THREE.match(text))
    if votes[","] == votes["."] == 0 and undecided and delimiter == ";":
        return ","
    return "," if votes[","] > votes["."] else "."


def has_other_decimal(texts: Sequence[str], decimal: str) -> bool:
    """Whether all texts unambiguously use the other decimal sign.

    Examples
    --------
    >>> has_other_decimal(["12,5", "1,234"], "."), has_other_decimal(["12,5", "1.5"], "."), has_other_decimal(["1,234"], ".")
    (True, False, False)
    """
    other = "," if decimal == "." else "."
    return any(_EVIDENCE[other].match(text) for text in texts) and not any(
        _EVIDENCE[decimal].match(text) for text in texts
    )


def read_plain_numbers(present: pa.Array, decimal: str) -> pa.Array:
    """Float64 with a null for whatever is missing or unreadable.

    Examples
    --------
    >>> read_plain_numbers(pa.array(["1.200,5", "-3", "12 km"]), ",").to_pylist()
    [1200.5, -3.0, None]
    """
    if decimal == ".":
        try:
            return _drop_nan(pc.cast(present, pa.float64()))
        except pa.ArrowInvalid:
            pass
    plain = _keep_matching(present, PLAIN) if decimal == "." else pa.nulls(len(present), present.type)
    odd = pc.and_(pc.is_valid(present), pc.is_null(plain))
    positions = pc.indices_nonzero(odd)
    # Only the cells that are not plain are rewritten: often a handful, such as one "1,200".
    rewritten = _normalize(present.take(positions), decimal)
    try:
        values = _drop_nan(pc.cast(rewritten, pa.float64())).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        values = pc.cast(_keep_matching(rewritten, PLAIN), pa.float64()).to_numpy(zero_copy_only=False)
    numbers = pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)
    if not numbers.flags.writeable:
        numbers = numbers.copy()
    numbers[positions.to_numpy()] = values
    return pa.array(numbers, from_pandas=True)


def _drop_nan(numbers: pa.Array) -> pa.Array:
    is_nan = pc.is_nan(numbers)
    if not pc.any(is_nan).as_py():
        return numbers
    return pc.if_else(is_nan, pa.scalar(None, pa.float64()), numbers)


def _keep_matching(texts: pa.Array, pattern: str) -> pa.Array:
    fits = pc.match_substring_regex(texts, pattern)
    return pc.if_else(pc.fill_null(fits, False), texts, pa.scalar(None, texts.type))


def _normalize(texts: pa.Array, decimal: str) -> pa.Array:
    """Rewrite number formats to plain ASCII digits with a decimal point.

    Minus signs, accounting brackets, grouped thousands, decimal commas.
    """
    group = "," if decimal == "." else "."
    found = find_bytes(texts)
    if _FULL_WIDTH_BYTE in found:
        is_wide = pc.fill_null(pc.match_substring_regex(texts, r"[\x{FF10}-\x{FF19}]"), False)
        texts = pc.if_else(is_wide, pc.utf8_normalize(texts, form="NFKC"), texts)
    # Every rule is a pass over the whole column, so it has bytes without which it would change nothing.
    rules = [
        (NOT_ASCII, r"^[\x{2212}\x{2013}\x{FE63}\x{FF0D}]", "-"),
        (set(b"("), r"^\(([^()]*\d[^()%]*)\)$", r"-\1"),
        (NOT_ASCII | set(b" "), r"^([+-])[" + SPACES + r"]+", r"\1"),
        (NOT_ASCII | LETTERS, r"^([+-]?)(?i:inf|infinity|∞)$", r"\1inf"),
    ]
    for needed, pattern, replacement in rules:
        if found & needed:
            texts = pc.replace_substring_regex(texts, pattern, replacement)
    if found & (NOT_ASCII | set(b" '_" + group.encode())):
        texts = _join_groups(texts, re.escape(group), re.escape(decimal))
    if decimal == ",":
        # A point that groups nothing would be read as a decimal one, so it makes the cell unreadable.
        if ord(".") in found:
            texts = pc.replace_substring(texts, ".", "?")
        texts = pc.replace_substring(texts, ",", ".", max_replacements=1)
    return texts


def _join_groups(texts: pa.Array, group: str, point: str) -> pa.Array:
    """Remove thousands separators that are correctly placed."""
    grouped = (
        rf"^[+-]?(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d{{1,3}}([{SPACES}'’_]\d{{3}})+)({point}\d*)?$"
    )
    is_grouped = pc.fill_null(pc.match_substring_regex(texts, grouped), False)
    if not pc.any(is_grouped).as_py():
        return texts
    joined = pc.replace_substring_regex(texts, rf"[{SPACES}'’_]|{group}", "")
    return pc.if_else(is_grouped, joined, texts)
