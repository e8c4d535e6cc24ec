"""Private temporary folders that do not outlive their process: what a killed one leaves is removed by the next.

Each holds a lock file that its process keeps locked. The system frees the lock of a process that has ended however it ended, in
other containers that share the folder for temporary files, too; a process ID would name another process there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = "lock"
_PREFIX, _NEW_PREFIX = "sonoscope-work-", "sonoscope-new-"
_NEW_SEC = 60.0


@contextlib.contextmanager
def open_private_folder() -> Iterator[Path]:
    """Make a temporary folder of this process, removed at the end; those of killed processes are removed first.

    Yields
    ------
    Path
        Holds nothing but the file `LOCK`.

    Raises
    ------
    OSError
        If none can be made.

    Examples
    --------
    >>> with open_private_folder() as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    remove_abandoned()
    new = Path(tempfile.mkdtemp(prefix=_NEW_PREFIX))
    folder = new.with_name(_PREFIX + new.name.removeprefix(_NEW_PREFIX))
    try:
        with FileLock(new / LOCK, timeout=0, thread_local=False):
            new.rename(folder)  # only now does `remove_abandoned` look at it
            yield folder
    finally:
        for path in (new, folder):
            shutil.rmtree(path, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove folders of processes that were killed: nobody holds their lock, or they have none for a minute."""
    try:
        temporary = Path(tempfile.gettempdir())
    except OSError:  # none can be written to
        return
    for folder in temporary.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, Timeout):
            lock = folder / LOCK
            if _is_own(folder) and lock.is_file() and not lock.is_symlink():
                with FileLock(lock, timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)
            elif not lock.exists():  # killed while it was removed
                _remove_old(folder)
    for folder in temporary.glob(f"{_NEW_PREFIX}*"):
        with contextlib.suppress(OSError):  # killed before it had its lock
            _remove_old(folder)


def _remove_old(folder: Path) -> None:
    if _is_own(folder) and time.time() - folder.lstat().st_mtime > _NEW_SEC:
        shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user: others could lead elsewhere."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
