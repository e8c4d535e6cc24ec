"""Folk Generator: a network composes folk tunes, and the page says how new and how good they are."""

import streamlit as st

from core.errors import DashboardError
from pages.components.folk_controls import choose_beginning, choose_kept, choose_settings, choose_variant
from pages.components.folk_result import (
    compose_tunes,
    make_result,
    show_downloads,
    show_measures,
    show_others,
    show_tune,
)
from pages.components.model_card import model_card
from pages.components.models import folk_composer, folk_fingerprint
from pages.components.plain_text import plain
from pages.components.through_app import through_app


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
            tunes = compose_tunes(settings, beginning, kept, _teller(bar))
            result = make_result(tunes[variant], settings, _teller(bar))
        except DashboardError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        finally:
            bar.empty()
        show_tune(result, variant)
        show_others(tunes, variant)
    show_measures(result)
    st.subheader("Take it away", anchor=False)
    show_downloads(result, settings, variant)
    st.caption(
        "Every choice is in the address of this page, also a beginning that you type: copy it and the link gives the "
        "same tune. An uploaded file is not in it."
    )
    about = st.expander("How good is it?", icon=":material/info:", key="folk.about", on_change="rerun")
    if about.open:
        with about:
            for place, card in enumerate((folk_composer().card, folk_fingerprint()[1])):
                if place:
                    st.divider()
                if card is not None:
                    model_card(card)


def _teller(place: st.delta_generator.DeltaGenerator):
    """A function that moves the one bar of the page, but not for less than a hundredth."""
    shown = [""]

    def tell(share: float, stage: str) -> None:
        text = f"{stage} … {share:.2f}"
        if text != shown[0]:
            shown[0] = text
            place.progress(min(1.0, max(0.0, share)), f"{stage} …")

    return tell


through_app()
main()
