"""A running app and a real Chromium, for every test that needs what only a browser can show."""

from __future__ import annotations

import contextlib
import os
import re
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

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from pages.components.shared.server_jobs import WORKERS_SETTING

ROOT = Path(__file__).parents[2]
START_SEC = 180
# What tests/pages sets for all tests of its process: their jobs run in the thread of the page, where nothing can stop them.
FOR_OTHER_TESTS = frozenset({WORKERS_SETTING})
# Milliseconds. Whatever a test waits for is waited for by what must be there, and so long that a machine whose cores
# are kept busy by others is slow and not wrong.
LONG = 180_000
expect.set_options(timeout=60_000)
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
def running_app(script: Path, *, below: str = "") -> Iterator[str]:
    """Run a Streamlit script from the root of the repository until the block ends; yields its address.

    ``below`` is a path such as "/foo" under which it is served, as behind a proxy.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}{below}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(script)),
                *("--server.headless", "true"),
                *("--server.port", str(port)),
                *("--server.fileWatcherType", "none"),
                *("--server.baseUrlPath", below),
            ],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if name not in FOR_OTHER_TESTS},
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
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium without a window."""
    running = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
    yield running
    running.close()


@pytest.fixture(scope="session")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """The profile of visitors who bring nothing of their own.

    What Chromium has compiled of Streamlit's scripts stays in it: a third of what opening a page costs.
    """
    kept = launch_profile(playwright, tmp_path_factory.mktemp("profile"))
    yield kept
    kept.close()


def launch_profile(playwright: Playwright, folder: Path, *args: str) -> BrowserContext:
    """Chromium with a profile in a folder and with further arguments."""
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=chromium_path(), args=[*CHROMIUM_ARGS, *args]
    )


# Counts how often the page's script began to run.
COUNT_RUNS = """window.scriptRuns = 0;
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.dataset.testScriptState === "running") window.scriptRuns++;
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-test-script-state"] });"""
# Addresses of pictures that were loaded in vain by a page that has come to rest.
FIND_MISSING_PICTURES = """() => document.querySelector("[data-test-script-state=notRunning]")
  ? [...document.images].filter((shown) => shown.src && shown.complete && !shown.naturalWidth).map((shown) => shown.src)
  : []"""


class Visit:
    """One visitor: opens pages and remembers what went wrong in them.

    Parameters
    ----------
    browser : callable
        Gives the browser where contexts with a camera, fingers and the like are opened, when one is needed.
    profile : BrowserContext, optional
        Where all other pages are opened; without it each gets a context of its own.

    Attributes
    ----------
    errors : list of str
        Uncaught errors and messages on the error console, of all pages opened so far. What a test expects it
        takes out again (``visit.errors.clear()``); what is left when the test ends fails it.
    """

    def __init__(self, browser: Callable[[], Browser], profile: BrowserContext | None = None) -> None:
        self._browser = browser
        self.errors: list[str] = []
        self._profile = profile
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []

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
        """Open an address without cookies and with nothing stored."""
        if self._profile is None or context:
            fresh = self._browser().new_context(**context)
            self._contexts.append(fresh)
            page = fresh.new_page()
        else:
            page = self._profile.new_page()
            self._pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.set_default_timeout(LONG)
        page.add_init_script(COUNT_RUNS)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)
        page.goto(address)
        return page

    def _console(self, said: Any) -> None:
        # What could not be loaded is reported by its response, with the address that Chromium leaves out here; Streamlit
        # says it once more of a picture. Pictures missing on a page that stays are found when it is closed.
        known = ("Failed to load resource", "Client Error: Image source error")
        if said.type == "error" and not said.text.startswith(known):
            self.errors.append(f"console: {said.text}")

    def _response(self, response: Any) -> None:
        # Below a page's own address Streamlit first asks there, then at the root, whether the server is well. And what a
        # page that is being left still asks for may have gone; what is missing on one that stays stands there in words.
        gone = "/_stcore/" in response.url or "/media/" in response.url
        expected = response.status == 404 and gone
        if response.status >= 400 and not expected:
            self.errors.append(f"{response.status}: {response.url}")

    def close(self) -> None:
        """Look for pictures that are missing, close everything that was opened and forget what it stored."""
        shown = [*self._pages, *(page for context in self._contexts for page in context.pages)]
        for page in shown:
            with contextlib.suppress(Error):  # It is closed already.
                self.errors += [f"missing: {address}" for address in page.evaluate(FIND_MISSING_PICTURES)]
        for context in self._contexts:
            context.close()
        for page in self._pages:
            with contextlib.suppress(Error):  # It is closed already, or an empty page.
                page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.close()
        if self._profile is not None:
            self._profile.clear_cookies()
            self._profile.clear_permissions()


@pytest.fixture
def visit(request: pytest.FixtureRequest, profile: BrowserContext) -> Iterator[Visit]:
    """A visitor whose pages must not fail: a test with an error left in ``visit.errors`` fails at its end."""
    visitor = Visit(lambda: request.getfixturevalue("browser"), profile)
    yield visitor
    visitor.close()
    assert not visitor.errors


@pytest.fixture
def page(visit: Visit) -> Page:
    """A blank page of a visitor, 1280 x 900, light."""
    return visit.open("about:blank")


@pytest.fixture(scope="session")
def app_url(start_app: Callable[[Path], str]) -> str:
    """Where the app runs."""
    return start_app(ROOT / "app.py")


def wait_until_done(page: Page, button: str = "MIDI") -> None:
    """Wait until the page's script rests and a download is offered."""
    # The first: of a page that is being drawn anew the former button may still be there.
    page.get_by_test_id("stDownloadButton").get_by_role("button", name=button).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()


@contextlib.contextmanager
def rerun(page: Page) -> Iterator[None]:
    """What is done in the block makes the page's script run; afterwards it has run."""
    before = page.evaluate("window.scriptRuns")
    yield
    # The page may draw the begin and the end of a short run at once.
    with contextlib.suppress(Error):
        page.wait_for_function("(n) => window.scriptRuns > n", arg=before, timeout=5_000)
    page.locator("[data-test-script-state=notRunning]").wait_for()


def wait_until_still(page: Page) -> None:
    """Wait until nothing is drawn pale, because it is from the run before, and nothing fades or glides."""
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("""() => !document.querySelector('[data-stale=true]') && document.getAnimations().every(
      (one) => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)""")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def write_readings(folder: Path, values: NDArray[np.float64]) -> tuple[Path, pd.DataFrame]:
    """A visitor's table: one reading a day, as a file and as it is in it."""
    days = pd.date_range("2024-01-01", periods=len(values), freq="D").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": days, "reading": values.round(2)})
    path = folder / "readings.csv"
    frame.to_csv(path, index=False)
    return path, frame


def wait_for_sound(page: Page, least_sec: float) -> None:
    """Wait until the playhead of the first player is drawn at a time or later."""
    page.wait_for_function(
        "([head, least]) => Number(head.dataset.time) >= least",
        arg=[page.locator(".playhead").first.element_handle(), least_sec],
    )


def download(page: Page, name: str) -> bytes:
    """What a download button gives."""
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


# Sounds, scripts and drawings that the app serves; fonts lie under another address.
MEDIA = re.compile("(?<!/static)/media/")

# The components of our own, each with a shadow root.
COMPONENTS = "[data-testid=stBidiComponentIsolated]"


def find_violations(page: Page, within: str | None = None) -> list[tuple[str, str, list[str]]]:
    """What axe finds once the page is still: rule, impact, and the first elements that break it.

    Parameters
    ----------
    page : Page
    within : str, optional
        Selector of the only elements that are looked at; axe must see into their shadow roots.
    """
    wait_until_still(page)
    found = Axe().run(page, context={"include": [[within]]} if within else None).response
    if within:
        seen = [node["target"][0] for rule in found["passes"] for node in rule["nodes"]]
        assert sum(isinstance(target, list) for target in seen) > 10, "axe must see into the shadow roots"
    return [
        (finding["id"], finding["impact"], [node["html"][:160] for node in finding["nodes"]][:4])
        for finding in found["violations"]
    ]


def grave_findings(page: Page, within: str | None = None) -> list[tuple[str, str, list[str]]]:
    """What axe finds serious or critical; arguments as for `find_violations`."""
    return [found for found in find_violations(page, within) if found[1] in ("serious", "critical")]


def phone_overflow(page: Page) -> int:
    """Pixels by which the page is wider than a phone of 390."""
    page.set_viewport_size({"width": 390, "height": 900})
    wide = "document.documentElement.scrollWidth"
    with contextlib.suppress(Error):
        page.wait_for_function(f"innerWidth === 390 && {wide} <= 390", timeout=5_000)
    return max(0, int(page.evaluate(wide)) - 390)
