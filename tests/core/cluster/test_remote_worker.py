"""What is sent to a cluster, and what is made of its answers; without a scheduler."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cluster.remote_worker import ClusterLostError, RemoteWorker
from core.cluster.tasks import run_request
from core.cluster.version import name_differences, version_bytes
from core.plain_data import from_bytes, to_bytes
from core.workers import Limits, WorkerLostError

distributed = pytest.importorskip("distributed", reason="needs requirements-cluster.txt")
ROOT = Path(__file__).resolve().parents[3]


class AnswerInHand:
    """A Dask future that has ended."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.status = "error" if isinstance(answer, Exception) else "finished"
        self.is_released = False

    def add_done_callback(self, work: Callable[[Any], None]) -> None:
        work(self)

    def result(self, timeout: float) -> Any:
        return self.answer

    exception = result

    def release(self) -> None:
        self.is_released = True


class RecordingClient:
    """A client that gives prepared answers and keeps what it was given."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.futures = [AnswerInHand(answer) for answer in answers]
        self.given: list[tuple[Any, ...]] = []

    def submit(self, *given: Any, **settings: Any) -> AnswerInHand:
        self.given.append(given)
        return self.futures[len(self.given) - 1]


def open_worker(client: RecordingClient, refused: list[int] | None = None) -> RemoteWorker:
    return RemoteWorker(
        client,
        version="v",
        topic="t",
        lane="compose",
        is_heavy=False,
        choose=lambda remote: (["tcp://10.0.0.5:40000"], True),
        on_other_version=lambda: (refused if refused is not None else []).append(1),
        on_end=lambda remote: None,
    )


def run(worker: RemoteWorker) -> Any:
    return from_bytes(
        worker.run("core.errors:plural", (2, "row"), {}, Limits(wall_sec=7), lambda share, stage: None)
    )


def test_one_function_with_words_numbers_and_bytes_is_all_that_is_pickled() -> None:
    client = RecordingClient(to_bytes(["done", to_bytes("2 rows")]))
    assert run(open_worker(client)) == "2 rows"
    ((function, *arguments),) = client.given
    assert function is run_request
    assert arguments[:-1] == ["v", "t", "compose", False, 7]
    assert from_bytes(arguments[-1])[:2] == ["core.errors:plural", (2, "row")]
    assert client.futures[0].is_released


def test_a_worker_of_another_version_opens_no_request_and_the_job_is_sent_again() -> None:
    refusal = run_request("another", "t", "compose", False, 7, b"not even plain data")
    assert from_bytes(refusal) == ["other", None]
    refused: list[int] = []
    client = RecordingClient(refusal, to_bytes(["done", to_bytes(1)]))
    assert run(open_worker(client, refused)) == 1
    assert len(refused) == 1
    with pytest.raises(ClusterLostError):
        run(open_worker(RecordingClient(refusal, refusal, refusal)))


def test_a_job_whose_process_dies_is_sent_three_times_at_most() -> None:
    lost, done = to_bytes(["lost", ""]), to_bytes(["done", to_bytes(1)])
    assert run(open_worker(RecordingClient(lost, lost, done))) == 1
    with pytest.raises(WorkerLostError):
        run(open_worker(RecordingClient(lost, lost, lost)))


def test_a_job_that_has_ended_several_dask_workers_is_not_sent_again() -> None:
    client = RecordingClient(distributed.KilledWorker("job", None, 4))
    with pytest.raises(WorkerLostError):
        run(open_worker(client))
    assert len(client.given) == 1


def test_a_request_that_is_too_large_to_be_sent_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cluster.remote_worker._MOST_SENT_BYTES", 10)
    client = RecordingClient()
    with pytest.raises(ClusterLostError) as told:
        run(open_worker(client))
    assert told.value.is_too_large and not client.given


def test_a_version_names_what_differs() -> None:
    own = from_bytes(version_bytes())
    assert name_differences(to_bytes({**own, "weights": "x"})) == ["weights"]
    assert name_differences(to_bytes({**own, "code": "x", "Python": "2.7"})) == ["code", "Python"]
    assert name_differences(to_bytes({})) == list(own)


def test_without_a_scheduler_nothing_imports_dask() -> None:
    code = "import sys; from core.jobs import open_queue; open_queue(2); print({'dask', 'distributed'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "set()", done.stderr


def test_what_to_install_is_said_where_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.cluster.connection import connect
    from core.errors import InputError

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install -r requirements-cluster\.txt"):
        connect("tcp://127.0.0.1:9", 0.1)
