"""Column types: from the texts in a column to numbers, dates or text, with all that was taken for granted.

All work is vectorized over Arrow strings; regular expressions run in RE2, whose time is linear in the text. A sample decides
what is tried, and what is beside a number is looked at only in the cells that are no plain numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.column_decisions import (
    tell_clock,
    tell_codes,
    tell_dates,
    tell_marks,
    tell_names,
    tell_placeholders,
)
from core.tables.cells.column_texts import CAPITALS, find_bytes, sample_texts
from core.tables.cells.dates import ParsedDates, parse_dates
from core.tables.cells.durations import parse_durations
from core.tables.cells.number_marks import UNDETECTED, read_marked_numbers
from core.tables.cells.number_writing import guess_decimal, has_other_decimal, read_plain_numbers
from core.tables.cells.ordered_names import read_ordered_names
from core.tables.cells.placeholders import find_placeholders
from core.tables.cells.time_numbers import read_time_numbers
from core.tables.decisions import Decision
from core.tables.name_words import list_words, split_words
from core.tables.raw_table import ReadOptions

__all__ = ["MIN_SHARE", "Recognized", "guess_decimal", "recognize_column"]

#: A column is a number (date) column when this share of its cells that are not missing can be read so.
MIN_SHARE = 0.8

# What stands for "no value", in lower case. A lone point or dash is R's, SAS's and Excel's habit, a colon Eurostat's.
_MISSING_WORDS = "na n/a n.a. #n/a #na <na> nan -nan nat null none nil missing - -- --- – — . .. ... … ? :"
_MISSING_ERRORS = "#div/0! #value! #ref! #name? #num! #null!"
_MISSING = pa.array(["", *_MISSING_WORDS.split(), *_MISSING_ERRORS.split()])
_SAMPLE = 400
_SMALL_SAMPLE = 100
_DIGIT = re.compile(r"\d|^[+-]?(?i:inf|infinity|∞)$")
_HALF_DAY = re.compile(r"\d\s?[ap]\.?\s?m\b", re.IGNORECASE)
_CODE = re.compile(r"^0\d+$")
_YEAR_AND_MONTH = re.compile(r"^(?:1[89]|20)\d{2}\.(?:0[1-9]|1[0-2])$")
_MONTH_AND_YEAR = re.compile(r"^(?:0[1-9]|1[0-2])\.(?:19|20)\d{2}$")
# Numbers that count or measure time are written with leading zeros, and are numbers all the same.
_COUNTING_WORDS = list_words(
    "hour hours hh hhmm hhmmss minute minutes second seconds time month day doy yday jday yearday year week utc lst clock "
    "uhrzeit zeit heure hora ora tijd czas"
)
_DATE_WORDS = list_words("date dates datum fecha ymd yymmdd yyyymmdd ddmmyyyy month period monat")

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Recognized:
    """A column after recognition, with what could not be read."""

    values: pd.Series
    kind: Literal["number", "date", "text", "empty"]
    n_missing: int
    n_infinite: int = 0
    n_unreadable: int = 0
    example: str = ""  # one of the unreadable cells
    day_first: bool | None = None  # the order that was used, where a column's dates have one
    is_ambiguous: bool = False
    is_order_proven: bool = False  # the other order of day and month reads too few of the cells
    unreadable_rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    unit: str = ""  # that stood beside the numbers, such as "km" or "%"
    decisions: tuple[Decision, ...] = ()
    # For times with offsets: from which moment, in seconds since 1970 UTC, which offset in minutes was written. The values are UTC.
    offsets: tuple[tuple[int, int], ...] = ()
    is_code: bool = False  # whole numbers written with leading zeros, as codes are
    is_clock: bool = False  # seconds since midnight
    period: str = ""  # "quarter" or "week" where dates were written as such


def recognize_column(
    cells: pa.Array | pa.ChunkedArray | pd.Series,
    *,
    name: str,
    decimal: str,
    day_first: bool | None,
    options: ReadOptions | None = None,
) -> Recognized:
    """Decide what a column holds and convert it.

    Parameters
    ----------
    cells : Arrow strings or pandas.Series
        Texts to be recognized, or numbers, booleans or times that the file's format already typed.
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
    >>> found = recognize_column(pa.array(["1.200,5", "n/a", "-3"]), name="x", decimal=",", day_first=None)
    >>> found.kind, found.values.tolist(), found.n_missing
    ('number', [1200.5, nan, -3.0], 1)
    """
    options = options or ReadOptions()
    if isinstance(cells, pd.Series):
        return _keep_type(cells, name, options)
    texts = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if isinstance(texts, pa.ChunkedArray):  # an empty one, or one too large for a single chunk
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.large_string())
    return _recognize_texts(texts, _Asked(name, decimal, day_first, options))


class _Asked(NamedTuple):
    """Context of a column besides its cells: name, decimal sign, options."""

    name: str
    decimal: str
    day_first: bool | None
    options: ReadOptions


def _recognize_texts(texts: pa.Array, asked: _Asked) -> Recognized:
    trimmed = pc.utf8_trim_whitespace(texts)
    is_missing = _find_missing(trimmed)
    n_missing = pc.sum(is_missing).as_py() or 0
    if n_missing == len(texts):
        return Recognized(values=pd.Series(np.full(len(texts), np.nan)), kind="empty", n_missing=n_missing)
    present = pc.if_else(is_missing, pa.scalar(None, trimmed.type), trimmed) if n_missing else trimmed

    truth = _read_truth_values(present)
    if truth is not None:
        return Recognized(values=truth, kind="number", n_missing=n_missing)
    sample = sample_texts(present, _SAMPLE)
    has_digits = any(map(_DIGIT.search, sample))
    found = None
    code = _find_codes(present, sample, asked) if has_digits else None
    if code is not None and code.is_text:
        return _keep_words(trimmed, code.decisions)
    if has_digits and _are_plain(sample, asked.decimal) and not _are_months_with_points(sample):
        found = _read_numbers(present, asked.decimal, asked, n_missing)
    found = found or _read_times(present, asked, n_missing, has_digits=has_digits)
    if not found and has_digits:
        found = _read_marked(present, sample, asked, n_missing)
    if found and code is not None and found.kind == "number":
        return replace(found, is_code=True, decisions=(*code.decisions, *found.decisions))
    if found:
        return found
    return _keep_words(trimmed, ())


def _keep_words(trimmed: pa.Array, decisions: tuple[Decision, ...]) -> Recognized:
    # In a column of words "NA" is Namibia as often as a gap, so only an empty cell is missing there.
    is_blank = pc.fill_null(pc.equal(trimmed, ""), True)
    # Spaces around a label are not seen: "a " is the same as "a".
    words = pc.if_else(is_blank, pa.scalar(None, trimmed.type), trimmed)
    return Recognized(
        values=pd.Series(words.to_pandas()), kind="text", n_missing=words.null_count, decisions=decisions
    )


def _find_missing(trimmed: pa.Array) -> pa.Array:
    if not find_bytes(trimmed) & CAPITALS:
        return pc.or_(pc.is_null(trimmed), pc.is_in(trimmed, value_set=_MISSING.cast(trimmed.type)))
    # Markers are short, and lowering the case of a large column costs more than finding the short ones.
    is_short = pc.less_equal(pc.binary_length(trimmed), 8)
    short = pc.if_else(is_short, trimmed, pa.scalar("x", trimmed.type))
    known = pc.is_in(pc.utf8_lower(short), value_set=_MISSING.cast(trimmed.type))
    return pc.or_(pc.is_null(trimmed), known)


def _read_truth_values(present: pa.Array) -> pd.Series | None:
    """Read a column of true and false as 1 and 0; None for any other column."""
    if not all(text.lower() in ("true", "false") for text in sample_texts(present, 20)):
        return None
    lowered = pc.utf8_lower(present)
    fits = pc.is_in(lowered, value_set=pa.array(["true", "false"], lowered.type))
    if not pc.all(pc.or_(fits, pc.is_null(present))).as_py():
        return None
    return _as_series(pc.cast(pc.equal(lowered, "true"), pa.float64() if present.null_count else pa.int64()))


def _are_plain(sample: list[str], decimal: str) -> bool:
    """Whether the whole column is worth trying as numbers: rewriting a million dates as numbers takes a second."""
    numbers = read_plain_numbers(pa.array(sample, pa.large_string()), decimal)
    return bool(len(numbers) - numbers.null_count >= 0.6 * len(numbers))


def _are_months_with_points(sample: list[str]) -> bool:
    """Whether 01.2020 is January 2020: every cell is such a month, and October is not written 1.2020."""
    # 2019.12 before 2020.01 are months as well: of decimal years most would go beyond .12.
    if all(map(_YEAR_AND_MONTH.match, sample)):
        return len({text[:4] for text in sample}) > 1 and len({text[5:] for text in sample}) > 2
    return (
        all(map(_MONTH_AND_YEAR.match, sample))
        and len(set(sample)) > 1
        and any(t.startswith("0") for t in sample)
    )


class _Codes(NamedTuple):
    """Whole numbers with leading zeros: kept as text, or as numbers that are codes."""

    is_text: bool
    decisions: tuple[Decision, ...] = ()


def _find_codes(present: pa.Array, sample: list[str], asked: _Asked) -> _Codes | None:
    """Detect codes with leading zeros, such as postcodes and station numbers: whole numbers of one length."""
    if not any(map(_CODE.match, sample)) or not all(text.isdigit() for text in sample):
        return None
    words = set(split_words(asked.name))
    lengths = pc.min_max(pc.utf8_length(present))
    low, high = lengths["min"].as_py(), lengths["max"].as_py()
    if (
        high < 3
        or words & _COUNTING_WORDS
        or (low == high and high in (6, 8, 12, 14) and words & _DATE_WORDS)
    ):
        return None
    if low == high:
        decision = tell_codes(asked.name, next(filter(_CODE.match, sample)), asked.options)
        return _Codes(decision.chosen == "labels", (decision,))
    return _Codes(is_text=False)


def _read_numbers(
    present: pa.Array, decimal: str, asked: _Asked, n_missing: int, *, has_plain: bool = True
) -> Recognized | None:
    """Read the column as numbers with units and marks, if enough of its cells are numbers.

    Without plain numbers in the sample the whole column is not tried as such: each cell is parted anyway.
    """
    numbers = read_plain_numbers(present, decimal) if has_plain else pa.nulls(len(present), pa.float64())
    n_values = len(present) - n_missing
    n_plain = len(numbers) - numbers.null_count
    if n_plain == n_values:
        return _describe_numbers(numbers, present, asked, n_missing)
    rows = pc.indices_nonzero(pc.and_(pc.is_valid(present), pc.is_null(numbers)))
    odd = present.take(rows)
    other = "," if decimal == "." else "."
    if (
        has_plain
        and decimal == asked.decimal
        and has_other_decimal(sample_texts(odd, _SMALL_SAMPLE), decimal)
    ):
        again = read_plain_numbers(present, other)
        if len(again) - again.null_count > n_plain:
            return _read_numbers(present, other, asked, n_missing)
    marked = None
    if any(_DIGIT.search(text) or text.lower() in UNDETECTED for text in sample_texts(odd, _SMALL_SAMPLE)):
        marked = read_marked_numbers(odd, decimal, n_plain=n_plain, name=asked.name)
    if marked is None:
        if n_plain < MIN_SHARE * n_values:
            return None
        return _describe_numbers(numbers, present, asked, n_missing)
    told = tell_marks(marked, odd, asked.name, asked.options)
    n_read = n_plain + int(np.sum(np.isfinite(marked.values) | marked.is_undetected))
    if n_read < MIN_SHARE * n_values:
        return None
    values = _to_floats(numbers)
    places = rows.to_numpy()
    values[places] = told.values
    found = _describe_numbers(
        pa.array(values, from_pandas=True), present, asked, n_missing, gaps=places[told.is_gap]
    )
    return replace(found, unit=marked.unit, decisions=(*told.decisions, *found.decisions))


def _read_marked(present: pa.Array, sample: list[str], asked: _Asked, n_missing: int) -> Recognized | None:
    """Read numbers with units or marks in every cell, or with the other decimal sign."""
    decimals = [asked.decimal]
    if has_other_decimal(sample, asked.decimal):
        decimals.insert(0, "," if asked.decimal == "." else ".")
    few = pa.array(sample[:: max(1, len(sample) // _SMALL_SAMPLE)], pa.large_string())
    for decimal in decimals:
        plain = read_plain_numbers(few, decimal)
        odd = few.filter(pc.is_null(plain))
        marked = read_marked_numbers(odd, decimal, n_plain=len(few) - len(odd), name=asked.name)
        n_read = len(few) - len(odd) + int(np.sum(np.isfinite(marked.values) | marked.is_undetected))
        if n_read >= 0.6 * len(few):
            found = _read_numbers(present, decimal, asked, n_missing, has_plain=len(odd) < len(few))
            if found:
                return found
    return None


def _describe_numbers(
    numbers: pa.Array, present: pa.Array, asked: _Asked, n_missing: int, gaps: Rows | None = None
) -> Recognized:
    """A column of numbers; ``gaps`` are rows that were read as "no value"."""
    values = _to_floats(numbers)
    unread = np.empty(0, np.int64)
    n_gaps = 0 if gaps is None else len(gaps)
    if numbers.null_count > n_missing + n_gaps:
        unread = np.setdiff1d(_find_rows(present, numbers), [] if gaps is None else gaps).astype(np.int64)
    settled = _settle_numbers(values, asked, is_marked=gaps is not None)
    n_new = settled.n_missing
    settled = replace(
        settled,
        n_missing=n_missing + n_gaps + n_new,
        n_unreadable=len(unread),
        unreadable_rows=unread,
        example=str(present[int(unread[0])].as_py())[:200] if len(unread) else "",
    )
    is_whole = settled.kind == "number" and gaps is None and not n_new
    whole = _as_integers(numbers, present) if is_whole else None
    return settled if whole is None else replace(settled, values=whole)


def _settle_numbers(values: Floats, asked: _Asked, *, is_marked: bool) -> Recognized:
    """Numbers with placeholders removed, or dates encoded as numbers. ``n_missing`` counts placeholders."""
    told = tell_placeholders(find_placeholders(values), values, asked.name, asked.options)
    decisions = () if told is None else (told.decision,)
    n_gaps = 0
    if told is not None and told.n_gaps:
        values, n_gaps = told.values, told.n_gaps
    times = None if is_marked else read_time_numbers(values, asked.name, asked.options)
    if times is not None:
        decisions = (*decisions, times.decision)
        if times.times is not None:
            return Recognized(
                values=pd.Series(times.times), kind="date", n_missing=n_gaps, decisions=decisions
            )
    n_infinite = int(np.isinf(values).sum())
    return Recognized(
        values=pd.Series(values, copy=False),
        kind="number",
        n_missing=n_gaps,
        n_infinite=n_infinite,
        decisions=decisions,
    )


def _read_times(present: pa.Array, asked: _Asked, n_missing: int, *, has_digits: bool) -> Recognized | None:
    """The column as dates, durations, or names of months and quarters."""
    n_values = len(present) - n_missing
    names = read_ordered_names(present)
    if names is not None:
        return _take_seconds(names[0], present, n_missing, (tell_names(names[1], asked.name),))
    dates = parse_dates(present, day_first=asked.day_first) if has_digits else None
    is_comma = asked.decimal == "," and not any(map(_HALF_DAY.search, sample_texts(present, _SMALL_SAMPLE)))
    if dates is not None and dates.is_ambiguous and is_comma:
        # Who writes 12,5 writes the day before the month, but not who writes AM and PM.
        dates = replace(parse_dates(present, day_first=True) or dates, is_ambiguous=True)
    if (
        dates is not None
        and dates.n_read + dates.no_weeks[0] >= MIN_SHARE * n_values
        and 2 * dates.n_read >= n_values
    ):
        return _take_dates(dates, present, asked, n_missing)
    if not has_digits:
        return None
    name, options = asked.name, asked.options
    found = parse_durations(
        present,
        name=name,
        chosen=options.choice(f"clock:{name}"),
        past_midnight=options.choice(f"midnight:{name}"),
    )
    if found is None or np.isfinite(found.seconds).sum() < MIN_SHARE * n_values:
        return None
    taken = _take_seconds(found.seconds, present, n_missing, tell_clock(found, name))
    return replace(taken, unit="s", is_clock=found.is_clock)


def _take_seconds(
    values: Floats, present: pa.Array, n_missing: int, decisions: tuple[Decision, ...]
) -> Recognized:
    unread = _find_rows(present, pa.array(values, from_pandas=True))
    return Recognized(
        values=pd.Series(
            values
            if n_missing or len(unread) or np.any(values != np.floor(values))
            else values.astype(np.int64)
        ),
        kind="number",
        n_missing=n_missing,
        n_unreadable=len(unread),
        unreadable_rows=unread,
        example=str(present[int(unread[0])].as_py())[:200] if len(unread) else "",
        decisions=decisions,
    )


def _take_dates(dates: ParsedDates, present: pa.Array, asked: _Asked, n_missing: int) -> Recognized:
    told = tell_dates(dates, asked.name, asked.options)
    unread = np.flatnonzero(np.isnat(dates.values) & present.is_valid().to_numpy(zero_copy_only=False))
    return Recognized(
        values=pd.Series(told.values),
        kind="date",
        n_missing=n_missing,
        n_unreadable=len(unread),
        unreadable_rows=unread.astype(np.int64),
        example=str(present[int(unread[0])].as_py())[:200] if len(unread) else "",
        day_first=dates.day_first,
        is_ambiguous=dates.is_ambiguous,
        is_order_proven=dates.is_order_proven,
        offsets=told.offsets,
        period=dates.period,
        decisions=told.decisions,
    )


def _find_rows(present: pa.Array, read: pa.Array) -> Rows:
    """Rows with a nonempty cell that could not be read."""
    rows: Rows = (
        pc.indices_nonzero(pc.and_(pc.is_valid(present), pc.is_null(read))).to_numpy().astype(np.int64)
    )
    return rows


def _as_integers(numbers: pa.Array, present: pa.Array) -> pd.Series | None:
    """Whole numbers stay whole when the column has no gap and each fits 64 bits."""
    if numbers.null_count or not all(text.lstrip("+-").isdigit() for text in sample_texts(present, 20)):
        return None
    try:
        return _as_series(pc.cast(pc.replace_substring_regex(present, r"^\+", ""), pa.int64()))
    except pa.ArrowInvalid:
        return None


def _to_floats(numbers: pa.Array) -> Floats:
    values: Floats = numbers.to_numpy(zero_copy_only=False)
    # Arrow lends its memory read-only; a frame that refuses assignment would surprise its owner.
    return values if values.flags.writeable else values.copy()


def _as_series(values: pa.Array) -> pd.Series:
    return pd.Series(values.to_numpy(zero_copy_only=False).copy())


def _keep_type(values: pd.Series, name: str, options: ReadOptions) -> Recognized:
    """A column whose type the file itself declares."""
    values = values.reset_index(drop=True)
    n_missing = int(values.isna().sum())
    if n_missing == len(values):
        return Recognized(values=pd.Series(np.full(len(values), np.nan)), kind="empty", n_missing=n_missing)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
        return Recognized(values=values, kind="date", n_missing=n_missing)
    numbers = values.astype("int64" if not n_missing and values.dtype.kind in "iub" else "float64")
    floats: Floats = np.asarray(numbers, dtype=np.float64)
    found = _settle_numbers(floats, _Asked(name, ".", None, options), is_marked=False)
    if found.kind == "number" and not found.n_missing:
        found = replace(found, values=numbers)
    return replace(found, n_missing=n_missing + found.n_missing)
