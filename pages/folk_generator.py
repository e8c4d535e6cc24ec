"""Folk Generator: a network composes folk tunes, and the page says how new and how good they are."""

import streamlit as st

from core.errors import DashboardError
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
from pages.components.shared.model_cache import folk_composer, folk_fingerprint
from pages.components.shared.model_card import model_card
from pages.components.shared.navigation import through_app
from pages.components.shared.plain_text import plain
from pages.components.shared.progress import teller


def main() -> None:
    """Draw the page from the top: tune and score, what can be given or kept, measures, files, model."""
    st.title("Folk Generator", anchor=False)
    st.markdown(
        "A network composes folk tunes that a singer could sing: the bars are full, the range is yours, the end is home."
    )
    with st.sidebar:
        settings = choose_settings()
    top = st.container()
    # Drawn below the tune, and read before it is composed.
    trouble: list[DashboardError] = []
    beginning = kept = None
    with st.expander("A beginning of your own", icon=":material/edit_note:"):
        try:
            beginning = choose_beginning(settings)
        except DashboardError as error:
            trouble.append(error)
    with st.expander("Keep bars, compose the rest anew", icon=":material/lock:"):
        kept = choose_kept(settings)
    with top:
        variant = choose_variant(settings.count)
        bar = st.empty()
        try:
            if trouble:
                raise trouble[0]
            tunes = compose_tunes(settings, beginning, kept, teller(bar))
            stays = bars_that_stay(beginning, kept)
            result = make_result(tunes[variant], settings, stays, teller(bar))
        except DashboardError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        finally:
            bar.empty()
        show_tune(result, variant, stays)
        show_others(tunes, variant, stays)
    show_measures(result)
    st.subheader("Take it away", anchor=False)
    show_downloads(result, settings, variant)
    st.caption(
        "Every choice is in the address of this page, also a beginning that you type: copy it and the link gives the "
        "same tune. A file, a voice and keys are not in it, until you turn them into letters."
    )
    about = st.expander("How good is it?", icon=":material/info:", key="folk.about", on_change="rerun")
    if about.open:
        with about:
            card = folk_composer().card
            if card is not None:
                model_card(card, folk_figures(card))
                st.divider()
            model_card(folk_fingerprint()[1])


through_app()
main()
