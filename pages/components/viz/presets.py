"""Presets of Audio Viz: named sets of scene, colors and smoothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.audioviz.settings import DEFAULT_SMOOTHING_SEC, Look, VizSettings
from pages.components.viz import texts
from pages.components.viz.scene_view import current_look, set_look

_KEY, _SMOOTHING = "viz.preset", "viz.smoothing"


@dataclass(frozen=True)
class Preset:
    """A preset: scene, colors and smoothing."""

    scene: str
    palette: str
    smoothing_sec: float


PRESETS = {
    "Spectrum": Preset("bars", "spectrum", DEFAULT_SMOOTHING_SEC),
    "Pulse": Preset("spheres", "ember", 0.0),
    "Calm": Preset("waves", "ocean", 1.5),
    "Galaxy": Preset("cloud", "orchid", 0.3),
    "Crystals": Preset("crystals", "aurora", 0.2),
    "Planet": Preset("planet", "ember", 0.5),
    "Storm": Preset("storm", "spectrum", 0.05),
}


def show_presets(look: dict[str, Any], settings: VizSettings) -> None:
    """Draw the presets; the current one is highlighted."""
    now = Preset(look["scene"], look["palette"], settings.smoothing_sec)
    st.session_state[_KEY] = next((name for name, preset in PRESETS.items() if preset == now), None)
    st.pills(texts.LOOK, list(PRESETS), key=_KEY, on_change=_apply, help=texts.LOOK_HELP)


def _apply() -> None:
    preset = PRESETS.get(st.session_state[_KEY] or "")
    if preset is None:
        return
    look: Look = current_look(st.query_params.to_dict())
    set_look(replace(look, scene=preset.scene, palette=preset.palette))
    st.session_state[_SMOOTHING] = preset.smoothing_sec
