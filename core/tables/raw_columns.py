"""Raw columns before type recognition: content checks on a sample, row selection, stacking."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.dates import parse_dates
from core.tables.headings import read_month
from core.tables.readers.cell_kinds import is_missing

#: Arrow strings, or a series whose type the file declared.
Cells: TypeAlias = "pa.Array | pa.ChunkedArray | pd.Series"
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SAMPLE = 60


# One run of digits with its signs, and little around it: a currency, a unit, a footnote mark.
_NUMBER = re.compile(r"^(?:\W{0,4}|\W?[A-Z]{2,3}\$?\s?)\d[\d.,' \u00a0\u202f’]*(?:[eE][+-]?\d+)?\D{0,5}$")


def take_rows(cells: Cells, rows: Places) -> Cells:
    """The cells of some rows, in their order."""
    return (
        cells.iloc[rows].reset_index(drop=True)
        if isinstance(cells, pd.Series)
        else cells.take(pa.array(rows))
    )


def stack(pieces: list[Cells | None], length: int) -> Cells:
    """Stack columns of equal length; None stands for gaps."""
    given = [piece for piece in pieces if piece is not None]
    if all(isinstance(piece, pd.Series) for piece in given):
        gaps = pd.Series(np.full(length, np.nan))
        filled = [gaps if piece is None else piece for piece in pieces]
        # A column of gaps alone would change the type of the others.
        return pd.concat([gaps if piece.isna().all() else piece for piece in filled], ignore_index=True)
    chunks: list[pa.Array] = []
    for piece in pieces:
        if piece is None:
            chunks.append(pa.nulls(length, pa.large_string()))
        elif isinstance(piece, pd.Series):
            chunks.append(write_texts(piece))
        else:
            chunks += [chunk.cast(pa.large_string()) for chunk in getattr(piece, "chunks", [piece])]
    return pa.chunked_array(chunks, pa.large_string())


def write_texts(values: pd.Series) -> pa.Array:
    """Convert typed cells to text, for tables with typed and untyped columns."""
    texts = [None if pd.isna(value) else str(value) for value in values.tolist()]
    return pa.array(texts, pa.large_string())


def trim_texts(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Strip whitespace; gaps become empty strings."""
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.large_string())
    return pc.fill_null(pc.utf8_trim_whitespace(texts), "")


def find_blanks(cells: Cells) -> Mask:
    """Mask of empty cells."""
    if isinstance(cells, pd.Series):
        return np.asarray(cells.isna(), dtype=bool)
    return to_mask(pc.equal(trim_texts(cells), ""))


def to_mask(found: pa.Array) -> Mask:
    """Convert an Arrow boolean array to a numpy mask."""
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def sample_cells(cells: Cells) -> list[Any]:
    """The first nonmissing values."""
    if isinstance(cells, pd.Series):
        known: list[Any] = cells.iloc[: 20 * _SAMPLE].dropna().iloc[:_SAMPLE].tolist()
        return known
    texts: list[str | None] = cells.slice(0, 20 * _SAMPLE).to_pylist()
    return [text.strip()[:60] for text in texts if text and not is_missing(text)][:_SAMPLE]


def is_empty(cells: Cells) -> bool:
    """Whether a column holds nothing at all."""
    if isinstance(cells, pd.Series):
        return bool(cells.isna().all())
    return not sample_cells(cells) and bool(find_blanks(cells).all())


def holds_numbers(cells: Cells) -> bool:
    """Whether most of a sample could be numbers. A column of gaps could be one."""
    if isinstance(cells, pd.Series) and cells.dtype.kind in "iufbmM":
        return cells.dtype.kind in "iufb"
    values = sample_cells(cells)
    fits = [isinstance(value, int | float) or bool(_NUMBER.match(str(value))) for value in values]
    return sum(fits) >= 0.6 * len(values)


def holds_years(cells: Cells) -> bool:
    """Whether a column holds different years, all between 1500 and 2200."""
    values = {str(value).removesuffix(".0") for value in sample_cells(cells)}
    return len(values) > 1 and all(re.fullmatch(r"(?:1[5-9]|2[01])\d\d|2200", value) for value in values)


def holds_months(cells: Cells) -> bool:
    """Whether a column holds months by their names."""
    values = {str(value) for value in sample_cells(cells)}
    return 3 <= len(values) <= 12 and all(value[:1].isalpha() and read_month(value) for value in values)


def holds_dates(cells: Cells) -> bool:
    """Whether a column holds dates, by a sample."""
    if isinstance(cells, pd.Series):
        return cells.dtype.kind == "M"
    values = sample_cells(cells)
    return bool(values) and parse_dates(pa.array(values, pa.large_string()), day_first=None) is not None


def holds_times(cells: Cells) -> bool:
    """Whether a column holds dates, years or months, by a sample."""
    return holds_dates(cells) or holds_years(cells) or holds_months(cells)
