"""Progress bar: one bar that does not flicker, for work of several parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Takes a share from 0 to 1 and what is being done.
Tell = Callable[[float, str], None]


@contextmanager
def progress_bar(place: DeltaGenerator | None = None) -> Iterator[Tell]:
    """Show a bar while the block lasts.

    Parameters
    ----------
    place : DeltaGenerator, optional
        An ``st.empty()`` to draw it in; by default it stands where this is called.

    Yields
    ------
    callable
        Moves the bar, but not for less than a hundredth: every move is a message to the browser.
    """
    bar = st.empty() if place is None else place
    shown = ""

    def tell(share: float, stage: str) -> None:
        """Show a share of the work."""
        nonlocal shown
        text = f"{stage} … {share:.2f}"
        if text != shown:
            shown = text
            bar.progress(min(1.0, max(0.0, share)), f"{stage} …")

    try:
        yield tell
    finally:
        bar.empty()


def tell_part(tell: Tell, start: float, stop: float) -> Tell:
    """What a part of the work may tell: its shares from 0 to 1 become those from ``start`` to ``stop``.

    Examples
    --------
    >>> tell_part(print, 0.5, 1.0)(0.5, "Playing the notes")
    0.75 Playing the notes
    """
    return lambda share, stage: tell(start + share * (stop - start), stage)
