"""Cues of the Sonify page: time ticks, reference tones, accents, spoken captions."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.sonify import settings as choices
from core.sonify.settings import Settings
from core.speech.espeak import espeak_available
from core.speech.languages import LANGUAGES
from core.tables.table import Table
from pages.components.shared.controls import BOUND, read_old_names
from pages.components.sonify import texts

_OLD_TICK_UNITS = {name: name for name in texts.TICK_UNITS} | {"n notes": "row", "n units": "unit"}


def apply_cues(settings: Settings) -> None:
    """Apply the cues of settings to the widgets; call it before they are drawn in a run."""
    state = st.session_state
    state["sonify.tick_unit"], state["sonify.tick_every"] = settings.tick_unit, settings.tick_every
    state["sonify.references"], state["sonify.accents"] = list(settings.references), settings.accents
    state["sonify.captions"], state["sonify.language"] = settings.captions, settings.language


def choose_cues(table: Table, time: str | None) -> dict[str, Any]:
    """Draw the cues but for the captions; returns their settings."""
    dated = time in table.date_columns()
    units = [
        "off",
        *(("year", "month", "week", "day", "hour") if dated else ("unit",) if time else ()),
        "row",
    ]
    columns = st.columns([3, 2], vertical_alignment="bottom")
    read_old_names("sonify.tick_unit", _OLD_TICK_UNITS)
    unit = columns[0].selectbox(
        texts.TICK_UNIT,
        units,
        key="sonify.tick_unit",
        help=texts.TICK_HELP,
        format_func=texts.TICK_UNITS.__getitem__,
        **BOUND,
    )
    every = columns[1].number_input(
        texts.TICK_EVERY,
        1.0,
        1e9,
        1.0,
        1.0,
        format="%g",
        key="sonify.tick_every",
        disabled=unit == "off",
        **BOUND,
    )
    references = st.multiselect(
        texts.REFERENCES,
        list(choices.REFERENCES),
        key="sonify.references",
        help=texts.REFERENCES_HELP,
        **BOUND,
    )
    accents = st.toggle(texts.ACCENTS, key="sonify.accents", **BOUND)
    return {
        "tick_unit": unit or "off",
        "tick_every": float(every or 1),
        "references": tuple(name for name in choices.REFERENCES if name in references),
        "accents": accents,
    }


def choose_captions() -> dict[str, Any]:
    """Draw the switch of spoken captions and, where it is on, their language; returns their settings."""
    if not st.toggle(texts.CAPTIONS, key="sonify.captions", help=texts.CAPTIONS_HELP, **BOUND):
        return {}  # a language that nothing speaks would make another sound of the same notes
    read_old_names("sonify.language", {code: code for code in LANGUAGES})
    language = st.selectbox(
        texts.LANGUAGE,
        list(LANGUAGES),
        key="sonify.language",
        format_func=lambda code: LANGUAGES[code].name,
        **BOUND,
    )
    if not espeak_available():
        st.caption(texts.NO_ESPEAK)
    return {"captions": True, "language": language or "en"}
