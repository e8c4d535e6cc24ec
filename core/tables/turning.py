"""Melt (unpivot) wide tables: years, quarters or months across the top become a time column."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import plural
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.headings import Across, Moment, find_moments
from core.tables.name_words import list_words, split_words
from core.tables.raw_columns import (
    Cells,
    holds_dates,
    holds_months,
    holds_numbers,
    holds_years,
    is_empty,
    sample_cells,
    stack,
    take_rows,
)
from core.tables.raw_table import RawTable, ReadOptions
from core.tables.time_parts import recognize_part

Places = npt.NDArray[np.int64]

_CHOICES = (("turned", "one row per time step"), ("as it is", "as in the file"))
_MAX_MEASURES = 50
_MAX_LABELS = 30  # columns beside the moments that may hold the rest of the time
_MIN_ACROSS = 3
_MIN_NUMBERS = 0.6  # of the columns of a measure
# What the column of moments is called; the parts are named so that core.tables.time_parts knows them.
_NAMES = {
    "year": "Year",
    "quarter": "Quarter",
    "month": "Month",
    "date": "date",
    "month of year": "Month",
    "quarter of year": "Quarter",
    "day of month": "Day",
    "hour of day": "Hour",
}
_PLURALS = {
    "date": "dates",
    "month of year": "months",
    "quarter of year": "quarters",
    "day of month": "days",
    "hour of day": "hours",
}
# Beside the months of a year stand what they add up to; seasons by the initials of their months.
_SUMMARY_WORDS = list_words(
    "total totals annual annually year yearly mean avg average sum ytd jahr summe mittel gesamt jd dn djf mam jja son anual "
    "annuel annuale jaar rok ano an change growth cagr diff difference trend min max median"
)


class _Plan(NamedTuple):
    """Which columns are melted, and which stay."""

    across: Across
    measures: dict[str, dict[Any, int]]  # of each measure, the column of each moment
    moments: list[Any]
    labels: list[int]
    numbers: list[int]  # columns of numbers on the left, which stay but come last
    dropped: list[int]
    by_row: bool  # the moments go on within a row: its own time is the coarser one


def turn_table(raw: RawTable, asked: ReadOptions | None = None) -> RawTable:
    """Melt a table with dates across the top, unless the visitor keeps it wide.

    A table of several ordinary columns of numbers stays as it is: turned are only headings that are at least three moments
    running one way, with numbers below them. Moments without a year need a column of years beside them, unless they are months.

    Parameters
    ----------
    raw : RawTable
    asked : ReadOptions, optional
        The visitor's own corrections; where he says that the first row is data, it is.

    Returns
    -------
    RawTable
        With the columns of labels, one of moments, one of values for each measure, then the remaining numbers; and a
        decision ``"turn"`` where there was something to turn.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> read_text("Country,1990,1991,1992\\nNorway,1,2,3\\nPeru,4,5,6").frame
      Country  Year  Value
    0  Norway  1990      1
    1    Peru  1990      4
    2  Norway  1991      2
    3    Peru  1991      5
    4  Norway  1992      3
    5    Peru  1992      6
    """
    if len(raw.names) < _MIN_ACROSS or not len(raw.cells[0]):
        return raw
    plan = _plan(raw)
    is_free = asked is None or asked.header is None
    if plan is None and not any(str(name).strip() for name in raw.names):
        # Years across the top look like a first row of data.
        named = _name_months(raw) or (_take_names_from_first_row(raw) if is_free else None)
        plan = None if named is None else _plan(named)
        raw = raw if named is None or plan is None else named
    if plan is None:
        return _read_across(raw)
    n_rows = len(raw.cells[0]) * len(plan.moments)
    n_columns = len(plan.labels) + len(plan.numbers) + len(plan.measures) + 1
    sentence = _word(raw, plan)
    if n_rows > limits.MAX_TABLE_ROWS or n_rows * n_columns > limits.MAX_TABLE_CELLS:
        too_large = f"{sentence} It is kept as it is: one row per time step would be {n_rows:,} rows."
        return replace(raw, decisions=[*raw.decisions, Decision(key="turn", sentence=too_large)])
    if raw.options.choice("turn") == "as it is":
        return replace(
            raw, decisions=[*raw.decisions, _decide(f"{sentence} It is kept as it is.", "as it is")]
        )
    length = len(raw.cells[0])
    turned = f"{sentence} Each row was split into {len(plan.moments)}, one per time step; now there are {plural(n_rows, 'row')}."
    dropped = ", ".join(f"“{shorten(clean_name(raw.names[p], fallback='?'))}”" for p in plan.dropped[:6])
    stand = "stands" if len(plan.dropped) == 1 else "stand"
    turned += f" Left out: {dropped}, which {stand} beside them." * bool(plan.dropped)
    return _melt(raw, plan, length, _decide(turned, "turned"))


def _name_months(raw: RawTable) -> RawTable | None:
    """Name thirteen unnamed columns whose first holds years: months across the top."""
    if len(raw.cells) != 13 or not holds_years(raw.cells[0]) or not all(map(holds_numbers, raw.cells[1:])):
        return None
    years = [int(float(value)) for value in sample_cells(raw.cells[0])]
    if {b - a for a, b in itertools.pairwise(years)} != {1}:
        return None
    return replace(raw, names=["Year", *(f"M{month}" for month in range(1, 13))])


def _take_names_from_first_row(raw: RawTable) -> RawTable | None:
    if len(raw.cells[0]) < 2:
        return None
    first = [(cells.iloc[0] if isinstance(cells, pd.Series) else cells[0].as_py()) for cells in raw.cells]
    names = ["" if pd.isna(cell) else str(cell) for cell in first]
    rest = np.arange(1, len(raw.cells[0]), dtype=np.int64)
    options = replace(raw.options, header=True)
    decisions = [decision for decision in raw.decisions if decision.key != "header"]
    cells = [take_rows(column, rest) for column in raw.cells]
    return replace(raw, names=names, cells=cells, options=options, decisions=decisions)


def _decide(sentence: str, chosen: str) -> Decision:
    return Decision(key="turn", sentence=sentence, chosen=chosen, choices=_CHOICES)


def _plan(raw: RawTable) -> _Plan | None:
    """Choose the headings to melt; None where there are none."""
    numbers: dict[int, bool] = {}
    for across in find_moments(raw.names):
        for moment in across.moments:
            if moment.place not in numbers:
                numbers[moment.place] = holds_numbers(raw.cells[moment.place])
        kept = _choose_measures(across, numbers)
        if kept is None:
            continue
        used = {place for columns in kept.values() for place in columns.values()}
        plan = _sort_columns(raw, across, kept, used)
        if plan is not None:
            return plan
    return None


def _choose_measures(across: Across, numbers: dict[int, bool]) -> dict[str, dict[Any, int]] | None:
    """Columns of each measure by time; only numeric measures with the same times."""
    measures: dict[str, dict[Any, int]] = {}
    of_measure: dict[str, list[bool]] = {}
    for moment in across.moments:
        of_measure.setdefault(moment.measure, []).append(numbers[moment.place])
    for moment in across.moments:
        # The names decide: among columns of numbers one that holds little, or marks only, is a moment all the same.
        if sum(of_measure[moment.measure]) >= _MIN_NUMBERS * len(of_measure[moment.measure]):
            measures.setdefault(moment.measure, {}).setdefault(_plain(moment), moment.place)
    sizes = {measure: len(columns) for measure, columns in measures.items()}
    longest = max(sizes, key=lambda measure: sizes[measure], default=None)
    if longest is None or sizes[longest] < _MIN_ACROSS or len(measures) > _MAX_MEASURES:
        return None
    shared = set(measures[longest])
    return {
        measure: columns
        for measure, columns in measures.items()
        if len(columns) >= _MIN_ACROSS and len(shared & set(columns)) >= 0.5 * len(shared)
    }


def _plain(moment: Moment) -> Any:
    return moment.when if isinstance(moment.when, int) else moment.when.astype("datetime64[D]")


def _sort_columns(
    raw: RawTable, across: Across, measures: dict[str, dict[Any, int]], used: set[int]
) -> _Plan | None:
    """Decide which other columns stay; None where they show that the table is not wide."""
    first = min(used)
    beside = [place for place in range(len(raw.names)) if place not in used]
    named = {place: recognize_part(raw.names[place]) for place in beside}
    down = _find_time_down(raw, beside, named, across.kind)
    if down is None:
        return None
    labels: list[int] = []
    numbers: list[int] = []
    dropped: list[int] = []
    for place in beside:
        if place in down:
            labels.append(place)
        elif not str(raw.names[place]).strip() and is_empty(raw.cells[place]):
            continue
        elif (
            _SUMMARY_WORDS & set(split_words(raw.names[place]))
            and place > first
            and holds_numbers(raw.cells[place])
        ):
            dropped.append(place)
        elif holds_numbers(raw.cells[place]) and not is_empty(raw.cells[place]):
            (numbers if place < first else dropped).append(place)
        else:
            labels.append(place)
    # Three years among many other columns of numbers are three columns of many.
    if len(numbers) + len(dropped) > len(used):
        return None
    moments = sorted({when for columns in measures.values() for when in columns})
    by_row = bool(down) and across.kind not in ("year",)
    return _Plan(across, measures, moments, labels, numbers, dropped, by_row)


def _find_time_down(
    raw: RawTable, beside: list[int], named: dict[int, str | None], kind: str
) -> list[int] | None:
    """Columns that hold the rest of the time; None where they do not fit the headings."""
    years = [p for p in beside if named[p] == "year" or (p == beside[0] and holds_years(raw.cells[p]))]
    months = [p for p in beside if named[p] == "month" or (p == beside[0] and holds_months(raw.cells[p]))]
    finer = [p for p in beside if named[p] in ("quarter", "week", "yearday", "day")]
    dates = [p for p in beside[:_MAX_LABELS] if holds_dates(raw.cells[p])]
    if kind == "year":
        return None if years or dates else months[:1] + finer
    if kind in ("quarter", "month", "date"):
        return None if years or dates else []
    if kind == "hour of day":
        if dates:
            return dates[:1]
        has_days = any(named[p] == "day" for p in beside) and years and months
        return [p for p in beside if named[p] in ("year", "month", "day")] if has_days else None
    if dates:
        return None
    if kind == "day of month":
        return years[:1] + months[:1] if years and months else None
    if years:
        return years[:1]
    # Months alone are a year's course; numbers from 1 to 12 alone, and quarters, may be anything.
    is_written = kind == "month of year" and any(
        not str(raw.names[p]).strip().isdigit() for p in range(len(raw.names)) if p not in beside
    )
    return [] if is_written else None


def _melt(raw: RawTable, plan: _Plan, length: int, decision: Decision) -> RawTable:
    n_moments = len(plan.moments)
    order: Places | None = None
    if plan.by_row:
        order = np.arange(length * n_moments, dtype=np.int64).reshape(n_moments, length).T.ravel()
    rows = np.tile(np.arange(length, dtype=np.int64), n_moments)
    rows = rows if order is None else rows[order]
    when = np.repeat(np.array(plan.moments), length)
    when = when if order is None else when[order]
    moments = pd.Series(when.astype("datetime64[us]") if when.dtype.kind == "M" else when.astype(np.int64))
    names = [raw.names[place] for place in plan.labels]
    cells: list[Cells] = [take_rows(raw.cells[place], rows) for place in plan.labels]
    names.append(_name_moments(names, plan.across.kind))
    cells.append(moments)
    units = [*_take_units(raw, plan.labels), ""]
    for measure, columns in plan.measures.items():
        pieces = [raw.cells[columns[m]] if m in columns else None for m in plan.moments]
        melted = stack(pieces, length)
        cells.append(melted if order is None else take_rows(melted, order))
        names.append(measure or "Value")
        shared = {*_take_units(raw, list(columns.values()))}
        units.append(shared.pop() if len(shared) == 1 else "")
    names += [raw.names[place] for place in plan.numbers]
    cells += [take_rows(raw.cells[place], rows) for place in plan.numbers]
    units += _take_units(raw, plan.numbers)
    return replace(
        raw, names=names, cells=cells, units=units if raw.units else [], decisions=[*raw.decisions, decision]
    )


def _name_moments(taken: Sequence[str], kind: str) -> str:
    name = _NAMES[kind]
    return (
        name
        if name.casefold() not in {str(other).strip().casefold() for other in taken}
        else f"{name} across"
    )


def _take_units(raw: RawTable, places: list[int]) -> list[str]:
    return [raw.units[place] for place in places] if raw.units else [""] * len(places)


def _word(raw: RawTable, plan: _Plan) -> str:
    ends = [plan.moments[0], plan.moments[-1]]
    names = [shorten(clean_name(raw.names[_place_of(plan, when)], fallback="?"), 20) for when in ends]
    what = _PLURALS.get(plan.across.kind, f"{plan.across.kind}s")
    measures = [measure for measure in plan.measures if measure]
    of = f" of {', '.join(shorten(clean_name(m, fallback='?')) for m in measures[:4])}" if measures else ""
    return f"The {what} “{names[0]}” to “{names[1]}”{of} run across the top."


def _place_of(plan: _Plan, when: Any) -> int:
    return next(columns[when] for columns in plan.measures.values() if when in columns)


def _read_across(raw: RawTable) -> RawTable:
    """Transpose a single row of numbers: column names become row names."""
    # A reader that knows of a single line of text has asked already.
    if len(raw.cells[0]) != 1 or any(decision.key == "across" for decision in raw.decisions):
        return raw
    places = [p for p, cells in enumerate(raw.cells) if sample_cells(cells) and holds_numbers(cells)]
    others = [p for p, cells in enumerate(raw.cells) if p not in places and not is_empty(cells)]
    if len(places) < _MIN_ACROSS or others not in ([], [0]):
        return raw
    sentence = (
        f"One row holds {plural(len(places), 'number')}, so it is read across: each number is one time step."
    )
    if raw.options.choice("turn") == "as it is":
        sentence = "The only row of numbers is kept as it is, so each of its columns has one value."
        return replace(raw, decisions=[*raw.decisions, _decide(sentence, "as it is")])
    names, cells = ["Value"], [stack([raw.cells[place] for place in places], 1)]
    labels = [str(raw.names[place]).strip() for place in places]
    if any(labels):
        names.insert(0, "Name")
        cells.insert(0, pa.array(labels, pa.large_string()))
    return replace(
        raw, names=names, cells=cells, units=[], decisions=[*raw.decisions, _decide(sentence, "turned")]
    )
