"""Worker processes: each runs jobs one after the other, with a limit on processor time, memory and wall time of each.

The app shares one process among all visitors. What composes, and what reads a stranger's file, runs beside it: a crash, an
endless loop or a file that unpacks to gigabytes ends one worker, and the visitors beside it notice nothing.

A worker is this module run as a program. Requests and answers are MessagePack (`core.plain_data`) behind a length of eight
bytes, on its standard input and output; what it writes to standard error goes to the server's log.
"""

from __future__ import annotations

import ctypes
import importlib
import inspect
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from core import errors
from core.errors import DashboardError
from core.plain_data import from_bytes, to_bytes
from core.progress import Progress

_LENGTH = struct.Struct("<Q")
_ROOT = Path(__file__).resolve().parent.parent
_NO_LIMIT = -1
_STAYS = "__stays_here__"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one job.

    Attributes
    ----------
    memory_mb : int
        Address space beyond what its worker holds when the job begins.
    cpu_sec, wall_sec : int
        Processor time of the worker itself, and time by the clock.
    """

    memory_mb: int = 1024
    cpu_sec: int = 120
    wall_sec: int = 300


class WorkerLostError(Exception):
    """A worker has ended before its job did; ``over`` names the limit that it reached, if any."""

    def __init__(self, over: str = "") -> None:
        super().__init__(over or "lost")
        self.over = over


class CanceledError(Exception):
    """The job was canceled; raised in the worker from the job's own report of progress."""


def function_path(function: Callable[..., Any]) -> str:
    """How a request names a function of this package: its module and its name.

    Examples
    --------
    >>> function_path(function_path)
    'core.workers:function_path'
    """
    return f"{function.__module__}:{function.__qualname__}"


def find_function(path: str) -> Callable[..., Any]:
    """The function that a request names.

    Raises
    ------
    ValueError
        If it is no function of this package.
    """
    module, _, name = path.partition(":")
    if not module.startswith("core."):
        raise ValueError(f"{path!r} is no function of core")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"{path!r} is no function")
    called: Callable[..., Any] = found
    return called


def call(path: str, arguments: Iterable[Any], named: dict[str, Any], tell: Progress) -> Any:
    """Call a function of this package; it is given ``progress`` if it takes it."""
    function = find_function(path)
    if _takes_progress(function):
        return function(*arguments, **named, progress=tell)
    return function(*arguments, **named)


def _takes_progress(function: Callable[..., Any]) -> bool:
    try:
        return "progress" in inspect.signature(function).parameters
    except ValueError:  # written in C
        return False


def stays_here(function: Function) -> Function:
    """Mark a function that reads what only the server has: its folders, or its connections to databases."""
    function.__dict__[_STAYS] = True
    return function


def must_stay(function: Callable[..., Any]) -> bool:
    """Whether a function is marked by `stays_here`.

    Examples
    --------
    >>> must_stay(must_stay)
    False
    """
    return getattr(function, _STAYS, False) is True


def import_modules(names: Iterable[str]) -> None:
    """Import what later jobs will need; a job by itself."""
    for name in names:
        importlib.import_module(name)


class Worker:
    """A worker process, seen from the server. One thread at a time may call `run`; any may call the others."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        # A session of its own: what the worker has started (FFmpeg, FluidSynth) is stopped with it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.workers"],
            stdin=pipe,
            stdout=pipe,
            cwd=_ROOT,
            start_new_session=True,
            # One job at a time: more arenas would only keep more of what is freed.
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        )
        self._writing = threading.Lock()
        self._over = ""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(
        self, path: str, arguments: tuple[Any, ...], named: dict[str, Any], limits: Limits, tell: Progress
    ) -> bytes:
        """Run a job and wait for it.

        Returns
        -------
        bytes
            The result as `core.plain_data` writes it.

        Raises
        ------
        DashboardError
            Whatever the job raised for the visitor.
        CanceledError
            If it was canceled and said so.
        RuntimeError
            If it failed otherwise; the worker's traceback stands in the log.
        WorkerLostError
            If the process has ended.
        """
        return take_result(*self.ask(write_request(path, arguments, named, limits), tell))

    def ask(self, request: bytes, tell: Progress) -> tuple[str, Any]:
        """Have a request of `write_request` done and wait for it.

        Returns
        -------
        kind, content : str, object
            What came of it, for `take_result`.
        """
        self._over = ""
        output = self._process.stdout
        assert output is not None
        try:
            self._send(request)
            del request
            while True:
                kind, content = from_bytes(_read_frame(output))
                if kind == "done":
                    return kind, _read_frame(output)
                if kind != "progress":
                    return kind, content
                tell(*content)
        except (OSError, EOFError, ValueError):
            return "lost", self._over or self._name_limit()

    def _name_limit(self) -> str:
        """Why the process has ended, where a limit is the reason."""
        code = self._process.wait()
        return "cpu" if code == -getattr(signal, "SIGXCPU", 0) and code else ""

    def ask_to_stop(self) -> None:
        """Ask the job to stop at its next progress report."""
        with suppress(OSError, ValueError):
            self._send(to_bytes(None))

    def kill(self, over: str = "") -> None:
        """End the process and what it has started; ``over`` is the limit that the job has reached."""
        self._over = over
        if self.is_alive:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        self._process.wait()
        # Whoever still reads has met the end of the stream by now.
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    @property
    def memory_bytes(self) -> int:
        """What the process holds in memory; 0 where the system does not tell."""
        return memory_of(self.pid)

    def _send(self, message: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None
        with self._writing:
            _write_frame(stream, message)


def write_request(path: str, arguments: Iterable[Any], named: dict[str, Any], limits: Limits) -> bytes:
    """A job as a worker process reads it."""
    return to_bytes([path, arguments, named, limits.memory_mb, limits.cpu_sec])


def take_result(kind: str, content: Any) -> bytes:
    """The result in what `Worker.ask` returns; raises what `Worker.run` does where there is none."""
    if kind == "done":
        result: bytes = content
        return result
    if kind == "told":
        name, message = content
        known = getattr(errors, name, DashboardError)
        raise known(message)
    if kind == "memory":
        raise WorkerLostError("memory")
    if kind == "lost":
        raise WorkerLostError(content)
    if kind == "canceled":
        raise CanceledError
    raise RuntimeError(f"A job failed in its worker: {content}")


def _write_frame(stream: BinaryIO | Any, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _read_frame(stream: BinaryIO | Any) -> bytes:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    message: bytes = stream.read(length)
    if len(message) < length:
        raise EOFError
    return message


def serve() -> None:
    """Main loop of a worker process: run jobs until standard input ends."""
    _write_no_core()
    requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    stop = threading.Event()
    source = os.fdopen(os.dup(0), "rb")
    # A stray print of a library must not stand between the answers.
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_receive, args=(source, requests, stop), daemon=True).start()
    while (message := requests.get()) is not None:
        stop.clear()
        answer = _answer(message, target, stop)
        del message
        for part in answer:
            _write_frame(target, part)
        del answer, part
        give_memory_back()


def _write_no_core() -> None:
    """Disable core dumps: a visitor's photograph may be in memory."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(source: BinaryIO, requests: queue.SimpleQueue[bytes | None], stop: threading.Event) -> None:
    """Take requests, and the wish to stop, which is None, while a job runs."""
    nothing = to_bytes(None)
    try:
        while True:
            message = _read_frame(source)
            if message == nothing:
                stop.set()
            else:
                requests.put(message)
    except (EOFError, OSError):
        # The server has gone: nobody wants what is being made.
        os._exit(0)


def _answer(message: bytes, target: BinaryIO, stop: threading.Event) -> list[bytes]:
    """What is to be sent: what came of the job, and its result by itself."""

    def tell(share: float, stage: str) -> None:
        """Send how far the job is, unless it is to stop."""
        if stop.is_set():
            raise CanceledError
        _write_frame(target, to_bytes(["progress", [float(share), stage]]))

    try:
        path, arguments, named, memory_mb, cpu_sec = from_bytes(message)
        del message
        _limit(memory_mb, cpu_sec)
        result = call(path, arguments, named, tell)
        return [to_bytes(["done", None]), to_bytes(result)]
    except DashboardError as error:
        return [to_bytes(["told", [type(error).__name__, str(error)]])]
    except CanceledError:
        return [to_bytes(["canceled", None])]
    except MemoryError:
        return [to_bytes(["memory", None])]
    except Exception as error:
        # Whole in the log; the visitor reads a sentence.
        traceback.print_exc()
        return [to_bytes(["failed", type(error).__name__])]
    finally:
        _limit(_NO_LIMIT, _NO_LIMIT)


def _limit(memory_mb: int, cpu_sec: int) -> None:
    """Limit this process's resources from now on; without effect where the system has no such limits."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = resource.RLIM_INFINITY if cpu_sec < 0 else int(used.ru_utime + used.ru_stime) + 1 + cpu_sec
    memory = resource.RLIM_INFINITY if memory_mb < 0 else _address_space() + memory_mb * 2**20
    for kind, soft in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_AS, memory)):
        with suppress(OSError, ValueError):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def memory_of(pid: int) -> int:
    """Bytes that a process holds in memory; 0 where the system does not tell."""
    return _read_pages(f"/proc/{pid}/statm", 1)


def _address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not tell."""
    return _read_pages("/proc/self/statm", 0)


def _read_pages(path: str, column: int) -> int:
    try:
        pages = int(Path(path).read_text(encoding="ascii").split()[column])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_memory_back() -> None:
    """Let the C library return what it holds free to the system, where it knows how (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    serve()
