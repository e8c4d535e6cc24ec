"""Mood from a face or from music: places the point on the mood pad."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import streamlit as st

from core.emotion.face.expression import can_read_faces
from core.emotion.job import find_faces_in_photograph, read_expressions, read_mood_of_music
from core.emotion.mood_of_upload import MOOD_FILES
from core.emotion.moods import Mood
from core.limits import HEAVY_UPLOAD_BYTES
from core.workers import Limits
from pages.components.emotion import texts
from pages.components.emotion.controls import set_mood
from pages.components.emotion.face_mood import EXPRESSION_LIMITS, show_face_mood
from pages.components.emotion.live_camera import live_face
from pages.components.shared.controls import KEPT
from pages.components.shared.messages import plain, telling_errors
from pages.components.shared.results import forget, obtain, obtain_reading
from pages.components.shared.uploads import Given, take_picture, upload_file

SOURCES = (texts.PHOTO, texts.CAMERA, texts.LIVE, texts.MUSIC)
_FACE_PX = 96
_MAX_PICTURE_MB = 20
# A recording of fifteen minutes is decoded whole before its parts are heard.
_MUSIC_LIMITS = Limits(memory_mb=2048, cpu_sec=120, wall_sec=180)
_PHOTOGRAPH_READ = "emotion.photograph_read"


def choose_mood_source() -> None:
    """Draw the mood sources; a new reading sets the mood once. Without a face network there is music only."""
    source = texts.MUSIC
    if can_read_faces():
        source = st.radio(texts.MOOD_FROM, SOURCES, horizontal=True, key="emotion.mood_from", **KEPT)
        st.caption(texts.MOOD_FROM_NOTE if source == texts.MUSIC else texts.FACES_NOTE)
    else:
        st.caption(f"{texts.MOOD_FROM_NOTE} {texts.FACES_OFF}")
    with telling_errors():
        if source == texts.PHOTO:
            _read_face(upload_file(texts.PHOTO_FILE, key="emotion.photo", max_mb=_MAX_PICTURE_MB))
        elif source == texts.CAMERA:
            _read_face(take_picture(texts.TAKE_PICTURE, key="emotion.camera", name="the picture"))
            st.caption(texts.NO_CAMERA)
        elif source == texts.LIVE:
            live_face(on_picture=_choose_camera)
        else:
            _read_music()


def _choose_camera() -> None:
    st.session_state["emotion.mood_from"] = texts.CAMERA


def _read_face(given: Given | None) -> None:
    _forget_former_faces(given)
    if given is None:
        return
    found = obtain_reading(
        partial(find_faces_in_photograph, given.data, given.name),
        slot="emotion.faces",
        what=texts.FINDING_FACES,
        identity=given.sha256,
    )
    moods = obtain(
        partial(read_expressions, found.faces),
        slot="emotion.expressions",
        what=texts.READING_FACE,
        identity=given.sha256,
        private=True,
        lane="read",
        limits=EXPRESSION_LIMITS,
    )
    faces = found.faces
    which = 0
    if len(faces) > 1:
        names = [f"{texts.WHICH_FACE} {n}" for n in range(1, len(faces) + 1)]
        which = names.index(
            st.radio(texts.WHICH_FACE, names, horizontal=True, key="emotion.face", **KEPT) or names[0]
        )
        with st.container(horizontal=True):
            for name, face in zip(names, faces, strict=True):
                st.image(face.gray, caption=name, width=_FACE_PX)
    elif faces:
        st.image(faces[0].gray, width=_FACE_PX, caption=texts.FACE_CAPTION)
    for sentence in (*found.notes, *faces[which].notes):
        st.caption(plain(sentence))
    show_face_mood(moods[which])
    start_from(moods[which].mood, (given.sha256, which))


def _forget_former_faces(given: Given | None) -> None:
    """Drop readings of a picture that the visitor has removed or replaced."""
    now = None if given is None else given.sha256
    former = st.session_state.get(_PHOTOGRAPH_READ)
    if former is not None and former != now:
        forget(find_faces_in_photograph, former)
        forget(read_expressions, former)
    st.session_state[_PHOTOGRAPH_READ] = now


def start_from(mood: Mood, identity: Hashable) -> None:
    """Set the mood from a new reading; on later runs only offer it."""
    if st.session_state.get("emotion.started_from") != identity:
        st.session_state["emotion.started_from"] = identity
        set_mood(mood)
        st.rerun()
    st.caption(texts.describe_found_mood(mood))
    st.button(
        texts.PLACE_AGAIN,
        key="emotion.start_again",
        on_click=set_mood,
        args=(mood,),
        icon=":material/undo:",
    )


def _read_music() -> None:
    given = upload_file(
        texts.MUSIC_FILE,
        key="emotion.music",
        help=texts.describe_music_files(MOOD_FILES),
    )
    if given is None:
        return
    heard = obtain(
        partial(read_mood_of_music, given.data, given.name),
        slot="emotion.heard",
        what=texts.RATING_MUSIC,
        identity=(given.sha256, given.name),
        private=True,
        lane="read",
        heavy=len(given.data) > HEAVY_UPLOAD_BYTES,
        limits=_MUSIC_LIMITS,
    )
    start_from(heard, given.sha256)
