"""The sound that the Extrapolate page goes on from: an example, a file, a recording of the visitor's."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core import limits
from core.audio import Audio, decode
from core.extrapolate.analysis import MIN_SEC
from core.extrapolate.examples import EXAMPLES
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.messages import plain
from pages.components.shared.session_cache import remember
from pages.components.shared.sound_input import Given, record_sound, upload_file

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
    source = st.radio("Go on from", SOURCES, horizontal=True, key="extrapolate.source", **BOUND)
    if source == UPLOAD:
        return _upload()
    if source == RECORD:
        return _record()
    name = choose_from("Example", _TITLES, key="extrapolate.example")
    st.caption(EXAMPLES[name].about)
    return Source(
        audio=_play_example(name), name=EXAMPLES[name].title, identity=f"example:{name}", example=name
    )


@st.cache_resource(max_entries=_MAX_KEPT, show_spinner="Playing the example …")
def _play_example(name: str) -> Audio:
    return EXAMPLES[name].audio()


def _upload() -> Source | None:
    given = upload_file(
        "A sound file",
        key="extrapolate.file",
        help=f"WAV, FLAC, MP3, OGG, M4A and more, or a video's sound: {MIN_SEC:.0f} seconds to "
        f"{limits.MAX_AUDIO_SEC / 60:.0f} minutes.",
    )
    if given is None:
        st.caption(
            f"{MIN_SEC:.0f} seconds to {limits.MAX_AUDIO_SEC / 60:.0f} minutes of anything: music, speech, rain. It stays in "
            "this server's memory while you are here, and is not kept."
        )
        return None
    return _decode(given, given.title)


def _record() -> Source | None:
    given = record_sound(
        "Record something",
        key="extrapolate.recording",
        help=f"At least {MIN_SEC:.0f} seconds; fifteen or more give more to choose from.",
    )
    return None if given is None else _decode(given, "recording")


def _decode(given: Given, title: str) -> Source:
    def read() -> Audio:
        with st.spinner("Reading the sound …"):
            return decode(given.data, name=given.name)

    audio = remember("extrapolate.audio", given.sha256, read)
    channels = "stereo" if audio.n_channels == 2 else "mono"
    st.caption(plain(f"{title}: {audio.duration_sec:.1f} seconds, {channels}, {audio.sr:,} Hz."))
    return Source(audio=audio, name=title, identity=given.sha256)
