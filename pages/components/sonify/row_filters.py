"""Row filters of Sonify Data: which rows are kept, by a column, a comparison and a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.sonify import settings as choices
from core.sonify.settings import Filter, Settings
from pages.components.shared.controls import BOUND, read_old_names
from pages.components.shared.session_cache import remember
from pages.components.sonify import texts
from pages.components.sonify.source import Source

if TYPE_CHECKING:
    import pandas as pd

N_FILTERS = 6  # drawn one after another, as they are chosen
MAX_LISTED_CELLS = 500
NO_FILTER = texts.NO_FILTER


def apply_filters(settings: Settings) -> None:
    """Apply the row filters to the widgets; call it before they are drawn in a run."""
    state = st.session_state
    for place in range(N_FILTERS):
        condition = settings.filters[place] if place < len(settings.filters) else None
        state[f"sonify.filter{place + 1}.column"] = condition.column if condition else NO_FILTER
        state[f"sonify.filter{place + 1}.operator"] = condition.operator if condition else "is"
        state[f"sonify.filter{place + 1}.value"] = condition.value if condition else None


def chosen_filters() -> list[tuple[Any, Any]]:
    """Columns and values of the current row filters."""
    state = st.session_state
    columns = [
        (state.get(f"sonify.filter{place + 1}.column"), state.get(f"sonify.filter{place + 1}.value"))
        for place in range(N_FILTERS)
    ]
    return [condition for condition in columns if condition[0] not in (None, NO_FILTER)]


def choose_filters(source: Source) -> tuple[Filter, ...]:
    """Draw the row filters; each complete one adds the next."""
    filters, defaults = [], source.suggested.settings
    for place in range(N_FILTERS):
        default = defaults.filters[place] if place < len(defaults.filters) else None
        condition = _choose_filter(source, place, default)
        if condition is not None:
            filters.append(condition)
        else:
            break
    return tuple(filters)


def _choose_filter(source: Source, place: int, default: Filter | None) -> Filter | None:
    table = source.table
    key, names = f"sonify.filter{place + 1}", [NO_FILTER, *table.frame.columns]
    column = st.selectbox(
        texts.FILTER_FIRST if place == 0 else texts.FILTER_NEXT,
        names,
        index=names.index(default.column) if default else 0,
        key=f"{key}.column",
        on_change=_suggest_operator,
        args=(key, frozenset(table.number_columns())),
        **BOUND,
    )
    if column in (None, NO_FILTER):
        return None
    operators = list(choices.FILTER_OPERATORS)
    columns = st.columns([2, 3])
    read_old_names(f"{key}.operator", {name: name for name in operators})
    operator = columns[0].selectbox(
        texts.COMPARISON,
        operators,
        key=f"{key}.operator",
        format_func=texts.OPERATORS.__getitem__,
        label_visibility="collapsed",
        **BOUND,
    )
    # A million rows take a tenth of a second: once a column is enough.
    identity = (table.sha256, table.options, column)
    known = list(remember(f"{key}.known", identity, lambda: _list_cells(table.frame[column])))
    if default is not None and column == default.column and default.value not in known:
        known.append(default.value)
    value = columns[1].selectbox(
        texts.CELL,
        known,
        index=known.index(default.value) if default and column == default.column else None,
        key=f"{key}.value",
        accept_new_options=True,
        label_visibility="collapsed",
        placeholder=texts.show_range(known) if column in table.number_columns() else texts.CELL_SHAPE,
        **BOUND,
    )
    return Filter(column=column, operator=operator or "is", value=str(value)) if value is not None else None


def _suggest_operator(key: str, numbers: frozenset[str]) -> None:
    """Compare a column of numbers by size, and any other by equality, until the visitor chooses."""
    state = st.session_state
    is_number = state.get(f"{key}.column") in numbers
    if state.get(f"{key}.operator") in (None, "is", ">="):
        state[f"{key}.operator"] = ">=" if is_number else "is"
    state[f"{key}.value"] = None


def _list_cells(cells: pd.Series) -> list[str]:
    """Values of a column in their order, from the lowest to the highest; of many, some of all sizes."""
    values = cells.dropna().unique()
    if cells.dtype.kind in "iuf":
        values = np.sort(values)
        if len(values) > MAX_LISTED_CELLS:
            values = values[np.linspace(0, len(values) - 1, MAX_LISTED_CELLS).round().astype(int)]
        return list(dict.fromkeys(str(cell) for cell in values))
    return sorted({str(cell) for cell in values[:MAX_LISTED_CELLS]})
