"""Bounded reading of files from disk, and the message for files that are too large."""

from __future__ import annotations

import math
from pathlib import Path

from core.errors import InputError
from core.limits import MEGABYTE


def read_file(path: Path, max_bytes: int, *, advice: str = "") -> bytes:
    """Read a file that may be too large to be read.

    Parameters
    ----------
    path : Path
        A file, or a pipe, whose size nobody knows before it is read.
    max_bytes : int
        The most that is read, one of :mod:`core.limits`.
    advice : str
        What can be done about a file that is larger; the end of the message.

    Returns
    -------
    bytes
        The whole content.

    Raises
    ------
    InputError
        If it is larger; the message calls the file by its name, without its folder.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> read_file(Path(__file__), 100_000)[3:16]
    b'Bounded readi'
    """
    check_file_size(path.stat().st_size, max_bytes, path.name, advice=advice)
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    check_file_size(len(data), max_bytes, path.name, advice=advice)
    return data


def check_file_size(n_bytes: int, max_bytes: int, shown: str, *, advice: str = "") -> None:
    """Refuse a file that is too large.

    Parameters
    ----------
    n_bytes, max_bytes : int
        Its size, and the most that is read.
    shown : str
        What the message calls it, such as "This picture".
    advice : str
        What can be done about it, a sentence.

    Raises
    ------
    InputError
        If ``n_bytes`` is above ``max_bytes``.

    Examples
    --------
    >>> check_file_size(31 * MEGABYTE, 25 * MEGABYTE, "This picture", advice="Save it smaller.")
    Traceback (most recent call last):
    core.errors.InputError: This picture has 31 MB; up to 25 MB can be read. Save it smaller.
    """
    if n_bytes > max_bytes:
        # Rounded up, so that no file "has 25 MB" of which "up to 25 MB can be read".
        size = math.ceil(10 * n_bytes / MEGABYTE) / 10
        sentence = f"{shown} has {size:,g} MB; up to {in_megabytes(max_bytes)} can be read. {advice}"
        raise InputError(sentence.rstrip())


def in_megabytes(n_bytes: int) -> str:
    """A limit in words.

    Examples
    --------
    >>> in_megabytes(200 * MEGABYTE)
    '200 MB'
    """
    return f"{n_bytes // MEGABYTE:,} MB"
