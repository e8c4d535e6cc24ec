"""A rehearsal of Streamlit Community Cloud on this machine: an environment, an unprivileged user, the app, a visitor.

What Cloud does, as far as it is known: a clone of the repository that the app cannot write to, uv with requirements.txt
alone, ``streamlit run app.py`` without any option, two processors, 690 MB guaranteed.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINKS_FLAG = "--find-links "
START_SEC = 180.0
NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What uv has installed.

    Attributes
    ----------
    python : Path
    torch : str
        Where its wheel came from.
    seconds : float
    """

    python: Path
    torch: str
    seconds: float


def install(folder: Path) -> Environment:
    """An environment from requirements.txt alone, by uv, with the Python that runs the tests.

    PyTorch's page of links may be out of reach. Then torch comes from where pip finds its CPU build on this machine; and where
    there is none it is left out, for a CUDA build takes gigabytes and the app imports no torch.
    """
    began = time.perf_counter()
    requirements, torch, links = ROOT / "requirements.txt", "PyTorch's page", folder / "wheels"
    if not _is_reachable(requirements):
        torch = _fetch_torch(requirements, links)
        lines = requirements.read_text(encoding="utf-8").splitlines()
        kept = [
            line
            for line in lines
            if not line.startswith(LINKS_FLAG) and (links.exists() or not line.startswith("torch=="))
        ]
        requirements = folder / "requirements.txt"
        requirements.write_text("\n".join(kept) + "\n", encoding="utf-8")
    place = folder / "environment"
    base = Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name
    _run(*_uv(), "venv", "--quiet", "--python", base if base.exists() else sys.executable, place)
    found = ["--find-links", links] if links.exists() else []
    _run(*_uv(), "pip", "install", "--quiet", "--python", place / "bin/python", *found, "-r", requirements)
    return Environment(python=place / "bin/python", torch=torch, seconds=time.perf_counter() - began)


def _uv() -> tuple[str | Path, ...]:
    return sys.executable, "-m", "uv"


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, f"{' '.join(map(str, command[:6]))}: {done.stderr[-3000:]}"
    return done.stdout


def _is_reachable(requirements: Path) -> bool:
    first = requirements.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(LINKS_FLAG)
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(first.removeprefix(LINKS_FLAG), timeout=5) as answer,
    ):
        return bool(answer.status == 200)
    return False


def _fetch_torch(requirements: Path, links: Path) -> str:
    pin = next(
        line for line in requirements.read_text(encoding="utf-8").splitlines() if line.startswith("torch==")
    )
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    report = _run(*pip, "install", "--dry-run", "--ignore-installed", "--no-deps", "--report", "-", pin)
    (found,) = json.loads(report)["install"]
    if "+cpu" not in found["metadata"]["version"]:
        return "left out: only CUDA builds can be reached from here"
    _run(*pip, "download", "--no-deps", "--dest", links, pin)
    return "a wheel of this machine's pip, because PyTorch's page cannot be reached from here"


def measure_size(folder: Path) -> float:
    """Gigabytes of a folder by ``du``, which counts a file that has several names once."""
    return int(_run("du", "-sk", folder).split()[0]) / 1e6 * 1.024


@dataclass(frozen=True, kw_only=True)
class App:
    """The running app.

    Attributes
    ----------
    address : str
    pid : int
    log : Path
    confinement : str
        What keeps it from writing elsewhere than to its home and the folder of temporary files.
    """

    address: str
    pid: int
    log: Path
    confinement: str


@contextlib.contextmanager
def running(environment: Environment, folder: Path) -> Iterator[App]:
    """Run the app as Cloud does until the block ends: with an empty home, and a clone that it cannot write to."""
    home, log, checkout = folder / "home", folder / "app.log", _clone(folder / "checkout")
    home.mkdir()
    confinement, prefix = _confine(environment.python, checkout, home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Of what this machine has set up nothing goes along but the search path.
    environ = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    command = [*_two_processors(), *prefix, environment.python, "-m", "streamlit", "run", "app.py"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            list(map(str, command)), cwd=checkout, env=environ, stdout=told, stderr=told
        )
        try:
            address = f"http://localhost:{port}"
            _wait_until_healthy(process, address, log)
            yield App(address=address, pid=process.pid, log=log, confinement=confinement)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()


def _clone(folder: Path) -> Path:
    """The files of this checkout that the app has on Cloud, as they are now, for nobody to write to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.split("\0"):
        if name and not name.startswith(("tests/", "docs/", "training/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
            # What is compiled already goes along, with the same time of change: it saves every process its own compiling.
            compiled = Path(cache_from_source(str(ROOT / name))) if name.endswith(".py") else None
            if compiled is not None and compiled.is_file():
                (folder / name).parent.joinpath("__pycache__").mkdir(exist_ok=True)
                shutil.copy2(compiled, (folder / name).parent / "__pycache__" / compiled.name)
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


# In a namespace of its own: the folder of temporary files stays as it is, the clone and all else can only be read.
_READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount --bind "$2" "$2"
mount -o remount,bind,ro "$2"
mount -o remount,bind,ro /
shift 2
exec "$@"
"""


def _confine(python: Path, checkout: Path, home: Path) -> tuple[str, Sequence[str | Path]]:
    """How to run a program that cannot write to the clone, and the words for it.

    Whoever is not root cannot. Root becomes somebody without rights where that user can reach Python, or else gets a file
    system that can only be read.
    """
    if os.geteuid() != 0:
        return "an ordinary user", ()
    account, temporary = pwd.getpwnam(NOBODY), Path(tempfile.gettempdir())
    for folder in (checkout.parent, *checkout.parent.parents):
        if folder.is_relative_to(temporary) and folder != temporary:
            folder.chmod(folder.stat().st_mode | 0o011)  # pytest's are for their owner alone
    as_nobody = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    read_only = ("unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", temporary, checkout)
    if _can_run(*as_nobody, python):
        shutil.chown(home, NOBODY)
        return f"the user {NOBODY}", as_nobody
    if _can_run(*read_only, python):
        return "a file system that can only be read", read_only
    return "", ()


def _can_run(*command: str | Path) -> bool:
    """Whether a Python runs there, and can start another, as the app's workers are."""
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    done = subprocess.run([*map(str, command), "-c", code], capture_output=True, cwd="/")
    return done.returncode == 0


def can_write(environment: Environment, folder: Path) -> bool:
    """Whether the app could write to its clone; asked in the same confinement."""
    _, prefix = _confine(environment.python, folder / "checkout", folder / "home")
    code = "open('written', 'w')"
    command = [*map(str, prefix), str(environment.python), "-c", code]
    return subprocess.run(command, cwd=folder / "checkout", capture_output=True).returncode == 0


def _two_processors() -> Sequence[str]:
    allowed = sorted(os.sched_getaffinity(0))[:2]
    return ("taskset", "--cpu-list", ",".join(map(str, allowed)))


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + START_SEC
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
            return
        time.sleep(0.2)
    raise AssertionError(f"The app did not start:\n{log.read_text(errors='replace')[-3000:]}")
