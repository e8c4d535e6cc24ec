"""Table structure recognition: title lines, header rows, a row of units, where data begin, totals and notes at the end.

One code for delimited text, workbooks, HTML, Markdown and JSON rows: each hands over its first and last rows as texts.

Columns of values are found first, in the lower rows. Data begin at the first row that fits them. What stands directly above
and names them is the header: words, or moments in rising order ("1960", "1961", ...). A row of units may stand between
the two; rows of words above the header whose cells span several columns are part of it ("Sales" over "North" and
"South"); everything else above is a title.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import plural
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions
from core.tables.readers.cell_kinds import (
    bare_unit,
    is_missing,
    is_year,
    looks_like_moment,
    looks_like_unit,
    looks_like_value,
    says_no_unit,
    tells_storage,
)
from core.tables.readers.table_end import decide_left_out, show_cell

Rows = Sequence[Sequence[str]]

_MOST_CELLS = 60  # cells of a row that are looked at
_SAMPLE = 60  # rows that are looked at to tell what a column holds
_HEADER_ROWS = 3
_WIDE = 9  # columns from which on a row of a cell or two is no row of data


@dataclass(kw_only=True)
class Grid:
    """Row positions of the parts of a table: titles, header, units, data, end.

    Attributes
    ----------
    names : list of str
        Of each column; empty where there is no header, "" where it names nothing.
    units : list of str
        As many as names, or empty.
    first_data : int
        Place among the rows of the first one with data.
    header_rows : tuple of int
        Places of the rows that name the columns.
    titles : list of str
        What the rows above the header say.
    values : frozenset of int
        Columns that hold numbers or moments.
    """

    names: list[str]
    units: list[str]
    first_data: int
    header_rows: tuple[int, ...]
    titles: list[str]
    values: frozenset[int]
    decisions: list[Decision] = field(default_factory=list)

    def describe(self, noun: str) -> dict[str, str]:
        """Describe the structure for a table's decisions."""
        n = len(self.header_rows)
        told = {"header": ("first row" if n == 1 else f"first {n} rows") if n else "none"}
        if self.titles:
            told["preamble"] = f"{plural(len(self.titles), f'title {noun}')} left out"
        return told


def find_grid(rows: Rows, options: ReadOptions, *, width: int | None = None) -> Grid:
    """Locate titles, header rows, the row of units and the data.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first rows, blank ones as empty sequences; cells may be missing at their ends.
    options : ReadOptions
        ``header`` and the choices for "titles", "header rows" and "units" overrule what would be guessed.
    width : int, optional
        How many columns there are; by default as many as most of the rows have cells.

    Examples
    --------
    >>> rows = [["Sales report"], [], ["", "Sales", "", "Costs"], ["Month", "North", "South", "North"]]
    >>> rows += [["", "[EUR]", "[EUR]", "[EUR]"], ["2020-01", "1", "2", "3"], ["2020-02", "2", "3", "4"]]
    >>> grid = find_grid(rows, ReadOptions())
    >>> grid.names, grid.units, grid.first_data, grid.titles
    (['Month', 'Sales North', 'Sales South', 'Costs North'], ['', 'EUR', 'EUR', 'EUR'], 5, ['Sales report'])
    """
    width = usual_width(rows) if width is None else width
    filled = [i for i, row in enumerate(rows) if any(cell.strip() for cell in row) and not _is_ruled(row)]
    if rows[filled[0]][0] == "TOA5" and len(filled) > 4:
        return _describe_logger(rows, options, filled)
    values = _find_value_columns([rows[i] for i in filled])
    if options.choice("titles") == "kept":
        return _describe(rows, options, [], [filled[0]] if options.header is not False else [], None, values)
    data = _find_first_data(rows, filled, values, width)
    above = [i for i in filled if i < data]
    while above and values and all(map(is_missing, rows[above[-1]])):
        data = above.pop()  # a row of gaps
    index_row = above.pop() if _names_index_only(rows, above, values) else None
    units = _find_units_row(rows, above, data)
    if units is not None:
        above = above[:-1]
        if options.choice("units") == "data":
            data, units = units, None
    header = _find_header_rows(rows, above, data, values, width, options)
    if not header:
        units = None
        header, data = _go_without_header(rows, filled, data, values, width, options)
    titles = [i for i in filled if i < data and i not in header and i not in (units, index_row)]
    if options.header is False and header:
        titles = [i for i in titles if i < header[0]]
        return _describe(rows, options, titles, [], None, values, first_data=header[0])
    grid = _describe(rows, options, titles, header, units, values, first_data=data)
    if index_row is not None and grid.names:
        grid.names[0] = rows[index_row][0].strip()
    return grid


def _describe_logger(rows: Rows, options: ReadOptions, filled: list[int]) -> Grid:
    """The four lines of Campbell's data loggers: about the file, names, units, how they were computed."""
    about, names, units, _, data = filled[:5]
    values = _find_value_columns(rows[data:])
    if options.header is False:
        return _describe(rows, options, [about], [], None, values, first_data=names)
    if options.choice("units") == "data":
        return _describe(rows, options, [about], [names], None, values, first_data=units)
    return _describe(rows, options, [about], [names], units, values, first_data=data)


def _names_index_only(rows: Rows, above: list[int], values: frozenset[int]) -> bool:
    """Whether the lowest row of several names its first column and nothing else, as pandas writes names of columns in levels."""
    if len(above) < 2 or len(rows[above[-1]]) != len(rows[above[-2]]):
        return False
    named, *rest = (cell.strip() for cell in rows[above[-1]])
    spanned = [cell for place, cell in enumerate(rows[above[-2]]) if place in values and place]
    is_named = bool(named) and not looks_like_value(named) and not any(rest)
    return is_named and len(spanned) > 1 and all(cell.strip() for cell in spanned)


def _go_without_header(
    rows: Rows, filled: list[int], data: int, values: frozenset[int], width: int, options: ReadOptions
) -> tuple[list[int], int]:
    """Where data begin when no row names the columns; the visitor may say that their first row does."""
    fitting = [i for i in filled if _is_data(rows[i], values, width)]
    if values and fitting:
        data = min(data, _skip_facts(rows, filled, fitting[0], values, width))
    facts = [i for i in filled if i < data]
    has_facts = len(facts) > 2 and width == len(rows[facts[0]]) > 1 and _is_words(rows[facts[0]])
    has_facts = has_facts and all(rows[facts[0]][1:]) and all(sum(map(bool, rows[i])) < 3 for i in facts[1:])
    if has_facts and options.header is not False:
        return facts[:1], data  # the first of several facts about a column is its title
    is_named = options.header or (not values and options.header is None and _is_words(rows[data]))
    return [data] if is_named else [], data


def usual_width(rows: Rows) -> int:
    """The most frequent number of cells per row, counted in the later rows."""
    filled = [row for row in rows if row]
    later = filled[len(filled) // 4 :]
    counts = Counter(map(len, later))
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _find_value_columns(rows: Rows) -> frozenset[int]:
    """Columns with mostly numbers or dates in the lower rows."""
    n = len(rows)
    lower = rows[n // 4 if n >= 12 else n // 2 :]
    lower = lower[:: max(1, len(lower) // _SAMPLE)]
    found = []
    for place in range(min(_MOST_CELLS, max(map(len, lower), default=0))):
        said = [row[place] for row in lower if place < len(row) and not is_missing(row[place])]
        if said and sum(map(looks_like_value, said)) >= 0.5 * len(said):
            found.append(place)
    return frozenset(found)


def _is_data(row: Sequence[str], values: frozenset[int], width: int) -> bool:
    """Whether a row fits the columns of values: at least half of what it says there is a value."""
    said = [row[place] for place in values if place < len(row) and not is_missing(row[place])]
    n_values = sum(map(looks_like_value, said))
    is_fragment = width >= _WIDE and len(row) < 3  # "1950 2023" above years of twelve months
    if is_fragment or not n_values or 2 * n_values < len(said):
        return False
    return width < 2 or len(row) >= min(width, 3) or len([cell for cell in row if cell.strip()]) > 1


def _find_first_data(rows: Rows, filled: list[int], values: frozenset[int], width: int) -> int:
    """The first row that fits the columns of values, unless names follow it ("2019" over "Q1" and "Q2")."""
    if not values:
        full = [
            i for i in filled if len(rows[i]) == width and sum(bool(c.strip()) for c in rows[i]) * 2 > width
        ]
        return full[0] if full else filled[0]
    fitting = []
    for i, follower in itertools.zip_longest(filled, filled[1:]):
        is_storage = i > filled[0] and all(says_no_unit(c) or tells_storage(c) for c in rows[i])
        if is_storage or not _is_data(rows[i], values, width) or _is_row_of_moments(rows, i, filled):
            continue
        fitting.append(i)
        if width < 2 or follower is None or not _names_values(rows[follower], values):
            return _skip_facts(rows, filled, i, values, width)
    return fitting[0] if fitting else filled[0]


def _skip_facts(rows: Rows, filled: list[int], first: int, values: frozenset[int], width: int) -> int:
    """Skip metadata above the rows, one name and value per line ("Release date", "19-06-2024")."""
    left = min(values)
    facts = list(
        itertools.takewhile(
            lambda i: (
                len(rows[i]) > left and not is_missing(rows[i][left]) and not looks_like_value(rows[i][left])
            ),
            (i for i in filled if i >= first),
        )
    )
    below = [i for i in filled if facts and i > facts[-1]]
    if len(below) < 3 or not _is_data(rows[below[0]], values, width):
        return first
    # A lone fact is one when it is a moment ("As of", "28.03.2024 15:12") among numbers.
    said = [
        rows[i][place] for i in [facts[0], *below[:3]] for place in values - {left} if place < len(rows[i])
    ]
    is_moment = len(said) > 3 and looks_like_moment(said[0]) and not any(map(looks_like_moment, said[1:]))
    return below[0] if len(facts) > 1 or is_moment else first


def _is_ruled(row: Sequence[str]) -> bool:
    """Whether a row is a line of dashes, as drawn under names."""
    said = [cell.strip() for cell in row if cell.strip()]
    return all(len(cell) > 2 and not cell.strip("-=_") for cell in said)


def _names_values(row: Sequence[str], values: frozenset[int]) -> bool:
    """Whether a row has words, and only words, where the others have values."""
    said = [row[place] for place in values if place < len(row) and not is_missing(row[place])]
    return (
        len([cell for cell in row if cell.strip()]) > 1
        and bool(said)
        and not any(map(looks_like_value, said))
    )


def _is_row_of_moments(rows: Rows, place: int, filled: list[int]) -> bool:
    """Whether a row holds rising years, quarters or months above values that are not dates."""
    row = [cell.strip() for cell in rows[place]]
    if _is_scale(rows, place, filled):
        return True
    n_words = next((i for i, cell in enumerate(row) if looks_like_moment(cell)), len(row))
    moments = [cell for cell in row[n_words:_MOST_CELLS] if cell]
    if any(looks_like_value(cell) for cell in row[:n_words]):
        return False
    n_moments = sum(map(looks_like_moment, moments))
    if n_moments < (2 if n_words else 3) or n_moments < 0.75 * len(moments):
        return False
    below = [rows[i][n_words:_MOST_CELLS] for i in filled if i > place][:40]
    values = [cell for cells in below for cell in cells if not is_missing(cell)]
    if not values or sum(map(looks_like_moment, values)) > 0.5 * len(values):
        return False
    years = [int(cell[:4]) for cell in moments if is_year(cell)]
    if len(years) < n_moments:
        return bool(n_words)  # dates and months, in any order
    steps = {b - a for a, b in itertools.pairwise(years)}
    rising = (
        all(step > 0 for step in steps)
        or all(step < 0 for step in steps)
        or (n_words and 0 in steps and min(steps) >= 0)
    )
    return bool(rising) and (bool(n_words) or steps in ({1}, {-1}, {5}, {10}))


def _is_scale(rows: Rows, place: int, filled: list[int]) -> bool:
    """Whether a row holds whole numbers in even steps, such as wavelengths, above labels and values of another size."""
    n_words = next((i for i, cell in enumerate(rows[place]) if looks_like_value(cell)), 0)
    marks = [cell.strip() for cell in rows[place][n_words:_MOST_CELLS] if cell.strip()]
    if not n_words or len(marks) < 4 or not all(cell.isdecimal() and len(cell) < 10 for cell in marks):
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(marks)}
    below = [rows[i] for i in filled if i > place][:40]
    labels = [cell for row in below for cell in row[:n_words] if cell.strip()]
    values = [cell for row in below for cell in row[n_words:_MOST_CELLS] if not is_missing(cell)]
    n_decimals = sum(not cell.strip().isdecimal() for cell in values)
    return (
        len(steps) == 1
        and steps != {0}
        and bool(labels)
        and not any(map(looks_like_value, labels))
        and n_decimals > 0.5 * len(values)
    )


def _is_words(row: Sequence[str]) -> bool:
    said = [cell for cell in row if not is_missing(cell)]
    return bool(said) and not any(map(looks_like_value, said))


def _find_units_row(rows: Rows, above: list[int], data: int) -> int | None:
    """The row directly above the data, if it holds units below a row of names."""
    if len(above) < 2:
        return None
    row, names = rows[above[-1]], [cell for cell in rows[above[-2]] if cell.strip()]
    said = [
        cell.strip() for cell in row if not says_no_unit(cell) and cell.strip() != "1"
    ]  # a pure number's unit
    if not said or not all(map(looks_like_unit, said)) or len(names) < len(said):
        return None
    if all(looks_like_unit(cell) or says_no_unit(cell) for cell in names):
        return None  # both rows could be either
    is_bracketed = all(cell[0] in "([{" for cell in said)
    # "m" and "s" are as often names of columns, unless every column has a name above.
    tells = (
        is_bracketed
        or any(len(cell) > 1 or not cell.isalnum() for cell in said)
        or len(names) == len(rows[data])
    )
    return above[-1] if tells else None


def _find_header_rows(
    rows: Rows, above: list[int], data: int, values: frozenset[int], width: int, options: ReadOptions
) -> list[int]:
    """The rows that name the columns, from top to bottom."""
    if not above:
        return []
    lowest = above[-1]
    filled = [*above, data, *range(data + 1, len(rows))]
    if not _names_columns(rows, lowest, [i for i in filled if rows[i]], values, width):
        return []
    wanted = options.choice("header rows")
    if wanted in ("1", "2", "3"):
        return above[-int(wanted) :]
    header = [lowest]
    for place in reversed(above[:-1]):
        if (
            len(header) == _HEADER_ROWS
            or place != header[0] - 1
            or not _spans(rows[place], rows[header[0]], values, width)
        ):
            break
        header.insert(0, place)
    return header


def _names_columns(rows: Rows, place: int, filled: list[int], values: frozenset[int], width: int) -> bool:
    row = rows[place]
    said = [cell for cell in row if cell.strip()]
    if width > 1 and (len(said) < 2 or 3 * len(said) < min(width, _MOST_CELLS)):
        return False
    if _is_row_of_moments(rows, place, filled):
        return True
    named = [row[i] for i in values if i < len(row) and not is_missing(row[i])]
    n_values = sum(map(looks_like_value, named))
    # "2015" may name a column among words, if most of the others are named by words.
    return bool(named or not values) and 2 * n_values < max(1, len(named))


def _spans(upper: Sequence[str], lower: Sequence[str], values: frozenset[int], width: int) -> bool:
    """Whether a row of words groups the columns that the row below it names."""
    below = [cell.strip() for cell in lower]
    # What is merged downward may stand in both rows.
    places = [
        i for i, cell in enumerate(upper) if cell.strip() and cell.strip() != (below[i : i + 1] or [""])[0]
    ]
    if not places or places[-1] >= width:
        return False
    said = [upper[i].strip() for i in places]
    if any(len(cell) > 40 or (looks_like_value(cell) and not looks_like_moment(cell)) for cell in said):
        return False
    fills_gaps = any(i >= len(below) or not below[i] for i in places)
    repeats = len(set(filter(None, below))) < len([cell for cell in below if cell])
    over_values = [i for i in places if i in values or (values and i > min(values))]
    if len(over_values) == 1 and not fills_gaps:
        # One name over all columns of values; over moments ("Year" over "1960", "1961") it says what they are.
        is_over_moments = sum(map(looks_like_moment, below)) > 1 and not repeats
        return places[0] > 0 and len(said[0]) <= 40 and not is_over_moments
    reaches = 2 * places[-1] >= max(values, default=width) or repeats
    return len(over_values) >= 2 and reaches and (len(places) < width or repeats or fills_gaps)


def _join_names(rows: Rows, header: Sequence[int], width: int, values: frozenset[int]) -> list[str]:
    """One name a column: the names above each other, those that span several columns of values filled forward."""
    levels = []
    counts = Counter(cell.strip() for cell in rows[header[-1]]) if header else Counter()
    spanned = {
        i for i, cell in enumerate(rows[header[-1]] if header else []) if counts[cell.strip()] > 1
    } | values
    for depth, place in enumerate(header):
        row = [" ".join(cell.split()) for cell in rows[place]] + [""] * (width - len(rows[place]))
        if depth < len(header) - 1:
            last = ""
            for i, cell in enumerate(row):
                last = cell or last
                row[i] = last if i in spanned or i >= _MOST_CELLS or not values else cell
        levels.append(row)
    names = []
    for i in range(max(map(len, levels), default=0)):
        parts = [level[i] for level in levels if i < len(level) and level[i]]
        if i == 0:  # what stands in the corner names the header's rows, not the column
            parts = parts[-1:]
        names.append(
            " ".join(part for part, before in zip(parts, ["", *parts], strict=False) if part != before)
        )
    return names


def _describe(
    rows: Rows,
    options: ReadOptions,
    titles: list[int],
    header: list[int],
    units: int | None,
    values: frozenset[int],
    *,
    first_data: int | None = None,
) -> Grid:
    last = max([*header, *([] if units is None else [units])], default=-1)
    if first_data is None or first_data <= last:
        first_data = last + 1
    width = max((len(rows[i]) for i in header), default=0)
    names = _join_names(rows, header, width, values)
    if len(header) == 1:
        names = [cell.strip() for cell in rows[header[0]]]
    grid = Grid(
        names=names,
        units=[],
        first_data=first_data,
        header_rows=tuple(header),
        titles=[show_cell(" ".join(cell.strip() for cell in rows[i] if cell.strip())) for i in titles],
        values=values,
    )
    if units is not None:
        grid.units = [bare_unit(cell) for cell in rows[units]]
        grid.units += [""] * (len(names) - len(grid.units))
    grid.decisions = [
        *_decide_titles(grid, options),
        *_decide_header(grid, options),
        *_decide_units(grid, units, options),
    ]
    return grid


def _decide_titles(grid: Grid, options: ReadOptions) -> list[Decision]:
    is_kept = options.choice("titles") == "kept"
    if not grid.titles and not is_kept:
        return []
    n = len(grid.titles)
    sentence = "Lines above the table count as part of it."
    if not is_kept:
        sentence = f"{plural(n, 'line')} above the table {'is' if n == 1 else 'are'} left out as {'a title' if n == 1 else 'titles'}: “{grid.titles[0]}”."
    return [decide_left_out("titles", sentence, is_kept)]


def _decide_header(grid: Grid, options: ReadOptions) -> list[Decision]:
    n = len(grid.header_rows)
    sentence = "No row names the columns, so they are numbered."
    if n == 1:
        sentence = "The first row names the columns."
    elif n:
        example = max(grid.names, key=lambda name: (" " in name, len(name) < 40), default="")
        sentence = (
            f"{n} rows name the columns; names above each other are joined, such as “{show_cell(example)}”."
        )
    choices = (("names", "The first row holds names"), ("data", "The first row holds data"))
    decisions = [Decision(key="header", sentence=sentence, chosen="names" if n else "data", choices=choices)]
    if n > 1 or (n and options.choice("header rows") is not None):
        most = min(_HEADER_ROWS, n + len(grid.titles))
        numbers = tuple((str(i), f"{plural(i, 'row')} of names") for i in range(1, max(n, most) + 1))
        decisions.append(
            Decision(
                key="header rows",
                sentence=f"{plural(n, 'row')} {'belongs' if n == 1 else 'belong'} to the header.",
                chosen=str(n),
                choices=numbers,
            )
        )
    return decisions


def _decide_units(grid: Grid, row: int | None, options: ReadOptions) -> list[Decision]:
    if row is None and options.choice("units") != "data":
        return []
    said = [unit for unit in grid.units if unit]
    shown = f" ({', '.join(show_cell(unit) for unit in said[:3])})" if said else ""
    sentence = f"The row below the names holds units{shown}, not data."
    if row is None:
        sentence = "The row below the names holds data."
    choices = (("units", "Units"), ("data", "Data"))
    return [
        Decision(key="units", sentence=sentence, chosen="data" if row is None else "units", choices=choices)
    ]
