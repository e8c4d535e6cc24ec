"""A running app and a real Chromium, for every test that needs what only a browser can show."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
START_SEC = 60
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@contextlib.contextmanager
def running_app(script: Path) -> Iterator[str]:
    """Run a Streamlit script from the root of the repository until the block ends; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(script)),
                *("--server.headless", "true"),
                *("--server.port", str(port)),
                *("--server.fileWatcherType", "none"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                # All apps of a run share what they compile, and not with the tests (tests/conftest.py).
                "NUMBA_CACHE_DIR": str(Path(os.environ["NUMBA_CACHE_DIR"]) / "app"),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(process, address, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Any) -> None:
    end = time.monotonic() + START_SEC
    while time.monotonic() < end and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.2)
    log.seek(0)
    pytest.fail(f"The app did not start within {START_SEC} s:\n{log.read().decode(errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def start_app() -> Iterator[Callable[[Path], str]]:
    """Start an app once a session: ``start_app(script)`` returns its address, the same for the same script."""
    with contextlib.ExitStack() as apps:
        addresses: dict[Path, str] = {}

        def start(script: Path) -> str:
            script = script.resolve()
            if script not in addresses:
                addresses[script] = apps.enter_context(running_app(script))
            return addresses[script]

        yield start


def chromium_path() -> str:
    """Where the system's Chromium is; without one the test fails."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail(
            "Chromium is missing. Install it (Debian: apt-get install chromium) and run the tests again."
        )
    return chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        yield running
        running.close()


class Visit:
    """One visitor: opens pages and remembers what went wrong in them.

    Attributes
    ----------
    errors : list of str
        Uncaught errors and messages on the error console, of all pages opened so far. What a test expects it
        takes out again (``visit.errors.clear()``); what is left when the test ends fails it.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.errors: list[str] = []
        self._contexts: list[Any] = []

    def open(
        self,
        address: str,
        *,
        color_scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
        **context: Any,
    ) -> Page:
        """Open an address in a fresh context (no cookies, nothing stored)."""
        fresh = self.browser.new_context(
            color_scheme=color_scheme,
            viewport={"width": width, "height": height},
            reduced_motion=reduced_motion,
            **context,
        )
        self._contexts.append(fresh)
        page = fresh.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)
        page.goto(address)
        return page

    def _console(self, said: Any) -> None:
        # What could not be loaded is reported by its response, with the address that Chromium leaves out here.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.errors.append(f"console: {said.text}")

    def _response(self, response: Any) -> None:
        # Below a page's own address Streamlit first asks there, then at the root, whether the server is well.
        expected = response.status == 404 and "/_stcore/" in response.url
        if response.status >= 400 and not expected:
            self.errors.append(f"{response.status}: {response.url}")

    def close(self) -> None:
        """Close everything that was opened."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A visitor whose pages must not fail: a test with an error left in ``visit.errors`` fails at its end."""
    visitor = Visit(browser)
    yield visitor
    visitor.close()
    assert not visitor.errors


@pytest.fixture
def page(visit: Visit) -> Page:
    """A blank page of a visitor, 1280 x 900, light."""
    return visit.open("about:blank")


def grave_findings(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds serious or critical on the page as it is: rule, and the first elements that break it."""
    return [
        (finding["id"], [node["html"][:160] for node in finding["nodes"]][:4])
        for finding in Axe().run(page).response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def phone_overflow(page: Page) -> int:
    """Pixels by which the page is wider than a phone of 390."""
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(300)
    return max(0, int(page.evaluate("document.documentElement.scrollWidth")) - 390)
