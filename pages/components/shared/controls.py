"""Shared controls: widgets bound to the URL, random seed, temperature."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared import texts

Option = TypeVar("Option")
Number = TypeVar("Number", int, float)
Place = DeltaGenerator | None

MAX_SEED = 2**31 - 1
DEFAULT_SEED = 1
DEFAULT_TEMPERATURE = 1.0
_NEW_SEEDS = 1_000_000  # few enough digits to be read aloud
# What lets a widget of Streamlit's keep its value in the address under its key.
BOUND: dict[str, Any] = {"bind": "query-params"}
# What lets a widget that has no place in the address keep its value while other pages are shown.
KEPT: dict[str, Any] = {"persist_state": "session"}


def choose_from(
    label: str, options: Mapping[str, Option], *, key: str, place: Place = None, **widget: Any
) -> Option:
    """Draw a select box of named options; returns the selected value, the first by default.

    Parameters
    ----------
    label, key : str
    options : mapping of str to anything
        By the names that the visitor sees, which are in the address as well: a link should read well.
    place : DeltaGenerator, optional
        Such as a column.
    **widget
        What ``st.selectbox`` takes besides.
    """
    with place or nullcontext():
        name = st.selectbox(label, list(options), key=key, **BOUND, **widget)
    return options.get(name or "", next(iter(options.values())))


def choose_number(
    label: str,
    low: float,
    high: float,
    default: float,
    step: float,
    *,
    key: str,
    place: Place = None,
    digits: int = 6,
    **widget: Any,
) -> float:
    """Draw a number input; returns the rounded number, or the default for an empty field."""
    with place or nullcontext():
        value = st.number_input(label, low, high, default, step, format="%g", key=key, **BOUND, **widget)
    return default if value is None else round(float(value), digits)


def choose_on_slider(
    label: str,
    low: Number,
    high: Number,
    default: Number,
    step: Number,
    *,
    key: str,
    most: Number | None = None,
    place: Place = None,
    **widget: Any,
) -> Number:
    """Draw a slider over the usual range; a link or a settings file may hold more, up to ``most``.

    Parameters
    ----------
    label, key : str
    low, high, default, step : int or float
        The range that one drags over.
    most : int or float, optional
        What a link may hold. Where it holds more than ``high``, the slider reaches up to it for the rest of the session.
    place : DeltaGenerator, optional
    **widget
        What ``st.slider`` takes besides.
    """
    state, reach = st.session_state, f"{key}.reach"
    try:
        held = type(high)(state.get(key, st.query_params.get(key, default)))
    except (TypeError, ValueError):
        held = default
    if most is not None and high < held <= most:
        state[reach] = max(held, state.get(reach, high))
    with place or nullcontext():
        value: Number = st.slider(
            label, low, max(high, state.get(reach, high)), default, step, key=key, **BOUND, **widget
        )
    return value


def choose_temperature(page: str, most: float, place: Place = None) -> float:
    """Draw the temperature of a page's model."""
    value = choose_on_slider(
        texts.TEMPERATURE,
        0.0,
        most,
        DEFAULT_TEMPERATURE,
        0.05,
        key=f"{page}.temperature",
        place=place,
        help=texts.TEMPERATURE_HELP,
    )
    return round(value, 6)


def choose_seed(
    key: str,
    default: int = DEFAULT_SEED,
    *,
    help: str,
    place: Place = None,
    label: str = texts.SEED,
    disabled: bool = False,
) -> int:
    """Draw the number that starts a random generator."""
    with place or nullcontext():
        seed = st.number_input(label, 0, MAX_SEED, default, key=key, help=help, disabled=disabled, **BOUND)
    return default if seed is None else int(seed)


def draw_seed(key: str) -> None:
    """Put a new seed into the session's state under a key."""
    st.session_state[key] = secrets.randbelow(_NEW_SEEDS)


def new_seed_button(label: str, page: str, *, help: str | None = None) -> None:
    """A button that draws another seed for a page, such as ``"folk"``: its state ``folk.seed``."""
    st.button(
        label,
        key=f"{page}.new_seed",
        on_click=draw_seed,
        args=(f"{page}.seed",),
        icon=":material/casino:",
        width="stretch",
        help=help,
    )


def read_old_names(key: str, names: Mapping[str, object]) -> None:
    """Map old option names of a link to the current ones; call it before the widget is drawn.

    Parameters
    ----------
    key : str
        Of the widget, which is its parameter in the address as well.
    names : mapping of str to anything
        Today's option, as the widget holds it, by the name that older links have.
    """
    name, renamed = names.get(st.query_params.get(key, "")), f"{key}.renamed"
    if name is not None and key not in st.session_state:
        st.session_state[key] = name
        st.session_state[renamed] = True
    elif st.session_state.pop(renamed, False) and key in st.session_state:
        # Streamlit takes the older name out of the address; setting a widget that it knows puts today's there.
        st.session_state[key] = st.session_state[key]


def remember_in_address(values: dict[str, str]) -> None:
    """Write a value without a Streamlit widget into the URL; an empty text removes it."""
    for name, value in values.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]
