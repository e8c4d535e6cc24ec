"""Opening notes of a piece: sung, played, uploaded, an example, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import streamlit as st

from core import limits
from core.emotion.compose import first_seconds
from core.emotion.examples import example, example_names
from core.emotion.job import play_notes, read_midi_notes
from core.emotion.settings import DEFAULT_OPENING_SEC, MAX_OPENING_SEC
from core.music.performance import Performance
from core.voice.charts import transcription_figure
from pages.components.emotion import texts
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import BOUND, choose_number, read_old_names
from pages.components.shared.keyboard.keyboard import keyboard
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain, obtain_reading
from pages.components.shared.sound_input import VOICE, VOICE_FILE, upload_file, voice_input

NOTHING, EXAMPLE, KEYS, FILE = texts.NOTHING, texts.EXAMPLE, texts.KEYS, texts.FILE
SOURCES = (NOTHING, EXAMPLE, shared_texts.SING, shared_texts.RECORDING, KEYS, FILE)
_FORMER_SOURCES = {
    "Nothing": NOTHING,
    "An example": EXAMPLE,
    "Keys on screen": KEYS,
    "A MIDI file": FILE,
    "My voice, now": shared_texts.SING,
    "A recording of a voice": shared_texts.RECORDING,
}
# Offered where a settings file with notes was loaded: the notes are in the session.
LOADED = texts.LOADED_NOTES
LOADED_KEY = "emotion.loaded_notes"


class Beginning(NamedTuple):
    """Opening notes of a piece, and whether the visitor provided them."""

    notes: Performance | None
    is_private: bool


def choose_beginning() -> Beginning:
    """Draw the sources; without a note in what was chosen there are none.

    Raises
    ------
    DashboardError
        If what was given cannot be used.
    """
    read_old_names("emotion.begin", _FORMER_SOURCES)
    loaded: Performance | None = st.session_state.get(LOADED_KEY)
    sources = SOURCES if loaded is None else (*SOURCES, LOADED)
    source = st.radio(texts.START_WITH, sources, horizontal=True, key="emotion.begin", **BOUND) or NOTHING
    draw: dict[str, Callable[[], Performance | None]] = {
        EXAMPLE: _choose_example,
        shared_texts.SING: partial(_sing, VOICE),
        shared_texts.RECORDING: partial(_sing, VOICE_FILE),
        KEYS: _play,
        FILE: _upload_midi,
        LOADED: lambda: loaded,
    }
    notes = draw[source]() if source in draw else None
    if notes is None or not len(notes):
        return Beginning(None, is_private=False)
    seconds = choose_number(
        texts.OPENING_SEC,
        1.0,
        MAX_OPENING_SEC,
        DEFAULT_OPENING_SEC,
        1.0,
        key="emotion.begin_sec",
        help=texts.OPENING_SEC_HELP,
    )
    cut = first_seconds(notes, seconds)
    st.caption(texts.describe_opening(cut, notes, is_example=source == EXAMPLE))
    return Beginning(cut, is_private=source != EXAMPLE)


def _choose_example() -> Performance:
    name = st.selectbox(texts.MELODY, example_names(), key="emotion.example", **BOUND) or example_names()[0]
    return example(name)


def _sing(source: str) -> Performance | None:
    heard = voice_input("emotion", source, help=shared_texts.VOICE_HELP)
    if heard is None:
        return None
    notes = Performance.of_notes(heard.notes)
    sound = obtain(
        partial(play_notes, notes), slot="emotion.sung_sound", what=shared_texts.PLAYING_VOICE, private=True
    )
    st.plotly_chart(
        transcription_figure(heard, colors=voice_colors()),
        key="emotion.voice_chart",
        config={"displaylogo": False},
        alt=texts.describe_voice_chart(len(heard.notes)),
    )
    st.audio(sound.data, format="audio/flac")
    st.caption(plain(texts.describe_voice(heard, notes)))
    return notes


def _play() -> Performance | None:
    st.caption(texts.PLAY_KEYS)
    played = keyboard(key="emotion.keys")
    return Performance.of_notes(played) if played else None


def _upload_midi() -> Performance | None:
    given = upload_file(texts.FILE, key="emotion.midi", max_mb=limits.MAX_MIDI_BYTES // limits.MEGABYTE)
    if given is None:
        return None
    return obtain_reading(
        partial(read_midi_notes, given.data, given.name),
        slot="emotion.midi_notes",
        what=texts.READING_MIDI,
        identity=(given.sha256, given.name),
    )
