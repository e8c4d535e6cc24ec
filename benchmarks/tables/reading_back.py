"""Tables in random dialects, read back: right, wrong but one told choice away, or wrong in silence; and why."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.tables.dialects import Dialect, draw_dialect, settle
from benchmarks.tables.time_forms import YEARLY, Moment
from benchmarks.tables.written_tables import Truth, make_truth, write_table
from core.errors import DashboardError
from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table


class Trial(NamedTuple):
    """How one dialect was read: ``"right"``, ``"unsure"`` or ``"wrong"``, and what was wrong first."""

    dialect: Dialect
    outcome: str
    fault: str


def try_dialect(dialect: Dialect) -> Trial:
    """Write a table in a dialect, read it, and hold it against the truth.

    A table that was read wrongly counts as unsure where one of the choices that it offers reads it rightly: then the
    visitor was told, and mends it with one click.
    """
    truth = make_truth(dialect)
    data = write_table(dialect, truth)
    fault = find_fault(data, truth, dialect)
    if not fault:
        return Trial(dialect, "right", "")
    is_read = not fault.startswith(("raised", "refused"))
    return Trial(dialect, "unsure" if is_read and _is_offered(data, truth, dialect) else "wrong", fault)


def find_fault(data: bytes, truth: Truth, dialect: Dialect, options: ReadOptions | None = None) -> str:
    """What is wrong first where a file is read, or nothing."""
    try:
        return compare_table(read_table(data, options=options), truth, dialect)
    except DashboardError as error:
        return f"refused: {error}"[:120]
    except Exception as error:  # the campaign goes on, and tells of it
        return f"raised {type(error).__name__}: {error}"[:120]


def _is_offered(data: bytes, truth: Truth, dialect: Dialect) -> bool:
    """Whether one of the choices that the table offers reads it rightly."""
    table = read_table(data)
    return any(
        not find_fault(data, truth, dialect, table.options.correct(decision.key, value))
        for decision in table.decisions
        for value, _ in decision.choices
        if value != decision.chosen
    )


def compare_table(table: Table, truth: Truth, dialect: Dialect) -> str:
    """What is wrong first in a table, or nothing: names, numbers, times."""
    time = table.suggest().time
    if time is None:
        return "no time was found"
    if dialect.orientation == "columns":
        return _compare_columns(table, time, truth, dialect)
    return _compare_labels(table, time, truth, dialect)


def _compare_columns(table: Table, time: str, truth: Truth, dialect: Dialect) -> str:
    frame = table.frame
    if len(frame) != dialect.n_rows:
        return f"{len(frame) - dialect.n_rows:+d} rows"
    numbers = [name for name in table.number_columns() if name != time]
    for name, series in truth.series.items():
        wanted = np.array([math.nan if number is None else number for number in series])
        same = [column for column in numbers if _is_same(frame[column], wanted)]
        if not same:
            found = frame[name].dtype if name in frame else "absent"
            return f"numbers differ (column is {'number' if name in numbers else found})"
        if dialect.header_depth and not {name, _without_common_words(name, truth)} & {*same}:
            return f"a column is called {same[0]!r}"
    return _compare_times(frame[time], truth.moments, dialect)


def _without_common_words(name: str, truth: Truth) -> str:
    """A name without the words that stand above all columns alike: they are as good as a title."""
    common = (
        set.intersection(*(set(each.split()) for each in truth.series)) if len(truth.series) > 1 else set()
    )
    return " ".join(word for word in name.split() if word not in common)


def _compare_labels(table: Table, time: str, truth: Truth, dialect: Dialect) -> str:
    """Hold a long table, or one that was turned, against the truth: a number for each label and moment."""
    frame, n_moments = table.frame, len(truth.moments)
    numbers = [name for name in table.suggest().values if name != time]
    if not numbers:
        return "no numbers were found"
    labels = list(truth.series)
    column = next((name for name in frame.columns if set(labels) <= set(frame[name].astype(str))), None)
    if len(labels) > 1 and column is None:
        return "the labels were not found"
    for label, series in truth.series.items():
        part = frame if len(labels) == 1 else frame[frame[column].astype(str) == label]
        part = part.sort_values(time, kind="stable")
        if len(part) != n_moments:
            return f"{len(part) - n_moments:+d} rows of a label"
        if not _is_same(part[numbers[0]], np.array([math.nan if n is None else n for n in series])):
            return "numbers differ"
        fault = _compare_times(part[time], truth.moments, dialect)
        if fault:
            return fault
    return ""


def _is_same(told: pd.Series, wanted: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    return bool(np.allclose(told.to_numpy(dtype=np.float64), wanted, rtol=1e-9, atol=1e-12, equal_nan=True))


def _compare_times(told: pd.Series, moments: list[Moment], dialect: Dialect) -> str:
    wanted = pd.Series(pd.to_datetime(pd.Series(moments)).to_numpy())
    told = told.reset_index(drop=True)
    if not pd.api.types.is_datetime64_any_dtype(told):
        if dialect.time_form in YEARLY and pd.api.types.is_numeric_dtype(told):
            return "" if (told == wanted.dt.year).all() else "years differ"
        return f"times are {told.dtype}"
    if dialect.time_form in YEARLY:
        # A fiscal year of 2019 may begin in 2018.
        steps = told.dt.year - wanted.dt.year
        return "" if steps.isin([0, -1]).all() and steps.nunique() == 1 else "years differ"
    return "" if (told.astype("datetime64[us]") == wanted.astype("datetime64[us]")).all() else "times differ"


def shrink(dialect: Dialect) -> Dialect:
    """The plainest dialect that is still not read rightly: what is left of its factors is what matters."""
    plain = Dialect()
    for name in dialect.differences():
        tried = settle(dataclasses.replace(dialect, **{name: getattr(plain, name)}))
        truth = make_truth(tried)
        if tried != dialect and find_fault(write_table(tried, truth), truth, tried):
            dialect = tried
    return dialect


def run_campaign(
    seeds: Iterable[int], *, report: Callable[[Trial], None] | None = None
) -> tuple[collections.Counter[str], list[Trial]]:
    """Try the dialect of each seed.

    Returns
    -------
    outcomes : Counter
        How many are right, unsure and wrong.
    failures : list of Trial
        Those that are not right.
    """
    outcomes: collections.Counter[str] = collections.Counter()
    failures = []
    for seed in seeds:
        trial = try_dialect(draw_dialect(seed))
        outcomes[trial.outcome] += 1
        if trial.outcome != "right":
            failures.append(trial)
            if report:
                report(trial)
    return outcomes, failures


def name_factors(dialect: Dialect) -> str:
    """The factors that are not plain, in one line; those that only give a size are left out."""
    left = {
        name: value for name, value in dialect.differences().items() if name not in ("n_rows", "n_values")
    }
    return ", ".join(f"{name}={value!r}" for name, value in left.items()) or "nothing"
