"""One progress bar that does not flicker."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def teller(place: st.delta_generator.DeltaGenerator) -> Callable[[float, str], None]:
    """A function that moves one bar, but not for less than a hundredth.

    Parameters
    ----------
    place : DeltaGenerator
        Such as ``st.empty()``; the caller empties it when the work is done.

    Returns
    -------
    callable
        Takes a share from 0 to 1 and what is being done.
    """
    shown = [""]

    def tell(share: float, stage: str) -> None:
        """Show a share of the work."""
        text = f"{stage} … {share:.2f}"
        if text != shown[0]:
            shown[0] = text
            place.progress(min(1.0, max(0.0, share)), f"{stage} …")

    return tell
