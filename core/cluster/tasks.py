"""What runs on a Dask worker: one fixed function, which takes and returns bytes and has each job done in a process beside it.

Dask pickles what goes between its processes. Here that is the name of this function, a few numbers and words of ours, and
bytes that `core.plain_data` wrote. Those bytes are opened in the worker process with limits (`core.workers`), never in the
Dask worker: a hostile file ends that process at most.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from core.plain_data import to_bytes
from core.worker_pool import Lane, WorkerPool
from core.workers import Worker

_TICK_SEC = 0.1
# As in core.jobs: who is asked to stop does so at his next report of progress, or is ended.
_STOP_SEC = 1.0
_REPORT_SEC = 0.1
_MOST_CHARS = 200
_DISMISS_SEC = 1.0

_pool = WorkerPool()
_caretaker = threading.Lock()


def run_request(version: str, topic: str, lane: Lane, is_heavy: bool, wall_sec: int, request: bytes) -> bytes:
    """Have a request done in a process of this machine.

    Parameters
    ----------
    version : str
        The sender's `core.cluster.version.version_digest`.
    topic : str
        Dask topic for reports of progress.
    lane, is_heavy
        As for `core.jobs.Job`.
    wall_sec : int
        Limit by the clock, from here on.
    request : bytes
        Of `core.workers.write_request`.

    Returns
    -------
    bytes
        Plain data: kind and content, for `core.workers.take_result`; ``"other"`` where this is another version.
    """
    from core.cluster.version import version_digest

    if version != version_digest():
        return to_bytes(["other", None])
    here: Any = import_module("distributed").get_worker()
    key = here.get_current_task()
    try:
        worker = _pool.take(lane)
    except OSError:
        return to_bytes(["lost", "start"])
    watch = _Watch(worker, wall_sec, lambda: _is_wanted(here, key))
    try:
        answer = to_bytes(worker.ask(request, _Reporter(here, topic, key)))
    finally:
        watch.end()
        _pool.put_back(worker, lane, is_heavy=is_heavy)
        _look_after_pool()
    return answer


def _is_wanted(here: Any, key: str) -> bool:
    """Whether the scheduler still wants a task that runs; it cannot end its thread."""
    task = here.state.tasks.get(key)
    return task is not None and task.state in ("executing", "long-running") and here.status.name == "running"


class _Reporter:
    """Sends a job's progress through the scheduler, not more often than anybody looks."""

    def __init__(self, here: Any, topic: str, key: str) -> None:
        self._here, self._topic, self._key = here, topic, key
        self._told_at, self._stage = 0.0, ""

    def __call__(self, share: float, stage: str) -> None:
        """Tell how far the job is."""
        now = time.monotonic()
        if now - self._told_at >= _REPORT_SEC or stage != self._stage:
            self._told_at, self._stage = now, stage
            self._here.log_event(self._topic, [self._key, float(share), str(stage)[:_MOST_CHARS]])


class _Watch:
    """Ends the process of a job that takes too long or that nobody wants any more; a thread of its own."""

    def __init__(self, worker: Worker, wall_sec: float, is_wanted: Callable[[], bool]) -> None:
        self._worker, self._wall_sec, self._is_wanted = worker, wall_sec, is_wanted
        self._over, self._lock = threading.Event(), threading.Lock()
        threading.Thread(target=self._run, name="job watch", daemon=True).start()

    def end(self) -> None:
        """The job has ended: its process is not to be touched from now on."""
        with self._lock:
            self._over.set()

    def _run(self) -> None:
        begun, stop_at = time.monotonic(), None
        while not self._over.wait(_TICK_SEC):
            now = time.monotonic()
            if now - begun > self._wall_sec:
                self._kill("wall")
            elif stop_at is not None and now > stop_at:
                self._kill("")
            elif stop_at is None and not self._is_wanted():
                stop_at = now + _STOP_SEC
                self._worker.ask_to_stop()

    def _kill(self, over: str) -> None:
        with self._lock:
            if not self._over.is_set():
                self._over.set()
                self._worker.kill(over)


def _look_after_pool() -> None:
    """Dismiss idle processes as a server does; one thread, for as long as there are any."""
    if _pool.has_spare() and _caretaker.acquire(blocking=False):
        threading.Thread(target=_dismiss_spare, name="worker pool", daemon=True).start()


def _dismiss_spare() -> None:
    try:
        while _pool.has_spare():
            time.sleep(_DISMISS_SEC)
            for worker in _pool.dismiss(time.monotonic()):
                with suppress(OSError):
                    worker.kill()
    finally:
        _caretaker.release()
