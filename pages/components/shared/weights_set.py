"""The set of weights on a page: a note where research weights are used, and one choice for as long as the server runs."""

from __future__ import annotations

import os
from collections.abc import Iterable

import streamlit as st

from core.nn.card import SET_VARIABLE, chosen_set
from core.nn.terms import list_research
from pages.components.shared import texts


def choose_weights() -> None:
    """Choose the set of weights when the server starts, and keep to it.

    Streamlit copies texts of .streamlit/secrets.toml to the environment, and does so again when the file changes; what is
    in the caches would then be of one set, and what a new worker makes of the other.
    """
    chosen = _choice()
    if os.environ.get(SET_VARIABLE, "") != chosen:
        os.environ[SET_VARIABLE] = chosen


@st.cache_resource(show_spinner=False)
def _choice() -> str:
    try:
        # What is no text, such as true, is not copied to the environment, and would be passed over in silence.
        secret = st.secrets.get(SET_VARIABLE)
    except FileNotFoundError:
        secret = None
    return os.environ.get(SET_VARIABLE, "") if secret is None else str(secret)


def show_weights_set(names: Iterable[str]) -> None:
    """Draw a note where one of these models is of the research set.

    Raises
    ------
    WeightsError
        If a set was chosen that there is not.
    """
    chosen_set()
    if list_research(names):
        st.caption(f":material/science: {texts.RESEARCH_WEIGHTS}")
