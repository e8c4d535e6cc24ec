"""A Dask cluster on this machine, and what sending jobs to it costs.

Run ``python -m benchmarks.cluster`` on a quiet machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
_START_SEC = 60.0
_STOP_SEC = 20.0


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
        """End all processes."""
        started = [*self.workers, self.scheduler]
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(_STOP_SEC)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running_cluster(n_workers: int) -> Iterator[RunningCluster]:
    """A cluster on this machine for the length of a block."""
    with TemporaryDirectory(prefix="sonoscope-cluster-") as folder:
        cluster = RunningCluster(Path(folder), n_workers)
        try:
            yield cluster
        finally:
            cluster.stop()
