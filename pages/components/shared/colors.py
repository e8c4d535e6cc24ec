"""Colors of the theme, dark or light, for charts and scores: those of .streamlit/config.toml by name."""

from __future__ import annotations

import streamlit as st

from core.music.engraving import TINT


def voice_colors() -> list[str]:
    """CSS colors of the voices in the theme that the visitor sees."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return list(st.get_option(f"theme.{theme}.chartCategoricalColors") or [])


def color_score(svg: str) -> str:
    """A score on white paper (`core.folk.job.draw_score`) in the colors of the theme that the visitor sees.

    For a picture that stands alone, which cannot take the colors around it.
    """
    theme = "dark" if st.context.theme.type == "dark" else "light"
    paper, ink, mark = (
        st.get_option(f"theme.{theme}.{name}") for name in ("backgroundColor", "textColor", "linkColor")
    )
    colored = svg.replace("fill:#fff", f"fill:{paper}").replace(TINT, str(mark))
    return colored.replace("<svg ", f'<svg style="color:{ink}" ', 1)
