"""Audio Viz page: a scene animated in sync with a sound, from measured or learned features."""

from typing import Any

import streamlit as st

from pages.components.shared.messages import show_note, telling_errors
from pages.components.shared.page import run_page, show_about
from pages.components.shared.settings_file import offer_settings, use_loaded
from pages.components.viz import texts
from pages.components.viz.charts import show_charts
from pages.components.viz.controls import choose_settings
from pages.components.viz.features import Heard, hear
from pages.components.viz.film import show_video
from pages.components.viz.presets import show_presets
from pages.components.viz.result import show_downloads, show_legend, show_model_cards, show_origin
from pages.components.viz.scene_view import show_live_picture, show_picture
from pages.components.viz.settings_file import apply_settings
from pages.components.viz.source import choose_source


def draw() -> None:
    """Draw source, scene, legend, charts, downloads, video, model details."""
    with telling_errors():
        use_loaded("viz", apply_settings)
    with st.sidebar:
        # Filled when the scene has said how it looks now.
        looks = st.container()
        settings = choose_settings()
        with telling_errors():
            offer_settings("viz", "visualize")
    with telling_errors():
        source = choose_source()
        if source.live:
            look = show_live_picture()
            with looks:
                show_presets(look, settings)
        elif source.call is not None:
            heard = hear(source, settings)
            look = show_picture(heard)
            with looks:
                show_presets(look, settings)
            show_details(heard, look)
    show_about("viz", show_model_cards)


def show_details(heard: Heard, look: dict[str, Any]) -> None:
    """Draw the details below the scene."""
    show_note(heard.given.note)
    show_origin(heard)
    show_legend(heard, look["scene"])
    show_charts(heard)
    st.header(texts.DOWNLOAD, anchor=False)
    show_video(heard, look)
    show_downloads(heard, look)
    st.caption(texts.LINK_PRIVATE if heard.source.is_private else texts.LINK)


# What composes its examples; the networks that analyze sound are all of the open set.
run_page(texts.TITLE, texts.PROMISE, draw, models=["piano"])
