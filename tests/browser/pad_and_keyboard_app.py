"""A page with mood pads and keyboards, for their tests. What Python was told stands in ``st.json`` below each.

Run alone: ``streamlit run tests/browser/pad_and_keyboard_app.py``.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from pages.components.emotion.mood_pad.mood_pad import mood_pad
from pages.components.shared.keyboard.keyboard import PlayedNote, WrittenNote, keyboard, step_keyboard

STEPS = {"1/8": 0.5, "1/4": 1.0, "1/2": 2.0}
SCALE = [PlayedNote(pitch=60 + i, onset_sec=i * 0.5, duration_sec=0.4, velocity=80) for i in (0, 2, 4, 5, 7)]
MEASURED = [
    (0.0, Mood(valence=-0.2, arousal=-0.6)),
    (8.0, Mood(valence=0.1, arousal=-0.2)),
    (16.0, Mood(valence=0.2, arousal=0.3)),
    (24.0, Mood(valence=0.55, arousal=0.4)),
]


def told(name: str, value: Any) -> None:
    """Write what Python was told where a test can read it."""
    with st.container(key=f"told_{name}"):
        st.code(str(value), language=None)


st.set_page_config(layout="wide")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
told("runs", st.session_state["runs"])

with st.sidebar:
    moving = st.toggle("A path", key="moving")
    sad = st.toggle("A sad face", key="sad")
    shown = st.toggle("Show", value=True, key="shown")
    reset = st.button("Start anew", key="anew")
    st.session_state["anew_times"] = st.session_state.get("anew_times", 0) + reset

if shown:
    left, right = st.columns(2)
    with left:
        path = mood_pad(
            MoodPath.still(NAMED_MOODS["sad" if sad else "happy"]),
            key="pad",
            moving=moving,
            measured=MEASURED[-1:],
            revision=st.session_state["anew_times"],
        )
        told("pad", list(dataclasses.astuple(path)))
    with right:
        # A page may hand back what it was told.
        back = st.session_state.get("back", MoodPath(start=NAMED_MOODS["sad"], end=NAMED_MOODS["happy"]))
        st.session_state["back"] = mood_pad(back, key="pad_back", moving=True, measured=MEASURED, label="Way")
        told("pad_back", list(dataclasses.astuple(st.session_state["back"])))

    played = keyboard(key="keyboard", notes=SCALE if sad else (), revision=st.session_state["anew_times"])
    told("keyboard", [dataclasses.astuple(note) for note in played])
    written = step_keyboard(
        key="steps",
        steps=STEPS,
        low=55,
        high=81,
        label="Fiddle",
        notes=[WrittenNote(pitch=62, length="1/8")] if sad else (),
    )
    told("steps", [dataclasses.astuple(note) for note in written])

mood_pad(
    MoodPath(start=NAMED_MOODS["tense"], end=NAMED_MOODS["peaceful"]),
    key="picture",
    measured=MEASURED,
    editable=False,
    height_px=240,
)
