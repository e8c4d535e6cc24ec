"""Play on another page: a Play button opens a page and starts its player once."""

from __future__ import annotations

import secrets

import streamlit as st

_WISH = "play_next"


def play_next(key: str) -> None:
    """Start a player automatically when it is next drawn, on this page or another.

    Browsers allow it because the visitor has clicked in the same document; where one does not, the player shows its Play
    button as always.

    Parameters
    ----------
    key : str
        The player's key, such as ``"sonify.player"``.
    """
    st.session_state[_WISH] = (key, secrets.token_hex(8))


def wish_to_play(key: str) -> str:
    """Value of ``play`` in a component's message: a new text per click, or empty.

    It stays the same until the next click, so that a rerun sends the message that the browser has; the browser
    starts a sound once a text.
    """
    wanted, wish = st.session_state.get(_WISH, ("", ""))
    return wish if wanted == key else ""
