"""How a recording is to go on: the choices of the Extrapolate page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.extrapolate.extend import MAX_SECONDS, Direction, Engine, Request
from core.extrapolate.sound_mood import Wish
from pages.components.shared.random_seed import MAX_SEED, new_seed_button

MIN_ADDED_SEC = 10
DIRECTIONS: dict[str, Direction] = {"after": "after", "before": "before", "both": "both"}
MOODS: dict[str, Wish] = {"keep it": "keep", "lift it": "lift", "calm it": "calm"}
ENGINES: dict[str, Engine] = {
    "its own beats, chosen anew": "recompose",
    "new sound, lower fidelity": "neural",
}
_BOUND: dict[str, Any] = {"bind": "query-params"}


def choose_request() -> Request:
    """Draw the choices in the place where it is called.

    Raises
    ------
    InputError
        If a shared link asks for what cannot be.
    """
    direction = st.selectbox(
        "Add", list(DIRECTIONS), key="extrapolate.direction", **_BOUND,
        help="After the recording, before it, or on both sides.",
    )  # fmt: skip
    chosen = DIRECTIONS.get(direction or "", "after")
    columns = st.columns(2)
    seconds = columns[0].number_input(
        "Seconds", MIN_ADDED_SEC, int(MAX_SECONDS), 30, 5, key="extrapolate.seconds", **_BOUND,
        help=f"{MIN_ADDED_SEC} seconds to {MAX_SECONDS / 60:.0f} minutes; with “both”, so much on each side.",
    )  # fmt: skip
    before = chosen == "before"
    at_sec = columns[1].number_input(
        "Enter at, s" if before else "Leave at, s", 0.0, None, None, 1.0, format="%.1f", key="extrapolate.at",
        placeholder="its beginning" if before else "its end", **_BOUND,
        help="Second of the recording, to the nearest beat. "
        + ("What comes before it is left out." if before else "What comes after it is left out."),
    )  # fmt: skip
    mood = st.selectbox(
        "Its mood", list(MOODS), key="extrapolate.mood", **_BOUND,
        help="Lift and calm come gradually: material, brightness, loudness, and the tempo by 4 or 5 %.",
    )  # fmt: skip
    engine = st.selectbox(
        "Made of", list(ENGINES), key="extrapolate.engine", **_BOUND,
        help="The recording's own beats or grains, joined where it cannot be heard; or a spectrogram that the network "
        "predicts, made audible: new material that sounds rougher.",
    )  # fmt: skip
    columns = st.columns(2)
    adventure = columns[0].number_input(
        "Adventure", 0.0, 1.0, 0.4, 0.1, format="%g", key="extrapolate.adventure", **_BOUND,
        help="0 follows the recording in long stretches; 1 jumps often and repeats itself less.",
    )  # fmt: skip
    seed = columns[1].number_input(
        "Seed", 0, MAX_SEED, 1, key="extrapolate.seed", help="The same seed gives the same sound.", **_BOUND
    )
    new_seed_button("Go on differently", "extrapolate")
    return Request(
        seconds=float(seconds or 30), at_sec=None if at_sec is None else round(float(at_sec), 3), direction=chosen,
        mood=MOODS.get(mood or "", "keep"), engine=ENGINES.get(engine or "", "recompose"),
        adventure=0.4 if adventure is None else round(float(adventure), 2), seed=1 if seed is None else int(seed),
    )  # fmt: skip
