"""Server health: one log line per minute, and freed memory returned to the system."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from contextlib import suppress

import streamlit as st
from streamlit import runtime
from streamlit.logger import get_logger

from core.jobs import JobQueue
from core.limits import MEGABYTE
from core.workers import give_memory_back, memory_of
from pages.components.shared.server_cache import ResultCache, server_cache
from pages.components.shared.server_jobs import server_jobs

_TICK_SEC = 15.0
_TICKS_A_LINE = 4
# glibc: each thread may get an arena of its own, up to eight a processor, and each keeps what was freed in it.
_M_ARENA_MAX, _N_ARENAS = -8, 2


@st.cache_resource(show_spinner=False)
def watch_health() -> None:
    """Start monitoring, once per server."""
    if not runtime.exists():
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _N_ARENAS)
    threading.Thread(target=_watch, args=(server_jobs(), server_cache()), name="health", daemon=True).start()


def _watch(jobs: JobQueue, cache: ResultCache) -> None:
    logger = get_logger("sonoscope.health")
    for tick in range(10**9):
        time.sleep(_TICK_SEC)
        give_memory_back()
        if tick % _TICKS_A_LINE == 0:
            logger.info(describe_health(jobs, cache))


def describe_health(jobs: JobQueue, cache: ResultCache) -> str:
    """Counts and sizes for the log, without any visitor content.

    Examples
    --------
    >>> describe_health(JobQueue(0), ResultCache(200 * MEGABYTE))[:62]
    'visitors 0, jobs running 0, waiting 0, workers 0 (0 MB), cache'
    """
    busy = jobs.measure()
    cluster = f", {jobs.cluster.describe()}" if jobs.cluster is not None else ""
    return (
        f"visitors {cache.n_owners}, jobs running {busy['running']}, waiting {busy['waiting']}, "
        f"workers {busy['workers']} ({busy['worker_bytes'] // MEGABYTE} MB), cache {cache.n_bytes // MEGABYTE} of "
        f"{cache.max_bytes // MEGABYTE} MB in {len(cache)} results, server {memory_of(os.getpid()) // MEGABYTE} MB"
        f"{cluster}"
    )
