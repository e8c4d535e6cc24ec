"""Unpack gzip and ZIP files that may be bombs: sizes are checked before and while something is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib

from core.errors import InputError
from core.files.reading import in_megabytes

_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024


def gunzip(data: bytes, max_bytes: int) -> bytes:
    """Unpack all members of a gzip file, a bounded piece at a time.

    Parameters
    ----------
    data : bytes
        Begins with gzip's signature.
    max_bytes : int
        The most that it may hold.

    Raises
    ------
    InputError
        If it is damaged or cut off, or holds more.

    Examples
    --------
    >>> import gzip
    >>> gunzip(gzip.compress(b"a,b") + gzip.compress(b"1,2"), max_bytes=100)
    b'a,b1,2'
    """
    pieces: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        pending = rest
        while not member.eof:
            try:
                piece = member.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise InputError(
                    "This gzip file is damaged. Compress it again or upload it as it is."
                ) from error
            pending = member.unconsumed_tail
            size += len(piece)
            if size > max_bytes:
                raise InputError(
                    f"This gzip file unpacks to more than {in_megabytes(max_bytes)}, the most that is read."
                )
            if not piece and not pending and not member.eof:
                raise InputError("This gzip file ends too early. Upload it again, whole.")
            pieces.append(piece)
        rest = member.unused_data
    return b"".join(pieces)


class ArchiveError(Exception):
    """A ZIP archive cannot be used."""


class DamagedArchiveError(ArchiveError):
    """It is no whole ZIP archive, or lacks a part that was asked for."""


class LockedArchiveError(ArchiveError):
    """It needs a password, or is packed in a way that is not read."""


class LargeArchiveError(ArchiveError):
    """It holds too many parts, or unpacks to too much."""


def check_zip(data: bytes, *, max_parts: int, max_bytes: int) -> None:
    """Weigh a ZIP archive by what it says of itself, without unpacking anything.

    Raises
    ------
    ArchiveError
        If it is damaged, is locked, or declares more parts or bytes.

    Examples
    --------
    >>> check_zip(b"PK and nothing more", max_parts=10, max_bytes=100)
    Traceback (most recent call last):
    core.files.archives.DamagedArchiveError: File is not a zip file
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile raises a dozen kinds on damaged archives
        raise DamagedArchiveError(str(error)) from error
    if len(parts) > max_parts or sum(part.file_size for part in parts) > max_bytes:
        raise LargeArchiveError(f"{len(parts)} parts")
    if any(part.flag_bits & 1 for part in parts):
        raise LockedArchiveError("encrypted")


def read_zip_part(data: bytes, name: str, max_bytes: int) -> bytes:
    """Unpack one part of a ZIP archive.

    Parameters
    ----------
    data : bytes
        The archive.
    name : str
        The part's path in it.
    max_bytes : int
        The most that the part may hold, whatever the archive declares.

    Raises
    ------
    ArchiveError
        If the archive is damaged or locked, has no such part, or one that is larger.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as archive:
    ...     archive.writestr("a/b.txt", "hello")
    >>> read_zip_part(stream.getvalue(), "a/b.txt", max_bytes=5)
    b'hello'
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.getinfo(name)
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise LockedArchiveError(f"compression {part.compress_type}")
            with archive.open(part) as packed:
                content = packed.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as error:
        raise DamagedArchiveError(str(error)) from error
    except (RuntimeError, ValueError) as error:
        raise LockedArchiveError(str(error)) from error
    if len(content) > max_bytes:
        raise LargeArchiveError(name)
    return content
