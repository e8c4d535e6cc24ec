"""The app as Streamlit Community Cloud runs it: a fresh environment, a clone, one visitor who opens every page and plays it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_ARGS, LONG, chromium_path
from tests.deployment import rehearsal
from tests.deployment.memory_watch import MemoryWatch

PAGES = ("", "sonify_data", "folk_generator", "emotion_music", "extrapolate", "audio_viz")
GUARANTEED_MB = 690
# The button of a player, or the one over a scene that has not begun.
PLAY = ":is([data-do=begin], [data-do=play]):visible"
REST = "[data-test-script-state=notRunning]"


def open_and_play(page: Page, address: str) -> tuple[float, float]:
    """Seconds until a page stands, and until its sound has been heard for a moment: its time moves on."""
    began = time.perf_counter()
    page.goto(address)
    try:
        page.locator(PLAY).first.wait_for()
    except Error:
        pytest.fail(f"{address} shows no Play: {page.locator('body').inner_text()[-2000:]}")
    page.locator(REST).wait_for()
    stood = time.perf_counter() - began
    page.locator(PLAY).first.click()
    head = page.locator(".scenes" if address.endswith("audio_viz") else ".playhead").first.element_handle()
    page.wait_for_function("(head) => Number(head.dataset.time) >= 0.3", arg=head)
    return stood, time.perf_counter() - began


def visit(app: rehearsal.App, watch: MemoryWatch) -> list[str]:
    """Open and play every page in one browser; what was measured of each."""
    told = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(LONG)
        for name in PAGES:
            title = name or "home"
            watch.begin(title)
            stood, heard = open_and_play(page, f"{app.address}/{name}")
            told.append(
                f"{title}: stands after {stood:.1f} s, heard after {heard:.1f} s; {watch.stages.get(title)}"
            )
        watch.begin("afterwards")
        time.sleep(3)
        browser.close()
    return told


@pytest.mark.browser
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.long
def test_every_page_plays_in_a_fresh_environment_within_the_memory_that_cloud_guarantees(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    environment = rehearsal.install(tmp_path)
    told = [
        f"installed in {environment.seconds:.0f} s, {rehearsal.measure_size(tmp_path / 'environment'):.2f} GB; "
        f"torch: {environment.torch}"
    ]
    with rehearsal.running(environment, tmp_path) as app, MemoryWatch(app.pid) as watch:
        told.append(f"the clone cannot be written to: {app.confinement or 'not kept from it here'}")
        assert not app.confinement or not rehearsal.can_write(environment, tmp_path)
        # In a thread of its own: the browser of other tests may still be held by this one.
        with ThreadPoolExecutor(max_workers=1) as pool:
            told += pool.submit(visit, app, watch).result()
        log = app.log.read_text(encoding="utf-8", errors="replace")
    told.append(f"most of all: {watch.most}; the most resident sizes: {watch.most_rss_mb:.0f} MB")
    record_property("told", ["Rehearsal of Community Cloud", *told])
    assert "Traceback" not in log, log[-3000:]
    # What processes share is charged to a container once, and so it is here; resident sizes count it for each of them.
    assert 100 < watch.most.pss_mb <= GUARANTEED_MB, told
