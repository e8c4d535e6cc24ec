"""A Dask cluster on this machine, and what sending jobs to it costs.

    python -m benchmarks.cluster [--part overhead|scaling|traffic] [--jobs 200]

prints a JSON line for each figure; run it on a quiet machine.

- *overhead*: jobs without work, one after the other, and two jobs for each place at a time, embedded and on one and two workers.
- *scaling*: sleeping jobs on 16, 64 and 128 simulated workers. Each is a real `distributed.Worker` with one thread, known to the
  scheduler as any other; all live in one process (`python -m benchmarks.cluster --simulate N ADDRESS`), whose jobs sleep in the
  worker's thread in place of a process beside it. Scheduler and queue are as in use.
- *traffic*: bytes that the default jobs of each page take to and from a worker, and processor time.

Processor time is of the queue's process, the scheduler and the workers apart: the first that needs a whole core ends the scaling.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from core.cluster import tasks
from core.errors import plural
from core.jobs import Job, JobQueue, Ticket, make_job, open_queue
from core.plain_data import from_bytes, to_bytes
from core.progress import Progress
from core.worker_pool import Lane
from core.workers import write_request
from pages.components.shared.warm_up import PAGES

ROOT = Path(__file__).resolve().parents[1]
_START_SEC = 60.0


class RunningCluster:
    """A scheduler and workers, each a process of its own; the workers under a nanny that starts them again.

    Attributes
    ----------
    address : str
        Of the scheduler, on a port that the system has chosen.
    """

    def __init__(self, folder: Path, n_workers: int) -> None:
        self._folder, self._n_workers = folder, n_workers
        self._environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.address = ""
        self.scheduler, self.workers = self._begin(0)

    def _begin(self, port: int) -> tuple[subprocess.Popen[bytes], list[subprocess.Popen[bytes]]]:
        place = self._folder / "scheduler.json"
        place.unlink(missing_ok=True)
        where = ("--host", "127.0.0.1", "--port", str(port), "--scheduler-file", str(place))
        scheduler = self._start("scheduler", *where)
        deadline, address = time.monotonic() + _START_SEC, ""
        while not address:
            if time.monotonic() > deadline or scheduler.poll() is not None:
                raise RuntimeError(f"the scheduler did not start: see {self._folder}")
            time.sleep(0.05)
            with suppress(OSError, ValueError):  # not there yet, or not whole
                address = str(json.loads(place.read_text(encoding="utf-8"))["address"])
        self.address = address
        return scheduler, [self.start_workers(self._n_workers)] if self._n_workers else []

    def restart(self) -> None:
        """Start a scheduler at the former one's address, and workers, which have ended with it."""
        self.stop()
        self.scheduler, self.workers = self._begin(int(self.address.rpartition(":")[2]))

    def start_workers(self, n_workers: int, **environment: str) -> subprocess.Popen[bytes]:
        """Start workers of one thread each; they are there after some seconds."""
        return self._start(
            "worker",
            self.address,
            *("--nworkers", str(n_workers), "--nthreads", "1", "--local-directory", str(self._folder)),
            **environment,
        )

    def _start(self, kind: str, *more: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard"]
        with (self._folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, *more],
                env=self._environment | environment,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """End all processes at once; a nanny before its worker, which it would start again."""
        for process in [*self.workers, self.scheduler]:
            below: list[psutil.Process] = []
            with suppress(psutil.NoSuchProcess):
                below = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.wait()
            for child in below:
                with suppress(psutil.NoSuchProcess):
                    child.kill()


@contextmanager
def running_cluster(n_workers: int) -> Iterator[RunningCluster]:
    """A cluster on this machine for the length of a block."""
    with TemporaryDirectory(prefix="sonoscope-cluster-") as folder:
        cluster = RunningCluster(Path(folder), n_workers)
        try:
            yield cluster
        finally:
            cluster.stop()


class SleepingWorker:
    """In place of a worker process: sleeps for as long as the job says, in the thread of the Dask worker."""

    is_alive = True
    memory_bytes = 0

    def ask(self, request: bytes, tell: Progress) -> tuple[str, Any]:
        """Sleep."""
        _, [seconds], *_ = from_bytes(request)
        time.sleep(seconds)
        return "done", to_bytes(None)

    def ask_to_stop(self) -> None:
        """It does not."""

    def kill(self, over: str = "") -> None:
        """Nothing is to be ended."""


class SleepingPool:
    """In place of the pool of worker processes."""

    def take(self, lane: Lane) -> SleepingWorker:
        """A new one."""
        return SleepingWorker()

    def put_back(self, worker: SleepingWorker, lane: Lane, *, is_heavy: bool) -> None:
        """It holds nothing."""

    def has_spare(self) -> bool:
        """None is ever idle."""
        return False


async def simulate(n_workers: int, address: str) -> None:
    """Be so many workers of one thread each, until the scheduler goes."""
    distributed: Any = import_module("distributed")
    tasks.__dict__["_pool"] = SleepingPool()
    # What each worker does fifty times a second beside its jobs: on machines of their own nobody would notice.
    import_module("dask").config.set(
        {
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "5s",
            "distributed.admin.system-monitor.interval": "5s",
        }
    )
    workers = [distributed.Worker(address, nthreads=1, dashboard=False) for _ in range(n_workers)]
    await asyncio.gather(*workers)
    await asyncio.gather(*(worker.finished() for worker in workers))


@contextmanager
def simulated_workers(address: str, n_workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """So many workers whose jobs only sleep, in one process, for the length of a block."""
    command = [sys.executable, "-m", "benchmarks.cluster", "--simulate", str(n_workers), address]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def opened_queue(n_workers: int, address: str = "", n_places: int = 0) -> Iterator[JobQueue]:
    """A queue, once its cluster has so many places."""
    queue = open_queue(n_workers, address, partial(print, file=sys.stderr))
    try:
        deadline = time.monotonic() + _START_SEC
        while queue.cluster is not None and queue.cluster.n_places < n_places:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{queue.cluster.n_places} of {n_places} places")
            time.sleep(0.2)
        yield queue
    finally:
        queue.close()


def sleep_job(key: str, seconds: float) -> Job:
    """A job that sleeps; of no seconds, one without work."""
    return replace(
        make_job(partial(plural, 1, "row"), key=key), function="core.jobs:time.sleep", arguments=(seconds,)
    )


def run_jobs(queue: JobQueue, n_jobs: int, seconds: float, *, n_ahead: int) -> float:
    """Run jobs, so many of them submitted at a time; seconds by the clock."""
    begun = time.monotonic()
    pending: list[Ticket] = []
    for i in range(n_jobs):
        if len(pending) >= n_ahead:
            _finish(queue, pending.pop(0))
        pending.append(queue.submit(sleep_job(f"{begun} {i}", seconds), f"visitor {i}"))
    for ticket in pending:
        _finish(queue, ticket)
    return time.monotonic() - begun


def _finish(queue: JobQueue, ticket: Ticket) -> None:
    while not queue.wait(ticket, 60.0):
        pass
    ticket.result()


def processor_sec(process: psutil.Process) -> float:
    """User and system time of a process and of those that it has started, and of what these have started and seen end."""
    total = float(sum(process.cpu_times()[:2]))
    for one in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])
    return total


def measure_queue(name: str, queue: JobQueue, others: dict[str, int], n_jobs: int) -> None:
    """Overhead of jobs without work; ``others`` are process ids whose time is told beside the queue's own."""
    run_jobs(queue, 2 * queue.count_places(), 0.0, n_ahead=2 * queue.count_places())  # processes have begun
    processes = {part: psutil.Process(pid) for part, pid in others.items()}
    for way, n_ahead in (("one at a time", 1), ("two for each place", 2 * queue.count_places())):
        used = {part: processor_sec(process) for part, process in processes.items()}
        own = time.process_time()
        took = run_jobs(queue, n_jobs, 0.0, n_ahead=n_ahead)
        tell(
            part="overhead",
            where=name,
            jobs=way,
            ms_a_job=round(1e3 * took / n_jobs, 1),
            cpu_ms_a_job={
                "queue": round(1e3 * (time.process_time() - own) / n_jobs, 2),
                **{
                    part: round(1e3 * (processor_sec(process) - used[part]) / n_jobs, 2)
                    for part, process in processes.items()
                },
            },
        )


def measure_overhead(n_jobs: int) -> None:
    """Embedded, on one worker and on two."""
    with opened_queue(2) as queue:
        measure_queue("embedded, two workers", queue, {}, n_jobs)
    for n_workers in (1, 2):
        with (
            running_cluster(n_workers) as cluster,
            opened_queue(1, cluster.address, n_workers) as queue,
        ):
            others = {"scheduler": cluster.scheduler.pid, "workers": cluster.workers[0].pid}
            measure_queue(f"cluster, {plural(n_workers, 'worker')}", queue, others, n_jobs)


def measure_scaling(sizes: list[int], sleeps: list[float], rounds: int) -> None:
    """Sleeping jobs on simulated workers: the share of the workers' time that is slept."""
    for n_workers in sizes:
        with (
            running_cluster(0) as cluster,
            simulated_workers(cluster.address, n_workers) as simulated,
            opened_queue(1, cluster.address, n_workers) as queue,
        ):
            others = {"scheduler": cluster.scheduler.pid, "simulated workers": simulated.pid}
            processes = {part: psutil.Process(pid) for part, pid in others.items()}
            run_jobs(queue, n_workers, 0.0, n_ahead=n_workers)
            for seconds in sleeps:
                n_jobs = rounds * n_workers
                used = {part: processor_sec(process) for part, process in processes.items()}
                own = time.process_time()
                took = run_jobs(queue, n_jobs, seconds, n_ahead=2 * n_workers)
                tell(
                    part="scaling",
                    workers=n_workers,
                    sleep_sec=seconds,
                    jobs=n_jobs,
                    jobs_a_minute=round(60 * n_jobs / took),
                    efficiency=round(rounds * seconds / took, 3),
                    overhead_ms_a_job_of_a_worker=round(1e3 * (took / rounds - seconds), 1),
                    cores={
                        "queue": round((time.process_time() - own) / took, 2),
                        **{
                            part: round((processor_sec(process) - used[part]) / took, 2)
                            for part, process in processes.items()
                        },
                    },
                )


def measure_traffic() -> None:
    """What the default jobs of each page send and get, and the processor time of each in a warm worker."""
    for page in PAGES:
        for job in import_module(page).default_jobs():
            request = write_request(job.function, job.arguments, job.named, job.limits)
            sizes: list[int] = []
            with opened_queue(1) as queue:
                _finish(queue, queue.submit(replace(job, key="cold"), "first"))
                used, begun = processor_sec(psutil.Process()), time.monotonic()
                own = time.process_time()
                _finish(queue, queue.submit(job, "second", lambda _, size, sizes=sizes: sizes.append(size)))  # type: ignore[misc]
                own = time.process_time() - own
                whole = processor_sec(psutil.Process()) - used
                took = time.monotonic() - begun
            tell(
                part="traffic",
                job=job.function,
                sent_bytes=len(request),
                received_bytes=sizes[0],
                worker_cpu_sec=round(whole - own, 2),
                queue_cpu_sec=round(own, 3),
                sec=round(took, 2),
            )


def tell(**figures: Any) -> None:
    """Print one line."""
    print(json.dumps(figures), flush=True)


def main() -> None:
    """Measure, or be simulated workers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("overhead", "scaling", "traffic"), action="append")
    parser.add_argument("--jobs", type=int, default=200, help="jobs without work, for the overhead")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[16, 64, 128], help="simulated, for the scaling"
    )
    parser.add_argument("--sleep", type=float, nargs="+", default=[2.0, 1.0, 0.5, 0.25], help="seconds a job")
    parser.add_argument("--rounds", type=int, default=10, help="jobs a simulated worker")
    parser.add_argument("--simulate", nargs=2, metavar=("N", "ADDRESS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.simulate:
        asyncio.run(simulate(int(given.simulate[0]), given.simulate[1]))
        return
    parts = given.part or ["overhead", "scaling", "traffic"]
    if "overhead" in parts:
        measure_overhead(given.jobs)
    if "scaling" in parts:
        measure_scaling(given.workers, given.sleep, given.rounds)
    if "traffic" in parts:
        measure_traffic()


if __name__ == "__main__":
    main()
