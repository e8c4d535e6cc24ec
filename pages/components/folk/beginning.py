"""The visitor's own notes as the start of a tune: ABC notation, on-screen piano, file, voice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from core.errors import InputError
from core.folk.job import SMALL_PX, draw_score, play_line
from core.folk.settings import MAX_ABC, FolkSettings, add_header, first_bars
from core.folk.tune_plan import MAX_BARS
from core.folk.typed_abc import check_letters
from core.music.midi import note_name
from core.music.tune import TICKS, Key, Meter, Tune
from core.music.tune_files import READABLE, read_tune, to_abc
from core.music.tune_from_notes import line_as_tune, move_into_range
from core.voice.transcription import Transcription
from pages.components.folk import texts
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import color_score
from pages.components.shared.controls import BOUND, KEPT, choose_number, read_old_names
from pages.components.shared.keyboard.keyboard import step_keyboard
from pages.components.shared.messages import plain
from pages.components.shared.player.player import player, player_notes
from pages.components.shared.results import obtain, obtain_reading
from pages.components.shared.sound_input import VOICE, VOICE_FILE, Given, upload_file, voice_input

NEW, LETTERS, KEYS, FILE = texts.NEW, texts.LETTERS, texts.KEYS, texts.FILE
SOURCES = (NEW, LETTERS, KEYS, FILE, shared_texts.SING, shared_texts.RECORDING)
_VOICES = {shared_texts.SING: VOICE, shared_texts.RECORDING: VOICE_FILE}
# As they were called in older links.
_OLD_NAMES = {
    "Letters": LETTERS,
    "Keys on screen": KEYS,
    "A file": FILE,
    "My voice, now": shared_texts.SING,
    "A recording of a voice": shared_texts.RECORDING,
}
_MAX_FILE_MB = 8
_USUAL_BARS = 4
BARS_WISHED = "folk.bars_wished"  # session state: bars asked for, which may be more than are given so far
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


def choose_source() -> str:
    """Draw the start of the tune; notes in an older link mean ABC notation."""
    read_old_names("folk.begin", _OLD_NAMES)
    state = st.session_state
    if "folk.begin" not in state and "folk.begin" not in st.query_params and st.query_params.get("folk.abc"):
        state["folk.begin"] = LETTERS
    chosen = st.selectbox(texts.START, SOURCES, key="folk.begin", **BOUND)
    return str(chosen or NEW)


def choose_beginning(source: str, settings: FolkSettings) -> Tune | None:
    """Draw the note input; returns the start of the tune, or None without notes.

    Raises
    ------
    InputError
        If what was given cannot be read, or goes beyond the range.
    """
    with st.container(key="folk-letters"):
        letters = _write_letters(source == LETTERS, settings)
    if source == NEW:
        return None
    if source in _VOICES:
        tune = _sing(_VOICES[source], settings)
    else:
        draw: dict[str, Callable[[], Tune | None]] = {KEYS: lambda: _play(settings), FILE: _upload_tune}
        tune = draw.get(source, lambda: letters)()
    if tune is None:
        if source not in _VOICES:
            st.caption(texts.WAITING)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cut = first_bars(tune, _choose_bars(max(1, min(MAX_BARS, len(tune.bars)))))
        if source != LETTERS:
            _offer_letters(cut)
    key, meter = cut.keys[0], cut.meters[0]
    st.caption(plain(texts.describe_start(_count_bars(cut), key.tonic, key.mode, meter.name)))
    if source not in _VOICES:
        svg = obtain(
            partial(draw_score, cut, SMALL_PX),
            slot="folk.beginning_score",
            what=texts.DRAWING_START,
            private=True,
        )
        st.image(color_score(svg), alt=f"{texts.START}: {_count_bars(cut)}", width=SMALL_PX)
    _check_range(cut, settings)
    return cut


def _choose_bars(n_given: int) -> int:
    """Draw how many bars of the notes are used: those asked for, as far as they are given."""
    key, state = "folk.beginning_bars", st.session_state
    wished = state.get(BARS_WISHED) or state.get(key) or st.query_params.get(key, "")
    wished = int(wished) if str(wished).isdecimal() and len(str(wished)) < 4 else _USUAL_BARS
    state[BARS_WISHED], state[key] = wished, max(1, min(wished, n_given))

    def remember() -> None:
        state[BARS_WISHED] = state.get(key)

    chosen = st.number_input(
        texts.BARS_USED,
        1,
        n_given,
        # So that the link names every number but this one: without it, one bar would be left out and read as four.
        min(_USUAL_BARS, n_given),
        key=key,
        on_change=remember,
        disabled=n_given == 1,
        help=texts.BARS_USED_HELP,
        width=180,
        **BOUND,
    )
    return int(chosen or 1)


def _write_letters(shown: bool, settings: FolkSettings) -> Tune | None:
    if not shown:
        # Drawn all the same: only then does it keep its text, and its text its place in the link.
        st.html("<style>.st-key-folk-letters { display: none; }</style>")
    text = st.text_area(
        texts.ABC,
        key="folk.abc",
        max_chars=MAX_ABC,
        height=80,
        placeholder=texts.ABC_SHAPE,
        help=texts.ABC_HELP,
        **BOUND,
    )
    if not shown or not text or not text.strip():
        return None
    skipped = check_letters(text)
    whole = add_header(text, settings)
    try:
        tune = _read(Given(whole.encode(), "beginning.abc"))
    except InputError as error:
        # Lines are counted as the visitor sees them, without those that were added.
        n_added = whole.count("\n") - text.strip().count("\n")
        said = re.sub(r"^In line (\d+)", lambda n: f"In line {max(1, int(n[1]) - n_added)}", str(error))
        raise InputError(said) from error
    if skipped:
        st.caption(plain(texts.describe_skipped(skipped)))
    return tune


def _upload_tune() -> Tune | None:
    given = upload_file(texts.NOTE_FILE, types=READABLE, key="folk.file", max_mb=_MAX_FILE_MB)
    return None if given is None else _read(given)


def _read(given: Given) -> Tune:
    tune, said = obtain_reading(
        partial(read_tune, given.data, given.name),
        slot="folk.beginning",
        what=texts.READING,
        identity=(given.sha256, given.name),
    )
    for sentence in said:
        st.caption(plain(sentence))
    return tune


def _play(settings: FolkSettings) -> Tune | None:
    # The keyboard begins and ends with a white key.
    low, high = settings.low, settings.high
    low, high = low - (low % 12 in _BLACK), high + (high % 12 in _BLACK)
    written = step_keyboard(
        key="folk.keys",
        steps=_STEPS,
        low=low,
        high=high,
        chosen="1/4",
        tempo_qpm=settings.tempo_qpm,
        label=texts.PIANO,
    )
    notes, place = [], 0.0
    for note in written:
        if note.pitch is not None:
            notes.append((place, _STEPS[note.length], note.pitch))
        place += _STEPS[note.length]
    upbeat = _choose_upbeat(settings)
    if not notes:
        return None
    return line_as_tune(notes, key=settings.key, mode=settings.mode, meter=settings.meter, upbeat=upbeat)


def _choose_upbeat(settings: FolkSettings) -> float:
    """Draw the pickup; one of a whole bar or more starts later in the bar accordingly."""
    upbeat = choose_number(
        texts.PICKUP,
        0.0,
        8.0,
        0.0,
        0.5,
        key="folk.upbeat",
        help=texts.PICKUP_HELP,
    )
    return upbeat % (Meter(meter=settings.meter).bar_tick / TICKS)


def _sing(source: str, settings: FolkSettings) -> Tune | None:
    """Draw and play the sung notes before the visitor uses them."""
    heard = voice_input(
        "folk",
        source,
        help=shared_texts.VOICE_HELP,
    )
    if heard is None:
        return None
    upbeat = _choose_upbeat(settings)
    here = st.checkbox(
        texts.move_to(settings.key, settings.mode),
        key="folk.voice_to_key",
        help=texts.TO_KEY_HELP,
        **BOUND,
    )
    tune = line_as_tune(
        heard.quantized(), key=heard.key, mode=heard.mode, meter=settings.meter, upbeat=upbeat
    )
    if here:
        goal = Key(tonic=settings.key, mode=settings.mode)
        up = (goal.pitch_class - tune.keys[0].pitch_class + 6) % 12 - 6
        tune = replace(tune.transposed(up), keys=(goal,))
    tune = move_into_range(tune, settings.low, settings.high)
    _show_heard(tune, heard)
    used = st.checkbox(texts.USE_VOICE, key="folk.use_voice", **KEPT)
    return tune if used else None


def _show_heard(tune: Tune, heard: Transcription) -> None:
    played = obtain(
        partial(play_line, tune, min(300.0, max(30.0, heard.tempo_qpm)), _CHOIR, (SMALL_PX,)),
        slot="folk.heard",
        what=shared_texts.PLAYING_VOICE,
        private=True,
    )
    notes = player_notes(played.midi)
    player(
        played.sound,
        key="folk.heard_player",
        title=texts.describe_voice(len(notes), heard.key, heard.mode),
        notes=notes,
        scores=played.scores,
    )


def _offer_letters(tune: Tune) -> None:
    """Offer to convert played or sung notes to ABC, which can be edited and is in the link."""
    lines = [line for line in to_abc(tune).splitlines() if not re.match(r"[XT]:", line)]
    text = "\n".join(lines)
    if len(text) <= MAX_ABC:
        st.button(
            texts.TO_LETTERS,
            key="folk.to_letters",
            on_click=_turn_into_letters,
            args=(text,),
            icon=":material/text_fields:",
            help=texts.TO_LETTERS_HELP,
        )


def _turn_into_letters(text: str) -> None:
    st.session_state["folk.abc"] = text
    st.session_state["folk.begin"] = LETTERS


def _count_bars(tune: Tune) -> str:
    n = max(1, len(tune.bars))
    return "1 bar" if n == 1 else f"{n} bars"


def _check_range(tune: Tune, settings: FolkSettings) -> None:
    if not tune.pitches:
        raise InputError(texts.NO_NOTE)
    low, high = min(tune.pitches), max(tune.pitches)
    if low < settings.low or high > settings.high:
        raise InputError(
            texts.refuse_range(
                note_name(low), note_name(high), note_name(settings.low), note_name(settings.high)
            )
        )
