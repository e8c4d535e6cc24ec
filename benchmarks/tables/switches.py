"""The switches of how a table was read: each does what it says, is told again, and leads back to the same table."""

from __future__ import annotations

from pathlib import Path

from core.errors import DashboardError
from core.tables.decisions import Decision
from core.tables.table import Table, read_table


def find_switch_faults(path: Path) -> list[str]:
    """Try each choice of each decision about a file, and the way back.

    A choice that is refused with a sentence is no fault. The encoding is left out: a wrong one reads other letters.
    """
    data = path.read_bytes()
    table = read_table(data, name=path.name)
    faults = []
    for decision in table.decisions:
        for value, _ in decision.choices:
            if value != decision.chosen and decision.key != "encoding":
                fault = _try_choice(data, table, decision, value)
                faults += [f"{decision.key} = {value}: {fault}"] if fault else []
    return faults


def _try_choice(data: bytes, table: Table, decision: Decision, value: str) -> str:
    try:
        switched = read_table(
            data, name=table.source_name, options=table.options.correct(decision.key, value)
        )
    except DashboardError:
        return ""
    told = {each.key: each for each in switched.decisions}.get(decision.key)
    if told is None:
        return "not told again"
    if told.chosen != value:
        return f"told as {told.chosen}"
    if decision.chosen not in dict(told.choices):
        return "no way back"
    back = read_table(
        data, name=table.source_name, options=switched.options.correct(decision.key, decision.chosen)
    )
    return "" if back.frame.equals(table.frame) else "the way back leads to another table"
