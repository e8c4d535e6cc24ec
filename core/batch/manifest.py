"""The manifest of a batch: a line for every row that has ended, with the SHA-256 of every file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from filelock import FileLock, Timeout

from core.command_line import describe_os_error, replace_file
from core.errors import DashboardError, InputError

MANIFEST = "manifest.jsonl"
FAILURES = "failures.csv"
_LOCK = ".lock"
# What `core.command_line.replace_file` leaves behind when it is killed.
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
_FORMER_FIELDS = {"said": "summary", "sentence": "reason"}  # of manifests of earlier versions


class FolderError(DashboardError):
    """The folder of a batch takes no more files; the message says why, and what to do before the batch goes on."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How a row ended: one line of the manifest.

    Attributes
    ----------
    row : int
        0 where the row is not in the jobs file any more.
    name : str
        Of its files.
    job, file : str
        For whoever reads the manifest.
    state : {"done", "failed", "gone"}
        Gone is what was done and is not in the jobs file any more: its name and its files stay.
    row_hash : str
        Of what the row said.
    inputs : dict
        SHA-256 of the files that it read, by their place: its option and a number.
    files : list of dict
        ``name``, ``bytes`` and ``sha256`` of every file that it wrote; of a row that failed, those of the time before.
    seconds : float
    summary : str
        What the job prints in a shell.
    reason : str
        Why it failed.
    """

    row: int
    name: str
    state: Literal["done", "failed", "gone"]
    row_hash: str
    job: str = ""
    file: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    summary: str = ""
    reason: str = ""


class Manifest:
    """The folder of a batch and what stood in its manifest when it was opened; see `open_manifest`.

    A row's files are placed first, each whole or not at all, and then its line is written. Whenever the program is killed, a row
    with a line has all its files, and one without is done again under the same names.
    """

    def __init__(self, folder: Path, file: BinaryIO | None) -> None:
        self.folder = folder
        self.entries = read_entries(folder)
        self._file = file

    def is_done(self, row_hash: str, name: str, inputs: Mapping[str, str]) -> bool:
        """Whether a row was done, from the same inputs, and all its files are there as they were written."""
        entry = self.entries.get(name)
        return (
            entry is not None
            and self.may_be_done(row_hash, name)
            and entry.inputs == inputs
            and all(self._is_whole(file) for file in entry.files)
        )

    def may_be_done(self, row_hash: str, name: str) -> bool:
        """Whether it is worth while to read a row's inputs for `is_done`."""
        entry = self.entries.get(name)
        return entry is not None and entry.state != "failed" and entry.row_hash == row_hash

    def keep(self, entry: Entry, contents: Mapping[str, bytes]) -> None:
        """Write a row's files and then its line.

        Parameters
        ----------
        entry : Entry
            Without its files.
        contents : mapping
            The content of each file, by what follows the row's name.

        Raises
        ------
        FolderError
            If a file or the line cannot be written; no file of the row is left then.
        """
        placed: list[Path] = []
        try:
            self.folder.stat()  # lines would go on into the file of a folder that was removed
            files = [self._place(f"{entry.name}{ending}", data, placed) for ending, data in contents.items()]
            former = self.entries.get(entry.name)
            if entry.state == "failed" and former is not None:
                # They stay until the row is done; then those go that it does not write any more.
                files = former.files
            whole = replace(entry, files=files)
            if whole.state == "done":
                self._remove_former(whole)
            self._append(whole)
        except (InputError, OSError) as error:
            for path in placed:
                with contextlib.suppress(OSError):
                    path.unlink()
            raise self.explain(error) from error
        self.entries.pop(entry.name, None)  # no row after this one has its name

    def _place(self, name: str, content: bytes, placed: list[Path]) -> dict[str, Any]:
        """Write a file; what its line tells of it."""
        path = self.folder / name
        with replace_file(path) as file:
            file.write(content)
        placed.append(path)
        return {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    def explain(self, error: InputError | OSError) -> FolderError:
        """Why the folder takes no more files, and what to do."""
        is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        if is_full or isinstance(error, InputError):  # of `replace_file`
            return FolderError(
                f"The disk of {self.folder} is full. Free some space, then go on with --resume."
            )
        if not self.folder.is_dir():
            return FolderError(
                f"The folder {self.folder} was removed. Begin again without --resume, or put it back."
            )
        return FolderError(f"{describe_os_error(error)} Then go on with --resume.")

    def finish(self, numbers: Mapping[str, int]) -> int:
        """Write the manifest anew: a line for each row of the jobs file, in its order and with its number there; then those of rows that are gone.

        Parameters
        ----------
        numbers : mapping
            Of each row, by the name of its files.

        Returns
        -------
        int
            How many rows were done and are gone since: not in the jobs file any more. Their files stay, and no other row takes
            their names.

        Raises
        ------
        InputError
            If the disk is full; the former manifest stands then.
        OSError
            If it cannot be written otherwise, likewise.
        """
        assert self._file is not None
        self._file.close()
        entries = read_entries(self.folder)
        with replace_file(self.folder / MANIFEST) as file:
            for name, number in numbers.items():
                if name in entries:
                    entry = entries[name]
                    is_back = entry.state == "gone"
                    file.write(_to_line(replace(entry, row=number, state="done" if is_back else entry.state)))
            for name, entry in entries.items():
                if name not in numbers and entry.files:
                    is_gone = entry.state == "done"
                    file.write(_to_line(replace(entry, row=0, state="gone" if is_gone else entry.state)))
            file.flush()
            os.fsync(file.fileno())
        return sum(entry.state == "done" for name, entry in entries.items() if name not in numbers)

    def _remove_former(self, entry: Entry) -> None:
        """Remove what this row wrote before it was changed and does not write any more."""
        former = self.entries.get(entry.name)
        kept = {file["name"] for file in entry.files}
        for file in former.files if former is not None else []:
            if file["name"] not in kept and self._is_whole(file):  # not what somebody has put in its place
                (self.folder / file["name"]).unlink(missing_ok=True)

    def _append(self, entry: Entry) -> None:
        assert self._file is not None
        try:
            self._file.write(_to_line(entry))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._file.close()  # it would try again to write what it still holds
            with contextlib.suppress(OSError):
                _cut_torn_line(self.folder / MANIFEST)
            raise

    def _is_whole(self, file: Mapping[str, Any]) -> bool:
        path = self.folder / file["name"]
        try:
            return path.stat().st_size == file["bytes"] and bool(hash_file(path) == file["sha256"])
        except OSError:
            return False


def _to_line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def open_manifest(folder: Path, *, resume: bool) -> Iterator[Manifest]:
    """Open the folder of a batch for writing; no other batch can meanwhile.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    resume : bool
        Whether a batch may have begun in it.

    Yields
    ------
    Manifest

    Raises
    ------
    InputError
        If another batch works in it, it has a manifest and ``resume`` is False, or it has other files and no manifest.
    OSError
        If it cannot be made or written to.
    """
    check_folder(folder, resume=resume)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Held by the process: whoever is killed holds it no more.
        lock = FileLock(folder / _LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        raise InputError(
            f"Another batch is writing to {folder}. Wait for it, or name another folder."
        ) from None
    except PermissionError:
        raise InputError(
            f"{folder} cannot be written to. Change its permissions, or use another folder for --out."
        ) from None
    try:
        check_folder(folder, resume=resume)  # the batch before may just have ended
        for path in folder.iterdir():
            if _PART.fullmatch(path.name):
                path.unlink(missing_ok=True)
        _cut_torn_line(folder / MANIFEST)
        with (folder / MANIFEST).open("ab") as file:
            yield Manifest(folder, file)
    finally:
        lock.release()


def check_folder(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that a batch would spoil.

    Raises
    ------
    InputError
        See `open_manifest`.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder. Name a folder for --out.")
    manifest = folder / MANIFEST
    if manifest.exists() and manifest.stat().st_size and not resume:
        raise InputError(
            f"A batch has already begun in {folder}. Add --resume to go on with it, or name another folder."
        )
    is_foreign = folder.exists() and not manifest.exists()
    if is_foreign and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise InputError(f"{folder} has other files in it. Name a new or an empty folder for --out.")


def check_begun(folder: Path) -> None:
    """Refuse to go on where no batch has begun.

    Raises
    ------
    InputError
    """
    if not (folder / MANIFEST).exists():
        raise InputError(f"No batch has begun in {folder}. Leave --resume out, or name the folder of one.")


def _cut_torn_line(path: Path) -> None:
    """Cut the last line where it was not written to its end."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        end = size
        while end:
            start = max(0, end - 64 * 1024)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            file.truncate(end)


def read_entries(folder: Path) -> dict[str, Entry]:
    """The last line of each name in a folder's manifest; lines that are none are passed over.

    Examples
    --------
    >>> read_entries(Path("no such folder"))
    {}
    """
    entries: dict[str, Entry] = {}
    with contextlib.suppress(FileNotFoundError), (folder / MANIFEST).open("rb") as file:
        for line in file:
            entry = _parse_entry(line)
            if entry is not None:
                entries[entry.name] = entry
    return entries


def _parse_entry(line: bytes) -> Entry | None:
    try:
        said: dict[str, Any] = dict(json.loads(line))
        entry = Entry(**{_FORMER_FIELDS.get(name, name): value for name, value in said.items()})
        names = [entry.name, *(file["name"] for file in entry.files)]
        is_sound = all(isinstance(file["bytes"], int) and file["sha256"] for file in entry.files)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    # A manifest that somebody has written by hand leads nowhere else.
    is_inside = all(isinstance(name, str) and name == Path(name).name and name[:1] != "." for name in names)
    return entry if is_sound and is_inside else None
