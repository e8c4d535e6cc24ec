"""Python values, from workbooks and JSON, turned into typed columns."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from core.tables.cells.column_types import guess_decimal

Cells: TypeAlias = "pa.Array | pd.Series[Any]"

_TEXT_CHARS = 32_767  # as many as a workbook's cell can hold


def as_text(value: Any, decimal: str = ".") -> str:
    """A value as text that :mod:`core.tables.cells.column_types` reads back unchanged."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).replace(".", decimal)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)[:_TEXT_CHARS]


def type_columns(
    columns: Sequence[Sequence[Any] | pd.Series], decimal: str | None
) -> tuple[list[Cells], str]:
    """Every column as :func:`as_cells` gives it, and the decimal sign of the strings among them.

    Parameters
    ----------
    columns : sequence of sequences
        A series, whose type is known already, stays as it is.
    decimal : str or None
        The sign, if the visitor chose it. Typed numbers have none to guess from, so only strings are asked.
    """
    untyped = [column for column in columns if not isinstance(column, pd.Series)]
    decimal = decimal or guess_decimal(untyped, None)
    return [c if isinstance(c, pd.Series) else as_cells(c, decimal) for c in columns], decimal


def as_cells(values: Sequence[Any], decimal: str = ".") -> Cells:
    """One column: a typed series when all its values agree, else strings to be recognized.

    Parameters
    ----------
    values : sequence
        Numbers, booleans, times, strings and ``None``, in any mixture.
    decimal : str
        The table's decimal sign, in which numbers among strings are written.
    """
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float, bool}:
        return _numbers(values)
    if kinds and kinds <= {dt.datetime, dt.date}:
        return _dates(values)
    texts = [as_text(value, decimal) for value in values]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())


def _numbers(values: Sequence[Any]) -> pd.Series:
    if all(
        value is not None and not isinstance(value, float) and -(2**63) <= value < 2**63 for value in values
    ):
        return pd.Series(np.array(values, dtype=np.int64))
    return pd.Series(np.array([_as_float(value) for value in values], dtype=float))


def _as_float(value: Any) -> float:
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _dates(values: Sequence[Any]) -> pd.Series:
    times = np.array([_utc(value) for value in values], dtype="datetime64[us]")
    return pd.Series(times)


def _utc(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64("NaT", "us") if value is None else value
