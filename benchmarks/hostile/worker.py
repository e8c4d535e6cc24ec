"""Warm processes that read hostile files: each in a fork of its own, whose time and memory are measured and bounded.

Run as ``python -m benchmarks.hostile.worker`` it takes requests from its standard input and answers on its standard
output, a line of JSON each; :class:`Worker` is the other end. Its arguments are the modules to import first. It needs
Linux, whose ``/proc`` tells what a process holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO

from benchmarks.hostile.readers import try_reader

KILL_SEC = 40.0
KILL_MB = 2_500.0
# Address space of a fork: whatever is measured, the machine must not run out of memory.
_ADDRESS_BYTES = 16 * 1024**3
_POLL_SEC = 0.01
_TICKS_PER_SEC = os.sysconf("SC_CLK_TCK")
# A reading that waits for something that never comes; other processes may take most of a processor.
_PATIENCE = 5
# What a process has imported before it reads: readers of one row share a process.
_TABLES = ("core.tables.table", "core.sonify.direct_mapping", "scipy.stats")
_NOTES = (
    "core.music.tune_files",
    "core.emotion.judge.features",
    "core.music.performance",
    "defusedxml.ElementTree",
)
_SOUNDS = ("core.audio", "core.voice.transcribe")
_PICTURES = (
    "core.emotion.face.photograph",
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.WebPImagePlugin",
)
_SETTINGS = (*_TABLES, "core.sonify.charts", "core.sonify.descriptions", "core.music.midi", "plotly.subplots")
_WARM = {
    "table": _TABLES,
    "text": _TABLES,
    "tune": _NOTES,
    "performance": _NOTES,
    "sound": _SOUNDS,
    "voice": _SOUNDS,
    "picture": _PICTURES,
    "soundfont": ("core.synth", "scipy.signal"),
    "settings": _SETTINGS,
    "sonification": _SETTINGS,
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of reading one file.

    Attributes
    ----------
    outcome : {"read", "refused", "exception", "limit"}
    detail : str
        The sentence of a refusal, the exception, or which limit.
    wall_sec, processor_sec : float
        With what the reader started beside itself.
    most_mb : float
        The most memory of the reading process, imports included, and the most of those that it started.
    """

    outcome: str
    detail: str
    wall_sec: float
    processor_sec: float
    most_mb: float


class Worker:
    """Processes that read files, one for each kind of reader; started when they are first needed."""

    def __init__(self) -> None:
        self._processes: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}

    def read(
        self, reader: str, data: bytes, name: str, *, kill_sec: float = KILL_SEC, kill_mb: float = KILL_MB
    ) -> Outcome:
        """Give a file to a reader: the one place where inputs are run.

        Parameters
        ----------
        reader : str
            One of :data:`benchmarks.hostile.readers.READERS`.
        data : bytes
        name : str
            What the visitor calls it.
        kill_sec, kill_mb : float
            When the reading is stopped, in seconds of processor time, or five times as many by the clock: far above what it may need, so that a fault is seen as large as it is.
        """
        process = self._start(_WARM.get(reader, ()))
        assert process.stdin is not None
        assert process.stdout is not None
        request = {
            "reader": reader,
            "name": name,
            "n_bytes": len(data),
            "kill_sec": kill_sec,
            "kill_mb": kill_mb,
        }
        process.stdin.write(json.dumps(request).encode() + b"\n" + data)
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The process that reads as {reader!r} has ended; its reason stands above.")
        return Outcome(**json.loads(answer))

    def _start(self, modules: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """The process that has imported some modules."""
        if modules not in self._processes or self._processes[modules].poll() is not None:
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.hostile.worker", *modules]
            self._processes[modules] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._processes[modules]

    def close(self) -> None:
        """End the processes."""
        for process in self._processes.values():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait()
            process.stdout.close()
        self._processes.clear()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# The other process.


def _serve(requests: IO[bytes], answers: IO[bytes], modules: list[str]) -> None:
    for module in modules:
        import_module(module)
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["n_bytes"])
        answer = _measure(data, **{name: value for name, value in request.items() if name != "n_bytes"})
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _measure(data: bytes, *, reader: str, name: str, kill_sec: float, kill_mb: float) -> dict[str, object]:
    read_end, write_end = os.pipe()
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        _read_and_exit(reader, data, name, write_end)
    os.close(write_end)
    beside_mb, own_mb, limit = 0.0, 0.0, ""
    watch = os.pidfd_open(pid)
    while not select.select([watch], [], [], _POLL_SEC)[0]:
        beside = [each for each in _descendants(pid) if not _is_twin(each, pid)]
        own_mb = max(own_mb, _most_mb(pid))
        beside_mb = max(beside_mb, sum(map(_most_mb, beside)))
        waited_sec = (time.perf_counter() - began) / _PATIENCE
        if max(waited_sec, sum(map(_processor_sec, [pid, *beside]))) > kill_sec:
            limit = f"stopped after {kill_sec:g} s"
        elif own_mb + beside_mb > kill_mb:
            limit = f"stopped at {own_mb + beside_mb:.0f} MB"
        if limit:
            os.kill(pid, signal.SIGKILL)
            break
    _, status, usage = os.wait4(pid, 0)
    wall_sec = time.perf_counter() - began
    os.close(watch)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read()
    # What it started and left behind would disturb the next one.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if limit:
        answer = {"outcome": "limit", "detail": limit}
    elif said:
        answer = json.loads(said)
        own_mb = max(own_mb, answer.pop("own_mb"))
    else:
        answer = {"outcome": "exception", "detail": f"the process died, status {status}"}
    processor_sec = usage.ru_utime + usage.ru_stime
    return answer | {
        "wall_sec": round(wall_sec, 3),
        "processor_sec": round(processor_sec, 3),
        "most_mb": round(own_mb + beside_mb, 1),
    }


def _read_and_exit(reader: str, data: bytes, name: str, pipe: int) -> None:
    """Read a file in the fork, say what came of it, and end without cleaning up."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # libraries write to them, and ours are the campaign's
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_BYTES, _ADDRESS_BYTES))
        outcome, detail = try_reader(reader, data, name)
        answer = {"outcome": outcome, "detail": detail, "own_mb": _most_mb(os.getpid())}
        with os.fdopen(pipe, "wb") as said:
            said.write(json.dumps(answer).encode())
    finally:
        os._exit(0)


def _most_mb(pid: int) -> float:
    """The most memory that a process has held at once; 0 once it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _processor_sec(pid: int) -> float:
    """Processor time of a process and of those that it started and that have ended; 0 once it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS_PER_SEC


def _is_twin(pid: int, parent: int) -> bool:
    """Whether a process is about to start another program and still holds its parent's memory."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return True


def _descendants(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(word) for word in text.split()]
    return children + [each for child in children for each in _descendants(child)]


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer, sys.argv[1:])
