"""The notes that a piece begins with: sung, played, uploaded, an example, or none."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from core import audio, limits, synth
from core.emotion.compose import first_seconds
from core.emotion.examples import example, example_names
from core.music import midi
from core.music.performance import Performance
from core.voice.charts import transcription_figure
from core.voice.transcription import Transcription
from pages.components.shared.colours import voice_colours
from pages.components.shared.controls import BOUND, choose_number
from pages.components.shared.keyboard.keyboard import keyboard
from pages.components.shared.messages import plain
from pages.components.shared.session_cache import remember
from pages.components.shared.sound_input import VOICE, VOICE_FILE, upload_file, voice_input

NOTHING, EXAMPLE, KEYS, FILE = "Nothing", "An example", "Keys on screen", "A MIDI file"
SOURCES = (NOTHING, EXAMPLE, VOICE, VOICE_FILE, KEYS, FILE)
_DEFAULT_SEC = 10.0
_MAX_SEC = 60.0
Beginning = tuple[Performance | None, Hashable]


def choose_beginning() -> Beginning:
    """Draw the sources; returns the notes with an identity that is equal where they are, or None twice.

    Raises
    ------
    DashboardError
        If what was given cannot be used.
    """
    source = st.radio("Begin with", SOURCES, horizontal=True, key="emotion.begin", **BOUND) or NOTHING
    if source in (VOICE, VOICE_FILE):
        notes, identity = _sing(source)
    else:
        draw: dict[str, Callable[[], Beginning]] = {EXAMPLE: _choose_example, KEYS: _play, FILE: _upload_midi}
        notes, identity = draw.get(source, _begin_with_nothing)()
    if notes is None or not len(notes):
        return None, None
    seconds = choose_number(
        "Seconds of it",
        1.0,
        _MAX_SEC,
        _DEFAULT_SEC,
        1.0,
        key="emotion.begin_sec",
        help="The piece begins with so much of your notes and goes on by itself.",
    )
    cut = first_seconds(notes, seconds)
    st.caption(
        f"The piece begins with {_count_notes(cut)} of {_count_notes(notes)}, {cut.end_sec:.1f} seconds. They stay as they are."
    )
    return cut, (identity, seconds)


def _count_notes(notes: Performance) -> str:
    return "1 note" if len(notes) == 1 else f"{len(notes):,} notes"


def _begin_with_nothing() -> Beginning:
    st.caption("The network begins by itself.")
    return None, None


def _choose_example() -> Beginning:
    name = st.selectbox("Melody", example_names(), key="emotion.example", **BOUND) or example_names()[0]
    return example(name), ("example", name)


def _sing(source: str) -> Beginning:
    sung = voice_input(
        "emotion", source, help="One voice, ten seconds or so, in a quiet room. Any number of notes works."
    )
    if sung is None:
        return None, None
    heard, identity = sung
    notes = Performance.of_notes(heard.notes)
    wav = remember(
        "emotion.sung_sound", identity, lambda: audio.encode(synth.render(notes.to_midi()).audio, "wav")
    )
    st.plotly_chart(
        transcription_figure(heard, colours=voice_colours()),
        key="emotion.voice_chart",
        config={"displaylogo": False},
        alt=f"The pitch that was sung over time, and the {len(heard.notes)} notes that were written down",
    )
    st.audio(wav, format="audio/wav")
    st.caption(plain(_describe_singing(heard, notes)))
    return notes, ("voice", identity)


def _describe_singing(heard: Transcription, notes: Performance) -> str:
    return (
        f"{_count_notes(notes)}, {heard.key} {heard.mode}, about {heard.tempo_qpm:.0f} quarters a minute, sung {abs(heard.tuning_cents):.0f} "
        f"cents {'above' if heard.tuning_cents >= 0 else 'below'} concert pitch. Listen to them as a piano would play them."
    )


def _play() -> Beginning:
    played = keyboard(key="emotion.keys")
    return (Performance.of_notes(played), ("keys", tuple(played))) if played else (None, None)


def _upload_midi() -> Beginning:
    given = upload_file("A MIDI file", key="emotion.midi", max_mb=limits.MAX_MIDI_BYTES // limits.MEGABYTE)
    if given is None:
        return None, None
    notes = remember(
        "emotion.midi_notes",
        given.sha256,
        lambda: Performance.from_midi(midi.from_bytes(given.data, name=given.name)),
    )
    return notes, ("midi", given.sha256)
