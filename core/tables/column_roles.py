"""Column roles: which column is the time, which hold values, which holds the labels of several series in one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.tables.columns import Column

Floats = npt.NDArray[np.float64]

# Names that say "this is when", in English and in what the common sources use.
_TIME_NAME = re.compile(
    r"(^|[^a-z])(years?|yr|dates?|datetime|time|timestamp|months?|days?|hours?|minutes?|seconds?|weeks?|quarter"
    r"|index|idx|t|step|datum|jahr|fecha|annee|année|decimal[ _]?date)([^a-z]|$)",
    re.IGNORECASE,
)
_YEARS = (1500, 2200)


class Suggestion(NamedTuple):
    """What to hear of a table where nobody chose.

    Attributes
    ----------
    time : str or None
        The column that orders the rows; None for the order of the file.
    values : list of str
        Columns of numbers, the best first; empty without one.
    split : str or None
        The column whose labels tell several series apart, where a moment has several rows.
    labels : list of str
        Of that column, the commonest four.
    conditions : list of (str, str)
        Further columns and a label of each, without which a moment would still have several rows of one series.
    """

    time: str | None
    values: list[str]
    split: str | None = None
    labels: list[str] = []  # noqa: RUF012 - a NamedTuple's default, which nothing changes
    conditions: list[tuple[str, str]] = []  # noqa: RUF012 - as above


def suggest(frame: pd.DataFrame, columns: Sequence[Column]) -> Suggestion:
    """Choose what to hear of a table."""
    numbers = [column.name for column in columns if column.kind == "number"]
    time = next((name for name in time_candidates(frame, columns) if set(numbers) - {name}), None)
    values = [name for name in numbers if name != time]
    ranked = sorted(values, key=lambda n: (not _varies(frame, n), _is_named_time(frame, n)))
    return Suggestion(time, ranked[:1])


def time_candidates(frame: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    """Columns that can be the time axis, the likeliest first.

    Dates; then numbers that are named like a time and run one way, or are plain years; then other
    strictly increasing numbers.
    """
    dates = [column.name for column in columns if column.kind == "date"]
    numbers = [column.name for column in columns if column.kind == "number"]
    named = [name for name in numbers if _is_named_time(frame, name)]
    named.sort(key=lambda name: not _runs_one_way(_finite(frame, name)))
    rising = [n for n in numbers if n not in named and _is_rising(frame, n)]
    return dates + named + rising


def _is_named_time(frame: pd.DataFrame, name: str) -> bool:
    if not _TIME_NAME.search(name):
        return False
    values = _finite(frame, name)
    return _runs_one_way(values) or _are_years(values)


def _finite(frame: pd.DataFrame, name: str) -> Floats:
    values: Floats = frame[name].to_numpy(dtype=float)
    return values[np.isfinite(values)]


def _is_rising(frame: pd.DataFrame, name: str) -> bool:
    values = _finite(frame, name)
    return len(values) == len(frame) > 1 and bool(np.all(np.diff(values) > 0))


def _varies(frame: pd.DataFrame, name: str) -> bool:
    return bool(np.any(np.diff(_finite(frame, name))))


def _runs_one_way(values: Floats) -> bool:
    steps = np.diff(values)
    return bool(np.any(steps)) and bool(np.all(steps >= 0) or np.all(steps <= 0))


def _are_years(values: Floats) -> bool:
    if not len(values) or np.any(values != np.floor(values)):
        return False
    return bool(values.min() >= _YEARS[0] and values.max() <= _YEARS[1])
