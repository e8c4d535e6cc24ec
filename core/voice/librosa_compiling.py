"""A lock around the first call of a librosa function, in which numba compiles it.

Some of its functions are compiled by numba at their first call and kept on disk. Two processes that do so at the same
moment spoil what is kept, and whoever reads it then crashes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

_LOCK = Lock()
_COMPILED: set[str] = set()


@contextmanager
def first_alone(name: str) -> Iterator[None]:
    """Hold off other threads and other processes of ours while a function is called for the first time.

    Parameters
    ----------
    name : str
        Of the function. After its first call that did not fail nothing is held any more.
    """
    if name in _COMPILED:
        yield
        return
    with _LOCK, _one_process():
        yield
        _COMPILED.add(name)


@contextmanager
def _one_process() -> Iterator[None]:
    """A lock between processes of one user, where the system has one; without it the work goes on."""
    handle = None
    try:
        import fcntl

        user = os.getuid() if hasattr(os, "getuid") else 0
        path = Path(tempfile.gettempdir()) / f"sonoscope-librosa-{user}.lock"
        with suppress(OSError):
            # A link that someone else has put there is not followed.
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
    except ImportError:
        pass
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)
