"""Connection to a Dask scheduler: found, watched and found again by a thread of its own, so that no page waits for it."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any
from uuid import uuid4

from core.cluster.remote_worker import ClusterLostError, RemoteWorker
from core.errors import InputError, plural
from core.worker_pool import Lane

INSTALL = "pip install -r requirements-cluster.txt"
_ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx)://)?([\w.-]+|\[[0-9a-fA-F:.%\w]+\]):\d{1,5}/?")
_CONNECT_SEC = 5.0
_AGAIN_SEC = 5.0
_TICK_SEC = 1.0
_MOST_FAILED = 5  # questions in a row that a scheduler may leave without an answer
# Films take minutes of a processor: they leave three quarters of the cluster to what is awaited on a page.
_FILM_SHARE = 4


def check_address(address: str) -> None:
    """Refuse what cannot be the address of a scheduler.

    Raises
    ------
    InputError

    Examples
    --------
    >>> check_address("tls://[fe80::1]:8786"), check_address("scheduler:8786")
    (None, None)
    >>> check_address("http://10.0.0.5:8787")
    Traceback (most recent call last):
    core.errors.InputError: A scheduler's address looks like tcp://10.0.0.5:8786, not http://10.0.0.5:8787.
    """
    if not _ADDRESS.fullmatch(address):
        raise InputError(f"A scheduler's address looks like tcp://10.0.0.5:8786, not {address:.80}.")


def connect(address: str, timeout_sec: float, loop: Any = None) -> Any:
    """A client of a scheduler.

    Parameters
    ----------
    address : str
        Such as ``"tcp://10.0.0.5:8786"``, or ``"tls://…"`` with certificates in Dask's own configuration.
    timeout_sec : float
    loop : tornado.ioloop.IOLoop, optional
        That runs the client; a thread of its own if not given.

    Raises
    ------
    InputError
        If it is no address, does not answer, or Dask is not installed.
    """
    check_address(address)
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise InputError(f"Dask is not installed here. Run {INSTALL}, or leave the scheduler out.") from error
    # Requests carry uploads, and are not graphs that could be written more briefly.
    import_module("dask").config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"})
    # A lost scheduler is told by whoever has asked for it, in a sentence.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return distributed.Client(address, timeout=timeout_sec, loop=loop)
    except (OSError, ValueError) as error:
        raise InputError(
            f"No Dask scheduler answers at {address}. Start one with “dask scheduler” and give the address that it prints."
        ) from error


class Cluster:
    """The workers of a scheduler, as many as fit this installation; none while it is away.

    Parameters
    ----------
    address : str
    report : callable
        Gets a sentence when the scheduler is found or lost, and on each worker that is passed over.

    Examples
    --------
    >>> cluster = Cluster("tcp://127.0.0.1:9", report=print)
    >>> cluster.n_places, cluster.is_away
    (0, False)
    """

    def __init__(self, address: str, report: Callable[[str], None]) -> None:
        self.address = address
        self._report = report
        self._on_change: Callable[[], None] = lambda: None
        self._topic = f"sonoscope-{uuid4().hex}"
        self._lock = threading.Condition()
        self._client: Any = None
        self._loop: Any = None
        self._scheduler_id = self._version = ""
        # Places by address of the workers that fit, and those that do not.
        self._places: dict[str, int] = {}
        self._unfit: set[str] = set()
        self._remotes: set[RemoteWorker] = set()
        self._n_foreign: Counter[str] = Counter()  # jobs of other servers by worker
        self._given: set[str] = set()  # jobs that some worker has, of all servers
        self._has_tried = False
        self._closing = threading.Event()
        self._told, self._is_told_away = "", False
        self.why_away = ""  # of the last time that the scheduler did not answer

    @property
    def n_places(self) -> int:
        """How many jobs the workers run at once; 0 while there is no scheduler."""
        return sum(self._places.values())

    @property
    def is_answering(self) -> bool:
        """Whether the scheduler answers, whatever workers it has."""
        return self._client is not None

    @property
    def n_machines(self) -> int:
        """On how many machines the workers are."""
        return len({_machine(address) for address in list(self._places)})

    @property
    def is_away(self) -> bool:
        """Whether it was looked for and takes no jobs."""
        return self._has_tried and not self._places

    def count_places(self, lane: Lane) -> int:
        """How many jobs of a lane run at once."""
        return max(1, self.n_places // _FILM_SHARE) if lane == "film" else self.n_places

    def describe(self) -> str:
        """For the log.

        Examples
        --------
        >>> Cluster("tcp://127.0.0.1:9", report=print).describe()
        'cluster not found yet'
        """
        if self._places:
            n_jobs = len(self._remotes)
            return f"cluster {plural(len(self._places), 'worker')}, {plural(n_jobs, 'job')} sent"
        return "cluster away" if self._has_tried else "cluster not found yet"

    def start(self, on_change: Callable[[], None]) -> None:
        """Begin to look for the scheduler; ``on_change`` is called in a thread when workers have come or gone."""
        self._on_change = on_change
        threading.Thread(target=self._keep, name="cluster", daemon=True).start()

    def wait_until_there(self, seconds: float) -> bool:
        """Wait until it takes jobs, or no scheduler answers; return whether it takes them."""
        with self._lock:
            self._lock.wait_for(lambda: self._places or (self._has_tried and self._client is None), seconds)
            return bool(self._places)

    def open_worker(self, lane: Lane, *, is_heavy: bool) -> RemoteWorker:
        """A place for one job."""
        with self._lock:
            if self._client is None:
                raise ClusterLostError
            remote = RemoteWorker(
                self._client,
                version=self._version,
                topic=self._topic,
                lane=lane,
                is_heavy=is_heavy,
                choose=self._choose,
                on_other_version=self._look_again,
                on_end=self._remotes.discard,
            )
            self._remotes.add(remote)
            return remote

    def close(self) -> None:
        """Leave the scheduler; what still runs there is stopped by its workers."""
        self._closing.set()
        self._drop()

    # All below runs in the connection's own thread, but for what says otherwise.

    def _choose(self, remote: RemoteWorker) -> tuple[list[str], bool]:
        """The worker with the least to do, and whether another may take its place; called by a job's thread.

        Dask, which does not know how long a job takes, would let one wait behind another while workers are idle.
        """
        with self._lock:
            if not self._places:
                raise ClusterLostError
            if self._unfit:  # from whom a job must be kept
                return sorted(self._places), False
            # A copy: the others end without this lock.
            others = [
                other for other in list(self._remotes) if other is not remote and len(other.chosen) == 1
            ]
            n_jobs = self._n_foreign + Counter(other.chosen[0] for other in others)
            n_heavy = Counter(_machine(other.chosen[0]) for other in others if other.is_heavy)

            def load(address: str) -> tuple[int, float, int]:
                """Of equals always the same one, whose processes have imported what is needed."""
                heavy = n_heavy[_machine(address)] if remote.is_heavy else 0
                return heavy, n_jobs[address] // self._places[address], hash((self._topic, address))

            remote.chosen = [min(self._places, key=load)]
            return remote.chosen, True

    def _look_again(self) -> None:
        """A worker has refused a job: it has come since the last look; called by a job's thread."""
        self._closing.wait(2 * _TICK_SEC)

    def _keep(self) -> None:
        """Look for the scheduler, watch it while it is there, and look again."""
        while not self._closing.is_set():
            try:
                self._open()
                with suppress(OSError):  # what Dask says where the connection breaks
                    self._watch()
                why = f"The scheduler at {self.address} is gone."
            except InputError as error:
                why = str(error)
            except Exception as error:  # of Dask's many; the app goes on by itself
                why = f"The connection to {self.address} failed ({type(error).__name__}: {error})."
            self.why_away = why
            if not self._is_told_away and not self._closing.is_set():
                self._is_told_away = True
                self._tell(f"{why} Until it answers, jobs run on this machine.")
            self._drop()
            self._closing.wait(_AGAIN_SEC)

    def _open(self) -> None:
        # Not sooner: where no scheduler is set, the server need not know what a version is made of.
        from core.cluster.version import version_bytes, version_digest

        client = connect(self.address, _CONNECT_SEC, self._find_loop())
        with self._lock:
            self._client, self._scheduler_id, self._version = client, "", version_digest()
        try:
            client.run_on_scheduler(version_bytes)
        except ImportError as error:
            raise InputError(
                f"The scheduler at {self.address} cannot import Sonoscope. Start it where core is, with PYTHONPATH=. before it."
            ) from error
        client.subscribe_topic(self._topic, self._hear)

    def _find_loop(self) -> Any:
        """One event loop for all attempts: a client that finds no scheduler leaves its own behind, and its thread."""
        if self._loop is None:
            with suppress(ImportError):  # told by `connect`
                runner: Any = import_module("distributed.utils").LoopRunner()
                runner.start()
                self._loop = runner.loop
        return self._loop

    def _hear(self, event: tuple[float, list[Any]]) -> None:
        """Pass a report of progress on; called by Dask's thread."""
        key, share, stage = event[1]
        for remote in list(self._remotes):
            if remote.key == key:
                remote.hear(share, stage)

    def _watch(self) -> None:
        """Look at the workers once a second until the scheduler goes."""
        n_failed = 0
        while not self._closing.is_set() and self._client.status == "running":
            try:
                is_same = self._look()
            except OSError:  # a busy scheduler answers late
                n_failed += 1
                if n_failed == _MOST_FAILED:
                    raise
            else:
                n_failed = 0
                if not is_same:
                    return
            self._closing.wait(_TICK_SEC)

    def _look(self) -> bool:
        """Count the workers and their jobs; whether the scheduler is still the one that knows of ours."""
        found = self._client.scheduler_info(n_workers=0)["id"]
        if self._scheduler_id not in ("", found):
            return False
        self._scheduler_id = found
        self._compare(self._client.nthreads())
        own = {remote.key for remote in list(self._remotes)}
        processing: dict[str, list[str]] = self._client.processing()
        self._n_foreign = Counter({name: len({*keys} - own) for name, keys in processing.items()})
        self._given = {key for keys in processing.values() for key in keys}
        self._lose(self._is_stranded)
        return True

    def _is_stranded(self, remote: RemoteWorker) -> bool:
        """Whether a job waits for workers that have gone; Dask keeps it for them also where others may do it."""
        return (
            bool(remote.chosen)
            and remote.key not in self._given
            and not self._places.keys() & {*remote.chosen}
        )

    def _compare(self, workers: dict[str, int]) -> None:
        """Compare the workers that are there, address -> threads, with those that were; ask new ones for their version."""
        known = {*self._places, *self._unfit}
        new = [address for address in workers if address not in known]
        fit = self._ask_versions(new) if new else []
        with self._lock:
            before = dict(self._places)
            self._places = {name: n for name, n in workers.items() if name in before or name in fit}
            self._unfit &= workers.keys()
            is_first, self._has_tried = not self._has_tried, True
            self._lock.notify_all()
        if before != self._places or is_first:
            self._on_change()
        self._is_told_away = False
        if self._places:
            self._tell(f"The scheduler at {self.address} answers; jobs go to its workers.")
        else:
            which = "worker that matches" if workers else "worker"
            self._tell(f"The scheduler at {self.address} has no {which}. Jobs run on this machine.")

    def _ask_versions(self, addresses: list[str]) -> list[str]:
        """Which workers are of this version; the others are told to the log and passed over."""
        from core.cluster.version import name_differences, version_bytes

        fit = []
        for address, told in self._client.run(version_bytes, workers=addresses, on_error="return").items():
            if isinstance(told, OSError):
                continue  # gone again, or asked once more at the next look
            differs = name_differences(told) if isinstance(told, bytes) else []
            if isinstance(told, bytes) and not differs:
                fit.append(address)
                continue
            with self._lock:
                self._unfit.add(address)
            why = (
                f"differs from this machine ({', '.join(differs)})"
                if differs
                else f"cannot run Sonoscope ({type(told).__name__}: {told}); start it where core is, with PYTHONPATH=. before it"
            )
            self._report(f"The worker at {address} {why}. It gets no jobs.")
        return fit

    def _lose(self, is_lost: Callable[[RemoteWorker], bool]) -> None:
        """Give jobs back to the queue."""
        for remote in list(self._remotes):
            if is_lost(remote):
                remote.lose()

    def _drop(self) -> None:
        """Let go of a scheduler that is gone, and give its jobs back; called by whoever closes, too."""
        with self._lock:
            client, self._client = self._client, None
            self._places, self._unfit = {}, set()
            self._has_tried = True
            self._lock.notify_all()
        self._lose(lambda _: True)
        if client is not None:
            with suppress(Exception):
                client.close(timeout=_TICK_SEC)
        if not self._closing.is_set():
            self._on_change()

    def _tell(self, sentence: str) -> None:
        """Report a change, once."""
        if sentence != self._told:
            self._told = sentence
            self._report(sentence)


def _machine(address: str) -> str:
    """A worker's address without its port."""
    return address.rpartition(":")[0]
