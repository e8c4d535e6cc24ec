"""A process of its own ends within its bounds, and alone."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from core.files.processes import open_process


def script(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "script.py"
    path.write_text(text)
    return path


def test_a_script_gets_its_file_and_its_arguments(tmp_path: Path) -> None:
    echo = script(tmp_path, "import sys; print(sys.argv[1:], len(sys.stdin.buffer.read()))")
    with open_process(echo, "a", "b", data=b"x" * 100_000) as output:
        assert output.read().decode().split() == ["['a',", "'b']", "100000"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds another process")
def test_memory_is_bounded(tmp_path: Path) -> None:
    greedy = script(tmp_path, "import sys; sys.stdin.read(); print(len(bytes(2 * 1024**3)))")
    with open_process(greedy, data=b"") as output:
        assert output.read() == b""


def test_a_process_is_gone_when_it_is_no_longer_needed(tmp_path: Path) -> None:
    before = psutil.Process().children()
    endless = script(tmp_path, "import sys; sys.stdin.read()\nwhile True: print('x')")
    with open_process(endless, data=b"") as output:
        assert output.readline() == b"x\n"
        assert len(psutil.Process().children()) == len(before) + 1
    assert psutil.Process().children() == before
