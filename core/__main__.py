"""Command line: each page's job from a shell, ``python -m core sonify FILE.csv --value COL --wav OUT.wav``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from core.command_line import show
from core.errors import DashboardError
from core.nn.card import chosen_set
from core.written_files import check_targets, describe_written

# Where each job's `add_arguments` and `run` are: only those of the job that is asked for are imported.
JOBS = {
    "sonify": ("core.sonify.command", "a column of a table becomes a melody"),
    "inspect": ("core.inspect_command", "how a table, MIDI file, score or sound is read"),
    "folk": ("core.folk.command", "folk tunes are composed, engravable and new"),
    "emotion": ("core.emotion.command", "a mood becomes a piano piece"),
    "extrapolate": ("core.extrapolate.command", "a recording goes on"),
    "visualize": ("core.audioviz.command", "a sound becomes scene parameters"),
}

# What to do about a file that cannot be read or written.
ADVICE: dict[type[OSError], str] = {
    FileNotFoundError: "Check its name and its folder.",
    IsADirectoryError: "Name a file in it.",
    PermissionError: "Change its permissions, or use another file.",
}
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
        told = (
            f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
        )
        show(f"error: {told}. {ADVICE.get(type(error), '')}".rstrip(), sys.stderr)
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
