"""Aggregation queries: filter rows, split them by labels and aggregate to a few hundred points in the engine.

One Ibis query for every engine. The bins are even in time (or, without a time column, in the order of the rows); besides it
there is one for the ends of the time axis. Where the rows are few they are fetched as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from core.arrays import IntArray
from core.errors import InputError, plural
from core.progress import Progress, ignore_progress
from core.tables.engine.column_expressions import Reading, express
from core.tables.engine.engine_query import Engine

# Rows that are fetched as they are: what sounds of them is then exactly what sounds of a small file.
MAX_FETCHED_ROWS = 2_000
# Of the labels that are counted, the commonest.
MAX_LISTED_LABELS = 300
_TIME, _LABEL = "t", "l"


@dataclass(frozen=True, kw_only=True)
class Request:
    """An aggregation request: columns, filters, labels, number of points.

    Attributes
    ----------
    values : tuple of str
        Columns of numbers.
    time : str or None
        Column that orders the rows; None for their own order.
    split : str or None
        Column of labels.
    labels : tuple of str
        Of that column; empty for all rows together.
    conditions : tuple of (str, str, str)
        Column, operator ("is", "is not", "contains", ">=", "<=") and value of each filter.
    n_bins : int
    aggregate : {"mean", "median", "min", "max", "last"}
    """

    values: tuple[str, ...]
    time: str | None = None
    split: str | None = None
    labels: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, str], ...] = ()
    n_bins: int = 300
    aggregate: str = "mean"


@dataclass(frozen=True, kw_only=True)
class Points:
    """Aggregated points from the engine.

    Attributes
    ----------
    frame : DataFrame
        A row a bin, and a label if the table is split: ``t`` (seconds, number or place), ``l``, a column each of the values.
    n_rows : ndarray of int
        Rows behind each row of it.
    is_binned : bool
        False where the rows themselves were fetched.
    n_placed, n_unplaced : int
        Rows that take part, and rows without a readable time.
    n_bytes : int
        What was fetched, as Arrow counts it.
    bin_width : float
        In seconds, numbers or rows.
    """

    frame: pd.DataFrame
    n_rows: IntArray
    is_binned: bool
    n_placed: int
    n_unplaced: int
    n_bytes: int
    bin_width: float = 0.0


class Ends(NamedTuple):
    """The ends of a time axis, in seconds or numbers, and how many rows lie between them (-1: not counted)."""

    low: float
    high: float
    n_rows: int = -1
    n_all: int = -1


def fetch_points(
    engine: Engine,
    readings: Sequence[Reading],
    request: Request,
    *,
    guess: Ends | None = None,
    progress: Progress = ignore_progress,
) -> Points:
    """Fetch a table's aggregated points from its engine.

    Parameters
    ----------
    engine : Engine
    readings : sequence of Reading
        At least of the columns that the request names.
    request : Request
    guess : Ends, optional
        Where the ends of the time axis are likely to be: one pass over the rows is then enough, if it is right.
    progress : callable, optional

    Raises
    ------
    InputError
        If a column is not there or holds no numbers, no row passes the filters, or the engine refuses.
    """
    known = {reading.name: reading for reading in readings}
    _check_columns(known, request)
    rows, is_date = _select(engine, known, request)
    n_bytes = 0
    if guess is None or request.time is None:
        ends, n_bytes = _fetch_ends(engine, rows, request, progress)
        if ends.n_rows <= MAX_FETCHED_ROWS:
            return _fetch_rows(engine, rows, request, ends, n_bytes, progress)
        found, more = _fetch_bins(engine, rows, request, ends, is_date, progress)
        return _put_together(found, request, ends, n_bytes + more)
    found, n_bytes = _fetch_bins(engine, rows, request, guess, is_date, progress)
    ends = _find_ends(found, guess)
    if ends.n_rows <= 0:
        _refuse_empty(request, ends.n_all)
    # Of ordered rows the sample holds the very ends, but for the last digits of a float.
    tolerance = 1e-6 * (guess.high - guess.low)
    is_right = abs(ends.low - guess.low) <= tolerance and abs(ends.high - guess.high) <= tolerance
    if ends.n_rows <= MAX_FETCHED_ROWS:
        return _fetch_rows(engine, rows, request, ends, n_bytes, progress)
    if is_right:
        return _put_together(found, request, guess._replace(n_rows=ends.n_rows, n_all=ends.n_all), n_bytes)
    found, more = _fetch_bins(engine, rows, request, ends, is_date, progress)
    return _put_together(found, request, ends, n_bytes + more)


def count_labels(
    engine: Engine, readings: Sequence[Reading], split: str, most: int = MAX_LISTED_LABELS
) -> list[tuple[str, int]]:
    """The most frequent labels of a column and their row counts, in one pass."""
    reading = next((each for each in readings if each.name == split), None)
    if reading is None:
        raise InputError(f"There is no column {split!r:.80} to split by.")
    label = _write_label(engine, reading)
    counted = engine.table.select(l=label).group_by("l").aggregate(n=lambda t: t.count())
    counted = counted.filter(counted.l.notnull()).order_by([counted.n.desc(), counted.l]).limit(most)
    found = engine.fetch(counted, stage="Counting the labels").to_pydict()
    return list(zip(map(str, found["l"]), map(int, found["n"]), strict=True))


def _check_columns(known: dict[str, Reading], request: Request) -> None:
    if not request.values:
        raise InputError("No column was chosen. Choose at least one numeric column to play.")
    conditions = [column for column, _, _ in request.conditions]
    for name in (*request.values, request.time, request.split, *conditions):
        if name is not None and name not in known:
            raise InputError(
                f"There is no column {name!r:.80}, or the engine cannot read it. The table has: {', '.join(known)[:400]}."
            )
    for name in request.values:
        if known[name].kind != "number":
            numeric = ", ".join(each.name for each in known.values() if each.kind == "number")[:300] or "none"
            raise InputError(
                f"The column {name!r} holds no numbers, and only numbers can be played. Numeric columns: {numeric}."
            )
    if request.time is not None and known[request.time].kind == "text":
        raise InputError(
            f"{request.time} holds neither dates nor numbers, and a large table needs dates or numbers as its time axis. "
            "Choose another column, or the order of the file."
        )


def _select(engine: Engine, known: dict[str, Reading], request: Request) -> tuple[Any, bool]:
    """Select the needed columns of the filtered rows, and say whether the time is a date."""
    import ibis

    table = engine.table
    tries = engine.knows_try
    for column, operator, value in request.conditions:
        table = table.filter(_compare(engine, table, known[column], operator, value))
    if request.labels and request.split is not None:
        label = _write_label(engine, known[request.split], table)
        table = table.filter(label.isin(list(request.labels)))
    kept = {f"v{i}": _finite(engine, table, known[name]) for i, name in enumerate(request.values)}
    if request.labels and request.split is not None:
        kept[_LABEL] = _write_label(engine, known[request.split], table)
    if request.time is None:
        kept[_TIME] = ibis.row_number().cast("float64")
        return table.select(**kept), False
    reading = known[request.time]
    kept[_TIME] = (
        _finite(engine, table, reading)
        if reading.kind == "number"
        else express(table, reading, knows_try=tries)
    )
    return table.select(**kept), reading.kind == "date"


def _finite(engine: Engine, table: Any, reading: Reading) -> Any:
    """Replace infinite and non-numeric values by gaps."""
    import ibis
    import ibis.expr.operations as ops

    made = express(table, reading, knows_try=engine.knows_try)
    can_be_odd = reading.recipe != "number" or table[reading.source].type().is_floating()
    if can_be_odd and engine.backend.has_operation(ops.IsInf) and engine.backend.has_operation(ops.IsNan):
        made = ibis.ifelse(made.isinf() | made.isnan(), ibis.null("float64"), made)
    return made


def _write_label(engine: Engine, reading: Reading, table: Any = None) -> Any:
    """A cell as the label that a visitor chooses: 3, not 3.0."""
    table = engine.table if table is None else table
    source = table[reading.source]
    if reading.kind == "number" and reading.recipe == "number" and source.type().is_integer():
        return source.cast("string")
    made = express(table, reading, knows_try=engine.knows_try)
    if reading.kind == "number":
        return made.cast("int64").cast("string")
    return made if reading.kind == "text" else made.cast("string")


def _compare(engine: Engine, table: Any, reading: Reading, operator: str, value: str) -> Any:
    """One row filter; see `core.sonify.settings.Filter`."""
    made = express(table, reading, knows_try=engine.knows_try)
    if operator in (">=", "<="):
        if reading.kind == "text":
            raise InputError(f"{reading.name} holds text; filter it with “is”, “is not” or “contains”.")
        wanted: Any = _read_number(reading, value) if reading.kind == "number" else _read_date(reading, value)
        return made >= wanted if operator == ">=" else made <= wanted
    if reading.kind == "number" and operator != "contains":
        number = _read_number(reading, value)
        return made == number if operator == "is" else (made != number) | made.isnull()
    if reading.kind == "date" and operator != "contains":
        moment = _read_date(reading, value)
        return made == moment if operator == "is" else (made != moment) | made.isnull()
    text = made.cast("string").strip().lower()
    wanted = value.strip().lower()
    if operator == "contains":
        return text.contains(wanted)
    return text == wanted if operator == "is" else (text != wanted) | text.isnull()


def _read_number(reading: Reading, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise InputError(
            f"The filter compares {reading.name} with {value!r:.60}, which is not a number."
        ) from None


def _read_date(reading: Reading, value: str) -> datetime:
    stamp = pd.to_datetime(value, errors="coerce", utc=True)
    if pd.isna(stamp):
        raise InputError(
            f"The filter compares {reading.name} with {value!r:.60}, which is not a date. Write it as 1998-05-01."
        )
    moment: datetime = stamp.tz_localize(None).to_pydatetime()
    return moment


def _fetch_ends(engine: Engine, rows: Any, request: Request, progress: Progress) -> tuple[Ends, int]:
    if request.time is None:
        found = engine.fetch(rows.aggregate(n=rows.count()), stage="Counting the rows", progress=progress)
        n_rows = found.column("n")[0].as_py()
        if not n_rows:
            _refuse_empty(request, 0)
        return Ends(0.0, float(n_rows - 1), n_rows, n_rows), found.nbytes
    asked = rows.aggregate(low=rows.t.min(), high=rows.t.max(), n=rows.t.count(), n_all=rows.count())
    found = engine.fetch(asked, stage="Finding the start and end of the time axis", progress=progress)
    row = found.to_pylist()[0]
    if not row["n"]:
        _refuse_empty(request, row["n_all"])
    return Ends(_to_seconds(row["low"]), _to_seconds(row["high"]), row["n"], row["n_all"]), found.nbytes


def _refuse_empty(request: Request, n_all: int) -> None:
    if n_all:
        raise InputError(
            f"The time column {request.time!r} has no readable entry. Choose another time axis, or the order of the file."
        )
    if request.labels and not request.conditions:
        raise InputError(f"No row has the label {' or '.join(request.labels)[:200]!r} in {request.split!r}.")
    if request.conditions:
        raise InputError("No rows match the filter. Change its value or remove it.")
    raise InputError("This table is empty: it has no rows.")


def _refuse_label(request: Request, label: str) -> None:
    if request.conditions:
        raise InputError(
            f"No row of {label!r:.60} passes the filter. Change the filter or choose another label."
        )
    raise InputError(f"There is no label {label!r:.80} in {request.split!r:.60}. Choose another one.")


def _to_seconds(value: Any) -> float:
    """Convert a date to seconds since 1970; numbers stay unchanged."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return float(value)


def _fetch_rows(
    engine: Engine, rows: Any, request: Request, ends: Ends, n_bytes: int, progress: Progress
) -> Points:
    """Fetch the rows themselves, sorted by time."""
    chosen = rows.filter(rows.t.notnull()).order_by("t").limit(MAX_FETCHED_ROWS + 1)
    found = engine.fetch(chosen, stage="Fetching the rows", progress=progress)
    n_bytes += found.nbytes
    frame = found.to_pandas()
    frame[_TIME] = [_to_seconds(value) for value in found.column(_TIME).to_pylist()]
    for label in request.labels:
        if not (frame[_LABEL] == label).any():
            _refuse_label(request, label)
    return Points(
        frame=frame,
        n_rows=np.ones(len(frame), dtype=np.int64),
        is_binned=False,
        n_placed=len(frame),
        n_unplaced=max(0, ends.n_all - ends.n_rows),
        n_bytes=n_bytes,
    )


def _fetch_bins(
    engine: Engine, rows: Any, request: Request, ends: Ends, is_date: bool, progress: Progress
) -> tuple[pd.DataFrame, int]:
    """Fetch one row per bin and label: ``bin`` (missing without a time), ``n``, ``low``, ``high``, ``v0``, …"""
    import ibis

    axis = rows.t.epoch_seconds().cast("float64") if is_date else rows.t
    span = max(ends.high - ends.low, 1e-300)
    place = ((axis - ends.low) / span * request.n_bins).floor().cast("int64")
    place = ibis.greatest(ibis.least(place, request.n_bins - 1), 0)
    place = ibis.ifelse(rows.t.isnull(), ibis.null("int64"), place)
    rows = rows.mutate(bin=place)
    keys = ["bin", _LABEL] if request.labels else ["bin"]
    made = {
        f"v{i}": _join(engine, rows[f"v{i}"], rows, request.aggregate) for i in range(len(request.values))
    }
    query = rows.group_by(keys).aggregate(n=rows.count(), low=rows.t.min(), high=rows.t.max(), **made)
    most = (request.n_bins + 1) * max(1, len(request.labels))
    found = engine.fetch(query.limit(most), stage="Joining the rows", progress=progress)
    frame = found.to_pandas()
    for name in ("low", "high"):
        frame[name] = [_to_seconds(value) for value in found.column(name).to_pylist()]
    return frame, found.nbytes


def _join(engine: Engine, column: Any, rows: Any, how: str) -> Any:
    import ibis.expr.operations as ops

    if how == "last":
        if not engine.backend.has_operation(ops.ArgMax):
            raise InputError("This database cannot find the last row of a point. Aggregate rows by mean.")
        return column.argmax(rows.t)
    if how == "median":
        for operation, method in ((ops.ApproxMedian, "approx_median"), (ops.Median, "median")):
            if engine.backend.has_operation(operation):
                return getattr(column, method)()
        raise InputError("This database has no median. Aggregate rows by mean.")
    return getattr(column, how)()


def _find_ends(found: pd.DataFrame, guess: Ends) -> Ends:
    """Find the true ends of the time axis from bins computed with a guess."""
    placed = found[found["bin"].notna()]
    if not len(placed):
        return guess._replace(n_rows=0, n_all=int(found["n"].sum()))
    return Ends(
        float(placed["low"].min()),
        float(placed["high"].max()),
        int(placed["n"].sum()),
        int(found["n"].sum()),
    )


def _put_together(found: pd.DataFrame, request: Request, ends: Ends, n_bytes: int) -> Points:
    """Assign a time to each bin: distinct times become the points, otherwise empty bins are gaps."""
    placed = found[found["bin"].notna()].astype({"bin": np.int64}).sort_values("bin", kind="stable")
    low, high = placed.groupby("bin")["low"].min(), placed.groupby("bin")["high"].max()
    width = (ends.high - ends.low) / request.n_bins
    if bool((low == high).all()):
        moments = low
    else:
        places = np.arange(request.n_bins)
        moments = pd.Series(ends.low + (places + 0.5) * width, index=places)
    labels: Sequence[str | None] = request.labels or (None,)
    parts = []
    for label in labels:
        own = placed if label is None else placed[placed[_LABEL] == label]
        if label is not None and not len(own):
            _refuse_label(request, label)
        part = own.set_index("bin").reindex(moments.index)
        part[_TIME] = moments
        if label is not None:
            part[_LABEL] = label
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    n_rows: IntArray = frame.pop("n").fillna(0).to_numpy(dtype=np.int64)
    return Points(
        frame=frame.drop(columns=["low", "high"]),
        n_rows=n_rows,
        is_binned=True,
        n_placed=int(n_rows.sum()),
        n_unplaced=max(0, ends.n_all - ends.n_rows),
        n_bytes=n_bytes,
        bin_width=width,
    )


def describe_points(points: Points, request: Request, *, is_approximate: bool) -> list[str]:
    """Describe in sentences what the engine aggregated."""
    said = []
    if points.is_binned:
        how = f"approximate {request.aggregate}" if is_approximate else request.aggregate
        n_points = len(points.frame) // max(1, len(request.labels))
        n_empty = int((points.n_rows == 0).sum())
        even = "evenly spaced in time" if request.time is not None else "each of equally many rows"
        said.append(
            f"{plural(points.n_placed, 'row')} were aggregated to {plural(n_points, 'point')} by {how}, {even}."
        )
        if n_empty and request.time is not None:
            said.append(f"{plural(n_empty, 'point')} {'has' if n_empty == 1 else 'have'} no rows: silent.")
    if points.n_unplaced:
        said.append(f"{plural(points.n_unplaced, 'row')} without a readable {request.time}: silent.")
    return said
