"""Replica benchmark: several app processes behind Caddy, one killed while visitors look.

python -m benchmarks.replicas                                  # 3 replicas, 30 visitors
python -m benchmarks.replicas --replicas 3 --visitors 30 --seconds 60

Needs Caddy (Debian: apt-get install caddy) and uses deploy/Caddyfile, the same file as compose.yaml. A visitor sends what a
browser sends: first the page, whose answer sets the cookie of his replica, then the WebSocket and what the page names by an
address. Half-way one replica is killed (SIGKILL): its visitors reload their link. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from benchmarks.visitors import Look, Visitor

ROOT = Path(__file__).parents[1]
COOKIE, SECRET = "sonoscope_replica", "not a secret"
START_SEC = 120.0
# Runs the app as "streamlit run" does, but without preparing the default results of every page: that alone takes each
# replica twenty seconds of a processor, and here nobody measures first visits.
_PLAIN_START = (
    "from pages.components.shared import warm_up; warm_up.PAGES = ();"
    "from streamlit.web.cli import main; main(prog_name='streamlit')"
)


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Replicas:
    """App processes behind one Caddy; a context manager.

    Attributes
    ----------
    address : str
        Of the proxy.
    ports : list of int
        Of the replicas.
    """

    def __init__(self, n: int) -> None:
        self.address = ""
        self.ports: list[int] = []
        self._n = n
        self._apps: list[subprocess.Popen[bytes]] = []
        self._logs: dict[int, IO[bytes]] = {}
        self._running = ExitStack()

    def __enter__(self) -> Replicas:
        caddy = shutil.which("caddy")
        if caddy is None:
            raise FileNotFoundError("Caddy is missing. Install it (Debian: apt-get install caddy).")
        *self.ports, port = find_ports(self._n + 1)
        self.address = f"http://localhost:{port}"
        with self._running:
            for own in self.ports:
                command = [sys.executable, "-c", _PLAIN_START, "run", "served_app.py"]
                options = ["--server.headless=true", f"--server.port={own}", "--server.address=127.0.0.1"]
                self._apps.append(self._start([*command, *options], {}))
            home = self._running.enter_context(tempfile.TemporaryDirectory())
            settings = {
                "SONOSCOPE_SITE": self.address,
                "SONOSCOPE_REPLICAS": " ".join(self.addresses),
                "SONOSCOPE_SECRET": SECRET,
                "XDG_DATA_HOME": home,
                "XDG_CONFIG_HOME": home,
            }
            config = str(ROOT / "deploy" / "Caddyfile")
            proxy = self._start([caddy, "run", "--adapter", "caddyfile", "--config", config], settings)
            for process, address in zip(self._apps, self.addresses, strict=True):
                self._wait_until_healthy(process, f"http://{address}")
            self._wait_until_healthy(proxy, self.address)
            self._running = self._running.pop_all()
        return self

    def __exit__(self, *trouble: object) -> None:
        self._running.close()

    @property
    def addresses(self) -> list[str]:
        """What the proxy is told, and what cookies are made of."""
        return [f"127.0.0.1:{port}" for port in self.ports]

    def name_of(self, cookie: str) -> int:
        """Number of the replica that a cookie belongs to."""
        return [sign(address) for address in self.addresses].index(cookie)

    def kill(self, n: int) -> None:
        """End a replica as a machine without power would."""
        self._apps[n].send_signal(signal.SIGKILL)
        self._apps[n].wait()

    def _start(self, command: list[str], settings: dict[str, str]) -> subprocess.Popen[bytes]:
        log = self._running.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack is the context
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=log, stderr=subprocess.STDOUT
        )
        self._logs[process.pid] = log
        self._running.callback(_stop, process)
        return process

    def _wait_until_healthy(self, process: subprocess.Popen[bytes], address: str) -> None:
        end = time.monotonic() + START_SEC
        while time.monotonic() < end and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=10):  # noqa: S310
                return
            time.sleep(0.1)
        log = self._logs[process.pid]
        log.seek(0)
        raise RuntimeError(f"{address} does not answer:\n{log.read().decode(errors='replace')[-2000:]}")


class Browser(Visitor):
    """A visitor with cookies.

    Parameters
    ----------
    address : str
        Of the proxy.
    link : str
        Page and settings, such as "sonify_data?sonify.key=D".

    Attributes
    ----------
    cookies : dict of str to str
    refused : set of str
        Cookies that he does not send back.
    """

    def __init__(self, address: str, link: str) -> None:
        super().__init__(address)
        self.cookies: dict[str, str] = {}
        self.refused: set[str] = set()
        self._page, _, self._query = link.partition("?")

    async def load(self) -> Look:
        """Open the link, or reload it: the page itself, then a new session."""
        await self.leave()
        self._line = None
        try:
            answer = await asyncio.to_thread(self.ask, "GET", f"/{self._page}")
            await asyncio.to_thread(self.ask, "GET", "/_stcore/health")  # brings the token for uploads
        except OSError as trouble:
            return Look(page=self._page, is_fresh=False, told=[repr(trouble)])
        if answer.status != 200:
            return Look(page=self._page, is_fresh=False, told=[f"status {answer.status}"])
        return await self.look()

    async def look(self) -> Look:
        """Look at the page once more, in the session that there is."""
        try:
            return await self.open_page(self._page, self._query)
        except urllib.error.HTTPError as refused:
            return Look(page=self._page, is_fresh=False, told=[f"{refused.code}: {refused.url}"])

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Ask as the browser would, and keep the cookies of the answer."""
        host = self._address.partition("//")[2]
        line = http.client.HTTPConnection(host, timeout=30)
        try:
            line.request(method, path, body or None, headers={**self.headers, **headers})
            got = line.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            line.close()
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self.take_cookie(name, value)
        return answer

    def take_cookie(self, name: str, value: str) -> None:
        """Keep a cookie, and send it from now on unless it is refused."""
        self.cookies[name] = value
        kept = {each: text for each, text in self.cookies.items() if each not in self.refused}
        self.headers["Cookie"] = "; ".join(f"{each}={text}" for each, text in kept.items())

    def upload(self, data: bytes, *, method: str = "PUT") -> int:
        """Upload a file into the session, or remove it; the status of the answer."""
        token = self.cookies.get("_streamlit_xsrf", "")
        path = f"/_stcore/upload_file/{self.session_id}/a-file"
        form = (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
            + data
            + b"\r\n--x--\r\n"
        )
        more = {"X-Xsrftoken": token, "Content-Type": "multipart/form-data; boundary=x"}
        return self.ask(method, path, form if method == "PUT" else b"", **more).status


def find_ports(n: int) -> list[int]:
    """Free ports of this machine, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(n)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def sign(address: str) -> str:
    """What Caddy writes into the cookie for a replica."""
    return hmac.new(SECRET.encode(), address.encode(), hashlib.sha256).hexdigest()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()


@dataclass(kw_only=True)
class Outcome:
    """What became of the visitors when a replica was killed.

    Attributes
    ----------
    n_of_killed, n_of_others : int
        Visitors of the replica that was killed, and of the others.
    looks_of_others, failed_of_others : int
        Their looks after the kill.
    recovered : int
        Visitors of the killed replica who found their page as it was when they reloaded their link.
    told : list of str
        What visitors read or what failed.
    """

    n_of_killed: int = 0
    n_of_others: int = 0
    looks_of_others: int = 0
    failed_of_others: int = 0
    recovered: int = 0
    slowest_reload_sec: float = 0.0
    told: list[str] = field(default_factory=list)


async def kill_one(replicas: Replicas, visitors: list[Browser], looks_after: int, pause: float) -> Outcome:
    """Let visitors look, kill the replica of the first of them, and count what happens then."""
    outcome = Outcome()
    for n, each in enumerate(visitors):  # as many visitors at each
        each.take_cookie(COOKIE, sign(replicas.addresses[n % len(replicas.addresses)]))
    before = {id(each): await each.load() for each in visitors}
    outcome.told += [text for look in before.values() for text in look.told]
    victim = replicas.name_of(visitors[0].cookies[COOKIE])
    lost = [each for each in visitors if replicas.name_of(each.cookies[COOKIE]) == victim]
    others = [each for each in visitors if each not in lost]
    outcome.n_of_killed, outcome.n_of_others = len(lost), len(others)

    def is_same(visitor: Browser, look: Look) -> bool:
        outcome.told += look.told
        sounds = find_contents(before[id(visitor)])
        return look.seconds is not None and not look.told and bool(sounds) and find_contents(look) == sounds

    async def go_on(visitor: Browser) -> None:
        for _ in range(looks_after):
            is_well = is_same(visitor, await visitor.look())
            outcome.looks_of_others += 1
            outcome.failed_of_others += not is_well
            await asyncio.sleep(pause)

    async def reload(visitor: Browser) -> None:
        began = time.monotonic()
        is_well = is_same(visitor, await visitor.load())
        outcome.recovered += is_well
        outcome.slowest_reload_sec = max(outcome.slowest_reload_sec, round(time.monotonic() - began, 2))

    looking = [asyncio.create_task(go_on(each)) for each in others]
    await asyncio.sleep(pause / 2)  # so that some look while it is killed
    await asyncio.to_thread(replicas.kill, victim)
    await asyncio.gather(*looking, *(reload(each) for each in lost))
    for each in visitors:
        await each.leave()
    return outcome


def find_contents(look: Look) -> set[str]:
    """Addresses of sounds and scripts, which are made of the hash of their content; messages differ by session."""
    return {path for path in look.named if not path.endswith(".bin")}


def make_links(n: int) -> list[str]:
    """Links to a page with settings, no two of which sound alike.

    Examples
    --------
    >>> make_links(1)
    ['sonify_data?sonify.key=C&sonify.duration=10']
    """
    keys = "CDEFGAB"
    return [f"sonify_data?sonify.key={keys[i % 7]}&sonify.duration={10 + i // 7}" for i in range(n)]


def main() -> None:
    """Print what became of the visitors, as JSON; fail where one was lost."""
    parser = argparse.ArgumentParser(prog="benchmarks.replicas", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    with Replicas(asked.replicas) as replicas:
        visitors = [Browser(replicas.address, link) for link in make_links(asked.visitors)]
        outcome = asyncio.run(kill_one(replicas, visitors, round(asked.seconds / 2), 2.0))
    print(json.dumps({"replicas": asked.replicas, "visitors": asked.visitors, **vars(outcome)}))
    if outcome.failed_of_others or outcome.recovered < outcome.n_of_killed:
        sys.exit(1)


if __name__ == "__main__":
    main()
