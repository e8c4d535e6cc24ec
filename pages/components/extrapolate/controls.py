"""How a recording is to go on: the choices of the Extrapolate page."""

from __future__ import annotations

import streamlit as st

from core.extrapolate.request import MAX_SECONDS, Direction, Engine, Request, Wish
from pages.components.shared.controls import (
    BOUND,
    DEFAULT_SEED,
    choose_from,
    choose_number,
    choose_seed,
    new_seed_button,
)

MIN_ADDED_SEC = 10
_DEFAULT_SEC, _DEFAULT_ADVENTURE = 30, 0.4
DIRECTIONS: dict[str, Direction] = {"after": "after", "before": "before", "both": "both"}
MOODS: dict[str, Wish] = {"keep it": "keep", "lift it": "lift", "calm it": "calm"}
ENGINES: dict[str, Engine] = {
    "its own beats, chosen anew": "recompose",
    "new sound, lower fidelity": "neural",
}


def default_request() -> Request:
    """What is asked for at a visitor's first look."""
    return Request(seconds=float(_DEFAULT_SEC), adventure=_DEFAULT_ADVENTURE, seed=DEFAULT_SEED)


def choose_request() -> Request:
    """Draw the choices in the place where it is called.

    Raises
    ------
    InputError
        If a shared link asks for what cannot be.
    """
    direction = choose_from(
        "Add",
        DIRECTIONS,
        key="extrapolate.direction",
        help="After the recording, before it, or on both sides.",
    )
    seconds, at_sec = _choose_times(before=direction == "before")
    mood = choose_from(
        "Its mood",
        MOODS,
        key="extrapolate.mood",
        help="Lift and calm come gradually: material, brightness, loudness, and the tempo by 4 or 5 %.",
    )
    engine = choose_from(
        "Made of",
        ENGINES,
        key="extrapolate.engine",
        help="The recording's own beats or grains, joined where it cannot be heard; or a spectrogram that the network "
        "predicts, made audible: new material that sounds rougher.",
    )
    columns = st.columns(2)
    adventure = choose_number(
        "Adventure",
        0.0,
        1.0,
        _DEFAULT_ADVENTURE,
        0.1,
        key="extrapolate.adventure",
        place=columns[0],
        digits=2,
        help="0 follows the recording in long stretches; 1 jumps often and repeats itself less.",
    )
    seed = choose_seed("extrapolate.seed", place=columns[1], help="The same seed gives the same sound.")
    new_seed_button("Go on differently", "extrapolate")
    return Request(
        seconds=seconds,
        at_sec=at_sec,
        direction=direction,
        mood=mood,
        engine=engine,
        adventure=adventure,
        seed=seed,
    )


def _choose_times(*, before: bool) -> tuple[float, float | None]:
    """Draw how long the addition is and where it leaves or enters the recording; None: at its end or beginning."""
    columns = st.columns(2)
    seconds = columns[0].number_input(
        "Seconds",
        MIN_ADDED_SEC,
        int(MAX_SECONDS),
        _DEFAULT_SEC,
        5,
        key="extrapolate.seconds",
        help=f"{MIN_ADDED_SEC} seconds to {MAX_SECONDS / 60:.0f} minutes; with “both”, so much on each side.",
        **BOUND,
    )
    at_sec = columns[1].number_input(
        "Enter at, s" if before else "Leave at, s",
        0.0,
        None,
        None,
        1.0,
        format="%.1f",
        key="extrapolate.at",
        placeholder="its beginning" if before else "its end",
        help="Second of the recording, to the nearest beat. "
        f"What comes {'before' if before else 'after'} it is left out.",
        **BOUND,
    )
    return float(seconds or _DEFAULT_SEC), None if at_sec is None else round(float(at_sec), 3)
