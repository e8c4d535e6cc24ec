"""Column expressions: SQL conversions that match the project's own reader, verified on a sample.

The sample goes through `core.tables.table.read_table`. For each column the first recipe is taken whose values, computed by
DuckDB over the same rows, are those of the reader; what the reader takes for gaps (-9999) is a gap for the engine, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from core.tables.table import Table

Kind = Literal["number", "date", "text"]

MAX_GAPS = 8
_AGREEMENT = 0.98
_NUMBER = r"[-+]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][-+]?[0-9]+)?"
_FORMATS = (
    "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d-%m-%Y",
    "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%m-%d-%Y", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y%m%d",
    "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d %H:%M", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y",
    "%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%b-%y", "%b-%Y", "%B %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d", "%Y",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one column of an engine becomes a column of the project.

    Attributes
    ----------
    name : str
        What the project calls it.
    source : str
        What the engine calls it.
    kind : {"number", "date", "text"}
    recipe : str
        One of those of `express`.
    argument : str
        Of the recipe, such as a format of dates.
    gaps : tuple of float
        Numbers that stand for "missing".
    """

    name: str
    source: str
    kind: Kind
    recipe: str
    argument: str = ""
    gaps: tuple[float, ...] = ()


def express(table: Any, reading: Reading, *, knows_try: bool) -> Any:
    """The Ibis column of a reading: float64, timestamp without a zone (UTC), or string."""
    import ibis

    column = table[reading.source]
    made = _RECIPES[reading.recipe](column, reading.argument, knows_try)
    if reading.gaps:
        made = ibis.ifelse(made.isin(list(reading.gaps)), ibis.null(made.type()), made)
    return made


def _convert(column: Any, kind: str, knows_try: bool) -> Any:
    return column.try_cast(kind) if knows_try else column.cast(kind)


def _parse(column: Any, form: str, _knows_try: bool) -> Any:
    import ibis

    @ibis.udf.scalar.builtin(signature=(("string", "string"), "timestamp"))
    def try_strptime(text, form):  # type: ignore[no-untyped-def]
        """DuckDB's own function; the name is what is called."""

    return try_strptime(column.cast("string").strip(), form)


def _count_truth(column: Any) -> Any:
    """True as 1 and false as 0: PostgreSQL converts neither to a wide number."""
    import ibis

    return ibis.cases((column, 1.0), (~column, 0.0), else_=ibis.null("float64"))


def _measure_interval(column: Any, _argument: str, _knows_try: bool) -> Any:
    import ibis

    @ibis.udf.scalar.builtin(signature=(("string", column.type()), "float64"))
    def date_part(part, interval):  # type: ignore[no-untyped-def]
        """Function of DuckDB and PostgreSQL; the name is what is called."""

    return date_part("epoch", column)


_RECIPES: dict[str, Any] = {
    "number": lambda c, _, _t: c.cast("float64"),
    "truth": lambda c, _, _t: _count_truth(c),
    "interval": _measure_interval,
    "number text": lambda c, _, t: _convert(c, "float64", t),
    "comma": lambda c, _, t: _convert(c.replace(".", "").replace(" ", "").replace(",", "."), "float64", t),
    "grouped": lambda c, _, t: _convert(c.replace(",", "").replace(" ", "").replace("'", ""), "float64", t),
    "number inside": lambda c, _, t: _convert(c.replace(",", "").re_extract(_NUMBER, 0), "float64", t),
    "comma inside": lambda c, _, t: _convert(
        c.replace(".", "").replace(",", ".").re_extract(_NUMBER, 0), "float64", t
    ),
    "truth text": lambda c, _, t: _count_truth(_convert(c, "boolean", t)),
    "date": lambda c, _, _t: c.cast("timestamp"),
    "date text": lambda c, _, t: _convert(c, "timestamp", t),
    "zoned text": lambda c, _, t: _convert(c, "timestamp('UTC')", t).cast("timestamp"),
    "format": _parse,
    "epoch": lambda c, unit, t: _convert(c, "int64", t).as_timestamp(unit),
    "text": lambda c, _, _t: c.cast("string").strip(),
}


def list_candidates(kind: str, typed: str) -> list[tuple[str, str]]:
    """Candidate conversions from an engine type to a kind of column, most likely first.

    Examples
    --------
    >>> list_candidates("number", "numeric")
    [('number', '')]
    """
    if kind == "number":
        return {
            "numeric": [("number", "")],
            "boolean": [("truth", "")],
            "interval": [("interval", "")],
            "string": [
                (name, "")
                for name in ("number text", "comma", "grouped", "truth text", "number inside", "comma inside")
            ],
        }.get(typed, [])
    if kind == "date":
        if typed == "numeric":
            return [("epoch", unit) for unit in ("s", "ms", "us")] + [("format", "%Y%m%d")]
        if typed == "string":
            return [
                ("date text", ""),
                ("zoned text", ""),
                *(("format", form) for form in _FORMATS),
                ("epoch", "s"),
                ("epoch", "ms"),
            ]
        return [("date", "")] if typed == "date" else []
    return [("text", "")]


def classify_type(kind: Any) -> str:
    """Classify an Ibis type: "numeric", "boolean", "date", "interval", "string", or "" if it cannot be played."""
    for name, holds in (
        ("boolean", kind.is_boolean()),
        ("numeric", kind.is_numeric()),
        ("date", kind.is_date() or kind.is_timestamp()),
        ("interval", kind.is_interval()),
        ("string", kind.is_string() or kind.is_time() or kind.is_uuid()),
    ):
        if holds:
            return name
    return ""


def prove_readings(
    head: Table, names: dict[str, str], backend: Any, sample: Any, types: dict[str, str], *, tries: bool
) -> tuple[list[Reading], list[str]]:
    """Choose a conversion for each column, verified on the sample.

    Parameters
    ----------
    head : Table
        The sample as the project reads it.
    names : dict
        The engine's name of each of its columns.
    backend, sample : ibis backend, ibis table
        DuckDB, and the rows of the sample in it as the engine gives them.
    types : dict
        `classify_type` of the engine's columns.
    tries : bool
        Whether the engine that will be asked is DuckDB itself, which knows all recipes; others know the plain ones.

    Returns
    -------
    readings : list of Reading
    unread : list of str
        Columns that the engine cannot read as the project does.
    """
    readings, unread = [], []
    for column in head.columns:
        source = names.get(column.name)
        if source is None or column.kind == "empty":
            continue
        typed = types[source]
        candidates = list_candidates(column.kind, typed)
        if not tries:
            candidates = [c for c in candidates if c[0] not in ("format", "number inside", "comma inside")]
        found = _choose(
            head.frame[column.name], column.name, source, column.kind, candidates, backend, sample
        )
        if found is None:
            unread.append(column.name)
        else:
            readings.append(found)
    return readings, unread


def _choose(
    wanted: pd.Series,
    name: str,
    source: str,
    kind: Kind,
    candidates: list[tuple[str, str]],
    backend: Any,
    sample: Any,
) -> Reading | None:
    if kind == "text":
        return Reading(name=name, source=source, kind="text", recipe="text")
    truth = _as_numbers(wanted)
    for recipe, argument in candidates:
        reading = Reading(name=name, source=source, kind=kind, recipe=recipe, argument=argument)
        try:
            made = backend.to_pyarrow(sample.select(x=express(sample, reading, knows_try=True)))
        except Exception as error:
            # A recipe that does not fit the column; anything else would come again when it is asked for good.
            del error
            continue
        values = _as_numbers(made.column("x").to_pandas())
        gaps = _compare(truth, values)
        if gaps is not None:
            return Reading(
                name=name,
                source=source,
                kind=kind,
                recipe=recipe,
                argument=argument,
                gaps=gaps if kind == "number" else (),
            )
    return None


def _as_numbers(values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Distinct finite values, dates as seconds."""
    if pd.api.types.is_datetime64_any_dtype(values):
        stamps = values.dropna().to_numpy(dtype="datetime64[ms]")
        return np.unique(stamps.astype(np.int64) / 1000.0)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.unique(numbers[np.isfinite(numbers)])


def _compare(
    truth: np.ndarray[Any, np.dtype[np.float64]], values: np.ndarray[Any, np.dtype[np.float64]]
) -> tuple[float, ...] | None:
    """Values that are gaps to the reader, where all others agree; None where they do not."""
    if not len(truth) or not len(values):
        return () if len(truth) == len(values) else None
    rounded, others = np.round(truth, 6), np.round(values, 6)
    if np.isin(rounded, others).mean() < _AGREEMENT:
        return None
    spare = values[~np.isin(others, rounded)]
    if not len(spare):
        return ()
    return tuple(spare.tolist()) if len(spare) <= MAX_GAPS and len(spare) < len(values) / 2 else None
