"""The scenes in a real browser: their clock, their cost, the limiter, films, and what stands in where things lack.

Pictures are drawn in software here, so that only the script's part of a frame is timed. Where a test needs many
frames it draws them itself, with the component's own code and times of its own, so that a busy machine makes it
slow and not wrong.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect

from pages.components.viz.scenes.scenes import SCENE_NAMES
from tests.browser.conftest import COMPONENTS, MEDIA, Visit, grave_findings, launch_profile, rerun
from tests.browser.scenes_app import EVENT_SEC, RATE_HZ

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("scenes_app.py")
FRAME_MS = 16.7
SCRIPT_MS = 6.0
NO_WEBGL = """HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {
  apply: (get, canvas, [kind, ...more]) => (kind === "webgl2" ? null : Reflect.apply(get, canvas, [kind, ...more])),
});"""

# Draws frames `every` seconds apart from `from` to `to` of the track; returns the mean luminance of each as it
# stands on the canvas, and with `keep` also the last picture as 64 x 36 gray values.
DRAW = """(element, { scene, from, to, every, limiter, size, keep }) => {
  const { component, picture } = element.__scenes;
  component.failed = true; // No frames but these.
  cancelAnimationFrame(component.frame);
  component.frame = 0;
  picture.setScene(scene);
  picture.limiter = limiter;
  picture.wanted = "none";
  picture.quality = 0.2;
  const small = new OffscreenCanvas(64, 36).getContext("2d", { willReadFrequently: true });
  const linear = (code) => (code <= 10.3 ? code / 3294.6 : ((code / 255 + 0.055) / 1.055) ** 2.4);
  const means = [];
  let gray = [];
  let now = 1000;
  picture.last = now;
  for (let time = from; time < to; time += every) {
    now += every * 1000;
    picture.draw({ track: component.still_track, time, now, moving: true, fixed: size });
    small.drawImage(picture.canvas, 0, 0, 64, 36);
    const { data } = small.getImageData(0, 0, 64, 36);
    gray = [];
    for (let i = 0; i < data.length; i += 4) {
      gray.push(0.2126 * linear(data[i]) + 0.7152 * linear(data[i + 1]) + 0.0722 * linear(data[i + 2]));
    }
    means.push(gray.reduce((a, b) => a + b) / gray.length);
  }
  return { means, gray: keep ? gray : [] };
}"""

# Draws frames as the browser asks for them and times the whole of the component's work on each.
COST = """async (element, [scene, frames]) => {
  const { component, picture } = element.__scenes;
  component.failed = false;
  picture.setScene(scene);
  picture.wanted = "none";
  picture.quality = 0.15;
  component.fixed = [96, 56];
  picture.meter.cost_ms.length = 0;
  const until = performance.now() + 9000;
  while (picture.meter.cost_ms.length < frames + 5 && performance.now() < until) {
    component.stir();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  component.fixed = null;
  return picture.meter.cost_ms.slice(5); // The first ones are run before the browser has compiled them.
}"""


@pytest.fixture(scope="module")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium with WebGL in software and a microphone that beeps once a second."""
    more = ["--enable-unsafe-swiftshader", "--use-fake-device-for-media-stream"]
    kept = launch_profile(playwright, tmp_path_factory.mktemp("profile"), *more)
    yield kept
    kept.close()


@pytest.fixture
def show(start_app: Callable[[Path], str], visit: Visit) -> Callable[..., Page]:
    """Open the test page for a case and wait until the component stands."""

    def open_page(query: str = "", *, script: str | None = None, **options: Any) -> Page:
        address = start_app(APP)
        options = {"width": 620, "height": 760, **options}
        page = visit.open("about:blank", **options)
        if script:
            page.add_init_script(script)
        page.goto(f"{address}/?{query}")
        expect(page.locator(".scenes")).to_be_visible()
        return page

    return open_page


def draw(page: Page, **how: Any) -> dict[str, Any]:
    how = {"every": 1 / 30, "limiter": True, "size": [96, 56], "keep": False, **how}
    return page.locator(".scenes").evaluate(DRAW, how)


def flashes_a_second(luminance: np.ndarray, fps: float) -> int:
    """Most flashes within any second: pairs of opposite changes of 0.1 or more whose darker side is below 0.8."""
    turns: list[tuple[int, int]] = []  # frame, direction
    low = high = float(luminance[0])
    for i, value in enumerate(luminance):
        low, high = min(low, value), max(high, value)
        if value - low >= 0.1 and low < 0.8:
            if not turns or turns[-1][1] < 0:
                turns.append((i, 1))
            low, high = value, value
        elif high - value >= 0.1 and value < 0.8:
            if not turns or turns[-1][1] > 0:
                turns.append((i, -1))
            low, high = value, value
    frames = [frame for frame, _ in turns]
    most = max((sum(first <= f < first + fps for f in frames) for first in frames), default=0)
    return (most + 1) // 2


def p95(values: list[float]) -> float:
    return float(np.percentile(np.abs(values), 95))


@pytest.mark.alone
def test_it_plays_in_step_seeks_and_gives_way(show, record_property):
    page = show("case=music&scene=cloud&height=200")
    element = page.locator(".scenes")
    heard_clock: list[float] = []
    for _ in range(3):  # A machine that is busy with other things gets another chance.
        page.locator("[data-do=seek]").press("Home")
        element.evaluate("(e) => { e.__scenes.clock_ms.length = e.__scenes.frames.length = 0; }")
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function("(e) => e.__scenes.clock_ms.length >= 20", arg=element.element_handle())
        page.get_by_role("button", name="Pause").click()
        heard_clock = element.evaluate("(e) => e.__scenes.clock_ms.slice(3)")
        if p95(heard_clock) <= FRAME_MS:
            break
    record_property("clock_p95_ms", round(p95(heard_clock), 2))
    handed, on_screen = element.evaluate("(e) => [e.__scenes.handed_ms, e.__scenes.frames]")
    print(  # noqa: T201
        f"time drawn for against output: p95 {p95(heard_clock):.2f} ms when asked, {p95(handed):.1f} ms when the "
        f"frame is handed over, {p95(on_screen):.0f} ms when the next one begins"
    )
    assert p95(heard_clock) <= FRAME_MS

    seek = page.get_by_role("slider", name="Position")
    for key, shown in [("Home", "0:00"), ("PageUp", "0:10"), ("ArrowLeft", "0:09"), ("End", "0:12")]:
        seek.press(key)
        expect(page.locator(".now")).to_have_text(shown)
    expect(seek).to_have_attribute("aria-valuetext", "0:12 of 0:12")
    page.get_by_role("button", name="Play", exact=True).click()  # From the end it begins anew.
    page.wait_for_function(
        "(e) => e.__scenes.drawn > 0.3 && e.__scenes.drawn < 6", arg=element.element_handle()
    )
    page.locator(".st-key-rerun button").click()
    page.wait_for_timeout(400)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()  # A rerun leaves it alone.
    page.evaluate("window.dispatchEvent(new CustomEvent('sonoscope:sounding', { detail: 'another' }))")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()

    page.locator("[data-do=scene]").select_option("planet")
    page.get_by_role("button", name="Display").click()
    page.get_by_label("Picture delay").fill("120")
    expect(page.get_by_text("Chosen: planet, 120 ms, limiter True")).to_be_visible()


@pytest.mark.alone
def test_samples_leave_at_the_time_that_the_clock_says(show):
    page = show("case=flash&scene=cloud&height=120")
    element = page.locator(".scenes")
    heard = element.evaluate("""async (element) => {
      const { component } = element.__scenes;
      const { sound } = component;
      sound.open();
      const analyzer = sound.context.createAnalyser();
      analyzer.fftSize = 32768;
      sound.bus.connect(analyzer);
      await component.play();
      const { start, offset } = sound;
      const samples = new Float32Array(analyzer.fftSize);
      const found = [];
      while (sound.playing) {
        analyzer.getFloatTimeDomainData(samples);
        const now = sound.context.currentTime;
        for (let i = 0; i < samples.length; i++) {
          const at = now - (samples.length - i) / sound.context.sampleRate - start + offset;
          if (Math.abs(samples[i]) > 0.3 && at > (found.at(-1) ?? -1) + 0.2) found.push(at);
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return found;
    }""")
    assert np.allclose(heard, EVENT_SEC, atol=0.02), heard


@pytest.mark.alone
def test_a_frame_costs_the_script_little_in_every_scene(show, record_property):
    page = show("case=music&scene=bars&height=120")
    page.get_by_role("button", name="Play", exact=True).click()
    costs = {}
    for scene in SCENE_NAMES:
        for _ in range(4):  # As above; what is measured includes what other programs take away.
            found = page.locator(".scenes").evaluate(COST, [scene, 20])
            assert len(found) >= 8, scene
            costs[scene] = min(costs.get(scene, 99.0), p95(found))
            if costs[scene] <= SCRIPT_MS:
                break
    print({scene: round(cost, 2) for scene, cost in costs.items()})  # noqa: T201
    record_property("script_p95_ms", json.dumps(costs))
    assert max(costs.values()) <= SCRIPT_MS, costs


def test_scenes_differ_from_each_other_and_between_quiet_and_loud(show):
    page = show("case=music&scene=bars&height=120")
    quiet, loud = {}, {}
    for scene in SCENE_NAMES:
        for at, into in ((2.0, quiet), (6.05, loud)):
            frames = draw(page, scene=scene, **{"from": at - 0.4}, to=at, every=0.1, keep=True)
            into[scene] = np.array(frames["gray"]) ** (1 / 2.2)
            assert 0.003 < frames["means"][-1] < 0.6, (scene, at)
        assert np.abs(quiet[scene] - loud[scene]).mean() > 0.02, scene
    names = list(SCENE_NAMES)
    apart = [np.abs(loud[a] - loud[b]).mean() for i, a in enumerate(names) for b in names[:i]]
    assert min(apart) > 0.02, apart


def test_the_limiter_leaves_no_more_than_three_flashes_a_second(show):
    page = show("case=strobe&scene=bars&height=120")
    counts = {}
    for scene in ("storm",):
        for limiter in (False, True):
            # The first half second fades in from black and is left out of the count without the limiter.
            means = draw(page, scene=scene, **{"from": 0.0}, to=2.5, limiter=limiter)["means"]
            counts[scene, limiter] = flashes_a_second(np.array(means[15:]), 30)
    print(counts)  # noqa: T201
    assert all(count <= 3 for (_, limiter), count in counts.items() if limiter)
    assert all(count >= 6 for (_, limiter), count in counts.items() if not limiter)


@pytest.mark.alone
def test_a_film_holds_picture_and_sound_at_the_same_time(show):
    for _ in range(3):
        late, every = film_lateness(
            show("case=flash&scene=spheres&height=120&limiter=off&quality=low", width=420)
        )
        print(f"picture after sound in the film: {np.round(late, 3)} s, a frame every {every:.3f} s")  # noqa: T201
        # A machine that draws a frame every 80 ms cannot date a flash better than to half of that.
        bound = 0.06 + every / 2
        if len(late) == len(EVENT_SEC) and abs(np.median(late)) <= bound:
            break
    assert len(late) == len(EVENT_SEC)
    assert abs(np.median(late)) <= bound


def film_lateness(page: Page) -> tuple[np.ndarray, float]:
    """Record the whole track; seconds from each click to the flash, and the usual time between frames."""
    import av

    with page.expect_download() as saved:
        page.get_by_role("button", name="Record video").click()
        expect(page.get_by_role("progressbar", name="Recording")).to_be_visible()
    assert saved.value.suggested_filename == "Beats-b-amp-b-light-spheres.webm"
    expect(page.get_by_role("status")).to_contain_text("Video saved")
    times, light, clicks = [], [], []
    with av.open(io.BytesIO(Path(saved.value.path()).read_bytes())) as film:
        for frame in film.decode(video=0):
            times.append(frame.time)
            light.append(float(frame.to_ndarray(format="gray").mean()))
    with av.open(io.BytesIO(Path(saved.value.path()).read_bytes())) as film:
        for frame in film.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.2)
            if len(loud):
                at = frame.time + loud[0] / frame.sample_rate
                if not clicks or at > clicks[-1] + 0.2:
                    clicks.append(at)
    times, light = np.array(times), np.array(light)
    assert len(clicks) == len(EVENT_SEC), clicks
    assert np.allclose(np.diff(clicks), np.diff(EVENT_SEC), atol=0.05)
    late = []
    for click in clicks:
        near = (times > click - 0.35) & (times < click + 0.24)
        if near.sum() < 3:
            continue
        half = (light[near].min() + light[near].max()) / 2
        first = int(np.flatnonzero(light[near] > half)[0])
        # The change lies between the last dark frame and the first bright one.
        at = times[near]
        # It is half done half a row before the row of the click.
        late.append((at[first] + at[max(0, first - 1)]) / 2 + 0.5 / RATE_HZ - click)
    return np.array(late), float(np.median(np.diff(times)))


def test_without_webgl2_a_plainer_picture_follows_and_is_limited_too(show):
    page = show("case=strobe&scene=planet&height=120", script=NO_WEBGL)
    expect(page.get_by_role("status")).to_contain_text("no WebGL2")
    for scene in ("planet", "bars"):
        on, off = (
            np.array(draw(page, scene=scene, **{"from": 0.0}, to=3.0, limiter=limiter)["means"])[15:]
            for limiter in (True, False)
        )
        assert flashes_a_second(on, 30) <= 3
        assert np.ptp(off) > 2 * np.ptp(on) > 0


@pytest.mark.alone
def test_what_is_on_the_screen_is_what_is_heard(show, record_property):
    # Drawn on a plain canvas, which keeps up with the screen here; WebGL in software does not.
    page = show("case=music&scene=bars&height=120", script=NO_WEBGL)
    element = page.locator(".scenes")
    for _ in range(4):
        page.locator("[data-do=seek]").press("Home")
        element.evaluate("(e) => { e.__scenes.frames.length = 0; }")
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_function("(e) => e.__scenes.frames.length >= 90", arg=element.element_handle())
        page.get_by_role("button", name="Pause").click()
        apart = element.evaluate("(e) => e.__scenes.frames.slice(10)")
        if p95(apart) <= FRAME_MS:
            break
    print(f"picture on the screen against sound: p95 {p95(apart):.1f} ms")  # noqa: T201
    record_property("screen_p95_ms", round(p95(apart), 1))
    assert p95(apart) <= FRAME_MS


def test_full_screen_hides_the_controls_after_three_seconds(show):
    page = show("case=music&scene=cloud&height=120")
    element = page.locator(".scenes")
    page.locator(".stage").focus()
    page.keyboard.press("f")
    page.wait_for_function("(e) => e.matches(':fullscreen')", arg=element.element_handle())
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_attached()
    page.wait_for_function("(e) => e.classList.contains('away')", arg=element.element_handle())
    yaw = "(e) => e.__scenes.picture.orbit.yaw"
    before = element.evaluate(yaw)
    page.locator(".stage").press("ArrowRight")  # A key brings them back and turns the picture.
    expect(element).not_to_have_class("away")
    assert element.evaluate(yaw) > before
    page.mouse.move(200, 200)
    page.mouse.down()
    page.mouse.move(300, 220, steps=3)
    page.mouse.up()
    assert element.evaluate(yaw) > before + 0.2
    page.locator(".stage").press("f")
    page.wait_for_function("() => !document.fullscreenElement")


def test_the_microphone_drives_the_scene_or_says_why_not(show, visit):
    denied = show("case=live&scene=cloud")
    expect(denied.locator(".play")).to_be_hidden()  # There is no track.
    denied.get_by_role("button", name="Microphone").click()
    expect(denied.get_by_role("status")).to_contain_text("The microphone is blocked. Allow it")
    denied.context.grant_permissions(["microphone"])
    denied.get_by_role("button", name="Microphone").click()
    expect(denied.get_by_role("status")).to_contain_text("follows the microphone")
    element = denied.locator(".scenes")
    seen = element.evaluate("""async (element) => {
      const rows = [];
      const until = performance.now() + 2500;
      while (performance.now() < until) {
        rows.push([...element.__scenes.picture.p]);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      return rows;
    }""")
    assert np.ptp(np.array(seen), axis=0).max() > 0.2
    assert np.min(seen) >= 0 and np.max(seen) <= 1
    denied.get_by_role("button", name="Microphone").click()
    expect(denied.get_by_role("button", name="Microphone")).to_have_attribute("aria-pressed", "false")


def test_a_sound_that_the_server_has_lost_says_so_and_a_rerun_brings_it(start_app, visit):
    page = visit.open("about:blank", width=620, height=760)

    def lose(route: Route) -> None:
        response = route.fetch()
        gone = response.headers["content-type"].startswith("audio")
        route.fulfill(status=404) if gone else route.fulfill(response=response)

    page.route(MEDIA, lose)
    page.goto(f"{start_app(APP)}/?case=music&scene=cloud&height=120")
    expect(page.locator(".broken")).to_contain_text("This sound could not be loaded")
    expect(page.locator(".scenes")).to_be_hidden()
    page.unroute(MEDIA)
    with rerun(page):
        page.locator(".st-key-rerun button").click()
    page.emulate_media(
        color_scheme="dark"
    )  # The component is called anew when its message or the theme changes.
    expect(page.locator(".scenes")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("(e) => e.__scenes.drawn > 0.2", arg=page.locator(".scenes").element_handle())
    visit.errors.clear()


def test_a_still_is_saved(show):
    page = show("case=music&scene=crystals&height=120&quality=low")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Snapshot").click()
    assert saved.value.suggested_filename == "Beats-b-amp-b-light-crystals.png"
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_and_all_is_within_reach_at_390_pixels(show, color_scheme):
    page = show("case=music&scene=cloud&height=160", color_scheme=color_scheme, width=390, height=844)
    page.get_by_role("button", name="Display").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = page.locator(".scenes").evaluate("""(element) => [
      ...element.querySelectorAll("button, select, input:not([type=checkbox]), .stage"),
    ].filter((e) => e.checkVisibility()).map((e) => [e.outerHTML, e.getBoundingClientRect().toJSON()])""")
    assert len(boxes) > 12
    for what, box in boxes:
        assert box["left"] >= 0 and box["right"] <= 390 and box["height"] >= 40, what
    assert grave_findings(page, COMPONENTS) == []


def test_with_reduced_motion_each_section_has_one_still_picture_and_the_next_fades_in(show):
    page = show("case=music&scene=bars&height=120", reduced_motion="reduce")
    element = page.locator(".scenes")
    frames = [
        draw(page, scene="bars", **{"from": at}, to=at + 0.02, every=0.02, keep=True, limiter=False)["gray"]
        for at in (6.1, 8.4, 11.9, 0.5)
    ]
    # Grain differs from frame to frame by a 170th, nothing else does.
    assert np.abs(np.subtract(frames[0], frames[1])).max() < 0.02
    assert np.abs(np.subtract(frames[0], frames[2])).max() < 0.02
    assert np.abs(np.subtract(frames[0], frames[3])).mean() > 0.005
    former = element.evaluate(
        "(e) => { const f = e.querySelector('.former'); return [f.width, f.style.transition]; }"
    )
    assert former[0] == 96 and "opacity" in former[1]
    page.emulate_media(reduced_motion="no-preference")
    lively = [
        draw(page, scene="bars", **{"from": at}, to=at + 0.02, every=0.02, keep=True, limiter=False)["gray"]
        for at in (6.1, 8.4)
    ]
    assert np.abs(np.subtract(*lively)).max() > 0.05


def recorded(path: Path) -> tuple[int, float, tuple[int, int]]:
    """Frames and seconds of sound of a film, and its size."""
    import av

    data = path.read_bytes()
    with av.open(io.BytesIO(data)) as film:
        sizes = [(frame.width, frame.height) for frame in film.decode(video=0)]
    with av.open(io.BytesIO(data)) as film:
        sound = sum(frame.samples / frame.sample_rate for frame in film.decode(audio=0))
    return len(sizes), sound, sizes[-1]


@pytest.mark.alone
def test_every_recording_plays_also_the_second_right_after_the_first(show):
    page = show("case=music&scene=cloud&height=200&quality=low")
    button = page.locator("[data-do=film]")
    for _ in range(3):
        with page.expect_download() as saved:
            button.click()
            page.wait_for_timeout(900)
            button.click()
        frames, sound_sec, _ = recorded(Path(saved.value.path()))
        assert frames >= 3 and sound_sec > 0.3
        expect(page.get_by_role("status")).to_contain_text("Video saved")
        page.wait_for_timeout(300)


@pytest.mark.alone
def test_a_recording_has_the_chosen_aspect_ratio(show):
    page = show("case=flash&scene=spheres&height=200&quality=low")
    page.get_by_role("button", name="Display").click()
    page.get_by_label("Aspect ratio").select_option("9:16")
    page.get_by_label("Title in the picture").fill("Night train")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Record video").click()
    _, _, (width, height) = recorded(Path(saved.value.path()))
    assert width / height == pytest.approx(9 / 16, rel=0.03)
    choice = page.locator(".scenes").evaluate("(e) => e.__scenes.component.chosen")
    assert (choice["aspect"], choice["caption"]) == ("9:16", "Night train")


def test_every_control_of_the_scene_shows_its_focus(show):
    page = show("case=music&scene=cloud&height=160")
    page.get_by_role("button", name="Display").click()
    page.locator("[data-do=scene]").focus()
    seen = set()
    for _ in range(16):
        page.keyboard.press("Tab")
        found = page.locator(".scenes").evaluate("""(element) => {
          const on = element.getRootNode().activeElement;
          if (!on) return null;
          const style = getComputedStyle(on);
          return [on.dataset.do ?? on.className, style.outlineStyle, parseFloat(style.outlineWidth)];
        }""")
        if found:
            seen.add(found[0])
            assert found[1] == "solid" and found[2] >= 2, found
    assert {"stage", "play", "film", "settings", "aspect", "caption", "limiter"} <= seen
