"""Write a table of known numbers and times in a dialect, as bytes of a file."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from benchmarks.tables.dialects import Dialect
from benchmarks.tables.time_forms import FORMS, PART_NAMES, Moment, make_moments

LABELS = ("North", "South", "East", "West")
_SERIES = ("Temp", "Level", "Flow", "Load")
_GROUPS = ("Harbor", "Harbor", "Bridge", "Bridge")
_KINDS = ("Daily", "Daily", "Daily", "Daily")
_UNITS = ("m", "km", "kg", "kW")
_TITLES = ("Figures of the harbor", "Prepared by the office, second edition", "Last updated: 12 March 2024")
_REMARKS = ("calm", "windy, later rain", "see note 3", "ok")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What stands in the table, however it is written.

    ``series`` has a list of numbers for each name, None where one is missing; the names are those of columns, or of
    labels where the dialect is long or goes across.
    """

    moments: list[Moment]
    series: dict[str, list[float | None]]


def make_truth(dialect: Dialect) -> Truth:
    """The moments and numbers of a dialect's seed."""
    rng = random.Random(dialect.seed * 7919 + 1)  # noqa: S311 - nothing secret
    # Before 2002 there are hardly any clocks that count seconds since 1970.
    earliest = 2002 if dialect.time_form.startswith("epoch") else 1971
    start = dt.datetime(rng.randint(earliest, 2029), rng.randint(1, 12), rng.randint(1, 28))
    moments = make_moments(dialect.spacing, dialect.n_rows, start)
    if dialect.orientation == "months across":
        moments = make_moments("month", dialect.n_rows, dt.datetime(start.year, 1, 1))
    if dialect.spacing == "year":
        moments = make_moments(
            "year", dialect.n_rows, dt.datetime(rng.randint(1950, 2060 - dialect.n_rows), 1, 1)
        )
    n_series = 3 if dialect.orientation in ("long", "across") else dialect.n_values
    if dialect.orientation == "months across":
        n_series = 1
    names = (
        [*LABELS[:n_series]]
        if dialect.orientation in ("long", "across")
        else name_columns(dialect)[:n_series]
    )
    return Truth(moments=moments, series={name: _make_numbers(dialect, rng) for name in names})


def name_columns(dialect: Dialect) -> list[str]:
    """The names of the columns of numbers, header rows joined."""
    rows = (_SERIES, _GROUPS, _KINDS)[: max(dialect.header_depth, 1)][::-1]
    return [" ".join(words) for words in zip(*rows, strict=True)][: dialect.n_values]


def _make_numbers(dialect: Dialect, rng: random.Random) -> list[float | None]:
    low, high, digits = {
        "ordinary": (3.0, 97.0, 1),
        "small": (0.05, 2.0, 3),
        "large": (800.0, 4_000_000.0, 2),
        "whole": (500.0, 90_000.0, 0),
        "signed": (-60.0, 60.0, 2),
    }[dialect.number]
    if dialect.number == "large":
        numbers = [round(low * (high / low) ** rng.random(), digits) for _ in range(dialect.n_rows)]
    else:
        numbers = [round(rng.uniform(low, high), digits) for _ in range(dialect.n_rows)]
    gone = (
        set(rng.sample(range(2, dialect.n_rows - 1), 2))
        if dialect.missing != "none" or dialect.placeholder
        else set()
    )
    return [None if i in gone else number for i, number in enumerate(numbers)]


def write_table(dialect: Dialect, truth: Truth) -> bytes:
    """The bytes of a file in which the truth stands in this dialect."""
    rows = {
        "columns": _lay_columns,
        "long": _lay_long,
        "across": _lay_across,
        "months across": _lay_months_across,
    }[dialect.orientation](dialect, truth)
    width = len(rows[-1])
    if dialect.totals:
        rows.append(_total_row(dialect, rows, width))
    lines = [_join(row, dialect, header=i < dialect.header_depth) for i, row in enumerate(rows)]
    mark = "# " if dialect.comments else ""
    titles = [
        mark + (title if mark else _quote(title, dialect, False)) for title in _TITLES[: dialect.titles]
    ]
    sources = [_quote(dialect.source, dialect, False)] if dialect.source else []
    text = dialect.line_end.join([*titles, *lines, *sources]) + dialect.line_end
    return text.encode(dialect.encoding, errors="strict")


def _lay_columns(d: Dialect, truth: Truth) -> list[list[str]]:
    parts = [FORMS[d.spacing][d.time_form](moment, d.language) for moment in truth.moments]
    time_names = list(PART_NAMES.get(d.time_form, ("Date" if d.spacing != "year" else "Year",)))
    rows = [
        _index(d, i) + list(parts[i]) + [write_number(series[i], d, i) for series in truth.series.values()]
        for i in range(d.n_rows)
    ]
    blank = [""] * (len(time_names) - 1)
    headers = []
    for depth, words in list(enumerate((_SERIES, _GROUPS, _KINDS)))[: d.header_depth][::-1]:
        shown = list(words[: len(truth.series)])
        if depth:  # a name above several columns stands once, over the first of them
            shown = [word if not i or word != shown[i - 1] else "" for i, word in enumerate(shown)]
        headers.append(
            (_index_name(d) if not depth else _index(d, None))
            + (["", *blank] if depth else time_names)
            + shown
        )
    if d.units_row:
        headers.append(_index(d, None) + ["", *blank] + [f"[{unit}]" for unit in _UNITS[: len(truth.series)]])
    if d.text_column:
        rows = [[*row, _REMARKS[(i * i + i // 3) % 4]] for i, row in enumerate(rows)]
        headers = [[*row, "Remark" if i == d.header_depth - 1 else ""] for i, row in enumerate(headers)]
    return headers + rows


def _lay_long(d: Dialect, truth: Truth) -> list[list[str]]:
    rows = [[*_index_name(d), "Date" if d.spacing != "year" else "Year", "Region", "Reading"]]
    for i, moment in enumerate(truth.moments):
        for label, series in truth.series.items():
            form = FORMS[d.spacing][d.time_form](moment, d.language)
            rows.append([*_index(d, len(rows) - 1), *form, label, write_number(series[i], d, i)])
    return rows


def _lay_across(d: Dialect, truth: Truth) -> list[list[str]]:
    rows = [["Region", *(FORMS[d.spacing][d.time_form](moment, d.language)[0] for moment in truth.moments)]]
    return rows + [
        [label, *(write_number(number, d, i) for i, number in enumerate(series))]
        for label, series in truth.series.items()
    ]


def _lay_months_across(d: Dialect, truth: Truth) -> list[list[str]]:
    (series,) = truth.series.values()
    names = [
        FORMS["month"]["Mon Y"](moment, d.language)[0].rsplit(" ", 1)[0] for moment in truth.moments[:12]
    ]
    rows = [["Year", *names]]
    for first in range(0, d.n_rows, 12):
        year = truth.moments[first].year
        rows.append(
            [str(year), *(write_number(n, d, first + i) for i, n in enumerate(series[first : first + 12]))]
        )
    return rows


def _index(d: Dialect, i: int | None) -> list[str]:
    return ([""] if i is None else [str(i + (1000 if d.index == "id" else 0))]) if d.index else []


def _index_name(d: Dialect) -> list[str]:
    return [{"unnamed": ""}.get(d.index, d.index)] if d.index else []


def _total_row(d: Dialect, rows: list[list[str]], width: int) -> list[str]:
    row = [""] * width
    row[1 if d.index else 0] = d.totals
    last = width - 1 - d.text_column
    numbers = d.n_values if d.orientation == "columns" else 1
    for i in range(numbers):
        row[last - i] = write_number(12345.5 if d.number == "large" else 1234.0, d, 0)
    return row


def write_number(number: float | None, d: Dialect, i: int) -> str:
    """A number as the dialect writes it; row ``i`` decides which of the marks of a missing one stands there."""
    if number is None:
        is_code = d.placeholder and (d.missing == "none" or i % 2)
        return d.placeholder.replace(".", d.decimal) if is_code else d.missing
    digits = {"ordinary": 1, "small": 3, "large": 2, "whole": 0, "signed": 2}[d.number]
    text = f"{abs(number):,.{digits}f}" if d.grouping else f"{abs(number):.{digits}f}"
    text = text.replace(",", "\0").replace(".", d.decimal).replace("\0", d.grouping)
    if d.affix in ("$", "€ "):
        text = d.affix + text
    elif d.affix:
        text += d.affix
    if d.marks and i in (3, 7):
        text += d.marks
    if number < 0:
        text = {"trailing": text + "-", "brackets": f"({text})"}.get(d.sign, d.sign + text)
    return text


def _join(row: list[str], d: Dialect, *, header: bool) -> str:
    cells = [_quote(cell, d, header) for cell in row]
    return d.delimiter.join(cells) + (d.delimiter if d.trailing else "")


def _quote(cell: str, d: Dialect, header: bool) -> str:
    is_text = header or not any(letter.isdigit() for letter in cell)
    needed = d.delimiter in cell or '"' in cell
    if needed or d.quoting == "all" or (d.quoting == "texts" and is_text and cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell
