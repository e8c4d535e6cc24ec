"""Where a mood comes from beside the dial: a face or other music. Both only set the dial's starting point."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable

import streamlit as st

from core import limits
from core.emotion.face.detect import Face, find_faces
from core.emotion.face.expression import FaceMood
from core.emotion.face.photograph import read_picture
from core.emotion.mood_of_upload import MOOD_FILES, read_music
from core.emotion.moods import Mood
from core.errors import DashboardError
from pages.components.emotion.controls import set_mood
from pages.components.shared.model_cache import face_reader, mood_judge
from pages.components.shared.plain_text import plain
from pages.components.shared.session_cache import remember

SOURCES = ("Photograph", "Camera", "Live camera", "Music")
_FACE_PX = 96
_MAX_PICTURE_MB = 20


def choose_mood_source() -> None:
    """Draw the sources; what is found moves the dial once and leaves it to the visitor then."""
    source = st.radio("Mood from", SOURCES, horizontal=True, key="emotion.mood_from")
    st.caption(
        "What is read from a face or from music only sets where the dial starts. A face is read in memory, on this server; "
        "nothing of it is kept or logged."
    )
    try:
        if source == "Photograph":
            # No list of types: a file that cannot be read is told so in a sentence of ours.
            uploaded = st.file_uploader(
                "A photograph with a face", key="emotion.photo", max_upload_size=_MAX_PICTURE_MB
            )
            _read_face(uploaded)
        elif source == "Camera":
            _read_face(st.camera_input("A picture of your face", key="emotion.camera"))
            st.caption(
                "If no picture comes, the browser was not allowed to use a camera, or there is none: upload a photograph, or "
                "set the dial by hand."
            )
        elif source == "Live camera":
            from pages.components.emotion.live_camera import live_face

            live_face()
        else:
            _read_music()
    except DashboardError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _read_face(uploaded: st.runtime.uploaded_file_manager.UploadedFile | None) -> None:
    if uploaded is None:
        st.session_state.pop("emotion.faces", None)
        return
    data = uploaded.getvalue()
    identity = hashlib.sha256(data).hexdigest()

    def look() -> tuple[list[Face], list[FaceMood], list[str]]:
        with st.spinner("Looking for faces …"):
            picture = read_picture(data, uploaded.name)
            found = find_faces(picture)
            return found, [face_reader().read(face) for face in found], picture.notes

    faces, moods, said = remember("emotion.faces", identity, look)
    which = 0
    if len(faces) > 1:
        names = [f"Face {n}" for n in range(1, len(faces) + 1)]
        which = names.index(st.radio("Whose mood", names, horizontal=True, key="emotion.face") or names[0])
        with st.container(horizontal=True):
            for name, face in zip(names, faces, strict=True):
                st.image(face.grey, caption=name, width=_FACE_PX)
    elif faces:
        st.image(faces[0].grey, width=_FACE_PX, caption="The face, as the network sees it")
    for sentence in (*said, *faces[which].notes):
        st.caption(plain(sentence))
    show_face_mood(moods[which])
    start_from(moods[which].mood, (identity, which))


def show_face_mood(mood: FaceMood) -> None:
    """Draw the probabilities of a face as bars."""
    shares = (("happy", mood.p_happy), ("neutral", mood.p_neutral), ("sad", mood.p_sad))
    for name, share in shares:
        st.progress(min(1.0, max(0.0, share)), f"{name} {share:.0%}")


def start_from(mood: Mood, identity: Hashable) -> None:
    """Set the dial when something new was read; on later runs only offer it."""
    if st.session_state.get("emotion.started_from") != identity:
        st.session_state["emotion.started_from"] = identity
        set_mood(mood)
        st.rerun()
    st.caption(
        f"The dial was set to valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f} ({mood.name}); move it as you like."
    )
    st.button(
        "Set the dial there again", key="emotion.start_again", on_click=set_mood, args=(mood,),
        icon=":material/undo:",
    )  # fmt: skip


def _read_music() -> None:
    uploaded = st.file_uploader(
        "A MIDI file or a recording", key="emotion.music",
        max_upload_size=limits.MAX_AUDIO_BYTES // limits.MEGABYTE,
        help=f"{MOOD_FILES}. Of a recording the notes are estimated first, so its mood is less certain.",
    )  # fmt: skip
    if uploaded is None:
        st.session_state.pop("emotion.heard", None)
        return
    data = uploaded.getvalue()
    identity = hashlib.sha256(data).hexdigest()

    def listen() -> Mood:
        with st.spinner("Listening …"):
            return read_music(data, uploaded.name, mood_judge()).mood

    mood = remember("emotion.heard", identity, listen)
    start_from(mood, identity)
