"""Batches on the command line: every row of a file is a job, run in worker processes or on a Dask cluster."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line import show, show_progress, write_file
from core.errors import DashboardError, InputError, plural
from core.progress import tell_time_left

if TYPE_CHECKING:
    from core.batch.manifest import Entry, Manifest
    from core.batch.row_options import RowPlan
    from core.batch.run_batch import Tally
    from core.jobs import JobQueue

MAX_WORKERS = 64
_SHOWN_FAILURES = 20
_BAR_CHARS = 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute
_CLUSTER_SEC = 20.0

ABOUT = """\
Every row of JOBS is one job, with the options of its command:

  job      sonify, folk, emotion, extrapolate or visualize
  file     what it reads: a path, from the folder of JOBS on, or example:ID
  name     what its files are called; if not given, the name of the file
  outputs  what it writes, with blanks between: see below
  ...      any option of `python -m core JOB --help` by its long name: value, seed, settings, bars, top_p

An option that can be repeated is a column that is repeated, or a list in JSON. Options without a value are yes or
no; several values stand in one cell (where: country is Norway). An empty cell is not given.

  job,file,value,notes,outputs          {"job": "sonify", "file": "oslo.csv", "value": ["rain", "wind"]}
  sonify,oslo.csv,rain,40,mp3 report    {"job": "extrapolate", "file": "street.flac", "seconds": 20}

outputs, in brackets what is written if it is not given:

  sonify       midi wav mp3 save-settings report film page picture  (mp3 midi report)
  folk         out report film page picture  (out report)
  emotion      midi musicxml wav report film page picture  (wav midi report)
  extrapolate  wav flac mp3 report film page picture  (flac report)
  visualize    out film report  (out report)
"""
ENDING = """
Files are called NAME.mp3, NAME.mid and so on, NAME.json for a report. film.webm and picture.svg name another format.
Rows are counted from 1, without the header.

manifest.jsonl has a line for every row that has ended: its files with SHA-256 and size, seconds, or why it failed;
failures.csv lists the rows that failed last. The exit status is 0 if every row was done, 1 if some failed, 130
after Ctrl-C. With --resume, rows that were done are left alone unless the row, what it reads or its files have
changed; rows that failed are tried again. Workers on other machines need no shared folder: files travel with the job.
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
        type=Path,
        required=True,
        metavar="DIR",
        help="new or empty folder for all files, or that of --resume",
    )
    add("--resume", action="store_true", help="go on with the batch that has begun in DIR")
    add("--dry-run", action="store_true", help="only say what would be done, and which rows cannot be")
    add("--workers", type=int, help="jobs at once on this machine; the number of processors if not given")
    add(
        "--scheduler",
        metavar="ADDRESS",
        default=os.environ.get("SONOSCOPE_SCHEDULER", ""),
        help="Dask scheduler, such as tcp://10.0.0.5:8786; $SONOSCOPE_SCHEDULER if not given",
    )


def run(options: argparse.Namespace) -> str:
    """Do the jobs and return one line about them.

    Raises
    ------
    DashboardError
        If the jobs file or the folder cannot be used, or some rows failed; these have been printed.
    OSError
        If a file cannot be read or written.
    """
    from core.batch.manifest import FAILURES, check_folder, open_manifest
    from core.jobs import count_processors

    n_workers = count_processors() if options.workers is None else options.workers
    if not 0 <= n_workers <= MAX_WORKERS:
        raise InputError(
            f"--workers was {n_workers}; it can be 1 to {MAX_WORKERS}, or 0 for none but this process."
        )
    plans = RowPlans(options.jobs)
    if options.dry_run:
        check_folder(options.out, resume=options.resume)
        return _rehearse(plans, options.out)
    with open_manifest(options.out, resume=options.resume) as manifest:
        tally = _run(plans, manifest, n_workers, options.scheduler)
        _write_failures(manifest.folder, tally.failures)
    told = describe_tally(tally)
    if tally.failures:
        _show_failures(tally.failures)
        raise DashboardError(
            f"{told} Failures are listed in {options.out / FAILURES}; correct them and add --resume."
        )
    return told


class RowPlans:
    """What the rows of a jobs file ask for, one by one: a thousand rows are small, a thousand plans are not.

    Parameters
    ----------
    jobs : Path
        The jobs file.

    Raises
    ------
    InputError
        If it is no jobs file; a row that cannot be used is a plan with a fault.
    OSError
        If it cannot be read.
    """

    def __init__(self, jobs: Path) -> None:
        from core.batch.jobs_file import read_jobs

        self._folder, self._rows = jobs.parent, read_jobs(jobs)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowPlan]:
        from core.batch.output_names import OutputNames
        from core.batch.row_options import plan_row, wanted_name

        names = OutputNames()
        for row in self._rows:
            yield plan_row(row, names.choose(wanted_name(row), row.number), self._folder)


def _run(plans: RowPlans, manifest: Manifest, n_workers: int, scheduler: str) -> Tally:
    from core.batch.run_batch import Batch
    from core.files.private_folders import remove_abandoned

    with _open_queue(n_workers, scheduler) as queue, show_progress(sys.stderr) as tell:
        tell_share = tell_time_left(
            lambda share, text: tell(share, _draw_bar(share, text, batch.tally)), "Rows"
        )
        batch = Batch(queue, manifest, lambda tally: tell_share(_share_of(tally)))
        try:
            batch.run(plans, len(plans))
        except KeyboardInterrupt:
            show(f"\n{describe_tally(batch.tally)} Go on with --resume.", sys.stderr)
            raise
        finally:
            remove_abandoned()
    return batch.tally


@contextmanager
def _open_queue(n_workers: int, scheduler: str) -> Iterator[JobQueue]:
    """The queue; its workers are ended whatever happens."""
    from core.jobs import open_queue

    told: list[str] = []

    def report(text: str) -> None:
        """Say how it stands with the cluster."""
        told.append(text)
        show(text, sys.stderr)

    queue = open_queue(n_workers, scheduler, report)
    try:
        if scheduler and not queue.wait_for_cluster(_CLUSTER_SEC) and not told:
            report(
                f"The scheduler at {scheduler} has no workers yet. Until it has, jobs run on this machine."
            )
        yield queue
    finally:
        queue.close()


def _share_of(tally: Tally) -> float:
    n_rows = tally.n_rows - tally.n_kept
    return tally.n_ended / n_rows if n_rows else 1.0


def _draw_bar(share: float, text: str, tally: Tally) -> str:
    bar = "#" * round(share * _BAR_CHARS)
    failed = f", {len(tally.failures):,} failed" if tally.failures else ""
    return (
        f"[{bar.ljust(_BAR_CHARS, '-')}] {text}; {tally.n_ended:,} of {tally.n_rows - tally.n_kept:,}{failed}"
    )


def describe_tally(tally: Tally) -> str:
    """One line about a batch.

    Examples
    --------
    >>> from core.batch.run_batch import Tally
    >>> describe_tally(Tally(n_rows=40, n_kept=12, n_done=28))
    '40 rows: 28 done, 12 done before, 0 failed.'
    """
    n_left = tally.n_rows - tally.n_kept - tally.n_ended
    parts = [f"{tally.n_done:,} done"]
    parts += [f"{tally.n_kept:,} done before"] if tally.n_kept else []
    parts += [f"{len(tally.failures):,} failed"]
    parts += [f"{n_left:,} left"] if n_left else []
    return f"{plural(tally.n_rows, 'row')}: {', '.join(parts)}."


def _show_failures(failures: list[Entry]) -> None:
    for entry in failures[:_SHOWN_FAILURES]:
        show(f"row {entry.row} ({entry.name}): {entry.sentence}", sys.stdout)
    if len(failures) > _SHOWN_FAILURES:
        show(f"and {plural(len(failures) - _SHOWN_FAILURES, 'row')} more", sys.stdout)


def _write_failures(folder: Path, failures: list[Entry]) -> None:
    """The rows that failed, for a spreadsheet; no file where there are none."""
    from core.batch.manifest import FAILURES

    if not failures:
        (folder / FAILURES).unlink(missing_ok=True)
        return
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row", "name", "job", "file", "sentence"])
    for entry in sorted(failures, key=lambda entry: entry.row):
        cells = (entry.name, entry.job, entry.file, entry.sentence)
        writer.writerow([entry.row, *(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)])
    write_file(folder / FAILURES, lambda: out.getvalue().encode("utf-8-sig"))


def _rehearse(plans: RowPlans, folder: Path) -> str:
    """Say what each row would do."""
    from core.batch.manifest import Manifest
    from core.batch.run_batch import check_input, is_kept

    manifest = Manifest(folder, None)
    n_kept = n_faulty = 0
    for plan in plans:
        try:
            if plan.fault:
                raise InputError(plan.fault)
            for path in plan.files:
                check_input(path)
            is_done = is_kept(plan, manifest)
        except InputError as error:
            n_faulty += 1
            show(f"row {plan.number} ({plan.name}): {error}", sys.stdout)
            continue
        n_kept += is_done
        files = ", ".join(f"{plan.name}{' (folder)' if end == '/' else end}" for end in plan.outputs.values())
        show(
            f"row {plan.number}: {plan.job}, {'done before' if is_done else f'would write {files}'}",
            sys.stdout,
        )
    told = (
        f"{plural(len(plans), 'row')}: {len(plans) - n_kept - n_faulty:,} would be done, {n_kept:,} done before, "
        f"{n_faulty:,} cannot be done."
    )
    if n_faulty:
        raise DashboardError(f"{told} Nothing was written.")
    return f"{told} Nothing was written."
