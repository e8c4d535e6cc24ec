"""Video with sound, rendered on the server on request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import limits
from core.audioviz.film import HEIGHTS, MAX_FILM_SEC, film_size, longest_sec
from core.audioviz.job import FilmRequest, film_sound
from core.audioviz.settings import ASPECTS, MAX_CAPTION
from core.errors import DashboardError, keep_printable
from core.video import CONTAINERS, MEDIA_TYPES, Container
from core.workers import Limits
from pages.components.shared import texts as shared_texts
from pages.components.shared.controls import KEPT
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import InterruptionError, plain, show_interruption
from pages.components.shared.page import do_last
from pages.components.shared.results import obtain, result_key
from pages.components.shared.server_cache import server_cache, session_token
from pages.components.viz import texts
from pages.components.viz.features import Heard
from pages.components.viz.scene_view import current_look, set_look
from pages.components.viz.scenes.scenes import SCENE_NAMES

RATES = (15, 24, 30, 60)
# On two cores 720p takes about as long as the sound lasts, 1080p half as long again.
DEFAULT_QUALITY, DEFAULT_FPS = "720p", 30
# A preview of a portrait is no higher than that of a widescreen picture.
_PREVIEW_WIDTH_PX, _PREVIEW_HEIGHT_PX = 640, 400
_LEAST_SEC = 0.5
_SLOT = "viz.video"
_KEPT = "viz.video"
# A button is true for one run alone, and whatever the visitor touches while the frames are drawn begins another: the
# wish is kept until the video is there.
_WANTED = "viz.video.wanted"
_ASPECT, _CAPTION = "viz.video.aspect", "viz.video.caption"
# Five minutes at 60 frames a second are half an hour's work.
_LIMITS = Limits(cpu_sec=3600, wall_sec=3600)


@dataclass(frozen=True, kw_only=True)
class Video:
    """A rendered video: its cache key, what it shows, its size and format."""

    key: str
    title: str
    about: str
    size: tuple[int, int]
    container: Container


def show_video(heard: Heard, look: dict[str, Any]) -> None:
    """Draw the video options, the button that makes it, and the last video."""
    # Its state is kept here: a picture of another shape would close it.
    with st.expander(texts.VIDEO, icon=":material/movie:", key="viz.video.open", on_change="rerun"):
        st.caption(texts.VIDEO_CAPTION)
        request = _choose_video(heard, look)
        place, button, kept = st.empty(), st.empty(), st.container()

    def finish() -> None:
        """Make the video where it is wanted, and draw the button and the last video."""
        if st.session_state.get(_WANTED):
            try:
                st.session_state[_KEPT] = make_video(heard, request, place)
            except DashboardError as error:
                with place:
                    show_interruption(error)
        button.button(shared_texts.MAKE_VIDEO, key="viz.video.make", icon=":material/movie:", on_click=_want)
        with kept:
            _show_kept()

    do_last(finish)


def _want() -> None:
    st.session_state[_WANTED] = True
    st.session_state.pop(InterruptionError.stopped_key(_SLOT), None)


def _choose_video(heard: Heard, look: dict[str, Any]) -> FilmRequest:
    _choose_shape(look)
    columns = st.columns(5)
    quality = columns[0].selectbox(
        texts.SIZE,
        list(HEIGHTS),
        list(HEIGHTS).index(DEFAULT_QUALITY),
        key="viz.video.size",
        format_func=lambda quality: "{} × {}".format(*film_size(look["aspect"], quality)),
        **KEPT,
    )
    size = film_size(look["aspect"], quality if quality in HEIGHTS else DEFAULT_QUALITY)
    fps = (
        columns[1].selectbox(texts.FRAME_RATE, RATES, RATES.index(DEFAULT_FPS), key="viz.video.fps", **KEPT)
        or DEFAULT_FPS
    )
    container = columns[2].selectbox(
        shared_texts.FILE_FORMAT,
        CONTAINERS,
        key="viz.video.format",
        format_func=shared_texts.CONTAINER_NAMES.__getitem__,
        help=shared_texts.FILE_FORMAT_HELP,
        **KEPT,
    )
    # Bounds that do not move with the sound: a number that is chosen stays, and what does not fit is cut.
    start = columns[3].number_input(
        texts.START, 0.0, limits.MAX_AUDIO_SEC, 0.0, 1.0, format="%g", key="viz.video.from", **KEPT
    )
    seconds = columns[4].number_input(
        texts.LENGTH,
        _LEAST_SEC,
        MAX_FILM_SEC,
        None,
        1.0,
        format="%g",
        key="viz.video.seconds",
        placeholder=texts.WHOLE_SOUND,
        **KEPT,
        help=texts.LENGTH_HELP,
    )
    most, whole = longest_sec(size, int(fps)), heard.sound.duration_sec
    begin, length = fit_part(float(start or 0.0), float(seconds or whole), whole, most)
    st.caption(
        texts.describe_part(begin, length, most_sec=most, cut=length < min(seconds or whole, whole - begin))
    )
    return FilmRequest(
        size=size,
        fps=int(fps),
        start_sec=begin,
        seconds=length,
        scene=look["scene"],
        palette=look["palette"],
        limiter=look["limiter"],
        caption=look["caption"],
        container=container or CONTAINERS[0],
    )


def _choose_shape(look: dict[str, Any]) -> None:
    """Draw aspect ratio and title, which are those of the scene."""
    st.session_state[_ASPECT], st.session_state[_CAPTION] = look["aspect"], look["caption"]
    columns = st.columns(2)
    columns[0].selectbox(
        texts.ASPECT,
        list(ASPECTS),
        key=_ASPECT,
        format_func=lambda aspect: texts.ASPECT_NAMES.get(aspect, aspect),
        on_change=_apply_shape,
    )
    columns[1].text_input(
        texts.CAPTION,
        key=_CAPTION,
        max_chars=MAX_CAPTION,
        placeholder=texts.NO_CAPTION,
        on_change=_apply_shape,
    )


def _apply_shape() -> None:
    look = current_look(st.query_params.to_dict())
    caption = keep_printable(st.session_state[_CAPTION]).strip()[:MAX_CAPTION]
    set_look(replace(look, aspect=st.session_state[_ASPECT], caption=caption))


def fit_part(start_sec: float, seconds: float, duration_sec: float, most_sec: float) -> tuple[float, float]:
    """Clip a part to the sound: its start, and its length of at most ``most_sec``."""
    start = min(start_sec, max(0.0, duration_sec - _LEAST_SEC))
    return start, min(seconds, duration_sec - start, most_sec)


def make_video(heard: Heard, request: FilmRequest, place: DeltaGenerator) -> Video:
    """Render a video in a worker, or take it from the cache.

    Raises
    ------
    DashboardError
        If it cannot be made, or the visitor has stopped it.
    """
    call = partial(film_sound, heard.sound, heard.parameters, request)
    identity, private = (heard.identity, request), heard.source.is_private
    try:
        data = obtain(
            call,
            slot=_SLOT,
            what=shared_texts.MAKING_VIDEO,
            identity=identity,
            private=private,
            lane="film",
            limits=_LIMITS,
            place=place,
        )
    except DashboardError:
        # Half an hour's work is not begun again by whatever is touched next.
        _forget_wish()
        raise
    _forget_wish()
    scene, (width, height) = request.scene, request.size
    about = (
        f"{heard.title}, {SCENE_NAMES[scene]}: {texts.clock(request.seconds)}, {width} × {height}, {request.fps} fps, "
        f"{len(data) / 1e6:.1f} MB."
    )
    key = result_key(call, identity, session_token() if private else "")
    title = f"{heard.title}-{scene}"
    return Video(key=key, title=title, about=about, size=request.size, container=request.container)


def _forget_wish() -> None:
    st.session_state[_WANTED] = False


def _show_kept() -> None:
    video: Video | None = st.session_state.get(_KEPT)
    if video is None:
        return
    try:
        data: bytes = server_cache().get(video.key)
    except KeyError:
        st.caption(shared_texts.VIDEO_LOST)
        return
    downloads({video.container: lambda: data}, name=video.title, key="viz.video.download")
    st.caption(plain(video.about))
    width, height = video.size
    st.video(
        data,
        format=MEDIA_TYPES[video.container],
        width=min(_PREVIEW_WIDTH_PX, round(_PREVIEW_HEIGHT_PX * width / height)),
    )
