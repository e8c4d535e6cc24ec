"""Tables given in memory: data frames of pandas, polars, pyarrow and others, plotly figures, lists and arrays, become a `Table`."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core import limits
from core.errors import InputError, join_words, plural
from core.library.arguments import suggest_nearest
from core.library.frame_columns import Cells, is_nested, read_objects, read_series
from core.library.plotly_figures import is_figure, read_figure
from core.sonify.chart_specs.reading import read_chart_spec
from core.sonify.settings import Settings
from core.tables.assembly import assemble
from core.tables.columns import shorten
from core.tables.engine.large_tables import LargeTable
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.parquet import flatten_column
from core.tables.table import Table, read_table, read_text

_WHAT_WORKS = (
    "Give a data frame (pandas, polars, pyarrow and others), a dictionary of columns, a list of numbers, a plotly "
    "figure, or the name of a file."
)
# A frame has its shape: neither does a row of totals belong to a printed table, nor do years across the top.
_AS_GIVEN = ReadOptions(choices=(("turn", "as it is"), ("total rows", "keep")))


@dataclass(frozen=True, kw_only=True)
class GivenTable:
    """A table and what was said of it by what it came in.

    Attributes
    ----------
    table : Table
    large : LargeTable or None
        A file beyond memory, of which ``table`` is a sample.
    arguments : dict
        Of `core.library.sonification.sonify`, where the caller gives none: of a figure its axes.
    settings : Settings or None
        Those that a chart specification asks for.
    title, source : str
    """

    table: Table
    large: LargeTable | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    settings: Settings | None = None
    title: str = ""
    source: str = ""


def read_given(data: object, corrections: Sequence[str] | None = None) -> GivenTable:
    """Read whatever was given as a table.

    Parameters
    ----------
    data : object
        A data frame or series of any library that narwhals knows, or with the interchange protocol or the Arrow stream; a plotly
        figure; a mapping of columns; a list of numbers or of records; an array; bytes of a file; a file's path,
        ``example:ID`` or pasted text; a `Table`.
    corrections : sequence of str, optional
        ``KEY=CHOICE`` of how a file is read, as the option ``--correct`` takes them.

    Raises
    ------
    InputError
        If it is none of these, or holds no table.

    Examples
    --------
    >>> read_given({"day": [1, 2, 3], "rain": [3.0, None, 5.5]}).table.number_columns()
    ['day', 'rain']
    >>> read_given([[1, 2], [3, 4]])
    Traceback (most recent call last):
    core.errors.InputError: This list holds lists, which could be rows or columns. ...
    """
    if isinstance(data, Table):
        return GivenTable(table=data)
    if isinstance(data, str | Path | bytes | bytearray):
        return _read_named(data, corrections)
    if is_figure(data):
        figure = read_figure(data)
        table = _read_frame(pd.DataFrame(figure.columns), "figure")
        units = {name: unit for name, unit in figure.units.items() if unit}
        return GivenTable(
            table=replace(
                set_units(table, units),
                warnings=(*table.warnings, *figure.notes),
                source_name=figure.title or "figure",
            ),
            arguments=figure.arguments,
            title=figure.title,
        )
    if isinstance(data, Mapping):
        chart = read_chart_spec(data)
        if chart is not None:
            return GivenTable(table=chart.table, settings=chart.settings)
    return GivenTable(table=_read_memory(data))


def find_column(table: Table, name: object, argument: str) -> str:
    """The name in the table of a column that was named as the caller knows it.

    Parameters
    ----------
    table : Table
    name : object
        A text, or whatever labels the column in a data frame: a number, or a tuple of levels.
    argument : str
        What the message calls it.

    Raises
    ------
    InputError
        If there is no such column, or there are several.
    """
    wanted = _name_column(name)
    alike = [column.name for column in table.columns if column.original_name == wanted]
    if len(alike) > 1:
        numbered = join_words([f"“{shorten(each)}”" for each in alike])
        raise InputError(
            f"{plural(len(alike), 'column')} are called “{shorten(wanted)}”. Rename them, or choose one of {numbered}."
        )
    if alike:
        return alike[0]
    names = [column.name for column in table.columns]
    if wanted in names:
        return wanted
    if any(f"“{shorten(wanted)}”" in warning for warning in table.warnings):
        raise InputError(
            f"The column “{shorten(wanted)}” holds lists, raw bytes or complex numbers, which cannot be used."
        )
    nearest = suggest_nearest(wanted, names, what="The columns")
    raise InputError(f"There is no column “{shorten(wanted)}” for {argument}. {nearest}")


def require_number_column(table: Table) -> None:
    """Refuse a table in memory without a column of numbers.

    Raises
    ------
    InputError
        Naming what its columns hold.
    """
    if table.number_columns():
        return
    shown = join_words([f"“{shorten(column.name)}” ({column.kind})" for column in table.columns[:5]])
    more = f" and {len(table.columns) - 5} more" if len(table.columns) > 5 else ""
    raise InputError(
        f"No column holds numbers, and only numbers can be played. There are {shown}{more}. Convert one of them, "
        "for instance with pandas.to_numeric."
    )


def set_units(table: Table, units: Mapping[str, str]) -> Table:
    """The table with units of some columns.

    Examples
    --------
    >>> set_units(read_given({"rain": [1, 2]}).table, {"rain": "mm"}).columns[0].unit
    'mm'
    """
    named = {find_column(table, name, "units"): str(unit)[:40] for name, unit in units.items()}
    columns = tuple(replace(column, unit=named.get(column.name, column.unit)) for column in table.columns)
    return replace(table, columns=columns)


def _read_named(data: str | Path | bytes | bytearray, corrections: Sequence[str] | None) -> GivenTable:
    from core.sonify.examples import EXAMPLES
    from core.sonify.named_tables import read_corrections, read_named_chart, read_named_tables

    if isinstance(data, bytes | bytearray):
        return GivenTable(
            table=read_table(bytes(data), name="table", options=read_corrections(corrections or ()))
        )
    if isinstance(data, str) and ("\n" in data or not data.strip()):
        return GivenTable(table=read_text(data, options=read_corrections(corrections or ())))
    name = str(data)
    try:
        chart = read_named_chart([name], corrections=corrections)
        if chart is not None:
            return GivenTable(table=chart.table, settings=chart.settings, source=chart.table.source_name)
        table, large = read_named_tables([name], corrections=corrections)
    except FileNotFoundError:
        advice = f"Examples are named example:ID, such as example:{next(iter(EXAMPLES))}."
        raise InputError(f"There is no file “{shorten(name, 80)}”. {advice}") from None
    example = EXAMPLES.get(name.removeprefix("example:")) if name.startswith("example:") else None
    if example is None:
        return GivenTable(table=table, large=large, source=table.source_name)
    chosen = {
        "x": example.time,
        "y": list(example.values),
        "split": "",
        "where": [tuple(each) for each in example.filters],
    }
    return GivenTable(
        table=table,
        large=large,
        arguments={name: value for name, value in chosen.items() if value not in (None, [])},
        title=example.title,
        source=example.source,
    )


def _read_memory(data: Any) -> Table:
    if data is None:
        raise InputError(f"None was given instead of data. {_WHAT_WORKS}")
    if isinstance(data, pd.DataFrame):
        return _read_frame(data, "data frame")
    if isinstance(data, pd.Series):
        named = data.to_frame("Value" if data.name is None else data.name)
        return _read_frame(named, "series")
    if isinstance(data, Mapping):
        return _read_columns_of(data)
    if isinstance(data, np.ndarray):
        return _read_array(data)
    if isinstance(data, set | frozenset):
        raise InputError("A set has no order. Give a list.")
    if isinstance(data, Sequence | Iterator) and not hasattr(data, "__dataframe__"):
        return _read_list(data)
    arrow = _as_arrow(data)
    if arrow is None and isinstance(data, Iterable):
        return _read_list(data)
    if arrow is None:
        raise InputError(
            f"An object of the type {type(data).__name__:.40} cannot be read as a table. {_WHAT_WORKS}"
        )
    return _read_arrow(arrow)


def _as_arrow(data: Any) -> pa.Table | None:
    """A frame or series of another library as Arrow's; None if it is none."""
    import narwhals as nw

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, pa.Array | pa.ChunkedArray):
        return pa.table({"Value": data})
    frame = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.head(limits.MAX_TABLE_ROWS + 1).collect()
    if isinstance(frame, nw.Series):
        frame = frame.alias(frame.name or "Value").to_frame()
    if isinstance(frame, nw.DataFrame):
        check_size(*frame.shape)
        return frame.to_arrow()
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    if hasattr(data, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        with (
            warnings.catch_warnings()
        ):  # the protocol is being given up for Arrow's stream, and frames still have it
            warnings.simplefilter("ignore")
            return from_dataframe(data)
    return None


def _read_arrow(table: pa.Table) -> Table:
    if not table.num_columns or not table.num_rows:
        raise InputError(_say_empty("table"))
    check_size(table.num_rows, table.num_columns)
    return _assemble(
        table.column_names, [flatten_column(table.column(i)) for i in range(table.num_columns)], "data frame"
    )


def _read_columns_of(data: Mapping[Any, Any]) -> Table:
    columns = {name: _listed(values) for name, values in data.items()}
    if not columns:
        raise InputError(f"This dictionary is empty. {_WHAT_WORKS}")
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        told = join_words([f"“{shorten(_name_column(n), 20)}” {len(v):,}" for n, v in [*columns.items()][:4]])
        raise InputError(f"The columns of this dictionary differ in length: {told}. Make them equally long.")
    if not lengths - {0}:
        raise InputError(_say_empty("dictionary"))
    names = [_name_column(name) for name in columns]
    return _assemble(names, [_read_column(values) for values in columns.values()], "dictionary")


def _read_array(data: np.ndarray[Any, Any]) -> Table:
    if data.dtype.names:
        return _read_columns_of({name: data[name] for name in data.dtype.names})
    if data.ndim == 1:
        return _read_columns_of({"Value": data})
    if data.ndim != 2:
        raise InputError(f"This array has {plural(data.ndim, 'dimension')}; give one with rows and columns.")
    return _read_columns_of({f"Column {i + 1}": data[:, i] for i in range(data.shape[1])})


def _read_list(data: Iterable[Any]) -> Table:
    values = _listed(data)
    if not values:
        raise InputError(f"This list is empty. {_WHAT_WORKS}")
    if all(isinstance(each, Mapping) for each in values):
        names = dict.fromkeys(name for each in values for name in each)
        return _read_columns_of({name: [each.get(name) for each in values] for name in names})
    if any(is_nested(each) for each in values):
        raise InputError(
            "This list holds lists, which could be rows or columns. Give a dictionary of columns, "
            'such as {"rain": [...], "wind": [...]}, or a data frame.'
        )
    return _assemble(["Value"], [read_objects(values)], "list")


def _listed(values: Any) -> Any:
    """Values that can be counted and indexed; no more of an endless generator than a table can have."""
    if isinstance(values, np.ndarray | pd.Series | pd.Index | list | tuple | range):
        return values
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"A column was {values!r:.40}; it must be a list of values.")
    listed = list(itertools.islice(values, limits.MAX_TABLE_ROWS + 1))
    check_size(len(listed), 1)
    return listed


def _read_column(values: Any) -> Cells | None:
    if isinstance(values, np.ndarray) and values.ndim > 1:
        return None
    if isinstance(values, np.ndarray | pd.Series | pd.Index):
        return read_series(pd.Series(values))
    return read_objects(list(values))


def _read_frame(frame: pd.DataFrame, source: str) -> Table:
    check_size(*frame.shape)
    frame = _keep_index(frame)
    if not len(frame) or not frame.shape[1]:
        raise InputError(_say_empty(source))
    names = [_name_column(label) for label in frame.columns]
    return _assemble(names, [read_series(frame.iloc[:, place]) for place in range(len(names))], source)


def _keep_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as columns, where that says more than the number of the row."""
    index = frame.index
    if not isinstance(index, pd.MultiIndex) and index.name is None and index.dtype.kind in "iu":
        return frame
    is_date = isinstance(index, pd.DatetimeIndex | pd.PeriodIndex)
    usual = "date" if is_date else "index"
    levels = [
        pd.Series(index.get_level_values(place), index=range(len(index)), name=name or usual)
        for place, name in enumerate(index.names)
    ]
    rest = frame.set_axis(pd.RangeIndex(len(frame)))
    if isinstance(rest.columns, pd.MultiIndex):
        rest = rest.set_axis([_name_column(label) for label in rest.columns], axis=1)
    joined: pd.DataFrame = pd.concat([*levels, rest], axis=1)
    return joined


def _assemble(names: Sequence[object], columns: Sequence[Cells | None], source: str) -> Table:
    """A table of typed columns; those that are None were nested and are left out."""
    named = [_name_column(name) for name in names]
    kept = [(name, cells) for name, cells in zip(named, columns, strict=True) if cells is not None]
    lost = [f"“{shorten(name)}”" for name, cells in zip(named, columns, strict=True) if cells is None]
    if not kept:
        raise InputError(
            f"This {source} has no column of numbers, dates or text, only lists, raw bytes or complex numbers. {_WHAT_WORKS}"
        )
    check_size(len(kept[0][1]), len(kept))
    told = (
        [f"Columns of lists, raw bytes or complex numbers were left out: {join_words(lost[:8])}."]
        if lost
        else []
    )
    doubled = [name for name, count in Counter(named).items() if count > 1]
    if doubled:
        shown = join_words([f"“{shorten(name)}”" for name in doubled[:4]])
        told.append(f"Several columns are called {shown}; the later ones are numbered.")
    raw = RawTable(
        names=[name for name, _ in kept],
        cells=[cells for _, cells in kept],
        options=_AS_GIVEN,
        guess={"format": source},
        warnings=told,
    )
    made = assemble(raw, _AS_GIVEN)
    return Table(**vars(made), source_name=source, sha256=_digest(made.frame))


def _digest(frame: pd.DataFrame) -> str:
    digest = hashlib.sha256("\0".join(map(str, frame.columns)).encode("utf-8", "replace"))
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _name_column(label: object) -> str:
    """A column's label as text: levels of a MultiIndex are joined."""
    if isinstance(label, tuple):
        return " ".join(str(level) for level in label if str(level))
    return str(label)


def _say_empty(source: str) -> str:
    return f"This {source} is empty. It needs one row per time step, and a column of numbers."
