"""Extrapolate page: a recording goes on past its end, or begins earlier, and every join is measured."""

import streamlit as st

from core.errors import WeightsError
from pages.components.extrapolate.controls import choose_request
from pages.components.extrapolate.result import (
    extend_sound,
    show_downloads,
    show_joins,
    show_listening,
    show_measures,
)
from pages.components.extrapolate.source import choose_source
from pages.components.shared.messages import telling_errors
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about


def draw() -> None:
    """Draw the sound, how it goes on, its joins and measures, files, the model."""
    with telling_errors():
        source = choose_source()
        about = st.empty()
        with st.sidebar:
            request = choose_request()
        if source is None:
            st.caption("Give a sound, or choose “An example”, to hear one at once.")
        else:
            made = extend_sound(source, request, about)
            show_listening(made)
            show_joins(made)
            show_measures(made)
            st.subheader("Take it away", anchor=False)
            show_downloads(made)
            st.caption(
                "Every choice is in the address of this page: copy it and the link gives the same sound from an example. "
                "Your own sound is not in it, and it is not kept; with “Settings” and the file the whole can be made again."
            )
    show_about("extrapolate", show_model_card)


def show_model_card() -> None:
    """Draw the card of the network, or what is done without it."""
    try:
        card = load_card("extrapolate")
    except WeightsError:
        st.markdown(
            "The network that says what should come is not installed here: the recording goes on by its sound and its joins "
            "alone."
        )
    else:
        show_cards([card])


run_page(
    "Extrapolate",
    "A recording goes on past its end, or begins earlier, out of its own beats; every join is measured, and its own "
    "part stays as it was, sample for sample.",
    draw,
)
