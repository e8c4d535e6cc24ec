"""Table detection on a sheet: choose the block of cells among tables beside or below each other.

Blocks are told apart by empty columns and empty rows. Not each gap parts two tables: offices put an empty column between
groups of columns, and an empty row between years. A block to the right is a table of its own when it has labels or moments
of its own; one below when it begins with a header of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import plural
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions
from core.tables.readers.cell_kinds import is_missing, looks_like_moment, looks_like_value

Rows = Sequence[Sequence[str]]

_MOST_BLOCKS = 20
_SAMPLE = 50


class Block(NamedTuple):
    """A rectangle of cells: rows from top to before bottom, columns from left to before right."""

    top: int
    bottom: int
    left: int
    right: int

    def cut(self, rows: Rows) -> list[list[str]]:
        """The block's rows; those without anything are empty."""
        cut = [list(row[self.left : self.right]) for row in rows[self.top : self.bottom]]
        return [row if any(cell.strip() for cell in row) else [] for row in cut]


def find_block(rows: Rows, options: ReadOptions, *, is_whole: bool = True) -> tuple[Block, list[Decision]]:
    """Choose the block that holds the largest table.

    Parameters
    ----------
    rows : sequence of sequences of str
        The rows of a sheet, or its first ones; they may end early.
    options : ReadOptions
        The choice for "block", counted from 1, overrules the largest.
    is_whole : bool
        Whether these are all rows. Otherwise a block that reaches their end counts as the largest.

    Examples
    --------
    >>> rows = [["t", "x", "", "t", "y"], ["1", "2", "", "1", "5"], ["2", "3", "", "2", "6"], ["3", "4"]]
    >>> block, decisions = find_block(rows, ReadOptions())
    >>> tuple(block), decisions[0].chosen
    ((0, 4, 0, 2), '1')
    """
    width = max(map(len, rows), default=0)
    filled = np.zeros((len(rows), width), bool)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = [bool(cell.strip()) for cell in row]
    whole = Block(0, len(rows), 0, width)
    if filled.all() or not filled.any():
        return whole, []
    blocks = [
        Block(*span, *columns)
        for columns in _part_columns(rows, filled)
        for span in _part_rows(rows, filled[:, slice(*columns)], columns)
    ]
    tables = [block for block in blocks if _count_values(rows, block)][:_MOST_BLOCKS]
    # An empty margin belongs to the table beside it, so that its columns keep their places.
    tables = [b if filled[:, : b.left].any() else b._replace(left=0) for b in tables]
    if len(tables) < 2:
        # Nothing competes; only what stands around the table may be told apart.
        return (Block(0, len(rows), tables[0].left, tables[0].right) if tables else whole), []
    sizes = [_weigh(filled, block, is_whole) for block in tables]
    chosen = largest = sizes.index(max(sizes))
    wanted = options.choice("block") or ""
    if wanted.isdigit() and 1 <= int(wanted) <= len(tables):
        chosen = int(wanted) - 1
    return tables[chosen], [_tell(rows, tables, chosen, is_largest=chosen == largest)]


def _weigh(filled: npt.NDArray[np.bool_], block: Block, is_whole: bool) -> tuple[bool, int]:
    reaches_end = not is_whole and block.bottom == len(filled)
    return reaches_end, int(filled[block.top : block.bottom, block.left : block.right].sum())


def _tell(rows: Rows, tables: list[Block], chosen: int, *, is_largest: bool) -> Decision:
    names = []
    for table in tables:
        first = next((row for row in table.cut(rows) if sum(bool(c.strip()) for c in row) > 1), [])
        shown = ", ".join(shorten(clean_name(c, fallback="?"), 20) for c in first[:4] if c.strip())
        n_rows = sum(1 for row in table.cut(rows) if row)
        names.append(f"{plural(n_rows, 'row')}: {shown}")
    which = f"number {chosen + 1}, the largest," if is_largest else f"number {chosen + 1}"
    sentence = f"Empty rows or columns separate {len(tables)} tables here; {which} is used."
    choices = tuple((str(i), f"Table {i}, {name}") for i, name in enumerate(names, start=1))
    return Decision(key="block", sentence=sentence, chosen=str(chosen + 1), choices=choices)


def _spans(is_filled: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of places that are filled."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_filled, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _part_columns(rows: Rows, filled: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Split columns into tables placed side by side."""
    groups = _spans(np.asarray(filled.any(axis=0)))[: 10 * _MOST_BLOCKS]
    parted = groups[:1]
    for group in groups[1:]:
        if _stands_alone(rows, filled, parted[-1], group):
            parted.append(group)
        else:
            parted[-1] = (parted[-1][0], group[1])
    return parted


def _stands_alone(
    rows: Rows, filled: npt.NDArray[np.bool_], left: tuple[int, int], right: tuple[int, int]
) -> bool:
    """Whether the columns to the right are a table of their own."""
    if right[1] - right[0] < 2 or left[1] - left[0] < 2:
        return False
    if not _has_labels(rows, right):
        return False
    extents = [np.flatnonzero(filled[:, a:b].sum(axis=1) > 1) for a, b in (left, right)]
    if any(len(extent) < 2 for extent in extents):
        return False
    same_rows = extents[0][0] == extents[1][0] and extents[0][-1] == extents[1][-1]
    return not same_rows or _begin_alike(rows, left[0], right[0])


def _begin_alike(rows: Rows, left: int, right: int) -> bool:
    """Whether two columns hold the same labels, or both dates: then each begins a table."""
    pairs = [
        (row[left].strip(), row[right].strip()) for row in rows[: _SAMPLE + 5] if len(row) > max(left, right)
    ]
    pairs = [pair for pair in pairs if all(pair)]
    n_alike = sum(a == b or (looks_like_moment(a) and looks_like_moment(b)) for a, b in pairs)
    return n_alike > 0.5 * len(pairs) > 0


def _has_labels(rows: Rows, columns: tuple[int, int]) -> bool:
    """Whether the first column holds dates, words or rising integers beside numeric columns."""
    cells = [row[columns[0]].strip() for row in rows if len(row) > columns[0] and row[columns[0]].strip()]
    below = cells[1 : _SAMPLE + 1]
    if not below:
        return False
    n_labels = sum(looks_like_moment(cell) or not looks_like_value(cell) for cell in below)
    if n_labels > 0.5 * len(below):
        return True
    whole = [int(cell) for cell in below if cell.isdecimal() and len(cell) < 10]
    return len(whole) == len(below) > 1 and all(b == a + 1 for a, b in itertools.pairwise(whole))


def _part_rows(rows: Rows, filled: npt.NDArray[np.bool_], columns: tuple[int, int]) -> list[tuple[int, int]]:
    """Split rows into tables placed above each other."""
    spans = _spans(np.asarray(filled.any(axis=1)))
    if not spans:
        return []
    parted = spans[:1]
    header = _first_words(rows, spans[0], columns)
    for span in spans[1:]:
        words = _first_words(rows, span, columns)
        is_new = bool(words) and words != header and _holds_data(rows, parted[-1], columns)
        if is_new and len(parted) < _MOST_BLOCKS and _holds_data(rows, span, columns):
            parted.append(span)
            header = words
        else:
            parted[-1] = (parted[-1][0], span[1])
            header = header or words
    return parted


def _first_words(rows: Rows, span: tuple[int, int], columns: tuple[int, int]) -> list[str]:
    """The first row of a stretch that holds more than one cell, if these are words."""
    for row in rows[span[0] : min(span[1], span[0] + 5)]:
        said = [cell.strip() for cell in row[slice(*columns)] if cell.strip()]
        if len(said) > 1:
            words = [cell for cell in said if not looks_like_value(cell)]
            is_header = len(words) == len(said) or (
                not looks_like_value(said[0]) and all(map(looks_like_moment, said[len(words) :]))
            )
            return said if is_header else []
    return []


def _holds_data(rows: Rows, span: tuple[int, int], columns: tuple[int, int]) -> bool:
    cut = [row[slice(*columns)] for row in rows[span[0] : min(span[1], span[0] + _SAMPLE)]]
    return sum(any(looks_like_value(c) and not is_missing(c) for c in row) for row in cut) >= 2


def _count_values(rows: Rows, block: Block) -> int:
    cut = block.cut(rows[: block.top + _SAMPLE])
    return sum(looks_like_value(cell) and not is_missing(cell) for row in cut for cell in row[:60])
