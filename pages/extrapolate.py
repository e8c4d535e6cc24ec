"""Extrapolate: a recording goes on past its end, or begins earlier, and every join is measured."""

import streamlit as st

from core.errors import DashboardError
from pages.components.extrapolate.controls import choose_request
from pages.components.extrapolate.result import (
    make,
    show_downloads,
    show_joins,
    show_listening,
    show_measures,
)
from pages.components.extrapolate.source import choose_source
from pages.components.shared.model_cache import extrapolate_forecaster
from pages.components.shared.model_card import model_card
from pages.components.shared.navigation import through_app
from pages.components.shared.plain_text import plain


def main() -> None:
    """Draw the page from the top: the sound, how it goes on, its joins and measures, files, the model."""
    st.title("Extrapolate", anchor=False)
    st.markdown(
        "A recording goes on past its end, or begins earlier, out of its own beats; every join is measured, and its own "
        "part stays as it was, sample for sample."
    )
    made = None
    try:
        source = choose_source()
        with st.sidebar:
            request = choose_request()
        place = st.empty()
        if source is None:
            st.caption("Give a sound, or choose “An example”, to hear one at once.")
        else:
            made = make(source, request, place)
    except DashboardError as error:
        st.error(plain(str(error)), icon=":material/error:")
    if made is not None:
        show_listening(made)
        show_joins(made)
        show_measures(made)
        st.subheader("Take it away", anchor=False)
        show_downloads(made)
        st.caption(
            "Every choice is in the address of this page: copy it and the link gives the same sound from an example. Your own "
            "sound is not in it, and it is not kept; with “Settings” and the file the whole can be made again."
        )
    about = st.expander("How good is it?", icon=":material/info:", key="extrapolate.about", on_change="rerun")
    if about.open:
        with about:
            _show_card()


def _show_card() -> None:
    forecaster = extrapolate_forecaster()
    if forecaster is None or forecaster.card is None:
        st.markdown(
            "The network that says what should come is not installed here: the recording goes on by its sound and its joins "
            "alone."
        )
        return
    model_card(forecaster.card)


through_app()
main()
