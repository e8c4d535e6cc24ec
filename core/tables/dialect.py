"""Dialect sniffing of delimited text: comment lines, title lines, delimiter, header, from a bounded sample.

Delimiter: each candidate splits the sample; what counts is how many rows have the same number of cells and
how many cells then look like a number or a date. "1,5;2,5" is therefore two decimal commas, not three
columns. Ties go to tab, semicolon, bar, comma, space, in this order, because the earlier ones are rarer
inside values.

Header: the first row of the table is a header when its cells are words while the columns below hold numbers
or dates; when it is a row of rising years whose first cell is a word or empty; and when nothing in the table
is a number (then the first row still names the columns).
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from core import limits
from core.errors import InputError, plural
from core.tables.raw_table import ReadOptions

DELIMITER_NAMES = {
    "\t": "tab",
    ";": "semicolon",
    "|": "vertical bar",
    ",": "comma",
    " ": "space",
    "": "none (one column)",
}
_CANDIDATES = ("\t", ";", "|", ",", " ")
_SAMPLE_BYTES = 128 * 1024
_SAMPLE_LINES = 200
_FIRST_LINE_BYTES = 8 * limits.MEGABYTE
_MOST_CELLS = 60  # cells of a row that are looked at

_COMMENT = re.compile(r'^\s*("?#|%|//|!)')
_SEP_LINE = re.compile(r"^\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
_GROUP = "[., '\u00a0\u202f\u2009’]"
_NUMBER = re.compile(
    r"^\(?[+\-−–]?\s?(?:US\$|[$€£¥₹])?\s?[+\-]?"
    rf"(?:\d{{1,3}}(?:{_GROUP}\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+|inf|infinity|∞)"
    r"(?:e[+-]?\d+)?\s?(?:%|[$€£¥₹])?\)?$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^(?:\d{4}-?[QMW]\d|Q[1-4][- /]?\d{4}$|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ,].*)?$|\d{4}[-/]\d{1,2}$"
    r"|(?=.*\d)(?:.*[\d\s-])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.,/-]*\d|"
    r"\d{1,4}[\s./-]+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)",
    re.IGNORECASE,
)
_MISSING = frozenset(
    ["", "na", "n/a", "#n/a", "null", "none", "nan", "-", ".", "?", "..", "...", "missing", "true", "false"]
)
_YEAR = re.compile(r"^(1[5-9]|2[01])\d\d$")

Rows = list[list[str]]


@dataclass(kw_only=True)
class Layout:
    """Where the data lines begin and how they split."""

    delimiter: str
    names: list[str]  # as many as the table is wide
    has_header: bool
    body_start: int  # position in the bytes of the first data line
    guess: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def find_layout(body: bytes, options: ReadOptions) -> Layout:
    r"""Decide how a text is laid out.

    Parameters
    ----------
    body : bytes
        UTF-8 text with ``\n`` line ends.
    options : ReadOptions
        Delimiter and header are taken from here when they are set.

    Raises
    ------
    InputError
        When the first lines have too many columns or no end, or when there is nothing below a header.

    Examples
    --------
    >>> layout = find_layout(b"# by hand\nt;x\n1;2,5\n2;3,5\n", ReadOptions())
    >>> layout.delimiter, layout.names, layout.guess["preamble"]
    (';', ['t', 'x'], '1 comment line left out')
    """
    lines, is_whole = _sample_lines(body)
    n_skipped, comments, hint = _leading_comments(lines)
    rest = lines[n_skipped:]
    delimiter = hint if options.delimiter is None and hint else options.delimiter
    if delimiter is None:
        delimiter = guess_delimiter(rest)
    rows, ends = split_rows(rest, delimiter)
    if not rows:
        raise InputError(
            "This table has no rows. It needs a row for each moment, below a line with the names."
        )
    start, width = _find_start(rows)
    layout = Layout(delimiter=delimiter, names=[], has_header=False, body_start=0)
    header, n_header_rows = _find_header(rows[start:], comments, delimiter, options.header)
    _check_width(max(width, len(header)))
    layout.has_header = bool(header)
    layout.names = _name_columns(header, width, rows[start + n_header_rows :], layout)
    first_data = start + n_header_rows
    n_lines = n_skipped + (ends[first_data - 1] if first_data else 0)
    layout.body_start = _offset_of_line(body, n_lines)
    if is_whole and not any(any(cell.strip() for cell in row) for row in rows[first_data:]):
        raise InputError(
            "This table has a header but no rows below it. It needs a row for each moment with the values to hear."
        )
    _describe(layout, comments, n_title_lines=start, header_from_comment=bool(header) and not n_header_rows)
    return layout


def guess_delimiter(lines: list[str]) -> str:
    """The delimiter that splits the lines most evenly into numbers and dates; ``""`` for a single column."""
    lines = [line for line in lines if line.strip()][:_SAMPLE_LINES]
    best, best_score, best_quality = "", 0.0, 0.0
    for candidate in _CANDIDATES:
        rows, _ = split_rows(lines, candidate)
        width = _usual_width(rows)
        if width < 2:
            continue
        start = next(i for i, row in enumerate(rows) if len(row) == width)
        n_even = sum(len(row) == width for row in rows)
        # Lines above the table may be titles, so they count for half.
        evenness = n_even * (0.5 / len(rows[start:]) + 0.5 / len(rows))
        quality = _quality(rows[start + 1 :] or rows[start:])
        if candidate == " " and quality < 0.6:
            continue  # words in a sentence are no columns
        score = evenness * (0.3 + quality)
        if score > best_score * 1.02:
            best, best_score, best_quality = candidate, score, quality
    return "" if best and _is_single_column(lines, best, best_quality) else best


def split_rows(lines: list[str], delimiter: str) -> tuple[Rows, list[int]]:
    """Lines split into rows of cells, blank ones left out, and the number of lines up to each row's end."""
    if delimiter == "":
        found = [
            ([line.strip().strip('"')], number) for number, line in enumerate(lines, start=1) if line.strip()
        ]
        return [row for row, _ in found], [number for _, number in found]
    if delimiter == " ":
        lines = [" ".join(line.split()) for line in lines]
    rows: Rows = []
    ends: list[int] = []
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                ends.append(reader.line_num)
    except csv.Error:
        pass  # a quoted cell longer than csv's limit: the rows before it are sample enough
    return rows, ends


def looks_like_value(cell: str) -> bool:
    """Whether a cell reads as a number or a date in any of the usual ways."""
    text = cell.strip()[:60]
    return bool(_NUMBER.match(text) or _DATE.match(text))


def is_missing(cell: str) -> bool:
    """Whether a cell says neither that its column holds values nor that it holds words."""
    return cell.strip()[:12].lower() in _MISSING


def decide_header(rows: Rows) -> bool:
    """Whether the first row names the columns; the rules stand at the top of this module."""
    first, below = rows[0], rows[1:40]
    if not below:
        return not any(looks_like_value(cell) for cell in first)
    votes_for = votes_against = n_numeric_columns = 0
    for position, cell in enumerate(first[:_MOST_CELLS]):
        column = [row[position] for row in below if position < len(row) and not is_missing(row[position])]
        is_value_column = bool(column) and sum(map(looks_like_value, column)) >= 0.6 * len(column)
        n_numeric_columns += is_value_column
        if is_value_column and not is_missing(cell):
            votes_for += not looks_like_value(cell)
            votes_against += looks_like_value(cell)
    if votes_against:
        return votes_for > votes_against or _is_row_of_years(first, below)
    if n_numeric_columns == 0:
        return not any(looks_like_value(cell) for cell in first)
    return votes_for > 0


def _is_row_of_years(first: list[str], below: Rows) -> bool:
    """Words (or an empty corner) and then rising years, above values that are not years themselves."""
    n_words = next((i for i, cell in enumerate(first) if looks_like_value(cell)), len(first))
    years = [cell.strip() for cell in first[n_words:] if cell.strip()]
    if not n_words or len(years) < 2 or not all(map(_YEAR.match, years)):
        return False
    rising = all(int(a) < int(b) for a, b in itertools.pairwise(years))
    values = [cell for row in below for cell in row[n_words:] if not is_missing(cell)]
    return rising and not all(_YEAR.match(cell.strip()) for cell in values)


def _quality(rows: Rows) -> float:
    """The share of cells that are numbers or dates, of those that say anything."""
    step = max(1, len(rows) // 30)
    cells = [cell for row in rows[::step] for cell in row[:_MOST_CELLS] if not is_missing(cell)]
    return sum(map(looks_like_value, cells)) / len(cells) if cells else 0.0


def _is_single_column(lines: list[str], delimiter: str, quality: float) -> bool:
    """A column of decimal commas ("value", "12,5") or of times ("1958-03 12:00") only seems to have two."""
    whole = _quality([[line] for line in lines[1:]])
    header_cells, _ = split_rows(lines[:1], delimiter)
    rows, _ = split_rows(lines[1:], delimiter)
    header_is_single = bool(header_cells) and len(header_cells[0]) == 1 and not looks_like_value(lines[0])
    # The same sign under a heading without it is part of the numbers: "12,5" or "12 345".
    in_numbers = header_is_single and delimiter in (",", " ") and all(len(row) >= 2 for row in rows)
    return bool(rows) and whole >= 0.9 and (in_numbers or whole > quality + 0.2)


def _usual_width(rows: Rows) -> int:
    """The most frequent number of cells, judged by the later rows: titles stand at the top."""
    later = rows[len(rows) // 4 :]
    counts = Counter(map(len, later))
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _find_start(rows: Rows) -> tuple[int, int]:
    """The row where the table begins (its header, if it has one), and the usual width of the rows."""
    width = _usual_width(rows)
    if width == 1:
        return _start_of_single_column(rows), 1
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    if first == 0 or _is_words(rows[first]) or _is_row_of_years(rows[first], rows[first + 1 :]):
        return first, width
    before = rows[first - 1]
    if len(before) > 1 and _is_words(before):
        return first - 1, width
    return first, width


def _start_of_single_column(rows: Rows) -> int:
    """Title lines above one column: all but the last of the lines of words that come before the numbers."""
    first = next((i for i, row in enumerate(rows) if looks_like_value(row[0])), 0)
    words = [i for i, row in enumerate(rows[:first]) if not is_missing(row[0])]
    return words[-1] if len(words) > 1 and _quality(rows[first:]) >= 0.8 else 0


def _is_words(row: list[str]) -> bool:
    said = [cell for cell in row if not is_missing(cell)]
    return bool(said) and not any(map(looks_like_value, said))


def _find_header(
    rows: Rows, comments: list[str], delimiter: str, wanted: bool | None
) -> tuple[list[str], int]:
    """The header's cells, and how many rows it takes (0 when it is the last comment line, or there is none)."""
    if wanted is False:
        return [], 0
    if comments and not _is_words(rows[0]):
        named, _ = split_rows([comments[-1]], delimiter)
        if named and len(named[0]) == len(rows[0]) > 1 and _is_words(named[0]):
            return named[0], 0
    if wanted or decide_header(rows):
        return rows[0], 1
    return [], 0


def _name_columns(header: list[str], width: int, below: Rows, layout: Layout) -> list[str]:
    """Names for the whole width of the table; headers that are too short are filled up."""
    if not header:
        return [""] * width if width > 1 else ["Value"]
    n_short = width - len(header)
    if n_short == 1 and _are_row_names(below, width):
        return ["", *header]
    if n_short > 0:
        filled = all(len(row) < width or is_missing(row[-1]) for row in below)
        if not filled:
            layout.warnings.append(
                f"The rows have {width} cells but the header names {len(header)}; the others are called by their place."
            )
        return header + [""] * n_short
    return header


def _are_row_names(below: Rows, width: int) -> bool:
    """R writes row names without a heading: words, or 1, 2, 3."""
    column = [row[0].strip() for row in below[:40] if len(row) == width]
    if not column or all(is_missing(row[-1]) for row in below[:40] if len(row) == width):
        return False
    if column == [str(i) for i in range(1, len(column) + 1)] and len(column) > 2:
        return True
    return not any(map(looks_like_value, column))


def _sample_lines(body: bytes) -> tuple[list[str], bool]:
    """The first lines, and whether they are all there are."""
    end = len(body) if len(body) <= _SAMPLE_BYTES else body.rfind(b"\n", 0, _SAMPLE_BYTES)
    if end <= 0:
        end = body.find(b"\n", 0, _FIRST_LINE_BYTES)
        end = end if end > 0 else min(len(body), _FIRST_LINE_BYTES)
        most = max(body.count(sign, 0, end) for sign in (b",", b";", b"\t", b"|"))
        _check_width(most + 1)
        if end >= _FIRST_LINE_BYTES:
            raise InputError("The first line of this file has no end. A table has a line for each row.")
    lines = body[:end].decode("utf-8", errors="replace").split("\n")
    return lines[:_SAMPLE_LINES], end >= len(body) and len(lines) <= _SAMPLE_LINES


def _check_width(width: int) -> None:
    if width > limits.MAX_TABLE_COLUMNS:
        raise InputError(
            f"This table has {width:,} columns; up to {limits.MAX_TABLE_COLUMNS:,} are read. "
            "Keep the ones that should sound, or turn the table so that time runs down the rows."
        )


def _leading_comments(lines: list[str]) -> tuple[int, list[str], str]:
    """Comment lines at the top: how many lines to skip, their texts, and Excel's ``sep=;`` if it is there."""
    n_skipped, comments, hint = 0, [], ""
    for number, line in enumerate(lines):
        sep = _SEP_LINE.match(line)
        if sep and number == 0 and sep.group(1) in _CANDIDATES:
            hint = sep.group(1)
        elif _COMMENT.match(line):
            comments.append(line.strip().strip('"').lstrip("#%/! \t"))
        elif line.strip():
            break
        n_skipped = number + 1
    return n_skipped, comments, hint


def _offset_of_line(body: bytes, n_lines: int) -> int:
    position = 0
    for _ in range(n_lines):
        found = body.find(b"\n", position)
        if found < 0:
            return len(body)
        position = found + 1
    return position


def _describe(layout: Layout, comments: list[str], *, n_title_lines: int, header_from_comment: bool) -> None:
    guess = {"format": "TSV" if layout.delimiter == "\t" else "CSV"}
    if layout.delimiter in ("", " "):
        guess["format"] = "plain text"
    guess["delimiter"] = DELIMITER_NAMES[layout.delimiter]
    guess["header"] = "first row" if layout.has_header else "none"
    if header_from_comment:
        guess["header"] = "last comment line"
    above = [plural(len(comments), "comment line")] if comments else []
    above += [plural(n_title_lines, "title line")] if n_title_lines else []
    if above:
        guess["preamble"] = " and ".join(above) + " left out"
    layout.guess = guess
