"""Column texts: a sample of a column, and which bytes occur in it, so that most rules of writing need no pass over it."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

Texts: TypeAlias = "pa.Array | pa.ChunkedArray | Sequence[Any]"

CAPITALS = frozenset(string.ascii_uppercase.encode())
LETTERS = frozenset(string.ascii_letters.encode())
NOT_ASCII = frozenset(range(128, 256))
_PIECE_BYTES = 1024 * 1024


def find_bytes(texts: pa.Array) -> set[int]:
    """Which byte values occur in a column; a cheap check that lets most parsing rules be skipped.

    Examples
    --------
    >>> sorted(map(chr, find_bytes(pa.array(["12", None, "2.1"]))))
    ['.', '1', '2']
    """
    data = texts.buffers()[2]
    view = np.frombuffer(b"" if data is None else data, np.uint8)
    pieces = (view[start : start + _PIECE_BYTES] for start in range(0, len(view), _PIECE_BYTES))
    counts = sum((np.bincount(piece, minlength=256) for piece in pieces), np.zeros(256, np.int64))
    return set(np.flatnonzero(counts).tolist()) - {0}


def sample_texts(column: Texts, most: int) -> list[str]:
    """Sample up to ``most`` values spread evenly over the column, without gaps.

    Of an Arrow column that shows only gaps in this way, the first values.
    """
    places = range(0, len(column), max(1, len(column) // most))
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        picked = [column[place] for place in places]
    else:
        picked = column.take(pa.array(places)).to_pylist()
        if not any(picked):
            picked = column.drop_null().slice(0, most).to_pylist()
    return [text.strip()[:100] for text in picked if text and isinstance(text, str)]
