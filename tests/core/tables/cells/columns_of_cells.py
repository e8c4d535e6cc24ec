"""A column of cells, recognized as the tables' readers would have it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from core.tables.cells.column_types import Recognized, recognize_column
from core.tables.raw_table import ReadOptions


def recognize(
    cells: Sequence[str | None], *, name: str = "x", decimal: str = ".", **chosen: str
) -> Recognized:
    """What a column of texts is read as; ``limit="half"`` corrects the decision ``limit:NAME``."""
    options = ReadOptions(choices=tuple((f"{key}:{name}", choice) for key, choice in chosen.items()))
    texts = pa.array(list(cells), pa.large_string())
    return recognize_column(texts, name=name, decimal=decimal, day_first=None, options=options)


def numbers(found: Recognized) -> list[float | None]:
    """The numbers of a column, None for a gap; rounded, so that they compare."""
    assert found.kind == "number", found
    return [None if math.isnan(value) else round(float(value), 9) for value in found.values.tolist()]


def times(found: Recognized) -> list[str | None]:
    """The times of a column to the second, a day alone where it is midnight; None for a gap."""
    assert found.kind == "date", found
    texts = [None if str(value) == "NaT" else str(value.isoformat()) for value in found.values]
    return [text and text.removesuffix("T00:00:00") for text in texts]


def told(found: Recognized, key: str) -> str:
    """The sentence of the decision about a column that has this key; empty where there is none."""
    return next((d.sentence for d in found.decisions if d.key.partition(":")[0] == key), "")
