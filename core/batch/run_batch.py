"""The rows of a batch through a queue of worker processes: a few in flight, each one kept as soon as it has ended."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from core import limits
from core.batch.job import GivenFile, RowResult, run_row
from core.batch.manifest import Entry, Manifest, hash_file
from core.batch.row_checks import check_input, check_source
from core.batch.row_options import RowPlan
from core.command_line import describe_os_error
from core.errors import DashboardError, InputError, keep_printable
from core.files.reading import read_file
from core.jobs import Job, JobError, JobQueue, Ticket, make_job
from core.workers import Limits

MAX_TRIES = 3
"""How often a row is tried whose worker was lost."""

_LOOK_SEC = 0.02
_IN_FLIGHT_BYTES = 256 * limits.MEGABYTE
# Address space: sums of what the pages allow for a job and for a film of it.
_MEMORY_MB = {"sonify": 2048, "folk": 2048, "emotion": 4096, "extrapolate": 3072, "visualize": 3072}
_ROW_SEC = 3600


@dataclass
class Tally:
    """How a batch stands."""

    n_rows: int = 0
    n_kept: int = 0  # done by the batch before
    n_done: int = 0
    failures: list[Entry] = field(default_factory=list)

    @property
    def n_ended(self) -> int:
        """Rows of this run that have come to an end."""
        return self.n_done + len(self.failures)


@dataclass
class _Flight:
    """A row that waits or runs."""

    plan: RowPlan
    job: Job
    inputs: dict[str, str]
    n_bytes: int
    ticket: Ticket
    n_tries: int = 1


class Batch:
    """A batch that runs.

    Parameters
    ----------
    queue : JobQueue
    manifest : Manifest
    tell : callable
        Is called whenever a row has ended.
    """

    def __init__(
        self, queue: JobQueue, manifest: Manifest, tell: Callable[[Tally], None] = lambda tally: None
    ) -> None:
        self.tally = Tally()
        self._queue, self._manifest, self._tell = queue, manifest, tell
        self._flights: list[_Flight] = []

    def run(self, plans: Iterable[RowPlan], n_rows: int) -> None:
        """Do every row that was not done before.

        Parameters
        ----------
        plans : iterable of RowPlan
            Taken one by one: a plan is much larger than its row.
        n_rows : int
            How many there are.

        Raises
        ------
        FolderError
            If a result cannot be written. The rows that are in flight are done by the next batch.
        """
        self.tally.n_rows = n_rows
        self._tell(self.tally)
        waiting = iter(plans)
        plan = next(waiting, None)
        while plan is not None or self._flights:
            while plan is not None and self._has_room():
                self._begin(plan)
                self._tell(self.tally)
                plan = next(waiting, None)
            self._collect()

    def _has_room(self) -> bool:
        n_places = max(1, self._queue.count_places())
        n_bytes = sum(flight.n_bytes for flight in self._flights)
        return len(self._flights) < (2 * n_places if n_bytes < _IN_FLIGHT_BYTES else n_places)

    def _begin(self, plan: RowPlan) -> None:
        try:
            if plan.fault:
                raise InputError(plan.fault)
            is_done = is_kept(plan, self._manifest)
            flight = None if is_done else self._submit(plan)
        except Exception as error:  # of one row; the others go on
            self._fail(plan, _give_reason(error), {})
            return
        if flight is None:
            self.tally.n_kept += 1
        else:
            self._flights.append(flight)

    def _submit(self, plan: RowPlan) -> _Flight:
        check_source(plan)
        given, hashes = read_inputs(plan)
        job = make_job(
            partial(run_row, plan.job, plan.options, given, plan.outputs),
            key=f"batch {plan.row_hash} {sorted(hashes.items())}",
            limits=Limits(memory_mb=_MEMORY_MB[plan.job], cpu_sec=_ROW_SEC, wall_sec=_ROW_SEC),
            what="This row",
        )
        n_bytes = sum(len(one.data) for each in given.values() for one in each if not isinstance(one, str))
        return _Flight(plan, job, hashes, n_bytes, self._queue.submit(job, f"row {plan.number}"))

    def _collect(self) -> None:
        """Wait a moment, and keep what has ended."""
        if self._flights:
            self._queue.wait(self._flights[0].ticket, _LOOK_SEC)
        for flight in [each for each in self._flights if each.ticket.is_over]:
            self._flights.remove(flight)
            self._end(flight)
        self._tell(self.tally)

    def _end(self, flight: _Flight) -> None:
        try:
            result: RowResult = flight.ticket.result()
        except JobError as error:
            if error.is_lost and flight.n_tries < MAX_TRIES:
                flight.n_tries += 1
                flight.ticket = self._queue.submit(flight.job, f"row {flight.plan.number}")
                self._flights.append(flight)
                return
            self._fail(flight.plan, str(error), flight.inputs)
        except Exception as error:
            self._fail(flight.plan, _give_reason(error), flight.inputs)
        else:
            entry = _describe(
                flight.plan, flight.inputs, state="done", seconds=result.seconds, summary=result.said
            )
            self._manifest.keep(entry, result.files)
            self.tally.n_done += 1

    def _fail(self, plan: RowPlan, reason: str, hashes: dict[str, str]) -> None:
        entry = _describe(plan, hashes, state="failed", reason=reason)
        self._manifest.keep(entry, {})
        self.tally.failures.append(entry)


def _give_reason(error: Exception) -> str:
    """Why a row failed."""
    if isinstance(error, DashboardError):
        return str(error)
    # A fault of the program: whole in the log of the worker.
    return f"{keep_printable(str(error))} ({type(error).__name__}). This is a fault of Sonoscope: please report it."


def _describe(plan: RowPlan, hashes: dict[str, str], **facts: Any) -> Entry:
    return Entry(
        row=plan.number,
        name=plan.name,
        job=plan.job,
        file=plan.file,
        row_hash=plan.row_hash,
        inputs=hashes,
        **facts,
    )


def is_kept(plan: RowPlan, manifest: Manifest) -> bool:
    """Whether a row was done before, and neither it nor its inputs nor its files have changed.

    Raises
    ------
    InputError
        If an input cannot be read.
    """
    if not manifest.may_be_done(plan.row_hash, plan.name):
        return False
    return manifest.is_done(plan.row_hash, plan.name, hash_inputs(plan))


def read_inputs(plan: RowPlan) -> tuple[dict[str, list[GivenFile | str]], dict[str, str]]:
    """Read the files that a row names.

    Returns
    -------
    given : dict
        For `run_row`.
    hashes : dict
        SHA-256 of each file by its place.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    given: dict[str, list[GivenFile | str]] = {}
    hashes: dict[str, str] = {}
    for dest, values in plan.inputs.items():
        given[dest] = []
        for number, value in enumerate(values):
            if isinstance(value, str):
                given[dest].append(value)
                continue
            data = read_input(value)
            hashes[_name_place(dest, number)] = hashlib.sha256(data).hexdigest()
            given[dest].append(GivenFile(name=value.name, data=data))
    return given, hashes


def hash_inputs(plan: RowPlan) -> dict[str, str]:
    """SHA-256 of the files that a row names, by their place.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    hashes = {}
    for dest, values in plan.inputs.items():
        for number, value in enumerate(values):
            if isinstance(value, Path):
                check_input(value)
                hashes[_name_place(dest, number)] = hash_file(value)
    return hashes


def _name_place(dest: str, number: int) -> str:
    return f"{dest}.{number}"


def read_input(path: Path) -> bytes:
    """Read a file that a row names.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    check_input(path)
    try:
        return read_file(path, limits.MAX_AUDIO_BYTES, advice="Cut it, or keep only what is needed.")
    except OSError as error:
        raise InputError(describe_os_error(error)) from error
