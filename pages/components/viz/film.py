"""Video with sound, drawn frame by frame on the server when it is asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core import audio, limits
from core.audioviz.film import MAX_FILM_SEC, render_video
from core.errors import InputError
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import plain, telling_errors
from pages.components.shared.progress import Tell, progress_bar
from pages.components.viz.controls import RATE_HZ
from pages.components.viz.features import Heard
from pages.components.viz.scenes.scenes import SCENE_NAMES

SIZES = {"426 x 240": (426, 240), "640 x 360": (640, 360), "960 x 540": (960, 540), "1280 x 720": (1280, 720)}
RATES = (15, 24, 30, 60)
DEFAULT_SIZE, DEFAULT_FPS, DEFAULT_SEC = "640 x 360", 30, 30.0
# A video is kept in memory while its visitor is here; its rate is about a fifth of a bit a pixel.
MAX_BYTES = 40_000_000
_BYTES_A_PIXEL = 0.2 / 8
_LEAST_SEC = 0.5
_KEPT = "viz.video"
# A button is true for one run alone, and whatever the visitor touches while the frames are drawn begins another: the
# wish is kept until the video is there or cancelled.
_WANTED = "viz.video.wanted"


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video that was made: its bytes, and what it shows."""

    data: bytes
    title: str
    about: str


@dataclass(frozen=True, kw_only=True)
class VideoChoice:
    """Size in pixels, frames a second, and which part of the sound."""

    size: tuple[int, int]
    fps: int
    start_sec: float
    seconds: float


def show_video(heard: Heard, look: dict[str, Any]) -> None:
    """Draw the choices, the button that makes the video, and the last one that was made."""
    with st.expander("A video with sound", icon=":material/movie:"):
        st.caption(
            "Drawn on the server frame by frame, so that picture and sound meet exactly; simpler than in the browser. "
            "“Record video” below the picture records it as you see it."
        )
        choice = _choose_video(heard)
        bar, cancel = st.empty(), st.empty()
        st.button(
            "Make the video", key="viz.video.make", icon=":material/movie:", on_click=_want, args=(True,)
        )
        if st.session_state.get(_WANTED):
            cancel.button(
                "Cancel", key="viz.video.cancel", icon=":material/close:", on_click=_want, args=(False,)
            )
            try:
                with telling_errors(), progress_bar(bar) as tell:
                    st.session_state[_KEPT] = make_video(heard, look, choice, tell)
            finally:
                cancel.empty()
            # Not reached where another run of the page ends this one.
            _want(False)
        _show_kept()


def _want(wanted: bool) -> None:
    st.session_state[_WANTED] = wanted


def _choose_video(heard: Heard) -> VideoChoice:
    columns = st.columns(4)
    size = SIZES[
        columns[0].selectbox("Size", list(SIZES), list(SIZES).index(DEFAULT_SIZE), key="viz.video.size")
        or DEFAULT_SIZE
    ]
    fps = (
        columns[1].selectbox("Frames a second", RATES, RATES.index(DEFAULT_FPS), key="viz.video.fps")
        or DEFAULT_FPS
    )
    # Bounds that do not move with the sound: a number that is chosen stays, and what does not fit is cut.
    start = columns[2].number_input(
        "From, s", 0.0, limits.MAX_AUDIO_SEC, 0.0, 1.0, format="%g", key="viz.video.from"
    )
    seconds = columns[3].number_input(
        "Seconds",
        _LEAST_SEC,
        MAX_FILM_SEC,
        DEFAULT_SEC,
        1.0,
        format="%g",
        key="viz.video.seconds",
        help="Larger videos can be less long.",
    )
    choice = fit_choice(
        size, int(fps), float(start or 0.0), float(seconds or _LEAST_SEC), heard.sound.duration_sec
    )
    st.caption(
        f"{choice.seconds:.1f} s, from {_clock(choice.start_sec)} to {_clock(choice.start_sec + choice.seconds)}."
    )
    return choice


def fit_choice(
    size: tuple[int, int], fps: int, start_sec: float, seconds: float, duration_sec: float
) -> VideoChoice:
    """What can be made of a choice: within the sound, and no longer than `longest_sec`."""
    start = min(start_sec, max(0.0, duration_sec - _LEAST_SEC))
    most = min(duration_sec - start, longest_sec(size, fps))
    return VideoChoice(size=size, fps=fps, start_sec=start, seconds=min(seconds, most))


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def longest_sec(size: tuple[int, int], fps: int) -> float:
    """How long a video of a size and rate may be so that it stays below `MAX_BYTES`."""
    return min(MAX_FILM_SEC, MAX_BYTES / (size[0] * size[1] * fps * _BYTES_A_PIXEL))


@st.cache_resource(show_spinner=False)
def _drawing_lock() -> threading.Lock:
    """Drawing takes a whole processor: one visitor at a time."""
    return threading.Lock()


def make_video(heard: Heard, look: dict[str, Any], choice: VideoChoice, tell: Tell) -> Video:
    """Draw the frames and put the sound to them.

    Raises
    ------
    InputError
        While another visitor's video is being made.
    """
    if not _drawing_lock().acquire(blocking=False):
        raise InputError("Another video is being made on this server just now. Try again in a minute.")
    try:
        tell(0.0, "Drawing the frames")
        parameters, sound = cut_part(heard, choice)
        data = render_video(
            parameters,
            RATE_HZ,
            sound,
            scene=look["scene"],
            size=choice.size,
            fps=choice.fps,
            limiter=look["limiter"],
            palette=look["palette"],
            progress=lambda share: tell(share, "Drawing the frames"),
        )
    finally:
        _drawing_lock().release()
    about = (
        f"{heard.sound.title}, {SCENE_NAMES[look['scene']]}: {choice.size[0]} x {choice.size[1]}, {choice.fps} frames a "
        f"second, {choice.seconds:g} s from {choice.start_sec:g} s, {len(data) / 1e6:.1f} MB."
    )
    return Video(data=data, title=f"{heard.sound.title}-{look['scene']}", about=about)


def cut_part(heard: Heard, choice: VideoChoice) -> tuple[NDArray[np.float32], audio.Audio]:
    """The parameters and the sound of the stretch that is chosen."""
    sound = audio.decode(heard.sound.wav, name=heard.sound.title)
    first, last = (round(at * sound.sr) for at in (choice.start_sec, choice.start_sec + choice.seconds))
    row = round(choice.start_sec * RATE_HZ)
    rows = max(1, round(choice.seconds * RATE_HZ))
    cut = audio.Audio(np.ascontiguousarray(sound.y[..., first : max(first + 1, last)]), sound.sr)
    return heard.parameters[min(row, len(heard.parameters) - 1) :][:rows], cut


def _show_kept() -> None:
    video: Video | None = st.session_state.get(_KEPT)
    if video is None:
        return
    st.video(video.data, format="video/webm")
    st.caption(plain(video.about))
    downloads({"webm": lambda: video.data}, name=video.title, key="viz.video.download")
