"""Colors of pictures, films and web pages, light and dark: those of .streamlit/config.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colors as CSS hex codes.

    Attributes
    ----------
    name : str
        "light" or "dark".
    background, surface, text, muted, border, accent : str
        Paper, cards, letters, secondary letters, lines, and what is emphasized.
    voices : tuple of str
        One a voice; further voices begin again.
    """

    name: str
    background: str
    surface: str
    text: str
    muted: str
    border: str
    accent: str
    voices: tuple[str, ...]


LIGHT = Theme(
    name="light",
    background="#FBFAF6",
    surface="#F0EDE4",
    text="#0E1215",
    muted="#4D565C",
    border="#D9D4C5",
    accent="#0B6E63",
    voices=("#0B6E63", "#B4530A", "#5B4BC4", "#B1275E"),
)
DARK = Theme(
    name="dark",
    background="#0F1418",
    surface="#161D22",
    text="#E9EEF0",
    muted="#A3B0B7",
    border="#33404A",
    accent="#5FD6C2",
    voices=("#4FD1BC", "#F2A65A", "#A79BFF", "#FF8FB4"),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
PageTheme = Literal["auto", "light", "dark"]
"""Of a web page; "auto" is light or dark as the reader's system is."""
