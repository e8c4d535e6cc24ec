"""Two processes that call librosa for the first time, and compile it, do so one after the other."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.voice.librosa_compiling import first_alone

ROOT = Path(__file__).parents[3]
CALL = """
import sys, time
from core.voice.librosa_compiling import first_alone
print("ready", flush=True)
sys.stdin.readline()
for _ in range(2):
    with first_alone("made up"):
        begun = time.monotonic()
        time.sleep(0.3)
        print(begun, time.monotonic(), flush=True)
"""


def test_of_two_processes_that_begin_at_once_one_waits_for_the_others_first_call_only(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen([sys.executable, "-c", CALL], env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    first_calls = sorted(tuple(float(word) for word in lines[0].split()) for lines in told)
    assert first_calls[0][1] <= first_calls[1][0]
    # The second calls hold nobody off: both processes are done in less than four turns.
    assert max(float(lines[1].split()[1]) for lines in told) - first_calls[0][0] < 1.5


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
