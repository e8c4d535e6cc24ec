"""Sound input: file upload or recording, and transcription of a voice to notes."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import limits
from core.voice.job import transcribe_recording
from core.voice.pitch_tracking import Tracker
from core.voice.transcribe import MAX_VOICE_SEC
from core.voice.transcription import Transcription
from core.workers import Limits
from pages.components.shared.controls import choose_from
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain
from pages.components.shared.uploads import Given, record_file, upload_file

__all__ = ["VOICE", "VOICE_FILE", "Given", "record_sound", "upload_file", "voice_input"]

VOICE, VOICE_FILE = "My voice, now", "A recording of a voice"
# Two minutes of pYIN take a minute of a slow processor; the network's library alone claims a gigabyte of addresses.
_VOICE_LIMITS = Limits(memory_mb=3072, cpu_sec=240, wall_sec=300)
TRACKERS: dict[str, Tracker] = {"SwiftF0": "swift-f0", "pYIN": "pyin"}


def record_sound(
    label: str, *, key: str, instead: str = "a file", help: str | None = None, sample_rate: int = 16_000
) -> Given | None:
    """Draw the audio recorder, with help for browsers in which it does not work."""
    recorded = record_file(label, key=key, name="the recording", help=help, sample_rate=sample_rate)
    if recorded is None:
        st.caption(
            f"If nothing can be recorded, the browser was not allowed to use a microphone: upload {instead} instead."
        )
    return recorded


def voice_input(page: str, source: str, *, help: str) -> Transcription | None:
    """Draw the recorder or upload of a voice and transcribe it to notes.

    Parameters
    ----------
    page : str
        Prefix of the keys, such as ``"folk"``.
    source : {"My voice, now", "A recording of a voice"}
    help : str
        What the recorder's question mark says.

    Returns
    -------
    Transcription or None
        Shared with later runs, so nothing may change it; None while nothing was sung.

    Raises
    ------
    DashboardError
        If it is too long, silent, or no sound.
    """
    if source == VOICE:
        given = record_sound(
            "Sing, hum or whistle a line", key=f"{page}.voice", instead="a recording", help=help
        )
    else:
        given = upload_file(
            "A recording of one voice",
            key=f"{page}.voice_file",
            help=f"WAV, FLAC, MP3, OGG, M4A and more, up to {MAX_VOICE_SEC:.0f} seconds.",
        )
    with st.expander("Advanced", icon=":material/tune:"):
        tracker = choose_from(
            "Pitch tracker",
            TRACKERS,
            key=f"{page}.tracker",
            help="What follows the pitch of the voice. pYIN takes about twenty times as long; the page takes it by itself "
            "where SwiftF0 cannot run.",
        )
    if given is None:
        return None
    heard = obtain(
        partial(transcribe_recording, given.data, given.name, tracker),
        slot=f"{page}.sung",
        what="Transcribing the recording",
        identity=(given.sha256, given.name, tracker),
        private=True,
        lane="read",
        # After pYIN a worker holds 750 MB, which go with it.
        heavy=tracker == "pyin" or len(given.data) > limits.HEAVY_UPLOAD_BYTES,
        limits=_VOICE_LIMITS,
    )
    for sentence in heard.notes_of_caution:
        st.warning(plain(sentence), icon=":material/info:")
    return heard
