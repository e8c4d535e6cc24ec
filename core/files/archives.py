"""Safe unpacking of gzip and ZIP files: sizes are checked before and while something is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from core.errors import InputError, TooLargeError
from core.files.reading import in_megabytes

_GZIP = b"\x1f\x8b"
_ZIP_ENTRY = b"PK\x01\x02"
MAX_ZIP_ENTRIES = 10_000  # of an archive of which one part is read
# Before each part: of the 30 bytes the last four are the lengths of its name and of further fields.
_LOCAL_HEADER = struct.Struct("<26xHH")
_CHUNK = 1024 * 1024
# Bytes that are fed to zlib at once: at first, and at most.
_FIRST_BYTES, _MOST_BYTES = 512, 64 * 1024
# Each takes a few microseconds, however little it holds. Blocked gzip makes 1,600 of 100 MB.
MAX_GZIP_MEMBERS = 500_000


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
    packed = memoryview(data)
    pieces: list[bytes] = []
    size = start = n_members = 0
    while packed[start : start + 2] == _GZIP:
        n_members += 1
        if n_members > MAX_GZIP_MEMBERS:
            raise InputError(
                f"This gzip file consists of more than {MAX_GZIP_MEMBERS:,} files. Unpack it and upload the result."
            )
        member, n_fed = zlib.decompressobj(wbits=31), _FIRST_BYTES
        while not member.eof:
            # What zlib does not use it copies, so it gets little at first: a file may have many small members.
            pending: bytes | memoryview = packed[start : start + n_fed]
            if not pending:
                raise InputError("This gzip file is cut off. Upload it again.")
            start += len(pending)
            n_fed = min(2 * n_fed, _MOST_BYTES)
            while pending and not member.eof:
                try:
                    piece = member.decompress(pending, _CHUNK)
                except zlib.error as error:
                    raise InputError(
                        "This gzip file is damaged. Compress it again or upload it as it is."
                    ) from error
                pending = member.unconsumed_tail
                size += len(piece)
                if size > max_bytes:
                    raise TooLargeError(
                        f"This gzip file unpacks to more than {in_megabytes(max_bytes)}, the most that is read."
                    )
                pieces.append(piece)
        start -= len(member.unused_data)
    return b"".join(pieces)


class ArchiveError(Exception):
    """A ZIP archive cannot be used."""


class DamagedArchiveError(ArchiveError):
    """It is no whole ZIP archive, or lacks a part that was asked for."""


class LockedArchiveError(ArchiveError):
    """It needs a password, or is packed in a way that is not read."""


class LargeArchiveError(ArchiveError):
    """It holds too many parts, or unpacks to too much."""


def check_zip(data: bytes, *, max_parts: int, max_bytes: int) -> list[zipfile.ZipInfo]:
    """Weigh a ZIP archive by what it says of itself, without unpacking anything.

    Returns
    -------
    list of zipfile.ZipInfo
        Its parts.

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
    # zipfile makes an object of half a kilobyte for each entry of 46 bytes before anybody can count them.
    n_entries = data.count(_ZIP_ENTRY)
    if n_entries > max_parts:
        raise LargeArchiveError(f"{n_entries} parts")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile raises a dozen kinds on damaged archives
        raise DamagedArchiveError(str(error)) from error
    if len(parts) > max_parts or sum(part.file_size for part in parts) > max_bytes:
        raise LargeArchiveError(f"{len(parts)} parts")
    if any(part.flag_bits & 1 for part in parts):
        raise LockedArchiveError("encrypted")
    return parts


def unpack_zip(data: bytes, *, max_parts: int, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Unpack all parts of a ZIP archive, a bounded piece at a time.

    Other readers believe the sizes that an archive declares; when this is through, they are true.

    Yields
    ------
    name : str
        Of the part.
    piece : bytes
        At most a megabyte of it.

    Raises
    ------
    ArchiveError
        As :func:`check_zip`, and if a part holds more or less than it declares.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as archive:
    ...     archive.writestr("a/b.txt", "hello")
    >>> list(unpack_zip(stream.getvalue(), max_parts=1, max_bytes=5))
    [('a/b.txt', b'hello')]
    """
    for part in check_zip(data, max_parts=max_parts, max_bytes=max_bytes):
        size = 0
        for piece in _unpack_part(memoryview(data), part):
            size += len(piece)
            if size > part.file_size:
                raise DamagedArchiveError(f"{part.filename} holds more than it declares")
            yield part.filename, piece
        if size != part.file_size:
            raise DamagedArchiveError(f"{part.filename} holds less than it declares")


def _unpack_part(data: memoryview, part: zipfile.ZipInfo) -> Iterator[bytes]:
    header = data[part.header_offset : part.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size or bytes(header[:4]) != b"PK\x03\x04":
        raise DamagedArchiveError(f"{part.filename} is not where it should be")
    start = part.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(header))
    packed = data[start : start + part.compress_size]
    places = range(0, len(packed), _MOST_BYTES)
    if part.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[place : place + _MOST_BYTES]) for place in places)
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise LockedArchiveError(f"compression {part.compress_type}")
    unpacker = zlib.decompressobj(wbits=-15)
    for place in places:
        pending: bytes | memoryview = packed[place : place + _MOST_BYTES]
        while pending and not unpacker.eof:
            try:
                yield unpacker.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise DamagedArchiveError(str(error)) from error
            pending = unpacker.unconsumed_tail


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
    if data.count(_ZIP_ENTRY) > MAX_ZIP_ENTRIES:
        raise LargeArchiveError("too many parts")
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
