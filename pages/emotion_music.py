"""Emotion Music page: a mood, from a dial, a face or other music, becomes a piano piece; the mood is measured."""

from functools import partial

import streamlit as st

from core.emotion.moods import Mood
from core.errors import DashboardError
from pages.components.emotion.beginning import Beginning, choose_beginning
from pages.components.emotion.controls import EmotionSettings, choose_settings, set_mood
from pages.components.emotion.mood_pad.mood_pad import mood_pad
from pages.components.emotion.mood_source import choose_mood_source
from pages.components.emotion.result import (
    compose_piece,
    show_comparison,
    show_downloads,
    show_measures,
    show_player,
)
from pages.components.emotion.settings_file import apply_settings, settings_json
from pages.components.shared.messages import InterruptionError, show_error, telling_errors
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about, show_when_opened
from pages.components.shared.settings_file import offer_settings, use_loaded


def draw() -> None:
    """Draw dial and piece, where mood and notes come from, comparison, files, models."""
    with telling_errors():
        use_loaded("emotion", apply_settings)
    with st.sidebar:
        settings = choose_settings()
        with telling_errors():
            offer_settings("emotion", "emotion")
    top = st.container()
    with st.expander("A mood from a face or from music", icon=":material/mood:"):
        choose_mood_source()
    trouble: DashboardError | None = None
    beginning = Beginning(None, is_private=False)
    with st.expander("Notes to begin with: sing, play or upload", icon=":material/mic:"), telling_errors():
        try:
            beginning = choose_beginning()
        except DashboardError as error:
            trouble = error
            raise
    piece = None
    with top:
        dial, right = st.columns([2, 3])
        with right, telling_errors():
            if trouble is None:
                piece = compose_piece(settings, beginning)
            elif isinstance(trouble, InterruptionError) and trouble.is_wish:
                st.info("The notes to begin with were not read.", icon=":material/pan_tool:")
            else:
                show_error(trouble)
        with dial:
            show_dial(settings, [] if piece is None else piece.over_time)
        if piece is None:
            return
        with right:
            show_player(piece)
    st.subheader("The mood, asked for and heard", anchor=False)
    show_measures(piece)
    show_when_opened(
        "The same notes in two moods",
        partial(show_comparison, settings, piece, beginning),
        icon=":material/compare:",
        key="emotion.two",
    )
    st.subheader("Take it away", anchor=False)
    show_downloads(piece, is_private=beginning.is_private, settings_file=partial(settings_json, settings))
    st.caption(
        "Every choice is in the address of this page: copy it and the link gives the same piece. Photographs, voices and "
        "files are not in it, and they are not kept."
    )
    show_about("emotion", show_model_cards)


def show_dial(settings: EmotionSettings, judged: list[tuple[float, Mood]]) -> None:
    """Draw the mood pad, and take what was moved on it for the settings."""
    chosen = mood_pad(settings.path, key="emotion.pad", moving=settings.path_moves, measured=judged)
    if chosen != settings.path:
        set_mood(chosen.start, end=chosen.end if settings.path_moves else None)
        st.rerun()


def show_model_cards() -> None:
    """Draw the cards of the composer, the judge, and what reads faces and voices."""
    show_cards([load_card("piano"), load_card("mood"), load_card("face"), load_card("voice")])


run_page(
    "Emotion Music",
    "Choose a mood, or show a face, hum a line, play a piece: a network composes for the piano in that mood, and a "
    "judge that had no part in it says which mood it hears.",
    draw,
)
