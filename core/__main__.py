"""Command line: each page's job from a shell, ``python -m core sonify FILE.csv --value COL --wav OUT.wav``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from core.command_line import JOBS, describe_os_error, show
from core.errors import DashboardError
from core.nn.card import chosen_set
from core.written_files import check_targets, describe_written

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job, print one line about it, and one for each file that it wrote.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the shell if not given.

    Returns
    -------
    int
        0, or 1 with a sentence on standard error where a choice or a file cannot be used, or 130 if it was stopped.

    Examples
    --------
    >>> main(["sonify", "example:nile", "--notes", "10", "--scale", "chromatic"])
    flow: 10 notes, 89% of changes audible, rank correlation 0.997
    0
    """
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except DashboardError as error:
        show(f"error: {error}", sys.stderr)
        return 1
    except OSError as error:
        show(f"error: {describe_os_error(error)}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        show("Stopped.", sys.stderr)
        return STOPPED


def _run(arguments: Sequence[str]) -> int:
    called = "sonoscope" if Path(sys.argv[0]).stem == "sonoscope" else "python -m core"
    parser = argparse.ArgumentParser(prog=called, description="Sonoscope's jobs from a shell.")
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
