"""Settings file of Sonify Data: the sonification, how the table was read, the synthesizer; written, and opened on the page."""

from __future__ import annotations

import dataclasses

import streamlit as st

from core.settings_file import SettingsFile, write_settings
from core.sonify.examples import EXAMPLES, load_example
from pages.components.shared.settings_file import peek_loaded, put, require_option
from pages.components.sonify import texts
from pages.components.sonify.reading import load_corrections, pair_corrections
from pages.components.sonify.requests import Heard
from pages.components.sonify.source import SOURCES
from pages.components.sonify.synthesizer_choice import default_engine

_OPENED = "sonify.opened_settings"


def write_settings_file(heard: Heard) -> bytes:
    """Write the current sonification as a settings file."""
    table, source = heard.source.table, heard.source
    data = {"name": table.source_name, "sha256": table.sha256}
    if source.example is not None:
        data["example"] = source.example.id
    settings = dataclasses.asdict(heard.played.sonification.settings)
    reading = pair_corrections(source.given) if source.given else []
    return write_settings("sonify", settings, data=data, reading=reading, engine=heard.engine)


def open_data() -> None:
    """Open the data and synthesizer of a loaded settings file; the rest is applied once the data are read.

    Raises
    ------
    InputError
        If the file says nothing sensible about them.
    """
    file = peek_loaded("sonify")
    if file is None or st.session_state.get(_OPENED) is file:
        return
    st.session_state[_OPENED] = file
    if "reading" in file.more:
        load_corrections(file.more["reading"])
    engine = file.more.get("engine")
    if engine is not None and default_engine() == "auto":
        put({"sound.engine": require_option(texts.ENGINES, engine, "engine")})
    example = _find_example(file)
    if example is not None:
        put({"sonify.source": SOURCES[0], "sonify.example": EXAMPLES[example].title})


def _find_example(file: SettingsFile) -> str | None:
    """Find the example of a settings file; older files contain only its hash."""
    if file.example in EXAMPLES:
        return file.example
    sha256 = file.data.get("sha256")
    return next((name for name in EXAMPLES if load_example(name).sha256 == sha256), None) if sha256 else None
