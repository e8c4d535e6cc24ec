"""End of a table: totals, averages, sources and notes below the data, left out and reported."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import plural
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions
from core.tables.readers.cell_kinds import begins_note, is_missing, looks_like_value, names_total

Rows = Sequence[Sequence[str]]

_WIDE = 9  # columns from which on a row of a few cells is a fragment
_END_ROWS = 30  # rows at the end among which totals and notes are looked for


@dataclass(frozen=True, kw_only=True)
class TableEnd:
    """How many rows at the end are no data, and what was decided about them."""

    n_rows: int = 0
    decisions: tuple[Decision, ...] = ()


def find_end(
    rows: Rows, values: frozenset[int], options: ReadOptions, *, width: int, n_before: int
) -> TableEnd:
    """Count the rows at the end that hold totals, averages, sources and notes.

    Parameters
    ----------
    rows : sequence of sequences of str
        The last rows of the table.
    values : frozenset of int
        Columns of numbers or moments, as `find_grid` found them.
    options : ReadOptions
        The choices for "totals" and "notes" overrule what would be guessed.
    width : int
        How many columns there are.
    n_before : int
        How many rows of data stand above these.

    Examples
    --------
    >>> rows = [["Jan", "2"], ["Feb", "3"], ["Mar", "4"], ["Total", "9"], ["Source: city office", " 2022"]]
    >>> find_end(rows, frozenset([0, 1]), ReadOptions(), width=2, n_before=0).n_rows
    2
    """
    totals: list[str] = []
    start = _find_notes(rows, values)
    notes = [" ".join(row) for row in reversed(rows[start:]) if any(cell.strip() for cell in row)]
    n_end = len(rows) - start
    for row in rows[start - 1 :: -1][:_END_ROWS] if start else ():
        said = [cell for cell in row if cell.strip()]
        if not said:
            pass
        elif _is_note(row, values, width):
            notes.append(" ".join(said))
        elif _is_total(row) and _label(row) not in totals:
            totals.append(_label(row))
        else:
            break
        n_end += 1
    if not totals and not notes:
        return TableEnd()
    if n_before + len(rows) - n_end < max(2, len(totals) + 1):
        return TableEnd()
    return _describe_end(rows[len(rows) - n_end :], totals[::-1], notes[::-1], options)


def _find_notes(rows: Rows, values: frozenset[int]) -> int:
    """Start of the notes below a table, at a line such as "Notes:"; otherwise the end."""
    for place in range(max(0, len(rows) - _END_ROWS), len(rows)):
        said = [cell for cell in rows[place] if cell.strip()]
        if (
            len(said) == 1
            and begins_note(said[0])
            and not any(_is_data(row, values) for row in rows[place + 1 :])
        ):
            return place
    return len(rows)


def _is_data(row: Sequence[str], values: frozenset[int]) -> bool:
    said = [row[place] for place in values if place < len(row) and not is_missing(row[place])]
    return bool(said) and 2 * sum(map(looks_like_value, said)) >= len(said)


def _describe_end(end: Rows, totals: list[str], notes: list[str], options: ReadOptions) -> TableEnd:
    decisions = []
    keeps_totals = bool(totals) and options.choice("totals") == "kept"
    keeps_notes = bool(notes) and options.choice("notes") == "kept"
    if totals:
        shown = ", ".join(f"“{show_cell(label)}”" for label in totals[:3])
        is_one = len(totals) == 1
        verb = ("is" if is_one else "are") + (" kept as data" if keeps_totals else " left out")
        sentence = f"{plural(len(totals), 'row')} at the end ({shown}) {'sums' if is_one else 'sum'} up the others, such as a total or an average, and {verb}."
        decisions.append(decide_left_out("totals", sentence, keeps_totals))
    if notes:
        verb = ("is" if len(notes) == 1 else "are") + (" kept as data" if keeps_notes else " left out")
        sentence = f"{plural(len(notes), 'line')} below the table {verb}: “{show_cell(notes[0])}”."
        decisions.append(decide_left_out("notes", sentence, keeps_notes))
    if keeps_notes or (keeps_totals and not notes):
        return TableEnd(decisions=tuple(decisions))
    n_rows = len(end)
    if keeps_totals:  # the notes below the last total go
        n_rows = sum(1 for _ in itertools.takewhile(lambda row: not _is_total(row), reversed(end)))
    return TableEnd(n_rows=n_rows, decisions=tuple(decisions))


def decide_left_out(key: str, sentence: str, is_kept: bool) -> Decision:
    """A decision about lines that are left out, unless the visitor keeps them."""
    return Decision(
        key=key,
        sentence=sentence,
        chosen="kept" if is_kept else "left out",
        choices=(("left out", "Leave out"), ("kept", "Keep as data")),
    )


def _label(row: Sequence[str]) -> str:
    """Label of a row: its first nonempty cell among the first three."""
    return next((cell.strip() for cell in row[:3] if cell.strip()), "")


def _is_total(row: Sequence[str]) -> bool:
    said = [cell for cell in row if cell.strip()]
    return names_total(_label(row)) and len(said) > 1 and any(map(looks_like_value, said[1:]))


def _is_note(row: Sequence[str], values: frozenset[int], width: int) -> bool:
    said = [cell for cell in row if cell.strip()]
    first = said[0]
    if begins_note(first) and (0 in values or not any(map(looks_like_value, said[1:]))):
        return True
    is_fragment = width >= _WIDE and 3 * len(row) < width
    if is_fragment and (len(row) == 1 or not any(map(looks_like_value, said))):
        return True  # "-99.99" and "NINO3.4" below years of twelve months
    if width < 2 or len(said) > 1 or looks_like_value(first) or is_missing(first):
        return False
    # A lone text: below a column of moments or of numbers, in a line without delimiters, or as long as a sentence.
    place = next(i for i, cell in enumerate(row) if cell.strip())
    return place in values or len(row) < width or len(first) > 40


def show_cell(text: str) -> str:
    """A cell cleaned and shortened for a message."""
    return shorten(clean_name(text, fallback="?"), 60)
