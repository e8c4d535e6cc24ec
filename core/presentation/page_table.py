"""Data table of an exported page: cells of a visitor's data as HTML, escaped and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.errors import keep_printable

_MAX_LETTERS_A_CELL = 300
_MAX_BYTES = 200_000
_MAX_COLUMNS = 100


def write_table(columns: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Write a table that scrolls, with a sentence below it where rows or columns are left out.

    Parameters
    ----------
    columns : sequence of (str, sequence of str)
        Names and cells, equally many of each. Rows are written until the table has 200 kB.

    Returns
    -------
    str

    Examples
    --------
    >>> table = write_table([("year", ("1999",)), ("<b>", ("</script>",))])
    >>> "<td><bdi>&lt;/script&gt;</bdi></td>" in table, "<b>" in table
    (True, False)
    """
    kept = columns[:_MAX_COLUMNS]
    head = "".join(f'<th scope="col"><bdi>{_clean(name)}</bdi></th>' for name, _ in kept)
    n_rows = len(columns[0][1])
    rows, n_bytes = [], 0
    for cells in zip(*(cells for _, cells in kept), strict=True):
        row = f"<tr>{''.join(f'<td><bdi>{_clean(cell)}</bdi></td>' for cell in cells)}</tr>"
        n_bytes += len(row.encode())
        if n_bytes > _MAX_BYTES:
            break
        rows.append(row)
    left_out = []
    if len(rows) < n_rows:
        left_out.append(f"The first {len(rows):,} of {n_rows:,} rows.")
    if len(kept) < len(columns):
        left_out.append(f"The first {len(kept):,} of {len(columns):,} columns.")
    note = f'<p class="note">{" ".join(left_out)}</p>' if left_out else ""
    return (
        '<div class="scrolls" role="region" aria-label="Data table" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{note}"
    )


def _clean(text: str) -> str:
    text = keep_printable(text)
    return escape(text if len(text) <= _MAX_LETTERS_A_CELL else f"{text[: _MAX_LETTERS_A_CELL - 1]}…")
