"""Every visit goes through app.py, also the first one of a fresh server."""

from __future__ import annotations

import runpy
from pathlib import Path

import streamlit as st

APP = Path(__file__).parents[3] / "app.py"
MARK = "app.navigated"


def through_app() -> None:
    """Run app.py if this page was started without it.

    Until ``st.navigation`` has been called once in a server, Streamlit takes a folder named pages/ for an app
    of its older kind and runs the page that the address names alone: without our navigation and settings. A
    shared link opened on a server that has just woken up is such a visit.
    """
    if MARK not in st.session_state:
        runpy.run_path(str(APP), run_name="__main__")
        st.stop()
