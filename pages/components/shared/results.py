"""Results: computed by jobs in worker processes, kept in the cache shared by all visitors."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import Job, JobError, Lane, Ticket, make_job
from core.limits import HEAVY_UPLOAD_BYTES
from core.plain_data import to_bytes
from core.workers import Limits, function_path
from pages.components.shared import texts
from pages.components.shared.messages import InterruptionError
from pages.components.shared.server_cache import server_cache, session_token
from pages.components.shared.server_jobs import server_jobs

T = TypeVar("T")

# What reading a visitor's table, score, notes or picture may take. Sounds, which are decoded and heard, have more.
READING_LIMITS = Limits(memory_mb=1024, cpu_sec=20, wall_sec=60)
# What is ready sooner shows no bar, and no button to stop it.
_SILENT_SEC = 0.2
_STOPPABLE_SEC = 1.0
_POLL_SEC = 0.2
_LONG_POLL_SEC = 60.0


def obtain(
    call: partial[T],
    *,
    slot: str,
    what: str,
    identity: object = None,
    private: bool = False,
    lane: Lane = "compose",
    heavy: bool = False,
    limits: Limits | None = None,
    place: DeltaGenerator | None = None,
) -> T:
    """Get a result from the cache, or compute it in a worker with a progress bar and a Stop button.

    Parameters
    ----------
    call : functools.partial
        A function at the top of a module of core, with its arguments, which are plain data (`core.plain_data`). Where it has a
        parameter ``progress``, what it says there is shown. Its result is shared: nothing may change it.
    slot : str
        Names the place on the page, such as ``"folk.tunes"``; one job a slot.
    what : str
        What is being done, the subject of a sentence: "Composing this tune".
    identity : object, optional
        Plain data, equal where the result is equal; the arguments themselves if not given. For a file, its SHA-256.
    private : bool
        Whether it is made of something that the visitor brought. It is then kept under a key that only this session can form,
        and leaves with it.
    lane, heavy, limits
        As for `core.jobs.Job`.
    place : DeltaGenerator, optional
        Such as ``st.empty()``, where progress and the button to stop it are drawn; by default where this is called.

    Raises
    ------
    DashboardError
        What the job raised for the visitor; and where it was stopped or came to no end, with a button to try again.
    """
    visitor = session_token()
    owner = visitor if private else ""
    key = result_key(call, identity, owner)
    # Also where it was ready before the click had arrived: who has pressed Stop is told so.
    if st.session_state.get(InterruptionError.stopped_key(slot)) == key:
        raise InterruptionError(texts.STOPPED, slot=slot, label=texts.START_AGAIN, is_wish=True)
    try:
        return cast(T, server_cache().get(key))
    except KeyError:
        pass
    job = make_job(call, key=key, lane=lane, heavy=heavy, limits=limits, what=what)
    try:
        return cast(T, _run(job, visitor, owner, slot, place))
    except JobError as error:
        raise InterruptionError(str(error), slot=slot, label=texts.TRY_AGAIN) from error


def obtain_reading(call: partial[T], *, slot: str, what: str, identity: object = None) -> T:
    """Read a visitor's upload in a worker; arguments as for `obtain`."""
    n_bytes = sum(len(part) for part in call.args if isinstance(part, bytes))
    return obtain(
        call,
        slot=slot,
        what=what,
        identity=identity,
        private=True,
        lane="read",
        heavy=n_bytes > HEAVY_UPLOAD_BYTES,
        limits=READING_LIMITS,
    )


def obtain_later(
    call: partial[T],
    *,
    what: str,
    identity: object = None,
    private: bool = False,
    limits: Limits | None = None,
    arguments: Callable[[], tuple[Any, ...]] = tuple,
) -> Callable[[], T]:
    """A function that computes a result on call, in any thread, without a progress bar; arguments as for `obtain`.

    What ``arguments`` gives is added to those of ``call`` where the result is not there yet; it needs an ``identity``.
    """
    visitor = session_token()
    owner = visitor if private else ""

    def make() -> T:
        """Take the result from the cache, or wait for a worker to compute it."""
        key = result_key(call, identity, owner)
        try:
            return cast(T, server_cache().get(key))
        except KeyError:
            job = make_job(partial(call, *arguments()), key=key, limits=limits, what=what)
        jobs = server_jobs()
        ticket = jobs.submit(job, visitor, partial(keep_result, key, owner))
        while not jobs.wait(ticket, _LONG_POLL_SEC):
            pass
        return cast(T, ticket.result())

    return make


def forget(function: Callable[..., Any], identity: object) -> None:
    """Drop a private result, such as the faces of a removed photograph."""
    server_cache().drop(result_key(partial(function), identity, session_token()))


def prepare(call: partial[Any], *, what: str, identity: object = None) -> Job:
    """Job of a public result, for computing it in advance; arguments as for `obtain`."""
    return make_job(call, key=result_key(call, identity, ""), what=what)


def result_key(call: partial[Any], identity: object, owner: str) -> str:
    """Cache key of a result: hash of the function, its dependencies and the owner's secret."""
    depends = (call.args, call.keywords) if identity is None else identity
    return hashlib.sha256(to_bytes([function_path(call.func), owner, depends])).hexdigest()


def keep_result(key: str, owner: str, value: Any, n_bytes: int) -> None:
    """Store a finished job's result in the cache; called in a queue thread."""
    server_cache().put(key, value, n_bytes, owner=owner)


def _run(job: Job, visitor: str, owner: str, slot: str, place: DeltaGenerator | None) -> Any:
    jobs = server_jobs()
    ticket = jobs.submit(job, visitor, partial(keep_result, job.key, owner))
    try:
        if not jobs.wait(ticket, _SILENT_SEC):
            _show_progress(ticket, visitor, slot, place)
    except BaseException:
        # Streamlit ends a run so when the visitor changes something or goes.
        jobs.leave(ticket, visitor)
        raise
    return ticket.result()


def _show_progress(ticket: Ticket, visitor: str, slot: str, place: DeltaGenerator | None) -> None:
    """Draw the job's progress until it ends; at each message Streamlit may end this run."""
    jobs, begun, has_button = server_jobs(), time.monotonic(), False
    place = st.empty() if place is None else place
    with place.container():
        bar, below = st.empty(), st.empty()
    try:
        while not ticket.is_over:
            before = jobs.count_before(ticket)
            words = texts.describe_queue(before) if before else ticket.stage or texts.STARTING
            bar.progress(min(1.0, max(0.0, ticket.share)), words if "%" in words else f"{words} …")
            if not has_button and time.monotonic() - begun > _STOPPABLE_SEC - _SILENT_SEC:
                has_button = True
                below.button(
                    texts.STOP,
                    key=f"{slot}.stop",
                    on_click=_stop,
                    args=(slot, ticket.job.key, visitor),
                    icon=":material/stop_circle:",
                )
            jobs.wait(ticket, _POLL_SEC)
    finally:
        place.empty()


def _stop(slot: str, key: str, visitor: str) -> None:
    st.session_state[InterruptionError.stopped_key(slot)] = key
    server_jobs().leave_all(visitor)
