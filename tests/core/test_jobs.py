"""The job queue and its worker processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.jobs import GRACE_SEC, SERVER, Job, JobError, JobQueue, Ticket, make_job
from core.workers import Limits, call, find_function, function_path

PATIENCE_SEC = 60.0


@pytest.fixture(scope="module")
def shared_queue() -> Iterator[JobQueue]:
    jobs = JobQueue(2)
    yield jobs
    jobs.close()


@pytest.fixture
def jobs(shared_queue: JobQueue) -> JobQueue:
    return shared_queue


def sleep_job(key: str, seconds: float = 30.0, **settings: Any) -> Job:
    """A job that only waits."""
    job = make_job(partial(plural, 1, "row"), key=key, **settings)
    return Job(**{**vars(job), "function": "core.jobs:time.sleep", "arguments": (seconds,)})


def finish(jobs: JobQueue, ticket: Ticket) -> Any:
    assert jobs.wait(ticket, PATIENCE_SEC), f"still {ticket.state}"
    return ticket.result()


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_SEC) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def busy(jobs: JobQueue, *names: str) -> list[Ticket]:
    """Fill the workers with jobs that wait."""
    tickets = [jobs.submit(sleep_job(f"busy {name}"), name) for name in names]
    wait_until(lambda: all(ticket.worker is not None for ticket in tickets))
    return tickets


def test_a_job_runs_in_another_process_and_its_result_comes_back(jobs: JobQueue) -> None:
    kept: list[tuple[Any, int]] = []
    job = Job(
        **{
            **vars(make_job(partial(plural, 1, "row"), key="pid")),
            "function": "core.workers:os.getpid",
            "arguments": (),
        }
    )
    ticket = jobs.submit(job, "v", lambda value, size: kept.append((value, size)))
    assert finish(jobs, ticket) != os.getpid()
    assert kept == [(ticket.value, kept[0][1])]
    assert finish(jobs, jobs.submit(make_job(partial(plural, 2, noun="row"), key="words"), "v")) == "2 rows"


def test_what_a_job_says_to_the_visitor_reaches_him_as_it_was(jobs: JobQueue) -> None:
    ticket = jobs.submit(make_job(partial(check_file_size, 9, 1, "This"), key="told"), "v")
    with pytest.raises(InputError, match=r"This has 0\.1 MB"):
        finish(jobs, ticket)


def test_any_other_error_is_no_sentence_for_the_visitor(jobs: JobQueue) -> None:
    ticket = jobs.submit(make_job(partial(plural, "many", "row"), key="failed"), "v")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="ValueError"):
        finish(jobs, ticket)


def test_who_asks_for_the_same_joins_the_job(jobs: JobQueue) -> None:
    first = jobs.submit(sleep_job("same", 0.5), "a")
    assert jobs.submit(sleep_job("same", 0.5), "b") is first
    assert first.visitors == {"a", "b"}
    jobs.leave(first, "a", at_once=True)
    finish(jobs, first)


def test_a_new_wish_takes_the_place_of_the_former(jobs: JobQueue) -> None:
    (former,) = busy(jobs, "c")
    began = time.monotonic()
    assert finish(jobs, jobs.submit(make_job(partial(plural, 3, "row"), key="new"), "c")) == "3 rows"
    wait_until(lambda: former.state == "canceled")
    assert time.monotonic() - began < 20.0  # not the half minute that the former would have taken
    with pytest.raises(JobError, match="stopped"):
        former.result()


def test_everybody_sees_how_many_are_before_him(jobs: JobQueue) -> None:
    running = busy(jobs, "d", "e")
    waiting = [jobs.submit(sleep_job(f"wait {name}"), name) for name in "fgh"]
    assert [jobs.count_before(ticket) for ticket in waiting] == [1, 2, 3]
    assert jobs.count_before(running[0]) == 0
    jobs.leave(waiting[0], "f", at_once=True)
    assert [jobs.count_before(ticket) for ticket in waiting[1:]] == [1, 2]
    for name in "defgh":
        jobs.leave_all(name)
    wait_until(lambda: all(ticket.is_over for ticket in [*running, *waiting]))


def test_the_servers_own_wishes_come_last(jobs: JobQueue) -> None:
    running = busy(jobs, "i", "j")
    own = jobs.submit(make_job(partial(plural, 4, "row"), key="own"), SERVER)
    visitor = jobs.submit(sleep_job("visitor", 0.1), "k")
    assert jobs.count_before(visitor) < jobs.count_before(own)
    for name in "ij":
        jobs.leave_all(name)
    assert finish(jobs, own) == "4 rows"
    finish(jobs, visitor)
    assert all(ticket.is_over for ticket in running)


def test_a_second_worker_is_started_only_where_the_first_does_not_do_in_a_second() -> None:
    jobs = JobQueue(2)
    try:
        busy(jobs, "a")
        quick = [jobs.submit(make_job(partial(plural, 1, "row"), key=name), name) for name in "bc"]
        asked = time.monotonic()
        assert [ticket.state for ticket in quick] == ["waiting"] * 2
        assert finish(jobs, quick[0]) == finish(jobs, quick[1]) == "1 row"
        assert time.monotonic() - asked > 0.5
        assert jobs.measure()["workers"] == 2
        began = jobs.submit(sleep_job("at once", 0.01), "d")  # there is one without work
        assert began.state == "running"
        finish(jobs, began)
    finally:
        jobs.close()


def test_one_visitor_and_what_is_prepared_beside_him_share_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    # What only waits tells no progress at which it could stop, and is ended.
    monkeypatch.setattr("core.jobs._GIVE_WAY_SEC", 0.2)
    jobs = JobQueue(2)
    try:
        ours = sleep_job("prepared")
        prepared = jobs.submit(ours, SERVER)
        wait_until(lambda: prepared.worker is not None)
        asked = time.monotonic()
        assert finish(jobs, jobs.submit(make_job(partial(plural, 1, "row"), key="wished"), "a")) == "1 row"
        assert 0.5 < time.monotonic() - asked < 25.0
        wait_until(lambda: prepared.is_over)
        assert prepared.state == "canceled"
        # It is not lost: it begins again once nobody waits.
        again = jobs.submit(ours, SERVER)
        assert again is not prepared
        wait_until(lambda: again.worker is not None)
        assert jobs.measure()["workers"] == 1
        # Nor does the server's own work begin a worker beside a visitor's job.
        jobs.leave(again, SERVER, at_once=True)
        visitor = jobs.submit(sleep_job("long"), "a")
        wait_until(lambda: visitor.worker is not None)
        jobs.submit(make_job(partial(plural, 2, "row"), key="also prepared"), SERVER)
        time.sleep(1.6)
        assert jobs.measure()["workers"] == 1
    finally:
        jobs.close()


def test_a_worker_that_has_grown_ends_with_its_job_unless_a_visitor_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.worker_pool._MOST_BYTES_AT_REST", 1)  # every worker is larger
    jobs = JobQueue(1)
    try:
        first = jobs.submit(sleep_job("first", 0.5), "a")
        second = jobs.submit(sleep_job("second", 0.01), "b")
        wait_until(lambda: first.worker is not None)
        assert first.worker is not None
        pid = first.worker.pid
        finish(jobs, second)
        assert second.worker is not None and second.worker.pid == pid
        wait_until(lambda: jobs.measure()["workers"] == 0)
        assert finish(jobs, jobs.submit(make_job(partial(plural, 1, "row"), key="third"), "c")) == "1 row"
    finally:
        jobs.close()


def test_heavy_jobs_run_one_at_a_time_and_let_light_ones_pass(jobs: JobQueue) -> None:
    heavy = jobs.submit(sleep_job("heavy 1", heavy=True, lane="read"), "l")
    wait_until(lambda: heavy.worker is not None)
    second = jobs.submit(sleep_job("heavy 2", heavy=True), "m")
    light = jobs.submit(make_job(partial(plural, 5, "row"), key="light", lane="read"), "n")
    assert finish(jobs, light) == "5 rows"
    assert second.state == "waiting"
    for name in "lm":
        jobs.leave_all(name)
    wait_until(lambda: heavy.is_over and second.is_over)


def test_films_are_drawn_one_at_a_time_and_hold_nobody_else_up(jobs: JobQueue) -> None:
    film = jobs.submit(sleep_job("film 1", lane="film"), "first")
    second = jobs.submit(sleep_job("film 2", lane="film"), "second")
    heavy = jobs.submit(make_job(partial(plural, 6, "row"), key="heavy beside it", heavy=True), "third")
    assert finish(jobs, heavy) == "6 rows"
    assert (film.state, second.state, jobs.count_before(second)) == ("running", "waiting", 1)
    for name in ("first", "second"):
        jobs.leave_all(name)
    wait_until(lambda: film.is_over and second.is_over)


def test_a_film_goes_on_while_its_visitor_downloads_a_file_and_ends_with_another_film(jobs: JobQueue) -> None:
    film = jobs.submit(sleep_job("film", lane="film"), "f")
    finish(jobs, jobs.submit(sleep_job("mp3", 0.01), "f"))
    assert not film.is_over and film.visitors == {"f"}
    jobs.submit(sleep_job("another film", 0.01, lane="film"), "f")
    wait_until(lambda: film.state == "canceled")


def test_a_job_goes_on_for_a_moment_when_its_visitor_has_gone(jobs: JobQueue) -> None:
    (ticket,) = busy(jobs, "o")
    jobs.leave(ticket, "o")
    time.sleep(0.6)
    assert not ticket.is_over
    assert jobs.submit(sleep_job("busy o"), "o") is ticket  # back in time
    jobs.leave(ticket, "o")
    left = time.monotonic()
    wait_until(lambda: ticket.is_over)
    assert time.monotonic() - left > GRACE_SEC - 0.1
    assert ticket.state == "canceled"


def test_a_killed_worker_ends_one_job_with_a_sentence_and_no_other(jobs: JobQueue) -> None:
    killed, other = jobs.submit(sleep_job("killed"), "p"), jobs.submit(sleep_job("other", 2.0), "q")
    wait_until(lambda: killed.worker is not None and other.worker is not None)
    assert killed.worker is not None
    os.kill(killed.worker.pid, signal.SIGKILL)
    with pytest.raises(JobError, match=r"interrupted on the server.* try again"):
        finish(jobs, killed)
    assert finish(jobs, other) is None
    assert finish(jobs, jobs.submit(make_job(partial(plural, 6, "row"), key="killed"), "p")) == "6 rows"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
@pytest.mark.parametrize(
    ("function", "arguments", "limits", "sentence"),
    [
        ("core.plain_data:np.ones", (2**28,), Limits(memory_mb=256), "needs more memory"),
        ("core.files.reading:math.factorial", (5_000_000,), Limits(cpu_sec=1), "took longer"),
        ("core.jobs:time.sleep", (60,), Limits(wall_sec=1), "took longer"),
    ],
)
def test_what_goes_over_a_limit_ends_as_a_sentence(
    jobs: JobQueue, function: str, arguments: tuple[Any, ...], limits: Limits, sentence: str
) -> None:
    job = make_job(partial(plural, 1, "row"), key=function, limits=limits, what="Reading this table")
    ticket = jobs.submit(Job(**{**vars(job), "function": function, "arguments": arguments}), "r")
    with pytest.raises(JobError, match=f"Reading this table {sentence}"):
        finish(jobs, ticket)


def test_a_limit_ends_with_its_job(jobs: JobQueue) -> None:
    job = make_job(partial(plural, 1, "row"), key="small", limits=Limits(memory_mb=64), lane="read")
    finish(jobs, jobs.submit(job, "s"))
    large = Job(**{**vars(job), "key": "large", "function": "core.plain_data:np.ones", "arguments": (2**25,)})
    with pytest.raises(JobError, match="memory"):
        finish(jobs, jobs.submit(large, "s"))
    enough = Job(**{**vars(large), "key": "enough", "limits": Limits(memory_mb=2048)})
    assert finish(jobs, jobs.submit(enough, "s")).size == 2**25


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells another process's limits")
def test_a_worker_that_dies_leaves_no_picture_of_its_memory_on_the_disk(jobs: JobQueue) -> None:
    job = make_job(partial(plural, 1, "row"), key="core file", lane="read")
    pid = finish(
        jobs, jobs.submit(Job(**{**vars(job), "function": "core.workers:os.getpid", "arguments": ()}), "c")
    )
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    (line,) = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def test_a_queue_without_workers_runs_jobs_where_they_are_asked_for() -> None:
    job = make_job(partial(plural, 1, "row"), key="here")
    here = JobQueue(0).submit(
        Job(**{**vars(job), "function": "core.workers:os.getpid", "arguments": ()}), "v"
    )
    assert here.result() == os.getpid()


def test_a_function_outside_of_core_is_no_job() -> None:
    assert find_function(function_path(plural)) is plural
    for path in ("os:system", "subprocess:run", "core.errors:no_such_name"):
        with pytest.raises((ValueError, AttributeError)):
            call(path, (), {}, lambda share, stage: None)
