"""Parquet files, with their sizes checked in the metadata first and again while reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core import limits
from core.errors import InputError, plural
from core.files.reading import in_megabytes
from core.tables.raw_table import RawTable, ReadOptions, check_size

_TOO_LARGE = "This Parquet file unpacks to more than {}. Keep fewer columns or rows."
_DAMAGED = "This Parquet file is damaged or not complete. Write it again, or save the table as CSV."
# Dictionary and run-length encoding pack a column far below its size in memory, so it is measured unpacked.
_MAX_BYTES = 4 * limits.MAX_TABLE_BYTES
_BATCH_ROWS = 64 * 1024


def read_parquet(data: bytes, options: ReadOptions) -> RawTable:
    """Read a Parquet file's flat columns.

    Parameters
    ----------
    data : bytes
        The file.
    options : ReadOptions
        Only ``decimal`` and ``day_first`` matter here, for columns of text.

    Raises
    ------
    InputError
        When the file is damaged, too large, or has no column that is flat.
    """
    try:
        table = _read_bounded(pq.ParquetFile(pa.BufferReader(data)))
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise InputError(_DAMAGED) from error
    names, cells, n_nested = [], [], 0
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            flat = _flatten(column)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            raise InputError(_DAMAGED) from error
        if flat is None:
            n_nested += 1
            continue
        names.append(name)
        cells.append(flat)
    if not cells:
        raise InputError("This Parquet file has no column of numbers, dates or words, only nested ones.")
    warnings = []
    if n_nested:
        were = "was" if n_nested == 1 else "were"
        warnings.append(f"{plural(n_nested, 'column')} with lists, structures or raw bytes {were} left out.")
    guess = {"format": "Parquet", "header": "column names"}
    return RawTable(names=names, cells=cells, options=options, guess=guess, warnings=warnings)


def _read_bounded(file: pq.ParquetFile) -> pa.Table:
    metadata = file.metadata
    check_size(metadata.num_rows, metadata.num_columns)
    declared = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if declared > _MAX_BYTES:
        raise InputError(_TOO_LARGE.format(in_megabytes(_MAX_BYTES)))
    batches, size, n_rows = [], 0, 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
        n_rows += batch.num_rows
        size += batch.nbytes
        # The metadata is only what the file says about itself.
        check_size(n_rows, batch.num_columns)
        if size > _MAX_BYTES:
            raise InputError(_TOO_LARGE.format(in_megabytes(_MAX_BYTES)))
        batch.validate(full=True)
        batches.append(batch)
    if not batches:
        raise InputError(
            "This Parquet file has no rows. It needs a row for each moment with the values to hear."
        )
    return pa.Table.from_batches(batches)


def _flatten(column: pa.ChunkedArray) -> pa.ChunkedArray | pd.Series | None:
    """A column as Arrow strings or a typed series; ``None`` for what is neither number, time nor text."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.cast(column, pa.large_string())
    if pa.types.is_boolean(kind):
        column = pc.cast(column, pa.uint8())
    elif pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        column = pc.cast(column, pa.float64(), safe=False)
    elif pa.types.is_uint64(kind):
        fits = (pc.max(column).as_py() or 0) < 2**63
        column = pc.cast(column, pa.int64() if fits else pa.float64(), safe=False)
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _times(column)
    elif pa.types.is_duration(kind):
        column = pc.divide(pc.cast(pc.cast(column, pa.duration("us"), safe=False), pa.int64()), 1e6)
    elif pa.types.is_time(kind):
        return pc.cast(column, pa.large_string())
    elif pa.types.is_null(kind):
        return pd.Series(np.full(len(column), np.nan))
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return None
    return pd.Series(column.to_numpy().copy())


def _times(column: pa.ChunkedArray) -> pd.Series:
    """Microseconds without a zone; Arrow keeps times with a zone in UTC, so only the label goes."""
    values = pc.cast(column, pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]")
    outside = (values < np.datetime64("0001-01-02")) | (values > np.datetime64("9999-12-30"))
    return pd.Series(np.where(outside, np.datetime64("NaT", "us"), values))
