"""What a visitor chose and gave lives with the session: the menu, Back and Forward lead to pages as they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core import audio
from core.emotion.examples import example, example_names
from core.music import midi
from pages.components.emotion import texts as emotion
from pages.components.extrapolate import texts as extrapolate
from pages.components.folk import texts as folk
from pages.components.shared.audio_viz_link import FROM_ANOTHER_PAGE
from pages.components.viz.source import UPLOAD
from tests.browser.conftest import LONG, Visit, rerun, wait_until_done
from tests.core.sounds import tone


@dataclass(frozen=True, kw_only=True)
class Case:
    """A page with choices in its address, one of its numbers, and what can be uploaded on it."""

    title: str
    choices: dict[str, str]
    number: str
    shown: str
    upload: dict[str, str]
    uploader: str
    file: str
    folded: str = ""  # the title of what must be opened before the upload is seen

    @property
    def path(self) -> str:
        """The page with its choices."""
        return f"{self.title.lower().replace(' ', '_')}?{urlencode(self.choices)}"


CASES = (
    Case(
        title="Sonify Data",
        choices={"sonify.duration": "12.5", "sonify.key": "D"},
        number="sonify-duration",
        shown="12.5",
        upload={"sonify.source": "Upload"},
        uploader="sonify-file",
        file="rain*.csv",
    ),
    Case(
        title="Folk Generator",
        choices={"folk.bars": "8", "folk.key": "D"},
        number="folk-bars",
        shown="8",
        upload={"folk.begin": folk.FILE},
        uploader="folk-file",
        file="mine.abc",
    ),
    Case(
        title="Emotion Music",
        choices={"emotion.seconds": "10", "emotion.valence": "-0.5"},
        number="emotion-seconds",
        shown="10",
        upload={"emotion.begin": emotion.FILE, "emotion.begin_sec": "4"},
        uploader="emotion-midi",
        file="mine.mid",
        folded=emotion.OPENING_TITLE,
    ),
    Case(
        title="Extrapolate",
        choices={"extrapolate.seconds": "12", "extrapolate.seed": "3"},
        number="extrapolate-seconds",
        shown="12",
        upload={"extrapolate.source": extrapolate.UPLOAD},
        uploader="extrapolate-file",
        file="mine.wav",
    ),
    Case(
        title="Audio Viz",
        choices={"viz.order": "1-0-2-3-4-5-6-7-8-9", "viz.smoothing": "0.5", "viz.limiter": "false"},
        number="viz-smoothing",
        shown="0.5",
        upload={"viz.source": UPLOAD},
        uploader="viz-file",
        file="mine.wav",
    ),
)


def each_page(*left_out: str) -> pytest.MarkDecorator:
    """Every page but those whose case is like another's."""
    cases = [case for case in CASES if case.title not in left_out]
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.title)


def contents(name: str) -> bytes:
    """A file of a kind."""
    if name.endswith("csv"):
        return b"day,rain\n2024-01-01,1\n2024-01-02,3\n2024-01-03,2\n"
    if name.endswith("abc"):
        return b"X:1\nK:G\nM:4/4\nL:1/8\nG2 B2 d2 B2 | c2 A2 G4 |\n"
    if name.endswith("mid"):
        return midi.to_bytes(example(example_names()[1]).to_midi())
    return audio.encode(tone(duration_sec=6.0, sr=22_050), "wav")


def open_case(visit: Visit, app_url: str, case: Case, **more: str) -> Page:
    page = visit.open(f"{app_url}/{case.path}{'&' if more else ''}{urlencode(more)}")
    wait_until_shown(page, case.title)
    return page


def wait_until_shown(page: Page, title: str) -> None:
    page.get_by_role("heading", name=title, level=1).wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()


def follow_menu(page: Page, title: str) -> None:
    with rerun(page):
        page.get_by_test_id("stTopNav").get_by_role("link", name=title).click()
    if title != "Home":
        wait_until_shown(page, title)


def number(page: Page, case: Case) -> str:
    """What stands in the page's number, once the script rests."""
    field = page.locator(f".st-key-{case.number} input").first
    field.wait_for(state="attached")
    return field.input_value()


def choices(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


@each_page("Folk Generator", "Emotion Music")
def test_the_menu_back_and_forward_lead_to_what_was_seen(visit, app_url, case):
    page = open_case(visit, app_url, case)
    assert choices(page) == case.choices
    seen = [page.url]
    follow_menu(page, "Home")
    seen.append(page.url)
    assert choices(page) == {}
    follow_menu(page, case.title)
    expect(page.locator(f".st-key-{case.number} input").first).to_have_value(case.shown)
    assert choices(page) == case.choices
    assert page.evaluate("history.length") == 4  # The blank page, and one entry for each page that was shown
    page.go_back()
    expect(page).to_have_url(seen[1], timeout=LONG)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.go_back()
    expect(page).to_have_url(seen[0], timeout=LONG)
    wait_until_shown(page, case.title)
    expect(page.locator(f".st-key-{case.number} input").first).to_have_value(case.shown)
    wait_until_done(page, "Settings")
    page.go_forward()
    expect(page).to_have_url(seen[1], timeout=LONG)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.go_forward()
    wait_until_shown(page, case.title)
    expect(page.locator(f".st-key-{case.number} input").first).to_have_value(case.shown)
    assert choices(page) == case.choices


def unfold(page: Page, case: Case) -> None:
    """Open what the upload is folded away in, if it is."""
    summary = page.locator("summary", has_text=case.folded).first
    if case.folded and summary.locator("..").get_attribute("open") is None:
        summary.click()


@each_page("Folk Generator", "Audio Viz")
def test_an_upload_is_there_after_a_look_at_another_page_until_it_is_removed(visit, app_url, case):
    page = open_case(visit, app_url, case, **case.upload)
    uploader = page.locator(f".st-key-{case.uploader}").first
    file = {"name": case.file, "mimeType": "application/octet-stream", "buffer": contents(case.file)}
    unfold(page, case)
    with rerun(page):
        uploader.locator("input[type=file]").set_input_files(file)
    expect(uploader.get_by_text(case.file)).to_be_visible()
    page.get_by_test_id("stDownloadButton").first.wait_for()
    follow_menu(page, "Home")
    follow_menu(page, case.title)
    unfold(page, case)
    kept = page.locator(f".st-key-{case.uploader}-kept0")
    expect(kept).to_contain_text(case.file)
    page.get_by_test_id("stDownloadButton").first.wait_for()  # Its result is there, too.
    with rerun(page):
        kept.get_by_role("button", name="Remove").click()
    expect(kept).to_have_count(0)
    expect(uploader.locator("input[type=file]")).to_be_attached()


def test_back_from_visualize_shows_what_was_visualized(visit, app_url):
    case = CASES[1]
    page = open_case(visit, app_url, case)
    wait_until_done(page)
    page.get_by_role("button", name="Open in Audio Viz").click()
    wait_until_shown(page, "Audio Viz")
    page.go_back()
    wait_until_shown(page, case.title)
    assert choices(page) == case.choices
    expect(page.locator(f".st-key-{case.number} input").first).to_have_value(case.shown)
    page.go_forward()
    wait_until_shown(page, "Audio Viz")
    expect(page.get_by_text(FROM_ANOTHER_PAGE).first).to_be_visible()
