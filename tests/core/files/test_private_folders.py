"""Temporary folders of processes that may be killed."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from core.files.private_folders import open_private_folder, remove_abandoned

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


HOLD = """
import time
from core.files.private_folders import open_private_folder
with open_private_folder() as folder:
    (folder / "sound.wav").write_bytes(bytes(1000))
    print(folder.name, flush=True)
    time.sleep(600)
"""


def test_the_folder_of_a_killed_process_is_removed_by_the_next_and_one_in_use_is_not(temporary_folder):
    environment = {**os.environ, "TMPDIR": str(temporary_folder)}
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    theirs = holding.stdout.readline().strip()
    with open_private_folder() as folder:
        assert sorted(path.name for path in temporary_folder.iterdir()) == sorted([theirs, folder.name])
    holding.send_signal(signal.SIGKILL)
    holding.communicate()
    assert [path.name for path in temporary_folder.iterdir()] == [theirs]
    with open_private_folder() as folder:
        remove_abandoned()
        assert list(temporary_folder.iterdir()) == [folder]
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are read from Linux's /proc")
def test_a_folder_that_another_thread_closes_is_gone_with_its_lock(temporary_folder):
    with ExitStack() as opened:
        folder = opened.enter_context(open_private_folder())
        assert str(folder / "lock") in list_open_files()
        closing = threading.Thread(target=opened.close)
        closing.start()
        closing.join()
    assert list(temporary_folder.iterdir()) == []
    assert not any(name.startswith(str(folder)) for name in list_open_files())


def list_open_files():
    found = []
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(file.readlink()))
    return found


@pytest.mark.parametrize("kind", ["new", "work"])
def test_a_folder_without_a_lock_is_removed_a_minute_later(kind, temporary_folder):
    old, new = temporary_folder / f"sonoscope-{kind}-a", temporary_folder / f"sonoscope-{kind}-b"
    old.mkdir()
    new.mkdir()
    os.utime(old, (1e9, 1e9))
    remove_abandoned()
    assert list(temporary_folder.iterdir()) == [new]


def test_what_only_looks_like_such_a_folder_stays(tmp_path, temporary_folder):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_text("kept")
    (temporary_folder / "sonoscope-work-link").symlink_to(elsewhere)
    (temporary_folder / "sonoscope-new-link").symlink_to(elsewhere)
    os.utime(elsewhere, (1e9, 1e9))
    pointing = temporary_folder / "sonoscope-work-pointing"
    pointing.mkdir()
    (pointing / "lock").symlink_to(elsewhere / "lock")
    remove_abandoned()
    assert (elsewhere / "lock").read_text() == "kept"
    assert len(list(temporary_folder.iterdir())) == 3


def test_where_nothing_can_be_written_there_is_nothing_to_remove_and_nobody_is_told(monkeypatch):
    def find_none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", find_none)
    remove_abandoned()
