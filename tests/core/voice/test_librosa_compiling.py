"""Two processes that call librosa for the first time do not spoil what it keeps on disk."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.voice.librosa_compiling import first_alone

ROOT = Path(__file__).parents[3]
HEAR = """
import numpy as np
from core.voice.pitch_tracking import SR, _track_pyin
y = np.sin(2 * np.pi * 220 * np.arange(SR) / SR).astype(np.float32)
print(round(float(np.median(_track_pyin(y).f0_hz))))
"""


def listener(cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", HEAR], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_processes_that_begin_at_once_and_one_that_comes_later_hear_the_same(tmp_path):
    at_once = [listener(tmp_path) for _ in range(2)]
    found = [process.communicate(timeout=240)[0] for process in at_once]
    later = listener(tmp_path)
    found.append(later.communicate(timeout=240)[0])
    assert [process.returncode for process in (*at_once, later)] == [0, 0, 0]
    assert len(set(found)) == 1
    assert int(found[0]) == pytest.approx(220, abs=2)


def test_only_the_first_call_is_alone_and_one_that_failed_does_not_count():
    with pytest.raises(ZeroDivisionError), first_alone("made up"):
        1 / 0  # noqa: B018
    inside, release, entered = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with first_alone("made up"):
            inside.set()
            release.wait(10)

    def second() -> None:
        with first_alone("made up"):
            entered.set()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    assert not entered.wait(0.3)
    release.set()
    assert entered.wait(10)
    for thread in threads:
        thread.join(10)
    with first_alone("made up"), first_alone("made up"):
        pass  # nothing is held any more
