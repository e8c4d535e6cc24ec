"""Seeds that a visitor can read aloud, and the button that draws another one."""

from __future__ import annotations

import secrets

import streamlit as st

MAX_SEED = 2**31 - 1
_NEW_SEEDS = 1_000_000  # few enough digits to be read aloud


def draw_seed(key: str) -> None:
    """Put a new seed into the session's state under a key."""
    st.session_state[key] = secrets.randbelow(_NEW_SEEDS)


def new_seed_button(label: str, page: str, *, help: str | None = None) -> None:
    """A button that draws another seed for a page, such as ``"folk"``: its state ``folk.seed``."""
    st.button(
        label, key=f"{page}.new_seed", on_click=draw_seed, args=(f"{page}.seed",), icon=":material/casino:",
        width="stretch", help=help,
    )  # fmt: skip
