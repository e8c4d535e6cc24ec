"""Settings of Audio Viz: smoothing; analysis model, parameter mapping and routing under "Advanced"; each in the address."""

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
    choose_on_slider,
    choose_seed,
    new_seed_button,
    read_old_names,
    remember_in_address,
)
from pages.components.shared.model_cache import installed_viz_models
from pages.components.viz import texts
from pages.components.viz.order_list.order_list import order_list

_KINDS: tuple[Mapping, ...] = ("deterministic", "random", "pca", "kmeans", "kmeans_pca")
MAPPINGS: dict[str, Mapping] = dict(zip(texts.MAPPING_NAMES, _KINDS, strict=True))
AXES: dict[str, ScalingAxis] = {texts.SEPARATELY: "by", texts.JOINTLY: "across"}
SCALINGS: dict[str, Scaling] = {texts.MINMAX: "minmax", texts.STANDARD: "standard"}
INTERPOLATIONS: dict[str, Interpolation] = {texts.CUBIC: "cubic", texts.LINEAR: "linear", texts.HOLD: "hold"}
_ORDER_PARAMETER = "viz.order"
_ORDER = "viz.order_kept"


def choose_settings() -> VizSettings:
    """Draw smoothing, and the rest under "Advanced"."""
    for key, names in (
        ("viz.model", texts.OLD_MODELS),
        ("viz.mapping", texts.OLD_MAPPINGS),
        ("viz.axis", texts.OLD_AXES),
        ("viz.scaling", texts.OLD_SCALINGS),
        ("viz.interpolation", texts.OLD_INTERPOLATIONS),
    ):
        read_old_names(key, names)
    smoothing_sec = choose_on_slider(
        texts.SMOOTHING,
        0.0,
        5.0,
        DEFAULT_SMOOTHING_SEC,
        0.05,
        key="viz.smoothing",
        most=MAX_SMOOTHING_SEC,
        help=texts.SMOOTHING_HELP,
    )
    smoothing_sec = round(smoothing_sec, 4)
    with st.expander(texts.ADVANCED, icon=":material/tune:"):
        return _choose_advanced(smoothing_sec)


def _choose_advanced(smoothing_sec: float) -> VizSettings:
    models = {MODEL_TITLES[model]: model for model in installed_viz_models()}
    model = choose_from(texts.MODEL, models, key="viz.model", help=texts.MODEL_HELP)
    mapping = choose_from(texts.MAPPING, MAPPINGS, key="viz.mapping", help=texts.MAPPING_HELP)
    axis = choose_from(texts.AXIS, AXES, key="viz.axis", help=texts.AXIS_HELP)
    scaling = choose_from(texts.SCALING, SCALINGS, key="viz.scaling", help=texts.SCALING_HELP)
    interpolation = choose_from(
        texts.INTERPOLATION, INTERPOLATIONS, key="viz.interpolation", help=texts.INTERPOLATION_HELP
    )
    settings = VizSettings(
        model=model,
        mapping=mapping,
        scaling_axis=axis,
        scaling=scaling,
        interpolation=interpolation,
        smoothing_sec=smoothing_sec,
        seed=choose_seed("viz.seed", 0, help=texts.SEED_HELP),
    )
    new_seed_button(texts.NEW_SEED, "viz")
    return replace(settings, order=_choose_order(settings))


def number_names(settings: VizSettings) -> list[str]:
    """Names of the ten numbers that drive the parameters."""
    if settings.mapping in texts.NUMBERED:
        return [f"{texts.NUMBERED[settings.mapping]} {i + 1}" for i in range(len(PARAMETERS))]
    if settings.model == "measured":
        return list(texts.MEASURED)
    return [f"{texts.FEATURE} {i + 1}" for i in range(len(PARAMETERS))]


def _choose_order(settings: VizSettings) -> tuple[int, ...]:
    st.markdown(f"**{texts.ROUTING}**")
    st.caption(texts.ROUTING_CAPTION)
    if _ORDER not in st.session_state or is_history_navigation():
        st.session_state[_ORDER] = _read_order(st.query_params.get(_ORDER_PARAMETER, ""))
    order = order_list(
        st.session_state[_ORDER],
        items=number_names(settings),
        slots=PARAMETERS,
        key="viz.order_list",
        label=texts.ROUTING_LABEL,
        revision=st.session_state.get("viz.order_reset", 0),
    )
    st.session_state[_ORDER] = order
    remember_in_address({_ORDER_PARAMETER: "" if order == IN_ORDER else "-".join(map(str, order))})
    st.button(texts.RESET_ORDER, key="viz.order_back", on_click=_reset_order, disabled=order == IN_ORDER)
    return order


def _read_order(text: str) -> tuple[int, ...]:
    parts = text.split("-")
    order = tuple(int(part) for part in parts if part.isdecimal() and len(part) < 3)
    return order if sorted(order) == list(IN_ORDER) and len(parts) == len(order) else IN_ORDER


def set_order(order: tuple[int, ...]) -> None:
    """Set the parameter routing; takes effect when the list is next drawn."""
    st.session_state[_ORDER] = order


def _reset_order() -> None:
    set_order(IN_ORDER)
    st.session_state["viz.order_reset"] = st.session_state.get("viz.order_reset", 0) + 1
