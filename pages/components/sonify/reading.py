"""Import options: the decisions made when reading a table, with switches; corrections are kept per file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.errors import DashboardError, InputError
from core.sonify.named_tables import check_corrections, correct_all
from core.tables.decisions import Decision
from core.tables.readers.dialect import DELIMITER_NAMES
from core.tables.readers.text_encoding import ENCODINGS
from core.tables.table import ReadOptions, Table
from pages.components.shared.controls import remember_in_address
from pages.components.shared.messages import InterruptionError, plain
from pages.components.sonify import texts

T = TypeVar("T")

N_SHOWN = 12
_KEPT_FILES = 20
_STATE = "sonify.corrections"
_LOADED = "sonify.loaded_corrections"
_PARAMETER = "sonify.read"
_OPEN = "sonify.reading"
# What changes the sound comes first and opens the panel; how the text was cut comes last.
_FOR_THE_SOUND = (
    "chart",
    "sheet",
    "turn",
    "across",
    "join",
    "parts",
    "split",
    "placeholder",
    "limit",
    "serial",
    "total rows",
    "totals",
    "units",
    "unit",
)
_TECHNICAL = ("delimiter", "decimal", "encoding", "header", "header rows", "day_first", "titles")
# So few choices stand side by side, one click away.
_MOST_RADIO = 3


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A visitor's choice for a decision, and its label."""

    key: str
    chosen: str
    sentence: str
    label: str


def corrections_of(given: str) -> tuple[Correction, ...]:
    """Corrections of a file, in order."""
    kept: dict[str, tuple[Correction, ...]] = st.session_state.get(_STATE, {})
    return kept.get(given, ())


def load_corrections(pairs: object) -> None:
    """Apply a settings file's corrections to the next table.

    Parameters
    ----------
    pairs : list of pairs of str
        A decision's key and the choice, in the order of the corrections.

    Raises
    ------
    InputError
        If they are none.
    """
    st.session_state[_LOADED] = check_corrections(pairs)


def _adopt_corrections(given: str) -> None:
    """Apply corrections of a settings file or the URL to the next table."""
    state = st.session_state
    pairs = state.pop(_LOADED, None)
    if pairs is None and _STATE not in state:
        try:
            pairs = check_corrections(parse_qsl(st.query_params.get(_PARAMETER, ""), keep_blank_values=True))
        except InputError:  # somebody's own address
            pairs = []
    if pairs is not None:
        made = [Correction(key=key, chosen=choice, sentence=f"{key}:", label=choice) for key, choice in pairs]
        _keep(given, tuple(made))


def choose_options(given: str) -> ReadOptions:
    """Reading options of a file: automatic, with the visitor's corrections.

    Parameters
    ----------
    given : str
        Names the file in this session, such as its SHA-256.
    """
    _adopt_corrections(given)
    pairs = pair_corrections(given)
    remember_in_address({_PARAMETER: urlencode(pairs)})
    return correct_all(pairs)


def forget_address() -> None:
    """Remove the corrections from the URL if the current table has none."""
    remember_in_address({_PARAMETER: ""})


def pair_corrections(given: str) -> list[tuple[str, str]]:
    """Key and choice of each correction, for a settings file."""
    return [(correction.key, correction.chosen) for correction in corrections_of(given)]


def read_with_corrections(given: str, read: Callable[[ReadOptions], T], *, is_text: bool = True) -> T:
    """Read with the visitor's corrections; if that fails, offer to undo the last one.

    Where nothing was corrected, the visitor can say how the text is written, if it may be text.

    Raises
    ------
    DashboardError
        What ``read`` raises.
    """
    try:
        return read(choose_options(given))
    except DashboardError as error:
        made = corrections_of(given)
        if made and not isinstance(error, InterruptionError):
            last = made[-1]
            st.caption(texts.tell_correction(plain(last.sentence), plain(last.label)))
            _offer_undo(given)
        elif is_text and not isinstance(error, InterruptionError):
            _offer_basics(given)
        raise


def may_be_text(data: bytes) -> bool:
    """Whether other import options may help: not for an empty file, a picture or another binary file.

    Examples
    --------
    >>> may_be_text(b"day,rain\\n1,3"), may_be_text(b""), may_be_text(b"\\xff\\xd8\\xff\\xe0\\x00\\x10JFIF")
    (True, False, False)
    """
    # UTF-16 has a zero in nearly every second byte, and always on the same side.
    start = data[:4096]
    few, many = sorted((start[0::2].count(0), start[1::2].count(0)))
    is_wide = many * 4 > len(start) and few * 20 < len(start)
    return bool(start.strip()) and (is_wide or not few + many) and not start.startswith(b"%PDF")


def show_reading(
    given: str,
    table: Table,
    besides: Sequence[Decision],
    drawn_elsewhere: Callable[[Decision], bool],
    heard: Collection[str] = (),
) -> None:
    """Draw the panel of decisions, those that matter for the sound first.

    Parameters
    ----------
    given : str
        As for `choose_options`.
    table : Table
    besides : sequence of Decision
        What else was taken for granted.
    drawn_elsewhere : callable
        Draws a decision whose switch is another widget of the page; returns False where it is none of those.
    heard : collection of str
        The columns that sound: what was assumed of them comes before what was of others.
    """
    decisions = sort_decisions([*table.decisions, *besides], heard)
    if not decisions:
        return
    matters = any(_rank(decision) == 0 for decision in decisions)
    panel = st.expander(
        texts.READING,
        icon=":material/table_edit:",
        # Without numbers nothing sounds, and the way out may be here.
        expanded=matters or bool(corrections_of(given)) or not table.number_columns(),
        on_change="rerun",
        key=f"{_OPEN}.{given}",
    )
    if not panel.open:
        return
    with panel:
        # How the text was cut is asked for where nothing else was taken for granted.
        shown = [decision for decision in decisions if _rank(decision) < 2][:N_SHOWN] or decisions
        n_more = len(decisions) - len(shown)
        if st.session_state.get(f"{_OPEN}.all"):
            shown = decisions
        for decision in shown:
            if not drawn_elsewhere(decision):
                _show_decision(given, decision)
        if n_more:
            st.toggle(texts.offer_all_decisions(len(decisions)), key=f"{_OPEN}.all")
        if corrections_of(given):
            _offer_undo(given)


def sort_decisions(decisions: Sequence[Decision], heard: Collection[str] = ()) -> list[Decision]:
    """Sort decisions: important for the sound, less important, file format.

    Among equals, what is not about a column or is about one that sounds comes first.
    """

    def is_elsewhere(decision: Decision) -> bool:
        """Whether the decision is about a column that is not played."""
        _, colon, column = decision.key.partition(":")
        return bool(colon) and bool(heard) and column not in heard

    return sorted(decisions, key=lambda decision: (_rank(decision), is_elsewhere(decision)))


def _rank(decision: Decision) -> int:
    kind = decision.key.partition(":")[0]
    return 0 if kind in _FOR_THE_SOUND else 2 if kind in _TECHNICAL else 1


def show_switch(decision: Decision, key: str, on_change: Callable[[], None]) -> None:
    """Draw a decision's sentence and its switch, if it has one."""
    if not decision.choices:
        st.markdown(plain(decision.sentence))
        return
    words, switch = st.columns([3, 2], vertical_alignment="center")
    words.markdown(plain(decision.sentence))
    labels = dict(decision.choices)
    # The reading decides what is in force, also where it could not follow a choice.
    st.session_state[key] = decision.chosen
    if len(labels) <= _MOST_RADIO:
        switch.radio(
            decision.sentence,
            list(labels),
            format_func=lambda name: plain(labels[name]),
            horizontal=True,
            key=key,
            on_change=on_change,
            label_visibility="collapsed",
        )
    else:
        switch.selectbox(
            decision.sentence,
            list(labels),
            format_func=labels.__getitem__,
            key=key,
            on_change=on_change,
            label_visibility="collapsed",
        )


def _show_decision(given: str, decision: Decision) -> None:
    key = f"sonify.read.{decision.key}"
    show_switch(decision, key, partial(_correct, given, decision, key))


def _correct(given: str, decision: Decision, key: str) -> None:
    chosen = st.session_state.get(key)
    if chosen is None or chosen == decision.chosen:
        return
    made = Correction(
        key=decision.key, chosen=chosen, sentence=decision.sentence, label=dict(decision.choices)[chosen]
    )
    others = tuple(each for each in corrections_of(given) if each.key != decision.key)
    _keep(given, (*others, made))


def _keep(given: str, made: tuple[Correction, ...]) -> None:
    kept = {name: each for name, each in st.session_state.get(_STATE, {}).items() if name != given}
    kept[given] = made
    st.session_state[_STATE] = dict(list(kept.items())[-_KEPT_FILES:])


def _offer_undo(given: str) -> None:
    st.button(
        texts.UNDO,
        key="sonify.read.undo",
        on_click=lambda: _keep(given, corrections_of(given)[:-1]),
        icon=":material/undo:",
    )


# How a text is written: the choices of each decision.
_BASICS: dict[str, tuple[tuple[str, str], ...]] = {
    "delimiter": tuple(DELIMITER_NAMES.items()),
    "decimal": ((".", "point"), (",", "comma")),
    "encoding": tuple(ENCODINGS.items()),
    "header": (("names", "column names"), ("data", "data")),
    "day_first": (("day first", "day first"), ("month first", "month first")),
}


def _offer_basics(given: str) -> None:
    """Draw encoding, delimiter and decimal sign options after a failed import."""
    with st.expander(texts.IMPORT_OPTIONS, icon=":material/table_edit:"):
        for key, choices in _BASICS.items():
            offered = (("", texts.GUESSED), *((value, label) for value, label in choices if value))
            sentence = f"{texts.BASICS[key]}:"
            _show_decision(given, Decision(key=key, sentence=sentence, chosen="", choices=offered))
