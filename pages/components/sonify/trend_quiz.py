"""Trend quiz: recognize the shape of a series by ear."""

from __future__ import annotations

import secrets
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.sonify.job import play_question
from core.sonify.trend_quiz import SHAPES, Question, question, wilson_interval
from pages.components.shared.colors import voice_colors
from pages.components.shared.player.player import player
from pages.components.shared.results import obtain
from pages.components.sonify import texts


@st.fragment
def trend_quiz() -> None:
    """Draw the quiz. It keeps its score for the session and reruns only itself."""
    state = st.session_state
    state.setdefault("quiz.seed", secrets.randbelow(2**31))
    state.setdefault("quiz.place", 0)
    state.setdefault("quiz.right", 0)
    state.setdefault("quiz.answer", None)
    asked = question(state["quiz.seed"], state["quiz.place"])
    st.markdown(texts.QUIZ_QUESTION)
    # Each visitor has questions of his own, which nobody else will ask for.
    sound = obtain(
        partial(play_question, state["quiz.seed"], state["quiz.place"]),
        slot="quiz",
        what=texts.QUIZ_PLAYING,
        private=True,
    )
    player(sound, key="quiz.player", title=texts.QUIZ_TITLE, views=("waveform",))
    if state["quiz.answer"] is None:
        with st.container(horizontal=True):
            for shape in SHAPES:
                st.button(
                    shape.capitalize(), key=f"quiz.{shape}", on_click=_answer, args=(shape, asked.shape)
                )
    else:
        _show_answer(asked)
    n_asked = state["quiz.place"] + (state["quiz.answer"] is not None)
    if n_asked:
        low, high = wilson_interval(state["quiz.right"], n_asked)
        st.caption(texts.tell_score(state["quiz.right"], n_asked, low, high))


def _answer(chosen: str, shape: str) -> None:
    st.session_state["quiz.answer"] = chosen
    st.session_state["quiz.right"] += chosen == shape


def _show_answer(asked: Question) -> None:
    chosen = st.session_state["quiz.answer"]
    if chosen == asked.shape:
        st.success(texts.answer_quiz(asked.shape, chosen), icon=":material/check:")
    else:
        st.info(texts.answer_quiz(asked.shape, chosen), icon=":material/hearing:")
    figure = go.Figure(
        go.Scatter(
            y=asked.values,
            x=np.arange(1, 25),
            mode="lines+markers",
            line={"color": next(iter(voice_colors()), None)},
        )
    )
    figure.update_layout(height=200, margin={"l": 8, "r": 8, "t": 8, "b": 8}, yaxis_visible=False)
    st.plotly_chart(
        figure, key="quiz.chart", config={"displayModeBar": False}, alt=texts.describe_answer(asked.shape)
    )
    st.button(texts.QUIZ_NEXT, key="quiz.next", on_click=_ask_next)


def _ask_next() -> None:
    st.session_state["quiz.place"] += 1
    st.session_state["quiz.answer"] = None
