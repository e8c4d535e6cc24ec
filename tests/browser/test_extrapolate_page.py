"""The Extrapolate page in a real Chromium: an upload extended by 30 s, versions and joins played, long work stopped."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from core import audio
from core.extrapolate.examples import EXAMPLES
from tests.browser.conftest import download, grave_findings, phone_overflow, wait_for_sound, wait_until_done

pytestmark = pytest.mark.browser
SR = 22_050


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "street corner.wav"
    path.write_bytes(audio.encode(EXAMPLES["street"].audio(sr=SR), "wav"))
    return path


def test_a_clip_goes_on_by_thirty_seconds_and_its_first_part_comes_back_sample_by_sample(page, app_url, clip):
    page.goto(f"{app_url}/extrapolate?extrapolate.source=Upload")
    page.locator(".st-key-extrapolate-file input[type=file]").set_input_files(str(clip))
    wait_until_done(page, "FLAC")
    told = json.loads(download(page, "Report"))
    assert told["request"]["seconds"] == 30
    # Every join is a mark in the chart, above the waveform.
    marks = page.locator(".st-key-extrapolate-chart .scatterlayer .points path.point")
    marks.first.wait_for()
    assert marks.count() == told["n_joins"] >= 1
    page.get_by_text(
        re.compile("joins? (is within|are within|exceeds?) the recording's own limits")
    ).wait_for()

    own = audio.decode(clip.read_bytes())
    made = audio.decode(download(page, "WAV"))
    stop = round(told["recording"]["identical_sec"][1] * SR)
    assert stop >= 24 * SR
    np.testing.assert_array_equal(made.y[:, :stop], own.y[:, :stop])
    assert made.duration_sec == pytest.approx(told["recording"]["stop_sec"] + 30, abs=0.01)
    settings = json.loads(download(page, "Settings"))
    assert settings["settings"]["seconds"] == 30 and len(settings["data"]["sha256"]) == 64

    page.get_by_role("button", name=re.compile("^play", re.I)).first.click()
    head = page.locator(".sonoscope-chart-playhead")
    head.first.wait_for(state="visible")
    early = head.first.bounding_box()["x"]
    wait_for_sound(page, 2.5)
    assert head.first.bounding_box()["x"] > early + 5
    page.get_by_text("Added part", exact=True).click()
    page.get_by_text("street corner: added part").wait_for()


def clock_sec(page) -> float:
    minutes, seconds = page.locator(".player .now").inner_text().split(":")
    return 60 * int(minutes) + float(seconds)


def test_versions_are_compared_at_the_same_place_also_while_they_play(page, app_url):
    page.goto(f"{app_url}/extrapolate?extrapolate.seconds=12&extrapolate.direction=Both")
    wait_until_done(page, "FLAC")
    added_before = json.loads(download(page, "Report"))["recording"]["start_sec"]
    assert added_before == pytest.approx(12, abs=0.1)
    page.locator(".player .picture").press("Home")
    for _ in range(20):
        page.locator(".player .picture").press("ArrowRight")
    page.get_by_role("radio", name="Original").click()
    page.get_by_text("Street beat: original").wait_for()
    page.wait_for_function(SHOWS, arg=[20 - added_before - 0.2, 20 - added_before + 0.2])
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(SHOWS, arg=[9.0, 20.0])
    before = clock_sec(page)
    page.get_by_role("radio", name="Extended").click()
    page.get_by_text("Street beat: extended").wait_for()
    page.wait_for_function(SHOWS, arg=[added_before + before, 40.0])
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


SHOWS = """([low, high]) => { for (const e of document.querySelectorAll('*')) {
  const now = e.shadowRoot?.querySelector('.player .now');
  if (now) { const [m, s] = now.textContent.split(':').map(Number); const at = 60 * m + s; return at >= low && at <= high; }
} return false; }"""


def test_a_button_plays_the_seconds_around_one_join_and_stops(page, app_url):
    page.goto(f"{app_url}/extrapolate?extrapolate.seconds=10")
    wait_until_done(page, "FLAC")
    time_sec = json.loads(download(page, "Report"))["joins"][0]["time_sec"]
    buttons = page.get_by_role("group", name="Play the seconds around a join").get_by_role("button")
    buttons.first.click()
    page.wait_for_function(SHOWS, arg=[time_sec - 3.1, time_sec + 3.5])
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(SHOWS, arg=[time_sec + 2.9, time_sec + 3.6])
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_timeout(500)
    assert clock_sec(page) == pytest.approx(time_sec + 3, abs=0.6)
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
    # A second click stops it.
    buttons.first.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    buttons.first.click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(buttons.first).to_have_attribute("aria-pressed", "false")


def test_long_work_can_be_stopped_and_the_last_result_stays(page, app_url):
    page.goto(f"{app_url}/extrapolate?extrapolate.adventure=0.9&extrapolate.direction=both")
    wait_until_done(page, "FLAC")
    page.get_by_role("spinbutton", name="Length to add").fill("540")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    expect(page.get_by_text("Still showing the last result: 30 s on both sides")).to_be_visible()
    wait_until_done(page, "FLAC")
    assert json.loads(download(page, "Report"))["request"]["seconds"] == 30
    page.get_by_role("spinbutton", name="Length to add").fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Still showing the last result")).to_have_count(0)
    wait_until_done(page, "FLAC")
    assert json.loads(download(page, "Report"))["request"]["seconds"] == 12


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(
        f"{app_url}/extrapolate?extrapolate.seconds=10&extrapolate.direction=Both&extrapolate.mood=More+energetic",
        color_scheme=scheme,
    )
    wait_until_done(page, "FLAC")
    for opened in ("Join details", "Advanced", "Model details"):
        page.locator("summary").get_by_text(opened).click()
    page.get_by_text(re.compile("It reads the last twenty seconds|not installed here")).wait_for()
    assert grave_findings(page) == []
    assert phone_overflow(page) == 0
