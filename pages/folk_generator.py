"""Folk Generator page: a network composes folk tunes, and the page says how new and how good they are."""

import streamlit as st

from core.errors import DashboardError
from core.folk.generate import FolkComposer
from pages.components.folk.beginning import choose_beginning
from pages.components.folk.card_tables import folk_figures
from pages.components.folk.controls import choose_kept, choose_settings, choose_variant
from pages.components.folk.result import (
    bars_that_stay,
    compose_tunes,
    make_result,
    show_downloads,
    show_measures,
    show_others,
    show_tune,
)
from pages.components.shared.messages import telling_errors
from pages.components.shared.model_cache import load_card, load_network
from pages.components.shared.model_card import model_card
from pages.components.shared.page import run_page, show_about
from pages.components.shared.progress import progress_bar


def draw() -> None:
    """Draw tune and score, what can be given or kept, measures, files, model."""
    with st.sidebar:
        settings = choose_settings()
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
    with top:
        variant = choose_variant(settings.count)
        with telling_errors(), progress_bar() as tell:
            if trouble is not None:
                raise trouble
            tunes = compose_tunes(settings, beginning, kept, tell)
            stays = bars_that_stay(beginning, kept)
            result = make_result(tunes[variant], settings, stays, tell)
        if result is None:
            return
        show_tune(result, variant, stays)
        show_others(tunes, variant, stays)
    show_measures(result)
    st.subheader("Take it away", anchor=False)
    show_downloads(result, settings, variant)
    st.caption(
        "Every choice is in the address of this page, also a beginning that you type: copy it and the link gives the "
        "same tune. A file, a voice and keys are not in it, until you turn them into letters."
    )
    show_about("folk", show_model_cards)


def show_model_cards() -> None:
    """Draw the cards of the composing network and of the fingerprint."""
    card = load_network(FolkComposer).card
    if card is not None:
        model_card(card, folk_figures(card))
        st.divider()
    model_card(load_card("folk_fingerprint"))


run_page(
    "Folk Generator",
    "A network composes folk tunes that a singer could sing: the bars are full, the range is yours, the end is home.",
    draw,
)
