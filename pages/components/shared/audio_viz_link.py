"""From any page's result to its picture: the sound goes along to Audio Viz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

PAGE = "pages/audio_viz.py"
SOURCE_PARAMETER = "viz.source"
FROM_ANOTHER_PAGE = "Another page's sound"
_KEY = "viz.given"


@dataclass(frozen=True, kw_only=True)
class GivenSound:
    """A sound that another page made: its name, and a WAV file of it."""

    title: str
    wav: bytes


def see_it_button(title: str, make: Callable[[], bytes], *, key: str) -> None:
    """Draw a button that opens Audio Viz with this page's sound.

    Parameters
    ----------
    title : str
        What the sound is called there.
    make : callable
        Makes the WAV file when the button is clicked.
    key : str
    """
    if st.button(
        "See it",
        key=key,
        icon=":material/animation:",
        help="Watch this sound as a moving picture in Audio Viz.",
    ):
        st.session_state[_KEY] = GivenSound(title=title, wav=make())
        st.switch_page(PAGE, query_params={SOURCE_PARAMETER: FROM_ANOTHER_PAGE})


def given_sound() -> GivenSound | None:
    """What another page gave last in this session."""
    given = st.session_state.get(_KEY)
    return given if isinstance(given, GivenSound) else None
