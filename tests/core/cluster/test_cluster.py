"""Jobs on a Dask cluster: a real scheduler and two workers on this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pytest

from benchmarks.cluster import RunningCluster
from core.audio import encode
from core.audio.waveform import Audio
from core.audioviz.job import hear_upload
from core.batch.jobs_file import Row
from core.batch.manifest import open_manifest
from core.batch.row_options import plan_row
from core.batch.run_batch import Batch, read_inputs
from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.folk.job import TuneRequest, compose_tunes
from core.jobs import Job, JobError, JobQueue, Ticket, make_job, open_queue
from core.plain_data import holds_path, to_bytes
from core.sonify.job import play_table
from core.sonify.large_job import list_database_tables
from core.sonify.settings import Settings, Voice
from core.tables.table import read_text
from core.workers import Limits

pytest.importorskip("distributed", reason="needs requirements-cluster.txt")

PATIENCE_SEC = 120.0


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SEC) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    with TemporaryDirectory(prefix="sonoscope-") as folder:
        running = RunningCluster(Path(folder), 2)
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def reports() -> list[str]:
    return []


@pytest.fixture(scope="module")
def queue(cluster: RunningCluster, reports: list[str]) -> Iterator[JobQueue]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.cluster.connection._AGAIN_SEC", 0.5)
        jobs = open_queue(1, cluster.address, reports.append)
        wait_until(lambda: jobs.count_places() == 2)
        yield jobs
        jobs.close()


def call_job(path: str, *arguments: Any, key: str, **settings: Any) -> Job:
    """A job of a function that is none of core's own."""
    job = make_job(partial(plural, 1, "row"), key=key, **settings)
    return replace(job, function=path, arguments=arguments)


def sleep_job(key: str, seconds: float, **settings: Any) -> Job:
    return call_job("core.jobs:time.sleep", seconds, key=key, **settings)


def finish(jobs: JobQueue, ticket: Ticket) -> Any:
    assert jobs.wait(ticket, PATIENCE_SEC), f"still {ticket.state}"
    return ticket.result()


def list_processes(cluster: RunningCluster) -> list[psutil.Process]:
    """The processes for jobs that Dask's workers have begun."""
    beside = []
    for started in cluster.workers:
        for process in psutil.Process(started.pid).children(recursive=True):
            try:
                if "core.workers" in process.cmdline():
                    beside.append(process)
            except psutil.NoSuchProcess:
                continue
    return beside


def make_calls() -> dict[str, partial[Any]]:
    """A sonification, folk tunes, and a sound that is measured."""
    table = read_text("year,rain\n" + "\n".join(f"{1900 + i},{i * i % 17}" for i in range(12)))
    tone = Audio(np.sin(np.arange(22_050) ** 1.2).astype(np.float32), 22_050)
    return {
        "sonify": partial(play_table, table, Settings(voices=(Voice(column="rain"),), time="year")),
        "folk": partial(compose_tunes, TuneRequest(bars=4, seed=3)),
        "visualize": partial(hear_upload, encode(tone, "wav"), "tone.wav"),
    }


def test_results_are_those_of_the_embedded_queue_bit_by_bit_and_progress_comes(queue: JobQueue) -> None:
    alone = JobQueue(1)
    try:
        for name, call in make_calls().items():
            sent = queue.submit(make_job(call, key=name), name)
            here = finish(alone, alone.submit(make_job(call, key=name), name))
            assert to_bytes(finish(queue, sent)) == to_bytes(here), name
            assert sent.is_out
            wait_until(lambda sent=sent: sent.stage and 0.0 < sent.share <= 1.0)  # type: ignore[misc]
    finally:
        alone.close()


def test_each_of_two_hundred_jobs_of_twenty_visitors_comes_once_and_to_its_visitor(queue: JobQueue) -> None:
    kept: Counter[tuple[str, str]] = Counter()
    got: dict[str, list[str]] = {}

    def visit(visitor: str) -> None:
        got[visitor] = []
        for i in range(10):
            name = f"{visitor}-{i}"
            job = make_job(partial(plural, 2, name), key=name)
            ticket = queue.submit(job, visitor, lambda value, _, name=name: kept.update([(name, value)]))  # type: ignore[misc]
            got[visitor].append(finish(queue, ticket))

    visitors = [threading.Thread(target=visit, args=(f"visitor{n}",)) for n in range(20)]
    for thread in visitors:
        thread.start()
    for thread in visitors:
        thread.join(PATIENCE_SEC)
    assert got == {f"visitor{n}": [f"2 visitor{n}-{i}s" for i in range(10)] for n in range(20)}
    assert len(kept) == 200 and set(kept.values()) == {1}
    assert all(value == f"2 {name}s" for name, value in kept)


def test_a_batch_sends_and_gets_its_files_as_bytes(queue: JobQueue, tmp_path: Path) -> None:
    rows = []
    for number in range(1, 5):
        (tmp_path / f"t{number}.csv").write_text(f"x\n{number}\n2\n3\n")
        cells = {"job": "sonify", "file": f"t{number}.csv", "outputs": "midi report"}
        rows.append(plan_row(Row(number=number, cells=cells), f"t{number}", tmp_path))
    for name, jobs in (("cluster", queue), ("here", JobQueue(0))):
        with open_manifest(tmp_path / name, resume=False) as manifest:
            batch = Batch(jobs, manifest)
            batch.run(rows, len(rows))
        assert (batch.tally.n_done, batch.tally.failures) == (4, [])
    made = {path.name: path.read_bytes() for path in (tmp_path / "cluster").glob("t*")}
    assert len(made) == 8
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "here").glob("t*")}
    given, _ = read_inputs(rows[0])
    assert not holds_path(
        to_bytes([rows[0].options, given, rows[0].outputs])
    )  # else it would stay on this machine


def test_sentences_and_limits_are_the_same(queue: JobQueue) -> None:
    with pytest.raises(InputError, match=r"This has 0\.1 MB"):
        finish(queue, queue.submit(make_job(partial(check_file_size, 9, 1, "This"), key="told"), "a"))
    late = sleep_job("late", 60.0, limits=Limits(wall_sec=1), what="Composing this")
    with pytest.raises(JobError, match="Composing this took longer"):
        finish(queue, queue.submit(late, "a"))
    large = call_job("core.plain_data:np.ones", 2**28, key="large", limits=Limits(memory_mb=256))
    with pytest.raises(JobError, match="needs more memory"):
        finish(queue, queue.submit(large, "a"))


def test_a_job_that_kills_every_process_that_takes_it_ends_with_a_sentence(
    cluster: RunningCluster, queue: JobQueue
) -> None:
    with pytest.raises(JobError, match=r"interrupted on the server.* try again") as told:
        finish(queue, queue.submit(call_job("core.workers:os.abort", key="killer"), "a"))
    assert told.value.is_lost
    assert finish(queue, queue.submit(make_job(partial(plural, 3, "row"), key="after it"), "a")) == "3 rows"
    assert all(started.poll() is None for started in cluster.workers)


def test_a_canceled_job_ends_its_process(cluster: RunningCluster, queue: JobQueue) -> None:
    before = set(list_processes(cluster))
    ticket = queue.submit(sleep_job("canceled", 600.0, lane="read"), "b")  # the first that reads
    wait_until(lambda: set(list_processes(cluster)) - before)
    (busy,) = set(list_processes(cluster)) - before
    time.sleep(0.5)
    queue.leave_all("b")
    wait_until(lambda: ticket.is_over, 5.0)
    assert ticket.state == "canceled"
    wait_until(lambda: not busy.is_running())  # idle, it would stay for five minutes


def test_what_needs_this_machine_stays_here(queue: JobQueue, tmp_path: Path) -> None:
    named = make_job(partial(plural, 2, str(tmp_path)), key="words")
    given = make_job(partial(holds_path, [tmp_path]), key="path")
    marked = make_job(partial(list_database_tables, "warehouse"), key="database")
    assert [job.stays for job in (named, given, marked)] == [False, True, True]
    ticket = queue.submit(given, "c")
    assert finish(queue, ticket) is True
    assert not ticket.is_out


def test_a_worker_with_other_weights_gets_no_jobs_and_is_told_of(
    cluster: RunningCluster, queue: JobQueue, reports: list[str]
) -> None:
    other = cluster.start_workers(1, SONOSCOPE_WEIGHTS="research")
    try:
        wait_until(lambda: any("differs from this machine (weights)" in told for told in reports))
        assert queue.count_places() == 2
        tickets = [queue.submit(make_job(partial(plural, n, "row"), key=f"{n}"), f"{n}") for n in range(8)]
        assert [finish(queue, ticket) for ticket in tickets] == [plural(n, "row") for n in range(8)]
        assert not [
            p for p in psutil.Process(other.pid).children(recursive=True) if "core.workers" in p.cmdline()
        ]
    finally:
        other.terminate()
        other.wait(30)


def test_a_job_whose_dask_worker_is_killed_is_done_by_another(
    cluster: RunningCluster, queue: JobQueue
) -> None:
    before = set(list_processes(cluster))
    ticket = queue.submit(sleep_job("killed", 3.0, lane="film"), "d")  # the first film
    wait_until(lambda: set(list_processes(cluster)) - before)
    (busy,) = set(list_processes(cluster)) - before
    killed = busy.parent()
    assert killed is not None
    time.sleep(1.0)
    begun = time.monotonic()
    os.kill(killed.pid, signal.SIGKILL)
    assert finish(queue, ticket) is None
    assert ticket.is_out and time.monotonic() - begun > 2.9  # once more from its beginning
    wait_until(lambda: not busy.is_running(), 10.0)  # what it had begun ends with it
    wait_until(lambda: queue.count_places() == 2)  # and its nanny begins another


def test_without_its_scheduler_the_queue_works_by_itself_and_goes_back_to_it(
    cluster: RunningCluster, queue: JobQueue, reports: list[str]
) -> None:
    wait_until(lambda: queue.count_places() == 2)
    assert queue.cluster is not None and not queue.cluster.is_away
    ticket = queue.submit(sleep_job("surviving", 2.0), "e")
    time.sleep(0.5)
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    assert finish(queue, ticket) is None
    assert not ticket.is_out
    wait_until(lambda: any("is gone" in told for told in reports))
    assert queue.cluster.is_away and queue.cluster.describe() == "cluster away"
    assert finish(queue, queue.submit(make_job(partial(plural, 4, "row"), key="here"), "e")) == "4 rows"
    cluster.restart()
    wait_until(lambda: queue.count_places() == 2)
    back = queue.submit(make_job(partial(plural, 5, "row"), key="there"), "e")
    assert finish(queue, back) == "5 rows" and back.is_out


def test_nobody_waits_for_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cluster.connection._CONNECT_SEC", 0.5)
    begun = time.monotonic()
    jobs = open_queue(1, "tcp://127.0.0.1:9", lambda told: None)
    assert time.monotonic() - begun < 1.0
    try:
        ticket = jobs.submit(make_job(partial(plural, 2, "row"), key="alone"), "f")
        assert finish(jobs, ticket) == "2 rows" and not ticket.is_out
        assert not jobs.wait_for_cluster(60.0)
    finally:
        jobs.close()
