"""Exported pages of three real tables: bytes, time to write, playhead, accessibility and requests, in Chromium from disk.

python -m benchmarks.web_page [SECONDS]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, sync_playwright

from core.presentation.web_page import write_page
from core.sonify.examples import EXAMPLES, load_example
from core.sonify.job import play_table
from core.sonify.presentation import present
from core.sonify.suggestion import suggest

TABLES = (("co2", "direct", 300), ("nile", "direct", 300), ("co2", "piece", 300), ("co2", "direct", 5_000))
MAX_BYTES = 2_000_000
LISTENED_SEC = 10.0

# What the page draws, and what its element for sound says the time is, once a frame.
WATCH = """async () => {
  const player = await shownPlayer;
  window.seen = [];
  const look = () => {
    window.seen.push([player.audio.currentTime, Number(player.playhead.dataset.time), performance.now()]);
    if (player.sound.playing) requestAnimationFrame(look);
  };
  player.audio.addEventListener('playing', () => requestAnimationFrame(look), { once: true });
}"""


def make_page(name: str, mode: str, n_notes: int, seconds: float) -> tuple[str, float]:
    """The page of an example, and how long it took to write."""
    example, table = EXAMPLES[name], load_example(name)
    settings = replace(suggest(table, example).settings, duration_sec=seconds, mode=mode, n_notes=n_notes)
    presentation = present(play_table(table, settings), title=example.title, source=example.source)
    begin = time.perf_counter()
    return write_page(presentation), time.perf_counter() - begin


def watch_page(browser: Browser, path: Path) -> dict[str, Any]:
    """Open a page from disk without a network, play ten seconds, and look for what axe finds."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    begin = time.perf_counter()
    page.goto(path.as_uri())
    page.locator(".player:not([aria-busy])").wait_for()
    ready = time.perf_counter() - begin
    page.evaluate(WATCH)
    page.locator(".play").click()
    page.wait_for_timeout(LISTENED_SEC * 1000)
    page.locator(".play").click()
    seen = np.array(page.evaluate("window.seen"))[30:]
    findings = Axe().run(page).response["violations"]
    context.close()
    late = np.abs(seen[:, 1] - seen[:, 0])
    return {
        "ready_sec": round(ready, 2),
        "playhead_p95_ms": round(float(np.percentile(late, 95)) * 1000, 1),
        "frame_p95_ms": round(float(np.percentile(np.diff(seen[:, 2]), 95)), 1),
        "axe": len(findings),
        "requests": sum(not url.startswith(("file:", "blob:")) for url in requests),
    }


def main() -> None:
    """Print a row for each table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 40.0
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, mode, n_notes in TABLES:
            page, write_sec = make_page(name, mode, n_notes, seconds)
            path = Path(folder) / "page.html"
            path.write_text(page, encoding="utf-8")
            size = path.stat().st_size
            row = {"bytes": size, "small enough": size <= MAX_BYTES, "write_sec": round(write_sec, 2)}
            print(
                f"{name} {mode}, at most {n_notes:,} notes, {seconds:g} s:", row | watch_page(browser, path)
            )
        browser.close()


if __name__ == "__main__":
    main()
