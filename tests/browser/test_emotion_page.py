"""The Emotion page in a real Chromium with a camera and a microphone that play what the test made."""

import re

import numpy as np
import pytest
from defusedxml import ElementTree

from core import audio
from core.music import midi
from core.music.performance import Performance
from core.nn.card import SET_VARIABLE
from pages.components.emotion import texts as emotion
from tests.browser.conftest import (
    CHROMIUM_ARGS,
    ROOT,
    Visit,
    chromium_path,
    download,
    grave_findings,
    phone_overflow,
    rerun,
    running_app,
    wait_until_done,
)
from tests.core.drawn_face import drawn_face
from tests.core.sung import sung, tune

pytestmark = pytest.mark.browser
LINE = [60, 64, 67, 64, 60]


def y4m(rgb: np.ndarray, n_frames: int) -> bytes:
    """A still picture as the raw video that Chromium's fake camera plays (4:2:0, BT.601)."""
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    luma = 16 + (65.5 * r + 128.6 * g + 25.0 * b) / 256
    blue = 128 + (-37.8 * r - 74.2 * g + 112.0 * b) / 256
    red = 128 + (112.0 * r - 93.8 * g - 18.2 * b) / 256
    planes = [
        luma,
        *(plane.reshape(rgb.shape[0] // 2, 2, rgb.shape[1] // 2, 2).mean((1, 3)) for plane in (blue, red)),
    ]
    frame = b"FRAME\n" + b"".join(
        np.clip(np.rint(plane), 0, 255).astype(np.uint8).tobytes() for plane in planes
    )
    return f"YUV4MPEG2 W{rgb.shape[1]} H{rgb.shape[0]} F8:1 Ip A1:1 C420jpeg\n".encode() + frame * n_frames


@pytest.fixture(scope="module")
def studio(browser, tmp_path_factory):
    """A Chromium whose camera shows a drawn face and whose microphone hears a sung line."""
    folder = tmp_path_factory.mktemp("studio")
    camera, voice = folder / "face.y4m", folder / "voice.wav"
    canvas = np.full((480, 640, 3), 150, np.uint8)
    face = drawn_face(320)
    canvas[80:400, 160:480] = face if face.ndim == 3 else face[..., None]
    camera.write_bytes(y4m(canvas, 8))
    voice.write_bytes(audio.encode(sung(tune(LINE, start_sec=1.0), 48_000), "wav"))
    running = browser.browser_type.launch(
        executable_path=chromium_path(),
        args=[
            *CHROMIUM_ARGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
            f"--use-file-for-fake-audio-capture={voice}%noloop",
        ],
    )
    yield running
    running.close()


@pytest.fixture(scope="module")
def research_url():
    """The app with research weights, which have a face network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SET_VARIABLE, "research")
        with running_app(ROOT / "app.py") as address:
            yield address


def open_expander(page, text: str) -> None:
    page.locator("summary").get_by_text(text).click()


def take_photo(page) -> None:
    """Press the camera's button once there is a picture to take: before, Streamlit ignores the press."""
    page.wait_for_function(
        "() => { const v = document.querySelector('[data-testid=stCameraInput] video');"
        " return v && v.readyState >= 2 && v.videoWidth > 0 && v.currentTime > 0.3; }",
    )
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_role("button", name="Clear photo").wait_for()


def test_a_camera_picture_and_a_sung_line_become_a_midi_file(studio, research_url):
    visit = Visit(lambda: studio)
    page = visit.open(
        f"{research_url}/emotion_music?emotion.seconds=20", permissions=["camera", "microphone"]
    )
    wait_until_done(page)
    open_expander(page, "Mood from a face or music")
    page.get_by_text("Camera", exact=True).click()
    take_photo(page)
    page.get_by_text("Point placed at").wait_for()
    wait_until_done(page)
    assert "emotion.valence=" in page.url
    open_expander(page, "Start with your own notes")
    page.get_by_text("My voice: microphone", exact=True).click()
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(4500)  # As long as the line is sung.
    page.get_by_role("button", name="Stop recording").click()
    page.get_by_text("sung").first.wait_for()
    page.get_by_text("The piece starts with").wait_for()
    wait_until_done(page)
    played = Performance.from_midi(midi.from_bytes(download(page, "MIDI")))
    assert played.pitch[: len(LINE)].tolist() == LINE
    assert len(played) > 2 * len(LINE)
    score = download(page, "MusicXML").decode()
    assert score.count("<measure ") >= 3
    assert visit.errors == []
    visit.close()


def test_a_face_before_the_live_camera_places_the_point(studio, research_url):
    visit = Visit(lambda: studio)
    page = visit.open(f"{research_url}/emotion_music?emotion.seconds=10", permissions=["camera"])
    wait_until_done(page)
    open_expander(page, "Mood from a face or music")
    page.get_by_text("Live camera", exact=True).click()
    camera = page.frame_locator("iframe[title*=webrtc]")
    camera.get_by_role("button", name="Start").click()
    take = page.get_by_role("button", name="Use this mood")
    take.wait_for()
    # The picture that was sent came back from the server.
    assert camera.locator("video").evaluate("v => [v.readyState, v.videoWidth]") == [4, 640]
    take.click()
    page.wait_for_url(re.compile("emotion.valence="))
    camera.get_by_role("button", name="Stop").click()
    camera.get_by_role("button", name="Start").wait_for()
    wait_until_done(page)
    assert visit.errors == []
    visit.close()


# No address of the browser is offered, as in a network that lets only relays through.
ONLY_RELAYS = """const Real = window.RTCPeerConnection;
window.RTCPeerConnection = function (given) { return new Real({ ...given, iceTransportPolicy: "relay" }); };
window.RTCPeerConnection.prototype = Real.prototype;"""


def test_a_live_camera_without_a_connection_says_why_and_a_picture_takes_its_place(studio, research_url):
    visit = Visit(lambda: studio)
    page = visit.open("about:blank", permissions=["camera"])
    page.add_init_script(ONLY_RELAYS)
    page.goto(f"{research_url}/emotion_music?emotion.seconds=10")
    wait_until_done(page)
    open_expander(page, "Mood from a face or music")
    page.get_by_text("Live camera", exact=True).click()
    page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start").click()
    reason = page.get_by_text("No connection. Your browser offered nothing")
    reason.wait_for()
    page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Stop").click()
    # In the very moment in which the page is told of it.
    page.get_by_role("button", name=emotion.PICTURE_INSTEAD).click()
    page.get_by_test_id("stCameraInput").wait_for()
    take_photo(page)
    page.get_by_text("Point placed at").wait_for()
    assert visit.errors == []
    visit.close()


def test_the_pad_moves_the_mood_and_the_link_gives_the_same_piece(visit, app_url):
    page = visit.open(f"{app_url}/emotion_music?emotion.seconds=10&emotion.seed=3")
    wait_until_done(page)
    first = download(page, "MIDI")
    page.locator(".st-key-emotion-pad").get_by_role("slider").first.focus()
    with rerun(page):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_url(re.compile("emotion.valence="))
    wait_until_done(page)
    moved = download(page, "MIDI")
    assert moved != first
    again = visit.open(page.url)
    wait_until_done(again)
    assert download(again, "MIDI") == moved


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(
        f"{app_url}/emotion_music?emotion.seconds=10&emotion.moves=true&emotion.begin=On-screen+piano",
        color_scheme=scheme,
    )
    wait_until_done(page)
    for opened in (
        "Mood from music",
        "Start with your own notes",
        "Compare two moods",
        "Model details",
    ):
        open_expander(page, opened)
    page.get_by_text("Training data").first.wait_for()
    assert grave_findings(page) == []
    assert phone_overflow(page) == 0


# Contrast by WCAG of the score's ink, and of the notes that sound, with the paper.
CONTRASTS = """(host) => {
  const root = host.shadowRoot;
  const parts = (color) => {
    const numbers = color.match(/[\\d.]+/g).map(Number);
    return color.startsWith('color(srgb') ? numbers.slice(0, 3) : numbers.slice(0, 3).map((n) => n / 255);
  };
  const light = (color) => {
    const [r, g, b] = parts(color).map((n) => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const paper = getComputedStyle(root.querySelector('.sheet'));
  const note = getComputedStyle(root.querySelector('.paper .sounding'));
  return { paper: light(paper.backgroundColor), ink: contrast(paper.backgroundColor, paper.color),
           mark: contrast(paper.backgroundColor, note.fill) };
}"""


def test_pad_player_and_what_can_be_given_stand_in_this_order(visit, app_url):
    page = visit.open(f"{app_url}/emotion_music", height=768)
    wait_until_done(page)

    def box_of(selector: str) -> dict[str, float]:
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        return box

    names = ".st-key-emotion-pad", ".st-key-emotion-player", "summary:has-text('Mood from')"
    pad, player, given = (box_of(name) for name in names)
    assert pad["x"] + pad["width"] < player["x"] and abs(pad["y"] - player["y"]) < 10
    assert pad["y"] + pad["height"] < given["y"] < player["y"] + player["height"]
    assert given["x"] + given["width"] < player["x"]
    assert page.get_by_role("heading", name="Target mood and rating").is_visible()
    page.locator(".st-key-emotion-player [data-view=score]").click()
    page.locator(".st-key-emotion-player .system").first.wait_for()
    assert box_of(".st-key-emotion-player")["height"] < 768
    page.set_viewport_size({"width": 390, "height": 844})
    pad, player, given = (box_of(name) for name in names)
    assert pad["y"] + pad["height"] < player["y"] < player["y"] + player["height"] < given["y"]
    assert box_of(".st-key-emotion-player .play")["y"] < 844


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_score_follows_the_playhead_and_the_theme(visit, app_url, scheme):
    page = visit.open(f"{app_url}/emotion_music?emotion.seconds=10&emotion.seed=3", color_scheme=scheme)
    wait_until_done(page)
    page.locator(".st-key-emotion-player [data-view=score]").click()
    paper = page.locator(".paper").first
    paper.locator("g.measure").first.wait_for()
    root = ElementTree.fromstring(download(page, "MusicXML"))
    assert paper.locator("g.measure").count() == len(list(root.iter("measure")))
    assert paper.locator("g.staff").count() == 2 * paper.locator("g.measure").count()
    second = paper.locator("g.measure").nth(1).locator(".notehead").first.bounding_box()
    paper.evaluate(
        "(paper, [x, y]) => paper.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: x, clientY: y }))",
        [second["x"] + second["width"] / 2, second["y"] + second["height"] / 2],
    )
    paper.locator(".sounding").first.wait_for()
    seen = paper.evaluate(
        f"(paper) => ({CONTRASTS})(paper.getRootNode().host)",
    )
    assert (seen["paper"] < 0.05) == (scheme == "dark")
    assert seen["ink"] >= 7 and seen["mark"] >= 4.5
    assert download(page, "Score (PDF)")[:5] == b"%PDF-"
    assert visit.errors == []
