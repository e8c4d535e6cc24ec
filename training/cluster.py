"""Map a function over batches of items in several processes, or on a Dask cluster; a worker that dies is survived.

A cluster is a scheduler and workers that see the same files under the same paths and can import this project:

    dask scheduler
    PYTHONPATH=. dask worker tcp://ADDRESS:8786 --nworkers 8 --nthreads 1

Dask gives the items of a worker that died to the others. What no worker survives is set aside, and the rest goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from importlib import import_module
from typing import Any, TypeVar

from core.cluster.connection import connect
from core.errors import InputError
from training.datasets import map_in_processes

Item = TypeVar("Item")
Result = TypeVar("Result")

N_AHEAD = 4  # batches that a cluster works on beside the one that is waited for
CONNECT_SEC = 20.0
WAIT_SEC = 60.0  # without a worker, until the report says so


def map_batches(
    function: Callable[[Item], Result],
    batches: Sequence[Sequence[Item]],
    *,
    scheduler: str = "",
    report: Callable[[str], None] = print,
) -> Iterator[list[Result | None]]:
    """What a function makes of every item, batch by batch and in order.

    Parameters
    ----------
    function : callable
        At the top level of a module; the same result wherever it runs.
    batches : sequence of sequence
    scheduler : str
        Address of a Dask scheduler, such as ``"tcp://10.0.0.5:8786"``; empty for processes of this machine.
    report : callable
        Gets a line where something holds the work up.

    Yields
    ------
    list
        The results of a batch; None for an item that ends every process that takes it.

    Raises
    ------
    InputError
        If there is no scheduler or no worker, or Dask is not installed.
    """
    if scheduler:
        yield from _map_on_cluster(function, batches, scheduler, report)
        return
    for batch in batches:
        try:
            yield list(map_in_processes(function, batch, chunksize=4))
        except BrokenExecutor:
            report("A process ended unexpectedly; its items are tried again one by one.")
            yield [_try_alone(function, item) for item in batch]


def _try_alone(function: Callable[[Item], Result], item: Item) -> Result | None:
    try:
        return map_in_processes(function, [item])[0]
    except BrokenExecutor:
        return None


def _map_on_cluster(
    function: Callable[[Item], Result],
    batches: Sequence[Sequence[Item]],
    scheduler: str,
    report: Callable[[str], None],
) -> Iterator[list[Result | None]]:
    with _connect(scheduler) as client:
        waiting: deque[list[Any]] = deque()
        for batch in batches:
            # Impure to Dask: an item is computed again even where an earlier run computed an equal one.
            waiting.append(client.map(function, batch, pure=False))
            if len(waiting) > N_AHEAD:
                yield _collect(client, waiting.popleft(), report)
        while waiting:
            yield _collect(client, waiting.popleft(), report)


def _connect(scheduler: str) -> Any:
    """A client of a scheduler that has a worker."""
    client = connect(scheduler, CONNECT_SEC)
    try:
        client.wait_for_workers(1, timeout=CONNECT_SEC)
    except OSError as error:
        client.close()
        raise InputError(
            f"The Dask scheduler at {scheduler} has no worker. Start some with “dask worker {scheduler}”."
        ) from error
    return client


def _collect(client: Any, futures: list[Any], report: Callable[[str], None]) -> list[Any]:
    distributed: Any = import_module("distributed")
    while True:
        try:
            distributed.wait(futures, timeout=WAIT_SEC)
            break
        except OSError:  # dask's TimeoutError
            if not client.scheduler_info()["workers"]:
                report("All workers are gone; the work goes on as soon as one joins.")
    results = []
    for future in futures:
        try:
            results.append(future.result())
        except distributed.KilledWorker:
            results.append(None)
    return results
