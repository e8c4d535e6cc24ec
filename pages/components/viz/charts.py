"""Charts with a playhead: parameters, features, measures, styles, spectrogram, similarity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audioviz import charts
from core.audioviz.settings import DRAWN_RATE_HZ
from core.audioviz.sound_measures import PARAMETERS
from core.audioviz.style import MODEL_NAME
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import BOUND, read_old_names
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain
from pages.components.shared.model_cache import load_card
from pages.components.shared.playhead.playhead import playhead
from pages.components.viz import texts
from pages.components.viz.controls import number_names
from pages.components.viz.features import Heard
from pages.components.viz.scene_view import SCENES_KEY

if TYPE_CHECKING:
    import plotly.graph_objects as go

CHART_KEY = "viz-drawn"


def show_charts(heard: Heard) -> None:
    """Draw the selected chart with the playhead."""
    st.header(texts.ANALYSIS, anchor=False)
    st.markdown(plain(describe(heard)))
    views = [
        view for view in texts.CHARTS if view != texts.STYLES or heard.hearing.style_probabilities is not None
    ]
    read_old_names("viz.chart", texts.OLD_CHARTS)
    view = st.segmented_control(texts.CHART, views, default=views[0], required=True, key="viz.chart", **BOUND)
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
    st.caption(_caption(heard, view))


def _caption(heard: Heard, view: str) -> str:
    """What the chart shows; of styles, also how often they are right."""
    more = ""
    if view == texts.MEASURES and heard.hearing.tempo_qpm is None:
        more = texts.FLAT_BEAT
    if view == texts.STYLES:
        told = load_card(MODEL_NAME).metrics["artist-disjoint"]
        more = texts.state_style_accuracy(told["accuracy"], *told["accuracy_interval"])
    return f"{texts.CHARTS[view]} {more}".strip()


def describe(heard: Heard) -> str:
    """Length, tempo and style of the sound in a sentence or two."""
    hearing, styles = heard.hearing, ""
    # Whole seconds as the player shows them.
    minutes, seconds = divmod(int(hearing.duration_sec), 60)
    if hearing.style_probabilities is not None:
        mean = hearing.style_probabilities.mean(axis=0)
        best = np.argsort(-mean)[:2]
        styles = ", ".join(f"{hearing.style_names[i]} ({mean[i]:.0%})" for i in best)
    return texts.describe(minutes, seconds, hearing.tempo_qpm, styles)


def _draw(heard: Heard, view: str, dark: bool, colors: list[str]) -> go.Figure:
    hearing = heard.hearing
    draw: dict[str, Callable[[], go.Figure]] = {
        texts.PARAMETERS: lambda: _draw_parameters(heard, colors),
        texts.FEATURES: lambda: _draw_features(heard, colors),
        texts.MEASURES: lambda: charts.measures_figure(hearing, colors=colors),
        texts.STYLES: lambda: charts.styles_figure(hearing, colors=colors),
        texts.SPECTROGRAM: lambda: charts.mel_figure(hearing, dark=dark),
        texts.SIMILARITY: lambda: charts.similarity_figure(
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
