"""Audio Viz page: what is heard in a sound, by measuring or by a network, becomes a picture in step with it."""

import streamlit as st

from pages.components.shared.messages import show_note, telling_errors
from pages.components.shared.page import run_page, show_about
from pages.components.shared.settings_file import offer_settings, use_loaded
from pages.components.viz.charts import show_charts
from pages.components.viz.controls import choose_settings
from pages.components.viz.features import Heard, hear
from pages.components.viz.film import show_video
from pages.components.viz.result import show_downloads, show_legend, show_model_cards
from pages.components.viz.scene_view import show_live_picture, show_picture
from pages.components.viz.settings_file import apply_settings
from pages.components.viz.source import choose_source


def draw() -> None:
    """Draw source, picture, legend, charts, files, models."""
    with telling_errors():
        use_loaded("viz", apply_settings)
    with st.sidebar:
        settings = choose_settings()
        with telling_errors():
            offer_settings("viz", "visualize")
    with telling_errors():
        source = choose_source()
        if source.live:
            show_live_picture()
        elif source.call is not None:
            show_heard(hear(source, settings))
    show_about("viz", show_model_cards)


def show_heard(heard: Heard) -> None:
    """Draw a sound's picture and everything below it."""
    look = show_picture(heard)
    show_note(heard.given.note)
    show_legend(heard, look["scene"])
    show_charts(heard)
    st.subheader("Take it away", anchor=False)
    show_downloads(heard, look)
    show_video(heard, look)
    if heard.source.is_private:
        st.caption(
            "The address holds the choices, not your sound. The file stays in this session's memory and is not kept."
        )
    else:
        st.caption("Every choice is in the address of this page: copy it and the link shows the same.")


run_page(
    "Audio Viz",
    "Watch a sound: what is measured in it, or what a network hears, moves one of seven pictures in step with it.",
    draw,
)
