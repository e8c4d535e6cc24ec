"""Model cache: every network and its card, loaded once a server and shared by all visitors."""

from __future__ import annotations

from functools import partial
from typing import Protocol, TypeVar, cast

import streamlit as st

from core.audioviz.extract import MODELS, Listener, Model
from core.errors import WeightsError
from core.extrapolate.forecast import Forecaster, find_forecaster
from core.nn.card import Card, find_card, read_card
from core.sonify.compose import Composers, Scorer
from core.sonify.melody.generate import MelodyComposer
from core.sonify.piece.generate import Accompanist

Network = TypeVar("Network", covariant=True)


class Loadable(Protocol[Network]):
    """A class whose objects are made from the shipped weights."""

    def from_weights(self) -> Network:
        """Load the newest weights; raises WeightsError if they are missing or damaged."""


def load_network(kind: Loadable[Network]) -> Network:
    """The network of a class such as ``FolkComposer``, loaded when it is first asked for.

    Raises
    ------
    WeightsError
        If its files are missing or damaged.
    """
    return cast(Network, _load(kind))


@st.cache_resource(show_spinner=False)
def _load(kind: Loadable[object]) -> object:
    return kind.from_weights()


def composers() -> Composers:
    """The networks of Sonify Data; each is loaded when it is first called for."""
    return Composers(
        melody=partial(load_network, MelodyComposer),
        scorer=partial(load_network, Scorer),
        accompanist=partial(load_network, Accompanist),
    )


@st.cache_resource(show_spinner=False)
def load_forecaster() -> Forecaster | None:
    """The network that says how a recording goes on; None where its files are missing, which the page can do without."""
    return find_forecaster()


@st.cache_resource(show_spinner=False)
def installed_viz_models() -> tuple[Model, ...]:
    """The models of Audio Viz whose files are here; "measured" needs none."""
    return tuple(model for model in MODELS if model == "measured" or find_viz_card(model) is not None)


@st.cache_resource(show_spinner=False)
def load_listener(model: Model) -> Listener:
    """What hears for Audio Viz, one network at a time; raises WeightsError if its files are missing."""
    return Listener() if model == "measured" else Listener.from_weights(models=(model,))


def find_viz_card(model: Model) -> Card | None:
    """The card of a network of Audio Viz; None where its files are missing."""
    try:
        return load_card(f"audioviz_{model}")
    except WeightsError:
        return None


@st.cache_resource(show_spinner=False)
def load_card(name: str) -> Card:
    """The newest card of a network, such as ``"folk_fingerprint"``; raises WeightsError if it is missing."""
    return read_card(find_card(name))
