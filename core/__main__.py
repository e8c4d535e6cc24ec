"""Command line: each page's job from a shell, ``python -m core sonify FILE.csv --value COL --wav OUT.wav``."""

# ruff: noqa: E402 - a Ctrl-C while the rest is imported is heard already

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def _end_at_once(number: int, frame: FrameType | None) -> None:
    """Handle a signal that nobody can answer with a sentence: while modules are imported, and the second one."""
    os._exit(128 + number)


if __name__ == "__main__" and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
    signal.signal(signal.SIGINT, _end_at_once)

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

from core.command_line import JOBS, EndedError, describe_os_error, show
from core.errors import DashboardError
from core.nn.card import chosen_set
from core.written_files import check_targets, describe_written

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""

CLOSED_PIPE = 141
"""Exit status where whoever reads the output has left, likewise."""


class _StopError(KeyboardInterrupt):
    """A signal that asks the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job, print one line about it, and one for each file that it wrote.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the shell if not given.

    Returns
    -------
    int
        0, or 1 with a sentence on standard error where a choice or a file cannot be used; if it was stopped by a signal, 128 and
        the number of that: 130 after Ctrl-C.

    Examples
    --------
    >>> main(["sonify", "example:nile", "--notes", "10", "--scale", "chromatic"])
    flow: 10 notes, 89% of changes audible, rank correlation 0.997
    0
    """
    with _hear_signals():
        try:
            return _run_and_tell(sys.argv[1:] if arguments is None else arguments)
        except BrokenPipeError:
            _drop_output()
            return CLOSED_PIPE


def _run_and_tell(arguments: Sequence[str]) -> int:
    """Run the job; whatever becomes of it is a sentence and an exit status."""
    try:
        try:
            return _run(arguments)
        finally:
            _flush()
    except EndedError as ended:
        if ended.is_said:
            show(str(ended), sys.stdout)
            _flush()
        else:
            show(f"error: {ended}", sys.stderr)
        return ended.status
    except DashboardError as error:
        show(f"error: {error}", sys.stderr)
    except OSError as error:
        # One that has a name is the output, or a file that the job writes; others lead to programs that it runs.
        if isinstance(error, BrokenPipeError) and error.filename is not None:
            raise
        show(f"error: {describe_os_error(error)}", sys.stderr)
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # a terminal that was closed
            show(" ".join(["Stopped.", *map(str, stop.args)]), sys.stderr)
        return 128 + stop.number if isinstance(stop, _StopError) else STOPPED
    return 1


@contextmanager
def _hear_signals() -> Iterator[None]:
    """Let the signals that end a program be raised where it works, so that it can clean up; a second one ends it at once."""
    is_stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        """Handle one."""
        nonlocal is_stopping
        if is_stopping:
            _end_at_once(number, frame)
        is_stopping = True
        raise _StopError(number)

    former = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What is ignored stays so: nohup. Only the main thread may set it.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            with suppress(ValueError):
                former[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _flush() -> None:
    """Write what is waiting: whoever reads it may have left."""
    try:
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise BrokenPipeError(error.errno, error.strerror, "output") from error


def _drop_output() -> None:
    """Send what is left to nowhere: Python writes it when it ends, and complains."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
                continue
            os.dup2(nowhere, stream.fileno())


def _run(arguments: Sequence[str]) -> int:
    called = "sonoscope" if Path(sys.argv[0]).stem == "sonoscope" else "python -m core"
    parser = argparse.ArgumentParser(prog=called, description="Run Sonoscope's jobs from a shell.")
    jobs = parser.add_subparsers(dest="job", required=True)
    for name, (module, about) in JOBS.items():
        own = jobs.add_parser(name, help=about)
        if name in arguments[:1]:
            import_module(module).add_arguments(own)
    options = parser.parse_args(arguments)
    begun = time.time()
    chosen_set()  # a wrong value is told before the work
    check_targets(options)
    show(import_module(JOBS[options.job][0]).run(options), sys.stdout)
    for line in describe_written(options, begun):
        show(line, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
