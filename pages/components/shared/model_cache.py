"""Model cards, read once per server. The networks themselves are loaded by the workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import WeightsError
from core.nn.card import Card, find_card, read_card

if TYPE_CHECKING:
    from core.audioviz.extract import Model


@st.cache_resource(show_spinner=False)
def load_card(name: str) -> Card:
    """The newest card of a network, such as ``"folk_fingerprint"``; raises WeightsError if it is missing."""
    return read_card(find_card(name))


@st.cache_resource(show_spinner=False)
def installed_viz_models() -> tuple[Model, ...]:
    """Audio Viz models whose files are installed; "measured" needs none."""
    from core.audioviz.extract import MODELS

    return tuple(model for model in MODELS if model == "measured" or find_viz_card(model) is not None)


def find_viz_card(model: Model) -> Card | None:
    """The card of a network of Audio Viz; None where its files are missing."""
    try:
        return load_card(f"audioviz_{model}")
    except WeightsError:
        return None
