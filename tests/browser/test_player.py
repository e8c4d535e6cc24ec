"""The player in a real browser: its playhead measured against its sound, its keys, its manners on the page."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from core import audio
from core.audio.encoding import encode_opus
from tests.browser.conftest import COMPONENTS, MEDIA, ROOT, Visit, grave_findings, rerun, running_app

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("player_app.py")
LATE_SEC = 0.05  # More than this between sound and picture is seen.
DURATION_SEC = 12.0
MOST_FOR_A_TITLE = (
    100_000  # Bytes from the server to the browser; the sound has 17 kB as FLAC and 1 MB as WAV.
)

# The sound is tapped where the element hands its samples to the output. `getFloatTimeDomainData` gives the
# samples up to now, so a click is dated to a fraction of a millisecond although it is looked for once a frame.
# `head.dataset.time` is what was drawn in the frame that is on the screen while the next one is being made.
TAP = """(host) => {
  const head = host.shadowRoot.querySelector('.playhead');
  const audio = host.shadowRoot.querySelector('audio');
  const context = new AudioContext();
  const analyzer = context.createAnalyser();
  analyzer.fftSize = 8192;
  context.createMediaElementSource(audio).connect(analyzer).connect(context.destination);
  const samples = new Float32Array(analyzer.fftSize);
  const plot = document.querySelector('.st-key-chart .js-plotly-plot');
  let last = -1;
  window.heard = [];
  const poll = () => {
    analyzer.getFloatTimeDomainData(samples);
    const now = context.currentTime;
    for (let i = 0; i < samples.length; i++) {
      const at = now - (samples.length - i) / context.sampleRate;
      if (Math.abs(samples[i]) < 0.1 || at < last + 0.2) continue;
      last = at;
      const axis = plot._fullLayout.xaxis;
      const line = plot.querySelector('.sonoscope-chart-playhead');
      const x = new DOMMatrix(getComputedStyle(line).transform).m41 - axis._offset;
      const across = new DOMMatrix(getComputedStyle(head).transform).m41;
      const share = across / (host.shadowRoot.querySelector('.picture').clientWidth - 60);
      window.heard.push({ agoSec: now - at, drawnSec: Number(head.dataset.time), share, chartMs: axis.p2l(x) });
    }
    requestAnimationFrame(poll);
  };
  requestAnimationFrame(poll);
}"""


@pytest.fixture
def open_player(start_app: Callable[[Path], str], visit: Visit) -> Callable[..., Page]:
    """Open the test page and wait until players and chart stand."""

    def open_page(**options: Any) -> Page:
        page = visit.open(start_app(APP), **options)
        expect(page.locator(".player")).to_have_count(3)
        expect(page.locator(".broken", has_text="cannot be played")).to_be_visible()
        page.wait_for_function(
            "document.querySelector('.st-key-chart .js-plotly-plot')?._fullLayout?.xaxis?._length"
        )
        page.wait_for_selector(".sonoscope-chart-playhead", state="attached")
        return page

    return open_page


def color(scheme: str, name: str) -> str:
    """One color of the theme, as the browser writes it."""
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    red, green, blue = bytes.fromhex(theme[scheme][name].removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


def first(page: Page) -> Locator:
    return page.locator(COMPONENTS).nth(0)


def second(page: Page) -> Locator:
    return page.locator(COMPONENTS).nth(1)


def time_of(player: Locator) -> float:
    return float(player.locator(".playhead").get_attribute("data-time") or "nan")


def is_playing(player: Locator) -> bool:
    return player.locator("audio").evaluate("(audio) => !audio.paused && !audio.ended")


def wait_for_time(player: Locator, least_sec: float) -> None:
    player.page.wait_for_function(
        "([host, t]) => Number(host.shadowRoot.querySelector('.playhead').dataset.time) >= t",
        arg=[player.element_handle(), least_sec],
    )


def listen(page: Page) -> list[dict[str, float]]:
    """Play the first six seconds; one entry a click that was heard."""
    player = first(page)
    player.evaluate(TAP)
    player.locator(".play").click()
    wait_for_time(player, 5.8)
    return page.evaluate("window.heard")[:11]


@pytest.mark.alone
def test_playhead_and_chart_run_with_the_sound(open_player, record_property):
    for _ in range(
        4
    ):  # A machine that is busy with other things drops frames and sound; it gets another chance.
        page = open_player()
        heard = listen(page)
        drawn = np.array([h["drawnSec"] for h in heard])
        when_clicked = drawn - np.array([h["agoSec"] for h in heard])
        late = np.abs(when_clicked - np.round(when_clicked * 2) / 2)
        median, p95 = np.median(late), np.percentile(late, 95)
        print(f"playhead against sound: median {median * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms")  # noqa: T201
        if p95 <= LATE_SEC and len(heard) == 11:
            break
        page.close()
    record_property("playhead_p95_ms", round(float(p95) * 1000, 1))
    assert p95 <= LATE_SEC
    # The gap at 2.5 s is heard as nothing: what was heard is the sound and not a clock.
    assert (np.round(when_clicked * 2) / 2).tolist() == [i / 2 for i in range(12) if i != 5]

    assert np.allclose([h["share"] * DURATION_SEC for h in heard], drawn, atol=LATE_SEC / 5)
    months = (
        np.arange(np.datetime64("2000-01"), np.datetime64("2002-02")).astype("datetime64[ms]").astype(float)
    )
    on_chart = np.interp([h["chartMs"] for h in heard], months, np.arange(25) * 0.5)
    assert np.max(np.abs(on_chart - drawn)) <= LATE_SEC


def test_it_is_silent_until_somebody_starts_it_and_space_and_arrows_work(open_player):
    page = open_player()
    player = first(page)
    picture = player.locator(".picture")
    page.wait_for_timeout(300)
    assert not is_playing(player) and time_of(player) == 0
    expect(page.locator(".sonoscope-chart-playhead")).to_be_hidden()

    picture.focus()
    page.keyboard.press("Space")
    wait_for_time(player, 0.3)
    expect(player.locator(".play")).to_have_attribute("aria-label", "Pause")
    page.keyboard.press("Space")
    assert not is_playing(player)

    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert time_of(player) == pytest.approx(6.0)
    expect(picture).to_have_attribute("aria-valuenow", "6.0")
    expect(picture).to_have_attribute("aria-valuetext", "0:06.0 of 0:12.0")
    expect(picture).to_have_attribute("aria-valuemax", "12.0")
    page.keyboard.press("End")
    assert time_of(player) == pytest.approx(DURATION_SEC)

    box = picture.bounding_box()
    page.mouse.click(box["x"] + 46 + (box["width"] - 60) * 0.25, box["y"] + 60)
    assert time_of(player) == pytest.approx(3.0, abs=0.02)
    page.mouse.move(box["x"] + 46 + (box["width"] - 60) * 0.25, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 46 + (box["width"] - 60) * 0.75, box["y"] + 60, steps=4)
    page.mouse.up()
    assert time_of(player) == pytest.approx(9.0, abs=0.02)

    player.locator("[data-do=forward]").click()
    assert time_of(player) == pytest.approx(9.5)
    player.locator("[data-do=back]").click()
    assert time_of(player) == pytest.approx(9.0)
    player.locator("[data-do=stop]").click()
    assert time_of(player) == 0


@pytest.mark.alone
def test_double_speed_halves_the_time_and_loop_wraps(open_player):
    page = open_player()
    player = first(page)
    player.locator("select").select_option("2")
    player.locator("[data-do=loop]").click()
    expect(player.locator("[data-do=loop]")).to_have_attribute("aria-pressed", "true")
    player.locator(".picture").press("End")
    player.locator(".picture").press("Shift+ArrowLeft")
    player.locator(".picture").press("Space")
    wait_for_time(player, 7.2)
    rate = player.evaluate("""async (host) => {
      const audio = host.shadowRoot.querySelector('audio');
      const [t0, at0] = [performance.now(), audio.currentTime];
      await new Promise((done) => setTimeout(done, 1200));
      return [(audio.currentTime - at0) / ((performance.now() - t0) / 1000), audio.preservesPitch];
    }""")
    assert rate[0] == pytest.approx(2.0, abs=0.1)
    assert rate[1], "a faster sound keeps its pitch"
    page.wait_for_function(
        "(host) => Number(host.shadowRoot.querySelector('.playhead').dataset.time) < 4",
        arg=player.element_handle(),
    )
    assert is_playing(player)


def test_starting_one_player_stops_the_other(open_player):
    page = open_player()
    first(page).locator(".play").click()
    wait_for_time(first(page), 0.2)
    second(page).locator(".play").click()
    wait_for_time(second(page), 0.2)
    assert not is_playing(first(page))
    first(page).locator("[data-step=next]").click()
    assert not is_playing(second(page)), "a slice is a sound too"


SPY = """(() => {
  window.slices = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...given) {
    const samples = this.buffer.getChannelData(0);
    let loud = 0;
    for (const sample of samples) loud = Math.max(loud, Math.abs(sample));
    window.slices.push({ seconds: this.buffer.duration, loud, last: Math.abs(samples.at(-1)), given });
    return start.apply(this, given);
  };
})()"""


def test_exploring_names_each_point_and_plays_its_slice_alone(open_player):
    page = open_player()
    page.evaluate(SPY)
    player = first(page)
    said = player.locator(".announced")
    expect(said).to_have_attribute("aria-live", "polite")
    player.locator(".play").click()
    wait_for_time(player, 0.1)
    player.locator("[data-do=stop]").click()

    player.locator(".ear").focus()
    for key, label in [
        ("ArrowRight", "Jan 2000, 300 ppm, point 1 of 24"),
        ("ArrowRight", "Feb 2000, 302 ppm, point 2 of 24"),
        ("p", "Apr 2000, 321 ppm, point 4 of 24"),
        ("p", "Dec 2000, 337 ppm, point 12 of 24"),
        ("p", "No later peak."),
        ("p", "No later peak."),
        ("Shift+P", "Apr 2000, 321 ppm, point 4 of 24"),
        ("g", "Jun 2000, no value, point 6 of 24"),
        ("g", "Mar 2001, no value, point 15 of 24"),
        ("g", "No later gap."),
        ("End", "Dec 2001, 346 ppm, point 24 of 24"),
        ("ArrowRight", "No later point."),
        ("ArrowLeft", "Nov 2001, 344 ppm, point 23 of 24"),
        ("Home", "Jan 2000, 300 ppm, point 1 of 24"),
        ("ArrowLeft", "No earlier point."),
        ("Space", "Jan 2000, 300 ppm, point 1 of 24"),
    ]:
        page.keyboard.press(key)
        expect(said).to_have_text(label)
    slices = page.evaluate("window.slices")
    assert len(slices) == 11
    assert all(s["seconds"] == pytest.approx(0.5, abs=0.001) and s["last"] < 0.01 for s in slices)
    assert [s["loud"] > 0.2 for s in slices] == [
        True,
        True,
        True,
        True,
        True,
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    assert not is_playing(player) and time_of(player) == 0
    expect(page.locator(".sonoscope-chart-playhead")).to_be_visible()

    player.locator("[data-step=gap]").click()
    expect(said).to_have_text("Jun 2000, no value, point 6 of 24")
    assert time_of(player) == pytest.approx(2.5)


def test_up_and_down_change_the_voice(open_player):
    page = open_player()
    player = second(page)
    player.locator(".ear").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(player.locator(".announced")).to_have_text("Rain: Mar 2001, no value, point 15 of 24")
    page.keyboard.press("ArrowLeft")
    expect(player.locator(".announced")).to_have_text("Feb 2001, 326 mm, point 14 of 24")
    page.keyboard.press("ArrowUp")
    expect(player.locator(".announced")).to_have_text("Temperature: Feb 2001, 326 °C, point 14 of 24")


def test_keys_of_streamlit_pass_through(open_player):
    page = open_player()
    page.evaluate("""() => {
      window.keys = [];
      window.addEventListener('keydown', (event) => window.keys.push([event.key, event.defaultPrevented]));
    }""")
    for place in (".picture", ".ear"):
        for key in ("r", "c", "Escape", "ArrowRight", "Control+ArrowRight"):
            first(page).locator(place).focus()
            page.keyboard.press(key)
    keys = [key for key in page.evaluate("window.keys") if key[0] != "Control"]
    untouched = [[key, False] for key in ("r", "c", "Escape")]
    assert keys == [*untouched, ["ArrowRight", True], ["ArrowRight", False]] * 2


def test_a_rerun_leaves_the_sound_alone_and_a_new_sound_stops_it(open_player):
    page = open_player()
    player = first(page)
    player.locator("select").select_option("1.5")
    player.get_by_role("button", name="Line").click()
    player.locator(".play").click()
    wait_for_time(player, 0.3)
    player.locator("audio").evaluate("""(audio) => {
      window.broken = 0;
      for (const type of ['pause', 'emptied', 'seeking']) audio.addEventListener(type, () => window.broken++);
    }""")
    page.locator(".st-key-rerun button").click()
    wait_for_time(player, 2.0)
    assert page.evaluate("window.broken") == 0
    assert is_playing(player)

    page.locator(".st-key-changed label").click()
    page.wait_for_function("window.broken > 0")
    expect(player.locator(".now")).to_have_text("0:00.0")
    assert not is_playing(player)
    expect(player.locator("select")).to_have_value("1.5")
    expect(player.get_by_role("button", name="Line")).to_have_attribute("aria-pressed", "true")
    player.locator(".play").click()
    wait_for_time(player, 0.2)
    assert player.locator("audio").evaluate("(audio) => audio.playbackRate") == 1.5


# What the audio element plays, as the samples of a 16-bit WAV file.
PLAYED = """async (audio) => {
  const file = await (await fetch(audio.src)).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file.slice(44)));
  return [file.byteLength, [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')];
}"""


def clicks_of_the_app() -> np.ndarray:
    """What tests/browser/player_app.py gives its first player, as integers."""
    sr = 44_100
    y = np.zeros(int(DURATION_SEC * sr))
    for i in set(range(24)) - {5, 14}:
        y[i * sr // 2 :][: sr // 1000] = 0.8 * np.sin(2 * np.pi * 4000 * np.arange(sr // 1000) / sr)
    wav = audio.encode(audio.Audio(y.astype(np.float32), sr), "wav")
    return np.frombuffer(wav[-2 * len(y) :], "<i2")


def wait_for_sound(player: Locator) -> None:
    expect(player.locator(".player")).not_to_have_attribute("aria-busy", "true")
    player.locator("audio[src]").wait_for(state="attached")


def test_flac_from_an_address_is_played_sample_by_sample(open_player):
    page = open_player()
    wait_for_sound(first(page))
    samples = clicks_of_the_app()
    length, digest = first(page).locator("audio").evaluate(PLAYED)
    assert length == 44 + samples.nbytes
    assert digest == hashlib.sha256(samples.tobytes()).hexdigest()


# When each click is heard in the first channel of what the element plays, in seconds, and how many samples there are.
HEARD_CLICKS = """async (audio) => {
  const file = await (await fetch(audio.src)).arrayBuffer();
  const [channels, sr] = [new DataView(file).getUint16(22, true), new DataView(file).getUint32(24, true)];
  const samples = new Int16Array(file.slice(44));
  const frames = samples.length / channels;
  const found = [];
  for (let half = 0; half < 24; half++) {
    let [sum, weight] = [0, 0];
    for (let i = Math.max(0, Math.round((half / 2 - 0.01) * sr)); i < (half / 2 + 0.01) * sr; i++) {
      const power = samples[i * channels] ** 2;
      sum += power * i;
      weight += power;
    }
    found.push(weight > 1e7 ? sum / weight / sr : null);
  }
  return { found, frames, channels, sr };
}"""


def open_long(
    visit: Visit, address: str, spoil: Callable[[Route], None] | None = None
) -> tuple[Page, list[str]]:
    """Open the page with the sound that is too large for FLAC; the types of what was fetched for it."""
    page = visit.open("about:blank")
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.headers.get("content-type", "")))
    if spoil:
        page.route(MEDIA, spoil)
    page.goto(f"{address}/?case=long")
    wait_for_sound(first(page))
    return page, asked


def test_a_large_sound_comes_as_opus_and_is_in_time_to_half_a_millisecond(start_app, visit):
    page, asked = open_long(visit, start_app(APP))
    assert "audio/ogg" in asked and "audio/flac" not in asked
    heard = first(page).locator("audio").evaluate(HEARD_CLICKS)
    assert (heard["frames"], heard["channels"], heard["sr"]) == (int(DURATION_SEC * 44_100), 2, 44_100)
    # Without the codec's lead-in taken off they would be 6.5 ms late.
    middle = 0.0005
    late = {i: at - (i / 2 + middle) for i, at in enumerate(heard["found"]) if at is not None}
    print(f"Opus against the sound: {1000 * max(map(abs, late.values())):.3f} ms")  # noqa: T201
    assert sorted(late) == [i for i in range(24) if i not in (5, 14)]
    assert max(map(abs, late.values())) <= 0.0005
    first(page).locator(".play").click()
    wait_for_time(first(page), 0.2)


def longer(_: bytes) -> bytes:
    """What a decoder would give that leaves nothing off."""
    return encode_opus([np.zeros((2, int(DURATION_SEC * 48_000) + 312), np.float32)], 48_000)


@pytest.mark.parametrize("change", [lambda data: b"OggS" + bytes(len(data)), longer])
def test_where_opus_is_not_decoded_or_not_in_time_the_flac_is_played(start_app, visit, change):
    def spoil(route: Route) -> None:
        response = route.fetch()
        if response.headers["content-type"] == "audio/ogg":
            route.fulfill(response=response, body=change(response.body()))
        else:
            route.fulfill(response=response)

    page, asked = open_long(visit, start_app(APP), spoil)
    assert asked.count("audio/ogg") == asked.count("audio/flac") == 1
    heard = first(page).locator("audio").evaluate(HEARD_CLICKS)
    assert heard["frames"] == int(DURATION_SEC * 44_100)
    # Exactly as it was made: 44 samples from each half second on.
    y = np.sin(2 * np.pi * 4000 * np.arange(44) / 44_100) ** 2
    expected = (np.arange(44) * y).sum() / y.sum() / 44_100
    assert heard["found"][2] == pytest.approx(1 + expected, abs=1e-5)


def test_below_a_path_the_sound_is_found_too(visit):
    with running_app(APP, below="/foo") as address:
        page = visit.open(address)
        wait_for_sound(first(page))
        length, _ = first(page).locator("audio").evaluate(PLAYED)
        page.close()  # before its server ends, which an open page would tell
    assert length == 44 + clicks_of_the_app().nbytes


def test_another_title_sends_no_sound_again_and_lets_it_play(open_player):
    page = open_player()
    player = first(page)
    wait_for_sound(player)
    sizes: list[int] = []
    asked: list[str] = []
    page.on(
        "request",
        lambda request: MEDIA.search(request.url) and asked.append(request.url),
    )
    session = page.context.new_cdp_session(page)
    session.on("Network.webSocketFrameReceived", lambda e: sizes.append(len(e["response"]["payloadData"])))
    session.send("Network.enable")
    player.locator(".play").click()
    wait_for_time(player, 0.3)
    player.locator("audio").evaluate("""(audio) => {
      window.broken = 0;
      for (const type of ['pause', 'emptied', 'seeking']) audio.addEventListener(type, () => window.broken++);
    }""")
    with rerun(page):
        page.locator(".st-key-renamed label").click()
    expect(player.locator(".title")).to_have_text("CO₂ elsewhere")
    assert is_playing(player) and page.evaluate("window.broken") == 0
    assert asked == []
    print(f"another title: {sum(sizes) * 3 // 4} bytes")  # noqa: T201
    # The payload is base64.
    assert 1_000 < sum(sizes) * 3 / 4 < MOST_FOR_A_TITLE, sizes


def test_of_several_drawings_of_a_score_the_one_that_fits_is_fetched(start_app, visit):
    page = visit.open("about:blank")
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))
    page.goto(start_app(APP))
    paper = second(page).locator(".paper")
    expect(paper.locator("svg")).to_have_attribute("data-width", "760")
    assert sum("/media/" in url and url.endswith(".json") for url in asked) == 1
    paper.locator("#n1").click()
    assert time_of(second(page)) == pytest.approx(0.5)
    expect(second(page).locator(".sounding")).to_have_attribute("id", "n1")
    page.set_viewport_size({"width": 390, "height": 900})
    expect(paper.locator("svg")).to_have_attribute("data-width", "320")
    expect(second(page).locator(".sounding")).to_have_attribute("id", "n1")


# Whether the line of the note with this id sounds and, with its frame, can be seen in the score.
IN_SIGHT = """([host, id]) => {
  const find = (selector) => host.shadowRoot.querySelector(selector);
  const note = find('.sounding');
  if (note?.id !== id) return false;
  const sheet = find('.sheet').getBoundingClientRect();
  return [note.closest('.system'), find('.frame')].map((part) => part.getBoundingClientRect())
    .every((box) => box.height > 0 && box.top >= sheet.top - 1 && box.bottom <= sheet.bottom + 1);
}"""


def wait_for_line(player: Locator, note_id: str) -> None:
    player.page.wait_for_function(IN_SIGHT, arg=[player.element_handle(), note_id])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_score_that_is_a_view_scrolls_to_the_line_that_sounds(start_app, visit, scheme):
    page = visit.open(f"{start_app(APP)}?case=score", color_scheme=scheme)
    host = page.locator(COMPONENTS).first
    wait_for_sound(host)
    sheet, picture = host.locator(".sheet"), host.locator(".picture")
    expect(sheet).to_be_hidden()
    high = picture.bounding_box()["height"]
    host.locator("[data-view=score]").click()
    expect(host.locator(".system")).to_have_count(8)
    assert picture.bounding_box()["height"] < high / 3
    # It scrolls within itself, and the page stays where it is.
    assert sheet.evaluate("(sheet) => [sheet.scrollHeight > sheet.clientHeight + 100, sheet.scrollTop]") == [
        True,
        0,
    ]
    picture.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert time_of(host) == pytest.approx(7.0)
    wait_for_line(host, "n14")
    assert sheet.evaluate("(sheet) => sheet.scrollTop") > 0
    page.keyboard.press("Home")
    wait_for_line(host, "n0")
    host.locator("audio").evaluate("(audio) => { audio.currentTime = 5.1; }")
    host.locator(".play").click()
    wait_for_line(host, "n13")
    host.locator(".play").click()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    # A click on a note goes there, also where it was scrolled to.
    host.locator("#n12").click()
    assert time_of(host) == pytest.approx(6.0)
    wait_for_line(host, "n12")
    assert grave_findings(page) == []
    host.locator("[data-view=roll]").click()
    expect(sheet).to_be_hidden()
    assert picture.bounding_box()["height"] == high
    # The view is opened where the sound is.
    picture.focus()
    page.keyboard.press("Home")
    host.locator("[data-view=score]").click()
    wait_for_line(host, "n0")


@pytest.mark.parametrize(
    ("lost", "sentence", "count"),
    [
        ("audio", "This sound could not be loaded", 2),
        ("text/javascript", "Part of this page could not be loaded", 3),
    ],
)
def test_what_the_server_has_lost_is_told_and_a_rerun_brings_it(start_app, visit, lost, sentence, count):
    page = visit.open("about:blank")

    def lose(route: Route) -> None:
        response = route.fetch()
        gone = response.headers["content-type"].startswith(lost)
        route.fulfill(status=404) if gone else route.fulfill(response=response)

    page.route(MEDIA, lose)
    page.goto(start_app(APP))
    gone = page.locator(".broken", has_text=sentence)
    expect(gone).to_have_count(count)
    expect(gone.first).to_contain_text("Reload the page")
    expect(page.locator(".player").first).to_be_hidden()
    page.unroute(MEDIA)
    page.locator(".st-key-renamed label").click()
    wait_for_sound(first(page))
    expect(first(page).locator(".broken:visible")).to_have_count(0)
    first(page).locator(".play").click()
    wait_for_time(first(page), 0.2)


def test_a_removed_player_falls_silent_and_leaves_nothing_on_the_page(open_player):
    page = open_player()
    first(page).locator(".play").click()
    wait_for_time(first(page), 0.3)
    expect(page.locator(".sonoscope-chart-playhead")).to_be_visible()
    first(page).locator("audio").evaluate("(audio) => { window.gone = audio; }")
    page.locator(".st-key-shown label").click()
    expect(page.locator(".player")).to_have_count(2)
    assert page.evaluate("[window.gone.paused, window.gone.getAttribute('src')]") == [True, None]
    expect(page.locator(".sonoscope-chart-playhead")).to_have_count(0)


def test_the_chart_playhead_follows_zoom_redraw_and_clicks(open_player):
    page = open_player()
    player = first(page)
    line = page.locator(".sonoscope-chart-playhead")
    place = page.evaluate("""() => {
      const plot = document.querySelector('.st-key-chart .js-plotly-plot');
      const { xaxis, yaxis } = plot._fullLayout;
      const box = plot.getBoundingClientRect();
      const y = plot.data[0].y[6];
      return [box.x + xaxis._offset + xaxis.d2p('2000-07-01'), box.y + yaxis._offset + yaxis.l2p(y)];
    }""")
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.move(*place, steps=3)
    page.mouse.click(*place)
    expect(player.locator(".now")).to_have_text("0:03.0")
    assert line.bounding_box()["x"] + 1 == pytest.approx(place[0], abs=1.5)
    assert not is_playing(player)

    drag = page.locator(".st-key-chart .nsewdrag").bounding_box()
    page.mouse.move(drag["x"] + drag["width"] * 0.5, drag["y"] + 20)
    page.mouse.down()
    page.mouse.move(drag["x"] + drag["width"] * 0.9, drag["y"] + 120, steps=4)
    page.mouse.up()
    expect(line).to_be_hidden()  # July 2000 is outside of what is zoomed in on.
    page.mouse.dblclick(drag["x"] + drag["width"] * 0.5, drag["y"] + 60)
    expect(line).to_be_visible()

    page.emulate_media(color_scheme="dark")
    expect(line).to_have_css("background-color", color("dark", "textColor"))
    expect(line).to_be_visible()
    page.locator(".st-key-rerun button").click()
    page.wait_for_timeout(300)
    expect(line).to_have_count(1)
    expect(line).to_be_visible()


def test_everything_is_within_reach_at_390_pixels(open_player):
    page = open_player(width=390, height=844, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for player in (first(page), second(page)):
        for control in player.locator("button, select, input, .picture, .ear").all():
            if not control.is_visible():
                continue
            box = control.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390
            assert box["height"] >= 40 and box["width"] >= 40, control.evaluate("(e) => e.outerHTML")
    first(page).locator("[data-step=next]").tap()
    expect(first(page).locator(".announced")).to_have_text("Jan 2000, 300 ppm, point 1 of 24")


def test_light_and_dark_are_drawn_apart_and_each_picture_too(open_player):
    page = open_player()
    canvas = first(page).locator(".still")
    pictures = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        panel = color(scheme, "secondaryBackgroundColor")
        expect(first(page).locator(".picture")).to_have_css("background-color", panel)
        page.wait_for_timeout(200)
        for view in ("Notes", "Line", "Waveform"):
            first(page).get_by_role("button", name=view).click()
            pictures.add(canvas.evaluate("(canvas) => canvas.toDataURL()"))
    assert len(pictures) == 6


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_player, color_scheme):
    page = open_player(color_scheme=color_scheme)
    first(page).locator("[data-do=loop]").click()
    second(page).get_by_role("button", name="Notes").click()
    assert grave_findings(page, COMPONENTS) == []


@pytest.mark.alone
def test_with_reduced_motion_the_playhead_steps(open_player):
    page = open_player(reduced_motion="reduce")
    player = first(page)
    player.locator(".play").click()
    wait_for_time(player, 0.5)
    places = player.evaluate("""async (host) => {
      const seen = new Set();
      const until = performance.now() + 1300;
      while (performance.now() < until) {
        seen.add(Number(host.shadowRoot.querySelector('.playhead').dataset.time));
        await new Promise(requestAnimationFrame);
      }
      return [...seen];
    }""")
    assert 2 <= len(places) <= 5
    assert all(place % 0.5 == 0 for place in places)
    transition = player.locator(".play").evaluate("(button) => getComputedStyle(button).transitionDuration")
    assert transition == "0s"


def test_hostile_text_stays_text(open_player):
    page = open_player()
    expect(first(page).locator(".title")).to_have_text("CO₂ at Mauna Loa <b>&amp;</b>")
    expect(first(page).locator("b")).to_have_count(0)
