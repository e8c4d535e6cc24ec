"""Scene of Audio Viz: its look (scene, colors, aspect ratio, title), kept in the session and in the address."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.audio.flac import FlacSound
from core.audioviz.settings import ASPECTS, DRAWN_RATE_HZ, MAX_CAPTION, MAX_LATENCY_MS, Look
from core.audioviz.sound_measures import PARAMETERS
from core.errors import keep_printable
from pages.components.shared.address import is_history_navigation
from pages.components.shared.component_state import number
from pages.components.shared.controls import remember_in_address
from pages.components.viz import texts
from pages.components.viz.features import Heard
from pages.components.viz.scenes.scenes import PALETTES, SCENE_NAMES, scenes

SCENES_KEY = "viz.scenes"
DEFAULT_LOOK: dict[str, Any] = dataclasses.asdict(Look())
_LOOK = "viz.look"
# At most; scenes.css lowers it where the screen is low.
_HEIGHT_PX = 520
_GIVEN = "viz.look_given"


def show_picture(heard: Heard) -> dict[str, Any]:
    """Draw the scene for a sound; returns its current look."""
    return _show_scenes(heard.parameters, heard.sound, heard.title)


def show_live_picture() -> dict[str, Any]:
    """Draw the scene for the live microphone."""
    return _show_scenes(np.zeros((0, len(PARAMETERS)), np.float32), None, texts.MICROPHONE)


def _show_scenes(parameters: NDArray[np.float32], sound: FlacSound | None, title: str) -> dict[str, Any]:
    look = scenes(
        parameters,
        DRAWN_RATE_HZ,
        sound,
        title=title,
        key=SCENES_KEY,
        height_px=_HEIGHT_PX,
        **_begin_with(),
    )
    st.session_state[_LOOK] = look
    _write_address(look)
    return look


def _write_address(look: dict[str, Any]) -> None:
    changed = {
        name: "" if value == DEFAULT_LOOK[name] else value if isinstance(value, str) else str(value).lower()
        for name, value in look.items()
    }
    remember_in_address({f"viz.{name}": value for name, value in changed.items()})


def set_look(look: Look) -> None:
    """Set scene, palette, limiter and latency; takes effect when the scene is next drawn."""
    st.session_state[_GIVEN] = st.session_state[_LOOK] = given = dataclasses.asdict(look)
    _write_address(given)


def current_look(address: dict[str, str]) -> Look:
    """Current scene, palette, limiter and latency, from the session or a new session's URL."""
    return Look(**(st.session_state.get(_LOOK) or read_look(address)))


def _begin_with() -> dict[str, Any]:
    """Initial state of the component, constant while it is mounted."""
    if is_history_navigation():
        st.session_state[_GIVEN] = read_look(st.query_params.to_dict())
    elif SCENES_KEY not in st.session_state or _GIVEN not in st.session_state:
        st.session_state[_GIVEN] = st.session_state.get(_LOOK) or read_look(st.query_params.to_dict())
    given: dict[str, Any] = st.session_state[_GIVEN]
    return given


def read_look(address: dict[str, str]) -> dict[str, Any]:
    """Parse the look from a URL; invalid values fall back to defaults."""
    look = dict(DEFAULT_LOOK)
    if address.get("viz.scene") in SCENE_NAMES:
        look["scene"] = address["viz.scene"]
    if address.get("viz.palette") in PALETTES:
        look["palette"] = address["viz.palette"]
    if address.get("viz.limiter") == "false":
        look["limiter"] = False
    text = address.get("viz.latency_ms", "")
    if text.lstrip("-").isdecimal() and len(text) <= 4:
        latency = number(int(text), -MAX_LATENCY_MS, MAX_LATENCY_MS)
        look["latency_ms"] = round(latency or 0)
    if address.get("viz.aspect") in ASPECTS:
        look["aspect"] = address["viz.aspect"]
    look["caption"] = keep_printable(address.get("viz.caption", "")).strip()[:MAX_CAPTION]
    return look
