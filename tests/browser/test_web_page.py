"""The exported page, opened from disk in a real browser without a network: keys, announcements, playhead, hostile words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.presentation import page_sound
from core.presentation.embedding import write_embed_code
from core.presentation.presentation import (
    ChartPicture,
    Presentation,
    RollPicture,
    Series,
    ShownNote,
    ShownPoint,
    SpokenCaption,
    Voice,
)
from core.presentation.web_page import write_page
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

SR = 8_000
N_POINTS, EVERY_SEC, GAP = 8, 0.5, 3
DURATION_SEC = N_POINTS * EVERY_SEC
LATE_SEC = 0.05
HOSTILE = (
    "</title></script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
    '"onload="window.pwned=1 {script} \0\u2028\u202egnp.exe \ud800 עברית العربية 👩‍👩‍👧 <!-- ]]> &amp;lt; \x1b[31m'
    + "W"
    * 200
)

# As in test_player.py: what was drawn when a click was heard. Places in the drawing, as times of its straight axis.
TAP = """() => {
  const head = document.querySelector('.playhead');
  const context = new AudioContext();
  const analyzer = context.createAnalyser();
  analyzer.fftSize = 8192;
  context.createMediaElementSource(document.querySelector('audio')).connect(analyzer).connect(context.destination);
  const samples = new Float32Array(analyzer.fftSize);
  let last = -1;
  window.heard = [];
  const poll = () => {
    analyzer.getFloatTimeDomainData(samples);
    const now = context.currentTime;
    for (let i = 0; i < samples.length; i++) {
      const at = now - (samples.length - i) / context.sampleRate;
      if (Math.abs(samples[i]) < 0.1 || at < last + 0.2) continue;
      last = at;
      window.heard.push([now - at, new DOMMatrix(getComputedStyle(head).transform).m41, document.querySelectorAll('.overlay > *').length]);
    }
    requestAnimationFrame(poll);
  };
  requestAnimationFrame(poll);
}"""


def clicks() -> FlacSound:
    y = np.zeros(round(DURATION_SEC * SR), np.float32)
    for i in range(N_POINTS):
        if i != GAP:
            start = round(i * EVERY_SEC * SR)
            y[start : start + 40] = 0.5 * np.hanning(40)
    return FlacSound.of(Audio(y, SR))


def shown(words: str = "Sea ice", **more: Any) -> Presentation:
    """Eight points, one of them a gap, half a second each."""
    onsets = EVERY_SEC * np.arange(N_POINTS)
    values = np.abs(np.arange(N_POINTS) - 4.0)
    sounds = np.arange(N_POINTS) != GAP
    series = Series(
        voice=0,
        panel=0,
        x=onsets,
        y=np.where(sounds, values, np.nan),
        note_x=onsets[sounds],
        note_y=values[sounds],
        onset_sec=onsets[sounds],
        duration_sec=np.full(N_POINTS - 1, 0.4),
    )
    chart = ChartPicture(
        series=(series,),
        panel_titles=(words,),
        x_title=words,
        x_is_date=False,
        times_sec=np.array([0.0, DURATION_SEC]),
        place_x=np.array([0.0, DURATION_SEC]),
    )
    points = [
        ShownPoint(
            onset_sec=onset,
            duration_sec=EVERY_SEC,
            label=f"{words}, year {i}, {'no data' if i == GAP else value}",
            value=None if i == GAP else value,
            kind="gap" if i == GAP else "point",
            peak=i == N_POINTS - 1,
        )
        for i, (onset, value) in enumerate(zip(onsets.tolist(), values.tolist(), strict=True))
    ]
    notes = [
        ShownNote(onset_sec=onset, duration_sec=0.4, pitch=60 + value, velocity=90)
        for onset, value in zip(onsets.tolist(), values.tolist(), strict=True)
    ]
    given: dict[str, Any] = {
        "title": words,
        "subtitle": words,
        "sound": clicks(),
        "pictures": (chart, RollPicture()),
        "voices": (Voice(name=words),),
        "notes": tuple(notes),
        "points": tuple(points),
        "mapping": (words,),
        "captions": (SpokenCaption(onset_sec=0.0, duration_sec=1.0, text=words),),
        "source": words,
        "license": words,
        "columns": ((words, tuple(str(i) for i in range(N_POINTS))), ("cells", (words,) * N_POINTS)),
    }
    return Presentation(**{**given, **more})


@pytest.fixture
def open_file(visit: Visit, tmp_path: Path) -> Callable[..., Page]:
    """Write a page to disk and open it from there, offline; ``requests`` of the page holds what it asked for."""

    def open_page(presentation: Presentation, before: str = "", **options: Any) -> Page:
        path = tmp_path / "page.html"
        path.write_text(write_page(presentation), encoding="utf-8")
        # What was asked for is known to the browser itself, also where no request left it.
        page = visit.open("about:blank", offline=True, **options)
        page.set_default_timeout(15_000)
        page.requested = []  # type: ignore[attr-defined]
        page.on("request", lambda request: page.requested.append(request.url))  # type: ignore[attr-defined]
        if before:
            page.add_init_script(before)
        page.goto(path.as_uri())
        return page

    return open_page


def wait_for_player(page: Page) -> None:
    page.locator(".player:not([aria-busy])").wait_for()


def time_of(page: Page) -> float:
    return float(page.locator(".playhead").get_attribute("data-time") or "nan")


def test_it_is_stepped_through_by_keys_and_announces_each_point_without_a_request(open_file):
    page = open_file(shown())
    wait_for_player(page)
    announced = page.locator("[role=status]")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.get_by_role("application").focus()
    for key, words in [
        ("Home", "Sea ice, year 0, 4.0"),
        ("ArrowRight", "Sea ice, year 1, 3.0"),
        ("g", "Sea ice, year 3, no data"),
        ("p", "Sea ice, year 7, 3.0"),
        ("ArrowRight", "No later point."),
    ]:
        page.keyboard.press(key)
        expect(announced).to_have_text(words)
    assert time_of(page) == pytest.approx(7 * EVERY_SEC)
    expect(page.locator(".overlay:visible > circle")).to_have_count(1)
    page.get_by_role("slider", name="Position in Sea ice").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert time_of(page) == pytest.approx(1.0)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    grounds = []
    for color_scheme in ("light", "dark"):
        page.emulate_media(color_scheme=color_scheme)
        page.evaluate("() => Promise.allSettled(document.getAnimations().map((one) => one.finished))")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["impact"]) for rule in found] == []
    assert grounds == ["rgb(251, 250, 246)", "rgb(15, 20, 24)"]
    assert [url for url in page.requested if not url.startswith(("file:", "blob:"))] == []
    assert sum(url.startswith("file:") for url in page.requested) == 1


def test_a_click_on_the_drawing_goes_there_and_each_width_has_its_own(open_file):
    page = open_file(shown())
    wait_for_player(page)
    for width, name in [(1280, "large"), (700, "middle"), (390, "small")]:
        page.set_viewport_size({"width": width, "height": 800})
        drawing = page.locator(".drawing:visible")
        expect(drawing).to_have_count(1)
        expect(drawing).to_have_id(f"line-{name}")
        box = drawing.bounding_box()
        page.mouse.click(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2)
        assert time_of(page) == pytest.approx(DURATION_SEC, abs=0.05)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Notes").click()
    expect(page.locator(".drawing:visible")).to_have_count(0)
    expect(page.locator(".still")).to_be_visible()


def test_parts_that_follow_one_another_are_one_row_and_only_keys_that_lead_somewhere_are_named(open_file):
    parts = [
        ShownPoint(
            onset_sec=2.0 * i,
            duration_sec=2.0,
            label=f"{name}, part {i + 1} of 2",
            value=None,
            kind="point",
            voice=i,
        )
        for i, name in enumerate(("Recording", "Added"))
    ]
    page = open_file(
        shown(points=tuple(parts), voices=(Voice(name="Recording"), Voice(name="Added")), point_noun="part")
    )
    wait_for_player(page)
    announced = page.locator("[role=status]")
    expect(announced).to_have_text("2 parts. Each step plays one part and announces it.")
    page.get_by_role("application").focus()
    for key, words in [("Home", "Recording, part 1 of 2"), ("ArrowRight", "Added, part 2 of 2")]:
        page.keyboard.press(key)
        expect(announced).to_have_text(words)
    for key in ("p", "g", "ArrowDown"):
        page.keyboard.press(key)
        expect(announced).to_have_text("Added, part 2 of 2")
    named = "← → part by part · Home End first and last · Space repeat"
    expect(page.locator(".keys")).to_have_text(named, use_inner_text=True)
    expect(page.get_by_role("button", name="Next part", exact=True)).to_be_visible()
    for name in ("Next peak", "Next gap", "Next voice"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()


def test_paper_is_white_and_has_picture_and_data(open_file):
    page = open_file(shown(), color_scheme="dark")
    wait_for_player(page)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator(".drawing:visible")).to_have_count(1)
    expect(page.locator(".playhead")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_it_plays_within_another_page_that_gives_it_no_rights(open_file, tmp_path):
    page = open_file(shown())
    host = tmp_path / "host.html"
    host.write_text(f"<!DOCTYPE html><title>Host</title>{write_embed_code('page.html', 'Sea ice')}")
    page.goto(host.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator(".player:not([aria-busy])").wait_for()
    frame.get_by_role("button", name="Play", exact=True).click()
    expect(frame.get_by_role("button", name="Pause")).to_be_visible()
    expect(frame.locator(".now")).not_to_have_text("0:00.0")


def test_words_of_strangers_stay_words(open_file):
    page = open_file(shown(HOSTILE), viewport={"width": 390, "height": 844})
    wait_for_player(page)
    page.get_by_role("application").focus()
    page.keyboard.press("Home")
    page.locator("summary").click()
    expect(page.get_by_role("table")).to_be_visible()
    assert page.evaluate("window.pwned") is None
    heading = page.locator("h1").inner_text()
    assert heading.startswith("</title></script><script>window.pwned = 1</script><img src=x")
    assert 290 < len(heading) <= 300 and "\u202e" not in heading and "\0" not in heading
    assert page.evaluate("(one => one.scrollHeight <= one.clientHeight)(document.querySelector('h1'))")
    assert "{script}" in heading and "&amp;lt;" in heading
    assert page.locator("img, main script, iframe").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_picture_words_data_and_sound_remain(open_file):
    page = open_file(shown(), java_script_enabled=False)
    expect(page.get_by_role("img").locator("visible=true")).to_have_count(1)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("audio[controls]")).to_be_visible()
    expect(page.locator(".player")).to_be_hidden()
    page.locator("summary").click()
    expect(page.get_by_role("cell", name="Sea ice").first).to_be_visible()


@pytest.mark.alone
def test_the_playhead_runs_with_the_sound(open_file, record_property):
    for _ in range(4):  # A busy machine gets another chance.
        page = open_file(shown())
        wait_for_player(page)
        ways = page.evaluate("""async () => {
          const { segments } = (await shownPlayer).drawings.shown;
          return [segments[0][2], segments.at(-1)[3], (await shownPlayer).drawings.scale];
        }""")
        left, right, scale = ways
        page.evaluate(TAP)
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=20_000)
        heard = np.array(page.evaluate("window.heard"))
        drawn = (heard[:, 1] / scale - left) / (right - left) * DURATION_SEC
        late = drawn - heard[:, 0]
        off = np.abs(late - EVERY_SEC * np.round(late / EVERY_SEC))
        p95 = float(np.percentile(off, 95))
        print(f"playhead against sound: median {np.median(off) * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms")  # noqa: T201
        if p95 <= LATE_SEC and len(heard) >= N_POINTS - 2:
            break
        page.close()
    record_property("page_playhead_p95_ms", round(p95 * 1000, 1))
    assert p95 <= LATE_SEC
    assert GAP * EVERY_SEC not in EVERY_SEC * np.round(late / EVERY_SEC)


def test_a_browser_without_opus_plays_the_other_file_in_time(open_file, monkeypatch):
    monkeypatch.setattr(page_sound, "_MAX_FLAC_BYTES", 100)
    refuses = """
      const decode = OfflineAudioContext.prototype.decodeAudioData;
      OfflineAudioContext.prototype.decodeAudioData = function (file) {
        const head = new TextDecoder('latin1').decode(file.slice(0, 4));
        (window.asked ??= []).push(head);
        return head === 'OggS' ? Promise.reject(new Error('Ogg')) : decode.call(this, file);
      };"""
    onsets = {}
    for before in ("", refuses):
        page = open_file(shown(), before=before)
        wait_for_player(page)
        onsets[before] = page.evaluate("""async () => {
          const { samples, sr, frames } = (await shownPlayer).sound.samples;
          const found = [];
          for (let i = 0; i < samples.length; i++) {
            if (samples[i] > 8000 && !(found.at(-1) > i / sr - 0.2)) found.push(i / sr);
          }
          return [...found, frames / sr];
        }""")
        assert (page.evaluate("window.asked") == ["OggS", "\0\0\0\x1c"]) is bool(before)
    assert len(onsets[""]) == N_POINTS
    assert np.allclose(onsets[""], onsets[refuses], atol=0.002)
