"""Mode of the sonification (direct, melody, piece) and the dials of each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import limits
from core.music.midi import GENERAL_MIDI, note_name
from core.sonify import settings as choices
from core.sonify.settings import DEFAULT_FIDELITY, DEFAULT_RANGES, Settings
from pages.components.shared.controls import BOUND, Place, choose_number, choose_seed, new_seed_button

MODE_KEY = "sonify.mode"
_FORMER_MODE = "sonify.former_mode"
_ABOUT = {
    "direct": "Every point is a note, and its pitch is its value. Nothing is composed.",
    "melody": "A network composes a melody that follows the data as closely as the dial says. Every point is one note.",
    "piece": "The data play as they are, and networks compose chords and an accompaniment under them.",
}
_DENSITIES = {1: "sparse", 2: "light", 3: "medium", 4: "lively", 5: "busy"}
_DEFAULT_TAKES = 3


def choose_mode() -> tuple[str, dict[str, Any]]:
    """Draw the mode and its dials; returns the mode and the settings that belong to it."""
    mode = st.radio("Mode", choices.MODES, horizontal=True, key=MODE_KEY, **BOUND) or "direct"
    st.caption(_ABOUT[mode])
    _move_ranges(mode)
    if mode == "melody":
        return mode, _choose_melody()
    return mode, _choose_piece() if mode == "piece" else {}


def default_range(mode: str) -> tuple[str, str]:
    """Names of the lowest and the highest note of a voice where nobody chose."""
    low, high = DEFAULT_RANGES[mode]
    return note_name(low), note_name(high)


def current_mode() -> str:
    """The mode of this run, also before its widget is drawn."""
    mode = st.session_state.get(MODE_KEY)
    return mode if mode in choices.MODES else "direct"


def apply_mode(settings: Settings) -> None:
    """Put the mode and its dials into the widgets; call it before they are drawn in a run."""
    state = st.session_state
    # The ranges that come with these settings are meant for their mode.
    state[MODE_KEY] = state[_FORMER_MODE] = settings.mode
    state["sonify.fidelity"] = round(settings.fidelity * 100, 6)
    for name in ("takes", "take", "seed", "style"):
        state[f"sonify.{name}"] = getattr(settings, name)
    state["sonify.density"] = settings.density
    state["sonify.accompaniment"] = GENERAL_MIDI[settings.accompaniment_program]


def _move_ranges(mode: str) -> None:
    """Where the mode has changed, give it its own range to every voice whose range nobody chose."""
    state = st.session_state
    former, state[_FORMER_MODE] = state.get(_FORMER_MODE), mode
    if former in (None, mode):
        return
    for place in range(limits.MAX_VOICES):
        low, high = (f"sonify.voice{place + 1}.{end}" for end in ("low", "high"))
        if (state.get(low), state.get(high)) == default_range(former):
            state[low], state[high] = default_range(mode)


def _choose_melody() -> dict[str, Any]:
    percent = choose_number(
        "Fidelity (%)",
        0.0,
        100.0,
        DEFAULT_FIDELITY * 100,
        5.0,
        key="sonify.fidelity",
        help="0: the network is free and does not hear the data. 100: every note is the nearest to its value.",
    )
    columns = st.columns(2)
    takes = columns[0].number_input(
        "Takes",
        1,
        limits.MAX_TAKES,
        _DEFAULT_TAKES,
        key="sonify.takes",
        help="Melodies composed at once from the same data, key and fidelity.",
        **BOUND,
    )
    n_takes = int(takes or _DEFAULT_TAKES)
    seed = _choose_seed(columns[1])
    take = 1
    if n_takes > 1:
        if (st.session_state.get("sonify.take") or 1) > n_takes:
            st.session_state["sonify.take"] = 1
        chosen = st.radio(
            "Take that plays", list(range(1, n_takes + 1)), horizontal=True, key="sonify.take", **BOUND
        )
        take = int(chosen or 1)
    new_seed_button("Compose again", "sonify", help="Draws another seed.")
    return {"fidelity": round(percent / 100, 8), "takes": n_takes, "take": take, "seed": seed}


def _choose_piece() -> dict[str, Any]:
    columns = st.columns(2)
    style = columns[0].selectbox("Style", choices.STYLES, key="sonify.style", **BOUND)
    density = columns[1].selectbox(
        "Density",
        choices.DENSITIES,
        index=choices.DENSITIES.index(3),
        format_func=_DENSITIES.__getitem__,
        key="sonify.density",
        help="How many notes the accompaniment plays.",
        **BOUND,
    )
    instrument = st.selectbox("Accompaniment", GENERAL_MIDI, key="sonify.accompaniment", **BOUND)
    seed = _choose_seed()
    new_seed_button("Compose again", "sonify", help="Draws another seed.")
    return {
        "style": style or choices.STYLES[0],
        "density": density or 3,
        "accompaniment_program": GENERAL_MIDI.index(instrument) if instrument else 0,
        "seed": seed,
    }


def _choose_seed(place: Place = None) -> int:
    return choose_seed("sonify.seed", 0, place=place, help="The same seed gives the same notes.")
