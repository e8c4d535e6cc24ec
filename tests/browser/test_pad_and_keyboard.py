"""Mood pad and keyboard in a real browser: mouse, fingers and keys, what Python is told of them, and when."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import COMPONENTS, Visit, grave_findings

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("pad_and_keyboard_app.py")
HAPPY, SAD = (0.75, 0.45), (-0.75, -0.45)
QUIET_MS = 1200  # Longer than anything waits before it tells Python.

# Everything that goes to the loudspeaker goes to an analyzer as well.
TAP = """
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      window.analyzer = this.context.createAnalyser();
      window.analyzer.fftSize = 16384;
      window.analyzer.smoothingTimeConstant = 0;
      connect.call(this, window.analyzer);
    }
    return connect.call(this, to, ...rest);
  };
"""
PEAK_HZ = """() => {
  const bins = new Float32Array(window.analyzer.frequencyBinCount);
  window.analyzer.getFloatFrequencyData(bins);
  let best = 0;
  bins.forEach((level, i) => { if (level > bins[best]) best = i; });
  return [best * window.analyzer.context.sampleRate / window.analyzer.fftSize, bins[best]];
}"""


@pytest.fixture
def open_app(start_app: Callable[[Path], str], visit: Visit) -> Callable[..., Page]:
    """Open the test page and wait until all components stand."""

    def open_page(**options: Any) -> Page:
        page = visit.open("about:blank", **{"height": 2200, **options})
        page.add_init_script(TAP)
        page.goto(start_app(APP))
        expect(page.locator(".pad")).to_have_count(3)
        expect(page.locator(".keyboard")).to_have_count(2)
        page.locator("[data-test-script-state=notRunning]").wait_for()
        return page

    return open_page


def told(page: Page, name: str) -> Any:
    """What Python was told last."""
    return ast.literal_eval(page.locator(f".st-key-told_{name} code").inner_text())


def expect_told(page: Page, name: str, value: Any) -> None:
    expect(page.locator(f".st-key-told_{name} code")).to_have_text(str(value))


def told_when(page: Page, name: str, check: Callable[[Any], bool]) -> Any:
    """What Python was told as soon as it passes, or after a long while; a busy machine answers late."""
    end = time.monotonic() + 60
    while not check(told(page, name)) and time.monotonic() < end:
        page.wait_for_timeout(100)
    return told(page, name)


def pitches(page: Page, n: int) -> list[int]:
    """The pitches that Python was told once there are as many as expected."""
    return [note[0] for note in told_when(page, "keyboard", lambda notes: len(notes) == n)]


def settle(page: Page) -> None:
    """Wait as long as Python would have taken to be told and to answer."""
    page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", QUIET_MS)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.evaluate("() => new Promise((done) => setTimeout(done, 200))")


def runs(page: Page) -> int:
    settle(page)
    return int(told(page, "runs"))


def expect_runs(page: Page, wanted: int) -> None:
    """As many, and no more later."""
    expect_told(page, "runs", wanted)
    assert runs(page) == wanted


def pad(page: Page, name: str = "pad") -> Locator:
    return page.locator(f".st-key-{name} .pad")


def spot(plane: Locator, valence: float, arousal: float) -> tuple[float, float]:
    """Where a mood is on the screen; the plane has a rim of 1 and an inset of 20 pixels."""
    box = plane.bounding_box()
    inner = [box["width"] - 42, box["height"] - 42]
    return box["x"] + 21 + (valence + 1) / 2 * inner[0], box["y"] + 21 + (1 - arousal) / 2 * inner[1]


def switch(page: Page, name: str) -> None:
    page.locator(f".st-key-{name} label").click()


def expect_path(page: Page, name: str, *moods: tuple[float, float]) -> None:
    told_path = told_when(page, name, lambda path: near(path, *moods))
    assert near(told_path, *moods), told_path


def near(told_path: Any, *moods: tuple[float, float]) -> bool:
    return all(
        abs(a - b) <= 0.011
        for mood, wanted in zip(told_path, moods, strict=True)
        for a, b in zip(mood, wanted, strict=True)
    )


# The pad


def test_a_click_sets_the_mood_and_tells_python_once(open_app):
    page = open_app()
    before = int(told(page, "runs"))
    page.mouse.click(*spot(pad(page).locator(".plane"), -0.5, 0.6))
    expect(pad(page).locator(".told li").first).to_contain_text("tense (−0.50, 0.60)")
    expect_runs(page, before + 1)
    expect_path(page, "pad", (-0.5, 0.6), (-0.5, 0.6))
    page.mouse.click(*spot(pad(page).locator(".plane"), -0.5, 0.6))  # It is there already.
    expect_runs(page, before + 1)


def test_dragging_tells_python_only_when_it_ends(open_app):
    page = open_app()
    plane = pad(page).locator(".plane")
    before = int(told(page, "runs"))
    page.mouse.move(*spot(plane, 0.77, 0.44))  # A little beside the middle of the handle: it must not jump.
    page.mouse.down()
    page.mouse.move(*spot(plane, 0.0, 0.0), steps=5)
    page.mouse.move(*spot(plane, -0.38, -0.51), steps=5)
    expect(pad(page).locator(".told")).to_contain_text("wistful (−0.40, −0.50)")
    assert runs(page) == before
    page.mouse.up()
    expect_runs(page, before + 1)
    expect_path(page, "pad", (-0.4, -0.5), (-0.4, -0.5))


def test_what_leaves_the_plane_stops_at_its_edge(open_app):
    page = open_app()
    page.mouse.move(*spot(pad(page).locator(".plane"), *HAPPY))
    page.mouse.down()
    page.mouse.move(1270, 5, steps=4)
    page.mouse.up()
    expect_told(page, "pad", [(1.0, 1.0), (1.0, 1.0)])


def test_arrows_move_the_handle_that_has_the_focus(open_app):
    page = open_app()
    before = int(told(page, "runs"))
    slider = pad(page).locator(".start input").first
    slider.focus()
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(slider).to_have_attribute("aria-valuetext", "happy, pleasantness 0.45, energy 0.15")
    expect(slider).to_have_attribute("aria-label", "Mood, unpleasant to pleasant")
    expect_told(page, "pad", [(0.45, 0.15), (0.45, 0.15)])
    # One rerun; a busy machine may make a pause between the keys.
    assert before < runs(page) <= before + 2, "four keys, not four reruns"
    expect(slider).to_be_focused()
    page.keyboard.press("End")
    expect_told(page, "pad", [(1.0, 0.15), (1.0, 0.15)])
    page.keyboard.press("Tab")
    expect(slider).not_to_be_focused()
    # A screen reader on a phone moves a slider without keys.
    pad(page).locator(".start input").nth(1).evaluate(
        "(input) => { input.value = '-0.6'; input.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect_told(page, "pad", [(1.0, -0.6), (1.0, -0.6)])


def test_a_path_has_an_end_which_is_remembered_while_it_is_hidden(open_app):
    page = open_app()
    plane = pad(page).locator(".plane")
    expect(pad(page).locator(".end")).to_be_hidden()
    switch(page, "moving")
    expect(pad(page).locator(".end")).to_be_visible()
    expect_told(page, "pad", [HAPPY, SAD])
    page.mouse.click(*spot(plane, -0.5, -0.8))  # Nearer to the end.
    page.mouse.click(*spot(plane, 0.5, 0.8))  # Nearer to the start.
    expect(pad(page).locator(".told li").first).to_contain_text("from excited (0.50, 0.80) to gloomy (−0.50")
    expect_path(page, "pad", (0.5, 0.8), (-0.5, -0.8))
    path = told(page, "pad")
    switch(page, "moving")
    expect_told(page, "pad", [path[0], path[0]])
    expect(pad(page).locator(".end")).to_be_hidden()
    switch(page, "moving")
    expect_told(page, "pad", path)
    expect(pad(page).locator(".way")).to_have_count(1)


def test_handles_on_one_spot_can_be_taken_apart(open_app):
    page = open_app()
    switch(page, "moving")
    page.wait_for_timeout(800)  # the handle that has come glides to its place; a press before would miss it
    plane = pad(page).locator(".plane")
    page.mouse.move(*spot(plane, *SAD))
    page.mouse.down()
    page.mouse.move(*spot(plane, *HAPPY), steps=4)
    page.mouse.up()
    expect(pad(page).locator(".way")).to_have_count(0)
    page.mouse.click(*spot(plane, 0.0, -0.5))
    expect_path(page, "pad", HAPPY, (0.0, -0.5))  # The end goes, the start stays.


def test_the_page_replaces_the_mood_and_a_rerun_does_not(open_app):
    page = open_app()
    plane = pad(page).locator(".plane")
    page.mouse.click(*spot(plane, 0.2, -0.4))
    expect_path(page, "pad", (0.2, -0.4), (0.2, -0.4))
    mine = told(page, "pad")
    switch(page, "shown")
    expect(page.locator(".pad")).to_have_count(1)
    switch(page, "shown")
    expect_told(page, "pad", mine)
    expect(pad(page).locator(".told li").first).to_contain_text("(0.20, −0.40)")
    switch(page, "sad")
    expect_told(page, "pad", [SAD, SAD])
    expect(pad(page).locator(".told li").first).to_contain_text("sad (−0.75, −0.45)")
    page.mouse.click(*spot(plane, 0.2, -0.4))
    expect(pad(page).locator(".told li").first).to_contain_text("(0.20, −0.40)")
    page.locator(".st-key-anew button").click()
    expect_told(page, "pad", [SAD, SAD])
    expect(pad(page).locator(".told li").first).to_contain_text("sad (−0.75, −0.45)")


def test_a_path_may_be_handed_back_without_a_loop(open_app):
    page = open_app()
    plane = pad(page, "pad_back").locator(".plane")
    before = int(told(page, "runs"))
    # Each click moves what is nearer.
    page.mouse.click(*spot(plane, -0.3, -0.2))
    expect_path(page, "pad_back", (-0.3, -0.2), HAPPY)
    page.mouse.click(*spot(plane, 0.3, 0.7))
    expect_path(page, "pad_back", (-0.3, -0.2), (0.3, 0.7))
    page.mouse.click(*spot(plane, -0.6, -0.7))
    expect_path(page, "pad_back", (-0.6, -0.7), (0.3, 0.7))
    expect_runs(page, before + 3)
    expect(pad(page, "pad_back").locator(".measured")).to_have_count(1)
    expect(pad(page, "pad_back").locator(".diamond")).to_have_count(2)


def test_a_pad_that_cannot_be_changed_is_a_picture_in_words(open_app):
    page = open_app()
    picture = pad(page, "picture")
    expect(picture.get_by_role("slider")).to_have_count(0)
    expect(picture.locator(".told")).to_contain_text("from tense (−0.45, 0.50) to peaceful (0.60, −0.65)")
    before = int(told(page, "runs"))
    page.mouse.click(*spot(picture.locator(".plane"), 0, 0))
    assert runs(page) == before
    expect(picture.locator(".told")).to_contain_text("from tense")


def test_fingers_tap_and_drag_and_scroll_past(open_app):
    page = open_app(width=390, height=700, has_touch=True)
    plane = pad(page).locator(".plane")
    page.touchscreen.tap(*spot(plane, -0.4, 0.5))
    expect_path(page, "pad", (-0.4, 0.5), (-0.4, 0.5))

    devtools = page.context.new_cdp_session(page)

    def swipe(start: tuple[float, float], end: tuple[float, float]) -> None:
        at = {"x": start[0], "y": start[1]}
        devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
        for i in range(1, 9):
            at = {"x": start[0] + (end[0] - start[0]) * i / 8, "y": start[1] + (end[1] - start[1]) * i / 8}
            devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
            page.wait_for_timeout(20)
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(spot(plane, -0.4, 0.5), spot(plane, 0.5, -0.5))
    expect_path(page, "pad", (0.5, -0.5), (0.5, -0.5))  # A handle is dragged.
    before = plane.bounding_box()["y"]
    swipe(spot(plane, -0.4, -0.6), spot(plane, -0.4, 0.6))
    settle(page)
    assert near(told(page, "pad"), (0.5, -0.5), (0.5, -0.5)), "a finger beside the handle scrolls"
    assert plane.bounding_box()["y"] < before - 50


# The keyboard


def keys(page: Page, name: str = "keyboard") -> Locator:
    return page.locator(f".st-key-{name} .keyboard")


def key(page: Page, pitch: int, name: str = "keyboard") -> Locator:
    return keys(page, name).locator(f'[data-pitch="{pitch}"]')


def test_the_mouse_plays_and_times_are_taken_down(open_app):
    page = open_app()
    before = int(told(page, "runs"))
    # When the mouse button went down and up, as the browser dates it: a busy machine is late with both.
    page.evaluate("""() => {
      window.dates = [];
      for (const type of ['pointerdown', 'pointerup']) {
        window.addEventListener(type, (event) => window.dates.push(event.timeStamp / 1000), true);
      }
    }""")
    for pitch, held_ms in ((60, 300), (63, 100)):
        key(page, pitch).hover()
        page.mouse.down()
        expect(key(page, pitch)).to_have_class(f"{'black' if pitch == 63 else 'white'} down")
        page.wait_for_timeout(held_ms)
        page.mouse.up()
    expect_runs(page, before + 1)
    (pitch, onset, seconds, velocity), (second, later, shorter, _) = told(page, "keyboard")
    assert (pitch, second, onset) == (60, 63, 0.0)
    down, up, down_again, up_again = page.evaluate("window.dates")
    wanted = [up - down, down_again - down, up_again - down_again]
    assert [seconds, later, shorter] == pytest.approx(wanted, abs=0.002)
    assert 50 <= velocity <= 105
    expect(keys(page).locator(".down")).to_have_count(0)
    expect(keys(page).locator(".count")).to_contain_text("2 notes")
    expect(keys(page).locator(".roll rect")).to_have_count(2)


def test_a_key_sounds_at_its_pitch_and_falls_silent(open_app):
    page = open_app()
    key(page, 69).hover()
    page.mouse.down()
    page.wait_for_timeout(500)
    hz, level = page.evaluate(PEAK_HZ)
    assert hz == pytest.approx(440, abs=6) and level > -50
    page.mouse.up()
    page.wait_for_timeout(1500)
    assert page.evaluate(PEAK_HZ)[1] < -80


def test_letters_play_chords_and_z_and_x_move_them(open_app):
    page = open_app()
    key(page, 60).focus()
    for letter in "adg":
        page.keyboard.down(letter)
    expect(keys(page).locator(".down")).to_have_count(3)
    for letter in "adg":
        page.keyboard.up(letter)
    page.keyboard.press("z")
    page.keyboard.press("w")
    page.keyboard.press("x")
    page.keyboard.press("k")
    assert pitches(page, 5) == [60, 64, 67, 49, 72]
    notes = told(page, "keyboard")
    assert notes[2][1] < notes[0][1] + notes[0][2], "a chord"
    assert all(note[3] == 80 for note in notes)


def test_white_keys_have_the_names_of_notes_and_letters_are_there_only_for_those_who_type(open_app):
    page = open_app()
    names = keys(page).locator(".white .note-name").all_inner_texts()
    assert names[:8] == ["C3", "D", "E", "F", "G", "A", "B", "C4"]
    letter = key(page, 62).locator(".letter")
    key(page, 60).click()
    expect(letter).to_have_css("opacity", "0")
    page.keyboard.press("s")
    expect(letter).to_have_css("opacity", "1")
    key(page, 60).click()
    expect(letter).to_have_css("opacity", "0")


def test_arrows_go_from_key_to_key_and_space_plays(open_app):
    page = open_app()
    page.locator(".st-key-keyboard [tabindex='0'][data-pitch]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(key(page, 61)).to_be_focused()
    expect(key(page, 61)).to_have_attribute("aria-label", "C sharp 4")
    expect(keys(page).locator("[data-pitch][tabindex='0']")).to_have_count(1)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert pitches(page, 2) == [61, 61]
    # A screen reader clicks without a pointer.
    key(page, 64).evaluate("(button) => button.click()")
    assert pitches(page, 3) == [61, 61, 64]
    page.keyboard.press("Tab")
    expect(keys(page).locator("[data-pitch]:focus")).to_have_count(0)


def test_sliding_over_the_keys_plays_them(open_app):
    page = open_app()
    boxes = [key(page, pitch).bounding_box() for pitch in (60, 62, 64)]
    low = boxes[0]["y"] + boxes[0]["height"] - 20
    page.mouse.move(boxes[0]["x"] + 10, low)
    page.mouse.down()
    for box in boxes[1:]:
        page.mouse.move(box["x"] + 10, low, steps=3)
        page.wait_for_timeout(80)
    page.mouse.up()
    assert pitches(page, 3) == [60, 62, 64]


def test_a_long_pause_is_taken_down_as_two_seconds(open_app):
    page = open_app()
    key(page, 60).focus()
    page.keyboard.press("a")
    page.wait_for_timeout(3500)
    page.keyboard.press("s")
    assert pitches(page, 2) == [60, 62]
    first, second = told(page, "keyboard")
    assert second[1] == pytest.approx(first[1] + first[2] + 2, abs=0.01)


def test_notes_are_taken_back_cleared_and_replaced(open_app):
    page = open_app()
    key(page, 60).focus()
    for letter in "asd":
        page.keyboard.press(letter)
    keys(page).locator("[data-do=undo]").click()
    assert pitches(page, 2) == [60, 62]
    key(page, 60).focus()
    page.keyboard.press("Backspace")
    expect(keys(page).locator(".count")).to_contain_text("1 note,")
    keys(page).locator("[data-do=clear]").click()
    expect_told(page, "keyboard", [])
    expect(keys(page).locator(".count")).to_have_text("No notes yet")
    switch(page, "sad")
    expect(keys(page).locator(".count")).to_contain_text("5 notes")
    key(page, 72).focus()
    page.keyboard.press("Enter")
    assert pitches(page, 6) == [60, 62, 64, 65, 67, 72]
    notes = told(page, "keyboard")
    assert notes[5][1] == pytest.approx(notes[4][1] + notes[4][2] + 0.25, abs=0.01), "it goes on from there"


def test_going_on_to_a_button_of_the_page_tells_python_first(open_app):
    page = open_app()
    # The keys never come to rest: only going on can have told Python.
    page.evaluate("""() => {
      const wait = window.setTimeout;
      window.setTimeout = (action, ms, ...rest) => (ms === 600 ? 0 : wait(action, ms, ...rest));
    }""")
    key(page, 60).focus()
    page.keyboard.press("a")
    settle(page)
    assert told(page, "keyboard") == []
    switch(page, "moving")
    expect(pad(page).locator(".end")).to_be_visible()
    assert pitches(page, 1) == [60]


def test_keys_write_notes_of_the_chosen_length(open_app):
    page = open_app()
    fiddle = keys(page, "steps")
    expect(fiddle.get_by_role("button", name="1/4")).to_have_attribute("aria-pressed", "true")
    key(page, 62, "steps").click()
    fiddle.get_by_role("button", name="1/2").click()
    key(page, 66, "steps").click()
    fiddle.get_by_role("button", name="Rest").click()
    page.keyboard.press("1")
    page.keyboard.press("d")
    page.keyboard.press("0")
    expect(fiddle.locator(".written li")).to_have_text(
        ["D4 1/4", "F♯4 1/2", "rest 1/2", "E4 1/8", "rest 1/8"]
    )
    expect_told(page, "steps", [(62, "1/4"), (66, "1/2"), (None, "1/2"), (64, "1/8"), (None, "1/8")])
    page.keyboard.press("Backspace")
    expect_told(page, "steps", [(62, "1/4"), (66, "1/2"), (None, "1/2"), (64, "1/8")])
    expect(fiddle.locator(".count")).to_have_text("3 notes, 3.3 s")


def test_hearing_it_lights_the_keys_and_gives_way_to_other_sounds(open_app):
    page = open_app()
    switch(page, "sad")
    expect(keys(page).locator(".count")).to_contain_text("5 notes")
    hear = keys(page).locator("[data-do=hear]")
    hear.click()
    expect(key(page, 60)).to_have_class("white down")
    expect(hear).to_have_text("Stop")
    page.wait_for_function("(d) => d.classList.contains('down')", arg=key(page, 62).element_handle())
    page.evaluate("window.dispatchEvent(new CustomEvent('sonoscope:sounding', { detail: null }))")
    expect(hear).to_have_text("Play")
    expect(keys(page).locator(".down")).to_have_count(0)
    page.wait_for_timeout(900)
    assert page.evaluate(PEAK_HZ)[1] < -70
    assert len(told(page, "keyboard")) == 5, "hearing writes nothing"


def test_on_a_phone_octaves_scroll_inside_and_fingers_play(open_app):
    page = open_app(width=390, height=2600, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (keys(page), keys(page, "steps"), pad(page)):
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    for button in keys(page, "steps").locator(".plain, .choice button").all():
        if button.is_visible():
            box = button.bounding_box()
            assert box["width"] >= 40 and box["height"] >= 40
    key(page, 60).tap()  # The keys begin where the letters do.
    stage = keys(page).locator(".stage")
    left = stage.evaluate("(stage) => stage.scrollLeft")
    keys(page).get_by_role("button", name="Lower octave").tap()
    page.wait_for_function("([s, left]) => s.scrollLeft < left - 200", arg=[stage.element_handle(), left])
    key(page, 50).tap()
    assert pitches(page, 2) == [60, 50]


# Both


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_app, color_scheme):
    page = open_app(color_scheme=color_scheme)
    switch(page, "moving")
    switch(page, "sad")
    expect(keys(page).locator(".count")).to_contain_text("5 notes")
    assert grave_findings(page, COMPONENTS) == []


def test_with_reduced_motion_nothing_glides(open_app):
    page = open_app(reduced_motion="reduce")
    for part in (pad(page).locator(".handle.start"), keys(page).locator("[data-do=hear]")):
        assert part.evaluate("(element) => getComputedStyle(element).transitionDuration") == "0s"
