"""Fill down (forward fill): labels or years written once above the rows they belong to, as in merged cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import plural
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_columns import (
    Cells,
    Mask,
    find_blanks,
    holds_numbers,
    holds_times,
    take_rows,
    trim_texts,
    write_texts,
)
from core.tables.raw_table import RawTable

_MAX_ROWS = 50_000  # larger tables come from machines, which write every cell
_LEADING = 3  # such columns stand on the left
_BESIDE = 4  # and what tells their rows apart directly beside them
_CHOICES = (("filled", "filled with the cell above"), ("gaps", "left empty"))


def fill_down(raw: RawTable) -> RawTable:
    """Fill the empty cells below a label, a year or a date that is written once for several rows.

    A column of the first three is filled when its first cell says something, each of its labels comes once, and a full
    column beside it begins again below each of them, as months do below a year. Told in the decision ``"filled down"``.

    Parameters
    ----------
    raw : RawTable
        Tables of more than 50,000 rows are not looked through.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> table = read_text("Year,Quarter,n\\n2019,Q1,3\\n,Q2,4\\n,Q3,5\\n2020,Q1,4\\n,Q2,6\\n,Q3,5\\n")
    >>> table.frame["Year"].tolist()
    [2019, 2019, 2019, 2020, 2020, 2020]
    """
    n_rows = len(raw.cells[0]) if raw.cells else 0
    if not 4 <= n_rows <= _MAX_ROWS or len(raw.cells) < 3:
        return raw
    blanks = [find_blanks(cells) for cells in raw.cells[: min(_LEADING, len(raw.cells) - 1)]]
    filled: dict[int, Mask] = {}
    for place in reversed(range(len(blanks))):
        if _is_written_once(raw.cells, place, blanks, [*filled.values()]):
            filled[place] = blanks[place]
    filled = dict(sorted(filled.items()))
    if not filled:
        return raw
    is_kept = raw.options.choice("filled down") == "gaps"
    names = [f"“{shorten(clean_name(str(raw.names[place]), fallback='?'))}”" for place in filled]
    count = sum(int(blank.sum()) for blank in filled.values())
    one = len(filled) == 1
    what = "stay empty" if is_kept else "were filled with the value above them"
    sentence = f"{' and '.join(names)} {'is' if one else 'are'} written once for several rows; {'its' if one else 'their'} {plural(count, 'empty cell')} {what}."
    decision = Decision(
        key="filled down", sentence=sentence, chosen="gaps" if is_kept else "filled", choices=_CHOICES
    )
    cells = [
        _fill(column) if place in filled and not is_kept else column for place, column in enumerate(raw.cells)
    ]
    return replace(raw, cells=cells, decisions=[*raw.decisions, decision])


def _is_written_once(cells: list[Cells], place: int, blanks: list[Mask], filled: list[Mask]) -> bool:
    blank = blanks[place]
    starts = np.flatnonzero(~blank)
    if blank[0] or len(starts) < 2 or blank.sum() < len(starts) / 2 or not _holds_labels(cells[place]):
        return False
    labels = _list_texts(take_rows(cells[place], starts))
    # A quarter that is written once in each year comes again, below the next year.
    is_nested = any(left.any() and not (blank & ~left).any() for left in blanks[:place])
    if not is_nested and len(set(labels)) < len(labels):
        return False
    groups = np.cumsum(~np.logical_and.reduce([blank, *filled]), dtype=np.int64)
    return any(
        _begins_again(beside, blank, groups)
        for beside in cells[place + 1 : place + 1 + _BESIDE]
        if _holds_labels(beside)
    )


def _begins_again(cells: Cells, blank: Mask, groups: npt.NDArray[np.int64]) -> bool:
    """Whether a column is full, has no label twice in a group, and has most of its labels in several groups."""
    texts = np.array(_list_texts(cells), dtype=object)
    known = texts != ""
    if not known[blank].all():
        return False
    pairs = pd.DataFrame({"group": groups[known], "label": texts[known]})
    n_labels = pairs["label"].nunique()
    return not pairs.duplicated().any() and 2 <= n_labels <= 0.6 * len(pairs)


def _holds_labels(cells: Cells) -> bool:
    return not holds_numbers(cells) or holds_times(cells)


def _list_texts(cells: Cells) -> list[str]:
    trimmed: list[str] = trim_texts(write_texts(cells) if isinstance(cells, pd.Series) else cells).to_pylist()
    return trimmed


def _fill(cells: Cells) -> Cells:
    if isinstance(cells, pd.Series):
        return cells.ffill()
    is_blank = pc.equal(trim_texts(cells), "")
    return pc.fill_null_forward(pc.if_else(is_blank, pa.scalar(None, cells.type), cells))
