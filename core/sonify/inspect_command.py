"""Inspect on the command line: how a table is read, every assumption, and what would play by default."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from core.errors import plural
from core.sonify.named_tables import add_reading_arguments, read_named_chart, read_named_tables

if TYPE_CHECKING:
    import pandas as pd

    from core.tables.table import Column, Suggestion, Table

# Text with at most this many different values is told as a category.
_MAX_CATEGORIES = 50
_SHOWN_NAMES = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core inspect``."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="tables in any format that sonify reads; a folder of them; db:NAME/TABLE",
    )
    add_reading_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one line of JSON per file")


def inspect_file(file: str, options: argparse.Namespace) -> str:
    """Report how one table is read.

    Raises
    ------
    DashboardError, OSError
        If it cannot be read.
    """
    table, n_rows = _read(file, options)
    facts = inspect(table) | ({} if n_rows == 0 else {"n_rows": n_rows})
    return json.dumps(facts, ensure_ascii=False, allow_nan=False) if options.json else _word(facts)


def inspect(table: Table) -> dict[str, Any]:
    """How a table was read, as plain data.

    Returns
    -------
    dict
        ``time_first`` and the columns' ``first`` and ``last`` are those of the rows in the order of time, in which they
        would be heard. Times are ISO 8601 as they were written: with their offset where there was one.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> facts = inspect(read_text("year,rain\\n2001,80\\n2000,30"))
    >>> facts["time"], facts["time_first"], facts["columns"][1]["first"], facts["suggested"]
    ('year', 2000, 30, ['rain'])
    """
    suggestion = table.suggest()
    frame = _put_in_order(table.frame, suggestion.time)
    columns = [_tell_column(frame[column.name], column, suggestion) for column in table.columns]
    ends = next((column for column in columns if column["name"] == suggestion.time), {})
    return {
        "file": table.source_name,
        "error": None,
        "n_rows": len(table.frame),
        "time": suggestion.time,
        "time_first": ends.get("first"),
        "time_last": ends.get("last"),
        "columns": columns,
        "suggested": suggestion.values,
        "split": suggestion.split,
        "labels": suggestion.labels,
        "conditions": [list(condition) for condition in suggestion.conditions],
        "decisions": [
            {
                "key": decision.key,
                "chosen": decision.chosen,
                "choices": [value for value, _ in decision.choices],
            }
            for decision in table.decisions
            if decision.choices
        ],
        "notes": [*dict.fromkeys([*(decision.sentence for decision in table.decisions), *table.warnings])],
    }


def _read(file: str, options: argparse.Namespace) -> tuple[Table, int | None]:
    """Read a table, or a sample of a large one with its row count (None where not counted)."""
    from core.tables.table import require_numbers

    chart = read_named_chart([file], corrections=options.correct)
    if chart is not None:
        return chart.table, len(chart.table.frame)
    table, large = read_named_tables([file], select=options.select, corrections=options.correct)
    if large is not None:
        return table, large.n_rows
    require_numbers(table)
    return table, 0


def _put_in_order(frame: pd.DataFrame, time: str | None) -> pd.DataFrame:
    """Rows in playing order: rows without a time are left out, equal times keep the file's order."""
    if time is None:
        return frame
    return frame[frame[time].notna()].sort_values(time, kind="stable")


def _tell_column(values: pd.Series, column: Column, suggestion: Suggestion) -> dict[str, Any]:
    kind: str = {"date": "time", "empty": "text"}.get(column.kind, column.kind)
    if column.name == suggestion.time:
        kind = "time"
    elif (
        kind == "text" and column.kind == "text" and values.nunique() <= min(_MAX_CATEGORIES, len(values) / 2)
    ):
        kind = "category"
    is_daily = column.kind == "date" and bool((values.dropna().dt.normalize() == values.dropna()).all())
    ends = [_tell_value(value, column, is_daily) for value in (values.iloc[[0, -1]] if len(values) else ())]
    return {
        "name": column.name,
        "kind": kind,
        "first": ends[0] if ends else None,
        "last": ends[1] if ends else None,
        "n_missing": int(values.isna().sum()),
        "unit": column.unit,
    }


def _tell_value(value: Any, column: Column, is_daily: bool) -> Any:
    """A cell as JSON can hold it."""
    import pandas as pd

    if pd.isna(value):
        return None
    if column.kind == "date":
        return _tell_time(value, column, is_daily)
    if column.kind != "number":
        return str(value)
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def _tell_time(value: pd.Timestamp, column: Column, is_daily: bool) -> str:
    """Format a time with the UTC offset at that time, if any."""
    import pandas as pd

    if not column.offsets:
        return str(value.date()) if is_daily else str(value.isoformat())
    moment = value.timestamp()
    minutes = [offset for start, offset in column.offsets if start <= moment][-1:] or [column.offsets[0][1]]
    hours, rest = divmod(abs(minutes[0]), 60)
    written = (value + pd.Timedelta(minutes=minutes[0])).isoformat()
    return f"{written}{'-' if minutes[0] < 0 else '+'}{hours:02d}:{rest:02d}"


def _word(facts: dict[str, Any]) -> str:
    """The report as text, one line per assumption and column."""
    size = "rows not counted" if facts["n_rows"] is None else plural(facts["n_rows"], "row")
    lines = [f"{facts['file']}: {size}, {plural(len(facts['columns']), 'column')}"]
    lines += [f"  - {note}" for note in facts["notes"]]
    for column in facts["columns"][:_SHOWN_NAMES]:
        missing = f", {column['n_missing']:,} missing" if column["n_missing"] else ""
        unit = f" in {column['unit']}" if column["unit"] else ""
        lines.append(
            f"  {column['name']}: {column['kind']}{unit}, from {column['first']} to {column['last']}{missing}"
        )
    if len(facts["columns"]) > _SHOWN_NAMES:
        lines.append(f"  and {plural(len(facts['columns']) - _SHOWN_NAMES, 'further column')}")
    heard = ", ".join(facts["suggested"][:1]) or "nothing"
    order = f"over {facts['time']}" if facts["time"] else "in the order of the file"
    split = f", one voice per {facts['split']} ({', '.join(facts['labels'])})" if facts["split"] else ""
    only = "".join(f", only rows in which {column} is {label}" for column, label in facts["conditions"])
    return "\n".join([*lines, f"  Plays by default: {heard}, {order}{split}{only}.\n"])
