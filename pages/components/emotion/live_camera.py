"""Live camera: the facial expression in the visitor's video, rated twice a second."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.emotion.face.expression import FaceMood
from core.emotion.job import read_largest_face
from core.emotion.moods import Mood
from core.jobs import JobQueue, Ticket, make_job
from pages.components.emotion import texts
from pages.components.emotion.controls import set_mood
from pages.components.emotion.face_mood import EXPRESSION_LIMITS, show_face_mood
from pages.components.emotion.ice_connection import find_kinds, has_relay, ice_servers
from pages.components.shared.server_cache import session_token
from pages.components.shared.server_jobs import server_jobs

if TYPE_CHECKING:
    import av

# A face twice a second is enough; where the server is busy, a frame waits until the former one was read.
_EVERY_SEC = 0.5
_FRAME_SIDE = 640  # pixels, to which a frame is brought before it goes to the worker
# So much of the newest reading goes into the mean that is shown.
_NEW_SHARE = 0.4
_FORGET_SEC = 2.0
_PATIENCE_SEC = 15.0
# A connection takes a second or two; the reason why there is none is told before ten have passed.
_CONNECTING_SEC = 7.0
_GIVEN_UP_SEC = 3.0
_KEY, _ASKED, _IN_VAIN = "emotion.live", "emotion.live_asked", "emotion.live_in_vain"
_TAKEN = "emotion.live_taken"


class LiveReader:
    """Face reader for the frames of one camera, which arrive in a separate thread.

    Nothing of a frame is kept: it goes to a worker, and what comes back are three numbers.

    Parameters
    ----------
    jobs : JobQueue
    visitor : str
        In whose name a frame waits. Not the one of his other jobs, which a frame would cancel.
    """

    def __init__(self, jobs: JobQueue, visitor: str) -> None:
        self._jobs, self._visitor = jobs, visitor
        self._lock = threading.Lock()
        self._ticket: Ticket | None = None
        self._shares: NDArray[np.float64] | None = None
        self._seen_sec = -1e9
        self._read_sec = -1e9

    @property
    def mood(self) -> FaceMood | None:
        """The mean of the last readings; None where no face was seen for some seconds."""
        with self._lock:
            if self._shares is None or time.monotonic() - self._seen_sec >= _FORGET_SEC:
                return None
            return FaceMood.of(self._shares)

    def see(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Submit some frames for reading, and return each frame unchanged."""
        now = time.monotonic()
        is_free = self._ticket is None or self._ticket.is_over
        if is_free and now - self._read_sec >= _EVERY_SEC:
            self._read_sec = now
            scale = min(1.0, _FRAME_SIDE / max(frame.width, frame.height))
            small = frame.reformat(
                width=max(1, round(scale * frame.width)), height=max(1, round(scale * frame.height))
            )
            self.look(small.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
        return frame

    def look(self, rgb: NDArray[np.uint8]) -> None:
        """Read the largest face of a picture, shape=(height, width, 3), into the running mean."""
        job = make_job(
            partial(read_largest_face, rgb),
            key=secrets.token_hex(16),
            lane="read",
            limits=EXPRESSION_LIMITS,
            what=texts.READING_FACE,
        )
        self._ticket = self._jobs.submit(job, self._visitor, self._take)

    def _take(self, mood: FaceMood, _n_bytes: int) -> None:
        """Add a reading to the running mean; called in a queue thread."""
        with self._lock:
            new = np.array([mood.p_happy, mood.p_sad, mood.p_neutral])
            self._shares = new if self._shares is None else self._shares + _NEW_SHARE * (new - self._shares)
            self._seen_sec = time.monotonic()


def live_face(on_picture: Callable[[], None]) -> None:
    """Draw the camera, the mood of the face in it, and a button that sets the mood pad to it.

    Parameters
    ----------
    on_picture : callable
        Called where the visitor would rather take a picture, because no connection comes.
    """
    from streamlit_webrtc import WebRtcMode, webrtc_streamer
    from streamlit_webrtc.component import generate_frontend_component_key
    from streamlit_webrtc.webrtc import SignallingTimeoutError

    if "emotion.live_reader" not in st.session_state:
        st.session_state["emotion.live_reader"] = LiveReader(server_jobs(), f"camera of {session_token()}")
    reader: LiveReader = st.session_state["emotion.live_reader"]
    servers = ice_servers()
    # What the browser has told so far: its offer and its candidates.
    told = st.session_state.get(generate_frontend_component_key(_KEY)) or {}
    if told.get("sdpOffer"):
        st.session_state.setdefault(_ASKED, time.monotonic())
    try:
        context = webrtc_streamer(
            key=_KEY,
            mode=WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": servers},
            media_stream_constraints={"video": True, "audio": False},
            video_frame_callback=reader.see,
        )
    except SignallingTimeoutError:
        st.warning(texts.NO_ANSWER)
        _offer_picture(on_picture)
        return
    if context.state.playing:
        st.session_state.setdefault("emotion.live_since", time.monotonic())
        st.session_state.pop(_IN_VAIN, None)
        _show_reading(reader)
        return
    st.session_state.pop("emotion.live_since", None)
    if context.state.signalling:
        offered = find_kinds(json.dumps(told.get("iceCandidates") or {}) + json.dumps(told.get("sdpOffer")))
        answered = find_kinds(context._sdp_answer_json or "")
        reason = texts.describe_no_connection(offered, answered, has_relay=has_relay(servers))
        st.session_state[_IN_VAIN] = reason
        st.fragment(_show_no_connection, run_every=1.0)(reason, on_picture, is_over=False)
        return
    _show_stopped(on_picture)


def _show_stopped(on_picture: Callable[[], None]) -> None:
    """Without a camera: how to get one; after a connection that the browser gave up, why there was none."""
    asked = st.session_state.pop(_ASKED, None)
    if asked is not None and time.monotonic() - asked < _GIVEN_UP_SEC:  # The visitor pressed "Stop".
        st.session_state.pop(_IN_VAIN, None)
    if _IN_VAIN in st.session_state:
        st.fragment(_show_no_connection)(st.session_state[_IN_VAIN], on_picture, is_over=True)
    else:
        st.caption(texts.NO_LIVE_CAMERA)


def _show_no_connection(reason: str, on_picture: Callable[[], None], *, is_over: bool) -> None:
    """Say that a connection is being made; after some seconds, or where the browser has given up, why there is none.

    It is one fragment in both cases: a click that is on its way when the browser gives up still finds its button.
    """
    if not is_over and time.monotonic() - st.session_state.get(_ASKED, time.monotonic()) < _CONNECTING_SEC:
        st.caption(texts.CONNECTING)
        return
    st.warning(reason)
    _offer_picture(on_picture)


def _offer_picture(on_picture: Callable[[], None]) -> None:
    icon = ":material/photo_camera:"
    if st.button(texts.PICTURE_INSTEAD, key="emotion.picture_instead", on_click=on_picture, icon=icon):
        st.rerun()  # the whole page, not only the part that tells about the connection


@st.fragment(run_every=1.0)
def _show_reading(reader: LiveReader) -> None:
    if st.session_state.pop(_TAKEN, False):
        st.rerun()
    mood = reader.mood
    if mood is None:
        waited = time.monotonic() - st.session_state.get("emotion.live_since", time.monotonic())
        if waited < _PATIENCE_SEC:
            st.caption(texts.LOOKING)
        else:
            st.caption(texts.NO_FACE)
        return
    show_face_mood(mood)
    st.button(
        texts.USE_THIS_MOOD,
        key="emotion.take_live",
        on_click=_take,
        args=(mood.mood,),
        icon=":material/center_focus_strong:",
    )


def _take(mood: Mood) -> None:
    """Set the mood to the one shown when the button was pressed, even if the face is gone."""
    set_mood(mood)
    st.session_state[_TAKEN] = True
