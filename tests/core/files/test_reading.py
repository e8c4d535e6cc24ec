"""Reading a file from disk within a bound."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from core.errors import InputError
from core.files.reading import check_file_size, read_file
from core.limits import MEGABYTE


def test_a_file_of_the_most_bytes_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x" * 100)
    assert read_file(tmp_path / "a.bin", 100) == b"x" * 100


def test_a_byte_more_is_refused_with_its_name_and_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * (MEGABYTE + 1))
    sentence = r"^large\.bin has 1\.1 MB; up to 1 MB can be read\. Cut it\.$"
    with pytest.raises(InputError, match=sentence):
        read_file(path, MEGABYTE, advice="Cut it.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_that_never_ends_is_read_up_to_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with pytest.raises(BrokenPipeError), path.open("wb") as file:
            while True:
                file.write(b"x" * MEGABYTE)

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(InputError, match=r"pipe has 1\.1 MB; up to 1 MB"):
        read_file(path, MEGABYTE)
    writer.join(timeout=10)
    assert not writer.is_alive()


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none", 10)


def test_sizes_are_rounded_up_so_that_they_differ_from_the_limit() -> None:
    with pytest.raises(InputError, match=r"^This file has 200\.1 MB; up to 200 MB can be read\.$"):
        check_file_size(200 * MEGABYTE + 1, 200 * MEGABYTE, "This file")
