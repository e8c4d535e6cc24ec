"""A beginning of the visitor's own: in letters, on keys, from a file, sung."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import streamlit as st

from core import audio, limits, synth
from core.errors import InputError
from core.folk.plan import MAX_BARS
from core.music.midi import note_name
from core.music.tune import TICKS, Key, Meter, Tune
from core.music.tune_files import READABLE, read_tune, to_abc, to_midi
from core.music.tune_from_notes import line_as_tune, moved_into
from core.voice.transcribe import MAX_VOICE_SEC, Transcription, read_voice
from pages.components.folk.controls import BOUND, FolkSettings
from pages.components.folk.result import SMALL_PX, player_score, score_svg
from pages.components.shared.keyboard.keyboard import step_keyboard
from pages.components.shared.model_cache import voice_transcriber
from pages.components.shared.plain_text import plain
from pages.components.shared.player.player import PlayerNote, player
from pages.components.shared.session_cache import remember

LETTERS, KEYS, FILE, VOICE, RECORDING = (
    "Letters", "Keys on screen", "A file", "My voice, now", "A recording of a voice",
)  # fmt: skip
SOURCES = (LETTERS, KEYS, FILE, VOICE, RECORDING)
_MAX_FILE_MB = 8
_MAX_ABC = 4_000  # what a link can hold
_CHOIR = 52
# Quarters of each length that a key can write.
_STEPS = {
    "1/16": 0.25,
    "1/8": 0.5,
    "1/8.": 0.75,
    "1/4": 1.0,
    "1/4.": 1.5,
    "1/2": 2.0,
    "1/2.": 3.0,
    "1/1": 4.0,
}
_BLACK = (1, 3, 6, 8, 10)


def choose_beginning(settings: FolkSettings) -> Tune | None:
    """Draw the ways to give a beginning; returns it, or None where none is given.

    Raises
    ------
    InputError
        If what was given cannot be read, or goes beyond the range.
    """
    source = st.radio("Give it in", SOURCES, horizontal=True, key="folk.begin", **BOUND) or LETTERS
    with st.container(key="folk-letters"):
        letters = _letters(source == LETTERS, settings)
    others = {KEYS: _keys, FILE: _file, VOICE: _recorded, RECORDING: _uploaded_voice}
    tune = letters if source == LETTERS else others[source](settings)
    n_bars = st.number_input(
        "Bars of it", 1, MAX_BARS, 4, key="folk.beginning_bars", disabled=tune is None, **BOUND,
        help="The tune begins with so many bars of what you give and goes on by itself.",
    )  # fmt: skip
    if tune is None:
        return None
    cut = first_bars(tune, int(n_bars or 4))
    key, meter = cut.keys[0], cut.meters[0]
    st.caption(
        plain(
            f"The tune begins with {_bars(cut)} in {key.tonic} {key.mode}, {meter.meter}, and stays in this key and metre."
        )
    )
    if source not in (LETTERS, VOICE, RECORDING):
        st.image(score_svg(cut, SMALL_PX), alt=f"The beginning: {_bars(cut)}", width=SMALL_PX)
    if source != LETTERS:
        _offer_letters(cut)
    _check_range(cut, settings)
    return cut


def _letters(shown: bool, settings: FolkSettings) -> Tune | None:
    if not shown:
        # Drawn all the same: only then does it keep its text, and its text its place in the link.
        st.html("<style>.st-key-folk-letters { display: none; }</style>")
    text = st.text_area(
        "Notes in ABC", key="folk.abc", max_chars=_MAX_ABC, height=100, placeholder="D2 | G2 G2 B2 d2 | c2 A2", **BOUND,
        help="Letters are notes, C is middle C and c an octave higher; a number behind is the length in eighths. "
        "Without lines such as K:D and M:6/8, key and metre are those chosen in the sidebar.",
    )  # fmt: skip
    if not shown or not text or not text.strip():
        return None
    return _read(_with_header(text, settings).encode(), "beginning.abc")


def _file(settings: FolkSettings) -> Tune | None:
    uploaded = st.file_uploader(
        "Kern, MIDI, ABC or MusicXML", READABLE, key="folk.file", max_upload_size=_MAX_FILE_MB
    )
    return None if uploaded is None else _read(uploaded.getvalue(), uploaded.name)


def _read(data: bytes, name: str) -> Tune:
    identity = (hashlib.sha256(data).hexdigest(), name)
    tune, said = remember("folk.beginning", identity, lambda: read_tune(data, name))
    for sentence in said:
        st.caption(plain(sentence))
    return tune


def _keys(settings: FolkSettings) -> Tune | None:
    # The keyboard begins and ends with a white key.
    low, high = settings.low, settings.high
    low, high = low - (low % 12 in _BLACK), high + (high % 12 in _BLACK)
    written = step_keyboard(
        key="folk.keys", steps=_STEPS, low=low, high=high, chosen="1/4", tempo_qpm=settings.tempo_qpm,
        label="Piano for the beginning",
    )  # fmt: skip
    notes, place = [], 0.0
    for note in written:
        if note.pitch is not None:
            notes.append((place, _STEPS[note.length], note.pitch))
        place += _STEPS[note.length]
    upbeat = _choose_upbeat()
    if not notes:
        return None
    return line_as_tune(
        notes, key=settings.key, mode=settings.mode, meter=settings.meter, upbeat=_fitting(upbeat, settings)
    )


def _choose_upbeat() -> float:
    upbeat = st.number_input(
        "Upbeat in quarters", 0.0, 8.0, 0.0, 0.5, format="%g", key="folk.upbeat", **BOUND,
        help="How much stands before the first bar line.",
    )  # fmt: skip
    return float(upbeat or 0.0)


def _fitting(upbeat: float, settings: FolkSettings) -> float:
    """An upbeat of a whole bar or more begins that much later in the bar."""
    bar = Meter(meter=settings.meter).bar_tick / TICKS
    return upbeat % bar


def _recorded(settings: FolkSettings) -> Tune | None:
    recorded = st.audio_input(
        "Sing, hum or whistle a line", key="folk.voice",
        help="One voice, ten seconds or so, in a quiet room. It is listened to in memory and kept nowhere.",
    )  # fmt: skip
    if recorded is None:
        st.caption(
            "If nothing can be recorded, the browser was not allowed to use a microphone: upload a recording instead."
        )
        return None
    return _heard(recorded.getvalue(), "the recording", settings)


def _uploaded_voice(settings: FolkSettings) -> Tune | None:
    uploaded = st.file_uploader(
        "A recording of one voice", key="folk.voice_file", max_upload_size=limits.MAX_AUDIO_BYTES // limits.MEGABYTE,
        help=f"WAV, FLAC, MP3, OGG, M4A and more, up to {MAX_VOICE_SEC:.0f} seconds.",
    )  # fmt: skip
    return None if uploaded is None else _heard(uploaded.getvalue(), uploaded.name, settings)


def _heard(data: bytes, name: str, settings: FolkSettings) -> Tune | None:
    """What was sung, shown and to be heard before the visitor says that the tune is to begin with it."""

    def listen() -> Transcription:
        with st.spinner("Writing down what was sung …"):
            return voice_transcriber().transcribe(read_voice(data, name=name))

    heard = remember("folk.heard", hashlib.sha256(data).hexdigest(), listen)
    for sentence in heard.notes_of_caution:
        st.warning(plain(sentence), icon=":material/info:")
    upbeat = _choose_upbeat()
    here = st.checkbox(
        f"Move it to {settings.key} {settings.mode}", key="folk.voice_to_key", **BOUND,
        help="Otherwise the tune stays in the key that was sung. In either case it is moved by octaves into the range.",
    )  # fmt: skip
    sung = line_as_tune(
        heard.quantised(),
        key=heard.key,
        mode=heard.mode,
        meter=settings.meter,
        upbeat=_fitting(upbeat, settings),
    )
    if here:
        goal = Key(tonic=settings.key, mode=settings.mode)
        up = (goal.pitch_class - sung.keys[0].pitch_class + 6) % 12 - 6
        sung = replace(sung.transposed(up), keys=(goal,))
    tune = moved_into(sung, settings.low, settings.high)
    _show_heard(tune, heard, settings)
    used = st.checkbox("Begin the tunes with these notes", key="folk.use_voice")
    return tune if used else None


def _show_heard(tune: Tune, heard: Transcription, settings: FolkSettings) -> None:
    pm = to_midi(tune, tempo_qpm=min(300.0, max(30.0, heard.tempo_qpm)), program=_CHOIR)
    wav = remember(
        "folk.heard_sound",
        (tune, heard.tempo_qpm),
        lambda: audio.encode(synth.render(pm).audio, "wav"),
    )
    notes = [
        PlayerNote(
            onset_sec=note.start, duration_sec=note.end - note.start, pitch=note.pitch, velocity=note.velocity
        )
        for note in pm.instruments[0].notes
    ]
    counted = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    player(
        wav, key="folk.heard_player", title=f"What was heard: {counted}, {heard.key} {heard.mode}", notes=notes,
        scores=[player_score(tune, pm, SMALL_PX, ())],
    )  # fmt: skip


def _offer_letters(tune: Tune) -> None:
    """Let what was played or sung become text, which can be changed and is in the link."""
    lines = [line for line in to_abc(tune).splitlines() if not re.match(r"[XT]:", line)]
    text = "\n".join(lines)
    if len(text) <= _MAX_ABC:
        st.button(
            "Turn it into letters", key="folk.to_letters", on_click=_turn_into_letters, args=(text,),
            icon=":material/text_fields:", help="Then it can be changed note by note, and it is in the link.",
        )  # fmt: skip


def _turn_into_letters(text: str) -> None:
    st.session_state["folk.abc"] = text
    st.session_state["folk.begin"] = LETTERS


def _bars(tune: Tune) -> str:
    n = max(1, len(tune.bars))
    return "1 bar" if n == 1 else f"{n} bars"


def _with_header(text: str, settings: FolkSettings) -> str:
    lines = []
    for field, content in (("M", settings.meter), ("L", "1/8"), ("K", f"{settings.key} {settings.mode}")):
        if re.search(rf"^{field}:", text, re.MULTILINE) is None:
            lines.append(f"{field}:{content}")
    head = re.match(r"(?:[A-Za-z]:.*(?:\n|$))*", text.strip())
    given = head[0].strip() if head else ""
    music = text.strip()[len(head[0]) :] if head else text
    # K: ends the header, so it stands last.
    fields = [line for line in given.split("\n") if line and not line.startswith("K:")]
    key = [line for line in given.split("\n") if line.startswith("K:")]
    missing_key = [line for line in lines if line.startswith("K:")]
    others = [line for line in lines if not line.startswith("K:")]
    return "\n".join([*fields, *others, *(key or missing_key), music])


def _check_range(tune: Tune, settings: FolkSettings) -> None:
    if not tune.pitches:
        raise InputError("This beginning has no note. Give one that begins with a melody.")
    low, high = min(tune.pitches), max(tune.pitches)
    if low < settings.low or high > settings.high:
        raise InputError(
            f"The beginning goes from {note_name(low)} to {note_name(high)} and the range from "
            f"{note_name(settings.low)} to {note_name(settings.high)}. Widen the range in the sidebar."
        )


def first_bars(tune: Tune, n: int) -> Tune:
    """The first bars of a tune, its pickup included; the whole tune if it has no more."""
    if n >= len(tune.bars):
        return tune
    end = tune.bars[n]
    events = tuple(
        replace(event, duration_tick=min(event.end_tick, end) - event.onset_tick)
        for event in tune.events
        if event.onset_tick < end
    )
    return replace(
        tune,
        events=events,
        bars=tune.bars[:n],
        keys=tuple(key for key in tune.keys if key.onset_tick < end),
        meters=tuple(meter for meter in tune.meters if meter.onset_tick < end),
    )
