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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from core.cluster.connection import Cluster
from core.cluster.remote_worker import ClusterLostError, RemoteWorker
from core.job_request import Job, JobError, describe_end, make_job, without_arguments
from core.plain_data import from_bytes, to_bytes
from core.progress import ignore_progress
from core.worker_pool import Lane, WorkerPool
from core.workers import (
    CanceledError,
    Worker,
    WorkerLostError,
    call,
    import_modules,
)

__all__ = [
    "GRACE_SEC",
    "SERVER",
    "Job",
    "JobError",
    "JobQueue",
    "Lane",
    "Ticket",
    "count_processors",
    "make_job",
    "open_queue",
]

State = Literal["waiting", "running", "done", "failed", "canceled"]

GRACE_SEC = 5.0
"""How long a job goes on when nobody waits for it any more: a visitor who has lost his connection may come back."""

SERVER = "the server itself"
"""The visitor in whose name things are made before anybody asks."""

# A job that is asked to stop does so at its next report of progress, or its worker is ended.
_STOP_SEC = 1.0
# Of what nobody waits for the worker is spared longer: a visitor's job needs it next, with all that it has imported.
_GIVE_WAY_SEC = 5.0
_TICK_SEC = 0.25
# A job waits so long for a worker that is busy before a further one is started for it.
_PATIENCE_SEC = 1.0
# A job that the cluster has given back so often is done here.
_MOST_LOST = 3
# What a composer imports that takes the place of one that had grown large.
_FRESH_MODULES = ("core.synth", "core.audio.flac")
# Two readers: a small table does not wait for a large one. Heavy jobs of all visitors run one at a time.
_N_READERS = 2
# A film takes minutes of a processor: one at a time, in a lane of its own, so that nothing else waits for it.
_N_FILMS = 1


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
        self.worker: Worker | RemoteWorker | None = None
        self.is_out = False  # on the cluster
        self.n_lost = 0  # how often the cluster has given it back
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
    cluster : Cluster, optional
        Runs the jobs while it is there, but for those that stay here; see `open_queue`.

    Examples
    --------
    >>> from core.errors import plural
    >>> jobs = JobQueue(n_workers=0)
    >>> ticket = jobs.submit(make_job(partial(plural, 2, "row"), key="an example"), visitor="me")
    >>> ticket.result()
    '2 rows'
    """

    def __init__(self, n_workers: int, cluster: Cluster | None = None) -> None:
        self.cluster = cluster
        self._room: dict[Lane, int] = {
            "compose": n_workers,
            "read": min(n_workers, _N_READERS),
            "film": min(n_workers, _N_FILMS),
        }
        self._is_direct = n_workers == 0
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._pool = WorkerPool()
        self._clock: threading.Thread | None = None
        self._is_warm = False  # whether a composer is to be there before it is needed
        if cluster is not None:
            cluster.start(self._notice_cluster)

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
        if self._is_direct and not self._goes_out(job):
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
            return max(1, n_before - self.count_places(lane) + 1) if n_before else 0

    def count_places(self, lane: Lane = "compose") -> int:
        """How many jobs of a lane run at once, now; on a cluster it changes with its workers."""
        if self.cluster is not None and self.cluster.n_places:
            return self.cluster.count_places(lane)
        return self._room[lane]

    def wait_for_cluster(self, seconds: float) -> bool:
        """Wait until the cluster takes jobs; return whether it does, at once where there is none."""
        return self.cluster is not None and self.cluster.wait_until_there(seconds)

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
            if self._is_direct or self._pool.has_idle(lane) or any(t.job.lane == lane for t in self._running):
                return
            if self.cluster is not None and self.cluster.n_places:
                return
        warming = make_job(partial(import_modules, list(modules)), key=_warming(lane), lane=lane)
        self.submit(replace(warming, stays=True), SERVER)

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
        busy = [ticket.worker for ticket in self._running if isinstance(ticket.worker, Worker)]
        return busy + self._pool.list_idle()

    def close(self) -> None:
        """End all workers, and leave the cluster."""
        with self._changed:
            for ticket in [*self._waiting, *self._running]:
                self._cancel(ticket)
            workers = self._list_workers()
            self._pool.take_all()
        for worker in workers:
            worker.kill()
        if self.cluster is not None:
            self.cluster.close()

    def _notice_cluster(self) -> None:
        """The cluster has come, has changed or has gone; in a thread of its own."""
        assert self.cluster is not None
        with self._changed:
            self._start_what_can()
            spare = self._pool.take_all() if self.cluster.n_places else []
        for worker in spare:
            worker.kill()
        if not self.cluster.n_places and self._is_warm:
            self.warm_up("compose", _FRESH_MODULES)

    # All below is called with the lock held, but for what says otherwise.

    def _order(self) -> list[Ticket]:
        """Waiting jobs in order, the server's own last."""
        return sorted(self._waiting, key=lambda ticket: ticket.is_own)

    def _start_what_can(self) -> None:
        full: set[tuple[object, ...]] = set()  # a thousand may wait for what the first may not have
        for ticket in self._order():
            kind = (ticket.job.lane, ticket.job.stays, ticket.job.heavy, ticket.is_own)
            if kind in full or not self._may_start(ticket):
                full.add(kind)
            else:
                self._waiting.remove(ticket)
                self._running.append(ticket)
                ticket.state, ticket.started_at = "running", time.monotonic()
                ticket.is_out = self._goes_out(ticket.job)
                threading.Thread(target=self._run, args=(ticket,), name="job", daemon=True).start()
        self._start_clock()
        self._changed.notify_all()

    def _goes_out(self, job: Job) -> bool:
        return self.cluster is not None and self.cluster.n_places > 0 and not job.stays

    def _may_start(self, ticket: Ticket) -> bool:
        lane, is_out = ticket.job.lane, self._goes_out(ticket.job)
        running = [other for other in self._running if other.is_out == is_out]
        beside = [other for other in running if other.job.lane == lane]
        if len(beside) >= (self.count_places(lane) if is_out else self._room[lane]):
            return False
        n_machines = self.cluster.n_machines if is_out and self.cluster is not None else 1
        if ticket.job.heavy and sum(other.job.heavy for other in running) >= n_machines:
            return False
        is_wanted = any(other.job.lane == lane and not other.is_own for other in self._waiting)
        if ticket.is_own and (is_wanted or any(other.is_own for other in self._running)):
            return False
        if is_out or lane != "compose" or not beside or self._pool.has_idle(lane):
            return True
        if any(other.job.key == _warming(lane) for other in beside):
            return False
        # Most jobs take less than a second, a worker imports for one and takes 250 MB: another one begins where two visitors wait.
        is_late = time.monotonic() - ticket.asked_at > _PATIENCE_SEC
        return is_late and not ticket.is_own and not all(other.is_own for other in beside)

    def _give_way(self) -> None:
        """Ask a job that nobody waits for to stop where a visitor has waited long enough; the server's own comes again later."""
        now = time.monotonic()
        late = {t.job.lane for t in self._waiting if not t.is_own and now - t.asked_at > _PATIENCE_SEC}
        for ticket in list(self._running):
            if ticket.job.lane in late and ticket.is_own and ticket.stop_at is None and not ticket.is_out:
                if SERVER in ticket.visitors:
                    again = Ticket(ticket.job, ticket.on_done)
                    again.visitors.add(SERVER)
                    self._waiting.append(again)
                self._cancel(ticket, _GIVE_WAY_SEC)

    def _leave(self, ticket: Ticket, visitor: str, *, at_once: bool) -> None:
        ticket.visitors.discard(visitor)
        if ticket.visitors or ticket.is_over:
            return
        if at_once:
            self._cancel(ticket)
        else:
            ticket.left_at = time.monotonic()
            self._start_clock()

    def _cancel(self, ticket: Ticket, seconds: float = _STOP_SEC) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            ticket.state = "canceled"
        elif ticket.stop_at is None and not ticket.is_over:
            ticket.stop_at = time.monotonic() + seconds
            if ticket.worker is not None:
                ticket.worker.ask_to_stop()
        self._changed.notify_all()

    def _run(self, ticket: Ticket) -> None:
        """Run a job from beginning to end, in a thread of its own, without the lock."""
        job, worker = ticket.job, None
        try:
            worker = self._take_worker(ticket)
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
        except ClusterLostError as lost:
            ticket.n_lost += _MOST_LOST if lost.is_too_large else 1
            outcome = ("waiting", None, None)
        except WorkerLostError as lost:
            outcome = ("failed", None, JobError(describe_end(job, lost.over), is_lost=not lost.over))
            if ticket.stop_at is not None:
                outcome = ("canceled", None, None)
        except OSError:
            outcome = ("failed", None, JobError(describe_end(job, "start")))
        except Exception as error:
            outcome = ("failed", None, error)
        with self._changed:
            self._running.remove(ticket)
            if outcome[0] == "waiting":
                self._begin_again(ticket)
            else:
                ticket.state, ticket.value, ticket.error = outcome
                ticket.job = without_arguments(job)
            if isinstance(worker, Worker) and not ticket.is_doomed:
                is_wanted = any(other.job.lane == job.lane and not other.is_own for other in self._waiting)
                self._pool.put_back(worker, job.lane, is_heavy=job.heavy, is_wanted=is_wanted)
            self._start_what_can()

    def _begin_again(self, ticket: Ticket) -> None:
        """Have a job that the cluster has lost done again, before all that waits: wherever it can be done now."""
        ticket.worker, ticket.started_at, ticket.is_out = None, None, False
        ticket.share, ticket.stage = 0.0, ""
        if ticket.stop_at is not None:
            ticket.state = "canceled"
        elif self._is_direct:  # nothing here can run it beside its page
            ticket.state, ticket.error = "failed", JobError(describe_end(ticket.job, ""), is_lost=True)
        else:
            ticket.state = "waiting"
            if ticket.n_lost >= _MOST_LOST:
                ticket.job = replace(ticket.job, stays=True)
            self._waiting.insert(0, ticket)

    def _take_worker(self, ticket: Ticket) -> Worker | RemoteWorker:
        if ticket.is_out and self.cluster is not None:
            return self.cluster.open_worker(ticket.job.lane, is_heavy=ticket.job.heavy)
        return self._pool.take(ticket.job.lane)

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
                self._give_way()
                self._start_what_can()
                is_last = not (self._waiting or self._running or self._pool.has_spare())
                if is_last:
                    self._clock = None
            for worker, over in doomed:
                worker.kill(over)
            if is_last:
                if doomed and self._is_warm:
                    self.warm_up("compose", _FRESH_MODULES)
                return

    def _find_overdue(self, now: float) -> list[tuple[Worker | RemoteWorker, str]]:
        for ticket in [*self._waiting, *self._running]:
            if ticket.left_at is not None and not ticket.visitors and now - ticket.left_at > GRACE_SEC:
                self._cancel(ticket)
        found: list[tuple[Worker | RemoteWorker, str]] = []
        for ticket in self._running:
            if ticket.worker is None or ticket.started_at is None:
                continue
            # The cluster's workers keep the time themselves: a job may wait for one.
            is_late = not ticket.is_out and now - ticket.started_at > ticket.job.limits.wall_sec
            if is_late or (ticket.stop_at is not None and now > ticket.stop_at):
                ticket.is_doomed = True
                found.append((ticket.worker, "wall" if is_late else ""))
        found += [(worker, "") for worker in self._pool.dismiss(now)]
        return found


def _warming(lane: Lane) -> str:
    """The key of the job that warms a lane up."""
    return f"warm {lane}"


def open_queue(n_workers: int, scheduler: str = "", report: Callable[[str], None] = print) -> JobQueue:
    """A queue whose jobs run in processes of this machine, or on a Dask cluster while there is one.

    Parameters
    ----------
    n_workers : int
        Composing jobs that run at once on this machine; see `JobQueue`.
    scheduler : str
        Address of a Dask scheduler, such as ``"tcp://10.0.0.5:8786"``; empty for none. It is called in a thread: where it does not
        answer, jobs run here until it does.
    report : callable
        Gets a sentence when the cluster is found, changes or is lost.

    Examples
    --------
    >>> open_queue(2).count_places("compose")
    2
    """
    return JobQueue(n_workers, Cluster(scheduler, report) if scheduler else None)


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
