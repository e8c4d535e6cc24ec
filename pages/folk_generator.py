"""Folk Generator page: composed folk tunes with player and score, originality and quality, downloads."""

from functools import partial

import streamlit as st

from core.errors import DashboardError
from pages.components.folk import texts
from pages.components.folk.beginning import choose_beginning, choose_source
from pages.components.folk.controls import choose_kept, choose_settings, choose_variant
from pages.components.folk.result import (
    identify_played,
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
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import run_page, show_about
from pages.components.shared.settings_file import offer_settings, use_loaded
from pages.components.shared.texts import DOWNLOAD


def draw() -> None:
    """Draw source, tune with score, bars to keep, measures, downloads, model details."""
    with telling_errors():
        use_loaded("folk", apply_settings)
    with st.sidebar:
        settings, key_place = choose_settings()
        with telling_errors():
            offer_settings("folk", "folk")
    columns = st.columns([3, 2])
    with columns[0]:
        source = choose_source()
    with columns[1]:
        variant = choose_variant(settings.count)
    trouble: DashboardError | None = None
    beginning = None
    try:
        beginning = choose_beginning(source, settings)
        key_place.show_own(beginning, settings)
    except DashboardError as error:
        trouble = error
    top = st.container()
    # Drawn below the tune, and read before it is composed.
    with st.container(key="folk-keep-bars"), st.expander(texts.KEEP, icon=":material/lock:"):
        kept = choose_kept(settings)
    result = None
    is_private = beginning is not None
    with top:
        with telling_errors():
            if trouble is not None:
                raise trouble
            request = request_tunes(settings, beginning, kept)
            made = obtain_tunes(request, is_private=is_private)
            result = obtain_played(request, made.tunes, variant, settings, is_private=is_private)
        if result is None:
            # There is nothing to keep; hidden, the choices stay for when there is.
            st.html("<style>.st-key-folk-keep-bars { display: none; }</style>")
            return
        is_picking = bool(st.session_state.get("folk.pick")) and kept is None
        show_tune(result, made, variant, request.keep or (), is_picking=is_picking)
    show_others(made, variant)
    show_measures(result)
    st.header(DOWNLOAD, anchor=False)
    show_downloads(
        result,
        settings,
        variant,
        identity=identify_played(request, variant, settings),
        is_private=is_private,
        settings_file=partial(settings_json, settings, variant, kept, beginning),
    )
    st.caption(texts.LINK)
    show_about("folk", show_model_cards)


def show_model_cards() -> None:
    """Draw the cards of the composing model and of the fingerprint."""
    show_cards([load_card("folk_melody"), load_card("folk_fingerprint")])


run_page(texts.TITLE, texts.PROMISE, draw, models=["folk_melody", "folk_fingerprint", "voice"])
