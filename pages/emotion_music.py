"""Emotion Music page: a mood from a pad, a face or other music becomes a piano piece, whose mood is rated."""

from functools import partial

import streamlit as st

from core.emotion.face.expression import can_read_faces
from core.emotion.moods import Mood
from core.errors import DashboardError
from core.nn.card import has_card
from pages.components.emotion import texts
from pages.components.emotion.beginning import Beginning, choose_beginning
from pages.components.emotion.controls import (
    EmotionSettings,
    choose_mood,
    choose_settings,
    place_mood,
    remember_shown,
    set_mood,
)
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
from pages.components.shared import texts as shared_texts
from pages.components.shared.messages import InterruptionError, show_error, telling_errors
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about, show_when_opened
from pages.components.shared.settings_file import offer_settings, use_loaded

PAD_PX = 210
TOP = "emotion.top"
# Beside each other: the pad and below it what can be given, the player. On a phone, the three below each other, so that the
# player comes before what is folded away.
_TOP_STYLE = """<style>
@media (min-width: 641px) {
  .st-key-emotion-top { display: grid; grid-template: auto 1fr / minmax(0, 2fr) minmax(0, 3fr); column-gap: 2rem; }
  .st-key-emotion-top > :nth-child(2) { grid-area: 1 / 2 / 3 / 3; }
}
</style>"""


def draw() -> None:
    """Draw mood pad and piece, where mood and notes come from, ratings, comparison, files, models."""
    with telling_errors():
        use_loaded("emotion", apply_settings)
    place_mood()
    named = st.container()
    st.html(_TOP_STYLE)
    with st.container(key=TOP):
        pad, result, given = st.container(), st.container(), st.container()
    with st.sidebar:
        settings = choose_settings()
    with named:
        choose_mood(settings.path.start)
    with st.sidebar, telling_errors():
        offer_settings("emotion", "emotion")
    title = texts.MOOD_FROM_TITLE if can_read_faces() else texts.MOOD_FROM_MUSIC_TITLE
    with given.expander(title, icon=":material/mood:"):
        choose_mood_source()
    trouble: DashboardError | None = None
    beginning = Beginning(None, is_private=False)
    with given.expander(texts.OPENING_TITLE, icon=":material/mic:"), telling_errors():
        try:
            beginning = choose_beginning()
        except DashboardError as error:
            trouble = error
            raise
    piece = None
    if beginning.notes is not None and (settings.key or settings.tempo_qpm):
        result.caption(texts.LOCKS_NEED_NO_OPENING)
        settings = settings.without_locks()
    with result, telling_errors():
        if trouble is None:
            piece = compose_piece(settings, beginning)
        elif isinstance(trouble, InterruptionError) and trouble.is_wish:
            st.info(texts.OPENING_NOT_READ, icon=":material/pan_tool:")
        else:
            show_error(trouble)
    with pad:
        show_pad(settings, [] if piece is None else piece.over_time)
    if piece is None:
        return
    with result:
        show_player(piece)
    remember_shown(piece.key, piece.tempo_qpm)
    st.header(texts.RATING_TITLE, anchor=False)
    show_measures(piece)
    show_when_opened(
        texts.COMPARE_TITLE,
        partial(show_comparison, settings, piece, beginning),
        icon=":material/compare:",
        key="emotion.two",
    )
    st.header(shared_texts.DOWNLOAD, anchor=False)
    show_downloads(
        piece, is_private=beginning.is_private, settings_file=partial(settings_json, settings, beginning)
    )
    st.caption(shared_texts.LINK_SAVES_NO_FILE if beginning.is_private else shared_texts.LINK_SAVES)
    show_about("emotion", show_model_cards)


def show_pad(settings: EmotionSettings, rated: list[tuple[float, Mood]]) -> None:
    """Draw the mood pad and apply its mood to the settings."""
    chosen = mood_pad(
        settings.path, key="emotion.pad", moving=settings.path_moves, measured=rated, height_px=PAD_PX
    )
    if chosen != settings.path:
        set_mood(chosen.start, end=chosen.end if settings.path_moves else None)
        st.rerun()


def show_model_cards() -> None:
    """Draw the cards of the composer, the mood rater, the two clusters and the voice model, and of the face network if any."""
    show_cards([load_card(name) for name in texts.MODELS if has_card(name)])


run_page(texts.TITLE, texts.PROMISE, draw, models=texts.MODELS)
