"""What holds on every page in a real Chromium: nothing that axe finds, Play on the first screen, Home's Play plays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LONG, find_violations, wait_for_sound, wait_until_still

pytestmark = pytest.mark.browser

PAGES = ("", "sonify_data", "folk_generator", "emotion_music", "extrapolate", "audio_viz")
NAMES = [name or "home" for name in PAGES]
CLOSED = "[data-testid=stExpander] details:not([open]) > summary"
# The button of a player, or the one over a scene that has not begun.
PLAY = ":is([data-do=begin], [data-do=play]):visible"


def open_page(visit, app_url: str, name: str, **how) -> Page:
    page = visit.open(f"{app_url}/{name}", **how)
    page.locator(PLAY).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    return page


def open_expanders(page: Page) -> None:
    """Open every expander of the page and of its sidebar, also those that appear in another one."""
    for _ in range(60):
        closed = page.locator(CLOSED)
        if not closed.count():
            break
        closed.first.click()
        page.locator("[data-test-script-state=notRunning]").wait_for()
    assert page.locator("[data-testid=stExpander] details[open]").count() or name_of(page) == "home"
    wait_until_still(page)


def name_of(page: Page) -> str:
    return re.sub(r"\?.*", "", page.url).rpartition("/")[2] or "home"


@pytest.mark.parametrize("name", PAGES, ids=NAMES)
def test_axe_finds_nothing_of_any_weight_in_both_themes_with_every_expander_open(visit, app_url, name):
    page = open_page(visit, app_url, name)
    open_expanders(page)
    found = {"light": find_violations(page)}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => matchMedia('(prefers-color-scheme: dark)').matches")
    wait_until_still(page)
    open_expanders(page)
    found["dark"] = find_violations(page)
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("name", PAGES, ids=NAMES)
def test_play_is_on_the_first_screen(visit, app_url, name, width, height):
    page = open_page(visit, app_url, name, width=width, height=height)
    wait_until_still(page)
    box = page.locator(PLAY).first.bounding_box()
    assert box is not None
    assert box["y"] >= 0 and box["y"] + box["height"] <= height, (
        f"Play ends at {box['y'] + box['height']:.0f} px"
    )
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [390, 683])
def test_where_the_sidebar_is_folded_away_a_button_with_a_name_opens_it(visit, app_url, width):
    """683 px are a window of 1366 at 200 %."""
    page = open_page(visit, app_url, "folk_generator", width=width, height=844 if width == 390 else 384)
    button = page.get_by_role("button", name="Menu & settings")
    assert "attr(aria-label)" not in button.evaluate("e => getComputedStyle(e, '::after').content")
    button.click()
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name="Home")
    expect(link).to_be_visible()
    link.click()
    page.get_by_role("heading", name="Sonoscope").wait_for()
    page.get_by_role("button", name="Menu", exact=True).wait_for()


def test_on_a_wide_screen_a_button_with_a_name_brings_the_settings_back(visit, app_url):
    page = open_page(visit, app_url, "folk_generator")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    button = page.get_by_test_id("stExpandSidebarButton")
    expect(button).to_have_accessible_name("Settings")
    button.click()
    expect(sidebar).to_have_attribute("data-collapsed", "false")


def test_the_focus_can_be_seen_in_the_navigation(visit, app_url):
    page = open_page(visit, app_url, "")
    page.get_by_test_id("stTopNav").get_by_role("link", name="Home").focus()
    page.keyboard.press("Tab")
    focused = page.get_by_test_id("stTopNav").get_by_role("link", name="Sonify Data")
    expect(focused).to_be_focused()
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert focused.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2


@pytest.mark.parametrize(
    ("button", "heading"),
    [
        ("Play sunspots", "Sonify Data"),
        ("Play a tune", "Folk Generator"),
        ("Play a scene", "Audio Viz"),
    ],
)
def test_play_on_home_plays_on_the_page_that_it_opens_and_only_once(visit, app_url, button, heading):
    page = open_page(visit, app_url, "")
    page.get_by_role("button", name=button).click()
    page.get_by_role("heading", name=heading, level=1).wait_for()
    pause = page.get_by_role("button", name="Pause").first
    pause.wait_for()
    if heading != "Audio Viz":
        wait_for_sound(page, 0.3)
    pause.click()
    # Away and back again: nothing starts that nobody asked for.
    page.get_by_test_id("stTopNav").get_by_role("link", name="Home").click()
    page.get_by_role("heading", name="Sonoscope").wait_for()
    wait_until_still(page)
    page.get_by_test_id("stTopNav").get_by_role("link", name=heading).click()
    page.get_by_role("heading", name=heading, level=1).wait_for()
    page.locator(PLAY).first.wait_for()
    page.wait_for_timeout(700)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def test_home_plays_with_one_click(visit, app_url):
    page = open_page(visit, app_url, "")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_for_sound(page, 0.3)
    assert page.locator(".playhead").first.evaluate("e => e.style.transform") != "translateX(0px)"


def test_a_file_that_is_dropped_on_home_is_played_on_sonify_data(visit, app_url, tmp_path):
    table = tmp_path / "sales.csv"
    table.write_text("month,sales\n2024-01,12\n2024-02,15\n2024-03,11\n2024-04,19\n2024-05,23\n")
    page = open_page(visit, app_url, "")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(table)
    page.get_by_role("heading", name="Sonify Data", level=1).wait_for()
    page.get_by_text("sales.csv").first.wait_for()
    expect(page.get_by_role("button", name="Pause").first).to_be_visible(timeout=LONG)
