"""The watcher sees what a process and its children hold, also after they have let it go."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deployment.memory_watch import MemoryWatch

HOLD = "import time; held = bytearray(b'1' * (80 << 20)); print(flush=True); input(); del held; print(flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}])"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_what_a_child_has_held_is_remembered_with_its_stage() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None and process.stdout is not None
        with MemoryWatch(process.pid, every_sec=0.02) as watch:
            process.stdout.readline()
            time.sleep(0.5)
            watch.begin("later")
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
            time.sleep(0.5)
        process.stdin.write(b"\n")
        process.stdin.close()
    assert watch.most is watch.stages["start"]
    assert 80 < watch.stages["start"].pss_mb <= watch.most_rss_mb
    assert len(watch.most.each) == 2
