"""Hearing for Audio Viz: a sound is heard once by each model, whatever else is changed afterwards."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core import audio
from core.audioviz.extract import Hearing, Model
from core.audioviz.mappings import map_features
from pages.components.shared.model_cache import load_listener
from pages.components.shared.progress import Tell
from pages.components.shared.server_cache import Shelf
from pages.components.shared.session_cache import remember
from pages.components.viz.controls import RATE_HZ, VizSettings
from pages.components.viz.source import Sound

# Fifteen minutes heard by one model are up to 12 MB; three minutes are 2 MB.
N_HEARINGS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """A sound, what was heard of it, and the ten parameters over time.

    Attributes
    ----------
    sound : Sound
    settings : VizSettings
    hearing : Hearing
    parameters : ndarray of float32, shape=(n, 10)
        At `RATE_HZ`.
    identity : hashable
        Equal where the parameters are equal.
    """

    sound: Sound
    settings: VizSettings
    hearing: Hearing
    parameters: NDArray[np.float32]
    identity: Hashable


def hear(sound: Sound, settings: VizSettings, tell: Tell) -> Heard:
    """Hear a sound, or take what was heard of the same before, and map it to parameters.

    Hearings are shared by all visitors: they hold numbers and no sound, and only who has the same file comes to them.

    Raises
    ------
    DashboardError
        If the sound is too short or silent, or a network's files are missing.
    """
    key = (sound.identity, settings.model)
    hearing = _hearings().get(key, lambda: _listen(sound, settings.model, tell))
    identity = (sound.identity, settings)
    parameters = remember(
        "viz.parameters",
        identity,
        lambda: map_features(hearing, rate_hz=RATE_HZ, **settings.for_mapping()),
    )
    return Heard(sound=sound, settings=settings, hearing=hearing, parameters=parameters, identity=identity)


@st.cache_resource(show_spinner=False)
def _hearings() -> Shelf[Hearing]:
    return Shelf(N_HEARINGS)


def _listen(sound: Sound, model: Model, tell: Tell) -> Hearing:
    measuring = 0.9 if model == "measured" else 0.35
    tell(0.0, "Reading the sound")
    listener = load_listener(model)
    # What is heard is what is played, also where a long sound was made smaller.
    return listener.hear(
        audio.decode(sound.wav, name=sound.title),
        model=model,
        progress=lambda share: tell(
            share, "Measuring the sound" if share <= measuring else "The network listens"
        ),
    )
