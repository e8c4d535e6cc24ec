"""One row of a batch in a worker process, on this machine or another: files come and go as bytes."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from core.batch.row_options import list_options
from core.command_line import JOBS, describe_os_error
from core.errors import InputError
from core.files.private_folders import open_private_folder
from core.files.reading import in_megabytes
from core.limits import MEGABYTE
from core.nn.weights import forget_loaded

MAX_RESULT_BYTES = 500 * MEGABYTE
"""All files of a row together; half an hour of sound as WAV is 300 MB."""

_NO_ROOM = "The folder for temporary files is full (or cannot be written to). Free space in it, or set TMPDIR to another."
_WRITES_NOTHING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, kw_only=True)
class GivenFile:
    """A file that a row reads."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class RowResult:
    """What came of a row.

    Attributes
    ----------
    said : str
        The line that the job prints in a shell.
    seconds : float
    files : dict
        The content of every file, by what follows the row's name in its name, such as ``.mid``.
    """

    said: str
    seconds: float
    files: dict[str, bytes]


def run_row(
    job: str,
    options: Mapping[str, Any],
    inputs: Mapping[str, Sequence[GivenFile | str]],
    outputs: Mapping[str, str],
) -> RowResult:
    """Run a job of the command line.

    Parameters
    ----------
    job : str
        One of `core.settings_file.FEATURES`.
    options : mapping
        Those of the shell by their destinations, but for files.
    inputs : mapping
        Files to be read by their option; text names an example or a database.
    outputs : mapping
        Endings of the files to be written by their option, ``"/"`` for a folder.

    Raises
    ------
    DashboardError
        If the job cannot be done; the message is that of the shell.

    Examples
    --------
    >>> from core.batch.jobs_file import Row
    >>> from core.batch.row_options import plan_row
    >>> cells = {"job": "sonify", "file": "example:nile", "notes": 8, "outputs": "midi"}
    >>> plan = plan_row(Row(number=1, cells=cells), "nile", Path())
    >>> result = run_row(plan.job, plan.options, plan.inputs, plan.outputs)
    >>> result.said.split(",")[0], list(result.files)
    ('flow: 8 notes', ['.mid'])
    """
    begun = time.perf_counter()
    forget_loaded()
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(open_private_folder())
            out = folder / "out"
            out.mkdir()
            placed = {dest: _place_files(job, dest, given, folder / dest) for dest, given in inputs.items()}
        except OSError as error:
            raise InputError(_NO_ROOM) from error
        targets = {dest: out if end == "/" else out / f"result{end}" for dest, end in outputs.items()}
        # The progress of a film would go to the terminal that the worker shares with the batch.
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        try:
            said = import_module(JOBS[job][0]).run(argparse.Namespace(**{**options, **placed, **targets}))
        except (InputError, OSError) as error:
            reason = error if isinstance(error, OSError) else error.__cause__  # of `replace_file`
            if isinstance(reason, OSError) and reason.errno in _WRITES_NOTHING:
                raise InputError(_NO_ROOM) from error
            if isinstance(error, OSError):
                raise InputError(describe_os_error(_without_folder(error))) from error
            raise
        return RowResult(said=said, seconds=round(time.perf_counter() - begun, 3), files=_collect(out))


def _place_files(job: str, dest: str, given: Sequence[GivenFile | str], folder: Path) -> Any:
    """Write files that the job reads; what its option is given for them."""
    return name_inputs(job, dest, [_place(each, folder / str(number)) for number, each in enumerate(given)])


def name_inputs(job: str, dest: str, named: Sequence[Path | str]) -> Any:
    """What an option of a job is given for the files that it reads."""
    action = list_options(job).find(dest)
    values = [Path(each) if action.type is Path else str(each) for each in named]
    return values if action.nargs == "*" else values[0]


def _place(given: GivenFile | str, folder: Path) -> Path | str:
    """Write one file into a folder of its own, for two may have one name."""
    if isinstance(given, str):
        return given
    folder.mkdir(parents=True)
    path = folder / (Path(given.name).name or "file")
    path.write_bytes(given.data)
    return path


def _without_folder(error: OSError) -> OSError:
    """The same error, naming the file only: its folder is that of a moment."""
    if isinstance(error.filename, str):
        error.filename = Path(error.filename).name
    return error


def _collect(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    n_bytes = sum(path.stat().st_size for path in paths)
    if n_bytes > MAX_RESULT_BYTES:
        raise InputError(
            f"The files of this row have {n_bytes / MEGABYTE:,.0f} MB; up to {in_megabytes(MAX_RESULT_BYTES)} can be kept. "
            "Name fewer outputs, or FLAC in place of WAV."
        )
    is_single = not any(path.stem == "tune-02" for path in paths)
    return {_name_ending(path, is_single=is_single): path.read_bytes() for path in paths}


def _name_ending(path: Path, *, is_single: bool) -> str:
    """What follows the row's name: ``.mid`` of ``result.mid`` and of a single tune, else ``.tune-01.mid``."""
    if path.name.startswith("result."):
        return path.name.removeprefix("result")
    return "".join(path.suffixes) if is_single else f".{path.name}"
