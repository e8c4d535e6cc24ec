"""Items over processes and over a Dask cluster: the same results, also where a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.cluster import running_cluster
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
def scheduler() -> Iterator[str]:
    """A scheduler with two workers, each a process of its own under a nanny that starts it again."""
    pytest.importorskip("distributed")
    with running_cluster(2) as cluster:
        yield cluster.address


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
