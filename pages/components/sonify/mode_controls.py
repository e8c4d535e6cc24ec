"""Mode of the sonification (direct, melody, full arrangement) and the controls of each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import limits
from core.music.midi import GENERAL_MIDI
from core.sonify import settings as choices
from core.sonify.settings import DEFAULT_FIDELITY, Settings
from pages.components.shared.controls import BOUND, Place, choose_seed, new_seed_button, read_old_names
from pages.components.sonify import texts

MODE_KEY = "sonify.mode"
_DEFAULT_TAKES = 3


def choose_mode() -> tuple[str, dict[str, Any]]:
    """Draw the mode and its controls; returns the mode and its settings."""
    read_old_names(MODE_KEY, {name: name for name in choices.MODES})
    mode = (
        st.radio(
            texts.MODE,
            choices.MODES,
            horizontal=True,
            format_func=texts.MODES.__getitem__,
            key=MODE_KEY,
            **BOUND,
        )
        or "direct"
    )
    st.caption(texts.MODE_ABOUT[mode])
    if mode == "melody":
        return mode, _choose_melody()
    return mode, _choose_piece() if mode == "piece" else {}


def current_mode() -> str:
    """The mode of this run, also before its widget is drawn."""
    mode = st.session_state.get(MODE_KEY)
    return mode if mode in choices.MODES else "direct"


def apply_mode(settings: Settings) -> None:
    """Apply the mode and its settings to the widgets; call it before they are drawn in a run."""
    state = st.session_state
    state[MODE_KEY] = settings.mode
    state["sonify.fidelity"] = round(settings.fidelity * 100, 6)
    for name in ("takes", "take", "seed", "style"):
        state[f"sonify.{name}"] = getattr(settings, name)
    state["sonify.density"] = settings.density
    state["sonify.accompaniment"] = GENERAL_MIDI[settings.accompaniment_program]


def _choose_melody() -> dict[str, Any]:
    percent = st.slider(
        texts.FIDELITY,
        0.0,
        100.0,
        DEFAULT_FIDELITY * 100,
        5.0,
        format="%g",
        key="sonify.fidelity",
        help=texts.FIDELITY_HELP,
        **BOUND,
    )
    columns = st.columns(2)
    takes = columns[0].number_input(
        texts.TAKES, 1, limits.MAX_TAKES, _DEFAULT_TAKES, key="sonify.takes", help=texts.TAKES_HELP, **BOUND
    )
    n_takes = int(takes or _DEFAULT_TAKES)
    seed = _choose_seed(columns[1])
    take = 1
    if n_takes > 1:
        if (st.session_state.get("sonify.take") or 1) > n_takes:
            st.session_state["sonify.take"] = 1
        chosen = st.radio(
            texts.TAKE, list(range(1, n_takes + 1)), horizontal=True, key="sonify.take", **BOUND
        )
        take = int(chosen or 1)
    new_seed_button(texts.NEW_VERSION, "sonify", help=texts.NEW_VERSION_HELP)
    return {"fidelity": round(float(percent) / 100, 8), "takes": n_takes, "take": take, "seed": seed}


def _choose_piece() -> dict[str, Any]:
    read_old_names("sonify.style", {name: name for name in choices.STYLES})
    style = st.selectbox(texts.STYLE, choices.STYLES, key="sonify.style", format_func=str.capitalize, **BOUND)
    read_old_names("sonify.density", {name.lower(): density for density, name in texts.DENSITIES.items()})
    density = st.select_slider(
        texts.DENSITY,
        choices.DENSITIES,
        value=3,
        format_func=texts.DENSITIES.__getitem__,
        key="sonify.density",
        help=texts.DENSITY_HELP,
        **BOUND,
    )
    instrument = st.selectbox(texts.ACCOMPANIMENT, GENERAL_MIDI, key="sonify.accompaniment", **BOUND)
    seed = _choose_seed()
    new_seed_button(texts.NEW_VERSION, "sonify", help=texts.NEW_VERSION_HELP)
    return {
        "style": style or choices.STYLES[0],
        "density": density or 3,
        "accompaniment_program": GENERAL_MIDI.index(instrument) if instrument else 0,
        "seed": seed,
    }


def _choose_seed(place: Place = None) -> int:
    return choose_seed("sonify.seed", 0, place=place, label=texts.SEED, help=texts.SEED_HELP)
