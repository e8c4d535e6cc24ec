"""Data table of an exported page: cells of a visitor's data as HTML, escaped and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.errors import keep_printable

_MAX_LETTERS_A_CELL = 300
_MAX_BYTES = 200_000
_MAX_COLUMNS = 100
# Twelve sheets.
_MAX_ROWS_ON_PAPER = 500


def write_table(columns: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Write a table that scrolls, with a sentence below it where rows or columns are left out.

    Parameters
    ----------
    columns : sequence of (str, sequence of str)
        Names and cells, equally many of each. Rows are written until the table has 200 kB; on paper the first 500
        are shown.

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
    notes, is_long = [], len(rows) > _MAX_ROWS_ON_PAPER
    if len(rows) < n_rows:
        notes.append(
            f'<p class="note{" on-screen" * is_long}">The first {len(rows):,} of {n_rows:,} rows.</p>'
        )
    if is_long:
        notes.append(
            f'<p class="note on-paper">Printed: the first {_MAX_ROWS_ON_PAPER} of {n_rows:,} rows.</p>'
        )
    if len(kept) < len(columns):
        notes.append(f'<p class="note">The first {len(kept):,} of {len(columns):,} columns.</p>')
    return (
        '<div class="scrolls" role="region" aria-label="Data table" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead>{_write_bodies(rows)}</table></div>{''.join(notes)}"
    )


def _write_bodies(rows: list[str]) -> str:
    """The rows, those that paper leaves out in a body of their own."""
    rest = rows[_MAX_ROWS_ON_PAPER:]
    more = f'<tbody class="on-screen">{"".join(rest)}</tbody>' if rest else ""
    return f"<tbody>{''.join(rows[:_MAX_ROWS_ON_PAPER])}</tbody>{more}"


def _clean(text: str) -> str:
    text = keep_printable(text)
    return escape(text if len(text) <= _MAX_LETTERS_A_CELL else f"{text[: _MAX_LETTERS_A_CELL - 1]}…")
