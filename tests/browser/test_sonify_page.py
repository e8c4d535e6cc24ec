"""The Sonify page in a real Chromium: upload, play, see, take away; look right; be usable by everybody."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from core import audio
from core.music import midi
from tests.browser.conftest import (
    ROOT,
    download,
    grave_findings,
    running_app,
    wait_for_sound,
    wait_until_done,
    wait_until_still,
    write_readings,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def table(tmp_path):
    return write_readings(tmp_path, np.random.default_rng(4).normal(20, 5, 40))


def test_an_analyst_uploads_hears_sees_and_takes_the_data_away(page, app_url, table):
    path, frame = table
    page.goto(f"{app_url}/sonify_data?sonify.source=Upload&sonify.duration=10")
    page.locator("input[type=file]").first.set_input_files(str(path))
    wait_until_done(page)

    play = page.get_by_role("button", name=re.compile("^play", re.I)).first
    play.click()
    head = page.locator(".sonoscope-chart-playhead")
    head.first.wait_for(state="visible")
    first = head.first.bounding_box()["x"]
    wait_for_sound(page, float(page.locator(".playhead").first.get_attribute("data-time")) + 1)
    assert head.first.bounding_box()["x"] > first + 5

    track = midi.from_bytes(download(page, "MIDI")).instruments[0]
    assert track.name == "reading"
    assert len(track.notes) == 40
    pitches = pd.Series([note.pitch for note in track.notes])
    assert pitches.corr(frame["reading"], method="spearman") >= 0.97
    sound = audio.decode(download(page, "WAV"))
    assert sound.sr == 44_100 and sound.duration_sec == pytest.approx(11.5, abs=0.5)
    # In the sound the note of the highest reading is where the table has it.
    spot = int(frame["reading"].argmax())
    window = sound.mono().y[int((spot * 0.25 + 0.03) * 44_100) : int((spot * 0.25 + 0.2) * 44_100)]
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), 1 << 17))
    peak_hz = spectrum.argmax() * 44_100 / (1 << 17)
    assert 12 * np.log2(peak_hz / 440) + 69 == pytest.approx(pitches[spot], abs=0.3)
    settings = json.loads(download(page, "Settings"))["settings"]
    assert settings["voices"][0]["column"] == "reading"


def test_a_link_opened_on_a_fresh_server_shows_the_whole_app(visit):
    with running_app(ROOT / "app.py") as address:
        page = visit.open(f"{address}/sonify_data?sonify.duration=7")
        wait_until_done(page)
        assert page.get_by_test_id("stTopNavLink").all_inner_texts()[1].endswith("Sonify Data")
        assert page.get_by_role("dialog").count() == 0
        assert midi.from_bytes(download(page, "MIDI")).get_end_time() == pytest.approx(7, abs=0.1)


def test_nothing_is_fetched_from_elsewhere(visit, app_url):
    page = visit.open("about:blank")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/sonify_data?sonify.duration=5")
    wait_until_done(page)
    wait_until_still(page)
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []


def test_a_link_reproduces_the_sound(page, app_url):
    page.goto(
        f"{app_url}/sonify_data?sonify.example=Flow+of+the+Nile,+1871+to+1970&sonify.scale=dorian&sonify.voice1.polarity=higher+is+lower&sonify.duration=8"
    )
    wait_until_done(page)
    first = download(page, "MIDI")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    wait_until_done(page)
    assert download(page, "MIDI") == first


def test_a_hostile_table_runs_nothing(page, app_url, tmp_path):
    path = tmp_path / "x.csv"
    name = '<img src=x onerror="window.hacked=1">'
    path.write_text(
        f'"{name.replace(chr(34), chr(34) * 2)}",b\n1,=1+1\n5,<script>window.hacked=1</script>\n3,z\n'
    )
    page.goto(f"{app_url}/sonify_data?sonify.source=Upload")
    page.locator("input[type=file]").first.set_input_files(str(path))
    wait_until_done(page)
    wait_until_still(page)
    assert page.evaluate("window.hacked") is None


def test_nothing_that_is_not_a_table_shows_a_traceback(page, app_url, tmp_path):
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    page.goto(f"{app_url}/sonify_data?sonify.source=Upload")
    page.locator("input[type=file]").first.set_input_files(str(path))
    told = page.get_by_test_id("stAlert").first
    told.wait_for()
    assert "PNG" in told.inner_text()
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
@pytest.mark.parametrize("address", ["/sonify_data?sonify.example=Flow+of+the+Nile,+1871+to+1970"])
def test_axe_finds_nothing_serious(visit, app_url, scheme, address):
    page = visit.open(app_url + address, color_scheme=scheme)
    page.get_by_role("button", name="MIDI" if "sonify_data" in address else "Play sunspots").first.wait_for()
    assert grave_findings(page) == []


@pytest.mark.parametrize("address", ["/", "/sonify_data?sonify.example=Flow+of+the+Nile,+1871+to+1970"])
def test_a_phone_needs_no_sideways_scrolling(visit, app_url, address):
    page = visit.open(app_url + address, width=390)
    page.get_by_role("button", name="MIDI" if "sonify_data" in address else "Play sunspots").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_mp3_is_made_on_click(page, app_url):
    page.goto(f"{app_url}/sonify_data?sonify.example=Flow+of+the+Nile,+1871+to+1970")
    wait_until_done(page, "MP3")
    data = download(page, "MP3")
    assert audio.decode(data).duration_sec > 30
