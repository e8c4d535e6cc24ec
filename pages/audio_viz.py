"""Audio Viz: what is heard in a sound, by measuring or by a network, becomes a picture in step with it."""

from collections.abc import Callable

import streamlit as st

from core.errors import DashboardError
from pages.components.shared.navigation import through_app
from pages.components.shared.plain_text import plain
from pages.components.shared.progress import teller
from pages.components.viz.charts import show_charts
from pages.components.viz.controls import VizSettings, choose_settings
from pages.components.viz.features import Heard, Tell, hear
from pages.components.viz.film import show_video
from pages.components.viz.result import show_cards, show_downloads, show_legend
from pages.components.viz.scene_view import show_live_picture, show_picture
from pages.components.viz.source import Sound, choose_source

# Of the bar, what getting the sound takes; the rest is hearing it.
GETTING_SHARE = 0.5


def main() -> None:
    """Draw the page from the top: source, picture, legend, charts, files, models."""
    st.title("Audio Viz", anchor=False)
    st.markdown(
        "Watch a sound: what is measured in it, or what a network hears, moves one of seven pictures in step with it."
    )
    with st.sidebar:
        settings = choose_settings()
    try:
        source = choose_source()
        if source.live:
            show_live_picture()
        elif source.get is not None:
            _show(_heard(source.get, settings))
    except DashboardError as error:
        st.error(plain(str(error)), icon=":material/error:")
    about = st.expander("How good is it?", icon=":material/info:", key="viz.about", on_change="rerun")
    if about.open:
        with about:
            show_cards()


def _heard(get: Callable[[Tell], Sound], settings: VizSettings) -> Heard:
    """Get the sound and hear it, with one bar for both."""
    bar = st.empty()
    tell = teller(bar)
    try:
        sound = get(lambda share, stage: tell(share * GETTING_SHARE, stage))
        return hear(
            sound, settings, lambda share, stage: tell(GETTING_SHARE + share * (1 - GETTING_SHARE), stage)
        )
    finally:
        bar.empty()


def _show(heard: Heard) -> None:
    look = show_picture(heard)
    if heard.sound.note:
        st.caption(f":material/info: {plain(heard.sound.note)}")
    show_legend(heard, look["scene"])
    show_charts(heard)
    st.subheader("Take it away", anchor=False)
    show_downloads(heard, look)
    show_video(heard, look)
    if heard.sound.linkable:
        st.caption("Every choice is in the address of this page: copy it and the link shows the same.")
    else:
        st.caption(
            "The address holds the choices, not your sound. The file stays in this session's memory and is not kept."
        )


through_app()
main()
