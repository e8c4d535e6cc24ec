"""Column types: from the texts in a column to numbers, dates or text.

All work is vectorised over Arrow strings; regular expressions run in RE2, whose time is linear in the text.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.dates import parse_dates, parse_packed_dates
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions

#: A column is a number (date) column when this share of its cells that are not missing can be read so.
MIN_SHARE = 0.8

# What stands for "no value", in lower case. A lone point or dash is R's, SAS's and Excel's habit.
_MISSING_WORDS = "na n/a n.a. #n/a #na <na> nan -nan nat null none nil missing - -- --- – — . .. ... ?"
_MISSING_ERRORS = "#div/0! #value! #ref! #name? #num! #null!"
_MISSING = pa.array(["", *_MISSING_WORDS.split(), *_MISSING_ERRORS.split()])
_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_CURRENCY = r"(?:US\$|R\$|[$€£¥₹₩₽₺₿¢]|USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|kr\.?|Fr\.|zł)"
_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
_SAMPLE = 400
_PIECE_BYTES = 1024 * 1024
_CAPITALS, _LETTERS = set(string.ascii_uppercase.encode()), set(string.ascii_letters.encode())
_NOT_ASCII = set(range(128, 256))

# Evidence for one decimal sign. "1,234" is none: it can be read either way.
_EVIDENCE = {
    ",": re.compile(
        r"^\D{0,3}(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}([. '\u00a0\u202f]\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}),?\D{0,4}$"
    ),
    ".": re.compile(
        r"^\D{0,3}(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}([, '\u00a0\u202f]\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})\D{0,4}$"
    ),
}
_COMMA_THREE = re.compile(r"^[+-]?\d{1,3},\d{3}$")


Texts: TypeAlias = "pa.Array | pa.ChunkedArray | Sequence[Any]"


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """A column after recognition, with what could not be read."""

    values: pd.Series
    kind: Literal["number", "date", "text", "empty"]
    n_missing: int
    n_infinite: int = 0
    n_unreadable: int = 0
    example: str = ""  # one of the unreadable cells
    day_first: bool | None = None  # the order that was used, where a column's dates have one
    is_ambiguous: bool = False
    unreadable_rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    unit: str = ""  # that stood beside the numbers, such as "km" or "%"
    decisions: tuple[Decision, ...] = ()
    # For times with offsets: from which moment, in seconds since 1970 UTC, which offset in minutes was written. The values are UTC.
    offsets: tuple[tuple[int, int], ...] = ()
    is_code: bool = False  # whole numbers written with leading zeros, as codes are
    is_clock: bool = False  # seconds since midnight


def recognise_column(
    cells: pa.Array | pa.ChunkedArray | pd.Series,
    *,
    name: str,
    decimal: str,
    day_first: bool | None,
    options: ReadOptions | None = None,
) -> Recognised:
    """Decide what a column holds and convert it.

    Parameters
    ----------
    cells : Arrow strings or pandas.Series
        Texts to be recognised, or numbers, booleans or times that the file's format already typed.
    name : str
        The column's name: whole numbers such as 19580329 are dates only in a column that is called so.
    decimal : str
        ``"."`` or ``","``; the other sign, spaces and apostrophes may group thousands.
    day_first : bool or None
        Order of ``03/04/2020``; ``None`` looks for a value above 12 and otherwise takes the month first.
    options : ReadOptions, optional
        The visitor's corrections of what was decided about single columns.

    Examples
    --------
    >>> found = recognise_column(pa.array(["1.200,5", "n/a", "-3"]), name="x", decimal=",", day_first=None)
    >>> found.kind, found.values.tolist(), found.n_missing
    ('number', [1200.5, nan, -3.0], 1)
    """
    if isinstance(cells, pd.Series):
        return _keep_type(cells, name)
    texts = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if isinstance(texts, pa.ChunkedArray):  # an empty one, or one too large for a single chunk
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.large_string())
    return _recognise_texts(texts, name, decimal, day_first)


def guess_decimal(columns: Sequence[Texts], delimiter: str | None) -> str:
    """The table's decimal sign, by the cells that can be read in one way only; what is no text does not count.

    Without such a cell a semicolon file with values like ``1,234`` is taken to have decimal commas,
    because that is why semicolons are used; everything else has decimal points.
    """
    votes = {".": 0, ",": 0}
    undecided = 0
    for column in columns:
        for text in _sample(column, 60):
            for sign, pattern in _EVIDENCE.items():
                votes[sign] += bool(pattern.match(text))
            undecided += bool(_COMMA_THREE.match(text))
    if votes[","] == votes["."] == 0 and undecided and delimiter == ";":
        return ","
    return "," if votes[","] > votes["."] else "."


def _recognise_texts(texts: pa.Array, name: str, decimal: str, day_first: bool | None) -> Recognised:
    trimmed = pc.utf8_trim_whitespace(texts)
    is_missing = _find_missing(trimmed)
    n_missing = pc.sum(is_missing).as_py() or 0
    n_values = len(texts) - n_missing
    if not n_values:
        return Recognised(values=pd.Series(np.full(len(texts), np.nan)), kind="empty", n_missing=n_missing)
    present = pc.if_else(is_missing, pa.scalar(None, trimmed.type), trimmed) if n_missing else trimmed

    truth = _read_truth_values(present)
    if truth is not None:
        return Recognised(values=truth, kind="number", n_missing=n_missing)
    if _sample_has_numbers(present, decimal):
        numbers = _to_numbers(present, decimal)
        n_numbers = len(numbers) - numbers.null_count
        if n_numbers >= MIN_SHARE * n_values:
            return _describe_numbers(numbers, present, name, n_missing)
    dates = parse_dates(present, day_first=day_first)
    if dates is not None and dates.n_read >= MIN_SHARE * n_values:
        unread = pc.and_(pc.is_valid(present), pa.array(np.isnat(dates.values)))
        return Recognised(
            values=pd.Series(dates.values),
            kind="date",
            n_missing=n_missing,
            n_unreadable=n_values - dates.n_read,
            example=_find_example(present, unread),
            day_first=dates.day_first,
            is_ambiguous=dates.is_ambiguous,
        )
    # In a column of words "NA" is Namibia as often as a gap, so only an empty cell is missing there.
    is_blank = pc.fill_null(pc.equal(trimmed, ""), True)
    words = pc.if_else(is_blank, pa.scalar(None, texts.type), texts)
    return Recognised(values=pd.Series(words.to_pandas()), kind="text", n_missing=words.null_count)


def _find_missing(trimmed: pa.Array) -> pa.Array:
    if not _find_bytes(trimmed) & _CAPITALS:
        return pc.or_(pc.is_null(trimmed), pc.is_in(trimmed, value_set=_MISSING.cast(trimmed.type)))
    # Markers are short, and lowering the case of a large column costs more than finding the short ones.
    is_short = pc.less_equal(pc.binary_length(trimmed), 8)
    short = pc.if_else(is_short, trimmed, pa.scalar("x", trimmed.type))
    known = pc.is_in(pc.utf8_lower(short), value_set=_MISSING.cast(trimmed.type))
    return pc.or_(pc.is_null(trimmed), known)


def _find_bytes(texts: pa.Array) -> set[int]:
    """Which bytes occur in a column, for the price of a glance: most rules of writing have nothing to do."""
    data = texts.buffers()[2]
    view = np.frombuffer(b"" if data is None else data, np.uint8)
    pieces = (view[start : start + _PIECE_BYTES] for start in range(0, len(view), _PIECE_BYTES))
    counts = sum((np.bincount(piece, minlength=256) for piece in pieces), np.zeros(256, np.int64))
    return set(np.flatnonzero(counts).tolist())


def _sample(column: Texts, most: int) -> list[str]:
    """Up to ``most`` values, spread over the column so that a quiet beginning does not decide."""
    places = range(0, len(column), max(1, len(column) // most))
    picked = [column[i] for i in places] if isinstance(column, list | tuple) else _take(column, places)
    return [text.strip()[:100] for text in picked if text and isinstance(text, str)]


def _take(column: pa.Array | pa.ChunkedArray, places: range) -> list[str | None]:
    values: list[str | None] = column.take(pa.array(places)).to_pylist()
    return values


def _sample_has_numbers(present: pa.Array, decimal: str) -> bool:
    """Whether the whole column is worth trying: rewriting a million dates as numbers takes a second."""
    sample = pa.array(_sample(present, _SAMPLE), present.type)
    if not len(sample):  # sparse columns, whose sample held only gaps
        sample = present.drop_null()[:_SAMPLE]
    numbers = _to_numbers(sample, decimal)
    return bool(len(numbers) - numbers.null_count >= 0.6 * len(numbers))


def _read_truth_values(present: pa.Array) -> pd.Series | None:
    """True and false as 1 and 0, if that is all there is."""
    if not all(text.lower() in ("true", "false") for text in _sample(present, 20)):
        return None
    lowered = pc.utf8_lower(present)
    fits = pc.is_in(lowered, value_set=pa.array(["true", "false"], lowered.type))
    if not pc.all(pc.or_(fits, pc.is_null(present))).as_py():
        return None
    return _as_series(pc.cast(pc.equal(lowered, "true"), pa.float64() if present.null_count else pa.int64()))


def _to_numbers(present: pa.Array, decimal: str) -> pa.Array:
    """Float64 with a null for whatever is missing or unreadable."""
    if decimal == ".":
        try:
            return _drop_nan(pc.cast(present, pa.float64()))
        except pa.ArrowInvalid:
            pass
    plain = _keep_matching(present, _PLAIN) if decimal == "." else pa.nulls(len(present), present.type)
    odd = pc.and_(pc.is_valid(present), pc.is_null(plain))
    positions = pc.indices_nonzero(odd)
    # Only the cells that are not plain are rewritten: often a handful, such as one "1,200".
    rewritten = _normalise(present.take(positions), decimal)
    try:
        values = _drop_nan(pc.cast(rewritten, pa.float64())).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        values = pc.cast(_keep_matching(rewritten, _PLAIN), pa.float64()).to_numpy(zero_copy_only=False)
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


def _normalise(texts: pa.Array, decimal: str) -> pa.Array:
    """Rewrite the ways people write numbers into the one that computers read.

    Minus signs, accounting brackets, currencies, percent (12 % is 12), grouped thousands, decimal commas.
    """
    group = "," if decimal == "." else "."
    found = _find_bytes(texts)
    # Every rule is a pass over the whole column, so it has bytes without which it would change nothing.
    beyond = _LETTERS | _NOT_ASCII
    rules = [
        (_NOT_ASCII, r"^[\x{2212}\x{2013}\x{FE63}\x{FF0D}]", "-"),
        (set(b"("), r"^\((.*[^%\s])\s*%?\)$", r"-\1"),
        (beyond | set(b"$"), r"^([+-]?)\s*" + _CURRENCY + r"\s*([+-]?)", r"\1\2"),
        (beyond | set(b"$%"), r"\s*(?:" + _CURRENCY + r"|[%‰])$", ""),
        (_NOT_ASCII | set(b" "), r"^([+-])[" + _SPACES + r"]+", r"\1"),
        (beyond, r"^([+-]?)(?i:inf|infinity|∞)$", r"\1inf"),
    ]
    for needed, pattern, replacement in rules:
        if found & needed:
            texts = pc.replace_substring_regex(texts, pattern, replacement)
    if found & (_NOT_ASCII | set(b" '" + group.encode())):
        texts = _join_groups(texts, re.escape(group), re.escape(decimal))
    if decimal == ",":
        # A point that groups nothing would be read as a decimal one, so it makes the cell unreadable.
        if ord(".") in found:
            texts = pc.replace_substring(texts, ".", "?")
        texts = pc.replace_substring(texts, ",", ".", max_replacements=1)
    return texts


def _join_groups(texts: pa.Array, group: str, point: str) -> pa.Array:
    """Take the signs out that group thousands, where they stand as they should."""
    grouped = (
        rf"^[+-]?(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d{{1,3}}([{_SPACES}'’]\d{{3}})+)({point}\d*)?$"
    )
    is_grouped = pc.fill_null(pc.match_substring_regex(texts, grouped), False)
    if not pc.any(is_grouped).as_py():
        return texts
    joined = pc.replace_substring_regex(texts, rf"[{_SPACES}'’]|{group}", "")
    return pc.if_else(is_grouped, joined, texts)


def _describe_numbers(numbers: pa.Array, present: pa.Array, name: str, n_missing: int) -> Recognised:
    n_unreadable = numbers.null_count - n_missing
    if not n_unreadable:
        packed = parse_packed_dates(numbers, name)
        if packed is not None:
            return Recognised(values=pd.Series(packed), kind="date", n_missing=n_missing)
    example = ""
    if n_unreadable:
        example = _find_example(present, pc.and_(pc.is_valid(present), pc.is_null(numbers)))
    values = _as_integers(numbers, present)
    return Recognised(
        values=_as_series(numbers) if values is None else values,
        kind="number",
        n_missing=n_missing,
        n_infinite=pc.sum(pc.is_inf(numbers)).as_py() or 0,
        n_unreadable=n_unreadable,
        example=example,
    )


def _as_integers(numbers: pa.Array, present: pa.Array) -> pd.Series | None:
    """Whole numbers stay whole when the column has no gap and each fits 64 bits."""
    if numbers.null_count or not all(text.lstrip("+-").isdigit() for text in _sample(present, 20)):
        return None
    try:
        return _as_series(pc.cast(pc.replace_substring_regex(present, r"^\+", ""), pa.int64()))
    except pa.ArrowInvalid:
        return None


def _find_example(present: pa.Array, mask: pa.Array) -> str:
    positions = pc.indices_nonzero(mask)
    return str(present[positions[0].as_py()].as_py())[:200] if len(positions) else ""


def _as_series(values: pa.Array) -> pd.Series:
    # Arrow lends its memory read-only; a frame that refuses assignment would surprise its owner.
    return pd.Series(values.to_numpy(zero_copy_only=False).copy())


def _keep_type(values: pd.Series, name: str) -> Recognised:
    """A column whose type the file itself declares."""
    values = values.reset_index(drop=True)
    n_missing = int(values.isna().sum())
    if n_missing == len(values):
        return Recognised(values=pd.Series(np.full(len(values), np.nan)), kind="empty", n_missing=n_missing)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
        return Recognised(values=values, kind="date", n_missing=n_missing)
    numbers = values.astype("int64" if not n_missing and values.dtype.kind in "iub" else "float64")
    packed = parse_packed_dates(pa.array(numbers.to_numpy(dtype=float), from_pandas=True), name)
    if packed is not None:
        return Recognised(values=pd.Series(packed), kind="date", n_missing=n_missing)
    n_infinite = int(np.isinf(numbers.to_numpy(dtype=float)).sum())
    return Recognised(values=numbers, kind="number", n_missing=n_missing, n_infinite=n_infinite)
