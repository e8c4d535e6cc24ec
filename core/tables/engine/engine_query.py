"""Engine queries with a time limit and cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import InputError, keep_printable
from core.progress import Progress, ignore_progress

T = TypeVar("T")

DEFAULT_TIMEOUT_SEC = 300.0
_LOOK_EVERY_SEC = 0.2


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An open connection for queries; not plain data.

    Attributes
    ----------
    backend : ibis backend
    table : ibis table
        The rows as the engine sees them.
    interrupt : callable
        Ends a running query, from another thread.
    explain : callable
        Makes a sentence of an error of this engine; None for an error that is not one of its own.
    timeout_sec : float
        Of all queries together.
    knows_try : bool
        Whether a cell that cannot be converted gives a gap; elsewhere it ends the query.
    """

    backend: Any
    table: Any
    interrupt: Callable[[], object]
    explain: Callable[[Exception], str | None]
    timeout_sec: float = DEFAULT_TIMEOUT_SEC
    knows_try: bool = False

    def fetch(self, query: Any, *, stage: str = "Asking the engine", progress: Progress | None = None) -> Any:
        """Run an Ibis query and return an Arrow table.

        Raises
        ------
        InputError
            If it takes too long, or the engine refuses it.
        """
        return self.run(lambda: self.backend.to_pyarrow(query), stage=stage, progress=progress)

    def run(self, work: Callable[[], T], *, stage: str, progress: Progress | None = None) -> T:
        """Run a function on the connection under the time limit; raises as `fetch`."""
        with _Watch(self.interrupt, self.timeout_sec, stage, progress or ignore_progress) as watch:
            try:
                return work()
            except Exception as error:
                if watch.reason is not None:
                    raise watch.reason from None
                if isinstance(error, InputError):
                    raise
                said = self.explain(error) or _explain_arrow(error)
                if said is None:
                    raise
                # The cause holds addresses and statements, which belong in no log.
                raise InputError(said) from None


def _explain_arrow(error: Exception) -> str | None:
    import pyarrow as pa

    if not isinstance(error, pa.ArrowException):
        return None
    return "A column holds values that cannot be transferred. Leave it out, or convert it in a SELECT."


class _Watch:
    """Watchdog thread that cancels a query after its time limit or when nobody waits for it."""

    def __init__(
        self, interrupt: Callable[[], object], timeout_sec: float, stage: str, progress: Progress
    ) -> None:
        self.reason: Exception | None = None
        self._interrupt, self._timeout_sec = interrupt, timeout_sec
        self._stage, self._progress = stage, progress
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="query watch", daemon=True)

    def __enter__(self) -> _Watch:
        self._progress(0.0, self._stage)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        begun = time.monotonic()
        while not self._is_over.wait(_LOOK_EVERY_SEC):
            passed = time.monotonic() - begun
            if self.reason is None and passed > self._timeout_sec:
                self.reason = InputError(tell_timeout(self._timeout_sec))
            if self.reason is None:
                try:
                    # Nobody knows how long it will take: the bar creeps.
                    self._progress(min(0.95, passed / (passed + 10)), self._stage)
                except Exception as error:  # the job was canceled
                    self.reason = error
            if self.reason is not None:
                with suppress(Exception):  # it may have ended meanwhile; it is asked again at the next look
                    self._interrupt()


def tell_timeout(seconds: float) -> str:
    """Error message for a query that takes too long.

    Examples
    --------
    >>> tell_timeout(60)
    'The query took longer than 60 seconds and was stopped. Filter the rows, or choose a smaller table.'
    """
    return (
        f"The query took longer than {seconds:g} seconds and was stopped. "
        "Filter the rows, or choose a smaller table."
    )


def quote_error(error: object, most: int = 160) -> str:
    """The first line of an engine's own words about a statement, as part of a sentence."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return keep_printable(lines[0])[:most].strip().rstrip(".") if lines else ""
