"""Metrics row: figures with help texts, and a dash for missing ones."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st


def show_metrics(figures: Iterable[tuple[str, str, str]], *, width_px: int) -> None:
    """Draw label, value and meaning of each figure."""
    with st.container(horizontal=True):
        for label, value, about in figures:
            st.metric(label, value, help=about, width=width_px)


def write_figure(value: float | None, form: str, unit: str = "") -> str:
    """A number by a format specification; a dash for None.

    Examples
    --------
    >>> write_figure(0.5, ".0%"), write_figure(-0.5, ".1f"), write_figure(None, ".0%")
    ('50%', '−0.5', '–')
    """
    return "–" if value is None else f"{value:{form}}{unit}".replace("-", "−")
