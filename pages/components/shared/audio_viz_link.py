"""Button that opens Audio Viz with the sound of another page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.audio.flac import FlacSound
from pages.components.shared import texts
from pages.components.shared.server_cache import server_cache, session_token

PAGE = "pages/audio_viz.py"
SOURCE_PARAMETER = "viz.source"
FROM_ANOTHER_PAGE = "Another page's sound"
_TITLE = "viz.given_title"


@dataclass(frozen=True, kw_only=True)
class GivenSound:
    """A sound of another page, and its title."""

    title: str
    sound: FlacSound


def see_it_button(title: str, sound: FlacSound, *, key: str) -> None:
    """Draw a button that opens Audio Viz with this page's sound.

    Parameters
    ----------
    title : str
        What the sound is called there.
    sound : FlacSound
    key : str
    """
    if st.button(
        texts.VISUALIZE,
        key=key,
        icon=":material/animation:",
        help=texts.VISUALIZE_HELP,
    ):
        give_sound(GivenSound(title=title, sound=sound))
        st.switch_page(PAGE, query_params={SOURCE_PARAMETER: FROM_ANOTHER_PAGE})


def give_sound(given: GivenSound) -> None:
    """Store a sound for Audio Viz in this session's part of the cache."""
    token = session_token()
    server_cache().put(_place(token), given, len(given.sound.data) + len(given.sound.small), owner=token)
    st.session_state[_TITLE] = given.title


def given_sound() -> GivenSound | None:
    """The last sound from another page in this session, if still cached."""
    if _TITLE not in st.session_state:
        return None
    try:
        given: GivenSound = server_cache().get(_place(session_token()))
    except KeyError:
        return None
    return given


def given_title() -> str | None:
    """Title of the last sound from another page, whether or not it is still cached."""
    title: str | None = st.session_state.get(_TITLE)
    return title


def _place(token: str) -> str:
    return f"sound given to Audio Viz by {token}"
