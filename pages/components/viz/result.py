"""Legend, downloads and model cards of Audio Viz."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.arrays import Float32Array
from core.audioviz.extract import STYLE_NETWORKS, Hearing
from core.audioviz.report import write_csv, write_npz
from core.audioviz.settings import DRAWN_RATE_HZ
from core.audioviz.sound_measures import MEASURED_NUMBERS
from core.audioviz.style import MODEL_NAME
from core.settings_file import write_settings
from core.showcase import SHOWPIECES
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import plain
from pages.components.shared.model_cache import find_viz_card, installed_viz_models, load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.results import obtain_later
from pages.components.viz import texts
from pages.components.viz.controls import number_names
from pages.components.viz.features import Heard
from pages.components.viz.legend import legend
from pages.components.viz.scenes.scenes import SCENE_NAMES


def show_origin(heard: Heard) -> None:
    """Say where an example comes from; below the scene, which is to be seen first."""
    if heard.source.example:
        st.caption(SHOWPIECES[heard.source.example].about)


def show_legend(heard: Heard, scene: str) -> None:
    """Draw the table of scene parameters: effect and source."""
    numbers = number_names(heard.settings)
    rows = [
        dict(zip(texts.LEGEND_COLUMNS, (name, does, numbers[heard.settings.order[i]]), strict=True))
        for i, (name, does) in enumerate(legend(scene))
    ]
    with st.expander(texts.legend(SCENE_NAMES[scene]), icon=":material/legend_toggle:"):
        st.table(
            pd.DataFrame(rows), hide_index=True, alt=f"The ten parameters of the scene {SCENE_NAMES[scene]}"
        )


def show_downloads(heard: Heard, look: dict[str, Any]) -> None:
    """Draw the downloads; each file is made on click."""

    def make_later(write: Callable[[Hearing, Float32Array, float], bytes]) -> Callable[[], bytes]:
        return obtain_later(
            partial(write, heard.hearing, heard.parameters, DRAWN_RATE_HZ),
            what=texts.WRITING,
            identity=heard.identity,
            private=heard.source.is_private,
        )

    downloads(
        {
            "wav": lambda: heard.sound.encode("wav"),
            "csv": make_later(write_csv),
            "settings.json": lambda: settings_json(heard, look),
            "npz": make_later(write_npz),
        },
        name=f"{heard.title}-{look['scene']}",
        key="viz.download",
    )


def settings_json(heard: Heard, look: dict[str, Any]) -> bytes:
    """The settings, with the hash of the sound they were made for."""
    data: dict[str, Any] = {
        "title": heard.title,
        "sha256": heard.given.sha256,
        "duration_sec": round(heard.sound.duration_sec, 3),
    }
    if heard.source.example:
        data["example"] = heard.source.example
    return write_settings("visualize", dataclasses.asdict(heard.settings), data=data, look=look)


def show_model_cards() -> None:
    """Draw the measured features, and the card of each network that is installed."""
    st.markdown(texts.MEASURED_CARD)
    st.markdown("\n".join(f"- **{name}**: {plain(about)}" for name, about in MEASURED_NUMBERS.items()))
    networks = [model for model in installed_viz_models() if model != "measured"]
    if not networks:
        st.caption(texts.NO_NETWORKS)
        return
    st.divider()
    cards = [find_viz_card(model) for model in networks]
    if set(networks) & set(STYLE_NETWORKS):
        cards.append(load_card(MODEL_NAME))
    show_cards(cards)
