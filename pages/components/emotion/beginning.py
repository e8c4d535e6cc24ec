"""The notes that a piece begins with: sung, played, uploaded, an example, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import streamlit as st

from core import limits
from core.emotion.compose import first_seconds
from core.emotion.examples import example, example_names
from core.emotion.job import play_notes, read_midi_notes
from core.music.performance import Performance
from core.voice.charts import transcription_figure
from core.voice.transcription import Transcription
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import BOUND, choose_number
from pages.components.shared.keyboard.keyboard import keyboard
from pages.components.shared.messages import plain
from pages.components.shared.results import obtain, obtain_reading
from pages.components.shared.sound_input import VOICE, VOICE_FILE, upload_file, voice_input

NOTHING, EXAMPLE, KEYS, FILE = "Nothing", "An example", "Keys on screen", "A MIDI file"
SOURCES = (NOTHING, EXAMPLE, VOICE, VOICE_FILE, KEYS, FILE)
DEFAULT_SEC = 10.0
MAX_SEC = 60.0


class Beginning(NamedTuple):
    """The notes that a piece begins with, and whether the visitor brought them."""

    notes: Performance | None
    is_private: bool


def choose_beginning() -> Beginning:
    """Draw the sources; without a note in what was chosen there are none.

    Raises
    ------
    DashboardError
        If what was given cannot be used.
    """
    source = st.radio("Begin with", SOURCES, horizontal=True, key="emotion.begin", **BOUND) or NOTHING
    draw: dict[str, Callable[[], Performance | None]] = {
        EXAMPLE: _choose_example,
        VOICE: partial(_sing, source),
        VOICE_FILE: partial(_sing, source),
        KEYS: _play,
        FILE: _upload_midi,
    }
    notes = draw.get(source, _begin_with_nothing)()
    if notes is None or not len(notes):
        return Beginning(None, is_private=False)
    seconds = choose_number(
        "Seconds of it",
        1.0,
        MAX_SEC,
        DEFAULT_SEC,
        1.0,
        key="emotion.begin_sec",
        help="The piece begins with so much of your notes and goes on by itself.",
    )
    cut = first_seconds(notes, seconds)
    st.caption(
        f"The piece begins with {_count_notes(cut)} of {_count_notes(notes)}, {cut.end_sec:.1f} seconds. They stay as they are."
    )
    return Beginning(cut, is_private=source != EXAMPLE)


def _count_notes(notes: Performance) -> str:
    return "1 note" if len(notes) == 1 else f"{len(notes):,} notes"


def _begin_with_nothing() -> None:
    st.caption("The network begins by itself.")


def _choose_example() -> Performance:
    name = st.selectbox("Melody", example_names(), key="emotion.example", **BOUND) or example_names()[0]
    return example(name)


def _sing(source: str) -> Performance | None:
    heard = voice_input(
        "emotion", source, help="One voice, ten seconds or so, in a quiet room. Any number of notes works."
    )
    if heard is None:
        return None
    notes = Performance.of_notes(heard.notes)
    sound = obtain(
        partial(play_notes, notes), slot="emotion.sung_sound", what="Playing what was sung", private=True
    )
    st.plotly_chart(
        transcription_figure(heard, colors=voice_colors()),
        key="emotion.voice_chart",
        config={"displaylogo": False},
        alt=f"The pitch that was sung over time, and the {len(heard.notes)} notes that were written down",
    )
    st.audio(sound.data, format="audio/flac")
    st.caption(plain(_describe_singing(heard, notes)))
    return notes


def _describe_singing(heard: Transcription, notes: Performance) -> str:
    return (
        f"{_count_notes(notes)}, {heard.key} {heard.mode}, about {heard.tempo_qpm:.0f} quarters a minute, sung {abs(heard.tuning_cents):.0f} "
        f"cents {'above' if heard.tuning_cents >= 0 else 'below'} concert pitch. Listen to them as a piano would play them."
    )


def _play() -> Performance | None:
    played = keyboard(key="emotion.keys")
    return Performance.of_notes(played) if played else None


def _upload_midi() -> Performance | None:
    given = upload_file("A MIDI file", key="emotion.midi", max_mb=limits.MAX_MIDI_BYTES // limits.MEGABYTE)
    if given is None:
        return None
    return obtain_reading(
        partial(read_midi_notes, given.data, given.name),
        slot="emotion.midi_notes",
        what="Reading this MIDI file",
        identity=(given.sha256, given.name),
    )
