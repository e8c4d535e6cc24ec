"""Sonify Data page: sonify table columns, with a playhead on their chart."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.tables.table import require_numbers
from pages.components.shared.messages import telling_errors
from pages.components.shared.page import run_page, show_when_opened
from pages.components.sonify import texts
from pages.components.sonify.composition import show_models, show_trade
from pages.components.sonify.controls import choose_settings
from pages.components.sonify.label_choice import show_split
from pages.components.sonify.large_source import list_large_sources
from pages.components.sonify.reading import forget_address
from pages.components.sonify.requests import Heard, obtain_sound
from pages.components.sonify.result import show_result
from pages.components.sonify.settings_file import open_data, write_settings_file
from pages.components.sonify.source import Source, choose_table, show_table
from pages.components.sonify.synthesizer_choice import choose_sound
from pages.components.sonify.trend_quiz import trend_quiz


def draw() -> None:
    """Draw data, controls, result and quiz; slow measurements are filled in last."""
    later: Callable[[], None] | None = None
    with telling_errors():
        open_data()
        source = choose_table(list_large_sources())
        if source is not None:
            later = sonify_table(source)
    show_when_opened(texts.QUIZ, trend_quiz, icon=":material/quiz:", key="quiz.open")
    if later is not None:
        later()


def sonify_table(source: Source) -> Callable[[], None] | None:
    """Draw controls, result and import options; returns what is left to draw at the end."""
    result, reading, columns = st.container(), st.container(), set[str]()
    later: Callable[[], None] | None = None
    if not source.given:
        forget_address()
    with result, telling_errors():
        try:
            require_numbers(source.table)
            used: list[DeltaGenerator] = []
            settings = choose_settings(source, used)
            columns = {voice.column for voice in settings.voices}
        finally:
            # What was read is told with what is chosen of it, and before what takes long.
            with reading:
                show_table(source, partial(show_split, source), columns)
        with st.sidebar:
            sound = choose_sound()
        if not settings.voices:
            st.info(texts.NO_VOICES, icon=":material/music_note:")
            return None
        heard = obtain_sound(source, settings, sound)
        for place, voice in zip(used, heard.played.sonification.voices, strict=False):
            place.caption(texts.tell_used_scaling(voice.scaling))
        show_result(heard, partial(write_settings_file, heard))
        if settings.mode != "direct":
            place = st.container()
            show_models(settings)
            later = partial(measure_trade, place, heard) if settings.mode == "melody" else None
    return later


def measure_trade(place: DeltaGenerator, heard: Heard) -> None:
    """Fill the placeholder of the trade-off chart, which takes seconds to measure."""
    with place, telling_errors():
        show_trade(heard)


run_page(texts.TITLE, texts.PROMISE, draw)
