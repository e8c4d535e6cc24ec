"""Parquet files, with their sizes checked in the metadata first and again while reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core import limits
from core.errors import InputError, TooLargeError, plural
from core.files.reading import in_megabytes
from core.tables.raw_table import RawTable, ReadOptions, check_size

_TOO_LARGE = "This Parquet file unpacks to more than {}. Keep fewer columns or rows."
_DAMAGED = "This Parquet file is damaged or incomplete. Save it again, or save the table as CSV."
# Dictionary and run-length encoding pack a column far below its size in memory, so it is measured unpacked.
_MAX_BYTES = 4 * limits.MAX_TABLE_BYTES
# Texts are not what sounds: as many of them as a CSV file can hold.
_MAX_TEXT_BYTES = limits.MAX_TABLE_BYTES
_TOO_MUCH_TEXT = _TOO_LARGE.format(f"{in_megabytes(_MAX_TEXT_BYTES)} of text")
# The parser makes objects of up to 200 times their size of the footer; 2,000 columns take about 0.4 MB a row group.
_MAX_FOOTER_BYTES = 4 * limits.MEGABYTE
_BATCH_ROWS = 64 * 1024
# Physical types whose every value has a small and fixed size.
_FIXED = frozenset({"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE"})
_WIDEST_NUMBER = 32  # bytes of the widest decimal number


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
    _check_footer(data)
    names, cells, n_left_out = [], [], 0
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        places = [i for i in range(len(file.schema)) if _is_flat(file.schema.column(i))]
        texts = [i for i in places if _is_text(file.schema.column(i))]
        _check_declared(file.metadata, places, texts)
        # Texts come as dictionaries: what they unpack to is known before it is there.
        paths = [file.schema.column(i).path for i in texts]
        file = pq.ParquetFile(pa.BufferReader(data), metadata=file.metadata, read_dictionary=paths)
        n_text_bytes = 0
        for place in places:
            column, n_bytes = _read_column(file, place, _MAX_TEXT_BYTES - n_text_bytes)
            n_text_bytes += n_bytes
            flat = flatten_column(column)
            if flat is None:
                n_left_out += 1
                continue
            names.append(file.schema.column(place).name)
            cells.append(flat)
        n_left_out += len(file.schema_arrow) - len(places)
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise InputError(_DAMAGED) from error
    if not cells:
        raise InputError("This Parquet file has no column of numbers, dates or text, only nested ones.")
    if len(set(map(len, cells))) > 1:
        raise InputError(_DAMAGED)
    warnings = []
    if n_left_out:
        were = "was" if n_left_out == 1 else "were"
        warnings.append(
            f"{plural(n_left_out, 'column')} with lists, structures or raw bytes {were} left out."
        )
    guess = {"format": "Parquet", "header": "column names"}
    return RawTable(names=names, cells=cells, options=options, guess=guess, warnings=warnings)


def _check_footer(data: bytes) -> None:
    """Refuse an oversized footer."""
    n_bytes = int.from_bytes(data[-8:-4], "little")
    if data.endswith(b"PAR1") and _MAX_FOOTER_BYTES < n_bytes < len(data):
        raise InputError(
            "This Parquet file has too many columns and row groups. "
            "Save it again with larger row groups, or save the table as CSV."
        )


def _is_flat(column: pq.ColumnSchema) -> bool:
    """Whether a column holds one small value or text a row. Others are never read: their sizes are not declared."""
    if column.name != column.path or column.max_repetition_level:
        return False
    if column.physical_type == "FIXED_LEN_BYTE_ARRAY":
        return column.logical_type.type in ("DECIMAL", "FLOAT16") and column.length <= _WIDEST_NUMBER
    return column.physical_type in _FIXED or _is_text(column)


def _is_text(column: pq.ColumnSchema) -> bool:
    return column.physical_type == "BYTE_ARRAY" and column.logical_type.type in ("STRING", "JSON", "DECIMAL")


def _check_declared(metadata: pq.FileMetaData, places: list[int], texts: list[int]) -> None:
    """Refuse a file whose declared sizes exceed the limits."""
    check_size(metadata.num_rows, metadata.num_columns)
    sizes = dict.fromkeys(places, 0)
    n_rows = 0
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        n_rows += group.num_rows
        for place in places:
            sizes[place] += group.column(place).total_uncompressed_size
    check_size(n_rows, metadata.num_columns)
    if not n_rows:
        raise InputError(
            "This Parquet file has no rows. It needs one row per time step with the values to play."
        )
    if sum(sizes.values()) > _MAX_BYTES:
        raise TooLargeError(_TOO_LARGE.format(in_megabytes(_MAX_BYTES)))
    # Eight bytes a cell for its length and its place in a dictionary.
    if sum(sizes[i] for i in texts) > _MAX_TEXT_BYTES + 8 * n_rows * len(texts):
        raise TooLargeError(_TOO_MUCH_TEXT)


def _read_column(file: pq.ParquetFile, place: int, max_text_bytes: int) -> tuple[pa.ChunkedArray, int]:
    """One column, and how many bytes its texts take."""
    chunks, n_rows, n_bytes = [], 0, 0
    groups = list(range(file.metadata.num_row_groups))
    for batch in file.reader.iter_batches(_BATCH_ROWS, groups, column_indices=[place], use_threads=False):
        n_rows += batch.num_rows
        # The metadata is only what the file says about itself.
        check_size(n_rows, 1)
        cells = batch.column(0)
        cells.validate(full=True)
        if pa.types.is_dictionary(cells.type):
            n_bytes += _weigh_texts(cells)
            if n_bytes > max_text_bytes:
                raise TooLargeError(_TOO_MUCH_TEXT)
            cells = cells.dictionary_decode()
        chunks.append(cells)
    return pa.chunked_array(chunks), n_bytes


def _weigh_texts(cells: pa.DictionaryArray) -> int:
    """How many bytes the texts of a dictionary column take once each row holds its own."""
    lengths = pc.binary_length(cells.dictionary).take(cells.indices)
    return pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0


def flatten_column(column: pa.ChunkedArray) -> pa.ChunkedArray | pd.Series | None:
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
