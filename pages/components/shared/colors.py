"""Colors of the theme, dark or light, for charts: those of .streamlit/config.toml by name."""

from __future__ import annotations

import streamlit as st


def voice_colors() -> list[str]:
    """CSS colors of the voices in the theme that the visitor sees."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return list(st.get_option(f"theme.{theme}.chartCategoricalColors") or [])
