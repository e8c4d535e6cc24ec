"""Command-line options, example names and output files that several jobs of ``python -m core`` share."""

from __future__ import annotations

import argparse
import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from core.errors import DashboardError, InputError, keep_printable
from core.progress import Progress, ignore_progress

# Where each job's `add_arguments` and `run` are, and what it is: only those of the job that is asked for are imported.
JOBS = {
    "sonify": ("core.sonify.command", "turn columns of a table into music"),
    "inspect": ("core.inspect_command", "show how a table, MIDI file, score or sound is read"),
    "folk": ("core.folk.command", "compose folk tunes"),
    "emotion": ("core.emotion.command", "compose a piano piece for a mood"),
    "extrapolate": ("core.extrapolate.command", "extend a recording"),
    "visualize": ("core.audioviz.command", "turn sound into scene parameters and a video"),
    "batch": ("core.batch.command", "run many jobs at once, one for each row of a file"),
}

# What to do about a file that cannot be read or written.
ADVICE: dict[type[OSError], str] = {
    FileNotFoundError: "Check its name and its folder.",
    IsADirectoryError: "Name a file in it.",
    PermissionError: "Change its permissions, or use another file.",
}

_FORMATS = {
    "midi": "notes as MIDI (.mid)",
    "musicxml": "score as MusicXML",
    "wav": "sound as WAV",
    "flac": "sound as FLAC",
    "mp3": "sound as MP3",
    "save-settings": "settings as JSON, for --settings and the page",
}

Content = bytes | str | Mapping[str, Any]
_ADDRESS = re.compile(r"(?i)(https?|ftp):/")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class EndedError(DashboardError):
    """A job has come to an end that its exit status tells.

    Parameters
    ----------
    message : str
    status : int
        Exit status of the program.
    is_said : bool
        Whether the message is what the job has to say; else it is an error.
    """

    def __init__(self, message: str, status: int, *, is_said: bool = False) -> None:
        super().__init__(message)
        self.status, self.is_said = status, is_said


def add_target_argument(
    parser: argparse.ArgumentParser, name: str, help: str | None = None, *, is_folder: bool = False
) -> None:
    """Declare an option that names a file to be written, or a folder that is made.

    It is refused before the work and told after it: `core.written_files.check_targets`, `describe_written`.
    """
    metavar = "FOLDER" if is_folder else "FILE"
    action = parser.add_argument(name, type=Path, metavar=metavar, help=help)
    known: dict[str, bool] = parser.get_default("targets") or {}
    parser.set_defaults(targets={**known, action.dest: is_folder})


def add_output_arguments(parser: argparse.ArgumentParser, *formats: str, report: str) -> None:
    """Declare ``--FORMAT FILE`` for each of ``formats``, and ``--report FILE`` with its help."""
    for name in formats:
        add_target_argument(parser, f"--{name}", _FORMATS[name])
    add_target_argument(parser, "--report", f"{report}, as JSON")


def add_seed_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--seed``; None where it is not given."""
    parser.add_argument(
        "--seed",
        type=_read_seed,
        help="start of the random numbers: equal seeds give equal results; 0 if not given",
    )


def _read_seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to 2147483647, not {text!r}")
    return int(text)


def add_sampling_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sampling options ``--temperature``, ``--top-p`` and ``--seed``; None where they are not given."""
    parser.add_argument(
        "--temperature",
        type=float,
        help="variety: below 1 more predictable, above 1 more surprising; 1 if not given",
    )
    parser.add_argument(
        "--top-p",
        type=float,
        help="draw only from the most probable notes that together have this probability",
    )
    add_seed_argument(parser)


def add_settings_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--settings FILE``; what it does not overrule must have None as its default, see `take_given`."""
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="settings file downloaded from the page; other options override it",
    )


def take_given(options: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Those of the named options that were given: the ones that are not None.

    Examples
    --------
    >>> take_given(argparse.Namespace(seed=3, tempo=None), ["seed", "tempo"])
    {'seed': 3}
    """
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def describe_os_error(error: OSError) -> str:
    """Message for a file that cannot be read or written: why, which one, and what to do.

    Examples
    --------
    >>> describe_os_error(FileNotFoundError(2, "No such file or directory", "rain.csv"))
    'No such file or directory: rain.csv. Check its name and its folder.'
    """
    if isinstance(error, FileNotFoundError) and _ADDRESS.match(str(error.filename)):
        return "Addresses are not fetched. Download the file and name it."
    reason = str(error.strerror or error)
    told = f"{reason}: {error.filename}" if error.filename else reason
    return f"{told}. {ADVICE.get(type(error), '')}".rstrip()


def show(text: str, stream: TextIO) -> None:
    """Write lines to a terminal, which would obey the control characters of a visitor's file.

    Parameters
    ----------
    text : str
    stream : text stream

    Raises
    ------
    BrokenPipeError
        With the name of the stream, if whoever reads it has left.

    Examples
    --------
    >>> import sys
    >>> show("tune: \\x1b[31mred", sys.stdout)
    tune: [31mred
    """
    encoding = stream.encoding or "utf-8"
    for line in text.split("\n"):
        try:
            # A terminal that lacks a letter shows a question mark instead of ending the program.
            print(keep_printable(line).encode(encoding, "replace").decode(encoding), file=stream)
        except BrokenPipeError as error:
            raise BrokenPipeError(error.errno, error.strerror, getattr(stream, "name", "output")) from error


@contextmanager
def show_progress(stream: TextIO) -> Iterator[Progress]:
    """Tell in one line of a terminal how far the work is; the line is gone afterwards. A file or pipe is told nothing.

    Parameters
    ----------
    stream : text stream

    Yields
    ------
    callable
        To be called with a share from 0 to 1 and what is being done.
    """
    shown = ""

    def tell(share: float, stage: str) -> None:
        nonlocal shown
        text = stage if "%" in stage else f"{stage}, {share:.0%}"
        if text != shown:
            with suppress(OSError):  # a terminal that was closed: the work goes on
                print(f"\r{text.ljust(len(shown))}", end="", file=stream, flush=True)
            shown = text

    if not stream.isatty():
        yield ignore_progress
        return
    try:
        yield tell
    finally:
        with suppress(OSError):  # it would take the place of what has ended the work
            print(f"\r{' ' * len(shown)}\r", end="", file=stream, flush=True)


def example_id(file: str, examples: Collection[str]) -> str | None:
    """Read the argument that names a file or an example.

    Parameters
    ----------
    file : str
        ``example:ID``, or a file's path.
    examples : collection of str
        The IDs that there are.

    Returns
    -------
    str or None
        The ID; None if it is a path.

    Raises
    ------
    InputError
        If there is no such example.

    Examples
    --------
    >>> example_id("example:nile", ["co2", "nile"])
    'nile'
    >>> example_id("example:po", ["co2", "nile"])
    Traceback (most recent call last):
    core.errors.InputError: There is no example 'po'. There are: co2, nile.
    >>> example_id("nile.csv", ["co2", "nile"])
    """
    if not file.startswith("example:"):
        return None
    name = file.removeprefix("example:")
    if name not in examples:
        raise InputError(f"There is no example {name!r}. There are: {', '.join(examples)}.")
    return name


def write_file(path: Path | None, make: Callable[[], Content]) -> None:
    """Write a file where one was asked for: bytes as they are, text as UTF-8, a report as JSON.

    Parameters
    ----------
    path : Path or None
        With None nothing is made.
    make : callable
        Gives the content.

    Raises
    ------
    InputError
        If the disk is full.
    OSError
        If it cannot be written otherwise. Whatever is raised, an older file of that name is whole and nothing else is left.
    """
    if path is None:
        return
    content = make()
    if isinstance(content, Mapping):
        content = json.dumps(content, ensure_ascii=False, allow_nan=False)
    with replace_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_report(path: Path | None, make: Callable[[], Mapping[str, Any]]) -> None:
    """Write the report of a command; it also names the pairs of weights that were loaded, and the set of each."""
    from core.nn.weights import list_loaded

    write_file(path, lambda: {**make(), "weights": list_loaded()})


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that stands beside the one that is written, and takes its place at the end.

    Parameters
    ----------
    path : Path

    Yields
    ------
    binary file

    Raises
    ------
    InputError
        If the disk is full.
    OSError
        If it cannot be written otherwise. Whatever is raised, an older file of that name is whole and nothing else is left.
    """
    try:
        with _open_beside(path) as file:
            yield file
    except OSError as error:
        if error.errno in _FULL:
            raise InputError(
                f"The disk is full, so {path} was not written. Free some space or choose another folder for it."
            ) from error
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _open_beside(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a pipe, or /dev/stdout: there is no beside
        with target.open("wb") as file:
            yield file
        return
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("xb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
