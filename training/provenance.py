"""Provenance of trained weights: the commit that holds every file a training used, library versions, hash of the data."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
_LIBRARIES = (
    "torch",
    "numpy",
    "scipy",
    "librosa",
    "scikit-learn",
    "pretty_midi",
    "mido",
    "safetensors",
    "soundfile",
    "soxr",
    "opencv-python-headless",
    "pillow",
)


def list_versions() -> dict[str, str]:
    """Versions of Python and of the libraries whose numbers a training depends on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def name_hardware(n_processes: int = 1) -> str:
    """The processor, and how many processes used a core of it each."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    cores = "one core" if n_processes == 1 else f"{n_processes} cores"
    return f"{cores} of {next(named, '') or platform.machine() or 'an unnamed processor'}"


def hash_data(folders: Mapping[str, Path]) -> str:
    """SHA-256 over the list of a training's files: for each its place and the SHA-256 of its bytes.

    Parameters
    ----------
    folders : mapping of Path
        By the name of the data set, which a file's place begins with wherever the folder lies. Hidden files do not count.
    """
    listed = hashlib.sha256()
    for name, folder in sorted(folders.items()):
        for path in sorted(folder.rglob("*")):
            place = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in place.parts):
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
                listed.update(f"{name}/{place.as_posix()}\t{content}\n".encode())
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

    The commit is the one at the beginning, whatever is committed while the training runs. Files are hashed as soon as
    `note` meets them. A file that is imported later and was changed in the meantime is noticed as well.

    Attributes
    ----------
    commit : str
        Empty where this is no git checkout.
    hashes : dict of str
        Git's hash of each file that was used, by its path below the project's root.
    """

    def __init__(self) -> None:
        self.commit = _git("rev-parse", "HEAD")
        self.hashes: dict[str, str] = {}
        self.note()

    def note(self, more: Iterable[Path] = ()) -> None:
        """Hash what was imported since the last time, and these files."""
        own = [path.resolve().relative_to(ROOT).as_posix() for path in more]
        self.hashes |= hash_files(sorted({*list_imported(), *own} - self.hashes.keys()))

    def find_commit(self) -> str:
        """The commit that holds every file that was used.

        Raises
        ------
        InputError
            If a file differs from what the commit holds, is not in it, or there is no commit.
        """
        if not self.commit:
            raise InputError("This folder is no git checkout, so a card could not say which code trained it.")
        self.note()
        held = _list_blobs(self.commit)
        if wrong := sorted(path for path, blob in self.hashes.items() if held.get(path) != blob):
            raise InputError(
                f"Commit {self.commit[:12]} does not hold {_name_some(wrong)} as used. Commit first, then train."
            )
        return self.commit[:12]

    @property
    def made_by(self) -> dict[str, object]:
        """What a checkpoint keeps, for `refuse_other_code`."""
        return {"commit": self.commit, "files": dict(self.hashes)}

    def refuse_other_code(self, made_by: Mapping[str, object], path: Path) -> None:
        """Stop where a checkpoint was made by files that have changed since.

        Raises
        ------
        InputError
            With their names and what can be done.
        """
        before = made_by.get("files")
        if not isinstance(before, dict):
            return
        self.note()
        now = self.hashes | hash_files(sorted(before.keys() - self.hashes.keys()))
        if changed := sorted(file for file, blob in before.items() if now.get(file) != blob):
            raise InputError(
                f"{path} was made by commit {str(made_by.get('commit'))[:12]}; since then {_name_some(changed)} changed. "
                "Go on in a worktree of that commit (git worktree add), or delete the file to begin anew."
            )


def _name_some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(paths[:5]) + more


def is_committed(path: Path) -> bool:
    """Whether the present commit holds a file of this name."""
    resolved = path.resolve()
    return resolved.is_relative_to(ROOT) and resolved.relative_to(ROOT).as_posix() in _list_blobs("HEAD")


def find_missing(commit: str, paths: Iterable[str]) -> list[str]:
    """Those of these paths that a commit does not hold; all where it is unknown."""
    held = _list_blobs(commit)
    return sorted(path for path in paths if path not in held)


def is_known(commit: str) -> bool:
    """Whether this checkout has a commit; a shallow one has only the last."""
    return bool(_git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"))


def _list_blobs(commit: str) -> dict[str, str]:
    """Git's hash of each file that a commit holds."""
    rows = (row.partition("\t") for row in _git("ls-tree", "-r", "-z", commit).split("\0") if row)
    return {path: about.split()[2] for about, _, path in rows}


def hash_files(paths: Sequence[str]) -> dict[str, str]:
    """Git's hashes of files as they are now, by paths below the project's root; without those that are not there.

    Empty where there is no git.

    Raises
    ------
    InputError
        If a file went away while it was read.
    """
    there = [path for path in paths if (ROOT / path).is_file()]
    if not there or not _git("--version"):
        return {}
    blobs = _git("hash-object", "--", *there).split()
    if len(blobs) != len(there):
        raise InputError(f"Files changed while {_name_some(there)} were read. Try again.")
    return dict(zip(there, blobs, strict=True))


def _git(*arguments: str) -> str:
    """What git prints; nothing where it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
