"""Row selection: filter the rows of a table, assign them to labels and sort them by the time column."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import InputError, plural
from core.sonify.settings import Filter, Settings
from core.sonify.splitting import (
    Series,
    align_by_name,
    align_by_order,
    align_by_time,
    split_rows,
)
from core.tables.table import Column, Table


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The selected rows in playing order; for a split table, its times.

    Attributes
    ----------
    index : ndarray of int, shape=(n_rows,)
        Row numbers of the file, counted from 0 after the header; the first one of each moment.
    time : ndarray of float, shape=(n_rows,)
        Position on the time axis: seconds since 1970 for dates, the number itself for numbers, the
        place in the file where no time column was chosen.
    is_date : bool
        Whether ``time`` counts seconds.
    names : tuple of str or None
        What each row is called where a column of text was chosen as time; the order is the file's then.
    notes : tuple of str
        Sentences about what was left out or reordered.
    series : tuple of Series
        Of a table that is split, the rows of each label and the moments that they belong to.
    offsets : tuple of (int, int)
        Where the times were written with offsets: from which second, which offset in minutes.
    period : {"", "quarter", "week"}
        What the file has written instead of dates.
    """

    index: IntArray
    time: FloatArray
    is_date: bool = False
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None
    series: tuple[Series, ...] = ()
    offsets: tuple[tuple[int, int], ...] = ()
    period: str = ""

    def series_of(self, label: str | None) -> Series | None:
        """The rows of a label; None where the table is not split."""
        return next((series for series in self.series if series.label == label), None)


def select_rows(table: Table, settings: Settings) -> Rows:
    """Filter the rows and put them in the order of the time column.

    Parameters
    ----------
    table : Table
    settings : Settings
        ``time``, ``filters``, ``split`` and the voices' labels are used.

    Returns
    -------
    Rows

    Raises
    ------
    InputError
        If a column or a label is unknown or the filters leave no row.

    Examples
    --------
    >>> from core.sonify.settings import Voice
    >>> from core.tables.table import read_text
    >>> table = read_text("day,city,rain\\n1,Oslo,3\\n1,Rome,0\\n2,Rome,4")
    >>> voices = (Voice(column="rain", label="Oslo"), Voice(column="rain", label="Rome"))
    >>> rows = select_rows(table, Settings(voices=voices, time="day", split="city"))
    >>> rows.time.tolist(), [series.row.tolist() for series in rows.series]
    ([1.0, 2.0], [[0], [1, 2]])
    """
    keep = np.ones(len(table.frame), dtype=bool)
    for condition in settings.filters:
        keep &= _select_matches(table, condition)
    index = np.flatnonzero(keep).astype(np.int64)
    if not len(index):
        raise InputError("No rows match the filter. Change its value, or set its column to “(all rows)”.")
    if settings.split is not None:
        return _select_series(table, settings, index)
    in_file_order = Rows(index=index, time=index.astype(float))
    if settings.time is None:
        return in_file_order
    kind, cells = kind_of(table, settings.time), table.frame[settings.time].iloc[index]
    if kind not in ("date", "number"):
        note = f"{settings.time} holds neither dates nor numbers, so the rows play in the order of the file."
        return replace(in_file_order, notes=(note,), names=tuple(cells.astype(str)))
    rows = _put_in_order(index, _to_seconds(cells), kind == "date", settings.time)
    column = _find_column(table, settings.time)
    return replace(rows, offsets=column.offsets, period=column.period)


def _find_column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _select_series(table: Table, settings: Settings, index: IntArray) -> Rows:
    """Align the rows of each voice's label on a common time axis."""
    assert settings.split is not None
    labels = list(dict.fromkeys(voice.label for voice in settings.voices)) or [None]
    kind = "" if settings.time is None else kind_of(table, settings.time)
    notes: list[str] = []
    seconds = np.empty(0)
    if settings.time is not None and kind in ("date", "number"):
        seconds = _to_seconds(table.frame[settings.time])
        index, notes = _keep_placed(index, seconds[index], settings.time)
    parts, silent = split_rows(table, settings.split, labels, index)
    notes += silent
    names = None
    if settings.time is None:
        moments, series = align_by_order(parts)
    elif kind in ("date", "number"):
        moments, series = align_by_time(parts, seconds)
    else:
        moments, series, names = align_by_name(parts, table.frame[settings.time])
        notes.append(
            f"{settings.time} holds neither dates nor numbers, so the rows play in the order of the file."
        )
    n_shared = sum(each.n_shared for each in series)
    if n_shared:
        same = f"{settings.time} and {settings.split}" if None not in labels else settings.time
        notes.append(
            f"{plural(n_shared, 'row')} {'has' if n_shared == 1 else 'have'} the same {same} as the row before and "
            f"{'is' if n_shared == 1 else 'are'} aggregated by {settings.aggregate}."
        )
    first = np.zeros(len(moments), dtype=np.int64)
    for each in reversed(series):
        first[each.moment[::-1]] = each.row[::-1]
    column = None if settings.time is None else _find_column(table, settings.time)
    return Rows(
        index=first,
        time=moments,
        is_date=kind == "date",
        notes=tuple(notes),
        names=names,
        series=tuple(series),
        offsets=column.offsets if column else (),
        period=column.period if column else "",
    )


def _keep_placed(index: IntArray, time: FloatArray, column: str) -> tuple[IntArray, list[str]]:
    """Keep the rows with a readable time, and report the others."""
    notes = []
    known = np.isfinite(time)
    if not known.all():
        lost = plural(int((~known).sum()), "row")
        notes.append(f"{lost} without a readable {column}: silent.")
        index = index[known]
    if not len(index):
        raise InputError(
            f"The time column {column!r} has no readable entry. Choose another time axis, or the order of the file."
        )
    return index, notes


def _put_in_order(index: IntArray, time: FloatArray, is_date: bool, column: str) -> Rows:
    placed, notes = _keep_placed(index, time, column)
    if len(placed) < len(index):
        index, time = placed, time[np.isfinite(time)]
    # Compared, not subtracted: differences of huge numbers overflow.
    if (time[1:] < time[:-1]).any():
        order = np.argsort(time, kind="stable")
        index, time = index[order], time[order]
        notes.append(f"The rows were not sorted by {column}; they play in its order.")
    n_same = int((time[1:] == time[:-1]).sum())
    if n_same:
        notes.append(
            f"{plural(n_same, 'row')} {'has' if n_same == 1 else 'have'} the same {column} as the row before; "
            "they play one after another in the order of the file. If the table holds several series, "
            "split it by a column of labels, or filter the rows."
        )
    return Rows(index=index, time=time, is_date=is_date, notes=tuple(notes))


def kind_of(table: Table, name: str) -> str:
    """Kind of a column; raises InputError if there is none of that name."""
    kinds: dict[str, str] = {column.name: column.kind for column in table.columns}
    if name not in kinds:
        shown = ", ".join([*kinds][:12]) + (", …" if len(kinds) > 12 else "")
        raise InputError(f"There is no column {name!r:.80}. The table has: {shown:.400}.")
    return kinds[name]


def _to_seconds(cells: pd.Series) -> FloatArray:
    """Place dates, or numbers as they are, on an axis of floats; missing entries become NaN."""
    if not pd.api.types.is_datetime64_any_dtype(cells):
        return cells.to_numpy(dtype=float)
    stamps = cells.to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 1000.0)


def _select_matches(table: Table, condition: Filter) -> BoolArray:
    kind_of(table, condition.column)
    cells = table.frame[condition.column]
    if condition.operator in (">=", "<="):
        numbers, wanted = _to_numbers(cells, condition)
        with np.errstate(invalid="ignore"):
            return numbers >= wanted if condition.operator == ">=" else numbers <= wanted
    text = cells.astype(str).str.strip().str.casefold()
    wanted_text = condition.value.strip().casefold()
    if condition.operator == "contains":
        found = text.str.contains(wanted_text, regex=False)
    else:
        found = text == wanted_text
        if pd.api.types.is_numeric_dtype(cells):
            # "5" must match the cell 5.0.
            with contextlib.suppress(ValueError):
                found |= cells == float(condition.value)
    result = found.to_numpy(dtype=bool, na_value=False)
    return ~result if condition.operator == "is not" else result


def _to_numbers(cells: pd.Series, condition: Filter) -> tuple[FloatArray, float]:
    if pd.api.types.is_datetime64_any_dtype(cells):
        stamp = pd.to_datetime(condition.value, errors="coerce")
        if pd.isna(stamp):
            raise InputError(
                f"The filter compares {condition.column} with {condition.value!r:.60}, which is not a date. "
                "Write it as 1998-05-01."
            )
        return _to_seconds(cells), float(stamp.timestamp())
    if not pd.api.types.is_numeric_dtype(cells):
        raise InputError(f"{condition.column} holds text. Filter it with “is”, “is not” or “contains”.")
    try:
        return cells.to_numpy(dtype=float), float(condition.value)
    except ValueError:
        raise InputError(
            f"The filter compares {condition.column} with {condition.value!r:.60}, which is not a number. Write it as 12.5."
        ) from None
