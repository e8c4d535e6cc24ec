"""The Extrapolate page in a real Chromium: a clip is uploaded, goes on by 30 s, and comes back with its own part untouched."""

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
    page.goto(f"{app_url}/extrapolate?extrapolate.source=A+file")
    page.locator("input[type=file]").first.set_input_files(str(clip))
    wait_until_done(page, "FLAC")
    told = json.loads(download(page, "Report"))
    assert told["request"]["seconds"] == 30
    # Every join is a mark in the chart, above the waveform.
    marks = page.locator(".st-key-extrapolate-chart .scatterlayer .points path.point")
    marks.first.wait_for()
    assert marks.count() == told["n_joins"] >= 1
    page.get_by_text(re.compile("joins?, (all|[0-9]+) within the recording's own changes")).wait_for()

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
    page.get_by_text("Addition", exact=True).click()
    page.get_by_text("street corner: addition").wait_for()


def test_long_work_can_be_stopped_and_taken_up_again(page, app_url):
    page.goto(
        f"{app_url}/extrapolate?extrapolate.seconds=540&extrapolate.adventure=0.9&extrapolate.direction=both"
    )
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    page.get_by_role("spinbutton", name="Seconds").fill("12")
    page.keyboard.press("Enter")
    wait_until_done(page, "FLAC")
    assert json.loads(download(page, "Report"))["request"]["seconds"] == 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(
        f"{app_url}/extrapolate?extrapolate.seconds=10&extrapolate.direction=both&extrapolate.mood=lift+it",
        color_scheme=scheme,
    )
    wait_until_done(page, "FLAC")
    for opened in ("Every join", "How good is it?"):
        page.locator("summary").get_by_text(opened).click()
    page.get_by_text(re.compile("What it has heard|not installed here")).wait_for()
    assert grave_findings(page) == []
    assert phone_overflow(page) == 0
