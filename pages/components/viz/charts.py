"""Charts with a playhead of what was heard: parameters, features, measures, styles, spectrogram, similarity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audioviz import charts
from core.audioviz.settings import DRAWN_RATE_HZ
from core.audioviz.sound_measures import PARAMETERS
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import BOUND
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain
from pages.components.shared.playhead.playhead import playhead
from pages.components.viz.controls import number_names
from pages.components.viz.features import Heard
from pages.components.viz.scene_view import SCENES_KEY

if TYPE_CHECKING:
    import plotly.graph_objects as go

CHART_KEY = "viz-drawn"
_ABOUT = {
    "Parameters": "What moves the picture: the ten parameters after mapping, scaling, smoothing and order.",
    "Features": "What the model gives before all that, on its own scale.",
    "Measures": "What is measured of the sound, each between its least and its most.",
    "Styles": "Which style the network takes each moment for; they add up to 100 %.",
    "Spectrogram": "64 mel bands, as the models read them: light is loud.",
    "Similarity": "How alike any two moments are to the model: blocks along the diagonal are parts, lines beside it are repeats.",
}


def show_charts(heard: Heard) -> None:
    """Draw the chart that is chosen, with the playhead over it."""
    st.subheader("What is heard", anchor=False)
    st.markdown(plain(describe(heard)))
    views = [view for view in _ABOUT if view != "Styles" or heard.hearing.style_probabilities is not None]
    view = st.segmented_control("Chart", views, default=views[0], required=True, key="viz.chart", **BOUND)
    view = view if view in views else views[0]
    dark, colors = st.context.theme.type == "dark", voice_colors()
    figure = keep_figure(
        partial(_draw, heard, view, dark, colors),
        key="viz.figure",
        identity=(heard.identity, view, dark, colors),
        private=heard.source.is_private,
    )
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure,
            key="viz.plot",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
            alt=f"{view} over the time of the sound",
        )
        playhead([CHART_KEY], follows=SCENES_KEY, seconds=heard.hearing.duration_sec, key="viz.playhead")
    st.caption(_ABOUT[view])


def describe(heard: Heard) -> str:
    """Length, tempo and style of the sound in a sentence or two."""
    hearing = heard.hearing
    tempo = "no steady beat" if hearing.tempo_qpm is None else f"{hearing.tempo_qpm:.0f} beats a minute"
    minutes, seconds = divmod(round(hearing.duration_sec), 60)
    said = f"{minutes}:{seconds:02d} long, {tempo}, heard {hearing.rate_hz:.0f} times a second."
    if hearing.style_probabilities is not None:
        mean = hearing.style_probabilities.mean(axis=0)
        best = np.argsort(-mean)[:2]
        named = " and ".join(f"{hearing.style_names[i]} ({mean[i]:.0%})" for i in best)
        said += f" The network takes it for {named}."
    return said


def _draw(heard: Heard, view: str, dark: bool, colors: list[str]) -> go.Figure:
    hearing = heard.hearing
    draw: dict[str, Callable[[], go.Figure]] = {
        "Parameters": lambda: _draw_parameters(heard, colors),
        "Features": lambda: _draw_features(heard, colors),
        "Measures": lambda: charts.measures_figure(hearing, colors=colors),
        "Styles": lambda: charts.styles_figure(hearing, colors=colors),
        "Spectrogram": lambda: charts.mel_figure(hearing, dark=dark),
        "Similarity": lambda: charts.similarity_figure(
            heard.listening.likeness, heard.listening.likeness_times_sec, dark=dark
        ),
    }
    return draw[view]()


def _draw_parameters(heard: Heard, colors: list[str]) -> go.Figure:
    numbers = number_names(heard.settings)
    names = [f"{name} ← {numbers[heard.settings.order[i]]}" for i, name in enumerate(PARAMETERS)]
    times = np.arange(len(heard.parameters)) / DRAWN_RATE_HZ
    return charts.lanes_figure(times, heard.parameters, names, colors=colors)


def _draw_features(heard: Heard, colors: list[str]) -> go.Figure:
    lanes = heard.listening.lanes
    names = heard.hearing.code_names[: lanes.shape[1]]
    return charts.lanes_figure(heard.listening.lane_times_sec, lanes, names, colors=colors)
