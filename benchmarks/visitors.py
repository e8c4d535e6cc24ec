"""Load benchmark: response times, messages, memory and CPU time of a running app under many visitors.

python -m benchmarks.visitors                      # everything but the hour
python -m benchmarks.visitors crowd --browse 50 --compose 10 --seconds 180 --pause 10 30
python -m benchmarks.visitors growth --minutes 60

Browsing visitors open the pages as they stand; composing visitors ask each time for something that nobody has asked for.
No browser is needed: a visitor sends what a browser sends and takes what it would be sent, sounds and scripts that a page
names by their address among it. Prints one JSON line a part.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import re
import signal
import statistics
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.page_speed import start_server

MEGABYTE = 2**20
PAGES = ("", "sonify_data", "folk_generator", "emotion_music", "extrapolate", "audio_viz")
FRESH = {
    "sonify_data": "sonify.mode=melody&sonify.seed={}",
    "folk_generator": "folk.seed={}",
    "emotion_music": "emotion.seed={}",
    "extrapolate": "extrapolate.seed={}",
}
TIMEOUT_SEC = 180.0
AFTER_SEC, BURNING_SEC = 30.0, 10.0
# What a page names by its address, such as a sound in the media folder.
_ADDRESS = re.compile(rb"/media/[0-9a-f]{32,}\.[a-z0-9]+")
_WARM_UP_SEC = 20.0
_SPARE_SOUND = re.compile(rb'"url":"/media/[^"]+"(?=,"small":"/media/)')
_SPARE_SCORE = re.compile(rb'"url":"/media/[^"]+"(?=,"notes":.*?"url":"/media/[^"]+","notes":)')
# A job that takes long enough to be ended in its middle.
_LONG_JOB = ("emotion_music", "emotion.seed=77&emotion.seconds=180")


@dataclass(kw_only=True)
class Look:
    """One look at a page.

    Attributes
    ----------
    page : str
    is_fresh : bool
        Whether something was asked for that nobody had.
    seconds : float or None
        From asking to the end of the script's run; None where it failed.
    sent, fetched : int
        Bytes of the messages, and of what they name by an address that this visitor had not fetched before.
    named : set of str
        Addresses of large messages, sounds, pictures and scripts that the page names. Each is made of its content's hash.
    told : list of str
        Alerts and exceptions.
    """

    page: str
    is_fresh: bool
    seconds: float | None = None
    sent: int = 0
    fetched: int = 0
    named: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)


class Visitor:
    """A simulated browser session with its message cache.

    Attributes
    ----------
    headers : dict of str to str
        Sent with each request, such as the browser's cookies.
    session_id : str
        The server's name of the session; empty before the first look.
    """

    def __init__(self, address: str) -> None:
        self.headers: dict[str, str] = {}
        self.session_id = ""
        self._address = address
        self._line: Any = None
        self._cache: set[str] = set()
        self._large: dict[str, set[str]] = {}

    async def open_page(self, page: str, query: str = "", *, is_fresh: bool = False) -> Look:
        """Ask for a page and take all that comes until it stands."""
        look = Look(page=page, is_fresh=is_fresh)
        try:
            if self._line is None:
                self._line = await self._connect()
            began = time.monotonic()
            named = await self._take_messages(look, query)
            look.seconds = time.monotonic() - began
            look.named = self._follow(named)
            while missing := sorted(look.named - self._cache):
                for path in missing:
                    size, body = await asyncio.to_thread(_fetch, self._address + path, self.headers)
                    look.fetched += size
                    self._cache.add(path)
                    if path.endswith(".bin"):  # a large message
                        self._large[path] = _find_addresses(body)
                look.named = self._follow(look.named)
        except (OSError, TimeoutError, websockets.WebSocketException) as trouble:
            look.seconds = None
            look.told.append(repr(trouble)[:160])
            self._line = None
        return look

    async def leave(self) -> None:
        """Close the page."""
        if self._line is not None:
            await self._line.close()

    def _follow(self, named: set[str]) -> set[str]:
        """Addresses, and what large messages among them name."""
        return named.union(*(self._large.get(path, set()) for path in named))

    async def _connect(self) -> Any:
        return await websockets.connect(
            self._address.replace("http", "ws") + "/_stcore/stream",
            subprotocols=[websockets.Subprotocol(name) for name in ("streamlit", "visitor", "visitor")],
            origin=websockets.Origin(self._address),
            additional_headers=self.headers,
            max_size=2**29,
            open_timeout=60,
            ping_interval=None,
        )

    async def _take_messages(self, look: Look, query: str) -> set[str]:
        ask = BackMsg()
        ask.rerun_script.query_string = query
        ask.rerun_script.page_name = look.page
        await self._line.send(ask.SerializeToString())
        named: set[str] = set()
        while True:
            packet = await asyncio.wait_for(self._line.recv(), TIMEOUT_SEC)
            if isinstance(packet, str):
                continue
            look.sent += len(packet)
            named |= _find_addresses(packet)
            told = ForwardMsg()
            told.ParseFromString(packet)
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self.session_id = told.new_session.initialize.session_id
            if kind == "delta" and told.delta.WhichOneof("type") == "new_element":
                look.told += _read_alert(told.delta.new_element)
            if kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return named


def _read_alert(element: Any) -> list[str]:
    kind = element.WhichOneof("type")
    if kind == "exception":
        return [f"exception: {element.exception.message[:160]}"]
    # What asks for nothing is no trouble.
    if kind == "alert" and element.alert.format != element.alert.INFO:
        return [f"alert: {element.alert.body[:160]}"]
    return []


def _find_addresses(message: bytes) -> set[str]:
    """What a browser fetches of what a message names: of a sound as FLAC and as Opus the Opus, of several scores one."""
    message = _SPARE_SOUND.sub(b"", message)
    message = _SPARE_SCORE.sub(b"", message)
    return {match.decode() for match in _ADDRESS.findall(message)}


def _fetch(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Bytes on their way, and the content."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", **headers})  # noqa: S310  # our own address
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        body = answer.read()
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return len(body), gzip.decompress(body) if is_packed else body


class Server:
    """The running app; memory and CPU time include its worker processes."""

    def __init__(self) -> None:
        self._process, self.address, self.start_sec = start_server()
        self.address = self.address.replace("127.0.0.1", "localhost")
        self.most_mb, self.most_of_server_mb = 0.0, 0.0
        self._watching: asyncio.Task[None] | None = None

    def memory_mb(self) -> float:
        """Resident memory of the family."""
        total = 0.0
        for one in self._family():
            with suppress(psutil.Error):
                total += one.memory_info().rss / MEGABYTE
        return total

    def cpu_sec(self) -> float:
        """Processor time of the family so far."""
        total = 0.0
        for one in self._family():
            with suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system
        return total

    def workers(self) -> list[psutil.Process]:
        """The processes in which jobs run."""
        return [one for one in self._family()[1:] if any("core.workers" in part for part in one.cmdline())]

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    async def watch(self) -> None:
        """Remember the most memory, asked for four times a second."""
        while True:
            total = self.memory_mb()
            if total > self.most_mb:
                own = psutil.Process(self._process.pid).memory_info().rss / MEGABYTE
                self.most_mb, self.most_of_server_mb = total, own
            await asyncio.sleep(0.25)

    async def __aenter__(self) -> Server:
        """Begin to watch."""
        self._watching = asyncio.create_task(self.watch())
        return self

    async def __aexit__(self, *trouble: object) -> None:
        """Stop the app."""
        if self._watching is not None:
            self._watching.cancel()
        self._process.terminate()
        with suppress(Exception):
            self._process.wait(10)
        self._process.kill()


async def visit(
    server: Server, number: int, *, is_fresh: bool, until: float, pause: tuple[float, float], seen: list[Look]
) -> None:
    """One visitor: pages in any order, with pauses as people make them."""
    luck = random.Random(number)  # noqa: S311  # not for secrets
    await asyncio.sleep(luck.uniform(0, pause[1]))
    visitor = Visitor(server.address)
    while time.monotonic() < until:
        page = luck.choice(tuple(FRESH) if is_fresh else PAGES)
        query = FRESH[page].format(luck.randrange(10**6)) if is_fresh else ""
        seen.append(await visitor.open_page(page, query, is_fresh=is_fresh))
        await asyncio.sleep(luck.uniform(*pause))
    await visitor.leave()


async def measure_crowd(
    browse: int, compose: int, seconds: float, pause: tuple[float, float]
) -> dict[str, Any]:
    """Waits, failures, memory and processor time with many visitors at once."""
    async with Server() as server:
        seen: list[Look] = []
        start_mb, until = server.memory_mb(), time.monotonic() + seconds
        used = server.cpu_sec()
        await asyncio.gather(
            *(visit(server, n, is_fresh=False, until=until, pause=pause, seen=seen) for n in range(browse)),
            *(
                visit(server, 10_000 + n, is_fresh=True, until=until, pause=pause, seen=seen)
                for n in range(compose)
            ),
        )
        used = server.cpu_sec() - used
        await asyncio.sleep(AFTER_SEC)
        after_mb, burned = server.memory_mb(), server.cpu_sec()
        await asyncio.sleep(BURNING_SEC)
        return {
            "browse": summarize(look for look in seen if not look.is_fresh),
            "compose": summarize(look for look in seen if look.is_fresh),
            "failed": sum(look.seconds is None for look in seen),
            "told": sorted({text for look in seen for text in look.told})[:5],
            "memory_mb": {
                "start": round(start_mb),
                "most": round(server.most_mb),
                "of this the server's own process": round(server.most_of_server_mb),
                "30 s after": round(after_mb),
            },
            "cpu_share": round(used / seconds, 2),
            "cpu_share_after": round((server.cpu_sec() - burned) / BURNING_SEC, 3),
        }


def summarize(looks: Any) -> dict[str, Any]:
    """Number, median, 95th percentile and longest wait of each page and of all."""
    waits: dict[str, list[float]] = {}
    for look in looks:
        if look.seconds is not None:
            for name in (look.page or "home", "all"):
                waits.setdefault(name, []).append(look.seconds)
    return {
        name: {
            "n": len(times),
            "median": round(statistics.median(times), 2),
            "p95": round(sorted(times)[min(len(times) - 1, int(0.95 * len(times)))], 2),
            "longest": round(max(times), 2),
        }
        for name, times in sorted(waits.items())
    }


async def measure_cold(repeats: int = 3) -> dict[str, Any]:
    """Seconds of the first look at each page on a server that has just started: median and longest of some."""
    found: dict[str, list[float]] = {}
    for _ in range(repeats):
        for page in PAGES:
            async with Server() as server:
                look = await Visitor(server.address).open_page(page)
                found.setdefault(page or "home", []).append(look.seconds or TIMEOUT_SEC)
    return {
        page: {"median": round(statistics.median(times), 2), "longest": round(max(times), 2)}
        for page, times in found.items()
    }


async def measure_looks() -> dict[str, Any]:
    """Megabytes of the first and of the second look at each page, sounds and scripts by address among them."""
    found = {}
    async with Server() as server:
        visitor = Visitor(server.address)
        for page in PAGES:
            first = await visitor.open_page(page)
            second = await visitor.open_page(page)
            found[page or "home"] = {
                "first": {
                    "messages": round(first.sent / MEGABYTE, 3),
                    "all": round((first.sent + first.fetched) / MEGABYTE, 3),
                },
                "second": round((second.sent + second.fetched) / MEGABYTE, 3),
            }
            if page == "":
                await asyncio.sleep(2.0)
    return found


async def measure_killed() -> dict[str, Any]:
    """A worker is killed in the middle of a job: what its visitor reads, whether others notice, and the second try."""
    async with Server() as server:
        await Visitor(server.address).open_page("folk_generator")
        # Until the server has warmed up, its own jobs are not to be mistaken for the visitor's.
        await asyncio.sleep(_WARM_UP_SEC)
        victim, other = Visitor(server.address), Visitor(server.address)
        asked = asyncio.create_task(victim.open_page(*_LONG_JOB, is_fresh=True))
        killed = 0
        while not killed and not asked.done():
            await asyncio.sleep(0.05)
            busy = [worker for worker in server.workers() if _is_busy(worker)]
            if busy:
                killed = busy[0].pid
                os.kill(killed, signal.SIGKILL)
        beside = await other.open_page("folk_generator", "folk.seed=77", is_fresh=True)
        read = await asked
        again = await victim.open_page(*_LONG_JOB, is_fresh=True)
        return {
            "killed": killed > 0,
            "read": read.told,
            "other": {"seconds": beside.seconds, "told": beside.told},
            "again": {"seconds": again.seconds, "told": again.told},
        }


def _is_busy(worker: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(worker.cpu_percent(0.05) > 50)
    return False


async def measure_growth(n_visitors: int, minutes: float) -> dict[str, Any]:
    """Memory at minute 10, or a sixth of the time, and at the end, while visitors come and go as before."""
    pause, seconds = (10.0, 30.0), 60 * minutes
    early = min(600.0, seconds / 6)
    async with Server() as server:
        seen: list[Look] = []
        until = time.monotonic() + seconds
        n_composing = max(1, n_visitors // 6)
        marks: dict[str, float] = {}

        async def mark(name: str, wait: float) -> None:
            await asyncio.sleep(wait)
            marks[name] = statistics.median([await _sample(server) for _ in range(20)])

        await asyncio.gather(
            *(
                visit(server, n, is_fresh=n < n_composing, until=until, pause=pause, seen=seen)
                for n in range(n_visitors)
            ),
            mark("early", early),
            mark("late", seconds - 25),
        )
        return {
            "minutes": {"early": round(early / 60, 1), "late": round(seconds / 60, 1)},
            "memory_mb": {name: round(value) for name, value in marks.items()},
            "growth": round(marks["late"] / marks["early"] - 1, 3),
            "looks": len(seen),
            "failed": sum(look.seconds is None for look in seen),
        }


async def _sample(server: Server) -> float:
    await asyncio.sleep(1.0)
    return server.memory_mb()


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.visitors", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "part", nargs="*", choices=["crowd", "quick", "cold", "looks", "killed", "growth", []]
    )
    parser.add_argument("--browse", type=int, default=50)
    parser.add_argument("--compose", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--pause", type=float, nargs=2, default=(10.0, 30.0))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--visitors", type=int, default=20)
    asked = parser.parse_args()
    parts: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        "looks": measure_looks,
        "cold": measure_cold,
        "killed": measure_killed,
        "quick": lambda: measure_crowd(8, 2, 90.0, (2.0, 6.0)),
        "crowd": lambda: measure_crowd(asked.browse, asked.compose, asked.seconds, tuple(asked.pause)),
        "growth": lambda: measure_growth(asked.visitors, asked.minutes),
    }

    async def run() -> None:
        for name in asked.part or [name for name in parts if name != "growth"]:
            print(json.dumps({"part": name, **await parts[name]()}), flush=True)

    asyncio.run(run())


if __name__ == "__main__":
    main()
