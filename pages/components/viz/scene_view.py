"""The picture of Audio Viz: scene, colours, flash limiter and latency, kept in the session and in the address."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.components.shared.component_state import number
from pages.components.viz.controls import RATE_HZ, remember_in_address
from pages.components.viz.features import Heard
from pages.components.viz.legend import legend
from pages.components.viz.scenes.scenes import PALETTES, SCENE_NAMES, scenes

SCENES_KEY = "viz.scenes"
DEFAULT_LOOK: dict[str, Any] = {"scene": "bars", "palette": "spectrum", "limiter": True, "latency_ms": 0}
_LOOK = "viz.look"
_GIVEN = "viz.look_given"
_MAX_LATENCY_MS = 500


def show_picture(heard: Heard) -> dict[str, Any]:
    """Draw the scenes for a sound; returns scene, palette, limiter and latency_ms as they are chosen."""
    return _scenes(heard.parameters, heard.sound.wav, heard.sound.title)


def show_live_picture() -> dict[str, Any]:
    """Draw the scenes for the microphone alone."""
    return _scenes(np.zeros((0, len(legend("bars"))), np.float32), b"", "Microphone")


def _scenes(parameters: np.ndarray, wav: bytes, title: str) -> dict[str, Any]:
    look = scenes(parameters, RATE_HZ, wav, title=title, key=SCENES_KEY, **_given())
    st.session_state[_LOOK] = look
    remember_in_address({
        f"viz.{name}": "" if value == DEFAULT_LOOK[name] else str(value).lower() for name, value in look.items()
    })  # fmt: skip
    return look


def _given() -> dict[str, Any]:
    """What the component begins with. It stays the same while the component stands: it keeps what is chosen in it."""
    if SCENES_KEY not in st.session_state or _GIVEN not in st.session_state:
        st.session_state[_GIVEN] = st.session_state.get(_LOOK) or look_of(st.query_params.to_dict())
    given: dict[str, Any] = st.session_state[_GIVEN]
    return given


def look_of(address: dict[str, str]) -> dict[str, Any]:
    """What an address says of the picture; what makes no sense is left at its default."""
    look = dict(DEFAULT_LOOK)
    if address.get("viz.scene") in SCENE_NAMES:
        look["scene"] = address["viz.scene"]
    if address.get("viz.palette") in PALETTES:
        look["palette"] = address["viz.palette"]
    if address.get("viz.limiter") == "false":
        look["limiter"] = False
    text = address.get("viz.latency_ms", "")
    if text.lstrip("-").isdecimal() and len(text) <= 4:
        latency = number(int(text), -_MAX_LATENCY_MS, _MAX_LATENCY_MS)
        look["latency_ms"] = round(latency or 0)
    return look
