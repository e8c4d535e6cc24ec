"""Choice of the label column that a table is split by, and of the labels to play."""

from __future__ import annotations

import streamlit as st

from core import limits
from core.errors import plural
from core.sonify.settings import Settings
from core.sonify.splitting import LabelCounts, count_labels
from core.tables.decisions import Decision
from core.tables.table import shorten
from pages.components.shared.controls import BOUND
from pages.components.shared.messages import plain
from pages.components.shared.session_cache import remember
from pages.components.sonify import texts
from pages.components.sonify.reading import show_switch
from pages.components.sonify.source import Source

NO_SPLIT = texts.NO_SPLIT
# Of which column the chosen labels are.
_LABELS_OF = "sonify.labels_of"


def labels_of(settings: Settings) -> list[str]:
    """The labels that settings play, each once."""
    return list(dict.fromkeys(voice.label for voice in settings.voices if voice.label is not None))


def apply_labels(settings: Settings) -> None:
    """Apply the label column and labels to the widgets; call it before they are drawn in a run."""
    state = st.session_state
    state["sonify.split"] = settings.split or NO_SPLIT
    state["sonify.labels"], state[_LABELS_OF] = labels_of(settings), settings.split


def choose_split(source: Source, used: set[str | None]) -> str | None:
    """Draw the possible label columns: text, and whole numbers that are neither time nor played."""
    table, default = source.table, source.suggested.settings.split
    whole = [name for name in table.number_columns() if table.frame[name].dtype.kind == "i"]
    named = [column.name for column in table.columns if column.kind == "text"]
    keep = {default, st.session_state.get("sonify.split")}
    suited = [name for name in (*named, *whole) if name not in used or name in keep]
    others = [name for name in table.frame.columns if name in keep and name not in suited]
    if not suited and not others:
        return None
    names = [NO_SPLIT, *suited, *others]
    split = st.selectbox(
        texts.SPLIT,
        names,
        index=names.index(default) if default in names else 0,
        key="sonify.split",
        help=texts.SPLIT_HELP,
        **BOUND,
    )
    return None if split in (None, NO_SPLIT) else split


def choose_labels(source: Source, split: str, n_columns: int) -> list[str]:
    """Draw the labels of a column, most frequent first; at most as many as there can be voices."""
    table, defaults, state = source.table, source.suggested.settings, st.session_state
    # A million rows take a fifth of a second: once a column is enough.
    counted = remember(
        "sonify.known_labels", (table.sha256, table.options, split), lambda: count_labels(table, split)
    )
    counts = dict(counted.listed)
    most = max(1, limits.MAX_VOICES // max(1, n_columns))
    suggested = labels_of(defaults) if split == defaults.split else [*counts][: limits.MAX_VOICES]
    listed = list(dict.fromkeys([*counts, *suggested]))
    are_all_listed = counted.n_labels <= len(counts)
    former, state[_LABELS_OF] = state.get(_LABELS_OF, split), split
    # What a link names is not in the state before the widget is drawn, which drops what it does not list.
    named = state.get("sonify.labels", st.query_params.get_all("sonify.labels"))
    missing = [name for name in named if are_all_listed and name not in counts] if former == split else []
    if "sonify.labels" in state:
        kept = [name for name in state["sonify.labels"] if not are_all_listed or name in counts]
        if former != split or (state["sonify.labels"] and not kept):
            kept = suggested
        state["sonify.labels"] = kept[:most]
    labels = st.multiselect(
        texts.LABELS,
        listed,
        default=suggested[:most],
        max_selections=most,
        accept_new_options=not are_all_listed,
        key="sonify.labels",
        placeholder=texts.NO_LABELS,
        help=texts.explain_labels(plain(split)),
        **BOUND,
    )
    if missing:
        words = texts.tell_missing_labels([shorten(name, 24) for name in missing], shorten(split), labels)
        st.caption(f":material/info: {plain(words)}")
    st.caption(_describe_labels(labels, counts, counted, n_columns, most))
    return labels


def _describe_labels(
    labels: list[str], counts: dict[str, int], counted: LabelCounts, n_columns: int, most: int
) -> str:
    shown = [f"{shorten(name, 24)}: {plural(counts[name], 'row')}" for name in labels if name in counts]
    words = [f"{', '.join(shown)}."] if shown else []
    if counted.n_labels > len(counts):
        words.append(
            f"{counted.n_labels:,} labels; the {len(counts)} most common are listed, others can be typed."
        )
    else:
        words.append(f"{plural(counted.n_labels, 'label')} in all.")
    if n_columns > 1:
        words.append(f"With {n_columns} columns, at most {plural(most, 'label')}.")
    return plain(" ".join(words))


def show_split(source: Source, decision: Decision) -> bool:
    """Draw the decision on the split with the sidebar's switch; False for any other decision."""
    if decision.key != "split":
        return False
    default = source.suggested.settings.split
    current = st.session_state.get("sonify.split", default or NO_SPLIT)
    names = [name for name in dict.fromkeys([default, current]) if name not in (None, NO_SPLIT)]
    is_suggested = current == default and st.session_state.get("sonify.labels") == labels_of(
        source.suggested.settings
    )
    told = Decision(
        key="split",
        sentence=decision.sentence
        if is_suggested
        else f"The rows hold several series, one per “{shorten(default or current)}”.",
        chosen=current,
        choices=(*((name, f"by {shorten(name, 20)}") for name in names), (NO_SPLIT, "not split")),
    )
    show_switch(told, "sonify.read.split", _take_split)
    return True


def _take_split() -> None:
    st.session_state["sonify.split"] = st.session_state["sonify.read.split"]
