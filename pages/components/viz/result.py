"""Legend, downloads and model cards of Audio Viz."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.audioviz.report import arrays
from core.audioviz.sound_measures import MEASURED_NUMBERS, PARAMETERS
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import plain
from pages.components.shared.model_cache import find_viz_card, installed_viz_models
from pages.components.shared.model_card import show_cards
from pages.components.viz.controls import RATE_HZ, number_names
from pages.components.viz.features import Heard
from pages.components.viz.legend import legend
from pages.components.viz.scenes.scenes import SCENE_NAMES


def show_legend(heard: Heard, scene: str) -> None:
    """Draw what each parameter does in the scene and what drives it."""
    numbers = number_names(heard.settings)
    rows = [
        {"parameter": name, "in the picture": does, "driven by": numbers[heard.settings.order[i]]}
        for i, (name, does) in enumerate(legend(scene))
    ]
    with st.expander(f"What moves what in “{SCENE_NAMES[scene]}”", icon=":material/legend_toggle:"):
        st.table(
            pd.DataFrame(rows), hide_index=True, alt=f"The ten parameters of the scene {SCENE_NAMES[scene]}"
        )


def show_downloads(heard: Heard, look: dict[str, Any]) -> None:
    """Draw the files; each is made when it is clicked."""
    downloads(
        {
            "csv": lambda: features_csv(heard),
            "npz": lambda: features_npz(heard),
            "settings.json": lambda: settings_json(heard, look),
            "wav": lambda: heard.sound.wav,
        },
        name=f"{heard.sound.title}-{look['scene']}",
        key="viz.download",
    )


def features_csv(heard: Heard) -> bytes:
    """One row every 50 ms: parameters as they are drawn, the model's numbers, measures, styles."""
    hearing = heard.hearing
    columns: dict[str, NDArray[Any]] = {"time_sec": np.round(hearing.times_sec, 3)}
    drawn = np.arange(len(heard.parameters)) / RATE_HZ
    for i, name in enumerate(PARAMETERS):
        columns[f"parameter {name}"] = np.interp(hearing.times_sec, drawn, heard.parameters[:, i]).round(4)
    for i, name in enumerate(hearing.code_names):
        label = name if heard.settings.model != "measured" else f"number {name}"
        columns[label] = hearing.codes[:, i].round(5)
    for i, name in enumerate(hearing.measured_names):
        columns[f"measured {name}"] = hearing.measured[:, i].round(4)
    if hearing.style_probabilities is not None:
        for i, name in enumerate(hearing.style_names):
            columns[f"style {name}"] = hearing.style_probabilities[:, i].round(4)
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n").encode()


def features_npz(heard: Heard) -> bytes:
    """Everything as arrays, as the command line writes it: ``numpy.load`` reads it, no objects in it."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(heard.hearing, heard.parameters, RATE_HZ))
    return buffer.getvalue()


def settings_json(heard: Heard, look: dict[str, Any]) -> bytes:
    """The choices, and of which sound they were made."""
    content = {
        "sonoscope": "audio viz",
        "sound": {
            "title": heard.sound.title,
            "sha256": heard.sound.identity,
            "duration_sec": round(heard.sound.duration_sec, 3),
        },
        "settings": dataclasses.asdict(heard.settings),
        "look": look,
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode()


def show_model_cards() -> None:
    """Draw what is measured, and the card of each network that is here."""
    st.markdown("**Measured, without a network.** Ten numbers, 20 times a second:")
    st.markdown("\n".join(f"- **{name}**: {plain(about)}" for name, about in MEASURED_NUMBERS.items()))
    networks = [model for model in installed_viz_models() if model != "measured"]
    if not networks:
        st.caption("No network is installed here, so only measures are offered.")
        return
    st.divider()
    show_cards(find_viz_card(model) for model in networks)
