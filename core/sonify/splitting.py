"""Splitting a long table by a column of labels: one series per label on a common time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import InputError, plural
from core.tables.table import Table, shorten

#: As many labels are listed for a choice, the commonest first; a table may have a million.
MAX_LISTED_LABELS = 300


@dataclass(frozen=True, kw_only=True)
class LabelCounts:
    """The labels of a column.

    Attributes
    ----------
    listed : tuple of (str, int)
        The commonest labels and their rows, the commonest first, those of equal count in the order of the file.
    n_labels, n_unlabeled : int
        How many labels there are in all, and how many rows have none.
    """

    listed: tuple[tuple[str, int], ...]
    n_labels: int
    n_unlabeled: int


@dataclass(frozen=True, kw_only=True)
class Series:
    """The rows of one label, in the order of time.

    Attributes
    ----------
    label : str or None
        None where every row belongs to it.
    row : ndarray of int, shape=(n_rows,)
        Row numbers of the file.
    moment : ndarray of int, shape=(n_rows,)
        Which moment of the common time axis each row belongs to; never falls.
    """

    label: str | None
    row: IntArray
    moment: IntArray

    @property
    def n_shared(self) -> int:
        """Number of rows with the same time as the row before."""
        return int((np.diff(self.moment) == 0).sum())


def count_labels(table: Table, column: str, most: int = MAX_LISTED_LABELS) -> LabelCounts:
    """Count the rows of each label.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> table = read_text("day,city,rain\\n1,Oslo,3\\n1,Rome,0\\n2,Oslo,4")
    >>> count_labels(table, "city").listed
    (('Oslo', 2), ('Rome', 1))
    """
    cells = _labels_of(table, column)
    codes, labels = pd.factorize(cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    commonest = np.argsort(-counts, kind="stable")[:most]
    written = [write_label(labels[i]) for i in commonest]
    return LabelCounts(
        listed=tuple(zip(written, counts[commonest].tolist(), strict=True)),
        n_labels=len(labels),
        n_unlabeled=int((codes < 0).sum()),
    )


def write_label(cell: object) -> str:
    """Format a cell as a label for widgets and links.

    Examples
    --------
    >>> write_label("Oslo"), write_label(3.0), write_label(pd.Timestamp("2020-05-01"))
    ('Oslo', '3', '2020-05-01')
    """
    if isinstance(cell, pd.Timestamp | np.datetime64):
        return str(pd.Timestamp(cell)).removesuffix(" 00:00:00")
    if isinstance(cell, int | float | np.number):
        return f"{cell:.17g}" if float(f"{cell:.15g}") != cell else f"{cell:.15g}"
    return str(cell)


def select_label(table: Table, column: str, label: str) -> BoolArray:
    """Mask of the rows that have a label.

    Raises
    ------
    InputError
        If the column is unknown or no row has the label.
    """
    cells = _labels_of(table, column)
    wanted: object = label
    try:
        if pd.api.types.is_datetime64_any_dtype(cells):
            wanted = pd.Timestamp(label)
        elif pd.api.types.is_numeric_dtype(cells):
            wanted = float(label)
    except ValueError:
        wanted = None
    found: BoolArray = np.zeros(len(cells), dtype=bool)
    if wanted is not None:
        found = (cells == wanted).to_numpy(dtype=bool, na_value=False)
    if not found.any():
        known = ", ".join(shorten(name) for name, _ in count_labels(table, column, 8).listed)
        raise InputError(
            f"There is no label {label!r:.80} in {column!r:.60}. Labels there include: {known:.400}."
        )
    return found


def _labels_of(table: Table, column: str) -> pd.Series:
    if column not in table.frame.columns:
        shown = ", ".join([*table.frame.columns][:12])
        raise InputError(f"There is no column {column!r:.80} to split by. The table has: {shown:.400}.")
    return table.frame[column]


def split_rows(
    table: Table, column: str, labels: Sequence[str | None], index: IntArray
) -> tuple[list[tuple[str | None, IntArray]], list[str]]:
    """Assign the filtered rows to the selected labels.

    Parameters
    ----------
    table : Table
    column : str
        The column of labels.
    labels : sequence of str or None
        Different from each other; None stands for all rows.
    index : ndarray of int
        Row numbers of the file.

    Returns
    -------
    parts : list of (str or None, ndarray of int)
        Each label with its rows, in the order of the file.
    notes : list of str
        What stays silent.

    Raises
    ------
    InputError
        If a label is not there, or none of its rows passed the filters.
    """
    parts: list[tuple[str | None, IntArray]] = []
    for label in labels:
        rows = index if label is None else index[select_label(table, column, label)[index]]
        if not len(rows):
            raise InputError(
                f"No row of {label!r:.60} passes the filter. Change the filter or choose another label."
            )
        parts.append((label, rows))
    notes = []
    if None not in labels:
        n_unlabeled = int(_labels_of(table, column).iloc[index].isna().sum())
        n_others = len(index) - n_unlabeled - sum(len(rows) for _, rows in parts)
        if n_others:
            notes.append(f"{plural(n_others, 'row')} with other labels in {column}: silent.")
        if n_unlabeled:
            notes.append(f"{plural(n_unlabeled, 'row')} without a label in {column}: silent.")
    return parts, notes


def align_by_time(
    parts: Sequence[tuple[str | None, IntArray]], time: FloatArray
) -> tuple[FloatArray, list[Series]]:
    """Align the rows of all labels on the union of their times.

    Parameters
    ----------
    parts : sequence of (str or None, ndarray of int)
        Each label with its rows.
    time : ndarray of float
        The time of every row of the file, finite for these.

    Returns
    -------
    moments : ndarray of float, shape=(n_moments,)
        Rising.
    series : list of Series
    """
    moments, place = np.unique(np.concatenate([time[rows] for _, rows in parts]), return_inverse=True)
    series, begin = [], 0
    for label, rows in parts:
        moment = place[begin : begin + len(rows)].astype(np.int64)
        begin += len(rows)
        if (moment[1:] < moment[:-1]).any():
            order = np.argsort(moment, kind="stable")
            rows, moment = rows[order], moment[order]
        series.append(Series(label=label, row=rows, moment=moment))
    return moments, series


def align_by_order(parts: Sequence[tuple[str | None, IntArray]]) -> tuple[FloatArray, list[Series]]:
    """Align the rows of all labels by position: the third time is the third row of every label."""
    longest = max(len(rows) for _, rows in parts)
    series = [Series(label=label, row=rows, moment=np.arange(len(rows))) for label, rows in parts]
    return np.arange(longest, dtype=float), series


def align_by_name(
    parts: Sequence[tuple[str | None, IntArray]], names: pd.Series
) -> tuple[FloatArray, list[Series], tuple[str, ...]]:
    """Align the rows of all labels on the union of their names, such as "spring", in file order.

    Where a label has a name twice, its rows sound one after another and are called after those of the longest label.

    Parameters
    ----------
    parts : sequence of (str or None, ndarray of int)
        Each label with its rows.
    names : Series
        What every row of the file is called.

    Returns
    -------
    moments : ndarray of float, shape=(n_moments,)
        0, 1, 2, …
    series : list of Series
    names : tuple of str
        What each moment is called.
    """
    rows = np.unique(np.concatenate([part for _, part in parts]))
    codes, called = pd.factorize(names.iloc[rows].astype(str))
    places = [codes[np.searchsorted(rows, part)].astype(np.int64) for _, part in parts]
    if any(len(np.unique(place)) < len(place) for place in places):
        moments, series = align_by_order(parts)
        longest = max(parts, key=lambda part: len(part[1]))[1]
        return moments, series, tuple(names.iloc[longest].astype(str))
    series = []
    for (label, part), place in zip(parts, places, strict=True):
        order = np.argsort(place, kind="stable")
        series.append(Series(label=label, row=part[order], moment=place[order]))
    return np.arange(len(called), dtype=float), series, tuple(map(str, called))


def join_moments(values: FloatArray, moment: IntArray, n_moments: int, how: str) -> FloatArray:
    """Resample a series to the common time axis: rows at one time are aggregated, missing times are NaN.

    Examples
    --------
    >>> join_moments(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 2]), 4, "mean")
    array([ 1., nan,  3., nan])
    """
    joined = np.full(n_moments, np.nan)
    if (np.diff(moment) == 0).any():
        known = pd.Series(values).groupby(moment).agg(how)
        joined[known.index.to_numpy()] = known.to_numpy(dtype=float)
    else:
        joined[moment] = values
    return joined
