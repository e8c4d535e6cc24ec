"""The notes that a piece begins with: sung, played, uploaded, an example, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable

import streamlit as st

from core import audio, limits, synth
from core.emotion.compose import first_seconds
from core.emotion.examples import example, example_names
from core.music import midi
from core.music.performance import Performance
from core.voice.charts import transcription_figure
from core.voice.transcribe import MAX_VOICE_SEC, read_voice
from core.voice.transcription import Transcription
from pages.components.shared.colours import voice_colours
from pages.components.shared.keyboard.keyboard import keyboard
from pages.components.shared.model_cache import voice_transcriber
from pages.components.shared.plain_text import plain
from pages.components.shared.session_cache import remember

NOTHING, EXAMPLE, VOICE, RECORDING, KEYS, FILE = (
    "Nothing", "An example", "My voice, now", "A recording of a voice", "Keys on screen", "A MIDI file",
)  # fmt: skip
SOURCES = (NOTHING, EXAMPLE, VOICE, RECORDING, KEYS, FILE)
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
    source = st.radio("Begin with", SOURCES, horizontal=True, key="emotion.begin", bind="query-params")
    chosen: Callable[[], Beginning] = {
        EXAMPLE: _example, VOICE: _recorded, RECORDING: _uploaded_voice, KEYS: _keys, FILE: _midi,
    }.get(source or NOTHING, _nothing)  # fmt: skip
    notes, identity = chosen()
    if notes is None or not len(notes):
        return None, None
    seconds = st.number_input(
        "Seconds of it", 1.0, _MAX_SEC, _DEFAULT_SEC, 1.0, format="%g", key="emotion.begin_sec", bind="query-params",
        help="The piece begins with so much of your notes and goes on by itself.",
    )  # fmt: skip
    cut = first_seconds(notes, float(seconds or _DEFAULT_SEC))
    st.caption(
        f"The piece begins with {_counted(cut)} of {_counted(notes)}, {cut.end_sec:.1f} seconds. They stay as they are."
    )
    return cut, (identity, seconds)


def _counted(notes: Performance) -> str:
    return "1 note" if len(notes) == 1 else f"{len(notes):,} notes"


def _nothing() -> Beginning:
    st.caption("The network begins by itself.")
    return None, None


def _example() -> Beginning:
    name = (
        st.selectbox("Melody", example_names(), key="emotion.example", bind="query-params")
        or example_names()[0]
    )
    return example(name), ("example", name)


def _recorded() -> Beginning:
    recorded = st.audio_input(
        "Sing, hum or whistle a line", key="emotion.voice",
        help="One voice, ten seconds or so, in a quiet room. Any number of notes works.",
    )  # fmt: skip
    if recorded is None:
        st.caption(
            "If nothing can be recorded, the browser was not allowed to use a microphone: upload a recording instead."
        )
        return None, None
    return _heard(recorded.getvalue(), "the recording")


def _uploaded_voice() -> Beginning:
    uploaded = st.file_uploader(
        "A recording of one voice", key="emotion.voice_file",
        max_upload_size=limits.MAX_AUDIO_BYTES // limits.MEGABYTE,
        help=f"WAV, FLAC, MP3, OGG, M4A and more, up to {MAX_VOICE_SEC:.0f} seconds.",
    )  # fmt: skip
    return (None, None) if uploaded is None else _heard(uploaded.getvalue(), uploaded.name)


def _heard(data: bytes, name: str) -> Beginning:
    identity = hashlib.sha256(data).hexdigest()

    def listen() -> tuple[Transcription, bytes]:
        with st.spinner("Writing down what was sung …"):
            heard = voice_transcriber().transcribe(read_voice(data, name=name))
            return heard, _sound(Performance.of_notes(heard.notes))

    heard, wav = remember("emotion.heard_voice", identity, listen)
    for sentence in heard.notes_of_caution:
        st.warning(plain(sentence), icon=":material/info:")
    st.plotly_chart(
        transcription_figure(heard, colours=voice_colours()), key="emotion.voice_chart", config={"displaylogo": False},
        alt=f"The pitch that was sung over time, and the {len(heard.notes)} notes that were written down",
    )  # fmt: skip
    st.audio(wav, format="audio/wav")
    st.caption(plain(_in_words(heard)))
    return Performance.of_notes(heard.notes), ("voice", identity)


def _in_words(heard: Transcription) -> str:
    notes = "1 note" if len(heard.notes) == 1 else f"{len(heard.notes)} notes"
    return (
        f"{notes}, {heard.key} {heard.mode}, about {heard.tempo_qpm:.0f} quarters a minute, sung {abs(heard.tuning_cents):.0f} "
        f"cents {'above' if heard.tuning_cents >= 0 else 'below'} concert pitch. Listen to them as a piano would play them."
    )


def _sound(notes: Performance) -> bytes:
    return audio.encode(synth.render(notes.to_midi()).audio, "wav")


def _keys() -> Beginning:
    played = keyboard(key="emotion.keys")
    if not played:
        return None, None
    notes = Performance.of_notes(played)
    return notes, ("keys", tuple(played))


def _midi() -> Beginning:
    uploaded = st.file_uploader(
        "A MIDI file", key="emotion.midi", max_upload_size=limits.MAX_MIDI_BYTES // limits.MEGABYTE
    )
    if uploaded is None:
        return None, None
    data = uploaded.getvalue()
    identity = hashlib.sha256(data).hexdigest()
    notes = remember(
        "emotion.midi_notes",
        identity,
        lambda: Performance.from_midi(midi.from_bytes(data, name=uploaded.name)),
    )
    return notes, ("midi", identity)
