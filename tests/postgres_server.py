"""A PostgreSQL server of the tests' own: made in a temporary folder, reached on a free port of this machine, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "only-for-tests"  # noqa: S105 - of a server that lives for some seconds


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to reach the server."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """As SQLAlchemy and `st.connection` write it."""
        return f"postgresql://tester:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the owner; the rows of the last one, if it has any."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def find_programs() -> Path | None:
    """The folder of initdb and postgres, if PostgreSQL is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if os.name == "posix" else []
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def run_server(programs: Path) -> Iterator[Server]:
    """Start a server and stop it; as root, under another name, for PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="sonoscope-postgres-"))
    user = _find_user()
    process = None
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
            os.chown(secret, user.pw_uid, user.pw_gid)
        who: dict[str, Any] = (
            {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        )
        data = folder / "data"
        subprocess.run(
            f"{programs}/initdb -D {data} -U tester --pwfile {secret} -A scram-sha-256 -E UTF8 --no-sync --locale C".split(),
            check=True,
            capture_output=True,
            cwd=folder,
            **who,
        )
        port = _find_port()
        settings = [
            "fsync=off",
            "shared_buffers=32MB",
            f"unix_socket_directories={folder}",
            "max_connections=20",
        ]
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
            + [part for setting in settings for part in ("-c", setting)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **who,
        )
        server = Server(port=port, folder=folder)
        _wait_for(server, process)
        yield server
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _find_user() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no other user here.")


def _find_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    import time

    import psycopg

    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("The PostgreSQL server of the tests did not start.")
        try:
            psycopg.connect(server.url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise RuntimeError("The PostgreSQL server of the tests does not answer.")


@contextmanager
def serve(*statements: str) -> Iterator[Server]:
    """A server of this test run on which statements were run; skips the test where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: tests/system_packages.sh installs it.")
    with run_server(programs) as server:
        server.run(*statements)
        yield server
