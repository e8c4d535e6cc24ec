"""deploy/Caddyfile behind another proxy and without any replica; servers of a few lines stand for the replicas."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.replicas import find_ports

CADDY = shutil.which("caddy")
if CADDY is None:
    pytest.skip("Caddy is missing (Debian: apt-get install caddy)", allow_module_level=True)

ROOT = Path(__file__).parents[2]
SOUND = "/media/sound.flac"


class Replica(BaseHTTPRequestHandler):
    """Answers with its own port and with what the proxy told it of the visitor."""

    def do_GET(self) -> None:
        told = [self.headers.get(name, "") for name in ("X-Forwarded-Proto", "X-Forwarded-For")]
        body = "\n".join([str(self.connection.getsockname()[1]), *told]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(n_replicas: int, home: Path) -> Iterator[int]:
    """The port of Caddy before so many replicas."""
    with ExitStack() as running:
        addresses = []
        for _ in range(n_replicas):
            server = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Replica))
            running.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            addresses.append(f"127.0.0.1:{server.server_address[1]}")
        port, nobody = find_ports(2)
        # As shipped, but a replica is waited for less long.
        shipped = (ROOT / "deploy" / "Caddyfile").read_text()
        assert "lb_try_duration 5s" in shipped
        (home / "Caddyfile").write_text(shipped.replace("lb_try_duration 5s", "lb_try_duration 500ms"))
        settings = {
            "SONOSCOPE_SITE": f":{port}",
            "SONOSCOPE_REPLICAS": " ".join(addresses or [f"127.0.0.1:{nobody}"]),
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
        }
        proxy = subprocess.Popen(
            [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.callback(proxy.wait, 10)
        running.callback(proxy.terminate)
        end = time.monotonic() + 30
        while time.monotonic() < end and proxy.poll() is None:
            with suppress(OSError):
                ask(port, "/_stcore/metrics")
                break
            time.sleep(0.05)
        yield port


def ask(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, list[str]]:
    """Status, headers and lines of an answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode().splitlines()
    finally:
        line.close()


def test_behind_a_proxy_of_this_machine_visitors_keep_their_protocol_address_and_replica(
    tmp_path: Path,
) -> None:
    with serve(3, tmp_path) as port:
        given: dict[str, str] = {}
        for visitor in (f"192.0.2.{n}" for n in range(24)):
            for _ in range(2):
                behind = {"X_Forwarded_For": visitor, "X_Forwarded_Proto": "https"}
                status, _, (replica, protocol, forwarded) = ask(port, SOUND, **behind)
                assert (status, protocol, forwarded) == (200, "https", f"{visitor}, 127.0.0.1")
                assert given.setdefault(visitor, replica) == replica
        assert len(set(given.values())) == 3
        # Without a proxy the visitor's own address counts.
        assert len({ask(port, SOUND)[2][0] for _ in range(5)}) == 1
        assert ask(port, "/")[2][1:] == ["http", "127.0.0.1"]


def test_while_no_replica_answers_the_visitor_is_told_what_to_do(tmp_path: Path) -> None:
    with serve(0, tmp_path) as port:
        status, headers, lines = ask(port, "/sonify_data")
    assert (status, lines) == (503, ["Sonoscope is starting. Reload this page in a minute."])
    assert headers["Retry-After"] == "60"
