"""Emotion Music page: a mood, from a dial, a face or other music, becomes a piano piece; the mood is measured."""

from functools import partial

import streamlit as st

from core.emotion.face.expression import FaceReader
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import Mood
from core.emotion.piano.generate import PianoComposer
from core.errors import DashboardError
from core.voice.transcribe import VoiceTranscriber
from pages.components.emotion.beginning import choose_beginning
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
from pages.components.shared.messages import show_error, telling_errors
from pages.components.shared.model_cache import load_network
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about, show_when_opened
from pages.components.shared.progress import progress_bar


def draw() -> None:
    """Draw dial and piece, where mood and notes come from, comparison, files, models."""
    with st.sidebar:
        settings = choose_settings()
    top = st.container()
    with st.expander("A mood from a face or from music", icon=":material/mood:"):
        choose_mood_source()
    trouble: DashboardError | None = None
    prompt, prompt_id = None, None
    with st.expander("Notes to begin with: sing, play or upload", icon=":material/mic:"):
        try:
            prompt, prompt_id = choose_beginning()
        except DashboardError as error:
            trouble = error
            show_error(error)
    result = None
    with top:
        dial, piece = st.columns([2, 3])
        with piece, telling_errors(), progress_bar() as tell:
            if trouble is not None:
                raise trouble
            result = compose_piece(settings, prompt, prompt_id, tell)
        with dial:
            show_dial(settings, [] if result is None else result.made.over_time)
        if result is None:
            return
        with piece:
            show_player(result)
    st.subheader("The mood, asked for and heard", anchor=False)
    show_measures(result)
    show_when_opened(
        "The same notes in two moods",
        partial(show_comparison, settings, result, prompt, prompt_id),
        icon=":material/compare:",
        key="emotion.two",
    )
    st.subheader("Take it away", anchor=False)
    show_downloads(result)
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
    show_cards(
        [
            load_network(PianoComposer).card,
            load_network(MoodJudge).card,
            load_network(FaceReader).card,
            load_network(VoiceTranscriber).card,
        ]
    )


run_page(
    "Emotion Music",
    "Choose a mood, or show a face, hum a line, play a piece: a network composes for the piano in that mood, and a "
    "judge that had no part in it says which mood it hears.",
    draw,
)
