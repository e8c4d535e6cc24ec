"""Settings file of Emotion Music: request and opening, written and applied to the widgets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.emotion.examples import example_names
from core.emotion.settings import DEFAULT_OPENING_SEC, Opening, opening_of, request_of
from core.emotion.settings import settings_json as write_settings_file
from core.music.key import MAJOR_TONICS
from core.music.midi import GENERAL_MIDI
from core.settings_file import SettingsFile
from pages.components.emotion import beginning as beginnings
from pages.components.emotion.controls import MAX_TEMPERATURE, STEERINGS, UNITS, EmotionSettings
from pages.components.shared.controls import MAX_SEED
from pages.components.shared.settings_file import name_of, put, require_between, require_option


def settings_json(settings: EmotionSettings, beginning: beginnings.Beginning | None = None) -> bytes:
    """Write the choices of the page; opening notes that were sung, played or uploaded are in them note by note."""
    state = st.session_state
    source = state.get("emotion.begin", beginnings.NOTHING)
    if source == beginnings.NOTHING:
        return write_settings_file(settings.request())
    is_example = source == beginnings.EXAMPLE
    opening = Opening(
        example=(state.get("emotion.example") or example_names()[0]) if is_example else None,
        notes=None if beginning is None else beginning.notes,
        seconds=state.get("emotion.begin_sec") or DEFAULT_OPENING_SEC,
    )
    return write_settings_file(settings.request(), opening)


def apply_settings(file: SettingsFile) -> None:
    """Apply a settings file to the page's widgets.

    Raises
    ------
    InputError
        If one of them is none of the page's.
    """
    request, begins = request_of(file), opening_of(file)
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
        "begin_sec": begins.seconds,
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
        values |= {"begin": beginnings.EXAMPLE, "example": begins.example}
    elif begins.notes is not None:
        values |= {"begin": beginnings.LOADED, beginnings.LOADED_KEY.removeprefix("emotion."): begins.notes}
    elif "beginning_sec" not in file.more:
        values["begin"] = beginnings.NOTHING
    put({f"emotion.{name}": value for name, value in values.items()})
