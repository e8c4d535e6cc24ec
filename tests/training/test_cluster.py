"""Items over processes and over a Dask cluster: the same results, also where a worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InputError
from training.audioviz.prepare import prepare
from training.cluster import map_batches


def _square(item: int) -> int:
    return item * item


def _die_at_13(item: int) -> int:
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def _die_once(path: Path) -> str:
    """Ends the worker that takes the first item, the first time."""
    if path.name == "0" and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def test_results_come_batch_by_batch_and_in_order() -> None:
    assert list(map_batches(_square, [[1, 2, 3], [4], []])) == [[1, 4, 9], [16], []]


def test_an_item_that_ends_its_process_is_set_aside_and_the_others_go_on() -> None:
    told: list[str] = []
    assert list(map_batches(_die_at_13, [[12, 13, 14]], report=told.append)) == [[12, None, 14]]
    assert len(told) == 1 and "one by one" in told[0]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers, each a process of its own under a nanny that starts it again."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("dask")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    place = folder / "scheduler.json"

    def start(kind: str, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(place)]
        return subprocess.Popen(
            [*command, "--no-dashboard", *more],
            env=environment,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    started = [start("scheduler", "--host", "127.0.0.1", "--port", "0")]
    started.append(start("worker", "--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)))
    try:
        deadline = time.monotonic() + 30
        while not place.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield str(json_address(place))
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(20)


def json_address(place: Path) -> str:
    import json

    return str(json.loads(place.read_text(encoding="utf-8"))["address"])


def test_a_cluster_prepares_the_same_shards_as_processes_and_survives_a_worker(
    scheduler: str, tmp_path: Path
) -> None:
    from tests.training.test_audioviz_training import collection

    items = [tmp_path / str(i) for i in range(6)]
    [names] = map_batches(_die_once, [items], scheduler=scheduler)
    assert names == list("012345") and (tmp_path / "0").exists()
    folder = collection(tmp_path / "clips", 2)
    (folder / "track1_0.wav").write_bytes(b"broken")
    prepare(folder, tmp_path / "processes", shard_clips=3, log=lambda line: None)
    prepare(folder, tmp_path / "cluster", shard_clips=3, scheduler=scheduler, log=lambda line: None)
    written = sorted(path.name for path in (tmp_path / "processes").iterdir())
    assert len(written) == 4
    for name in written:
        assert (tmp_path / "cluster" / name).read_bytes() == (tmp_path / "processes" / name).read_bytes()


def test_a_scheduler_that_does_not_answer_is_told_of_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("training.cluster.CONNECT_SEC", 0.3)
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        next(map_batches(_square, [[1]], scheduler="tcp://127.0.0.1:9"))
