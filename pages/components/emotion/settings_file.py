"""Settings file of Emotion Music: a request and how the piece begins, written and put into the widgets."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.emotion.compose import Request
from core.emotion.examples import example_names
from core.music.key import MAJOR_TONICS
from core.music.midi import GENERAL_MIDI
from core.settings_file import SettingsFile, build, write_settings
from pages.components.emotion import beginning as beginnings
from pages.components.emotion.controls import MAX_TEMPERATURE, STEERINGS, UNITS, EmotionSettings
from pages.components.shared.controls import MAX_SEED
from pages.components.shared.settings_file import name_of, put, require_between, require_option


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """How a piece begins: an example's name, or nothing, and how many seconds of it."""

    example: str | None = None
    seconds: float = beginnings.DEFAULT_SEC


def settings_json(settings: EmotionSettings) -> bytes:
    """Write the choices of the page; what was sung, played or uploaded is not in them."""
    state = st.session_state
    data: dict[str, Any] = {}
    more: dict[str, Any] = {}
    source = state.get("emotion.begin", beginnings.NOTHING)
    if source == beginnings.EXAMPLE:
        data["example"] = state.get("emotion.example") or example_names()[0]
    if source != beginnings.NOTHING:
        more["beginning_sec"] = state.get("emotion.begin_sec") or beginnings.DEFAULT_SEC
    return write_settings("emotion", dataclasses.asdict(settings.request()), data=data, **more)


def apply_settings(file: SettingsFile) -> None:
    """Put a file's choices into the page's widgets.

    Raises
    ------
    InputError
        If one of them is none of the page's.
    """
    request = build(Request, file.settings)
    told = {"example": file.example} | (
        {"seconds": file.more["beginning_sec"]} if "beginning_sec" in file.more else {}
    )
    begins = build(Beginning, told, "beginning")
    low, high, _ = UNITS[request.unit]
    path = request.path
    values: dict[str, Any] = {
        "valence": path.start.valence,
        "arousal": path.start.arousal,
        "moves": path.moves,
        "unit": request.unit,
        request.unit: round(require_between(low, high, request.length, "length")),
        "temperature": require_between(0, MAX_TEMPERATURE, request.temperature, "temperature"),
        "seed": round(require_between(0, MAX_SEED, request.seed, "seed")),
        "steering": name_of(STEERINGS, request.steering, "steering"),
        "lock_notes": False,
        "lock_key": False,
        "lock_tempo": False,
        "instrument": GENERAL_MIDI[request.program],
        "begin_sec": require_between(1, beginnings.MAX_SEC, begins.seconds, "beginning_sec"),
    }
    if request.notes_for is not None:
        notes = request.notes_for.start
        values |= {"lock_notes": True, "notes_valence": notes.valence, "notes_arousal": notes.arousal}
    if request.key is not None:
        values |= {"lock_key": True, "key": require_option(MAJOR_TONICS, request.key, "key")}
    if request.tempo_qpm is not None:
        values |= {"lock_tempo": True, "tempo": round(request.tempo_qpm)}
    if path.moves:
        values |= {"to_valence": path.end.valence, "to_arousal": path.end.arousal}
    if begins.example is not None:
        values |= {
            "begin": beginnings.EXAMPLE,
            "example": require_option(example_names(), begins.example, "example"),
        }
    elif "beginning_sec" not in file.more:
        values["begin"] = beginnings.NOTHING
    put({f"emotion.{name}": value for name, value in values.items()})
