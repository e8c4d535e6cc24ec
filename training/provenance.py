"""Provenance of trained weights: the commit that holds every file a training used, library versions, hash of the data."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
_LIBRARIES = ("torch", "numpy", "scipy", "librosa", "scikit-learn", "pretty_midi", "safetensors", "soundfile")


def list_versions() -> dict[str, str]:
    """Versions of Python and of the libraries whose numbers a training depends on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def hash_data(folders: Sequence[Path], root: Path) -> str:
    """SHA-256 over the list of a training's files: for each its place below the root and the SHA-256 of its bytes."""
    listed = hashlib.sha256()
    for path in sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()}):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        listed.update(f"{path.relative_to(root).as_posix()}\t{content}\n".encode())
    return listed.hexdigest()


def list_imported() -> list[str]:
    """The project's own files that this process has imported, as paths below its root."""
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file is None:
            continue
        path = Path(file).resolve()
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ("core", "training"):
            found.add(path.relative_to(ROOT).as_posix())
    return sorted(found)


class Provenance:
    """Watches which files a training uses and finds the commit that holds all of them.

    The commit is the one at the beginning. A file that was imported later and had been changed in the meantime is
    noticed as well.
    """

    def __init__(self) -> None:
        self.commit = _git("rev-parse", "HEAD")
        self.hashes = _hash_files(list_imported())

    def find_commit(self, more: Iterable[Path] = ()) -> str:
        """The commit that holds every file that was imported, and these.

        Raises
        ------
        InputError
            If a file differs from what the commit holds, is not in it, or there is no commit.
        """
        if not self.commit:
            raise InputError("This folder is no git checkout, so a card could not say which code trained it.")
        own = [path.resolve().relative_to(ROOT).as_posix() for path in more]
        hashes = {**_hash_files([*list_imported(), *own]), **self.hashes}
        held = _list_blobs(self.commit)
        if wrong := sorted(path for path, blob in hashes.items() if held.get(path) != blob):
            raise InputError(
                f"Commit {self.commit[:12]} does not hold {', '.join(wrong[:5])} as used. Commit first, then train."
            )
        return self.commit[:12]


def find_missing(commit: str, paths: Iterable[str]) -> list[str]:
    """Those of these paths that a commit does not hold; all where it is unknown."""
    held = _list_blobs(commit)
    return sorted(path for path in paths if path not in held)


def _list_blobs(commit: str) -> dict[str, str]:
    rows = (line.split(maxsplit=3) for line in _git("ls-tree", "-r", commit).splitlines())
    return {path: blob for _, _, blob, path in rows}


def _hash_files(paths: Sequence[str]) -> dict[str, str]:
    """Git's hashes of files as they are now."""
    there = [path for path in paths if (ROOT / path).is_file()]
    if not there:
        return {}
    return dict(zip(there, _git("hash-object", "--", *there).split(), strict=False))


def _git(*arguments: str) -> str:
    """What git prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
