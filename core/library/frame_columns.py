"""Columns given in memory as typed series or texts: pandas' own types, and Python's values in any mixture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from core.tables.readers.cell_values import as_cells
from core.tables.readers.parquet import flatten_column

Cells: TypeAlias = "pa.Array | pa.ChunkedArray | pd.Series"


def read_series(series: pd.Series) -> Cells | None:
    """A pandas column as a typed series or texts; None for what is neither number, time nor text."""
    kind: Any = series.dtype
    if isinstance(kind, pd.SparseDtype):
        series = pd.Series(np.asarray(series))
    elif isinstance(kind, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    elif isinstance(kind, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    elif isinstance(kind, pd.CategoricalDtype | pd.IntervalDtype):
        series = series.astype(object)
    kind = series.dtype
    if not isinstance(kind, np.dtype):
        return flatten_column(pa.chunked_array([pa.array(series, from_pandas=True)]))
    values = series.to_numpy()
    if kind.kind in "OSU":
        return read_objects(values.tolist())
    if kind.kind == "M":
        return pd.Series(values.astype("datetime64[us]"))
    if kind.kind == "m":
        return pd.Series(series.dt.total_seconds().to_numpy())
    if (kind.kind == "u" and kind.itemsize == 8) or kind.kind == "f":
        return pd.Series(values.astype(np.float64))
    return pd.Series(values) if kind.kind in "iub" else None


def read_objects(values: list[Any]) -> Cells | None:
    """Python's values in any mixture; None where they are nested or raw bytes."""
    plain = [_simplify(value) for value in values]
    if any(is_nested(value) or isinstance(value, bytes | complex) for value in plain):
        return None
    if all(value is None for value in plain):
        return pd.Series(np.full(len(plain), np.nan))
    if any(isinstance(value, float) for value in plain):  # whole numbers among them are numbers as well
        plain = [float(value) if type(value) is int and abs(value) < 2**53 else value for value in plain]
    return as_cells(plain)


def _simplify(value: Any) -> Any:
    """A value as Python itself has it; None where it is missing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, pd.Period):
        return value.to_timestamp().to_pydatetime(warn=False)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | Fraction):
        return float(value)
    known = isinstance(value, Number | str | bytes | dt.date | dt.time) or is_nested(value)
    return value if known else str(value)[:200]


def is_nested(value: object) -> bool:
    """Whether a value holds others."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)
