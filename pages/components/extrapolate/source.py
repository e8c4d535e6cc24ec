"""The sound that the Extrapolate page goes on from: an example, a file, a recording of the visitor's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from core import limits
from core.audio import Audio, decode
from core.extrapolate.analysis import MIN_SEC
from core.extrapolate.examples import EXAMPLES
from pages.components.shared.plain_text import plain
from pages.components.shared.session_cache import remember

EXAMPLE, UPLOAD, RECORD = "An example", "A file", "A recording, now"
SOURCES = (EXAMPLE, UPLOAD, RECORD)
_TITLES = {example.title: name for name, example in EXAMPLES.items()}
# What the server's own examples cost to keep: three of half a minute, 4 MB each.
_MAX_KEPT = len(EXAMPLES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A sound and where it came from.

    Attributes
    ----------
    audio : Audio
    name : str
        For titles and file names.
    identity : str
        Equal where the sound is equal: the SHA-256 of a file, or an example's name.
    example : str or None
    """

    audio: Audio
    name: str
    identity: str
    example: str | None = None


def choose_source() -> Source | None:
    """Draw the choice; None while there is nothing to go on from.

    Raises
    ------
    DashboardError
        If what was given is no sound, too long or damaged.
    """
    source = st.radio("Go on from", SOURCES, horizontal=True, key="extrapolate.source", bind="query-params")
    if source == UPLOAD:
        return _uploaded()
    if source == RECORD:
        return _recorded()
    title = st.selectbox("Example", list(_TITLES), key="extrapolate.example", bind="query-params")
    name = _TITLES.get(title or "", next(iter(EXAMPLES)))
    st.caption(EXAMPLES[name].about)
    return Source(audio=_example(name), name=EXAMPLES[name].title, identity=f"example:{name}", example=name)


@st.cache_resource(max_entries=_MAX_KEPT, show_spinner="Playing the example …")
def _example(name: str) -> Audio:
    return EXAMPLES[name].audio()


def _uploaded() -> Source | None:
    uploaded = st.file_uploader(
        "A sound file", key="extrapolate.file", max_upload_size=limits.MAX_AUDIO_BYTES // limits.MEGABYTE,
        help=f"WAV, FLAC, MP3, OGG, M4A and more, or a video's sound: {MIN_SEC:.0f} seconds to "
        f"{limits.MAX_AUDIO_SEC / 60:.0f} minutes.",
    )  # fmt: skip
    if uploaded is None:
        st.caption(
            f"{MIN_SEC:.0f} seconds to {limits.MAX_AUDIO_SEC / 60:.0f} minutes of anything: music, speech, rain. It stays in "
            "this server's memory while you are here, and is not kept."
        )
        return None
    return _decoded(uploaded.getvalue(), uploaded.name, uploaded.name.rsplit(".", 1)[0])


def _recorded() -> Source | None:
    recorded = st.audio_input(
        "Record something", key="extrapolate.recording",
        help=f"At least {MIN_SEC:.0f} seconds; fifteen or more give more to choose from.",
    )  # fmt: skip
    if recorded is None:
        st.caption(
            "If nothing can be recorded, the browser was not allowed to use a microphone: upload a file instead."
        )
        return None
    return _decoded(recorded.getvalue(), "the recording", "recording")


def _decoded(data: bytes, name: str, title: str) -> Source:
    identity = hashlib.sha256(data).hexdigest()

    def read() -> Audio:
        with st.spinner("Reading the sound …"):
            return decode(data, name=name)

    audio = remember("extrapolate.audio", identity, read)
    channels = "stereo" if audio.n_channels == 2 else "mono"
    st.caption(plain(f"{title}: {audio.duration_sec:.1f} seconds, {channels}, {audio.sr:,} Hz."))
    return Source(audio=audio, name=title, identity=identity)
