"""Folk Generator page: a network composes folk tunes, and the page says how new and how good they are."""

from functools import partial

import streamlit as st

from core.errors import DashboardError
from pages.components.folk.beginning import choose_beginning
from pages.components.folk.card_tables import folk_figures
from pages.components.folk.controls import choose_kept, choose_settings, choose_variant
from pages.components.folk.result import (
    obtain_played,
    obtain_tunes,
    request_tunes,
    show_downloads,
    show_measures,
    show_others,
    show_tune,
)
from pages.components.folk.settings_file import apply_settings, settings_json
from pages.components.shared.messages import telling_errors
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import model_card
from pages.components.shared.page import run_page, show_about
from pages.components.shared.settings_file import offer_settings, use_loaded


def draw() -> None:
    """Draw tune and score, what can be given or kept, measures, files, model."""
    with telling_errors():
        use_loaded("folk", apply_settings)
    with st.sidebar:
        settings = choose_settings()
        with telling_errors():
            offer_settings("folk", "folk")
    top = st.container()
    # Drawn below the tune, and read before it is composed.
    trouble: DashboardError | None = None
    beginning = kept = None
    with st.expander("A beginning of your own", icon=":material/edit_note:"):
        try:
            beginning = choose_beginning(settings)
        except DashboardError as error:
            trouble = error
    with st.expander("Keep bars, compose the rest anew", icon=":material/lock:"):
        kept = choose_kept(settings)
    result = None
    is_private = beginning is not None
    with top:
        variant = choose_variant(settings.count)
        with telling_errors():
            if trouble is not None:
                raise trouble
            request = request_tunes(settings, beginning, kept)
            made = obtain_tunes(request, is_private=is_private)
            result = obtain_played(request, made.tunes, variant, settings, is_private=is_private)
        if result is None:
            return
        show_tune(result, variant, request.keep or ())
        show_others(made, variant)
    show_measures(result)
    st.subheader("Take it away", anchor=False)
    show_downloads(
        result,
        settings,
        variant,
        is_private=is_private,
        settings_file=partial(settings_json, settings, variant, kept, beginning),
    )
    st.caption(
        "Every choice is in the address of this page, also a beginning that you type: copy it and the link gives the "
        "same tune. A file, a voice and keys are not in it, until you turn them into letters."
    )
    show_about("folk", show_model_cards)


def show_model_cards() -> None:
    """Draw the cards of the composing network and of the fingerprint."""
    card = load_card("folk_melody")
    model_card(card, folk_figures(card))
    st.divider()
    model_card(load_card("folk_fingerprint"))


run_page(
    "Folk Generator",
    "A network composes folk tunes that a singer could sing: the bars are full, the range is yours, the end is home.",
    draw,
)
