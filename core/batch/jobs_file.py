"""Jobs files: CSV with a column ``job``, or JSON Lines; every row is one job of the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files.reading import check_file_size, read_file
from core.limits import MEGABYTE
from core.tables.readers.text_encoding import to_utf8

MAX_JOBS_BYTES = 32 * MEGABYTE
MAX_JOBS = 100_000
MAX_ROW_CHARS = 20_000
MAX_COLUMNS = 300
_DELIMITERS = ",;\t|"
_EMPTY_LINE = re.compile(r"(?:sep=[^\n])?[ \t\r\f\v,;|\ufeff]*\n", re.IGNORECASE)
_WHAT_WORKS = "A jobs file is CSV with a column “job”, or JSON Lines: one object a line."


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a jobs file.

    Attributes
    ----------
    number : int
        From 1; neither the header nor blank rows count.
    cells : dict
        What is given, by the name of its column in lower case with ``_`` between words. Text from CSV, where several columns of
        one name are a tuple; anything of JSON from JSON Lines.
    fault : str
        Why the row cannot be read, a sentence; empty if it can.
    """

    number: int
    cells: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


def read_jobs(path: Path) -> list[Row]:
    """Read a jobs file.

    Parameters
    ----------
    path : Path
        CSV with commas, semicolons, tabs or bars, or JSON Lines, in any usual encoding; told by content, not by name.

    Raises
    ------
    InputError
        If it is no such file, larger than the limits, or has no rows.
    OSError
        If it cannot be read.
    """
    return parse_jobs(read_file(path, MAX_JOBS_BYTES, advice="Split it into several batches."))


def parse_jobs(data: bytes) -> list[Row]:
    """Read the bytes of a jobs file; see `read_jobs`.

    Examples
    --------
    >>> parse_jobs(b"job,file,notes\\nsonify,oslo.csv,40\\n")[0].cells
    {'job': 'sonify', 'file': 'oslo.csv', 'notes': '40'}
    >>> parse_jobs(b'{"job": "folk", "bars": 8}')[0].cells
    {'job': 'folk', 'bars': 8}
    """
    check_file_size(len(data), MAX_JOBS_BYTES, "This jobs file", advice="Split it into several batches.")
    try:
        body, _, _ = to_utf8(data, None)
    except InputError:
        raise InputError(f"This jobs file is not text. {_WHAT_WORKS}") from None
    text = body.decode("utf-8", errors="replace").rstrip("\x1a \t\r\n")  # Ctrl-Z ends files of DOS
    if not text.strip("\ufeff \t\r\n\f\v"):
        raise InputError(f"This jobs file is empty. {_WHAT_WORKS}")
    first = text.lstrip()[:1]
    if first == "[":
        raise InputError("This jobs file is one JSON list. Write one object a line, without brackets around.")
    rows: list[Row] = []
    for row in _read_lines(text) if first == "{" else _read_csv(text):
        if row.number > MAX_JOBS:
            raise InputError(f"A jobs file has at most {MAX_JOBS:,} rows. Split it into several batches.")
        rows.append(row)
    if not rows:
        raise InputError(f"This jobs file has no rows. {_WHAT_WORKS}")
    return rows


def _read_lines(text: str) -> Iterator[Row]:
    lines = (line for line in text.split("\n") if line.strip())
    for number, line in enumerate(lines, start=1):
        yield _read_line(number, line)


def _read_line(number: int, line: str) -> Row:
    try:
        found = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Row(number=number, fault="This line is not JSON. Write one object a line, such as " + _EXAMPLE)
    if not isinstance(found, dict):
        return Row(number=number, fault="This line is not a JSON object. Write one such as " + _EXAMPLE)
    given = [(name, value) for name, value in found.items() if not _is_blank(value)]
    return _make_row(number, given)


def _is_blank(value: Any) -> bool:
    """Whether a value stands for none, as an empty cell does."""
    return value is None or (isinstance(value, str) and not value.strip())


_EXAMPLE = '{"job": "sonify", "file": "oslo.csv"}.'


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read_csv(text: str) -> Iterator[Row]:
    whole, text = text, _skip_first_lines(text)
    n_skipped = whole.count("\n") - text.count("\n")
    delimiter = _find_delimiter(text)
    # Strict: a quotation mark that is never closed would hide all rows below it in one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    number = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = cells
                continue
            number += 1
            yield _pair(number, header, cells)
    except csv.Error as error:
        if "field limit" in str(error):
            raise InputError(
                f"A cell at line {n_skipped + reader.line_num} of the jobs file is longer than {csv.field_size_limit():,} characters. "
                "Shorten it, or close its quotation marks."
            ) from None
        raise InputError(
            f"The jobs file cannot be read as CSV at line {n_skipped + reader.line_num}: {error}. Close its quotation marks."
        ) from None


def _skip_first_lines(text: str) -> str:
    """What follows Excel's ``sep=;`` and lines of nothing but delimiters, as a spreadsheet writes empty rows."""
    end = 0
    while line := _EMPTY_LINE.match(text, end):
        end = line.end()
    return text[end:]


def _find_delimiter(text: str) -> str:
    """The delimiter with which one of the names in the first row is “job”."""
    head = text.lstrip("\n\ufeff ").partition("\n")[0][: MAX_COLUMNS * 200]
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([head], delimiter=delimiter), [])
        except csv.Error:
            continue
        if "job" in map(name_column, names):
            return delimiter
    raise InputError(f"This jobs file has no column “job”. {_WHAT_WORKS}")


def _pair(number: int, header: list[str], cells: list[str]) -> Row:
    if any(cell.strip() for cell in cells[len(header) :]):
        return Row(
            number=number,
            fault=f"This row has {len(cells)} cells and the header {len(header)} names. Quote cells that hold the delimiter.",
        )
    given: dict[str, tuple[str, ...]] = {}
    for name, cell in zip(header, cells, strict=False):
        if cell.strip():
            given[name_column(name)] = (*given.get(name_column(name), ()), cell.strip())
    return _make_row(number, ((name, each if len(each) > 1 else each[0]) for name, each in given.items()))


def name_column(name: str) -> str:
    """A column's name as options are named here: in lower case, with ``_`` between words.

    Examples
    --------
    >>> name_column(" Top-p "), name_column("film size")
    ('top_p', 'film_size')
    """
    return "_".join(name.replace("-", " ").replace("_", " ").lower().split())


def _make_row(number: int, given: Iterable[tuple[str, Any]]) -> Row:
    cells: dict[str, Any] = {}
    for raw, value in given:
        name = name_column(raw)
        if not name:
            return Row(number=number, fault=f"The value {value!r:.40} has no column name. Name the column.")
        if name in cells:
            return Row(number=number, fault=f"{name!r:.40} is given twice. Give a list of values instead.")
        cells[name] = value
    try:
        n_chars = len(json.dumps(cells, ensure_ascii=False).encode().decode())
    except (UnicodeEncodeError, RecursionError):
        return Row(number=number, fault="This row contains an incomplete character. Type it again.")
    if len(cells) > MAX_COLUMNS or n_chars > MAX_ROW_CHARS:
        fault = f"This row is too long: more than {MAX_ROW_CHARS:,} characters. Shorten it."
        return Row(number=number, fault=fault)
    return Row(number=number, cells=cells)
