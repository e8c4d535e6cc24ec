"""Batches of sequences of different lengths: padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pad(rows: Sequence[NDArray[Any]], *, fill: int = 0) -> NDArray[Any]:
    """Stack sequences, the shorter ones filled up at their end: (T, ...) each to (B, longest T, ...)."""
    length = max(len(row) for row in rows)
    stacked = np.full((len(rows), length, *rows[0].shape[1:]), fill, dtype=rows[0].dtype)
    for place, row in zip(stacked, rows, strict=True):
        place[: len(row)] = row
    return stacked
