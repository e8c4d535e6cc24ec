"""Run a script of ours in a process of its own, with a bound for its time and memory.

The app shares one process among all visitors. A library that a hostile file can crash, or make allocate without
end, would end it for everyone; in a process of its own it ends alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# Decoding the longest sound takes a few seconds; a loop that a damaged file causes must end.
MAX_CPU_SEC = 60
# Address space, on top of twice the file; fifteen minutes of AAC were seen to take 153 MB.
MAX_MEMORY_BYTES = 1024**3
# The process bounds itself before it reads anything; where the system knows no such bounds it runs without them.
_BOUNDED = """
import runpy, sys
memory, cpu, script = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
except (ImportError, OSError, ValueError):
    pass
sys.argv = sys.argv[3:]
runpy.run_path(script, run_name="__main__")
"""


@contextmanager
def open_process(
    script: Path,
    *arguments: str,
    data: bytes,
    max_memory_bytes: int = MAX_MEMORY_BYTES,
    max_cpu_sec: int = MAX_CPU_SEC,
) -> Iterator[IO[bytes]]:
    """Start a script, give it a file through its standard input, and read its standard output.

    Parameters
    ----------
    script : Path
        A module that imports nothing of this package, which is not on its path.
    *arguments : str
        What it finds in ``sys.argv``.
    data : bytes
        The file.
    max_memory_bytes, max_cpu_sec : int
        Address space, on top of twice the file, and processor time that it may take.

    Yields
    ------
    binary stream
        What the script writes. At the end of the block the process is stopped, whatever it does.

    Raises
    ------
    OSError
        If the process ends before it has taken the file.
    """
    bounds = (str(max_memory_bytes + 2 * len(data)), str(max_cpu_sec))
    # -I keeps the environment's modules out.
    command = [sys.executable, "-I", "-c", _BOUNDED, *bounds, str(script), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(data)
            process.stdin.close()
            yield process.stdout
        finally:
            process.kill()
