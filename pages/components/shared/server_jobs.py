"""Server jobs: the queue of worker processes, shared by all visitors."""

from __future__ import annotations

import os

import streamlit as st

from core.jobs import JobQueue, count_processors

WORKERS_SETTING = "SONOSCOPE_WORKERS"
# A worker holds 150 to 250 MB, and a shared host shows more processors than it gives.
_MOST_BY_ITSELF = 2


@st.cache_resource(show_spinner=False)
def server_jobs() -> JobQueue:
    """The queue of this server: one job per processor at once, at most two unless set otherwise."""
    given = os.environ.get(WORKERS_SETTING, "")
    if given.isdecimal() and len(given) < 4:
        return JobQueue(int(given))
    return JobQueue(min(_MOST_BY_ITSELF, count_processors()))
