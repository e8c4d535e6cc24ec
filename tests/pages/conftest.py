"""Pages in Streamlit's own test harness: opening one by its address, and reading what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import SERVER, Job, JobQueue, Ticket
from pages.components.shared import audio_viz_link, figures, results, warm_up
from pages.components.shared.page import NAVIGATED
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import WORKERS_SETTING

# Jobs run in the thread of the test, where it can see and change what they call; worker processes have tests of their own.
os.environ[WORKERS_SETTING] = "0"

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
TIMEOUT_SEC = 120


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """A server that has made nothing yet; its visitors stay admitted."""
    for key in list(server_cache()._entries):
        server_cache().drop(key)
    yield


@contextmanager
def another_visitor(name: str) -> Iterator[None]:
    """A visitor of his own: Streamlit's test harness gives one session to all pages."""
    server_cache().admit_owner(name)
    with pytest.MonkeyPatch.context() as patch:
        for module in (results, figures, audio_viz_link):
            patch.setattr(module, "session_token", lambda: name)
        yield
    server_cache().drop_owner(name)


def forbid_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on whatever a visitor asks for must be in the cache; a server that warms up may go on."""
    submit = JobQueue.submit

    def refuse(self: JobQueue, job: Job, visitor: str, *rest: Any) -> Ticket:
        if visitor != SERVER:
            raise AssertionError(f"{job.function} was asked for")
        return submit(self, job, visitor, *rest)

    monkeypatch.setattr(JobQueue, "submit", refuse)


def new_page(name: str, **query: str) -> AppTest:
    """A page that has not run yet; in the names of the address ``__`` stands for a dot."""
    at = AppTest.from_file(str(ROOT / "pages" / name), default_timeout=TIMEOUT_SEC)
    at.session_state[NAVIGATED] = True
    for key, value in query.items():
        at.query_params[key.replace("__", ".")] = value
    return at


def open_page(name: str, **query: str) -> AppTest:
    """A page after its first run."""
    return new_page(name, **query).run()


def shown(kind: type[T], before: int = 0) -> T:
    """The result of a kind that a page took from the server's cache last, or the one so many before it."""
    found = [entry.value for entry in server_cache()._entries.values() if isinstance(entry.value, kind)]
    return found[-1 - before]


def open_app() -> AppTest:
    """The whole app, at its home page; it makes nothing beforehand, which would come between what a test asks for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_up, "_prepare", lambda jobs: None)
        return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_SEC).run()


def errors(at: AppTest) -> list[str]:
    """The errors that the page tells; it must not have failed."""
    assert not at.exception
    return [error.value for error in at.error]


def captions(at: AppTest) -> str:
    """All small print."""
    return " ".join(caption.value for caption in at.caption)


def markdown(at: AppTest) -> str:
    """All running text."""
    return " ".join(text.value for text in at.markdown)
