"""Ordered names: a column of bare month names or quarters, without a year, as numbers from 1 on."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells.calendar_words import MONTHS, number_months, strip_accents, strip_column_accents
from core.tables.cells.column_texts import sample_texts

Floats = npt.NDArray[np.float64]

_QUARTER = re.compile(r"^(?:q|t|k|quarter|quartal)\s?[1-4]$")
_MIN_SHARE = 0.95
_MIN_NAMES = 3


def read_ordered_names(texts: pa.Array) -> tuple[Floats, str] | None:
    """Numbers of months or quarters, and which of the two; None for other words.

    Examples
    --------
    >>> read_ordered_names(pa.array(["Jan", "Feb", "März", "Jan"]))[0].tolist()
    [1.0, 2.0, 3.0, 1.0]
    >>> read_ordered_names(pa.array(["Mar", "Jan", "Jan"]))
    """
    sample = [strip_accents(text).rstrip(".").lower() for text in sample_texts(texts, 60)]
    if not sample:
        return None
    if sum(text in MONTHS for text in sample) >= _MIN_SHARE * len(sample):
        words = pc.utf8_rtrim(strip_column_accents(texts), characters=".")
        numbers, kind = number_months(words), "months"
    elif sum(bool(_QUARTER.match(text)) for text in sample) >= _MIN_SHARE * len(sample):
        found = pc.extract_regex(texts, r"^(?i:q|t|k|quarter|quartal)\s?(?P<n>[1-4])$")
        numbers, kind = pc.cast(pc.struct_field(found, "n"), pa.int64()), "quarters"
    else:
        return None
    n_present = len(texts) - texts.null_count
    if (
        len(numbers) - numbers.null_count < _MIN_SHARE * n_present
        or len(pc.unique(numbers.drop_null())) < _MIN_NAMES
    ):
        return None
    return pc.cast(numbers, pa.float64()).to_numpy(zero_copy_only=False), kind
