"""HTML tables: the largest ``<table>`` of a page or of pasted text, with merged cells, as rows of texts.

Only the tags of tables are looked for, in one pass whose time is linear in the text; whatever else a page holds, scripts
among it, is passed over and never run.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

from core import limits
from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.tables.decisions import Decision
from core.tables.raw_table import WHAT_WORKS, RawTable, ReadOptions
from core.tables.readers.text_encoding import ENCODINGS, to_utf8
from core.tables.readers.text_rows import read_text_rows

_MAX_BYTES = limits.MAX_TABLE_BYTES // 4
_MAX_TAGS = 800_000  # a cell and its end are two
_MAX_FOUND = 10_000  # tables, most of which hold a layout or nothing
_MAX_CELLS = 1_000_000  # when merged cells are spread
_MAX_SPAN = 1_000  # as browsers have it
_MAX_DEPTH = 30
_MAX_TABLES = 20
_CELL_CHARS = 2_000

# No part of it looks beyond the next "<", so tags that never end cost no more than others.
_TAG = re.compile(
    r"<(?:(!--)|(/?)(table|tr|t[dh]|script|style|noscript|template)(?=[\s/>])([^<>]*)>?)", re.IGNORECASE
)
_SPAN = re.compile(r"""(col|row)span\s*=\s*["']?\s*(\d{1,9})""", re.IGNORECASE)
_HIDDEN = re.compile(
    r"<(?:(span|small)[^<>]*display:\s*none[^<>]*>[^<]*</\1>|(script|style)\b[^<>]*>[^<]*</\2>)",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_OTHER_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_REFERENCE = re.compile(r"(?<=\S)\s?\[(?:\d{1,3}|[a-z])\]")

Cell = tuple[str, int, int, bool]  # text, columns and rows that it takes, whether it is a heading


@dataclass
class _Table:
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def n_filled(self) -> int:
        """How many cells hold a text."""
        return sum(bool(cell[0]) for row in self.rows for cell in row)


def read_html(data: bytes, options: ReadOptions) -> RawTable:
    """Read the largest table of a page.

    Parameters
    ----------
    data : bytes
        HTML in any encoding, whole or a fragment that holds a table.
    options : ReadOptions
        The choice for "table", counted from 1, overrules the largest.

    Raises
    ------
    InputError
        When the page holds no table, or a larger one than is read.
    """
    body, encoding, warnings = to_utf8(data, options.encoding)
    check_file_size(len(body), _MAX_BYTES, "This page", advice="Save the table as CSV.")
    tables = [table for table in find_tables(body.decode("utf-8", errors="replace")) if table.n_filled > 1]
    if not tables:
        raise InputError(
            f"This is a web page without a table. Download the data itself, or copy the table and paste it. {WHAT_WORKS}"
        )
    chosen, decisions = _choose_table(tables, options)
    wanted = options
    if (
        options.header is None
        and all(cell[3] for cell in chosen.rows[0])
        and not all(cell[3] for row in chosen.rows for cell in row)
    ):
        wanted = replace(options, header=True)  # the page itself says which cells are headings
    guess = {"format": "HTML table", "encoding": ENCODINGS[encoding]}
    raw = read_text_rows(spread_cells(chosen.rows), wanted, guess=guess, decisions=decisions)
    raw.options = replace(raw.options, encoding=encoding)
    raw.warnings = warnings + raw.warnings
    return raw


def _choose_table(tables: list[_Table], options: ReadOptions) -> tuple[_Table, list[Decision]]:
    tables = sorted(tables, key=lambda table: -table.n_filled)[:_MAX_TABLES]
    if len(tables) == 1:
        return tables[0], []
    wanted = options.choice("table") or "1"
    place = int(wanted) - 1 if wanted.isdigit() and 1 <= int(wanted) <= len(tables) else 0
    sentence = (
        f"This page has {len(tables)} tables. The one with {plural(len(tables[place].rows), 'row')} is used."
    )
    choices = tuple((str(i), f"{plural(len(t.rows), 'row')}") for i, t in enumerate(tables, start=1))
    return tables[place], [Decision(key="table", sentence=sentence, chosen=str(place + 1), choices=choices)]


def find_tables(text: str) -> list[_Table]:
    """All tables of a page, those inside others too.

    Examples
    --------
    >>> [table.rows for table in find_tables("<table><tr><th>a<td>1 &amp; 2</table>")]
    [[[('a', 1, 1, True), ('1 & 2', 1, 1, False)]]]
    """
    found: list[_Table] = []
    open_tables: list[_Table] = []
    # The cell that is open in each of them: where its text begins, and its spans.
    open_cells: list[tuple[int, int, int, bool] | None] = []
    n_tags = place = 0
    while (tag := _TAG.search(text, place)) is not None:
        place = tag.end()
        comment, slash, name, attributes = tag.groups()
        if comment or name.lower() in ("script", "style", "template", "noscript"):
            place = _skip(text, place, "" if comment else name, is_end=slash == "/")
            continue
        n_tags += 1
        if n_tags > _MAX_TAGS or len(found) > _MAX_FOUND:
            raise InputError("This page has too many cells. Save the table as CSV.")
        name = name.lower()
        if open_tables and (cell := open_cells[-1]) is not None:
            open_tables[-1].rows[-1].append((_clean(text, cell[0], tag.start()), *cell[1:]))
            open_cells[-1] = None
        if name == "table" and slash:
            if open_tables:
                open_tables.pop(), open_cells.pop()
            continue
        if name == "table" or not open_tables:  # rows that were pasted without their table begin one
            if len(open_tables) >= _MAX_DEPTH:
                open_tables.pop(), open_cells.pop()
            open_tables.append(_Table())
            open_cells.append(None)
            found.append(open_tables[-1])
        rows = open_tables[-1].rows
        if not slash and (name == "tr" or (name in ("td", "th") and not rows)):
            rows.append([])
        if name in ("td", "th") and not slash:
            spans = {kind.lower(): int(n) for kind, n in _SPAN.findall(attributes)}
            columns, n_rows = (min(max(1, spans.get(kind, 1)), _MAX_SPAN) for kind in ("col", "row"))
            open_cells[-1] = (place, columns, n_rows, name == "th")
    for table, cell in zip(open_tables, open_cells, strict=True):
        if cell is not None:  # the page ends inside a cell
            table.rows[-1].append((_clean(text, cell[0], len(text)), *cell[1:]))
    for table in found:
        table.rows = [row for row in table.rows if row]
    return found


def _skip(text: str, place: int, name: str, *, is_end: bool) -> int:
    """Position after a comment or a script."""
    if is_end:
        return place
    if not name:
        end = text.find("-->", place)
        return end + 3 if end >= 0 else len(text)
    end_tag = re.compile(rf"</{name}\b", re.IGNORECASE).search(text, place)
    return end_tag.end() if end_tag else len(text)


def _clean(text: str, start: int, end: int) -> str:
    """A cell's text without tags and references, with whitespace collapsed."""
    text = text[start : min(end, start + 4 * _CELL_CHARS)]
    if "<" in text:
        text = _OTHER_TAG.sub("", _BREAK.sub(" ", _HIDDEN.sub("", text)))
    if "&" in text:
        text = html.unescape(text)
    text = " ".join(text.split())[:_CELL_CHARS]
    return _REFERENCE.sub("", text) if "[" in text else text


def spread_cells(rows: list[list[Cell]]) -> list[list[str]]:
    """Expand merged cells: repeated downward, followed by empty cells to the right.

    Raises
    ------
    InputError
        When the merged cells make more cells or columns than are read.

    Examples
    --------
    >>> spread_cells([[("t", 1, 2, True), ("x", 2, 1, True)], [("a", 1, 1, True), ("b", 1, 1, True)]])
    [['t', 'x', ''], ['t', 'a', 'b']]
    """
    spread: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}  # by column: rows still to fill, and with what
    n_cells = 0
    for row in rows:
        line: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        for text, n_columns, n_rows, _ in row:
            _take_hanging(line, hanging, below)
            for i in range(n_columns):
                if n_rows > 1:
                    below[len(line)] = (n_rows - 1, text if not i else "")
                line.append(text if not i else "")
            if len(line) > limits.MAX_TABLE_COLUMNS:
                raise InputError(
                    f"This table has more than {limits.MAX_TABLE_COLUMNS:,} columns, which is the limit."
                )
        _take_hanging(line, hanging, below)
        n_cells += len(line)
        if n_cells > _MAX_CELLS:
            raise InputError("The merged cells of this table make too many cells. Save it as CSV.")
        hanging = below
        spread.append(line)
    return spread


def _take_hanging(
    line: list[str], hanging: dict[int, tuple[int, str]], below: dict[int, tuple[int, str]]
) -> None:
    """Fill cells that are covered by a rowspan from above."""
    while len(line) in hanging:
        n_rows, text = hanging.pop(len(line))
        if n_rows > 1:
            below[len(line)] = (n_rows - 1, text)
        line.append(text)
