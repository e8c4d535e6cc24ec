"""Server jobs: the queue of worker processes or of a cluster's workers, shared by all visitors."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.logger import get_logger

from core.jobs import JobQueue, count_processors, open_queue
from pages.components.shared import texts

WORKERS_SETTING = "SONOSCOPE_WORKERS"
SCHEDULER_SETTING = "SONOSCOPE_SCHEDULER"
# A worker holds 150 to 250 MB, and a shared host shows more processors than it gives.
_MOST_BY_ITSELF = 2


@st.cache_resource(show_spinner=False)
def server_jobs() -> JobQueue:
    """The queue of this server: a cluster's workers where one is set, else one job per processor at once, at most two unless set otherwise."""
    given = os.environ.get(WORKERS_SETTING, "")
    is_set = given.isdecimal() and len(given) < 4
    n_workers = int(given) if is_set else min(_MOST_BY_ITSELF, count_processors())
    scheduler = os.environ.get(SCHEDULER_SETTING, "").strip()
    return open_queue(n_workers, scheduler, get_logger("sonoscope.cluster").info)


def show_cluster_note() -> None:
    """Draw a note while the cluster is away and this server works by itself."""
    cluster = server_jobs().cluster
    if cluster is not None and cluster.is_away:
        st.caption(f":material/info: {texts.CLUSTER_AWAY}")
