"""Archives are weighed before they are unpacked."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

import numpy as np
import pytest

from core.errors import InputError
from core.files import archives
from core.files.archives import (
    DamagedArchiveError,
    LargeArchiveError,
    LockedArchiveError,
    check_zip,
    gunzip,
    read_zip_part,
    unpack_zip,
)


def archive(*parts: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as target:
        for name, content in parts:
            target.writestr(name, content)
    return stream.getvalue()


def test_gzip_of_exactly_the_most_is_unpacked_and_a_byte_more_is_not() -> None:
    assert gunzip(gzip.compress(b"x" * 100), 100) == b"x" * 100
    with pytest.raises(InputError, match="unpacks to more than"):
        gunzip(gzip.compress(b"x" * 101), 100)


@pytest.mark.parametrize("cut", [1, 9, 15])
def test_gzip_that_is_cut_off_is_told_so(cut: int) -> None:
    with pytest.raises(InputError, match="is cut off"):
        gunzip(gzip.compress(b"hello, hello")[:-cut], 100)


def test_a_zip_is_weighed_by_its_parts_and_bytes() -> None:
    data = archive(("a", b"x" * 60), ("b", b"x" * 40))
    check_zip(data, max_parts=2, max_bytes=100)
    for bounds in ({"max_parts": 1, "max_bytes": 100}, {"max_parts": 2, "max_bytes": 99}):
        with pytest.raises(LargeArchiveError):
            check_zip(data, **bounds)


def test_a_zip_with_a_password_is_locked() -> None:
    data = bytearray(archive(("a", b"x" * 60)))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory
    with pytest.raises(LockedArchiveError):
        check_zip(bytes(data), max_parts=2, max_bytes=100)
    with pytest.raises(LockedArchiveError):
        read_zip_part(bytes(data), "a", 100)


def test_a_part_is_read_within_its_bound_whatever_the_directory_says() -> None:
    data = bytearray(archive(("a", b"x" * 100)))
    assert read_zip_part(bytes(data), "a", 100) == b"x" * 100
    with pytest.raises(LargeArchiveError):
        read_zip_part(bytes(data), "a", 99)
    with pytest.raises(DamagedArchiveError):
        read_zip_part(bytes(data), "b", 100)
    with pytest.raises(DamagedArchiveError):
        read_zip_part(bytes(data[:-30]), "a", 100)
    with pytest.raises(LockedArchiveError):
        read_zip_part(archive(("a", b"x"), compression=zipfile.ZIP_BZIP2), "a", 100)


def test_gzip_of_many_small_members_is_fed_to_zlib_in_small_pieces() -> None:
    n_members, fed = 3_000, 0
    real = zlib.decompressobj

    class Counting:
        """zlib's decompressor; what it does not use, it copies."""

        def __init__(self, **options: int) -> None:
            self._member = real(**options)

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal fed
            fed += len(data)
            return self._member.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._member, name)

    data = gzip.compress(b"1,2\n") * n_members
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zlib, "decompressobj", Counting)
        assert gunzip(data, 1_000_000) == b"1,2\n" * n_members
    assert fed < 1_000 * n_members


def test_gzip_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_GZIP_MEMBERS", 10)
    assert gunzip(gzip.compress(b"") * 10, 100) == b""
    with pytest.raises(InputError, match="more than 10 files"):
        gunzip(gzip.compress(b"") * 11, 100)


def test_gzip_of_random_members_reads_back() -> None:
    rng = np.random.default_rng(1)
    parts = [
        rng.integers(97, 100, size, dtype=np.uint8).tobytes() for size in (0, 511, 70_000, 1, 0, 200_000)
    ]
    data = b"".join(
        gzip.compress(part, int(level)) for part, level in zip(parts, rng.integers(0, 9, 6), strict=True)
    )
    assert gunzip(data + b"\0\0", 1_000_000) == b"".join(parts)


def test_a_zip_archive_is_unpacked_in_pieces_that_are_what_they_declare() -> None:
    content = bytes(range(256)) * 20_000
    for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        data = archive(("a", content), ("b", b""), compression=compression)
        pieces = list(unpack_zip(data, max_parts=2, max_bytes=len(content)))
        assert b"".join(piece for name, piece in pieces if name == "a") == content
        assert max(len(piece) for _, piece in pieces) <= 1024 * 1024


@pytest.mark.parametrize("declared", [0, 99, 101])
def test_a_part_that_does_not_hold_what_it_declares_is_damaged(declared: int) -> None:
    data = bytearray(archive(("a", b"x" * 100)))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = declared.to_bytes(4, "little")
    with pytest.raises(DamagedArchiveError, match="declares"):
        list(unpack_zip(bytes(data), max_parts=1, max_bytes=1_000))


def test_the_entries_of_a_zip_archive_are_counted_before_zipfile_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = archive(*((str(i), b"") for i in range(20)))
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(LargeArchiveError, match="20 parts"):
        check_zip(data, max_parts=10, max_bytes=100)
