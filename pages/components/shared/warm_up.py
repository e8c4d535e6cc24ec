"""Import what the pages will need while a visitor reads the home page."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

# Two seconds of imports on a cold server, most of them SciPy's. Not torch or
# librosa: each holds 200 MB, and many visitors never ask a network or sing.
MODULES = (
    "scipy.stats",
    "scipy.signal",
    "pretty_midi",
    "plotly.graph_objects",
    "plotly.subplots",
    "soundfile",
    "soxr",
    "core.sonify.compose",
    "core.sonify.piece.arrange",
    "verovio",
    "core.music.tune_engraving",
    "core.music.tune_files",
    "core.voice.transcribe",
    "scipy.fft",
)


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Start the imports once in a server's life; nobody waits for them."""
    threading.Thread(target=_import_all, name="warm-up", daemon=True).start()


def _import_all() -> None:
    for name in MODULES:
        importlib.import_module(name)
