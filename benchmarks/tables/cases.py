"""Hold what a reader makes of a folder of awkward tables against what a careful analyst reads in them.

A folder holds tables and ``expected.json``: for each file, all or some of ``n_rows``, ``time``, ``time_first``,
``time_last``, ``values`` (name: first and last value in the order of time), ``missing`` (name: how many), ``suggested``,
``not_suggested``, ``split``, ``notes`` (any of these words is told), or ``error: true``. What a reader made of a file is
told in the form of ``python -m core inspect --json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import DashboardError
from core.sonify.inspect_command import inspect
from core.tables.table import read_table, require_numbers

Facts = dict[str, Any]
#: From a file to what was read in it; it raises where nothing was.
Reader = Callable[[Path], Facts]


class Verdict(NamedTuple):
    """How one reader did on one file: what is wrong with it, and whether its rows and numbers are right all the same."""

    file: str
    faults: list[str]
    has_right_numbers: bool


def read_ours(path: Path) -> Facts:
    """What this project makes of a file.

    Raises
    ------
    DashboardError
        Where the file is refused.
    """
    table = read_table(path.read_bytes(), name=path.name)
    require_numbers(table)
    return inspect(table)


def judge_folder(folder: Path, reader: Reader) -> list[Verdict]:
    """Let a reader read each file that ``expected.json`` names, and judge it."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return [judge_file(folder / name, wanted, reader) for name, wanted in expected.items()]


def judge_file(path: Path, wanted: Facts, reader: Reader) -> Verdict:
    """Let a reader read one file, and judge it."""
    try:
        told = reader(path)
    except DashboardError as error:
        told = {"error": str(error)}
    faults = find_faults(told, wanted)
    numbers: Facts = {key: wanted[key] for key in ("error", "n_rows", "values", "missing") if key in wanted}
    return Verdict(path.name, faults, not find_faults(told, numbers))


def find_faults(told: Facts, wanted: Facts) -> list[str]:
    """Say in which respects what a reader told of a table differs from what is wanted."""
    if wanted.get("error"):
        return [] if told.get("error") else ["accepted"]
    if told.get("error"):
        return ["refused: " + str(told["error"])[:100]]
    return [*_compare_shape(told, wanted), *_compare_columns(told, wanted), *_compare_choices(told, wanted)]


def _compare_shape(told: Facts, wanted: Facts) -> list[str]:
    faults = []
    if "n_rows" in wanted and told.get("n_rows") != wanted["n_rows"]:
        faults.append(f"{told.get('n_rows')} rows, not {wanted['n_rows']}")
    if "time" in wanted and told.get("time") != wanted["time"]:
        faults.append(f"time is {told.get('time')!r}, not {wanted['time']!r}")
    for key in ("time_first", "time_last"):
        if key in wanted and not str(told.get(key)).startswith(str(wanted[key])):
            faults.append(f"{key} is {told.get(key)!r}, not {wanted[key]!r}")
    return faults


def _compare_columns(told: Facts, wanted: Facts) -> list[str]:
    columns = {column["name"]: column for column in told.get("columns", [])}
    faults = []
    for name, (first, last) in wanted.get("values", {}).items():
        column = columns.get(name)
        if column is None or column.get("kind") != "number":
            kinds = [(each, other.get("kind")) for each, other in columns.items()][:6]
            faults.append(f"{name!r} is no column of numbers: {kinds}")
        elif not (_is_same(column.get("first"), first) and _is_same(column.get("last"), last)):
            faults.append(
                f"{name!r} goes from {column.get('first')} to {column.get('last')}, not {first} to {last}"
            )
    for name, n in wanted.get("missing", {}).items():
        if name in columns and columns[name].get("n_missing") != n:
            faults.append(f"{name!r} has {columns[name].get('n_missing')} missing, not {n}")
    return faults


def _compare_choices(told: Facts, wanted: Facts) -> list[str]:
    first = (told.get("suggested") or [None])[0]
    faults = []
    if "suggested" in wanted and first != wanted["suggested"]:
        faults.append(f"suggests {first!r}, not {wanted['suggested']!r}")
    if first is not None and first in wanted.get("not_suggested", []):
        faults.append(f"suggests {first!r}")
    if "split" in wanted and told.get("split") != wanted["split"]:
        faults.append(f"split is {told.get('split')!r}, not {wanted['split']!r}")
    notes = " ".join(told.get("notes") or []).lower()
    if "notes" in wanted and not any(word in notes for word in wanted["notes"]):
        faults.append(f"no note says {' or '.join(wanted['notes'])}")
    return faults


def _is_same(told: Any, wanted: Any) -> bool:
    if told is None or wanted is None:
        return told is wanted
    return math.isclose(float(told), float(wanted), rel_tol=1e-6, abs_tol=1e-6)
