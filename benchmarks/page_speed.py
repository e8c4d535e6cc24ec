"""Page benchmark: waits in a real Chromium: start, first paint, page switch.

python -m benchmarks.page_speed
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from playwright.sync_api import Page, sync_playwright

REPEATS = 5
TIMEOUT_SEC = 60
READING_SEC = 3  # a visitor reads the home page before opening another


def start_server() -> tuple[subprocess.Popen[bytes], str, float]:
    """Start the app on a free port; return the process, its address and the seconds until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.headless",
            "true",
            "--server.port",
            str(port),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    while time.perf_counter() - began < TIMEOUT_SEC:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()  # noqa: S310  # our own address
            return server, address, time.perf_counter() - began
        time.sleep(0.05)
    server.kill()
    raise RuntimeError("The app did not start.")


def wait_for_title(page: Page, title: str) -> None:
    """Wait for a page's title."""
    page.get_by_role("heading", name=title, level=1).wait_for(timeout=TIMEOUT_SEC * 1000)


def wait_for_downloads(page: Page) -> None:
    """Wait for the Sonify page's downloads, which stand at its end."""
    page.get_by_role("button", name="MIDI").wait_for(timeout=TIMEOUT_SEC * 1000)


def visit(page: Page, address: str) -> dict[str, list[float]]:
    """Walk through the app; seconds of each wait."""
    waits: dict[str, list[float]] = {}
    links = page.get_by_test_id("stTopNavLink")

    def note(name: str, act: Callable[[], object], wait: Callable[[], None]) -> None:
        began = time.perf_counter()
        act()
        wait()
        waits.setdefault(name, []).append(time.perf_counter() - began)

    def open_home() -> None:
        page.goto(address)

    note("first paint of home (cold server)", open_home, lambda: wait_for_title(page, "Sonoscope"))
    switch = "page switch: title"
    page.wait_for_timeout(READING_SEC * 1000)
    cold = "first opening of Sonify, sound ready (cold)"
    note(cold, links.nth(1).click, lambda: wait_for_downloads(page))
    for _ in range(REPEATS):
        note(switch, links.nth(0).click, lambda: wait_for_title(page, "Sonoscope"))
        note(switch, links.nth(1).click, lambda: wait_for_title(page, "Sonify Data"))
        wait_for_downloads(page)
    for _ in range(REPEATS):
        note("first paint of home (warm server)", open_home, lambda: wait_for_title(page, "Sonoscope"))
    return waits


def main() -> None:
    """Print the median and the longest of each wait."""
    server, address, started = start_server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-component-update",
                ],
            )
            waits = visit(browser.new_page(), address)
            browser.close()
    finally:
        server.kill()
    print(f"{'server answers':48} {started:6.2f} s")
    for name, seconds in waits.items():
        print(f"{name:48} {np.median(seconds):6.2f} s median, {max(seconds):.2f} s longest of {len(seconds)}")


if __name__ == "__main__":
    main()
