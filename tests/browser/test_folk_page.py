"""The Folk page in a real Chromium: from the settings to files that hold the tune that was heard."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from core import midi
from core.folk.notation import read_tune
from tests.browser.test_sonify_page import LONG, download

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SHORT = "folk.bars=8&folk.count=2"


@pytest.fixture(scope="module")
def app_url(start_app):
    return start_app(ROOT / "app.py")


def wait_for(page) -> None:
    page.get_by_test_id("stDownloadButton").get_by_role("button", name="MIDI").wait_for(timeout=LONG)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=LONG)


def choose(page, label: str, option: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=re.compile(f"{label}$")).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_from_the_settings_to_a_musicxml_that_is_the_tune_in_the_midi_file(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?folk.bars=8")
    wait_for(page)
    choose(page, "Key", "D")
    page.wait_for_url(re.compile("folk.key=D"), timeout=LONG)
    choose(page, "Metre", "6/8")
    page.wait_for_url(re.compile("folk.meter=6"), timeout=LONG)
    page.get_by_text("8 bars in D major, 6/8").first.wait_for(timeout=LONG)
    page.get_by_role("button", name="Compose again").click()
    page.wait_for_url(re.compile("folk.seed="), timeout=LONG)
    page.locator("label").get_by_text("2", exact=True).click()
    page.get_by_text("Variant 2: 8 bars in D major, 6/8").first.wait_for(timeout=LONG)
    page.wait_for_timeout(300)
    wait_for(page)
    assert page.get_by_role("img", name=re.compile("^Score of variant [123]:")).count() == 3
    heard = midi.from_bytes(download(page, "MIDI"))
    tune, said = read_tune(download(page, "MusicXML"), "tune.musicxml")
    assert said == []
    assert (tune.keys[0].tonic, tune.meters[0].meter, len(tune.bars)) == ("D", "6/8", 8)
    assert tune.pitches == [note.pitch for note in heard.instruments[0].notes]
    assert read_tune(download(page, "Kern"), "tune.krn")[0].events == tune.events
    assert read_tune(download(page, "ABC"), "tune.abc")[0].events == tune.events
    assert download(page, "Score").startswith(b"<svg")


def test_kept_bars_and_a_typed_beginning_are_in_the_link(visit, app_url):
    page = visit.open(
        f"{app_url}/folk_generator?folk.bars=8&folk.count=1&folk.keep=8&folk.abc=G2+A2+B2+c2+%7C%0Ad4+d4"
    )
    wait_for(page)
    first, _ = read_tune(download(page, "Kern"), "tune.krn")
    assert first.pitches[:6] == [67, 69, 71, 72, 74, 74]
    page.get_by_role("button", name="Compose again").click()
    page.wait_for_url(re.compile("folk.rest_seed="), timeout=LONG)
    page.wait_for_timeout(500)
    wait_for(page)
    tune, _ = read_tune(download(page, "Kern"), "tune.krn")
    assert tune != first and tune.pitches[-1] == first.pitches[-1]
    again = visit.open(page.url)
    wait_for(again)
    assert read_tune(download(again, "Kern"), "tune.krn")[0] == tune


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(f"{app_url}/folk_generator?{SHORT}&folk.abc=G2+A2+B2+c2", color_scheme=scheme)
    wait_for(page)
    for opened in ("A beginning of your own", "Keep bars, compose the rest anew", "How good is it?"):
        page.locator("summary").get_by_text(opened).click()
    page.get_by_text("What it has heard").first.wait_for(timeout=LONG)
    page.wait_for_timeout(600)
    grave = [
        (finding["id"], [node["html"][:160] for node in finding["nodes"]][:4])
        for finding in Axe().run(page).response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]
    assert grave == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".st-key-folk-narrow").is_visible()
    assert not page.locator(".st-key-folk-wide").is_visible()
