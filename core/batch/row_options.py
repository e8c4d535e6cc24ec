"""A row's cells as the options of its job: the same names, kinds and choices as in a shell."""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from core.batch.jobs_file import Row
from core.command_line import JOBS
from core.errors import InputError, join_words
from core.library.arguments import DeclaredOptions, read_value
from core.settings_file import FEATURES
from core.written_files import usual_ending

DEFAULT_OUTPUTS = {
    "sonify": ("mp3", "midi", "report"),
    "folk": ("out", "report"),
    "emotion": ("wav", "midi", "report"),
    "extrapolate": ("flac", "report"),
    "visualize": ("out", "report"),
}
"""What a row writes that does not say so."""

OWN_COLUMNS = ("job", "file", "name", "outputs")
_FORMS = {"film": ("mp4", "webm"), "picture": ("png", "svg")}
_YES, _NO = ("yes", "true", "1", "1.0", "on", "x"), ("no", "false", "0", "0.0", "off")
_WHOLE = re.compile(
    r"([+-]?\d{1,18})\.0*"
)  # as spreadsheets and pandas write whole numbers of a column with gaps
_ELSEWHERE = ("example:", "db:")  # what these name is no file
_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]+://")


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """What a row asks for.

    Attributes
    ----------
    number : int
        Of its row.
    name : str
        Of its files, without an ending.
    job : str
        One of `core.settings_file.FEATURES`.
    file : str
        What it reads, as the row says it.
    options : dict
        All options of the job, but for those that name files.
    inputs : dict
        Files to be read, as paths, and names of examples and databases, as text, by their option.
    outputs : dict
        The ending of each file to be written by its option, ``"/"`` for a folder.
    row_hash : str
        SHA-256 of what the row says.
    fault : str
        Why it cannot be done, a sentence.
    """

    number: int
    name: str
    job: str = ""
    file: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, list[str | Path]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    row_hash: str = ""
    fault: str = ""

    @property
    def files(self) -> list[Path]:
        """Files to be read."""
        return [each for given in self.inputs.values() for each in given if isinstance(each, Path)]


@dataclass(frozen=True)
class JobOptions:
    """The options of a job by their long names, with ``_`` between words."""

    actions: dict[str, argparse.Action]
    source: argparse.Action | None  # what has no name in the shell: the files that the job reads
    targets: dict[str, bool]  # options that name files to be written; True for a folder

    def find(self, dest: str) -> argparse.Action:
        """The option of a destination."""
        declared = [*self.actions.values(), *([self.source] if self.source else [])]
        return next(action for action in declared if action.dest == dest)


@cache
def list_options(job: str) -> JobOptions:
    """The options that a job of the command line declares.

    Examples
    --------
    >>> "bars" in list_options("folk").actions, list_options("folk").targets["out"]
    (True, True)
    """
    parser = DeclaredOptions()
    import_module(JOBS[job][0]).add_arguments(parser)
    named = {
        option.removeprefix("--").replace("-", "_"): action
        for action in parser.declared
        for option in action.option_strings
        if option.startswith("--")
    }
    source = next((action for action in parser.declared if not action.option_strings), None)
    return JobOptions(named, source, parser.get_default("targets") or {})


def plan_row(row: Row, name: str, folder: Path) -> RowPlan:
    """Read a row's cells.

    Parameters
    ----------
    row : Row
    name : str
        Of its files.
    folder : Path
        Where relative paths begin.

    Returns
    -------
    RowPlan
        With a ``fault`` where the row cannot be used.

    Examples
    --------
    >>> plan = plan_row(Row(number=1, cells={"job": "folk", "bars": "8"}), "lullaby", Path())
    >>> plan.options["bars"], plan.outputs
    (8, {'out': '/', 'report': '.json'})
    >>> plan_row(Row(number=2, cells={"job": "folk", "bar": "8"}), "x", Path()).fault
    'folk has no option “bar”. Did you mean “bars”? `python -m core folk --help` lists its options.'
    """
    job = name_job(row)
    facts: dict[str, Any] = {"number": row.number, "name": name, "job": job, "row_hash": hash_row(row)}
    facts["file"] = name_file(row)
    try:
        if row.fault:
            raise InputError(row.fault)
        _check_name(name)
        if not job:
            raise InputError(f"This row names no job. It can be {', '.join(FEATURES)}.")
        if job not in FEATURES:
            raise InputError(f"The job was {job!r}; it can be {', '.join(FEATURES)}.")
        return RowPlan(**facts, **_read_cells(row, folder, job))
    except InputError as error:
        return RowPlan(**facts, fault=str(error))


def name_job(row: Row) -> str:
    """The job that a row names, which may be none."""
    return _shorten(row.cells.get("job", "")).lower()


def name_file(row: Row) -> str:
    """The first file or example that a row names, which may be none."""
    return next(iter(_list_named(row)), "")


def _check_name(name: str) -> None:
    """Refuse a name that the system's encoding of file names lacks letters for."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        raise InputError(
            f"No file can have the name {name!r:.80} in this locale. Set LC_ALL=C.UTF-8, or give the row a name of the letters a to z."
        ) from None


def _list_named(row: Row) -> list[str]:
    """What the row names as its files."""
    given = row.cells.get("file", "")
    every = given if isinstance(given, list | tuple) else [given]
    return [each for each in every if isinstance(each, str) and each]


def hash_row(row: Row) -> str:
    """SHA-256 of what a row says, in whatever order its columns stand, and alike in CSV and in JSON."""
    cells = {column: _as_text(value) for column, value in row.cells.items()}
    said = json.dumps([cells, row.fault], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _as_text(value: Any) -> Any:
    """A cell as CSV would have it: numbers are text there, and a list of one value is that value."""
    if isinstance(value, list | tuple):
        each = [_as_text(one) for one in value]
        return each[0] if len(each) == 1 else each
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return value


def wanted_name(row: Row) -> str:
    """The name of a row's files that the row asks for: its ``name``, else that of its first file or example, else its job."""
    given = row.cells.get("name")
    if given is not None and not isinstance(given, list | tuple | dict):
        return str(given)
    for file in _list_named(row):
        return Path(re.split(r"[/\\:]", file.rstrip("/\\"))[-1]).stem
    return _shorten(row.cells.get("job", ""))


def _read_cells(row: Row, folder: Path, job: str) -> dict[str, Any]:
    """Options, inputs and outputs of a plan."""
    known = list_options(job)
    declared = [*known.actions.values(), *([known.source] if known.source else [])]
    options = {action.dest: [] if action.nargs == "*" else action.default for action in declared}
    inputs: dict[str, list[str | Path]] = {}
    for column, value in row.cells.items():
        if column == "file":
            _read_source(job, known.source, value, folder, inputs)
        if column in OWN_COLUMNS:
            continue
        action = known.actions.get(column)
        if action is None:
            raise InputError(
                f"{job} has no option “{_shorten(column)}”. {_suggest_options(column, job, known)}"
            )
        if action.dest in known.targets:
            raise InputError(
                f"{column} names a file to be written. Put {column} into the column outputs instead."
            )
        read = read_value(column, action, _read_cell(column, action, value))
        if action.type is Path:
            inputs[action.dest] = [folder / each for each in (read if isinstance(read, list) else [read])]
        else:
            options[action.dest] = read
    for dest in {*known.targets, *inputs}:
        options[dest] = None
    outputs = _choose_outputs(job, known, row.cells.get("outputs"))
    return {"options": options, "inputs": inputs, "outputs": outputs}


def _suggest_options(column: str, job: str, known: JobOptions) -> str:
    names = sorted({*known.actions, *OWN_COLUMNS})
    near = difflib.get_close_matches(column[:60], names, n=2, cutoff=0.75)
    near = near or difflib.get_close_matches(column[:60], names, n=1, cutoff=0.55)
    whole = f"`python -m core {job} --help` lists its options."
    return f"Did you mean {' or '.join(f'“{name}”' for name in near)}? {whole}" if near else whole


def _read_source(
    job: str, action: argparse.Action | None, value: Any, folder: Path, inputs: dict[str, list[str | Path]]
) -> None:
    if action is None:
        raise InputError(
            f"{job} takes no file. Leave the cell empty; options such as begin and settings name files."
        )
    given = list(value) if isinstance(value, list | tuple) else [value]
    if not given or not all(isinstance(each, str) and each for each in given):
        raise InputError(f"file was {value!r:.60}; it must be the path of a file or example:ID.")
    if action.nargs == "?" and len(given) > 1:
        raise InputError(
            f"{job} takes one file, and this row names {len(given)}. Give each a row of its own."
        )
    for each in given:
        if _ADDRESS.match(each):
            raise InputError(f"Addresses are not fetched ({each:.60}). Download the file and name it.")
        if action.type is Path and each.startswith("example:"):
            raise InputError(f"{job} has no examples. Name a file.")
    inputs[action.dest] = [each if each.startswith(_ELSEWHERE) else folder / each for each in given]


def _is_repeated(action: argparse.Action) -> bool:
    """Whether an option can be given several times."""
    return isinstance(action, argparse._AppendAction)


def _read_cell(name: str, action: argparse.Action, value: Any) -> Any:
    """A cell as a value of Python; what an option makes of it is up to `core.library.arguments`."""
    if action.nargs == 0:
        return _read_switch(name, value)
    if not _is_repeated(action):
        if isinstance(value, tuple) or (isinstance(value, list) and not isinstance(action.nargs, int)):
            raise InputError(f"{name} takes one value, and this row gives {len(value)}.")
        return _read_entry(name, action, value)
    is_many = isinstance(value, tuple | list)
    if isinstance(action.nargs, int) and isinstance(value, list):
        is_many = all(isinstance(each, list) for each in value)  # else the values of one
    return [_read_entry(name, action, each) for each in (value if is_many else [value])]


def _read_switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value).lower().strip()
    if said not in (*_YES, *_NO):
        raise InputError(f"{name} was {value!r:.40}; it can be yes or no.")
    return said in _YES


def _read_entry(name: str, action: argparse.Action, value: Any) -> Any:
    if not isinstance(action.nargs, int):
        return _read_single(action, value)
    try:
        # As in the shell: country is Norway.
        values = shlex.split(value) if isinstance(value, str) else value
    except ValueError:
        raise InputError(f"{name} was {value!r:.60}. Close its quotation marks.") from None
    if not isinstance(values, list) or len(values) != action.nargs:
        raise InputError(f"{name} was {value!r:.60}; it must be {action.nargs} values separated by spaces.")
    return [_read_single(action, each) for each in values]


def _read_single(action: argparse.Action, value: Any) -> Any:
    """A number where the option takes one and the text is one; 40.0 is 40."""
    if action.type not in (None, float, Path):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        elif isinstance(value, str) and (whole := _WHOLE.fullmatch(value.strip())):
            value = whole[1]
    if action.type in (int, float) and isinstance(value, str):
        try:
            return int(value) if action.type is int else float(value)
        except ValueError:
            return value
    return value


def _choose_outputs(job: str, known: JobOptions, given: Any) -> dict[str, str]:
    wanted = DEFAULT_OUTPUTS[job] if given is None else _split_outputs(given)
    outputs: dict[str, str] = {}
    for each in wanted:
        word, _, form = each.lower().partition(".")
        option = word.replace("-", "_")
        if option not in known.targets or (form and form not in _FORMS.get(option, ())):
            offered = [name.replace("_", "-") for name in known.targets]
            raise InputError(
                f"outputs named {each!r:.40}; of {job} it can be {join_words(offered)}"
                f"{', also film.webm and picture.svg' if 'picture' in known.targets else ', also film.webm'}."
            )
        if known.targets[option]:
            outputs[option] = "/"
        elif option == "save_settings":
            outputs[option] = ".settings.json"
        else:
            outputs[option] = f".{form}" if form else usual_ending(f"--{word}")
    return outputs


def _split_outputs(given: Any) -> list[str]:
    parts = given if isinstance(given, list | tuple) else [given]
    words = [word for part in parts for word in re.split(r"[\s,;+]+", str(part)) if word]
    if not words:
        raise InputError("outputs names no file. Leave it out, or name one, such as report.")
    return words


def _shorten(value: Any) -> str:
    return str(value)[:40].strip()
