"""Emotion Music: a mood, from a dial, a face or other music, becomes a piano piece; the mood is measured."""

import streamlit as st

from core.emotion.moods import Mood
from core.errors import DashboardError
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
from pages.components.shared.model_cache import face_reader, mood_judge, piano_composer, voice_transcriber
from pages.components.shared.model_card import model_card
from pages.components.shared.navigation import through_app
from pages.components.shared.plain_text import plain
from pages.components.shared.progress import teller


def main() -> None:
    """Draw the page from the top: dial and piece, where mood and notes come from, comparison, files, models."""
    st.title("Emotion Music", anchor=False)
    st.markdown(
        "Choose a mood, or show a face, hum a line, play a piece: a network composes for the piano in that mood, and a "
        "judge that had no part in it says which mood it hears."
    )
    with st.sidebar:
        settings = choose_settings()
    top = st.container()
    with st.expander("A mood from a face or from music", icon=":material/mood:"):
        choose_mood_source()
    trouble: list[DashboardError] = []
    prompt, prompt_id = None, None
    with st.expander("Notes to begin with: sing, play or upload", icon=":material/mic:"):
        try:
            prompt, prompt_id = choose_beginning()
        except DashboardError as error:
            trouble.append(error)
            st.error(plain(str(error)), icon=":material/error:")
    with top:
        dial, piece = st.columns([2, 3])
        bar = piece.empty()
        result = None
        if not trouble:
            try:
                result = compose_piece(settings, prompt, prompt_id, teller(bar))
            except DashboardError as error:
                trouble.append(error)
            finally:
                bar.empty()
        with dial:
            judged = [] if result is None else result.made.over_time
            _show_dial(settings, judged)
        with piece:
            for error in trouble:
                st.error(plain(str(error)), icon=":material/error:")
            if result is not None:
                show_player(result)
    if result is None:
        return
    st.subheader("The mood, asked for and heard", anchor=False)
    show_measures(result)
    compare = st.expander(
        "The same notes in two moods", icon=":material/compare:", key="emotion.two", on_change="rerun"
    )
    if compare.open:
        with compare:
            try:
                show_comparison(settings, result, prompt, prompt_id)
            except DashboardError as error:
                st.error(plain(str(error)), icon=":material/error:")
    st.subheader("Take it away", anchor=False)
    show_downloads(result)
    st.caption(
        "Every choice is in the address of this page: copy it and the link gives the same piece. Photographs, voices and "
        "files are not in it, and they are not kept."
    )
    about = st.expander("How good is it?", icon=":material/info:", key="emotion.about", on_change="rerun")
    if about.open:
        with about:
            _show_cards()


def _show_dial(settings: EmotionSettings, judged: list[tuple[float, Mood]]) -> None:
    chosen = mood_pad(settings.path, key="emotion.pad", moving=settings.path_moves, measured=judged)
    if chosen != settings.path:
        set_mood(chosen.start, end=chosen.end if settings.path_moves else None)
        st.rerun()


def _show_cards() -> None:
    cards = [piano_composer().card, mood_judge().card, face_reader().card, voice_transcriber().card]
    for place, card in enumerate(card for card in cards if card is not None):
        if place:
            st.divider()
        model_card(card)


through_app()
main()
