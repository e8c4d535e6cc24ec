"""What a batch tells while it runs and at its end: progress, one line, the rows that failed."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TextIO

from core.batch.manifest import FAILURES, Entry
from core.batch.run_batch import Tally
from core.command_line import show, show_progress, write_file
from core.errors import plural
from core.progress import tell_time_left

LINE_SEC = 60.0
"""How often a line is written where nothing can be drawn over: in a file, a pipe, a log."""

_SHOWN_FAILURES = 20
_BAR_CHARS = 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


@contextmanager
def show_tally(stream: TextIO, clock: Callable[[], float] = monotonic) -> Iterator[Callable[[Tally], None]]:
    """Tell how a batch stands: a bar in a terminal, elsewhere a line now and then.

    Parameters
    ----------
    stream : text stream
    clock : callable
        Gives the time in seconds.

    Yields
    ------
    callable
        To be called with the tally, as often as one likes.
    """
    left, told_at = "", clock()

    def keep_left(share: float, text: str) -> None:
        """Take the time that is left from what would be told."""
        nonlocal left
        left = "".join(text.partition(", ")[1:])

    tell_share = tell_time_left(keep_left, "", clock=clock)
    with show_progress(stream) as draw:

        def tell(tally: Tally) -> None:
            """Show how it stands."""
            nonlocal told_at
            tell_share(tally.n_ended / max(1, tally.n_rows - tally.n_kept))
            if stream.isatty():
                draw(_share_of(tally), f"{draw_bar(tally)}{left}")
            elif clock() - told_at >= LINE_SEC:
                told_at = clock()
                with suppress(OSError):  # a log that takes no more: the rows go on
                    show(f"{describe_progress(tally)}{left}", stream)
                    stream.flush()

        yield tell


def _share_of(tally: Tally) -> float:
    return (tally.n_kept + tally.n_ended) / tally.n_rows if tally.n_rows else 1.0


def draw_bar(tally: Tally) -> str:
    """A bar and what it shows.

    Examples
    --------
    >>> draw_bar(Tally(n_rows=1200, n_kept=200, n_done=400))
    '[########--------] 600 of 1,200 rows, 50%'
    """
    return (
        f"[{('#' * round(_share_of(tally) * _BAR_CHARS)).ljust(_BAR_CHARS, '-')}] {describe_progress(tally)}"
    )


def describe_progress(tally: Tally) -> str:
    """How many of all rows have come to an end, in this run or before.

    Examples
    --------
    >>> describe_progress(Tally(n_rows=40, n_kept=12, n_done=18))
    '30 of 40 rows, 75%'
    """
    failed = f", {len(tally.failures):,} failed" if tally.failures else ""
    n_ended = tally.n_kept + tally.n_ended
    return f"{n_ended:,} of {plural(tally.n_rows, 'row')}, {int(100 * _share_of(tally))}%{failed}"


def describe_tally(tally: Tally) -> str:
    """One line about a batch.

    Examples
    --------
    >>> describe_tally(Tally(n_rows=40, n_kept=12, n_done=28))
    '40 rows: 28 done, 12 done before, 0 failed.'
    """
    n_left = tally.n_rows - tally.n_kept - tally.n_ended
    parts = [f"{tally.n_done:,} done"]
    parts += [f"{tally.n_kept:,} done before"] if tally.n_kept else []
    parts += [f"{len(tally.failures):,} failed"]
    parts += [f"{n_left:,} left"] if n_left else []
    return f"{plural(tally.n_rows, 'row')}: {', '.join(parts)}."


def show_failures(failures: list[Entry]) -> None:
    """Print the rows that failed, the first of many."""
    for entry in failures[:_SHOWN_FAILURES]:
        show(f"row {entry.row} ({entry.name}): {entry.reason}", sys.stdout)
    if len(failures) > _SHOWN_FAILURES:
        show(f"and {plural(len(failures) - _SHOWN_FAILURES, 'row')} more", sys.stdout)


def write_failures(folder: Path, failures: list[Entry]) -> None:
    """Write the list of the rows that failed, for a spreadsheet; there is no file where there are none.

    Raises
    ------
    InputError
        If the disk is full.
    OSError
        If it cannot be written otherwise.
    """
    if not failures:
        (folder / FAILURES).unlink(missing_ok=True)
        return
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row", "name", "job", "file", "reason"])
    for entry in sorted(failures, key=lambda entry: entry.row):
        cells = (entry.name, entry.job, entry.file, entry.reason)
        writer.writerow([entry.row, *(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)])
    write_file(folder / FAILURES, lambda: out.getvalue().encode("utf-8-sig"))
