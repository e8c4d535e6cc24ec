"""Job queue: long calls run in worker processes, in turn, and can be canceled.

A job is a function of this package with plain arguments (`core.plain_data`) and a key, equal where its result is equal.
Who asks for the key of a job that waits or runs joins it: ten visitors who open one page wait for one result. Each visitor
has one job; his next wish takes the place of the former. A job whose visitors have all gone is canceled after a few seconds.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from core.errors import DashboardError
from core.limits import MEGABYTE
from core.plain_data import from_bytes, to_bytes
from core.progress import ignore_progress
from core.workers import CanceledError, Limits, Worker, WorkerLostError, call, function_path, import_modules

Lane = Literal["compose", "read", "film"]
State = Literal["waiting", "running", "done", "failed", "canceled"]

GRACE_SEC = 5.0
"""How long a job goes on when nobody waits for it any more: a visitor who has lost his connection may come back."""

SERVER = "the server itself"
"""The visitor in whose name things are made before anybody asks."""

# A job that is asked to stop does so at its next report of progress, or its worker is ended.
_STOP_SEC = 1.0
_TICK_SEC = 0.25
# A job waits so long for a worker that is busy before a further one is started for it.
_PATIENCE_SEC = 1.0
# Workers beyond the first are let go when they have had nothing to do for so long; each holds about 200 MB.
_IDLE_SEC = 10.0
_LAST_IDLE_SEC = 20.0
_READER_IDLE_SEC = 300.0
# The composer that stays, so that the next visitor need not wait for its imports, is one without torch.
_KEPT_BYTES = 250 * MEGABYTE
# A worker that has grown beyond this ends with its job.
_MOST_BYTES = 450 * MEGABYTE
# What a composer imports that takes the place of one that had grown large.
_FRESH_MODULES = ("core.synth", "core.audio.flac")
# Two readers: a small table does not wait for a large one. Heavy jobs of all visitors run one at a time.
_N_READERS = 2
# A film takes minutes of a processor: one at a time, in a lane of its own, so that nothing else waits for it.
_N_FILMS = 1


class JobError(DashboardError):
    """A job did not finish; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A request for a result.

    Attributes
    ----------
    function : str
        As `core.workers.function_path` writes it.
    arguments, named : tuple, dict
        Plain data.
    key : str
        Equal where the result is equal.
    lane : {"compose", "read", "film"}
        Which workers run it.
    heavy : bool
        Whether it may take hundreds of megabytes; such jobs run one at a time.
    limits : Limits
    what : str
        What is being done, the subject of a message such as "Reading this table took too long".
    """

    function: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    key: str
    lane: Lane = "compose"
    heavy: bool = False
    limits: Limits = field(default_factory=Limits)
    what: str = "This"


class Ticket:
    """A job's place in the queue, its progress and its result. Only the queue changes it."""

    def __init__(self, job: Job, on_done: Callable[[Any, int], None] | None) -> None:
        self.job = job
        self.state: State = "waiting"
        self.share, self.stage = 0.0, ""
        self.value: Any = None
        self.error: Exception | None = None
        self.visitors: set[str] = set()
        self.on_done = on_done
        self.asked_at = time.monotonic()
        self.left_at: float | None = None
        self.started_at: float | None = None
        self.stop_at: float | None = None
        self.worker: Worker | None = None
        self.is_doomed = False  # the clock is about to end its worker

    @property
    def is_own(self) -> bool:
        """Whether no visitor waits for it: it was prepared by the server, or its visitor has left."""
        return self.visitors <= {SERVER}

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.state in ("done", "failed", "canceled")

    def result(self) -> Any:
        """The result, or the error that was raised.

        Raises
        ------
        DashboardError
            If the job raised it, or did not come to its end.
        """
        if self.error is not None:
            raise self.error
        if self.state != "done":
            raise JobError("This was stopped before it finished.")
        return self.value


class JobQueue:
    """Runs jobs in worker processes.

    Parameters
    ----------
    n_workers : int
        How many jobs of the lane "compose" run at once. 0: every job runs in the thread that asks for it, for machines
        that can start no process.

    Examples
    --------
    >>> from core.errors import plural
    >>> jobs = JobQueue(n_workers=0)
    >>> ticket = jobs.submit(make_job(partial(plural, 2, "row"), key="an example"), visitor="me")
    >>> ticket.result()
    '2 rows'
    """

    def __init__(self, n_workers: int) -> None:
        self._room: dict[Lane, int] = {
            "compose": n_workers,
            "read": min(n_workers, _N_READERS),
            "film": min(n_workers, _N_FILMS),
        }
        self._is_direct = n_workers == 0
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._idle: dict[Lane, list[tuple[Worker, float]]] = {"compose": [], "read": [], "film": []}
        self._clock: threading.Thread | None = None
        self._is_warm = False  # whether a composer is to be there before it is needed

    def submit(self, job: Job, visitor: str, on_done: Callable[[Any, int], None] | None = None) -> Ticket:
        """Submit a job; requests with the same key share it.

        Parameters
        ----------
        job : Job
        visitor : str
            Who asks. His other jobs are canceled, unless somebody else waits for them, too; but for a film, which goes on
            beside a download.
        on_done : callable, optional
            Is given the result and its size in bytes, once, in a thread of the queue.
        """
        if self._is_direct:
            return _run_here(job, on_done)
        with self._changed:
            live = [*self._waiting, *self._running]
            ticket = next(
                (t for t in live if t.job.key == job.key and t.stop_at is None and not t.is_over), None
            )
            for other in live:
                is_beside = other.job.lane == "film" and job.lane != "film"
                if other is not ticket and visitor in other.visitors and visitor != SERVER and not is_beside:
                    self._leave(other, visitor, at_once=True)
            if ticket is None:
                ticket = Ticket(job, on_done)
                self._waiting.append(ticket)
            ticket.visitors.add(visitor)
            ticket.left_at = None
            self._start_what_can()
        return ticket

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Wait for a job up to a time limit; return whether it has ended."""
        with self._changed:
            self._changed.wait_for(lambda: ticket.is_over, seconds)
            return ticket.is_over

    def count_before(self, ticket: Ticket) -> int:
        """How many other visitors' jobs must end before this one begins; 0 if it runs."""
        with self._changed:
            if ticket not in self._waiting:
                return 0
            order, lane = self._order(), ticket.job.lane
            before = [*self._running, *order[: order.index(ticket)]]
            n_before = sum(other.job.lane == lane and not other.is_own for other in before)
            return max(1, n_before - self._room[lane] + 1) if n_before else 0

    def leave(self, ticket: Ticket, visitor: str, *, at_once: bool = False) -> None:
        """Stop waiting for a job; where nobody else waits it is canceled, at once or after `GRACE_SEC`."""
        with self._changed:
            self._leave(ticket, visitor, at_once=at_once)
            self._start_what_can()

    def leave_all(self, visitor: str) -> None:
        """Cancel what a visitor waits for, unless somebody else waits for it, too."""
        with self._changed:
            for ticket in [*self._waiting, *self._running]:
                if visitor in ticket.visitors:
                    self._leave(ticket, visitor, at_once=True)
            self._start_what_can()

    def warm_up(self, lane: Lane, modules: Iterable[str]) -> None:
        """Start a worker and let it import what jobs will need, unless there is one."""
        with self._changed:
            self._is_warm = True
            if self._is_direct or self._idle[lane] or any(t.job.lane == lane for t in self._running):
                return
        self.submit(make_job(partial(import_modules, list(modules)), key=_warming(lane), lane=lane), SERVER)

    def measure(self) -> dict[str, int]:
        """How many jobs wait and run, how many workers there are, and what they hold in memory."""
        with self._changed:
            return {
                "waiting": len(self._waiting),
                "running": len(self._running),
                "workers": len(self._list_workers()),
                "worker_bytes": sum(worker.memory_bytes for worker in self._list_workers()),
            }

    def _list_workers(self) -> list[Worker]:
        busy = [ticket.worker for ticket in self._running if ticket.worker is not None]
        return busy + [worker for idle in self._idle.values() for worker, _ in idle]

    def close(self) -> None:
        """End all workers."""
        with self._changed:
            for ticket in [*self._waiting, *self._running]:
                self._cancel(ticket)
            workers = self._list_workers()
            self._idle = {"compose": [], "read": [], "film": []}
        for worker in workers:
            worker.kill()

    # All below is called with the lock held, but for what says otherwise.

    def _order(self) -> list[Ticket]:
        """Waiting jobs in order, the server's own last."""
        return sorted(self._waiting, key=lambda ticket: ticket.is_own)

    def _start_what_can(self) -> None:
        for ticket in self._order():
            if self._may_start(ticket):
                self._waiting.remove(ticket)
                self._running.append(ticket)
                ticket.state, ticket.started_at = "running", time.monotonic()
                threading.Thread(target=self._run, args=(ticket,), name="job", daemon=True).start()
        self._start_clock()
        self._changed.notify_all()

    def _may_start(self, ticket: Ticket) -> bool:
        lane = ticket.job.lane
        beside = [other for other in self._running if other.job.lane == lane]
        if len(beside) >= self._room[lane]:
            return False
        if ticket.job.heavy and any(other.job.heavy for other in self._running):
            return False
        if ticket.is_own and any(other.is_own for other in self._running):
            return False
        if lane != "compose" or not beside or self._idle[lane]:
            return True
        # A second worker would import what the first is about to have. And most jobs take less than a second, while a
        # worker takes 250 MB: another one begins where that does not do.
        if any(other.job.key == _warming(lane) for other in beside):
            return False
        is_late = time.monotonic() - ticket.asked_at > _PATIENCE_SEC
        return is_late or all(other.is_own for other in beside)

    def _leave(self, ticket: Ticket, visitor: str, *, at_once: bool) -> None:
        ticket.visitors.discard(visitor)
        if ticket.visitors or ticket.is_over:
            return
        if at_once:
            self._cancel(ticket)
        else:
            ticket.left_at = time.monotonic()
            self._start_clock()

    def _cancel(self, ticket: Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            ticket.state = "canceled"
        elif ticket.stop_at is None and not ticket.is_over:
            ticket.stop_at = time.monotonic() + _STOP_SEC
            if ticket.worker is not None:
                ticket.worker.ask_to_stop()
        self._changed.notify_all()

    def _run(self, ticket: Ticket) -> None:
        """Run a job from beginning to end, in a thread of its own, without the lock."""
        job, worker = ticket.job, None
        try:
            worker = self._take_worker(job.lane)
            ticket.worker = worker
            data = worker.run(
                job.function, job.arguments, job.named, job.limits, lambda *told: self._tell(ticket, *told)
            )
            value = from_bytes(data)
            outcome: tuple[State, Any, Exception | None] = ("done", value, None)
            if ticket.on_done is not None:
                ticket.on_done(value, len(data))
        except CanceledError:
            outcome = ("canceled", None, None)
        except WorkerLostError as lost:
            outcome = ("failed", None, JobError(_describe_end(job, lost.over)))
            if ticket.stop_at is not None:
                outcome = ("canceled", None, None)
        except OSError:
            outcome = ("failed", None, JobError(_describe_end(job, "start")))
        except Exception as error:
            outcome = ("failed", None, error)
        with self._changed:
            ticket.state, ticket.value, ticket.error = outcome
            ticket.job = _without_arguments(job)
            self._running.remove(ticket)
            if worker is not None and not ticket.is_doomed:
                self._put_back(worker, job)
            self._start_what_can()

    def _take_worker(self, lane: Lane) -> Worker:
        """The idle worker that worked last, so that one which is not needed stays idle and is let go; else a new one."""
        with self._changed:
            while self._idle[lane]:
                worker, _ = self._idle[lane].pop()
                if worker.is_alive:
                    return worker
                worker.kill()  # closes what led to it
        return Worker()

    def _put_back(self, worker: Worker, job: Job) -> None:
        if not worker.is_alive:
            worker.kill()  # closes what led to it
        elif job.heavy or worker.memory_bytes > _MOST_BYTES:
            # What it has held is given back to the system with its process.
            threading.Thread(target=worker.kill, daemon=True).start()
        else:
            self._idle[job.lane].append((worker, time.monotonic()))

    def _tell(self, ticket: Ticket, share: float, stage: str) -> None:
        """Store a job's progress report; in its thread, without the lock."""
        ticket.share, ticket.stage = share, stage
        if ticket.stop_at is not None and ticket.worker is not None:
            ticket.worker.ask_to_stop()

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = threading.Thread(target=self._watch, name="jobs clock", daemon=True)
            self._clock.start()

    def _watch(self) -> None:
        """Cancel what nobody waits for, end what takes too long and workers without work; a thread of its own."""
        while True:
            time.sleep(_TICK_SEC)
            with self._changed:
                doomed = self._find_overdue(time.monotonic())
                self._start_what_can()
                is_last = not (self._waiting or self._running or self._has_spare_workers())
                if is_last:
                    self._clock = None
            for worker, over in doomed:
                worker.kill(over)
            if is_last:
                if doomed and self._is_warm:
                    self.warm_up("compose", _FRESH_MODULES)
                return

    def _has_spare_workers(self) -> bool:
        kept = self._idle["compose"]
        return (
            len(kept) > 1
            or bool(self._idle["read"] or self._idle["film"])
            or any(w.memory_bytes >= _KEPT_BYTES for w, _ in kept)
        )

    def _find_overdue(self, now: float) -> list[tuple[Worker, str]]:
        for ticket in [*self._waiting, *self._running]:
            if ticket.left_at is not None and not ticket.visitors and now - ticket.left_at > GRACE_SEC:
                self._cancel(ticket)
        found: list[tuple[Worker, str]] = []
        for ticket in self._running:
            if ticket.worker is None or ticket.started_at is None:
                continue
            is_late = now - ticket.started_at > ticket.job.limits.wall_sec
            if is_late or (ticket.stop_at is not None and now > ticket.stop_at):
                ticket.is_doomed = True
                found.append((ticket.worker, "wall" if is_late else ""))
        return found + [(worker, "") for worker in self._dismiss(now)]

    def _dismiss(self, now: float) -> list[Worker]:
        """Take out the workers that are not needed: large ones soon, small readers after minutes, but for one composer."""
        dismissed = []
        for lane, idle in self._idle.items():
            late = [
                entry for entry in idle if now - entry[1] > _patience(lane, entry[0]) or not entry[0].is_alive
            ]
            if lane == "compose" and late and len(late) == len(idle):
                last, since = late[-1]
                if 0 < last.memory_bytes < _KEPT_BYTES or (last.is_alive and now - since < _LAST_IDLE_SEC):
                    late.pop()
            for entry in late:
                idle.remove(entry)
                dismissed.append(entry[0])
        return dismissed


def _warming(lane: Lane) -> str:
    """The key of the job that warms a lane up."""
    return f"warm {lane}"


def _patience(lane: Lane, worker: Worker) -> float:
    """Seconds for which a worker without work is kept."""
    return _READER_IDLE_SEC if lane == "read" and worker.memory_bytes < _KEPT_BYTES else _IDLE_SEC


def make_job(
    call: Callable[..., Any],
    *,
    key: str,
    lane: Lane = "compose",
    heavy: bool = False,
    limits: Limits | None = None,
    what: str = "This",
) -> Job:
    """A job that makes a call; see `Job`.

    Parameters
    ----------
    call : function or functools.partial
        A function at the top of a module of this package, with the arguments that it is to be called with.

    Examples
    --------
    >>> from core.errors import plural
    >>> make_job(partial(plural, 2, "row"), key="an example").function
    'core.errors:plural'
    """
    whole = call if isinstance(call, partial) else partial(call)
    return Job(
        function=function_path(whole.func),
        arguments=whole.args,
        named=whole.keywords,
        key=key,
        lane=lane,
        heavy=heavy,
        limits=limits or Limits(),
        what=what,
    )


def count_processors() -> int:
    """How many processors this process may use, a container's quota among them."""
    affinity = getattr(os, "sched_getaffinity", None)
    n = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        n = min(n, max(1, round(float(quota) / float(period))))
    return n


def _run_here(job: Job, on_done: Callable[[Any, int], None] | None) -> Ticket:
    """Run a job in this thread; what goes in and comes out is plain data all the same."""
    ticket = Ticket(job, on_done)
    try:
        arguments, named = from_bytes(to_bytes((job.arguments, job.named)))
        data = to_bytes(call(job.function, arguments, named, ignore_progress))
        ticket.state, ticket.value = "done", from_bytes(data)
        if on_done is not None:
            on_done(ticket.value, len(data))
    except Exception as error:
        ticket.state, ticket.error = "failed", error
    return ticket


def _without_arguments(job: Job) -> Job:
    """Drop the arguments of a job that has ended."""
    return replace(job, arguments=(), named={})


def _describe_end(job: Job, over: str) -> str:
    """Message for a job that did not finish: why, and what to do."""
    if over == "memory":
        return f"{job.what} needs more memory than this server allows. Try a shorter or smaller input."
    if over in ("cpu", "wall"):
        return (
            f"{job.what} took longer than this server allows and was stopped. Try a shorter or smaller input."
        )
    if over == "start":
        return f"{job.what} could not start because the server is low on memory. Try again in a minute."
    return f"{job.what} was interrupted on the server. Nothing is lost: try again."
