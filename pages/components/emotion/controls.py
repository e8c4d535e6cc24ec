"""What a piano piece is to be: the choices of the Emotion page, and the mood as two numbers or two pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.emotion.compose import Request
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.music.midi import GENERAL_MIDI
from pages.components.shared.controls import (
    BOUND,
    DEFAULT_SEED,
    DEFAULT_TEMPERATURE,
    choose_from,
    choose_seed,
    choose_temperature,
    new_seed_button,
)

LengthUnit = Literal["seconds", "bars", "notes"]
Steering = Literal["network", "classic"]
UNITS: dict[LengthUnit, tuple[int, int, int]] = {
    "seconds": (5, 300, 30),
    "bars": (2, 100, 12),
    "notes": (10, 2_000, 160),
}
STEERINGS: dict[str, Steering] = {"by the network": "network", "classic: the seed's clusters": "classic"}
MAX_TEMPERATURE = 2.0
DEFAULT = Mood(valence=0.6, arousal=0.3)
DEFAULT_END = Mood(valence=-0.6, arousal=-0.4)
_PENDING = "emotion.pending"


@dataclass(frozen=True, kw_only=True)
class EmotionSettings:
    """Everything that is chosen in the sidebar; equal settings and equal notes give equal pieces."""

    path: MoodPath
    path_moves: bool
    unit: LengthUnit
    length: int
    temperature: float
    seed: int
    steering: Steering
    program: int

    def request(self) -> Request:
        """What the composer is asked for."""
        return Request(
            path=self.path,
            unit=self.unit,
            length=self.length,
            temperature=self.temperature,
            seed=self.seed,
            steering=self.steering,
            program=self.program,
        )


def default_settings() -> EmotionSettings:
    """What is chosen where neither the visitor nor the address has chosen anything."""
    return EmotionSettings(
        path=MoodPath.still(DEFAULT),
        path_moves=False,
        unit="seconds",
        length=UNITS["seconds"][2],
        temperature=DEFAULT_TEMPERATURE,
        seed=DEFAULT_SEED,
        steering="network",
        program=0,
    )


def set_mood(mood: Mood, *, end: Mood | None = None) -> None:
    """Move the dial; takes effect where the numbers are next drawn, so rerun after calling it in a script.

    Parameters
    ----------
    mood : Mood
        Where the piece begins.
    end : Mood, optional
        Where it ends; without it the end stays as it is.
    """
    pending = {"emotion.valence": mood.valence, "emotion.arousal": mood.arousal}
    if end is not None:
        pending |= {"emotion.to_valence": end.valence, "emotion.to_arousal": end.arousal}
    st.session_state[_PENDING] = {name: round(value, 2) for name, value in pending.items()}


def choose_settings() -> EmotionSettings:
    """Draw the choices in the place where it is called."""
    for name, value in st.session_state.pop(_PENDING, {}).items():
        st.session_state[name] = value
    st.selectbox(
        "Mood",
        list(NAMED_MOODS),
        index=None,
        key="emotion.named",
        placeholder="a named one",
        on_change=_take_named,
        help="Moves the dial there. The page's pad shows and moves it as well.",
    )
    path, moves = _choose_path()
    columns = st.columns(2)
    unit, length = _choose_length(columns)
    temperature = choose_temperature("emotion", MAX_TEMPERATURE, columns[0])
    seed = choose_seed("emotion.seed", place=columns[1], help="The same seed gives the same piece.")
    new_seed_button("Compose again", "emotion")
    steering = choose_from(
        "Steered",
        STEERINGS,
        key="emotion.steering",
        help="By the network, which has learned the measured traits of moods; or by the distance to one of two clusters of "
        "pieces, happy or sad, as the student project did that this page grew from, repaired.",
    )
    instrument = st.selectbox("Instrument", GENERAL_MIDI, key="emotion.instrument", **BOUND)
    return EmotionSettings(
        path=path,
        path_moves=moves,
        unit=unit,
        length=length,
        temperature=temperature,
        seed=seed,
        steering=steering,
        program=GENERAL_MIDI.index(instrument or GENERAL_MIDI[0]),
    )


def _choose_path() -> tuple[MoodPath, bool]:
    """Draw where the piece begins, whether its mood moves, and where it ends."""
    columns = st.columns(2)
    start = Mood(
        valence=_coordinate(
            columns[0], "Valence", "valence", DEFAULT.valence, "From unpleasant, -1, to pleasant, 1."
        ),
        arousal=_coordinate(
            columns[1], "Arousal", "arousal", DEFAULT.arousal, "From calm, -1, to excited, 1."
        ),
    )
    moves = st.checkbox(
        "Let the mood change",
        key="emotion.moves",
        **BOUND,
        help="From this mood to another, over the whole piece.",
    )
    end = start
    if moves:
        columns = st.columns(2)
        end = Mood(
            valence=_coordinate(columns[0], "Valence at the end", "to_valence", DEFAULT_END.valence),
            arousal=_coordinate(columns[1], "Arousal at the end", "to_arousal", DEFAULT_END.arousal),
        )
    return MoodPath(start=start, end=end), bool(moves)


def _choose_length(columns: Sequence[DeltaGenerator]) -> tuple[LengthUnit, int]:
    unit: LengthUnit = (
        columns[0].selectbox("Length in", list(UNITS), key="emotion.unit", **BOUND) or "seconds"
    )
    low, high, default = UNITS[unit]
    # A key a unit: a number of notes means nothing in bars.
    length = columns[1].number_input(
        unit.capitalize(),
        low,
        high,
        default,
        key=f"emotion.{unit}",
        help="Bars are of four quarters, at the tempo that is heard in the piece."
        if unit == "bars"
        else None,
        **BOUND,
    )
    return unit, int(length or default)


def _coordinate(place: Any, label: str, name: str, default: float, about: str | None = None) -> float:
    value = place.number_input(
        label, -1.0, 1.0, default, 0.05, format="%.2f", key=f"emotion.{name}", help=about, **BOUND
    )
    return default if value is None else min(1.0, max(-1.0, round(float(value), 4)))


def _take_named() -> None:
    chosen = st.session_state.get("emotion.named")
    if chosen in NAMED_MOODS:
        mood = NAMED_MOODS[chosen]
        st.session_state["emotion.valence"] = mood.valence
        st.session_state["emotion.arousal"] = mood.arousal
        st.session_state["emotion.named"] = None


def in_words(path: MoodPath) -> str:
    """A path by the names of its moods: ``"sad"``, ``"sad to peaceful"``."""
    if not path.moves or path.start.name == path.end.name:
        return path.start.name
    return f"{path.start.name} to {path.end.name}"
