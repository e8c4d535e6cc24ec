"""Settings of the Extrapolate page: length, side, mood, ending; method, position, variation and seed under "Advanced"."""

from __future__ import annotations

import streamlit as st

from core.extrapolate.request import MAX_SECONDS, Direction, Ending, Engine, Request, Wish
from pages.components.extrapolate import texts
from pages.components.shared.controls import (
    BOUND,
    DEFAULT_SEED,
    choose_from,
    choose_seed,
    draw_seed,
    new_seed_button,
    read_old_names,
)

MIN_ADDED_SEC = texts.SECONDS_AT_LEAST
_DEFAULT_SEC, _DEFAULT_ADVENTURE = 30, 0.4
DIRECTIONS: dict[str, Direction] = {texts.AFTER: "after", texts.BEFORE: "before", texts.BOTH: "both"}
MOODS: dict[str, Wish] = {texts.KEEP: "keep", texts.LIFT: "lift", texts.CALM: "calm"}
ENDINGS: dict[str, Ending] = {texts.FADE: "fade", texts.CADENCE: "cadence", texts.CUT: "cut"}
# The seed that "New version" drew, with how many more may be drawn in its place; and the same where one is to be drawn.
_DRAWN, _REDRAW, _MOST_DRAWN = "extrapolate.drawn", "extrapolate.redraw", 4
ENGINES: dict[str, Engine] = {texts.RECOMPOSE: "recompose", texts.NEURAL: "neural"}


def default_request() -> Request:
    """Default request."""
    return Request(seconds=float(_DEFAULT_SEC), adventure=_DEFAULT_ADVENTURE, seed=DEFAULT_SEED)


def choose_request() -> Request:
    """Draw the settings.

    Raises
    ------
    InputError
        If a shared link asks for what cannot be.
    """
    refused, left = st.session_state.pop(_REDRAW, (None, None))
    if refused is not None and refused == st.session_state.get("extrapolate.seed"):
        draw_seed("extrapolate.seed")
    else:  # None was refused, or somebody has chosen another meanwhile.
        left = None
    read_old_names("extrapolate.direction", texts.OLD_DIRECTIONS)
    read_old_names("extrapolate.mood", texts.OLD_MOODS)
    read_old_names("extrapolate.ending", texts.OLD_ENDINGS)
    read_old_names("extrapolate.engine", texts.OLD_ENGINES)
    seconds = st.number_input(
        texts.SECONDS,
        MIN_ADDED_SEC,
        int(MAX_SECONDS),
        _DEFAULT_SEC,
        5,
        key="extrapolate.seconds",
        help=texts.SECONDS_HELP,
        **BOUND,
    )
    direction = choose_from(texts.DIRECTION, DIRECTIONS, key="extrapolate.direction")
    mood = choose_from(texts.MOOD, MOODS, key="extrapolate.mood", help=texts.MOOD_HELP)
    ending = choose_from(texts.ENDING, ENDINGS, key="extrapolate.ending", help=texts.ENDING_HELP)
    new_seed_button(texts.NEW_VERSION, "extrapolate", help=texts.NEW_VERSION_HELP)
    if st.session_state.get("extrapolate.new_seed"):
        left = _MOST_DRAWN
    if left is not None:
        st.session_state[_DRAWN] = (st.session_state["extrapolate.seed"], left)
    with st.expander(texts.ADVANCED, icon=":material/tune:"):
        engine = choose_from(texts.ENGINE, ENGINES, key="extrapolate.engine", help=texts.ENGINE_HELP)
        at_sec = _choose_position(before=direction == "before")
        adventure = st.slider(
            texts.VARIATION,
            0.0,
            1.0,
            _DEFAULT_ADVENTURE,
            0.05,
            key="extrapolate.adventure",
            help=texts.VARIATION_HELP,
            **BOUND,
        )
        seed = choose_seed("extrapolate.seed", help=texts.SEED_HELP)
    return Request(
        seconds=float(seconds or _DEFAULT_SEC),
        at_sec=at_sec,
        direction=direction,
        mood=mood,
        engine=engine,
        adventure=round(float(adventure), 2),
        seed=seed,
        ending=ending,
    )


def _choose_position(*, before: bool) -> float | None:
    """Draw the position from which the recording is extended; None: its end or beginning."""
    at_sec = st.number_input(
        texts.AT_BEFORE if before else texts.AT_AFTER,
        0.0,
        None,
        None,
        1.0,
        format="%.1f",
        key="extrapolate.at",
        placeholder=texts.AT_BEGINNING if before else texts.AT_END,
        help=texts.position_help(before=before),
        **BOUND,
    )
    return None if at_sec is None else round(float(at_sec), 3)


def draw_again(seed: int, *, is_former: bool) -> bool:
    """Whether the next run draws another seed, because the one that "New version" drew gives the former result.

    A short addition has few places to jump to: at ten seconds up to a quarter of all seeds gave what another had given.
    """
    drawn, left = st.session_state.pop(_DRAWN, (None, 0))
    if not (is_former and drawn == seed and left):
        return False
    st.session_state[_REDRAW] = (seed, left - 1)
    return True
