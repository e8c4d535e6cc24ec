"""Extrapolate page: extend a recording after its end or before its beginning, with every join measured."""

import streamlit as st

from core.errors import WeightsError
from pages.components.extrapolate import texts
from pages.components.extrapolate.controls import choose_request
from pages.components.extrapolate.result import (
    extend_sound,
    show_about_sound,
    show_downloads,
    show_joins,
    show_listening,
    show_measures,
)
from pages.components.extrapolate.settings_file import apply_settings
from pages.components.extrapolate.source import choose_source
from pages.components.shared.messages import telling_errors
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about
from pages.components.shared.settings_file import offer_settings, use_loaded


def draw() -> None:
    """Draw source, player, joins, measures, downloads, model details."""
    with telling_errors():
        use_loaded("extrapolate", apply_settings)
    with telling_errors():
        source = choose_source()
        progress = st.empty()
        with st.sidebar:
            request = choose_request()
            offer_settings("extrapolate", "extrapolate")
        if source is None:
            st.caption(texts.NO_SOUND)
        else:
            made = extend_sound(source, request, progress)
            choice = show_listening(made)
            show_about_sound(made)
            show_joins(made, choice)
            show_measures(made)
            show_downloads(made)
            st.caption(texts.LINK)
    show_about("extrapolate", show_model_card)


def show_model_card() -> None:
    """Draw the model card of the network, or say that it is not installed."""
    try:
        card = load_card("extrapolate")
    except WeightsError:
        st.markdown(texts.NO_NETWORK)
    else:
        show_cards([card])


run_page(texts.TITLE, texts.PROMISE, draw, models=["extrapolate"])
