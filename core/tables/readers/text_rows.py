"""Rows of text cells to a raw table: find its block, titles, header, units and end."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from core.errors import InputError
from core.tables.decisions import Decision
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.grid import find_grid
from core.tables.readers.table_blocks import find_block
from core.tables.readers.table_end import find_end

_HEAD_ROWS = 1_000
_TAIL_ROWS = 40


def read_text_rows(
    rows: list[list[str]], options: ReadOptions, *, guess: dict[str, str], decisions: list[Decision]
) -> RawTable:
    """Build a raw table from rows of text cells.

    Parameters
    ----------
    rows : list of lists of str
        They may differ in length.
    options : ReadOptions
        The visitor's corrections.
    guess : dict
        What is known of the format.
    decisions : list of Decision
        Those that were taken before.

    Raises
    ------
    InputError
        When there is no row of data.
    """
    rows = [row if any(cell.strip() for cell in row) else [] for row in rows]
    if not any(rows):
        raise InputError("This table has no rows. It needs one row per time step, below a header line.")
    head = rows[:_HEAD_ROWS]
    block, told = find_block(head, options, is_whole=len(rows) == len(head))
    bottom = block.bottom if block.bottom < len(head) else len(rows)
    rows = [row[block.left : block.right] for row in rows[block.top : bottom]]
    width = max(map(len, rows))
    grid = find_grid(block.cut(head), options, width=width)
    body = rows[grid.first_data :]
    n_before = max(0, len(body) - _TAIL_ROWS)
    end = find_end(body[n_before:], grid.values, options, width=width, n_before=n_before)
    body = [row for row in body[: len(body) - end.n_rows] if any(cell.strip() for cell in row)]
    if not body:
        raise InputError("This table has a header but no rows below it. It needs one row per time step.")
    check_size(len(body), width)
    names = grid.names + [""] * (width - len(grid.names))
    return RawTable(
        names=names,
        cells=[
            pa.array([row[i] if i < len(row) else "" for row in body], pa.large_string())
            for i in range(width)
        ],
        options=replace(options, header=bool(grid.names)),
        guess={**guess, **grid.describe("row")},
        units=grid.units + [""] * (width - len(grid.units)) if grid.units else [],
        decisions=[*decisions, *told, *grid.decisions, *end.decisions],
    )
