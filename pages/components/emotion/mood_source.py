"""Where a mood comes from beside the dial: a face or other music. Both only set the dial's starting point."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from core.emotion.face.detect import Face, find_faces
from core.emotion.face.expression import FaceMood, FaceReader
from core.emotion.face.photograph import read_picture
from core.emotion.judge.judge import MoodJudge
from core.emotion.mood_of_upload import MOOD_FILES, read_music
from core.emotion.moods import Mood
from pages.components.emotion.controls import set_mood
from pages.components.emotion.face_mood import show_face_mood
from pages.components.emotion.live_camera import live_face
from pages.components.shared.messages import plain, telling_errors
from pages.components.shared.model_cache import load_network
from pages.components.shared.session_cache import remember
from pages.components.shared.sound_input import Given, upload_file

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
    with telling_errors():
        if source == "Photograph":
            _read_face(upload_file("A photograph with a face", key="emotion.photo", max_mb=_MAX_PICTURE_MB))
        elif source == "Camera":
            _read_face(Given.of(st.camera_input("A picture of your face", key="emotion.camera")))
            st.caption(
                "If no picture comes, the browser was not allowed to use a camera, or there is none: upload a photograph, or "
                "set the dial by hand."
            )
        elif source == "Live camera":
            live_face()
        else:
            _read_music()


def _read_face(given: Given | None) -> None:
    if given is None:
        st.session_state.pop("emotion.faces", None)
        return

    def look() -> tuple[list[Face], list[FaceMood], list[str]]:
        with st.spinner("Looking for faces …"):
            picture = read_picture(given.data, given.name)
            found = find_faces(picture)
            return found, [load_network(FaceReader).read(face) for face in found], picture.notes

    faces, moods, said = remember("emotion.faces", given.sha256, look)
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
    start_from(moods[which].mood, (given.sha256, which))


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
        "Set the dial there again",
        key="emotion.start_again",
        on_click=set_mood,
        args=(mood,),
        icon=":material/undo:",
    )


def _read_music() -> None:
    given = upload_file(
        "A MIDI file or a recording",
        key="emotion.music",
        help=f"{MOOD_FILES}. Of a recording the notes are estimated first, so its mood is less certain.",
    )
    if given is None:
        st.session_state.pop("emotion.heard", None)
        return

    def listen() -> Mood:
        with st.spinner("Listening …"):
            return read_music(given.data, given.name, load_network(MoodJudge)).mood

    start_from(remember("emotion.heard", given.sha256, listen), given.sha256)
