"""Memory of a family of processes while they work: the most that all hold at once, and which holds it."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.limits import MEGABYTE

# Pages are counted once each only where the resident sizes come near the most so far.
_WORTH = 0.9


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a family holds at one time.

    Attributes
    ----------
    pss_mb : float
        Proportional set size: a page that several processes share counts once. It is what a container is charged for.
    rss_mb : float
        Resident set size: a shared page counts once a process.
    each : tuple of str
        Name and PSS of every process, the largest first.
    """

    pss_mb: float = 0.0
    rss_mb: float = 0.0
    each: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.pss_mb:.0f} MB, each page once ({', '.join(self.each)}); {self.rss_mb:.0f} MB resident"


def list_family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def measure_rss_mb(family: list[psutil.Process]) -> float:
    """Resident sizes added up, which costs little."""
    total = 0.0
    for process in family:
        with contextlib.suppress(psutil.Error):  # It may have ended meanwhile.
            total += process.memory_info().rss / MEGABYTE
    return total


def read_moment(family: list[psutil.Process]) -> Moment:
    """What a family holds now, each page once: the system goes through all of them, which takes milliseconds."""
    found: list[tuple[float, str]] = []
    for process in family:
        with contextlib.suppress(psutil.Error, OSError):
            name = "server" if process is family[0] else _name(process)
            found.append((_read_pss_mb(process.pid), name))
    return Moment(
        pss_mb=sum(pss for pss, _ in found),
        rss_mb=measure_rss_mb(family),
        each=tuple(f"{name} {pss:.0f}" for pss, name in sorted(found, reverse=True)),
    )


def _name(process: psutil.Process) -> str:
    return "worker" if "core.workers" in process.cmdline() else process.name()


def _read_pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


class MemoryWatch:
    """Looks at a family of processes several times a second and keeps the most of each stage.

    Parameters
    ----------
    pid : int
    every_sec : float

    Attributes
    ----------
    most_rss_mb : float
        The largest sum of resident sizes.
    """

    def __init__(self, pid: int, every_sec: float = 0.15) -> None:
        self._pid, self._every_sec = pid, every_sec
        self._most: dict[str, Moment] = {}
        self.most_rss_mb = 0.0
        self._stage = "start"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *trouble: object) -> None:
        """Watch no longer."""
        self._ended.set()
        self._thread.join()

    def begin(self, stage: str) -> None:
        """What is seen from now on belongs to another stage."""
        self._stage = stage

    @property
    def stages(self) -> dict[str, Moment]:
        """The moment of each stage at which the family held the most."""
        return dict(self._most)

    @property
    def most(self) -> Moment:
        """The moment at which the family held the most."""
        return max(self._most.values(), key=lambda moment: moment.pss_mb, default=Moment())

    def _watch(self) -> None:
        while not self._ended.wait(self._every_sec):
            family, stage = list_family(self._pid), self._stage
            rss_mb, most = measure_rss_mb(family), self._most.get(stage, Moment())
            self.most_rss_mb = max(self.most_rss_mb, rss_mb)
            if rss_mb > _WORTH * most.rss_mb:
                moment = read_moment(family)
                self.most_rss_mb = max(self.most_rss_mb, moment.rss_mb)
                if moment.pss_mb > most.pss_mb:
                    self._most[stage] = moment
