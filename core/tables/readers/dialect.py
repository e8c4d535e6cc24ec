"""Dialect sniffing of delimited text: comment lines, title lines, delimiter, header, from a bounded sample.

Delimiter: each candidate splits the sample; what counts is how many rows have the same number of cells and
how many cells then look like a number or a date. "1,5;2,5" is therefore two decimal commas, not three
columns. Ties go to tab, semicolon, bar, comma, space, in this order, because the earlier ones are rarer
inside values.

What stands above the data and how the columns are named is told by :mod:`core.tables.readers.grid`.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field, replace

from core import limits
from core.errors import InputError, plural
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions
from core.tables.readers.cell_kinds import bare_unit, is_missing, looks_like_unit, looks_like_value
from core.tables.readers.ecsv import EcsvHeader, parse_ecsv_header
from core.tables.readers.grid import Grid, find_grid, usual_width
from core.tables.readers.table_blocks import find_block

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
_WIDE_GAP = re.compile(r" {2,}")
_QUOTED_SINGLY = re.compile(r"(?:^|[,;\t|])\s?'[^'\n]*'\s?(?=[,;\t|]|$)")

Rows = list[list[str]]


@dataclass(kw_only=True)
class Layout:
    """Where the data lines begin and how they split."""

    delimiter: str
    names: list[str]  # as many as the table is wide
    has_header: bool
    body_start: int  # position in the bytes of the first data line
    body_end: int | None = None  # where another table follows
    columns: tuple[int, int] | None = None  # where others stand beside it
    n_cells: int = 0  # of a whole line
    quote: str = '"'
    has_spaced_quotes: bool = False  # a space stands between a delimiter and a quotation mark
    units: list[str] = field(default_factory=list)
    values: frozenset[int] = frozenset()  # columns of numbers and moments
    guess: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def find_layout(body: bytes, options: ReadOptions) -> Layout:
    r"""Detect the layout of a text.

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
    lines, is_whole = sample_lines(body)
    n_skipped, comments, hint = _leading_comments(lines)
    rest = ["" if comments and line.lstrip().startswith("#") else line for line in lines[n_skipped:]]
    quote = _guess_quote(rest)
    ecsv = parse_ecsv_header(comments)
    hint = hint or (ecsv.delimiter if ecsv else "")
    delimiter = hint if options.delimiter is None and hint else options.delimiter
    if delimiter is None:
        delimiter = guess_delimiter(rest, quote)
    rows, ends = split_rows(rest, delimiter, quote, keep_blank=True)
    if not any(rows):
        raise InputError("This table has no rows. It needs one row per time step, below a header line.")
    block, told = find_block(rows, options) if is_whole else (None, [])
    n_cells = 0
    if block is not None and told:
        n_cells = max(map(len, rows[block.top : block.bottom]))
        rows, ends = block.cut(rows), ends[block.top : block.bottom]
    width = usual_width(rows)
    grid = _find_grid(rows, comments, delimiter, width, options)
    _check_width(max(width, len(grid.names)))
    layout = Layout(delimiter=delimiter, names=[], has_header=bool(grid.names), body_start=0, quote=quote)
    layout.has_spaced_quotes = delimiter not in ("", " ") and any(
        f"{delimiter} {quote}" in line for line in rest
    )
    below = [row for row in rows[grid.first_data :] if row]
    layout.names = _name_columns(grid.names, width, below, layout)
    layout.units = _place_units(layout.names, grid, ecsv)
    layout.values, layout.decisions = grid.values, [*told, *grid.decisions]
    ends = [n_skipped + end for end in ends]
    # A block's first row may hold data and stand below another table.
    before = ends[grid.first_data - 1] if grid.first_data else (ends[0] - 1 if told else n_skipped)
    layout.body_start = _offset_of_line(body, before)
    if block is not None and told:
        layout.body_end, layout.n_cells = _offset_of_line(body, ends[-1]), n_cells
        layout.columns = (block.left, block.right)
    if is_whole and not any(any(cell.strip() for cell in row) for row in below):
        raise InputError(
            "This table has a header but no rows below it. It needs one row per time step with the values to play."
        )
    _describe(layout, comments, grid)
    if ecsv:
        layout.guess["format"] = "ECSV"
    return layout


def _place_units(names: list[str], grid: Grid, ecsv: EcsvHeader | None) -> list[str]:
    """Match the units to the names, or return none; the names may have gained one in front."""
    if ecsv and ecsv.units:
        return [ecsv.units.get(name, "") for name in names]
    if not grid.units:
        return []
    is_shifted = len(names) == len(grid.names) + 1 and names[1:] == grid.names
    units = [*([""] * is_shifted), *grid.units]
    return units + [""] * (len(names) - len(units))


def _find_grid(rows: Rows, comments: list[str], delimiter: str, width: int, options: ReadOptions) -> Grid:
    """Find the table structure; the last comment line may name the columns where no row does."""
    named: Rows = []
    units: list[str] = []
    if comments and options.header is not False:
        named, _ = split_rows(comments[-1:], delimiter)
        above, _ = split_rows(comments[-2:-1], delimiter)
        if named and above and len(named[0]) == len(above[0]) and _are_units(named[0], above[0]):
            named, units = above, [bare_unit(cell) for cell in named[0]]
    if not named or len(named[0]) != width or width < 2 or any(map(looks_like_value, named[0])):
        return find_grid(rows, options, width=width)
    grid = find_grid(rows, replace(options, header=None), width=width)
    if not grid.names:
        grid.names, grid.units = named[0], units
        grid.decisions = [_name_by_comment(d) if d.key == "header" else d for d in grid.decisions]
    return grid


def _are_units(row: list[str], names: list[str]) -> bool:
    """Whether the lower of two comment lines holds the units of what the upper one names."""
    n_units = sum(map(looks_like_unit, row))
    return 2 * n_units >= len(row) and n_units > sum(map(looks_like_unit, names))


def _name_by_comment(decision: Decision) -> Decision:
    return replace(decision, sentence="The last comment line names the columns.", chosen="names")


def guess_delimiter(lines: list[str], quote: str = '"') -> str:
    """The delimiter that splits the lines most evenly into numbers and dates; ``""`` for a single column."""
    lines = [line for line in lines if line.strip()][:_SAMPLE_LINES]
    best, best_score, best_quality, best_fits = "", 0.0, 0.0, True
    for candidate in _CANDIDATES:
        rows, _ = split_rows(lines, candidate, quote)
        width = usual_width(rows)
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
        # A tab is a space as well, and so is what groups thousands: where another sign fits, it is that one.
        margin = 1.15 if candidate == " " else 1.02
        fits = len(rows[0]) == width
        if fits and not best_fits:
            margin = 0.98  # names the columns as well: "Date Temp" above "2022-07-17 88,7"
        if score > best_score * margin:
            best, best_score, best_quality, best_fits = candidate, score, quality, fits
    return "" if best and _is_single_column(lines, best, best_quality) else best


def split_rows(
    lines: list[str], delimiter: str, quote: str = '"', *, keep_blank: bool = False
) -> tuple[Rows, list[int]]:
    """Lines split into rows of cells, blank ones left out or empty, and the number of lines up to each row's end."""
    if delimiter == "":
        cells = [line.strip().strip(quote) for line in lines]
        found = [([cell] if cell else [], n) for n, cell in enumerate(cells, start=1) if cell or keep_blank]
        return [row for row, _ in found], [number for _, number in found]
    if delimiter == " ":
        lines = [" ".join(line.split()) for line in lines]
    rows: Rows = []
    ends: list[int] = []
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=delimiter not in " \t")
    try:
        for row in reader:
            is_blank = not any(cell.strip() for cell in row)
            if not is_blank or keep_blank:
                rows.append([] if is_blank else row)
                ends.append(reader.line_num)
    except csv.Error:
        pass  # a quoted cell longer than csv's limit: the rows before it are sample enough
    return rows, ends


def has_wide_gaps(lines: list[str]) -> bool:
    """Whether columns are separated by two or more spaces, as in "New York  12  3".

    Examples
    --------
    >>> has_wide_gaps(["City         Value", "New York     12", "Rio          13", "Los Angeles  14"])
    True
    """
    filled = [line.strip() for line in lines if line.strip()][:_SAMPLE_LINES]
    if len(filled) < 3 or any("\t" in line for line in filled):
        return False
    wide = [_WIDE_GAP.split(line) for line in filled]
    width = usual_width(wide)
    n_wide = sum(len(row) == width for row in wide)
    single = Counter(len(line.split()) for line in filled)
    if width < 2 or n_wide < 0.9 * len(filled) or max(single.values()) >= n_wide:
        return False
    return _quality([row for row in wide[1:] if len(row) == width]) > 0.3 and guess_delimiter(lines) in (
        "",
        " ",
    )


def _guess_quote(lines: list[str]) -> str:
    """The quotation mark: an apostrophe where no line has the usual one and most have cells between apostrophes."""
    if any('"' in line for line in lines):
        return '"'
    filled = [line[:2000] for line in lines if line.strip()]
    n_singly = sum(bool(_QUOTED_SINGLY.search(line)) for line in filled)
    return "'" if n_singly > 0.6 * len(filled) else '"'


def _quality(rows: Rows) -> float:
    """The share of cells that are numbers or dates, of those that say anything."""
    step = max(1, len(rows) // 30)
    cells = [cell for row in rows[::step] for cell in row[:_MOST_CELLS] if not is_missing(cell)]
    return sum(map(looks_like_value, cells)) / len(cells) if cells else 0.0


def _is_single_column(lines: list[str], delimiter: str, quality: float) -> bool:
    """Whether a text that seems to have two columns is one of decimal commas or of times."""
    whole = _quality([[line] for line in lines[1:]])
    header_cells, _ = split_rows(lines[:1], delimiter)
    rows, _ = split_rows(lines[1:], delimiter)
    header_is_single = bool(header_cells) and len(header_cells[0]) == 1 and not looks_like_value(lines[0])
    # The same sign under a heading without it is part of the numbers: "12,5" or "12 345".
    in_numbers = header_is_single and delimiter in (",", " ") and all(len(row) >= 2 for row in rows)
    return bool(rows) and whole >= 0.9 and (in_numbers or whole > quality + 0.2)


def _name_columns(header: list[str], width: int, below: Rows, layout: Layout) -> list[str]:
    """Column names for the full width; short headers are padded."""
    if not header:
        return [""] * width if width > 1 else ["Value"]
    n_short = width - len(header)
    if n_short == 1 and _are_row_names(below, width):
        return ["", *header]
    if n_short > 0:
        filled = all(len(row) < width or is_missing(row[-1]) for row in below)
        if not filled:
            layout.warnings.append(
                f"The rows have {width} cells but the header has {len(header)}; the other columns are numbered."
            )
        return header + [""] * n_short
    return header


def _are_row_names(below: Rows, width: int) -> bool:
    """Whether a column without a heading holds row names as R writes them: words, or 1, 2, 3."""
    column = [row[0].strip() for row in below[:40] if len(row) == width]
    if not column or all(is_missing(row[-1]) for row in below[:40] if len(row) == width):
        return False
    if column == [str(i) for i in range(1, len(column) + 1)] and len(column) > 2:
        return True
    return not any(map(looks_like_value, column))


def sample_lines(body: bytes) -> tuple[list[str], bool]:
    """The first lines, and whether they are the whole text."""
    end = len(body) if len(body) <= _SAMPLE_BYTES else body.rfind(b"\n", 0, _SAMPLE_BYTES)
    if end <= 0:
        end = body.find(b"\n", 0, _FIRST_LINE_BYTES)
        end = end if end > 0 else min(len(body), _FIRST_LINE_BYTES)
        most = max(body.count(sign, 0, end) for sign in (b",", b";", b"\t", b"|"))
        _check_width(most + 1)
        if end >= _FIRST_LINE_BYTES:
            raise InputError("The first line of this file never ends. A table has one line per row.")
    lines = body[:end].decode("utf-8", errors="replace").split("\n")
    return lines[:_SAMPLE_LINES], end >= len(body) and len(lines) <= _SAMPLE_LINES


def _check_width(width: int) -> None:
    if width > limits.MAX_TABLE_COLUMNS:
        raise InputError(
            f"This table has {width:,} columns; the limit is {limits.MAX_TABLE_COLUMNS:,}. "
            "Keep only the columns to be played, or transpose the table so that each row is a time step."
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


def _describe(layout: Layout, comments: list[str], grid: Grid) -> None:
    guess = {"format": "TSV" if layout.delimiter == "\t" else "CSV"}
    if layout.delimiter in ("", " "):
        guess["format"] = "plain text"
    guess["delimiter"] = DELIMITER_NAMES[layout.delimiter]
    n_rows = len(grid.header_rows)
    guess["header"] = "first row" if n_rows == 1 else f"first {n_rows} rows"
    if not n_rows:
        guess["header"] = "last comment line" if grid.names else "none"
    above = [plural(len(comments), "comment line")] if comments else []
    above += [plural(len(grid.titles), "title line")] if grid.titles else []
    if above:
        guess["preamble"] = " and ".join(above) + " left out"
    layout.guess = guess
