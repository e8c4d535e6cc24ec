"""Column metadata, and column names made unique and safe to display."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core import limits

Kind = Literal["number", "date", "text", "empty"]

# Categories that never belong in a label: controls, bidi overrides, lone surrogates, line separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: how it is shown, what it holds and what could not be read.

    ``n_missing`` counts the cells that came empty or with a marker such as ``NA``; ``n_unreadable`` those
    that were text in a number or date column. Both are NaN (NaT) in the frame. ``n_infinite`` counts the
    infinities, which stay in the frame.
    """

    name: str
    original_name: str
    kind: Kind
    n_missing: int
    n_infinite: int
    n_unreadable: int
    unit: str = ""
    is_part: bool = False  # of a time that was put together from several columns
    is_code: bool = False  # written with leading zeros, as codes are and quantities are not
    # For times that were written with offsets: from which moment, in seconds since 1970 UTC, which offset in minutes.
    offsets: tuple[tuple[int, int], ...] = ()
    period: str = ""  # "quarter" or "week" where dates were written as such: they begin it


def clean_name(raw: str, *, fallback: str) -> str:
    """Make a label safe to display: no control characters, stripped, at most ``MAX_NAME_CHARS`` long."""
    # Four times the room is enough for what is stripped, and keeps a hostile name from costing time.
    spaced = " ".join(raw[: 4 * limits.MAX_NAME_CHARS].split())
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _UNPRINTABLE).strip()
    return shorten(kept, limits.MAX_NAME_CHARS) or fallback


def shorten(text: str, most: int = 40) -> str:
    """At most ``most`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def make_names_unique(raw_names: Iterable[str]) -> list[str]:
    """Clean names and make them unique; empty ones are numbered, repeated ones become ``x (2)``.

    Examples
    --------
    >>> make_names_unique(["x", "x", ""])
    ['x', 'x (2)', 'Column 3']
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names = []
    for position, raw in enumerate(raw_names, start=1):
        base = clean_name(str(raw), fallback=f"Column {position}")
        name = base
        while name in taken:
            counts[base] = counts.get(base, 1) + 1
            suffix = f" ({counts[base]})"
            name = shorten(base, limits.MAX_NAME_CHARS - len(suffix)) + suffix
        taken.add(name)
        names.append(name)
    return names
