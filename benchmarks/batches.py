"""Batch benchmark: jobs a minute on one and two workers, workers and the batch itself killed, results lost or doubled.

    python -m benchmarks.batches [--sonifications 1000] [--extrapolations 200] [--kills 5] [--cluster]

Runs ``python -m core batch`` as a shell would, on tables of 120 rows and recordings of 20 s that are made for it. Both kinds run with
one worker, with two, and with two of which some are killed, and the batch with them once, after which it goes on with ``--resume``.
Every file is then compared by its hash with that of the first run. One JSON line has all figures. With ``--cluster`` the workers are
those of a Dask scheduler on this machine. Run it on a quiet machine: processor time is told beside the clock.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.cluster import ROOT, running_cluster
from core.batch.manifest import MANIFEST, hash_file
from core.jobs import count_processors

_LOOK_SEC = 0.05
_RECORDING_SEC = 20.0
_NEW_SEC = 10
MUST_SPEED_UP = 1.8


@dataclass
class Run:
    """One batch that was run to its end."""

    seconds: float
    cpu_sec: float
    overhead_ms: float
    lines: list[dict[str, Any]]
    n_kills: int = 0

    @property
    def per_minute(self) -> float:
        """Rows a minute."""
        return 60 * len(self.lines) / self.seconds


def write_tables(folder: Path, n_rows: int) -> Path:
    """Tables of 120 days, each different, and the jobs file that sonifies them."""
    rng = np.random.default_rng(0)
    days = np.arange("2024-01-01", "2024-04-30", dtype="datetime64[D]")
    for number in range(n_rows):
        values = 10 + 5 * np.sin(np.arange(len(days)) / 12 + number) + rng.normal(size=len(days))
        lines = [f"{day},{value:.2f}" for day, value in zip(days, values, strict=True)]
        (folder / f"station{number:04}.csv").write_text("\n".join(["day,celsius", *lines]) + "\n")
    rows = [{"job": "sonify", "file": f"station{number:04}.csv", "notes": 60} for number in range(n_rows)]
    return _write_jobs(folder, rows)


def write_recordings(folder: Path, n_rows: int) -> Path:
    """Recordings, each different, and the jobs file that extends them."""
    from core import audio
    from core.extrapolate.examples import EXAMPLES

    sounds = [example.audio(sr=22_050) for example in EXAMPLES.values()]
    for number in range(n_rows):
        whole = sounds[number % len(sounds)]
        start = (number // len(sounds) * 2_003) % max(1, whole.y.shape[-1] - round(_RECORDING_SEC * whole.sr))
        y = whole.y[:, start : start + round(_RECORDING_SEC * whole.sr)]
        (folder / f"take{number:03}.flac").write_bytes(audio.encode(audio.Audio(y, whole.sr), "flac"))
    names = [f"take{number:03}.flac" for number in range(n_rows)]
    return _write_jobs(folder, [{"job": "extrapolate", "file": name, "seconds": _NEW_SEC} for name in names])


def _write_jobs(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "jobs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run_batch(jobs: Path, out: Path, *options: str, n_kills: int = 0) -> Run:
    """Run a batch to its end, and kill workers of it and then itself on the way.

    Parameters
    ----------
    jobs, out : Path
    *options : str
        Further options of ``python -m core batch``.
    n_kills : int
        Workers that are killed at equal distances, each while it works; the batch itself is killed once after half of them.
    """
    n_rows = len(jobs.read_text().splitlines())
    marks = [round(n_rows * (number + 1) / (n_kills + 2)) for number in range(n_kills)]
    began, used, n_killed, first = time.perf_counter(), _cpu_sec(), 0, 0.0
    process = _start(jobs, out, options)
    while process.poll() is None:
        time.sleep(_LOOK_SEC)
        n_lines = count_lines(out)
        if n_lines and not first:
            first = time.perf_counter()
        if n_killed < n_kills and n_lines >= marks[n_killed] and kill_worker(process.pid):
            n_killed += 1
            if n_killed == (n_kills + 1) // 2:
                process.kill()
                process.wait()
                process = _start(jobs, out, ("--resume", *options))
    if process.returncode:
        raise RuntimeError(f"the batch ended with {process.returncode}")
    ended = time.perf_counter()
    lines = [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]
    waited = ended - first - sum(line["seconds"] for line in lines[1:])
    return Run(ended - began, _cpu_sec() - used, 1000 * waited / max(1, n_rows - 1), lines, n_killed)


def _start(jobs: Path, out: Path, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "core", "batch", str(jobs), "--out", str(out), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _cpu_sec() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count_lines(out: Path) -> int:
    """Rows that have ended."""
    path = out / MANIFEST
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_worker(pid: int) -> bool:
    """Kill a worker of a batch, or of a cluster, that is at work; return whether there was one."""
    try:
        workers = [
            each for each in psutil.Process(pid).children(recursive=True) if "core.workers" in each.cmdline()
        ]
        for worker in workers:
            if worker.status() in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP):
                worker.kill()
                return True
    except psutil.Error:
        return False
    return False


def check_results(run: Run, out: Path, expected: Run) -> dict[str, int]:
    """Rows of a run that are lost or doubled, and files that are not those of another run."""
    done = Counter(line["row"] for line in run.lines if line["state"] == "done")
    files = {file["name"]: file["sha256"] for line in run.lines for file in line["files"]}
    there = {path.name for path in out.iterdir() if path.name not in (".lock", MANIFEST)}
    before = {file["name"]: file["sha256"] for line in expected.lines for file in line["files"]}
    return {
        "lost": sum(line["row"] not in done for line in expected.lines),
        "doubled": sum(count - 1 for count in done.values()),
        "files_lost_or_left_over": len(there ^ before.keys()),
        "files_damaged": sum(
            hash_file(out / name) != digest for name, digest in files.items() if name in there
        ),
        "files_that_differ": sum(files.get(name) != digest for name, digest in before.items()),
    }


def measure(jobs: Path, n_kills: int, *, on_cluster: bool) -> dict[str, Any]:
    """One kind of job: with one worker, two, and two of which some are killed."""
    folder, told, runs = jobs.parent, {}, {}
    for name, n_workers, kills in (("one", 1, 0), ("two", 2, 0), ("killed", 2, n_kills)):
        if name == "killed" and (on_cluster or not kills):
            continue
        with _open_workers(n_workers, on_cluster=on_cluster) as options:
            runs[name] = run_batch(jobs, folder / name, *options, n_kills=kills)
        run = runs[name]
        told[name] = {
            "jobs_per_minute": round(run.per_minute, 1),
            "seconds": round(run.seconds, 1),
            **({} if on_cluster else {"cpu_sec": round(run.cpu_sec, 1)}),
            **({"overhead_ms": round(run.overhead_ms, 1)} if name == "one" else {}),
            **({"workers_killed": run.n_kills, "batch_killed": int(kills > 0)} if kills else {}),
            **check_results(run, folder / name, runs["one"]),
        }
    return {**told, "two_against_one": round(runs["two"].per_minute / runs["one"].per_minute, 2)}


@contextmanager
def _open_workers(n_workers: int, *, on_cluster: bool) -> Iterator[tuple[str, ...]]:
    with running_cluster(n_workers) if on_cluster else nullcontext() as cluster:
        yield ("--scheduler", cluster.address) if cluster else ("--workers", str(n_workers))


def main() -> None:
    """Run the benchmark and print its figures as one JSON line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sonifications", type=int, default=1000)
    parser.add_argument("--extrapolations", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--cluster", action="store_true", help="workers of a Dask scheduler")
    options = parser.parse_args()
    told: dict[str, Any] = {
        "processors": count_processors(),
        "engine": "dask" if options.cluster else "embedded",
    }
    for kind, n_rows, write in (
        ("sonify", options.sonifications, write_tables),
        ("extrapolate", options.extrapolations, write_recordings),
    ):
        if n_rows:
            with tempfile.TemporaryDirectory(prefix="sonoscope-batches-") as folder:
                jobs = write(Path(folder), n_rows)
                told[kind] = {"n": n_rows, **measure(jobs, options.kills, on_cluster=options.cluster)}
    told["must_two_against_one"] = MUST_SPEED_UP
    print(json.dumps(told))


if __name__ == "__main__":
    main()
