"""Archives are weighed before they are unpacked."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from core.errors import InputError
from core.files.archives import (
    DamagedArchiveError,
    LargeArchiveError,
    LockedArchiveError,
    check_zip,
    gunzip,
    read_zip_part,
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
    with pytest.raises(InputError, match="ends too early"):
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
