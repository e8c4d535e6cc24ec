"""Listing and opening files in folders on the server's disk, without leaving them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import InputError

MAX_ENTRIES = 200_000
MAX_DEPTH = 8


def open_without_waiting(path: str, flags: int) -> int:
    """An opener for `open`: a pipe would wait for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def resolve_folder(folder: str | Path, refusal: str) -> Path:
    """A folder's own path, links followed.

    Raises
    ------
    InputError
        With ``refusal`` as its message, if there is no such folder.
    """
    try:
        root = Path(folder).expanduser().resolve(strict=True)
        is_folder = root.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(refusal) from error
    if not is_folder:
        raise InputError(refusal)
    return root


class FolderSearch:
    """Goes through a folder by name, never out of it, and counts what it leaves out.

    Parameters
    ----------
    root : Path
        Resolved.
    accepts : callable
        Whether a file of this path is wanted; may raise OSError or InputError for one that is broken.
    suffixes : collection of str
        Endings of names that are looked at, in lower case.
    max_files : int

    Attributes
    ----------
    n_broken, n_outside, n_closed : int
        Files that were not accepted and links to nothing; links that lead out; folders that cannot be read.
    complete : bool
        False where the folder holds more than is looked at.
    """

    def __init__(
        self,
        root: Path,
        accepts: Callable[[Path], bool],
        suffixes: frozenset[str],
        *,
        max_files: int,
        max_entries: int = MAX_ENTRIES,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        self.root = root
        self.n_broken = self.n_outside = self.n_closed = 0
        self.complete = True
        self._accepts, self._suffixes = accepts, suffixes
        self._max_files, self._max_entries, self._max_depth = max_files, max_entries, max_depth
        self._n_seen = 0

    def __iter__(self) -> Iterator[Path]:
        """Paths of accepted files, relative to the root."""
        waiting, n_found = [(self.root, 0)], 0
        while waiting:
            folder, depth = waiting.pop()
            below = []
            for entry in self._entries(folder):
                if self._n_seen >= self._max_entries or n_found >= self._max_files:
                    self.complete = False
                    return
                self._n_seen += 1
                if self._is_folder(entry):
                    if depth < self._max_depth:
                        below.append((Path(entry.path), depth + 1))
                    else:
                        self.complete = False
                elif self._is_named(entry.name) and self._is_wanted(entry):
                    n_found += 1
                    yield Path(entry.path).relative_to(self.root)
            waiting += reversed(below)

    def _is_named(self, name: str) -> bool:
        return Path(name).suffix.lower() in self._suffixes

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                # A folder larger than everything that is looked at is cut before it is sorted.
                entries = [entry for entry, _ in zip(found, range(self._max_entries + 1), strict=False)]
        except OSError:
            self.n_closed += 1
            return []
        return sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        """A folder of its own; a link to one is counted where it leads out, and not followed in any case."""
        try:
            if not entry.is_symlink():
                return entry.is_dir()
            if entry.is_dir() and not Path(entry.path).resolve().is_relative_to(self.root):
                self.n_outside += 1
        except (OSError, RuntimeError):
            self.n_broken += 1
        return False

    def _is_wanted(self, entry: os.DirEntry[str]) -> bool:
        try:
            path = Path(entry.path).resolve(strict=True)
            if not path.is_relative_to(self.root):
                self.n_outside += 1
                return False
            if path.is_file() and self._accepts(path):
                return True
        except (OSError, RuntimeError, InputError):
            pass
        self.n_broken += 1
        return False


def read_head(path: Path, n_bytes: int) -> bytes:
    """The beginning of a regular file; nothing of a pipe or a device.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb", opener=open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return b""
        return file.read(n_bytes)
