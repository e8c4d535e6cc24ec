"""From an empty clone to the first sound: `make run` with a new environment, and a visitor who presses Play on Home.

python -m benchmarks.first_sound             # downloads are not counted: run it twice, the second time they are at hand

Prints seconds by the clock and of processor time: until the environment stands, the server answers, the page stands, and
its sound is heard.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
MOST_SEC = 600
PLAY = "[data-do=play]:visible"
CHROMIUM_ARGS = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")


def clone(folder: Path) -> None:
    """Copy the files that git knows, without what they were compiled to."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def read_times(began: float) -> dict[str, float]:
    """Seconds by the clock since `began`, and of processor time of what has ended meanwhile."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "clock": round(time.perf_counter() - began, 1),
        "processor": round(used.ru_utime + used.ru_stime, 1),
    }


def wait_for_server(address: str) -> None:
    """Wait until the app answers."""
    end = time.monotonic() + MOST_SEC
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310  # our own
            return
        time.sleep(0.1)
    raise RuntimeError("The app did not start.")


def hear(address: str, began: float, told: dict[str, object]) -> None:
    """Open Home, press Play, and wait until the playhead moves."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_ARGS))
        page = browser.new_page()
        page.set_default_timeout(MOST_SEC * 1000)
        page.goto(address)
        page.locator(PLAY).first.wait_for()
        told["page stands"] = round(time.perf_counter() - began, 1)
        page.locator(PLAY).first.click()
        head = page.locator(".playhead").first.element_handle()
        page.wait_for_function("(head) => Number(head.dataset.time) > 0", arg=head)
        told["sound is heard"] = round(time.perf_counter() - began, 1)
        browser.close()


def main() -> None:
    """Print one line of JSON."""
    python = sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.base_prefix) / "bin/python3")
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        folder, told = Path(name), dict[str, object]()
        clone(folder)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        began = time.perf_counter()
        subprocess.run(
            ["make", ".venv/run.stamp", f"PYTHON={python}"], cwd=folder, check=True, stdout=sys.stderr
        )
        told["environment stands"] = read_times(began)
        environ = {**os.environ, "STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_HEADLESS": "true"}
        server = subprocess.Popen(
            ["make", "run", f"PYTHON={python}"],
            cwd=folder,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for_server(f"http://localhost:{port}")
            told["server answers"] = round(time.perf_counter() - began, 1)
            hear(f"http://localhost:{port}", began, told)
        finally:
            os.killpg(server.pid, 15)
            server.wait()
        told["all"] = read_times(began)
        print(json.dumps(told))


if __name__ == "__main__":
    main()
