"""Batches on the command line: every row of a file is a job, run in worker processes or on a Dask cluster."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import EndedError, show
from core.errors import DashboardError, InputError, plural

if TYPE_CHECKING:
    from core.batch.manifest import Entry, Manifest
    from core.batch.row_plans import RowPlans
    from core.batch.run_batch import Tally
    from core.jobs import JobQueue

MAX_WORKERS = 64
SCHEDULER_VARIABLE = "SONOSCOPE_SCHEDULER"
_CLUSTER_SEC = 20.0
_REFUSED = 2  # as argparse has it for an option that cannot be used

ABOUT = """\
Every row of JOBS is one job, with the options of its command:

  job      sonify, folk, emotion, extrapolate or visualize
  file     what it reads: a path, relative to the folder of JOBS; or an example
  name     what its files are called; if not given, the name of the file
  outputs  what it writes, separated by spaces: see below
  ...      any option of `python -m core JOB --help` by its long name: value, seed, settings, bars, top_p

An option that can be repeated is a column that is repeated, or a list in JSON. Options without a value are yes or
no; several values go in one cell (where: country is Norway). An empty cell means: not given.

  job,file,value,notes,outputs          {"job": "sonify", "file": "oslo.csv", "value": ["rain", "wind"]}
  sonify,oslo.csv,rain,40,mp3 report    {"job": "extrapolate", "file": "street.flac", "seconds": 20}

outputs, in brackets what is written if it is not given:

  sonify       midi wav mp3 save-settings report film page picture  (mp3 midi report)
  folk         out report film page picture  (out report)
  emotion      midi musicxml wav report film page picture  (wav midi report)
  extrapolate  wav flac mp3 report film page picture  (flac report)
  visualize    out film report  (out report)

Examples, as file: of sonify example:co2, stocks, sunspots, elnino, nile, macro and gapminder; of extrapolate
example:street, waltz and mist. The other jobs have none.
"""
ENDING = """
Files are called NAME.mp3, NAME.mid and so on, NAME.json for a report, NAME.npz for out of visualize. Tunes (out of
folk) are NAME.abc, .krn, .mid and .musicxml, with count NAME.tune-01.abc and so on. film.webm and picture.svg name
another format. A name keeps letters, digits, - and _; every space and other character becomes -, so ../rain 2.1 is
rain-2-1. Where two rows have one name, the later one gets its number: oslo, and oslo-7 for row 7. Rows are counted
from 1, without the header. All files lie in DIR itself.

manifest.jsonl has a line for every row that has ended: its files with SHA-256 and size, a summary and seconds, or
the reason why it failed (files of the time before stay then); failures.csv lists the rows that failed last. The exit
status is 0 if every row was done, 1 if some failed, the disk was full, or JOBS or DIR cannot be used, 2 if an option
cannot be used, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.

With --resume, rows that were done are left alone unless the row, what it reads or its files have changed; rows that
failed are tried again. JOBS may have changed: rows are found by what they say and keep their names. The
files of rows that are gone stay, with a line of state gone.

Workers on other machines need no shared folder: files travel with the job.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core batch``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = ABOUT
    parser.epilog = ENDING
    add = parser.add_argument
    add("jobs", type=Path, metavar="JOBS", help="CSV with a column “job”, or JSON Lines: one object a line")
    add(
        "--out",
        type=_read_folder,
        required=True,
        metavar="DIR",
        help="new or empty folder for all files, or that of --resume",
    )
    add("--resume", action="store_true", help="continue the batch that has begun in DIR")
    add("--dry-run", action="store_true", help="only print what would be done, and which rows cannot be")
    add(
        "--workers",
        type=int,
        help="jobs at once on this machine; the number of processors if not given; 0: one after the other, in this process",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help=f"Dask scheduler, such as tcp://10.0.0.5:8786, which must answer; if not given ${SCHEDULER_VARIABLE}, "
        "and while that does not answer, jobs run on this machine",
    )


def _read_folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("the folder needs a name; . is the current folder")
    return Path(text)


def run(options: argparse.Namespace) -> str:
    """Do the jobs and return one line about them.

    Raises
    ------
    DashboardError
        If the jobs file or the folder cannot be used, or some rows failed; these have been printed.
    OSError
        If a file cannot be read or written.
    """
    from core.batch.manifest import FAILURES, Manifest, check_begun, check_folder, open_manifest
    from core.batch.progress import describe_tally, show_failures
    from core.batch.row_plans import RowPlans
    from core.files.private_folders import remove_abandoned
    from core.jobs import count_processors

    n_workers = count_processors() if options.workers is None else options.workers
    if not 0 <= n_workers <= MAX_WORKERS:
        raise EndedError(
            f"--workers was {n_workers}; it can be 1 to {MAX_WORKERS}, or 0 for none but this process.",
            _REFUSED,
        )
    _check_scheduler(options.scheduler)
    if options.resume:
        check_begun(options.out)
    plans = RowPlans(options.jobs)
    check_folder(options.out, resume=options.resume)
    if options.dry_run:
        from core.batch.dry_run import show_dry_run

        manifest = Manifest(options.out, None)
        _match(plans, manifest, options.jobs)
        return show_dry_run(plans, manifest)
    try:
        with (
            _open_queue(n_workers, options.scheduler) as queue,  # first: one that is refused leaves no folder
            open_manifest(options.out, resume=options.resume) as manifest,
        ):
            _match(plans, manifest, options.jobs)
            tally, n_gone = _run(plans, manifest, queue, is_resumed=options.resume)
    finally:
        remove_abandoned()  # of the workers that were ended
    told = describe_tally(tally)
    if n_gone:
        told += f" {plural(n_gone, 'row')} of the batch before {'is' if n_gone == 1 else 'are'} not in {options.jobs} any more; the files stay in {options.out}."
    if tally.failures:
        show_failures(tally.failures)
        raise DashboardError(
            f"{told} Failures are listed in {options.out / FAILURES}; correct them and add --resume."
        )
    return told


def _check_scheduler(address: str | None) -> None:
    from core.cluster.connection import check_address

    if address:
        try:
            check_address(address)
        except InputError as error:
            raise EndedError(str(error), _REFUSED) from None


def _match(plans: RowPlans, manifest: Manifest, jobs: Path) -> None:
    """Find the rows in the manifest; refuse a folder in which none of them is."""
    from core.batch.manifest import MANIFEST

    n_found = plans.match(manifest.entries)
    if not n_found and any(entry.state != "failed" or entry.files for entry in manifest.entries.values()):
        raise InputError(
            f"{manifest.folder} holds another batch: none of its {plural(len(manifest.entries), 'row')} is in {jobs}. "
            "Name another folder with --out, or resume it with its own jobs file. If it is the same batch and its rows have "
            f"changed, give them in a column “name” the names that they have in {manifest.folder / MANIFEST}."
        )


def _run(plans: RowPlans, manifest: Manifest, queue: JobQueue, *, is_resumed: bool) -> tuple[Tally, int]:
    """How the batch has ended, and how many rows of the one before are gone."""
    from core.batch.manifest import FolderError
    from core.batch.progress import describe_tally, show_tally, write_failures
    from core.batch.run_batch import Batch

    batch: Batch | None = None
    try:
        with show_tally(sys.stderr) as tell:
            batch = Batch(queue, manifest, tell)
            batch.run(plans, len(plans))
        try:
            n_gone = manifest.finish(plans.numbers) if is_resumed else 0
            write_failures(manifest.folder, batch.tally.failures)
        except (InputError, OSError) as error:
            raise manifest.explain(error) from error
    except (KeyboardInterrupt, FolderError) as stop:
        if batch is not None:
            _save_failures(manifest.folder, batch.tally.failures)
            told = describe_tally(batch.tally)
            if isinstance(stop, FolderError):
                raise DashboardError(f"{told} {stop}") from stop
            stop.args = (f"{told} Go on with --resume.",)
        raise
    return batch.tally, n_gone


def _save_failures(folder: Path, failures: list[Entry]) -> None:
    """Write the list of failures if there is still room for it."""
    from core.batch.progress import write_failures

    with suppress(InputError, OSError):
        if failures:
            write_failures(folder, failures)


def _tell(text: str) -> None:
    """Say something beside the work, which goes on where nobody can be told any more."""
    with suppress(OSError):
        show(text, sys.stderr)


@contextmanager
def _open_queue(n_workers: int, scheduler: str | None) -> Iterator[JobQueue]:
    """The queue; its workers are ended whatever happens.

    Raises
    ------
    EndedError
        If the scheduler was named and does not answer.
    """
    from core.jobs import open_queue

    told: list[str] = []
    is_there = scheduler is None  # until it is known, nothing is said of it

    def report(text: str) -> None:
        """Say how it stands with the cluster."""
        told.append(text)
        if is_there:
            _tell(text)

    address = os.environ.get(SCHEDULER_VARIABLE, "").strip() if scheduler is None else scheduler
    queue = open_queue(n_workers, address, report)
    try:
        if address and not queue.wait_for_cluster(_CLUSTER_SEC):
            _check_answers(queue, scheduler)
            if not told:
                report(
                    f"The scheduler at {address} has no workers yet. Until it has, jobs run on this machine."
                )
        if not is_there:
            is_there = True
            for text in told:
                _tell(text)
        yield queue
    finally:
        queue.close()


def _check_answers(queue: JobQueue, scheduler: str | None) -> None:
    """Refuse a scheduler that was named and does not answer."""
    if scheduler and queue.cluster is not None and not queue.cluster.is_answering:
        why = queue.cluster.why_away or f"{scheduler} does not answer."
        raise EndedError(f"{why} Without --scheduler, jobs run on this machine.", _REFUSED)
