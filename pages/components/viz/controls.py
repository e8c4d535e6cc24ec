"""How Audio Viz hears a sound and what drives what: the choices of the sidebar, each in the address."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.audioviz.extract import MODEL_TITLES
from core.audioviz.mappings import MAX_SMOOTHING_SEC, Interpolation, Mapping, Scaling, ScalingAxis
from core.audioviz.settings import DEFAULT_SMOOTHING_SEC, IN_ORDER, VizSettings
from core.audioviz.sound_measures import PARAMETERS
from pages.components.shared.address import is_history_navigation
from pages.components.shared.controls import (
    choose_from,
    choose_number,
    choose_seed,
    new_seed_button,
    remember_in_address,
)
from pages.components.shared.model_cache import installed_viz_models
from pages.components.viz.order_list.order_list import order_list

MAPPINGS: dict[str, Mapping] = {
    "as they are": "deterministic",
    "random mixtures": "random",
    "principal components": "pca",
    "clusters": "kmeans",
    "components of clusters": "kmeans_pca",
}
AXES: dict[str, ScalingAxis] = {"each": "by", "together": "across"}
SCALINGS: dict[str, Scaling] = {"min-max": "minmax", "standard": "standard"}
INTERPOLATIONS: dict[str, Interpolation] = {"curves": "cubic", "straight lines": "linear", "steps": "hold"}

# The numbers of the model "measured", short enough for a narrow list.
_MEASURED = [
    "loudness",
    "onsets",
    "harmony",
    "low center",
    "noise",
    "width",
    "pace",
    "chords",
    "brightness",
    "build-up",
]
_NUMBERED = {"random": "mixture", "pca": "component", "kmeans": "cluster", "kmeans_pca": "component"}
_ORDER_PARAMETER = "viz.order"
_ORDER = "viz.order_kept"


def choose_settings() -> VizSettings:
    """Draw the choices in the place where it is called."""
    model = choose_from(
        "What hears",
        {MODEL_TITLES[model]: model for model in installed_viz_models()},
        key="viz.model",
        help="Ten measures such as loudness, onsets and harmony; or ten numbers in which a network keeps a second of "
        "sound; or what a network that tells styles apart looks at.",
    )
    mapping = choose_from(
        "Ten parameters from it",
        MAPPINGS,
        key="viz.mapping",
        help="As they are: the first ten numbers. The others mix all numbers: at random, along the directions in which "
        "this sound varies most, or by how near each moment is to ten kinds of moments.",
    )
    columns = st.columns(2)
    axis = choose_from(
        "Scaled",
        AXES,
        key="viz.axis",
        place=columns[0],
        help="Each number on a scale of its own; or all together on one, so that what moves more stays so.",
    )
    scaling = choose_from(
        "Range",
        SCALINGS,
        key="viz.scaling",
        place=columns[1],
        help="From the least to the most, without the outermost hundredth; or by mean and deviation.",
    )
    interpolation, smoothing_sec = _choose_course()
    seed = _choose_seed()
    settings = VizSettings(
        model=model,
        mapping=mapping,
        scaling_axis=axis,
        scaling=scaling,
        interpolation=interpolation,
        smoothing_sec=smoothing_sec,
        seed=seed,
    )
    return replace(settings, order=_choose_order(settings))


def _choose_course() -> tuple[Interpolation, float]:
    """Draw what lies between two moments that are heard, and how it is smoothed."""
    # A row of columns each, so that on a phone they keep their order.
    columns = st.columns(2)
    interpolation = choose_from(
        "Between",
        INTERPOLATIONS,
        key="viz.interpolation",
        place=columns[0],
        help="The sound is heard 20 times a second and drawn 60 times.",
    )
    smoothing_sec = choose_number(
        "Smoothing, s",
        0.0,
        MAX_SMOOTHING_SEC,
        DEFAULT_SMOOTHING_SEC,
        0.1,
        key="viz.smoothing",
        place=columns[1],
        digits=4,
        help="A time constant in seconds. 0 shows every twitch.",
    )
    return interpolation, smoothing_sec


def _choose_seed() -> int:
    columns = st.columns(2, vertical_alignment="bottom")
    seed = choose_seed(
        "viz.seed", 0, place=columns[0], help="For random mixtures, and for where clusters begin."
    )
    with columns[1]:
        new_seed_button("New seed", "viz")
    return seed


def number_names(settings: VizSettings) -> list[str]:
    """What the ten numbers that drive the parameters are called."""
    if settings.mapping in _NUMBERED:
        return [f"{_NUMBERED[settings.mapping]} {i + 1}" for i in range(len(PARAMETERS))]
    if settings.model == "measured":
        return _MEASURED
    return [f"number {i + 1}" for i in range(len(PARAMETERS))]


def _choose_order(settings: VizSettings) -> tuple[int, ...]:
    st.markdown("**What drives what**")
    st.caption("Drag, or use the arrows.")
    if _ORDER not in st.session_state or is_history_navigation():
        st.session_state[_ORDER] = _read_order(st.query_params.get(_ORDER_PARAMETER, ""))
    order = order_list(
        st.session_state[_ORDER],
        items=number_names(settings),
        slots=PARAMETERS,
        key="viz.order_list",
        label="Which number drives which parameter",
        revision=st.session_state.get("viz.order_reset", 0),
    )
    st.session_state[_ORDER] = order
    remember_in_address({_ORDER_PARAMETER: "" if order == IN_ORDER else "-".join(map(str, order))})
    st.button("Put back in order", key="viz.order_back", on_click=_reset_order, disabled=order == IN_ORDER)
    return order


def _read_order(text: str) -> tuple[int, ...]:
    parts = text.split("-")
    order = tuple(int(part) for part in parts if part.isdecimal() and len(part) < 3)
    return order if sorted(order) == list(IN_ORDER) and len(parts) == len(order) else IN_ORDER


def set_order(order: tuple[int, ...]) -> None:
    """Choose what drives what; takes effect where the list is next drawn."""
    st.session_state[_ORDER] = order


def _reset_order() -> None:
    set_order(IN_ORDER)
    st.session_state["viz.order_reset"] = st.session_state.get("viz.order_reset", 0) + 1
