"""Pool of worker processes: which of them is kept for the next job, and for how long."""

from __future__ import annotations

import threading
import time
from typing import Literal

from core.limits import MEGABYTE
from core.workers import Worker

Lane = Literal["compose", "read", "film"]

# Workers beyond the first are let go when they have had nothing to do for so long; each holds about 200 MB.
_IDLE_SEC = 10.0
_LAST_IDLE_SEC = 20.0
_READER_IDLE_SEC = 300.0
# The composer that stays, so that the next visitor need not wait for its imports, is a small one.
_KEPT_BYTES = 250 * MEGABYTE
# A worker that has grown beyond this ends with its job: while somebody waits for it, and while nobody does. A new one imports for
# a second or two; the small one is what keeps the app within what a shared host guarantees (`tests/deployment/test_cloud.py`).
_MOST_BYTES = 450 * MEGABYTE
_MOST_BYTES_AT_REST = 300 * MEGABYTE


class WorkerPool:
    """Idle worker processes by lane; any thread may call any method.

    What reads strangers' files shares no process with what composes.

    Examples
    --------
    >>> WorkerPool().has_idle("compose")
    False
    """

    def __init__(self) -> None:
        self._idle: dict[Lane, list[tuple[Worker, float]]] = {"compose": [], "read": [], "film": []}
        self._lock = threading.RLock()

    def has_idle(self, lane: Lane) -> bool:
        """Whether a worker of a lane has nothing to do."""
        return bool(self._idle[lane])

    def list_idle(self) -> list[Worker]:
        """All workers that have nothing to do."""
        with self._lock:
            return [worker for idle in self._idle.values() for worker, _ in idle]

    def take(self, lane: Lane) -> Worker:
        """The idle worker that worked last, so that one which is not needed stays idle and is let go; else a new one."""
        with self._lock:
            while self._idle[lane]:
                worker, _ = self._idle[lane].pop()
                if worker.is_alive:
                    return worker
                worker.kill()  # closes what led to it
        return Worker()

    def put_back(self, worker: Worker, lane: Lane, *, is_heavy: bool, is_wanted: bool = True) -> None:
        """Keep a worker whose job has ended, unless it has died or grown large.

        Parameters
        ----------
        worker : Worker
        lane : {"compose", "read", "film"}
        is_heavy : bool
            Whether its job was.
        is_wanted : bool
            Whether a visitor's job waits for a worker of the lane.
        """
        most = _MOST_BYTES if is_wanted else _MOST_BYTES_AT_REST
        if not worker.is_alive:
            worker.kill()  # closes what led to it
        elif is_heavy or worker.memory_bytes > most:
            # What it has held is given back to the system with its process.
            threading.Thread(target=worker.kill, daemon=True).start()
        else:
            with self._lock:
                self._idle[lane].append((worker, time.monotonic()))

    def has_spare(self) -> bool:
        """Whether there are idle workers that will be dismissed."""
        with self._lock:
            kept = self._idle["compose"]
            return (
                len(kept) > 1
                or bool(self._idle["read"] or self._idle["film"])
                or any(worker.memory_bytes >= _KEPT_BYTES for worker, _ in kept)
            )

    def dismiss(self, now: float) -> list[Worker]:
        """Take out the workers that are not needed: large ones soon, small readers after minutes, but for one composer."""
        dismissed = []
        with self._lock:
            for lane, idle in self._idle.items():
                late = [
                    entry
                    for entry in idle
                    if now - entry[1] > _patience(lane, entry[0]) or not entry[0].is_alive
                ]
                if lane == "compose" and late and len(late) == len(idle):
                    last, since = late[-1]
                    if 0 < last.memory_bytes < _KEPT_BYTES or (
                        last.is_alive and now - since < _LAST_IDLE_SEC
                    ):
                        late.pop()
                for entry in late:
                    idle.remove(entry)
                    dismissed.append(entry[0])
        return dismissed

    def take_all(self) -> list[Worker]:
        """Take out all idle workers, for whoever ends them."""
        with self._lock:
            workers = self.list_idle()
            for idle in self._idle.values():
                idle.clear()
        return workers


def _patience(lane: Lane, worker: Worker) -> float:
    """Seconds for which a worker without work is kept."""
    return _READER_IDLE_SEC if lane == "read" and worker.memory_bytes < _KEPT_BYTES else _IDLE_SEC
