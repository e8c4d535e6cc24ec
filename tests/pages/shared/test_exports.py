"""Videos, pictures and web pages of results: every page offers them, makes them once, and tells what went wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import av
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from core.presentation import film
from core.presentation.film_settings import FilmSettings
from core.presentation.presentation import Presentation
from pages.components.shared import exports
from pages.components.shared.messages import InterruptionError
from pages.components.shared.server_cache import server_cache
from tests.pages.conftest import captions, errors, forbid_jobs, new_page

pytestmark = pytest.mark.usefixtures("empty_cache")

PAGES = {
    "sonify": ("sonify_data.py", {"example": "nile", "duration": "1"}, "Chart"),
    "folk": ("folk_generator.py", {"bars": "8"}, "Score"),
    "emotion": ("emotion_music.py", {"seconds": "10"}, "Score"),
    "extrapolate": ("extrapolate.py", {}, "Waveform"),
}


def open_exports(page: str = "sonify") -> AppTest:
    """A page with its video and its web page folded out."""
    name, query, _ = PAGES[page]
    at = new_page(name, **{f"{page}__{key}": value for key, value in query.items()})
    at.session_state[f"{page}.video.open"] = at.session_state[f"{page}.page.open"] = True
    return at.run()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Presentation, FilmSettings]]:
    """What films were asked for; none is drawn."""
    made: list[tuple[Presentation, FilmSettings]] = []

    def make_film(presentation: Presentation, settings: FilmSettings, **_: Any) -> bytes:
        made.append((presentation, settings))
        return b"film"

    monkeypatch.setattr(film, "make_film", make_film)
    return made


@pytest.fixture
def buttons(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """What makes the files that the page offers, by their keys."""
    offered: dict[str, Callable[[], bytes]] = {}

    def offer(extension: str, make: Callable[[], bytes], *, stem: str, key: str, help: str = "") -> None:
        offered[f"{key}.{extension}"] = make

    monkeypatch.setattr(exports, "download_button", offer)
    return offered


@pytest.mark.parametrize("page", PAGES)
def test_every_page_makes_a_video_and_a_web_page_of_its_result(
    page: str, asked: list[tuple[Presentation, FilmSettings]], buttons: dict[str, Callable[[], bytes]]
) -> None:
    at = open_exports(page)
    assert errors(at) == []
    picture = PAGES[page][2]
    assert picture == "Waveform" or at.selectbox(key=f"{page}.video.picture").value == picture
    at.button(key=f"{page}.video.make").click().run()
    assert errors(at) == [] and len(asked) == 1
    presentation, settings = asked[0]
    assert (settings.size, settings.container, settings.theme) == ("1920x1080", "mp4", "light")
    assert type(presentation.pictures[0]).__name__ == f"{picture}Picture"
    assert buttons[f"{page}.video.mp4"]() == b"film"
    html = buttons[f"{page}.page.html"]().decode()
    assert html.startswith("<!DOCTYPE html>") and presentation.title in html
    assert f'title="{presentation.title}"' in at.code[0].value


def test_a_video_is_really_made_and_a_rerun_makes_nothing_again(
    buttons: dict[str, Callable[[], bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = partial(FilmSettings, fps=5, opening_sec=0.0, closing_sec=0.0)
    monkeypatch.setattr(exports, "FilmSettings", quick)
    at = open_exports()
    at.selectbox(key="sonify.video.size").set_value("1080 × 1080, square")
    at.selectbox(key="sonify.video.format").set_value("WebM").run()
    at.button(key="sonify.video.make").click().run()
    assert errors(at) == [] and "1080 × 1080" in captions(at)
    with av.open(io.BytesIO(buttons["sonify.video.webm"]())) as made:
        assert (made.streams.video[0].width, made.streams.video[0].height) == (1080, 1080)
        assert made.streams.audio[0].codec_context.name == "opus"
    forbid_jobs(monkeypatch)
    assert errors(at.run()) == []
    # Another size has no video yet; going back finds the one that was made.
    at.selectbox(key="sonify.video.size").set_value("1080 × 1920, portrait").run()
    assert at.button(key="sonify.video.make")
    at.selectbox(key="sonify.video.size").set_value("1080 × 1080, square").run()
    assert "sonify.video.make" not in {button.key for button in at.button}


def test_the_choices_and_a_hostile_title_reach_the_video(
    asked: list[tuple[Presentation, FilmSettings]], buttons: dict[str, Callable[[], bytes]]
) -> None:
    at = open_exports()
    at.text_input(key="sonify.video.title").set_value("  <b>Nile</b> \u202e\x00" + "x" * 5000)
    at.text_input(key="sonify.page.title").set_value('"><script>alert(1)</script>')
    at.selectbox(key="sonify.video.colors").set_value("Dark")
    at.selectbox(key="sonify.video.picture").set_value("Piano roll").run()
    at.button(key="sonify.video.make").click().run()
    presentation, settings = asked[0]
    assert (
        presentation.title.startswith("<b>Nile</b> xxx")
        and 100 < len(presentation.title) <= exports.MAX_TITLE
    )
    assert (settings.theme, settings.picture) == ("dark", 1)
    assert "<script>alert" not in buttons["sonify.page.html"]().decode()
    assert "<script>" not in at.code[0].value
    assert buttons["sonify.picture.png"]()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_video_that_cannot_be_made_is_told_and_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    n_tries = []

    def refuse(*_: Any, **__: Any) -> bytes:
        n_tries.append(1)
        raise InputError("A film can be .2 seconds to 10 minutes long; this sound is 11 min long.")

    monkeypatch.setattr(film, "make_film", refuse)
    at = open_exports()
    at.button(key="sonify.video.make").click().run()
    assert "this sound is 11 min long" in errors(at)[0].replace("\\", "") and len(n_tries) == 1
    assert errors(at.run()) == [] and len(n_tries) == 1 and at.button(key="sonify.video.make")


def test_a_stopped_video_is_made_again_only_when_it_is_asked_for(
    asked: list[tuple[Presentation, FilmSettings]],
) -> None:
    at = open_exports()
    at.button(key="sonify.video.make").click().run()
    key = next(key for key, entry in server_cache()._entries.items() if entry.value == b"film")
    server_cache().drop(key)
    at.session_state["sonify.video.wanted"] = key
    at.session_state[InterruptionError.stopped_key("sonify.video")] = key
    at.run()
    assert "Stopped" in at.info[0].value and len(asked) == 1
    at.button(key="sonify.video.make").click().run()
    assert errors(at) == [] and len(asked) == 2 and not at.info
