"""The Audio Viz page in a real Chromium: bring a sound, play it, put it in another order, take a video away."""

import io
import re
import time
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from core import audio
from tests.browser.conftest import grave_findings, phone_overflow, wait_until_done

pytestmark = pytest.mark.browser
SECONDS = 20.0
SR = 22_050


@pytest.fixture(scope="module")
def track(tmp_path_factory) -> Path:
    """Two notes a second, the second half an octave higher and louder."""
    t = np.arange(round(SECONDS * SR)) / SR
    late = t > SECONDS / 2
    y = np.where(late, 0.5, 0.15) * np.sin(2 * np.pi * np.where(late, 440, 220) * t) * np.exp(-5 * (t % 0.5))
    path = tmp_path_factory.mktemp("track") / "two halves.wav"
    path.write_bytes(audio.encode(audio.Audio(y.astype(np.float32), SR), "wav"))
    return path


def bring(page, app_url: str, track: Path, query: str = "") -> None:
    page.goto(f"{app_url}/audio_viz?viz.source=Upload{query}")
    page.locator(".st-key-viz-file input[type=file]").set_input_files(str(track))
    wait_until_done(page, "Features (CSV)")


def heard_sec(page) -> float:
    return float(page.locator(".scenes").get_attribute("data-time"))


def until_heard(page, low: float, high: float) -> None:
    page.wait_for_function(
        "([low, high]) => { for (const e of document.querySelectorAll('*')) { const s = e.shadowRoot?.querySelector('.scenes');"
        " if (s) return s.dataset.time >= low && s.dataset.time <= high; } return false; }",
        arg=[low, high],
    )


def until_true(page, holds) -> None:
    """Ask again and again, a while longer than it should take."""
    end = time.monotonic() + 60
    while not holds() and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert holds()


def playhead_share(page) -> float:
    """Where the line over the chart is, as a share of the chart's plotting area."""
    return page.evaluate("""() => {
      const plot = document.querySelector('.st-key-viz-drawn .js-plotly-plot');
      const line = plot.querySelector('.sonoscope-chart-playhead').getBoundingClientRect();
      const axis = plot._fullLayout.xaxis;
      const left = plot.querySelector('.svg-container').getBoundingClientRect().left + axis._offset;
      return (line.left + line.width / 2 - left) / axis._length;
    }""")


def test_a_visitor_brings_a_track_plays_seeks_and_sees_it_full_screen(page, app_url, track):
    bring(page, app_url, track, "&viz.chart=Spectrogram")
    scenes = page.locator(".scenes")
    assert scenes.locator(".title").inner_text() == "two halves"
    line = page.locator(".st-key-viz-drawn .sonoscope-chart-playhead")
    line.wait_for(state="attached")
    scenes.get_by_role("button", name="Play", exact=True).click()
    until_heard(page, 0.8, SECONDS)
    # Also while the picture is out of sight and draws nothing.
    page.get_by_role("heading", name="Download").scroll_into_view_if_needed()
    early = playhead_share(page)
    until_true(page, lambda: playhead_share(page) > early + 1.5 / SECONDS)
    page.locator(".scenes .title").scroll_into_view_if_needed()
    play = scenes.locator("[data-do=play]")
    if play.get_attribute("aria-label") == "Pause":
        play.click()
    seek = scenes.get_by_role("slider", name="Position")
    seek.focus()
    seek.press("Home")
    for _ in range(3):
        seek.press("ArrowRight")
    until_heard(page, 2.9, 3.1)
    # The charts follow within half a second also while nothing plays.
    until_true(page, lambda: playhead_share(page) == pytest.approx(3 / SECONDS, abs=0.03))
    # A click on the chart goes there in the sound.
    plot = page.locator(".st-key-viz-drawn .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.74, box["y"] + box["height"] / 2)
    page.locator(".st-key-viz-drawn .hoverlayer > *").first.wait_for(state="attached")
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    until_heard(page, 0.7 * SECONDS, 0.8 * SECONDS)
    scenes.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("document.fullscreenElement === null")


def test_the_order_is_dragged_or_moved_by_keys_and_is_in_the_link(visit, app_url, track):
    page = visit.open("about:blank")
    bring(page, app_url, track)
    page.locator("summary").get_by_text("Advanced", exact=True).click()
    grips = page.locator(".st-key-viz-order_list .grip")
    grips.first.wait_for()
    for place in (2, 0):
        grips.nth(place).scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # Until the expander has unfolded.
    assert grips.first.get_attribute("aria-label").startswith("loudness drives scale")
    first, third = (grips.nth(i).bounding_box() for i in (0, 2))
    page.mouse.move(first["x"] + 20, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(third["x"] + 20, third["y"] + third["height"] / 2, steps=6)
    page.mouse.up()
    page.wait_for_url(re.compile(r"viz\.order=1-2-0-3-4-5-6-7-8-9"))
    wait_until_done(page, "Features (CSV)")
    assert grips.nth(2).get_attribute("aria-label").startswith("loudness drives hue")
    page.locator(".st-key-viz-drawn").get_by_text("hue ← loudness").wait_for()
    grips.nth(2).focus()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.ariaLabel").startswith(
        "loudness drives drift"
    )
    page.wait_for_url(re.compile(r"viz\.order=1-2-3-4-5-6-7-8-9-0"))
    page.locator(".st-key-viz-order_list").get_by_role("button", name="Move loudness up").click()
    page.wait_for_url(re.compile(r"viz\.order=1-2-3-4-5-6-7-8-0-9"))
    wait_until_done(page, "Features (CSV)")
    again = visit.open(page.url)
    again.locator("summary").get_by_text("Advanced", exact=True).click()
    again.locator(".st-key-viz-order_list .grip").nth(8).wait_for()
    assert (
        again.locator(".st-key-viz-order_list .grip")
        .nth(8)
        .get_attribute("aria-label")
        .startswith("loudness")
    )


def test_a_video_made_on_the_page_has_the_picture_and_the_sound(page, app_url, track):
    bring(page, app_url, track)
    page.locator(".scenes").get_by_role("combobox", name="Scene").select_option("waves")
    page.wait_for_url(re.compile(r"viz\.scene=waves"))
    wait_until_done(page, "Features (CSV)")
    page.locator("summary").get_by_text("Video", exact=True).click()
    for name, value in (("Start (s)", "9"), ("Length (s)", "2")):
        page.get_by_role("spinbutton", name=name).fill(value)
        page.get_by_role("spinbutton", name=name).press("Enter")
    page.get_by_text("0:09.0 to 0:11.0 (2.0 s).").wait_for()
    wait_until_done(page, "Features (CSV)")
    page.get_by_role("button", name="Make video").click()
    # A press while the page still runs would be lost with the button that the run draws anew.
    wait_until_done(page, "Video (MP4)")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Video (MP4)").click()
    assert "waves" in waiting.value.suggested_filename
    data = Path(waiting.value.path()).read_bytes()
    with av.open(io.BytesIO(data)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (1280, 720)
        frames = sum(1 for _ in film.decode(video=0))
    sound = audio.decode(data).mono()
    assert frames == 60 and sound.duration_sec == pytest.approx(2.0, abs=0.1)
    # Cut from 9 to 11 s, the louder half begins after one second.
    half = sound.n_samples // 2
    quiet, loud = (
        float(np.sqrt(np.mean(part**2))) for part in (sound.y[: half - 2000], sound.y[half + 2000 :])
    )
    assert loud > 2 * quiet


def test_visualize_beside_a_folk_tune_leads_here_with_that_sound(page, app_url):
    page.goto(f"{app_url}/folk_generator?folk.bars=4&folk.count=1&folk.seed=2")
    see = page.get_by_role("button", name="Open in Audio Viz")
    see.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    see.click()
    page.get_by_role("heading", name="Audio Viz").wait_for()
    wait_until_done(page, "Features (CSV)")
    expect(page.locator(".scenes .title")).to_have_text(re.compile("^Folk tune"))
    assert page.get_by_role("alert").filter(has_text=re.compile(".")).count() == 0


def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(page, app_url, track):
    bring(page, app_url, track)
    for opened in ("Parameters of the scene", "Video", "Advanced", "Model details"):
        page.locator("summary").get_by_text(opened, exact=opened == "Video").click()
    page.get_by_text("Measured features, without a network").wait_for()
    light = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert grave_findings(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('.stApp')).backgroundColor !== light",
        arg=light,
    )
    wait_until_done(page, "Features (CSV)")
    assert grave_findings(page) == []
    assert phone_overflow(page) == 0


def test_a_look_sets_scene_colors_and_smoothing_and_is_marked(page, app_url):
    page.goto(f"{app_url}/audio_viz")
    wait_until_done(page, "Features (CSV)")
    looks = page.get_by_role("radiogroup", name="Look").or_(page.locator(".st-key-viz-preset"))
    looks.get_by_text("Calm", exact=True).click()
    page.wait_for_url(re.compile(r"viz\.scene=waves"))
    wait_until_done(page, "Features (CSV)")
    expect(page.locator(".scenes [data-do=scene]")).to_have_value("waves")
    expect(page.get_by_role("slider", name="Smoothing")).to_have_value("1.5")
    assert "viz.palette=ocean" in page.url and "viz.smoothing=1.5" in page.url


def test_play_is_on_the_first_screen_of_a_laptop_and_a_phone(visit, app_url):
    for width, height in ((1366, 768), (390, 844)):
        page = visit.open(f"{app_url}/audio_viz", width=width, height=height)
        begin = page.get_by_role("button", name="Play the scene")
        begin.wait_for()
        box = begin.bounding_box()
        assert box["y"] + box["height"] < height
