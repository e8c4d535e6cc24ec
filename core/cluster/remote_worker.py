"""A worker process on another machine, seen from the queue: the same calls as `core.workers.Worker`, sent through Dask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any
from uuid import uuid4

from core.cluster.tasks import run_request
from core.limits import MEGABYTE
from core.plain_data import from_bytes
from core.progress import Progress
from core.worker_pool import Lane
from core.workers import CanceledError, Limits, WorkerLostError, take_result, write_request

# Where a worker's process dies for no limit of the job's, another one tries; what kills them all ends with a sentence.
_N_TRIES = 3
# The scheduler holds a request until its job has ended; a larger one is done where it is.
_MOST_SENT_BYTES = 64 * MEGABYTE
# Short jobs, on which a page waits, come before what takes minutes.
_PRIORITY: dict[Lane, int] = {"read": 10, "compose": 0, "film": -10}
_FETCH_SEC = 60.0


class ClusterLostError(Exception):
    """The cluster has gone, or cannot take this job: it is to be done elsewhere; ``is_too_large`` to be sent at all."""

    def __init__(self, *, is_too_large: bool = False) -> None:
        super().__init__()
        self.is_too_large = is_too_large


class RemoteWorker:
    """One job's place on the cluster. One thread calls `run`; any may call the others.

    Parameters
    ----------
    client : distributed.Client
    version : str
        This installation's.
    topic : str
        On which progress is reported.
    lane, is_heavy
        As for `core.jobs.Job`.
    choose : callable
        Addresses of Dask workers, for each time that the job is sent, and whether others may take it where these have gone.
    on_other_version : callable
        Called where a worker of another version has refused it.
    on_end : callable
        Called when the place is free again.
    """

    def __init__(
        self,
        client: Any,
        *,
        version: str,
        topic: str,
        lane: Lane,
        is_heavy: bool,
        choose: Callable[[RemoteWorker], tuple[list[str], bool]],
        on_other_version: Callable[[], None],
        on_end: Callable[[RemoteWorker], None],
    ) -> None:
        self.key = ""
        self.is_heavy = is_heavy
        self.chosen: list[str] = []
        self._client, self._head = client, (version, topic, lane, is_heavy)
        self._choose, self._on_other_version, self._on_end = choose, on_other_version, on_end
        self._changed = threading.Event()
        self._ends: list[Exception] = []
        self._tell: Progress | None = None

    def run(
        self, path: str, arguments: tuple[Any, ...], named: dict[str, Any], limits: Limits, tell: Progress
    ) -> bytes:
        """Run a job and wait for it; as `core.workers.Worker.run`, or ClusterLostError."""
        request = write_request(path, arguments, named, limits)
        if len(request) > _MOST_SENT_BYTES:
            self._on_end(self)
            raise ClusterLostError(is_too_large=True)
        self._tell = tell
        try:
            for _ in range(_N_TRIES):
                kind, content = self._ask(request, limits.wall_sec)
                if kind == "other":
                    self._on_other_version()
                elif kind != "lost" or content:
                    return take_result(kind, content)
            raise WorkerLostError if kind == "lost" else ClusterLostError
        finally:
            self._on_end(self)

    def hear(self, share: float, stage: str) -> None:
        """Take a report of progress."""
        if self._tell is not None:
            self._tell(share, stage)

    def ask_to_stop(self) -> None:
        """Let go of the job; its worker stops it at the next report of progress, or ends its process."""
        self._end(CanceledError())

    def kill(self, over: str = "") -> None:
        """As `ask_to_stop`, which is all that is needed from here."""
        self._end(WorkerLostError(over))

    def lose(self) -> None:
        """The cluster has gone."""
        self._end(ClusterLostError())

    def _end(self, error: Exception) -> None:
        self._ends.append(error)
        self._changed.set()

    def _ask(self, request: bytes, wall_sec: int) -> tuple[str, Any]:
        """Send a request, wait, and open what comes back."""
        distributed: Any = import_module("distributed")
        self._changed.clear()
        if self._ends:
            raise self._ends[0]
        self.chosen, is_loose = self._choose(self)
        self.key = f"job-{uuid4().hex}"
        try:
            future = self._client.submit(
                run_request,
                *self._head,
                wall_sec,
                request,
                key=self.key,
                pure=False,
                workers=self.chosen,
                allow_other_workers=is_loose,
                priority=_PRIORITY[self._head[2]],
            )
        except Exception as error:  # whatever a client that is being closed says
            raise ClusterLostError from error
        try:
            future.add_done_callback(lambda _: self._changed.set())
            self._changed.wait()
            if self._ends:
                raise self._ends[0]
            if future.status == "error":
                if isinstance(future.exception(timeout=_FETCH_SEC), distributed.KilledWorker):
                    raise WorkerLostError  # Dask has tried it on several
                return "other", None
            kind, content = from_bytes(future.result(timeout=_FETCH_SEC))
            return kind, content
        except (OSError, RuntimeError, distributed.CancelledError) as error:
            raise ClusterLostError from error
        finally:
            future.release()
