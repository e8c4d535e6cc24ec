"""Command line: each page's job from a shell, ``python -m core sonify FILE.csv --value COL --wav OUT.wav``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core.audioviz import command as visualize
from core.command_line import show
from core.emotion import command as emotion
from core.errors import DashboardError
from core.extrapolate import command as extrapolate
from core.folk import command as folk
from core.sonify import command as sonify
from core.sonify import inspect_command as inspect

JOBS = {
    "sonify": (sonify, "a column of a table becomes a melody"),
    "inspect": (inspect, "how a table is read, and what of it would be heard"),
    "folk": (folk, "folk tunes are composed, engravable and new"),
    "emotion": (emotion, "a mood becomes a piano piece"),
    "extrapolate": (extrapolate, "a recording goes on"),
    "visualize": (visualize, "a sound becomes scene parameters"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job and print one line about it.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the shell if not given.

    Returns
    -------
    int
        0, or 1 with a sentence on standard error where a choice or a file cannot be used.

    Examples
    --------
    >>> main(["sonify", "example:nile", "--notes", "10", "--scale", "chromatic"])
    flow: 10 notes, rank correlation 0.997
    0
    """
    parser = argparse.ArgumentParser(prog="python -m core", description="Sonoscope's jobs from a shell.")
    jobs = parser.add_subparsers(dest="job", required=True)
    for name, (command, about) in JOBS.items():
        command.add_arguments(jobs.add_parser(name, help=about))
    options = parser.parse_args(arguments)
    try:
        show(JOBS[options.job][0].run(options), sys.stdout)
    except DashboardError as error:
        show(f"error: {error}", sys.stderr)
        return 1
    except OSError as error:
        show(f"error: {error.strerror or error}: {error.filename or ''}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
