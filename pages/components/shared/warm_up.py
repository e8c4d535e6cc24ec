"""Warm-up: a new server prepares workers, imports and default pages while the first visitor browses."""

from __future__ import annotations

import gc
import importlib
import threading
from functools import partial

import streamlit as st
from streamlit import runtime

from core.jobs import SERVER, JobQueue
from pages.components.shared.results import keep_result
from pages.components.shared.server_jobs import server_jobs

# What a page's jobs import, by its address; a worker imports it while the page that was asked for first is being drawn.
WORKER_MODULES = {
    "": ("core.sonify.job",),
    "sonify_data": ("core.sonify.job", "core.sonify.compose", "core.sonify.charts", "plotly.graph_objects"),
    "folk_generator": ("core.folk.job", "core.folk.generate", "core.music.tune_engraving"),
    "emotion_music": ("core.emotion.job", "core.emotion.piano.generate", "core.emotion.judge.judge"),
    "extrapolate": ("core.extrapolate.job", "core.extrapolate.extend", "scipy.signal"),
    "audio_viz": ("core.showcase", "core.emotion.piano.generate", "core.emotion.judge.judge", "scipy.signal"),
}
# What the pages need that the first visitor's page may not have needed. Not librosa: the server never imports it,
# its workers do.
PAGE_MODULES = (
    "plotly.graph_objects",
    "plotly.subplots",
)
# Modules with a function `default_jobs`: what each page shows as it stands, the most visited first.
PAGES = (
    "pages.components.sonify.defaults",
    "pages.components.folk.defaults",
    "pages.components.emotion.defaults",
    "pages.components.extrapolate.defaults",
    "pages.components.viz.defaults",
)


def start_workers(page: str) -> None:
    """Start a worker before the page that needs it is drawn, once per server.

    Parameters
    ----------
    page : str
        The end of its address, a key of `WORKER_MODULES`.
    """
    if runtime.exists() and not _started():
        _started().append(page)
        server_jobs().warm_up("compose", WORKER_MODULES.get(page, ()))


@st.cache_resource(show_spinner=False)
def _started() -> list[str]:
    return []


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Prepare imports and default results of the other pages after the first page is drawn, once per server."""
    if runtime.exists():
        threading.Thread(target=_prepare, args=(server_jobs(),), name="warm-up", daemon=True).start()


def _prepare(jobs: JobQueue) -> None:
    for name in PAGE_MODULES:
        importlib.import_module(name)
    for name in PAGES:
        for job in importlib.import_module(name).default_jobs():
            # The queue runs one at a time of these, and only while no visitor waits.
            jobs.submit(job, SERVER, partial(keep_result, job.key, ""))
    # Streamlit collects garbage after each run of a page: through all that the imports have made it takes 0.1 s, six
    # times as long as drawing a page. Modules stay anyway, so the collector need not look at them.
    gc.collect()
    gc.freeze()
