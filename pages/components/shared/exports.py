"""Exports of a result: a video, a picture and a web page of its own, made in worker processes when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import DashboardError, keep_printable
from core.presentation.embedding import write_embed_code
from core.presentation.film_settings import CONTAINERS, SIZES, FilmSettings
from core.presentation.job import FILM_LIMITS, film, page, picture
from core.presentation.presentation import Presentation
from core.video import MEDIA_TYPES
from pages.components.shared import texts
from pages.components.shared.controls import KEPT
from pages.components.shared.downloads import download_button, file_stem
from pages.components.shared.messages import InterruptionError, show_interruption
from pages.components.shared.page import do_last, show_when_opened
from pages.components.shared.results import obtain, obtain_later, result_key
from pages.components.shared.server_cache import server_cache, session_token

MAX_TITLE = 120
# The preview of a portrait is no higher than that of a widescreen video.
_PREVIEW_WIDTH_PX, _PREVIEW_HEIGHT_PX = 640, 400
# Colors: as the page is displayed, or one of the two.
_THEMES = {texts.AS_DISPLAYED: "", texts.LIGHT: "light", texts.DARK: "dark"}
_PAGE_THEMES = {texts.AUTOMATIC: "auto", texts.LIGHT: "light", texts.DARK: "dark"}


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A result that can be exported.

    Attributes
    ----------
    key : str
        Of the page, such as "sonify"; prefix of the widgets' keys.
    present : callable
        Gives the presentation of the result under a title. Called only where a file is asked for.
    identity : object
        Plain data, equal where the presentation is equal but for its title.
    title : str
        Used where the visitor gives none.
    pictures : tuple of str
        What the presentation's pictures are called, in their order.
    is_private : bool
        Whether it is made of something that the visitor brought.
    name : str
        Becomes the files' name.
    """

    key: str
    present: Callable[[str], Presentation]
    identity: object
    title: str
    pictures: tuple[str, ...]
    is_private: bool
    name: str


def show_exports(result: Exportable) -> None:
    """Draw what makes a video and a web page of a result; drawn when they are opened."""
    show_when_opened(
        texts.VIDEO, partial(_show_video, result), icon=":material/movie:", key=f"{result.key}.video.open"
    )
    show_when_opened(
        texts.WEB_PAGE, partial(_show_page, result), icon=":material/web:", key=f"{result.key}.page.open"
    )


def _show_video(result: Exportable) -> None:
    st.caption(texts.describe_film(result.key))
    title, settings = _choose_title(result, "video", st.container()), _choose_video(result)
    identity = [result.identity, title, settings]
    owner = session_token() if result.is_private else ""
    key, wanted = result_key(partial(film), identity, owner), f"{result.key}.video.wanted"
    place, buttons, made = st.empty(), st.empty(), st.container()

    def finish() -> None:
        """Make the video where it is wanted, and offer it."""
        if st.session_state.get(wanted) == key:
            _make_video(result, title, settings, identity, wanted=wanted, place=place)
        data = _find(key)
        with buttons.container(horizontal=True):
            _draw_buttons(result, title, settings, data, wanted=wanted, key=key)
        if data is not None:
            with made:
                _show_made(data, settings)

    do_last(finish)


def _draw_buttons(
    result: Exportable, title: str, settings: FilmSettings, data: bytes | None, *, wanted: str, key: str
) -> None:
    """Draw the button that makes the video, or the download of the one that is made; and the still."""
    if data is not None:
        download_button(
            settings.container, lambda: data, stem=file_stem(result.name), key=f"{result.key}.video"
        )
    else:
        st.button(
            texts.MAKE_VIDEO,
            key=f"{result.key}.video.make",
            icon=":material/movie:",
            on_click=_want,
            args=(wanted, key, f"{result.key}.video"),
        )
    download_button(
        "png",
        picture_file(result, title, settings),
        stem=file_stem(result.name),
        key=f"{result.key}.picture",
        help=texts.STILL_HELP,
    )


def _choose_title(result: Exportable, what: str, place: DeltaGenerator) -> str:
    given = place.text_input(
        texts.TITLE,
        key=f"{result.key}.{what}.title",
        max_chars=MAX_TITLE,
        placeholder=keep_printable(result.title)[:MAX_TITLE],
        **KEPT,
    )
    return " ".join(keep_printable(given or "").split())[:MAX_TITLE] or result.title


def _choose_video(result: Exportable) -> FilmSettings:
    has_choice = len(result.pictures) > 1
    columns = iter(st.columns(4 if has_choice else 3))
    size = _choose(next(columns), texts.FORMAT_SIZE, texts.SIZES, f"{result.key}.video.size")
    theme = _choose(next(columns), texts.COLORS, _THEMES, f"{result.key}.video.colors")
    shown = 0
    if has_choice:
        numbers = {name: number for number, name in enumerate(result.pictures)}
        shown = _choose(next(columns), texts.PICTURE, numbers, f"{result.key}.video.picture")
    containers = {texts.CONTAINER_NAMES[container]: container for container in CONTAINERS}
    container = _choose(
        next(columns),
        texts.FILE_FORMAT,
        containers,
        f"{result.key}.video.format",
        help=texts.FILE_FORMAT_HELP,
    )
    return FilmSettings(
        size=size,
        theme=theme or _displayed_theme(),
        container=container,
        picture=shown,
    )


def _choose(place: DeltaGenerator, label: str, options: dict[str, Any], key: str, **widget: Any) -> Any:
    """Draw a select box of named options; the value of the first by default."""
    name = place.selectbox(label, list(options), key=key, **KEPT, **widget)
    return options.get(name or "", next(iter(options.values())))


def _want(wanted: str, key: str, slot: str) -> None:
    """Keep the wish until the video is there: a button is true for one run alone, and any touch begins another."""
    st.session_state[wanted] = key
    st.session_state.pop(InterruptionError.stopped_key(slot), None)


def _make_video(
    result: Exportable,
    title: str,
    settings: FilmSettings,
    identity: object,
    *,
    wanted: str,
    place: DeltaGenerator,
) -> None:
    """Make the video in a worker; why there is none is drawn in its place."""
    try:
        obtain(
            partial(film, result.present(title), settings),
            slot=f"{result.key}.video",
            what=texts.MAKING_VIDEO,
            identity=identity,
            private=result.is_private,
            lane="film",
            limits=FILM_LIMITS,
            place=place,
        )
    except DashboardError as error:
        with place:
            show_interruption(error)
    # What was stopped or has failed is not begun anew by whatever is touched next.
    st.session_state.pop(wanted, None)


def _find(key: str) -> bytes | None:
    try:
        data: bytes = server_cache().get(key)
    except KeyError:
        return None
    return data


def _show_made(data: bytes, settings: FilmSettings) -> None:
    width, height = SIZES[settings.size]
    st.caption(texts.describe_video(width, height, len(data)))
    st.video(
        data,
        format=MEDIA_TYPES[settings.container],
        width=min(_PREVIEW_WIDTH_PX, round(_PREVIEW_HEIGHT_PX * width / height)),
    )


def picture_file(
    result: Exportable, title: str = "", settings: FilmSettings | None = None
) -> Callable[[], bytes]:
    """What draws a picture of a result as PNG: its first one, as wide as a slide and in the page's colors by default."""
    shown, title = settings or FilmSettings(theme=_displayed_theme()), title or result.title
    width, height = SIZES[shown.size]
    return obtain_later(
        partial(picture),
        what=texts.DRAWING_PICTURE,
        identity=[result.identity, title, shown.picture, width, height, shown.theme],
        private=result.is_private,
        arguments=lambda: (result.present(title), shown.picture, width, height, shown.theme),
    )


def _displayed_theme() -> str:
    return "dark" if st.context.theme.type == "dark" else "light"


def _show_page(result: Exportable) -> None:
    st.caption(texts.WEB_PAGE_CAPTION)
    columns = st.columns([3, 1])
    title = _choose_title(result, "page", columns[0])
    theme = _choose(columns[1], texts.COLORS, _PAGE_THEMES, f"{result.key}.page.colors")
    make = obtain_later(
        partial(page),
        what=texts.WRITING_PAGE,
        identity=[result.identity, title, theme],
        private=result.is_private,
        arguments=lambda: (result.present(title), theme),
    )
    stem = file_stem(result.name)
    download_button("html", make, stem=stem, key=f"{result.key}.page")
    st.caption(texts.EMBED)
    st.code(write_embed_code(f"{stem}.html", title), language=None, wrap_lines=True)
